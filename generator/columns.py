"""Columns: a template's flow as Arrow expressions, so that a whole batch is written at once, same bytes as Jinja's.

What cannot be said in columns (loops, opaque places, tests of unread kinds) raises `NotColumnarError` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..flow.conditions import And, Atom, Cond, Const, Not, Op, Ref, Term
from ..flow.nodes import Choice, Crash, Flow, Hole, Opaque, Repeat, Seq, Text
from ..flow.schema import Schema
from ..flow.worlds import COMPARE
from . import formats

_COMPARE = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "lteq": "less_equal",
    "gt": "greater",
    "gteq": "greater_equal",
}


class NotColumnarError(Exception):
    """Why a template is written row by row."""


@dataclass(frozen=True, eq=False)
class Facts:
    """One batch: columns by field, constants of the brand, and the locale they are written in."""

    columns: Mapping[str, Any]
    constants: Mapping[str, Any]
    schema: Schema
    locale: str
    rows: int
    escape: Callable[[Any], Any] | None = None
    """How the channel writes free values; None where as they are."""
    formatted: dict[tuple[str, tuple[str, ...]], Any] = field(default_factory=dict)


@dataclass(eq=False)
class Doubts:
    """Rows that a batch hands to Jinja: where rendering would raise, or a value is missing."""

    mask: Any = None

    def add(self, mask: Any) -> None:
        """Mark rows (a boolean array, or one answer for all)."""
        import pyarrow.compute as pc

        self.mask = mask if self.mask is None else pc.or_(self.mask, mask)


def write(flow: Flow, facts: Facts, doubts: Doubts) -> Any:
    """The text of every row: a string array, or one `str` where all rows read the same."""
    return _write(flow, facts, doubts, True)


def _write(flow: Flow, facts: Facts, doubts: Doubts, here: Any) -> Any:
    import pyarrow.compute as pc

    if isinstance(flow, Text):
        return flow.text
    if isinstance(flow, Hole):
        return column_of(flow, facts)
    if isinstance(flow, Seq):
        return joined([_write(part, facts, doubts, here) for part in flow.parts])
    if isinstance(flow, Choice):
        tests, texts = [], []
        for cond, part in flow.branches:
            true = truth(cond, facts, doubts, here)
            if true is False:
                continue
            inside = both(here, true)
            texts.append(_write(part, facts, doubts, inside))
            tests.append(true)
            if true is True:
                break
        if not tests:
            return ""
        if tests[0] is True:
            return texts[0]
        last = texts.pop() if tests[-1] is True else ""
        chosen = [test for test in tests if test is not True]
        names = [str(number) for number in range(len(chosen))]
        return pc.case_when(pc.make_struct(*chosen, field_names=names), *texts, last)
    if isinstance(flow, Crash):
        doubts.add(_array(here, facts.rows))
        return ""
    if isinstance(flow, Repeat):
        raise NotColumnarError("it writes a list")
    assert isinstance(flow, Opaque)
    raise NotColumnarError(f"a part cannot be read: {flow.why}")


def joined(parts: Sequence[Any]) -> Any:
    """Texts one after another; neighbouring constants are joined once."""
    import pyarrow.compute as pc

    merged: list[Any] = []
    for part in parts:
        if isinstance(part, str) and merged and isinstance(merged[-1], str):
            merged[-1] += part
        elif not (isinstance(part, str) and not part):
            merged.append(part)
    if not merged:
        return ""
    if len(merged) == 1:
        return merged[0]
    return pc.binary_join_element_wise(*merged, "")


def column_of(hole: Hole, facts: Facts) -> Any:
    """What a printed value reads as in every row: a string array, or one `str`."""
    import pyarrow.compute as pc

    path = hole.expression
    filters = hole.filters
    key = (path, filters)
    if key in facts.formatted:
        return facts.formatted[key]
    if path not in facts.constants and path not in facts.columns:
        length = _constant_length(path, facts.constants)
        if length is not None:
            return length
        raise NotColumnarError(
            f"{path} is worked out while writing" if hole.field != path else f"{path} is not a column"
        )
    value = facts.constants.get(path) if path in facts.constants else facts.columns.get(path)
    if value is None:
        # Its branch is not taken, or the row is doubted.
        return ""
    made: Any
    if isinstance(value, str) and not filters:
        made = value if facts.escape is None else facts.escape(value)
    elif path in facts.constants:
        raise NotColumnarError(f"{path} is the same for all and filtered or null")
    elif filters == ("money",):
        kind = facts.schema.fields.get(hole.field or "")
        if kind is not None and kind.currency:
            raise NotColumnarError(f"{path} has a currency of its own")
        made = money(value, facts.columns["debt.currency"], facts.locale)
    elif filters == ("day",):
        made = spelled(value, lambda one: formats.day(one, facts.locale))
    elif filters == ("mask",):
        made = joined(["*", pc.utf8_slice_codeunits(value, start=-4)])
        made = made if facts.escape is None else facts.escape(made)
    elif filters:
        raise NotColumnarError(f"the filter {filters[0]} has no columnar form")
    elif hole.type in ("int",):
        made = pc.cast(value, "string")
    elif hole.type in ("text", "enum", "phone", "email", "url"):
        made = value if facts.escape is None else facts.escape(value)
    else:
        raise NotColumnarError(f"{path} is printed as Python writes it")
    facts.formatted[key] = made
    return made


def _constant_length(expression: str, constants: Mapping[str, Any]) -> str | None:
    """The printed length of a list that has one length in all rows."""
    found = re.fullmatch(r"filter:(?:length|count)\(([\w.]+)\)", expression)
    if found is None or found.group(1) not in constants:
        return None
    return str(len(constants[found.group(1)] or ()))


def spelled(column: Any, write_one: Callable[[Any], str]) -> Any:
    """A column whose few distinct values are written one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    encoded = pc.dictionary_encode(column)
    words = pa.array(
        [None if one is None else write_one(one) for one in encoded.dictionary.to_pylist()], pa.string()
    )
    return pc.take(words, encoded.indices)


