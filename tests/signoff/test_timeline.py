"""The ladder page shows every day once, and nothing that the ladder itself would not do."""

from __future__ import annotations

import datetime as dt

from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.dry_run import counted, sample_answers, sample_borrowers
from fairnotice.signoff.timeline import FIRST, LAST, timelines


def test_every_ladder_is_shown_day_by_day() -> None:
    shown = list(timelines(shipped(), sample_borrowers(shipped())))
    assert {one.ladder.id for one in shown} == {"cn", "hk", "uk", "us"}
    for one in shown:
        days = [day for stretch in one.stretches for day in range(stretch.first, stretch.last + 1)]
        assert days == list(range(FIRST, LAST + 1))
        sends = [stretch for stretch in one.stretches if stretch.decision.action == "send"]
        assert len(sends) > 5 and all(stretch.first == stretch.last for stretch in sends)
        channels = [stretch.decision.channel for stretch in sends]
        if "visit" in channels:
            assert {"letter", "call", "sms"} <= set(channels[: channels.index("visit")])


def test_the_dry_run_answers_for_every_sample_of_a_place() -> None:
    answers = sample_answers(
        shipped(), sample_borrowers(shipped()), dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
    )
    assert len({one.borrower for one in answers}) > 60
    assert {one.decision.action for one in answers} >= {"wait", "stop"}
    # Five in the afternoon in Shanghai is night in all of the United States.
    assert not any(one.decision.action == "send" for one in answers if one.ladder == "us")


def test_the_samples_are_counted_as_they_are_answered() -> None:
    at = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
    people = sample_borrowers(shipped())
    answers, counts = sample_answers(shipped(), people, at), counted(shipped(), people.values(), at)
    assert sum(counts.actions.values()) == len(answers)
    sent = [one for one in answers if one.decision.action == "send"]
    assert sent and sum(counts.messages.values()) == len(sent) == counts.actions["send"]
    assert not counts.refused
