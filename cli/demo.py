"""`fairnotice demo`: the main job on the shipped templates."""

from __future__ import annotations

import sys

import click

from ..flow.catalogue import shipped
from ..lint.engine import Options, lint
from ..lint.reports.text import render
from .main import language_of, use_colour


@click.command("demo")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(lang: str | None) -> None:
    """Lint the shipped templates."""
    options = Options(language=language_of(lang))
    report = lint([shipped()], options)
    click.echo(render(report, use_colour(), options.language))
    sys.exit(report.exit_code)
