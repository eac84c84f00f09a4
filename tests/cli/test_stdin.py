"""`--stdin-filename`: the text of an editor is judged as the file it will be."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from fairnotice.cli.lint import command

GOOD = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"


def test_the_unsaved_text_counts_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.zh-CN.txt"
    path.write_text(GOOD, encoding="utf-8")
    run = CliRunner().invoke
    assert run(command, ["--stdin-filename", str(path)], input=GOOD).exit_code == 0
    made = run(command, ["--stdin-filename", str(path)], input=GOOD + "再不还就打断你的腿。")
    assert made.exit_code == 1 and "T101" in made.output
    assert run(command, ["--stdin-filename", str(tmp_path / "new.sms.zh-CN.txt")], input=GOOD).exit_code == 0
    assert run(command, ["--stdin-filename", str(path), str(path)], input=GOOD).exit_code == 2
    assert run(command, ["--stdin-filename", str(path)], input=b"\xff\xfe").exit_code == 2
