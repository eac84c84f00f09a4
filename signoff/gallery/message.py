"""The page of one message: all that an officer needs to decide on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from ...flow.catalogue import description
from ...generator.ladder import Ladder
from ..changes import Changes
from ..needs import Clause
from ..records import Entry
from ..samples import Preview
from ..standing import Standing, commands
from .index import badge
from .page import bullets, page, table
from .sample import template
from .words import say

_ORIGINS = ("borrower", "brand", "notice")


def message_page(
    previews: Sequence[Preview],
    stands: Standing,
    ladders: Sequence[Ladder],
    root: Path,
    language: str,
    live: bool = False,
) -> str:
    """The whole page."""
    name = previews[0].message

    def body() -> Iterator[str]:
        yield f'<p><a href="index.html">{say("back", language)}</a> · {say("made", language)}</p>'
        yield from _what(previews[0].path, ladders, language)
        yield from _signoff(stands, root, language)
        yield from _since(stands, language)
        yield from _history(stands.entries, language)
        marks = " ".join(f'<mark class="{one}">{say(one, language)}</mark>' for one in _ORIGINS)
        yield f"<p>{say('origins', language)}: {marks}</p>"
        for channel in dict.fromkeys(one.channel for one in previews):
            yield f'<h2>{escape(channel)}</h2><div class="locales">'
            for one in previews:
                if one.channel == channel:
                    yield from template(one, root, language)
            yield "</div>"
        yield from _clauses(previews, language)

    return page(name, body(), language, live=live)


def _what(path: Path, ladders: Sequence[Ladder], language: str) -> Iterator[str]:
    """What it is for, when it is sent, to whom, and who answers for it."""
    told: Mapping[str, Any] = description(path)
    rows = [
        [say(key, language), escape(_listed(told[field]))]
        for key, field in (
            ("purpose", "purpose"), ("stage", "stage"), ("jurisdiction", "jurisdictions"), ("owner", "owner"),
            ("meant", "applies_when"),
        )
        if told.get(field)
    ]  # fmt: skip
    rungs = []
    for ladder in ladders:
        for rung in ladder.rungs:
            if rung.message == path.parent.name:
                days = say("days", language).format(first=rung.first_day, last=rung.last_day)
                limit = f"; {say('only_if', language)} {rung.only_if}" if rung.only_if else ""
                rungs.append(escape(f"{ladder.id} · {rung.id}: {days}, {', '.join(rung.channels)}{limit}"))
    if rungs:
        rows.append([f'<a href="ladders.html">{say("rungs", language)}</a>', "<br>".join(rungs)])
    if rows:
        yield f"<h2>{say('what', language)}</h2>{table((), rows)}"


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _signoff(stands: Standing, root: Path, language: str) -> Iterator[str]:
    yield f"<h2>{say('signoff', language)}</h2>"
    if stands.fault:
        yield f'<p class="bad">{escape(stands.fault)}</p>'
    yield f"<p>{say('status', language)}: {badge(stands.state, language)}</p>"
    yield f"<p>{say('digest', language)}: <code>{stands.bound.digest}</code></p>"
    if stands.status is None:
        return
    if stands.status.reasons:
        yield bullets(map(escape, stands.status.reasons))
    if stands.status.lacking:
        yield f"<p>{say('commands', language)}:</p>{bullets(f'<code>{escape(one)}</code>' for one in commands(root, stands.status))}"
    if (
        stands.status.lacking
        and stands.changed is not None
        and stands.changed.record.digest != stands.bound.digest
    ):
        shorter = commands(root, stands.status, delta=True)
        yield f"<p>{say('commands_delta', language)}:</p>{bullets(f'<code>{escape(one)}</code>' for one in shorter)}"


def _since(stands: Standing, language: str) -> Iterator[str]:
    """Every sample that reads otherwise than what was last approved, with the words that went and came; then the files."""
    if stands.status is None:
        return
    yield f"<h2>{say('since', language)}</h2>"
    found: Changes | None = stands.changed
    if found is None:
        yield f"<p>{say('never', language)}</p>"
        return
    yield f"<p>{escape(f'{found.record.at} · {found.record.by} · {found.approval}')}</p>"
    if not found.changed:
        yield f'<p class="good">{say("unchanged", language)}</p>'
    else:
        told = say("of_samples", language).format(changed=len(found.changed), samples=found.samples)
        yield f"<p>{told}</p>"
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    for one in found.changed:
        words = "".join(tags[kind].format(escape(text)) for kind, text in one.stretches)
        yield f'<section class="sample"><p class="facts">{escape(one.file)}</p><div class="words">{words}</div></section>'
    if found.sources:
        yield f"<p>{say('sources', language)}:</p>{bullets(map(escape, found.sources))}"


def _history(entries: Sequence[Entry], language: str) -> Iterator[str]:
    if not entries:
        return
    yield f"<h2>{say('history', language)}</h2>"
    names = [say(key, language) for key in ("when", "who", "role", "decision", "comment")]
    rows = []
    for one in entries:
        if one.record is None:
            rows.append(
                [
                    escape(one.name),
                    "",
                    "",
                    f'<span class="bad">{say("void", language)}</span>',
                    escape(one.fault),
                ]
            )
        else:
            cells = (one.record.at, one.record.by, one.record.role, one.record.decision, one.record.comment)
            rows.append([escape(cell) for cell in cells])
    yield table(names, rows)


def _clauses(previews: Sequence[Preview], language: str) -> Iterator[str]:
    """Each clause that a checklist names, once."""
    clauses: dict[str, Clause] = {
        clause.id: clause for one in previews for need in one.needs for clause in need.clauses
    }
    if not clauses:
        return
    yield f"<h2>{say('clauses', language)}</h2><dl>"
    for name in sorted(clauses):
        one = clauses[name]
        source = f"{one.instrument} {one.clause}".strip()
        limit = "" if one.verified else f" ({say('practice', language)})"
        text = one.text.get("zh" if language == "zh" else "en", "")
        yield f'<dt id="{escape(name)}"><strong>{escape(name)}</strong> {escape(source)}{limit}</dt><dd>{escape(text)}</dd>'
    yield "</dl>"
