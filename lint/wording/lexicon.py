"""The lexicon at run time: an index of the words that entries need; entries are read only once a text may hold them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from mmap import ACCESS_READ, mmap
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

Marks = tuple[int, int]
"""Entries of which a text holds the first group of words, and the second, each a bit."""


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
    sure: bool = False
    """It blocks by itself: of the sentences written for this project, next to none that it is met in is lawful."""
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
    def _sieves(self) -> tuple[tuple[frozenset[str], ...], tuple[_Group, ...]]:
        """Words of which each group needs one, and the groups of which they tell only the beginning."""
        groups = self._groups
        return (
            tuple(group.whole | group.heads for group in groups if not group.loose),
            tuple(group for group in groups if group.starts or group.loose),
        )

    def may_match(self, text: Tokens) -> bool:
        """Whether the literals of one alternative of each group are in a text: far cheaper than its patterns."""
        found = text.characters if self.language in ("zh", "yue") else text.latin
        sieves, groups = self._sieves
        for sieve in sieves:
            if sieve.isdisjoint(found):
                return False
        for group in groups:
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
        self._index = _Index(head["index"])
        self._by_language: dict[str, Mapping[str, Any]] = {}
        self._single = _bits(head["single"])
        self._head = head
        self._lines = body
        self._entries: dict[int, Entry] = {}
        self._silent: set[str] = set()
        self._telling: dict[str, int] = {}
        self._heard: dict[str, str] = {}
        self._sounding: dict[str, tuple[tuple[str, str, int], ...]] = {}
        self.judged: dict[str, Any] = {}
        """Sentences already judged, for the engine."""

    @cached_property
    def _body(self) -> Sequence[str]:
        return self._lines()

    @cached_property
    def _files(self) -> Mapping[str, Any]:
        files: Mapping[str, Any] = json.loads(self._body[0])
        return files

    @cached_property
    def _cues(self) -> _Index:
        return _Index(json.loads(self._body[2]))

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
    def vocabulary(self) -> frozenset[str]:
        """Words that a disguised spelling may stand for."""
        return frozenset(self._words["vocabulary"])

    @cached_property
    def words(self) -> frozenset[str]:
        """`vocabulary`, and the words that the tone knows."""
        from .tone import latin_words

        return self.vocabulary | latin_words()

    @cached_property
    def masked(self) -> Mapping[int, Mapping[str, None]]:
        """Words that are written with stars, by their length; in their order."""
        made: dict[int, dict[str, None]] = defaultdict(dict)
        for word in self._words["masked"]:
            made[len(word)][word] = None
        return made

    @cached_property
    def allowed(self) -> tuple[re.Pattern[str], ...]:
        """Allow phrases: a hit that lies inside one is lawful."""
        return tuple(re.compile(part) for part in self._head["allow"])

    def may_sound(self, pair: str) -> bool:
        """Whether two characters sound like the beginning of a word that is looked for by sound."""
        from .disguise import sound_table

        key = pair.translate(sound_table())
        if key not in self._head["sound"]:
            return False
        self._heard[pair] = key
        return True

    def told(self, pieces: AbstractSet[str]) -> int:
        """All that characters and pairs of them tell of disguises (`disguise.telling`); each is asked about once."""
        silent = self._silent
        if silent.issuperset(pieces):
            return 0
        from .disguise import telling

        found = 0
        for piece in pieces - silent:
            tells = self._telling.get(piece)
            if tells is None:
                tells = telling(piece, self)
                if tells:
                    self._telling[piece] = tells
                else:
                    silent.add(piece)
            found |= tells
        if len(silent) + len(self._telling) > _SILENT:
            silent.clear()
            self._telling.clear()
            self._heard.clear()
        return found

    def sounding(self, text: str, heard: str, pairs: AbstractSet[str]) -> Iterator[tuple[str, str, int]]:
        """Words that a text, folded and as it is heard, sounds like without being them: by syllables, as written, and
        their entry. `pairs`: each two characters of the text, of which `told` was asked."""
        for key in {self._heard[pair] for pair in self._heard.keys() & pairs}:
            for sound, word, number in self._sounds(key):
                if heard.count(sound) > text.count(word):
                    yield sound, word, number

    def _sounds(self, key: str) -> tuple[tuple[str, str, int], ...]:
        found = self._sounding.get(key)
        if found is None:
            from .disguise import sound_table

            lines = (line.partition(" ") for line in self._head["sound"][key].splitlines())
            found = self._sounding[key] = tuple(
                (word.translate(sound_table()), word, int(number)) for word, _, number in lines
            )
        return found

    def candidates(self, text: Tokens, cues: bool = False) -> list[int]:
        """Entries that a folded text may hold, by number: those that are no cues, or the cues."""
        first, second = (self._cues if cues else self._index).marks(text)
        found = first & (second | self._single)
        known = self._entries
        return [
            number for number in _numbers(found) if (known.get(number) or self.entry(number)).may_match(text)
        ]

    def marks(self, text: str) -> Marks:
        """What a folded text holds of entries."""
        return self._index.marks(tokens(text))

    def complete(self, found: Marks) -> bool:
        """Whether all the groups of words of some entry are marked."""
        return bool(found[0] & (found[1] | self._single))


def _numbers(mask: int) -> Iterator[int]:
    """The places of the ones."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


class _Index:
    """Keys of four kinds to sets of entries, bit by bit. They are kept as text until a key is met: most never are."""

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

    def marks(self, text: Tokens) -> Marks:
        """Entries by all keys that a text holds; a table is unpacked when a text may first need it."""
        looked: list[tuple[dict[str, Any], AbstractSet[str]]] = []
        if text.wide:
            looked.append((self._table("two"), text.characters))
        if text.words:
            looked.append((self._table("number"), text.latin))
            if not all(map(str.isdigit, text.words)):
                stems = {word[:STEM] for word in text.words}
                looked += ((self._table("word"), text.latin), (self._table("stem"), stems))
        first = second = 0
        for table, keys in looked:
            for key in table.keys() & keys:
                found = table[key]
                if type(found) is str:
                    one, _, two = found.partition("/")
                    found = table[key] = _bits(one), _bits(two)
                first |= found[0]
                second |= found[1]
        return first, second


def _bits(numbers: str) -> int:
    return sum(1 << int(number) for number in numbers.split())


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
        record.get("sure", False),
        record.get("own", False),
    )
