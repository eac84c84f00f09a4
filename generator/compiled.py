"""A template as a batch needs it: what it can say as flows, the file it is, and a digest of all it is made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..flow.catalogue import Repository, read_text
from ..flow.link import Linker
from ..flow.nodes import Choice, Flow, Opaque, Repeat, Seq
from ..flow.source import Source, TemplateError, parse_source
from ..flow.strict_yaml import YamlError
from .columns import NotColumnarError
from .laddered import Moment
from .render import RenderError, schema_of, template_path

Gate = Callable[[str, Sequence[str], str], Sequence[bool]]
"""Which of some values may be sent between two texts; the wording engine that tells stands above this package."""
LAYOUT = "layouts/email.html"


@dataclass(frozen=True, eq=False)
class BatchPlan:
    """What is written: one message in one channel, from one repository, through an optional gate.

    A plan reads its templates once: files that change while it is used are not seen.
    """

    root: Path
    message: str
    channel: str
    gate: Gate | None = None
    moment: Moment | None = None
    """The ladder that is asked for each borrower; None where everyone is written to."""
    approvals: tuple[str, ...] = ()
    """Ids of the decisions that let this message be sent; stamped on each row."""


@dataclass(frozen=True, eq=False)
class Compiled:
    """One template in one locale. `why` says why it cannot be written as columns; its flows are then of no use."""

    path: Path
    name: str
    digest: str
    body: Flow | None
    subject: Flow | None
    layout: Flow | None
    why: str | None


@lru_cache(maxsize=256)
def compiled(plan: BatchPlan, locale: str) -> Compiled:
    """The template of a plan in a locale; raises `RenderError` where there is none."""
    path = template_path(plan.root, plan.message, plan.channel, locale)
    name = path.relative_to(plan.root).as_posix() if path.is_relative_to(plan.root) else path.name
    text = read_text(path)
    repository = Repository(plan.root)
    linker = Linker(
        schema_of(plan.root),
        lambda name: repository.read(name, path.parent),
        lambda name: repository.notice(name, locale),
        {},
        locale,
    )
    why: str | None = None
    body = subject = layout = None
    layout_source = repository.read(LAYOUT) if plan.channel == "email" else None
    try:
        if plan.channel not in ("sms", "email", "letter", "visit", "voicemail"):
            raise NotColumnarError(f"{plan.channel} is a conversation")
        if path.name.split(".")[1] != locale:
            raise NotColumnarError("it is written in another locale")
        source = parse_source(text, str(path))
        body = _linked(linker, source)
        if plan.channel == "email":
            subject = _linked(linker, parse_source(str(source.front.get("subject", "")), f"{path}#subject"))
            layout = _linked(linker, layout_source) if layout_source is not None else None
    except NotColumnarError as error:
        why = str(error)
    except (TemplateError, YamlError) as error:
        raise RenderError(error.message, str(path)) from None
    digest = hashlib.sha256(text.encode() + b"\0")
    for key in sorted(linker.sources):
        digest.update(linker.sources[key].text.encode() + b"\0")
    return Compiled(path, name, digest.hexdigest(), body, subject, layout, why)


def _linked(linker: Linker, source: Source) -> Flow:
    flow = linker.program(source)
    if linker.problems:
        raise NotColumnarError(linker.problems[0].message)
    for node in _nodes(flow):
        if isinstance(node, Opaque):
            raise NotColumnarError(f"a part cannot be read: {node.why}")
    return flow


def _nodes(flow: Flow) -> list[Flow]:
    found: list[Flow] = []
    stack = [flow]
    while stack:
        current = stack.pop()
        found.append(current)
        if isinstance(current, Seq):
            stack.extend(current.parts)
        elif isinstance(current, Repeat):
            stack.append(current.body)
        elif isinstance(current, Choice):
            stack.extend(part for _, part in current.branches)
    return found


def explain(plan: BatchPlan, locale: str) -> str:
    """`columnar`, or why a template is written row by row."""
    try:
        why = compiled(plan, locale).why
    except RenderError as error:
        why = error.message
    return "columnar" if why is None else f"row by row: {why}"
