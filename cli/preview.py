"""`fairnotice preview`: every sentence a message can say, in the terminal, as a gallery, or served while it is written."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from ..flow.catalogue import shipped
from ..generator.ladder import LadderError
from ..generator.portfolio import PortfolioError
from ..generator.profile import ProfileError, load_profile
from ..generator.render import RenderError, prepare, schema_of
from ..lint.engine import Options, lint
from ..signoff import renders
from ..signoff.changes import Changed, changes
from ..signoff.gallery import build
from ..signoff.records import SignoffError
from ..signoff.samples import Preview, for_profile, preview, read_template
from ..signoff.terminal import show, show_one
from .main import language_of, use_colour

if TYPE_CHECKING:
    from rich.console import Console

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PAUSE = 0.5
"""Seconds between two looks at the watched files."""


@click.command("preview")
@click.argument("messages", nargs=-1)
@click.option("--channel", help="Only this channel.")
@click.option("--locale", help="Only this locale.")
@click.option("--html", "gallery", type=_FOLDER, help="Write a gallery here instead.")
@click.option(
    "--portfolio",
    type=click.Path(path_type=Path),
    help="With --html: what this portfolio would get today, as counts only.",
)
@click.option(
    "--serve", is_flag=True, help="Serve the gallery on this machine alone; it reloads as files change."
)
@click.option("--port", type=int, default=8765, show_default=True, help="Port of --serve.")
@click.option(
    "--profile", help="One borrower instead of the samples: a name in profiles/, or a file with --allow-pii."
)
@click.option("--allow-pii", is_flag=True, help="Let --profile read a record from outside profiles/.")
@click.option("--watch", is_flag=True, help="Show again whenever a file changes, until interrupted.")
@click.option("--write-renders", is_flag=True, help="Write the samples of every message to renders/.")
@click.option("--check-renders", is_flag=True, help="Exit 1 when renders/ is not what the templates say.")
@click.option(
    "--diff",
    type=click.Choice(["approved"]),
    help="Show only what reads otherwise than what was last approved.",
)
@click.option("--plain", is_flag=True, help="One after the other, without colours and signs.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(
    messages: tuple[str, ...], channel: str | None, locale: str | None, gallery: Path | None, portfolio: Path | None,
    serve: bool, port: int, profile: str | None, allow_pii: bool, watch: bool, write_renders: bool,
    check_renders: bool, diff: str | None, plain: bool, templates: Path | None, lang: str | None,
) -> None:  # fmt: skip
    """Show MESSAGES (all, if none is named) for the fewest made-up borrowers that show every sentence.

    Exit code 1 when a sentence is not shown by any of them, or a finding blocks.
    """
    root, language = templates or shipped(), language_of(lang)
    if portfolio is not None and gallery is None:
        raise click.UsageError("--portfolio goes with --html")
    if profile is not None and (gallery is not None or serve):
        raise click.UsageError("--profile is shown in the terminal only: a gallery holds made-up borrowers")
    if write_renders:
        click.echo(f"{renders.write(root)} render(s) → {root / 'renders'}")
        return
    if check_renders:
        wrong = renders.outdated(root)
        for name in wrong:
            click.echo(f"{root / 'renders' / name}: is not what the template says; run --write-renders")
        raise SystemExit(1 if wrong else 0)
    if serve:
        _serve(root, messages, language, port)
    elif gallery is not None:
        raise SystemExit(_gallery(root, gallery, messages, language, portfolio))
    elif watch:
        _watch(root)
    elif diff:
        _print_changes(root, messages, use_colour() and not plain)
    plain = plain or not use_colour()
    from rich.console import Console

    console = Console(highlight=False, no_color=plain, width=_width())
    paths = list(_paths(root, messages, channel, locale))
    if not paths:
        raise click.UsageError(f"no template of {', '.join(messages) or 'any message'} in {root}")
    if profile is not None:
        _print_profile(root, paths, profile, allow_pii, console, plain, language)
        return
    shown = [preview(path, language) for path in paths]
    show(shown, root, console, plain, language)
    raise SystemExit(_exit_code(shown))


def _paths(root: Path, messages: tuple[str, ...], channel: str | None, locale: str | None) -> Iterator[Path]:
    for name in messages or ("*",):
        yield from sorted((root / "messages").glob(f"{name}/{channel or '*'}.{locale or '*'}.*"))


def _width() -> int | None:
    """The terminal's own width; what is piped is not broken into lines."""
    return None if sys.stdout.isatty() else 100


def _exit_code(shown: list[Preview]) -> int:
    return 1 if any(one.missing or one.errors or not one.samples for one in shown) else 0


