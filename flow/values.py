"""What a variable can hold while a template is linked: constants, fields, texts, macros and choices of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .conditions import FALSE, TRUE, Atom, Cond, Const, Op, Ref, Term, both, either, negate, show
from .nodes import EMPTY, Choice, Crash, Flow, Hole, Opaque, Repeat, Seq, Span, Text, seq
from .record import record
from .worlds import apply_op

MAX_ALTERNATIVES = 64


@record()
class Obj:
    """An object of the schema, or one element of a list."""

    path: str


@record()
class Rendered:
    """Text made by a block set, macro, notice or filter; `safe` text is not escaped again."""

    flow: Flow


@record()
class Items:
    """A list or tuple written in the template."""

    values: tuple[Value, ...]


@record(key=())
class Selected:
    """The elements of a list that pass a test: `element` stands for one of them, `some` holds where there is one."""

    items: Ref
    accepts: Callable[[Obj], Cond]
    element: Obj
    some: Cond


@record()
class Mapped:
    """One attribute of each element, formatted by `filters`."""

    items: Ref | Selected
    attribute: Value
    filters: tuple[str, ...]


@record()
class Total:
    """A sum over a list: a number that is printed, and not read further."""

    shown: str
    type: str


@record()
class Pairs:
    """A dictionary written in the template, with constant keys."""

    values: tuple[tuple[Any, Value], ...]


@record()
class Alternatives:
    """One of several values, by condition."""

    options: tuple[tuple[Cond, Value], ...]


@record()
class Missing:
    """A name that is not defined; printing it raises under StrictUndefined."""

    name: str


@record()
class Unknown:
    """A value that cannot be followed."""

    why: str


@record(key=())
class Function:
    """Something a template can call: a macro, `caller`, `super`, a block."""

    name: str
    call: Callable[[Sequence[Value], dict[str, Value], Span], Value]


@record(key=())
class Module:
    """An imported template: its macros and top-level assignments."""

    names: dict[str, Value]


@record()
class Scratch:
    """A `namespace()`; its attributes live in the linker's state under `key`."""

    key: int


Value = (
    Const
    | Ref
    | Op
    | Obj
    | Rendered
    | Items
    | Selected
    | Mapped
    | Total
    | Pairs
    | Alternatives
    | Missing
    | Unknown
    | Function
    | Module
    | Scratch
)


def alternatives(options: list[tuple[Cond, Value]]) -> Value:
    """A choice of values: nested choices flattened, equal values joined."""
    flat: list[tuple[Cond, Value]] = []
    for cond, value in options:
        inner = value.options if isinstance(value, Alternatives) else ((TRUE, value),)
        for inner_cond, leaf in inner:
            joined = both(cond, inner_cond)
            if joined == FALSE:
                continue
            for index, (old_cond, old) in enumerate(flat):
                if type(old) is type(leaf) and old == leaf:
                    flat[index] = (either(old_cond, joined), old)
                    break
            else:
                flat.append((joined, leaf))
    if len(flat) == 1 and flat[0][0] == TRUE:
        return flat[0][1]
    if len(flat) > MAX_ALTERNATIVES:
        return Unknown("too many alternative values")
    return Alternatives(tuple(flat))


def spread(value: Value, function: Callable[[Value], Value]) -> Value:
    """Apply a function to each alternative."""
    if isinstance(value, Alternatives):
        return alternatives([(cond, function(leaf)) for cond, leaf in value.options])
    return function(value)


def operate(name: str, args: list[Value], key: str) -> Value:
    """An operation on values: folded on constants, kept as a term on fields, else unknown."""
    for index, arg in enumerate(args):
        if isinstance(arg, Alternatives):
            return alternatives(
                [
                    (cond, operate(name, [*args[:index], leaf, *args[index + 1 :]], key))
                    for cond, leaf in arg.options
                ]
            )
    plain: list[Any] = []
    for arg in args:
        constant = as_constant(arg)
        if constant is None:
            break
        plain.append(constant.value)
    else:
        try:
            return Const(apply_op(name, plain))
        except Exception:
            return Unknown(f"'{name.split(':')[-1]}' cannot be worked out here")
    for arg in args:
        if isinstance(arg, Missing):
            return arg
    if all(isinstance(arg, (Const, Ref, Op)) or as_constant(arg) for arg in args):
        terms: list[Term] = [
            arg if isinstance(arg, (Const, Ref, Op)) else as_constant(arg) or Const(None) for arg in args
        ]
        return Op(name, tuple(terms))
    return Unknown(f"'{name.split(':')[-1]}' of a text made elsewhere")


