"""Questions to a flow: in which worlds is something surely printed, possibly printed, or rendering raises."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from .conditions import TRUE, And, Atom, Cond, Not, atoms, both, either, negate
from .nodes import Choice, Crash, Flow, Hole, Opaque, Repeat, Seq, Text
from .record import record
from .schema import Schema
from .source import TemplateError, parse_fragment
from .worlds import Implication, Space, TooManyWorldsError, build_space, evaluate

MAX_ALONE = 6
"""A part with more tests than this is not asked alone first."""

Leaf = Text | Hole
Match = Callable[[Leaf], bool]


@record(key=())
class Answer:
    """Bitmasks over `space`: surely, possibly, raising, and the worlds where it is surely not proven."""

    space: Space
    must: int
    may: int
    crash: int

    @property
    def failing(self) -> int:
        """Possible worlds in which the item is not proven to be printed."""
        return self.space.possible & ~self.must & ~self.crash


def leaves(flow: Flow) -> Iterator[Text | Hole | Opaque | Crash]:
    """Every leaf, in order, whatever the world."""
    stack = [flow]
    while stack:
        current = stack.pop()
        if isinstance(current, Seq):
            stack.extend(reversed(current.parts))
        elif isinstance(current, Choice):
            stack.extend(part for _, part in reversed(current.branches))
        elif isinstance(current, Repeat):
            stack.append(current.body)
        else:
            yield current


def crashes(flow: Flow) -> Iterator[tuple[Cond, Crash]]:
    """Every place where rendering raises, with the condition under which it is reached."""
    return ((cond, leaf) for cond, leaf in reached(flow) if isinstance(leaf, Crash))


def reached(flow: Flow, cond: Cond = TRUE) -> Iterator[tuple[Cond, Text | Hole | Opaque | Crash]]:
    """Every leaf, in order, with the condition under which it is reached."""
    for part in flow.parts if isinstance(flow, Seq) else (flow,):
        if isinstance(part, Choice):
            for test, branch in part.branches:
                yield from reached(branch, both(cond, test))
        elif isinstance(part, Repeat):
            yield from reached(part.body, cond)
        elif isinstance(part, Seq):
            yield from reached(part, cond)
        else:
            yield cond, part


def branches(choice: Choice) -> tuple[tuple[Cond, Flow], ...]:
    """The exhaustive branches of a choice: a lone branch has a silent other side."""
    if len(choice.branches) == 1:
        cond, _ = choice.branches[0]
        return (*choice.branches, (negate(cond), Seq(())))
    return choice.branches


def ask(flow: Flow, match: Match, schema: Schema) -> Answer:
    """Where is a leaf that matches printed? Raises `TooManyWorldsError` past the bound."""
    answers: dict[int, bool] = {}

    def matches(leaf: Flow) -> bool:
        # Each leaf is met several times on the way to an answer.
        found = answers.get(id(leaf))
        if found is None:
            found = answers[id(leaf)] = isinstance(leaf, (Text, Hole)) and match(leaf)
        return found

    answer = _ask(flow, matches, schema, matches)
    if answer.failing and any(isinstance(leaf, Crash) for leaf in leaves(flow)):
        try:
            return _ask(flow, matches, schema, lambda leaf: isinstance(leaf, Crash) or matches(leaf))
        except TooManyWorldsError:
            return answer
    return answer


def _ask(flow: Flow, match: Match, schema: Schema, wanted: Callable[[Flow], bool]) -> Answer:
    # Often one part alone prints the item for everyone; then the facts of the others do not matter.
    parts = flow.parts if isinstance(flow, Seq) else ()
    for part in parts:
        if isinstance(part, (Text, Hole)) and match(part):
            return _asked(part, match, schema, wanted)
    costs = sorted((_cost(part), index) for index, part in enumerate(parts) if _relevant(part, wanted, []))
    for cost, index in costs if len(costs) > 1 else ():
        if cost > MAX_ALONE:
            break
        answer = _asked(parts[index], match, schema, wanted)
        if not answer.failing and not answer.crash:
            return answer
    try:
        return _asked(flow, match, schema, wanted)
    except TooManyWorldsError:
        # What the simpler parts prove holds whatever the others do.
        for count in range(len(costs) - 1, 0, -1):
            some = Seq(tuple(parts[index] for _, index in sorted(costs[:count], key=lambda one: one[1])))
            try:
                answer = _asked(some, match, schema, wanted)
            except TooManyWorldsError:
                continue
            if not answer.failing:
                return answer
            break
        answer = _asked(flow, match, schema, wanted, partial=True)
        if answer.failing:
            return answer
        raise


def _cost(flow: Flow) -> int:
    """How many different tests stand above the leaves of a flow."""
    tests: set[str] = set()
    stack = [flow]
    while stack:
        current = stack.pop()
        if isinstance(current, Seq):
            stack.extend(current.parts)
        elif isinstance(current, Repeat):
            stack.append(current.body)
        elif isinstance(current, Choice):
            tests.update(atom.key for cond, _ in current.branches for atom in atoms(cond))
            stack.extend(part for _, part in current.branches)
    return len(tests)


def _asked(
    flow: Flow, match: Match, schema: Schema, wanted: Callable[[Flow], bool], partial: bool = False
) -> Answer:
    conds: list[Cond] = []
    _relevant(flow, wanted, conds)
    space = space_of(conds, schema, partial)
    must, may, crash = _measure(flow, space, match, wanted)
    return Answer(space, must, may, crash)


def _relevant(flow: Flow, wanted: Callable[[Flow], bool], conds: list[Cond]) -> bool:
    if isinstance(flow, Seq):
        return any([_relevant(part, wanted, conds) for part in flow.parts])
    if isinstance(flow, Repeat):
        return _relevant(flow.body, wanted, conds)
    if isinstance(flow, Choice):
        found = any([_relevant(part, wanted, conds) for _, part in flow.branches])
        if found:
            conds.extend(cond for cond, _ in flow.branches)
        return found
    return wanted(flow)


def _measure(flow: Flow, space: Space, match: Match, wanted: Callable[[Flow], bool]) -> tuple[int, int, int]:
    """(must, may, crash) masks of a flow."""
    if isinstance(flow, Seq):
        must = may = crash = 0
        for part in flow.parts:
            part_must, part_may, part_crash = _measure(part, space, match, wanted)
            must |= part_must
            may |= part_may
            crash |= part_crash
        return must, may, crash
    if isinstance(flow, Repeat):
        return _measure(flow.body, space, match, wanted)
    if isinstance(flow, Choice):
        if not _relevant(flow, wanted, []):
            return 0, space.everything() if any(isinstance(leaf, Opaque) for leaf in leaves(flow)) else 0, 0
        must = may = crash = 0
        for cond, part in flow.branches:
            true, raised = space.split(cond)
            part_must, part_may, part_crash = _measure(part, space, match, wanted)
            must |= true & part_must
            may |= true & part_may
            crash |= true & part_crash | raised
        return must, may, crash
    if isinstance(flow, Opaque):
        return 0, space.everything(), 0
    if isinstance(flow, Crash):
        return 0, 0, space.everything()
    return (space.everything(),) * 2 + (0,) if match(flow) else (0, 0, 0)


def space_of(conds: Iterable[Cond], schema: Schema, partial: bool = False) -> Space:
    """`build_space` with the schema's implications: the rules ask about the same few tests, file after file."""
    return _space(tuple(dict.fromkeys(conds)), _Box(schema.digest, schema), partial)


