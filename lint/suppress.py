"""What a writer may lift, and how: comments for the next node, waivers for protected rules, a baseline for old findings.

Nothing is lifted silently: a reason is asked for, dates end, and what lifts nothing is a finding itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..flow.catalogue import read_text
from ..flow.record import record
from ..flow.source import TemplateError
from ..flow.strict_yaml import YamlError, load_located
from .finding import Finding, Place
from .registry import RULES

_COMMENT = re.compile(r"\{#-?\s*fairnotice:\s*(.*?)\s*-?#\}", re.S)
_ALLOW = re.compile(r'allow\s+([A-Z]\d{3}(?:\s*,\s*[A-Z]\d{3})*)((?:\s+\w+=(?:"[^"]*"|\S+))*)$')
_PAIR = re.compile(r'(\w+)=(?:"([^"]*)"|(\S+))')
_NO_REASON = re.compile(
    r"(?i)(todo|fixme|ignore|temp(orary)?|false positive|later|n/?a|暂时|忽略|误报)?[\s.!。]*"
)
_WAIVER_KEYS = ("code", "path", "text_sha256", "owner", "reason", "expires")
BASELINE_VERSION = 1


@record(key=())
class Lifted:
    """A finding that does not count, and why: `inline`, `waiver` or `baseline`."""

    finding: Finding
    kind: str
    reason: str


@record(key=())
class Sorted:
    """Findings that count, and those that were lifted."""

    kept: tuple[Finding, ...]
    lifted: tuple[Lifted, ...]


def protected(code: str) -> bool:
    """Whether a rule takes no comment and no baseline, only a waiver: tone, the amount, the complaint channel."""
    return code.startswith("T") or RULES[code].protected


def text_hash(text: str) -> str:
    """The hash that a waiver names: it holds for exactly this text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _line_start(text: str, line: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start


def _place(path: str, text: str, start: int, end: int) -> Place:
    before, last = text[:start], text[:end]
    return Place(
        path,
        before.count("\n") + 1,
        start - (before.rfind("\n") + 1) + 1,
        last.count("\n") + 1,
        end - (last.rfind("\n") + 1) + 1,
    )


def _own(code: str, place: Place, message: str) -> Finding:
    return Finding(code, RULES[code].name, RULES[code].severity, "proven-bad", message, place)


def inline(path: str, text: str, findings: Sequence[Finding], today: dt.date, zh: bool) -> Sorted:
    """Findings of one file after its comments: each covers the node that follows it."""
    kept = list(findings)
    lifted: list[Lifted] = []
    for comment in _COMMENT.finditer(text):
        place = _place(path, text, *comment.span())
        fault, codes, reason = _read(comment.group(1), today, zh)
        if fault is not None:
            kept.append(_own(*fault[:1], place, fault[1]))
            continue
        start, end = _next_node(text, comment.end())
        covered = [
            one
            for one in kept
            if one.code in codes
            and one.place.path == path
            and start <= _line_start(text, one.place.line) + one.place.column - 1 < end
        ]
        for one in covered:
            kept.remove(one)
            lifted.append(Lifted(one, "inline", reason))
        for code in sorted(set(codes) - {one.code for one in covered}):
            words = f"此处没有 {code}，请删除该注释" if zh else f"there is no {code} here; delete the comment"
            kept.append(_own("X106", place, words))
    return Sorted(tuple(kept), tuple(lifted))


def _read(body: str, today: dt.date, zh: bool) -> tuple[tuple[str, str] | None, tuple[str, ...], str]:
    """(fault, codes, reason) of a comment."""
    match = _ALLOW.match(body)
    if match is None:
        words = 'write {# fairnotice: allow C203 reason="…" until=2027-01-31 #}'
        return ("X107", f"写法应为 {words[6:]}" if zh else words), (), ""
    codes = tuple(code.strip() for code in match.group(1).split(","))
    given = {key: quoted or plain for key, quoted, plain in _PAIR.findall(match.group(2))}
    for code in codes:
        if code not in RULES:
            return ("X107", f"没有规则 {code}" if zh else f"there is no rule {code}"), (), ""
        if protected(code):
            words = f"{code} is protected: only a waiver in waivers.yaml lifts it"
            return ("X107", f"{code} 受保护，只能在 waivers.yaml 中申请豁免" if zh else words), (), ""
    reason = given.get("reason", "")
    if len(reason) < 4 or _NO_REASON.fullmatch(reason):
        return ("X107", "请写明理由 reason" if zh else "give a reason that says why"), (), ""
    try:
        until = dt.date.fromisoformat(given.get("until", ""))
    except ValueError:
        return (
            ("X107", "请写明截止日期 until=2027-01-31" if zh else "give a last day: until=2027-01-31"),
            (),
            "",
        )
    if until < today:
        return ("X105", f"已于 {until} 到期" if zh else f"ended on {until}"), (), ""
    return None, codes, reason


def _next_node(text: str, start: int) -> tuple[int, int]:
    """The tag, value or stretch of text after a comment, blanks passed over."""
    while start < len(text) and text[start].isspace():
        start += 1
    for opening, closing in (("{{", "}}"), ("{%", "%}")):
        if text.startswith(opening, start):
            end = text.find(closing, start)
            return start, len(text) if end < 0 else end + 2
    ends = [at for mark in ("{{", "{%", "{#") if (at := text.find(mark, start)) >= 0]
    return start, min(ends, default=len(text))


def waived(
    root: Path, findings: Sequence[Finding], texts: Mapping[str, str], today: dt.date, zh: bool
) -> Sorted:
    """Findings after a repository's `waivers.yaml`: one rule, one file, one exact text, an owner and a last day."""
    source = root / "waivers.yaml"
    if not source.is_file():
        return Sorted(tuple(findings), ())
    try:
        text = read_text(source)
    except TemplateError as error:
        raise YamlError(error.message, str(source)) from None
    located = load_located(text, str(source))
    kept, lifted = list(findings), list[Lifted]()
    for number, entry in enumerate(located.value or ()):
        line = located.lines.get((number,), 1)
        place = Place(str(source), line, 1, line, 2)
        if not isinstance(entry, dict) or sorted(entry) != sorted(_WAIVER_KEYS) or not all(entry.values()):
            raise YamlError(f"a waiver needs exactly {', '.join(_WAIVER_KEYS)}", str(source), line)
        target = str((root / str(entry["path"])).resolve())
        mine = [
            one for one in kept if one.code == entry["code"] and str(Path(one.place.path).resolve()) == target
        ]
        checked = next((body for path, body in texts.items() if str(Path(path).resolve()) == target), None)
        if checked is None:
            # A file that this run did not look at says nothing about its waiver.
            continue
        try:
            expires = dt.date.fromisoformat(str(entry["expires"]))
        except ValueError:
            raise YamlError("'expires' must be a day like \"2027-01-31\"", str(source), line) from None
        if expires < today:
            kept.append(
                _own("X105", place, f"豁免已于 {expires} 到期" if zh else f"the waiver ended on {expires}")
            )
        elif text_hash(checked) != entry["text_sha256"]:
            now = text_hash(checked)
            words = (
                f"文本已变更，当前哈希为 {now}" if zh else f"the text has changed since; its hash is {now}"
            )
            kept.append(_own("X108", place, words))
        elif not mine:
            kept.append(
                _own("X106", place, "该豁免未被用到" if zh else "this waiver lifts nothing; delete it")
            )
        else:
            for one in mine:
                kept.remove(one)
                lifted.append(Lifted(one, "waiver", f"{entry['reason']} ({entry['owner']})"))
    return Sorted(tuple(kept), tuple(lifted))


def write_baseline(findings: Sequence[Finding]) -> str:
    """The fingerprints of today's findings, protected rules left out, as the text of a baseline file."""
    kept = sorted({(one.fingerprint, one.code) for one in findings if not protected(one.code)})
    document = {"version": BASELINE_VERSION, "findings": [{"fingerprint": f, "code": c} for f, c in kept]}
    return json.dumps(document, indent=2) + "\n"


def read_baseline(path: Path) -> frozenset[str]:
    """Fingerprints of a baseline file; raises `YamlError` where it is none."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        if document["version"] != BASELINE_VERSION:
            raise ValueError
        return frozenset(str(one["fingerprint"]) for one in document["findings"])
    except (OSError, ValueError, KeyError, TypeError):
        raise YamlError("is no baseline; write one with `fairnotice baseline`", str(path)) from None


def baselined(known: frozenset[str], findings: Sequence[Finding]) -> Sorted:
    """Findings that a baseline does not know; protected rules always count."""
    old = [one for one in findings if one.fingerprint in known and not protected(one.code)]
    return Sorted(
        tuple(one for one in findings if one not in old),
        tuple(Lifted(one, "baseline", "known when the baseline was written") for one in old),
    )