def _gallery(root: Path, out: Path, messages: tuple[str, ...], language: str, portfolio: Path | None) -> int:
    try:
        shown = build(root, out, language, messages=messages, portfolio=portfolio)
    except (LadderError, ProfileError, RenderError) as error:
        raise click.ClickException(f"the ladder page cannot be made: {error}") from None
    except PortfolioError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        # An error of our own (a link in a message) has no errno and says all itself.
        raise click.ClickException(
            f"cannot write {out}: {error.strerror}" if error.strerror else str(error)
        ) from None
    click.echo(f"{len(shown)} template(s) → {out / 'index.html'}")
    return _exit_code(shown)


def _print_profile(
    root: Path, paths: list[Path], name: str, allow_pii: bool, console: Console, plain: bool, language: str
) -> None:
    """The messages that one borrower's locale has, for that borrower."""
    sample = root / "profiles" / f"{Path(name).stem}.yaml"
    made_up = Path(name).name == name and sample.is_file()
    path = sample if made_up else Path(name)
    if not made_up and not allow_pii:
        raise click.UsageError(f"{name} is not one of profiles/; a real record needs --allow-pii")
    try:
        borrower = prepare(root, load_profile(path), schema_of(root), str(path))
    except (ProfileError, RenderError) as error:
        raise click.ClickException(str(error)) from None
    if not made_up:
        click.secho("REAL PERSONAL DATA: do not copy, print or send this.", fg="red", bold=True)
    mine = [one for one in paths if one.name.split(".")[1] == str(borrower.values["borrower.locale"])]
    for one in mine:
        _, template = read_template(one, language)
        if template is None:
            raise click.ClickException(f"{one} cannot be read; run fairnotice lint")
        try:
            show_one(
                preview(one, language),
                for_profile(template, borrower, language),
                root,
                console,
                plain,
                language,
            )
        except Exception as error:
            # What rendering raises may quote a value: its kind is enough here, the linter says more.
            raise click.ClickException(
                f"{one}: cannot be written for this borrower ({type(error).__name__})"
            ) from None
    if not mine:
        raise click.ClickException("there is no template in the borrower's locale")


def _watch(root: Path) -> NoReturn:
    """Show in a process of its own whenever a file changes; never returns."""
    import subprocess
    import time

    from .replay import state_of

    given = [one for one in sys.argv[1:] if one != "--watch"]
    try:
        while True:
            state = state_of([str(root)])
            if state is None:
                raise click.UsageError(f"--watch: there are too many files in {root}")
            click.clear()
            subprocess.run([sys.executable, "-m", "fairnotice.cli", *given], check=False)
            while state_of([str(root)]) == state:
                time.sleep(_PAUSE)
    except KeyboardInterrupt:
        sys.exit(0)


def _serve(root: Path, messages: tuple[str, ...], language: str, port: int) -> NoReturn:
    try:
        from ..signoff.gallery.server import serve
    except ImportError:
        raise click.ClickException("--serve needs: pip install 'fairnotice[serve]'") from None
    click.echo(f"http://127.0.0.1:{port}/ (this machine only; Ctrl-C ends it)", err=True)
    try:
        serve(root, messages, language, port)
    except (LadderError, ProfileError, RenderError) as error:
        raise click.ClickException(f"the ladder page cannot be made: {error}") from None
    sys.exit(0)


def _print_changes(root: Path, messages: tuple[str, ...], colour: bool) -> NoReturn:
    """Every sample that changed since its message was approved; exit code 1 where one did, or nothing was approved."""
    names = messages or tuple(sorted(path.name for path in (root / "messages").iterdir() if path.is_dir()))
    other = False
    for name in names:
        try:
            found = changes(root, name)
        except (SignoffError, OSError) as error:
            click.echo(f"error: {error}", err=True)
            raise SystemExit(2) from None
        if found is None:
            other = True
            click.secho(f"{name}: never approved", bold=colour)
            continue
        other = other or bool(found.changed)
        when = f"approved {found.record.at} by {found.record.by}"
        click.secho(
            f"{name}: {len(found.changed)} sample(s) of {found.samples} changed since {when}", bold=colour
        )
        for one in found.changed:
            click.echo(f"\n  {one.file}\n     " + _marked(one, colour).replace("\n", "\n     "))
        for file in found.sources:
            click.echo(f"  changed file: {file}")
        if found.changed or found.sources:
            _print_allowed(root, name)
    raise SystemExit(1 if other else 0)


def _print_allowed(root: Path, message: str) -> None:
    """Whether the linter allows a message as it is now."""
    report = lint([root / "messages" / message], Options())
    for problem in report.problems:
        click.echo(f"  NOT ALLOWED: {problem.path}: {problem.message}")
    found = [one for one in report.findings if one.severity == "error"]
    for one in found:
        click.echo(f"  NOT ALLOWED: {one.place.path}:{one.place.line} {one.code} {one.message}")
    if not found and not report.problems:
        click.echo("  allowed: no finding blocks it")


def _marked(one: Changed, colour: bool) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    colours = {"gone": "red", "new": "green"}
    return "".join(
        click.style(marks[kind].format(text), fg=colours.get(kind)) if colour else marks[kind].format(text)
        for kind, text in one.stretches
    )
