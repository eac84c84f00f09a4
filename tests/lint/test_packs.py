"""Packs: current, layered without loosening, cited in findings, and asked of messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fairnotice.lint.engine import Options, lint
from fairnotice.lint.packs.build import compiled
from fairnotice.lint.packs.loading import COMPILED, VERIFIED, PackError, law_of, read_pack, shipped_packs
from fairnotice.lint.registry import load_rules

SMS = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"
ROW = """
  - id: {id}
    instrument: "House rules"
    rank: {rank}
    status: {status}
    seen_on: "2026-11-23"
    {check}
    text: {{en: "Row.", zh: "行。"}}
"""


def pack(name: str, extends: str, *rows: str) -> str:
    return f"id: {name}\ntitle: {{en: Name, zh: 名}}\nextends: [{extends}]\nrows:{''.join(rows)}"


def repository(tmp_path: Path, text: str, packs: str = "") -> Path:
    (tmp_path / "messages/late").mkdir(parents=True)
    (tmp_path / "notices").mkdir()
    (tmp_path / "packs").mkdir()
    if packs:
        (tmp_path / "packs/house.yaml").write_text(packs, encoding="utf-8")
        (tmp_path / "fairnotice.toml").write_text('[packs]\nuse = ["house"]\n', encoding="utf-8")
    path = tmp_path / "messages/late/sms.zh-CN.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_compiled_packs_are_current() -> None:
    assert json.loads(COMPILED.read_text(encoding="utf-8")) == compiled()


def test_every_code_of_a_row_is_a_rule_or_announced() -> None:
    rules = load_rules()
    for one in shipped_packs().values():
        for row in one["rows"]:
            assert set(row.get("codes", ())) <= set(rules), row["id"]


def test_no_must_is_only_recalled() -> None:
    for one in shipped_packs().values():
        for row in one["rows"]:
            assert row["rank"] != "must" or row["status"] in VERIFIED, row["id"]


def test_a_finding_cites_the_rows_of_its_packs(tmp_path: Path) -> None:
    path = repository(tmp_path, SMS + "再不还就打断你的腿。")
    (finding,) = [one for one in lint([path], Options()).findings if one.code == "T101"]
    assert {"CN-10", "CN-35"} <= {one["id"] for one in finding.citations}
    (other,) = [one for one in lint([path], Options(packs=("uk",))).findings if one.code == "T101"]
    assert not any(one["id"].startswith("CN") for one in other.citations)


def test_packs_of_two_roles_do_not_mix(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="cannot both hold"):
        law_of(("agency", "first-party"), tmp_path)


def test_an_unknown_pack_is_named(tmp_path: Path) -> None:
    report = lint([repository(tmp_path, SMS)], Options(packs=("mars",)))
    assert report.exit_code == 2
    assert "there is no pack 'mars'" in report.problems[0].message


def test_a_layer_adds_what_it_asks_for(tmp_path: Path) -> None:
    row = ROW.format(id="H-1", rank="self", status="own", check="requires: {channels: [sms], words: [柜台]}")
    path = repository(tmp_path, SMS, pack("house", "cn", row))
    (finding,) = [one for one in lint([path], Options()).findings if one.code == "N104"]
    assert finding.severity == "error" and finding.citations[0]["id"] == "H-1"
    path.write_text(SMS + "也可到柜台办理。", encoding="utf-8")
    assert lint([path], Options()).exit_code == 0


@pytest.mark.parametrize(
    ("rank", "check"),
    [("self", "codes: [T101, T103, T104, T106]"), ("must", "codes: [T101]")],
    ids=["weaker rank", "fewer codes"],
)
def test_a_layer_cannot_loosen(tmp_path: Path, rank: str, check: str) -> None:
    path = repository(
        tmp_path, SMS, pack("house", "cn", ROW.format(id="CN-10", rank=rank, status="V2", check=check))
    )
    report = lint([path], Options())
    assert report.exit_code == 2
    assert "may only add or tighten" in report.problems[0].message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("id: x\ntitle: {en: Name, zh: 名}\nrows: [3]", "must be a mapping"),
        (
            pack("x", "base", ROW.format(id="A", rank="must", status="R", check="codes: [T101]")),
            "nobody has seen",
        ),
        (
            pack("x", "base", ROW.format(id="A", rank="law", status="V1", check="codes: [T101]")),
            "rank must be",
        ),
        (pack("x", "base", ROW.format(id="A", rank="gp", status="R", check="note: later")), "needs one of"),
        ("id: x\nwhat: 1", "unknown key 'what'"),
    ],
)
def test_a_bad_pack_is_refused(text: str, words: str) -> None:
    with pytest.raises(PackError, match=words):
        read_pack(text, "packs/x.yaml")


def test_limits_are_the_strictest(tmp_path: Path) -> None:
    law = law_of(("us-nyc", "us-ca"), tmp_path)
    assert law.limits["all_media_per_7_days"]["most"] == 3
    assert law.limits["calls_per_7_days"]["most"] == 7
    assert {stop["flag"] for stop in law.limits["stop"]} >= {"disputed", "cease_request"}
