"""Conditions as formulas over facts of the borrower; worlds are chosen later, per question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .record import record
from .schema import Field


@record()
class Const:
    """A value known while linking."""

    value: Any

    def __hash__(self) -> int:
        return hash(repr(self.value))


@record()
class Ref:
    """A field of the borrower's record; `path` may name a list element (`plan.instalments[first].amount`)."""

    path: str
    field: Field

    def __hash__(self) -> int:
        return hash(self.path)


@record()
class Op:
    """A pure operation; `name` is an operator, `filter:…`, `test:…` or `item`."""

    name: str
    args: tuple[Term, ...]


Term = Const | Ref | Op


@record()
class Atom:
    """A test that is true or false for a borrower. `term` is None where it could not be read."""

    key: str
    term: Term | None


@record()
class Not:
    part: Cond


@record()
class And:
    parts: tuple[Cond, ...]


@record()
class Or:
    parts: tuple[Cond, ...]


Cond = Atom | Not | And | Or
TRUE: Cond = And(())
FALSE: Cond = Or(())


# There is one TRUE and one FALSE: what is made here is either of them, or neither.


def negate(cond: Cond) -> Cond:
    """not cond"""
    if cond is TRUE:
        return FALSE
    if cond is FALSE:
        return TRUE
    return cond.part if isinstance(cond, Not) else Not(cond)


def both(*conds: Cond) -> Cond:
    """All of them hold."""
    return _joined(conds, And, TRUE, FALSE)


def either(*conds: Cond) -> Cond:
    """At least one holds."""
    return _joined(conds, Or, FALSE, TRUE)


def _joined(conds: Iterable[Cond], kind: type[And] | type[Or], nothing: Cond, decided: Cond) -> Cond:
    """Conditions joined, each once: `nothing` adds nothing, `decided` decides, and so do two that deny one another."""
    told: list[Cond] = []
    for cond in conds:
        if cond is decided:
            return decided
        if cond is not nothing:
            told.append(cond)
    if len(told) < 2:
        return told[0] if told else nothing
    parts: list[Cond] = []
    for cond in told:
        for part in cond.parts if isinstance(cond, kind) else (cond,):
            if part not in parts:
                parts.append(part)
    if any(isinstance(part, Not) and part.part in parts for part in parts):
        return decided
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def atoms(cond: Cond) -> Iterator[Atom]:
    """Every atom of a formula."""
    stack = [cond]
    while stack:
        current = stack.pop()
        if isinstance(current, Atom):
            yield current
        elif isinstance(current, Not):
            stack.append(current.part)
        else:
            stack.extend(current.parts)


def refs(term: Term) -> Iterator[Ref]:
    """Every field a term reads."""
    if isinstance(term, Ref):
        yield term
    elif isinstance(term, Op):
        for arg in term.args:
            yield from refs(arg)


def show(term: Term) -> str:
    """Canonical text of a term: equal texts mean equal values for one borrower."""
    if isinstance(term, Const):
        return repr(term.value)
    if isinstance(term, Ref):
        return term.path
    return f"{term.name}({', '.join(show(arg) for arg in term.args)})"
