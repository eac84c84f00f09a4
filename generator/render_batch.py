"""One batch of borrowers to one batch of messages: pure, total, deterministic; columns where they can, Jinja elsewhere."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.analyses import condition, leaves
from ..flow.catalogue import Repository, audience, read_text
from ..flow.link import Linker
from ..flow.nodes import Flow, Hole, Text
from ..flow.schema import Schema
from ..flow.source import parse_source
from .acceptance import accepted, columns_of, consistent
from .alphabet import BASIC, EXTENDED
from .columns import Doubts, Facts, NotColumnarError, truth, write
from .profile import ProfileError
from .render import NotMeantError, RenderError, brand_facts, prepare, render_message, schema_of, template_path
from .sms import sms_parts

SAMPLE = 8
"""Rows of each batch that are written again by Jinja."""
Gate = Callable[[Sequence[str]], Sequence[bool]]
"""Which of some texts may be sent; told apart by the wording engine, which stands above this package."""


class MismatchError(Exception):
    """A columnar text that differs from Jinja's: a fault of this program, never sent."""


@dataclass(frozen=True, eq=False)
class BatchPlan:
    """What is written: one message in one channel, from one repository, through an optional gate."""

    root: Path
    message: str
    channel: str
    gate: Gate | None = None
    approvals: tuple[str, ...] = ()
    """Ids of the decisions that let this message be sent; stamped on each row."""


def output_schema() -> Any:
    """The columns of every output batch."""
    import pyarrow as pa

    names = [
        "message_key",
        "status",
        "reason",
        "template",
        "template_digest",
        "locale",
        "channel",
        "subject",
        "body",
    ]
    return pa.schema(
        [
            *((name, pa.string()) for name in names),
            ("parts", pa.int32()),
            ("approval_ids", pa.list_(pa.string())),
        ]
    )


def explain(plan: BatchPlan, locale: str) -> str:
    """`columnar`, or why a template is written row by row."""
    try:
        _flow(plan, locale)
    except (NotColumnarError, RenderError) as error:
        return f"row by row: {error}"
    return "columnar"


def _flow(plan: BatchPlan, locale: str) -> tuple[Flow, Path, str]:
    """The flow of a template, its file, and a digest of everything it is made of."""
    if plan.channel != "sms":
        raise NotColumnarError(f"{plan.channel} has a layout of its own")
    path = template_path(plan.root, plan.message, plan.channel, locale)
    if path.name.split(".")[1] != locale:
        raise NotColumnarError("it is written in another locale")
    repository = Repository(plan.root)
    schema = schema_of(plan.root)
    linker = Linker(
        schema,
        lambda name: repository.read(name, path.parent),
        lambda name: repository.notice(name, locale),
        {},
        locale,
    )
    flow = linker.program(parse_source(read_text(path), str(path)))
    if linker.problems:
        raise NotColumnarError(linker.problems[0].message)
    _probe(flow)
    digest = hashlib.sha256()
    for name in sorted(linker.sources):
        digest.update(linker.sources[name].text.encode() + b"\0")
    return flow, path, digest.hexdigest()


def _probe(flow: Flow) -> None:
    """Raise early for what has no columnar form whatever the values."""
    from ..flow.nodes import Choice, Opaque, Repeat, Seq

    stack = [flow]
    while stack:
        current = stack.pop()
        if isinstance(current, Repeat):
            raise NotColumnarError("it writes a list")
        if isinstance(current, Opaque):
            raise NotColumnarError(f"a part cannot be read: {current.why}")
        if isinstance(current, Seq):
            stack.extend(current.parts)
        elif isinstance(current, Choice):
            stack.extend(part for _, part in current.branches)


