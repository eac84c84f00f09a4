"""`--diff REV`: what changed, and everything that depends on it; never one file too few."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from fairnotice.lint.changed import RevisionError, concerned

FILES = {
    "fairnotice.toml": "",
    "schema.yaml": "fields: {}\n",
    "messages/soft/message.yaml": "id: soft\n",
    "messages/soft/sms.zh-CN.txt": "a {{ notice('complaint') }}",
    "messages/soft/sms.en-US.txt": "a from us, {% include 'foot.txt' %}",
    "messages/firm/sms.zh-CN.txt": "b",
    "messages/firm/sms.en-US.txt": "{% include part %}",
    "notices/complaint.zh-CN.txt": "c {% include 'deep.txt' %}",
    "notices/foot.txt": "f",
    "notices/deep.txt": "d",
    "lexicons/own.zh.yaml": "x",
}
DYNAMIC = "messages/firm/sms.en-US.txt"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", "-C", str(tmp_path), *command], check=True)
    return tmp_path


def after(repository: Path, *names: str) -> set[str]:
    for name in names:
        path = repository / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES.get(name, "") + " changed", encoding="utf-8")
    return {str(path.relative_to(repository)) for path in concerned("HEAD", [repository])}


def test_nothing_changed_concerns_nothing(repository: Path) -> None:
    assert after(repository) == set()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ("messages/firm/sms.zh-CN.txt", {"messages/firm/sms.zh-CN.txt", DYNAMIC}),
        ("messages/soft/message.yaml", {"messages/soft/message.yaml", "messages/soft/sms.zh-CN.txt", "messages/soft/sms.en-US.txt", DYNAMIC}),
        ("notices/foot.txt", {"notices/foot.txt", "messages/soft/sms.en-US.txt", DYNAMIC}),
        ("notices/deep.txt", {"notices/deep.txt", "notices/complaint.zh-CN.txt", "messages/soft/sms.zh-CN.txt", DYNAMIC}),
        ("notices/complaint.en-US.txt", {"notices/complaint.en-US.txt", "messages/soft/sms.zh-CN.txt", DYNAMIC}),
    ],
)  # fmt: skip
def test_a_change_concerns_what_depends_on_it(repository: Path, changed: str, expected: set[str]) -> None:
    found = after(repository, changed)
    assert expected <= found
    assert "messages/firm/sms.zh-CN.txt" not in found - expected


@pytest.mark.parametrize(
    "changed", ["schema.yaml", "fairnotice.toml", "lexicons/own.zh.yaml", "packs/new.yaml", "waivers.yaml"]
)
def test_settings_concern_every_template(repository: Path, changed: str) -> None:
    messages = {name for name in FILES if name.startswith("messages/") and name.endswith(".txt")}
    assert messages <= after(repository, changed)


def test_a_deleted_notice_concerns_its_users(repository: Path) -> None:
    (repository / "notices/complaint.zh-CN.txt").unlink()
    assert "messages/soft/sms.zh-CN.txt" in after(repository)


@pytest.mark.parametrize("revision", ["nope", "--output=x", "HEAD~9"])
def test_a_wrong_revision_is_named(repository: Path, revision: str) -> None:
    with pytest.raises(RevisionError, match="is not a revision"):
        concerned(revision, [repository])


def test_outside_of_git_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(RevisionError):
        concerned("HEAD", [tmp_path])
