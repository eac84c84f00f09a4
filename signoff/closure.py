"""What a decision binds: every source a message is made of, and the words it can say, as one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..flow.catalogue import Repository, classify, read_text
from ..generator.render import schema_of
from ..lint.engine import Options, programs_of
from .samples import preview


@dataclass(frozen=True)
class Closure:
    """Hashes by file, hashes of the rendered samples by file, and one digest over both."""

    message: str
    sources: Mapping[str, str]
    renders: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]
    """The rendered samples by file, as hashed in `renders`."""

    @property
    def digest(self) -> str:
        """SHA-256 over the sorted hashes."""
        text = json.dumps(
            {"message": self.message, "sources": self.sources, "renders": self.renders}, sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()


def closure(root: Path, message: str) -> Closure:
    """The closure of a message; raises `FileNotFoundError` where there is none, `OSError` for a link out of the repository."""
    folder = root / "messages" / message
    if not folder.is_dir() or Path(message).name != message:
        raise FileNotFoundError(f"there is no message '{message}' in {root}")
    sources: dict[str, str] = {"schema": schema_of(root).digest}
    renders: dict[str, str] = {}
    words: dict[str, tuple[str, ...]] = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise OSError(f"{path} is a link; a signed message holds files only")
        if not path.is_file():
            continue
        name = path.relative_to(root).as_posix()
        sources[name] = _hash(path)
        if classify(path) is None or path.suffix in (".yaml", ".yml"):
            continue
        for program in programs_of(path, Options()):
            for used, source in program.linked.sources.items():
                sources[_named(Path(used), root)] = hashlib.sha256(source.text.encode()).hexdigest()
        shown = preview(path)
        words[name] = tuple(sample.text for sample in shown.samples)
        renders[name] = hash_of_words(words[name])
    layout = Repository(root).read("layouts/email.html")
    if layout is not None:
        sources[_named(Path(layout.path), root)] = hashlib.sha256(layout.text.encode()).hexdigest()
    for brand in sorted((root / "brands").glob("*.yaml")):
        sources[_named(brand, root)] = hashlib.sha256(read_text(brand).encode()).hexdigest()
    return Closure(message, dict(sorted(sources.items())), renders, words)


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
