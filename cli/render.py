"""`fairnotice render`: one message for one borrower."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..flow.catalogue import CHANNELS, shipped
from ..generator.letter import PrintError, letter_page, letter_pdf
from ..generator.profile import ProfileError, load_profile
from ..generator.render import RenderError, prepare, render_message, schema_of


@click.command("render")
@click.argument("message")
@click.option(
    "--profile",
    required=True,
    type=click.Path(path_type=Path),
    help="A profile file, or the name of a sample.",
)
@click.option("--channel", type=click.Choice(CHANNELS), default="sms", show_default=True)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository.",
)
@click.option(
    "--as",
    "form",
    type=click.Choice(["text", "mermaid", "json", "html", "pdf"]),
    default="text",
    help="How a call script (text, mermaid, json, html), a letter or a visit notice (text, html, pdf) is written.",
)
@click.option("--raw", is_flag=True, help="The bytes that are sent (a whole e-mail), not the words.")
def command(message: str, profile: Path, channel: str, templates: Path | None, form: str, raw: bool) -> None:
    """Write MESSAGE (such as soft-reminder) for one borrower to standard output."""
    root = templates or shipped()
    path = profile if profile.is_file() else root / "profiles" / f"{profile.name}.yaml"
    if not path.is_file():
        raise click.UsageError(f"there is no profile '{profile}'; samples: {root / 'profiles'}")
    paper = channel in ("letter", "visit")
    if form == "pdf" and not paper:
        raise click.UsageError(
            "--as pdf is for letters and visit notices: --channel letter or --channel visit"
        )
    try:
        schema = schema_of(root)
        script = "text" if paper else form
        made = render_message(
            root, message, channel, prepare(root, load_profile(path), schema, str(path)), schema, script
        )
        if paper and form in ("html", "pdf"):
            page = letter_page(made.subject, made.body, made.locale)
            sys.stdout.buffer.write(letter_pdf(page) if form == "pdf" else page.encode())
            return
    except (ProfileError, RenderError, PrintError) as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    if raw:
        sys.stdout.buffer.write(made.data)
        return
    if made.subject:
        click.echo(f"Subject: {made.subject}\n")
    click.echo(made.body.rstrip())
    if made.sms is not None:
        click.echo(f"[{made.sms.encoding}, {made.sms.units} units, {len(made.sms.parts)} part(s)]", err=True)
