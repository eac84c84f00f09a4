"""The gallery: building all of it against rendering its samples once, and the size of its pages.

    python bench/gallery.py

Both in one run, from a cold start, in the real sandbox: a sample's words, and the HTML of e-mails and letters. The gallery
is also the proof: its time holds the linter's, the choice of samples, the checklists, ladders and pages.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

BAR, LARGEST = 3.0, 300
RENDER = """
import time
from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.gallery.delivered import delivers, document
from fairnotice.signoff.previews import previews_of
from fairnotice.signoff.samples import read_template, shown
from fairnotice.lint import witness

previews = [one for many in previews_of(shipped()).values() for one in many]
templates = {one.path: read_template(one.path)[1] for one in previews}
witness._sandbox.cache_clear()
witness._compiled.cache_clear()
started = time.perf_counter()
for one in previews:
    for sample in one.samples:
        made = shown(templates[one.path], sample.record, {}, "en")
        if delivers(one):
            document(one, made, shipped())
print(time.perf_counter() - started, sum(len(one.samples) for one in previews))
"""
BUILD = """
import sys, time
from pathlib import Path
from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.gallery import build
started = time.perf_counter()
build(shipped(), Path(sys.argv[1]))
print(time.perf_counter() - started)
"""


def run(code: str, *given: str) -> list[float]:
    """The numbers that a script of its own process prints."""
    made = subprocess.run([sys.executable, "-c", code, *given], check=True, capture_output=True, text=True)
    return [float(one) for one in made.stdout.split()]


def main() -> None:
    """Measure both in turn, three times, and print the pair in the middle."""
    with tempfile.TemporaryDirectory() as folder:
        pairs = [(*run(RENDER), *run(BUILD, folder)) for _ in range(3)]
        rendered, samples, built = sorted(pairs, key=lambda one: one[2] / one[0])[1]
        largest = max(Path(folder).glob("*.html"), key=lambda page: page.stat().st_size)
        pages = len(list(Path(folder).glob("*.html")))
        size = largest.stat().st_size / 1000
    print(f"{samples:.0f} samples rendered once: {rendered:.2f} s")
    print(f"gallery of {pages} pages: {built:.2f} s, {built / rendered:.2f} x (bar {BAR})")
    print(f"largest page: {largest.name}, {size:.0f} KB (bar {LARGEST})")


if __name__ == "__main__":
    main()
