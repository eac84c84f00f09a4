"""`fairnotice demo`: the main job on the shipped templates."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..flow.catalogue import shipped
from ..generator.batch import generate
from ..generator.profile import load_profile
from ..lint.engine import Options, lint
from ..lint.reports.text import render
from .main import language_of, use_colour

_MESSAGES = ("soft-reminder", "firm-reminder", "hardship-offer")
_CHANNELS = ("sms", "email", "call")


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default="demo-output", show_default=True
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(out: Path, lang: str | None) -> None:
    """Lint the shipped templates, then write every message for the sample borrowers."""
    options = Options(language=language_of(lang))
    report = lint([shipped()], options)
    click.echo(render(report, use_colour(), options.language))
    if report.exit_code:
        sys.exit(report.exit_code)
    records = [dict(load_profile(path)) for path in sorted((shipped() / "profiles").glob("*.yaml"))]
    set_aside = 0
    for message in _MESSAGES:
        summary = generate(shipped(), iter(list(enumerate(records, 1))), out / message, message, _CHANNELS)
        set_aside += summary.quarantined
        for channel, count in summary.written.items():
            click.echo(f"{count} {channel:6} → {out / message / channel}")
    sys.exit(1 if set_aside else 0)
