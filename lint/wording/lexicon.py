"""The lexicon at run time: an index of the words that entries need; entries are read only once a text may hold them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from mmap import ACCESS_READ, mmap
from operator import add
from pathlib import Path
from typing import Any

from ...flow.record import record

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"
COMPILED = FOLDER / "index.json"
ENTRIES = FOLDER / "entries.jsonl"
LANGUAGES = ("zh", "yue", "en", "es")
SHARED_LINES = 2 + len(LANGUAGES)
STEM = 4
"""Open word beginnings are indexed by this many letters."""

OPEN_SET, CLOSE_SET = "\ue020", "\ue021"
"""Around the name of a word set in a regular expression; an entry puts the words in its place."""

_NAMED = re.compile(f"{OPEN_SET}([^{CLOSE_SET}]*){CLOSE_SET}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_]*")


_Group = tuple[frozenset[str], tuple[str, ...], tuple[tuple[str, ...], ...]]
"""Alternatives of which a text needs one. Han: their first two characters, those of one piece, the others by their
pieces. Other scripts: the single words, nothing, the others."""


def _group(alternatives: list[str], han: bool) -> _Group:
    pieces = [tuple(alternative.split()) for alternative in alternatives]
    single = tuple(one[0] for one in pieces if len(one) == 1 and (han or one[0][0] != "~"))
    rest = tuple(one for one in pieces if len(one) > 1 or not (han or one[0][0] != "~"))
    if han:
        return frozenset(one[0][:2] for one in pieces), single, rest
    return frozenset(single), (), rest


@record(key=())
class Entry:
    """One entry. `parts` are regular expressions: one for a pattern, one a slot for a frame."""

    code: str
    category: str
    language: str
    severity: str
    parts: tuple[str, ...]
    ordered: bool
    window: int
    unless: tuple[str, ...]
    unless_fact: str | None
    negation: bool
    border: bool
    why: Mapping[str, str]
    suggest: Mapping[str, str]
    place: str
    needs: tuple[str, ...]
    wants: Mapping[str, str] = {}
    sets: Mapping[str, str] = {}

    @staticmethod
    def of_tone(words: str) -> Entry:
        """The entry that stands for the tone model's own opinion."""
        why = {"en": f"the words that weighed most: {words}", "zh": f"影响最大的词：{words}"}
        return Entry("T190", "tone", "", "review", (), False, 0, (), None, True, True, why, {}, "tone", ())

    def _expanded(self, regex: str) -> str:
        return _NAMED.sub(lambda found: self.sets[found.group(1)], regex)

    @cached_property
    def _groups(self) -> tuple[_Group, ...]:
        return tuple(
            _group(
                [
                    alternative
                    for name in group.split("|")
                    for alternative in (self.wants[name[1:-1]].split("|") if name[0] == "<" else (name,))
                ],
                self.language in ("zh", "yue"),
            )
            for group in self.needs
        )

    def may_match(self, text: str, words: AbstractSet[str], pairs: AbstractSet[str]) -> bool:
        """Whether the literals of one alternative of each group are in a text: far cheaper than its patterns.

        `words` are those of the text, `pairs` its characters and each two that stand together.
        """
        if self.language in ("zh", "yue"):
            for heads, plain, rest in self._groups:
                if heads.isdisjoint(pairs):
                    return False
                if not any(map(text.__contains__, plain)) and not any(
                    all(map(text.__contains__, pieces)) for pieces in rest
                ):
                    return False
            return True
        for heads, _, rest in self._groups:
            if heads.isdisjoint(words) and not any(
                all(piece in words if piece[0] != "~" else piece[1:] in text for piece in pieces)
                for pieces in rest
            ):
                return False
        return True

    @cached_property
    def matchers(self) -> tuple[re.Pattern[str], ...]:
        """Compiled when a text first needs them."""
        return tuple(re.compile(self._expanded(part)) for part in self.parts)

    @cached_property
    def sounded(self) -> re.Pattern[str]:
        """The pattern over texts whose characters stand for their syllables."""
        from .disguise import sound_table

        return re.compile(self._expanded(self.parts[0]).translate(sound_table()))

    @cached_property
    def exceptions(self) -> tuple[re.Pattern[str], ...]:
        """Phrases beside which the entry is lawful."""
        return tuple(re.compile(self._expanded(part)) for part in self.unless)


