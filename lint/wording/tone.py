"""A second opinion: a small network over characters, words and each two of them, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.

Each feature of a sentence adds `UNITS` numbers; a unit passes on what is positive of its sum; a weighted sum of the
units is the logit. There is one network for texts in Han and one for the others, since they share no words.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Any

from ...flow.record import record
from .tokens import JOINED, Tokens

FOLDER = Path(__file__).resolve().parent
UNITS = 8
MIDDLE = 128
"""A weight is stored as one byte, this much above its value."""

_AT_ONCE = 255
"""So many features are added at once: each unit has two bytes of the sum."""
_LANES = struct.Struct(f"<{UNITS}H")
_SHORT = 4
_HAN = re.compile(r"[\u3400-\u9fff]")
_STEM = 5


@record(key=())
class Opinion:
    """The probability that a sentence does harm, and the words that say so most."""

    probability: float
    words: tuple[str, ...]


def model_file(script: str) -> Path:
    """The file of a script's network (`han` or `latin`): a line of JSON (`bias`, and for each unit `start`, `scale` and
    `weight`), a line of features, then `UNITS` bytes for each feature."""
    return FOLDER / f"tone.{script}.bin"


def han_features(text: Tokens) -> set[str]:
    """What the network for Han knows of a folded text: characters and words, each two characters, its first and last."""
    characters = _HAN.findall(text.text)
    if not characters:
        return set()
    first, last = characters[:3], characters[-1]
    return text.characters.union(
        ["^" + "".join(first[:length]) for length in range(1, len(first) + 1)],
        (last + "$", "".join(characters[-2:]) + "$"),
    )


def latin_features(text: Tokens) -> set[str]:
    """What the other network knows: words, each two, the beginnings of long ones, the first three and the last."""
    words = text.words
    if not words:
        return set()
    found = text.latin.union([word[:_STEM] + "*" for word in words if len(word) > _STEM])
    found.update([mark for mark in "?!" if mark in text.text])
    found.update(("^" + words[0], words[-1] + "$"))
    found.update(["^" + JOINED.join(words[:length]) for length in (2, 3) if len(words) >= length])
    return found


def evidence(found: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What the lexicon found, as features: pairs of the rule's code and the severity, before the tone is asked."""
    return frozenset(
        feature for code, severity in found for feature in (f"={severity}", f"={code}:{severity}")
    )


class _Network(dict[str, int]):
    """Features to their numbers for all units, side by side in one integer, worked out when first met."""

    def __init__(self, path: Path):
        super().__init__()
        head, keys, self._weights = path.read_bytes().split(b"\n", 2)
        known: dict[str, Any] = json.loads(head)
        self.bias: float = known["bias"]
        self.units: list[tuple[float, float, float]] = list(
            zip(known["start"], known["scale"], known["weight"], strict=True)
        )
        names = keys.decode().split("\t")
        self.places: Mapping[str, int] = dict(zip(names, range(len(names)), strict=True))

    def __missing__(self, feature: str) -> int:
        place = self.places[feature] * UNITS
        wide = bytearray(2 * UNITS)
        wide[::2] = self._weights[place : place + UNITS]
        made = self[feature] = int.from_bytes(wide, "little")
        return made

    def weights(self, feature: str) -> list[int]:
        """A feature's number for each unit."""
        place = self.places[feature] * UNITS
        return [byte - MIDDLE for byte in self._weights[place : place + UNITS]]

    def sums(self, known: Collection[str]) -> list[float]:
        """For each unit the sum over features that it knows."""
        if len(known) > _AT_ONCE:
            rest = list(known)
            parts = [self.sums(rest[start : start + _AT_ONCE]) for start in range(0, len(rest), _AT_ONCE)]
            return [
                sum(totals) - (len(parts) - 1) * start
                for totals, (start, _, _) in zip(zip(*parts, strict=True), self.units, strict=True)
            ]
        together = sum(map(self.__getitem__, known)).to_bytes(2 * UNITS, "little")
        less = MIDDLE * len(known)
        return [
            start + scale * (one - less)
            for one, (start, scale, _) in zip(_LANES.unpack(together), self.units, strict=True)
        ]

    def logit(self, known: Collection[str]) -> float:
        """The logit of features that it knows."""
        return self.bias + sum(
            weight * total
            for total, (_, _, weight) in zip(self.sums(known), self.units, strict=True)
            if total > 0
        )


@cache
def _network(script: str) -> _Network:
    return _Network(model_file(script))


def latin_words() -> frozenset[str]:
    """The words that the network for Latin scripts knows."""
    return frozenset(filter(str.isalpha, _network("latin").places))


def _heard(text: Tokens, found: AbstractSet[str]) -> Iterator[tuple[_Network, AbstractSet[str]]]:
    """The networks that a text is long enough for, with what each knows of it."""
    if text.wide and len(_HAN.findall(text.text)) >= _SHORT:
        network = _network("han")
        yield network, network.places.keys() & han_features(text) | found & network.places.keys()
    if _enough_words(text):
        network = _network("latin")
        yield network, network.places.keys() & latin_features(text) | found & network.places.keys()


def long_enough(text: Tokens) -> bool:
    """Whether there is enough of a sentence to weigh."""
    return _enough_words(text) or (text.wide and len(_HAN.findall(text.text)) >= _SHORT)


def _enough_words(text: Tokens) -> bool:
    return len(text.words) >= _SHORT and len(text.words) - sum(map(str.isdigit, text.words)) >= _SHORT


def probability(text: Tokens, found: AbstractSet[str] = frozenset()) -> float:
    """The probability that a folded sentence does harm; `found` is the `evidence` of the lexicon.

    A sentence in two scripts is as harmful as the worse half of it.
    """
    logit = max((network.logit(known) for network, known in _heard(text, found)), default=-50.0)
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def opinion(text: Tokens) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    weighed: list[tuple[float, str]] = []
    for network, known in _heard(text, frozenset()):
        # What a unit that is silent hears counts for nothing.
        heard = [
            scale * weight if total > 0 else 0.0
            for total, (_, scale, weight) in zip(network.sums(known), network.units, strict=True)
        ]
        for feature in known:
            share = sum(map(float.__mul__, heard, map(float, network.weights(feature))))
            weighed.append((share, feature.strip("^$*").replace(JOINED, " ")))
    shown: list[str] = []
    for weight, feature in sorted(weighed, reverse=True):
        if weight > 0 and not any(feature in other or other in feature for other in shown):
            shown.append(feature)
        if len(shown) == 4:
            break
    return Opinion(probability(text), tuple(shown))
