"""Text throughput of the whole wording check on mixed text, after load, on one core.

    python bench/throughput.py [--repeat 5]

The text is the lawful half of the corpora and the shipped templates, half of it Chinese by bytes; every sentence
is made different by a number, so that nothing is answered from memory.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

import yaml
from fairnotice.flow.catalogue import shipped
from fairnotice.lint.wording.disguises import disguises
from fairnotice.lint.wording.engine import judge
from fairnotice.lint.wording.lexicon import load_lexicon

CORPORA = Path(__file__).resolve().parent.parent / "tests/corpora"


def lines() -> list[str]:
    """Lawful sentences of every language."""
    found = []
    for path in sorted((shipped() / "messages").rglob("*.txt")) + sorted(
        (shipped() / "messages").rglob("*.md")
    ):
        found += [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 10]
    for path in sorted(CORPORA.glob("wording.*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not path.name.startswith("wording.zh-HK"):
            for kinds in document.values():
                found += [str(text) for text in kinds["lawful"]]
    return found


def main() -> None:
    """Print MB/s."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=5)
    repeat = parser.parse_args().repeat
    lexicon = load_lexicon()
    texts = lines()
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
    print(f"{len(texts)} sentences, {size / 1e3:.0f} kB a turn: {statistics.median(rates):.2f} MB/s (bar 3)")
    print("jieba loaded:", "jieba" in sys.modules)


main()
