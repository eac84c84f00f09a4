"""Bad input gets a clear sentence and the right exit code, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CLEAN = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"


def fairnotice(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "fairnotice.cli", *arguments], cwd=cwd, capture_output=True, text=True
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


CASES: list[tuple[str, dict[str, bytes], list[str], int, str]] = [
    ("missing path", {}, ["nowhere.sms.zh-CN.txt"], 2, "does not exist"),
    ("empty folder", {"empty/.keep": b""}, ["empty"], 2, "no template found"),
    ("unreadable bytes", {"a.sms.zh-CN.txt": b"\xff\xfe\x00"}, ["."], 2, "not UTF-8"),
    ("syntax error", {"a.sms.zh-CN.txt": b"x{% if a %}"}, ["."], 1, "J101"),
    ("unknown configuration key", {"a.sms.zh-CN.txt": b"x", "fairnotice.toml": b"[lint]\nselct=[]"}, ["."], 2, "did you mean 'select'"),
    ("mistyped option", {"a.sms.zh-CN.txt": b"x", "fairnotice.toml": b"[jinja]\ntrim_blocks=[1]"}, ["."], 2, "must be true or false"),
    ("broken configuration", {"a.sms.zh-CN.txt": b"x", "fairnotice.toml": b"[lint"}, ["."], 2, "not valid TOML"),
    ("duplicate key", {"a.call.zh-CN.yaml": b"nodes:\n  a: {say: x, end: done}\n  a: {say: x, end: done}\n"}, ["."], 2, "stands twice"),
    ("duplicate key in front matter", {"a.email.en-US.md": b"---\nsubject: a\nsubject: b\n---\nx"}, ["."], 2, "stands twice"),
    ("unknown locale", {"a.sms.fr-FR.txt": b"x"}, ["."], 2, "unknown locale 'fr-FR'"),
    ("undetermined kind", {"a.txt": b"x"}, ["."], 2, "cannot be determined"),
    ("recursion", {"a.sms.zh-CN.txt": b"x{% include 'a.sms.zh-CN.txt' %}"}, ["."], 1, "includes itself"),
    ("path traversal", {"a.sms.zh-CN.txt": b"x{% include '../secret.txt' %}"}, ["."], 1, "outside the template folder"),
    ("unknown variable", {"a.sms.zh-CN.txt": b"{{ debt.amount_deu|money }}"}, ["."], 1, "did you mean 'amount_due'"),
    ("ambiguous time", {"a.call.zh-CN.yaml": b"at: 22:00\nnodes: {}\n"}, ["."], 2, "ambiguous"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "arguments", "code", "words"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_lint_says_what_is_wrong(
    files: dict[str, bytes], arguments: list[str], code: int, words: str, tmp_path: Path
) -> None:
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    done = fairnotice("lint", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout + done.stderr


def test_the_job_that_could_not_be_done_wins_over_findings(tmp_path: Path) -> None:
    (tmp_path / "a.sms.zh-CN.txt").write_text("x", encoding="utf-8")
    assert fairnotice("lint", "a.sms.zh-CN.txt", "nowhere", cwd=tmp_path).returncode == 2


def test_messages_come_in_chinese(tmp_path: Path) -> None:
    (tmp_path / "a.sms.zh-CN.txt").write_text("您好", encoding="utf-8")
    assert "缺少应还金额" in fairnotice("lint", "--lang", "zh", ".", cwd=tmp_path).stdout


def test_render_names_the_field_of_a_bad_profile(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        'profile_id: p\nbrand: demo-bank\nborrower: {name: "  ", locale: zh-CN}\n', encoding="utf-8"
    )
    done = fairnotice("render", "soft-reminder", "--profile", "p.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "borrower.name: is blank" in done.stderr and "debt" in done.stderr


def test_render_says_which_locales_exist(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "profile_id: p\nbrand: demo-bank\nborrower: {name: a, locale: fr-FR}\n", encoding="utf-8"
    )
    done = fairnotice("render", "soft-reminder", "--profile", "p.yaml", cwd=tmp_path)
    assert done.returncode == 2 and "borrower.locale" in done.stderr


def test_init_makes_a_repository_that_lints_clean(tmp_path: Path) -> None:
    assert fairnotice("init", "mine", cwd=tmp_path).returncode == 0
    done = fairnotice("lint", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert fairnotice("init", "mine", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("command", ["lint", "rules", "explain", "render", "generate", "init", "demo"])
def test_every_command_has_help(command: str, tmp_path: Path) -> None:
    assert "Usage:" in fairnotice(command, "--help", cwd=tmp_path).stdout


def test_explain_suggests_a_code(tmp_path: Path) -> None:
    done = fairnotice("explain", "A10", cwd=tmp_path)
    assert done.returncode == 2 and "did you mean" in done.stderr


def test_explain_shows_how_a_line_was_judged(tmp_path: Path) -> None:
    (tmp_path / "a.sms.zh-CN.txt").write_text(
        "您好。\n我们不会联系您的家人，你这个老赖！\n", encoding="utf-8"
    )
    done = fairnotice("explain", "--match", "a.sms.zh-CN.txt:2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "T106 error" in done.stdout and "entry insult.zh.yaml" in done.stdout
    assert "T105 lawful" in done.stdout and "negation" in done.stdout
    assert fairnotice("explain", "--match", "a.sms.zh-CN.txt", cwd=tmp_path).returncode == 2
    assert fairnotice("explain", cwd=tmp_path).returncode == 2


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rights do not stop an administrator, so the refusal is played."""
    import os

    from click.testing import CliRunner
    from fairnotice.cli.main import cli

    (tmp_path / "closed").mkdir()
    (tmp_path / "late.sms.zh-CN.txt").write_text(CLEAN, encoding="utf-8")
    look = os.scandir

    def refused(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return look(path)

    monkeypatch.setattr(os, "scandir", refused)
    run = CliRunner().invoke(cli, ["lint", "--no-cache", str(tmp_path)])
    assert run.exit_code == 2
    assert "closed" in run.output and "Permission denied" in run.output


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.sms.zh-CN.txt", "您好。{% if x %}"), ("a.call.zh-CN.yaml", "nodes: {}\n"), ("a.txt", "您好。")],
)
def test_what_cannot_be_read_is_not_said_to_hold_nothing(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    done = fairnotice("explain", "--match", f"{name}:1", cwd=tmp_path)
    assert done.returncode == 2
    assert f"fairnotice lint {name}" in done.stderr
