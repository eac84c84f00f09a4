"""A second opinion: a linear model over short runs of characters and words, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from ...flow.record import record

MODEL = Path(__file__).resolve().parent / "tone.tsv"
SCALE = 100
"""The bias stands in the first line; weights are whole hundredths of a logit, Han features before the others."""

_HAN = r"[\u3400-\u9fff，。？！?!]+"
_WORDS = r"[a-z][a-z']*|[?!]"
_SHORT = 4


@record(key=())
class Opinion:
    """The probability that a sentence does harm, and the words that say so most."""

    probability: float
    words: tuple[str, ...]


def features(text: str) -> set[str]:
    """Runs of one to three characters (Han) or words (Latin) of a folded text, and beginnings of long words."""
    found: set[str] = set()
    if not text.isascii():
        for run in re.findall(_HAN, text):
            found.update(run)
            found.update(map("".join, itertools.pairwise(run)))
            found.update(map("".join, zip(run, run[1:], run[2:], strict=False)))
    words = re.findall(_WORDS, text)
    if words:
        found.update(words)
        found.update(map(" ".join, itertools.pairwise(words)))
        found.update(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
        found.update(word[:5] + "*" for word in words if len(word) > 5)
    return found


@lru_cache(maxsize=2)
def _weights(han: bool) -> Mapping[str, str]:
    """Weights of features with Han characters, or of those without: a text needs one of the two at most times."""
    _, first, second = MODEL.read_bytes().decode().split("\n\n")
    return dict(line.split("\t") for line in (first if han else second).splitlines())


@lru_cache(maxsize=1)
def _bias() -> float:
    with MODEL.open("rb") as handle:
        return float(handle.readline())


def _weigh(text: str) -> Mapping[str, int]:
    """The features of a text that have a weight."""
    found = features(text)
    made: dict[str, int] = {}
    for han in (False, True):
        mine = {feature for feature in found if feature.isascii() is not han}
        if mine:
            weights = _weights(han)
            made.update((feature, int(weights[feature])) for feature in mine & weights.keys())
    return made


def long_enough(text: str) -> bool:
    """Whether there is enough of a sentence to weigh."""
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return han >= _SHORT or len(re.findall(_WORDS, text)) >= _SHORT


def probability(text: str) -> float:
    """The probability that a folded sentence does harm."""
    total = sum(_weigh(text).values())
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, _bias() + total / SCALE))))


def opinion(text: str) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    weighed = sorted(
        ((weight, feature) for feature, weight in _weigh(text).items() if weight > 0), reverse=True
    )
    shown: list[str] = []
    for _, feature in weighed:
        if not any(feature in other or other in feature for other in shown):
            shown.append(feature.rstrip("*"))
        if len(shown) == 4:
            break
    return Opinion(probability(text), tuple(shown))
