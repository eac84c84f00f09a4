"""The JSON report: `{"version", "findings", "problems", "summary"}`; columns are 1-based code points."""

from __future__ import annotations

import json

from ..engine import Report
from .sarif import engine_version


def render(report: Report) -> str:
    """The report as JSON."""
    document = {
        "version": 1,
        "findings": [finding.as_dict() for finding in report.findings],
        "problems": [
            {"code": problem.code, "path": problem.path, "line": problem.line, "message": problem.message}
            for problem in report.problems
        ],
        "summary": {
            "files": report.files,
            "errors": sum(1 for finding in report.findings if finding.severity == "error"),
            "review": sum(1 for finding in report.findings if finding.severity == "review"),
            "warnings": sum(1 for finding in report.findings if finding.severity == "warning"),
            "lifted": [
                {
                    "code": one.finding.code,
                    "path": one.finding.place.path,
                    "kind": one.kind,
                    "reason": one.reason,
                }
                for one in report.lifted
            ],
            "engine": engine_version(),
            "proven": report.tally.as_dict(),
            "seconds": round(report.seconds, 3),
            "exit_code": report.exit_code,
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2)
