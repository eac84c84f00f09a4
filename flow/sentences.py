"""Sentences: every stretch of text a reader meets between two sentence ends, with the worlds it appears in.

A sentence may run over literals, branches, set variables, macros and includes; each way of writing it is
yielded once, with the condition that leads there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from .analyses import branches
from .conditions import TRUE, Cond, both, either
from .nodes import Choice, Crash, Flow, Hole, Opaque, Repeat, Seq, Span, Text, part_of
from .record import record

HOLE = "\ue010"
"""Stands for a printed value inside a sentence's text."""

MAX_OPEN = 96
MAX_LENGTH = 800
# The stop comes first, so that `re` can skip to it.
FULL_STOP = r"\." + "".join(rf"(?<!\b{title}\.)" for title in ("Mr", "Mrs", "Ms", "Dr", "Sr", "Sra"))
"""A pattern: a full stop that is not a title's."""
_STOPPED = re.compile(rf"{FULL_STOP}$")
# The first characters come first, for the same reason.
_END = re.compile(
    rf"[。！？!?.\n](?:(?<=[。！？!?])[。！？!?]*[”’」』\"']?|(?<=\.){FULL_STOP[2:]}(?=\s)|(?<=\n)[ \t]*\n\s*)"
)

Leaf = Text | Hole | Opaque


@record()
class Sentence:
    """One way of saying a sentence. `complete` is False where its beginning was cut for being too long."""

    leaves: tuple[Leaf, ...]
    cond: Cond
    complete: bool = True

    @cached_property
    def text(self) -> str:
        """The words, each printed value as one `HOLE`."""
        return "".join([leaf.text if isinstance(leaf, Text) else HOLE for leaf in self.leaves])

    @cached_property
    def lower(self) -> str:
        """`text` in small letters: patterns that care for letters' case search several times faster."""
        return self.text.lower()

    def spans(self, start: int, end: int) -> list[Span]:
        """Where the characters `start:end` of `text` stand in the sources, in reading order."""
        found: list[Span] = []
        position = 0
        for leaf in self.leaves:
            length = len(leaf.text) if isinstance(leaf, Text) else 1
            low, high = max(start, position), min(end, position + length)
            if low < high:
                span = leaf.span
                if isinstance(leaf, Text) and leaf.exact and span.end - span.start == len(leaf.text):
                    span = Span(span.path, span.start + low - position, span.start + high - position)
                if span not in found:
                    found.append(span)
            position += length
        return found

    def holes(self) -> Iterator[Hole]:
        """The values printed in it."""
        return (leaf for leaf in self.leaves if isinstance(leaf, Hole))


_Partial = tuple[int, ...]
"""What was said of a sentence so far: its leaves by number, which are compared and looked up far faster."""
_States = dict[_Partial, Cond]


