"""The same batches on Spark: `written` in `mapInArrow`, over a cluster or local threads.

Each task writes its parts into a folder that the driver and the workers share, under names of its own attempt, and
answers with their names and counts. Tasks are pure, so one that Spark repeats or runs twice writes the same rows; the
driver publishes what the attempts that count have named, after their rows were counted against the input's, and drops
the rest.
"""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from .compiled import BatchPlan, Gate
from .parts import replace_file, written
from .portfolio import (
    PortfolioError,
    Seen,
    csv_row,
    flat_row,
    hashed,
    inputs_of,
    json_row,
    record_batch,
    rows_known,
)
from .render import schema_of
from .run import LONG, ROWS, Totals, identities_of, totals_of

_STAGED = ".staged"
_DOT = "/"
_ANSWER = "split int, place int, part string, identities binary"


def run_on_spark(
    portfolio: Path,
    out: Path,
    plan: BatchPlan,
    as_of: dt.date,
    *,
    master: str | None = None,
    max_invalid: float = 1.0,
    form: str = "parquet",
    session: Any = None,
) -> Totals:
    """Write every message under `out`, a folder that all workers share; raises `PortfolioError`. `session` is used where one runs already.

    The templates are sent to the workers; fairnotice itself must be installed on them.
    """
    paths = inputs_of(portfolio)
    if out.exists() and any(path.name != _STAGED for path in out.iterdir()):
        raise PortfolioError("is not empty; use another folder", str(out))
    spark = session or session_on(master, plan.channel)
    try:
        return _run(spark, paths, out, plan, as_of, max_invalid, form)
    finally:
        if session is None:
            spark.stop()


def session_on(master: str | None, channel: str) -> Any:
    """A session for messages of one channel; `master` is Spark's own word for where it runs."""
    from pyspark.sql import SparkSession

    # Workers run the Python that runs here, unless they are told another.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.appName("fairnotice")
    if master:
        builder = builder.master(master)
    return (
        builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", LONG.get(channel, ROWS))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )


def _run(
    spark: Any, paths: list[Path], out: Path, plan: BatchPlan, as_of: dt.date, max_invalid: float, form: str
) -> Totals:
    folder = _sent(spark, plan.root)
    frame, read = _input(spark, paths, LONG.get(plan.channel, ROWS))
    staged = (out / _STAGED).resolve()
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    task = _task(folder, plan, as_of, form, staged, read)
    answers = frame.mapInArrow(task, _ANSWER).collect()
    parts = [
        json.loads(answer["part"]) for answer in sorted(answers, key=lambda one: (one["split"], one["place"]))
    ]
    _check([answer["identities"] for answer in answers], out)
    totals = totals_of(parts)
    given = frame.count() if isinstance(read, str) else rows_known(paths)
    if given != totals.rows:
        raise PortfolioError(
            f"{given} rows were read and {totals.rows} written; nothing is published", str(out)
        )
    if totals.status.get("invalid", 0) > max_invalid * totals.rows:
        share = totals.status["invalid"] / totals.rows
        raise PortfolioError(
            f"{share:.1%} of the records cannot be used, more than --max-invalid allows", str(out)
        )
    _publish(parts, staged, out, plan, as_of, form)
    shutil.rmtree(staged)
    return totals


def _sent(spark: Any, root: Path) -> str:
    """Send the templates to the workers; the name under which each of them finds the folder."""
    digest = hashlib.sha256()
    files = [
        path
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] not in ("renders", "approvals", "profiles")
    ]
    for path in files:
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    name = f"templates-{digest.hexdigest()[:16]}"
    # Workers may fetch it as long as the session lasts.
    held = Path(tempfile.mkdtemp(prefix="fairnotice-"))
    atexit.register(shutil.rmtree, held, True)
    archive = held / f"{name}.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in files:
            made.write(path, path.relative_to(root).as_posix())
    spark.sparkContext.addArchive(f"{archive.as_uri()}#{name}")
    return name


def _check(identities: list[bytes], out: Path) -> None:
    """Raises `PortfolioError` where an identity stands in the portfolio twice."""
    import numpy as np

    seen = Seen()
    for hashes in identities:
        if len(seen.met(np.frombuffer(hashes, np.int64))):
            raise PortfolioError(
                "a profile_id stands twice in the portfolio; nothing is published, remove one of its rows",
                str(out),
            )


def _publish(
    parts: list[dict[str, Any]], staged: Path, out: Path, plan: BatchPlan, as_of: dt.date, form: str
) -> None:
    done = {}
    with (out / "quarantine.jsonl.part").open("wb") as handle:
        for number, part in enumerate(parts):
            with (staged / part["folder"] / "refused").open("rb") as lines:
                shutil.copyfileobj(lines, handle)
            names = []
            for name in part.pop("files"):
                # Tasks number their parts for themselves; published parts are numbered through.
                names.append(f"part-{number:05}.{form}" if name.startswith("part-") else name)
                (staged / part["folder"] / name).replace(out / names[-1])
            del part["folder"]
            done[str(number)] = {"files": names, **part}
    (out / "quarantine.jsonl.part").replace(out / "quarantine.jsonl")
    asked = {"engine": "spark", "message": plan.message, "channel": plan.channel, "as_of": as_of.isoformat()}
    replace_file(
        out / "manifest.json", (json.dumps({"asked": asked, "parts": done}, indent=1) + "\n").encode()
    )


