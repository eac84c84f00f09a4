"""`fairnotice explain CODE`: what a rule looks for, why, and how to mend it."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import click

from ..lint.registry import load_rules
from .main import language_of

_HEADS = {
    "en": ("Why", "How to mend it", "Refused", "Accepted"),
    "zh": ("为什么", "如何修改", "不通过", "通过"),
}


@click.command("explain")
@click.argument("code", required=False)
@click.option("--match", metavar="FILE:LINE", help="How the wording on a line was judged, step by step.")
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the page.")
def command(code: str | None, match: str | None, lang: str | None) -> None:
    """Explain a rule by its code (A101) or name (repayment-amount-missing), or how a line was judged."""
    language = language_of(lang)
    if match is not None:
        _explain_match(match)
        return
    if code is None:
        raise click.UsageError("name a rule, such as A101, or give --match FILE:LINE")
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


def _explain_match(place: str) -> None:
    """Every match on a line: reading, entry, context and verdict, lawful ones included."""
    # The engine is only needed here.
    from ..flow.source import TemplateError, line_column
    from ..flow.strict_yaml import YamlError
    from ..lint.engine import Options, programs_of
    from ..lint.wording.engine import judge, trace

    name, _, number = place.rpartition(":")
    if not number.isdigit() or not name:
        raise click.UsageError("write --match FILE:LINE, such as late.sms.zh-CN.txt:3")
    path = Path(name)
    if not path.is_file():
        raise click.UsageError(f"{path} does not exist")
    try:
        programs = programs_of(path, Options())
    except (TemplateError, YamlError) as error:
        raise click.UsageError(str(error)) from None
    if not programs:
        raise click.UsageError(f"{path} cannot be read as a text template; `fairnotice lint {path}` says why")
    found = False
    for program in programs:
        for sentence in program.delivered:
            spans = sentence.spans(0, len(sentence.text))
            text = program.texts.get(str(path), "")
            lines = {
                line
                for span in spans
                if span.path == str(path)
                for line in range(line_column(text, span.start)[0], line_column(text, span.end)[0] + 1)
            }
            if int(number) not in lines:
                continue
            kept = {(hit.entry.place, hit.start): hit for hit in judge(sentence.text, program.lexicon)}
            passed = [
                hit
                for hit in trace(sentence.text, program.lexicon)
                if (hit.entry.place, hit.start) not in kept
            ]
            # What matched but does not count is told by what it was, not by a severity.
            verdicts = [(hit, hit.severity) for hit in kept.values()]
            verdicts += [
                (hit, hit.severity if hit.severity in ("lawful", "cue") else "outweighed") for hit in passed
            ]
            for hit, verdict in verdicts:
                found = True
                words = sentence.text[hit.start : hit.end].replace("\ue010", "…")
                click.echo(f"{hit.entry.code} {verdict}: {words}")
                for step in hit.steps:
                    click.echo(f"  {step}")
    if not found:
        click.echo(f"{place}: no wording was matched here")
