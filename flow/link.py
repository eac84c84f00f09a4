"""Linking: one template, with everything it includes, imports and extends, followed into a flow.

Statements are followed here, expressions in `expressions.py`. What a branch assigns is kept as a choice of
values, so that a notice set in one branch and printed far below is still found, in the right worlds only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from jinja2 import nodes as jn

from .conditions import FALSE, TRUE, Atom, Cond, Const, Op, Ref, atoms, both, either, negate
from .expressions import Expressions
from .nodes import EMPTY, Choice, Crash, Flow, Hole, Opaque, Repeat, Seq, Span, Text, seq
from .record import record
from .schema import Field, Schema
from .source import Source
from .tags import Placed
from .values import (
    Alternatives,
    Function,
    Items,
    Missing,
    Module,
    Obj,
    Pairs,
    Rendered,
    Scratch,
    Selected,
    Unknown,
    Value,
    alternatives,
    as_constant,
    spread,
    to_flow,
    truth,
)

_BEFORE = Unknown("the value before this pass")
MAX_DEPTH = 24
MAX_UNROLLED = 60
Loader = Callable[[str], Source | None]
_STANDING: WeakKeyDictionary[Source, dict[tuple[object, ...], Flow]] = WeakKeyDictionary()
"""Flows of files that stand alone, by the schema, the locale and the names they were read with."""


@record()
class Problem:
    """A fault met while linking: an unknown name, an unresolved include, a place that could not be read."""

    kind: str  # unknown-name | unknown-field | unknown-filter | unresolved | recursion | opaque
    span: Span
    message: str
    hint: str = ""


@record(key=())
class Linked:
    """The flow of one template, the problems met, and the files it is made of."""

    flow: Flow
    problems: tuple[Problem, ...]
    sources: Mapping[str, Source]


@record(key=())
class Exit:
    """Worlds in which the rest of a loop body is not reached."""

    cond: Cond
    leaves_loop: bool


class Frame:
    """Variables of one scope; lookups go outward, assignments stay."""

    def __init__(self, names: dict[str, Value] | None = None, outer: Frame | None = None):
        self.names = {} if names is None else names
        self.outer = outer

    def get(self, name: str) -> Value | None:
        """The value of a name in this scope or around it."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.outer
        return None


