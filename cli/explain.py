"""`fairnotice explain CODE`: what a rule looks for, why, and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches

import click

from ..lint.registry import load_rules
from .main import language_of

_HEADS = {
    "en": ("Why", "How to mend it", "Refused", "Accepted"),
    "zh": ("为什么", "如何修改", "不通过", "通过"),
}


@click.command("explain")
@click.argument("code")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the page.")
def command(code: str, lang: str | None) -> None:
    """Explain a rule by its code (A101) or name (repayment-amount-missing)."""
    language = language_of(lang)
    rules = load_rules()
    rule = rules.get(code.upper()) or next(
        (rule for rule in rules.values() if rule.name == code.lower()), None
    )
    if rule is None:
        known = [*rules, *(rule.name for rule in rules.values())]
        close = get_close_matches(code, known, n=1)
        raise click.UsageError(
            f"there is no rule '{code}'" + (f"; did you mean {close[0]}?" if close else "")
        )
    why, how, bad, good = _HEADS[language]
    click.echo(f"{rule.code} {rule.name} ({rule.severity})\n\n{rule.title[language]}\n")
    click.echo(f"{why}\n  {rule.why[language]}\n\n{how}\n  {rule.how[language]}")
    if rule.bad is not None:
        click.echo(f"\n{bad} ({rule.bad[0]})\n  {rule.bad[1]}")
    if rule.good is not None:
        click.echo(f"\n{good} ({rule.good[0]})\n  {rule.good[1]}")
