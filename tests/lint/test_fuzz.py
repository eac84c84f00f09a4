"""No input makes the linter raise: what cannot be read becomes a finding or a problem."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from fairnotice.flow.catalogue import shipped
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


COUNT = int(os.environ.get("FAIRNOTICE_FUZZ", "10000"))
"""Inputs altogether."""
SETTINGS = {
    "fairnotice.toml": '[lint]\nignore = ["C103"]\n[packs]\nuse = ["cn", "first-party"]\n[roles]\n"a.b" = "debt.amount_due"\n',
    "schema.yaml": (shipped() / "schema.yaml").read_text(encoding="utf-8"),
    "waivers.yaml": "- {code: T101, path: late.sms.zh-CN.txt, text_sha256: abc, owner: a, reason: b, expires: 2027-01-01}\n",
    "packs/own.yaml": 'id: own\ntitle: {en: a, zh: b}\nextends: [base]\nrows:\n  - {id: X-1, instrument: a, rank: gp, status: own, seen_on: "2026-11-23", requires: {roles: [account], at_most: {account: 1}}, text: {en: a, zh: b}}\n',
    "lexicons/own.zh.yaml": "code: T101\ncategory: violence\nlanguage: zh\nwhy: {en: a, zh: b}\nmisses: [好]\nentries:\n  - {pattern: (打断|打碎)…[你的](腿|手), severity: review, hits: [打断你的腿]}\n",
    "providers/own.yaml": "id: own\nmax_parts: 3\nprice_per_part: {CNY: '0.04'}\nshorteners: [t.cn]\n",
    "messages/late/message.yaml": (shipped() / "messages/soft-reminder/message.yaml").read_text(encoding="utf-8"),
    "ladders/cn.yaml": (shipped() / "ladders/cn.yaml").read_text(encoding="utf-8"),
    "brands/demo.yaml": (shipped() / "brands/demo-bank.yaml").read_text(encoding="utf-8"),
}  # fmt: skip
TEMPLATE = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"


def broken(text: str, chance: random.Random) -> bytes:
    """A text with slices cut, doubled, moved or overwritten."""
    data = bytearray(text.encode())
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        piece = data[start : start + chance.randint(1, 30)]
        if chance.random() < 0.5:
            del data[start : start + len(piece)]
        at = chance.randrange(len(data) + 1)
        data[at:at] = chance.choice(
            [piece, b"null", b"[]", b"{}", b"- ", b": ", b"&a *a", b"!!python/x ", b"\xff", b"9" * 40, b"\t"]
        )
    return bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_no_setting_makes_it_raise(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for number in range(COUNT // 40):
        root = tmp_path / str(number)
        wanted = chance.choice(sorted(SETTINGS))
        for name, text in SETTINGS.items():
            if name == wanted or chance.random() < 0.2:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(broken(text, chance) if name == wanted else text.encode())
        (root / "messages/late").mkdir(parents=True, exist_ok=True)
        (root / "messages/late/sms.zh-CN.txt").write_text(TEMPLATE, encoding="utf-8")
        report = lint([root], Options(), jobs=1)
        assert report.exit_code in (0, 1, 2)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_raises(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    for _ in range(COUNT * 9 // 40):
        path = tmp_path / chance.choice(NAMES)
        data = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 40))).encode()
        if chance.random() < 0.1:
            data = bytes(chance.randrange(256) for _ in range(50))
        path.write_bytes(data)
        report = lint([path], Options())
        assert report.exit_code in (0, 1, 2)
