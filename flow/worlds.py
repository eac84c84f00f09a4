"""Worlds: the finitely many ways in which the facts of one question can stand, as bits of a Python int.

A field becomes a dimension whose regions are representative values: every constant it is compared with,
one value between each pair, null where the schema allows it. Since a region holds no constant in its inside,
a test has one answer in the whole region, found by evaluating it on the representative.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, cast

from .conditions import And, Atom, Cond, Const, Not, Op, Ref, Term, atoms, refs
from .record import record
from .schema import Field, Schema

MAX_WORLDS = 1 << 16
"""Past this many worlds an answer is *unproven* (never silently dropped)."""

MAX_RANGE = 15
"""Whole numbers with at most this range are taken value by value, so that any test of them can be read."""

_FACT = re.compile(r"[\w.]+")
OTHER_TEXT = "\ue000other"
NUMERIC = frozenset({"int", "money"})
TEXTUAL = frozenset({"text", "phone", "email", "url"})
COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lteq": operator.le,
    "gt": operator.gt,
    "gteq": operator.ge,
    "in": lambda a, b: a in b,
    "notin": lambda a, b: a not in b,
}
FLIP = {"lt": "gt", "gt": "lt", "lteq": "gteq", "gteq": "lteq", "eq": "eq", "ne": "ne"}


class TooManyWorldsError(Exception):
    """The facts that matter to a question have more worlds than `MAX_WORLDS`."""


@record(key=())
class Dimension:
    """One fact and its regions. `length` dimensions hold list lengths; free ones are unread tests."""

    name: str
    regions: tuple[Any, ...]
    kind: str = "field"


@record(key=())
class Space:
    """The worlds of one question."""

    dimensions: tuple[Dimension, ...]
    possible: int
    """Bitmask of the worlds that the schema's implications allow."""
    _masks: Mapping[str, tuple[int, ...]]
    _schema: Schema
    size: int
    """How many worlds there are, impossible ones included."""

    def everything(self) -> int:
        """All worlds, impossible ones included."""
        return (1 << self.size) - 1

    def facts(self, world: int) -> dict[str, Any]:
        """The region of each dimension in one world (an index, not a mask)."""
        result = {}
        for dimension in self.dimensions:
            world, index = divmod(world, len(dimension.regions))
            result[dimension.name] = dimension.regions[index]
        return result

    def decisive(self, world: int, mask: int) -> dict[str, Any]:
        """The facts of a world without those that could be anything and still leave it in the mask."""
        facts = {}
        stride, rest = 1, world
        for dimension in self.dimensions:
            count = len(dimension.regions)
            rest, index = divmod(rest, count)
            others = (world + (other - index) * stride for other in range(count))
            if any(self.possible >> other & 1 and not mask >> other & 1 for other in others):
                facts[dimension.name] = dimension.regions[index]
            stride *= count
        return facts

    def where(self, cond: Cond) -> int:
        """The worlds in which a condition is true."""
        return self.split(cond)[0]

    def split(self, cond: Cond) -> tuple[int, int]:
        """(worlds where true, worlds where evaluating it raises), short-circuiting as Jinja does."""
        # The same space answers for every file that asks about the same tests.
        found = self._told.get(cond)
        if found is None:
            found = self._told[cond] = self._split(cond)
        return found

    @cached_property
    def _told(self) -> dict[Cond, tuple[int, int]]:
        return {}

    def _split(self, cond: Cond) -> tuple[int, int]:
        if isinstance(cond, Atom):
            return self._atom(cond)
        if isinstance(cond, Not):
            true, raised = self.split(cond.part)
            return self.everything() & ~true & ~raised, raised
        raised_all = 0
        if isinstance(cond, And):
            open_ = self.everything()
            for part in cond.parts:
                true, raised = self.split(part)
                raised_all |= open_ & raised
                open_ &= true
            return open_, raised_all
        found, undecided = 0, self.everything()
        for part in cond.parts:
            true, raised = self.split(part)
            raised_all |= undecided & raised
            found |= undecided & true
            undecided &= ~true & ~raised
        return found, raised_all

    def _atom(self, atom: Atom) -> tuple[int, int]:
        free = self._masks.get("?" + atom.key)
        if free is not None:
            # A partial space may have left out the worlds where it is true.
            return (free[1] if len(free) > 1 else 0), 0
        assert atom.term is not None
        names = _dimension_names(atom.term, self._schema)
        return self._evaluate(atom.term, names)

    def _evaluate(self, term: Term, names: Sequence[str]) -> tuple[int, int]:
        regions = {dimension.name: dimension.regions for dimension in self.dimensions}
        true = raised = 0
        stack: list[tuple[int, dict[str, Any], int]] = [(0, {}, self.everything())]
        while stack:
            depth, facts, mask = stack.pop()
            if depth < len(names):
                name = names[depth]
                for value, value_mask in zip(regions[name], self._masks[name], strict=True):
                    stack.append((depth + 1, {**facts, name: value}, mask & value_mask))
                continue
            try:
                if evaluate(term, facts, self._schema):
                    true |= mask
            except Exception:
                raised |= mask
        return true, raised


