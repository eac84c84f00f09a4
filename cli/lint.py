"""`fairnotice lint`: templates to findings."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import click

from ..lint.engine import Options, Report, lint
from .main import language_of, use_colour


@click.command("lint")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "github", "gitlab", "junit"]),
    default="text",
    help="Report format.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the report to a file.")
@click.option("--select", multiple=True, help="Only these codes or families (T, A101).")
@click.option("--ignore", multiple=True, help="Not these codes; protected rules stay.")
@click.option(
    "--pack", "packs", multiple=True, help="Rule packs to hold to, in place of the configured ones."
)
@click.option(
    "--baseline", type=click.Path(path_type=Path, dir_okay=False), help="Findings that are known already."
)
@click.option(
    "--stdin-filename",
    type=click.Path(path_type=Path),
    help="Read the text from standard input and judge it as this file.",
)
@click.option("--fix", "fix_", is_flag=True, help="Write the safe fixes, then lint again.")
@click.option("--diff", "show_diff", is_flag=True, help="Show the safe fixes without writing them.")
@click.option("--statistics", is_flag=True, help="Count findings by rule at the end of the text report.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(
    paths: tuple[Path, ...],
    form: str,
    output: Path | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    packs: tuple[str, ...],
    baseline: Path | None,
    stdin_filename: Path | None,
    fix_: bool,
    show_diff: bool,
    statistics: bool,
    lang: str | None,
) -> None:
    """Check templates, files or folders (default: the current folder).

    Exit code 0: clean. 1: findings that block. 2: the job could not be done.
    """
    options = Options(_codes(select), _codes(ignore), language_of(lang), packs, baseline)
    unsaved: dict[Path, str] = {}
    if stdin_filename is not None:
        if paths:
            raise click.UsageError("--stdin-filename names the only file; leave out PATHS")
        paths = (stdin_filename,)
        try:
            unsaved[stdin_filename] = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise click.UsageError("standard input is not UTF-8") from None
    if sys.stderr.isatty() and form == "text":
        with click.progressbar(length=1, label="lint", file=sys.stderr) as bar:
            report = lint(
                paths or (Path("."),), options, lambda done, total: _advance(bar, done, total), unsaved
            )
    else:
        report = lint(paths or (Path("."),), options, unsaved=unsaved)
    if (fix_ or show_diff) and _fixed(report, options, fix_):
        report = lint(paths or (Path("."),), options)
    text = _rendered(report, form, use_colour() and output is None, options.language, statistics)
    if output is not None:
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    else:
        click.echo(text)
    sys.exit(report.exit_code)


def _fixed(report: Report, options: Options, keep: bool) -> bool:
    """Show or write the safe fixes; whether a file was changed."""
    from ..lint.fix import fixed, write

    changed = False
    for name in sorted({finding.place.path for finding in report.findings}):
        made = fixed(Path(name), report.findings, options)
        if made is None:
            continue
        if made.refused:
            click.echo(f"{name}: not fixed: {made.refused}", err=True)
        elif keep:
            write(made)
            changed = True
            click.echo(
                f"{name}: fixed {', '.join(f'{code} ×{count}' for code, count in made.codes.items())}",
                err=True,
            )
        else:
            click.echo(made.diff, nl=False)
    return changed


def _rendered(report: Report, form: str, colour: bool, language: str, statistics: bool) -> str:
    # A report's module is imported when it is asked for.
    if form == "json":
        from ..lint.reports.json import render as render_json

        return render_json(report)
    if form == "sarif":
        from ..lint.reports.sarif import render as render_sarif

        return render_sarif(report)
    if form in ("github", "gitlab", "junit"):
        from ..lint.reports import ci

        writers: dict[str, Callable[[Report], str]] = {
            "github": ci.github,
            "gitlab": ci.gitlab,
            "junit": ci.junit,
        }
        return writers[form](report)
    from ..lint.reports.text import render
    from ..lint.reports.text import statistics as counted

    return render(report, colour, language) + ("\n" + counted(report) if statistics else "")


def _codes(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.strip().upper() for text in given for code in text.split(",") if code.strip())


def _advance(bar: object, done: int, total: int) -> None:
    setattr(bar, "length", total)  # noqa: B010
    update = getattr(bar, "update")  # noqa: B009
    update(1)
