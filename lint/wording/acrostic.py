"""Words written downwards: the first characters of lines that follow one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .engine import matches
from .lexicon import Lexicon
from .normalise import fold, is_han

SHORTEST = 5
"""First letters of fewer lines make words by chance."""


def acrostics(firsts: Sequence[str], lexicon: Lexicon) -> Iterator[tuple[int, int]]:
    """Lines `start:end` whose first characters spell what an entry calls an insult, a threat or the like.

    `firsts`: the first character of each line that has one; an empty text for a line that begins with a value.
    Han is read by the entries, from two lines on; letters only as the insults that are known whole.
    """
    for start, run in _runs(firsts):
        word = "".join(run)
        if is_han(word[0]):
            for hit in matches(word, lexicon):
                if hit.severity in ("error", "review") and hit.end - hit.start > 1:
                    yield start + hit.start, start + hit.end
            continue
        if len(run) < SHORTEST:
            continue
        letters = fold(word)
        for first in range(len(letters) - SHORTEST + 1):
            for last in range(first + SHORTEST, len(letters) + 1):
                if letters[first:last] in lexicon.masked.get(last - first, ()):
                    yield start + first, start + last


def _runs(firsts: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Runs of Han or of letters, each with the number of its first line."""
    start, run, kind = 0, list[str](), ""
    for number, character in enumerate([*firsts, ""]):
        now = "han" if character and is_han(character) else "letter" if character.isalpha() else ""
        if now != kind:
            if kind and len(run) > 1:
                yield start, run
            start, run, kind = number, [], now
        run.append(character)
