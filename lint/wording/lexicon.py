"""The lexicon at run time: an index of the words that entries need; entries are read only once a text may hold them."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from mmap import ACCESS_READ, mmap
from operator import add
from pathlib import Path
from typing import Any

from ...flow.record import record
from .index import Index, Marks, bits, made_index
from .needs import Needs, made_needs
from .normalise import sound_table
from .signs import Teller, made_teller
from .tokens import Tokens, tokens

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"
COMPILED = FOLDER / "index.json"
ENTRIES = FOLDER / "entries.jsonl"
LANGUAGES = ("zh", "yue", "en", "es")
SHARED_LINES = 3 + len(LANGUAGES)
OPEN_SET, CLOSE_SET = "\ue020", "\ue021"
"""Around the name of a word set in a regular expression; an entry puts the words in its place."""

_NAMED = re.compile(f"{OPEN_SET}([^{CLOSE_SET}]*){CLOSE_SET}")


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

    @property
    def groups(self) -> list[list[tuple[str, ...]]]:
        """`needs` as `needs.Needs` takes them, the words of each set in their places."""
        return [
            [
                tuple(alternative.split())
                for name in group.split("|")
                for alternative in (self.wants[name[1:-1]].split("|") if name[0] == "<" else (name,))
            ]
            for group in self.needs
        ]

    @cached_property
    def _needs(self) -> Needs:
        return made_needs(self.groups, self.language in ("zh", "yue"))

    def may_match(self, text: Tokens) -> bool:
        """Whether the words of one alternative of each group are in a text: far cheaper than its patterns."""
        return self._needs.met(text)

    @cached_property
    def matchers(self) -> tuple[re.Pattern[str], ...]:
        """Compiled when a text first needs them."""
        return tuple(re.compile(self._expanded(part)) for part in self.parts)

    @cached_property
    def sounded(self) -> re.Pattern[str]:
        """The pattern over texts whose characters stand for their syllables."""
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
        self._index = made_index(head["index"], head["single"])
        self._by_language: dict[str, Mapping[str, Any]] = {}
        self._head = head
        self._lines = body
        self._entries: dict[int, Entry] = {}
        self._sounding: dict[str, tuple[tuple[str, str, int], ...]] = {}
        self.judged: dict[str, Any] = {}
        """Sentences already judged, for the engine."""

    @cached_property
    def _single(self) -> int:
        """Entries that need one group of words only, each a bit."""
        return bits(self._head["single"])

    @cached_property
    def _body(self) -> Sequence[str]:
        return self._lines()

    @cached_property
    def _files(self) -> Mapping[str, Any]:
        files: Mapping[str, Any] = json.loads(self._body[0])
        return files

    @cached_property
    def _cues(self) -> Index:
        return made_index(json.loads(self._body[2]), self._head["single"])

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

    @cached_property
    def _teller(self) -> Teller:
        return made_teller(self._head["sound"])

    def told(self, text: Tokens) -> int:
        """What a folded text tells of disguises (`signs.py`)."""
        return self._teller.told(text)

    def sounding(self, text: str, heard: str) -> Iterator[tuple[str, str, int]]:
        """Words that a text, folded and as it is heard, sounds like without being them: by syllables, as written, and
        their entry."""
        for key in set(map(add, heard, heard[1:])) & self._head["sound"].keys():
            for sound, word, number in self._sounds(key):
                if heard.count(sound) > text.count(word):
                    yield sound, word, number

    def _sounds(self, key: str) -> tuple[tuple[str, str, int], ...]:
        found = self._sounding.get(key)
        if found is None:
            lines = (line.partition(" ") for line in self._head["sound"][key].splitlines())
            found = self._sounding[key] = tuple(
                (word.translate(sound_table()), word, int(number)) for word, _, number in lines
            )
        return found

    def candidates(self, text: Tokens, cues: bool = False) -> list[int]:
        """Entries that a folded text may hold, by number: those that are no cues, or the cues."""
        known = self._entries
        return [
            number
            for number in (self._cues if cues else self._index).candidates(text)
            if (known.get(number) or self.entry(number)).may_match(text)
        ]

    def marks(self, text: str) -> Marks:
        """What a folded text holds of entries."""
        return self._index.marks(tokens(text))

    def complete(self, found: Marks) -> bool:
        """Whether all the groups of words of some entry are marked."""
        return bool(found[0] & (found[1] | self._single))


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
