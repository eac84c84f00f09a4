"""How often something is printed: the worlds in which it can stand more than a number of times."""

from __future__ import annotations

from collections.abc import Iterable

from .analyses import space_of
from .conditions import Cond
from .nodes import Choice, Flow, Hole, Repeat, Seq, Text
from .order import Match, collect
from .schema import Schema
from .worlds import Space


def more_than(most: int, match: Match, flow: Flow, schema: Schema) -> tuple[Space, int]:
    """The space, and the worlds where a matching leaf may be printed more than `most` times.

    A loop that prints it counts as more than any number. Raises `TooManyWorldsError` past the bound.
    """
    conds: list[Cond] = []
    collect(flow, match, conds)
    space = space_of(conds, schema)
    return space, _at_least(flow, match, space, most + 1)[most + 1] & space.possible


def _at_least(flow: Flow, match: Match, space: Space, most: int) -> list[int]:
    """Worlds with at least 0, 1, … `most` of them."""
    everything = space.everything()
    counts = [everything] + [0] * most
    if isinstance(flow, Seq):
        for part in flow.parts:
            more = _at_least(part, match, space, most)
            counts = [
                _any(counts[own] & more[total - own] for own in range(total + 1)) for total in range(most + 1)
            ]
    elif isinstance(flow, Repeat):
        once = _at_least(flow.body, match, space, 1)[1]
        counts = [everything] + [once] * most
    elif isinstance(flow, Choice):
        for cond, part in flow.branches:
            inner = _at_least(part, match, space, most)
            if any(inner[1:]):
                true = space.where(cond)
                counts = [everything] + [
                    old | true & new for old, new in zip(counts[1:], inner[1:], strict=True)
                ]
    elif isinstance(flow, (Text, Hole)) and match(flow) and most:
        counts[1] = everything
    return counts


def _any(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found
