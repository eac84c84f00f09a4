"""The index of a lexicon: which entries a text may hold, by the words that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from .compiled import native
from .tokens import Tokens

STEM = 4
"""Open word beginnings are indexed by this many letters."""

Marks = tuple[int, int]
"""Entries of which a text holds the first group of words, and the second, each a bit."""


class Index:
    """Keys of four kinds to sets of entries, bit by bit. They are kept as text until a key is met: most never are."""

    def __init__(self, kinds: Mapping[str, Sequence[str]], single: str):
        """For each kind its keys, and in the same order the entries of each; entries with a first group only."""
        self._packed = kinds
        self._tables: dict[str, dict[str, Any]] = {}
        self._single = bits(single)

    def _table(self, kind: str) -> dict[str, Any]:
        found = self._tables.get(kind)
        if found is None:
            keys, marks = self._packed[kind]
            found = self._tables[kind] = (
                dict(zip(keys.split("\n"), marks.split("\n"), strict=True)) if keys else {}
            )
        return found

    def marks(self, text: Tokens) -> Marks:
        """Entries by all keys that a text holds; a table is unpacked when a text may first need it."""
        looked: list[tuple[dict[str, Any], AbstractSet[str]]] = []
        if text.wide:
            looked.append((self._table("two"), text.characters))
        if text.words:
            looked.append((self._table("number"), text.latin))
            if text.real_words:
                stems = {word[:STEM] for word in text.words}
                looked += ((self._table("word"), text.latin), (self._table("stem"), stems))
        first = second = 0
        for table, keys in looked:
            for key in table.keys() & keys:
                found = table[key]
                if type(found) is str:
                    one, _, two = found.partition("/")
                    found = table[key] = bits(one), bits(two)
                first |= found[0]
                second |= found[1]
        return first, second

    def candidates(self, text: Tokens) -> list[int]:
        """Entries of which a text holds all groups of words, in their order."""
        first, second = self.marks(text)
        return list(_numbers(first & (second | self._single)))


def bits(numbers: str) -> int:
    """Numbers, with blanks between them, as one with a bit for each."""
    return sum(1 << int(number) for number in numbers.split())


def _numbers(mask: int) -> Iterator[int]:
    """The places of the ones."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


made_index: Callable[[Mapping[str, Sequence[str]], str], Index] = native.Index if native else Index
"""An index, the fastest way."""
