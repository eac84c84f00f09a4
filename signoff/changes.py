"""What a borrower reads now against what was last approved, word by word."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from .closure import Closure, closure, hash_of_words
from .records import Record, SignoffError, last_approval, status, words_path

Stretch = tuple[Literal["same", "gone", "new"], str]
_WORD = re.compile(r"[A-Za-z0-9'’]+|\s+|.", re.S)


@dataclass(frozen=True)
class Changed:
    """One sample of one file; all `gone` or all `new` where it has no counterpart."""

    file: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Changes:
    """Since which approval, and every sample that reads otherwise."""

    approval: str
    record: Record
    changed: tuple[Changed, ...]
    sources: tuple[str, ...]
    """Files that are not what they were; also those whose words stayed."""
    samples: int
    """Samples that are read now."""


def changes(root: Path, message: str, bound: Closure | None = None) -> Changes | None:
    """What differs from the last approval; None where nothing was ever approved. `bound`: the closure, if at hand.

    While colleagues still have to decide on the present state, it is held against the state before.

    Raises `SignoffError` where the approved words are missing or are not those that were signed.
    """
    bound = bound or closure(root, message)
    whole = status(root, message, dt.datetime.now(dt.UTC), bound).state == "approved"
    last = (None if whole else last_approval(root, message, bound.digest)) or last_approval(root, message)
    if last is None:
        return None
    name, record = last
    path = words_path(root, message, record.digest)
    try:
        before: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
        genuine = {file: hash_of_words(texts) for file, texts in before.items()} == dict(record.renders)
    except (OSError, ValueError, AttributeError, TypeError):
        raise SignoffError(f"{path} is missing or broken: the approved words cannot be shown") from None
    if not genuine:
        raise SignoffError(f"{path} does not hold the words that {record.by} approved")
    now = bound.words
    found = [
        Changed(file, stretches)
        for file in sorted({*before, *now})
        for stretches in _samples(before.get(file, []), now.get(file, ()))
    ]
    sources = sorted(
        file
        for file in {*record.sources, *bound.sources}
        if record.sources.get(file) != bound.sources.get(file)
    )
    return Changes(name, record, tuple(found), tuple(sources), sum(map(len, now.values())))


def _samples(before: Sequence[str], now: Sequence[str]) -> list[tuple[Stretch, ...]]:
    """Samples that differ, each beside the one it most resembles."""
    gone = [text for text in before if text not in now]
    new = [text for text in now if text not in before]
    made: list[tuple[Stretch, ...]] = []
    for text in new:
        near = max(gone, key=lambda old: SequenceMatcher(None, old, text).quick_ratio(), default=None)
        if near is None:
            made.append((("new", text),))
            continue
        gone.remove(near)
        made.append(words_apart(near, text))
    return [*made, *((("gone", text),) for text in gone)]


def words_apart(before: str, now: str) -> tuple[Stretch, ...]:
    """Two texts as stretches that stayed, went and came; Latin text by words, Chinese by characters."""
    old, new = _WORD.findall(before), _WORD.findall(now)
    made: list[Stretch] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            made.append(("same", "".join(old[a:b])))
            continue
        if b > a:
            made.append(("gone", "".join(old[a:b])))
        if d > c:
            made.append(("new", "".join(new[c:d])))
    return tuple(made)
