"""What a part of a run is made of: one table, as Parquet, JSONL, or one file a message; its counts; what was set aside."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.catalogue import description
from .compiled import BatchPlan, compiled
from .email import to_mime
from .render import OFFERS, brand_facts
from .render_batch import output_schema, render_batch

FORMS = ("parquet", "jsonl", "files")
STEPS = {"email": 4096, "letter": 8192, "visit": 8192, "call": 1024}
"""Rows that are rendered at once, where messages are long."""
REPEATED = ["status", "reason", "template", "template_digest", "locale", "channel", "subject"]
"""Output columns with few distinct values."""
TWICE = "profile_id: stands twice in this portfolio [duplicate]"


@dataclass(frozen=True, eq=False)
class Part:
    """The files of one part by name, its counts, and a line for each fault of the rows that were not written."""

    files: Mapping[str, bytes]
    counts: Mapping[str, Any]
    refused: bytes


def written(
    batch: Any, plan: BatchPlan, as_of: dt.date, number: int, first: int, form: str, twice: Sequence[int]
) -> Part:
    """One part, whose first row is number `first` of the portfolio. `twice`: rows whose identity stood there before."""
    import pyarrow as pa

    # Arrow's own allocator gives pages back at once; long messages would pay for each of them again.
    pa.set_memory_pool(pa.system_memory_pool())
    step = STEPS.get(plan.channel, max(batch.num_rows, 1))
    pieces = [render_batch(batch.slice(start, step), plan, as_of) for start in range(0, batch.num_rows, step)]
    made = _without(pa.Table.from_batches(pieces, schema=output_schema()), twice)
    name = f"part-{number:05}"
    if form == "parquet":
        files = {f"{name}.parquet": _parquet(made)}
    elif form == "jsonl":
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in made.to_pylist())
        files = {f"{name}.jsonl": "".join(lines).encode()}
    else:
        files = dict(_messages(made, batch, plan))
    counts = {"rows": made.num_rows, **counted(made)}
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in set_aside(made, first))
    return Part(files, counts, "".join(lines).encode())


def _parquet(made: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(made, sink, compression="snappy", use_dictionary=REPEATED, write_statistics=False)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def _without(made: Any, twice: Sequence[int]) -> Any:
    """The table with some rows refused."""
    if not twice:
        return made
    rows = made.to_pylist()
    for place in twice:
        blank = {
            "template": "",
            "template_digest": "",
            "locale": "",
            "subject": "",
            "body": "",
            "html": "",
            "parts": 0,
        }
        rows[place] = {**rows[place], **blank, "status": "invalid", "reason": TWICE, "approval_ids": []}
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=output_schema())


def _messages(made: Any, batch: Any, plan: BatchPlan) -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of each message that is sent."""
    brands = batch.column("brand").to_pylist() if "brand" in batch.schema.names else []
    for place, row in enumerate(made.to_pylist()):
        if row["status"] != "ok":
            continue
        name = row["message_key"].partition("/")[0]
        if plan.channel != "email":
            yield f"{name}.txt", row["body"].encode()
            continue
        offers = description(compiled(plan, row["locale"]).path).get("purpose") in OFFERS
        address = brand_facts(plan.root, brands[place], row["locale"])["complaint"]["email"] if offers else ""
        yield f"{name}.eml", to_mime(row["subject"], row["body"], row["html"], address)


_FAULT = re.compile(r"(?P<field>[^:]+): (?P<hint>.*) \[(?P<code>[\w-]+)\]")


def set_aside(made: Any, first: int) -> Iterator[Mapping[str, Any]]:
    """Row number, key, status, code, field and hint of every row that was not written; no value of theirs."""
    import pyarrow.compute as pc

    left = pc.indices_nonzero(pc.not_equal(made.column("status"), "ok"))
    told = made.select(["message_key", "status", "reason"]).take(left)
    for place, row in zip(left.to_pylist(), told.to_pylist(), strict=True):
        identity = row["message_key"].partition("/")[0]
        known = {
            "row": first + place,
            "message_key": row["message_key"],
            "profile_id": identity,
            "status": row["status"],
        }
        for reason in row["reason"].split(" | "):
            found = _FAULT.fullmatch(reason)
            fault = (
                found.groupdict() if found else {"field": "(message)", "hint": reason, "code": row["status"]}
            )
            yield {**known, "code": fault["code"], "field": fault["field"], "hint": fault["hint"]}


def counted(made: Any) -> dict[str, dict[str, int]]:
    """Rows by status and by locale, and the parts of text messages by locale."""
    import pyarrow as pa

    columns = {"key": made.column("locale"), "number": made.column("parts")}
    sums = pa.table(columns).group_by("key").aggregate([("number", "sum")]).to_pylist()
    return {
        "status": _values(made.column("status")),
        "locale": _values(made.column("locale")),
        "parts": {one["key"]: one["number_sum"] or 0 for one in sums},
    }


def _values(column: Any) -> dict[str, int]:
    return {one["values"]: one["counts"] for one in column.value_counts().to_pylist()}


def replace_file(path: Path, data: bytes) -> None:
    """A whole file or none: written beside and renamed."""
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(beside, path)
