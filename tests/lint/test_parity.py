"""Locales of one message: a missing language and a field that only one leaves out are findings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint

SMS = "{{ creditor.name }}: {{ debt.amount_due|money }}, {{ debt.due_date|day }}. {{ notice('complaint-channel') }} {{ notice('opt-out') }}"


def message(tmp_path: Path, **texts: str) -> Path:
    folder = tmp_path / "messages/late"
    folder.mkdir(parents=True)
    (tmp_path / "notices").mkdir()
    (folder / "message.yaml").write_text(
        "id: late\npurpose: repayment-reminder\nstage: soft\n", encoding="utf-8"
    )
    for name, text in texts.items():
        channel, locale = name.split("_", 1)
        (folder / f"{channel}.{locale.replace('_', '-')}.txt").write_text(text, encoding="utf-8")
    return folder / "message.yaml"


def codes(path: Path) -> set[str]:
    return {one.code for one in lint([path], Options()).findings}


def test_a_complete_message_is_clean(tmp_path: Path) -> None:
    assert codes(message(tmp_path, sms_en_US=SMS, sms_es_US=SMS, call_en_US=SMS, call_es_US=SMS)) == set()


def test_a_channel_without_a_language_is_a_finding(tmp_path: Path) -> None:
    assert codes(message(tmp_path, sms_en_US=SMS, sms_es_US=SMS, voicemail_en_US=SMS)) == {"L101"}


def test_a_language_that_leaves_a_field_out_is_a_finding(tmp_path: Path) -> None:
    short = SMS.replace(", {{ debt.due_date|day }}", "")
    path = message(tmp_path, sms_en_US=SMS, sms_es_US=SMS, sms_en_GB=SMS, sms_zh_HK=short)
    (finding,) = lint([path], Options()).findings
    assert finding.code == "L102" and "debt.due_date" in finding.message
    assert finding.place.path.endswith("sms.zh-HK.txt")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.sms.zh-CN.txt", "请您留意还款日，才核后里面只干。", False),
        ("a.sms.zh-CN.txt", "請您留意。", True),
        ("a.sms.zh-HK.txt", "請您留意還款日，后里面只干才核。", False),
        ("a.sms.zh-HK.txt", "请您留意。", True),
    ],
)
def test_scripts_are_not_mixed(name: str, text: str, found: bool, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert ("L103" in codes(tmp_path / name)) is found


def test_a_translation_of_an_older_text_is_a_finding(tmp_path: Path) -> None:
    path = message(tmp_path, sms_en_US=SMS, sms_es_US=SMS)
    source, target = path.parent / "sms.en-US.txt", path.parent / "sms.es-US.txt"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    target.write_text(f"---\ntranslates: en-US@{digest}\n---\n{SMS}", encoding="utf-8")
    assert codes(path) == set()
    source.write_text(SMS + " ", encoding="utf-8")
    (finding,) = lint([path], Options()).findings
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    assert finding.code == "L105" and finding.message.endswith(f"write translates: en-US@{digest}")
    target.write_text(f"---\ntranslates: zh-HK@{digest}\n---\n{SMS}", encoding="utf-8")
    (finding,) = lint([path], Options()).findings
    assert finding.code == "L105" and "which is not there" in finding.message


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("应还¥{{ debt.amount_due|money }}。", True),
        ("应还{{ debt.amount_due|money }}元。", True),
        ("you owe ${{ debt.amount_due|money }}.", True),
        ("you owe {{ debt.amount_due|money }} dollars.", True),
        ("应还人民币{{ debt.amount_due|money }}。", False),
        ("应还{{ debt.amount_due|money }}，元旦照常营业。", False),
        ("you owe {{ debt.amount_due|money }}, dollar for dollar.", False),
    ],
)
def test_a_currency_is_written_once(tmp_path: Path, text: str, found: bool) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(text, encoding="utf-8")
    assert ("L104" in codes(path)) is found