def money(column: Any, currencies: Any, locale: str) -> Any:
    """Amounts in minor units as `formats.money` writes them; `currencies` is a column of codes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.unique(currencies).to_pylist()
    written = [(code, _money_of(column, code, locale)) for code in found if code in formats.DECIMALS]
    if not written:
        return pa.nulls(len(column), pa.string())
    if len(written) == 1 and len(found) == 1:
        return written[0][1]
    tests = [pc.fill_null(pc.equal(currencies, code), False) for code, _ in written]
    struct = pc.make_struct(*tests, field_names=[code for code, _ in written])
    return pc.case_when(struct, *(text for _, text in written))


def _money_of(column: Any, currency: str, locale: str) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    prefix, suffix, group, point, decimals = formats.money_parts(currency, locale)
    unit = pa.scalar(10**decimals, pa.int64())
    whole = pc.divide(column, unit)
    pieces: list[Any] = []
    if decimals:
        rest = pc.cast(pc.subtract(column, pc.multiply(whole, unit)), "string")
        pieces = [point, pc.utf8_lpad(rest, decimals, "0")]
    thousand = pa.scalar(1000, pa.int64())
    top = pc.max(whole).as_py() or 0
    text: Any = None
    scale = 1
    while True:
        head = pc.divide(whole, pa.scalar(scale, pa.int64()))
        low = pc.subtract(head, pc.multiply(pc.divide(head, thousand), thousand))
        bare = pc.cast(low, "string")
        # A group is padded where another stands before it, and stands only where the number reaches it.
        shown = pc.if_else(pc.greater_equal(head, thousand), pc.utf8_lpad(bare, 3, "0"), bare)
        text = shown if text is None else pc.if_else(pc.greater(head, 0), joined([shown, group, text]), text)
        scale *= 1000
        if scale > max(top, 1):
            break
    return joined([prefix, text, *pieces, suffix])


# -- tests ---------------------------------------------------------------------------------------------


def truth(cond: Cond, facts: Facts, doubts: Doubts, here: Any = True) -> Any:
    """Where a condition holds: a boolean array without nulls, or one `bool` for all rows."""
    if isinstance(cond, Atom):
        if cond.term is None:
            raise NotColumnarError(f"a test cannot be read: {cond.key}")
        return _truth_of(cond.term, facts, doubts, here)
    if isinstance(cond, Not):
        return negated(truth(cond.part, facts, doubts, here))
    if isinstance(cond, And):
        result: Any = True
        for part in cond.parts:
            result = both(result, truth(part, facts, doubts, both(here, result)))
        return result
    result = False
    for part in cond.parts:
        more = truth(part, facts, doubts, both(here, negated(result)))
        result = negated(both(negated(result), negated(more)))
    return result


def _truth_of(term: Term, facts: Facts, doubts: Doubts, here: Any) -> Any:
    import pyarrow.compute as pc

    if isinstance(term, Op) and term.name == "not":
        return negated(_truth_of(term.args[0], facts, doubts, here))
    if isinstance(term, Op) and term.name == "test:none" and isinstance(term.args[0], Ref):
        value = _value(term.args[0], facts)
        return pc.is_null(value) if _is_array(value) else value is None
    if isinstance(term, Op) and term.name in _COMPARE:
        left, right = (_value(arg, facts) for arg in term.args)
        if not _is_array(left) and not _is_array(right):
            return _constant_test(term.name, left, right, facts, doubts, here)
        made = getattr(pc, _COMPARE[term.name])(left, right)
        if term.name in ("eq", "ne"):
            return pc.fill_null(made, term.name == "ne")
        doubts.add(both(_array(here, facts.rows), pc.is_null(made)))
        return pc.fill_null(made, False)
    if isinstance(term, Op) and term.name == "in" and isinstance(term.args[1], Const):
        import pyarrow as pa

        left = _value(term.args[0], facts)
        wanted = term.args[1].value
        if _is_array(left) and isinstance(wanted, (list, tuple)):
            return pc.is_in(left, pa.array(list(wanted)))
    if isinstance(term, Ref):
        value = _value(term, facts)
        if not _is_array(value):
            return bool(value)
        if term.field.type == "bool":
            return pc.fill_null(value, False)
        if term.field.type in ("int", "money"):
            return pc.fill_null(pc.not_equal(value, 0), False)
        if term.field.type == "list":
            return pc.fill_null(pc.greater(pc.list_value_length(value), 0), False)
        return pc.fill_null(pc.greater(pc.utf8_length(pc.cast(value, "string")), 0), False)
    raise NotColumnarError("a test has no columnar form")


def _constant_test(name: str, left: Any, right: Any, facts: Facts, doubts: Doubts, here: Any) -> bool:
    try:
        return bool(COMPARE[name](left, right))
    except TypeError:
        # As in Jinja: null is not ordered, and the message is not written.
        doubts.add(_array(here, facts.rows))
        return False


def _value(term: Term, facts: Facts) -> Any:
    if isinstance(term, Const):
        return term.value
    if isinstance(term, Ref):
        if term.path in facts.constants:
            return facts.constants[term.path]
        if term.path in facts.columns:
            return facts.columns[term.path]
    if isinstance(term, Op) and term.name in ("filter:length", "filter:count"):
        import pyarrow.compute as pc

        inner = term.args[0]
        if isinstance(inner, Ref) and inner.path in facts.constants:
            return len(facts.constants[inner.path] or ())
        if isinstance(inner, Ref) and inner.field.type == "list" and inner.path in facts.columns:
            return pc.fill_null(pc.list_value_length(facts.columns[inner.path]), 0)
    raise NotColumnarError("a test reads what is not a column")


def _is_array(value: Any) -> bool:
    return hasattr(value, "null_count")


def negated(value: Any) -> Any:
    """The rows of a mask that are not in it. A mask is a boolean array, or one `bool` for all rows."""
    import pyarrow.compute as pc

    return (not value) if isinstance(value, bool) else pc.invert(value)


def both(left: Any, right: Any) -> Any:
    """The rows that are in both masks."""
    import pyarrow.compute as pc

    if left is False or right is False:
        return False
    if left is True:
        return right
    return left if right is True else pc.and_(left, right)


def _array(value: Any, rows: int) -> Any:
    import pyarrow as pa

    return pa.repeat(value, rows) if isinstance(value, bool) else value
