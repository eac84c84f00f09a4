"""A portfolio of any size to a folder of part files: streamed, resumable, nothing lost and nothing doubled.

    OUT/manifest.json        what was asked, of which input, and the parts that are done
    OUT/part-00000.parquet   one output row for every input row of one batch, in order (or .jsonl)
    OUT/<profile_id>.eml     instead of parts: one file a message (`files`)
    OUT/quarantine.jsonl     key, status, code, field and hint of rows that were not written; no value of theirs

A file exists only whole: it is written beside its name and renamed. The manifest is renamed after each part, so a
run that was killed at any moment goes on with `resume` where it stopped; a part that was begun is written again,
under the same names and with the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any

from .compiled import BatchPlan
from .parts import Part, replace_file, written
from .portfolio import PortfolioError, Seen, batches, inputs_of
from .render import schema_of

ROWS = 65_536
"""Input rows of one part."""
PRELOADED = ["pyarrow.parquet", "pyarrow.compute", "fairnotice.generator.parts", "fairnotice.lint.gate"]
LONG = {"email": 16_384, "letter": 16_384, "visit": 16_384, "call": 4096}
"""Input rows of one part where messages are long."""


@dataclass(frozen=True)
class Totals:
    """Counts of a run, over all its parts."""

    rows: int
    status: Mapping[str, int]
    locale: Mapping[str, int]
    parts: Mapping[str, int]
    """Parts of text messages by locale."""


def run(
    portfolio: Path,
    out: Path,
    plan: BatchPlan,
    as_of: dt.date,
    *,
    resume: bool = False,
    jobs: int = 1,
    max_invalid: float = 1.0,
    form: str = "parquet",
    rows: int | None = None,
    on_rows: Callable[[int], None] | None = None,
) -> Totals:
    """Write every part that is not written yet; raises `PortfolioError`. Memory holds a few batches, whatever the size."""
    paths = inputs_of(portfolio)
    schema = schema_of(plan.root)
    rows = rows or LONG.get(plan.channel, ROWS)
    asked = {
        "message": plan.message, "channel": plan.channel, "as_of": as_of.isoformat(), "rows_a_part": rows, "form": form,
        "at": plan.moment.at.isoformat() if plan.moment else None, "ladder": plan.moment.ladder.id if plan.moment else None,
        "schema": schema.digest, "inputs": {str(path): _digest(path) for path in paths},
    }  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    with _locked(out):
        manifest = out / "manifest.json"
        done = _resumed(manifest, asked, resume)
        for stray in {*out.glob("*.part"), *_unlisted(out, done)}:
            stray.unlink(missing_ok=True)  # a worker of the killed run may just have renamed it
        seen = Seen()
        with _writers(jobs, plan, as_of, form) as submit:
            waiting: list[tuple[int, Future[Part] | Part]] = []
            first = 1
            for number, batch in enumerate(batches(paths, schema, rows)):
                start, first = first, first + batch.num_rows
                twice = seen.again(identities_of(batch))
                if str(number) in done:
                    _report(done[str(number)], on_rows)
                    continue
                waiting.append((number, submit(batch, number, start, twice)))
                while len(waiting) > 2 * jobs - 1:
                    _finish(out, manifest, asked, done, waiting.pop(0), max_invalid, on_rows)
            while waiting:
                _finish(out, manifest, asked, done, waiting.pop(0), max_invalid, on_rows)
        _write_quarantine(out, done)
    return totals_of(done.values())


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
        if _fingerprint(manifest.parent, part["files"]) != part["sha256"]:
            raise PortfolioError(
                f"part {number} is missing or was changed; use another folder", str(manifest.parent)
            )
    return kept


def _fingerprint(out: Path, names: list[str]) -> str | None:
    """A digest over files in the order of their names; None where one is missing."""
    digest = hashlib.sha256()
    for name in names:
        try:
            digest.update((out / name).read_bytes())
        except OSError:
            return None
    return digest.hexdigest()


def _unlisted(out: Path, done: Mapping[str, Mapping[str, Any]]) -> list[Path]:
    """Parts that were renamed just before a kill, and are not in the manifest yet: they are written again."""
    listed = {name for part in done.values() for name in part["files"]}
    return [path for path in out.glob("part-*") if path.name not in listed]


def identities_of(batch: Any) -> list[Any]:
    """The identity of every row; none where the column is missing."""
    found: list[Any] = batch.column("profile_id").to_pylist() if "profile_id" in batch.schema.names else []
    return found


@contextmanager
def _writers(jobs: int, plan: BatchPlan, as_of: dt.date, form: str) -> Iterator[Callable[..., Any]]:
    if jobs <= 1:
        yield lambda batch, number, first, twice: written(batch, plan, as_of, number, first, form, twice)
        return
    # Workers are forked from one process that has imported what they need, and no threads.
    context = get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    forkserver.ensure_running()  # it imports while the first rows are read
    with ProcessPoolExecutor(
        jobs, mp_context=context, initializer=_begin, initargs=(plan, as_of, form)
    ) as pool:
        yield lambda *part: pool.submit(_part, *part)


_asked: list[Any] = []
"""In a worker: its plan, day and form, kept from part to part, and with the plan the templates it has read."""


def _begin(*asked: Any) -> None:
    _asked[:] = asked


def _part(batch: Any, number: int, first: int, twice: list[int]) -> Part:
    plan, as_of, form = _asked
    return written(batch, plan, as_of, number, first, form, twice)


def _finish(
    out: Path, manifest: Path, asked: Mapping[str, Any], done: dict[str, dict[str, Any]], waiting: tuple[int, Any],
    max_invalid: float, on_rows: Callable[[int], None] | None,
) -> None:  # fmt: skip
    number, result = waiting
    part = result.result() if isinstance(result, Future) else result
    digest = hashlib.sha256()
    for name, data in part.files.items():
        replace_file(out / name, data)
        digest.update(data)
    replace_file(out / f"quarantine-{number:05}.jsonl", part.refused)
    done[str(number)] = {"files": list(part.files), "sha256": digest.hexdigest(), **part.counts}
    replace_file(manifest, (json.dumps({"asked": asked, "parts": done}, indent=1) + "\n").encode())
    _report(done[str(number)], on_rows)
    totals = totals_of(done.values())
    if totals.status.get("invalid", 0) > max_invalid * totals.rows:
        share = totals.status["invalid"] / totals.rows
        raise PortfolioError(
            f"{share:.1%} of the records cannot be used, more than --max-invalid allows", str(out)
        )


def _report(part: Mapping[str, Any], on_rows: Callable[[int], None] | None) -> None:
    if on_rows is not None:
        on_rows(part["rows"])


def _write_quarantine(out: Path, done: Mapping[str, Any]) -> None:
    """One file for people, from the parts' own: written last, so it is whole or not there."""
    beside = out / "quarantine.jsonl.part"
    with beside.open("wb") as handle:
        for number in sorted(done, key=int):
            piece = out / f"quarantine-{int(number):05}.jsonl"
            if piece.is_file():
                with piece.open("rb") as lines:
                    shutil.copyfileobj(lines, handle)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(beside, out / "quarantine.jsonl")


def totals_of(done: Iterable[Mapping[str, Any]]) -> Totals:
    """The counts of parts, added up."""
    rows = 0
    status: Counter[str] = Counter()
    locale: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for part in done:
        rows += part["rows"]
        status.update(part["status"])
        locale.update(part["locale"])
        parts.update(part["parts"])
    return Totals(
        rows,
        dict(status),
        {name: count for name, count in locale.items() if name},
        {name: count for name, count in parts.items() if count},
    )
