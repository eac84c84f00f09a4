"""A portfolio of any size to a folder of part files: streamed, resumable, nothing lost and nothing doubled.

    OUT/manifest.json        what was asked, of which input, and the parts that are done
    OUT/part-00000.parquet   one output row for every input row of one batch, in order
    OUT/quarantine.jsonl     key, status and reason of rows that were not written; no value of theirs

A part exists only whole: it is written beside its name and renamed. The manifest is renamed after each part, so a
run that was killed at any moment goes on with `resume` where it stopped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from .acceptance import arrow_type
from .batch import PortfolioError, read_portfolio
from .compiled import BatchPlan
from .profile import flatten
from .render import schema_of
from .render_batch import output_schema, quarantine, render_batch

ROWS = 65_536
"""Input rows of one part."""
LONG = {"email": 16_384, "letter": 16_384, "visit": 16_384, "call": 4096}
"""Input rows of one part where messages are long."""
STEPS = {"email": 4096, "letter": 8192, "visit": 8192, "call": 1024}
"""Rows that are rendered at once, where messages are long."""
REPEATED = ["status", "reason", "template", "template_digest", "locale", "channel", "subject"]
"""Output columns with few distinct values."""


@dataclass(frozen=True)
class Totals:
    """Counts of a run, over all its parts."""

    rows: int
    status: Mapping[str, int]
    locale: Mapping[str, int]
    parts: Mapping[str, int]
    """Parts of text messages by locale."""


def inputs_of(portfolio: Path) -> list[Path]:
    """The files of a portfolio: one file, a folder of them, or a glob; raises `PortfolioError`."""
    if portfolio.is_dir():
        found = [
            path for path in sorted(portfolio.iterdir()) if path.suffix in (".parquet", ".csv", ".jsonl")
        ]
    elif portfolio.is_file():
        found = [portfolio]
    else:
        found = sorted(path for path in portfolio.parent.glob(portfolio.name) if path.is_file())
    if not found:
        raise PortfolioError("no .parquet, .csv or .jsonl file found", str(portfolio))
    return found


def batches(paths: Sequence[Path], schema: Schema, rows: int = ROWS) -> Iterator[Any]:
    """Input record batches with dotted columns, a bounded number of rows each; raises `PortfolioError`."""
    import pyarrow as pa

    for path in paths:
        try:
            if path.suffix == ".parquet":
                import pyarrow.parquet as pq

                yield from pq.ParquetFile(path).iter_batches(batch_size=rows)
                continue
            held: list[dict[str, Any]] = []
            for _, record in read_portfolio(path, schema):
                held.append(_flat(record, schema))
                if len(held) == rows:
                    yield _columns(held, schema)
                    held = []
            if held:
                yield _columns(held, schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
            raise PortfolioError(f"cannot be read ({type(error).__name__})", str(path)) from None


def _flat(record: Mapping[str, Any] | None, schema: Schema) -> dict[str, Any]:
    if record is None:
        return {"profile_id": None}
    own = {key: value for key, value in record.items() if key in ("profile_id", "brand")}
    rest = {key: value for key, value in record.items() if key in schema.fields}
    try:
        flat = flatten(rest, schema)
    except KeyError:
        # A field that the schema does not know: the row is refused, whatever else it holds.
        return {**own, "profile_id": None}
    unknown = set(record) - set(rest) - set(own)
    return {**own, **flat, **dict.fromkeys(sorted(unknown), "?")}


def _columns(rows: Sequence[Mapping[str, Any]], schema: Schema) -> Any:
    """Rows as a record batch; a column whose values do not fit its type is kept as text, and its rows are looked at one by one."""
    import pyarrow as pa

    names = list(dict.fromkeys(name for row in rows for name in row))
    arrays = []
    for name in names:
        values = [row.get(name) for row in rows]
        field = schema.fields.get(name)
        kind = pa.string() if field is None or field.type == "date" else arrow_type(field)
        try:
            arrays.append(
                pa.array(values) if field is not None and field.type == "list" else pa.array(values, kind)
            )
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            arrays.append(
                pa.array(
                    [None if one is None else json.dumps(one, default=str) for one in values], pa.string()
                )
            )
    return pa.RecordBatch.from_arrays(arrays, names=names)


def run(
    portfolio: Path,
    out: Path,
    plan: BatchPlan,
    as_of: dt.date,
    *,
    resume: bool = False,
    jobs: int = 1,
    max_invalid: float = 1.0,
    rows: int | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Totals:
    """Write every part that is not written yet; raises `PortfolioError`. Memory holds a few batches, whatever the size."""
    paths = inputs_of(portfolio)
    schema = schema_of(plan.root)
    rows = rows or LONG.get(plan.channel, ROWS)
    asked = {
        "message": plan.message, "channel": plan.channel, "as_of": as_of.isoformat(), "rows_a_part": rows,
        "schema": schema.digest, "inputs": {str(path): _digest(path) for path in paths},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with _locked(out):
        manifest = out / "manifest.json"
        done = _resumed(manifest, asked, resume)
        for stray in (*out.glob("*.part"), *_unlisted(out, done)):
            stray.unlink()
        with _writers(jobs, plan, as_of) as submit:
            waiting: list[
                tuple[int, Future[tuple[bytes, dict[str, Any]]] | tuple[bytes, dict[str, Any]]]
            ] = []
            for number, batch in enumerate(batches(paths, schema, rows)):
                if str(number) in done:
                    _report(done[str(number)], on_rows)
                    continue
                waiting.append((number, submit(batch)))
                while len(waiting) > 2 * jobs - 1:
                    _finish(out, manifest, asked, done, waiting.pop(0), max_invalid, on_rows)
            while waiting:
                _finish(out, manifest, asked, done, waiting.pop(0), max_invalid, on_rows)
        _write_quarantine(out, done)
    return _totals(done)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """One run a folder: the lock names the process, and one left behind by a dead process is taken over."""
    lock = out / ".lock"
    try:
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        owner = lock.read_text(encoding="utf-8").strip()
        if owner.isdigit() and _alive(int(owner)):
            raise PortfolioError(f"another run (process {owner}) is writing here", str(out)) from None
        lock.unlink()
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    os.write(handle, str(os.getpid()).encode())
    os.close(handle)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _resumed(manifest: Path, asked: Mapping[str, Any], resume: bool) -> dict[str, dict[str, Any]]:
    if not manifest.is_file():
        return {}
    if not resume:
        raise PortfolioError("holds a run already; use --resume, or another folder", str(manifest.parent))
    try:
        document = json.loads(manifest.read_text(encoding="utf-8"))
        before, done = document["asked"], document["parts"]
    except (ValueError, KeyError, TypeError):
        raise PortfolioError("is no manifest of a run; use another folder", str(manifest)) from None
    for key, value in asked.items():
        if before.get(key) != value:
            raise PortfolioError(f"was begun with another '{key}'; use another folder", str(manifest))
    kept: dict[str, dict[str, Any]] = done
    for number, part in kept.items():
        path = manifest.parent / part["file"]
        if not path.is_file() or _digest(path) != part["sha256"]:
            raise PortfolioError(f"part {number} is missing or was changed; use another folder", str(path))
    return kept


def _unlisted(out: Path, done: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Parts that were renamed just before a kill, and are not in the manifest yet: they are written again."""
    listed = {part["file"] for part in done.values()}
    return [path for path in out.glob("part-*.parquet") if path.name not in listed]


