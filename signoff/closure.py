"""What a decision binds: every source a message is made of, and the words it can say, as one digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..flow.catalogue import Repository, classify, read_text
from ..generator.render import schema_of
from ..lint.packs.loading import COMPILED
from .renders import written
from .samples import Preview, preview


@dataclass(frozen=True)
class Closure:
    """Hashes by file, hashes of the rendered samples by file, and one digest over both."""

    message: str
    sources: Mapping[str, str]
    renders: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    """The rendered samples by file, as hashed in `renders`."""
    outdated: tuple[str, ...] = ()
    """Committed renders (`renders/`) that are not what the templates say."""
    evidence: Mapping[str, Any] = field(default_factory=dict)
    """What was proven: for each file coverage, findings, what was lifted and the worst case; packs and versions."""
    blocked: tuple[str, ...] = ()
    """Why it cannot be approved as it is: findings that block, sentences that no sample shows."""

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted hashes."""
        text = json.dumps(
            {"message": self.message, "sources": self.sources, "renders": self.renders}, sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()


def closure(root: Path, message: str, previews: Sequence[Preview] = ()) -> Closure:
    """The closure of a message; raises `FileNotFoundError` where there is none, `OSError` for a link out of the repository.

    `previews` are those of the message's templates that are at hand already.
    """
    known = {one.path: one for one in previews}
    folder = root / "messages" / message
    if not is_name(message) or not folder.is_dir():
        raise FileNotFoundError(f"there is no message '{message}' in {root}")
    sources: dict[str, str] = {"schema": schema_of(root).digest}
    renders: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    outdated: list[str] = []
    found: dict[str, Preview] = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise OSError(f"{path} is a link; a signed message holds files only")
        if not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        sources[name] = _hash(path)
        if classify(path) is None:
            continue
        shown = known.get(path) or preview(path)
        sources |= {
            _named(Path(used), root): digest for used, digest in shown.sources.items() if Path(used) != path
        }
        words[name] = tuple(sample.words for sample in shown.samples)
        found[name] = shown
        renders[name] = hash_of_words(words[name])
        committed = root / "renders" / message / f"{path.name}.render.txt"
        if (root / "renders").is_dir() and not _reads(committed, written(shown)):
            outdated.append(committed.relative_to(root).as_posix())
    layout = Repository(root).read("layouts/email.html")
    if layout is not None:
        sources[_named(Path(layout.path), root)] = hashlib.sha256(layout.text.encode()).hexdigest()
    for brand in sorted((root / "brands").glob("*.yaml")):
        sources[_named(brand, root)] = hashlib.sha256(read_text(brand).encode()).hexdigest()
    return Closure(
        message,
        dict(sorted(sources.items())),
        renders,
        words,
        tuple(outdated),
        _evidence(found),
        _blocked(found),
    )


def _evidence(found: Mapping[str, Preview]) -> dict[str, Any]:
    files = {
        name: {
            "sentences": one.sentences,
            "shown": one.covered,
            "findings": sorted(f"{finding.code} {finding.severity}" for finding in one.findings),
            "lifted": sorted(f"{lift.finding.code} {lift.kind}" for lift in one.lifted),
            "most_parts": one.most_parts,
        }
        for name, one in found.items()
    }
    packs = sorted({name for one in found.values() for name in one.packs})
    versions = {name: version(name) for name in ("fairnotice", "jinja2", "babel")}
    return {"files": files, "packs": packs, "packs_sha256": _hash(COMPILED), "versions": versions}


def _blocked(found: Mapping[str, Preview]) -> tuple[str, ...]:
    reasons = []
    for name, one in found.items():
        codes = sorted({finding.code for finding in one.findings if finding.severity == "error"})
        if codes:
            reasons.append(f"{name}: {', '.join(codes)}")
        reasons.extend(one.problems)
        if one.missing or not one.samples:
            reasons.append(f"{name}: {len(one.missing) or 'all'} sentence(s) that no sample shows")
    return tuple(dict.fromkeys(reasons))


def is_name(message: str) -> bool:
    """Whether a text is a message's name, and no way out of its folder."""
    return re.fullmatch(r"\w[\w.-]*", message) is not None


def _reads(path: Path, text: str) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == text.encode()


def hash_of_words(texts: Sequence[str]) -> str:
    """The hash of one file's samples."""
    return hashlib.sha256(json.dumps(list(texts), ensure_ascii=False).encode()).hexdigest()


def _named(path: Path, root: Path) -> str:
    whole = path.resolve()
    return (
        whole.relative_to(root.resolve()).as_posix()
        if whole.is_relative_to(root.resolve())
        else f"shipped/{path.name}"
    )


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