def evaluate(term: Term, facts: Mapping[str, Any], schema: Schema) -> Any:
    """The value of a term where each dimension has the given region; raises what Jinja would raise."""
    if isinstance(term, Const):
        return term.value
    if isinstance(term, Ref):
        if term.field.derived and "cuts" in term.field.derived:
            cuts = term.field.derived["cuts"]
            number = facts[cuts["of"]]
            index = sum(1 for start in cuts["from"] if number >= start) - 1
            return term.field.values[max(index, 0)]
        if term.field.type == "list":
            return [0] * facts[term.path + "|length"]
        return facts[term.path]
    if term.name == "filter:length" and isinstance(term.args[0], Ref) and term.args[0].field.type == "list":
        return facts[term.args[0].path + "|length"]
    return apply_op(term.name, [evaluate(arg, facts, schema) for arg in term.args])


def apply_op(name: str, args: Sequence[Any]) -> Any:
    """One operation with Jinja's own meaning."""
    if name in COMPARE:
        return COMPARE[name](args[0], args[1])
    if name.startswith("test:"):
        return _builtins()[1][name[5:]](*args)
    if name.startswith("filter:"):
        return _builtins()[0][name[7:]](*args)
    if name == "item":
        return args[0][args[1]]
    if name == "slice":
        return args[0][slice(*args[1:])]
    if name == "not":
        return not args[0]
    return ARITHMETIC[name](*args)


def _power(a: Any, b: Any) -> Any:
    if not isinstance(b, int) or abs(b) > 32:
        raise ValueError("power is too large")
    return a**b


def _multiply(a: Any, b: Any) -> Any:
    if not isinstance(a, int) and isinstance(b, int) and b > 1000:
        raise ValueError("repetition is too long")
    if not isinstance(b, int) and isinstance(a, int) and a > 1000:
        raise ValueError("repetition is too long")
    return a * b


ARITHMETIC: Mapping[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": _multiply,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
    "pow": _power,
    "neg": operator.neg,
    "pos": operator.pos,
}


@lru_cache(maxsize=1)
def _builtins() -> tuple[Mapping[str, Callable[..., Any]], Mapping[str, Callable[..., Any]]]:
    from jinja2.filters import FILTERS
    from jinja2.tests import TESTS

    pure = [
        "upper",
        "lower",
        "capitalize",
        "title",
        "trim",
        "length",
        "count",
        "abs",
        "int",
        "string",
        "first",
        "last",
        "replace",
        "reverse",
        "join",
        "default",
    ]
    filters: Mapping[str, Callable[..., Any]] = FILTERS
    tests: dict[str, Callable[..., Any]] = {}
    tests.update(cast(Mapping[str, Callable[..., Any]], TESTS))
    usable = {name: filters[name] for name in pure if name in filters and not _needs_context(filters[name])}
    return usable, tests


def _needs_context(function: Any) -> bool:
    return hasattr(function, "jinja_pass_arg")


PURE_TESTS = frozenset(
    [
        "none",
        "string",
        "number",
        "integer",
        "boolean",
        "even",
        "odd",
        "divisibleby",
        "true",
        "false",
        "eq",
        "equalto",
        "ne",
        "lt",
        "lessthan",
        "le",
        "gt",
        "greaterthan",
        "ge",
        "in",
        "mapping",
        "sequence",
        "iterable",
        "sameas",
        "lower",
        "upper",
        "==",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
    ]
)


def readable_filter(name: str) -> bool:
    """Whether `apply_op` knows a filter."""
    return name in _builtins()[0]


