"""The gate of a batch: values, with the words beside them, are judged; literals were proven clean by the linter.

What a value can bring is an entry's words. Cues are ordinary words, and whose name stands among them changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ..flow.sentences import HOLE
from .wording.engine import judge
from .wording.index import Marks
from .wording.lexicon import Lexicon, load_lexicon
from .wording.normalise import fold
from .wording.tokens import WORD

_PLAIN = re.compile(r"[^&%<>\s\ue010](?:[^&%<>\ue010]*[^&%<>\s\ue010])?")
"""Values that the normaliser folds character by character."""
_LAST = re.compile(r"([a-z0-9_]+)([^a-z0-9_]*)$")
_FIRST = re.compile(r"([^a-z0-9_]*)([a-z0-9_]+)")


def gate(before: str, values: Sequence[str], after: str) -> list[bool]:
    """Which values may be sent between two texts: those with which no entry of the wording engine is an error.

    Only a value that helps to complete an entry can add a finding to words without any: most values complete none,
    and are let through. Every other sentence is judged whole, and so are sentences whose own words hold an entry,
    since a value may tip their judgement.
    """
    lexicon = load_lexicon()
    start, end = fold(before), fold(after)
    literal = lexicon.marks(start + HOLE + end)
    if lexicon.complete(literal):
        return [_clean(before + value + after, lexicon) for value in values]
    # Two words that stand together are told as one, across the edge of the value too.
    left, right = _LAST.search(start), _FIRST.match(end)
    glued = bool(left and not left[2]) or bool(right and not right[1])
    told: dict[Marks, bool] = {}
    answers = []
    for value in values:
        inner = _marks(value)
        words = WORD.findall(fold(value)) if left or right else ()
        if inner is None:
            answers.append(_clean(before + value + after, lexicon))
            continue
        if glued or not (words or not value.isascii()):
            # Its letters go on a word that was begun before it; or it holds none, and joins those beside it.
            key = lexicon.marks(
                (left[0] if left else start[-1:]) + fold(value) + (right[0] if right else end[:1])
            )
        else:
            parts = [inner, _joint(start[-1:] + value[:1]), _joint(value[-1:] + end[:1])]
            if words and left:
                parts.append(_joint(f"{left[1]} {words[0]}"))
            if words and right:
                parts.append(_joint(f"{words[-1]} {right[2]}"))
            key = _together(parts)
        silent = told.get(key)
        if silent is None:
            silent = told[key] = not lexicon.complete(_together((literal, key)))
        answers.append(silent or _clean(before + value + after, lexicon))
    return answers


def _together(parts: Iterable[Marks]) -> Marks:
    first = second = 0
    for one, two in parts:
        first |= one
        second |= two
    return first, second


@lru_cache(maxsize=1 << 17)
def _marks(value: str) -> Marks | None:
    """What a value holds by itself; None where it takes more to read it."""
    return load_lexicon().marks(fold(value)) if _PLAIN.fullmatch(value) else None


@lru_cache(maxsize=1 << 16)
def _joint(pair: str) -> Marks:
    return load_lexicon().marks(fold(pair))


def _clean(text: str, lexicon: Lexicon) -> bool:
    return not any(hit.severity == "error" and hit.entry.severity != "cue" for hit in judge(text, lexicon))
