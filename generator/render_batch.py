"""One batch of borrowers to one batch of messages: pure, total, deterministic; columns where they can, Jinja elsewhere."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from ..flow.analyses import condition, leaves
from ..flow.catalogue import audience
from ..flow.nodes import Crash, Flow, Hole, Seq, Text
from ..flow.schema import Schema
from . import formats
from .acceptance import accepted, columns_of, consistent
from .alphabet import BASIC, EXTENDED
from .columns import Doubts, Facts, NotColumnarError, joined, spelled, truth, write
from .compiled import BatchPlan, Compiled, compiled
from .gated import passes
from .laddered import decided
from .mails import Words, escaped, in_order, mails, plain
from .profile import ProfileError
from .render import NotMeantError, RenderError, brand_facts, not_meant, prepare, render_message, schema_of
from .scope import build_scope
from .shapes import lists_of, shapes
from .sms import sms_parts

IDENTITY = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A profile_id: it names files, and says nothing about a person."""
SAMPLED = 16_384
"""One row in so many is written again by Jinja, and at least two of each batch."""


class MismatchError(Exception):
    """A columnar text that differs from Jinja's: a fault of this program, never sent."""


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
        "html",
    ]
    return pa.schema(
        [
            *((name, pa.string()) for name in names),
            ("parts", pa.int32()),
            ("approval_ids", pa.list_(pa.string())),
        ]
    )


def render_batch(batch: Any, plan: BatchPlan, as_of: dt.date) -> Any:
    """One output row for every input row, in order. Raises `MismatchError` where a sample differs from Jinja's text."""
    import pyarrow as pa

    schema = schema_of(plan.root)
    if "debt.as_of" not in batch.schema.names:
        batch = batch.append_column("debt.as_of", pa.array([as_of] * batch.num_rows, pa.date32()))
    made = _rendered(batch, plan, as_of, schema)
    if plan.moment is None:
        return made
    return decided(batch, made, plan.moment, plan.root, plan.message, plan.channel, schema)


def _rendered(batch: Any, plan: BatchPlan, as_of: dt.date, schema: Schema) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

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

    template = compiled(plan, locale)
    if template.why is not None or template.body is None:
        raise NotColumnarError(template.why or "it says nothing")
    facts = _facts(piece, schema, plan.root, brand, locale)
    doubts = Doubts()
    kept = pc.and_(consistent(facts), _identified(piece))
    reason: Any = pa.repeat("", facts.rows)
    for test in audience(template.path):
        held = truth(condition(test, schema), facts, doubts)
        if held is not True:
            unmet = pc.and_(
                pc.equal(reason, ""), pc.invert(held) if held is not False else pa.repeat(True, facts.rows)
            )
            reason = pc.if_else(unmet, not_meant(test), reason)
    meant = pc.and_(kept, pc.equal(reason, ""))
    if plan.gate is not None:
        meant = pc.and_(meant, passes(plan.gate, template.body, facts))
    # Whoever is not meant is told apart by the tests alone, unless one of them could not be answered.
    spared = pc.and_(kept, pc.not_equal(reason, ""))
    if doubts.mask is not None:
        spared = pc.and_(spared, pc.invert(doubts.mask))
    key = _keys(piece, plan, facts)
    if not pc.any(meant).as_py():
        return _suppressed(key, reason, plan), spared
    words = _words(template, plan, facts, scope_of(piece, meant, plan.root, schema), doubts)
    if doubts.mask is not None:
        meant = pc.and_(meant, pc.invert(doubts.mask))
    meant = pc.and_(meant, pc.is_valid(words.body))
    parts = (
        _parts(words.body, _paired(template.body, facts))
        if plan.channel == "sms"
        else pa.repeat(pa.scalar(0, pa.int32()), facts.rows)
    )

    def constant(text: str) -> Any:
        return pa.repeat(text, facts.rows)

    stamps = pa.repeat(pa.scalar(list(plan.approvals), pa.list_(pa.string())), facts.rows)
    made = pa.RecordBatch.from_arrays(
        [key, constant("ok"), constant(""), constant(template.name), constant(template.digest), constant(locale), constant(plan.channel), words.subject, words.body, words.html, parts, stamps],
        schema=output_schema(),
    )  # fmt: skip
    _compare(piece, made, meant, plan, schema)
    if not pc.any(spared).as_py():
        return made, meant
    both = pa.Table.from_batches([made, _suppressed(key, reason, plan)])
    rows = pa.array(range(facts.rows), pa.int64())
    chosen = both.take(pc.if_else(spared, pc.add(rows, facts.rows), rows)).combine_chunks()
    return chosen.to_batches()[0], pc.or_(meant, spared)


