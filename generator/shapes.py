"""Shapes: rows that take the same branches and have lists of the same length read the same words around their values.

A batch is cut into its shapes, loops are unrolled by length, and each shape becomes literals and columns in turn. An
e-mail's Markdown is turned into HTML and text once a shape, with a mark in the place of each column; the values are
escaped and set in afterwards. Values that Markdown could read as marks go to Jinja, row by row.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ..flow.analyses import leaves
from ..flow.conditions import And, Cond, Not, Op, Or, Ref, Term
from ..flow.nodes import Choice, Crash, Flow, Hole, Repeat, Seq, Text
from .acceptance import rows_of
from .columns import Doubts, Facts, NotColumnarError, both, column_of, joined, negated, truth

MOST_SHAPES = 512
_MARK = 0xE100
"""First of the private characters that stand for columns while Markdown is read."""
_MARKS = re.compile("[\ue100-\uf7ff]")
_INSIDE = re.compile("<[^>\n]*[\ue100-\uf7ff]|&.[\ue100-\uf7ff]|^[ \t>*+-]*\\d[\ue100-\uf7ff]\\d[.)]", re.M)
_PLAIN = r"^\p{L}(?:.*[\p{L}\p{N}])?$"
"""A value whose ends cannot open or close a mark of Markdown, whatever stands beside it."""


@dataclass(frozen=True, eq=False)
class Value:
    """A column as it is printed, and what its values begin and end with (`""`: not known, looked up in a sample)."""

    column: Any
    edge: str


Piece = str | Value


@dataclass(frozen=True, eq=False)
class Shape:
    """Some rows of a batch (positions in it) and what they read: texts and columns in turn."""

    rows: Any
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, eq=False)
class _Fork:
    taken: Any
    ways: tuple[tuple[Any, ...], ...]


def shapes(flow: Flow, facts: Facts, doubts: Doubts, apart: Sequence[str] = ()) -> Iterator[Shape]:
    """Every row once; rows that differ in a field of `apart` never share a shape. Raises `NotColumnarError` for what cannot be said in columns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    for rows, lengths in _by_length(flow, facts):
        here = facts if rows is None else _some(facts, rows)
        here = _with_elements(here, lengths)
        inner = Doubts()
        forks: list[_Fork] = []
        pieces = _walk(flow, here, inner, True, forks)
        if inner.mask is not None:
            doubts.add(inner.mask if rows is None else _spread(inner.mask, rows, facts.rows))
        split = [(fork.taken, len(fork.ways)) for fork in forks]
        for path in apart:
            if path in here.columns:
                encoded = pc.dictionary_encode(here.columns[path])
                split.append((pc.cast(encoded.indices, pa.int64()), len(encoded.dictionary)))
        code: Any = None
        for taken, ways in split:
            pair = taken if code is None else pc.add(pc.multiply(code, ways + 1), taken)
            code = pc.cast(pc.dictionary_encode(pc.cast(pair, pa.int64())).indices, pa.int64())
        if code is None:
            yield Shape(rows, tuple(_resolved(pieces, 0)))
            continue
        found = pc.unique(code)
        if len(found) > MOST_SHAPES:
            raise NotColumnarError("its readers take too many different ways through it")
        for one in found:
            inside = pc.indices_nonzero(pc.equal(code, one))
            first = inside[0].as_py()
            chosen = tuple(_resolved(pieces, first))
            if len(found) > 1:
                chosen = tuple(
                    piece if isinstance(piece, str) else Value(piece.column.take(inside), piece.edge)
                    for piece in chosen
                )
            yield Shape(inside if rows is None else rows.take(inside), chosen)


def _resolved(pieces: Sequence[Any], row: int) -> Iterator[Piece]:
    for piece in pieces:
        if isinstance(piece, _Fork):
            yield from _resolved(piece.ways[piece.taken[row].as_py()], row)
        else:
            yield piece


def _walk(flow: Flow, facts: Facts, doubts: Doubts, here: Any, forks: list[_Fork]) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(flow, Text):
        return [flow.text]
    if isinstance(flow, Hole):
        made = column_of(flow, facts)
        return [made if isinstance(made, str) else Value(made, _edge(flow))]
    if isinstance(flow, Seq):
        return [piece for part in flow.parts for piece in _walk(part, facts, doubts, here, forks)]
    if isinstance(flow, Crash):
        if here is not False:
            doubts.add(pa.repeat(here, facts.rows) if isinstance(here, bool) else here)
        return []
    if isinstance(flow, Repeat):
        return _unrolled(flow, facts, doubts, here, forks)
    assert isinstance(flow, Choice)
    left: Any = True
    taken: Any = pa.repeat(pa.scalar(0, pa.int64()), facts.rows)
    ways: list[tuple[Any, ...]] = [()]
    for cond, part in flow.branches:
        true = truth(cond, facts, doubts, both(here, left))
        mine = both(left, true)
        if mine is False:
            continue
        if mine is True and len(ways) == 1:
            return _walk(part, facts, doubts, here, forks)
        ways.append(tuple(_walk(part, facts, doubts, both(here, mine), forks)))
        taken = pc.if_else(both(here, mine), len(ways) - 1, taken)
        left = both(left, negated(true))
        if left is False:
            break
    if len(ways) == 1:
        return []
    fork = _Fork(taken, tuple(ways))
    forks.append(fork)
    return [fork]