class Lexicon:
    """All entries behind an index of the words they need. Entries are read only once a text may hold them."""

    def __init__(self, head: Mapping[str, Any], body: Callable[[], Sequence[str]]):
        """`head` and the lines of `body` as `packed` makes them."""
        self.digest: str = head["digest"]
        # Numbers are kept as text until a key is met: most never are.
        self._packed: Mapping[str, Any] = head["index"]
        self._index: dict[str, dict[str, Any]] = {}
        self._by_language: dict[str, Mapping[str, Any]] = {}
        self.single = frozenset(map(int, head["single"].split()))
        self.cues = frozenset(map(int, head["cues"].split()))
        self._head = head
        self._lines = body
        self._entries: dict[int, Entry] = {}
        self.judged: dict[str, Any] = {}
        """Sentences already judged, for the engine."""

    @cached_property
    def _body(self) -> Sequence[str]:
        return self._lines()

    @cached_property
    def _files(self) -> Mapping[str, Any]:
        files: Mapping[str, Any] = json.loads(self._body[0])
        return files

    def _sets(self, language: str) -> Mapping[str, Any]:
        found = self._by_language.get(language)
        if found is None:
            line = self._body[2 + LANGUAGES.index(language)]
            found = self._by_language[language] = json.loads(line)
        return found

    @cached_property
    def _words(self) -> Mapping[str, Any]:
        words: Mapping[str, Any] = json.loads(self._body[1])
        return words

    def __len__(self) -> int:
        return len(self._body) - SHARED_LINES

    def entry(self, number: int) -> Entry:
        """The entry of a number."""
        found = self._entries.get(number)
        if found is None:
            record = json.loads(self._body[number + SHARED_LINES])
            source = self._files[record["place"].partition(":")[0]]
            found = self._entries[number] = _entry(record, source, self._sets(record["language"]))
        return found

    @property
    def entries(self) -> Iterator[Entry]:
        """Every entry."""
        return (self.entry(number) for number in range(len(self)))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Words that a disguised spelling may stand for."""
        return frozenset(self._words["vocabulary"])

    @cached_property
    def masked(self) -> Mapping[int, Sequence[str]]:
        """Words that are written with stars, by their length."""
        made: dict[int, list[str]] = defaultdict(list)
        for word in self._words["masked"]:
            made[len(word)].append(word)
        return made

    @cached_property
    def allowed(self) -> tuple[re.Pattern[str], ...]:
        """Allow phrases: a hit that lies inside one is lawful."""
        return tuple(re.compile(part) for part in self._head["allow"])

    def _keys(self, kind: str) -> dict[str, Any]:
        """One kind of keys (`one` or `two` characters, a `number`, `word` or `stem`) to entries; unpacked when first asked for."""
        found = self._index.get(kind)
        if found is None:
            keys, marks = self._packed[kind]
            found = self._index[kind] = dict(zip(keys.split("\n"), marks.split("\n"), strict=True))
        return found

    def sounding(self, text: str) -> Iterator[tuple[str, str, int]]:
        """Words whose first two syllables are in a text of sounds: by syllables, as written, and their entry."""
        from .disguise import sound_table

        index: Mapping[str, str] = self._head["sound"]
        for key in index.keys() & set(map(add, text, text[1:])):
            for line in index[key].splitlines():
                word, _, number = line.partition(" ")
                yield word.translate(sound_table()), word, int(number)

    def candidates(self, text: str, cues: bool = False) -> list[int]:
        """Entries that a folded text may hold, by number; cues only where they are asked for."""
        words = set(_WORD.findall(text))
        pairs = {*text, *map(add, text, text[1:])}
        return [
            number
            for number in self._indexed(text, words)
            if (cues or number not in self.cues) and self.entry(number).may_match(text, words, pairs)
        ]

    def _indexed(self, text: str, words: AbstractSet[str]) -> list[int]:
        return self.complete(self._marked(text, words))

    def marks(self, text: str) -> set[int]:
        """What a folded text holds of entries: marks that are twice the entry, plus one for its second group of words."""
        return self._marked(text, set(_WORD.findall(text)))

    def _marked(self, text: str, words: AbstractSet[str]) -> set[int]:
        marks: list[int] = []
        if not text.isascii():
            one, two = self._keys("one"), self._keys("two")
            for key in one.keys() & set(text):
                marks += _marks(one, key)
            for key in two.keys() & set(map(add, text, text[1:])):
                marks += _marks(two, key)
        if words:
            number = self._keys("number")
            for key in number.keys() & words:
                marks += _marks(number, key)
        if not all(map(str.isdigit, words)):
            word_index, stem = self._keys("word"), self._keys("stem")
            for key in word_index.keys() & words:
                marks += _marks(word_index, key)
            for key in stem.keys() & {word[:STEM] for word in words}:
                marks += _marks(stem, key)
        return set(marks)

    def complete(self, found: AbstractSet[int]) -> list[int]:
        """Entries all of whose groups of words are marked, by number."""
        single = self.single
        return sorted(
            mark >> 1 for mark in found if not mark & 1 and (mark + 1 in found or mark >> 1 in single)
        )


def _marks(table: dict[str, Any], key: str) -> list[int]:
    found = table[key]
    if isinstance(found, str):
        found = table[key] = list(map(int, found.split()))
    made: list[int] = found
    return made


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The shipped lexicon, as compiled by `make lexicons`."""
    head = json.loads(COMPILED.read_bytes())
    return Lexicon(head, lambda: _LinesOfFile(ENTRIES, head["starts"]))


class _LinesOfFile(Sequence[str]):
    """Lines of a file by number, each decoded when asked for."""

    def __init__(self, path: Path, starts: Sequence[int]):
        with path.open("rb") as handle:
            self._data = mmap(handle.fileno(), 0, access=ACCESS_READ)
        self._starts = starts

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, number: Any) -> Any:
        return self._data[self._starts[number] : self._starts[number + 1]].decode()


def _entry(record: Mapping[str, Any], source: Mapping[str, Any], shared: Mapping[str, Any]) -> Entry:
    return Entry(
        source["code"],
        source["category"],
        record["language"],
        record.get("severity", "error"),
        tuple(record["parts"]),
        record.get("ordered", False),
        record.get("window", 0),
        tuple(record.get("unless", ())),
        record.get("unless_fact"),
        record.get("negation", True),
        record.get("border", True),
        record.get("why") or source["why"],
        source["suggest"],
        record["place"],
        tuple(record["needs"]),
        shared["wants"],
        shared["sets"],
    )
