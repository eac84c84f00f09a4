"""One template of a message page: its samples, and what it must say, linked to the words that say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path

from ...generator.provider import price
from ..needs import Need
from ..pieces import Piece, split_at
from ..samples import Preview, Shown, StepShown
from .delivered import delivers, file_name
from .page import bullets
from .words import role_name, say


def template(one: Preview, root: Path, language: str) -> Iterator[str]:
    """One locale of one channel: coverage, findings, checklist, samples."""
    name = f"{one.channel}-{one.locale}"
    yield f'<article id="{escape(name)}"><h3>{escape(one.locale)}</h3>'
    kind = "good" if not one.missing and one.samples else "bad"
    yield f'<p><span class="{kind}">{one.covered}/{one.sentences} {say("coverage", language)}</span>'
    yield (
        f' · <a href="{escape(file_name(one))}">{say("arrives", language)}</a>' if delivers(one) else ""
    ) + "</p>"
    if one.missing:
        yield f'<p class="bad">{say("missing", language)}:</p>{bullets(map(escape, one.missing))}'
    found = [
        escape(f"{finding.code} {finding.place.line}:{finding.place.column} {finding.message}")
        for finding in one.findings
    ]
    found += map(escape, one.problems)
    yield f"<p>{say('findings', language)}: {'' if found else say('none', language)}</p>{bullets(found) if found else ''}"
    if one.lifted:
        lifted = [escape(f"{lift.finding.code} {lift.finding.message}: {lift.reason}") for lift in one.lifted]
        yield f"<p>{say('lifted', language)}:</p>{bullets(lifted)}"
    if one.needs:
        yield f"<details open><summary>{say('needs', language)}</summary>"
        yield bullets(_checked(need, one, name, language) for need in one.needs) + "</details>"
    for number, shown in enumerate(one.samples, 1):
        yield from _sample(shown, one, root, f"{name}-{number}", language)
    yield "</article>"


def _checked(need: Need, one: Preview, name: str, language: str) -> str:
    """One need: where each sample says it, for whom it is, and the clauses it serves."""
    called = role_name(need.role, language) if need.role else " / ".join(need.words)
    places = []
    for number, shown in enumerate(one.samples, 1):
        label = f"{say('sample', language)} {number}"
        if _holds(shown, need):
            places.append(f'<a href="#{escape(f"{name}-{number}-{need.key}")}">{label}</a>')
        else:
            places.append(f"{label}: {say('absent', language)}")
    limit = f" ({say('only_if', language)} <code>{escape(need.only_if)}</code>)" if need.only_if else ""
    clauses = ", ".join(f'<a href="#{escape(clause.id)}">{escape(clause.id)}</a>' for clause in need.clauses)
    return f"<strong>{escape(called)}</strong>{limit}: {', '.join(places)}" + (
        f" · {clauses}" if clauses else ""
    )


def _holds(shown: Shown, need: Need) -> bool:
    if need.role:
        return any(piece.role == need.role for piece in shown.pieces)
    return any(_place(piece, need.words) for piece in shown.pieces)


def _place(piece: Piece, words: Sequence[str]) -> re.Match[str] | None:
    """Where a literal piece says one of some words."""
    return None if piece.field else re.search("|".join(map(re.escape, words)), piece.words, re.I)


def _sample(shown: Shown, one: Preview, root: Path, name: str, language: str) -> Iterator[str]:
    facts = ", ".join(shown.facts) or say("everyone", language)
    number = name.rpartition("-")[2]
    yield f'<section class="sample"><p class="facts"><strong>{number}. {escape(facts)}</strong></p>'
    lang = f'lang="{escape(one.locale)}"'
    for header, pieces in shown.headers:
        words = "".join(_mark(piece, one.needs, name, set()) for piece in pieces)
        yield f'<p class="facts">{escape(header)}: <span {lang}>{words}</span></p>'
    marked: set[str] = set()
    if shown.steps:
        yield from _call(shown.steps, one, name, lang, language, marked)
    elif shown.sms is not None:
        lengths = [len(part) for part in shown.sms.parts]
        parts = [
            "".join(_mark(piece, one.needs, name, marked) for piece in part)
            for part in split_at(shown.pieces, lengths)
        ]
        own = "zh-CN" if language == "zh" else "en"
        cuts = [
            f'<span class="cut" lang="{own}">{part_name(place, language)}</span>{part}' if place > 1 else part
            for place, part in enumerate(parts, 1)
        ]
        yield f'<div class="words sms" {lang}>{"".join(cuts)}</div>'
        yield f'<p class="facts">{escape(size(shown, one, root, language))}</p>'
    else:
        words = "".join(_mark(piece, one.needs, name, marked) for piece in shown.pieces)
        yield f'<div class="words" {lang}>{words}</div>'
    yield "</section>"


def part_name(number: int, language: str) -> str:
    """What stands above the second part of a text message and those after it."""
    return f"第{number}条" if language == "zh" else f"part {number}"


def size(shown: Shown, one: Preview, root: Path, language: str) -> str:
    """Encoding, length, parts and price of a text message, and the worst case of its template."""
    if shown.sms is None:
        return ""
    count = len(shown.sms.parts)
    asked, most = price(root, one.locale, count), price(root, one.locale, one.most_parts)
    told = [
        shown.sms.encoding,
        str(shown.sms.units),
        f"{count} {say('parts', language)}",
        *([asked] if asked else []),
    ]
    worst = [f"{say('most', language)} {one.most_parts} {say('parts', language)}", *([most] if most else [])]
    return ", ".join(told) + "; " + ", ".join(worst)


def _call(
    steps: Sequence[StepShown], one: Preview, name: str, lang: str, language: str, marked: set[str]
) -> Iterator[str]:
    """The steps of a call; every answer leads by a link to its step."""
    for step in steps:
        where = escape(f"{name}-step-{step.name}")
        must = f" · {say('must_read', language)}" if step.must_read else ""
        yield f'<details open id="{where}"><summary>{escape(step.name)}{must}</summary>'
        words = "".join(_mark(piece, one.needs, name, marked) for piece in step.pieces)
        yield f'<div class="words{" must" if step.must_read else ""}" {lang}>{words}</div>'
        if step.note:
            yield f"<p><em {lang}>{escape(step.note)}</em></p>"
        links = [
            f'{escape(answer or "→")} <a href="#{escape(f"{name}-step-{target}")}">{escape(target)}</a>'
            for answer, target in step.answers
        ]
        yield bullets(links) if links else f"<p>■ {escape(step.end or '')}</p>"
        yield "</details>"


def _mark(piece: Piece, needs: Sequence[Need], name: str, marked: set[str]) -> str:
    """A piece in the colour of its origin; the first that meets a need can be linked to."""
    if piece.field:
        mine = [need for need in needs if need.role and need.role == piece.role]
        identity = "".join(_anchor(need, name, marked) for need in mine[:1])
        kind = f"{piece.origin} need" if mine else piece.origin
        return f'<mark{identity} class="{kind}" title="{escape(piece.field)}">{escape(piece.words)}</mark>'
    wanted = [need for need in needs if need.words and need.key not in marked]
    return _literal(piece, wanted, name, marked)


def _literal(piece: Piece, needs: Sequence[Need], name: str, marked: set[str]) -> str:
    """Literal words; the first words of each need can be linked to."""
    for place, need in enumerate(needs):
        found = _place(piece, need.words)
        if found:
            before = replace(piece, words=piece.words[: found.start()])
            after = replace(piece, words=piece.words[found.end() :])
            said = f'<mark{_anchor(need, name, marked)} class="need">{escape(found.group())}</mark>'
            left = needs[place + 1 :]
            return _literal(before, left, name, marked) + said + _literal(after, left, name, marked)
    words = escape(piece.words)
    return f'<mark class="{piece.origin}">{words}</mark>' if piece.origin and words else words


def _anchor(need: Need, name: str, marked: set[str]) -> str:
    if need.key in marked:
        return ""
    marked.add(need.key)
    return f' id="{escape(f"{name}-{need.key}")}"'
