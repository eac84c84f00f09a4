"""Data files are judged too: each fault names the file's line and the field."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint

BRAND = "brand_id: b\nlocales:\n  zh-CN:\n    creditor: {name: 示例银行, hotline: 400-000-0000}\n"


@pytest.mark.parametrize(
    ("name", "text", "code", "words"),
    [
        ("messages/a/message.yaml", "id: a\npurpose: p\nstage: soft\nrequire: []\n", "D101", "did you mean 'requires'"),
        ("messages/a/message.yaml", "id: b\npurpose: p\nstage: soft\n", "D101", "folder's name 'a'"),
        ("messages/a/message.yaml", "id: a\npurpose: p\nstage: soft\nrequires: [amount]\n", "D101", "not a role"),
        ("messages/a/message.yaml", "id: a\npurpose: p\nstage: soft\nnotices: [nothing]\n", "D101", "no notice 'nothing'"),
        ("brands/b.yaml", BRAND, "D102", "creditor.website is required"),
        ("brands/b.yaml", BRAND.replace("zh-CN", "fr-FR"), "D102", "unknown locale"),
        ("profiles/p.yaml", "profile_id: p\nbrand: demo-bank\nborrower: {name: a, locale: zh-CN}\n", "D103", "no such brand"),
    ],
)  # fmt: skip
def test_a_fault_is_named(name: str, text: str, code: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    (tmp_path / "fairnotice.toml").write_text("", encoding="utf-8")
    (tmp_path / "brands").mkdir(exist_ok=True)
    found = [finding for finding in lint([path], Options()).findings if finding.code == code]
    assert any(words in finding.message for finding in found), found


def test_a_subject_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "late.email.en-US.md"
    path.write_text('---\nsubject: "You are a deadbeat"\n---\nHello', encoding="utf-8")
    (finding,) = [f for f in lint([path], Options()).findings if f.code == "T106"]
    assert (finding.place.line, finding.place.column) == (2, 11)


OWN = """code: T106
category: insult
language: zh
why: {en: a house word, zh: 机构自定义}
entries:
  - pattern: 铁公鸡先生
    hits: [铁公鸡先生您好]
    misses: [先生您好]
"""


def test_a_repository_brings_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "fairnotice.toml").write_text("", encoding="utf-8")
    (tmp_path / "lexicons").mkdir()
    own = tmp_path / "lexicons" / "house.zh.yaml"
    own.write_text(OWN, encoding="utf-8")
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text("铁公鸡先生您好", encoding="utf-8")
    assert "T106" in {finding.code for finding in lint([path], Options()).findings}


def test_a_broken_lexicon_stops_the_job(tmp_path: Path) -> None:
    (tmp_path / "fairnotice.toml").write_text("", encoding="utf-8")
    (tmp_path / "lexicons").mkdir()
    (tmp_path / "lexicons" / "house.zh.yaml").write_text(
        OWN.replace("铁公鸡先生\n", "(铁\n", 1), encoding="utf-8"
    )
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text("您好", encoding="utf-8")
    report = lint([path], Options())
    assert report.exit_code == 2
    assert any("without its closing" in problem.message and problem.line == 6 for problem in report.problems)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("max_parts: 3x", "max_parts: must be a whole number"),
        ("max_parts: 0", "max_parts: must be a whole number"),
        ("shorteners: t.cn", "shorteners: must be a list"),
        ("price_per_part: {CNY: cheap}", "price_per_part: must give a decimal"),
        ("max_prats: 3", "max_prats: is not a key"),
    ],
)
def test_a_gateway_file_that_cannot_be_used_is_named(tmp_path: Path, line: str, words: str) -> None:
    (tmp_path / "providers").mkdir()
    path = tmp_path / "providers/own.yaml"
    path.write_text(f"id: own\n{line}\n", encoding="utf-8")
    (finding,) = lint([path], Options()).findings
    assert finding.code == "D105" and finding.message.startswith(words) and finding.place.line == 2
