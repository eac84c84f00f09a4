"""A second opinion: a linear model over short runs of characters and words, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

MODEL = Path(__file__).resolve().parent / "tone.json"
SCALE = 100
"""Weights are stored as whole hundredths of a logit."""

_HAN = r"[\u3400-\u9fff，。？！?!]+"
_WORDS = r"[a-z][a-z']*|[?!]"
_SHORT = 4


@dataclass(frozen=True, eq=False)
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


@lru_cache(maxsize=1)
def _model() -> tuple[float, Mapping[str, int]]:
    document = json.loads(MODEL.read_text(encoding="utf-8"))
    return document["bias"], document["weights"]


def long_enough(text: str) -> bool:
    """Whether there is enough of a sentence to weigh."""
    han = sum("\u3400" <= character <= "\u9fff" for character in text)
    return han >= _SHORT or len(re.findall(_WORDS, text)) >= _SHORT


def probability(text: str) -> float:
    """The probability that a folded sentence does harm."""
    bias, weights = _model()
    total = sum(weights.get(feature, 0) for feature in features(text))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, bias + total / SCALE))))


def opinion(text: str) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    _, weights = _model()
    weighed = sorted(
        ((weights[feature], feature) for feature in features(text) if weights.get(feature, 0) > 0),
        reverse=True,
    )
    shown: list[str] = []
    for _, feature in weighed:
        if not any(feature in other or other in feature for other in shown):
            shown.append(feature.rstrip("*"))
        if len(shown) == 4:
            break
    return Opinion(probability(text), tuple(shown))
