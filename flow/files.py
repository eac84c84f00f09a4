"""What stands at a path. A run over thousands of templates asks for the same few places over and over."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

_seen: dict[str, os.stat_result | None] | None = None


@contextmanager
def looked_once() -> Iterator[None]:
    """While this lasts, each place is looked at once: what changes meanwhile is seen by the next run."""
    global _seen
    before, _seen = _seen, {}
    try:
        yield
    finally:
        _seen = before


def file_at(path: str) -> os.stat_result | None:
    """The state of the regular file at a path; None where there is none."""
    if _seen is None:
        return _look(path)
    if path not in _seen:
        _seen[path] = _look(path)
    return _seen[path]


def _look(path: str) -> os.stat_result | None:
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return state if stat.S_ISREG(state.st_mode) else None
