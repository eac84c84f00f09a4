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
from .tokens import WORD, Tokens, tokens

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"
COMPILED = FOLDER / "index.json"
ENTRIES = FOLDER / "entries.jsonl"
LANGUAGES = ("zh", "yue", "en", "es")
SHARED_LINES = 3 + len(LANGUAGES)
_SILENT = 200_000
STEM = 4
"""Open word beginnings are indexed by this many letters."""

OPEN_SET, CLOSE_SET = "\ue020", "\ue021"
"""Around the name of a word set in a regular expression; an entry puts the words in its place."""

_NAMED = re.compile(f"{OPEN_SET}([^{CLOSE_SET}]*){CLOSE_SET}")


_Pieces = tuple[str, ...]


@record(key=())
class _Group:
    """Alternatives of which a text needs one.

    `whole`: those that a lookup settles. `starts`: the others, by what a lookup can find of them (Han: the first two
    characters; other scripts: the first whole word), with all their pieces. `loose`: those with nothing to look up.
    """

    whole: frozenset[str]
    heads: frozenset[str]
    starts: Mapping[str, tuple[_Pieces, ...]]
    loose: tuple[_Pieces, ...]


def _group(alternatives: list[str], han: bool) -> _Group:
    whole, loose = set(), []
    starts: dict[str, list[_Pieces]] = defaultdict(list)
    for pieces in (tuple(alternative.split()) for alternative in alternatives):
        if han:
            head = pieces[0] if WORD.fullmatch(pieces[0]) else pieces[0][:2]
        else:
            head = next((piece for piece in pieces if piece[0] not in "~^"), "")
        if len(pieces) == 1 and head == pieces[0]:
            whole.add(head)
        elif head:
            starts[head].append(pieces)
        else:
            loose.append(pieces)
    return _Group(
        frozenset(whole),
        frozenset(starts),
        {key: tuple(found) for key, found in starts.items()},
        tuple(loose),
    )


def _holds(text: str, words: AbstractSet[str], pieces: _Pieces) -> bool:
    return all(piece[1:] in text if piece[0] in "~^" else piece in words for piece in pieces)


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
    own: bool = False
    """Of a repository's own lexicon: it counts as it says, whatever the rest of a sentence sounds like."""

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

    @cached_property
    def _sieves(self) -> tuple[frozenset[str], ...]:
        return tuple(group.whole | group.heads for group in self._groups if not group.loose)

    def passes(self, text: Tokens) -> bool:
        """A first look, far cheaper than `may_match`: the beginnings of some alternative of each group are there."""
        found = text.characters if self.language in ("zh", "yue") else text.latin
        return not any(map(found.isdisjoint, self._sieves))

    def may_match(self, text: Tokens) -> bool:
        """Whether the literals of one alternative of each group are in a text: far cheaper than its patterns."""
        found = text.characters if self.language in ("zh", "yue") else text.latin
        for group in self._groups:
            if not group.whole.isdisjoint(found):
                continue
            for head in group.heads & found:
                if self._any_of(group.starts[head], text):
                    break
            else:
                if not (group.loose and self._any_of(group.loose, text)):
                    return False
        return True

    def _any_of(self, alternatives: tuple[_Pieces, ...], text: Tokens) -> bool:
        if self.language in ("zh", "yue"):
            return any(all(map(text.text.__contains__, pieces)) for pieces in alternatives)
        return any(_holds(text.text, text.latin, pieces) for pieces in alternatives)

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
        self._first = _Index(head["index"])
        self._by_language: dict[str, Mapping[str, Any]] = {}
        self.cues = frozenset(map(int, head["cues"].split()))
        self._head = head
        self._lines = body
        self._entries: dict[int, Entry] = {}
        self._silent: set[str] = set()
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
            line = self._body[3 + LANGUAGES.index(language)]
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
    def _pairing(self) -> tuple[_Index, frozenset[int]]:
        """Keys to the second group of words that an entry needs, and the entries that need only one."""
        found = json.loads(self._body[2])
        return _Index(found["second"]), frozenset(map(int, found["single"].split()))

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

    def may_sound(self, pairs: AbstractSet[str]) -> bool:
        """Whether two of the characters sound like the beginning of a word that is looked for by sound."""
        silent = self._silent
        unknown = pairs - silent
        if not unknown:
            return False
        from .disguise import sound_table

        table = sound_table()
        found = {pair for pair in unknown if pair.translate(table) in self._head["sound"]}
        if len(silent) > _SILENT:
            silent.clear()
        silent |= unknown - found
        return bool(found)

    def sounding(self, text: str) -> Iterator[tuple[str, str, int]]:
        """Words whose first two syllables are in a text of sounds: by syllables, as written, and their entry."""
        from .disguise import sound_table

        index: Mapping[str, str] = self._head["sound"]
        for key in index.keys() & set(map(add, text, text[1:])):
            for line in index[key].splitlines():
                word, _, number = line.partition(" ")
                yield word.translate(sound_table()), word, int(number)

    def candidates(self, text: Tokens, cues: bool = False) -> list[int]:
        """Entries that a folded text may hold, by number: those that are no cues, or the cues."""
        found = {number for marks in self._first.marked(text) for number in marks}
        found = found & self.cues if cues else found - self.cues
        known = self._entries
        return sorted(
            number
            for number in found
            if (entry := known.get(number) or self.entry(number)).passes(text) and entry.may_match(text)
        )

    def marks(self, text: str) -> set[int]:
        """What a folded text holds of entries: marks that are twice the entry, plus one for its second group of words."""
        found = tokens(text)
        first = {2 * number for marks in self._first.marked(found) for number in marks}
        return first | {2 * number + 1 for marks in self._pairing[0].marked(found) for number in marks}

    def complete(self, found: AbstractSet[int]) -> bool:
        """Whether all the groups of words of some entry are marked."""
        single = self._pairing[1]
        return any(not mark & 1 and (mark + 1 in found or mark >> 1 in single) for mark in found)


class _Index:
    """Keys of four kinds to entries. Numbers are kept as text until a key is met: most never are."""

    def __init__(self, packed: Mapping[str, Sequence[str]]):
        self._packed = packed
        self._tables: dict[str, dict[str, Any]] = {}

    def _table(self, kind: str) -> dict[str, Any]:
        found = self._tables.get(kind)
        if found is None:
            keys, marks = self._packed[kind]
            found = self._tables[kind] = (
                dict(zip(keys.split("\n"), marks.split("\n"), strict=True)) if keys else {}
            )
        return found

    def marked(self, text: Tokens) -> Iterator[Sequence[int]]:
        """Entries by each key that a text holds; a table is unpacked when a text may first need it."""
        if text.pairs:
            two = self._table("two")
            for key in two.keys() & text.characters:
                yield _marks(two, key)
        if text.words:
            number = self._table("number")
            for key in number.keys() & text.latin:
                yield _marks(number, key)
            if not all(map(str.isdigit, text.words)):
                word, stem = self._table("word"), self._table("stem")
                for key in word.keys() & text.latin:
                    yield _marks(word, key)
                for key in stem.keys() & {word[:STEM] for word in text.words}:
                    yield _marks(stem, key)


def _marks(table: dict[str, Any], key: str) -> Sequence[int]:
    found = table[key]
    if isinstance(found, str):
        found = table[key] = tuple(map(int, found.split()))
    made: Sequence[int] = found
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
        record.get("own", False),
    )
