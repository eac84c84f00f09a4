"""Expressions: from Jinja's expression nodes to values. Constants are folded, fields kept as terms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from jinja2 import nodes as jn

from .conditions import FALSE, TRUE, Atom, Cond, Const, Op, Ref, both, negate, show
from .honorifics import HONORIFICS
from .nodes import EMPTY, Choice, Flow, Hole, Repeat, Span, Text, seq
from .schema import Schema
from .tags import Placed
from .values import (
    Alternatives,
    Function,
    Items,
    Mapped,
    Missing,
    Module,
    Obj,
    Pairs,
    Rendered,
    Scratch,
    Selected,
    Total,
    Unknown,
    Value,
    alternatives,
    as_constant,
    concat,
    hole,
    operate,
    spread,
    to_flow,
    truth,
)
from .worlds import PURE_TESTS, readable_filter

if TYPE_CHECKING:
    from .link import Frame
    from .source import Source

FORMATTERS = frozenset({"money", "day", "mask"})
ADDRESS = "honorific"
TRANSPARENT = frozenset({"safe", "escape", "e", "forceescape", "string", "trim"})
CASE = frozenset({"upper", "lower", "capitalize", "title"})
TEXT_FILTERS = frozenset({"replace", "indent", "truncate"})
LIST_FILTERS = frozenset({"selectattr", "rejectattr", "map", "join", "sum", "list", "first"})
GLOBAL_NAMES = frozenset(
    {
        "range",
        "dict",
        "namespace",
        "notice",
        "_",
        "gettext",
        "ngettext",
        "cycler",
        "joiner",
        "lipsum",
        "locale",
        "channel",
        "body",
        "subject",
    }
)


class Expressions:
    """Evaluates expressions for the linker, whose state it shares."""

    source: Source
    frame: Frame
    scratch: dict[int, dict[str, Value]]
    has_context: bool

    def __init__(self, schema: Schema):
        self.schema = schema
        self.has_context = True
        self._namespaces = 0
        self._entered = 0
        self._elements: dict[tuple[str, str], int] = {}
        self.problems: list[Any] = []
        self.passes = ""

    # Supplied by the linker.
    resolve_notice: Callable[[str], str | None]
    locale: str
    renamed: Mapping[str, str]
    blocks: dict[str, Any]

    def problem(self, kind: str, span: Span, message: str, hint: str = "") -> None:
        raise NotImplementedError

    def block(self, name: str, level: int, span: Span, scoped: bool = False) -> Flow:
        raise NotImplementedError

    def find(self, name: Any, offset: int) -> Source | None:
        raise NotImplementedError

    def included(self, source: Source, span: Span) -> Flow:
        raise NotImplementedError

    def standing(self, source: Source, span: Span) -> Flow:
        raise NotImplementedError

    def value(self, node: jn.Node) -> Value:
        """The value of an expression."""
        method = getattr(self, "of_" + type(node).__name__.lower(), None)
        if method is None:
            if isinstance(node, jn.BinExpr):
                return self._binary(node)
            return Unknown(f"'{type(node).__name__}' cannot be followed")
        result: Value = method(node)
        return result

    def key(self, node: jn.Node) -> str:
        """A name for a test that cannot be read: its place and the pass that reaches it, so that no two are confused."""
        local = False
        if self.frame.names or self.frame.outer is not None:
            names = [node] if isinstance(node, jn.Name) else node.find_all(jn.Name)
            local = any(self.frame.get(name.name) is not None for name in names)
        return f"test at {self.source.path}:{self.source.original(node.lineno)}{self.passes if local else ''}"

    def enter(self) -> str:
        """Begin a pass of a loop, a call or an included file: tests met in it are its own. Returns what to restore."""
        outer = self.passes
        self._entered += 1
        self.passes = f"{outer}/{self._entered}"
        return outer

    def of_placed(self, node: Placed) -> Value:
        return self.value(node.node)

    def of_const(self, node: jn.Const) -> Value:
        return Const(node.value)

    def of_templatedata(self, node: jn.TemplateData) -> Value:
        return Const(node.data)

    def of_name(self, node: jn.Name) -> Value:
        found = self.frame.get(node.name)
        if found is not None:
            return found
        if self.has_context:
            path = self.renamed.get(node.name, node.name)
            if path in self.schema.fields:
                return self.field(path)
            if path in self.schema.children:
                return Obj(path)
            if any(renamed.startswith(node.name + ".") for renamed in self.renamed):
                return Obj(node.name)
        if node.name in ("locale", "channel"):
            here = self.source.span(node.lineno, node.lineno + len(node.name))
            return Rendered(Hole(here, node.name, None, "enum", None))
        if node.name in GLOBAL_NAMES:
            if node.name in ("body", "subject"):
                return Rendered(EMPTY)
            return Unknown(f"'{node.name}' cannot be followed")
        if node.name == "self":
            return Obj("self")
        known = [*self.schema.top_level, *self.frame_names(), *self.renamed]
        span = self.source.span(node.lineno, node.lineno + len(node.name))
        if node.name not in ("loop", "caller", "super", "varargs", "kwargs"):
            self.problem(
                "unknown-name", span, f"'{node.name}' is not a known variable", _hint(node.name, known)
            )
        return Missing(node.name)

    def frame_names(self) -> list[str]:
        """Every name that can be seen here."""
        names: list[str] = []
        frame: Frame | None = self.frame
        while frame is not None:
            names.extend(frame.names)
            frame = frame.outer
        return names

    def field(self, path: str) -> Value:
        """A field of the schema as a value."""
        found = self.schema.lookup(path)
        if found is None:
            return Missing(path)
        return Obj(path) if found.type == "object" else Ref(path, found)

    def of_getattr(self, node: jn.Getattr) -> Value:
        return spread(self.value(node.node), lambda leaf: self.attribute(leaf, node.attr, node))

    def attribute(self, value: Value, name: str, node: jn.Node) -> Value:
        """`value.name`"""
        if isinstance(value, Obj):
            if value.path == "self":
                if name in self.blocks:
                    return Function(name, lambda a, k, s: Rendered(self.block(name, 0, s)))
                return Missing(f"self.{name}")
            dotted = f"{value.path}.{name}"
            dotted = self.renamed.get(dotted, dotted)
            list_path, bracket, _ = value.path.partition("[")
            if bracket:
                owner = self.schema.fields.get(list_path)
                item = owner.item.get(name) if owner and owner.item else None
                if item is not None:
                    return Ref(dotted, item)
                known = list(owner.item) if owner and owner.item else []
            else:
                if dotted in self.schema.fields:
                    return self.field(dotted)
                known = list(self.schema.children.get(value.path, ()))
            offset = self.source.text.find(name, self.source.original(node.lineno)) - self.source.body_start
            start = offset if self.source.to_original is None and offset >= 0 else node.lineno
            span = self.source.span(start, start + len(name))
            shown = value.path.split("[")[0] + "." + name
            self.problem("unknown-field", span, f"'{shown}' is not in the schema", _hint(name, known))
            return Missing(shown)
        if isinstance(value, Pairs):
            for key, item_value in value.values:
                if key == name:
                    return item_value
            return Missing(name)
        if isinstance(value, Scratch):
            return self.scratch.get(value.key, {}).get(name, Missing(name))
        if isinstance(value, Module):
            return value.names.get(name, Missing(name))
        if isinstance(value, Missing):
            return value
        if isinstance(value, Ref) and value.field.type != "list":
            if name in ("year", "month", "day", "currency", "isoformat", "strftime"):
                return Unknown(f"'.{name}' of a field cannot be followed")
            return Unknown(f"'.{name}' of a field cannot be followed")
        return Unknown(f"'.{name}' cannot be followed")

    def of_getitem(self, node: jn.Getitem) -> Value:
        value = self.value(node.node)
        if isinstance(node.arg, jn.Slice):
            bounds = [node.arg.start, node.arg.stop, node.arg.step]
            parts = [Const(None) if bound is None else self.value(bound) for bound in bounds]
            if isinstance(value, Items):
                plain = [as_constant(part) for part in parts]
                if all(part is not None for part in plain):
                    return Items(value.values[slice(*[part.value for part in plain if part is not None])])
            return operate("slice", [value, *parts], self.key(node))
        index = self.value(node.arg)
        return spread(value, lambda leaf: spread(index, lambda at: self._item(leaf, at, node)))

    def _item(self, value: Value, index: Value, node: jn.Getitem) -> Value:
        constant = as_constant(index)
        if constant is None and isinstance(index, Ref) and index.field.values and not index.field.nullable:
            # `{'soft': …, 'firm': …}[debt.stage]`: one element for each value that the field can have.
            options: list[tuple[Cond, Value]] = []
            for name in index.field.values:
                is_it = Op("eq", (index, Const(name)))
                options.append((Atom(show(is_it), is_it), self._item(value, Const(name), node)))
            return alternatives(options)
        if constant is None:
            return Unknown("an element chosen while rendering")
        at = constant.value
        if isinstance(at, str) and isinstance(value, (Obj, Pairs, Scratch, Module)):
            return self.attribute(value, at, node)
        if isinstance(value, Items) and isinstance(at, int) and -len(value.values) <= at < len(value.values):
            return value.values[at]
        if isinstance(value, Pairs):
            return next((item for key, item in value.values if key == at), Missing(str(at)))
        if isinstance(value, Ref) and value.field.type == "list" and at in (0, -1):
            has = Op("gteq", (Op("filter:length", (value,)), Const(1)))
            some = Atom(f"{value.path}|length >= 1", has)
            one = Atom(f"{value.path}|length == 1", Op("eq", (Op("filter:length", (value,)), Const(1))))
            missing: Value = Missing(f"{value.path}[{at}]")
            first: Value = Obj(f"{value.path}[first]")
            if at == 0:
                return alternatives([(some, first), (negate(some), missing)])
            return alternatives(
                [
                    (both(some, one), first),
                    (both(some, negate(one)), Obj(f"{value.path}[last]")),
                    (negate(some), missing),
                ]
            )
        return operate("item", [value, constant], self.key(node))

    def of_call(self, node: jn.Call) -> Value:
        return self.call(node, {})

    def call(self, node: jn.Call, extra: dict[str, Value]) -> Value:
        """A call of a macro, a block, `notice`, `range` … anything else is unknown."""
        span = self.source.tag(node.lineno)
        args = [self.value(arg) for arg in node.args]
        kwargs = {keyword.key: self.value(keyword.value) for keyword in node.kwargs} | extra
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            return Unknown("a call with unpacked arguments")
        if isinstance(node.node, jn.Name) and self.frame.get(node.node.name) is None:
            made = self._builtin_call(node.node.name, args, kwargs, node, span)
            if made is not None:
                return made
        if isinstance(node.node, jn.Getattr):
            owner = self.value(node.node.node)
            made = self._method(owner, node.node.attr, args, kwargs)
            if made is not None:
                return made
        target = self.value(node.node)
        return spread(
            target,
            lambda leaf: (
                leaf.call(args, kwargs, span)
                if isinstance(leaf, Function)
                else (
                    leaf
                    if isinstance(leaf, (Missing, Unknown))
                    else Unknown("a call that cannot be followed")
                )
            ),
        )

    def _builtin_call(
        self, name: str, args: list[Value], kwargs: dict[str, Value], node: jn.Call, span: Span
    ) -> Value | None:
        if name == "notice":
            return (
                spread(args[0], lambda leaf: self.notice(leaf, node.lineno, span))
                if args
                else Unknown("notice() without a name")
            )
        if name == "range":
            plain = [as_constant(arg) for arg in args]
            if plain and all(part is not None and isinstance(part.value, int) for part in plain):
                made = range(*[part.value for part in plain if part is not None])
                return Const(list(made)) if len(made) <= 1000 else Unknown("a range that is too long")
            return Unknown("a range that depends on the borrower")
        if name == "namespace":
            self._namespaces += 1
            self.scratch[self._namespaces] = dict(kwargs)
            return Scratch(self._namespaces)
        if name == "dict":
            return Pairs(tuple(kwargs.items()))
        if name in ("_", "gettext", "pgettext"):
            text = as_constant(args[-1]) if args else None
            return text if text is not None else Unknown("a translation that is not fixed")
        if name in ("ngettext", "npgettext") and len(args) >= 3:
            # Without a catalogue: the first form for one, the second for any other number.
            one, many, number = args[-3:]
            single = operate("eq", [number, Const(1)], self.key(node))
            cond = truth(single, self.key(node))
            return alternatives([(cond, one), (negate(cond), many)])
        return None

    def notice(self, value: Value, offset: int, span: Span) -> Value:
        """The approved text of a name, as it stands in this locale."""
        name = as_constant(value)
        if name is None:
            return Unknown("the notice is not known before rendering")
        path = self.resolve_notice(str(name.value))
        found = self.find(path, offset) if path is not None else None
        if found is None:
            self.problem("unresolved", span, f"there is no notice '{name.value}' in this locale")
            return Unknown(f"there is no notice '{name.value}' in this locale")
        outer, self.frame = self.frame, type(self.frame)({}, None)
        try:
            return Rendered(self.standing(found, span))
        finally:
            self.frame = outer

    def _method(self, owner: Value, name: str, args: list[Value], kwargs: dict[str, Value]) -> Value | None:
        if isinstance(owner, Alternatives):
            leaves = [(cond, self._method(leaf, name, args, kwargs)) for cond, leaf in owner.options]
            if all(leaf is not None for _, leaf in leaves):
                return alternatives([(cond, leaf) for cond, leaf in leaves if leaf is not None])
            return None
        text = as_constant(owner)
        plain = [as_constant(arg) for arg in args]
        if (
            text is not None
            and isinstance(text.value, str)
            and all(part is not None for part in plain)
            and not kwargs
        ) and name in (
            "upper",
            "lower",
            "strip",
            "replace",
            "join",
            "title",
            "capitalize",
            "split",
            "startswith",
            "endswith",
            "format",
            "lstrip",
            "rstrip",
        ):
            if name == "format":
                return self._formatted_braces(text.value, args)
            try:
                return Const(getattr(text.value, name)(*[part.value for part in plain if part is not None]))
            except Exception:
                return Unknown(f"'.{name}()' cannot be worked out here")
        if isinstance(owner, Const) and isinstance(owner.value, str):
            if name == "format" and not kwargs:
                return self._formatted_braces(owner.value, args)
            if name == "join" and len(args) == 1 and isinstance(args[0], Items):
                return self._joined(args[0], owner)
        return None

    def _formatted_braces(self, pattern: str, args: list[Value]) -> Value:
        pieces = pattern.split("{}")
        if len(pieces) != len(args) + 1 or "{" in "".join(pieces):
            return Unknown("a format that cannot be followed")
        return self._interleaved(pieces, args)

    def _interleaved(self, pieces: list[str], args: list[Value]) -> Value:
        span = self.source.span(0, 0)
        parts: list[Flow] = [Text(span, pieces[0], False)]
        for piece, arg in zip(pieces[1:], args, strict=True):
            parts.append(to_flow(arg, span))
            parts.append(Text(span, piece, False))
        return concat(parts)

    def of_filter(self, node: jn.Filter) -> Value:
        if node.node is None:
            return Unknown("a filter without a value")
        return self.filtered(node, self.value(node.node))

    def filtered(self, node: jn.Filter, value: Value) -> Value:
        """One filter applied to a value."""
        args = [self.value(arg) for arg in node.args]
        kwargs: dict[str, Value] = {str(keyword.key): self.value(keyword.value) for keyword in node.kwargs}
        if node.name == "default" or node.name == "d":
            return self._default(value, args, kwargs)
        return spread(value, lambda leaf: self._filter_one(node, leaf, args, kwargs))

    def _default(self, value: Value, args: list[Value], kwargs: dict[str, Value]) -> Value:
        other = args[0] if args else kwargs.get("default_value", Const(""))
        boolean = args[1] if len(args) > 1 else kwargs.get("boolean", Const(False))
        falsy = as_constant(boolean)

        def one(leaf: Value) -> Value:
            if isinstance(leaf, Missing):
                return other
            if falsy is not None and falsy.value:
                cond = truth(leaf, f"default of {leaf}")
                return alternatives([(cond, leaf), (negate(cond), other)])
            return leaf

        return spread(value, one)

    def _filter_one(
        self, node: jn.Filter, value: Value, args: list[Value], kwargs: dict[str, Value]
    ) -> Value:
        name = node.name
        span = self.source.tag(node.lineno)
        if name in FORMATTERS:
            return self._format(name, value, span)
        if isinstance(value, Missing):
            return value
        if name == ADDRESS:
            return self._addressed(node, value, args, span)
        if name in TRANSPARENT:
            constant = as_constant(value)
            if name == "trim" and constant is not None:
                return Const(str(constant.value).strip())
            if name == "string" and isinstance(value, (Const, Ref, Op)):
                return operate("filter:string", [value], self.key(node))
            return value
        if name in CASE:
            constant = as_constant(value)
            if constant is not None:
                return operate("filter:" + name, [Const(str(constant.value))], self.key(node))
            if isinstance(value, Rendered):
                return self._text_filter(name, value.flow, args, kwargs)
            if isinstance(value, Ref) and value.field.type != "enum":
                return Rendered(hole(value, span, (name,)))
        if name == "format":
            return self._percent(value, args)
        if name == "join":
            if isinstance(value, Items):
                return self._joined(value, args[0] if args else Const(""))
            constant = as_constant(value)
        if name in ("first", "last") and isinstance(value, Items) and value.values:
            return value.values[0 if name == "first" else -1]
        if name in ("first", "last") and isinstance(value, Ref) and value.field.type == "list":
            return self._item(value, Const(0 if name == "first" else -1), jn.Getitem())
        if name in ("length", "count") and isinstance(value, Items):
            return Const(len(value.values))
        if name == "list" and isinstance(value, (Items, Ref)):
            return value
        if name == "reverse" and isinstance(value, Items):
            return Items(value.values[::-1])
        if name == "reverse":
            constant = as_constant(value)
            if constant is not None and isinstance(constant.value, str):
                return Const(constant.value[::-1])
            if constant is not None and isinstance(constant.value, list):
                return Const(constant.value[::-1])
        if name in LIST_FILTERS and isinstance(value, (Ref, Selected, Mapped)):
            made = self._list_filter(node, value, args, kwargs)
            if made is not None:
                return made
        if name in TEXT_FILTERS and as_constant(value) is None and _is_text(value):
            return self._text_filter(name, to_flow(value, span), args, kwargs)
        if readable_filter(name) and not kwargs:
            return operate("filter:" + name, [value, *args], self.key(node))
        from jinja2.filters import FILTERS

        if name not in FILTERS:
            at = self.source.span(node.lineno, node.lineno + len(name))
            self.problem(
                "unknown-filter",
                at,
                f"there is no filter '{name}'",
                _hint(name, [*FILTERS, *FORMATTERS, ADDRESS]),
            )
        return Unknown(f"the filter '{name}' cannot be followed")

    def _text_filter(self, name: str, flow: Flow, args: list[Value], kwargs: dict[str, Value]) -> Value:
        """A filter that rewrites text, on a text with values in it."""
        from . import text_filters  # Few templates need it.

        def given(place: int, key: str, usual: Any) -> Any:
            found = (
                as_constant(args[place]) if place < len(args) else as_constant(kwargs.get(key, Const(usual)))
            )
            return found.value if found is not None else None

        if name in CASE:
            return Rendered(text_filters.recased(flow, name))
        if name == "replace" and len(args) + len(kwargs) == 2:
            old, new = given(0, "s" if args else "old", None), given(1, "new", None)
            if isinstance(old, str) and isinstance(new, str):
                return Rendered(text_filters.substituted(flow, old, new))
        if name == "indent" and not given(2, "blank", False):
            width, first = given(0, "width", 4), given(1, "first", False)
            if isinstance(width, int) and isinstance(first, bool):
                return Rendered(text_filters.indented(flow, width, first))
        if name == "truncate" and isinstance(given(0, "length", 255), int):
            return Rendered(text_filters.cut(flow, self.schema, given(0, "length", 255)))
        return Unknown(f"the filter '{name}' cannot be followed with these arguments")

    def _list_filter(
        self, node: jn.Filter, value: Ref | Selected | Mapped, args: list[Value], kwargs: dict[str, Value]
    ) -> Value | None:
        """`selectattr`, `rejectattr`, `map`, `join`, `sum`, `list`, `first` on a list of the borrower's record."""
        name = node.name
        if isinstance(value, Ref) and value.field.type != "list":
            return None
        if name == "list":
            return value
        if name in ("selectattr", "rejectattr") and not isinstance(value, Mapped) and args and not kwargs:
            return self._narrowed(node, value, args)
        if name == "map" and not isinstance(value, Mapped) and not args and set(kwargs) == {"attribute"}:
            return Mapped(value, kwargs["attribute"], ())
        if name == "map" and isinstance(value, Mapped) and len(args) == 1 and not kwargs:
            formatter = as_constant(args[0])
            if formatter is not None and formatter.value in FORMATTERS:
                return Mapped(value.items, value.attribute, (*value.filters, str(formatter.value)))
        if name == "join" and isinstance(value, Mapped) and not kwargs:
            return self._joined_attribute(node, value, args[0] if args else Const(""))
        if name == "sum" and set(kwargs) <= {"attribute"} and not args:
            attribute = value.attribute if isinstance(value, Mapped) else kwargs.get("attribute")
            items = value.items if isinstance(value, Mapped) else value
            if attribute is not None:
                path = (items.items if isinstance(items, Selected) else items).path
                field = self._attribute_of(Obj(f"{path}[first]"), attribute, node)
                if (
                    isinstance(field, Ref)
                    and field.field.type in ("int", "money")
                    and not field.field.nullable
                ):
                    return Total(f"sum of {field.path.replace('[first]', '')}", field.field.type)
        if name == "first" and isinstance(value, Selected):
            return alternatives(
                [(value.some, value.element), (negate(value.some), Missing("first of an empty list"))]
            )
        return None

    def _attribute_of(self, element: Obj, attribute: Value, node: jn.Filter) -> Value:
        name = as_constant(attribute)
        if name is None or not isinstance(name.value, str):
            return Unknown("an attribute chosen while rendering")
        return self.attribute(element, name.value, node)

    def selected(self, ref: Ref, accepts: Callable[[Obj], Cond]) -> Selected:
        """The elements of a list that pass a test. Each different test has an element of its own: that one order is
        unpaid says nothing of another being paid."""
        known = len(self.problems)
        test = repr(accepts(Obj(f"{ref.path}[some]")))
        del self.problems[known:]
        number = self._elements.setdefault(
            (ref.path, test), 1 + sum(path == ref.path for path, _ in self._elements)
        )
        element = Obj(f"{ref.path}[some{number}]")
        any_ = Op("gteq", (Op("filter:length", (ref,)), Const(1)))
        some = both(Atom(f"{ref.path}|length >= 1", any_), accepts(element))
        return Selected(ref, accepts, element, some)

    def _narrowed(self, node: jn.Filter, value: Ref | Selected, args: list[Value]) -> Value:
        test = as_constant(args[1]) if len(args) > 1 else Const(None)
        if test is None:
            return Unknown("a test chosen while rendering")
        if test.value is not None and test.value not in PURE_TESTS:
            return Unknown(f"the test '{test.value}' cannot be followed")

        def accepts(element: Obj) -> Cond:
            field = self._attribute_of(element, args[0], node)
            named = test.value is not None
            tested = operate(f"test:{test.value}", [field, *args[2:]], self.key(node)) if named else field
            passed = truth(tested, self.key(node))
            passed = negate(passed) if node.name == "rejectattr" else passed
            return both(value.accepts(element), passed) if isinstance(value, Selected) else passed

        return self.selected(value.items if isinstance(value, Selected) else value, accepts)

    def _joined_attribute(self, node: jn.Filter, value: Mapped, separator: Value) -> Value:
        """Each element's attribute, formatted, with the separator between them."""
        span = self.source.tag(node.lineno)
        items = value.items

        def shown(element: Obj) -> Flow:
            made = self._attribute_of(element, value.attribute, node)
            for name in value.filters:
                made = self._format(name, made, span)
            return to_flow(made, span)

        between = to_flow(separator, span)
        if isinstance(items, Selected):
            one = shown(items.element)
            more = Choice(span, ((Atom(self.key(node), None), Repeat(seq([between, one]))),))
            return Rendered(Choice(span, ((items.some, seq([one, more])),)))

        def at_least(count: int) -> Cond:
            op = Op("gteq", (Op("filter:length", (items,)), Const(count)))
            return Atom(f"{items.path}|length >= {count}", op)

        first, middle, last = (shown(Obj(f"{items.path}[{place}]")) for place in ("first", "middle", "last"))
        inner = Choice(span, ((at_least(3), Repeat(seq([between, middle]))),))
        end = Choice(span, ((at_least(2), seq([between, last])),))
        return Rendered(Choice(span, ((at_least(1), seq([first, inner, end])),)))

    def _format(self, name: str, value: Value, span: Span) -> Value:
        if isinstance(value, Total):
            kind = {"money": "money", "day": "date", "mask": "text"}[name]
            return Rendered(Hole(span, value.shown, None, kind, None, (name,)))
        if isinstance(value, Ref):
            return Rendered(hole(value, span, (name,)))
        if isinstance(value, Op):
            kind = {"money": "money", "day": "date", "mask": "text"}[name]
            return Rendered(Hole(span, show(value), None, kind, None, (name,)))
        if isinstance(value, Const):
            return Unknown(f"'{name}' of a fixed value")
        if isinstance(value, Missing):
            return value
        return Unknown(f"'{name}' of a value that cannot be followed")

    def _addressed(self, node: jn.Filter, name: Value, args: list[Value], span: Span) -> Value:
        """`name|honorific(salutation)`: a choice of the titles that the locale knows, so that each one is read."""
        titles = HONORIFICS.get(self.locale)
        if titles is None or len(args) != 1 or not _is_text(name):
            return Unknown("'honorific' takes the a name's salutation, in a locale whose titles are known")
        rest, options = TRUE, list[tuple[Cond, Value]]()
        for salutation, (before, after) in titles.items():
            same = truth(operate("eq", [args[0], Const(salutation)], self.key(node)), self.key(node))
            words = [Text(span, before, False), to_flow(name, span), Text(span, after, False)]
            options.append(
                (both(rest, same), concat([part for part in words if part != Text(span, "", False)]))
            )
            rest = both(rest, negate(same))
        return alternatives([*options, (rest, name)])

    def _percent(self, pattern: Value, args: list[Value]) -> Value:
        text = as_constant(pattern)
        if text is None or not isinstance(text.value, str):
            return Unknown("a format that is not fixed")
        pieces = text.value.replace("%d", "%s").split("%s")
        if len(pieces) != len(args) + 1 or "%" in "".join(pieces).replace("%%", ""):
            return Unknown("a format that cannot be followed")
        return self._interleaved([piece.replace("%%", "%") for piece in pieces], args)

    def _named(self, pattern: Value, names: Pairs) -> Value:
        """`'… %(name)s …' % {'name': value}`, as translations write it."""
        text = as_constant(pattern)
        if text is None or not isinstance(text.value, str):
            return Unknown("a format that is not fixed")
        pieces = re.split(r"%\((\w+)\)s", text.value)
        if "%" in "".join(pieces[::2]).replace("%%", ""):
            return Unknown("a format that cannot be followed")
        given = {str(key): value for key, value in names.values}
        args = [given.get(name, Missing(name)) for name in pieces[1::2]]
        return self._interleaved([piece.replace("%%", "%") for piece in pieces[::2]], args)

    def _joined(self, items: Items, separator: Value) -> Value:
        span = self.source.span(0, 0)
        parts: list[Flow] = []
        for index, item in enumerate(items.values):
            if index:
                parts.append(to_flow(separator, span))
            parts.append(to_flow(item, span))
        return concat(parts)

    def of_test(self, node: jn.Test) -> Value:
        value = self.value(node.node)
        if node.name in ("defined", "undefined"):
            wanted = node.name == "defined"

            # An object or field of the schema is always defined; its value may still be null.
            def known(leaf: Value) -> Value:
                if isinstance(leaf, Unknown):
                    return leaf
                return Const(isinstance(leaf, Missing) != wanted)

            if isinstance(node.node, jn.Name) and isinstance(value, Missing):
                self.forget_unknown(node.node.name)
            return spread(value, known)
        args = [self.value(arg) for arg in node.args]
        if node.name in PURE_TESTS:
            return operate("test:" + node.name, [value, *args], self.key(node))
        return Unknown(f"the test '{node.name}' cannot be followed")

    def forget_unknown(self, name: str) -> None:
        """A name asked for by `is defined` may be unknown."""

    def of_compare(self, node: jn.Compare) -> Value:
        left = self.value(node.expr)
        result: Value = Const(True)
        for operand in node.ops:
            right = self.value(operand.expr)
            step = self._compare(operand.op, left, right, node)
            result = (
                step if isinstance(result, Const) and result.value is True else self._and(result, step, node)
            )
            left = right
        return result

    def _compare(self, name: str, left: Value, right: Value, node: jn.Node) -> Value:
        if isinstance(left, Ref) and isinstance(right, Ref) and left.field.type == right.field.type == "date":
            made = self._date_order(name, left, right)
            if made is not None:
                return made
        return operate(name, [left, right], self.key(node))

    def _date_order(self, name: str, left: Ref, right: Ref) -> Value | None:
        """Two dates compared are a test of the days between them, when the schema derives those."""
        for field in self.schema.fields.values():
            between = field.derived.get("days_between") if field.derived else None
            if between == [left.path, right.path]:
                flipped = {"lt": "gt", "gt": "lt", "lteq": "gteq", "gteq": "lteq"}.get(name, name)
                return Op(flipped, (Ref(field.path, field), Const(0)))
            if between == [right.path, left.path]:
                return Op(name, (Ref(field.path, field), Const(0)))
        return None

    def of_and(self, node: jn.And) -> Value:
        return self._and(self.value(node.left), self.value(node.right), node)

    def _and(self, left: Value, right: Value, node: jn.Node) -> Value:
        cond = truth(left, self.key(node) + " left")
        if cond == TRUE:
            return right
        if cond == FALSE:
            return left
        return alternatives([(cond, right), (negate(cond), left if not _is_test(left) else Const(False))])

    def of_or(self, node: jn.Or) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        cond = truth(left, self.key(node) + " left")
        if cond == TRUE:
            return left
        if cond == FALSE:
            return right
        return alternatives([(cond, left if not _is_test(left) else Const(True)), (negate(cond), right)])

    def of_not(self, node: jn.Not) -> Value:
        value = self.value(node.node)

        def one(leaf: Value) -> Value:
            if isinstance(leaf, Unknown):
                return leaf
            if isinstance(leaf, Missing):
                return leaf
            cond: Cond = truth(leaf, self.key(node))
            if cond in (TRUE, FALSE):
                return Const(cond == FALSE)
            return alternatives([(cond, Const(False)), (negate(cond), Const(True))])

        return spread(value, one)

    def of_condexpr(self, node: jn.CondExpr) -> Value:
        test = self.value(node.test)
        cond = truth(test, self.key(node.test))
        yes = self.value(node.expr1)
        # Without else Jinja prints nothing, even under StrictUndefined.
        no = self.value(node.expr2) if node.expr2 is not None else Const("")
        return alternatives([(cond, yes), (negate(cond), no)])

    def of_concat(self, node: jn.Concat) -> Value:
        span = self.source.tag(node.nodes[0].lineno)
        values = [self.value(part) for part in node.nodes]
        constants = [as_constant(value) for value in values]
        if all(constant is not None for constant in constants):
            return Const("".join(str(constant.value) for constant in constants if constant is not None))
        return concat([to_flow(value, span) for value in values])

    def of_tuple(self, node: jn.Tuple) -> Value:
        return Items(tuple(self.value(item) for item in node.items))

    def of_list(self, node: jn.List) -> Value:
        return Items(tuple(self.value(item) for item in node.items))

    def of_dict(self, node: jn.Dict) -> Value:
        pairs: list[tuple[Any, Value]] = []
        for pair in node.items:
            key = as_constant(self.value(pair.key))
            if key is None:
                return Unknown("a dictionary with keys that are not fixed")
            pairs.append((key.value, self.value(pair.value)))
        return Pairs(tuple(pairs))

    def of_neg(self, node: jn.Neg) -> Value:
        return operate("neg", [self.value(node.node)], self.key(node))

    def of_pos(self, node: jn.Pos) -> Value:
        return operate("pos", [self.value(node.node)], self.key(node))

    def of_marksafe(self, node: jn.MarkSafe) -> Value:
        return self.value(node.expr)

    def of_marksafeifautoescape(self, node: jn.MarkSafeIfAutoescape) -> Value:
        return self.value(node.expr)

    def _binary(self, node: jn.BinExpr) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        name = type(node).__name__.lower()
        if name == "mod" and isinstance(left, Alternatives) and isinstance(right, Pairs):
            return spread(left, lambda leaf: self._named(leaf, right))
        if name == "mod" and isinstance(right, Pairs):
            return self._named(left, right)
        if (
            name == "mod"
            and isinstance(as_constant(left), Const)
            and isinstance(getattr(as_constant(left), "value", None), str)
        ):
            return self._percent(left, list(right.values) if isinstance(right, Items) else [right])
        if name == "add" and (_is_text(left) or _is_text(right)):
            span = self.source.tag(node.lineno)
            if as_constant(left) is None or as_constant(right) is None:
                return concat([to_flow(left, span), to_flow(right, span)])
        return operate(name, [left, right], self.key(node))


def _is_test(value: Value) -> bool:
    return isinstance(value, Op) and (
        value.name.startswith("test:")
        or value.name in ("eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin")
    )


def _is_text(value: Value) -> bool:
    if isinstance(value, Alternatives):
        return any(_is_text(leaf) for _, leaf in value.options)
    if isinstance(value, Ref):
        return value.field.type not in ("int", "money", "bool", "list", "date")
    return isinstance(value, Rendered) or (isinstance(value, Const) and isinstance(value.value, str))


def _hint(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean '{close[0]}'?" if close else ""
