"""`fairnotice test-rules`: run the sentences that lexicon entries carry."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..lint.wording.compiling import LexiconError, compile_folder, examples, lexicon_of
from ..lint.wording.engine import trace
from ..lint.wording.lexicon import FOLDER


@click.command("test-rules")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True, file_okay=False))
def command(folders: tuple[Path, ...]) -> None:
    """Run every sentence that must hit, and every one that must not, of the entries in FOLDERS (default: shipped)."""
    wrong = total = 0
    for folder in folders or (FOLDER,):
        try:
            lexicon = lexicon_of(compile_folder(folder))
        except LexiconError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(2)
        for example in examples(folder):
            total += 1
            found = any(
                hit.entry.place == example.place
                for hit in trace(example.text, lexicon)
                if hit.severity != "lawful"
            )
            if found != example.hits:
                wrong += 1
                click.echo(
                    f"{example.place}: {'must hit' if example.hits else 'must not hit'}: {example.text}"
                )
    click.echo(f"{total} sentence(s), {wrong} wrong")
    if total == 0:
        click.echo("error: no lexicon entries found", err=True)
        sys.exit(2)
    sys.exit(1 if wrong else 0)
