"""Call scripts: what must be said is proven on every way through the call, with a borrower who does not hear it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint
from fairnotice.lint.finding import Finding

SCRIPT = """\
start: open
nodes:
  open:
    say: "This is {{{{ creditor.name }}}}. This call is recorded."
    ask: "May I speak to {{{{ borrower.name }}}}?"
    answers: {{yes: due, other: bye}}
  due:
    say: "{due}"
    ask: "{ask}"
    answers: {{complaint: channel, other: bye}}
  channel:
    say: "{channel}"
    next: bye
  bye:
    say: "{bye}"
    end: true
"""
DUE = "{{ debt.amount_due|money }} was due on {{ debt.due_date|day }}."
COMPLAIN = "To complain, call {{ complaint.phone }}."


def codes(tmp_path: Path, **words: str) -> dict[str, Finding]:
    given = {"due": DUE, "ask": "Shall we look at a plan?", "channel": COMPLAIN, "bye": "Goodbye.", **words}
    path = tmp_path / "late.call.en-US.yaml"
    path.write_text(SCRIPT.format(**given), encoding="utf-8")
    return {one.code: one for one in lint([path], Options()).findings if one.severity == "error"}


def test_a_complete_script_is_clean(tmp_path: Path) -> None:
    assert codes(tmp_path, bye=COMPLAIN + " Goodbye.") == {}


@pytest.mark.parametrize(
    ("words", "code", "heard"),
    [
        ({}, "N101", "Goodbye."),
        ({"due": "Your debt {{ debt.account_tail }} is late.", "bye": COMPLAIN}, "A101", "is late"),
        (
            {"bye": "{% if plan.active %}" + COMPLAIN + "{% endif %}", "channel": "Thank you."},
            "N101",
            "was due on",
        ),
    ],
)
def test_a_way_that_lacks_it_comes_with_a_borrower_and_the_words_heard(
    tmp_path: Path, words: dict[str, str], code: str, heard: str
) -> None:
    finding = codes(tmp_path, **words)[code]
    assert finding.verdict == "witness"
    witness = finding.witness
    assert witness is not None
    assert witness.profile["debt"]["amount_due"] > 0
    assert heard in witness.rendered
    assert "{{" not in witness.rendered
    assert witness.branches[-1].startswith("open → due")
