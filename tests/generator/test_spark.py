"""Spark writes what the local engine writes, whatever happens to its tasks, on threads and on a real cluster."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.compiled import BatchPlan
from fairnotice.generator.portfolio import PortfolioError
from fairnotice.generator.run import run
from fairnotice.lint.gate import gate

pa = pytest.importorskip("pyarrow", reason="pip install 'fairnotice[batch]'")
pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("pyspark", reason="pip install 'fairnotice[spark]'")
if shutil.which("java") is None:
    pytest.skip("Spark needs Java: apt-get install openjdk-17-jre-headless", allow_module_level=True)

ROOT = shipped()
AS_OF = dt.date(2026, 11, 23)


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    # A task may fail three times before the run does.
    made = (
        SparkSession.builder.master("local[2,4]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 97)
        .getOrCreate()
    )
    yield made
    made.stop()


def portfolio(path: Path, rows: int = 600) -> Path:
    r = random.Random(6)
    names = ["王小明", "陳大文", "𠮷田", "老赖", ""]
    locales = {"zh-CN": "CNY", "en-US": "USD", "zh-HK": "HKD"}
    made: dict[str, list[Any]] = {name: [] for name in ("profile_id", "brand", "borrower.name", "borrower.locale", "borrower.timezone", "borrower.jurisdiction", "debt.product", "debt.account_tail", "debt.currency", "debt.amount_due", "debt.due_date", "plan.instalments")}  # fmt: skip
    for number in range(rows):
        locale = r.choice(list(locales))
        days = range(r.choice([0, 1, 3]))
        row = [f"p{number}", "demo-bank", r.choice(names), locale, "Asia/Shanghai", "CN", "credit-card", "1234", locales[locale], r.choice([-1, 5, 123456]), AS_OF - dt.timedelta(days=r.randrange(-3, 90)), [{"amount": 5 + day, "due_date": AS_OF + dt.timedelta(days=30 * day)} for day in days]]  # fmt: skip
        for column, value in zip(made.values(), row, strict=True):
            column.append(value)
    pq.write_table(pa.table(made), path, row_group_size=200)
    return path


def rows(out: Path) -> list[dict[str, Any]]:
    found = [row for part in sorted(out.glob("part-*.parquet")) for row in pq.read_table(part).to_pylist()]
    return sorted(found, key=lambda row: (row["message_key"], json.dumps(row, sort_keys=True)))


@pytest.mark.parametrize(("message", "channel"), [("soft-reminder", "sms"), ("plan-offer", "email")])
def test_same_bytes_as_the_local_engine(session: Any, tmp_path: Path, message: str, channel: str) -> None:
    from fairnotice.generator.spark import run_on_spark

    source = portfolio(tmp_path / "in.parquet")
    plan = BatchPlan(ROOT, message, channel, gate)
    local = run(source, tmp_path / "a", plan, AS_OF)
    made = run_on_spark(source, tmp_path / "b", plan, AS_OF, session=session)
    assert made == local and made.status["ok"] > 100 and made.status["invalid"] > 100
    assert rows(tmp_path / "a") == rows(tmp_path / "b")
    faults = [
        sorted((tmp_path / name / "quarantine.jsonl").read_text(encoding="utf-8").splitlines())
        for name in "ab"
    ]
    without_row = [[{**json.loads(line), "row": 0} for line in lines] for lines in faults]
    assert sorted(map(str, without_row[0])) == sorted(map(str, without_row[1]))
    assert sorted(path.name for path in (tmp_path / "b").iterdir() if not path.name.startswith("part-")) == ["manifest.json", "quarantine.jsonl"]  # fmt: skip


def test_lines_and_messages(session: Any, tmp_path: Path) -> None:
    from fairnotice.generator.spark import run_on_spark

    given = {"brand": "demo-bank", "borrower": {"name": "王小明", "locale": "zh-CN", "timezone": "Asia/Shanghai", "jurisdiction": "CN"}, "debt": {"product": "credit-card", "account_tail": "1234", "currency": "CNY", "amount_due": 5, "due_date": "2026-10-01", "as_of": "2026-11-23"}}  # fmt: skip
    lines = [json.dumps({"profile_id": f"p{number}", **given}, ensure_ascii=False) for number in range(50)]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join([*lines, "{broken"]) + "\n", encoding="utf-8")
    plan = BatchPlan(ROOT, "plan-offer", "email")
    made = run_on_spark(source, tmp_path / "a", plan, AS_OF, session=session, form="files")
    assert made.status == {"ok": 50, "invalid": 1}
    run(source, tmp_path / "b", plan, AS_OF, form="files")
    for path in (tmp_path / "b").glob("*.eml"):
        assert (tmp_path / "a" / path.name).read_bytes() == path.read_bytes()
    assert len(list((tmp_path / "a").glob("*.eml"))) == 50


def test_tasks_that_fail_and_run_again_do_no_harm(session: Any, tmp_path: Path) -> None:
    from fairnotice.generator.spark import run_on_spark

    def shaky(before: str, values: Sequence[str], after: str) -> list[bool]:
        from pyspark import TaskContext

        context = TaskContext.get()
        if (
            context is not None
            and context.attemptNumber() < 2
            and context.partitionId() == 0
            and len(values) > 1
        ):
            raise RuntimeError("the machine was taken away")
        return [True] * len(values)

    source = portfolio(tmp_path / "in.parquet")
    run(
        source,
        tmp_path / "a",
        BatchPlan(ROOT, "plan-offer", "letter", lambda b, v, a: [True] * len(v)),
        AS_OF,
    )
    run_on_spark(
        source, tmp_path / "b", BatchPlan(ROOT, "plan-offer", "letter", shaky), AS_OF, session=session
    )
    assert rows(tmp_path / "a") == rows(tmp_path / "b")


def test_what_goes_wrong_is_said_and_nothing_is_published(session: Any, tmp_path: Path) -> None:
    from fairnotice.generator.spark import run_on_spark

    table = pq.read_table(portfolio(tmp_path / "in.parquet", 40))
    pq.write_table(pa.concat_tables([table, table.slice(0, 1)]), tmp_path / "twice.parquet")
    plan = BatchPlan(ROOT, "soft-reminder", "sms")
    with pytest.raises(PortfolioError, match="stands twice"):
        run_on_spark(tmp_path / "twice.parquet", tmp_path / "out", plan, AS_OF, session=session)
    with pytest.raises(PortfolioError, match="max-invalid"):
        run_on_spark(tmp_path / "in.parquet", tmp_path / "out", plan, AS_OF, session=session, max_invalid=0.0)
    assert not list((tmp_path / "out").glob("part-*"))
    assert run_on_spark(tmp_path / "in.parquet", tmp_path / "out", plan, AS_OF, session=session).rows == 40
    with pytest.raises(PortfolioError, match="not empty"):
        run_on_spark(tmp_path / "in.parquet", tmp_path / "out", plan, AS_OF, session=session)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def test_a_real_master_and_worker(tmp_path: Path) -> None:
    import pyspark

    home = Path(pyspark.__file__).parent
    port, master = free_port(), ""
    master = f"spark://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "SPARK_HOME": str(home),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    started = []
    try:
        for role, rest in (
            ("master.Master", ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]),
            ("worker.Worker", [master, "--host", "127.0.0.1", "--cores", "2", "--memory", "1g", "--webui-port", "0", "--work-dir", str(tmp_path / "work")]),
        ):  # fmt: skip
            with (tmp_path / f"{role}.log").open("wb") as log:
                started.append(
                    subprocess.Popen(
                        [str(home / "bin/spark-class"), f"org.apache.spark.deploy.{role}", *rest],
                        env=environment,
                        stdout=log,
                        stderr=log,
                    )
                )
            for _ in range(120):
                if role == "worker.Worker" or socket.socket().connect_ex(("127.0.0.1", port)) == 0:
                    break
                time.sleep(0.25)
        source = portfolio(tmp_path / "in.parquet", 300)
        made = subprocess.run(
            [sys.executable, "-c", "from fairnotice.cli.main import main; main()", "generate", str(source), "--message", "soft-reminder", "--out", str(tmp_path / "b"), "--as-of", "2026-11-23", "--engine", "spark", "--master", master],
            env={**environment, "SPARK_DRIVER_MEMORY": "1g"}, capture_output=True, text=True, timeout=180, check=False,
        )  # fmt: skip
        assert made.returncode == 1, made.stderr[-2000:]
        assert "300 rows" in made.stdout
        log = (tmp_path / "worker.Worker.log").read_text(encoding="utf-8", errors="replace")
        assert "Asked to launch executor" in log
    finally:
        for process in started:
            process.kill()
            process.wait()
    run(source, tmp_path / "a", BatchPlan(ROOT, "soft-reminder", "sms", gate), AS_OF)
    assert rows(tmp_path / "a") == rows(tmp_path / "b")
