"""A second opinion: a linear model over short runs of characters and words, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path

from ...flow.record import record
from .tokens import JOINED, Tokens

MODEL = Path(__file__).resolve().parent / "tone.tsv"
SCALE = 100
"""The bias stands in the first line; then, by weight in whole hundredths of a logit, the features with Han, and the
others."""

_SHORT = 4
_LONG_ENOUGH = re.compile(r"[\u3400-\u9fff](?:[^\u3400-\u9fff]*[\u3400-\u9fff]){3}")
_STEM = 5


@record(key=())
class Opinion:
    """The probability that a sentence does harm, and the words that say so most."""

    probability: float
    words: tuple[str, ...]


def features(text: Tokens) -> tuple[AbstractSet[str], AbstractSet[str]]:
    """What the model knows of a folded text: characters and words, alone and two by two, and beginnings of long words.

    Runs of three told nothing more in cross-validation, and cost a third of the time.
    """
    latin = text.latin
    if text.words:
        latin = latin.union([word[:_STEM] + "*" for word in text.words if len(word) > _STEM])
        latin.update([mark for mark in "?!" if mark in text.text])
    return text.characters if text.pairs else frozenset(), latin


@lru_cache(maxsize=2)
def _weights(han: bool) -> Mapping[str, int]:
    """Weights of features with Han characters, or of those without: a text needs one of the two at most times."""
    _, first, second = MODEL.read_bytes().decode().split("\n\n")
    made: dict[str, int] = {}
    for line in (first if han else second).splitlines():
        weight, _, found = line.partition("\t")
        made.update(dict.fromkeys(found.split("\t"), int(weight)))
    return made


@lru_cache(maxsize=1)
def _bias() -> float:
    with MODEL.open("rb") as handle:
        return float(handle.readline())


def _weigh(text: Tokens) -> int:
    total = 0
    for han, found in zip((True, False), features(text), strict=True):
        if found:
            weights = _weights(han)
            total += sum(map(weights.__getitem__, weights.keys() & found))
    return total


def long_enough(text: Tokens) -> bool:
    """Whether there is enough of a sentence to weigh."""
    return len(text.words) >= _SHORT or (bool(text.pairs) and _LONG_ENOUGH.search(text.text) is not None)


def probability(text: Tokens) -> float:
    """The probability that a folded sentence does harm."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, _bias() + _weigh(text) / SCALE))))


def opinion(text: Tokens) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    known = [
        (weights[feature], feature)
        for han, found in zip((True, False), features(text), strict=True)
        if found
        for weights in (_weights(han),)
        for feature in weights.keys() & found
    ]
    shown: list[str] = []
    for weight, feature in sorted(known, reverse=True):
        if weight > 0 and not any(feature in other or other in feature for other in shown):
            shown.append(feature)
        if len(shown) == 4:
            break
    words = tuple(feature.rstrip("*").replace(JOINED, " ") for feature in shown)
    return Opinion(probability(text), words)
