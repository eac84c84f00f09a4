"""Each report says the same as the findings do, in the form its reader takes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
import sarif_pydantic
from fairnotice.lint.engine import Options, Report, lint
from fairnotice.lint.registry import load_rules
from fairnotice.lint.reports import ci
from fairnotice.lint.reports.json import render as render_json
from fairnotice.lint.reports.sarif import render as render_sarif
from fairnotice.lint.reports.text import render as render_text
from fairnotice.lint.reports.text import statistics

SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
TEXT = (
    "【{{ creditor.sms_signature }}】您应还{{ debt.amount_due|money }}，50%：\n再不还就打断你的腿，𠮷１。"
    '{# fairnotice: allow P103 reason="卡面另有说明" until=2999-01-31 #}{{ debt.account_tail }}'
)


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    Path("a,b:c.sms.zh-CN.txt").write_text(TEXT, encoding="utf-8")
    return lint([Path("a,b:c.sms.zh-CN.txt"), Path("missing.sms.zh-CN.txt")], Options())


def test_sarif_is_well_formed(report: Report) -> None:
    text = render_sarif(report)
    schema = json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(text))
    sarif_pydantic.Sarif.model_validate_json(text)
    (run,) = json.loads(text)["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert len(run["results"]) == len(report.findings) + len(report.lifted)
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == list(load_rules())
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
    (suppressed,) = [one for one in run["results"] if "suppressions" in one]
    assert suppressed["suppressions"][0] == {"kind": "inSource", "justification": "卡面另有说明"}
    assert run["invocations"][0]["exitCode"] == 2 and not run["invocations"][0]["executionSuccessful"]
    digit = next(one for one in run["results"] if one["ruleId"] == "U108")
    region = digit["locations"][0]["physicalLocation"]["region"]
    assert TEXT.splitlines()[1][region["startColumn"] - 1 : region["endColumn"] - 1] == "１"


def test_github_annotations_escape_what_the_runner_reads(report: Report) -> None:
    lines = ci.github(report).splitlines()
    assert len(lines) == len(report.findings) + len(report.problems)
    assert all(line.startswith(("::error file=", "::warning file=")) for line in lines)
    assert any("file=a%2Cb%3Ac.sms.zh-CN.txt,line=1" in line for line in lines)
    assert not any("a,b:c" in line.split("::")[1] for line in lines)


def test_gitlab_issues_have_what_gitlab_asks(report: Report) -> None:
    issues = json.loads(ci.gitlab(report))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(report.findings) + 1
    for issue in issues:
        assert issue["description"] and issue["check_name"]
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["path"] and issue["location"]["lines"]["begin"] >= 1


def test_junit_counts_files(report: Report) -> None:
    suite = ET.fromstring(ci.junit(report))[0]
    assert (suite.get("failures"), suite.get("errors")) == ("1", "1")
    assert int(suite.get("tests") or 0) == len(suite.findall("testcase"))
    assert "T101" in "".join(suite.itertext())


def test_junit_carries_no_character_that_xml_refuses(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text("\x01\ufffe" + TEXT, encoding="utf-8")
    ET.fromstring(ci.junit(lint([path], Options())))


def test_json_and_text_agree(report: Report) -> None:
    document = json.loads(render_json(report))
    assert len(document["findings"]) == len(report.findings)
    assert document["summary"]["exit_code"] == 2
    assert [one["kind"] for one in document["summary"]["lifted"]] == ["inline"]
    text = render_text(report, False, "en")
    assert all(f" {one.code} " in text for one in report.findings)
    assert "1 lifted" in text and "CN-10" in text
    assert "T101 violence (error)" in statistics(report)
