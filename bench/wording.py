"""The wording engine on labelled sentences: recall and false alarms by language, category and trick.

    python bench/wording.py [--half held] [--categories] [--baselines] [--misses] [LOCALE…]

Each list of `wording.*.yaml` alternates: entries 1, 3, 5 … are the half that entries were tuned on, 2, 4, 6 … the half
that nobody looked at. `judged.*.yaml` were written by another hand, and nobody looked at any of them. Found means an
error or a review; only an error on a lawful sentence is a false alarm. `bench/tricks.py` goes through the disguises.
"""

from __future__ import annotations

import argparse
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import yaml
from fairnotice.lint.wording.judgement import severity_of
from fairnotice.lint.wording.lexicon import Lexicon, load_lexicon

FOLDER = Path(__file__).resolve().parent.parent / "tests/corpora"
HALVES = ("tune", "held")


def cases(locale: str, half: str, kind: str = "wording") -> Iterator[tuple[str, bool, str]]:
    """(category, is a violation, sentence)."""
    document = yaml.safe_load((FOLDER / f"{kind}.{locale}.yaml").read_text(encoding="utf-8"))
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
    # What an entry finds by itself: literal words, of entries that need nothing beside them.
    plain = {
        word.replace("+", " ")
        for entry in lexicon.entries
        if entry.severity == "error" and len(entry.needs) == 1 and entry.needs[0][0] != "<"
        for word in entry.needs[0].split("|")
        if re.fullmatch(r"[a-z+]{4,}|[\u3400-\u9fff]{2,}", word)
    }
    words = re.compile("|".join(sorted(map(re.escape, plain), key=len, reverse=True)), re.I)
    yield f"word list ({len(plain)})", lambda text: words.search(text) is not None
    try:
        from better_profanity import profanity
    except ImportError:
        print("  better-profanity: pip install better-profanity")
        return
    profanity.load_censor_words()
    yield "better-profanity", profanity.contains_profanity


def rate(found: Sequence[str], *severities: str) -> str:
    """The share of verdicts that are of some severities (of any, where none is named)."""
    return interval(sum(one in severities if severities else bool(one) for one in found), len(found))


def table(name: str, verdicts: dict[tuple[str, bool], list[str]]) -> None:
    """One set of sentences: found, found as errors, disguised, false alarms."""
    plain = [one for (group, bad), found in verdicts.items() if bad and group != "disguised" for one in found]
    lawful = [one for (_, bad), found in verdicts.items() if not bad for one in found]
    alarms, hits = lawful.count("error"), plain.count("error")
    print(name)
    print(f"  found              {rate(plain)}")
    print(f"  found as error     {rate(plain, 'error')}")
    print(f"  disguised, found   {rate(verdicts['disguised', True])}")
    print(f"  false alarms       {rate(lawful, 'error')}")
    print(f"  lawful, to review  {rate(lawful, 'review')}")
    print(f"  precision (errors) {interval(hits, hits + alarms)}")


def by_category(verdicts: dict[tuple[str, bool], list[str]]) -> None:
    """One line a category."""
    for category in dict.fromkeys(category for category, _ in verdicts):
        bad, lawful = verdicts[category, True], verdicts[category, False]
        print(
            f"    {category:17} found {rate(bad)}, as error {rate(bad, 'error')}, false alarms {rate(lawful, 'error')}"
        )


def main() -> None:
    """Print one table a language."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("locales", nargs="*")
    parser.add_argument("--half", choices=HALVES, default="held")
    parser.add_argument(
        "--baselines", action="store_true", help="Also a plain word list, and better-profanity."
    )
    parser.add_argument("--categories", action="store_true", help="Also one line a category.")
    parser.add_argument(
        "--misses", action="store_true", help="Print the wrong ones (of the tuned half only)."
    )
    given = parser.parse_args()
    lexicon = load_lexicon()
    known = {tuple(path.name.split(".")[:2]) for path in FOLDER.glob("*.yaml")}
    for kind in ("wording", "judged"):
        for locale in sorted(locale for group, locale in known if group == kind):
            if given.locales and locale not in given.locales:
                continue
            half = given.half if kind == "wording" else "all"
            chosen = list(cases(locale, half, kind))
            verdicts: dict[tuple[str, bool], list[str]] = defaultdict(list)
            for category, bad, text in chosen:
                severity = severity_of(text, lexicon)
                verdicts[category, bad].append(severity)
                wrong = severity == "" if bad else severity == "error"
                if given.misses and half == "tune" and wrong:
                    print(f"{'MISS ' if bad else 'ALARM'} {category}: {text}")
            table(f"{locale} ({'judged' if kind == 'judged' else half})", verdicts)
            if given.categories:
                by_category(verdicts)
            if given.baselines:
                for name, found in baselines(lexicon):
                    shares = [
                        interval(sum(map(found, texts)), len(texts))
                        for texts in (
                            [text for group, bad, text in chosen if bad and group != "disguised"],
                            [text for group, bad, text in chosen if bad and group == "disguised"],
                            [text for _, bad, text in chosen if not bad],
                        )
                    ]
                    print(f"  {name}: found {shares[0]}, disguised {shares[1]}, false alarms {shares[2]}")


if __name__ == "__main__":
    main()
