"""SARIF 2.1.0 (OASIS): columns are Unicode code points; lifted findings stay, marked as suppressed."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ..engine import Report
from ..finding import Finding, Place
from ..registry import Rule, load_rules

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "review": "warning", "info": "note"}


def render(report: Report) -> str:
    """The report as one SARIF run."""
    rules = load_rules()
    order = {code: index for index, code in enumerate(rules)}
    lifted = {id(one.finding): one for one in report.lifted}
    results = []
    for finding in [*report.findings, *(one.finding for one in report.lifted)]:
        result = _result(finding, order)
        if id(finding) in lifted:
            kind = "inSource" if lifted[id(finding)].kind == "inline" else "external"
            result["suppressions"] = [{"kind": kind, "justification": lifted[id(finding)].reason}]
        results.append(result)
    notifications = [
        {"level": "error", "descriptor": {"id": one.code}, "message": {"text": f"{one.path}: {one.message}"}}
        for one in report.problems
    ]
    run = {
        "tool": {
            "driver": {
                "name": "fairnotice",
                "semanticVersion": engine_version(),
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not report.problems,
                "exitCode": report.exit_code,
                "toolExecutionNotifications": notifications,
            }
        ],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, ensure_ascii=False, indent=2)


def engine_version() -> str:
    """The installed version."""
    try:
        return version("fairnotice")
    except PackageNotFoundError:
        return "0.0.0"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.title["en"]},
        "fullDescription": {"text": rule.why["en"]},
        "help": {"text": f"{rule.how['en']}\n\n{rule.how['zh']}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
    }


def _result(finding: Finding, order: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": order[finding.code],
        "level": _LEVELS[finding.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _location(finding.place)}],
        "partialFingerprints": {"fairnotice/v1": finding.fingerprint},
        "properties": {"verdict": finding.verdict, "citations": [dict(one) for one in finding.citations]},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _location(place), "message": {"text": place.message}}
            for number, place in enumerate(finding.related)
        ]
    return result


def _location(place: Place) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": Path(place.path).as_posix()},
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    }
