"""`fairnotice preview`: every sentence a message can say, in the terminal or as a gallery."""

from __future__ import annotations

from pathlib import Path

import click

from ..flow.catalogue import repository_root, shipped
from ..generator.ladder import LadderError
from ..generator.profile import ProfileError
from ..generator.provider import price
from ..generator.render import RenderError
from ..signoff import renders
from ..signoff.changes import Changed, changes
from ..signoff.gallery import build
from ..signoff.records import SignoffError
from ..signoff.samples import Preview, preview
from .main import language_of, use_colour

_COLOURS = {"borrower": "cyan", "brand": "green"}


@click.command("preview")
@click.argument("messages", nargs=-1)
@click.option("--channel", help="Only this channel.")
@click.option("--locale", help="Only this locale.")
@click.option(
    "--html",
    "gallery",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write a gallery here instead.",
)
@click.option("--write-renders", is_flag=True, help="Write the samples of every message to renders/.")
@click.option("--check-renders", is_flag=True, help="Exit 1 when renders/ is not what the templates say.")
@click.option(
    "--diff",
    type=click.Choice(["approved"]),
    help="Show only what reads otherwise than what was last approved.",
)
@click.option("--plain", is_flag=True, help="No colours.")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository.",
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(
    messages: tuple[str, ...], channel: str | None, locale: str | None, gallery: Path | None, write_renders: bool,
    check_renders: bool, diff: str | None, plain: bool,
    templates: Path | None, lang: str | None,
) -> None:  # fmt: skip
    """Show MESSAGES (all, if none is named) for the fewest made-up borrowers that show every sentence.

    Exit code 1 when a sentence is not shown by any of them, or a finding blocks.
    """
    root, language = templates or shipped(), language_of(lang)
    if write_renders:
        click.echo(f"{renders.write(root)} render(s) → {root / 'renders'}")
        return
    if check_renders:
        wrong = renders.outdated(root)
        for name in wrong:
            click.echo(f"{root / 'renders' / name}: is not what the template says; run --write-renders")
        raise SystemExit(1 if wrong else 0)
    if diff:
        _print_changes(root, messages, use_colour() and not plain)
        return
    if gallery is not None:
        try:
            shown = build(root, gallery, language)
        except (LadderError, ProfileError, RenderError) as error:
            raise click.ClickException(f"the ladder page cannot be made: {error}") from None
        except OSError as error:
            raise click.ClickException(f"cannot write {gallery}: {error.strerror}") from None
        click.echo(f"{len(shown)} template(s) → {gallery / 'index.html'}")
    else:
        paths = [
            path
            for name in (messages or ("*",))
            for path in sorted((root / "messages").glob(f"{name}/{channel or '*'}.{locale or '*'}.*"))
            if path.suffix not in (".yaml", ".yml")
        ]
        if not paths:
            raise click.UsageError(f"no text template of {', '.join(messages) or 'any message'} in {root}")
        shown = [preview(path, language) for path in paths]
        for one in shown:
            _print(one, use_colour() and not plain)
    bad = any(one.missing or any(finding.severity == "error" for finding in one.findings) for one in shown)
    raise SystemExit(1 if bad else 0)


def _cost(one: Preview, parts: int) -> str:
    """What the gateway asks for a sample, and for the longest text that any borrower can get."""
    root = repository_root(one.path.resolve().parent)
    asked = price(root, one.locale, parts)
    most = price(root, one.locale, one.most_parts)
    return (f", {asked}" if asked else "") + (
        f"; at most {one.most_parts} parts" + (f", {most}" if most else "")
    )


def _print_changes(root: Path, messages: tuple[str, ...], colour: bool) -> None:
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
        click.secho(f"{name}: {len(found.changed)} sample(s) changed since {when}", bold=colour)
        for one in found.changed:
            click.echo(f"\n  {one.file}\n     " + _marked(one, colour).replace("\n", "\n     "))
    raise SystemExit(1 if other else 0)


def _marked(one: Changed, colour: bool) -> str:
    marks = {"same": "{}", "gone": "[-{}-]", "new": "{{+{}+}}"}
    colours = {"gone": "red", "new": "green"}
    return "".join(
        click.style(marks[kind].format(text), fg=colours.get(kind)) if colour else marks[kind].format(text)
        for kind, text in one.stretches
    )


def _print(one: Preview, colour: bool) -> None:
    click.secho(f"{one.message} · {one.channel} · {one.locale}", bold=colour)
    if one.subject:
        click.echo(f"  {one.subject}")
    for number, shown in enumerate(one.samples, 1):
        click.echo(f"\n  {number}. {', '.join(shown.facts) or 'every borrower'}")
        text = "".join(
            click.style(piece.words, fg=_COLOURS.get(piece.origin))
            if colour and piece.origin
            else piece.words
            for piece in shown.pieces
        )
        click.echo("     " + text.replace("\n", "\n     "))
        if shown.sms is not None:
            click.echo(
                f"     [{shown.sms.encoding}, {shown.sms.units} units, {len(shown.sms.parts)} part(s){_cost(one, len(shown.sms.parts))}]"
            )
    click.echo(f"\n  {one.covered} of {one.sentences} sentences shown")
    for text in one.missing:
        click.echo(f"  not shown: {text}")
    for finding in one.findings:
        click.echo(f"  {finding.code} {finding.place.line}:{finding.place.column} {finding.message}")
    click.echo()
