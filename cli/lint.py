"""`fairnotice lint`: templates to findings."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..lint.engine import Options, lint
from .main import language_of, use_colour


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Report format.")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option("--select", multiple=True, help="Only these codes or families (T, A101).")
@click.option("--ignore", multiple=True, help="Not these codes; protected rules stay.")
@click.option(
    "--pack", "packs", multiple=True, help="Rule packs to hold to, in place of the configured ones."
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(
    paths: tuple[Path, ...],
    form: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    lang: str | None,
) -> None:
    """Check templates, files or folders (default: the current folder).

    Exit code 0: clean. 1: findings that block. 2: the job could not be done.
    """
    options = Options(_codes(select), _codes(ignore), language_of(lang), packs)
    if sys.stderr.isatty() and form == "text":
        with click.progressbar(length=1, label="lint", file=sys.stderr) as bar:
            report = lint(paths or (Path("."),), options, lambda done, total: _advance(bar, done, total))
    else:
        report = lint(paths or (Path("."),), options)
    if form == "json":
        from ..lint.reports.json import render as render_json

        text = render_json(report)
    else:
        from ..lint.reports.text import render

        text = render(report, use_colour() and output is None, options.language)
    if output is not None:
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    else:
        click.echo(text)
    sys.exit(report.exit_code)


def _codes(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for text in given for code in text.split(",") if code.strip())


def _advance(bar: object, done: int, total: int) -> None:
    setattr(bar, "length", total)  # noqa: B010
    update = getattr(bar, "update")  # noqa: B009
    update(1)
