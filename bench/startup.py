"""Start-up of the hook: `fairnotice lint` on one clean template against importing its three mandatory packages, and
with a warm cache against importing click.

    python bench/startup.py [--repeat 15]

Builds a wheel, installs it in a scratch virtual environment and alternates the two whole processes.
"""

from __future__ import annotations

import argparse
import os
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
        template = folder / "templates/late.sms.zh-CN.txt"
        template.parent.mkdir()
        template.write_text(LINE + FILLER * 10, encoding="utf-8")
        ours = [str(folder / "venv/bin/fairnotice"), "lint", str(template)]
        commands = {
            "cold": ours,
            "warm": ours,
            "floor": [python, "-c", "import click, jinja2, yaml"],
            "click": [python, "-c", "import click"],
        }
        times: dict[str, list[float]] = {key: [] for key in commands}
        for turn in range(repeat + 1):
            for key, command in commands.items():
                cache = folder / ("cache" if key == "warm" else f"cache-{turn}")
                environment = {**os.environ, "FAIRNOTICE_CACHE_DIR": str(cache)}
                started = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True, cwd=folder, env=environment)
                times[key].append(time.perf_counter() - started)
        taken = {key: statistics.median(values[1:]) for key, values in times.items()}
        print(f"template: {len(template.read_bytes())} bytes, {repeat} alternating runs, medians")
        print(
            f"cold {taken['cold'] * 1000:.0f} ms, import click, jinja2, yaml {taken['floor'] * 1000:.0f} ms"
        )
        print(f"warm {taken['warm'] * 1000:.0f} ms, import click {taken['click'] * 1000:.0f} ms")
        print(
            f"ratio cold {taken['cold'] / taken['floor']:.2f} (bar: 2.00), warm {taken['warm'] / taken['click']:.2f} (bar: 1.50)"
        )


if __name__ == "__main__":
    main()
