"""What a text filter does to a flow: literals are changed here, values keep the filter in their list."""

from __future__ import annotations

import re
from collections.abc import Callable

from .lengths import longest
from .nodes import Choice, Flow, Hole, Opaque, Repeat, Seq, Span, Text, seq
from .schema import Schema


def recased(flow: Flow, name: str) -> Flow:
    """`upper` and `lower`; `title` and `capitalize` of a text with values in it depend on those."""
    if name in ("upper", "lower"):
        return _each(flow, str.upper if name == "upper" else str.lower, name)
    return _each(flow, None, name)


def substituted(flow: Flow, old: str, new: str) -> Flow:
    """`replace(old, new)`; opaque where `old` could stand across a value's border or change a number."""
    if not old:
        return Opaque(_span(flow), "'replace' of an empty text")
    edges = {old[:size] for size in range(1, len(old))}, {old[size:] for size in range(1, len(old))}
    digits = any(character.isdigit() for character in old + new)
    flow = _merged(flow)
    alone = isinstance(flow, Text)
    for leaf in _leaves(flow):
        if isinstance(leaf, Text) and not alone:
            if any(map(leaf.text.endswith, edges[0])) or any(map(leaf.text.startswith, edges[1])):
                return Opaque(leaf.span, "'replace' of words that a value may complete")
        elif isinstance(leaf, Hole) and (digits or leaf.type in ("enum", "url", "email")):
            return Opaque(leaf.span, "'replace' inside a value")
    return _each(flow, lambda text: text.replace(old, new), "replace")


def indented(flow: Flow, width: int, first: bool) -> Flow:
    """`indent(width, first)`; only white space changes."""
    pad = " " * width
    made = _each(_merged(flow), lambda text: re.sub(r"\n(?!\n|$)", "\n" + pad, text), "indent")
    return seq([Text(_span(flow), pad, False), made]) if first and pad else made


def cut(flow: Flow, schema: Schema, length: int) -> Flow:
    """`truncate(length)`: the same where nothing can be longer, opaque elsewhere."""
    most, _ = longest(flow, schema, len, lambda text: True)
    if most <= length:
        return flow
    return Opaque(_span(flow), f"'truncate' may cut what stands here (up to {most} characters)")


def _each(flow: Flow, change: Callable[[str], str] | None, name: str) -> Flow:
    if isinstance(flow, Text):
        if change is None:
            return Opaque(flow.span, f"'{name}' of a text with values in it")
        made = change(flow.text)
        return Text(flow.span, made, exact=(flow.exact and made == flow.text) or (name in ("upper", "lower") and len(made) == len(flow.text)))  # fmt: skip
    if isinstance(flow, Hole):
        return Hole(flow.span, flow.expression, flow.field, flow.type, flow.role, (*flow.filters, name))
    if isinstance(flow, Seq):
        return seq([_each(part, change, name) for part in flow.parts])
    if isinstance(flow, Choice):
        return Choice(flow.span, tuple((cond, _each(part, change, name)) for cond, part in flow.branches))
    if isinstance(flow, Repeat):
        return Repeat(_each(flow.body, change, name))
    return flow


def _merged(flow: Flow) -> Flow:
    """Neighbouring literals as one, so that words across their border are found."""
    if isinstance(flow, Seq):
        parts: list[Flow] = []
        for part in map(_merged, flow.parts):
            last = parts[-1] if parts else None
            if isinstance(part, Text) and isinstance(last, Text):
                exact = last.exact and part.exact and last.span.end == part.span.start
                span = Span(last.span.path, last.span.start, part.span.end) if exact else last.span
                parts[-1] = Text(span, last.text + part.text, exact)
            else:
                parts.append(part)
        return seq(parts)
    if isinstance(flow, Choice):
        return Choice(flow.span, tuple((cond, _merged(part)) for cond, part in flow.branches))
    return Repeat(_merged(flow.body)) if isinstance(flow, Repeat) else flow


def _leaves(flow: Flow) -> list[Flow]:
    if isinstance(flow, Seq):
        return [leaf for part in flow.parts for leaf in _leaves(part)]
    if isinstance(flow, Choice):
        return [leaf for _, part in flow.branches for leaf in _leaves(part)]
    return _leaves(flow.body) if isinstance(flow, Repeat) else [flow]


def _span(flow: Flow) -> Span:
    found = [leaf.span for leaf in _leaves(flow) if not isinstance(leaf, (Seq, Repeat))]
    return found[0] if found else Span("", 0, 0)
