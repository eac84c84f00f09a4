"""The ladder: which contact comes next, at what hour, through which channel — or why none does.

Every answer names the line of the ladder that decided, and its legal basis where it has one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..flow.analyses import condition, holds
from ..flow.catalogue import CHANNELS, read_text
from ..flow.schema import Schema
from ..flow.source import TemplateError
from ..flow.strict_yaml import Located, YamlError, load_located

CAPS = frozenset(
    ["effective_calls_per_day", "dials_per_day", "dials_per_7_days", "all_media_per_day", "all_media_per_7_days",
     "visits_per_day", "rest_days_after_conversation"]
)  # fmt: skip
OUTCOMES = frozenset({"delivered", "connected", "unanswered", "failed"})
_RUNG_KEYS = frozenset(
    [
        "id",
        "from",
        "to",
        "message",
        "channels",
        "every_days",
        "needs",
        "needs_contact",
        "working_days",
        "only_if",
    ]
)
_REACH_KEYS = frozenset({"preferred", "refused", "cease_request", "contacts"})
_KEYS = frozenset({"id", "jurisdiction", "quiet_hours", "caps", "stops", "rungs"})
# Where the borrower's zone is not known, an hour must be fit in every zone of the place.
ZONES: Mapping[str, tuple[str, ...]] = {
    "CN": ("Asia/Shanghai",),
    "HK": ("Asia/Hong_Kong",),
    "GB": ("Europe/London",),
    "US": ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu"),
}  # fmt: skip
_LOOKAHEAD = dt.timedelta(days=40)
_STEP = dt.timedelta(minutes=15)


class LadderError(YamlError):
    """A ladder that cannot be used; names the file, the line and what to do."""


@dataclass(frozen=True)
class Window:
    """Hours of rest in the borrower's own time; over midnight where `start` is later than `end`."""

    start: dt.time
    end: dt.time
    basis: str
    line: int


@dataclass(frozen=True)
class Cap:
    """At most so many contacts of a kind (or, for rests, at least so many days)."""

    name: str
    most: int
    basis: str
    line: int


@dataclass(frozen=True)
class Stop:
    """A test that ends all contact but that of the rungs named in `keeps`."""

    when: str
    basis: str
    keeps: frozenset[str]
    line: int


@dataclass(frozen=True)
class Rung:
    """One step: from which day to which, what is sent, how often, and what must have come before."""

    id: str
    first_day: int
    last_day: int
    message: str
    channels: tuple[str, ...]
    every_days: int
    needs: tuple[str, ...]
    needs_contact: tuple[str, ...]
    working_days: bool
    only_if: str | None
    line: int


@dataclass(frozen=True)
class Ladder:
    """A read ladder."""

    id: str
    jurisdiction: str
    quiet: tuple[Window, ...]
    caps: tuple[Cap, ...]
    stops: tuple[Stop, ...]
    rungs: tuple[Rung, ...]
    path: str


@dataclass(frozen=True)
class Contact:
    """One past contact."""

    at: dt.datetime
    channel: str
    rung: str
    outcome: str


@dataclass(frozen=True)
class Reach:
    """How a borrower may be reached: channels in their order of liking, refused ones, a wish to be left alone."""

    preferred: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    cease_request: bool = False
    history: tuple[Contact, ...] = ()


@dataclass(frozen=True)
class Decision:
    """`send`, `wait` (until `earliest`, where a time is known) or `stop`, with the lines that were asked."""

    action: str
    rung: str
    message: str
    channel: str
    reason: str
    basis: str
    line: int
    earliest: dt.datetime | None
    trail: tuple[str, ...]


