"""A required element counts only where a reader sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.flow.visible import hides_words
from fairnotice.lint.engine import Options, lint, programs_of
from fairnotice.lint.program import Program

AMOUNT = "You owe {{ debt.amount_due|money }} by {{ debt.due_date|day }}."
REST = "<p>This is {{ creditor.name }}.</p><p>To complain, call {{ complaint.phone }}.</p>"

HIDDEN = [
    f"<!-- {AMOUNT} -->",
    f'<div style="display:none">{AMOUNT}</div>',
    f'<div style="DISPLAY : NONE;x:y"><p>{AMOUNT}</p></div>',
    f"<p hidden>{AMOUNT}</p>",
    f'<span style="font-size:0px">{AMOUNT}</span>',
    f'<p style="color:#ffffff">{AMOUNT}</p>',
    f'<p style="color:#333;background:#333">{AMOUNT}</p>',
    f'<img alt="{AMOUNT}">',
    f'<a title="{AMOUNT}" href="https://example.com">pay</a>',
    f"<title>{AMOUNT}</title>",
    f"<style>/* {AMOUNT} */</style>",
    f"<script>var x = '{AMOUNT}'</script>",
    f"{{% if debt.days_past_due > 3 %}}<!-- {{% endif %}}{AMOUNT}{{% if debt.days_past_due > 3 %}} -->{{% endif %}}",
    f"<div {{% if flags.hardship %}}hidden{{% endif %}}>{AMOUNT}</div>",
    f"<div style='display:none'><div>x</div>{AMOUNT}</div>",
]
SEEN = [
    f"<p>{AMOUNT}</p>",
    f"<!-- note --><div><b>{AMOUNT}</b></div>",
    f'<div style="display:none">pre</div><p>{AMOUNT}</p>',
    f"<p>{{% if flags.hardship %}}<b>{{% endif %}}{AMOUNT}{{% if flags.hardship %}}</b>{{% endif %}}</p>",
    f'<p style="color:#fff;background-color:#004477">{AMOUNT}</p>',
    f'<p class="hidden-on-print" data-x="display">{AMOUNT}</p>',
    f"{{% if flags.hardship %}}<!-- {{% else %}}<!-- {{% endif %}}x-->{AMOUNT}",
    f"<table><tr><td>{AMOUNT}</td></tr></table>",
]


def codes(text: str, name: str, folder: Path) -> set[str]:
    path = folder / name
    front = '---\nsubject: "About your account"\n---\n' if ".email." in name and "---" not in text else ""
    path.write_text(front + text, encoding="utf-8")
    return {finding.code for finding in lint([path], Options()).findings if finding.severity == "error"}


@pytest.mark.parametrize("text", HIDDEN)
def test_what_is_hidden_does_not_count(text: str, tmp_path: Path) -> None:
    assert "A101" in codes(REST + text, "late.email.en-US.html", tmp_path)


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_counts(text: str, tmp_path: Path) -> None:
    assert not codes(REST + text, "late.email.en-US.html", tmp_path)


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("[pay](https://example.com/{{ debt.amount_due|money }})", True),
        ("![{{ debt.amount_due|money }}](https://example.com/a.png)", True),
        ("[//]: # ({{ debt.amount_due|money }})\n", True),
        ("<!-- {{ debt.amount_due|money }} -->", True),
        ("You owe **{{ debt.amount_due|money }}**.", False),
        ("[You owe {{ debt.amount_due|money }}](https://example.com)", False),
        ("<https://example.com> You owe {{ debt.amount_due|money }}", False),
    ],
)
def test_markdown_is_read_as_it_is_shown(text: str, missing: bool, tmp_path: Path) -> None:
    rest = "This is {{ creditor.name }}. To complain, call {{ complaint.phone }}.\n\n"
    assert ("A101" in codes(rest + text, "late.letter.en-US.md", tmp_path)) == missing


def test_an_insult_hidden_in_a_comment_or_attribute_is_still_found(tmp_path: Path) -> None:
    for hidden in (
        "<!-- you are a deadbeat -->",
        '<img alt="you are a deadbeat">',
        "you are a dead<b></b>beat",
    ):
        assert "T106" in codes(f"<p>{AMOUNT}</p>{REST}{hidden}", "late.email.en-US.html", tmp_path)


@pytest.mark.parametrize("bare", ["html", "txt"])
def test_each_part_of_a_mail_shows_the_amount(tmp_path: Path, bare: str) -> None:
    """A text part beside an HTML part is a message of its own: some readers see only that one."""
    (tmp_path / "messages/late").mkdir(parents=True)
    for form in ("html", "txt"):
        amount = f"<p>{AMOUNT}</p>" if form == "html" else AMOUNT
        body = '---\nsubject: "Your account"\n---\n' + ("See below. " if form == bare else amount) + REST
        (tmp_path / f"messages/late/email.en-US.{form}").write_text(body, encoding="utf-8")
    found = lint([tmp_path], Options()).findings
    assert {Path(one.place.path).suffix for one in found if one.code == "A101"} == {f".{bare}"}


def test_a_message_that_may_be_cut_says_what_would_be_lost(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.en-US.txt"
    text = "Please call us about your account. " * 60
    path.write_text("{{ creditor.name }}: " + text + AMOUNT + " {{ complaint.phone }}", encoding="utf-8")
    (finding,) = [one for one in lint([path], Options()).findings if one.code == "C102"]
    assert "may lose complaint_channel, due_date, repayment_amount" in finding.message
    path.write_text("{{ creditor.name }}: " + AMOUNT + text + " {{ complaint.phone }}", encoding="utf-8")
    (finding,) = [one for one in lint([path], Options()).findings if one.code == "C102"]
    assert finding.message.endswith("may lose complaint_channel")


@pytest.mark.parametrize(
    ("body", "hidden"),
    [
        ("<p>One.</p>\n<b>Two</b><br/>", False),
        ('<html lang="en"><body><div align="left">One.</div></body></html>', False),
        ("Plain *words*, 1 [2] and 3.", False),
        ('<img alt="You are a thief">', True),
        ("<!-- You are a thief -->", True),
        ("<title>You are a thief</title>", True),
        ("<TITLE>You are a thief</TITLE>", True),
        ("<P>One.</P>", False),
        ("<style>p {color: red}</style>", True),
        ("[text](https://example.com/you-are-a-thief)", True),
        ("![You are a thief](a.png)", True),
        ("[1]: https://example.com", True),
        ("<p{% if debt.days_past_due > 3 %} title='thief'{% endif %}>One.</p>", True),
        ('<p lang="you are a thief">One.</p>', True),
    ],
)
def test_plain_tags_hide_no_words(body: str, hidden: bool) -> None:
    (program,) = _program(body)
    assert hides_words(program.printed) is hidden


def _program(body: str) -> list[Program]:
    return programs_of(Path("late.email.en-US.html"), Options(), body)


@pytest.mark.parametrize("form", ["md", "html"])
def test_what_has_no_markup_is_read_as_it_stands(form: str) -> None:
    (program,) = programs_of(Path(f"late.letter.en-US.{form}"), Options(), AMOUNT)
    assert program.flow is program.printed
