"""U109: words spelt by the first characters of lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint


def spelt(body: str, name: str, folder: Path) -> list[tuple[str, int]]:
    path = folder / name
    path.write_text(body, encoding="utf-8")
    found = [one for one in lint([path], Options()).findings if one.code == "U109"]
    return [(one.message.rpartition(" ")[2].rpartition("：")[2], one.place.line) for one in found]


@pytest.mark.parametrize(
    ("body", "name", "expected"),
    [
        ("感谢来信。\n蠢事不必在意。\n\n猪年快乐。\n谢谢。\n", "a.letter.zh-CN.md", [("蠢猪", 2)]),
        ("尊敬的客户：\n您的账单已出。\n请查收。\n", "a.letter.zh-CN.md", []),
        (
            "Look at this.\nOur bill is due.\nSend it back.\nEnclosed is a form.\nRegards\n",
            "a.letter.en-US.md",
            [("LOSER", 1)],
        ),
        (
            "Look at this.\nOur bill is due.\n\nEnclosed is a form.\nRegards\nSend it.\n",
            "a.letter.en-US.md",
            [],
        ),
        # A value begins the second line: nobody knows what it spells.
        ("蠢事不必在意。\n{{ creditor.name }}\n猪年快乐。\n", "a.letter.zh-CN.md", []),
        ("{% if debt.days_past_due > 3 %}蠢事{% endif %}不必在意。\n猪年快乐。\n", "a.letter.zh-CN.md", [("蠢猪", 1)]),
    ],
)  # fmt: skip
def test_first_characters_of_lines(
    body: str, name: str, expected: list[tuple[str, int]], tmp_path: Path
) -> None:
    assert spelt(body, name, tmp_path) == expected
