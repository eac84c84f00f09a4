"""Normalisation for matching only: each character of the result knows where it came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b"
    "\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u2800\u3164\ufeff\uffa0"
)


@dataclass(frozen=True)
class Normalised:
    """`text` for matching; `offsets[i]` is the source index of its character `i`."""

    text: str
    offsets: tuple[int, ...]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source span of the characters `start:end`."""
        return self.offsets[start], self.offsets[end - 1] + 1


def is_han(character: str) -> bool:
    """A CJK ideograph."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


@lru_cache(maxsize=8192)
def _folded(character: str) -> str:
    if (
        character in INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e01ef"
    ):
        return ""
    if character in "’‘ʼ＇`":
        return "'"
    folded = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in folded if not unicodedata.combining(part))
    return unicodedata.normalize("NFC", kept).casefold()


def normalise(text: str) -> Normalised:
    """Width, case, styles, marks and invisible characters removed; blanks between Han dropped."""
    characters: list[str] = []
    offsets: list[int] = []
    for index, character in enumerate(text):
        for part in _folded(character):
            characters.append(part)
            offsets.append(index)
    kept_characters: list[str] = []
    kept_offsets: list[int] = []
    count = len(characters)
    for index, character in enumerate(characters):
        if character.isspace() and kept_characters and is_han(kept_characters[-1]):
            following = index + 1
            while following < count and characters[following].isspace():
                following += 1
            if following < count and is_han(characters[following]):
                continue
        kept_characters.append(" " if character.isspace() else character)
        kept_offsets.append(offsets[index])
    return Normalised("".join(kept_characters), tuple(kept_offsets))
