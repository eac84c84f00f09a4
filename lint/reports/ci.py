"""What build servers read: GitHub annotations, GitLab code quality, JUnit XML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path

from ..engine import Report
from ..finding import Finding

_GITHUB = {"error": "error", "warning": "warning", "review": "warning", "info": "notice"}
_GITLAB = {"error": "critical", "warning": "minor", "review": "minor", "info": "info"}
# Characters that XML 1.0 cannot carry.
_NOT_XML = {
    code: None for code in (*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF, *range(0xD800, 0xE000))
}


def github(report: Report) -> str:
    """Workflow commands, one a line (https://docs.github.com/actions, workflow commands)."""
    lines = []
    for one in report.findings:
        place = one.place
        where = f"file={_property(place.path)},line={place.line},endLine={place.end_line}"
        if place.line == place.end_line:
            where += f",col={place.column},endColumn={place.end_column}"
        title = _property(f"{one.code} {one.name}")
        lines.append(f"::{_GITHUB[one.severity]} {where},title={title}::{_data(one.message)}")
    for problem in report.problems:
        where = f"file={_property(problem.path)},line={max(problem.line, 1)},title={problem.code}"
        lines.append(f"::error {where}::{_data(problem.message)}")
    return "\n".join(lines)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def gitlab(report: Report) -> str:
    """A code-quality report: a list of issues with fingerprint, severity and place."""
    issues = [
        {
            "description": f"{one.code} {one.message}",
            "check_name": one.name,
            "fingerprint": f"{one.fingerprint}-{one.place.line}-{one.place.column}",
            "severity": _GITLAB[one.severity],
            "location": {"path": Path(one.place.path).as_posix(), "lines": {"begin": one.place.line}},
        }
        for one in report.findings
    ]
    issues += [
        {
            "description": f"{one.code} {one.message}",
            "check_name": one.code,
            "fingerprint": f"{one.code}-{one.path}-{one.line}",
            "severity": "blocker",
            "location": {"path": Path(one.path).as_posix(), "lines": {"begin": max(one.line, 1)}},
        }
        for one in report.problems
    ]
    return json.dumps(issues, ensure_ascii=False, indent=2)


def junit(report: Report) -> str:
    """One test case a file; findings that block are failures, problems are errors, the rest is output."""
    suite = ET.Element("testsuite", name="fairnotice")
    failures = errors = count = 0
    paths = dict.fromkeys([*sorted(report.texts), *(one.place.path for one in report.findings)])
    for path in paths:
        case = ET.SubElement(suite, "testcase", classname="fairnotice", name=_xml(path))
        count += 1
        mine = [one for one in report.findings if one.place.path == path]
        blocking = [one for one in mine if one.severity == "error"]
        if blocking:
            failures += 1
            failure = ET.SubElement(case, "failure", message=_xml(f"{len(blocking)} finding(s)"))
            failure.text = _lines(blocking)
        others = [one for one in mine if one.severity != "error"]
        if others:
            ET.SubElement(case, "system-out").text = _lines(others)
    for problem in report.problems:
        case = ET.SubElement(suite, "testcase", classname="fairnotice", name=_xml(problem.path))
        ET.SubElement(case, "error", message=_xml(problem.message), type=problem.code)
        errors += 1
        count += 1
    for key, value in (("tests", count), ("failures", failures), ("errors", errors)):
        suite.set(key, str(value))
    suite.set("time", f"{report.seconds:.3f}")
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _lines(findings: Iterable[Finding]) -> str:
    return "\n".join(
        _xml(f"{one.place.path}:{one.place.line}:{one.place.column} {one.code} {one.message}")
        for one in findings
    )


def _xml(text: str) -> str:
    return text.translate(_NOT_XML)
