"""Batches: Parquet to Parquet with validation and gate, against bare loops of Jinja and minijinja over the same rows.

    python bench/batch.py [--rows 1000000] [--jobs 2] [--spark] [--plots docs/bench]

A loop renders one compiled template, with plain filters, over all the same rows, already loaded, in one process. Rows a
second of the batch count everything: reading, validation, gate, rendering, the comparison with Jinja, writing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.formats import day, money

AS_OF = dt.date(2026, 11, 23)
LOCALE = "zh-CN"
FAMILY, GIVEN = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华文建国玉龙鹏",
)
SMS = "firm-reminder"
MAIL = "plan-offer"


def portfolio(path: Path, rows: int, instalments: int, start: int = 0) -> Path:
    """Made-up borrowers in zh-CN, written block by block."""
    r = random.Random(7)
    writer: Any = None
    for first in range(start, start + rows, 100_000):
        count = min(100_000, start + rows - first)
        table = _block(r, first, count, instalments)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def _block(r: random.Random, first: int, rows: int, instalments: int) -> pa.Table:
    def constant(value: Any) -> pa.Array:
        return pa.array([value] * rows)

    columns: dict[str, Any] = {
        "profile_id": [f"p{number}" for number in range(first, first + rows)],
        "brand": constant("demo-bank"),
        "borrower.name": [r.choice(FAMILY) + r.choice(GIVEN) + r.choice(GIVEN) for _ in range(rows)],
        "borrower.salutation": r.choices(["none", "mr", "ms"], k=rows),
        "borrower.locale": constant(LOCALE),
        "borrower.timezone": constant("Asia/Shanghai"),
        "borrower.jurisdiction": constant("CN"),
        "debt.product": constant("credit-card"),
        "debt.account_tail": [f"{r.randrange(10000):04}" for _ in range(rows)],
        "debt.currency": constant("CNY"),
        "debt.amount_due": pa.array([r.randrange(1, 10**8) for _ in range(rows)], pa.int64()),
        "debt.due_date": pa.array([AS_OF - dt.timedelta(days=r.randrange(1, 90)) for _ in range(rows)]),
        "debt.as_of": constant(AS_OF),
    }
    if instalments:
        days = [AS_OF + dt.timedelta(days=30 * (place + 1)) for place in range(instalments)]
        columns["plan.instalments"] = pa.array(
            [[{"amount": r.randrange(1, 10**6), "due_date": one} for one in days] for _ in range(rows)],
            pa.list_(pa.struct([("amount", pa.int64()), ("due_date", pa.date32())])),
        )
    return pa.table(columns)


def repository(folder: Path) -> Path:
    """The shipped templates with a layout as long as real ones: about 6 KB a page."""
    shutil.copytree(shipped(), folder, ignore=shutil.ignore_patterns("renders", "profiles", "__pycache__"))
    layout = folder / "layouts/email.html"
    rules = "\n".join(
        f".block-{number} {{ margin: 0 0 {number}px; padding: 8px; border: 0; }}" for number in range(72)
    )
    layout.write_text(
        layout.read_text(encoding="utf-8").replace("</style>", rules + "\n</style>"), encoding="utf-8"
    )
    return folder


def facts(root: Path) -> dict[str, Any]:
    """The brand's facts, as templates see them."""
    from fairnotice.generator.render import brand_facts

    return {key: dict(value) for key, value in brand_facts(root, "demo-bank", LOCALE).items()}


def scope(row: Mapping[str, Any], brand: Mapping[str, Any]) -> dict[str, Any]:
    """One row as nested dictionaries."""
    made: dict[str, Any] = {key: dict(value) for key, value in brand.items()}
    for path, value in row.items():
        group, _, name = path.partition(".")
        if name:
            made.setdefault(group, {})[name] = value
    past = (row["debt.as_of"] - row["debt.due_date"]).days
    made["debt"].update(
        days_past_due=past,
        stage="soft" if past < 16 else "firm" if past < 61 else "final",
        minimum_due=None,
        fees=None,
    )
    made.setdefault("plan", {"instalments": [], "active": False})
    made["flags"] = {"refused": False}
    return made