@lru_cache(maxsize=512)
def _space(conds: tuple[Cond, ...], schema_box: _Box, partial: bool) -> Space:
    schema = schema_box.schema
    return build_space(conds, schema, lambda: implications(schema), partial)


def worlds_of(conds: list[Cond], schema: Schema) -> tuple[Space, int]:
    """The space of some conditions, and the possible worlds in which at least one holds."""
    space = space_of(conds, schema)
    mask = 0
    for cond in conds:
        mask |= space.where(cond)
    return space, mask & space.possible


def feasible(cond: Cond, schema: Schema) -> bool:
    """Whether any borrower meets a condition; yes where there are too many worlds to tell."""
    return _feasible(cond, _Box(schema.digest, schema))


@lru_cache(maxsize=4096)
def _feasible(cond: Cond, schema_box: _Box) -> bool:
    try:
        return worlds_of([cond], schema_box.schema)[1] != 0
    except TooManyWorldsError:
        return True


def smallest_world(space: Space, mask: int) -> int:
    """The world (index) of a mask that comes first: every fact at its first region."""
    return (mask & -mask).bit_length() - 1


def condition(text: str, schema: Schema) -> Cond:
    """A written test such as `plan.active and debt.days_past_due > 30`; raises `TemplateError` where it is none."""
    return _condition(text, _Box(schema.digest, schema))


