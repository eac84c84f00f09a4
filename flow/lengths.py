"""How long a text can get: a bound that no borrower of the schema exceeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .nodes import Choice, Flow, Hole, Opaque, Repeat, Seq, Text
from .schema import Schema

UNBOUNDED = 1_000_000
"""Stands for the length of what could not be read."""

MONEY_WIDTH = 24
"""The widest amount: fifteen digits, grouped, with decimals and a currency sign."""
DAY_WIDTH = 26
"""The widest written date of the shipped locales (`30 de septiembre de 2026`)."""
_USUAL = {"phone": 26, "email": 64, "url": 120, "text": 60, "date": DAY_WIDTH, "money": MONEY_WIDTH}


Length = tuple[int, tuple[str, ...]]
"""Units at most, and the expressions that may bring characters outside the basic alphabet."""


def longest(
    flow: Flow, schema: Schema, measure: Callable[[str], int], basic: Callable[[str], bool]
) -> Length:
    """The greatest length in the units of `measure`; values are as long as their field allows."""
    if isinstance(flow, Text):
        return measure(flow.text), (() if basic(flow.text) else (flow.text.strip()[:12],))
    if isinstance(flow, Hole):
        return _hole(flow, schema)
    if isinstance(flow, (Seq, Choice)):
        inside = flow.parts if isinstance(flow, Seq) else [part for _, part in flow.branches]
        parts = [longest(part, schema, measure, basic) for part in inside]
        together = sum if isinstance(flow, Seq) else max
        most = together([most for most, _ in parts] or [0])
        return most, tuple(dict.fromkeys(name for _, foreign in parts for name in foreign))
    if isinstance(flow, Repeat):
        most, foreign = longest(flow.body, schema, measure, basic)
        return most * _items(flow.body, schema), foreign
    return (UNBOUNDED if isinstance(flow, Opaque) else 0), ()


def past(
    flow: Flow, schema: Schema, measure: Callable[[str], int], limit: int, start: int = 0
) -> Iterator[Hole]:
    """Values that may end beyond `limit` units: what a borrower would miss if the message were cut there."""
    if isinstance(flow, Hole):
        if start + _hole(flow, schema)[0] > limit:
            yield flow
    elif isinstance(flow, Seq):
        for part in flow.parts:
            yield from past(part, schema, measure, limit, start)
            start += longest(part, schema, measure, lambda text: True)[0]
    elif isinstance(flow, Choice):
        for _, part in flow.branches:
            yield from past(part, schema, measure, limit, start)
    elif isinstance(flow, Repeat):
        times = _items(flow.body, schema) - 1
        again = longest(flow.body, schema, measure, lambda text: True)[0] * times
        yield from past(flow.body, schema, measure, limit, start + again)


def _hole(hole: Hole, schema: Schema) -> Length:
    field = schema.lookup(hole.field) if hole.field else None
    if hole.type in ("money", "date"):
        return _USUAL[hole.type], ()
    if hole.type == "int":
        return (len(str(field.max)) if field and field.max is not None else 12), ()
    if "mask" in hole.filters:
        return 5, ()
    if field is None:
        return _USUAL["text"], (hole.expression,)
    if field.values:
        return max(len(value) for value in field.values), ()
    width = field.max_length or _USUAL.get(hole.type, _USUAL["text"])
    # A name may hold characters that take two UTF-16 units; telephone numbers and links never do.
    free = hole.type == "text"
    return (width * 2 if free and field.pii else width), ((hole.expression,) if free else ())


def _items(body: Flow, schema: Schema) -> int:
    """How often a loop runs at most: the longest list whose items it prints, else every list's bound."""
    counts = [field.max_items or 60 for field in schema.fields.values() if field.type == "list"]
    own: list[int] = []
    stack: list[Flow] = [body]
    while stack:
        current = stack.pop()
        if isinstance(current, Seq):
            stack.extend(current.parts)
        elif isinstance(current, Choice):
            stack.extend(part for _, part in current.branches)
        elif isinstance(current, Repeat):
            stack.append(current.body)
        elif isinstance(current, Hole) and current.field and "[]" in current.field:
            field = schema.fields.get(current.field.partition("[]")[0])
            own.append((field.max_items if field else None) or 60)
    return max(own or counts or [60])
