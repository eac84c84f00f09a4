"""What stands at a path. A run over thousands of templates asks for the same few places over and over."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
_seen: dict[Hashable, Any] | None = None


@contextmanager
def looked_once() -> Iterator[None]:
    """While this lasts, the disk is asked each question once: what changes meanwhile is seen by the next run."""
    global _seen
    before, _seen = _seen, {}
    try:
        yield
    finally:
        _seen = before


def once(key: Hashable, look: Callable[[], T]) -> T:
    """What a look at the disk comes to; the same again while `looked_once` lasts. A key that begins with who asks."""
    if _seen is None:
        return look()
    if key not in _seen:
        _seen[key] = look()
    found: T = _seen[key]
    return found


def file_at(path: str) -> os.stat_result | None:
    """The state of the regular file at a path; None where there is none."""
    return once(path, lambda: _look(path))


def _look(path: str) -> os.stat_result | None:
    try:
        state = os.stat(path)
    except (OSError, ValueError):
        return None
    return state if stat.S_ISREG(state.st_mode) else None
