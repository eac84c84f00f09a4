"""Safe fixes: the fault is gone, nothing else has changed, and a doubtful file is left as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from fairnotice.cli.lint import command
from fairnotice.lint.engine import Options, lint
from fairnotice.lint.fix import fixed

HEAD = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。"
TAIL = "{{ notice('complaint-channel') }}"


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("请于１２点前联系。", "请于12点前联系。"),
        ("您\u200b好。", "您好。"),
        ("本金{{ debt.amount_due }}。", "本金{{ debt.amount_due|money }}。"),
        ("本金{{- debt.amount_due -}}。", "本金{{- debt.amount_due|money -}}。"),
        ("到期{{debt.due_date}}。", "到期{{debt.due_date|day}}。"),
    ],
)
def test_a_safe_fix_is_exact(bad: str, good: str, tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(HEAD + bad + TAIL, encoding="utf-8")
    made = CliRunner().invoke(command, [str(path), "--fix"])
    assert path.read_text(encoding="utf-8") == HEAD + good + TAIL
    assert made.exit_code == 0, made.output
    assert CliRunner().invoke(command, [str(path), "--fix"]).exit_code == 0
    assert path.read_text(encoding="utf-8") == HEAD + good + TAIL


def test_a_diff_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(HEAD + "１。" + TAIL, encoding="utf-8")
    made = CliRunner().invoke(command, [str(path), "--diff"])
    assert "+" in made.output and "１" in path.read_text(encoding="utf-8")


def test_a_fix_that_brings_out_an_insult_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    text = HEAD + "{% set a = debt.amount_due %}{{ a }}您\u200b好。" + TAIL
    path.write_text(text, encoding="utf-8")
    report = lint([path], Options())
    made = fixed(path, report.findings, Options())
    assert made is not None
    assert made.refused or "\u200b" not in made.after


def test_other_findings_are_left_to_people(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(HEAD + TAIL + "再不还就打断你的腿。", encoding="utf-8")
    made = CliRunner().invoke(command, [str(path), "--fix"])
    assert made.exit_code == 1 and "打断" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "text", "good"),
    [
        ("late.sms.zh-CN.txt", HEAD + "\n", HEAD + TAIL + "\n"),
        ("late.sms.en-US.txt", "{{ creditor.name }}: {{ debt.amount_due|money }} was due on {{ debt.due_date|day }}.", None),
        ("late.letter.en-GB.md", "{{ creditor.name }}\n\n{{ debt.amount_due|money }} was due on {{ debt.due_date|day }}. {{ notice('free-advice') }}\n", None),
    ],
)  # fmt: skip
def test_a_missing_complaint_notice_is_put_at_the_end(
    tmp_path: Path, name: str, text: str, good: str | None
) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    CliRunner().invoke(command, [str(path), "--fix"])
    after = path.read_text(encoding="utf-8")
    assert after.rstrip().endswith(TAIL) and after.startswith(text.rstrip())
    assert good is None or after == good
    assert not [one for one in lint([path], Options()).findings if one.code == "N101"]


def test_a_notice_that_would_run_into_the_last_sentence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(HEAD + "如有困难", encoding="utf-8")
    made = CliRunner().invoke(command, [str(path), "--fix"])
    assert "other words would change" in made.output
    assert path.read_text(encoding="utf-8") == HEAD + "如有困难"


def test_a_notice_in_a_branch_is_left_to_people(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    text = HEAD + "{% if plan.active %}" + TAIL + "{% endif %}"
    path.write_text(text, encoding="utf-8")
    CliRunner().invoke(command, [str(path), "--fix"])
    assert path.read_text(encoding="utf-8") == text
