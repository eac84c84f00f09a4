"""Rule pages: one Markdown page a rule, written from the rule itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    for title, example in (("Refused · 不通过", rule.bad), ("Accepted · 通过", rule.good)):
        if example is not None:
            lines += [f"## {title}", "", f"`{example[0]}`", "", "```jinja", example[1], "```", ""]
    return "\n".join(lines)
