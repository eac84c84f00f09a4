"""Words written downwards: the first characters of lines that follow one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from .engine import matches
from .lexicon import Lexicon
from .normalise import fold, is_han

SHORTEST = 5
"""First letters of fewer lines make words by chance."""
_RUN = re.compile(r"[^\W\d_]{2,}")


def acrostics(firsts: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Lines `start:end` whose first characters spell what an entry calls an insult, a threat or the like.

    `firsts`: the first character of each line that has one; an empty text for a line that begins with a value.
    Han is read by the entries, from two lines on; letters only as the insults that are known whole.
    """
    for start, word in _runs(firsts):
        if is_han(word[0]):
            for hit in matches(word, lexicon):
                if hit.severity in ("error", "review") and hit.end - hit.start > 1:
                    yield start + hit.start, start + hit.end
            continue
        letters = fold(word)
        for first in range(len(letters) - SHORTEST + 1):
            for last in range(first + SHORTEST, len(letters) + 1):
                if letters[first:last] in lexicon.masked.get(last - first, ()):
                    yield start + first, start + last


def _runs(firsts: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Ideographs or letters of two lines or more, each with the number of its first line."""
    # One character a line, so that a place is the number of a line.
    for found in _RUN.finditer("".join([first or "\n" for first in firsts])):
        start, run = found.start(), found.group()
        if run.isascii():
            yield start, run
            continue
        for _, characters in groupby(run, is_han):
            word = "".join(characters)
            if len(word) > 1:
                yield start, word
            start += len(word)
