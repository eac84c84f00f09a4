"""Files a second beside linters of the same trade: djlint, sqlfluff (Jinja), proselint, textlint.

    python bench/peers.py [--files 2000] [--jobs 2] [--rounds 3]

Writes templates of about 1 KB, half of them Chinese, each different; installs the peers from their registries in scratch
folders; runs every tool on the same files as whole processes, by turns, and reports the best of each. A peer that is slower than `--limit` seconds is stopped and
reported as slower than what it would have needed. Our second run answers from the cache.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINES = {
    "zh-CN": (
        "{{{{ creditor.name }}}}尊敬的客户，您编号{n}的账单{{{{ debt.due_date|day }}}}到期，应还{{{{ debt.amount_due|money }}}}。",
        "{{% if debt.days_past_due > {m} %}}如有困难，我们可以与您协商第{n}号方案。{{% else %}}如已还款，请忽略第{n}号提醒。{{% endif %}}",
        "{{{{ notice('complaint-channel') }}}}",
    ),
    "en-US": (
        "{{{{ creditor.name }}}}: your statement {n} of {{{{ debt.amount_due|money }}}} was due on {{{{ debt.due_date|day }}}}.",
        "{{% if debt.days_past_due > {m} %}}If it is hard to pay, we can look at plan {n} together.{{% else %}}If you have paid, please ignore reminder {n}.{{% endif %}}",
        "{{{{ notice('complaint-channel') }}}}",
    ),
}
FILL = {
    "zh-CN": (
        "我们的客服热线在工作日开放，第{n}号账单的明细可以在应用程序中查看。",
        "第{n}号账单的还款方式有三种，详情见附页。",
        "如果您对第{n}号账单有疑问，请把材料寄给我们。",
    ),
    "en-US": (
        "Our lines are open on weekdays, and the details of statement {n} are in the app.",
        "There are three ways to pay statement {n}, and they are listed overleaf.",
        "If you have questions about statement {n}, please send us your papers.",
    ),
}
KINDS = (("visit", "txt"), ("letter", "md"), ("email", "html"))


def write(folder: Path, count: int) -> list[Path]:
    """The templates: half of them Chinese, a third each plain text, Markdown and HTML."""
    made = []
    for number in range(count):
        locale = ("zh-CN", "en-US")[number % 2]
        channel, form = KINDS[number // 2 % 3]
        lines = [line.format(n=number, m=number % 90) for line in LINES[locale]]
        while sum(len(line.encode()) + (9 if form == "html" else 2) for line in lines) < 950:
            fill = FILL[locale][len(lines) % 3]
            lines.append(fill.format(n=number * 7 + len(lines)))
        if form == "html":
            paragraphs = "\n".join(f"<p>{line}</p>" for line in lines)
            text = (
                f'---\nsubject: "{number}"\n---\n<html lang="{locale}"><body>\n{paragraphs}\n</body></html>'
            )
        else:
            text = "\n\n".join(lines)
        path = folder / f"m{number:05}.{channel}.{locale}.{form}"
        path.write_text(text + "\n", encoding="utf-8")
        made.append(path)
    return made


MEASURE = """
import resource, subprocess, sys, time
started = time.perf_counter()
try:
    subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=float(sys.argv[1]))
    print(time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
except subprocess.TimeoutExpired:
    pass
"""


def measured(
    command: list[str], limit: float, environment: dict[str, str], cwd: Path
) -> tuple[float, float] | None:
    """Seconds of a whole command, and MB of its largest process; None past the limit."""
    made = subprocess.run(
        [sys.executable, "-c", MEASURE, str(limit), *command],
        capture_output=True,
        env=environment,
        cwd=cwd,
        check=True,
        text=True,
    ).stdout.split()
    return (float(made[0]), float(made[1])) if made else None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=float, default=240)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        venv = scratch / "venv"
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        python = str(venv / "bin/python")
        pip = [python, "-m", "pip", "install", "-q"]
        subprocess.run([*pip, str(ROOT), "djlint", "sqlfluff", "proselint"], check=True, capture_output=True)
        npm = shutil.which("npm")
        if npm:
            packages = ["textlint", "textlint-rule-no-todo", "textlint-rule-max-comma"]
            subprocess.run(
                [npm, "install", "--silent", *packages], cwd=scratch, check=True, capture_output=True
            )
        folder = scratch / "templates"
        folder.mkdir()
        # Whatever it is given ends in .sql unless a file says otherwise.
        (scratch / ".sqlfluff").write_text(
            "[sqlfluff]\ndialect = ansi\ntemplater = jinja\nsql_file_exts = .txt,.md,.html\n"
        )
        files = write(folder, given.files)
        environment = {
            **os.environ,
            "FAIRNOTICE_CACHE_DIR": str(scratch / "cache"),
            "PATH": f"{venv}/bin:{os.environ['PATH']}",
        }
        jobs = str(given.jobs)
        ours = ["fairnotice", "lint", "--jobs", jobs, str(folder)]
        commands = {
            "fairnotice, cold": ours,
            "fairnotice, warm": ours,
            "djlint": ["djlint", *map(str, files), "--lint", "--profile", "jinja"],
            "sqlfluff": ["sqlfluff", "lint", "--processes", jobs, str(folder)],
            "proselint": ["proselint", "check", *map(str, files)],
        }  # fmt: skip
        if npm:
            commands["textlint"] = [str(scratch / "node_modules/.bin/textlint"), "--rule", "no-todo", "--rule", "max-comma", str(folder)]  # fmt: skip
        else:
            print("textlint: not run, npm is not installed")
        rates: dict[str, float] = {}
        largest: dict[str, float] = {}
        for _ in range(given.rounds):
            shutil.rmtree(scratch / "cache", ignore_errors=True)
            for tool, command in commands.items():
                taken = measured(command, given.limit, environment, scratch)
                rates[tool] = max(rates.get(tool, 0), given.files / (taken[0] if taken else given.limit))
                largest[tool] = max(largest.get(tool, 0), taken[1] if taken else 0)
        for tool, rate in rates.items():
            slower = rate <= given.files / given.limit
            print(
                f"{tool:18} {'< ' if slower else ''}{rate:9.1f} files/s, largest process {largest[tool]:.0f} MB"
            )
        print(f"warm is {rates['fairnotice, warm'] / rates['fairnotice, cold']:.0f} x cold (bar 10)")


if __name__ == "__main__":
    main()