def _edge(hole: Hole) -> str:
    if hole.filters:
        return ""
    return "7" if hole.type == "int" else "x"


def _unrolled(flow: Repeat, facts: Facts, doubts: Doubts, here: Any, forks: list[_Fork]) -> list[Any]:
    lists = lists_of(flow.body, "middle")
    if len(lists) != 1:
        raise NotColumnarError("a loop whose passes cannot be counted")
    name = lists.pop()
    if name not in facts.constants:
        raise NotColumnarError(f"{name} is not a column")
    out: list[Any] = []
    for place in range(1, len(facts.constants[name]) - 1):
        prefix = f"{name}[{place}]."
        moved = {
            f"{name}[middle].{key.removeprefix(prefix)}": column
            for key, column in facts.columns.items()
            if key.startswith(prefix)
        }
        formatted = {key: made for key, made in facts.formatted.items() if "[middle]" not in key[0]}
        out += _walk(
            flow.body,
            replace(facts, columns={**facts.columns, **moved}, formatted=formatted),
            doubts,
            here,
            forks,
        )
    return out


def lists_of(flow: Flow, place: str = "") -> set[str]:
    """Lists of the record that a flow reads; with `place` (`first`, `middle`, `last`), those it reads there."""
    found: set[str] = set()

    def read(path: str) -> None:
        name, bracket, rest = path.partition("[")
        if bracket and (not place or rest.startswith(place + "]")):
            found.add(name)

    def term(one: Term) -> None:
        if isinstance(one, Ref):
            read(one.path)
            if one.field.type == "list" and not place:
                found.add(one.path)
        if isinstance(one, Op):
            for arg in one.args:
                term(arg)

    def cond(one: Cond) -> None:
        if isinstance(one, Not):
            cond(one.part)
        elif isinstance(one, (And, Or)):
            for part in one.parts:
                cond(part)
        elif one.term is not None:
            term(one.term)

    def node(one: Flow) -> None:
        if isinstance(one, Hole):
            read(one.expression)
            length = re.fullmatch(r"filter:\w+\(([\w.]+)\)", one.expression)
            if length is not None and not place:
                found.add(length.group(1))
        elif isinstance(one, Seq):
            for part in one.parts:
                node(part)
        elif isinstance(one, Repeat):
            node(one.body)
        elif isinstance(one, Choice):
            for test, part in one.branches:
                cond(test)
                node(part)

    node(flow)
    return found


def _by_length(flow: Flow, facts: Facts) -> Iterator[tuple[Any, Mapping[str, int]]]:
    """(positions or None for all, length of each list that the flow can read)."""
    import pyarrow.compute as pc

    lists = sorted(path for path in lists_of(flow) if path in facts.columns)
    if not lists:
        yield None, {}
        return
    sizes = {path: pc.fill_null(pc.list_value_length(facts.columns[path]), 0) for path in lists}
    code: Any = None
    for size in sizes.values():
        code = size if code is None else pc.add(pc.multiply(code, 10_000), size)
    found = pc.unique(code)
    for one in found:
        rows = None if len(found) == 1 else pc.indices_nonzero(pc.equal(code, one))
        first = 0 if rows is None else rows[0].as_py()
        yield rows, {path: size[first].as_py() for path, size in sizes.items()}


def _some(facts: Facts, rows: Any) -> Facts:
    columns = {path: column.take(rows) for path, column in facts.columns.items()}
    return replace(facts, columns=columns, rows=len(rows), formatted={})


def _with_elements(facts: Facts, lengths: Mapping[str, int]) -> Facts:
    """Lists of one length as a column for each attribute of each element, and the list itself as a constant."""
    import pyarrow.compute as pc

    columns = dict(facts.columns)
    constants = dict(facts.constants)
    for path, length in lengths.items():
        whole = columns.pop(path)
        constants[path] = range(length)
        for place in range(length):
            element = pc.list_element(whole, place)
            for name in facts.schema.fields[path].item or {}:
                column = pc.struct_field(element, name)
                columns[f"{path}[{place}].{name}"] = column
                if place == 0:
                    columns[f"{path}[first].{name}"] = column
                if place == length - 1:
                    columns[f"{path}[last].{name}"] = column
    return replace(facts, columns=columns, constants=constants, formatted={})


