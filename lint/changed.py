"""Which files a change concerns: the changed ones, and every template that may depend on one of them.

Dependence is read from names: a template that names a changed file, or chooses by an expression what it includes, is
linted. That may be one too many, never one too few.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

from ..flow.catalogue import classify, repository_root, template_files
from ..flow.source import TemplateError
from .config import ConfigError, load_config

_FOR_ALL = frozenset({"lexicons", "packs", "providers", "brands"})
_SETTINGS = frozenset({"fairnotice.toml", "pyproject.toml", "schema.yaml", "waivers.yaml"})
_LITERAL = r"['\"][^'\"]*['\"]"
_CHOSEN = re.compile(
    rf"\{{%[-+]?\s*(?:include|import|extends|from)\s+(?!(?:{_LITERAL}|\[\s*(?:{_LITERAL}[,\s]*)+\])\s*(?:[-+]?%|(?:import|with|without|ignore|as)\b))"
    rf"|\bnotice\(\s*(?!{_LITERAL}\s*\))"
)
"""Something chosen by an expression is included, so that no name tells what."""


class RevisionError(Exception):
    """Git cannot say what changed; the text says why."""


def concerned(revision: str, paths: Sequence[Path]) -> list[Path]:
    """Files under `paths` to lint after the changes since a revision; raises `RevisionError`."""
    found: list[Path] = []
    for path in paths:
        folder = path if path.is_dir() else path.parent
        changed = _changed(revision, folder.resolve())
        try:
            inside = list(template_files(path)) if path.is_dir() else [path]
        except TemplateError as error:
            raise RevisionError(str(error)) from None
        found.extend(_concerned(inside, changed))
    return list(dict.fromkeys(found))


def _changed(revision: str, folder: Path) -> set[Path]:
    if revision.startswith("-"):
        raise RevisionError(f"'{revision}' is not a revision")
    top = Path(_git(folder, "rev-parse", "--show-toplevel").strip())
    _git(
        folder,
        "rev-parse",
        "--verify",
        "--quiet",
        f"{revision}^{{commit}}",
        what=f"'{revision}' is not a revision",
    )
    names = _git(top, "diff", "--name-only", "--no-renames", "-z", revision, "--").split("\0")
    names += _git(top, "ls-files", "--others", "--exclude-standard", "-z").split("\0")
    return {top / name for name in names if name}


def _git(folder: Path, *arguments: str, what: str = "") -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, encoding="utf-8", errors="surrogateescape", check=False
        )  # fmt: skip
    except OSError:
        raise RevisionError("git is not installed, so changes cannot be told") from None
    if done.returncode:
        raise RevisionError(what or done.stderr.strip().partition("\n")[0] or "git failed")
    return done.stdout


def _concerned(files: Iterable[Path], changed: set[Path]) -> list[Path]:
    whole = {path: path.resolve() for path in files}
    roots = {path: repository_root(place.parent) for path, place in whole.items()}
    if not changed:
        return []
    everywhere = {root for root in set(roots.values()) if any(_concerns_all(one, root) for one in changed)}
    described = {one.parent for one in changed if one.name == "message.yaml"}
    texts = {path: _text(place) for path, place in whole.items()}
    names = {name for one in changed for name in _names(one)}
    chosen: dict[Path, None] = {}
    while True:
        more = [
            path
            for path, place in whole.items()
            if path not in chosen
            and (
                place in changed
                or roots[path] in everywhere
                or place.parent in described
                or any(name in texts[path] for name in names)
                or _CHOSEN.search(texts[path]) is not None
            )
        ]
        if not more:
            return [path for path in whole if path in chosen]
        chosen.update(dict.fromkeys(more))
        # Whoever includes one of these depends on the change too; a description is judged with its folder.
        names |= {name for path in more for name in _names(whole[path]) if _shared(path)}
        described |= {whole[path].parent for path in more if path.name == "message.yaml"}


def _concerns_all(changed: Path, root: Path) -> bool:
    """Whether a changed file may change the verdict on every template of a repository."""
    if changed.name in _SETTINGS:
        return changed.parent == root or changed.parent in root.parents or root in changed.parents
    return root in changed.parents and bool(_FOR_ALL & set(changed.relative_to(root).parts[:-1]))


def _names(path: Path) -> tuple[str, ...]:
    """How a template may name a file: by its file name, or a notice by the part before the locale."""
    return (path.name, path.name.partition(".")[0]) if path.parent.name == "notices" else (path.name,)


def _shared(path: Path) -> bool:
    try:
        kind = classify(path, load_config(path.resolve().parent).files)
    except ConfigError:
        # The linter reports it; until then anything may depend on anything.
        return True
    return kind is None or kind.part != "message"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
