"""Previews of many templates at once: on all processors, and again only where a file has changed."""

from __future__ import annotations

import gc
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterable, MutableMapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .samples import Preview, preview

Known = MutableMapping[tuple[Path, str], Preview]
"""Previews by file and by the state of all that they rest on."""
_MANY, _CHUNK = 24, 8
"""So many templates are shared among processes, in portions of so many."""


def previews_of(
    root: Path, messages: Sequence[str] = (), language: str = "en", known: Known | None = None
) -> dict[str, list[Preview]]:
    """The previews of some messages (default: all), by message."""
    paths = [
        path
        for path in sorted((root / "messages").glob("*/*.*.*"))
        if not messages or path.parent.name in messages
    ]
    found: dict[str, list[Preview]] = defaultdict(list)
    if known is None:
        made = _made(paths, language)
    else:
        shared = _state(path for path in root.rglob("*") if _shared(root, path))
        folders = {path.parent for path in paths}
        own = {folder: _state(folder.iterdir()) for folder in folders}
        states = {path: f"{language} {shared} {own[path.parent]}" for path in paths}
        fresh = [path for path in paths if (path, states[path]) not in known]
        known.update(((one.path, states[one.path]), one) for one in _made(fresh, language))
        made = [known[path, states[path]] for path in paths]
    for one in made:
        found[one.path.parent.name].append(one)
    return found


def _made(paths: Sequence[Path], language: str) -> Iterable[Preview]:
    if len(paths) < _MANY or (os.cpu_count() or 1) < 2:
        return [preview(path, language) for path in paths]
    # The collector would look at every flow again and again, in processes that end in seconds.
    with ProcessPoolExecutor(initializer=gc.disable) as pool:
        return list(pool.map(preview, paths, [language] * len(paths), chunksize=_CHUNK))


def _shared(root: Path, path: Path) -> bool:
    """Whether any message may rest on a file."""
    return path.relative_to(root).parts[0] not in ("messages", "renders", "approvals")


def _state(paths: Iterable[Path]) -> str:
    """A fingerprint of files by their time and size."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            told = path.stat()
            digest.update(f"{path}\0{told.st_mtime_ns}\0{told.st_size}\0".encode())
    return digest.hexdigest()
