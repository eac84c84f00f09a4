"""The ladder over a batch: which of the written messages are sent now, which wait, which are not sent at all.

Borrowers without a history whose facts the ladder reads are the same get the same answer, asked once.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from .ladder import Decision, Ladder, LadderError, Reach, decide, reach_of
from .render import prepare

_ALWAYS = ("debt.due_date", "debt.as_of", "borrower.timezone", "borrower.jurisdiction")
_BLANK = ("template", "template_digest", "locale", "subject", "body", "html")


@dataclass(frozen=True, eq=False)
class Moment:
    """A ladder, the time at which it is asked (with its zone), and how borrowers may be reached, by profile_id."""

    ladder: Ladder
    at: dt.datetime
    reach: Mapping[str, Reach]


def read_histories(path: Path) -> dict[str, Reach]:
    """Preferences and past contacts from JSONL, a borrower a line with its `profile_id`; raises `LadderError`."""
    found: dict[str, Reach] = {}
    try:
        with path.open(encoding="utf-8-sig") as handle:
            for number, line in enumerate(handle, 1):
                if not line.strip():
                    continue
                try:
                    document = json.loads(line)
                    identity = document.pop("profile_id")
                except (ValueError, KeyError, AttributeError, TypeError):
                    raise LadderError(
                        "needs one JSON object a line, with a profile_id", str(path), number
                    ) from None
                if not isinstance(identity, str) or identity in found:
                    raise LadderError("a profile_id must be a text and stand once", str(path), number)
                found[identity] = reach_of(document, str(path), number)
    except (OSError, UnicodeDecodeError) as error:
        raise LadderError(f"cannot be read ({type(error).__name__})", str(path)) from None
    return found


def decided(
    batch: Any, made: Any, moment: Moment, root: Path, message: str, channel: str, schema: Schema
) -> Any:
    """The output rows after the ladder: `deferred` until later, `suppressed` where another or no message is due."""
    import pyarrow as pa

    from .render_batch import record_of

    fields = [name for name in _fields(moment.ladder) if name in batch.schema.names]
    keys = batch.select(["profile_id", *fields]).to_pylist()
    known: dict[Any, Decision] = {}
    status = made.column("status").to_pylist()
    changed: dict[int, tuple[str, str]] = {}
    for place, given in enumerate(keys):
        if status[place] != "ok":
            continue
        reach = moment.reach.get(str(given.pop("profile_id")))
        key = json.dumps(given, default=str, sort_keys=True)
        decision = known.get(key) if reach is None else None
        if decision is None:
            values = prepare(root, record_of(batch, place), schema, "(row)").values
            decision = decide(moment.ladder, values, reach or Reach(), moment.at, schema)
            if reach is None:
                known[key] = decision
        verdict = _verdict(decision, message, channel)
        if verdict is not None:
            changed[place] = verdict
    if not changed:
        return made
    rows = made.to_pylist()
    for place, (state, reason) in changed.items():
        rows[place].update(dict.fromkeys(_BLANK, ""), status=state, reason=reason, parts=0, approval_ids=[])
    return pa.RecordBatch.from_pylist(rows, schema=made.schema)


def _verdict(decision: Decision, message: str, channel: str) -> tuple[str, str] | None:
    basis = f" ({decision.basis})" if decision.basis else ""
    if decision.action == "stop":
        return "suppressed", f"the ladder stops: {decision.reason}{basis}"
    if decision.action == "wait":
        earliest = f"; not before {decision.earliest.isoformat()}" if decision.earliest else ""
        return "deferred", f"the ladder waits: {decision.reason}{basis}{earliest}"
    if (decision.message, decision.channel) != (message, channel):
        return "suppressed", f"the ladder sends {decision.message} by {decision.channel} instead"
    return None


def _fields(ladder: Ladder) -> list[str]:
    """Fields of the record that a ladder may ask for."""
    tests = [stop.when for stop in ladder.stops] + [rung.only_if or "" for rung in ladder.rungs]
    return sorted({*_ALWAYS, *re.findall(r"[a-z_]+\.[a-z_]+", " ".join(tests))})
