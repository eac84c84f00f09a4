"""Start-up of the hook: `fairnotice lint` on one clean template against importing its three mandatory packages.

    python bench/startup.py [--repeat 15]

Builds a wheel, installs it in a scratch virtual environment and alternates the two whole processes.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINE = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}\n"
FILLER = "如已还款请忽略本提醒，感谢您的配合；如有困难，我们可以与您协商。\n"


def main() -> None:
    """Measure and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=15)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = lambda *command: subprocess.run(command, check=True, capture_output=True, cwd=folder)  # noqa: E731
        run(sys.executable, "-m", "venv", str(folder / "venv"))
        python = str(folder / "venv/bin/python")
        run(python, "-m", "pip", "install", "-q", str(ROOT))
        template = folder / "late.sms.zh-CN.txt"
        template.write_text(LINE + FILLER * 10, encoding="utf-8")
        ours = [str(folder / "venv/bin/fairnotice"), "lint", str(template)]
        floor = [python, "-c", "import click, jinja2, yaml"]
        times: dict[str, list[float]] = {"ours": [], "floor": []}
        for _ in range(repeat + 1):
            for key, command in (("ours", ours), ("floor", floor)):
                started = time.perf_counter()
                run(*command)
                times[key].append(time.perf_counter() - started)
        ours_s, floor_s = (statistics.median(times[key][1:]) for key in ("ours", "floor"))
        print(f"template: {len(template.read_bytes())} bytes, {repeat} alternating runs, medians")
        print(f"fairnotice lint {ours_s * 1000:.0f} ms, import click, jinja2, yaml {floor_s * 1000:.0f} ms")
        print(f"ratio {ours_s / floor_s:.2f} (bar: 2.00)")


main()
