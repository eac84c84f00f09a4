"""Write the generated pages: `make docs`."""

from __future__ import annotations

from pathlib import Path

from fairnotice.lint.registry import load_rules
from fairnotice.lint.reports.pages import coverage, pages

FOLDER = Path(__file__).resolve().parent / "rules"


def main() -> None:
    """Write every page, and remove pages of rules that are gone."""
    made = dict(pages(load_rules()))
    for old in FOLDER.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    (FOLDER.parent / "packs.md").write_text(coverage(), encoding="utf-8")


main()
