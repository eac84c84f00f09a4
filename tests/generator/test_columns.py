"""Columns against Jinja: the same bytes for every row, the record model's own verdict for every doubtful one."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator import formats
from fairnotice.generator import render_batch as render_batch_module
from fairnotice.generator.acceptance import accepted, columns_of
from fairnotice.generator.columns import money, spelled
from fairnotice.generator.compiled import BatchPlan, explain
from fairnotice.generator.parts import set_aside
from fairnotice.generator.portfolio import flat_row, record_batch
from fairnotice.generator.profile import ProfileError, load_profile
from fairnotice.generator.render import NotMeantError, RenderError, prepare, render_message, schema_of
from fairnotice.generator.render_batch import (
    _one,
    output_schema,
    record_of,
    render_batch,
)

pa = pytest.importorskip("pyarrow", reason="pip install 'fairnotice[batch]'")

ROOT = shipped()
SCHEMA = schema_of(ROOT)
AS_OF = dt.date(2026, 11, 23)
LOCALES = {"zh-CN": "CNY", "zh-HK": "HKD", "en-US": "USD", "en-GB": "GBP", "es-US": "USD"}
NAMES = ["王小明", "𠮷田", "Zoë O'Neil", "Ana {x} [y] €", "  ", "a\nb", "x" * 60, "陳大文"]


def portfolio(rows: int, seed: int) -> Any:
    r = random.Random(seed)
    columns: dict[str, list[Any]] = {"profile_id": [], "brand": [], "borrower.name": [], "borrower.locale": [], "borrower.timezone": [], "borrower.jurisdiction": [], "debt.product": [], "debt.account_tail": [], "debt.currency": [], "debt.amount_due": [], "debt.due_date": [], "debt.minimum_due": [], "flags.refused": []}  # fmt: skip
    for number in range(rows):
        locale = r.choice(list(LOCALES))
        odd = r.random() < 0.1
        row = {
            "profile_id": "bad id!" if odd and r.random() < 0.2 else f"p{number}",
            "brand": "demo-bank" if r.random() < 0.98 else "nobody",
            "borrower.name": r.choice(NAMES if odd else NAMES[:4]),
            "borrower.locale": locale if r.random() < 0.99 else "fr-FR",
            "borrower.timezone": "Asia/Shanghai",
            "borrower.jurisdiction": "CN",
            "debt.product": "credit-card",
            "debt.account_tail": r.choice(["1234", "A9", "12345"]) if odd else "1234",
            "debt.currency": r.choice([LOCALES[locale], "JPY", "KWD"]),
            "debt.amount_due": r.choice([0, -5, None]) if odd else r.choice([1, 99, 100, 99999, 100000, 123456, 99999999, 10**12, r.randrange(1, 10**9)]),
            "debt.due_date": r.choice(["2026-02-30", "soon", None]) if odd and r.random() < 0.3 else (AS_OF - dt.timedelta(days=r.randrange(-20, 120))).isoformat(),
            "debt.minimum_due": r.choice([None, 5000]),
            "flags.refused": r.random() < 0.3,
        }  # fmt: skip
        for name, value in row.items():
            columns[name].append(value)
    return pa.RecordBatch.from_pydict(columns)


@pytest.mark.parametrize("message", ["pre-due", "soft-reminder", "firm-reminder", "final-reminder", "refusal-response", "visit-notice", "anti-fraud-notice"])  # fmt: skip
def test_every_row_is_what_the_single_path_makes_of_it(message: str) -> None:
    batch = portfolio(400, len(message))
    made = render_batch(batch, BatchPlan(ROOT, message, "sms"), AS_OF)
    assert made.schema == output_schema() and made.num_rows == batch.num_rows
    full = batch.append_column("debt.as_of", pa.array([AS_OF] * batch.num_rows, pa.date32()))
    counts = {"ok": 0, "invalid": 0, "suppressed": 0}
    for position, row in enumerate(made.to_pylist()):
        counts[row["status"]] += 1
        try:
            profile = prepare(ROOT, record_of(full, position), SCHEMA, "(row)")
            expected = render_message(ROOT, message, "sms", profile, SCHEMA)
        except NotMeantError:
            assert row["status"] == "suppressed"
        except Exception:
            assert row["status"] == "invalid" and row["body"] == ""
        else:
            assert row["status"] == "ok"
            assert row["body"].encode() == expected.body.encode()
            assert expected.sms is not None and row["parts"] == len(expected.sms.parts)
            assert row["message_key"].startswith(str(profile.profile_id) + "/")
    assert counts["ok"] > 0 or message == "visit-notice"


def test_the_same_batch_is_the_same_output() -> None:
    plan = BatchPlan(ROOT, "soft-reminder", "sms")
    assert render_batch(portfolio(200, 3), plan, AS_OF).equals(render_batch(portfolio(200, 3), plan, AS_OF))


@pytest.mark.parametrize("seed", range(5))
def test_what_the_predicate_accepts_the_model_accepts(seed: int) -> None:
    batch = portfolio(300, seed).append_column("debt.as_of", pa.array([AS_OF] * 300, pa.date32()))
    good = accepted(batch, columns_of(batch, SCHEMA)[0], SCHEMA).to_pylist()
    assert sum(good) > 150
    for position, fine in enumerate(good):
        record = record_of(batch, position)
        if fine and record["brand"] == "demo-bank":
            prepare(ROOT, record, SCHEMA, "(row)")


@pytest.mark.parametrize("locale", sorted(LOCALES))
@pytest.mark.parametrize("currency", sorted(formats.DECIMALS))
def test_money_is_the_formatters(locale: str, currency: str) -> None:
    r = random.Random(1)
    amounts = [0, 1, 9, 10, 99, 100, 999, 1000, 99999, 100000, 10**6, 10**9 - 1, 10**12, 10**15 - 1, 10**15]
    amounts += [r.randrange(10 ** r.randrange(1, 16)) for _ in range(300)]
    made = money(pa.array(amounts, pa.int64()), pa.array([currency] * len(amounts)), locale)
    assert made.to_pylist() == [formats.money(one, currency, locale) for one in amounts]


@pytest.mark.parametrize("locale", sorted(LOCALES))
def test_days_are_the_formatters(locale: str) -> None:
    days = [dt.date(2024, 2, 29) + dt.timedelta(days=step) for step in range(0, 800, 7)] + [None]
    made = spelled(pa.array(days, pa.date32()), lambda one: formats.day(one, locale))
    assert made.to_pylist() == [None if one is None else formats.day(one, locale) for one in days]


def test_the_gate_sets_values_aside_that_harm() -> None:
    batch = portfolio(100, 9)
    plan = BatchPlan(ROOT, "soft-reminder", "sms")
    closed = BatchPlan(ROOT, "soft-reminder", "sms", gate=lambda before, values, after: [False] * len(values))
    # The text message names nobody, so there is no value to refuse; the anti-fraud letter would.
    assert render_batch(batch, closed, AS_OF).num_rows == render_batch(batch, plan, AS_OF).num_rows


def test_what_was_not_written_is_told_without_values() -> None:
    made = render_batch(portfolio(300, 11), BatchPlan(ROOT, "soft-reminder", "sms"), AS_OF)
    told = list(set_aside(made, 1))
    assert told
    for entry in told:
        assert "a\nb" not in entry["hint"] and "12345" not in entry["hint"]


def test_templates_that_cannot_be_columns_say_why() -> None:
    assert explain(BatchPlan(ROOT, "soft-reminder", "sms"), "zh-CN") == "columnar"
    assert "conversation" in explain(BatchPlan(ROOT, "soft-reminder", "call"), "zh-CN")
    assert explain(BatchPlan(ROOT, "soft-reminder", "sms"), "fr-FR").startswith("row by row: no sms text")


def borrowers(rows: int, seed: int) -> Any:
    """The sample borrowers with other names, sums and plans: every message has some whom it is meant for."""
    r = random.Random(seed)
    known = [load_profile(path) for path in sorted((ROOT / "profiles").glob("*.yaml"))]
    made = []
    for number in range(rows):
        record = flat_row(r.choice(known), SCHEMA)
        record["profile_id"] = f"p{number}"
        record["borrower.name"] = r.choice([*NAMES[:4], "Jo & Co", "x*y", "陳小明", "Ann (Ltd)", "a_b@c.de", record["borrower.name"]])  # fmt: skip
        record["borrower.salutation"] = r.choice(["none", "mr", "ms"])
        if "plan.total" not in record:
            record["debt.amount_due"] = r.choice([record["debt.amount_due"], r.randrange(1, 10**9)])
            if record.get("plan.instalments"):
                days = [AS_OF + dt.timedelta(days=30 * place) for place in range(r.choice([1, 2, 3, 12]))]
                record["plan.instalments"] = [{"amount": r.randrange(1, 10**6), "due_date": day.isoformat()} for day in days]  # fmt: skip
        if r.random() < 0.1:
            record["debt.currency"] = r.choice(["JPY", "KWD", "CNY"])
        if r.random() < 0.03:
            record["debt.amount_due"] = -1
        made.append(record)
    return record_batch(made, SCHEMA)


EVERY = sorted(
    {
        (path.parent.name, path.name.split(".")[0])
        for path in (ROOT / "messages").glob("*/*.*.*")
        if not path.name.startswith("call.")
    }
)


@pytest.mark.parametrize(("message", "channel"), EVERY)
def test_every_message_is_written_as_columns_and_as_jinja_writes_it(
    message: str, channel: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_row: list[int] = []

    def one(batch: Any, position: int, *rest: Any) -> Any:
        by_row.append(position)
        return _one(batch, position, *rest)

    monkeypatch.setattr(render_batch_module, "_one", one)
    batch = borrowers(120, 5)
    made = render_batch(batch, BatchPlan(ROOT, message, channel), AS_OF).to_pylist()
    for position, row in enumerate(made):
        try:
            profile = prepare(ROOT, record_of(batch, position), SCHEMA, "(row)")
            expected = render_message(ROOT, message, channel, profile, SCHEMA)
        except NotMeantError as error:
            assert (row["status"], row["reason"]) == ("suppressed", error.message)
        except (ProfileError, RenderError):
            assert row["status"] == "invalid" and not row["body"] + row["html"]
        else:
            assert row["status"] == "ok"
            assert (row["subject"], row["body"], row["html"]) == (
                expected.subject,
                expected.body,
                expected.html,
            )
    # Jinja writes what is refused, proposals of instalments, and names that Markdown might read as marks.
    odd = [position for position in by_row if made[position]["status"] == "ok"]
    assert len(odd) <= len(made) // 4


MARKS = ["1. a", "- b", "=====", "`c`", "<b>d</b>", "a  b", "&amp;", "\\", "e\\", "https://x_y/(z)", "_a_ b", "**f**", "| g |", "# h", "> i", "[j](k)", "Zoë", "a\tb", "\"q\"", "O'Neil", "x<y", "7", "a~~b~~", "&lt", "!r", "*", "ok.", "x\ue100y"]  # fmt: skip


@pytest.mark.parametrize("channel", ["email", "letter"])
@pytest.mark.parametrize("locale", ["zh-CN", "en-US", "es-US"])
def test_names_that_look_like_markdown_are_only_names(channel: str, locale: str) -> None:
    record = next(
        one for path in sorted((ROOT / "profiles").glob("*-plan-offer.yaml"))
        if (one := flat_row(load_profile(path), SCHEMA))["borrower.locale"] == locale
    )  # fmt: skip
    rows = [{**record, "profile_id": f"p{place}", "borrower.name": name} for place, name in enumerate(MARKS)]
    batch = record_batch(rows, SCHEMA)
    made = render_batch(batch, BatchPlan(ROOT, "plan-offer", channel), AS_OF).to_pylist()
    for position, row in enumerate(made):
        try:
            profile = prepare(ROOT, record_of(batch, position), SCHEMA, "(row)")
        except ProfileError:
            assert row["status"] == "invalid"
            continue
        expected = render_message(ROOT, "plan-offer", channel, profile, SCHEMA)
        assert (row["body"], row["html"]) == (expected.body, expected.html)


def test_a_row_with_a_broken_record_is_one_row_out(tmp_path: Path) -> None:
    batch = pa.RecordBatch.from_pydict({"profile_id": ["a", None], "brand": ["demo-bank", "demo-bank"]})
    made = render_batch(batch, BatchPlan(ROOT, "soft-reminder", "sms"), AS_OF)
    assert made.column("status").to_pylist() == ["invalid", "invalid"]
    with pytest.raises(ProfileError):
        prepare(ROOT, {"profile_id": "a", "brand": "demo-bank"}, SCHEMA, "(row)")
