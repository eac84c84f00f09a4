"""Portfolios: Parquet, CSV and JSONL files, folders of them and globs, read in batches of bounded size."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from .acceptance import arrow_type
from .profile import flatten


class PortfolioError(Exception):
    """A portfolio file that cannot be read; names file and row."""

    def __init__(self, message: str, path: str):
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def read_portfolio(path: Path, schema: Schema) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """(row number, record) of a JSONL or CSV file; None for a row that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            if path.suffix == ".jsonl":
                for number, line in enumerate(handle, 1):
                    if line.strip():
                        yield number, json_row(line)
            elif path.suffix == ".csv":
                for number, row in enumerate(csv.DictReader(handle), 2):
                    yield number, csv_row(row, schema)
            else:
                raise PortfolioError("must end in .jsonl or .csv", str(path))
    except UnicodeDecodeError:
        raise PortfolioError("is not UTF-8; save it as UTF-8", str(path)) from None
    except OSError as error:
        raise PortfolioError(f"cannot be read: {error.strerror}", str(path)) from None


def json_row(line: str) -> dict[str, Any] | None:
    """A line of JSONL as a record; None where it is none."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def csv_row(row: Mapping[str | None, Any], schema: Schema) -> dict[str, Any] | None:
    """A row whose headers are dotted paths; empty cells are absent."""
    record: dict[str, Any] = {}
    for path, cell in row.items():
        if path is None or not isinstance(cell, str):
            return None
        if cell == "":
            continue
        field = schema.fields.get(path)
        value: Any = cell
        if field is not None and field.type in ("int", "money") and re.fullmatch(r"-?\d+", cell):
            value = int(cell)
        elif field is not None and field.type == "bool" and cell in ("true", "false"):
            value = cell == "true"
        elif field is not None and field.type == "list":
            try:
                value = json.loads(cell)
            except ValueError:
                return None
        target = record
        *outer, last = path.split(".")
        for part in outer:
            target = target.setdefault(part, {})
        target[last] = value
    return record


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


def batches(paths: Sequence[Path], schema: Schema, rows: int) -> Iterator[Any]:
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
                held.append(flat_row(record, schema))
                if len(held) == rows:
                    yield record_batch(held, schema)
                    held = []
            if held:
                yield record_batch(held, schema)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as error:
            raise PortfolioError(f"cannot be read ({type(error).__name__})", str(path)) from None


def flat_row(record: Mapping[str, Any] | None, schema: Schema) -> dict[str, Any]:
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


def record_batch(rows: Sequence[Mapping[str, Any]], schema: Schema) -> Any:
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


def rows_known(paths: Sequence[Path]) -> int | None:
    """The number of rows, where every file says it without being read."""
    if not all(path.suffix == ".parquet" for path in paths):
        return None
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(sum(pq.ParquetFile(path).metadata.num_rows for path in paths))
    except (pa.ArrowInvalid, OSError):
        return None


class Seen:
    """Identities met so far, by 64-bit hashes in sorted runs that double in length: 8 bytes for each."""

    def __init__(self) -> None:
        self.runs: list[Any] = []

    def again(self, identities: Sequence[Any]) -> list[int]:
        """Places of identities that were met before, in this batch or an earlier one."""
        import numpy as np

        hashes = np.fromiter(map(hash, identities), np.int64, len(identities))
        return [place for place in map(int, self.met(hashes)) if isinstance(identities[place], str)]

    def met(self, hashes: Any) -> Any:
        """Places of hashes that were met before."""
        import numpy as np

        order = np.argsort(hashes, kind="stable")
        new = hashes[order]
        met = np.zeros(len(hashes), bool)
        met[order[1:][new[1:] == new[:-1]]] = True
        for run in self.runs:
            places = np.minimum(np.searchsorted(run, new), len(run) - 1)
            met[order[run[places] == new]] = True
        while self.runs and len(self.runs[-1]) <= len(new):
            # A stable sort of two sorted halves is a merge.
            new = np.sort(np.concatenate((self.runs.pop(), new)), kind="stable")
        if len(new):
            self.runs.append(new)
        return np.flatnonzero(met)


def hashed(identities: Sequence[Any]) -> bytes:
    """64-bit hashes of identities, the same in every process; one that is no text is left out."""
    digests = (
        hashlib.blake2b(one.encode(), digest_size=8).digest() for one in identities if isinstance(one, str)
    )
    return b"".join(digests)