def load_ladder(path: Path, schema: Schema) -> Ladder:
    """A ladder file, checked; raises `LadderError`."""
    try:
        located = load_located(read_text(path), str(path))
    except TemplateError as error:
        raise LadderError(error.message, str(path)) from None
    document = located.value
    if not isinstance(document, dict):
        raise LadderError("a ladder is a mapping", str(path), 1)
    _known(document, _KEYS, located, (), str(path))
    try:
        return Ladder(
            str(document["id"]),
            str(document["jurisdiction"]),
            tuple(
                Window(
                    _time(one["from"]),
                    _time(one["to"]),
                    str(one.get("basis", "")),
                    _line(located, "quiet_hours", n),
                )
                for n, one in enumerate(document.get("quiet_hours") or ())
            ),
            tuple(_cap(name, one, located, str(path)) for name, one in (document.get("caps") or {}).items()),
            tuple(
                Stop(
                    _test(one["when"], schema, str(path), _line(located, "stops", n)),
                    str(one.get("basis", "")),
                    frozenset(one.get("except") or ()),
                    _line(located, "stops", n),
                )
                for n, one in enumerate(document.get("stops") or ())
            ),
            _rungs(document.get("rungs") or (), located, schema, str(path)),
            str(path),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LadderError(f"is not complete: {error}", str(path)) from None


def _known(
    given: Mapping[str, Any], keys: frozenset[str], located: Located, at: tuple[str | int, ...], path: str
) -> None:
    for key in given:
        if key not in keys:
            raise LadderError(
                f"unknown key '{key}'; known: {', '.join(sorted(keys))}",
                path,
                located.lines.get((*at, key), 0),
            )


def _line(located: Located, *where: str | int) -> int:
    return located.lines.get(where, 0)


def _time(text: Any) -> dt.time:
    return dt.time.fromisoformat(str(text))


def _cap(name: str, given: Any, located: Located, path: str) -> Cap:
    line = _line(located, "caps", name)
    if name not in CAPS:
        raise LadderError(f"unknown cap '{name}'; known: {', '.join(sorted(CAPS))}", path, line)
    if not isinstance(given, dict) or not isinstance(given.get("most"), int) or given["most"] < 0:
        raise LadderError(f"the cap '{name}' needs 'most', a whole number", path, line)
    return Cap(name, given["most"], str(given.get("basis", "")), line)


def _test(text: Any, schema: Schema, path: str, line: int) -> str:
    try:
        condition(str(text), schema)
    except TemplateError as error:
        raise LadderError(error.message, path, line) from None
    return str(text)


def _rungs(given: Sequence[Any], located: Located, schema: Schema, path: str) -> tuple[Rung, ...]:
    rungs: list[Rung] = []
    for number, one in enumerate(given):
        line = _line(located, "rungs", number)
        _known(one, _RUNG_KEYS, located, ("rungs", number), path)
        rung = Rung(
            str(one["id"]), int(one["from"]), int(one["to"]), str(one["message"]), tuple(one["channels"]),
            int(one["every_days"]), tuple(one.get("needs") or ()), tuple(one.get("needs_contact") or ()),
            bool(one.get("working_days")), _test(one["only_if"], schema, path, line) if "only_if" in one else None, line,
        )  # fmt: skip
        for channel in (*rung.channels, *rung.needs_contact):
            if channel not in CHANNELS:
                raise LadderError(f"'{channel}' is not a channel", path, line)
        for other in rung.needs:
            if other not in {before.id for before in rungs}:
                raise LadderError(f"'{rung.id}' needs '{other}', which does not stand before it", path, line)
        if "visit" in rung.channels and not {"letter", "call", "sms"} <= set(rung.needs_contact):
            raise LadderError(
                "a visit comes last: it needs proof of letter, call and sms (needs_contact)", path, line
            )
        rungs.append(rung)
    if not rungs:
        raise LadderError("a ladder needs 'rungs'", path, 1)
    return tuple(rungs)


# -- deciding --------------------------------------------------------------------------------------------


def decide(
    ladder: Ladder, values: Mapping[str, Any], reach: Reach, at: dt.datetime, schema: Schema
) -> Decision:
    """What to do for one borrower at one moment (`at` carries its zone). Pure: the same facts, the same answer."""
    if at.tzinfo is None:
        raise ValueError("the time needs a zone")
    trail: list[str] = []

    def answer(
        action: str,
        reason: str,
        basis: str = "",
        line: int = 0,
        rung: Rung | None = None,
        channel: str = "",
        earliest: dt.datetime | None = None,
    ) -> Decision:
        trail.append(f"line {line}: {reason}" if line else reason)
        return Decision(
            action,
            rung.id if rung else "",
            rung.message if rung else "",
            channel,
            reason,
            basis,
            line,
            earliest,
            tuple(trail),
        )

    if reach.cease_request:
        return answer("stop", "the borrower asked not to be contacted", "US-15 12 CFR 1006.6(c)")
    zones = zones_of(values)
    today = at.astimezone(zones[0]).date()
    facts = {**values, "debt.days_past_due": (today - _date(values["debt.due_date"])).days}
    kept: frozenset[str] | None = None
    for stop in ladder.stops:
        if holds(condition(stop.when, schema), facts, schema):
            if not stop.keeps:
                return answer("stop", f"{stop.when}", stop.basis, stop.line)
            kept = stop.keeps if kept is None else kept & stop.keeps
            trail.append(f"line {stop.line}: {stop.when}: only {', '.join(sorted(stop.keeps))} goes on")
    days = facts["debt.days_past_due"]
    chosen = _rung(ladder, days, facts, reach, schema, kept, trail)
    if chosen is None:
        return answer("stop" if kept is not None else "wait", f"no rung for day {days}")
    channel, why = _channel(chosen, reach)
    if channel is None:
        return answer("stop", why, "US-14 12 CFR 1006.14(h)", chosen.line, chosen)
    blocked = _blocked(ladder, chosen, channel, reach, at, zones)
    if blocked is None:
        return answer("send", f"{chosen.id} by {channel}, day {days}", "", chosen.line, chosen, channel)
    reason, basis, line = blocked
    earliest = _earliest(ladder, chosen, channel, reach, at, zones)
    return answer("wait", reason, basis, line, chosen, channel, earliest)


def zones_of(values: Mapping[str, Any]) -> tuple[ZoneInfo, ...]:
    """The borrower's zone; where it is not known, every zone of their place."""
    try:
        return (ZoneInfo(str(values["borrower.timezone"])),)
    except (ZoneInfoNotFoundError, ValueError, KeyError, OSError):
        place = str(values.get("borrower.jurisdiction", ""))
        return tuple(map(ZoneInfo, ZONES.get(place[:2], ("UTC",))))


def _date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _rung(
    ladder: Ladder,
    days: int,
    facts: Mapping[str, Any],
    reach: Reach,
    schema: Schema,
    kept: frozenset[str] | None,
    trail: list[str],
) -> Rung | None:
    """The highest rung whose day has come and whose needs are met."""
    done = {one.rung for one in reach.history if one.outcome in ("delivered", "connected")}
    contacted = {one.channel for one in reach.history if one.outcome in ("delivered", "connected")}
    for rung in reversed(ladder.rungs):
        if kept is not None and rung.id not in kept:
            continue
        if days < rung.first_day:
            continue
        if rung.only_if is not None and not holds(condition(rung.only_if, schema), facts, schema):
            continue
        missing = [
            *(n for n in rung.needs if n not in done),
            *(c for c in rung.needs_contact if c not in contacted),
        ]
        if missing:
            trail.append(f"line {rung.line}: {rung.id} needs {', '.join(missing)} first")
            continue
        # A rung whose days are over still goes first where nobody has stood on it: no rung is skipped.
        if days > rung.last_day and rung.id in done:
            continue
        return rung
    return None


def _channel(rung: Rung, reach: Reach) -> tuple[str | None, str]:
    allowed = [one for one in rung.channels if one not in reach.refused]
    if not allowed:
        return None, f"every channel of {rung.id} was refused"
    liked = [one for one in reach.preferred if one in allowed]
    used = {one.channel for one in reach.history if one.rung == rung.id}
    # Proof of several kinds of contact is needed before a visit: a channel not used yet goes first.
    fresh = [one for one in (*liked, *allowed) if one not in used]
    return (fresh or liked or allowed)[0], ""


def _blocked(
    ladder: Ladder, rung: Rung, channel: str, reach: Reach, at: dt.datetime, zones: Sequence[ZoneInfo]
) -> tuple[str, str, int] | None:
    """The first line that forbids a contact now."""
    for window in ladder.quiet:
        for zone in zones:
            if quiet(window, at.astimezone(zone).time()):
                return (
                    f"hours of rest {window.start:%H:%M}-{window.end:%H:%M} in {zone.key}",
                    window.basis,
                    window.line,
                )
    local = at.astimezone(zones[0])
    last = [one.at for one in reach.history if one.rung == rung.id]
    if last and (local.date() - max(last).astimezone(zones[0]).date()).days < rung.every_days:
        return f"{rung.id} comes every {rung.every_days} days at most", "", rung.line
    if rung.working_days and not is_working_day(local.date(), ladder.jurisdiction):
        return "not a working day", "", rung.line
    for cap in ladder.caps:
        if _reached(cap, channel, reach.history, local, zones[0]):
            return f"{cap.name} is {cap.most}", cap.basis, cap.line
    return None


def quiet(window: Window, time: dt.time) -> bool:
    """Whether an hour lies in a window of rest."""
    if window.start <= window.end:
        return window.start <= time < window.end
    return time >= window.start or time < window.end


def _reached(cap: Cap, channel: str, history: Iterable[Contact], local: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether one more contact would exceed a cap; days are the borrower's own."""

    def age(one: Contact) -> int:
        return (local.date() - one.at.astimezone(zone).date()).days

    calls = [one for one in history if one.channel in ("call", "voicemail")]
    by_call = channel in ("call", "voicemail")
    if cap.name == "effective_calls_per_day":
        return by_call and sum(age(one) == 0 and one.outcome == "connected" for one in calls) >= cap.most
    if cap.name == "dials_per_day":
        return by_call and sum(age(one) == 0 for one in calls) >= cap.most
    if cap.name == "dials_per_7_days":
        return by_call and sum(age(one) < 7 for one in calls) >= cap.most
    if cap.name == "visits_per_day":
        return (
            channel == "visit"
            and sum(age(one) == 0 and one.channel == "visit" for one in history) >= cap.most
        )
    if cap.name == "rest_days_after_conversation":
        return by_call and any(age(one) < cap.most and one.outcome == "connected" for one in calls)
    span = 1 if cap.name == "all_media_per_day" else 7
    return sum(age(one) < span for one in history) >= cap.most


def _earliest(
    ladder: Ladder, rung: Rung, channel: str, reach: Reach, at: dt.datetime, zones: Sequence[ZoneInfo]
) -> dt.datetime | None:
    """The first quarter of an hour at which nothing forbids this contact any more; None past forty days."""
    moment = at.astimezone(dt.UTC).replace(second=0, microsecond=0)
    moment += _STEP - dt.timedelta(minutes=moment.minute % 15)
    end = moment + _LOOKAHEAD
    while moment < end:
        blocked = _blocked(ladder, rung, channel, reach, moment, zones)
        if blocked is None:
            return moment.astimezone(zones[0])
        moment += _STEP
    return None


def is_working_day(day: dt.date, jurisdiction: str) -> bool:
    """Working days of a place; raises `LadderError` where the calendar is not installed or does not reach so far."""
    # Calendars are only needed by rungs that ask for working days.
    try:
        if jurisdiction == "CN":
            import chinese_calendar

            try:
                return bool(chinese_calendar.is_workday(day))
            except NotImplementedError:
                # The State Council publishes one year at a time; before it does, weekends are what is known.
                return day.weekday() < 5
        import holidays

        return day.weekday() < 5 and day not in holidays.country_holidays(jurisdiction)
    except ImportError:
        raise LadderError(
            "working days need calendars: pip install 'fairnotice[calendar]'", "(ladder)"
        ) from None


def read_reach(path: Path) -> Reach:
    """Preferences and past contacts from a YAML file; raises `LadderError`."""
    try:
        located = load_located(read_text(path), str(path))
    except TemplateError as error:
        raise LadderError(error.message, str(path)) from None
    document = located.value or {}
    _known(document, _REACH_KEYS, located, (), str(path))
    return reach_of(document, str(path), lambda number: _line(located, "contacts", number))


def reach_of(document: Mapping[str, Any], path: str, line: int | Callable[[int], int]) -> Reach:
    """How a borrower may be reached, from a mapping; `line` is its line, or tells that of a contact. Raises `LadderError`."""
    surplus = sorted(set(document) - _REACH_KEYS)
    if surplus:
        raise LadderError(f"unknown key '{surplus[0]}'", path, line if isinstance(line, int) else line(0))
    contacts = []
    for number, one in enumerate(document.get("contacts") or ()):
        where = line if isinstance(line, int) else line(number)
        try:
            at = dt.datetime.fromisoformat(str(one["at"]))
            contact = Contact(at, str(one["channel"]), str(one["rung"]), str(one["outcome"]))
        except (KeyError, ValueError, TypeError):
            raise LadderError("a contact needs at (with zone), channel, rung, outcome", path, where) from None
        if at.tzinfo is None or contact.channel not in CHANNELS or contact.outcome not in OUTCOMES:
            raise LadderError(
                "a contact needs a time with its zone, a known channel and outcome", path, where
            )
        contacts.append(contact)
    return Reach(
        tuple(document.get("preferred") or ()),
        frozenset(document.get("refused") or ()),
        bool(document.get("cease_request")),
        tuple(contacts),
    )
