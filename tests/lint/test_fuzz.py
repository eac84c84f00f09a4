"""No input makes the linter raise: what cannot be read becomes a finding or a problem."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint

PIECES = [
    "{{", "}}", "{%", "%}", "{#", "#}", " if ", "for x in ", "endif", "endfor", "set x", "block a", "endblock", "extends 'a'", "include 'b'", "debt.amount_due",
    "|money", "|day", "plan.instalments", "---\n", "subject: x\n", "你好", "\x00", "\u202e", "😀", "<!--", "-->", "<div style='display:none'>", "</div>", "[a](",
    "%", "'", '"', "\\", "notice('complaint-channel')", "macro m()", "endmacro", "m()", "0", "1/0", "nodes:\n", "  a: {say: x}\n", "- ", "&amp;", "&#x4f60;", "%E4%BD",
    "raw", "endraw", "\r\n", "\r",
]  # fmt: skip
NAMES = [
    "a.sms.zh-CN.txt",
    "a.email.en-US.md",
    "a.email.en-US.html",
    "a.call.zh-CN.yaml",
    "message.yaml",
    "x.txt",
]


@pytest.mark.parametrize("seed", range(4))
def test_nothing_raises(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        path = tmp_path / chance.choice(NAMES)
        data = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 40))).encode()
        if chance.random() < 0.1:
            data = bytes(chance.randrange(256) for _ in range(50))
        path.write_bytes(data)
        report = lint([path], Options())
        assert report.exit_code in (0, 1, 2)
