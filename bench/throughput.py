"""Text throughput of the whole wording check on mixed text, after load, on one core.

    python bench/throughput.py [--repeat 5]

Ordinary text: what the shipped messages say, as proven in `templates/renders`, half of it Chinese by bytes. Hard text:
the lawful look-alikes of the corpora, in which nearly every sentence holds a candidate. Every sentence is made
different by a number, so that nothing is answered from memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import yaml
from fairnotice.lint.wording.disguises import disguises
from fairnotice.lint.wording.engine import judge
from fairnotice.lint.wording.lexicon import load_lexicon

ROOT = Path(__file__).resolve().parent.parent


def ordinary() -> list[str]:
    """Sentences of the shipped messages, as many bytes of Chinese as of other languages."""
    found = {True: [], False: []}
    for path in sorted((ROOT / "templates/renders").rglob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if len(line) > 10:
                found["zh-" in path.name].append(line)
    kinds = [sorted(set(lines)) for lines in found.values()]
    enough = min(sum(len(line.encode()) for line in lines) for lines in kinds)
    return [line for lines in kinds for line in _up_to(lines, enough)]


def _up_to(lines: list[str], size: int) -> Iterator[str]:
    for line in lines:
        size -= len(line.encode())
        if size < 0:
            return
        yield line


def hard() -> list[str]:
    """Lawful sentences of the corpora."""
    found = []
    for path in sorted((ROOT / "tests/corpora").glob("wording.*.yaml")):
        for kinds in yaml.safe_load(path.read_text(encoding="utf-8")).values():
            found += [str(text) for text in kinds["lawful"]]
    return found


def main() -> None:
    """Print MB/s."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    lexicon = load_lexicon()
    for name, texts in (("ordinary", ordinary()), ("hard", hard())):
        for text in texts:
            judge(text, lexicon)
        rates = []
        for turn in range(repeat):
            fresh = [f"{text} ({turn}.{number})" for number, text in enumerate(texts)]
            size = sum(len(text.encode()) for text in fresh)
            started = time.perf_counter()
            for text in fresh:
                judge(text, lexicon)
                list(disguises(text))
            rates.append(size / (time.perf_counter() - started) / 1e6)
        loaded = "jieba was loaded" if "jieba" in sys.modules else "jieba was not loaded"
        print(
            f"{name:9} {len(texts)} sentences, {size / 1e3:.0f} kB a turn: "
            f"{statistics.median(rates):.2f} MB/s (bar 3), {loaded}"
        )


if __name__ == "__main__":
    main()