def loops(text: str, blocks: Iterator[list[dict[str, Any]]]) -> dict[str, float]:
    """Rows a second of a bare loop, by engine. `text` is one self-contained template; rows are loaded block by block."""
    from jinja2 import Environment
    from minijinja import Environment as Mini

    titles = {"mr": "先生", "ms": "女士"}
    filters: dict[str, Callable[..., str]] = {
        "money": lambda value: money(value, "CNY", LOCALE),
        "day": lambda value: day(value, LOCALE),
        "mask": lambda value: "*" + value[-4:],
        "honorific": lambda name, title: name + titles.get(title, ""),
    }
    environment = Environment(trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(filters)
    mini = Mini(trim_blocks=True, lstrip_blocks=True)
    for name, one in filters.items():
        mini.add_filter(name, one)
    template = environment.from_string(text)
    mini.add_template("t", text)
    rows = 0
    taken = dict.fromkeys(("jinja", "minijinja"), 0.0)
    for scopes in blocks:
        assert template.render(scopes[0]).strip() == mini.render_template("t", **scopes[0]).strip()
        rows += len(scopes)
        for engine, render in (
            ("jinja", lambda one: template.render(one)),
            ("minijinja", lambda one: mini.render_template("t", **one)),
        ):
            started = time.perf_counter()
            for one in scopes:
                render(one)
            taken[engine] += time.perf_counter() - started
    return {engine: rows / seconds for engine, seconds in taken.items()}


def loaded(source: Path, brand: Mapping[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The rows of a portfolio as a template sees them, a row group at a time."""
    file = pq.ParquetFile(source)
    for group in range(file.num_row_groups):
        scopes = [scope(row, brand) for row in file.read_row_group(group).to_pylist()]
        for one in scopes:
            one.update(subject="为您提供的分期协商方案", locale=LOCALE)
        yield scopes


def whole_text(root: Path, path: str) -> str:
    """A template with its notices written in, so that a loop pays for nothing but its words."""
    import re

    text = (root / path).read_text(encoding="utf-8")
    text = text.split("---\n", 2)[2] if text.startswith("---\n") else text
    return re.sub(
        r"\{\{ notice\('([\w-]+)'\) \}\}",
        lambda found: (root / f"notices/{found.group(1)}.{LOCALE}.txt").read_text(encoding="utf-8"),
        text,
    )


def page_text(root: Path) -> str:
    """The HTML page of the e-mail as one template: each paragraph and the table as Markdown would write them."""
    paragraphs = whole_text(root, f"messages/{MAIL}/email.{LOCALE}.md").strip().split("\n\n")
    body = "\n".join(TABLE if "{% for" in one else f"<p>{one}</p>" for one in paragraphs)
    return (root / "layouts/email.html").read_text(encoding="utf-8").replace("{{ body }}", body)


TABLE = """<table>
<thead>
<tr><th>还款日</th><th>金额</th></tr>
</thead>
<tbody>
{% for instalment in plan.instalments %}
<tr>
<td>{{ instalment.due_date|day }}</td>
<td>{{ instalment.amount|money }}</td>
</tr>
{% endfor %}
</tbody>
</table>"""


def batch(
    source: Path, out: Path, root: Path, message: str, channel: str, jobs: int
) -> tuple[float, float, int]:
    """(rows a second, peak MB of the largest process, rows) of one run, in a process of its own."""
    code = f"""
import datetime as dt, resource, sys, time
from pathlib import Path
from fairnotice.generator.compiled import BatchPlan
from fairnotice.generator.run import run
from fairnotice.lint.gate import gate
started = time.perf_counter()
totals = run(Path({str(source)!r}), Path({str(out)!r}), BatchPlan(Path({str(root)!r}), {message!r}, {channel!r}, gate), dt.date(2026, 11, 23), jobs=int({jobs}))
taken = time.perf_counter() - started
assert totals.status == {{"ok": totals.rows}}, totals
own = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(totals.rows / taken, max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024, totals.rows)
"""
    # Arrow imports pandas where it is installed. Spark brings it, `fairnotice[batch]` does not: the local engine is measured without.
    hidden = out.parent / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "pandas.py").write_text("raise ImportError('hidden')\n", encoding="utf-8")
    said = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(hidden)},
    ).stdout.split()
    shutil.rmtree(out)
    return float(said[0]), float(said[1]), int(said[2])


def spark(source: Path, out: Path, root: Path) -> float:
    """Rows a second of Spark `local[2]` on a session that has run the job before (start-up excluded)."""
    code = f"""
import datetime as dt, shutil, time
from pathlib import Path
from fairnotice.generator import spark
from fairnotice.generator.compiled import BatchPlan
from fairnotice.lint.gate import gate
session = spark.session_on("local[2]", "sms")
taken = []
for turn in range(4):
    started = time.perf_counter()
    totals = spark.run_on_spark(Path({str(source)!r}), Path({str(out)!r}), BatchPlan(Path({str(root)!r}), {SMS!r}, "sms", gate), dt.date(2026, 11, 23), session=session)
    taken.append(time.perf_counter() - started)
    shutil.rmtree({str(out)!r})
print(totals.rows / sorted(taken[1:])[1])
"""
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return float(said.split()[-1])


@dataclass(frozen=True)
class Measured:
    """One kind of message: rows a second of the loops, and (rows, jobs, rows a second, MB) of each run."""

    label: str
    bar: int
    loops: dict[str, float]
    runs: list[tuple[int, int, float, float]]


def measure(label: str, message: str, channel: str, instalments: int, bar: int, rows: int, jobs: int, folder: Path, root: Path) -> Measured:  # fmt: skip
    """The loops, then a tenth of the rows and all of them, in one process and in several."""
    source = portfolio(folder / f"{channel}.parquet", rows, instalments)
    tenth = portfolio(folder / f"{channel}-tenth.parquet", max(rows // 10, 1), instalments)
    text = (
        page_text(root)
        if channel == "email"
        else whole_text(root, f"messages/{message}/{channel}.{LOCALE}.txt")
    )
    rates = loops(text, loaded(source, facts(root)))
    print(
        f"{label}: loops " + ", ".join(f"{engine} {rate:,.0f} rows/s" for engine, rate in rates.items()),
        flush=True,
    )
    runs = []
    for count, given in ((max(rows // 10, 1), tenth), (rows, source)):
        for workers in (1, jobs):
            rate, memory, _ = batch(given, folder / "out", root, message, channel, workers)
            runs.append((count, workers, rate, memory))
            print(
                f"{label}: {count:,} rows, {workers} job(s): {rate:,.0f} rows/s ({count / rate:.1f} s), "
                f"{rate / rates['jinja']:.1f} x Jinja (bar {bar}), {rate / rates['minijinja']:.1f} x minijinja, peak {memory:.0f} MB a process",
                flush=True,
            )
    return Measured(label, bar, rates, runs)


def plot(found: list[Measured], overhead: tuple[float, float] | None, target: Path) -> None:
    """Rates as bars, time and memory by rows."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "fairnotice"
    from matplotlib import pyplot

    target.mkdir(parents=True, exist_ok=True)
    figure, axes = pyplot.subplots(1, len(found) + 1, figsize=(4.5 * (len(found) + 1), 3.6))
    for axis, one in zip(axes, found, strict=False):
        most = max(count for count, *_ in one.runs)
        names = list(one.loops) + [
            f"fairnotice,\n{jobs} job(s)" for count, jobs, *_ in one.runs if count == most
        ]
        heights = list(one.loops.values()) + [rate for count, _, rate, _ in one.runs if count == most]
        if overhead and one is found[0]:
            names, heights = [*names, "Spark\nlocal[2]"], [*heights, overhead[1]]
        axis.bar(
            names, heights, color=["#8a8a8a"] * len(one.loops) + ["#2f6fb0"] * (len(names) - len(one.loops))
        )
        axis.axhline(
            one.bar * one.loops["jinja"], color="#b04a2f", linestyle="--", label=f"bar: {one.bar} x Jinja"
        )
        axis.set_title(f"{one.label}: rows a second")
        axis.legend()
        axis.tick_params(axis="x", labelsize=8)
    last = axes[-1]
    for one in found:
        most_jobs = max(jobs for _, jobs, *_ in one.runs)
        points = [(count, count / rate) for count, jobs, rate, _ in one.runs if jobs == most_jobs]
        last.plot(*zip(*points, strict=True), marker="o", label=f"{one.label}, {most_jobs} jobs")
    last.set(xscale="log", yscale="log", xlabel="rows", title="seconds by rows")
    last.legend()
    figure.tight_layout()
    figure.savefig(target / "batch.svg", metadata={"Date": None})


def main() -> None:
    """Measure and print the ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rows", type=int, default=1_000_000, help="Borrowers of the text messages; e-mails a fifth."
    )
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", choices=["sms", "email"])
    parser.add_argument("--spark", action="store_true")
    parser.add_argument("--plots", type=Path)
    given = parser.parse_args()
    overhead = None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        root = repository(folder / "templates")
        found = []
        if given.only != "email":
            found.append(measure("SMS", SMS, "sms", 0, 8, given.rows, given.jobs, folder, root))
        if given.spark and found:
            rate = spark(folder / "sms.parquet", folder / "out", root)
            local = next(
                rate for count, jobs, rate, _ in found[0].runs if (count, jobs) == (given.rows, given.jobs)
            )
            overhead = (local, rate)
            print(
                f"Spark local[2]: {rate:,.0f} rows/s, {rate / local:.2f} x the local engine (bar 0.6)",
                flush=True,
            )
        if given.only != "sms":
            found.append(measure("e-mail, 12 instalments", MAIL, "email", 12, 3, max(given.rows // 5, 1), given.jobs, folder, root))  # fmt: skip
    if given.plots:
        plot(found, overhead, given.plots)


if __name__ == "__main__":
    main()
