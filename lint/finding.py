"""A finding: what is wrong, where, how sure we are, and for which borrower. Built here, only read by reports."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ..flow.nodes import Span
from ..flow.record import record
from ..flow.source import line_column


@record(key=())
class Witness:
    """A borrower for whom the rule fails: their record, the branches taken and the words they would read."""

    profile: Mapping[str, Any]
    branches: tuple[str, ...]
    rendered: str


@record()
class Place:
    """1-based lines and columns in code points; end exclusive."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    message: str = ""


@record(key=())
class Finding:
    """One finding. `verdict` is proven-bad, witness, unproven, crashes or review."""

    code: str
    name: str
    severity: str
    verdict: str
    message: str
    place: Place
    related: tuple[Place, ...] = ()
    witness: Witness | None = None
    fix: str = "none"
    hint: str = ""
    excerpt: str = ""
    citations: tuple[Mapping[str, str], ...] = ()

    @property
    def fingerprint(self) -> str:
        """Stable over edits elsewhere in the file: rule, file, message and the words at the place."""
        key = "\0".join((self.code, self.place.path, self.message, self.excerpt))
        return hashlib.sha256(key.encode()).hexdigest()[:16]

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape of a finding."""
        witness = None
        if self.witness is not None:
            witness = {
                "profile": dict(self.witness.profile),
                "branches": list(self.witness.branches),
                "rendered": self.witness.rendered,
            }
        return {
            "path": self.place.path,
            "line": self.place.line,
            "column": self.place.column,
            "end_line": self.place.end_line,
            "end_column": self.place.end_column,
            "code": self.code,
            "name": self.name,
            "severity": self.severity,
            "verdict": self.verdict,
            "message": self.message,
            "hint": self.hint,
            "citations": [dict(one) for one in self.citations],
            "related": [
                {"path": place.path, "line": place.line, "column": place.column, "message": place.message}
                for place in self.related
            ],
            "witness": witness,
            "fix": self.fix,
            "fingerprint": self.fingerprint,
        }


def place_of(span: Span, texts: Mapping[str, str], message: str = "") -> Place:
    """Line and column of a span, from the text of its file."""
    text = texts.get(span.path, "")
    line, column = line_column(text, span.start)
    end_line, end_column = line_column(text, max(span.end, span.start))
    return Place(span.path, line, column, end_line, end_column, message)
