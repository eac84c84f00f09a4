"""What borrowers would get at one moment: each sample borrower by name, a portfolio as counts only."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from ..generator.ladder import Decision, Ladder, Reach, decide, load_ladder
from ..generator.profile import Profile, ProfileError, load_profile
from ..generator.provider import price
from ..generator.render import RenderError, prepare, render_message, schema_of, template_path


@dataclass(frozen=True)
class Answer:
    """What one sample borrower would get at one moment."""

    borrower: str
    ladder: str
    decision: Decision


@dataclass(frozen=True)
class Counts:
    """How many borrowers are sent to, wait or stop; messages by (message, channel, locale); parts by locale; what was refused, by reason."""

    actions: Mapping[str, int]
    messages: Mapping[tuple[str, str, str], int]
    parts: Mapping[str, int]
    refused: Mapping[str, int]

    def costs(self, root: Path) -> dict[str, str]:
        """What the text messages cost, by locale, where the gateway's file names a price."""
        found = {locale: price(root, locale, parts) for locale, parts in self.parts.items()}
        return {locale: cost for locale, cost in found.items() if cost}


def sample_borrowers(root: Path) -> dict[str, Profile]:
    """The repository's made-up borrowers by name; raises `ProfileError` or `RenderError`."""
    schema = schema_of(root)
    return {
        path.stem: prepare(root, load_profile(path), schema, str(path))
        for path in sorted((root / "profiles").glob("*.yaml"))
    }


def sample_answers(root: Path, borrowers: Mapping[str, Profile], at: dt.datetime) -> list[Answer]:
    """Every sample borrower under the ladder of their place; raises `LadderError`."""
    schema = schema_of(root)
    ladders = _ladders(root, schema)
    return [
        Answer(name, ladder.id, decide(ladder, profile.values, Reach(), at, schema))
        for name, profile in borrowers.items()
        for ladder in ladders
        if lives_in(ladder, profile.values)
    ]


def portfolio_counts(root: Path, portfolio: Path, at: dt.datetime) -> Counts:
    """A portfolio (Parquet, CSV, JSONL), counted; needs `fairnotice[batch]`, raises `PortfolioError`."""
    from ..generator.portfolio import batches, inputs_of
    from ..generator.render_batch import record_of

    schema = schema_of(root)

    def borrowers() -> Iterator[Profile | tuple[str, ...]]:
        for batch in batches(inputs_of(portfolio), schema, 4096):
            for place in range(batch.num_rows):
                try:
                    yield prepare(root, record_of(batch, place), schema, "(record)")
                except ProfileError as error:
                    yield tuple(sorted({f"{fault.field}: {fault.code}" for fault in error.faults}))
                except RenderError:
                    yield ("brand: missing",)

    return counted(root, borrowers(), at)


def counted(root: Path, borrowers: Iterable[Profile | tuple[str, ...]], at: dt.datetime) -> Counts:
    """Borrowers under the ladder of their place, counted, and the faults of records that are none. No value is kept."""
    schema = schema_of(root)
    ladders = _ladders(root, schema)
    actions: Counter[str] = Counter()
    messages: Counter[tuple[str, str, str]] = Counter()
    parts: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    for profile in borrowers:
        if isinstance(profile, tuple):
            refused.update(profile)
            actions["refused"] += 1
            continue
        for ladder in ladders:
            if not lives_in(ladder, profile.values):
                continue
            decision = decide(ladder, profile.values, Reach(), at, schema)
            if decision.action == "send":
                try:
                    locale, count = _sent(root, decision, profile, schema)
                except RenderError:
                    # The error may name a borrower's facts; which text is missing is enough.
                    refused[f"{decision.message} {decision.channel}: cannot be written"] += 1
                    actions["refused"] += 1
                    continue
                messages[decision.message, decision.channel, locale] += 1
                parts[locale] += count
            actions[decision.action] += 1
    return Counts(
        dict(actions), dict(messages), {name: count for name, count in parts.items() if count}, dict(refused)
    )


def _sent(root: Path, decision: Decision, profile: Profile, schema: Schema) -> tuple[str, int]:
    """The locale of the message that would be sent, and its parts (text messages only)."""
    if decision.channel != "sms":
        path = template_path(root, decision.message, decision.channel, str(profile.values["borrower.locale"]))
        return path.name.split(".")[1], 0
    made = render_message(root, decision.message, decision.channel, profile, schema)
    return made.locale, len(made.sms.parts) if made.sms else 0


def _ladders(root: Path, schema: Schema) -> list[Ladder]:
    return [load_ladder(path, schema) for path in sorted((root / "ladders").glob("*.yaml"))]


def lives_in(ladder: Ladder, values: Mapping[str, Any]) -> bool:
    """Whether a ladder is for a borrower's place."""
    return str(values["borrower.jurisdiction"]).startswith(ladder.jurisdiction)
