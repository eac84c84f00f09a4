"""Every rule's own examples are run: the bad one is found under the rule's code, the good one is clean."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint
from fairnotice.lint.registry import load_rules

RULES = [rule for rule in load_rules().values() if rule.bad is not None]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_bad_example_is_found(rule, tmp_path: Path) -> None:
    name, text = rule.bad
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    report = lint([path], Options())
    assert rule.code in {finding.code for finding in report.findings}
    assert (report.exit_code == 1) == (rule.severity == "error")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_good_example_has_no_such_finding(rule, tmp_path: Path) -> None:
    name, text = rule.good
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert rule.code not in {finding.code for finding in lint([path], Options()).findings}


def write(folder: Path, text: str, name: str = "late.sms.zh-CN.txt") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


HEAD = "【{{ creditor.sms_signature }}】"
TAIL = "{{ notice('complaint-channel') }}"


def test_an_amount_in_one_branch_only_is_reported_with_a_borrower_and_their_words(tmp_path: Path) -> None:
    text = HEAD + "{% if debt.days_past_due > 30 %}应还{{ debt.amount_due|money }}。{% endif %}" + TAIL
    report = lint([write(tmp_path, text)], Options())
    (finding,) = [found for found in report.findings if found.code == "A101"]
    assert (finding.code, finding.verdict) == ("A101", "witness")
    assert finding.place.column == text.index("{% if") + 1
    assert finding.witness is not None
    assert finding.witness.profile["debt"]["days_past_due"] <= 30
    assert "应还" not in finding.witness.rendered and "投诉" in finding.witness.rendered


def test_a_completed_branch_is_proven(tmp_path: Path) -> None:
    amount = "应还{{ debt.amount_due|money }}。"
    text = (
        HEAD + "{% if debt.days_past_due > 30 %}" + amount + "{% else %}请还" + amount + "{% endif %}" + TAIL
    )
    assert lint([write(tmp_path, text)], Options()).exit_code == 0


def test_correlated_conditions_are_understood(tmp_path: Path) -> None:
    amount = "应还{{ debt.amount_due|money }}。"
    text = (
        HEAD
        + "{% if plan.active %}"
        + amount
        + "{% endif %}您好。{% if not plan.active %}"
        + amount
        + "{% endif %}"
        + TAIL
    )
    assert lint([write(tmp_path, text)], Options()).exit_code == 0


def test_derived_stage_and_days_are_one_fact(tmp_path: Path) -> None:
    amount = "应还{{ debt.amount_due|money }}。"
    text = (
        HEAD
        + "{% if debt.stage == 'final' %}"
        + amount
        + "{% endif %}{% if debt.days_past_due < 61 %}"
        + amount
        + "{% endif %}"
        + TAIL
    )
    assert lint([write(tmp_path, text)], Options()).exit_code == 0


@pytest.mark.parametrize(
    "disguise",
    [
        "你这个老{# note #}赖。",
        "{% set a = '老' %}你这个{{ a }}赖。",
        "你这个{% if debt.days_past_due > 3 %}老{% endif %}赖。",
        "{{ '你这个' ~ '老赖' }}。",
        "{% macro m(x) %}{{ x }}赖{% endmacro %}你这个{{ m('老') }}。",
        "你这个老\u200b赖。",
        "你这个老 赖。",
        "{{ '赖老个这你'|reverse }}。",
        "{{ '你这个%s'|format('老赖') }}。",
    ],
)
def test_an_insult_is_found_however_it_is_put_together(disguise: str, tmp_path: Path) -> None:
    text = HEAD + "应还{{ debt.amount_due|money }}。" + TAIL + disguise
    codes = {finding.code for finding in lint([write(tmp_path, text)], Options()).findings}
    assert "T106" in codes


def test_a_negated_threat_is_no_threat(tmp_path: Path) -> None:
    text = HEAD + "应还{{ debt.amount_due|money }}。我们不会联系您的家人。" + TAIL
    assert lint([write(tmp_path, text)], Options()).exit_code == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{% for i in plan.instalments|batch(2) %}{{ i }}{% endfor %}", "{% for i in plan.instalments if"),
        ("{% filter truncate(20) %}{{ borrower.name }} {{ creditor.name }}{% endfilter %}", "max_length"),
        ("{% include borrower.name %}", "include it by a fixed name"),
        ("{{ notice(borrower.name) }}", "{{ notice('complaint-channel') }}"),
        ("{{ plan.instalments }}", "|map(attribute='amount')"),
        ("{{ debt.product|wordwrap(3)|title|xmlattr }}", "rewrite it like this"),
    ],
)
def test_what_cannot_be_followed_is_reported_with_a_form_that_can(
    tmp_path: Path, text: str, words: str
) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(text, encoding="utf-8")
    found = [one for one in lint([path], Options()).findings if one.code == "J190"]
    assert any(words in (one.hint or "") for one in found), [(one.message, one.hint) for one in found]


def test_a_flag_is_not_printed(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text("{{ plan.active }}", encoding="utf-8")
    (finding,) = [one for one in lint([path], Options()).findings if one.code == "J103"]
    assert finding.message == "plan.active is printed as 'True' or 'False'"
    assert finding.hint == "write {% if plan.active %}words{% endif %}"
