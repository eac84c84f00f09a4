"""`fairnotice lint`: templates to findings."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from .main import language_of, use_colour

if TYPE_CHECKING:
    from ..lint.engine import Options, Report


_PAUSE = 0.3
"""Seconds between two looks at the watched files."""
_FIXES = "\0fixes"
"""Stands for `--diff` without a revision."""


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
@click.option(
    "--diff",
    "revision",
    is_flag=False,
    flag_value=_FIXES,
    metavar="[REV]",
    help="Only what changed since REV and all that depends on it; without REV, show the safe fixes.",
)
@click.option("--statistics", is_flag=True, help="Count findings by rule at the end of the text report.")
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Processes for many files (default: one a processor)."
)
@click.option("--watch", is_flag=True, help="Lint again whenever a file changes, until interrupted.")
@click.option(
    "--no-cache", is_flag=True, help="Do not replay the answer of an earlier run on the same files."
)
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
    revision: str | None,
    statistics: bool,
    jobs: int | None,
    watch: bool,
    no_cache: bool,
    lang: str | None,
) -> None:
    """Check templates, files or folders (default: the current folder).

    Exit code 0: clean. 1: findings that block. 2: the job could not be done.
    """
    show_diff = revision == _FIXES
    if watch:
        if output or stdin_filename or fix_ or revision:
            raise click.UsageError("--watch goes with paths, --format, --select and --pack only")
        lists = (("--select", select), ("--ignore", ignore), ("--pack", packs))
        given = [text for option, values in lists for value in values for text in (option, value)]
        given += ["--baseline", str(baseline)] if baseline else []
        given += ["--lang", language_of(lang), "--format", form, *(["--statistics"] if statistics else [])]
        _watch(paths or (Path("."),), baseline, given)
    plain = not (no_cache or output or stdin_filename or fix_ or revision)
    colour = use_colour() and output is None
    language = language_of(lang)
    name = ""
    if plain:
        from .replay import asked, replay

        name = asked((paths, form, select, ignore, packs, baseline, statistics, colour, language))
        earlier = replay(name)
        if earlier is not None:
            click.echo(earlier[0])
            sys.exit(earlier[1])
    # The engine is imported only where the answer is not known.
    from ..lint.engine import Options, lint

    options = Options(_codes(select), _codes(ignore), language, packs, baseline)
    unsaved: dict[Path, str] = {}
    if stdin_filename is not None:
        if paths:
            raise click.UsageError("--stdin-filename names the only file; leave out PATHS")
        paths = (stdin_filename,)
        try:
            unsaved[stdin_filename] = sys.stdin.buffer.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise click.UsageError("standard input is not UTF-8") from None
    paths = paths or (Path("."),)
    if revision is not None and not show_diff:
        paths = _concerned(revision, paths, language)
    roots = _roots(paths, baseline) if plain else None
    state = _state(roots)
    if sys.stderr.isatty() and form == "text":
        with click.progressbar(length=1, label="lint", file=sys.stderr) as bar:
            report = lint(paths, options, lambda done, total: _advance(bar, done, total), unsaved, jobs)
    else:
        report = lint(paths, options, unsaved=unsaved, jobs=jobs)
    if (fix_ or show_diff) and _fixed(report, options, fix_):
        report = lint(paths, options)
    approving = _approving(report)
    report = _with_signoff(report, options, approving)
    text = _rendered(report, form, colour, options.language, statistics)
    if output is not None:
        try:
            output.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise click.ClickException(f"cannot write {output}: {error.strerror}") from None
    else:
        click.echo(text)
    if roots is not None and not report.problems and _rests_on(report, roots) and not approving:
        from .replay import keep

        keep(name, roots, state, text, report.exit_code)
    sys.exit(report.exit_code)


def _approving(report: Report) -> list[Path]:
    """The linted files of repositories that keep approvals."""
    from ..flow.catalogue import home_of, repository_root

    signing = {home for home in report.homes if (repository_root(home) / "approvals").is_dir()}
    return [Path(name) for name in report.texts if home_of(name) in signing] if signing else []


def _with_signoff(report: Report, options: Options, signed: list[Path]) -> Report:
    """The report with where its messages stand with the sign-off (S101, S102)."""
    chosen = [code for code in ("S101", "S102") if not options.select or code.startswith(options.select)]
    chosen = [code for code in chosen if not (options.ignore and code.startswith(options.ignore))]
    if not signed or not chosen:
        return report
    from datetime import UTC, datetime

    from ..flow.record import replaced
    from ..lint.engine import Problem
    from ..signoff.findings import SignoffError, signoff_findings

    try:
        found = signoff_findings(signed, datetime.now(UTC), options.language)
    except SignoffError as error:
        return replaced(report, problems=(*report.problems, Problem("X104", "approvals", str(error))))
    return replaced(report, findings=(*report.findings, *(one for one in found if one.code in chosen)))


def _watch(paths: tuple[Path, ...], baseline: Path | None, given: list[str]) -> NoReturn:
    """Lint in a process of its own whenever a file changes; never returns."""
    import subprocess
    import time

    from .replay import state_of

    roots = _roots(paths, baseline)
    if roots is None or state_of(roots) is None:
        raise click.UsageError(
            "--watch: there are too many files here, or a schema outside; name a smaller folder"
        )
    try:
        while True:
            state = state_of(roots)
            click.clear()
            subprocess.run([sys.executable, "-m", "fairnotice.cli", "lint", *given, "--", *map(str, paths)], check=False)  # fmt: skip
            while state_of(roots) == state:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        sys.exit(0)


def _concerned(revision: str, paths: tuple[Path, ...], language: str) -> tuple[Path, ...]:
    """The files that the changes since a revision concern; ends the program where there are none."""
    from ..lint.changed import RevisionError, concerned

    try:
        found = concerned(revision, paths)
    except RevisionError as error:
        raise click.UsageError(f"--diff: {error}") from None
    if not found:
        nothing = (
            f"自 {revision} 以来没有相关改动" if language == "zh" else f"nothing changed since {revision}"
        )
        click.echo(nothing)
        sys.exit(0)
    return tuple(found)


def _roots(paths: tuple[Path, ...], baseline: Path | None) -> list[str] | None:
    """The folders and files that an answer rests on; None where a configuration points outside of them."""
    from ..flow.catalogue import repository_root
    from ..lint.config import ConfigError
    from ..lint.engine import load_config_cached

    found: set[Path] = {baseline.resolve()} if baseline else set()
    for path in paths:
        whole = path.resolve()
        folder = whole if whole.is_dir() else whole.parent
        root = repository_root(folder)
        found |= {root, folder}
        try:
            schema = load_config_cached(folder).schema
        except ConfigError:
            return None
        if schema is not None and not schema.resolve().is_relative_to(root):
            return None
    return sorted(str(one) for one in found if not any(other in one.parents for other in found))


def _state(roots: list[str] | None) -> str | None:
    if roots is None:
        return None
    from .replay import state_of

    return state_of(roots)


def _rests_on(report: Report, roots: list[str]) -> bool:
    """Whether every file that was read lies under the roots or came with the program, and is of a kind that is watched."""
    from ..flow.catalogue import shipped
    from .replay import READ

    watched = [*map(Path, roots), shipped()]
    return all(os.path.splitext(name)[1].lstrip(".") in READ for name in report.texts) and all(
        any(home.is_relative_to(folder) for folder in watched) for home in report.homes
    )


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