class Linker(Expressions):
    """Follows the statements of one program; state is the frame, the namespaces and the block table."""

    def __init__(
        self,
        schema: Schema,
        load: Loader,
        resolve_notice: Callable[[str], str | None],
        mapping: Mapping[str, str],
        locale: str = "",
    ):
        super().__init__(schema)
        self.load = load
        self.resolve_notice = resolve_notice
        self.renamed = mapping
        self.locale = locale
        self.problems: list[Problem] = []
        self.sources: dict[str, Source] = {}
        self.source: Source
        self.frame = Frame()
        self.scratch: dict[int, dict[str, Value]] = {}
        self.blocks: dict[str, list[tuple[Source, jn.Block]]] = {}
        self.stack: list[str] = []
        self.exits: list[Exit] = []
        self.extended: jn.Extends | None = None

    # -- programs ---------------------------------------------------------------------------------------

    def program(self, source: Source) -> Flow:
        """The flow of a whole template, parents included."""
        if source.path in self.stack:
            self.problem("recursion", source.span(0, 1), f"'{source.path}' includes itself")
            return Opaque(source.span(0, 1), "includes itself")
        if len(self.stack) >= MAX_DEPTH:
            return Opaque(source.span(0, 1), "included too deeply")
        outer_source, outer_blocks = getattr(self, "source", None), self.blocks
        self.stack.append(source.path)
        self.sources[source.path] = source
        self.source, self.blocks = source, {}
        try:
            return self._with_parents(source)
        finally:
            self.stack.pop()
            self.blocks = outer_blocks
            if outer_source is not None:
                self.source = outer_source

    def _with_parents(self, source: Source) -> Flow:
        # A walk over the whole tree for tags whose names the text must hold.
        if "block" in source.text:
            for block in source.ast.find_all(jn.Block):
                self.blocks.setdefault(block.name, []).append((source, block))
        if "extends" not in source.text:
            return self.body(source.ast.body)
        extends = next((node for node in source.ast.body if isinstance(node, jn.Extends)), None)
        nested = next(iter(source.ast.find_all(jn.Extends)), None)
        if extends is None:
            if nested is not None:
                return Opaque(source.tag(nested.lineno), "extends inside a condition")
            return self.body(source.ast.body)
        index = source.ast.body.index(extends)
        before = self.body(source.ast.body[:index])
        # Text outside blocks in a child is never printed; assignments and macros still happen.
        for node in source.ast.body[index + 1 :]:
            if not isinstance(node, (jn.Output, jn.Block)):
                self.statement(node)
        chosen = self.value(extends.template)
        if isinstance(chosen, Alternatives):
            return seq([before, self._one_of_parents(chosen, extends)])
        return seq([before, self._parent(chosen, extends)])

    def _one_of_parents(self, chosen: Alternatives, extends: jn.Extends) -> Flow:
        """`{% extends a if x else b %}`: each parent in its own worlds, from the same state."""
        names, scratch = dict(self.frame.names), {key: dict(table) for key, table in self.scratch.items()}
        blocks = {name: list(chain) for name, chain in self.blocks.items()}
        arms: list[tuple[Cond, Flow]] = []
        for cond, leaf in chosen.options:
            self.frame.names = dict(names)
            self.scratch = {key: dict(table) for key, table in scratch.items()}
            self.blocks = {name: list(chain) for name, chain in blocks.items()}
            arms.append((cond, self._parent(leaf, extends)))
        return Choice(self.source.tag(extends.lineno), tuple(arms))

    def _parent(self, chosen: Value, extends: jn.Extends) -> Flow:
        name = as_constant(chosen)
        parent = self.find(name.value, extends.lineno) if name is not None else None
        if parent is None:
            why = (
                "the parent template is not known before rendering"
                if name is None
                else f"'{name.value}' was not found"
            )
            self.problem("unresolved", self.source.tag(extends.lineno), why)
            return Opaque(self.source.tag(extends.lineno), why)
        if parent.path in self.stack:
            self.problem("recursion", self.source.tag(extends.lineno), f"'{parent.path}' extends itself")
            return Opaque(self.source.tag(extends.lineno), "extends itself")
        self.stack.append(parent.path)
        self.sources[parent.path] = parent
        outer_source, self.source = self.source, parent
        try:
            return self._with_parents(parent)
        finally:
            self.stack.pop()
            self.source = outer_source

    def find(self, name: Any, offset: int) -> Source | None:
        """A template by name; None where there is none. Paths that leave the repository are refused."""
        if not isinstance(name, str):
            return None
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            self.problem(
                "unresolved", self.source.tag(offset), f"'{name}' points outside the template folder"
            )
            return None
        return self.load(name)

    def problem(self, kind: str, span: Span, message: str, hint: str = "") -> None:
        """Remember a fault once."""
        made = Problem(kind, span, message, hint)
        if made not in self.problems:
            self.problems.append(made)

    # -- statements -------------------------------------------------------------------------------------

    def body(self, nodes: list[jn.Node]) -> Flow:
        """Statements in order; after a break or continue the rest happens only where it is reached."""
        parts: list[Flow] = []
        for index, node in enumerate(nodes):
            known = len(self.exits)
            parts.append(self.statement(node))
            if len(self.exits) > known:
                gone = either(*(exit_.cond for exit_ in self.exits[known:]))
                rest = nodes[index + 1 :]
                if rest:
                    parts.append(self.branch([(negate(gone), rest), (gone, [])], self.span(node)))
                break
        return seq(parts)

    def statement(self, node: jn.Node) -> Flow:
        """One statement's flow."""
        method = getattr(self, "on_" + type(node).__name__.lower(), None)
        if method is None:
            span = self.span(node)
            self.problem("opaque", span, f"'{type(node).__name__}' cannot be read")
            return Opaque(span, f"'{type(node).__name__}' cannot be read")
        result: Flow = method(node)
        return result

    def span(self, node: jn.Node) -> Span:
        """The tag that a node stands in."""
        return self.source.tag(node.lineno)

    def on_output(self, node: jn.Output) -> Flow:
        parts: list[Flow] = []
        for child in node.nodes:
            if isinstance(child, jn.TemplateData):
                start = child.lineno
                parts.append(Text(self.source.span(start, start + len(child.data)), child.data))
            else:
                # Any place in the tag will do; some nodes have none of their own.
                span = self.source.tag(child.lineno or _first_offset(child))
                made = self.printed(child, span)
                for opaque in () if isinstance(made, Hole) else _opaques(made):
                    if opaque.span == span:
                        self.problem("opaque", span, opaque.why)
                parts.append(made)
        return seq(parts)

    def printed(self, node: jn.Node | Placed, span: Span) -> Flow:
        """What a tag prints. A field or a notice, named where the schema alone tells what it is, is worked out once."""
        if not isinstance(node, Placed):
            return to_flow(self.value(node), span)
        key = self._resting_on()
        known: Hole | Const | None = node.expression.told.get(key) if key else None
        if isinstance(known, Hole):
            return Hole(span, known.expression, known.field, known.type, known.role, known.filters)
        if known is not None:
            return to_flow(self.notice(known, node.lineno, span), span)
        problems = len(self.problems)
        written = node.node
        made = to_flow(self.value(written), span)
        if key and isinstance(made, Hole) and made.span == span and len(self.problems) == problems:
            node.expression.told[key] = made
        elif key and (name := _notice_named(written)) is not None:
            node.expression.told[key] = name
        return made

    def _resting_on(self) -> tuple[object, ...] | None:
        """All that a name means here, where it is nothing but the schema; None where a template set or got names."""
        if self.frame.names or self.frame.outer is not None or not self.has_context:
            return None
        return (self.schema.digest, self.locale, *self.renamed.items())

    def on_if(self, node: jn.If) -> Flow:
        arms: list[tuple[Cond, list[jn.Node]]] = []
        rest: Cond = TRUE
        crashes: list[Flow] = []
        for arm in (node, *node.elif_):
            test, crash = self.test(arm.test)
            if crash is not None:
                crashes.append(
                    Choice(self.span(arm), ((both(rest, crash), Crash(self.span(arm), "the test raises")),))
                )
            arms.append((both(rest, test), arm.body))
            rest = both(rest, negate(test))
        arms.append((rest, node.else_))
        return seq([*crashes, self.branch(arms, self.span(node))])

    def test(self, node: jn.Node | Placed) -> tuple[Cond, Cond | None]:
        """(the condition of a test, the condition under which reading it raises)."""
        if not isinstance(node, Placed):
            return self._test(node)
        key = self._resting_on()
        known: tuple[Cond, Cond | None] | None = node.expression.told.get(key) if key else None
        if known is not None:
            return known
        problems = len(self.problems)
        made = self._test(node.node)
        # A test that cannot be read is named after its place.
        if (
            key
            and len(self.problems) == problems
            and all(atom.term is not None for cond in made if cond is not None for atom in atoms(cond))
        ):
            node.expression.told[key] = made
        return made

    def _test(self, node: jn.Node) -> tuple[Cond, Cond | None]:
        value = self.value(node)
        key = self.key(node)
        crash: Cond | None = None
        options = value.options if isinstance(value, Alternatives) else ((TRUE, value),)
        for cond, leaf in options:
            if isinstance(leaf, Missing):
                crash = either(crash, cond) if crash is not None else cond
        return truth(value, key), crash

    def branch(self, arms: list[tuple[Cond, list[jn.Node]]], span: Span) -> Flow:
        """Exclusive branches, their assignments merged afterwards."""
        frame, before = self.frame, dict(self.frame.names)
        scratch = {key: dict(names) for key, names in self.scratch.items()}
        after: list[tuple[Cond, dict[str, Value], dict[int, dict[str, Value]]]] = []
        branches: list[tuple[Cond, Flow]] = []
        exits = self.exits
        gathered: list[Exit] = []
        for cond, nodes in arms:
            if cond == FALSE:
                continue
            frame.names = dict(before)
            self.scratch = {key: dict(names) for key, names in scratch.items()}
            self.exits = []
            branches.append((cond, self.body(nodes)))
            gathered.extend(Exit(both(cond, made.cond), made.leaves_loop) for made in self.exits)
            after.append((cond, frame.names, self.scratch))
        self.exits = exits + gathered
        frame.names = _merge([(cond, names) for cond, names, _ in after], before)
        keys = {key for _, _, table in after for key in table}
        self.scratch = {
            key: _merge([(cond, table.get(key, {})) for cond, _, table in after], scratch.get(key, {}))
            for key in keys
        }
        if len(branches) == 1 and branches[0][0] == TRUE:
            return branches[0][1]
        if all(flow == EMPTY for _, flow in branches):
            return EMPTY
        return Choice(span, tuple(branches))

    def on_for(self, node: jn.For) -> Flow:
        iterable = self.value(node.iter)
        if isinstance(iterable, Alternatives):
            arms = []
            for cond, leaf in iterable.options:
                arms.append((cond, self.scoped(lambda leaf=leaf: self.loop(node, leaf))))  # type: ignore[misc]
            return Choice(self.span(node), tuple(arms))
        return self.loop(node, iterable)

    def loop(self, node: jn.For, iterable: Value) -> Flow:
        """A loop over one kind of iterable."""
        constant = as_constant(iterable)
        items: list[Value] | None = None
        if isinstance(iterable, Items):
            items = list(iterable.values)
        elif constant is not None and isinstance(constant.value, (list, tuple, str, range, dict)):
            items = [Const(value) for value in constant.value]
        elif isinstance(iterable, Pairs):
            items = [Const(key) for key, _ in iterable.values]
        if items is not None and len(items) <= MAX_UNROLLED and not node.recursive:
            return self.loop_known(node, items)
        if isinstance(iterable, Ref) and iterable.field.type == "list" and not node.recursive:
            return self.loop_list(node, iterable)
        if isinstance(iterable, Selected) and not node.recursive:
            return self._loop_filtered(node, iterable.items, iterable.accepts)
        span = self.span(node)
        self.problem("opaque", span, "the list of this loop cannot be followed")
        return Opaque(span, "the list of this loop cannot be followed")

    def loop_known(self, node: jn.For, items: list[Value]) -> Flow:
        parts: list[Flow] = []
        going: Cond = TRUE
        shown: Cond = FALSE
        count = len(items)
        for index, item in enumerate(items):
            accepted: Cond = TRUE
            if node.test is not None:
                accepted = self.scoped(lambda item=item: self._accepts(node, item))  # type: ignore[misc]
                # Positions then depend on who passed: they are left unread.
                loop = _loop_facts(_position(node, 1), None, None, _position(node, 1))
            else:
                loop = _loop_facts(Const(index + 1), index == 0, index == count - 1, Const(count))
            cond = both(going, accepted)
            if cond == FALSE:
                continue
            flow, leaves = self.pass_(node, item, loop, cond)
            parts.append(flow)
            shown = either(shown, cond)
            going = both(going, negate(leaves))
        if node.else_:
            none = negate(shown) if shown != FALSE else TRUE
            parts.append(self.branch([(none, node.else_), (negate(none), [])], self.span(node)))
        return seq(parts)

    def _accepts(self, node: jn.For, item: Value) -> Cond:
        self.assign(node.target, item)
        assert node.test is not None
        return truth(self.value(node.test), self.key(node.test) + f"@{item}")

    def loop_list(self, node: jn.For, ref: Ref) -> Flow:
        """First, some middle and last element of a list of the borrower's record."""
        length: Value = Op("filter:length", (ref,))
        span = self.span(node)

        def at_least(count: int) -> Cond:
            op = Op("gteq", (Op("filter:length", (ref,)), Const(count)))
            return Atom(f"{ref.path}|length >= {count}", op)

        if node.test is not None:
            return self._loop_filtered(node, ref, lambda element: TRUE)
        parts: list[Flow] = []
        first_last = Op("eq", (Op("filter:length", (ref,)), Const(1)))
        flow, leaves = self.pass_(
            node,
            Obj(f"{ref.path}[first]"),
            _loop_facts(Const(1), True, None, length, last_value=first_last),
            at_least(1),
        )
        parts.append(flow)
        going = negate(leaves)
        middle = Obj(f"{ref.path}[middle]")
        position = _loop_facts(_position(node, 2), False, False, length)
        before = self._scratch_copy()
        reached = both(going, at_least(3))
        flow, leaves = self.pass_(node, middle, position, reached, repeated=True)
        if self.scratch != before:
            self._settle(node, before, lambda: self.pass_(node, middle, position, reached, repeated=True))
        parts.append(flow)
        going = both(going, negate(leaves))
        flow, leaves = self.pass_(
            node, Obj(f"{ref.path}[last]"), _loop_facts(length, False, True, length), both(going, at_least(2))
        )
        parts.append(flow)
        if node.else_:
            parts.append(self.branch([(negate(at_least(1)), node.else_), (at_least(1), [])], span))
        return seq(parts)

    def _scratch_copy(self) -> dict[int, dict[str, Value]]:
        return {key: dict(names) for key, names in self.scratch.items()}

    def _settle(
        self, node: jn.For, before: Mapping[int, Mapping[str, Value]], again: Callable[[], object]
    ) -> None:
        """What repeated passes leave in a namespace: known where no pass and no element changes it, one of the values
        that a pass may set where those are known, else unknown."""
        once, known = self._scratch_copy(), len(self.problems)
        self.scratch = {key: dict.fromkeys(names, _BEFORE) for key, names in once.items()}
        again()
        del self.problems[known:]
        for key, names in once.items():
            for name, value in names.items():
                old = before.get(key, {}).get(name)
                if old == value:
                    continue
                left = self.scratch.get(key, {}).get(name, _BEFORE)
                if _settled(left):
                    continue
                options = left.options if isinstance(left, Alternatives) else ((TRUE, left),)
                leaves = [leaf for _, leaf in options if leaf != _BEFORE]
                if old is None or not all(map(_settled, leaves)):
                    names[name] = Unknown("changed in a loop")
                    continue
                where = f"{self.key(node)} leaves {name}{self.passes}"
                free = [Atom(f"{where} {number}", None) for number in range(len(leaves))]
                made: Value = old
                for cond, leaf in zip(free, leaves, strict=True):
                    made = alternatives([(cond, leaf), (negate(cond), made)])
                names[name] = made
        self.scratch = once

    def _loop_filtered(self, node: jn.For, ref: Ref, accepts: Callable[[Obj], Cond]) -> Flow:
        def passes(element: Obj) -> Cond:
            if node.test is None:
                return accepts(element)
            return both(accepts(element), self.scoped(lambda: self._accepts(node, element)))

        chosen = self.selected(ref, passes)
        element, some = chosen.element, chosen.some
        position = _loop_facts(_position(node, 1), None, None, _position(node, 1))
        flow, _ = self.pass_(node, element, position, some, repeated=True)
        parts = [flow]
        if node.else_:
            parts.append(self.branch([(negate(some), node.else_), (some, [])], self.span(node)))
        return seq(parts)

    def pass_(
        self, node: jn.For, item: Value, loop: Value, cond: Cond, repeated: bool = False
    ) -> tuple[Flow, Cond]:
        """One pass of a loop under a condition: (flow, worlds in which the loop is left)."""
        exits, self.exits = self.exits, []
        scratch = {key: dict(names) for key, names in self.scratch.items()}

        def run() -> Flow:
            self.frame.names["loop"] = loop
            self.assign(node.target, item)
            return self.body(node.body)

        outer = self.enter()
        flow = self.scoped(run)
        self.passes = outer
        leaves = either(*(made.cond for made in self.exits if made.leaves_loop)) if self.exits else FALSE
        self.exits = exits
        if cond != TRUE:
            self.scratch = {
                key: _merge([(cond, names), (negate(cond), scratch.get(key, names))], {})
                for key, names in self.scratch.items()
            }
        if repeated:
            flow = Repeat(flow)
        return (flow if cond == TRUE else Choice(self.span(node), ((cond, flow),))), both(cond, leaves)

    def scoped(self, run: Callable[[], Any]) -> Any:
        """Run in a scope of its own: assignments do not leak."""
        outer = self.frame
        self.frame = Frame({}, outer)
        try:
            return run()
        finally:
            self.frame = outer

    def on_break(self, node: jn.Node) -> Flow:
        self.exits.append(Exit(TRUE, True))
        return EMPTY

    def on_continue(self, node: jn.Node) -> Flow:
        self.exits.append(Exit(TRUE, False))
        return EMPTY

    def on_assign(self, node: jn.Assign) -> Flow:
        self.assign(node.target, self.value(node.node))
        return EMPTY

    def on_assignblock(self, node: jn.AssignBlock) -> Flow:
        flow: Flow = self.scoped(lambda: self.body(node.body))
        value: Value = Rendered(flow)
        if node.filter is not None:
            value = self.filtered(node.filter, value)
        self.assign(node.target, value)
        return EMPTY

    def assign(self, target: jn.Node, value: Value) -> None:
        """Bind a name, a tuple of names or a namespace attribute."""
        if isinstance(target, jn.Name):
            self.frame.names[target.name] = value
        elif isinstance(target, jn.NSRef):
            holder = self.frame.get(target.name)
            if isinstance(holder, Scratch):
                self.scratch.setdefault(holder.key, {})[target.attr] = value
        elif isinstance(target, (jn.Tuple, jn.List)):
            for index, part in enumerate(target.items):
                self.assign(part, spread(value, lambda leaf, i=index: _part(leaf, i)))  # type: ignore[misc]

    def on_with(self, node: jn.With) -> Flow:
        values = [self.value(value) for value in node.values]

        def run() -> Flow:
            for target, value in zip(node.targets, values, strict=True):
                self.assign(target, value)
            return self.body(node.body)

        flow: Flow = self.scoped(run)
        return flow

    def on_scope(self, node: jn.Scope) -> Flow:
        flow: Flow = self.scoped(lambda: self.body(node.body))
        return flow

    def on_exprstmt(self, node: jn.ExprStmt) -> Flow:
        self.value(node.node)
        return EMPTY

    def on_scopedevalcontextmodifier(self, node: jn.ScopedEvalContextModifier) -> Flow:
        return self.body(node.body)

    def on_filterblock(self, node: jn.FilterBlock) -> Flow:
        flow: Flow = self.scoped(lambda: self.body(node.body))
        return to_flow(self.filtered(node.filter, Rendered(flow)), self.span(node))

    def on_macro(self, node: jn.Macro) -> Flow:
        self.frame.names[node.name] = self.macro(node, node.name)
        return EMPTY

    def macro(self, node: jn.Macro | jn.CallBlock, name: str, caller: Value | None = None) -> Function:
        """A macro as a function from values to rendered text."""
        source, frame = self.source, self.frame
        parameters = [parameter.name for parameter in node.args]

        def call(args: Any, kwargs: dict[str, Value], span: Span) -> Value:
            if name in self.stack or len(self.stack) > MAX_DEPTH:
                self.problem("recursion", span, f"macro '{name}' calls itself")
                return Unknown(f"macro '{name}' calls itself")
            outer_source, outer_frame = self.source, self.frame
            self.source, self.frame = source, Frame({}, frame)
            self.stack.append(name)
            exits, self.exits = self.exits, []
            outer_pass = self.enter()
            try:
                offset = len(parameters) - len(node.defaults)
                given = dict(kwargs)
                for index, parameter in enumerate(parameters):
                    if index < len(args):
                        bound = args[index]
                    elif parameter in given:
                        bound = given.pop(parameter)
                    elif index >= offset:
                        bound = self.value(node.defaults[index - offset])
                    else:
                        bound = Missing(parameter)
                    self.frame.names[parameter] = bound
                if "caller" in given:
                    self.frame.names["caller"] = given.pop("caller")
                self.frame.names["varargs"] = Items(tuple(args[len(parameters) :]))
                self.frame.names["kwargs"] = Pairs(tuple(given.items()))
                return Rendered(self.body(node.body))
            finally:
                self.stack.pop()
                self.exits, self.passes = exits, outer_pass
                self.source, self.frame = outer_source, outer_frame

        return Function(name, call)

    def on_callblock(self, node: jn.CallBlock) -> Flow:
        caller = self.macro(node, "caller of " + str(node.lineno))
        span = self.span(node)
        assert isinstance(node.call, jn.Call)
        value = self.call(node.call, {"caller": caller})
        return to_flow(value, span)

    def on_include(self, node: jn.Include) -> Flow:
        value = self.value(node.template)
        span = self.span(node)
        if isinstance(value, Alternatives):
            return Choice(
                span, tuple((cond, self._include(node, leaf, span)) for cond, leaf in value.options)
            )
        return self._include(node, value, span)

    def _include(self, node: jn.Include, value: Value, span: Span) -> Flow:
        name = as_constant(value)
        if name is None:
            self.problem(
                "opaque",
                span,
                "the included file is not known before rendering",
                "include it by a fixed name",
            )
            return Opaque(span, "the included file is not known before rendering")
        names = name.value if isinstance(name.value, (list, tuple)) else [name.value]
        for candidate in names:
            found = self.find(candidate, node.lineno)
            if found is not None:
                outer, self.frame = self.frame, Frame({}, self.frame if node.with_context else None)
                try:
                    return self.included(found, span)
                finally:
                    self.frame = outer
        if node.ignore_missing:
            return EMPTY
        self.problem("unresolved", span, f"no template '{', '.join(map(str, names))}'")
        return Opaque(span, f"no template '{', '.join(map(str, names))}'")

    def included(self, source: Source, span: Span) -> Flow:
        """The flow of another file at this place."""
        if source.path in self.stack:
            self.problem("recursion", span, f"'{source.path}' includes itself")
            return Opaque(span, "includes itself")
        exits, self.exits = self.exits, []
        outer = self.enter()
        try:
            return self.program(source)
        finally:
            self.exits, self.passes = exits, outer

    def standing(self, source: Source, span: Span) -> Flow:
        """The flow of a file that sees nothing of this one: a notice that a thousand messages give is followed once."""
        key = (self.schema.digest, self.locale, tuple(sorted(self.renamed.items())))
        known = _STANDING.setdefault(source, {})
        if key in known and source.path not in self.stack and len(self.stack) < MAX_DEPTH:
            self.sources[source.path] = source
            return known[key]
        problems, files = len(self.problems), {*self.sources, source.path}
        flow = self.included(source, span)
        if len(self.problems) == problems and files == set(self.sources) and _reads_alike(flow):
            known[key] = flow
        return flow

    def on_import(self, node: jn.Import) -> Flow:
        self.frame.names[node.target] = self._module(node.template, node.with_context, node)
        return EMPTY

    def on_fromimport(self, node: jn.FromImport) -> Flow:
        module = self._module(node.template, node.with_context, node)
        for item in node.names:
            name, alias = item if isinstance(item, tuple) else (item, item)
            if isinstance(module, Module):
                if name not in module.names:
                    self.problem("unknown-name", self.span(node), f"the imported file has no '{name}'")
                self.frame.names[alias] = module.names.get(name, Missing(name))
            else:
                self.frame.names[alias] = module
        return EMPTY

    def _module(self, template: jn.Expr, with_context: bool, node: jn.Node) -> Value:
        name = as_constant(self.value(template))
        found = self.find(name.value, node.lineno) if name is not None else None
        if found is None:
            why = (
                "the imported file is not known before rendering"
                if name is None
                else f"no template '{name.value}'"
            )
            self.problem("unresolved", self.span(node), why)
            return Unknown(why)
        outer, outer_context = self.frame, self.has_context
        self.frame = Frame({}, outer if with_context else None)
        self.has_context = with_context and outer_context
        try:
            self.included(found, self.span(node))
            return Module(dict(self.frame.names))
        finally:
            self.frame, self.has_context = outer, outer_context

    def on_block(self, node: jn.Block) -> Flow:
        return self.block(node.name, 0, self.span(node), node.scoped)

    def block(self, name: str, level: int, span: Span, scoped: bool = False) -> Flow:
        """A block as the most derived template writes it; `level` counts `super()` steps."""
        chain = self.blocks.get(name, [])
        if level >= len(chain):
            return Crash(span, f"block '{name}' has no parent")
        if len(self.stack) > MAX_DEPTH:
            return Opaque(span, f"block '{name}' is nested too deeply")
        source, node = chain[level]
        outer_source, self.source = self.source, source
        outer_frame = self.frame
        # A block sees what the top level assigned; loop variables only when it is `scoped`.
        base = outer_frame
        if not scoped:
            while base.outer is not None and "loop" in _names_until_top(base):
                base = base.outer
        self.frame = Frame({}, base)
        self.stack.append("block " + name)
        self.frame.names["super"] = Function(
            "super", lambda a, k, s: Rendered(self.block(name, level + 1, s, scoped))
        )
        exits, self.exits = self.exits, []
        outer_pass = self.enter()
        try:
            return self.body(node.body)
        finally:
            self.stack.pop()
            self.passes = outer_pass
            self.source, self.frame, self.exits = outer_source, outer_frame, exits

    def on_extends(self, node: jn.Extends) -> Flow:
        return EMPTY


