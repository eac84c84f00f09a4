"""Suppression: only for the next node, only with a reason and a day; protected rules only by a waiver for one text."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, Report, lint
from fairnotice.lint.suppress import text_hash, write_baseline

HEAD = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。"
TAIL = "尾号{{ debt.account_tail }}。{{ notice('complaint-channel') }}"
GOOD = '{# fairnotice: allow P103 reason="卡面另有说明" until=2999-01-31 #}'


def check(tmp_path: Path, text: str, **options: object) -> Report:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(text, encoding="utf-8")
    return lint([path], Options(**options))  # type: ignore[arg-type]


def codes(report: Report) -> list[str]:
    return [one.code for one in report.findings]


def test_a_comment_lifts_the_next_node_only(tmp_path: Path) -> None:
    marked = TAIL.replace("{{ debt.account_tail }}", GOOD + "{{ debt.account_tail }}")
    report = check(tmp_path, HEAD + marked)
    assert codes(report) == [] and [one.kind for one in report.lifted] == ["inline"]
    twice = check(tmp_path, HEAD + marked.replace("。{{ notice", "，{{ debt.account_tail }}。{{ notice"))
    assert codes(twice) == ["P103"]


@pytest.mark.parametrize(
    ("comment", "code"),
    [
        ("{# fairnotice: allow P103 #}", "X107"),
        ('{# fairnotice: allow P103 reason="todo" until=2999-01-31 #}', "X107"),
        ('{# fairnotice: allow P103 reason="卡面另有说明" #}', "X107"),
        ('{# fairnotice: allow Q999 reason="卡面另有说明" until=2999-01-31 #}', "X107"),
        ('{# fairnotice: allow A101 reason="卡面另有说明" until=2999-01-31 #}', "X107"),
        ('{# fairnotice: allow T101 reason="卡面另有说明" until=2999-01-31 #}', "X107"),
        ("{# fairnotice: off #}", "X107"),
        ('{# fairnotice: allow P103 reason="卡面另有说明" until=2020-01-31 #}', "X105"),
    ],
)
def test_a_bad_comment_lifts_nothing(comment: str, code: str, tmp_path: Path) -> None:
    report = check(
        tmp_path, HEAD + TAIL.replace("{{ debt.account_tail }}", comment + "{{ debt.account_tail }}")
    )
    assert {code, "P103"} <= set(codes(report)) and report.exit_code == 1


def test_an_unused_comment_is_a_finding(tmp_path: Path) -> None:
    assert codes(check(tmp_path, GOOD + HEAD + "{{ notice('complaint-channel') }}")) == ["X106"]


def waiver(tmp_path: Path, text: str, **changed: str) -> Report:
    (tmp_path / "schema.yaml").write_text(
        (Path(__file__).parents[2] / "templates/schema.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    entry = {
        "code": "T101",
        "path": "late.sms.zh-CN.txt",
        "text_sha256": text_hash(text),
        "owner": "legal@example.org",
        "reason": "引用判例原文",
        "expires": "2999-01-31",
        **changed,
    }
    (tmp_path / "waivers.yaml").write_text(
        "- " + "\n  ".join(f'{key}: "{value}"' for key, value in entry.items()), encoding="utf-8"
    )
    return check(tmp_path, text)


BAD = HEAD + "{{ notice('complaint-channel') }}再不还就打断你的腿。"


def test_a_waiver_lifts_a_protected_rule_for_one_text(tmp_path: Path) -> None:
    report = waiver(tmp_path, BAD)
    assert "T101" not in codes(report) and [one.kind for one in report.lifted] == ["waiver"]
    assert "legal@example.org" in report.lifted[0].reason


@pytest.mark.parametrize(
    ("changed", "code"),
    [({"text_sha256": "0" * 64}, "X108"), ({"expires": "2020-01-31"}, "X105"), ({"code": "T102"}, "X106")],
)
def test_a_waiver_that_does_not_hold_is_a_finding(changed: dict[str, str], code: str, tmp_path: Path) -> None:
    report = waiver(tmp_path, BAD, **changed)
    assert {code, "T101"} <= set(codes(report))


def test_a_broken_waiver_file_stops_the_job(tmp_path: Path) -> None:
    assert waiver(tmp_path, BAD, owner="").exit_code == 2


def test_a_baseline_knows_old_findings_but_no_protected_ones(tmp_path: Path) -> None:
    text = HEAD + TAIL + "再不还就打断你的腿。"
    baseline = tmp_path / "baseline.json"
    baseline.write_text(write_baseline(check(tmp_path, text).findings), encoding="utf-8")
    assert codes(check(tmp_path, text, baseline=baseline)) == ["T101"]
    assert codes(check(tmp_path, text + "请尽快联系５。", baseline=baseline)) == ["T101", "U108"]


def test_a_baseline_that_is_none_stops_the_job(tmp_path: Path) -> None:
    (tmp_path / "baseline.json").write_text("{}", encoding="utf-8")
    assert check(tmp_path, HEAD + TAIL, baseline=tmp_path / "baseline.json").exit_code == 2
