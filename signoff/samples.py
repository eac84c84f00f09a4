"""The fewest made-up borrowers that show every sentence of a template, each rendered by the real sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.analyses import leaves
from ..flow.conditions import either
from ..flow.cover import cover
from ..flow.lengths import longest
from ..flow.nodes import Hole, Opaque, Seq, Span, Text
from ..flow.sentences import Sentence
from ..flow.visible import visible
from ..flow.worlds import describe
from ..generator.alphabet import is_basic, part_count, units
from ..generator.sms import SmsInfo, sms_parts
from ..lint.engine import Options, lint_file, programs_of
from ..lint.finding import Finding
from ..lint.program import Program
from ..lint.witness import MARKED, complete, plain, public_profile, render

_ROUNDS = re.compile(r"(.{8,240}?)\1+")


@dataclass(frozen=True)
class Piece:
    """A stretch of a rendered text: its words, and the field that printed them (empty for the template's own)."""

    words: str
    field: str
    role: str
    origin: str  # "" | borrower | brand


@dataclass(frozen=True)
class Shown:
    """One sample: the facts that lead there, the made-up borrower, and what they read."""

    facts: tuple[str, ...]
    profile: Mapping[str, Any]
    pieces: tuple[Piece, ...]
    sms: SmsInfo | None

    @property
    def text(self) -> str:
        """The words as one text."""
        return "".join(piece.words for piece in self.pieces)


@dataclass(frozen=True)
class Preview:
    """A template as an officer sees it."""

    path: Path
    message: str
    channel: str
    locale: str
    subject: str
    samples: tuple[Shown, ...]
    sentences: int
    missing: tuple[str, ...]
    """Sentences that no sample shows; empty when every one is seen."""
    findings: tuple[Finding, ...]
    requires: tuple[str, ...]
    most_parts: int = 0
    """Parts of the longest text message that any borrower can get; 0 for other channels."""

    @property
    def covered(self) -> int:
        """Sentences that are shown."""
        return self.sentences - len(self.missing)


def preview(path: Path, language: str = "en") -> Preview:
    """Everything about one text template. Call scripts have their own form and give no samples."""
    options = Options(language=language)
    programs = programs_of(path, options)
    found = lint_file(path, options, {})
    findings = tuple(found) if isinstance(found, list) else ()
    if not programs:
        parts = path.name.split(".")
        return Preview(path, path.parent.name, parts[0], parts[1], "", (), 0, (), findings, ())
    body = programs[0]
    ways = _ways(body)
    plan = cover([sentence.cond for sentence in ways.values()], body.schema)
    samples = [_shown(body, sample.facts, sample.decisive) for sample in plan.samples]
    seen = [_read(body, shown) for shown in samples]
    reachable = [text for number, text in enumerate(ways) if number not in plan.impossible]
    missing = tuple(text for text in reachable if not any(_says(text, other) for other in seen))
    source = body.linked.sources[str(path)]
    subject = str(source.front.get("subject") or source.front.get("title") or "")
    return Preview(
        path, path.parent.name, body.kind.channel, body.kind.locale, subject, tuple(samples), len(reachable),
        missing, findings, tuple(body.message.get("requires") or ()), _most_parts(body),
    )  # fmt: skip


def _most_parts(program: Program) -> int:
    if program.kind.channel != "sms":
        return 0
    length, foreign = longest(program.flow, program.schema, units, is_basic)
    return part_count(length, bool(foreign))


def _ways(program: Program) -> dict[str, Sentence]:
    """One sentence for each text, with the condition under which it is read in any way."""
    ways: dict[str, Sentence] = {}
    for sentence in program.sentences:
        key = _key(sentence)
        before = ways.get(key)
        ways[key] = (
            sentence if before is None else Sentence(sentence.leaves, either(before.cond, sentence.cond))
        )
    return ways


def _key(sentence: Sentence) -> str:
    return _words(sentence.leaves)


def _words(found: Sequence[Text | Hole | Opaque]) -> str:
    """Literals, and each value as `{its.field}`; blanks as one space, and rounds of a loop as one round."""
    text = "".join(
        leaf.text if isinstance(leaf, Text) else f"{{{getattr(leaf, 'field', None) or '…'}}}"
        for leaf in found
    )
    return _ROUNDS.sub(r"\1", " ".join(text.split()))


def _says(sentence: str, text: str) -> bool:
    """Whether a text holds a sentence; values without a field of their own (a count, a sum) may be any words."""
    if "{…}" not in sentence:
        return sentence in text
    pattern = ".{1,60}?".join(map(re.escape, sentence.split("{…}")))
    return re.search(pattern, text) is not None


def _shown(program: Program, facts: Mapping[str, Any], decisive: Mapping[str, Any]) -> Shown:
    record = complete(program.schema, facts, program.kind.locale)
    marked = render(program, record).strip()
    pieces = _pieces(marked, program)
    told = {name: value for name, value in decisive.items() if not name.startswith(("?", "loop at"))}
    sms = sms_parts(plain(marked)) if program.kind.channel == "sms" else None
    return Shown(tuple(describe(told)), public_profile(program.schema, record, facts), tuple(pieces), sms)


def _pieces(marked: str, program: Program) -> list[Piece]:
    """The rendered text cut where values begin and end."""
    pieces: list[Piece] = []
    position = 0
    for match in MARKED.finditer(marked):
        if match.start() > position:
            pieces.append(Piece(marked[position : match.start()], "", "", ""))
        path = match.group(1).replace("\\", "")
        field = program.schema.lookup(path)
        origin = "brand" if field is not None and field.source == "brand" else "borrower"
        pieces.append(Piece(match.group(2), path, (field.role if field else None) or "", origin))
        position = match.end()
    if position < len(marked):
        pieces.append(Piece(marked[position:], "", "", ""))
    return pieces


def _read(program: Program, shown: Shown) -> str:
    """What a sample's reader sees, values named by their field."""
    nowhere = Span("", 0, 0)
    flow = Seq(
        tuple(
            Hole(nowhere, piece.field, piece.field, "text", piece.role or None)
            if piece.field
            else Text(nowhere, piece.words, False)
            for piece in shown.pieces
        )
    )
    found = [leaf for leaf in leaves(visible(flow, program.kind.format)) if isinstance(leaf, (Text, Hole))]
    return _words(found)
