"""What the rules ask of all sentences at once is what each sentence would answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.flow.nodes import Hole
from fairnotice.lint.engine import Options, programs_of
from fairnotice.lint.program import Program
from fairnotice.lint.rules.amount import _CURRENCIES, _MONEY
from fairnotice.lint.wording.disguises import disguises, undisguised

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


@pytest.fixture(scope="module")
def programs() -> list[Program]:
    """Parts of every message in one locale each, so that all locales are met."""
    paths = [path for path in sorted((TEMPLATES / "messages").rglob("*.*.*")) if path.suffix != ".yaml"]
    return [program for path in paths[::3] for program in programs_of(path, Options())]


def test_all_that_is_spoken_holds_each_sentence(programs: list[Program]) -> None:
    assert len(programs) > 50
    for program in programs:
        assert all(sentence.lower in program.spoken for sentence in program.delivered)
        assert program.roles == {leaf.role for leaf in program.leaves if isinstance(leaf, Hole)}


@pytest.mark.parametrize(
    "text", ["$5", "5元", "HK$ 12", "12.50 Dollars", "USD 3", "￥１", "3 港元", "7美元", "8英镑", "9人民币", "RMB8", "1块钱", "2 圆", "4 DÓLARES", "6港币", "GBP 2", "€9", "¥3", "£2", "3 Pounds", "cny 4", "hkd5"]
)  # fmt: skip
def test_whatever_money_is_found_by_names_a_currency(text: str) -> None:
    assert _MONEY.search(text) is None or any(one in text.lower() for one in _CURRENCIES)
    assert _MONEY.search(text) is not None or "１" in text


@pytest.mark.parametrize(
    "text", ["Hello", "s**t", "您好\u200b", "ＡＢＣ", "１２３", "𝐇𝐞llo", "您好！", "H\u0336ello", "**bold**"]
)
def test_what_is_undisguised_has_no_disguise(text: str) -> None:
    assert not undisguised(text) or list(disguises(text)) == []
    assert undisguised("Hello, 您好。 5")
