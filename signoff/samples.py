"""The fewest made-up borrowers that show every sentence of a template, each rendered by the real sandbox."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.analyses import leaves
from ..flow.catalogue import Kind, read_text
from ..flow.conditions import atoms, either
from ..flow.cover import cover
from ..flow.lengths import longest
from ..flow.nodes import Hole, Opaque, Seq, Span, Text
from ..flow.record import replaced
from ..flow.schema import Field
from ..flow.sentences import Sentence
from ..flow.strict_yaml import load_yaml
from ..flow.visible import visible
from ..generator.alphabet import is_basic, part_count, units
from ..generator.call import Script, ScriptError, read_script, write_script
from ..generator.profile import Profile
from ..generator.scope import Convert
from ..generator.sms import SmsInfo, sms_parts
from ..lint.engine import Options, Report, lint
from ..lint.finding import Finding
from ..lint.program import Program
from ..lint.script import Call
from ..lint.suppress import Lifted
from ..lint.witness import complete, marked, render_text
from .facts import in_words
from .needs import Need, needs_of
from .pieces import Piece, outlined, pieces_of, words_of

_ROUNDS = re.compile(r"(.{8,240}?)\1+")
_NEXT = "\ue007"
"""Between the texts of one template (headers, steps of a call), which are rendered at once."""


@dataclass(frozen=True)
class StepShown:
    """One step of a call as an agent reads it out."""

    name: str
    must_read: bool
    pieces: tuple[Piece, ...]
    note: str
    answers: tuple[tuple[str, str], ...]
    end: str | None


@dataclass(frozen=True)
class Shown:
    """One sample: the facts that lead there, the made-up borrower by dotted path, and what they read."""

    facts: tuple[str, ...]
    record: Mapping[str, Any]
    headers: tuple[tuple[str, tuple[Piece, ...]], ...]
    pieces: tuple[Piece, ...]
    steps: tuple[StepShown, ...]
    sms: SmsInfo | None

    @property
    def text(self) -> str:
        """The body's words as one text."""
        return words_of(self.pieces)

    @property
    def words(self) -> str:
        """All that is read: headers, then the body."""
        return "".join(f"{name}: {words_of(pieces)}\n" for name, pieces in self.headers) + self.text


@dataclass(frozen=True)
class Preview:
    """A template as an officer sees it."""

    path: Path
    message: str
    channel: str
    locale: str
    samples: tuple[Shown, ...]
    sentences: int
    missing: tuple[str, ...]
    """Sentences that no sample shows; empty when every one is seen."""
    findings: tuple[Finding, ...]
    lifted: tuple[Lifted, ...]
    needs: tuple[Need, ...]
    sources: Mapping[str, str]
    """Every file that was read for it, with the SHA-256 of its text."""
    packs: tuple[str, ...] = ()
    """The rule packs in effect."""
    problems: tuple[str, ...] = ()
    """Why the linter could not do its work."""
    most_parts: int = 0
    """Parts of the longest text message that any borrower can get; 0 for other channels."""

    @property
    def covered(self) -> int:
        """Sentences that are shown."""
        return self.sentences - len(self.missing)

    @property
    def errors(self) -> int:
        """Findings that block, and what kept the linter from its work."""
        return len(self.problems) + sum(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True)
class Template:
    """One file as programs over the same borrowers: its headers and its body, or a call script's steps."""

    body: Program
    headers: tuple[tuple[str, Program], ...]
    script: Script | None

    @property
    def programs(self) -> tuple[Program, ...]:
        """All that is read."""
        return (*(program for _, program in self.headers), self.body)


def read_template(path: Path, language: str = "en") -> tuple[Report, Template | None]:
    """A template with what the linter says of it; None where it cannot be read."""
    seen: list[Program | Call] = []
    report = lint([path], Options(language=language), seen=seen)
    if not seen:
        return report, None
    first, *others = seen
    if isinstance(first, Call):
        try:
            script = read_script(load_yaml(read_text(path), str(path)), str(path))
        except ScriptError:
            return report, None
        return report, Template(first.program, (), script)
    headers = []
    for program in others:
        assert isinstance(program, Program)
        # A header has no marks of Markdown, so nothing of a value is escaped in it.
        kind = Kind("header", program.kind.locale, program.kind.format, program.kind.part)
        headers.append((program.kind.part, replaced(program, kind=kind)))
    return report, Template(first, tuple(headers), None)


def preview(path: Path, language: str = "en") -> Preview:
    """Everything about one template."""
    report, template = read_template(path, language)
    problems = tuple(f"{problem.path}: {problem.message}" for problem in report.problems)
    parts = path.name.split(".")
    if template is None:
        return Preview(
            path, path.parent.name, parts[0], parts[1], (), 0, (), report.findings, report.lifted, (), {},
            problems=problems,
        )  # fmt: skip
    body = template.body
    ways = _ways(template)
    # Most sentences are read under the same few conditions.
    conds = list(dict.fromkeys(sentence.cond for sentence in ways.values()))
    plan = cover(conds, body.schema)
    samples = []
    for sample in plan.samples:
        record = complete(body.schema, sample.facts, body.kind.locale)
        try:
            samples.append(shown(template, record, sample.decisive, language))
        except Exception:
            # The linter names the crash (J191); the sentences that this sample would show are missing below.
            continue
    seen = [_read(body, one) for one in samples]
    never = {conds[number] for number in plan.impossible}
    reachable = [text for text, sentence in ways.items() if sentence.cond not in never]
    missing = tuple(text for text in reachable if not any(_says(text, other) for other in seen))
    sources = {
        name: hashlib.sha256(source.text.encode()).hexdigest()
        for program in template.programs
        for name, source in program.linked.sources.items()
    }
    return Preview(
        path, path.parent.name, body.kind.channel, body.kind.locale, tuple(samples), len(reachable), missing,
        report.findings, report.lifted, needs_of(body), sources, body.law.packs, problems, _most_parts(body),
    )  # fmt: skip