@lru_cache(maxsize=1024)
def _condition(text: str, schema_box: _Box) -> Cond:
    # A ladder asks the same few tests of every borrower, every hour.
    schema = schema_box.schema
    from .link import Linker
    from .values import truth

    linker = Linker(schema, lambda name: None, lambda name: None, {})
    source = parse_fragment("{{ " + text + " }}", text, schema.path, 0)
    body = source.ast.body
    nodes = getattr(body[0], "nodes", []) if len(body) == 1 else []
    if len(nodes) != 1:
        raise TemplateError(f"'{text}' is not a test", schema.path, 0)
    linker.source = source
    cond = truth(linker.value(nodes[0]), text)
    if linker.problems or any(atom.term is None for atom in atoms(cond)):
        why = linker.problems[0].message if linker.problems else "it cannot be read"
        raise TemplateError(f"'{text}' is not a test of the schema's fields: {why}", schema.path, 0)
    return cond


@lru_cache(maxsize=256)
def _implications(digest: str, schema_box: _Box) -> tuple[Implication, ...]:
    schema = schema_box.schema
    rules = [*schema.implies, *(("true", text) for text in schema.assumes)]
    return tuple(
        Implication(_about(f"{if_} {then}", schema), _read_once(if_, then, schema)) for if_, then in rules
    )


def _about(text: str, schema: Schema) -> frozenset[str]:
    """The fields a test may speak of, by their names in it; a derived stage speaks of its number."""
    found = set()
    for name in re.findall(r"[A-Za-z_]\w*(?:\.\w+)*", text):
        field = schema.fields.get(name)
        found.add(
            field.derived["cuts"]["of"] if field and field.derived and "cuts" in field.derived else name
        )
    return frozenset(found)


def _read_once(if_: str, then: str, schema: Schema) -> Callable[[], Cond]:
    @lru_cache(maxsize=1)
    def read() -> Cond:
        needed = condition(then, schema)
        return needed if if_ == "true" else either(negate(condition(if_, schema)), needed)

    return read


@record()
class _Box:
    """A schema as a cache key: equal by its digest."""

    digest: str
    schema: Schema

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box) and other.digest == self.digest


def implications(schema: Schema) -> tuple[Implication, ...]:
    """The schema's implications, then its assumptions, each read when a question touches it."""
    return _implications(schema.digest, _Box(schema.digest, schema))


def holds(cond: Cond, values: Mapping[str, Any], schema: Schema) -> bool:
    """Whether a borrower's values (by dotted path, derived ones included) meet a condition."""
    facts = {
        **values,
        **{f"{path}|length": len(value) for path, value in values.items() if isinstance(value, list)},
    }
    return _holds(cond, facts, schema)


def _holds(cond: Cond, facts: Mapping[str, Any], schema: Schema) -> bool:
    if isinstance(cond, Atom):
        return cond.term is None or bool(evaluate(cond.term, facts, schema))
    if isinstance(cond, Not):
        return not _holds(cond.part, facts, schema)
    if isinstance(cond, And):
        return all(_holds(part, facts, schema) for part in cond.parts)
    return any(_holds(part, facts, schema) for part in cond.parts)


def plainest(schema: Schema) -> Mapping[str, Any]:
    """Facts of the first world that meets all assumptions of a schema; empty where it assumes nothing."""
    if not schema.assumes:
        return {}
    conds = [condition(text, schema) for text in schema.assumes]
    space = space_of(conds, schema)
    return space.facts(smallest_world(space, space.possible)) if space.possible else {}
