"""The gate of a batch: values, with the words beside them, are judged; literals were proven clean by the linter."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from .wording.engine import judge
from .wording.lexicon import Lexicon, load_lexicon
from .wording.normalise import fold

_PLAIN = re.compile(r"[^&%<>\s\ue010](?:[^&%<>\ue010]*[^&%<>\s\ue010])?")
"""Values that the normaliser folds character by character."""
_RUN = re.compile(r"[a-z0-9_]*$")
_START = re.compile(r"[a-z0-9_]*")
HOLE = "\ue010"


def gate(before: str, values: Sequence[str], after: str) -> list[bool]:
    """Which values may be sent between two texts: those with which the wording engine finds no error.

    Only a value that helps to complete an entry can add a finding to words without any: most values complete none,
    and are let through. Every other sentence is judged whole, and so are sentences whose own words hold an entry,
    since a value may tip their judgement.
    """
    lexicon = load_lexicon()
    start, end = fold(before), fold(after)
    literal = lexicon.marks(start + HOLE + end)
    near = (_RUN.search(start) or [""])[0] or start[-1:], _START.match(end)[0] or end[:1]  # type: ignore[index]
    if lexicon.complete(literal):
        return [_clean(before + value + after, lexicon) for value in values]
    words = (near[0].isascii() and near[0].isalnum()) or (near[1].isascii() and near[1].isalnum())
    told: dict[tuple[frozenset[int], ...], bool] = {}
    answers = []
    for value in values:
        inner = _marks(value)
        if inner is None:
            answers.append(_clean(before + value + after, lexicon))
            continue
        if words:
            # Its letters go on a word that was begun before it.
            key = (frozenset(lexicon.marks(near[0] + fold(value) + near[1])),)
        else:
            key = (inner, _joint(near[0] + value[:1]), _joint(value[-1:] + near[1]))  # type: ignore[assignment]
        silent = told.get(key)
        if silent is None:
            silent = told[key] = not lexicon.complete(literal.union(*key))
        answers.append(silent or _clean(before + value + after, lexicon))
    return answers


@lru_cache(maxsize=1 << 17)
def _marks(value: str) -> frozenset[int] | None:
    """What a value holds by itself; None where it takes more to read it."""
    return frozenset(load_lexicon().marks(fold(value))) if _PLAIN.fullmatch(value) else None


@lru_cache(maxsize=1 << 12)
def _joint(pair: str) -> frozenset[int]:
    return frozenset(load_lexicon().marks(fold(pair)))


def _clean(text: str, lexicon: Lexicon) -> bool:
    return not any(hit.severity == "error" for hit in judge(text, lexicon))
