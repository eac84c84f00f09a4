"""Normalisation for matching only: each character of the result knows where it came from.

Stages of the base reading, whose hits count in full: entities and percent codes decoded, markup and invisible
characters dropped, width, case, styles, marks, look-alike letters and traditional forms folded, blanks between
Han dropped. Every stage is one that no honest reader would notice.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path

from ...flow.record import record
from .compiled import native

TABLES = Path(__file__).resolve().parent / "tables.json"

INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b"
    "\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u2800\u3164\ufeff\uffa0"
)
# Ranges above the basic plane make `re` build large tables; such characters are rare and go the slow way.
HAN = "\u3400-\u9fff"
_PUNCTUATION = "，。、；：？！“”‘’（）《》【】—…·％／＋－～"
_BLANK_IN_HAN = rf"(?<=[{HAN}])\s+(?=[{HAN}])"
_BLANKS = re.compile(r"\s+")
_CODES = re.compile(r"(?:&(?:amp;)?(?:#\d{2,7}|#x[0-9a-fA-F]{2,6}|[a-zA-Z]{2,8});)|(?:%[0-9A-Fa-f]{2}){2,}")
_READABLE = r"\b(?:alt|title|aria-label|placeholder|summary|content|value)\s*=\s*[\"']([^\"'<>]*)"
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,300}>|<!--.*?-->", re.S)


@record(key=())
class Reading:
    """`text` for matching; `offsets[i]` is the source index of its character `i`, None where both are the same."""

    text: str
    offsets: tuple[int, ...] | None = None
    stage: str = "base"
    written: str = ""
    """Where `text` holds sounds: the written characters, place by place."""

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The source span of the characters `start:end`."""
        if self.offsets is None:
            return start, end
        return self.offsets[start], self.offsets[end - 1] + 1


@lru_cache(maxsize=1)
def tables() -> Mapping[str, Mapping[str, str]]:
    """Character tables, written by `make lexicons`: `simplified`, `latin` (look-alikes), `sound`."""
    loaded: dict[str, list[str]] = json.loads(TABLES.read_bytes())
    return {name: dict(zip(keys, values, strict=True)) for name, (keys, values) in loaded.items()}


@lru_cache(maxsize=1)
def sound_table() -> Mapping[int, str]:
    """Characters to the one that stands for their syllable, for syllables that the lexicon's words use."""
    return {ord(character): key for character, key in tables()["sound"].items()}


class _Fold(dict[int, str]):
    """A table for `str.translate` that works out each character once."""

    def __missing__(self, code: int) -> str:
        made = fold_character(chr(code))
        self[code] = made
        return made


_FOLD = _Fold()


def fold_character(character: str) -> str:
    """One character as the matcher sees it; empty for one that nobody sees."""
    if (
        character in INVISIBLE
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e01ef"
    ):
        return ""
    if character in "’‘ʼ＇`´":
        return "'"
    if character in _PUNCTUATION:
        # Kept as they are: sentence and clause ends are read from them.
        return character
    table = tables()
    if character in table["latin"]:
        return table["latin"][character]
    folded = unicodedata.normalize("NFKD", character)
    kept = "".join(part for part in folded if not unicodedata.combining(part))
    kept = unicodedata.normalize("NFC", kept).casefold()
    return "".join(table["latin"].get(part, table["simplified"].get(part, part)) for part in kept)


def fold(text: str) -> str:
    """A text folded character by character, as patterns are before they are compared."""
    return text.translate(_FOLD)


def only(text: str, known: set[str], test: Callable[[str], bool]) -> bool:
    """Whether every character passes a test; `known` remembers those that did."""
    if known.issuperset(text):
        return True
    for character in text:
        if character not in known:
            if not test(character):
                return False
            known.add(character)
    return True


known_characters: Callable[[], set[str]] = native.Characters if native else set
"""An empty set of characters, the fastest kind; rare ones may be forgotten."""


def is_han(character: str) -> bool:
    """A CJK ideograph."""
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff"