@contextmanager
def _writers(jobs: int, plan: BatchPlan, as_of: dt.date) -> Iterator[Callable[[Any], Any]]:
    if jobs <= 1:
        yield lambda batch: written(batch, plan, as_of)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield lambda batch: pool.submit(written, batch, plan, as_of)


def written(batch: Any, plan: BatchPlan, as_of: dt.date) -> tuple[bytes, dict[str, Any]]:
    """One part as Parquet bytes, with its counts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Arrow's own allocator gives pages back at once; long messages would pay for each of them again.
    pa.set_memory_pool(pa.system_memory_pool())
    step = STEPS.get(plan.channel, ROWS)
    pieces = [render_batch(batch.slice(first, step), plan, as_of) for first in range(0, batch.num_rows, step)]
    made = pa.Table.from_batches(pieces, schema=output_schema())
    sink = pa.BufferOutputStream()
    pq.write_table(made, sink, compression="zstd", use_dictionary=REPEATED, write_statistics=False)
    counts = {
        "rows": made.num_rows,
        "status": _counted(made.column("status")),
        "locale": _counted(made.column("locale")),
        "parts": _summed(made.column("locale"), made.column("parts")),
        "refused": quarantine(made),
    }
    return sink.getvalue().to_pybytes(), counts


def _summed(keys: Any, numbers: Any) -> dict[str, int]:
    import pyarrow as pa

    table = pa.table({"key": keys, "number": numbers}).group_by("key").aggregate([("number", "sum")])
    return {one["key"]: one["number_sum"] or 0 for one in table.to_pylist()}


def _counted(column: Any) -> dict[str, int]:
    return {one["values"]: one["counts"] for one in column.value_counts().to_pylist()}


def _finish(
    out: Path, manifest: Path, asked: Mapping[str, Any], done: dict[str, dict[str, Any]], waiting: tuple[int, Any],
    max_invalid: float, on_rows: Callable[[int], None] | None,
) -> None:  # fmt: skip
    number, result = waiting
    data, counts = result.result() if isinstance(result, Future) else result
    name = f"part-{number:05}.parquet"
    _replace(out / name, data)
    refused = counts.pop("refused")
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in refused)
    _replace(out / f"quarantine-{number:05}.jsonl", lines.encode())
    done[str(number)] = {"file": name, "sha256": hashlib.sha256(data).hexdigest(), **counts}
    _replace(manifest, (json.dumps({"asked": asked, "parts": done}, indent=1) + "\n").encode())
    _report(done[str(number)], on_rows)
    totals = _totals(done)
    if totals.status.get("invalid", 0) > max_invalid * totals.rows:
        share = totals.status["invalid"] / totals.rows
        raise PortfolioError(
            f"{share:.1%} of the records cannot be used, more than --max-invalid allows", str(out)
        )


def _report(part: Mapping[str, Any], on_rows: Callable[[int], None] | None) -> None:
    if on_rows is not None:
        on_rows(part["rows"])


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(path.name + ".part")
    with beside.open("wb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(beside, path)


def _write_quarantine(out: Path, done: Mapping[str, Any]) -> None:
    """One file for people, from the parts' own: written last, so it is whole or not there."""
    pieces = [out / f"quarantine-{int(number):05}.jsonl" for number in sorted(done, key=int)]
    _replace(out / "quarantine.jsonl", b"".join(piece.read_bytes() for piece in pieces if piece.is_file()))


def _totals(done: Mapping[str, Mapping[str, Any]]) -> Totals:
    status: Counter[str] = Counter()
    locale: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for part in done.values():
        status.update(part["status"])
        locale.update(part["locale"])
        parts.update(part["parts"])
    return Totals(
        sum(part["rows"] for part in done.values()),
        dict(status),
        {name: count for name, count in locale.items() if name},
        {name: count for name, count in parts.items() if count},
    )
