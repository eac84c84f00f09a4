"""What a ladder does with one sample borrower, day by day, and with every sample borrower today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from ..generator.ladder import Contact, Decision, Ladder, Reach, decide, load_ladder, zones_of
from ..generator.profile import load_profile
from ..generator.render import prepare, schema_of

FIRST, LAST = -7, 90
_HOURS = (10, 13, 16, 19)


@dataclass(frozen=True)
class Stretch:
    """Days, from the due date, on which a ladder decides the same."""

    first: int
    last: int
    decision: Decision


@dataclass(frozen=True)
class Timeline:
    """One ladder and one sample borrower who never pays and answers every call."""

    ladder: Ladder
    borrower: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Answer:
    """What one sample borrower would get at one moment."""

    borrower: str
    ladder: str
    decision: Decision


def timelines(root: Path) -> Iterator[Timeline]:
    """A timeline of every ladder of a repository; raises `LadderError`, `ProfileError` or `RenderError`."""
    schema = schema_of(root)
    samples = dict(_samples(root, schema))
    for path in sorted((root / "ladders").glob("*.yaml")):
        ladder = load_ladder(path, schema)
        name = next((name for name, values in samples.items() if _plain(ladder, values)), None)
        if name is not None:
            yield Timeline(ladder, name, tuple(_stretches(ladder, samples[name], schema)))


def dry_run(root: Path, at: dt.datetime) -> list[Answer]:
    """Every sample borrower under the ladder of their place; the same errors as `timelines`."""
    schema = schema_of(root)
    ladders = [load_ladder(path, schema) for path in sorted((root / "ladders").glob("*.yaml"))]
    return [
        Answer(name, ladder.id, decide(ladder, values, Reach(), at, schema))
        for name, values in _samples(root, schema)
        for ladder in ladders
        if _lives_in(ladder, values)
    ]


def _samples(root: Path, schema: Schema) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted((root / "profiles").glob("*.yaml")):
        yield path.stem, prepare(root, load_profile(path), schema, str(path)).values


def _lives_in(ladder: Ladder, values: Mapping[str, Any]) -> bool:
    return str(values["borrower.jurisdiction"]).startswith(ladder.jurisdiction)


def _plain(ladder: Ladder, values: Mapping[str, Any]) -> bool:
    """A borrower of the place who is late and in no special state."""
    special = any(value is True for name, value in values.items() if name.startswith("flags."))
    return _lives_in(ladder, values) and not special and not values["plan.active"]


def _stretches(ladder: Ladder, values: Mapping[str, Any], schema: Schema) -> Iterator[Stretch]:
    zone = zones_of(values)[0]
    due = dt.date.fromisoformat(str(values["debt.due_date"]))
    history: list[Contact] = []
    current: Stretch | None = None
    for day in range(FIRST, LAST + 1):
        decision = None
        for hour in _HOURS:
            moment = dt.datetime.combine(due + dt.timedelta(days=day), dt.time(hour), zone)
            decision = decide(ladder, values, Reach(history=tuple(history)), moment, schema)
            if decision.action == "send":
                outcome = "connected" if decision.channel == "call" else "delivered"
                history.append(Contact(moment, decision.channel, decision.rung, outcome))
                break
        assert decision is not None
        same = (
            current is not None
            and decision.action != "send"
            and (current.decision.action, current.decision.reason) == (decision.action, decision.reason)
        )
        if current is not None and same:
            current = replace(current, last=day)
            continue
        if current is not None:
            yield current
        current = Stretch(day, day, decision)
    if current is not None:
        yield current
