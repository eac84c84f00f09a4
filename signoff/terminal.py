"""A preview as text for a terminal: bubbles, call trees, letters; locales side by side where there is room."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..flow.catalogue import description
from ..generator.email import to_html, to_mime, to_text
from ..generator.render import OFFERS, mail_page, schema_of
from ..generator.scope import build_scope
from .gallery.sample import part_name, size
from .gallery.words import say
from .pieces import Piece, split_at, words_of
from .samples import Preview, Shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Line = tuple[tuple[str, str], ...]
"""Stretches of a line, each with its style (empty: none)."""
_COLOURS = {"borrower": "cyan", "brand": "green", "notice": "magenta"}
_COLUMN = 48
"""Cells that a locale needs beside others."""


def show(
    previews: Sequence[Preview], root: Path, console: Console, plain: bool, language: str = "en"
) -> None:
    """Print previews; `plain` is one after the other without signs or colours, for screen readers and logs."""
    from rich.table import Table

    groups: dict[tuple[str, str], list[Preview]] = defaultdict(list)
    for one in previews:
        groups[one.message, one.channel].append(one)
    for group in groups.values():
        room = max(1, console.width // _COLUMN)
        if plain or room == 1 or len(group) == 1:
            for one in group:
                console.print(_text(_block(one, root, plain, language)), soft_wrap=plain)
            continue
        for start in range(0, len(group), room):
            table = Table.grid(padding=(0, 2), expand=True)
            row = group[start : start + room]
            for _ in row:
                table.add_column(ratio=1)
            table.add_row(*(_text(_block(one, root, plain, language)) for one in row))
            console.print(table)


def show_one(
    one: Preview, shown: Shown, root: Path, console: Console, plain: bool, language: str = "en"
) -> None:
    """Print one template for one borrower."""
    lines = [_title(one), *_sample(shown, one, root, plain, language)]
    console.print(_text(lines), soft_wrap=plain)


def _text(lines: Iterable[Line]) -> Text:
    from rich.text import Text

    return Text("\n").join(Text.assemble(*line) for line in lines)


def _title(one: Preview) -> Line:
    return ((f"{one.message} · {one.channel} · {one.locale}", "bold"),)


def _block(one: Preview, root: Path, plain: bool, language: str) -> Iterator[Line]:
    yield _title(one)
    for number, shown in enumerate(one.samples, 1):
        yield ()
        yield ((f"{number}. {', '.join(shown.facts) or say('everyone', language)}", "italic"),)
        yield from _sample(shown, one, root, plain, language)
    yield ()
    yield ((f"{one.covered}/{one.sentences} {say('coverage', language)}", ""),)
    faults = [f"{say('missing', language)}: {text}" for text in one.missing]
    faults += one.problems
    faults += [
        f"{finding.code} {finding.place.line}:{finding.place.column} {finding.message}"
        for finding in one.findings
    ]
    yield from (((fault, "red"),) for fault in faults)
    for lift in one.lifted:
        yield ((f"{say('lifted', language)}: {lift.finding.code} {lift.reason}", ""),)
    yield ()


def _sample(shown: Shown, one: Preview, root: Path, plain: bool, language: str) -> Iterator[Line]:
    for name, pieces in shown.headers:
        yield ((f"{name}: ", ""), *_coloured(pieces))
    edge = "  " if plain else "│ "
    if shown.sms is None:
        yield from _edged(shown.pieces, edge)
        if one.channel == "email":
            yield from _mail(shown, one, root)
        return
    lengths = [len(part) for part in shown.sms.parts]
    for number, part in enumerate(split_at(shown.pieces, lengths), 1):
        if len(lengths) > 1:
            called = part_name(number, language)
            yield ((f"{called}:" if plain else f"├─ {called} ", "dim"),)
        yield from _edged(part, edge)
    yield ((f"[{size(shown, one, root, language)}]", "dim"),)


def _mail(shown: Shown, one: Preview, root: Path) -> Iterator[Line]:
    """What an e-mail is sent with, and whether both of its parts say the same."""
    subject = next((words_of(pieces) for name, pieces in shown.headers if name == "subject"), "")
    scope = build_scope(schema_of(root), shown.record)
    page = mail_page(root, one.locale, scope, shown.text, subject)
    plain = to_text(shown.text)
    offered = str(shown.record["complaint.email"]) if description(one.path).get("purpose") in OFFERS else ""
    mime = to_mime(subject, plain, page, offered).decode()
    yield from (((line, "dim"),) for line in mime.split("\r\n\r\n")[0].split("\r\n"))
    same = _bare(to_html(shown.text)) == _bare(plain)
    told = "the same words" if same else "OTHER WORDS"
    sizes = f"text part {len(plain.encode()):,} bytes, HTML part {len(page.encode()):,} bytes"
    yield ((f"[{sizes}: {told}]", "dim"),)


def _bare(text: str) -> str:
    """Letters and digits alone, without tags and entities."""
    return re.sub(r"[\W_]+", "", re.sub(r"<[^>]*>|&\w+;", "", text))


def _edged(pieces: Sequence[Piece], edge: str) -> Iterator[Line]:
    """The lines of a text, each behind an edge."""
    line: list[tuple[str, str]] = []
    for words, style in _coloured(pieces):
        first, *others = words.split("\n")
        line.append((first, style))
        for other in others:
            yield ((edge, ""), *line)
            line = [(other, style)]
    yield ((edge, ""), *line)


def _coloured(pieces: Sequence[Piece]) -> Line:
    return tuple((piece.words, _COLOURS.get(piece.origin, "")) for piece in pieces)