def _keys(piece: Any, plan: BatchPlan, facts: Facts) -> Any:
    import pyarrow.compute as pc

    return pc.binary_join_element_wise(
        piece.column("profile_id"),
        plan.message,
        plan.channel,
        spelled(facts.columns["debt.as_of"], lambda one: str(one.isoformat())),
        "/",
    )


def _suppressed(key: Any, reason: Any, plan: BatchPlan) -> Any:
    """Output rows of borrowers whom the message is not meant for."""
    import pyarrow as pa

    rows = len(key)
    none = pa.repeat("", rows)
    stamps = pa.repeat(pa.scalar([], pa.list_(pa.string())), rows)
    zero = pa.repeat(pa.scalar(0, pa.int32()), rows)
    return pa.RecordBatch.from_arrays(
        [key, pa.repeat("suppressed", rows), reason, none, none, none, pa.repeat(plan.channel, rows), none, none, none, zero, stamps],
        schema=output_schema(),
    )  # fmt: skip


def _words(
    template: Compiled, plan: BatchPlan, facts: Facts, scope: Mapping[str, Any], doubts: Doubts
) -> Words:
    """Subject, body and HTML of every row; rows that Jinja must write are doubted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    assert template.body is not None
    if plan.channel == "email":
        return mails(template, plan.root, facts, scope, doubts)
    inner = replace(facts, escape=partial(escaped, plan.channel))
    if lists_of(template.body):
        body = in_order(
            ((shape.rows, joined(plain(shape.pieces))) for shape in shapes(template.body, inner, doubts)),
            facts.rows,
        )
    else:
        body = write(template.body, inner, doubts)
        body = pa.repeat(body, facts.rows) if isinstance(body, str) else body
    none = pa.repeat("", facts.rows)
    return Words(none, body if _closed(template.body) else pc.utf8_trim_whitespace(body), none)


def _closed(flow: Flow) -> bool:
    """Whether a text surely begins and ends with words."""
    found = flow.parts if isinstance(flow, Seq) else (flow,)
    first, last = found[0], found[-1]
    while isinstance(last, Seq):
        last = last.parts[-1]
    return (
        isinstance(first, Text)
        and isinstance(last, Text)
        and not first.text[:1].isspace()
        and not last.text[-1:].isspace()
        and bool(first.text and last.text)
    )


def scope_of(piece: Any, meant: Any, root: Path, schema: Schema) -> Mapping[str, Any]:
    """The scope of the first row that is written; raises `NotColumnarError` where the model refuses it (a wrong brand)."""
    import pyarrow.compute as pc

    try:
        profile = prepare(root, record_of(piece, pc.index(meant, True).as_py()), schema, "(row)")
    except ProfileError:
        raise NotColumnarError(
            "the record model refuses what the predicate took: its brand is wrong"
        ) from None
    return build_scope(schema, profile.values)


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
    constants["locale"] = locale
    return Facts(columns, constants, schema, locale, piece.num_rows)


def _identified(piece: Any) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(pc.match_substring_regex(piece.column("profile_id"), f"^{IDENTITY}$"), False)


_ODD = "[^" + "".join("\\" + one if one in "\\]^-[" else one for one in sorted(BASIC | EXTENDED)) + "]"
_PAIRED = (
    "[\U00010000-\U0010ffff"
    + "".join("\\" + one if one in "\\]^-[" else one for one in sorted(EXTENDED))
    + "]"
)


_PAIRED_HERE = re.compile(_PAIRED)


def _paired(flow: Flow, facts: Facts) -> Any:
    """Rows that may hold a character which counts twice: an answer for all, or one for each row."""
    import pyarrow.compute as pc

    found: Any = False
    for leaf in leaves(flow):
        if isinstance(leaf, Crash):
            continue
        if isinstance(leaf, Text):
            printed: Any = leaf.text
        elif isinstance(leaf, Hole) and leaf.expression in facts.constants:
            printed = facts.constants[leaf.expression]
        elif isinstance(leaf, Hole) and not leaf.filters and leaf.expression in facts.columns:
            if leaf.type == "int":
                continue
            column = facts.columns[leaf.expression]
            more = pc.fill_null(pc.match_substring_regex(column, _PAIRED), False)
            found = more if found is False else pc.or_(found, more)
            continue
        elif isinstance(leaf, Hole) and leaf.filters == ("money",):
            codes = pc.unique(facts.columns["debt.currency"]).to_pylist()
            printed = "".join("".join(formats.money_parts(code, facts.locale)[:4]) for code in codes if code)
        elif isinstance(leaf, Hole) and leaf.filters in (("day",), ("mask",)):
            # A day has digits and letters of the locale, a tail is checked by its pattern.
            continue
        else:
            return True
        if isinstance(printed, str) and re.search(_PAIRED_HERE, printed):
            return True
    return found


def _parts(body: Any, paired: Any) -> Any:
    """Parts of each text message; texts with characters that count twice are laid out one by one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = pc.match_substring_regex(body, _ODD)
    length = pc.utf8_length(body)
    single = pc.if_else(wide, 70, 160)
    each = pc.if_else(wide, 67, 153)
    many = pc.divide(pc.add(length, pc.subtract(each, 1)), each)
    parts = pc.cast(pc.if_else(pc.less_equal(length, single), 1, many), pa.int32())
    if paired is False:
        return parts
    if paired is True:
        paired = pc.fill_null(pc.match_substring_regex(body, _PAIRED), False)
    positions = pc.indices_nonzero(paired).to_pylist()
    if positions:
        exact = parts.to_pylist()
        for position in positions:
            exact[position] = len(sms_parts(body[position].as_py() or "").parts)
        parts = pa.array(exact, pa.int32())
    return parts


