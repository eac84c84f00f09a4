"""Batches: columnar text messages, Parquet to Parquet with validation and gate, against a bare Jinja loop.

    python bench/batch.py [--rows 200000] [--jobs 2]

The loop renders one compiled template over rows that are already loaded, with the same filters, in one process.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import tempfile
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.compiled import BatchPlan
from fairnotice.generator.environment import build_environment
from fairnotice.generator.render import prepare, schema_of
from fairnotice.generator.render_batch import record_of
from fairnotice.generator.run import run
from fairnotice.generator.scope import build_scope
from fairnotice.lint.gate import gate

AS_OF = dt.date(2026, 11, 23)
FAMILY, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文建国玉龙鹏",
)


def portfolio(rows: int) -> pa.Table:
    """Made-up borrowers in zh-CN."""
    r = random.Random(7)
    constant = lambda value: pa.array([value] * rows)  # noqa: E731
    return pa.table(
        {
            "profile_id": [f"p{number}" for number in range(rows)],
            "brand": constant("demo-bank"),
            "borrower.name": [r.choice(FAMILY) + r.choice(GIVEN) + r.choice(GIVEN) for _ in range(rows)],
            "borrower.locale": constant("zh-CN"),
            "borrower.timezone": constant("Asia/Shanghai"),
            "borrower.jurisdiction": constant("CN"),
            "debt.product": constant("credit-card"),
            "debt.account_tail": [f"{r.randrange(10000):04}" for _ in range(rows)],
            "debt.currency": constant("CNY"),
            "debt.amount_due": pa.array([r.randrange(1, 10**8) for _ in range(rows)], pa.int64()),
            "debt.due_date": pa.array([AS_OF - dt.timedelta(days=r.randrange(1, 90)) for _ in range(rows)]),
            "debt.as_of": constant(AS_OF),
        }
    )


def main() -> None:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    root = shipped()
    schema = schema_of(root)
    table = portfolio(given.rows)
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "in.parquet"
        pq.write_table(table, source)
        few = table.slice(0, 20_000).combine_chunks().to_batches()[0]
        scopes = []
        for position in range(few.num_rows):
            record = record_of(few, position)
            scopes.append(record)
        profile = prepare(root, scopes[0], schema, "(row)")
        text = (root / "messages/firm-reminder/sms.zh-CN.txt").read_text(encoding="utf-8")
        template = build_environment(root, "zh-CN", "sms").from_string(text)
        ready = [
            build_scope(
                schema, {**profile.values, **{key: value for key, value in flat.items() if "." in key}}
            )
            for flat in few.to_pylist()
        ]
        started = time.perf_counter()
        for scope in ready:
            template.render(scope)
        loop = len(ready) / (time.perf_counter() - started)
        for jobs in (1, given.jobs):
            started = time.perf_counter()
            totals = run(
                source,
                Path(name) / f"out{jobs}",
                BatchPlan(root, "firm-reminder", "sms", gate),
                AS_OF,
                jobs=jobs,
            )
            ours = totals.rows / (time.perf_counter() - started)
            print(
                f"{jobs} job(s): {ours:,.0f} rows/s, Jinja loop {loop:,.0f} rows/s, ratio {ours / loop:.1f} (bar 8)"
            )
        print(
            f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; {dict(totals.status)}"
        )


if __name__ == "__main__":
    main()
