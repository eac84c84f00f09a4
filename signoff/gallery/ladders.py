"""The ladder page: a timeline of each ladder, and what borrowers would get today."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from ...generator.ladder import Decision
from ..dry_run import Answer, Counts
from ..timeline import Timeline
from .page import page, table
from .words import say


def ladders_page(
    root: Path,
    timelines: Sequence[Timeline],
    answers: Sequence[Answer],
    samples: Counts,
    portfolio: Counts | None,
    language: str,
    live: bool = False,
) -> str:
    """The whole page; a portfolio is shown as counts only."""
    columns = [say(key, language) for key in ("action", "why", "basis")]

    def body() -> Iterator[str]:
        yield f'<p><a href="index.html">{say("back", language)}</a> · {say("made", language)}</p>'
        for one in timelines:
            yield f"<h2>{escape(one.ladder.id)}</h2>"
            yield f"<p>{say('timeline', language)} ({escape(one.borrower)})</p>"
            rows = [
                _row(
                    f"{part.first}" if part.first == part.last else f"{part.first} – {part.last}",
                    part.decision,
                    language,
                )
                for part in one.stretches
            ]
            yield table([say("day", language), *columns], rows)
        if portfolio is not None:
            yield f"<h2>{say('portfolio', language)}</h2>"
            yield from _counts(root, portfolio, language)
        yield f"<h2>{say('dry', language)}</h2>"
        yield from _counts(root, samples, language)
        yield table(
            [say("person", language), *columns],
            [_row(one.borrower, one.decision, language) for one in answers],
        )

    return page("fairnotice · " + say("ladders", language), body(), language, live=live)


def _row(first: str, decision: Decision, language: str) -> list[str]:
    what = say(decision.action, language)
    if decision.channel:
        what = f"{what}: {decision.message} ({decision.channel})"
    kind = "good" if decision.action == "send" else ""
    return [
        escape(first),
        f'<span class="{kind}">{escape(what)}</span>',
        escape(decision.reason),
        escape(decision.basis),
    ]


def _counts(root: Path, counts: Counts, language: str) -> Iterator[str]:
    """Borrowers by what happens, messages by kind, parts and cost by locale, refused records by fault."""
    rows = [
        [say("refused" if name == "refused" else name, language), f"{count:,}"]
        for name, count in sorted(counts.actions.items())
    ]
    rows += [
        [escape(f"{message} · {channel} · {locale}"), f"{count:,}"]
        for (message, channel, locale), count in sorted(counts.messages.items())
    ]
    costs = counts.costs(root)
    rows += [
        [
            escape(f"sms · {locale}"),
            f"{count:,} {say('parts', language)} {escape(costs.get(locale, ''))}".strip(),
        ]
        for locale, count in sorted(counts.parts.items())
    ]
    worst = sorted(counts.refused.items(), key=lambda one: (-one[1], one[0]))[:20]
    rows += [[f"<code>{escape(fault)}</code>", f"{count:,}"] for fault, count in worst]
    yield table([say("counts", language), say("number", language)], rows)
