"""The disk is asked each question once a run, and anew by the next."""

from __future__ import annotations

from pathlib import Path

import pytest
from fairnotice.flow.catalogue import home_of
from fairnotice.flow.files import file_at, looked_once, once
from fairnotice.lint.engine import Options, lint


def test_a_place_is_looked_at_once(tmp_path: Path) -> None:
    path = str(tmp_path / "late.txt")
    with looked_once():
        assert file_at(path) is None
        Path(path).write_text("x", encoding="utf-8")
        assert file_at(path) is None
    assert file_at(path) is not None
    with looked_once():
        assert file_at(path) is not None


def test_a_run_inside_a_run_looks_for_itself(tmp_path: Path) -> None:
    path = str(tmp_path / "late.txt")
    with looked_once():
        assert file_at(path) is None
        Path(path).write_text("x", encoding="utf-8")
        with looked_once():
            assert file_at(path) is not None
        assert file_at(path) is None


def test_what_fails_is_asked_again() -> None:
    asked = []

    def look() -> str:
        asked.append(1)
        if len(asked) == 1:
            raise OSError("gone")
        return "there"

    with looked_once():
        with pytest.raises(OSError, match="gone"):
            once("place", look)
        assert once("place", look) == "there"
        assert once("place", look) == "there"
    assert len(asked) == 2


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert file_at(str(tmp_path)) is None
    assert file_at(str(tmp_path / "a\0b")) is None


def test_the_next_run_sees_another_notice(tmp_path: Path) -> None:
    """Between two runs of one process, as an editor has them, a notice of the repository's own appears and goes."""
    message = tmp_path / "late.sms.zh-CN.txt"
    message.write_text(
        "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}",
        encoding="utf-8",
    )
    (tmp_path / "fairnotice.toml").write_text("", encoding="utf-8")
    notice = tmp_path / "notices/complaint-channel.zh-CN.txt"
    assert lint([message], Options()).exit_code == 0
    notice.parent.mkdir()
    notice.write_text("再见。", encoding="utf-8")
    assert [
        finding.code for finding in lint([message], Options()).findings if finding.severity == "error"
    ] == ["N101"]
    notice.unlink()
    assert lint([message], Options()).exit_code == 0


def test_a_relative_path_is_of_the_folder_it_was_asked_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other"):
        (tmp_path / name / "messages").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        assert home_of("messages/late.txt") == (tmp_path / name / "messages").resolve()


def test_a_link_leads_to_where_the_file_stands(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real/late.txt").write_text("x", encoding="utf-8")
    (tmp_path / "late.txt").symlink_to(tmp_path / "real/late.txt")
    assert home_of(tmp_path / "late.txt") == (tmp_path / "real").resolve()
