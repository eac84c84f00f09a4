"""From one visible sentence to the hits that stand: match, exceptions, context, verdict."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from .lexicon import Entry, Lexicon
from .normalise import normalise

_CLAUSE = re.compile(r"[，,；;：:。！？!?\n]")
_NOT_ZH = re.compile(
    r"(不会|不得|请勿|勿|谨防|切勿|绝不|决不|禁止|从不|不要|不应|不能|严禁|并非|不涉及|未曾|没有|无需|不必|不可|不需要|不存在|杜绝|防范|警惕|如遇|冒充|不是)[^，,；;。！？!?]{0,20}$"
)
_NOT_EN = re.compile(
    r"\b(will not|won't|never|do not|don't|does not|not going to|beware( of)?|must not|cannot|can't|may not|no one will|nobody will"
    r"|not|without|avoid|no|nunca|no vamos a|jamás)\b[^,;.!?]{0,60}$"
)
_WARN_ZH = re.compile(r"谨防|如遇|冒充|请勿相信|不要相信|切勿轻信|勿信|警惕|防范|骗子")
_WARN_EN = re.compile(
    r"\b(scam\w*|fraudsters?|beware|if (someone|anyone|a caller)|pretend\w* to be|suspicious|impersonat\w+)\b"
)


@dataclass(frozen=True)
class Hit:
    """Characters `start:end` of the sentence, the entry that matched, and the severity after context."""

    start: int
    end: int
    entry: Entry
    severity: str


def judge(text: str, lexicon: Lexicon, stage: str | None = None) -> tuple[Hit, ...]:
    """The hits in a sentence. The same sentence is judged once."""
    return _judge(text, lexicon.digest, _Box(lexicon))


class _Box:
    """The lexicon as a cache key that compares by digest only."""

    def __init__(self, lexicon: Lexicon):
        self.lexicon = lexicon

    def __hash__(self) -> int:
        return hash(self.lexicon.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box) and other.lexicon.digest == self.lexicon.digest


@lru_cache(maxsize=4096)
def _judge(text: str, digest: str, box: _Box) -> tuple[Hit, ...]:
    normal = normalise(text)
    plain = normal.text
    hits: list[Hit] = []
    for entry in box.lexicon.entries:
        if not all(any(word in plain for word in group) for group in entry.needs):
            continue
        span = _match(entry, plain)
        if span is None or any(exception.search(plain) for exception in entry.exceptions):
            continue
        severity = entry.severity
        if _denied(entry, plain, *span):
            continue
        start, end = normal.source_span(*span)
        hits.append(Hit(start, end, entry, severity))
    return tuple(_strongest(hits))


def _match(entry: Entry, plain: str) -> tuple[int, int] | None:
    if entry.matcher is not None:
        found = entry.matcher.search(plain)
        return found.span() if found and found.end() > found.start() else None
    spans: list[tuple[int, int]] = []
    position = 0
    for matcher in entry.slot_matchers:
        found = matcher.search(plain, position if entry.ordered else 0)
        if found is None:
            return None
        spans.append(found.span())
        position = found.end()
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    if entry.language == "zh":
        wide = end - start > entry.window + sum(high - low for low, high in spans)
    else:
        wide = len(plain[start:end].split()) > entry.window + len(spans)
    return None if wide else (start, end)


_INSIDE = re.compile(r"不会|不得|请勿|绝不|不要|从不|\b(?:will not|won't|never|do not|don't)\b")


def _denied(entry: Entry, plain: str, start: int, end: int) -> bool:
    """Negated in its own clause, or told to the reader as a warning."""
    before = plain[:start]
    if _NOT_ZH.search(before) or _NOT_EN.search(before):
        return True
    # A negation in a gap denies the match; one that the entry itself spells out is part of it.
    inside = _INSIDE.search(plain[start:end])
    own = (entry.pattern or " ".join(word for slot in entry.slots for word in slot)).lower()
    if inside is not None and inside.group() not in own:
        return True
    return bool(_WARN_ZH.search(before) or _WARN_EN.search(before))


def _strongest(hits: list[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        old = best.get(hit.entry.code)
        if old is None or (hit.severity == "error") > (old.severity == "error"):
            best[hit.entry.code] = hit
    return sorted(best.values(), key=lambda hit: hit.start)
