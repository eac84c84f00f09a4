"""Call scripts: every way through the conversation is followed, and what it must say is proven on each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..flow.analyses import leaves, space_of
from ..flow.catalogue import Kind, Repository
from ..flow.link import Linked
from ..flow.nodes import Flow, Hole, Seq, Span, Text
from ..flow.record import record, replaced
from ..flow.schema import Schema
from ..flow.sentences import Sentence, sentences
from ..flow.source import TemplateError, parse_fragment
from ..flow.strict_yaml import YamlError, load_located
from ..flow.worlds import TooManyWorldsError
from .config import Config
from .finding import Finding
from .program import Program
from .registry import CHECKS, RULES
from .rules.notices import names_complaint_channel

DEBT_ROLES = frozenset(
    [
        "repayment_amount",
        "minimum_amount",
        "principal_amount",
        "interest_amount",
        "fee_amount",
        "due_date",
        "plan_amount",
        "instalment_amount",
        "instalment_date",
        "account",
    ]
)
_RECORDED = re.compile(r"录音|錄音|record|grab", re.I)
_KEYS = frozenset(["say", "ask", "next", "answers", "end", "must_read", "interruptible", "discloses", "note"])


@record()
class Node:
    """One step: its words as a flow, and where the talk can go from it."""

    name: str
    span: Span
    flow: Flow
    targets: tuple[str, ...]
    ends: bool
    words: str
    """The template text of what is said, for rendering."""


@record(key=())
class Call:
    """A call script as a program over all its steps, and the steps by name in the order of the file."""

    program: Program
    nodes: Mapping[str, Node]
    start: str


def read_call(
    path: Path,
    kind: Kind,
    text: str,
    schema: Schema,
    repository: Repository,
    config: Config,
    options: Any,
    texts: dict[str, str],
) -> Call | Finding:
    """A call script, or what keeps it from being read; raises `YamlError`."""
    from .engine import lexicon, make_linker, syntax_finding

    located = load_located(text, str(path))
    document = located.value
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), dict) or not document["nodes"]:
        raise YamlError("a call script needs a mapping 'nodes'", str(path), 1)
    start = document.get("start", next(iter(document["nodes"])))
    nodes: dict[str, Node] = {}
    linker = make_linker(path, kind, schema, repository, config, texts)
    for name, spec in document["nodes"].items():
        line = located.lines.get(("nodes", name), 1)
        offset = _offset_of_line(text, line)
        span = Span(
            str(path), offset + len(text[offset:]) - len(text[offset:].lstrip()), _line_end(text, offset)
        )
        if not isinstance(spec, dict):
            raise YamlError(f"node '{name}' must be a mapping", str(path), line)
        unknown = sorted(set(spec) - _KEYS)
        if unknown:
            raise YamlError(f"node '{name}' has the unknown key '{unknown[0]}'", str(path), line)
        parts: list[Flow] = []
        spoken: list[str] = []
        for key in ("say", "ask", "note"):
            words = spec.get(key)
            if not isinstance(words, str):
                continue
            where = _find_words(text, located.lines.get(("nodes", name, key), line), words)
            try:
                source = parse_fragment(words, text, str(path), where, config.jinja)
            except TemplateError as error:
                offset = min(error.offset, len(text))
                return syntax_finding(TemplateError(error.message, str(path), offset), text, options)
            if key != "note":
                parts.append(linker.program(source))
                parts.append(Text(span, "\n\n", False))
                spoken.append(words)
        nodes[name] = Node(
            name,
            span,
            Seq(tuple(parts)),
            _targets(spec, name, str(path), line),
            "end" in spec,
            "\n\n".join(spoken),
        )
    linked = Linked(Seq(tuple(node.flow for node in nodes.values())), tuple(linker.problems), linker.sources)
    program = Program(
        path,
        kind,
        linked,
        schema,
        repository,
        lexicon(repository.root),
        texts,
        config.roles,
        language=options.language,
    )
    return Call(program, nodes, start)


def script_findings(call: Call) -> list[Finding]:
    """All findings of one call script."""
    program, nodes, start = call.program, call.nodes, call.start
    findings = _structure(program, nodes, start)
    if findings:
        return findings
    for check in CHECKS:
        if check.__module__.rsplit(".", 1)[-1] not in ("amount", "notices"):
            findings.extend(check(program))
    findings.extend(_paths(program, nodes, start))
    findings.extend(_identity_first(program, nodes, start))
    findings.extend(_recording_told(program, nodes, start))
    return findings


def _identity_first(program: Program, nodes: Mapping[str, Node], start: str) -> list[Finding]:
    """P104: on every way to a debt fact a question that names the borrower has been answered."""
    stack: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    found: list[Finding] = []
    while stack:
        way = stack.pop()
        node = nodes[way[-1]]
        if node.name in seen:
            continue
        seen.add(node.name)
        fact = next(
            (leaf for leaf in leaves(node.flow) if isinstance(leaf, Hole) and leaf.role in DEBT_ROLES), None
        )
        if fact is not None:
            found.append(
                program.finding(
                    "P104",
                    fact.span,
                    program.title("P104") + ": " + " → ".join(way),
                    hint=program.how("P104"),
                )
            )
            continue
        if not _checks_identity(node):
            stack.extend((*way, target) for target in node.targets)
    return found


def _checks_identity(node: Node) -> bool:
    named = any(isinstance(leaf, Hole) and leaf.role == "borrower_name" for leaf in leaves(node.flow))
    return named and len(set(node.targets)) > 1


def _recording_told(program: Program, nodes: Mapping[str, Node], start: str) -> list[Finding]:
    """C107: the opening, or a step that always follows it, says that the call is recorded."""
    name, seen = start, set[str]()
    while name not in seen:
        seen.add(name)
        said = "".join(leaf.text for leaf in leaves(nodes[name].flow) if isinstance(leaf, Text))
        if _RECORDED.search(said):
            return []
        if len(nodes[name].targets) != 1:
            break
        name = nodes[name].targets[0]
    return [program.finding("C107", nodes[start].span, program.title("C107"), hint=program.how("C107"))]


def _targets(spec: Mapping[str, Any], name: str, path: str, line: int) -> tuple[str, ...]:
    answers = spec.get("answers")
    given = [key for key in ("next", "answers", "end") if key in spec]
    if len(given) != 1:
        raise YamlError(f"node '{name}' needs exactly one of next, answers, end", path, line)
    if isinstance(answers, dict):
        if "other" not in answers:
            raise YamlError(f"the answers of node '{name}' need 'other', for what nobody foresaw", path, line)
        return tuple(str(target) for target in answers.values())
    return (str(spec["next"]),) if "next" in spec else ()


def _structure(program: Program, nodes: Mapping[str, Node], start: str) -> list[Finding]:
    """C101: the graph holds together — targets exist, every step is reached, every path can end."""
    found: list[Finding] = []
    if start not in nodes:
        return [
            program.finding(
                "C101",
                program.whole_file(),
                program.say("the start '{name}' does not exist", "起点“{name}”不存在", name=start),
            )
        ]
    for node in nodes.values():
        for target in node.targets:
            if target not in nodes:
                found.append(
                    program.finding(
                        "C101",
                        node.span,
                        program.say(
                            "'{a}' leads to '{b}', which does not exist",
                            "“{a}”指向不存在的“{b}”",
                            a=node.name,
                            b=target,
                        ),
                    )
                )
    if found:
        return found
    reached, stack = set(), [start]
    while stack:
        name = stack.pop()
        if name not in reached:
            reached.add(name)
            stack.extend(nodes[name].targets)
    ending = {name for name, node in nodes.items() if node.ends}
    while True:
        more = {
            name
            for name, node in nodes.items()
            if name not in ending and any(t in ending for t in node.targets)
        }
        if not more:
            break
        ending |= more
    for name, node in nodes.items():
        if name not in reached:
            found.append(
                program.finding(
                    "C101", node.span, program.say("'{a}' is never reached", "“{a}”无法到达", a=name)
                )
            )
        elif name not in ending:
            found.append(
                program.finding(
                    "C101",
                    node.span,
                    program.say("no path from '{a}' ends the call", "从“{a}”无法结束通话", a=name),
                )
            )
    return found


def _paths(program: Program, nodes: Mapping[str, Node], start: str) -> list[Finding]:
    """A101, N101, N102 on every way through the call on which debt facts are told."""
    wanted: list[tuple[str, Callable[[Sentence], bool], tuple[str, str]]] = [
        ("A101", lambda s: any(h.role == "repayment_amount" for h in s.holes()), ("a way through the call tells of the debt but not the amount due", "有一条通话路径谈到欠款却没有说明应还金额")),
        ("N101", names_complaint_channel, ("a way through the call tells of the debt but names no complaint channel", "有一条通话路径谈到欠款却没有告知投诉渠道")),
        ("N102", lambda s: any(h.role == "creditor_identity" for h in s.holes()), ("a way through the call does not name the creditor", "有一条通话路径没有说明机构名称")),
    ]  # fmt: skip
    telling = {
        name
        for name, node in nodes.items()
        if any(isinstance(leaf, Hole) and leaf.role in DEBT_ROLES for leaf in leaves(node.flow))
    }
    found = []
    for code, match, words in wanted:
        finding = _path_lacking(program, nodes, start, telling, code, match, words)
        if finding is not None:
            found.append(finding)
    return found


def _path_lacking(
    program: Program,
    nodes: Mapping[str, Node],
    start: str,
    telling: set[str],
    code: str,
    match: Callable[[Sentence], bool],
    words: tuple[str, str],
) -> Finding | None:
    conds = {
        name: [sentence.cond for sentence in sentences(node.flow) if match(sentence)]
        for name, node in nodes.items()
    }
    try:
        space = space_of([c for some in conds.values() for c in some], program.schema)
    except TooManyWorldsError:
        return program.finding("J190", nodes[start].span, program.say(*words), verdict="unproven")
    own = {name: _union(space.where(cond) for cond in some) for name, some in conds.items()}
    # State: has debt been told; worlds still lacking the item, joined over the ways that lead here.
    lacking: dict[tuple[str, bool], int] = {}
    trail: dict[tuple[str, bool], tuple[str, ...]] = {}
    queue: list[tuple[str, bool, int, tuple[str, ...]]] = [(start, False, space.possible, ())]
    while queue:
        name, told, open_, way = queue.pop(0)
        told = told or name in telling
        open_ &= ~own[name]
        key = (name, told)
        if key in lacking and not open_ & ~lacking[key]:
            continue
        lacking[key] = lacking.get(key, 0) | open_
        trail.setdefault(key, (*way, name))
        if nodes[name].ends and told and open_:
            from .witness import heard  # Rendering is only needed once something fails.

            route = (*way, name)
            said = "\n\n".join(nodes[step].words for step in route)
            trial = heard(program, space, open_, said, match)
            message = program.say(*words) + f": {' → '.join(route)}"
            hint = RULES[code].how[program.language]
            if trial.witness is None:
                return program.finding("J190", nodes[name].span, message, verdict="unproven", hint=hint)
            witness = replaced(trial.witness, branches=(*trial.witness.branches, " → ".join(route)))
            return program.finding(
                code, nodes[name].span, message, verdict="witness", witness=witness, hint=hint
            )
        for target in nodes[name].targets:
            if (*way, name).count(target) == 0:
                queue.append((target, told, open_, (*way, name)))
    return None


def _union(masks: Any) -> int:
    total = 0
    for mask in masks:
        total |= mask
    return total


def _offset_of_line(text: str, line: int) -> int:
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
    return offset


def _line_end(text: str, offset: int) -> int:
    end = text.find("\n", offset)
    return len(text) if end < 0 else end


def _find_words(text: str, line: int, words: str) -> int:
    """Where a scalar's characters start: exact for one-line texts, the line's start for folded ones."""
    offset = _offset_of_line(text, line)
    found = text.find(words, offset)
    return found if found >= 0 else offset
