"""Which rows of a batch are surely valid: a predicate over columns that never accepts what the record model refuses.

Rows that it does not accept are no errors yet: the model looks at each of them and explains.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..flow.analyses import implications
from ..flow.schema import Field, Schema
from .columns import Doubts, Facts, NotColumnarError, truth

# The control characters of `profile.CONTROL`, as RE2 writes them.
_CONTROL = r"[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}\x{202a}-\x{202e}\x{2066}-\x{2069}]"
_FORMS = {
    "phone": r"^\+?[0-9()][0-9 ()-]{1,24}[0-9]$",
    "email": r"^[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[A-Za-z]{2,}$",
    "url": r"^https://[^\s<>\"']+$",
}
MOST = 10**15


def columns_of(batch: Any, schema: Schema) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of a batch as (typed columns, constants); what a batch leaves out is its default or null in every row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    given = {name: batch.column(index) for index, name in enumerate(batch.schema.names)}
    columns: dict[str, Any] = {}
    constants: dict[str, Any] = {}
    for path, field in schema.fields.items():
        if field.type == "object" or field.derived or field.source == "brand":
            continue
        column = given.get(path)
        if column is None:
            constants[path] = field.default if field.has_default else None
            continue
        if field.type == "date" and pa.types.is_string(column.type):
            column = _dates(column)
        if field.type == "list":
            column = _list_of(column, field)
        elif field.default is not None and column.null_count and column.type == arrow_type(field):
            # A record without the field has its default.
            column = pc.fill_null(column, field.default)
        columns[path] = column
    return columns, constants


def _list_of(column: Any, field: Field) -> Any:
    """A list column whose elements have the schema's attributes and types; unfit ones become null, and are refused."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not field.has_default or not pa.types.is_list(column.type):
        return column
    lengths = pc.fill_null(pc.list_value_length(column), 0)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cast(pc.cumulative_sum(lengths), pa.int32())])
    flat = pc.list_flatten(column)
    if not pa.types.is_struct(flat.type):
        return column
    names = [flat.type.field(index).name for index in range(flat.type.num_fields)]
    inner = field.item or {}
    if set(names) != set(inner):
        return column
    made = []
    for name, kind in inner.items():
        values = pc.struct_field(flat, name)
        if kind.type == "date" and pa.types.is_string(values.type):
            values = _dates(values)
        made.append(values)
    return pa.ListArray.from_arrays(offsets, pa.StructArray.from_arrays(made, names=list(inner)))


