"""E-mails and letters of a whole batch: Markdown is read once a shape, values are escaped and set in afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from ..flow.catalogue import Repository
from ..flow.nodes import Choice, Flow, Hole, Repeat, Seq
from .columns import Doubts, Facts, NotColumnarError, spelled, truth
from .compiled import LAYOUT, Compiled
from .environment import ESCAPES, Ready, build_environment
from .shapes import (
    Piece,
    check_marks,
    html_attribute,
    html_words,
    marked,
    odd_values,
    set_in,
    shapes,
)

_IN_SUBJECT = 0xE900
"""First of the private characters that stand for the columns of a subject."""


@dataclass(frozen=True, eq=False)
class Words:
    """What every row reads: string arrays of one length."""

    subject: Any
    body: Any
    html: Any


def escaped(channel: str, value: Any) -> Any:
    """One text or a column of them as `finalize` writes it in a channel."""
    import pyarrow.compute as pc

    if isinstance(value, str):
        return ESCAPES[channel](value)
    if ESCAPES[channel] is not ESCAPES["email"]:
        # Control characters are refused before.
        return value
    if pc.any(pc.match_substring_regex(value, "://|@")).as_py():
        return spelled(value, ESCAPES[channel])
    return pc.replace_substring_regex(value, r"([\\`*_{}\[\]()#+!|<>~&])", r"\\\1")


def plain(pieces: Sequence[Piece]) -> list[Any]:
    """The columns and texts of a shape, ready to be joined."""
    return [piece if isinstance(piece, str) else piece.column for piece in pieces]


def in_order(parts: Iterable[tuple[Any, Any]], rows: int) -> Any:
    """Texts by positions (None for all rows) as one column in the order of the batch."""
    import pyarrow as pa
    import pyarrow.compute as pc

    positions, texts = [], []
    for where, text in parts:
        if where is None:
            return pa.repeat(text, rows) if isinstance(text, str) else text
        positions.append(pc.cast(where, pa.uint64()))
        texts.append(pa.repeat(text, len(where)) if isinstance(text, str) else text)
    if not positions:
        return pa.array([], pa.string())
    order = pc.sort_indices(pa.chunked_array(positions))
    # Taking from chunks is several times faster than joining them first.
    taken = pa.chunked_array(texts).take(order)
    return taken.chunk(0) if taken.num_chunks == 1 else taken.combine_chunks()


def mails(template: Compiled, root: Path, facts: Facts, scope: Mapping[str, Any], doubts: Doubts) -> Words:
    """Subject, text part and HTML part of every row; raises `NotColumnarError`."""
    from .email import to_html, to_text

    assert template.body is not None and template.subject is not None
    if template.layout is not None:
        _same_for_all(template.layout, facts, doubts)
    odd = odd_values(template.body, facts)
    if odd is not None:
        doubts.add(odd)
    in_body = replace(facts, escape=partial(_constants, "email"), formatted={})
    in_subject = replace(facts, escape=partial(_constants, "header"), formatted={})
    subjects = [
        (shape.rows, *marked(shape.pieces, _IN_SUBJECT, edges=False))
        for shape in shapes(template.subject, in_subject, doubts)
    ]
    if len(subjects) != 1:
        raise NotColumnarError("its subject has several forms")
    _, subject, named, _ = subjects[0]
    subject = subject.strip()
    if not subject:
        raise NotColumnarError("it has no subject")
    layout = Repository(root).read(LAYOUT) if template.layout is not None else None
    page_of = build_environment(root, facts.locale, "html").from_string(layout.text) if layout else None
    bodies, pages = [], []
    for shape in shapes(template.body, in_body, doubts, ("debt.currency",)):
        markdown, columns, free = marked(shape.pieces)
        markdown = markdown.strip()
        text, page = to_text(markdown), to_html(markdown)
        check_marks(markdown, page, text, columns)
        if page_of is not None:
            from markupsafe import Markup

            page = page_of.render({**scope, "body": Ready(Markup(page)), "subject": subject})
        titles = {
            mark: column if shape.rows is None else column.take(shape.rows) for mark, column in named.items()
        }
        html = set_in(
            page,
            {mark: html_words(column) if mark in free else column for mark, column in columns.items()},
            {mark: html_attribute(column) for mark, column in titles.items()},
        )
        bodies.append((shape.rows, set_in(text, columns)))
        pages.append((shape.rows, html))
    return Words(
        in_order([(None, set_in(subject, {}, named))], facts.rows),
        in_order(bodies, facts.rows),
        in_order(pages, facts.rows),
    )


def _constants(channel: str, value: Any) -> Any:
    """A brand's fact as the channel writes it; columns stay as they are until they are set in."""
    return ESCAPES[channel](value) if isinstance(value, str) else value


def _same_for_all(flow: Flow, facts: Facts, doubts: Doubts) -> None:
    """Raises `NotColumnarError` for a layout that reads what differs between rows."""
    if isinstance(flow, Hole) and flow.expression not in facts.constants:
        if flow.expression not in ("locale", "channel", "body", "subject"):
            raise NotColumnarError(f"the layout prints {flow.expression}")
    elif isinstance(flow, Seq):
        for part in flow.parts:
            _same_for_all(part, facts, doubts)
    elif isinstance(flow, Repeat):
        raise NotColumnarError("the layout writes a list")
    elif isinstance(flow, Choice):
        for cond, part in flow.branches:
            if not isinstance(truth(cond, facts, doubts), bool):
                raise NotColumnarError("the layout differs between rows")
            _same_for_all(part, facts, doubts)
