"""The flow: a small tree of every text a template can produce. Nodes hold no behaviour."""

from __future__ import annotations

from typing import NamedTuple

from .conditions import Cond
from .record import record


class Span(NamedTuple):
    """A stretch of one file, in code points, end exclusive.

    A tuple, not a record: more of them are made, compared and looked up than of all others together.
    """

    path: str
    start: int
    end: int


@record()
class Text:
    """Literal text. `exact` says that the span's characters are the text's, one to one."""

    span: Span
    text: str
    exact: bool = True


@record()
class Hole:
    """A value printed at run time: canonical expression, schema field (if it is one), type, role and filters."""

    span: Span
    expression: str
    field: str | None
    type: str
    role: str | None
    filters: tuple[str, ...] = ()


@record()
class Choice:
    """Exclusive branches; where no condition holds, nothing is printed."""

    span: Span
    branches: tuple[tuple[Cond, Flow], ...]


@record()
class Repeat:
    """A body printed once or more."""

    body: Flow


@record()
class Seq:
    """Parts printed one after another."""

    parts: tuple[Flow, ...]


@record()
class Opaque:
    """A place that could not be read: it may print anything."""

    span: Span
    why: str


@record()
class Crash:
    """Rendering raises here: nothing is sent."""

    span: Span
    why: str


Flow = Text | Hole | Choice | Repeat | Seq | Opaque | Crash
EMPTY = Seq(())
APART = "\ue011"
"""Stands between texts that are looked through together: no pattern goes over it."""


def seq(parts: list[Flow]) -> Flow:
    """A flat sequence without empty parts."""
    flat: list[Flow] = []
    for part in parts:
        if isinstance(part, Seq):
            flat.extend(part.parts)
        elif not (isinstance(part, Text) and not part.text):
            flat.append(part)
    return flat[0] if len(flat) == 1 else Seq(tuple(flat))


def part_of(flow: Text, start: int, end: int) -> Text:
    """The characters `start:end` of a literal, with their own span where that is known."""
    text, span = flow.text, flow.span
    if start == 0 and end == len(text):
        return flow
    path, begin, stop = span
    if flow.exact and stop - begin == len(text):
        span = Span(path, begin + start, begin + end)
    return Text(span, text[start:end], flow.exact)