def _names_until_top(frame: Frame) -> set[str]:
    return set(frame.names)


def _merge(arms: list[tuple[Cond, dict[str, Value]]], before: dict[str, Value]) -> dict[str, Value]:
    names = {name: None for _, table in arms for name in table}
    merged: dict[str, Value] = {}
    for name in names:
        values = [(cond, table.get(name, before.get(name, Missing(name)))) for cond, table in arms]
        first = values[0][1]
        same = all(value is first for _, value in values)
        merged[name] = first if same else alternatives(values)
    return merged


def _part(value: Value, index: int) -> Value:
    if isinstance(value, Items) and index < len(value.values):
        return value.values[index]
    constant = as_constant(value)
    if (
        constant is not None
        and isinstance(constant.value, (list, tuple, str))
        and index < len(constant.value)
    ):
        return Const(constant.value[index])
    return Unknown("unpacked from a value that cannot be followed")


def _settled(value: Value) -> bool:
    """Whether a pass, seen from a value it does not know, keeps it or sets what no element and no pass changes."""
    if isinstance(value, Alternatives):
        tests = all(_settled_text(repr(cond)) for cond, _ in value.options)
        return tests and all(_settled(leaf) for _, leaf in value.options)
    return value == _BEFORE or _settled_text(repr(value))