class _Reader:
    def __init__(self) -> None:
        self.out: _States = {}
        self.cut: set[_Partial] = set()
        self.leaves: list[Leaf] = []
        self._numbers: dict[tuple[object, ...], int] = {}
        self._sizes: list[int] = []
        self._blank: list[bool] = []

    def number(self, leaf: Leaf) -> int:
        """The number of a leaf, the same for an equal one."""
        # Equal leaves stand at one place and say the same; tuples are compared faster than records.
        words = HOLE
        told: tuple[object, ...]
        if isinstance(leaf, Text):
            words, told = leaf.text, (leaf.span, leaf.text, leaf.exact)
        elif isinstance(leaf, Hole):
            told = (leaf.span, leaf.expression, leaf.field, leaf.type, leaf.role, leaf.filters)
        else:
            told = (leaf.span, leaf.why)
        count = len(self.leaves)
        found = self._numbers.setdefault(told, count)
        if found == count:
            self.leaves.append(leaf)
            self._sizes.append(len(words))
            self._blank.append(words.isspace() or not words)
        return found

    def length(self, partial: _Partial) -> int:
        return sum(map(self._sizes.__getitem__, partial))

    def emit(self, partial: _Partial, cond: Cond) -> None:
        if not all(map(self._blank.__getitem__, partial)):
            before = self.out.get(partial)
            self.out[partial] = cond if before is None else either(before, cond)

    def read(self, flow: Flow, states: _States, here: Cond) -> _States:
        if isinstance(flow, Seq):
            for index, part in enumerate(flow.parts):
                if len(states) == 1:
                    return self.straight(flow.parts[index:], states, here)
                states = self.read(part, states, here)
            return states
        if isinstance(flow, Text):
            return self.literal(flow, states, here)
        if isinstance(flow, (Hole, Opaque)):
            number = self.number(flow)
            return {(*partial, number): cond for partial, cond in states.items()}
        if isinstance(flow, Crash):
            return {}
        if isinstance(flow, Repeat):
            once = self.read(flow.body, states, here)
            twice = self.read(flow.body, once, here)
            return self.bounded({**twice, **once})
        return self.choice(flow, states, here)

    def straight(self, parts: tuple[Flow, ...], states: _States, here: Cond) -> _States:
        """As `read` for parts in a row, from one state: most of a message branches nowhere, and tables of one state take
        a twentieth of a whole run."""
        ((partial, cond),) = states.items()
        for index, part in enumerate(parts):
            if isinstance(part, Text):
                text, position = part.text, 0
                if partial and text[:1].isspace() and self.stopped(partial[-1]):
                    self.emit(partial, cond)
                    partial, cond = (), here
                for match in _END.finditer(text):
                    end = match.end()
                    # Blank lines between two paragraphs are no sentence.
                    if partial or not text[position:end].isspace():
                        self.emit((*partial, self.number(part_of(part, position, end))), cond)
                    partial, cond, position = (), here, end
                if position < len(text):
                    partial = (*partial, self.number(part_of(part, position, len(text))))
                    if len(text) > MAX_LENGTH or (len(partial) > 1 and self.length(partial) > MAX_LENGTH):
                        ((partial, cond),) = self.fitting({partial: cond}).items()
            elif isinstance(part, (Hole, Opaque)):
                partial = (*partial, self.number(part))
            else:
                states = self.read(part, {partial: cond}, here)
                if len(states) != 1:
                    return self.read(Seq(parts[index + 1 :]), states, here)
                ((partial, cond),) = states.items()
        return {partial: cond}

    def choice(self, flow: Choice, states: _States, here: Cond) -> _States:
        results: list[tuple[Cond, _States]] = []
        for cond, part in branches(flow):
            inside = {partial: both(outer, cond) for partial, outer in states.items()}
            results.append((cond, self.read(part, inside, both(here, cond))))
        merged: _States = {}
        for partial in {partial: None for _, result in results for partial in result}:
            before = states.get(partial, here if not partial else None)
            if before is not None and all(
                result.get(partial) == both(before, cond) for cond, result in results
            ):
                merged[partial] = before
            else:
                merged[partial] = either(*(result[partial] for _, result in results if partial in result))
        return self.bounded(merged)

    def literal(self, flow: Text, states: _States, here: Cond) -> _States:
        if flow.text[:1].isspace():
            states = self.closed(states, here)
        position = 0
        for match in _END.finditer(flow.text):
            piece = self.number(part_of(flow, position, match.end()))
            for partial, cond in states.items():
                self.emit((*partial, piece), cond)
            states = {(): here}
            position = match.end()
        if position < len(flow.text):
            piece = self.number(part_of(flow, position, len(flow.text)))
            states = self.fitting({(*partial, piece): cond for partial, cond in states.items()})
        return states

    def fitting(self, states: _States) -> _States:
        """Sentences so far, judged and cut where one of them is too long."""
        if any(self.length(partial) > MAX_LENGTH for partial in states):
            for partial, cond in states.items():
                self.emit(partial, cond)
            return self.shortened(states)
        return states

    def closed(self, states: _States, here: Cond) -> _States:
        """A full stop at the end of one text and a blank at the start of the next end a sentence too."""
        ended = {partial: cond for partial, cond in states.items() if partial and self.stopped(partial[-1])}
        if not ended:
            return states
        for partial, cond in ended.items():
            self.emit(partial, cond)
        if len(ended) == len(states):
            return {(): here}
        left = {partial: cond for partial, cond in states.items() if partial not in ended}
        return {**left, (): either(*ended.values(), *([left[()]] if () in left else []))}

    def stopped(self, number: int) -> bool:
        leaf = self.leaves[number]
        return isinstance(leaf, Text) and leaf.text[-1:] == "." and bool(_STOPPED.search(leaf.text))

    def bounded(self, states: _States) -> _States:
        if len(states) <= MAX_OPEN:
            return states
        # What was said so far is judged as it stands; only its tail goes on, so that joins are still seen.
        for partial, cond in states.items():
            self.emit(partial, cond)
        return self.shortened(states)

    def shortened(self, states: _States) -> _States:
        tails: _States = {}
        for partial, cond in states.items():
            tail: list[int] = []
            room = 40
            for number in reversed(partial):
                if room <= 0:
                    break
                leaf = self.leaves[number]
                if isinstance(leaf, Text) and len(leaf.text) > room:
                    number = self.number(part_of(leaf, len(leaf.text) - room, len(leaf.text)))
                tail.append(number)
                room -= self._sizes[number]
            key = tuple(reversed(tail))
            self.cut.add(key)
            tails[key] = either(tails[key], cond) if key in tails else cond
        if len(tails) > MAX_OPEN:
            tails = dict(list(tails.items())[:MAX_OPEN])
        return tails


def sentences(flow: Flow) -> list[Sentence]:
    """Every sentence of a flow with its condition, in reading order of first appearance."""
    reader = _Reader()
    for partial, cond in reader.read(flow, {(): TRUE}, TRUE).items():
        reader.emit(partial, cond)
    return [
        Sentence(tuple([reader.leaves[number] for number in partial]), cond, partial not in reader.cut)
        for partial, cond in reader.out.items()
    ]
