"""A notice that many messages give is followed once, and never remembered past a change."""

from __future__ import annotations

from pathlib import Path

from fairnotice.lint.engine import Options, lint

BODY = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('own') }}"
NOTICE = "如对催收有异议，可拨打投诉电话{{ complaint.phone }}。"


def _repository(folder: Path, notice: str) -> list[Path]:
    (folder / "fairnotice.toml").touch()
    (folder / "notices").mkdir()
    (folder / "notices/own.zh-CN.txt").write_text(notice, encoding="utf-8")
    made = []
    for name in "ab":
        made.append(folder / f"{name}.sms.zh-CN.txt")
        made[-1].write_text(BODY, encoding="utf-8")
    return made


def _codes(paths: list[Path]) -> list[list[str]]:
    return [[one.code for one in lint([path], Options()).findings] for path in paths]


def test_a_changed_notice_is_read_anew(tmp_path: Path) -> None:
    paths = _repository(tmp_path, NOTICE)
    assert _codes(paths) == [[], []]
    (tmp_path / "notices/own.zh-CN.txt").write_text("祝您生活愉快。", encoding="utf-8")
    assert _codes(paths) == [["N101"], ["N101"]]


def test_a_schema_of_its_own_reads_the_notice_of_its_own(tmp_path: Path) -> None:
    """The same notice proves for one message's borrowers what it does not prove for another's."""
    paths = _repository(tmp_path, "{% if plan.active %}" + NOTICE + "{% endif %}")
    for path, tests in zip(paths, ("[plan.active]", "[not plan.active]"), strict=True):
        folder = tmp_path / "messages" / path.name[0]
        folder.mkdir(parents=True)
        (folder / "message.yaml").write_text(
            f"id: {path.name[0]}\npurpose: repayment-reminder\napplies_when: {tests}\n", encoding="utf-8"
        )
        path.rename(folder / "sms.zh-CN.txt")
    first, second = _codes([tmp_path / "messages" / name / "sms.zh-CN.txt" for name in "ab"])
    assert "N101" not in first and "N101" in second


def test_a_notice_that_leads_out_of_its_folder_is_not_read(tmp_path: Path) -> None:
    paths = _repository(tmp_path, NOTICE)
    outside = tmp_path.parent / f"{tmp_path.name}-outside.txt"
    outside.write_text(NOTICE, encoding="utf-8")
    own = tmp_path / "notices/own.zh-CN.txt"
    own.unlink()
    own.symlink_to(outside)
    assert all("J105" in codes for codes in _codes(paths))
