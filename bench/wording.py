"""The wording engine on labelled sentences: recall and false alarms by language, category and trick.

    python bench/wording.py [--half held] [--baselines] [--misses] [LOCALE…]

Each corpus list alternates: entries 1, 3, 5 … are the half that entries were tuned on, 2, 4, 6 … the half that
nobody looked at. Found means an error or a review; only an error on a lawful sentence is a false alarm.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from fairnotice.lint.wording.judgement import severity_of
from fairnotice.lint.wording.lexicon import Lexicon, load_lexicon

FOLDER = Path(__file__).resolve().parent.parent / "tests/corpora"
HALVES = ("tune", "held")


def cases(locale: str, half: str) -> Iterator[tuple[str, bool, str]]:
    """(category, is a violation, sentence)."""
    document = yaml.safe_load((FOLDER / f"wording.{locale}.yaml").read_text(encoding="utf-8"))
    for category, kinds in document.items():
        for kind in ("violations", "lawful"):
            for index, text in enumerate(kinds[kind]):
                if half == "all" or HALVES[index % 2] == half:
                    yield category, kind == "violations", str(text)


def interval(count: int, total: int) -> str:
    """A rate with its 95 % Wilson interval."""
    if not total:
        return "-"
    z, rate = 1.96, count / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    spread = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return f"{rate:6.1%} [{middle - spread:.2f}–{middle + spread:.2f}] of {total}"


def baselines(lexicon: Lexicon) -> Iterator[tuple[str, Callable[[str], bool]]]:
    """What a reviewer has without us: our own words as a plain list, and a public filter of obscenities."""
    plain: set[str] = set()
    for entry in lexicon.entries:
        if entry.severity == "cue" and len(entry.parts) == 1:
            plain.update(re.findall(r"[a-záéíóúñü' ]{4,}|[\u3400-\u9fff]{2,}", entry.parts[0]))
    words = re.compile("|".join(sorted(map(re.escape, plain), key=len, reverse=True)), re.I)
    yield f"word list ({len(plain)})", lambda text: words.search(text) is not None
    try:
        from better_profanity import profanity
    except ImportError:
        print("  better-profanity: pip install better-profanity")
        return
    profanity.load_censor_words()
    yield "better-profanity", profanity.contains_profanity


def main() -> None:
    """Print one table a language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("locales", nargs="*")
    parser.add_argument("--half", choices=("tune", "held", "all"), default="held")
    parser.add_argument(
        "--baselines", action="store_true", help="Also a plain word list, and better-profanity."
    )
    parser.add_argument("--misses", action="store_true", help="Print the wrong ones (not for the held half).")
    arguments = parser.parse_args()
    lexicon = load_lexicon()
    locales = arguments.locales or sorted(path.name.split(".")[1] for path in FOLDER.glob("wording.*.yaml"))
    for locale in locales:
        tally: dict[tuple[str, bool], list[str]] = defaultdict(list)
        for category, bad, text in cases(locale, arguments.half):
            severity = severity_of(text, lexicon)
            tally[category, bad].append(severity)
            wrong = severity == "" if bad else severity == "error"
            if arguments.misses and arguments.half != "held" and wrong:
                print(f"{'MISS ' if bad else 'ALARM'} {category}: {text}")
        plain = [
            one
            for (category, bad), found in tally.items()
            if bad and category != "disguised"
            for one in found
        ]
        hidden = tally["disguised", True]
        lawful = [one for (_, bad), found in tally.items() if not bad for one in found]
        print(f"{locale} ({arguments.half})")
        print(f"  found              {interval(sum(map(bool, plain)), len(plain))}")
        print(f"  found as error     {interval(plain.count('error'), len(plain))}")
        print(f"  disguised, found   {interval(sum(map(bool, hidden)), len(hidden))}")
        print(f"  false alarms       {interval(lawful.count('error'), len(lawful))}")
        print(f"  lawful, to review  {interval(lawful.count('review'), len(lawful))}")
        if arguments.baselines:
            for name, found in baselines(lexicon):
                bad = [
                    found(text)
                    for category, is_bad, text in cases(locale, arguments.half)
                    if is_bad and category != "disguised"
                ]
                hidden_ = [
                    found(text)
                    for category, is_bad, text in cases(locale, arguments.half)
                    if is_bad and category == "disguised"
                ]
                fine = [found(text) for _, is_bad, text in cases(locale, arguments.half) if not is_bad]
                print(
                    f"  {name}: found {interval(sum(bad), len(bad))}, disguised {interval(sum(hidden_), len(hidden_))}, false alarms {interval(sum(fine), len(fine))}"
                )
        weak = sorted(
            (sum(map(bool, found)) / len(found), category)
            for (category, bad), found in tally.items()
            if bad and sum(map(bool, found)) < len(found)
        )
        print("  weakest            " + ", ".join(f"{category} {rate:.0%}" for rate, category in weak[:8]))


if __name__ == "__main__":
    main()
