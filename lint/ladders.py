"""Ladders against the law: a ladder may rest longer and contact less than the packs of its place ask, never the reverse."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from .packs.loading import law_of

Fault = tuple[tuple[str | int, ...], str, str]
PACKS: Mapping[str, tuple[str, ...]] = {
    "CN": ("cn", "cn-card"),
    "HK": ("hk",),
    "US": ("us-federal",),
    "GB": ("uk",),
}
_CAPS = {
    "effective_calls_per_day": "effective_calls_per_day",
    "dials_per_number_per_day": "dials_per_day",
    "calls_per_7_days": "dials_per_7_days",
    "all_media_per_day": "all_media_per_day",
    "all_media_per_7_days": "all_media_per_7_days",
    "visits_per_day": "visits_per_day",
}
_FLAGS = {"disputed": "flags.disputed", "plan_active": "plan.active", "bankruptcy": "flags.bankruptcy"}


def ladder_faults(path: Path, root: Path, schema: Schema) -> Iterator[Fault]:
    """What a ladder leaves out of the limits of its jurisdiction's packs. Raises `LadderError` for a broken one."""
    # The ladder's own reading checks its form; it needs the calendar of zones, which linting a text does not.
    from ..generator.ladder import load_ladder, quiet

    ladder = load_ladder(path, schema)
    if ladder.jurisdiction not in PACKS:
        known = ", ".join(PACKS)
        yield (
            ("jurisdiction",),
            f"no pack for this place; known: {known}",
            f"没有该地区的规则包；可用：{known}",
        )
        return
    limits: Mapping[str, Any] = law_of(PACKS[ladder.jurisdiction], root).limits
    for window in limits["quiet"]:
        start, end = dt.time.fromisoformat(window["from"]), dt.time.fromisoformat(window["to"])
        for minute in range(0, 24 * 60, 15):
            time = dt.time(minute // 60, minute % 60)
            inside = start <= time < end if start <= end else time >= start or time < end
            if inside and not any(quiet(own, time) for own in ladder.quiet):
                yield (
                    ("quiet_hours",),
                    f"{time:%H:%M} is not an hour of rest, as {window['row']} asks",
                    f"{window['row']} 要求 {time:%H:%M} 不得联系",
                )
                break
    caps = {cap.name: cap.most for cap in ladder.caps}
    for name, own in _CAPS.items():
        limit = limits.get(name)
        if limit is not None and caps.get(own, limit["most"] + 1) > limit["most"]:
            yield (
                ("caps", own),
                f"must be {limit['most']} at most ({limit['row']})",
                f"不得超过 {limit['most']}（{limit['row']}）",
            )
    rest = limits.get("rest_days_after_conversation")
    if rest is not None and caps.get("rest_days_after_conversation", 0) < rest["most"]:
        yield (
            ("caps", "rest_days_after_conversation"),
            f"must be {rest['most']} at least ({rest['row']})",
            f"不得少于 {rest['most']}（{rest['row']}）",
        )
    stops = {stop.when for stop in ladder.stops}
    for limit in limits["stop"]:
        flag = _FLAGS.get(limit["flag"])
        if flag is not None and flag not in stops:
            yield (
                ("stops",),
                f"must stop when {flag} ({limit['row']})",
                f"应在 {flag} 时停止（{limit['row']}）",
            )