class Folder:
    """Folds texts whose characters fold one to one, so that no offsets are needed."""

    def __init__(self, ask: Callable[[str], str]):
        """`ask`: what a character folds to."""
        self._ask = ask
        self._same: set[str] = set()
        self._ascii: set[str] = set()
        self._alone: set[str] = set()

    def fold(self, text: str) -> str | None:
        """The folded text; None where it takes more, or where a blank stands between ideographs."""
        if only(text, self._same, lambda character: self._ask(character) == character):
            folded = text
        elif only(text, self._ascii, lambda character: character.isascii() and character >= " "):
            return text.lower()
        elif only(text, self._alone, lambda character: len(self._ask(character)) == 1):
            folded = text.translate(_FOLD)
        else:
            return None
        return None if _blank_in_han(folded) else folded


_FOLDER = (native.Folder if native else Folder)(lambda character: _FOLD[ord(character)])


def normalise(text: str) -> Reading:
    """The base reading of a visible text."""
    offsets: list[int] | None = None
    if "&" in text or "%" in text or "<" in text:
        text, offsets = _decoded(text)
    folded = _FOLDER.fold(text)
    if folded is None:
        folded, offsets = _folded_slowly(text, offsets)
        if _blank_in_han(folded):
            folded, offsets = _without(folded, offsets, _BLANK_IN_HAN)
    return Reading(folded, None if offsets is None else tuple(offsets))


def _blank_in_han(text: str) -> bool:
    """Whether the pattern is worth compiling, which takes longer than reading a short text."""
    return not text.isascii() and any(
        is_han(text[blank.start() - 1]) and is_han(text[blank.end()])
        for blank in _BLANKS.finditer(text)
        if blank.start() > 0 and blank.end() < len(text)
    )


def _folded_slowly(text: str, offsets: list[int] | None) -> tuple[str, list[int]]:
    characters: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        for part in _FOLD[ord(character)]:
            characters.append(part)
            places.append(index if offsets is None else offsets[index])
    return "".join(characters), places


def _decoded(text: str) -> tuple[str, list[int] | None]:
    """Entities and percent codes decoded (twice), markup dropped."""
    offsets: list[int] | None = None
    for _ in range(2):
        if _CODES.search(text):
            text, offsets = _replaced(text, offsets, _CODES, _character)
    if "<" in text and _MARKUP.search(text):
        text, offsets = _without_markup(text, offsets)
    return text, offsets


def _without_markup(text: str, offsets: list[int] | None) -> tuple[str, list[int]]:
    """Tags dropped, but for the values of attributes that are shown or read aloud."""
    kept: list[tuple[int, int]] = []
    position = 0
    for tag in _MARKUP.finditer(text):
        kept.append((position, tag.start()))
        kept += [found.span(1) for found in re.compile(_READABLE).finditer(text, tag.start(), tag.end())]
        position = tag.end()
    kept.append((position, len(text)))
    places = [index for low, high in kept for index in range(low, high)]
    made = "".join(text[index] for index in places)
    return made, places if offsets is None else [offsets[index] for index in places]


def _character(code: str) -> str:
    # Rare enough that the imports wait.
    import html
    from urllib.parse import unquote

    if code.startswith("%"):
        made = unquote(code, errors="replace")
        return code if "\ufffd" in made else made
    return html.unescape(code)


def _without(text: str, offsets: list[int] | None, pattern: str | re.Pattern[str]) -> tuple[str, list[int]]:
    return _replaced(text, offsets, pattern, lambda found: "")


def _replaced(
    text: str, offsets: list[int] | None, pattern: str | re.Pattern[str], replace: object
) -> tuple[str, list[int]]:
    assert callable(replace)
    pieces: list[str] = []
    places: list[int] = []

    def at(index: int) -> int:
        return index if offsets is None else offsets[index]

    position = 0
    for match in re.finditer(pattern, text):
        pieces.append(text[position : match.start()])
        places.extend(at(index) for index in range(position, match.start()))
        made = replace(match.group())
        pieces.append(made)
        places.extend(at(match.start()) for _ in made)
        position = match.end()
    pieces.append(text[position:])
    places.extend(at(index) for index in range(position, len(text)))
    return "".join(pieces), places