def _settled_text(text: str) -> bool:
    return not any(mark in text for mark in ("[middle]", "test at", "loop at", _BEFORE.why))


def _loop_facts(
    index: Value, first: bool | None, last: bool | None, length: Value, last_value: Value | None = None
) -> Value:
    """The `loop` variable of one pass."""
    unknown: Value = Unknown("loop position")

    def flag(state: bool | None) -> Value:
        return unknown if state is None else Const(state)

    index0: Value = unknown
    revindex: Value = unknown
    revindex0: Value = unknown
    if isinstance(index, Const):
        index0 = Const(index.value - 1)
        if isinstance(length, Const):
            revindex, revindex0 = Const(length.value - index.value + 1), Const(length.value - index.value)
        elif index.value == 1:
            revindex = length
    elif isinstance(index, Op) and isinstance(length, Op):
        index0, revindex, revindex0 = Op("sub", (index, Const(1))), Const(1), Const(0)
    return Pairs(
        (
            ("index", index),
            ("index0", index0),
            ("first", flag(first)),
            ("last", last_value if last_value is not None else flag(last)),
            ("length", length),
            ("revindex", revindex),
            ("revindex0", revindex0),
            ("depth", Const(1)),
            ("depth0", Const(0)),
        )
    )


def _position(node: jn.For, least: int) -> Value:
    """A position inside a loop: some whole number that no field decides."""
    name = f"loop at {node.lineno}"
    return Ref(name, Field(path=name, type="int", min=least))


