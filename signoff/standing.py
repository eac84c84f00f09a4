"""Where one message stands with the sign-off: its status, what changed, and every decision, worked out once."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .changes import Changes, changes
from .closure import Closure, closure
from .records import Entry, SignoffError, Status, history, may_decide, status
from .samples import Preview


@dataclass(frozen=True)
class Standing:
    """`status` is None where a repository has no policy, `changed` where nothing was approved; `fault` says what cannot be told."""

    bound: Closure
    status: Status | None
    changed: Changes | None
    entries: tuple[Entry, ...]
    fault: str = ""

    @property
    def state(self) -> str:
        """The state's name; `unsigned` where there is no sign-off, `pending` where it cannot be told."""
        if self.status is not None:
            return self.status.state
        return "pending" if self.fault else "unsigned"


def standing(root: Path, message: str, previews: Sequence[Preview], now: dt.datetime) -> Standing:
    """Where a message stands; raises `OSError` where it cannot be bound (a link, for example)."""
    bound = closure(root, message, previews)
    if not (root / "approvals/policy.yaml").is_file():
        return Standing(bound, None, None, ())
    try:
        stands = status(root, message, now, bound)
        entries = history(root, message)
    except SignoffError as error:
        return Standing(bound, None, None, (), str(error))
    try:
        return Standing(bound, stands, changes(root, message, bound), entries)
    except SignoffError as error:
        return Standing(bound, stands, None, entries, str(error))


def commands(root: Path, stands: Status, delta: bool = False) -> list[str]:
    """The exact command of each decision that is still needed; `YOU` where several people may take it."""
    made = []
    for role in dict.fromkeys(stands.lacking):
        people = may_decide(root, stands.message, role)
        words = [
            "fairnotice",
            "signoff",
            "request",
            stands.message,
            "--by",
            people[0] if len(people) == 1 else "YOU",
        ]
        words += ["--role", role, *(["--delta"] if delta else []), "--templates", str(root)]
        made.append(shlex.join(words))
    return made


def next_review(root: Path, stands: Status, changed: Changes | None) -> list[str]:
    """The smallest review that leads on: what to look at, and the commands."""
    if stands.state in ("approved", "revoked", "rejected") or not stands.lacking:
        return []
    if changed is None:
        return [f"look at the whole: fairnotice preview {stands.message}", *commands(root, stands)]
    seen = f"fairnotice preview {stands.message} --diff approved"
    told = f"{len(changed.changed)} of {changed.samples} samples read otherwise"
    return [
        f"look at the difference ({told}): {seen}",
        *commands(root, stands, changed.record.digest != stands.digest),
    ]