def render_batch(batch: Any, plan: BatchPlan, as_of: dt.date) -> Any:
    """One output row for every input row, in order. Raises `MismatchError` where a sample differs from Jinja's text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    schema = schema_of(plan.root)
    if "debt.as_of" not in batch.schema.names:
        batch = batch.append_column("debt.as_of", pa.array([as_of] * batch.num_rows, pa.date32()))
    columns, _ = columns_of(batch, schema)
    rows: list[dict[str, Any] | None] = [None] * batch.num_rows
    good = accepted(batch, columns, schema)
    groups: dict[tuple[str, str], Any] = {}
    if "brand" in batch.schema.names and "borrower.locale" in columns:
        pairs = pc.binary_join_element_wise(batch.column("brand"), columns["borrower.locale"], "\0")
        for pair in pc.unique(pc.filter(pairs, good)).to_pylist():
            if pair is not None:
                brand, _, locale = pair.partition("\0")
                groups[brand, locale] = pc.and_(good, pc.fill_null(pc.equal(pairs, pair), False))
    done = pa.repeat(False, batch.num_rows)
    outputs: list[tuple[Any, Any]] = []
    for (brand, locale), mask in groups.items():
        chosen = pc.indices_nonzero(mask)
        piece = batch if len(chosen) == batch.num_rows else batch.take(chosen)
        try:
            made, kept = _columnar(piece, plan, schema, brand, locale)
        except (NotColumnarError, RenderError):
            continue
        if len(chosen) == batch.num_rows and pc.all(kept).as_py():
            return made
        positions = pc.filter(chosen, kept)
        outputs.append((positions, made.filter(kept)))
        flags = pc.is_in(pa.array(range(batch.num_rows), pa.uint64()), pc.cast(positions, pa.uint64()))
        done = pc.or_(done, flags)
    left = pc.indices_nonzero(pc.invert(done)).to_pylist()
    for position in left:
        rows[position] = _one(batch, position, plan, schema, as_of)
    slow = pa.RecordBatch.from_pylist([rows[position] for position in left], schema=output_schema())
    outputs.append((pa.array(left, pa.uint64()), slow))
    order = pc.sort_indices(pa.chunked_array([pc.cast(positions, pa.uint64()) for positions, _ in outputs]))
    table = pa.Table.from_batches([made for _, made in outputs], schema=output_schema())
    result = table.take(order).combine_chunks().to_batches()
    return result[0] if result else slow


def _columnar(piece: Any, plan: BatchPlan, schema: Schema, brand: str, locale: str) -> tuple[Any, Any]:
    """(output rows, which of them hold) of one brand and locale."""
    import pyarrow as pa
    import pyarrow.compute as pc

    flow, path, digest = _flow(plan, locale)
    facts = _facts(piece, schema, plan.root, brand, locale)
    doubts = Doubts()
    body = write(flow, facts, doubts)
    if isinstance(body, str):
        body = pa.repeat(body, facts.rows)
    body = pc.utf8_trim_whitespace(body)
    kept = pc.and_(consistent(facts), pc.is_valid(body))
    if doubts.mask is not None:
        kept = pc.and_(kept, pc.invert(doubts.mask))
    for test in audience(path):
        held = truth(condition(test, schema), facts, doubts)
        if held is not True:
            kept = pc.and_(kept, held)
    kept = pc.and_(kept, _identified(piece))
    if plan.gate is not None:
        kept = pc.and_(kept, _passes(plan.gate, flow, facts))
    parts = _parts(body)

    def constant(text: str) -> Any:
        return pa.repeat(text, facts.rows)

    key = pc.binary_join_element_wise(
        piece.column("profile_id"),
        plan.message,
        plan.channel,
        pc.strftime(facts.columns["debt.as_of"], "%Y-%m-%d"),
        "/",
    )
    stamps = pa.repeat(pa.scalar(list(plan.approvals), pa.list_(pa.string())), facts.rows)
    name = path.relative_to(plan.root).as_posix() if path.is_relative_to(plan.root) else path.name
    made = pa.RecordBatch.from_arrays(
        [key, constant("ok"), constant(""), constant(name), constant(digest), constant(locale), constant(plan.channel), constant(""), body, parts, stamps],
        schema=output_schema(),
    )  # fmt: skip
    _compare(piece, made, kept, plan, schema)
    return made, kept


def _facts(piece: Any, schema: Schema, root: Path, brand: str, locale: str) -> Facts:
    import pyarrow.compute as pc

    constants: dict[str, Any] = {}
    given = brand_facts(root, brand, locale)
    for path, field in schema.fields.items():
        if field.source == "brand" and field.type != "object":
            group, _, name = path.partition(".")
            constants[path] = (given.get(group) or {}).get(name, field.default if field.has_default else None)
    columns, absent = columns_of(piece, schema)
    constants.update(absent)
    for path, field in schema.fields.items():
        if field.derived and "days_between" in field.derived:
            start, end = field.derived["days_between"]
            columns[path] = pc.days_between(columns[start], columns[end])
    for path, field in schema.fields.items():
        if field.derived and "cuts" in field.derived:
            number = columns[field.derived["cuts"]["of"]]
            stage: Any = field.values[0]
            for value, start in zip(field.values[1:], field.derived["cuts"]["from"][1:], strict=False):
                stage = pc.if_else(pc.greater_equal(number, start), value, stage)
            columns[path] = stage
    return Facts(columns, constants, schema, locale, piece.num_rows)


def _identified(piece: Any) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(
        pc.match_substring_regex(piece.column("profile_id"), r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"), False
    )


def _passes(gate: Gate, flow: Flow, facts: Facts) -> Any:
    """Rows none of whose free texts, with the literals beside them, harm; literals alone are proven by the linter."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pa.repeat(True, facts.rows)
    literals = [leaf for leaf in leaves(flow) if isinstance(leaf, (Text, Hole))]
    for index, leaf in enumerate(literals):
        if (
            not isinstance(leaf, Hole)
            or leaf.type != "text"
            or leaf.filters
            or leaf.expression in facts.constants
        ):
            continue
        before = next(
            (one.text[-12:] for one in literals[max(index - 1, 0) : index] if isinstance(one, Text)), ""
        )
        after = next((one.text[:12] for one in literals[index + 1 : index + 2] if isinstance(one, Text)), "")
        encoded = pc.dictionary_encode(facts.columns[leaf.expression])
        answers = gate([before + (value or "") + after for value in encoded.dictionary.to_pylist()])
        good = pc.and_(good, pc.fill_null(pc.take(pa.array(answers, pa.bool_()), encoded.indices), True))
    return good


