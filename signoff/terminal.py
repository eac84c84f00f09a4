"""A preview as text for a terminal: bubbles, call trees, letters; locales side by side where there is room."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..flow.catalogue import description
from ..generator.email import to_html, to_mime, to_text
from ..generator.render import OFFERS, mail_page, schema_of
from ..generator.scope import build_scope
from .gallery.sample import part_name, size
from .gallery.words import say
from .pieces import Piece, split_at, words_of
from .samples import Preview, Shown

_COLOURS = {"borrower": "cyan", "brand": "green", "notice": "magenta"}
_COLUMN = 48
"""Cells that a locale needs beside others."""


def show(
    previews: Sequence[Preview], root: Path, console: Console, plain: bool, language: str = "en"
) -> None:
    """Print previews; `plain` is one after the other without signs or colours, for screen readers and logs."""
    groups: dict[tuple[str, str], list[Preview]] = defaultdict(list)
    for one in previews:
        groups[one.message, one.channel].append(one)
    for group in groups.values():
        room = max(1, console.width // _COLUMN)
        if plain or room == 1 or len(group) == 1:
            for one in group:
                console.print(_block(one, root, plain, language), soft_wrap=plain)
            continue
        for start in range(0, len(group), room):
            table = Table.grid(padding=(0, 2), expand=True)
            row = group[start : start + room]
            for _ in row:
                table.add_column(ratio=1)
            table.add_row(*(_block(one, root, plain, language) for one in row))
            console.print(table)


def show_one(
    one: Preview, shown: Shown, root: Path, console: Console, plain: bool, language: str = "en"
) -> None:
    """Print one template for one borrower."""
    console.print(Text(f"{one.message} · {one.channel} · {one.locale}", style="bold"))
    for line in _sample(shown, one, root, plain, language):
        console.print(line, soft_wrap=plain)


def _block(one: Preview, root: Path, plain: bool, language: str) -> Text:
    lines = [Text(f"{one.message} · {one.channel} · {one.locale}", style="bold")]
    for number, shown in enumerate(one.samples, 1):
        lines += [
            Text(),
            Text(f"{number}. {', '.join(shown.facts) or say('everyone', language)}", style="italic"),
        ]
        lines.extend(_sample(shown, one, root, plain, language))
    lines += [Text(), Text(f"{one.covered}/{one.sentences} {say('coverage', language)}")]
    lines += [Text(f"{say('missing', language)}: {text}", style="red") for text in one.missing]
    lines += [Text(problem, style="red") for problem in one.problems]
    lines += [
        Text(f"{finding.code} {finding.place.line}:{finding.place.column} {finding.message}", style="red")
        for finding in one.findings
    ]
    lines += [Text(f"{say('lifted', language)}: {lift.finding.code} {lift.reason}") for lift in one.lifted]
    return Text("\n").join([*lines, Text()])


def _sample(shown: Shown, one: Preview, root: Path, plain: bool, language: str) -> Iterator[Text]:
    for name, pieces in shown.headers:
        yield Text(f"{name}: ") + _coloured(pieces)
    edge = "  " if plain else "│ "
    if shown.sms is None:
        yield from _edged(shown.pieces, edge)
        if one.channel == "email":
            yield from _mail(shown, one, root)
        return
    sms = shown.sms
    lengths = [len(part) for part in sms.parts]
    for number, part in enumerate(split_at(shown.pieces, lengths), 1):
        if len(lengths) > 1:
            yield Text(
                f"{part_name(number, language)}:" if plain else f"├─ {part_name(number, language)} ",
                style="dim",
            )
        yield from _edged(part, edge)
    yield Text(f"[{size(shown, one, root, language)}]", style="dim")


def _mail(shown: Shown, one: Preview, root: Path) -> Iterator[Text]:
    """What an e-mail is sent with, and whether both of its parts say the same."""
    subject = next((words_of(pieces) for name, pieces in shown.headers if name == "subject"), "")
    scope = build_scope(schema_of(root), shown.record)
    page = mail_page(root, one.locale, scope, shown.text, subject)
    plain = to_text(shown.text)
    offered = str(shown.record["complaint.email"]) if description(one.path).get("purpose") in OFFERS else ""
    mime = to_mime(subject, plain, page, offered).decode()
    yield from (Text(line, style="dim") for line in mime.split("\r\n\r\n")[0].split("\r\n"))
    same = _bare(to_html(shown.text)) == _bare(plain)
    told = "the same words" if same else "OTHER WORDS"
    yield Text(
        f"[text part {len(plain.encode()):,} bytes, HTML part {len(page.encode()):,} bytes: {told}]",
        style="dim",
    )


def _bare(text: str) -> str:
    """Letters and digits alone, without tags and entities."""
    return re.sub(r"[\W_]+", "", re.sub(r"<[^>]*>|&\w+;", "", text))


def _edged(pieces: Sequence[Piece], edge: str) -> Iterator[Text]:
    for line in _coloured(pieces).split("\n", allow_blank=True):
        yield Text(edge) + line


def _coloured(pieces: Sequence[Piece]) -> Text:
    return Text.assemble(*((piece.words, _COLOURS.get(piece.origin, "")) for piece in pieces))
