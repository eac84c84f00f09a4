"""The ladder over simulated years: no contact in an hour of rest, no cap exceeded, no rung before its needs."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.instalments import month_later, propose
from fairnotice.generator.ladder import Contact, LadderError, Reach, decide, is_working_day, load_ladder
from fairnotice.generator.profile import load_profile
from fairnotice.generator.render import prepare, schema_of
from fairnotice.lint.engine import Options, lint
from hypothesis import given
from hypothesis import strategies as st

ROOT = shipped()
SCHEMA = schema_of(ROOT)
LADDERS = {path.stem: load_ladder(path, SCHEMA) for path in sorted((ROOT / "ladders").glob("*.yaml"))}
ZONES = {
    "cn": ["Asia/Shanghai", "Asia/Urumqi"],
    "hk": ["Asia/Hong_Kong"],
    "uk": ["Europe/London"],
    "us": ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/Phoenix", "not/a-zone"],
}
SAMPLES = {"cn": "zh-visit", "hk": "hk-visit", "uk": "gb-visit", "us": "en-firm-large-sum"}


def facts(name: str, **changed: Any) -> dict[str, Any]:
    path = ROOT / f"profiles/{name}.yaml"
    values = dict(prepare(ROOT, load_profile(path), SCHEMA, str(path)).values)
    return {**values, **{key.replace("__", "."): value for key, value in changed.items()}}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("name", "zone"), [(name, zone) for name, zones in ZONES.items() for zone in zones])
def test_a_simulated_year_keeps_every_limit(name: str, zone: str, seed: int) -> None:
    r = random.Random(f"{name}{zone}{seed}")
    ladder = LADDERS[name]
    # Years that hold both changes of clocks.
    due = dt.date(2025, 1, 1) + dt.timedelta(days=r.randrange(360))
    values = facts(SAMPLES[name], borrower__timezone=zone, debt__due_date=due)
    local = ZoneInfo("UTC" if zone == "not/a-zone" else zone)
    moment = dt.datetime.combine(due - dt.timedelta(days=8), dt.time(), dt.UTC)
    history: list[Contact] = []
    sent = 0
    for _ in range(900):
        moment += dt.timedelta(minutes=r.choice([17, 53, 240, 410]))
        made = decide(ladder, values, Reach(history=tuple(history)), moment, SCHEMA)
        if made.action != "send":
            if made.earliest is not None and r.random() < 0.3:
                moment = made.earliest.astimezone(dt.UTC)
            continue
        sent += 1
        zones = (
            [local]
            if zone != "not/a-zone"
            else [ZoneInfo(one) for one in ("America/New_York", "Pacific/Honolulu")]
        )
        for one in zones:
            here = moment.astimezone(one).time()
            assert not any(
                (w.start <= here < w.end) if w.start <= w.end else (here >= w.start or here < w.end)
                for w in ladder.quiet
            )
        rung = next(one for one in ladder.rungs if one.id == made.rung)
        done = {one.rung for one in history if one.outcome in ("delivered", "connected")}
        reached = {one.channel for one in history if one.outcome in ("delivered", "connected")}
        assert set(rung.needs) <= done and set(rung.needs_contact) <= reached
        if made.channel == "visit":
            assert {"letter", "call", "sms"} <= reached
            assert is_working_day(moment.astimezone(local).date(), ladder.jurisdiction)
        outcome = r.choice(["connected", "unanswered"]) if made.channel == "call" else "delivered"
        history.append(Contact(moment, made.channel, made.rung, outcome))
        caps = {cap.name: cap.most for cap in ladder.caps}
        home = ZoneInfo("America/New_York") if zone == "not/a-zone" else local
        days = Counter(one.at.astimezone(home).date() for one in history)
        assert max(days.values()) <= caps["all_media_per_day"]
        today = moment.astimezone(home).date()
        week = sum((today - one.at.astimezone(home).date()).days < 7 for one in history)
        assert week <= caps["all_media_per_7_days"]
    assert sent > 3


def test_every_answer_is_one_of_three_and_names_its_line() -> None:
    at = dt.datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    soft = facts("zh-soft-5-days")
    made = decide(LADDERS["cn"], soft, Reach(), at, SCHEMA)
    assert (made.action, made.message, made.channel) == ("send", "soft-reminder", "sms")
    night = decide(LADDERS["cn"], soft, Reach(), at.replace(hour=23), SCHEMA)
    assert night.action == "wait" and "CN-13" in night.basis and night.line > 0
    assert night.earliest == dt.datetime(2026, 11, 24, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    liked = decide(LADDERS["cn"], soft, Reach(preferred=("email",)), at, SCHEMA)
    assert liked.channel == "email"
    refused = decide(LADDERS["cn"], soft, Reach(refused=frozenset({"sms", "email", "call"})), at, SCHEMA)
    assert refused.action == "stop"
    assert decide(LADDERS["cn"], soft, Reach(cease_request=True), at, SCHEMA).action == "stop"


@pytest.mark.parametrize(
    "flag", ["flags__disputed", "flags__bankruptcy", "flags__deceased", "flags__third_party"]
)
def test_what_stops_stops_everything(flag: str) -> None:
    at = dt.datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    made = decide(LADDERS["cn"], facts("zh-soft-5-days", **{flag: True}), Reach(), at, SCHEMA)
    assert made.action == "stop" and made.line > 0


def test_a_plan_leaves_only_its_own_reminders() -> None:
    at = dt.datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    made = decide(LADDERS["cn"], facts("zh-hardship-plan"), Reach(), at, SCHEMA)
    assert (made.action, made.rung) == ("send", "plan")


def test_the_shipped_ladders_keep_within_their_packs() -> None:
    report = lint(sorted((ROOT / "ladders").glob("*.yaml")), Options())
    assert not report.findings and not report.problems


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"22:00", to: "08:00"', '"23:00", to: "08:00"', "22:00 is not an hour of rest"),
        ('{most: 3, basis: "CN-14', '{most: 4, basis: "CN-14', "3 at most"),
        (
            '  - {when: flags.disputed, basis: "CN-06 Card Measures art 69"}\n',
            "",
            "must stop when flags.disputed",
        ),
    ],
)
def test_a_looser_ladder_is_a_finding(old: str, new: str, words: str, tmp_path: Any) -> None:
    text = (ROOT / "ladders/cn.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "ladders").mkdir()
    path = tmp_path / "ladders/cn.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    findings = lint([path], Options()).findings
    assert findings and {one.code for one in findings} == {"D104"}
    assert any(words in one.message for one in findings)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("needs_contact: [letter, call, sms], ", "", "a visit comes last"),
        ("needs: [soft]", "needs: [later]", "does not stand before it"),
        ("channels: [sms, email], every_days: 4", "channels: [pigeon], every_days: 4", "not a channel"),
        ("quiet_hours:", "silent_hours:", "unknown key 'silent_hours'"),
        ("when: flags.disputed", "when: flags.dispute", "flags.dispute"),
    ],
)
def test_a_broken_ladder_says_what_to_mend(old: str, new: str, words: str, tmp_path: Any) -> None:
    path = tmp_path / "cn.yaml"
    path.write_text(
        (ROOT / "ladders/cn.yaml").read_text(encoding="utf-8").replace(old, new), encoding="utf-8"
    )
    with pytest.raises(LadderError, match=words):
        load_ladder(path, SCHEMA)


@given(st.integers(1, 10**13), st.integers(1, 10**12))
def test_instalments_add_up_to_the_debt(amount: int, per_month: int) -> None:
    made = propose(amount, per_month, dt.date(2026, 1, 31))
    if amount > per_month * 60:
        assert made == ()
        return
    assert sum(one.amount for one in made) == amount
    assert all(0 < one.amount <= per_month for one in made)
    assert len(made) == -(-amount // per_month)
    assert max(one.amount for one in made) - min(one.amount for one in made[:-1] or made) <= 1


def test_months_end_where_they_end() -> None:
    assert month_later(dt.date(2024, 1, 31), 1) == dt.date(2024, 2, 29)
    assert month_later(dt.date(2026, 11, 30), 3) == dt.date(2027, 2, 28)