def _compare(piece: Any, made: Any, kept: Any, plan: BatchPlan, schema: Schema) -> None:
    """Write a few rows again through Jinja; any difference stops the batch."""
    import pyarrow.compute as pc

    positions = pc.indices_nonzero(kept).to_pylist()
    chosen = random.Random(piece.num_rows).sample(
        positions, min(max(2, len(positions) // SAMPLED), len(positions))
    )
    for position in chosen:
        profile = prepare(plan.root, record_of(piece, position), schema, "(row)")
        expected = render_message(plan.root, plan.message, plan.channel, profile, schema)
        parts = len(expected.sms.parts) if expected.sms else 0
        found = {name: made.column(name)[position].as_py() for name in ("subject", "body", "html", "parts")}
        if found != {
            "subject": expected.subject,
            "body": expected.body,
            "html": expected.html,
            "parts": parts,
        }:
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
    named = isinstance(identity, str) and re.fullmatch(IDENTITY, identity) is not None
    row: dict[str, Any] = {
        "message_key": f"{identity if named else ''}/{plan.message}/{plan.channel}/{record.get('debt', {}).get('as_of', as_of)}",
        "status": "invalid", "reason": "", "template": "", "template_digest": "", "locale": "", "channel": plan.channel,
        "subject": "", "body": "", "html": "", "parts": 0, "approval_ids": [],
    }  # fmt: skip
    if set(record) <= {"debt"} and set(record.get("debt", {})) <= {"as_of"}:
        return {**row, "reason": "(row): is not a record [unreadable]"}
    if isinstance(identity, str) and not named:
        return {**row, "reason": "profile_id: use letters, digits, dot, dash, underscore [form]"}
    try:
        profile = prepare(plan.root, record, schema, "(row)")
        made = render_message(plan.root, plan.message, plan.channel, profile, schema)
    except ProfileError as error:
        told = (f"{fault.field}: {fault.hint} [{fault.code}]" for fault in error.faults)
        return {**row, "reason": " | ".join(told)}
    except NotMeantError as error:
        return {**row, "status": "suppressed", "reason": error.message}
    except RenderError as error:
        return {**row, "reason": error.message}
    if plan.gate is not None and not all(plan.gate("", [made.body, made.subject], "")):
        return {**row, "reason": "(message): the finished text does not pass the wording check [gate]"}
    template = compiled(plan, made.locale)
    return {
        **row, "status": "ok", "template": template.name, "template_digest": template.digest, "locale": made.locale,
        "approval_ids": list(plan.approvals), "subject": made.subject, "body": made.body, "html": made.html, "parts": len(made.sms.parts) if made.sms else 0,
    }  # fmt: skip
