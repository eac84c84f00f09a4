"""What is said before what: the worlds in which one thing is printed and another has not been before it."""

from __future__ import annotations

from collections.abc import Callable

from .analyses import leaves, space_of
from .conditions import Cond
from .nodes import Choice, Flow, Hole, Repeat, Seq, Text
from .schema import Schema
from .worlds import Space

Match = Callable[[Text | Hole], bool]


def before(first: Match, second: Match, flow: Flow, schema: Schema) -> tuple[Space, int]:
    """The space, and the worlds where something matching `second` comes without `first` before it.

    Raises `TooManyWorldsError` past the bound.
    """
    conds: list[Cond] = []
    collect(flow, lambda leaf: first(leaf) or second(leaf), conds)
    space = space_of(conds, schema)
    failing, _ = _walk(flow, first, second, space, space.everything(), 0)
    return space, failing & space.possible


def collect(flow: Flow, wanted: Match, conds: list[Cond]) -> None:
    """Adds the conditions that decide whether and how often a matching leaf is printed."""
    if isinstance(flow, Seq):
        for part in flow.parts:
            collect(part, wanted, conds)
    elif isinstance(flow, Repeat):
        collect(flow.body, wanted, conds)
    elif isinstance(flow, Choice) and any(
        isinstance(leaf, (Text, Hole)) and wanted(leaf) for leaf in leaves(flow)
    ):
        for cond, part in flow.branches:
            conds.append(cond)
            collect(part, wanted, conds)


def _walk(flow: Flow, first: Match, second: Match, space: Space, here: int, said: int) -> tuple[int, int]:
    """(failing worlds, worlds in which `first` has surely been said) after a flow read in the worlds `here`."""
    if isinstance(flow, Seq):
        failing = 0
        for part in flow.parts:
            more, said = _walk(part, first, second, space, here, said)
            failing |= more
        return failing, said
    if isinstance(flow, Repeat):
        return _walk(flow.body, first, second, space, here, said)
    if isinstance(flow, Choice):
        if not any(isinstance(leaf, (Text, Hole)) and (first(leaf) or second(leaf)) for leaf in leaves(flow)):
            return 0, said
        failing = 0
        after = said
        for cond, part in flow.branches:
            true = space.where(cond)
            more, then = _walk(part, first, second, space, here & true, said)
            failing |= more
            after |= then & true
        return failing, after
    if not isinstance(flow, (Text, Hole)):
        return 0, said
    failing = here & ~said if second(flow) else 0
    return failing, said | here if first(flow) else said