def _notice_named(node: jn.Node) -> Const | None:
    """The name in `notice('…')`, where it is fixed."""
    if not (isinstance(node, jn.Call) and isinstance(node.node, jn.Name) and node.node.name == "notice"):
        return None
    if len(node.args) != 1 or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        return None
    return Const(node.args[0].value) if isinstance(node.args[0], jn.Const) else None


def _first_offset(node: jn.Node) -> int:
    offsets = [node.lineno] if node.lineno else [1 << 60]
    offsets.extend(_first_offset(child) for child in node.iter_child_nodes())
    return min(offsets) if min(offsets) < 1 << 60 else 0


def _opaques(flow: Flow) -> list[Opaque]:
    if isinstance(flow, Opaque):
        return [flow]
    if isinstance(flow, Seq):
        return [found for part in flow.parts for found in _opaques(part)]
    if isinstance(flow, Choice):
        return [found for _, part in flow.branches for found in _opaques(part)]
    if isinstance(flow, Repeat):
        return _opaques(flow.body)
    return []


def _reads_alike(flow: Flow) -> bool:
    """Whether a flow is the same wherever it stands: tests that cannot be read are named after their place."""
    if isinstance(flow, Seq):
        return all(map(_reads_alike, flow.parts))
    if isinstance(flow, Repeat):
        return _reads_alike(flow.body)
    if isinstance(flow, Choice):
        return all(
            _reads_alike(part) and all(atom.term is not None for atom in atoms(cond))
            for cond, part in flow.branches
        )
    return isinstance(flow, (Text, Hole, Crash))