Read = str | tuple[tuple[str, tuple[int, ...], int], ...]
"""How a task comes by its rows: `lines` or `cells` that Spark hands over, or the row groups that a number stands for."""


def _input(spark: Any, paths: list[Path], rows: int) -> tuple[Any, Read]:
    """What the tasks are made of, and how each of them reads it.

    Parquet is read by the tasks themselves: a task is handed the number of a split, so that no row passes through Java.
    """
    kinds = {path.suffix for path in paths}
    if len(kinds) > 1:
        raise PortfolioError("holds files of several kinds; give one kind", str(paths[0].parent))
    kind = kinds.pop()
    names = [path.resolve().as_uri() for path in paths]
    if kind == ".jsonl":
        return spark.read.text(names), "lines"
    if kind == ".csv":
        frame = spark.read.option("header", True).option("multiLine", True).option("escape", '"').csv(names)
        # A dot in a name means a field of a structure to Spark.
        return frame.toDF(*(name.replace(".", _DOT) for name in frame.columns)), "cells"
    splits = _splits(paths, rows, 4 * spark.sparkContext.defaultParallelism)
    return spark.range(0, len(splits), 1, len(splits)), splits


def _splits(paths: list[Path], rows: int, wanted: int) -> tuple[tuple[str, tuple[int, ...], int], ...]:
    """(file, row groups, rows of a batch): about as many as wanted, a row group is never cut."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    made: list[tuple[str, tuple[int, ...], int]] = []
    try:
        files = [(str(path.resolve()), pq.ParquetFile(path).metadata) for path in paths]
    except (pa.ArrowInvalid, OSError) as error:
        raise PortfolioError(f"cannot be read ({type(error).__name__})", str(paths[0].parent)) from None
    most = sum(known.num_rows for _, known in files) // wanted + 1
    for name, known in files:
        groups: list[int] = []
        held = 0
        for group in range(known.num_row_groups):
            groups.append(group)
            held += known.row_group(group).num_rows
            if held >= most or group == known.num_row_groups - 1:
                made.append((name, tuple(groups), rows))
                groups, held = [], 0
    return tuple(made)


def _task(
    folder: str, plan: BatchPlan, as_of: dt.date, form: str, staged: Path, read: Read
) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """What a worker does with the batches of one split."""
    asked = (plan.message, plan.channel, plan.gate, plan.approvals)
    moment = plan.moment

    def work(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa
        from pyspark import SparkFiles, TaskContext

        context = TaskContext.get()
        assert context is not None
        root = Path(SparkFiles.get(folder))
        mine = _plan(root, *asked) if moment is None else replace(_plan(root, *asked), moment=moment)
        for place, columns in enumerate(_columns(batches, read, root)):
            part = written(columns, mine, as_of, place, 0, form, ())
            target = staged / f"{context.partitionId()}-{context.taskAttemptId()}-{place}"
            target.mkdir(parents=True, exist_ok=True)
            for name, data in {**part.files, "refused": part.refused}.items():
                replace_file(target / name, data)
            told = json.dumps({"folder": target.name, "files": list(part.files), **part.counts})
            identities = hashed(identities_of(columns))
            yield pa.RecordBatch.from_pylist(
                [{"split": context.partitionId(), "place": place, "part": told, "identities": identities}],
                schema=pa.schema(
                    [
                        ("split", pa.int32()),
                        ("place", pa.int32()),
                        ("part", pa.string()),
                        ("identities", pa.binary()),
                    ]
                ),
            )

    return work


@lru_cache(maxsize=8)
def _plan(root: Path, message: str, channel: str, gate: Gate | None, approvals: tuple[str, ...]) -> BatchPlan:
    # A worker keeps its plan from one split to the next, and with it the templates it has read.
    return BatchPlan(root, message, channel, gate, None, approvals)


def _columns(batches: Iterator[Any], read: Read, root: Path) -> Iterator[Any]:
    """The rows of a task, as batches with dotted columns."""
    import pyarrow.parquet as pq

    schema = schema_of(root)
    for batch in batches:
        if not isinstance(read, str):
            for number in batch.column(0).to_pylist():
                name, groups, rows = read[number]
                yield from pq.ParquetFile(name).iter_batches(batch_size=rows, row_groups=list(groups))
            continue
        if read == "lines":
            records = [json_row(line) for line in batch.column(0).to_pylist() if line and line.strip()]
        else:
            named = batch.rename_columns([name.replace(_DOT, ".") for name in batch.schema.names])
            cells = ({name: cell or "" for name, cell in row.items()} for row in named.to_pylist())
            records = [csv_row(row, schema) for row in cells]
        if records:
            yield record_batch([flat_row(record, schema) for record in records], schema)
