"""What a message must say, and the clauses that ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..lint.packs.loading import VERIFIED
from ..lint.program import Program
from ..lint.rules.packs import applies

_RULES: Mapping[str, str] = {
    "repayment_amount": "A101",
    "due_date": "A103",
    "complaint_channel": "N101",
    "creditor_identity": "N102",
}
"""Roles that rules of their own ask for."""


@dataclass(frozen=True)
class Clause:
    """A row of a pack. What nobody has verified is good practice, not law."""

    id: str
    instrument: str
    clause: str
    text: Mapping[str, str]
    verified: bool


@dataclass(frozen=True)
class Need:
    """One role that is printed, or words of which one is said; `only_if` names the borrowers it is for."""

    role: str
    words: tuple[str, ...]
    clauses: tuple[Clause, ...]
    only_if: str = ""

    @property
    def key(self) -> str:
        """A name for links."""
        return self.role or "words-" + "-".join(clause.id for clause in self.clauses)


def needs_of(program: Program) -> tuple[Need, ...]:
    """What a message of this kind must say: by its description and by the packs in effect."""
    found: dict[tuple[str, tuple[str, ...], str], list[Clause]] = {}
    for role in program.message.get("requires") or [
        role
        for role in ("repayment_amount", "complaint_channel", "creditor_identity")
        if program.asks_for(role)
    ]:
        found[(str(role), (), "")] = [
            _clause(row) for row in program.law.rows if _RULES.get(str(role)) in row.get("codes", ())
        ]
    for row, asked in _rows(program):
        only_if = str(asked.get("if", ""))
        for role in asked.get("roles", ()):
            found.setdefault((role, (), only_if), []).append(_clause(row))
        if asked.get("words"):
            found.setdefault(("", tuple(map(str, asked["words"])), only_if), []).append(_clause(row))
    return tuple(
        Need(role, words, tuple({clause.id: clause for clause in clauses}.values()), only_if)
        for (role, words, only_if), clauses in found.items()
    )


def _rows(program: Program) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for row in program.law.rows:
        asked = row.get("requires")
        if asked and applies(asked, program):
            yield row, asked


def _clause(row: Mapping[str, Any]) -> Clause:
    return Clause(
        row["id"],
        row["instrument"],
        str(row.get("clause", "")),
        row["text"],
        row["status"] in VERIFIED and row["rank"] != "gp",
    )
