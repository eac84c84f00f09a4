"""An answer is replayed only while everything that it rests on is the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import fairnotice.lint.engine
import pytest
from click.testing import CliRunner
from fairnotice.cli.main import cli

CLEAN = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"
BAD = CLEAN + "再不还钱就打断你的腿。"


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "repository"
    (root / "messages/late").mkdir(parents=True)
    (root / "notices").mkdir()
    (root / "messages/late/sms.zh-CN.txt").write_text(CLEAN, encoding="utf-8")
    (root / "messages/late/parts.txt").write_text("x", encoding="utf-8")
    monkeypatch.chdir(root)
    return root


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, bool]]:
    """(exit code, text, whether the engine worked) of a run."""
    real, worked = fairnotice.lint.engine.lint, [False]

    def counted(*arguments: object, **named: object) -> object:
        worked[0] = True
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(fairnotice.lint.engine, "lint", counted)

    def once(*arguments: str) -> tuple[int, str, bool]:
        worked[0] = False
        result = CliRunner().invoke(cli, ["lint", *(arguments or ("messages/late/sms.zh-CN.txt",))])
        return result.exit_code, result.output, worked[0]

    return once


Run = Callable[..., tuple[int, str, bool]]


def test_the_same_question_is_answered_from_memory(repository: Path, run: Run) -> None:
    first = run()
    assert first[0] == 0 and first[2]
    assert run() == (*first[:2], False)
    assert run("--format", "json", "messages/late/sms.zh-CN.txt")[2]
    assert run("--no-cache", "messages/late/sms.zh-CN.txt")[2]
    (repository / "messages/late/sms.zh-CN.txt").write_text(BAD, encoding="utf-8")
    found = run()
    assert found[0] == 1 and found[2]
    assert run() == (*found[:2], False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("messages/late/sms.zh-CN.txt", CLEAN + " "),
        ("messages/late/message.yaml", "id: late\npurpose: repayment-reminder\nstage: soft\nowner: a\n"),
        ("notices/complaint-channel.zh-CN.txt", "请致电{{ complaint.phone }}投诉。"),
        ("lexicons/own.zh.yaml", "x: 1"),
        ("packs/own.yaml", "x: 1"),
        ("schema.yaml", "fields: {}"),
        ("waivers.yaml", "[]"),
        ("fairnotice.toml", "[lint]\nignore = []\n"),
        ("../fairnotice.toml", "[lint]\nignore = []\n"),
        ("../pyproject.toml", "[tool.fairnotice.lint]\nignore = []\n"),
        ("../schema.yaml", "fields: {}"),
        ("providers/own.yaml", "max_parts: 1"),
    ],
)
def test_a_change_of_anything_it_rests_on_asks_again(
    repository: Path, run: Run, name: str, text: str
) -> None:
    run()
    assert not run()[2]
    path = repository / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    assert run()[2]


def test_a_baseline_is_part_of_the_question(repository: Path, run: Run) -> None:
    (repository / "known.json").write_text('{"version": 1, "findings": []}', encoding="utf-8")
    ask = ("--baseline", "known.json", "messages/late/sms.zh-CN.txt")
    run(*ask)
    (repository / "known.json").write_text('{"version": 1, "findings": [] }', encoding="utf-8")
    assert run(*ask)[2]


def test_what_is_read_from_elsewhere_is_not_kept(repository: Path, run: Run) -> None:
    (repository / "messages/late/part.inc").write_text("还款", encoding="utf-8")
    (repository / "messages/late/sms.zh-CN.txt").write_text(
        CLEAN + "{% include 'part.inc' %}", encoding="utf-8"
    )
    run()
    assert run()[2]


def test_a_job_that_could_not_be_done_is_not_kept(repository: Path, run: Run) -> None:
    assert run("gone.sms.zh-CN.txt")[0] == 2
    (repository / "gone.sms.zh-CN.txt").write_text(CLEAN, encoding="utf-8")
    assert run("gone.sms.zh-CN.txt")[0] == 0


def test_a_change_during_the_run_is_not_kept(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fairnotice.lint.engine.lint

    def meddled(*arguments: object, **named: object) -> object:
        report = real(*arguments, **named)  # type: ignore[arg-type]
        (repository / "messages/late/sms.zh-CN.txt").write_text(BAD, encoding="utf-8")
        return report

    with monkeypatch.context() as patch:
        patch.setattr(fairnotice.lint.engine, "lint", meddled)
        assert run()[0] == 0
    assert run()[0] == 1


@pytest.mark.parametrize("content", ["", "x", "a\nnot a number\n/x\n\ntext", "\x00"])
def test_a_broken_entry_is_passed_over(repository: Path, run: Run, content: str) -> None:
    run()
    for entry in Path(os.environ["FAIRNOTICE_CACHE_DIR"]).iterdir():
        entry.write_text(content, encoding="utf-8")
    assert run()[2]


def test_without_a_place_for_it_the_answer_stands(
    repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAIRNOTICE_CACHE_DIR", "/proc/nowhere")
    assert run()[0] == 0


def test_many_processes_find_what_one_finds(repository: Path, run: Run) -> None:
    for number in range(6):
        (repository / f"messages/late/n{number}.sms.zh-CN.txt").write_text(BAD, encoding="utf-8")
    (repository / "messages/late/parts.txt").unlink()
    alone = run("--no-cache", "--jobs", "1", ".")
    assert alone[0] == 1
    assert run("--no-cache", "--jobs", "2", ".")[:2] == alone[:2]


def test_a_watched_file_is_linted_again(repository: Path) -> None:
    command = [sys.executable, "-u", "-m", "fairnotice.cli", "lint", "--watch", "messages/late/sms.zh-CN.txt"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as process:
        assert process.stdout is not None
        lines = iter(process.stdout.readline, "")
        assert any("0 error(s)" in line for line in lines)
        (repository / "messages/late/sms.zh-CN.txt").write_text(BAD, encoding="utf-8")
        assert any("1 error(s)" in line for line in lines)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
