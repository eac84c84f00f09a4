"""Rendered texts cut where values and notices begin and end, so that each word's origin is known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ..flow.schema import Schema
from ..lint.witness import MARKED

_OPEN, _NAMED, _SHUT = "\ue004", "\ue005", "\ue006"
_EDGES = re.compile(f"{_OPEN}(?P<name>[^{_NAMED}]*){_NAMED}|{_SHUT}|{MARKED.pattern}")


@dataclass(frozen=True)
class Piece:
    """A stretch of a rendered text: its words, and the field that printed them (empty for literal words)."""

    words: str
    field: str = ""
    role: str = ""
    origin: str = ""  # "" | borrower | brand | notice


def outlined(name: str, text: str) -> str:
    """A notice's text with marks around it; other files as they are. A last line break stays last: Jinja drops it."""
    if not name.startswith("notices/"):
        return text
    body = text.removesuffix("\n")
    return f"{_OPEN}{name.split('/')[1].split('.')[0]}{_NAMED}{body}{_SHUT}{text[len(body) :]}"


def pieces_of(marked: str, schema: Schema) -> tuple[Piece, ...]:
    """A marked text as pieces, in reading order, without blanks at its ends."""
    found: list[Piece] = []
    inside: list[str] = []
    position = 0
    for match in _EDGES.finditer(marked):
        found.append(Piece(marked[position : match.start()], origin="notice" if inside else ""))
        position = match.end()
        if match.group("name") is not None:
            inside.append(match.group("name"))
        elif match.group() == _SHUT:
            inside.pop()
        else:
            path, words = match.group(2).replace("\\", ""), match.group(3)
            field = schema.lookup(path)
            origin = "brand" if field is not None and field.source == "brand" else "borrower"
            found.append(Piece(words, path, (field.role if field else None) or "", origin))
    found.append(Piece(marked[position:], origin="notice" if inside else ""))
    return _stripped([piece for piece in found if piece.words])


def _stripped(found: list[Piece]) -> tuple[Piece, ...]:
    while found and not found[0].field and not found[0].words.strip():
        del found[0]
    while found and not found[-1].field and not found[-1].words.strip():
        del found[-1]
    if found and not found[0].field:
        found[0] = replace(found[0], words=found[0].words.lstrip())
    if found and not found[-1].field:
        found[-1] = replace(found[-1], words=found[-1].words.rstrip())
    return tuple(found)


def words_of(pieces: Sequence[Piece]) -> str:
    """Pieces as one text."""
    return "".join(piece.words for piece in pieces)


def split_at(pieces: Sequence[Piece], lengths: Sequence[int]) -> Iterator[tuple[Piece, ...]]:
    """The pieces of each part of a text message; `lengths` are the parts' lengths in characters."""
    left = list(pieces)
    for length in lengths:
        part: list[Piece] = []
        while left and length > 0:
            first = left.pop(0)
            part.append(replace(first, words=first.words[:length]))
            if len(first.words) > length:
                left.insert(0, replace(first, words=first.words[length:]))
            length -= len(first.words)
        yield tuple(part)
