"""Generated pages are current, and links between documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fairnotice.lint.registry import load_rules
from fairnotice.lint.reports.pages import coverage, pages

ROOT = Path(__file__).resolve().parent.parent


def test_rule_pages_are_current() -> None:
    made = dict(pages(load_rules()))
    on_disk = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs/rules").glob("*.md")}
    assert on_disk == made, "run `make docs`"


def test_the_coverage_page_is_current() -> None:
    assert (ROOT / "docs/packs.md").read_text(encoding="utf-8") == coverage(), "run `make docs`"


@pytest.mark.parametrize(
    "path", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]), ids=lambda path: path.name
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8")):
        assert (path.parent / target).exists(), target
