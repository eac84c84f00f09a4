"""Rule pages: one Markdown page a rule, written from the rule itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..packs.loading import shipped_packs
from ..registry import Rule

FAMILIES: Mapping[str, str] = {
    "A": "Amount and due date",
    "C": "Channel",
    "D": "Data files",
    "J": "Jinja",
    "L": "Locale parity",
    "N": "Notices",
    "P": "Privacy and disclosure",
    "S": "Sign-off",
    "T": "Tone",
    "U": "Unicode and disguise",
    "X": "The linter's own health",
}


def pages(rules: Mapping[str, Rule]) -> Iterator[tuple[str, str]]:
    """(file name, Markdown) of the index and of every rule."""
    yield "README.md", _index(rules)
    for rule in rules.values():
        yield f"{rule.code}.md", _page(rule)


def _index(rules: Mapping[str, Rule]) -> str:
    lines = [
        "# Rules",
        "",
        "Written from the rules by `make docs`. `*` marks rules that nobody may switch off.",
        "",
    ]
    for letter, title in FAMILIES.items():
        own = [rule for rule in rules.values() if rule.code[0] == letter]
        if not own:
            continue
        lines += [
            f"## {letter} · {title}",
            "",
            "| code | name | severity | what | 说明 |",
            "|---|---|---|---|---|",
        ]
        for rule in own:
            mark = "\\*" if rule.protected else ""
            lines.append(
                f"| [{rule.code}]({rule.code}.md){mark} | {rule.name} | {rule.severity} | {rule.title['en']} | {rule.title['zh']} |"
            )
        lines.append("")
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    lines = [
        f"# {rule.code} {rule.name}",
        "",
        f"{rule.title['en']} · {rule.title['zh']}",
        "",
        f"Severity: {rule.severity}."
        + (" Protected: only a dated, owned waiver lifts it." if rule.protected else ""),
        "",
        "## Why · 为什么",
        "",
        rule.why["en"],
        "",
        rule.why["zh"],
        "",
        "## How to mend it · 如何修改",
        "",
        rule.how["en"],
        "",
        rule.how["zh"],
        "",
    ]
    lines += _basis(rule)
    for title, example in (("Refused · 不通过", rule.bad), ("Accepted · 通过", rule.good)):
        if example is not None:
            lines += [f"## {title}", "", f"`{example[0]}`", "", "```jinja", example[1], "```", ""]
    return "\n".join(lines)


def _basis(rule: Rule) -> list[str]:
    """The rows of the packs that speak for a rule."""
    rows = [
        (pack, row)
        for pack in shipped_packs().values()
        for row in pack["rows"]
        if rule.code in row.get("codes", ())
    ]
    if not rows:
        return ["## Legal basis · 依据", "", "Good practice; no pack cites a clause for it. 良好做法。", ""]
    lines = ["## Legal basis · 依据", "", "| row | pack | instrument | status |", "|---|---|---|---|"]
    for pack, row in rows:
        where = f"{row['instrument']} {row.get('clause', '')}".strip()
        lines.append(f"| {row['id']} | {pack['id']} | {where} | {_STATUS[row['status']]} |")
    return [*lines, ""]


_STATUS = {
    "V1": "read at its source",
    "V2": "read in a report or quotation of it",
    "R": "recalled only: good practice",
    "own": "own judgement: good practice",
}


def coverage() -> str:
    """The page that says, row by row, what each pack's rows have become."""
    lines = [
        "# What the packs cover",
        "",
        "Written from the packs by `make docs`. Every pack is *unreviewed* until a lawyer or compliance officer of the",
        "institution has signed it; nothing here says that a message is lawful.",
        "",
    ]
    for pack in shipped_packs().values():
        lines += [f"## {pack['id']} · {pack['title']['en']} · {pack['title']['zh']}", ""]
        if pack["rows"]:
            lines += ["| row | asks | rank | source seen | held by |", "|---|---|---|---|---|"]
        for row in pack["rows"]:
            text = f"{row['text']['en']} {row['text']['zh']}"
            lines.append(
                f"| {row['id']} | {text} | {row['rank']} | {_STATUS[row['status']]} | {_held_by(row)} |"
            )
        lines.append("")
    return "\n".join(lines)


def _held_by(row: Mapping[str, Any]) -> str:
    parts = []
    if row.get("codes"):
        parts.append("rules " + ", ".join(f"[{code}](rules/{code}.md)" for code in row["codes"]))
    if row.get("requires"):
        asked = row["requires"]
        what = [*asked.get("roles", ()), *(f"“{word}”" for word in asked.get("words", ()))]
        parts.append(f"[N104](rules/N104.md): {', '.join(what)}")
    if row.get("ladder"):
        parts.append("ladder limit " + ", ".join(f"{key}: {value}" for key, value in row["ladder"].items()))
    if row.get("message"):
        parts.append(f"the message `{row['message']}`")
    if row.get("not_checkable"):
        parts.append(f"not checkable by a linter: {row['not_checkable']}")
    if row.get("note"):
        parts.append(row["note"])
    return "; ".join(parts)