def exact(term: Term) -> bool:
    """Whether a test has one answer in every region, so that worlds decide it."""
    if all(_finite(ref.field) for ref in refs(term)):
        return True
    if isinstance(term, Ref):
        return True
    if isinstance(term, Op) and term.name in COMPARE:
        left, right = term.args
        if isinstance(left, Const) and not isinstance(right, Const) and term.name in FLIP:
            left, right = right, left
        return _countable(left) and isinstance(right, Const)
    if isinstance(term, Op) and term.name in ("test:none", "not"):
        return isinstance(term.args[0], Ref) or (term.name == "not" and exact(term.args[0]))
    return _countable(term)


def _finite(field: Field) -> bool:
    return field.type in ("bool", "enum") or _whole_range(field) is not None


def _whole_range(field: Field) -> list[int] | None:
    """Every value of a whole number with a small range, everyday ones first; None for others."""
    if field.type != "int" or field.min is None or field.max is None or field.max - field.min > MAX_RANGE:
        return None
    return sorted(range(field.min, field.max + 1), key=lambda value: (value < 0, value == 0, abs(value)))


def _countable(term: Term) -> bool:
    if isinstance(term, Ref):
        return term.field.type != "list"
    return (
        isinstance(term, Op)
        and term.name in ("filter:length", "filter:count")
        and isinstance(term.args[0], Ref)
        and term.args[0].field.type == "list"
    )


def _dimension_names(term: Term, schema: Schema) -> list[str]:
    names: list[str] = []
    for ref in refs(term):
        if ref.field.derived and "cuts" in ref.field.derived:
            name = ref.field.derived["cuts"]["of"]
        elif ref.field.type == "list":
            name = ref.path + "|length"
        else:
            name = ref.path
        if name not in names:
            names.append(name)
    return names


@record(key=())
class Implication:
    """Something that holds for every borrower: the facts it speaks of, and its condition, read when it matters."""

    about: frozenset[str]
    read: Callable[[], Cond]

    @property
    def cond(self) -> Cond:
        """The condition; raises `TemplateError` where it cannot be read."""
        return self.read()


