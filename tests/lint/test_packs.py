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


def findings_of(tmp_path: Path, requires: str, text: str) -> list[tuple[str, str]]:
    row = ROW.format(id="HOUSE-1", rank="std", status="internal", check=f"requires: {requires}")
    path = repository(tmp_path, text, pack("house", "base", row))
    found = [one for one in lint([path], Options()).findings if one.code in ("N104", "J190")]
    return [(one.code, one.message) for one in found]


@pytest.mark.parametrize(
    ("requires", "text", "words"),
    [
        ('{if: "plan.active", roles: [pay_channel]}', SMS, "pay_channel is not printed"),
        ('{if: "plan.active", roles: [pay_channel]}', SMS + "{% if plan.active %}{{ pay.url }}{% endif %}", None),
        ('{if: "debt.days_past_due > 30", roles: [pay_channel]}', SMS + "{% if plan.active %}{{ pay.url }}{% endif %}", "for some borrowers"),
        ('{if: "no.such_field", roles: [pay_channel]}', SMS, "which this schema cannot tell"),
        ("{order: [repayment_amount, pay_channel]}", "{{ pay.url }}" + SMS, "pay_channel comes before repayment_amount"),
        ("{order: [repayment_amount, pay_channel]}", SMS + "{{ pay.url }}", None),
        ("{order: [repayment_amount, pay_channel]}", "{% if plan.active %}{{ pay.url }}{% endif %}" + SMS, "when plan.active"),
        ("{at_most: {repayment_amount: 1}}", SMS, None),
        ("{at_most: {repayment_amount: 1}}", SMS + "{% if plan.active %}{{ debt.amount_due|money }}{% endif %}", "more than 1 time"),
        ("{at_most: {repayment_amount: 1}}", SMS.replace("{{ debt.amount_due|money }}", "{% if plan.active %}{{ debt.amount_due|money }}{% else %}{{ debt.amount_due|money }}{% endif %}"), None),
        ("{forbid: [account]}", SMS + "{{ debt.account_tail }}", "account must not stand here"),
        ("{forbid: [account]}", SMS, None),
    ],
)  # fmt: skip
def test_a_row_asks_for_order_number_and_absence(
    tmp_path: Path, requires: str, text: str, words: str | None
) -> None:
    found = findings_of(tmp_path, requires, text)
    assert (words is None and not found) or any(words is not None and words in one for _, one in found), found


@pytest.mark.parametrize(
    "requires", ["{at_most: {account: 0}}", "{order: account}", "{if: 3, roles: [a]}", "{when: x}"]
)
def test_a_row_that_cannot_be_read_is_refused(requires: str) -> None:
    row = ROW.format(id="HOUSE-1", rank="std", status="internal", check=f"requires: {requires}")
    with pytest.raises(PackError):
        read_pack(pack("house", "base", row), "house.yaml")


@pytest.mark.parametrize(
    ("first", "second", "allowed"),
    [
        ("{forbid: [account]}", "{forbid: []}", False),
        ("{at_most: {account: 1}}", "{at_most: {account: 2}}", False),
        ("{at_most: {account: 2}}", "{at_most: {account: 1}}", True),
        ("{order: [account, pay_channel]}", "{order: [pay_channel, account]}", False),
        ("{roles: [account]}", "{roles: [account], if: plan.active}", False),
        ("{roles: [account], if: plan.active}", "{roles: [account]}", True),
        ("{words: [a]}", "{words: [a, b]}", False),
    ],
)
def test_a_layer_may_not_loosen_what_is_asked(tmp_path: Path, first: str, second: str, allowed: bool) -> None:
    (tmp_path / "packs").mkdir()
    for name, parent, requires in (("one", "base", first), ("two", "one", second)):
        row = ROW.format(id="HOUSE-1", rank="std", status="internal", check=f"requires: {requires}")
        (tmp_path / f"packs/{name}.yaml").write_text(pack(name, parent, row), encoding="utf-8")
    if allowed:
        assert law_of(("two",), tmp_path).packs[-1] == "two"
    else:
        with pytest.raises(PackError, match="loosens HOUSE-1"):
            law_of(("two",), tmp_path)