def as_constant(value: Value) -> Const | None:
    """The constant a value is, if every part of it is known."""
    if isinstance(value, Const):
        return value
    if isinstance(value, Items):
        parts = [as_constant(item) for item in value.values]
        if all(part is not None for part in parts):
            return Const([part.value for part in parts if part is not None])
    if isinstance(value, Rendered):
        text = constant_text(value.flow)
        if text is not None:
            return Const(text)
    return None


def constant_text(flow: Flow) -> str | None:
    """The text of a flow that is the same for everyone."""
    if isinstance(flow, Text):
        return flow.text
    if isinstance(flow, Seq):
        parts = [constant_text(part) for part in flow.parts]
        if all(part is not None for part in parts):
            return "".join(part for part in parts if part is not None)
    return None


def truth(value: Value, key: str) -> Cond:
    """The condition under which a value is true; `key` names it where it cannot be read."""
    if isinstance(value, Alternatives):
        return either(*(both(cond, truth(leaf, key)) for cond, leaf in value.options))
    if isinstance(value, Const):
        return TRUE if value.value else FALSE
    if isinstance(value, (Ref, Op)):
        if isinstance(value, Op) and value.name == "not":
            return negate(truth(value.args[0], key))
        return Atom(show(value), value)
    if isinstance(value, Selected):
        return value.some
    if isinstance(value, Items):
        return TRUE if value.values else FALSE
    if isinstance(value, Pairs):
        return TRUE if value.values else FALSE
    if isinstance(value, Rendered):
        printed = prints_something(value.flow)
        return Atom(key, None) if printed is None else printed
    if isinstance(value, (Obj, Function, Module, Scratch)):
        return TRUE
    return Atom(key, None)


def prints_something(flow: Flow) -> Cond | None:
    """The condition under which a flow prints at least one character; None where it cannot be told."""
    if isinstance(flow, Text):
        return TRUE if flow.text else FALSE
    if isinstance(flow, Hole):
        return TRUE if flow.type in ("money", "date", "int", "enum", "bool") else None
    if isinstance(flow, Crash):
        return FALSE
    if isinstance(flow, Repeat):
        return prints_something(flow.body)
    if isinstance(flow, Seq):
        parts = [prints_something(part) for part in flow.parts]
        if TRUE in parts:
            return TRUE
        known = [part for part in parts if part is not None]
        return either(*known) if len(known) == len(parts) else None
    if isinstance(flow, Choice):
        found = []
        for cond, part in flow.branches:
            inner = prints_something(part)
            if inner is None:
                return None
            found.append(both(cond, inner))
        return either(*found)
    return None


def to_flow(value: Value, span: Span) -> Flow:
    """What printing a value shows."""
    if isinstance(value, Alternatives):
        return Choice(span, tuple((cond, to_flow(leaf, span)) for cond, leaf in value.options))
    if isinstance(value, Const):
        if value.value is None:
            return Crash(span, "prints an empty value (none)")
        return Text(span, str(value.value), exact=False)
    if isinstance(value, Rendered):
        return value.flow
    if isinstance(value, Ref):
        if value.field.type == "list":
            return Opaque(span, "prints a list as Python writes it")
        return hole(value, span, ())
    if isinstance(value, Op):
        return _printed_op(value, span)
    if isinstance(value, Missing):
        return Crash(span, f"'{value.name}' is not defined")
    if isinstance(value, Total):
        return Hole(span, value.shown, None, value.type, None, ())
    if isinstance(value, Items):
        return Opaque(span, "prints a list as Python writes it")
    if isinstance(value, Unknown):
        return Opaque(span, value.why)
    return Opaque(span, "prints an object as Python writes it")


def hole(ref: Ref, span: Span, filters: tuple[str, ...]) -> Flow:
    """A printed field; printing null raises."""
    field_ = ref.field
    made: Flow = Hole(span, ref.path, field_.path, field_.type, field_.role, filters)
    if field_.nullable:
        null = Atom(show(Op("test:none", (ref,))), Op("test:none", (ref,)))
        made = Choice(span, ((null, Crash(span, f"'{field_.path}' may be null here")), (negate(null), made)))
    return made


def _printed_op(op: Op, span: Span) -> Flow:
    kind = "text"
    if op.name in ("add", "sub", "mul", "floordiv", "mod", "filter:length", "filter:count", "filter:int"):
        kind = "int"
    return Hole(span, show(op), None, kind, None, ())


def concat(parts: list[Flow]) -> Value:
    """Texts joined."""
    return Rendered(seq(parts) if parts else EMPTY)
