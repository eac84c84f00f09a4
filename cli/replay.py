"""The answer of an earlier run, replayed where nothing that it rests on has changed.

An entry is found by what was asked (arguments, folder, language, day, engine) and holds only if every file of every
repository it looked into, and every configuration above it, still has the same content. Only the standard library is
imported here: replaying must not pay for what it saves.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from io import FileIO

try:
    # `hashlib` loads OpenSSL first, a tenth of what replaying takes.
    from _blake2 import blake2b
except ImportError:
    from hashlib import blake2b

MOST_FILES = 10_000
"""A folder with more files is linted anew each time: reading it costs more than it saves."""
READ = frozenset(
    ["txt", "md", "html", "htm", "yaml", "yml", "j2", "jinja", "jinja2", "toml", "json", "tsv", "jsonl", "py"]
)
"""Endings of the files that a run reads; an answer that rests on any other file is not kept."""
LARGE = 1 << 20
KEPT = 256
_ENGINE = (
    "cli",
    "flow",
    "lint",
    "generator",
    "templates/schema.yaml",
    "templates/notices",
    "templates/layouts",
    "templates/providers",
)
_BINARY = frozenset({"bin", "so", "pyd"})
_PASSED_OVER = frozenset({"node_modules", "__pycache__"})
_MARKERS = ("fairnotice.toml", "pyproject.toml", "schema.yaml", "messages", "notices", ".git")


def asked(options: object) -> str:
    """The name of an entry: everything but the files that may change the answer."""
    parts = (repr(options), os.getcwd(), _today(), _engine())
    return blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def replay(name: str) -> tuple[str, int] | None:
    """The text and exit code of an earlier run; None where there is none or something changed."""
    try:
        with open(os.path.join(_folder(), name), encoding="utf-8", newline="") as handle:
            head, _, text = handle.read().partition("\n\n")
        state, exit_code, *roots = head.split("\n")
        return (text, int(exit_code)) if state_of(roots) == state else None
    except (OSError, ValueError):
        return None


def keep(name: str, roots: Sequence[str], state: str | None, text: str, exit_code: int) -> None:
    """Remember an answer found while the files were in `state`, unless one of them has changed meanwhile."""
    try:
        if state is None or any("\n" in root for root in roots) or state_of(roots) != state:
            return
        folder = _folder()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        path = os.path.join(folder, name)
        with open(f"{path}.{os.getpid()}", "w", encoding="utf-8", newline="") as handle:
            handle.write("\n".join((state, str(exit_code), *roots)) + "\n\n" + text)
        os.replace(handle.name, path)
        _forget_oldest(folder)
    except OSError:
        # A cache that cannot be written is no cache; the answer stands.
        return


def state_of(roots: Sequence[str]) -> str | None:
    """A digest of all that a run may read under the roots, and of what stands above them; None if it is too much."""
    digest = blake2b(digest_size=16)
    count = 0
    for root in roots:
        for folder in _upward(root):
            for marker in _MARKERS:
                path = os.path.join(folder, marker)
                digest.update(f"{path} {os.path.exists(path)}\n".encode())
                if marker.endswith(".toml") and os.path.isfile(path):
                    digest.update(_content(path))
        for path in _files(root):
            count += 1
            if count > MOST_FILES:
                return None
            digest.update(path.encode("utf-8", "surrogateescape") + b"\0" + _content(path))
    return digest.hexdigest()


def _today() -> str:
    # Waivers run out and rules come into force by the day.
    import time

    return time.strftime("%Y-%m-%d")


def _folder() -> str:
    base = os.environ.get("FAIRNOTICE_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return base or os.path.join(home, "fairnotice")


def _forget_oldest(folder: str) -> None:
    entries = sorted((entry for entry in os.scandir(folder)), key=lambda entry: entry.stat().st_mtime)
    for entry in entries[:-KEPT]:
        os.unlink(entry.path)


def _engine() -> str:
    """The program itself: its files by size and time, and the interpreter."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    seen = [sys.version]
    for part in _ENGINE:
        for path in _files(os.path.join(package, part), READ | _BINARY):
            status = os.stat(path)
            seen.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return blake2b("\n".join(seen).encode(), digest_size=16).hexdigest()


def _upward(folder: str) -> Iterator[str]:
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent


def _files(root: str, endings: AbstractSet[str] = READ) -> Iterator[str]:
    """The files of a folder that templates and their settings are made of; a virtual environment is passed over."""
    if os.path.isfile(root):
        yield root
        return
    for folder, inner, names in os.walk(root):
        if "pyvenv.cfg" in names:
            inner.clear()
            continue
        inner[:] = sorted(name for name in inner if name[0] != "." and name not in _PASSED_OVER)
        for name in sorted(names):
            if name.rpartition(".")[2] in endings:
                yield os.path.join(folder, name)


def _content(path: str) -> bytes:
    # Thousands of files are read in a row, for which buffers are only in the way.
    with FileIO(path) as handle:
        status = os.fstat(handle.fileno())
        if status.st_size > LARGE:
            return f"{status.st_size} {status.st_mtime_ns}".encode()
        return blake2b(handle.readall(), digest_size=16).digest()
