"""The driver: every input row once and only once, whatever stops a run, and no value in what is set aside."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.compiled import BatchPlan
from fairnotice.generator.ladder import LadderError, Reach, decide, load_ladder
from fairnotice.generator.laddered import Moment, read_histories
from fairnotice.generator.portfolio import PortfolioError, Seen
from fairnotice.generator.render import prepare, render_message, schema_of
from fairnotice.generator.render_batch import record_of
from fairnotice.generator.run import run
from fairnotice.lint.gate import gate
from fairnotice.lint.wording.engine import judge
from fairnotice.lint.wording.lexicon import load_lexicon

pa = pytest.importorskip("pyarrow", reason="pip install 'fairnotice[batch]'")
pq = pytest.importorskip("pyarrow.parquet")

ROOT = shipped()
SCHEMA = schema_of(ROOT)
AS_OF = dt.date(2026, 11, 23)
PLAN = BatchPlan(ROOT, "firm-reminder", "sms")
ROWS = 3000
GATED = int(os.environ.get("FAIRNOTICE_GATED", "8000"))
"""Random messages on which the gate and the whole-text scan are compared."""


def write_input(path: Path, rows: int = ROWS, **changed: Any) -> Path:
    constants = {
        "brand": "demo-bank", "borrower.name": "王小明", "borrower.locale": "zh-CN", "borrower.timezone": "Asia/Shanghai",
        "borrower.jurisdiction": "CN", "debt.product": "credit-card", "debt.account_tail": "1234", "debt.currency": "CNY",
        "debt.due_date": "2026-10-01", "debt.as_of": "2026-11-23", **changed,
    }  # fmt: skip
    columns = {name: [value] * rows for name, value in constants.items()}
    columns["profile_id"] = [f"p{number}" for number in range(rows)]
    columns["debt.amount_due"] = [number + 1 for number in range(rows)]
    pq.write_table(pa.table(columns), path)
    return path


def keys(out: Path) -> list[str]:
    parts = sorted(out.glob("part-*.parquet"))
    return [key for part in parts for key in pq.read_table(part).column("message_key").to_pylist()]


def test_every_row_is_written_once_in_order(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet")
    seen: list[int] = []
    totals = run(source, tmp_path / "out", PLAN, AS_OF, rows=700, on_rows=seen.append)
    assert keys(tmp_path / "out") == [f"p{n}/firm-reminder/sms/2026-11-23" for n in range(ROWS)]
    assert totals.status == {"ok": ROWS} and totals.rows == sum(seen) == ROWS
    assert (tmp_path / "out/quarantine.jsonl").read_text(encoding="utf-8") == ""
    assert not list((tmp_path / "out").glob("*.part")) and not (tmp_path / "out/.lock").exists()


def test_workers_write_the_same_bytes(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet", 1500)
    run(source, tmp_path / "one", PLAN, AS_OF, rows=500)
    run(source, tmp_path / "two", PLAN, AS_OF, rows=500, jobs=2)
    for part in sorted((tmp_path / "one").glob("part-*.parquet")):
        assert part.read_bytes() == (tmp_path / "two" / part.name).read_bytes()


_CHILD = """
import sys, datetime as dt
from pathlib import Path
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.compiled import BatchPlan
from fairnotice.generator.render import prepare, render_message, schema_of
from fairnotice.generator.run import run
run(Path(sys.argv[1]), Path(sys.argv[2]), BatchPlan(shipped(), "firm-reminder", "sms"), dt.date(2026, 11, 23), rows=50, resume=True)
"""


def test_a_run_that_is_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet")
    out = tmp_path / "out"
    expected = [f"p{n}/firm-reminder/sms/2026-11-23" for n in range(ROWS)]
    r = random.Random(5)
    killed = ended = 0
    while killed < 20:
        child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(source), str(out)], stderr=subprocess.PIPE, text=True
        )
        # Starting takes most of a second; what follows is killed at any moment of its writing.
        try:
            _, said = child.communicate(timeout=r.uniform(0.5, 1.8))
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            killed += 1
            done = keys(out) if out.is_dir() else []
            assert done == expected[: len(done)]
            continue
        assert child.returncode == 0, said
        assert keys(out) == expected
        ended += 1
        shutil.rmtree(out)
    run(source, out, PLAN, AS_OF, rows=50, resume=True)
    assert keys(out) == expected


def test_what_cannot_be_used_is_set_aside_without_its_values(tmp_path: Path) -> None:
    source = tmp_path / "in.jsonl"
    good = {"profile_id": "a", "brand": "demo-bank", "borrower": {"name": "王小明", "locale": "zh-CN", "timezone": "Asia/Shanghai", "jurisdiction": "CN"}, "debt": {"product": "credit-card", "account_tail": "1234", "currency": "CNY", "amount_due": 5, "due_date": "2026-10-01", "as_of": "2026-11-23"}}  # fmt: skip
    bad = json.loads(json.dumps(good))
    bad["profile_id"], bad["debt"]["amount_due"], bad["borrower"]["name"] = "b", -77123, "秘密姓名"
    surplus = {**good, "profile_id": "c", "secret": "秘密"}
    lines = [json.dumps(one, ensure_ascii=False) for one in (good, bad, surplus)] + ["{broken"]
    source.write_text("\n".join(lines), encoding="utf-8")
    totals = run(source, tmp_path / "out", PLAN, AS_OF)
    assert totals.status == {"ok": 1, "invalid": 3}
    told = (tmp_path / "out/quarantine.jsonl").read_text(encoding="utf-8")
    faults = [json.loads(line) for line in told.splitlines()]
    assert {one["row"] for one in faults} == {2, 3, 4} and "debt.amount_due" in told
    assert [one["code"] for one in faults if one["row"] == 4] == ["unreadable"]
    assert "秘密" not in told and "77123" not in told


def test_one_file_a_message(tmp_path: Path) -> None:
    good = {"profile_id": "a", "brand": "demo-bank", "borrower": {"name": "王小明", "locale": "zh-CN", "timezone": "Asia/Shanghai", "jurisdiction": "CN"}, "debt": {"product": "credit-card", "account_tail": "1234", "currency": "CNY", "amount_due": 5, "due_date": "2026-10-01", "as_of": "2026-11-23"}}  # fmt: skip
    rows = [
        good,
        {**good, "profile_id": "../../etc/passwd"},
        {**good, "profile_id": "b"},
        {**good, "profile_id": "a"},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in rows), encoding="utf-8")
    totals = run(source, tmp_path / "out", BatchPlan(ROOT, "plan-offer", "email"), AS_OF, form="files")
    assert totals.status == {"ok": 2, "invalid": 2}
    assert sorted(path.name for path in (tmp_path / "out").glob("*.eml")) == ["a.eml", "b.eml"]
    profile = prepare(ROOT, good, SCHEMA, "(row)")
    expected = render_message(ROOT, "plan-offer", "email", profile, SCHEMA).mime
    assert (tmp_path / "out/a.eml").read_bytes() == expected and b"List-Unsubscribe" in expected
    told = [
        json.loads(line)
        for line in (tmp_path / "out/quarantine.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [(one["row"], one["profile_id"], one["code"]) for one in told] == [
        (2, "", "form"),
        (4, "a", "duplicate"),
    ]
    assert "passwd" not in json.dumps(told)


def test_jsonl_says_what_parquet_says(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet", 30)
    run(source, tmp_path / "a", PLAN, AS_OF)
    run(source, tmp_path / "b", PLAN, AS_OF, form="jsonl")
    lines = (tmp_path / "b/part-00000.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == pq.read_table(
        tmp_path / "a/part-00000.parquet"
    ).to_pylist()


def test_an_identity_is_met_once() -> None:
    r = random.Random(4)
    seen, met = Seen(), set()
    for _ in range(60):
        batch = [r.choice([None, f"p{r.randrange(5000)}"]) for _ in range(r.randint(1, 200))]
        expected = []
        for place, one in enumerate(batch):
            if one is not None and one in met:
                expected.append(place)
            met.add(one)
        assert seen.again(batch) == expected
    assert len(seen.runs) < 12


def test_a_full_disk_ends_the_run_and_keeps_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, out = write_input(tmp_path / "in.parquet", 500), tmp_path / "out"
    real, written = os.fsync, []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) > 5:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        run(source, out, PLAN, AS_OF, rows=100)
    monkeypatch.setattr(os, "fsync", real)
    assert not (out / ".lock").exists()
    run(source, out, PLAN, AS_OF, rows=100, resume=True)
    assert keys(out) == [f"p{n}/firm-reminder/sms/2026-11-23" for n in range(500)]


def test_csv_and_parquet_say_the_same(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet", 50)
    table = pq.read_table(source)
    header = ",".join(table.column_names)
    rows = [",".join(str(value) for value in row.values()) for row in table.to_pylist()]
    (tmp_path / "in.csv").write_text("\n".join([header, *rows]), encoding="utf-8")
    run(source, tmp_path / "a", PLAN, AS_OF)
    run(tmp_path / "in.csv", tmp_path / "b", PLAN, AS_OF)
    assert pq.read_table(tmp_path / "a/part-00000.parquet").equals(
        pq.read_table(tmp_path / "b/part-00000.parquet")
    )


def test_a_folder_is_read_file_by_file(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_input(tmp_path / "in/1.parquet", 30)
    write_input(tmp_path / "in/2.parquet", 20)
    assert run(tmp_path / "in", tmp_path / "out", PLAN, AS_OF).rows == 50


def refused(words: str, *args: Any, **options: Any) -> None:
    with pytest.raises(PortfolioError, match=words):
        run(*args, **options)


def test_what_goes_wrong_is_said(tmp_path: Path) -> None:
    source, out = write_input(tmp_path / "in.parquet", 300), tmp_path / "out"
    refused("no .parquet, .csv or .jsonl", tmp_path / "none.parquet", out, PLAN, AS_OF)
    run(source, out, PLAN, AS_OF, rows=100)
    refused("holds a run already", source, out, PLAN, AS_OF, rows=100)
    other = BatchPlan(ROOT, "soft-reminder", "sms")
    refused("another 'message'", source, out, other, AS_OF, rows=100, resume=True)
    write_input(source, 301)
    refused("another 'inputs'", source, out, PLAN, AS_OF, rows=100, resume=True)
    write_input(source, 300)
    part = out / "part-00001.parquet"
    part.write_bytes(part.read_bytes() + b"x")
    refused("missing or was changed", source, out, PLAN, AS_OF, rows=100, resume=True)
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    refused("cannot be read", tmp_path / "broken.parquet", tmp_path / "o2", PLAN, AS_OF)


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    source, out = write_input(tmp_path / "in.parquet", 10), tmp_path / "out"
    out.mkdir()
    (out / ".lock").write_text(str(os.getppid()), encoding="utf-8")
    refused("another run", source, out, PLAN, AS_OF)
    (out / ".lock").write_text("999999999", encoding="utf-8")
    assert run(source, out, PLAN, AS_OF).rows == 10


def test_too_many_bad_records_stop_the_run(tmp_path: Path) -> None:
    source = write_input(tmp_path / "in.parquet", 40, **{"debt.currency": "XXX"})
    refused("max-invalid", source, tmp_path / "out", PLAN, AS_OF, max_invalid=0.5)


def test_a_name_that_insults_is_set_aside(tmp_path: Path) -> None:
    root = tmp_path / "templates"
    folder = root / "messages/hello"
    folder.mkdir(parents=True)
    (root / "notices").mkdir()
    (root / "brands").mkdir()
    (root / "brands/demo-bank.yaml").write_bytes((ROOT / "brands/demo-bank.yaml").read_bytes())
    (folder / "sms.zh-CN.txt").write_text(
        "{{ borrower.name }}，您应还{{ debt.amount_due|money }}。", encoding="utf-8"
    )
    plan = BatchPlan(root, "hello", "sms", gate)
    fine = run(write_input(tmp_path / "a.parquet", 5), tmp_path / "a", plan, AS_OF)
    assert fine.status == {"ok": 5}
    bad = run(
        write_input(tmp_path / "b.parquet", 5, **{"borrower.name": "你这个老赖"}), tmp_path / "b", plan, AS_OF
    )
    assert bad.status == {"invalid": 5}
    assert "老赖" not in (tmp_path / "b/quarantine.jsonl").read_text(encoding="utf-8")


PIECES = ["王小明", "老", "赖", "打断", "你的腿", "Ann", "scum", "李", "不要脸", "欧阳", "Zoë", "狗东西", "家人", "告诉", "。", "!", "boss", "警察", "s-c-u-m", "jail", " ", "母", "单位", "lo", "ser"]  # fmt: skip
AROUND = [
    ("尊敬的", "，您应还5.00元。"), ("我们不会", "联系您的家人。"), ("请转告", "，我们会告诉您的单位。"), ("Dear ", ","),
    ("We will tell ", " about your debt."), ("", ""), ("You lo", "er must pay."), ("请勿相信冒充", "的电话。"), ("您的经办人是", ""),
]  # fmt: skip


def test_the_gate_and_the_whole_text_agree() -> None:
    r = random.Random(2)
    lexicon = load_lexicon()
    harmful = 0
    for _ in range(400):
        before, after = r.choice(AROUND)
        names = ["".join(r.choice(PIECES) for _ in range(r.randint(1, 3))) for _ in range(GATED // 400)]
        said = [
            not any(
                hit.severity == "error" and hit.entry.severity != "cue"
                for hit in judge(before + name + after, lexicon)
            )
            for name in names
        ]
        if any(hit.severity == "error" for hit in judge(before + after, lexicon)):
            # Literals that harm by themselves never come here.
            continue
        assert gate(before, names, after) == said
        harmful += said.count(False)
    assert harmful > GATED // 100


def test_the_ladder_defers_and_stops(tmp_path: Path) -> None:
    night, noon = (
        dt.datetime.fromisoformat("2026-11-23T23:30+08:00"),
        dt.datetime.fromisoformat("2026-11-23T12:00+08:00"),
    )
    source = write_input(tmp_path / "in.parquet", 6, **{"debt.due_date": "2026-11-18"})
    ladder = load_ladder(ROOT / "ladders/cn.yaml", SCHEMA)
    history = tmp_path / "history.jsonl"
    contact = {"at": "2026-11-22T12:00+08:00", "channel": "sms", "rung": "soft", "outcome": "delivered"}
    lines = [
        {"profile_id": "p1", "cease_request": True}, {"profile_id": "p2", "contacts": [contact]},
        {"profile_id": "p3", "preferred": ["email", "sms"]},
    ]  # fmt: skip
    history.write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    known = read_histories(history)

    def outcomes(at: dt.datetime, name: str) -> list[tuple[str, str]]:
        plan = BatchPlan(ROOT, "soft-reminder", "sms", None, Moment(ladder, at, known))
        run(source, tmp_path / name, plan, AS_OF)
        rows = pq.read_table(tmp_path / name / "part-00000.parquet").to_pylist()
        assert all(bool(row["body"]) == (row["status"] == "ok") for row in rows)
        return [(row["status"], row["reason"]) for row in rows]

    day = outcomes(noon, "noon")
    assert [status for status, _ in day] == ["ok", "suppressed", "deferred", "suppressed", "ok", "ok"]
    assert (
        "not to be contacted" in day[1][1] and "every 3 days" in day[2][1] and "by email instead" in day[3][1]
    )
    late = outcomes(night, "night")
    assert late[0][0] == "deferred" and "hours of rest" in late[0][1] and "2026-11-24T08:00" in late[0][1]
    # Each answer is the ladder's own for that borrower.
    table = pq.read_table(source).to_batches()[0]
    for place, (status, _) in enumerate(day):
        values = prepare(ROOT, record_of(table, place), SCHEMA, "(row)").values
        said = decide(ladder, values, known.get(f"p{place}", Reach()), noon, SCHEMA)
        assert (status == "ok") == (
            (said.action, said.message, said.channel) == ("send", "soft-reminder", "sms")
        )
    history.write_text('{"contacts": []}\n', encoding="utf-8")
    with pytest.raises(LadderError, match="profile_id"):
        read_histories(history)