def _spread(mask: Any, rows: Any, total: int) -> Any:
    """A mask over some rows as one over all."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.is_in(pa.array(range(total), pa.uint64()), pc.cast(rows.filter(mask), pa.uint64()))


# -- e-mails -------------------------------------------------------------------------------------------


def odd_values(flow: Flow, facts: Facts) -> Any | None:
    """Rows with a value that Markdown might read as more than words; None where no value is free."""
    import pyarrow.compute as pc

    found: Any = None
    for leaf in leaves(flow):
        if not isinstance(leaf, Hole) or leaf.filters or leaf.type == "int":
            continue
        name, _, attribute = leaf.expression.partition("[")
        if leaf.expression in facts.columns and not attribute:
            column = facts.columns[leaf.expression]
            odd = pc.invert(pc.fill_null(pc.match_substring_regex(column, _PLAIN), True))
        elif attribute and name in facts.columns:
            whole = facts.columns[name]
            inner = pc.struct_field(pc.list_flatten(whole), leaf.expression.rpartition(".")[2])
            flags = pc.invert(pc.fill_null(pc.match_substring_regex(inner, _PLAIN), True))
            odd = rows_of(whole, flags)
        else:
            continue
        found = odd if found is None else pc.or_(found, odd)
    return found


def marked(
    pieces: Sequence[Piece], start: int = _MARK, edges: bool = True
) -> tuple[str, dict[str, Any], set[str]]:
    """A shape as one text with a mark for each column, the columns by mark, and the marks of free values.

    With `edges`, a mark stands between letters, digits or signs like those its values begin and end with.
    """
    text: list[str] = []
    columns: dict[str, Any] = {}
    free: set[str] = set()
    for piece in pieces:
        if isinstance(piece, str):
            if _MARKS.search(piece):
                raise NotColumnarError("it holds private characters")
            text.append(piece)
            continue
        mark = chr(start + len(columns))
        if not _MARKS.match(mark):
            raise NotColumnarError("it has too many values")
        columns[mark] = piece.column
        if piece.edge == "x":
            free.add(mark)
        first, last = (
            ("", "") if not edges else (piece.edge, piece.edge) if piece.edge else _edges(piece.column)
        )
        text.append(f"{first}{mark}{last}")
    return "".join(text), columns, free


def _edges(column: Any) -> tuple[str, str]:
    import pyarrow.compute as pc

    sample = pc.drop_null(column.slice(0, 64))
    value = sample[0].as_py() if len(sample) else "x"
    return _like(value[:1]), _like(value[-1:])


def _like(character: str) -> str:
    if character.isdigit():
        return "7"
    if character.isalpha():
        return "x"
    if character == "*":
        return r"\*"
    if unicodedata.category(character or " ") == "Sc":
        return "$"
    raise NotColumnarError("a value begins or ends with a sign that Markdown might read")


def set_in(text: str, edged: Mapping[str, Any], bare: Mapping[str, Any] | None = None) -> Any:
    """A text with marks as one column: every mark becomes its column, `edged` ones with the signs around them."""
    pieces: list[Any] = []
    position = 0
    for found in _MARKS.finditer(text):
        mark = found.group()
        width = 1 if mark in edged else 0
        column = edged[mark] if width else (bare or {}).get(mark)
        if column is None:
            raise NotColumnarError("it holds private characters")
        pieces += [text[position : found.start() - width], column]
        position = found.end() + width
    return joined([*pieces, text[position:]])


def check_marks(markdown: str, page: str, plain: str, columns: Mapping[str, Any]) -> None:
    """Every mark stands once in the HTML's words and once in the text; raises `NotColumnarError`."""
    if _INSIDE.search(markdown) or re.search("<[^>]*[\ue100-\uf7ff]", page):
        raise NotColumnarError("a value stands inside a link or a mark of Markdown")
    for mark in columns:
        if page.count(mark) != 1 or plain.count(mark) != 1:
            raise NotColumnarError("a value stands where Markdown is not words")
    if re.search("<code[ >]", page):
        raise NotColumnarError("it shows code")


def html_words(column: Any) -> Any:
    """Values as Markdown's HTML writes them."""
    import pyarrow.compute as pc

    for sign, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        column = pc.replace_substring(column, sign, written)
    return column


def html_attribute(column: Any) -> Any:
    """Values as the layout writes them: quotes escaped too."""
    import pyarrow.compute as pc

    return pc.replace_substring(html_words(column), "'", "&#x27;")