def _dates(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    parsed = pc.cast(pc.strptime(column, "%Y-%m-%d", "s", error_is_null=True), pa.date32())
    same = pc.fill_null(pc.equal(pc.strftime(parsed, "%Y-%m-%d"), column), False)
    return pc.if_else(same, parsed, pa.scalar(None, pa.date32()))


def _items_fit(field: Field, column: Any, rows: int) -> Any:
    """Lists of an allowed length all of whose elements the model takes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    inner = field.item or {}
    if column.null_count == rows:
        return pa.repeat(field.has_default or field.nullable, rows)
    if not pa.types.is_list(column.type) or not pa.types.is_struct(column.type.value_type):
        return pc.is_null(column)
    kinds = {column.type.value_type.field(index).name for index in range(column.type.value_type.num_fields)}
    if kinds != set(inner):
        return pa.repeat(False, rows)
    flat = pc.list_flatten(column)
    fine = pa.repeat(True, len(flat))
    for name, kind in inner.items():
        fine = pc.and_(fine, _fits(kind, pc.struct_field(flat, name), len(flat)))
    size = pc.list_value_length(column)
    good = pc.invert(rows_of(column, pc.invert(fine)))
    if field.max_items is not None:
        good = pc.and_(good, pc.less_equal(size, field.max_items))
    if field.min_items is not None:
        good = pc.and_(good, pc.greater_equal(size, field.min_items))
    return good


def rows_of(whole: Any, flags: Any) -> Any:
    """Rows of a list column any of whose elements are flagged."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parents = pc.list_parent_indices(whole).filter(flags)
    return pc.is_in(pa.array(range(len(whole)), pa.int64()), pc.cast(pc.unique(parents), pa.int64()))


def arrow_type(field: Field) -> Any:
    """The Arrow type of a field's column."""
    import pyarrow as pa

    if field.type in ("int", "money"):
        return pa.int64()
    simple = {"bool": pa.bool_(), "date": pa.date32()}
    return simple.get(field.type, pa.string())


def accepted(batch: Any, columns: Mapping[str, Any], schema: Schema) -> Any:
    """A boolean array: rows that the record model surely takes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = batch.num_rows
    good = pa.repeat(True, rows)
    known = {path for path, field in schema.fields.items() if not field.derived and field.source != "brand"}
    known -= {path for path, field in schema.fields.items() if field.type == "object"}
    required = {
        path for path in known if not schema.fields[path].nullable and not schema.fields[path].has_default
    }
    if set(batch.schema.names) - known - {"profile_id", "brand"} or required - set(batch.schema.names):
        return pa.repeat(False, rows)
    for path, column in columns.items():
        field = schema.fields[path]
        if path == "plan.per_month":
            # Instalments are proposed row by row.
            good = pc.and_(good, pc.is_null(column))
        if field.type == "list":
            good = pc.and_(good, _items_fit(field, column, rows))
            continue
        good = pc.and_(good, _fits(field, column, rows))
    return good


def _fits(field: Field, column: Any, rows: int) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column.type != arrow_type(field):
        return pa.repeat(False, rows)
    if field.type in ("int", "money"):
        low = field.min if field.min is not None else (0 if field.type == "money" else -MOST)
        high = field.max if field.max is not None else MOST
        fine = pc.and_(pc.greater_equal(column, low), pc.less_equal(column, high))
    elif field.type == "enum":
        fine = pc.is_in(column, pa.array(list(field.values)))
    elif field.type in ("bool", "date"):
        fine = pc.is_valid(column)
    else:
        fine = by_value(column, lambda values: _text_fits(field, values))
    fine = pc.fill_null(fine, False)
    return pc.or_(fine, pc.is_null(column)) if field.nullable else pc.and_(fine, pc.is_valid(column))


def by_value(column: Any, look: Callable[[Any], Any]) -> Any:
    """What `look` says of a column, asked once for each distinct value where there are few."""
    import pyarrow.compute as pc

    head = pc.dictionary_encode(column.slice(0, 2000))
    if len(head.dictionary) * 2 > len(head):
        return look(column)
    encoded = pc.dictionary_encode(column)
    return pc.take(look(encoded.dictionary), encoded.indices)


def _text_fits(field: Field, column: Any) -> Any:
    import pyarrow.compute as pc

    fine = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column)), 0)
    if field.max_length is not None:
        fine = pc.and_(fine, pc.less_equal(pc.utf8_length(column), field.max_length))
    fine = pc.and_(fine, pc.invert(pc.match_substring_regex(column, _CONTROL)))
    # A schema's own pattern is Python's; only plain classes mean the same in RE2.
    pattern = f"^(?:{field.pattern})$" if field.pattern else _FORMS.get(field.type)
    return fine if pattern is None else pc.and_(fine, pc.match_substring_regex(column, pattern))


def consistent(facts: Facts) -> Any:
    """Rows that break no implication of the schema; an implication without columnar form accepts no row."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pa.repeat(True, facts.rows)
    doubts = Doubts()
    for implied in implications(facts.schema):
        try:
            held = truth(implied.cond, facts, doubts)
        except NotColumnarError:
            return pa.repeat(False, facts.rows)
        if held is False:
            return pa.repeat(False, facts.rows)
        if held is not True:
            good = pc.and_(good, held)
    return good if doubts.mask is None else pc.and_(good, pc.invert(doubts.mask))