def shown(
    template: Template,
    record: Mapping[str, Any],
    decisive: Mapping[str, Any],
    language: str,
    mark: Convert | None = None,
) -> Shown:
    """A template for one borrower, whose `decisive` facts are told; raises what rendering raises."""
    body = template.body
    schema = body.schema

    def written(program: Program, text: str) -> str:
        return render_text(program, record, text, outlined, mark)

    steps: tuple[StepShown, ...] = ()
    if template.script is not None:
        pieces, steps = _call(body, template.script, written)
    else:
        main = body.linked.sources[str(body.path)]
        pieces = pieces_of(written(body, main.text[main.body_start :]), schema)
    headers = tuple(
        (name, pieces_of(written(program, str(body.linked.sources[str(body.path)].front[name])), schema))
        for name, program in template.headers
    )
    told = {name: value for name, value in decisive.items() if not name.startswith(("?", "loop at"))}
    sms = sms_parts(words_of(pieces)) if body.kind.channel == "sms" else None
    return Shown(
        in_words(told, schema, str(record.get("debt.currency", "")), language),
        record, headers, pieces, steps, sms,
    )  # fmt: skip


def for_profile(template: Template, profile: Profile, language: str) -> Shown:
    """A template for a borrower's record; raises what rendering raises."""
    tested = " ".join(
        atom.key
        for program in template.programs
        for sentence in program.sentences
        for atom in atoms(sentence.cond)
    )

    def mark(path: str, field: Field, value: Any, currency: str) -> Any:
        return marked(path, field, value, currency, always=path not in tested)

    return shown(template, profile.values, {}, language, mark)


def _call(
    program: Program, script: Script, written: Callable[[Program, str], str]
) -> tuple[tuple[Piece, ...], tuple[StepShown, ...]]:
    """A call as one text, and step by step."""
    texts = list(dict.fromkeys(text for step in script.steps.values() for text in (step.words, step.note)))
    said = dict(zip(texts, written(program, _NEXT.join(texts)).split(_NEXT), strict=True))
    steps = tuple(
        StepShown(
            step.name, step.must_read, pieces_of(said[step.words], program.schema),
            words_of(pieces_of(said[step.note], program.schema)), step.answers, step.end,
        )
        for step in script.steps.values()
    )  # fmt: skip
    return pieces_of(write_script(script, said.__getitem__), program.schema), steps


def _most_parts(program: Program) -> int:
    if program.kind.channel != "sms":
        return 0
    length, foreign = longest(program.flow, program.schema, units, is_basic)
    return part_count(length, bool(foreign))


def _ways(template: Template) -> dict[str, Sentence]:
    """One sentence for each text, with the condition under which it is read in any way."""
    ways: dict[str, Sentence] = {}
    for sentence in (sentence for program in template.programs for sentence in program.sentences):
        key = _words(sentence.leaves)
        before = ways.get(key)
        ways[key] = (
            sentence if before is None else Sentence(sentence.leaves, either(before.cond, sentence.cond))
        )
    return ways


def _words(found: Sequence[Text | Hole | Opaque]) -> str:
    """Literals, and each value as `{its.field}`; blanks as one space, and rounds of a loop as one round."""
    text = "".join(
        leaf.text if isinstance(leaf, Text) else f"{{{getattr(leaf, 'field', None) or '…'}}}"
        for leaf in found
    )
    flat = " ".join(text.split())
    # Only a loop over a list's fields comes in rounds, and looking for them is dear.
    return _ROUNDS.sub(r"\1", flat) if "[]" in flat else flat


def _says(sentence: str, text: str) -> bool:
    """Whether a text holds a sentence; values without a field of their own (a count, a sum) may be any words."""
    if "{…}" not in sentence:
        return sentence in text
    pattern = ".{1,60}?".join(map(re.escape, sentence.split("{…}")))
    return re.search(pattern, text) is not None


def _read(program: Program, one: Shown) -> str:
    """What a sample's reader sees, values named by their field."""
    body = [
        leaf
        for leaf in leaves(visible(_flow(one.pieces), program.kind.format))
        if isinstance(leaf, (Text, Hole))
    ]
    heads = [_words(list(_leaves(pieces))) for _, pieces in one.headers]
    return "\n".join([*heads, _words(body)])


def _flow(pieces: Sequence[Piece]) -> Seq:
    return Seq(tuple(_leaves(pieces)))


def _leaves(pieces: Sequence[Piece]) -> Iterator[Text | Hole]:
    nowhere = Span("", 0, 0)
    for piece in pieces:
        if piece.field:
            yield Hole(nowhere, piece.field, piece.field, "text", piece.role or None)
        else:
            yield Text(nowhere, piece.words, False)
