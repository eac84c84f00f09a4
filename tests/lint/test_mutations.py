"""Each amount and each notice taken out of a shipped template, branch by branch, is reported every time."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from fairnotice.flow.catalogue import description, shipped
from fairnotice.lint.engine import Options, lint

AMOUNT = re.compile(r"\{\{-?\s*debt\.amount_due\s*\|\s*money\s*-?\}\}")
NOTICE = re.compile(r"\{\{-?\s*notice\('complaint-channel'\)\s*-?\}\}")
TEMPLATES = sorted(
    path
    for path in (shipped() / "messages").rglob("*")
    if path.suffix in (".txt", ".md") and path.name != "message.yaml"
)


def mutants() -> list[tuple[Path, str, re.Match[str]]]:
    made = []
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        requires = description(path)["requires"]
        for code, role, pattern in (
            ("A101", "repayment_amount", AMOUNT),
            ("N101", "complaint_channel", NOTICE),
        ):
            if role not in requires:
                continue
            made.extend((path, code, found) for found in pattern.finditer(text))
    return made


@pytest.mark.parametrize(
    ("path", "code", "found"),
    mutants(),
    ids=lambda value: (
        value if isinstance(value, str) else value.name if isinstance(value, Path) else str(value.start())
    ),
)
def test_a_removal_is_reported(path: Path, code: str, found: re.Match[str], tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    folder = tmp_path / path.parent.name
    folder.mkdir()
    shutil.copy(path.parent / "message.yaml", folder)
    target = folder / path.name
    others = [
        other
        for other in (AMOUNT if code == "A101" else NOTICE).finditer(text)
        if other.start() != found.start()
    ]
    removed = text[: found.start()] + text[found.end() :]
    target.write_text(removed, encoding="utf-8")
    reported = {finding.code for finding in lint([target], Options()).findings}
    if not others:
        assert code in reported
    # Hidden on one branch only: reported with the borrower on that branch.
    guarded = (
        text[: found.start()]
        + "{% if flags.vulnerable %}"
        + found.group()
        + "{% endif %}"
        + text[found.end() :]
    )
    target.write_text(guarded, encoding="utf-8")
    findings = [finding for finding in lint([target], Options()).findings if finding.code == code]
    if not others:
        assert findings and findings[0].witness is not None
        assert findings[0].witness.profile["flags"]["vulnerable"] is False


def test_there_are_mutants() -> None:
    assert len(mutants()) >= 100
