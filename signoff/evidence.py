"""For an examiner: in-toto statements of what was approved, and one folder that holds everything needed to check them."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .closure import Closure, closure
from .gallery.page import page
from .records import Record, SignoffError, Status, read_record, status

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://fairnotice.dev/approval/v1"


@dataclass(frozen=True)
class Evidence:
    """One message: where it stands, what it is made of, and the decisions that hold."""

    stands: Status
    bound: Closure
    decisions: tuple[tuple[str, Record], ...]

    def statement(self) -> dict[str, Any]:
        """An in-toto Statement v1: subjects are the sources, the predicate tells the decisions."""
        subjects = [
            {"name": name, "digest": {"sha256": digest}}
            for name, digest in self.bound.sources.items()
            if name != "schema"
        ]
        decisions = [
            {"id": name, "by": record.by, "role": record.role, "decision": record.decision, "at": record.at, "comment": record.comment}
            for name, record in self.decisions
        ]  # fmt: skip
        predicate = {
            "message": self.stands.message,
            "state": self.stands.state,
            "closure": self.bound.digest,
            "schema": self.bound.sources["schema"],
            "renders": dict(self.bound.renders),
            "evidence": dict(self.bound.evidence),
            "decisions": decisions,
        }
        return {"_type": STATEMENT, "subject": subjects, "predicateType": PREDICATE, "predicate": predicate}


def gather(root: Path, message: str, now: dt.datetime) -> Evidence:
    """The evidence of an approved message; raises `SignoffError` for any other."""
    stands = status(root, message, now)
    if stands.state != "approved":
        raise SignoffError(f"'{message}' is {stands.state}: {'; '.join(stands.reasons)}")
    folder = root / "approvals" / message
    decisions = tuple((name, read_record(folder / f"{name}.json")) for name in stands.approvals)
    return Evidence(stands, closure(root, message), decisions)


def export(root: Path, messages: Sequence[str], out: Path, now: dt.datetime) -> list[Path]:
    """Write statements, records with their signatures, policy, signers and the bundle page; gives the files.

    Raises `SignoffError` for a message that is not approved or a folder that is not empty.
    """
    if out.exists() and any(out.iterdir()):
        raise SignoffError(f"{out} is not empty; name a new folder")
    found = [gather(root, message, now) for message in messages]
    out.mkdir(parents=True, exist_ok=True)
    made: list[Path] = []

    def write(name: str, text: str) -> None:
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        made.append(path)

    for name in ("policy.yaml", "allowed_signers"):
        made.append(Path(shutil.copyfile(root / "approvals" / name, out / name)))
    for one in found:
        message = one.stands.message
        write(f"{message}.intoto.json", json.dumps(one.statement(), ensure_ascii=False, indent=1, sort_keys=True) + "\n")  # fmt: skip
        for name, _ in one.decisions:
            for ending in (".json", ".json.sig"):
                target = out / "records" / message / f"{name}{ending}"
                target.parent.mkdir(parents=True, exist_ok=True)
                made.append(Path(shutil.copyfile(root / "approvals" / message / f"{name}{ending}", target)))
    text = page("Evidence of approval", _body(found, now), "en")
    write("evidence.html", text)
    printed = _pdf(text)
    if printed is not None:
        (out / "evidence.pdf").write_bytes(printed)
        made.append(out / "evidence.pdf")
    sums = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}"
        for path in made
    ]
    write("SHA256SUMS", "\n".join(sorted(sums, key=lambda line: line[66:])) + "\n")
    return made


def _body(found: Sequence[Evidence], now: dt.datetime) -> Iterator[str]:
    yield f"<p>Made {now.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC. Every signature below was verified by OpenSSH at that moment.</p>"
    yield "<p>To verify one again: <code>ssh-keygen -Y verify -f allowed_signers -I WHO -n fairnotice-signoff -s RECORD.json.sig &lt; RECORD.json</code></p>"
    for one in found:
        yield f"<h2>{html.escape(one.stands.message)}</h2><p>Closure <code>{one.bound.digest}</code></p>"
        yield "<table><thead><tr><th>Who</th><th>Role</th><th>Decision</th><th>When (UTC)</th><th>Comment</th><th>Record</th></tr></thead><tbody>"
        for name, record in one.decisions:
            cells = (record.by, record.role, record.decision, record.at, record.comment, name)
            yield "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"
        yield "</tbody></table><h3>What every borrower can read</h3>"
        for file, samples in one.bound.words.items():
            yield f"<h4>{html.escape(file)}</h4>"
            for words in samples:
                yield f'<section class="sample"><div class="words">{html.escape(words)}</div></section>'
        yield "<h3>Sources</h3><table><thead><tr><th>File</th><th>SHA-256</th></tr></thead><tbody>"
        for name, digest in one.bound.sources.items():
            yield f"<tr><td>{html.escape(name)}</td><td><code>{digest}</code></td></tr>"
        yield "</tbody></table>"


def _pdf(text: str) -> bytes | None:
    """The page as PDF; None where weasyprint (`fairnotice[print]`) is not installed."""
    try:
        from weasyprint import HTML
    except (ImportError, OSError):
        return None
    printed: bytes = HTML(string=text).write_pdf()
    return printed
