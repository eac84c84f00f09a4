"""`fairnotice baseline`: today's findings, so that only new ones block."""

from __future__ import annotations

from pathlib import Path

import click

from ..lint.engine import Options, lint
from ..lint.suppress import protected, write_baseline
from .main import language_of


@click.command("baseline")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=".fairnotice-baseline.json",
    show_default=True,
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(paths: tuple[Path, ...], output: Path, lang: str | None) -> None:
    """Write the fingerprints of the findings there are; protected rules are never among them.

    Use it with `fairnotice lint --baseline FILE`.
    """
    report = lint(paths or (Path("."),), Options(language=language_of(lang)))
    for problem in report.problems:
        click.echo(f"{problem.code} {problem.path}: {problem.message}", err=True)
    if report.problems:
        raise SystemExit(2)
    try:
        output.write_text(write_baseline(report.findings), encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    left = sum(protected(one.code) for one in report.findings)
    click.echo(f"{output}: {len(report.findings) - left} finding(s); {left} of protected rules left out")
