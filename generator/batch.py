"""A portfolio to a folder: one file a message, a quarantine file for records that cannot be used, a manifest."""

from __future__ import annotations

import csv
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..flow.schema import Schema
from .profile import Fault, ProfileError
from .render import NotMeantError, RenderError, prepare, render_message, schema_of

_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class PortfolioError(Exception):
    """A portfolio file that cannot be read; names file and row."""

    def __init__(self, message: str, path: str):
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class Summary:
    """Counts of one run."""

    written: Mapping[str, int]
    quarantined: int
    rows: int
    not_meant: int = 0
    """Borrowers who do not meet the message's `applies_when`: nothing is wrong with them."""


def read_portfolio(path: Path, schema: Schema) -> Iterator[tuple[int, dict[str, Any] | None]]:
    """(row number, record) of a JSONL or CSV file; None for a row that cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            if path.suffix == ".jsonl":
                for number, line in enumerate(handle, 1):
                    if line.strip():
                        yield number, _json_row(line)
            elif path.suffix == ".csv":
                for number, row in enumerate(csv.DictReader(handle), 2):
                    yield number, _csv_row(row, schema)
            else:
                raise PortfolioError("must end in .jsonl or .csv", str(path))
    except UnicodeDecodeError:
        raise PortfolioError("is not UTF-8; save it as UTF-8", str(path)) from None
    except OSError as error:
        raise PortfolioError(f"cannot be read: {error.strerror}", str(path)) from None


def _json_row(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


def _csv_row(row: Mapping[str | None, Any], schema: Schema) -> dict[str, Any] | None:
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


def generate(
    root: Path,
    rows: Iterator[tuple[int, dict[str, Any] | None]],
    out: Path,
    message_id: str,
    channels: Sequence[str],
    on_row: Callable[[int], None] | None = None,
) -> Summary:
    """Write every message that can be written; what cannot goes to `quarantine.jsonl` without its values."""
    schema = schema_of(root)
    out.mkdir(parents=True, exist_ok=True)
    written: Counter[str] = Counter()
    seen: set[str] = set()
    quarantined = total = not_meant = 0
    with (out / "quarantine.jsonl").open("w", encoding="utf-8") as bad:

        def refuse(row: int, identity: str, faults: Sequence[Fault]) -> None:
            for fault in faults:
                entry = {
                    "row": row,
                    "profile_id": identity,
                    "code": fault.code,
                    "field": fault.field,
                    "hint": fault.hint,
                }
                bad.write(json.dumps(entry, ensure_ascii=False) + "\n")

        for number, record in rows:
            total += 1
            if on_row is not None:
                on_row(total)
            identity = record.get("profile_id") if record is not None else None
            name = identity if isinstance(identity, str) and _SAFE_NAME.fullmatch(identity) else ""
            try:
                if record is None:
                    raise ProfileError("", (Fault("(row)", "unreadable", "is not a record"),))
                if not name:
                    raise ProfileError(
                        "", (Fault("profile_id", "form", "use letters, digits, dot, dash, underscore"),)
                    )
                if name in seen:
                    raise ProfileError(
                        "", (Fault("profile_id", "duplicate", "stands twice in this portfolio"),)
                    )
                seen.add(name)
                profile = prepare(root, record, schema, f"row {number}")
                messages = [
                    render_message(root, message_id, channel, profile, schema) for channel in channels
                ]
            except NotMeantError:
                not_meant += 1
                continue
            except ProfileError as error:
                quarantined += 1
                refuse(number, name, error.faults)
                continue
            except RenderError as error:
                quarantined += 1
                refuse(number, name, (Fault("(message)", "render", error.message),))
                continue
            for message in messages:
                _write(out / message.channel / f"{name}.{message.file_name}", message.data)
                written[message.channel] += 1
    summary = Summary(dict(written), quarantined, total, not_meant)
    manifest = {
        "message": message_id,
        "rows": total,
        "written": dict(written),
        "quarantined": quarantined,
        "not_meant": not_meant,
    }
    _write(out / "manifest.json", (json.dumps(manifest, indent=2) + "\n").encode())
    return summary


def _write(path: Path, data: bytes) -> None:
    """A whole file or none: written beside and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".part")
    beside.write_bytes(data)
    os.replace(beside, path)
