"""Generated pages are current, and links between documents lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from fairnotice.cli.main import cli
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


def test_the_adoption_tutorial_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/adopting.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(\w+) (file|exit)=(\S+)\n(.*?)```", text, flags=re.S)
    outputs = []
    for _, kind, value, body in blocks:
        if kind == "file":
            path = tmp_path / value
            path.parent.mkdir(exist_ok=True)
            path.write_text(body, encoding="utf-8")
            continue
        arguments = body.removeprefix("$ fairnotice ").split()
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code == int(value), result.output
        outputs.append(result.output)
    assert "A101" in outputs[0] and "debt.days_past_due = 31" in outputs[0]
