"""Committed renders: the words of every covering sample as text files, so that a review shows what borrowers will read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .previews import previews_of
from .samples import Preview


def written(one: Preview) -> str:
    """A template's samples as one text, the facts that lead to each above it."""
    lines = []
    for shown in one.samples:
        lines += [f"## {', '.join(shown.facts) or 'every borrower'}", "", shown.words.strip(), ""]
    return "\n".join(lines)


def expected(root: Path) -> dict[str, str]:
    """Every render of a repository by its path under `renders/`."""
    return {
        f"{one.message}/{one.path.name}.render.txt": written(one)
        for previews in previews_of(root).values()
        for one in previews
    }


def write(root: Path) -> int:
    """Write `renders/`, and remove renders of templates that are gone; gives how many there are."""
    folder = root / "renders"
    made = expected(root)
    for name in _strays(folder, made):
        (folder / name).unlink()
    for name, text in made.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return len(made)


def outdated(root: Path) -> list[str]:
    """Renders that are missing, differ from what the templates say, or belong to none."""
    folder = root / "renders"
    made = expected(root)
    wrong = [
        name
        for name, text in made.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    return sorted([*wrong, *_strays(folder, made)])


def _strays(folder: Path, made: Sequence[str] | dict[str, str]) -> list[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*.render.txt"))
    return sorted(name for name in found if name not in made)
