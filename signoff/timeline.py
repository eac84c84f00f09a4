"""What a ladder does with one sample borrower, day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from ..generator.ladder import Contact, Decision, Ladder, Reach, decide, load_ladder, zones_of
from ..generator.profile import Profile
from ..generator.render import schema_of
from .dry_run import lives_in

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


def timelines(root: Path, borrowers: Mapping[str, Profile]) -> Iterator[Timeline]:
    """A timeline of every ladder of a repository, for the first borrower it fits; raises `LadderError`."""
    schema = schema_of(root)
    for path in sorted((root / "ladders").glob("*.yaml")):
        ladder = load_ladder(path, schema)
        name = next((name for name, one in borrowers.items() if _plain(ladder, one.values)), None)
        if name is not None:
            yield Timeline(ladder, name, tuple(_stretches(ladder, borrowers[name].values, schema)))


def _plain(ladder: Ladder, values: Mapping[str, Any]) -> bool:
    """A borrower of the place who is late and in no special state."""
    special = any(value is True for name, value in values.items() if name.startswith("flags."))
    return lives_in(ladder, values) and not special and not values["plan.active"]


def _stretches(ladder: Ladder, values: Mapping[str, Any], schema: Schema) -> Iterator[Stretch]:
    zone = zones_of(values)[0]
    due = dt.date.fromisoformat(str(values["debt.due_date"]))
    history: list[Contact] = []
    current: Stretch | None = None
    decision: Decision | None = None
    for day in range(FIRST, LAST + 1):
        ends = dt.datetime.combine(due + dt.timedelta(days=day + 1), dt.time(), zone)
        if decision is None or decision.earliest is None or decision.earliest < ends:
            for hour in _HOURS:
                moment = dt.datetime.combine(due + dt.timedelta(days=day), dt.time(hour), zone)
                decision = decide(ladder, values, Reach(history=tuple(history)), moment, schema)
                if decision.action == "send":
                    outcome = "connected" if decision.channel == "call" else "delivered"
                    history.append(Contact(moment, decision.channel, decision.rung, outcome))
                    break
                if decision.earliest is None or decision.earliest >= ends:
                    # Nothing can change before then: the hours and days until it are not asked.
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
