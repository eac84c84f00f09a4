"""A second opinion: a linear model over short runs of characters and words, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path

from ...flow.record import record
from .tokens import JOINED, Tokens

MODEL = Path(__file__).resolve().parent / "tone.tsv"
SCALE = 100
"""The file: the bias and the evidence, then the features with Han, then the others; by weight, in whole hundredths of a
logit."""

_SHORT = 4
_HAN = re.compile(r"[\u3400-\u9fff]")
_STEM = 5


@record(key=())
class Opinion:
    """The probability that a sentence does harm, and the words that say so most."""

    probability: float
    words: tuple[str, ...]


def features(text: Tokens) -> tuple[set[str], set[str]]:
    """What the model knows of a folded text, with Han and without.

    Characters and words, alone and two by two, beginnings of long words, the first three and the last of a sentence.
    Runs of three told nothing more in cross-validation.
    """
    han: set[str] = set()
    characters = _HAN.findall(text.text) if text.wide else ()
    if characters:
        first, last = characters[:3], characters[-1]
        han = text.characters | {"^" + "".join(first[:length]) for length in range(1, len(first) + 1)}
        han |= {last + "$", "".join(characters[-2:]) + "$"}
    words = text.words
    if not words:
        return han, set()
    latin = text.latin.union([word[:_STEM] + "*" for word in words if len(word) > _STEM])
    latin.update([mark for mark in "?!" if mark in text.text])
    if not characters:
        latin.update(("^" + words[0], words[-1] + "$"))
        latin.update(["^" + JOINED.join(words[:length]) for length in (2, 3) if len(words) >= length])
    return han, latin


def evidence(found: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What the lexicon found, as features: pairs of the rule's code and the severity, before the tone is asked."""
    return frozenset(
        feature for code, severity in found for feature in (f"={severity}", f"={code}:{severity}")
    )


@lru_cache(maxsize=3)
def _weights(section: int) -> Mapping[str, int]:
    """Weights of evidence (0), of features with Han (1), of the others (2): a text seldom needs the last two both."""
    made: dict[str, int] = {}
    for line in MODEL.read_bytes().decode().split("\n\n")[section].splitlines():
        weight, _, found = line.partition("\t")
        if found:
            made.update(dict.fromkeys(found.split("\t"), int(weight)))
    return made


@lru_cache(maxsize=1)
def _bias() -> float:
    with MODEL.open("rb") as handle:
        return float(handle.readline())


def _known(text: Tokens, found: AbstractSet[str]) -> Iterator[tuple[Mapping[str, int], AbstractSet[str]]]:
    for section, present in enumerate((found, *features(text))):
        if present:
            weights = _weights(section)
            yield weights, weights.keys() & present


def long_enough(text: Tokens) -> bool:
    """Whether there is enough of a sentence to weigh."""
    return len(text.words) >= _SHORT or (text.wide and len(_HAN.findall(text.text)) >= _SHORT)


def probability(text: Tokens, found: AbstractSet[str] = frozenset()) -> float:
    """The probability that a folded sentence does harm; `found` is the `evidence` of the lexicon."""
    total = sum(sum(map(weights.__getitem__, present)) for weights, present in _known(text, found))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, _bias() + total / SCALE))))


def opinion(text: Tokens) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    known = [
        (weights[feature], feature.strip("^$*").replace(JOINED, " "))
        for weights, present in _known(text, frozenset())
        for feature in present
    ]
    shown: list[str] = []
    for weight, feature in sorted(known, reverse=True):
        if weight > 0 and not any(feature in other or other in feature for other in shown):
            shown.append(feature)
        if len(shown) == 4:
            break
    return Opinion(probability(text), tuple(shown))
