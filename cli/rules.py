"""`fairnotice rules`: the list of rules."""

from __future__ import annotations

import click

from ..lint.registry import load_rules
from .main import language_of


@click.command("rules")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the list.")
def command(lang: str | None) -> None:
    """List the rules: code, name, severity, title. `*` marks rules that nobody may switch off."""
    language = language_of(lang)
    for code, rule in load_rules().items():
        mark = "*" if rule.protected else " "
        click.echo(f"{code}{mark} {rule.name:28} {rule.severity:7} {rule.title[language]}")
