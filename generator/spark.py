"""The same batches on Spark: `written` in `mapInArrow`, over a cluster or local threads.

Spark reads the portfolio and hands its rows to Python; each task writes its parts into a folder that the driver and the
workers share, under names of its own attempt, and answers with their names and counts. Tasks are pure, so one that Spark
repeats or runs twice writes the same rows; the driver publishes what the attempts that count have named, after their
rows were counted against the input's, and drops the rest.
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
    spark = session or _session(master, plan.channel)
    try:
        return _run(spark, paths, out, plan, as_of, max_invalid, form)
    finally:
        if session is None:
            spark.stop()


def _session(master: str | None, channel: str) -> Any:
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
    size = sum(path.stat().st_size for path in paths)
    parallel = spark.sparkContext.defaultParallelism
    # A split for each of twice the cores, so that none idles while the last is written.
    spark.conf.set("spark.sql.files.maxPartitionBytes", size // (2 * parallel) + 1)
    folder = _sent(spark, plan.root)
    frame, read = _input(spark, paths)
    staged = (out / _STAGED).resolve()
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    task = _task(folder, plan, as_of, form, staged, read)
    # A dot in a name means a field of a structure to Spark.
    frame = frame.toDF(*(name.replace(".", _DOT) for name in frame.columns))
    answers = frame.mapInArrow(task, _ANSWER).collect()
    parts = [
        json.loads(answer["part"]) for answer in sorted(answers, key=lambda one: (one["split"], one["place"]))
    ]
    _check([answer["identities"] for answer in answers], out)
    totals = totals_of(parts)
    given = rows_known(paths) or frame.count()
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


def _input(spark: Any, paths: list[Path]) -> tuple[Any, str]:
    """The portfolio as a frame, and how its batches are read."""
    kinds = {path.suffix for path in paths}
    if len(kinds) > 1:
        raise PortfolioError("holds files of several kinds; give one kind", str(paths[0].parent))
    kind = kinds.pop()
    names = [path.resolve().as_uri() for path in paths]
    if kind == ".parquet":
        return spark.read.parquet(*names), "columns"
    if kind == ".jsonl":
        return spark.read.text(names), "lines"
    frame = spark.read.option("header", True).option("multiLine", True).option("escape", '"').csv(names)
    return frame, "cells"


def _task(
    folder: str, plan: BatchPlan, as_of: dt.date, form: str, staged: Path, read: str
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
        for place, batch in enumerate(batches):
            columns = _columns(batch, read, root)
            if not columns.num_rows:
                continue
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


def _columns(batch: Any, read: str, root: Path) -> Any:
    batch = batch.rename_columns([name.replace(_DOT, ".") for name in batch.schema.names])
    if read == "columns":
        return batch
    schema = schema_of(root)
    if read == "lines":
        records = [json_row(line) for line in batch.column(0).to_pylist() if line and line.strip()]
    else:
        records = [
            csv_row({name: "" if cell is None else cell for name, cell in row.items()}, schema)
            for row in batch.to_pylist()
        ]
    return record_batch([flat_row(record, schema) for record in records], schema)
