"""The fewest borrowers that show every text: which worlds to sample so that no sentence stays unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .analyses import smallest_world, space_of
from .conditions import FALSE, Cond, both
from .record import record
from .schema import Schema
from .worlds import TooManyWorldsError

MAX_LOOKED_AT = 4096
"""Spaces with more worlds than this are not looked at world by world."""


@record()
class Sample:
    """One borrower's facts, those of them that matter, and the numbers of the conditions they meet."""

    facts: Mapping[str, Any]
    decisive: Mapping[str, Any]
    shows: tuple[int, ...]


@record()
class Cover:
    """Samples that together meet every condition that some borrower meets; the others by number."""

    samples: tuple[Sample, ...]
    impossible: tuple[int, ...]
    undecided: tuple[int, ...]
    """Conditions with more worlds than the bound: no sample is promised for them."""


def cover(conds: Sequence[Cond], schema: Schema) -> Cover:
    """Few samples for many conditions.

    Exact set cover is NP-hard; the better of two greedy ways is taken: choosing worlds, and joining conditions.
    """
    impossible: list[int] = []
    undecided: list[int] = []
    possible: list[int] = []
    for number, cond in enumerate(conds):
        answer = _possible(cond, schema)
        (undecided if answer is None else possible if answer else impossible).append(number)
    together = _by_worlds(conds, possible, schema)
    joined = _by_joining(conds, possible, schema)
    samples = joined if together is None or len(joined) <= len(together) else together
    return Cover(tuple(samples), tuple(impossible), tuple(undecided))


def _by_worlds(conds: Sequence[Cond], numbers: Sequence[int], schema: Schema) -> list[Sample] | None:
    """Greedy choice of worlds that meet most of what is left; None where there are too many worlds to look at each."""
    wanted = [conds[number] for number in numbers]
    try:
        space = space_of(wanted, schema)
    except TooManyWorldsError:
        return None
    if space.everything().bit_length() > MAX_LOOKED_AT:
        return None
    masks = {number: space.where(conds[number]) & space.possible for number in numbers}
    left = dict(masks)
    samples: list[Sample] = []
    while left:
        counts: dict[int, int] = {}
        for mask in left.values():
            while mask:
                lowest = mask & -mask
                counts[lowest] = counts.get(lowest, 0) + 1
                mask ^= lowest
        best = max(counts, key=lambda world: (counts[world], -world))
        shows = tuple(number for number, mask in masks.items() if mask & best)
        left = {number: mask for number, mask in left.items() if not mask & best}
        same = space.possible
        for number in shows:
            same &= masks[number]
        world = best.bit_length() - 1
        samples.append(Sample(space.facts(world), space.decisive(world, same), shows))
    return samples


def _by_joining(conds: Sequence[Cond], possible: Sequence[int], schema: Schema) -> list[Sample]:
    # A condition with many parts leaves least freedom, so it chooses first.
    order = sorted(possible, key=lambda number: -len(list(_parts(conds[number]))))
    joined: list[tuple[Cond, list[int]]] = []
    for number in order:
        for index, (held, numbers) in enumerate(joined):
            together = both(held, conds[number])
            if together != FALSE and (together == held or _possible(together, schema)):
                joined[index] = (together, [*numbers, number])
                break
        else:
            joined.append((conds[number], [number]))
    return [_sample(held, numbers, schema) for held, numbers in joined]


def _parts(cond: Cond) -> Sequence[Cond]:
    return getattr(cond, "parts", (cond,))


def _possible(cond: Cond, schema: Schema) -> bool | None:
    """Whether a borrower meets a condition; None where there are too many worlds to tell."""
    try:
        space = space_of([cond], schema)
    except TooManyWorldsError:
        return None
    return bool(space.where(cond) & space.possible)


def _sample(cond: Cond, numbers: list[int], schema: Schema) -> Sample:
    space = space_of([cond], schema)
    mask = space.where(cond) & space.possible
    world = smallest_world(space, mask)
    return Sample(space.facts(world), space.decisive(world, mask), tuple(sorted(numbers)))