_ODD = "[^" + "".join("\\" + one if one in "\\]^-[" else one for one in sorted(BASIC | EXTENDED)) + "]"
_PAIRED = (
    "[\U00010000-\U0010ffff"
    + "".join("\\" + one if one in "\\]^-[" else one for one in sorted(EXTENDED))
    + "]"
)


def _parts(body: Any) -> Any:
    """Parts of each text message; texts with characters that count twice are laid out one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = pc.match_substring_regex(body, _ODD)
    length = pc.utf8_length(body)
    single = pc.if_else(wide, 70, 160)
    each = pc.if_else(wide, 67, 153)
    many = pc.divide(pc.add(length, pc.subtract(each, 1)), each)
    parts = pc.cast(pc.if_else(pc.less_equal(length, single), 1, many), pa.int32())
    paired = pc.fill_null(pc.match_substring_regex(body, _PAIRED), False)
    positions = pc.indices_nonzero(paired).to_pylist()
    if positions:
        exact = parts.to_pylist()
        for position in positions:
            exact[position] = len(sms_parts(body[position].as_py()).parts)
        parts = pa.array(exact, pa.int32())
    return parts


def _compare(piece: Any, made: Any, kept: Any, plan: BatchPlan, schema: Schema) -> None:
    """Write a few rows again through Jinja; any difference stops the batch."""
    import pyarrow.compute as pc

    positions = pc.indices_nonzero(kept).to_pylist()
    chosen = random.Random(piece.num_rows).sample(positions, min(SAMPLE, len(positions)))
    for position in chosen:
        profile = prepare(plan.root, record_of(piece, position), schema, "(row)")
        expected = render_message(plan.root, plan.message, plan.channel, profile, schema)
        parts = len(expected.sms.parts) if expected.sms else 0
        if (
            made.column("body")[position].as_py() != expected.body
            or made.column("parts")[position].as_py() != parts
        ):
            raise MismatchError(
                f"columns and Jinja differ for {plan.message} {plan.channel}; nothing was written"
            )


def record_of(batch: Any, position: int) -> dict[str, Any]:
    """One row as the nested record that the model reads; nulls are left out."""
    record: dict[str, Any] = {}
    for index, name in enumerate(batch.schema.names):
        value = batch.column(index)[position].as_py()
        if value is None:
            continue
        target = record
        *outer, last = name.split(".")
        for part in outer:
            target = target.setdefault(part, {})
        target[last] = value
    return record


def _one(batch: Any, position: int, plan: BatchPlan, schema: Schema, as_of: dt.date) -> dict[str, Any]:
    """The output row of one record through the record model and Jinja."""
    record = record_of(batch, position)
    identity = record.get("profile_id")
    row: dict[str, Any] = {
        "message_key": f"{identity if isinstance(identity, str) else ''}/{plan.message}/{plan.channel}/{record.get('debt', {}).get('as_of', as_of)}",
        "status": "invalid", "reason": "", "template": "", "template_digest": "", "locale": "", "channel": plan.channel,
        "subject": "", "body": "", "parts": 0, "approval_ids": [],
    }  # fmt: skip
    try:
        profile = prepare(plan.root, record, schema, "(row)")
        made = render_message(plan.root, plan.message, plan.channel, profile, schema)
    except ProfileError as error:
        fault = error.faults[0]
        return {**row, "reason": f"{fault.field}: {fault.hint} [{fault.code}]"}
    except NotMeantError as error:
        return {**row, "status": "suppressed", "reason": error.message}
    except RenderError as error:
        return {**row, "reason": error.message}
    if plan.gate is not None and not plan.gate([made.body])[0]:
        return {**row, "reason": "the finished text does not pass the wording check [gate]"}
    path = template_path(plan.root, plan.message, plan.channel, made.locale)
    try:
        digest = _flow(plan, made.locale)[2]
    except (NotColumnarError, RenderError):
        digest = hashlib.sha256(read_text(path).encode()).hexdigest()
    name = path.relative_to(plan.root).as_posix() if path.is_relative_to(plan.root) else path.name
    return {
        **row, "status": "ok", "template": name, "template_digest": digest, "locale": made.locale,
        "approval_ids": list(plan.approvals), "subject": made.subject, "body": made.body, "parts": len(made.sms.parts) if made.sms else 0,
    }  # fmt: skip


def quarantine(batch: Any) -> list[Mapping[str, str]]:
    """The rows of an output batch that were not written, without any value of theirs."""
    import pyarrow.compute as pc

    left = batch.select(["message_key", "status", "reason"]).filter(
        pc.not_equal(batch.column("status"), "ok")
    )
    rows: list[Mapping[str, str]] = left.to_pylist()
    return rows
