"""The text report: a code frame that points at the words, the witness in a few lines, a summary."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator

from ..engine import Report
from ..finding import Finding, Place

_COLOURS = {
    "error": "31",
    "warning": "33",
    "review": "35",
    "info": "34",
    "dim": "2",
    "bold": "1",
    "green": "32",
}


def render(report: Report, colour: bool, language: str) -> str:
    """The whole report."""
    zh = language == "zh"
    lines: list[str] = []

    def paint(text: str, name: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if colour else text

    for finding in report.findings:
        lines.extend(_finding(finding, report, paint, zh))
        lines.append("")
    for problem in report.problems:
        where = f"{problem.path}:{problem.line}" if problem.line else problem.path
        lines.append(f"{paint(problem.code, 'error')} {where}: {problem.message}")
    counts = {
        severity: sum(1 for f in report.findings if f.severity == severity)
        for severity in ("error", "review")
    }
    if zh:
        summary = f"检查 {report.files} 个模板：{counts['error']} 个错误，{counts['review']} 个待复核"
    else:
        summary = (
            f"{report.files} template(s) checked: {counts['error']} error(s), {counts['review']} to review"
        )
    if report.problems:
        summary += (
            f"，{len(report.problems)} 个无法完成" if zh else f", {len(report.problems)} could not be done"
        )
    if report.lifted:
        summary += f"，{len(report.lifted)} 个已豁免" if zh else f", {len(report.lifted)} lifted"
    lines.append(paint(summary, "green" if report.exit_code == 0 else "bold"))
    return "\n".join(lines)


def statistics(report: Report) -> str:
    """Findings by rule, most frequent first."""
    counts = Counter((finding.code, finding.name, finding.severity) for finding in report.findings)
    return "\n".join(
        f"{count:6} {code} {name} ({severity})" for (code, name, severity), count in counts.most_common()
    )


def _finding(finding: Finding, report: Report, paint: object, zh: bool) -> Iterator[str]:
    assert callable(paint)
    place = finding.place
    head = f"{place.path}:{place.line}:{place.column}"
    yield f"{paint(head, 'bold')} {paint(finding.code, finding.severity)} {finding.name}: {finding.message}"
    yield from _frame(place, report.texts.get(place.path, ""), paint, finding.severity)
    for related in finding.related:
        yield f"  {paint('·', 'dim')} {related.path}:{related.line}:{related.column} {related.message}"
    if finding.witness is not None:
        words = finding.witness.rendered.replace("\n", "\n    ")
        if finding.witness.branches:
            yield f"  {'借款人' if zh else 'borrower'}: {', '.join(finding.witness.branches)}"
        if finding.verdict != "crashes":
            yield f"  {'读到' if zh else 'reads'}: {words or ('（空）' if zh else '(nothing)')}"
    for citation in finding.citations[:3]:
        where = " ".join(filter(None, (citation.get("instrument"), citation.get("clause"))))
        basis = (
            ("依据" if zh else "see")
            if citation["status"] in ("V1", "V2")
            else ("良好做法" if zh else "good practice")
        )
        yield f"  {paint('§', 'dim')} {basis}: {citation['id']}, {where}"
    if finding.hint:
        yield f"  {paint('=', 'dim')} {finding.hint}"


def _frame(place: Place, text: str, paint: object, severity: str) -> Iterator[str]:
    assert callable(paint)
    lines = text.split("\n")
    if not 1 <= place.line <= len(lines):
        return
    line = lines[place.line - 1].rstrip("\r").expandtabs(1)
    number = str(place.line)
    end = place.end_column if place.end_line == place.line else len(line) + 1
    start = place.column - 1
    # A long line is cut around the words, never through them.
    if len(line) > 110:
        low = max(0, start - 30)
        line = ("…" if low else "") + line[low : low + 100] + "…"
        start = start - low + (1 if low else 0)
        end = end - low + (1 if low else 0)
    end = min(end, len(line) + 1)
    pad = " " * sum(width(character) for character in line[:start])
    marks = "^" * max(1, sum(width(character) for character in line[start : end - 1]))
    yield f"  {paint(number + ' |', 'dim')} {line}"
    yield f"  {' ' * len(number)} {paint('|', 'dim')} {pad}{paint(marks, severity)}"


def width(character: str) -> int:
    """Terminal cells of a character."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
