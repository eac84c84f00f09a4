"""The template scope: a borrower's record and the brand's facts as objects with attributes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from ..flow.schema import Field, Schema
from .money import Money

Convert = Callable[[str, Field, Any, str], Any]


class Record:
    """One object of the scope; reads as `a.b` and `a['b']`, and cannot be printed by accident."""

    def __init__(self, values: Mapping[str, Any]):
        self.__dict__.update(values)

    def __getitem__(self, name: str) -> Any:
        try:
            return self.__dict__[name]
        except KeyError:
            raise AttributeError(name) from None


def build_scope(
    schema: Schema, values: Mapping[str, Any], convert: Convert | None = None
) -> dict[str, Record]:
    """Scope from plain values by dotted path; amounts become `Money`, derived fields are worked out.

    `convert(path, field, value, currency)` makes the value a template sees; `typed` unless told otherwise.
    """
    made_by = convert or typed
    filled = {**values, **derived(schema, values)}
    currency = str(filled.get("debt.currency", ""))

    def build(prefix: str) -> Record:
        made: dict[str, Any] = {}
        for name in schema.children[prefix]:
            path = f"{prefix}.{name}" if prefix else name
            field = schema.fields[path]
            if field.type == "object":
                made[name] = build(path)
            elif field.type == "list":
                inner = field.item or {}
                made[name] = [
                    Record(
                        {
                            key: made_by(f"{path}[].{key}", inner[key], value, currency)
                            for key, value in item.items()
                        }
                    )
                    for item in filled[path]
                ]
            else:
                made[name] = made_by(path, field, filled[path], currency)
        return Record(made)

    return dict(build("").__dict__)


def typed(path: str, field: Field, value: Any, currency: str) -> Any:
    """A plain value as the type templates use."""
    if value is None:
        return None
    if field.type == "money":
        return Money(value, field.currency or currency)
    if field.type == "date" and isinstance(value, str):
        return dt.date.fromisoformat(value)
    return value


def derived(schema: Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Days past due and stage, from the dates and the cuts of the schema."""
    made: dict[str, Any] = {}
    for path, field in schema.fields.items():
        if field.derived and "days_between" in field.derived:
            start, end = (_date(values[name]) for name in field.derived["days_between"])
            made[path] = (end - start).days
    for path, field in schema.fields.items():
        if field.derived and "cuts" in field.derived:
            number = made[field.derived["cuts"]["of"]]
            index = sum(1 for start in field.derived["cuts"]["from"] if number >= start) - 1
            made[path] = field.values[max(index, 0)]
    return made


def _date(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