def build_space(
    conds: Iterable[Cond],
    schema: Schema,
    implied: Callable[[], Sequence[Implication]] | None = None,
    partial: bool = False,
) -> Space:
    """The space of all facts that the conditions speak of; raises `TooManyWorldsError`.

    A `partial` space leaves out regions until it fits: what fails in it fails, but it proves nothing.
    """
    used: list[Cond] = list(conds)
    constraints: list[Cond] = []
    if implied is not None:
        names = {
            name
            for cond in used
            for atom in atoms(cond)
            if atom.term
            for name in _dimension_names(atom.term, schema)
        }
        pending = list(implied())
        growing = bool(names)
        while growing:
            growing = False
            about = {_FACT.match(name).group() for name in names}  # type: ignore[union-attr]
            for one in list(pending):
                if about.isdisjoint(one.about):
                    continue
                cond = one.cond
                touched = {
                    name for atom in atoms(cond) if atom.term for name in _dimension_names(atom.term, schema)
                }
                if touched & names:
                    pending.remove(one)
                    constraints.append(cond)
                    growing = growing or not touched <= names
                    names |= touched
    found: dict[str, Ref] = {}
    constants: dict[str, list[Any]] = {}
    free: list[str] = []
    for cond in [*used, *constraints]:
        for atom in atoms(cond):
            if atom.term is None or not exact(atom.term):
                if "?" + atom.key not in free:
                    free.append("?" + atom.key)
                continue
            _collect(atom.term, schema, found, constants)
    dimensions = [_dimension(name, ref, constants.get(name, [])) for name, ref in sorted(found.items())]
    dimensions += [Dimension(name, (False, True), "free") for name in free]
    size = _product(dimensions)
    while partial and size > MAX_WORLDS:
        widest = max(range(len(dimensions)), key=lambda index: len(dimensions[index].regions))
        wide = dimensions[widest]
        kept = wide.regions[: (len(wide.regions) + 1) // 2] if len(wide.regions) > 1 else wide.regions
        dimensions[widest] = Dimension(wide.name, kept, wide.kind)
        size = _product(dimensions)
    if size > MAX_WORLDS:
        raise TooManyWorldsError
    masks: dict[str, tuple[int, ...]] = {}
    stride = 1
    for dimension in dimensions:
        count = len(dimension.regions)
        unit, period, repeats = (1 << stride) - 1, stride * count, size // (stride * count)
        # 1, 1<<period, 1<<2·period … as one multiplication.
        comb = ((1 << (period * repeats)) - 1) // ((1 << period) - 1)
        masks[dimension.name] = tuple((unit << (index * stride)) * comb for index in range(count))
        stride = period
    space = Space(tuple(dimensions), (1 << size) - 1, masks, schema, size)
    possible = space.possible
    for cond in constraints:
        true, raised = space.split(cond)
        possible &= true | raised
    return Space(space.dimensions, possible, masks, schema, size)


def _product(dimensions: Sequence[Dimension]) -> int:
    return math.prod(len(dimension.regions) for dimension in dimensions)


def _collect(term: Term, schema: Schema, found: dict[str, Ref], constants: dict[str, list[Any]]) -> None:
    for ref in refs(term):
        name = ref.path
        if ref.field.derived and "cuts" in ref.field.derived:
            cuts = ref.field.derived["cuts"]
            name = cuts["of"]
            owner = schema.fields[name]
            found[name] = Ref(name, owner)
            constants.setdefault(name, []).extend(cuts["from"])
            continue
        if ref.field.type == "list":
            name += "|length"
        found[name] = ref
    if isinstance(term, Op):
        if term.name in COMPARE:
            for left, right in (term.args, term.args[::-1]):
                if isinstance(right, Const) and not isinstance(left, Const):
                    for name in _dimension_names(left, schema):
                        values = right.value if isinstance(right.value, (list, tuple)) else [right.value]
                        constants.setdefault(name, []).extend(values)
        for arg in term.args:
            _collect(arg, schema, found, constants)


def _dimension(name: str, ref: Ref, constants: Sequence[Any]) -> Dimension:
    field = ref.field
    null: list[Any] = [None] if field.nullable and not name.endswith("|length") else []
    if name.endswith("|length"):
        top = field.max_items if field.max_items is not None else 1000
        lengths = [value for value in constants if isinstance(value, int)]
        return Dimension(name, tuple(_numbers([0, 1, 2, *lengths], field.min_items, top)), "length")
    if field.type == "bool":
        return Dimension(name, (False, True, *null))
    if field.type == "enum":
        return Dimension(name, (*field.values, *null))
    if (every := _whole_range(field)) is not None:
        return Dimension(name, (*every, *null))
    if field.type in NUMERIC:
        cuts: list[int | float] = [value for value in constants if isinstance(value, (int, float))]
        return Dimension(name, (*_numbers([0, *cuts], field.min, field.max), *null))
    if field.type == "date":
        # Dates are compared with one another through days past due; alone they are only null or not.
        return Dimension(name, (dt.date(2026, 10, 9), *null))
    if field.type == "object":
        return Dimension(name, (True,))
    texts = []
    for value in constants:
        if isinstance(value, str) and value and value not in texts:
            texts.append(value)
    fits = [value for value in texts if field.max_length is None or len(value) <= field.max_length]
    other = OTHER_TEXT if field.max_length is None or field.max_length > 5 else "\ue000"
    return Dimension(name, (*fits, other, *null))


def _numbers(cuts: Sequence[int | float], low: int | None, high: int | None) -> list[int]:
    """One whole number for each cut and each gap between cuts, within bounds; everyday values come first."""
    points = sorted({int(cut) for cut in cuts} | {int(cut) + 1 for cut in cuts if cut != int(cut)})
    gaps: list[tuple[int, int]] = [(points[0] - 1000, points[0] - 1)]
    for before, after in itertools.pairwise(points):
        gaps += [(before, before), (before + 1, after - 1)]
    gaps += [(points[-1], points[-1]), (points[-1] + 1, points[-1] + 1000)]
    values = []
    for start, end in gaps:
        start = start if low is None else max(start, low)
        end = end if high is None else min(end, high)
        if start <= end:
            middle = (start + end) // 2
            values.append(end if end < 0 else start if start > points[-1] else middle)
    if not values and low is not None:
        values.append(low)
    return sorted(values, key=lambda value: (value < 0, value == 0, abs(value)))


def describe(facts: Mapping[str, Any]) -> list[str]:
    """Facts of a world in short words, such as `debt.days_past_due = 30`."""
    lines = []
    for name, value in facts.items():
        if name.startswith("?"):
            lines.append(f"({name[1:]}) is {str(bool(value)).lower()}")
        else:
            shown = "null" if value is None else "given" if value == OTHER_TEXT else value
            lines.append(f"{name} = {shown}")
    return lines
