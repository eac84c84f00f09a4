"""The hook as other repositories use it, run by the real pre-commit."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLEAN = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PRE_COMMIT_HOME": str(cwd.parent / "pre-commit-home"), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, timeout=600)


def git(cwd: Path, *arguments: str) -> str:
    done = run("git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def snapshot(folder: Path) -> str:
    """This working tree as a git repository of its own; returns the commit."""
    listed = run("git", "ls-files", "-co", "--exclude-standard", cwd=ROOT).stdout.splitlines()
    for name in listed:
        source = ROOT / name
        if source.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "snapshot")
    return git(folder, "rev-parse", "HEAD")


def test_the_hook_blocks_an_insult_and_passes_a_clean_message(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "fairnotice", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    revision = snapshot(ours)
    (theirs / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {ours}\n    rev: {revision}\n    hooks:\n      - id: fairnotice-lint\n"
    )
    git(theirs, "init", "-q")
    path = theirs / "late.sms.zh-CN.txt"
    path.write_text(CLEAN + "你这个老赖。", encoding="utf-8")
    git(theirs, "add", "-A")
    blocked = run(sys.executable, "-m", "pre_commit", "run", cwd=theirs)
    assert blocked.returncode == 1, blocked.stdout + blocked.stderr
    assert "T106" in blocked.stdout and "老赖" in blocked.stdout
    path.write_text(CLEAN, encoding="utf-8")
    git(theirs, "add", "-A")
    passed = run(sys.executable, "-m", "pre_commit", "run", cwd=theirs)
    assert passed.returncode == 0, passed.stdout + passed.stderr
