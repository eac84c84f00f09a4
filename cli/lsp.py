"""`fairnotice lsp`: the linter as a language server over standard input and output."""

from __future__ import annotations

import click

from .main import language_of


@click.command("lsp")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(lang: str | None) -> None:
    """Serve an editor over standard input and output."""
    try:
        from .language_server import build_server
    except ImportError:
        raise click.UsageError("this needs pygls: pip install 'fairnotice[editor]'") from None
    build_server(language_of(lang)).start_io()
