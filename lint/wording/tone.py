"""A second opinion: a small network over characters, words and each two of them, trained by `bench/train_tone.py`.

It weighs a sentence as a whole. Where lexicon and frames are silent it may ask for a review; where they hit
it says whether the rest of the sentence sounds the same. It always names the words that weighed most.

Each feature of a sentence adds `UNITS` numbers; a unit passes on what is positive of its sum; a weighted sum of the
units is the logit. There is one network for texts in Han and one for the others, since they share no words.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Iterator
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


def han_features(text: Tokens) -> tuple[AbstractSet[str], list[str]]:
    """What the network for Han knows of a folded text: characters and words, each two characters; its first and last."""
    characters = text.han
    if not characters:
        return frozenset(), []
    first, last = characters[:3], characters[-1]
    edges = ["^" + "".join(first[:length]) for length in range(1, len(first) + 1)]
    return text.characters, [*edges, last + "$", "".join(characters[-2:]) + "$"]


def latin_features(text: Tokens) -> tuple[AbstractSet[str], list[str]]:
    """What the other network knows: words, each two; the beginnings of long ones, the first three and the last."""
    words = text.words
    if not words:
        return frozenset(), []
    stems = {word[:_STEM] + "*" for word in words if len(word) > _STEM}
    marks = [mark for mark in "?!" if mark in text.text]
    starts = [JOINED.join(words[:length]) for length in (2, 3) if len(words) >= length]
    return text.latin, [*stems, *marks, words[-1] + "$", "^" + words[0], *("^" + start for start in starts)]


def evidence(found: Iterable[tuple[str, str]]) -> frozenset[str]:
    """What the lexicon found, as features: pairs of the rule's code and the severity, before the tone is asked."""
    return frozenset(
        feature for code, severity in found for feature in (f"={severity}", f"={code}:{severity}")
    )


class _Network:
    """Features to their numbers for all units, side by side in one integer, worked out when first met."""

    def __init__(self, path: Path):
        head, keys, self._weights = path.read_bytes().split(b"\n", 2)
        known: dict[str, Any] = json.loads(head)
        self.bias: float = known["bias"]
        self.units: list[tuple[float, float, float]] = list(
            zip(known["start"], known["scale"], known["weight"], strict=True)
        )
        names = keys.decode().split("\t")
        # What was not met yet stands as the negative of its place, counted from one.
        self._lanes = dict(zip(names, range(-1, -len(names) - 1, -1), strict=True))

    def words(self) -> Iterable[str]:
        """All features."""
        return self._lanes.keys()

    def weights(self, feature: str) -> list[int]:
        """A feature's number for each unit."""
        (lanes,) = self.known((feature,))
        return [byte - MIDDLE for byte in lanes.to_bytes(2 * UNITS, "little")[::2]]

    def knows(self, features: Iterable[str]) -> list[str]:
        """Those of some features that it knows."""
        return list(filter(self._lanes.__contains__, features))

    def known(self, features: Iterable[str]) -> list[int]:
        """The numbers of those features that it knows."""
        found = list(filter(None, map(self._lanes.get, features)))
        if found and min(found) < 0:
            for place, lanes in enumerate(found):
                if lanes < 0:
                    found[place] = self._widened(-lanes - 1)
            for feature in self.knows(features):
                if self._lanes[feature] < 0:
                    self._lanes[feature] = self._widened(-self._lanes[feature] - 1)
        return found

    def _widened(self, place: int) -> int:
        wide = bytearray(2 * UNITS)
        wide[::2] = self._weights[place * UNITS : (place + 1) * UNITS]
        return int.from_bytes(wide, "little")

    def sums(self, lanes: list[int]) -> list[float]:
        """For each unit the sum over features, given by their numbers."""
        if len(lanes) > _AT_ONCE:
            parts = [self.sums(lanes[start : start + _AT_ONCE]) for start in range(0, len(lanes), _AT_ONCE)]
            return [
                sum(totals) - (len(parts) - 1) * start
                for totals, (start, _, _) in zip(zip(*parts, strict=True), self.units, strict=True)
            ]
        together = _LANES.unpack(sum(lanes).to_bytes(2 * UNITS, "little"))
        less = MIDDLE * len(lanes)
        return [
            start + scale * (one - less) for one, (start, scale, _) in zip(together, self.units, strict=True)
        ]

    def logit(self, lanes: list[int]) -> float:
        """The logit of features, given by their numbers."""
        return self.bias + sum(
            weight * total
            for total, (_, _, weight) in zip(self.sums(lanes), self.units, strict=True)
            if total > 0
        )


@cache
def _network(script: str) -> _Network:
    return _Network(model_file(script))


def latin_words() -> frozenset[str]:
    """The words that the network for Latin scripts knows."""
    return frozenset(filter(str.isalpha, _network("latin").words()))


def _heard(text: Tokens) -> Iterator[tuple[_Network, tuple[AbstractSet[str], list[str]]]]:
    """The networks that a text is long enough for, with its features for each."""
    if text.wide and len(text.han) >= _SHORT:
        yield _network("han"), han_features(text)
    if _enough_words(text):
        yield _network("latin"), latin_features(text)


def long_enough(text: Tokens) -> bool:
    """Whether there is enough of a sentence to weigh."""
    return _enough_words(text) or (text.wide and len(text.han) >= _SHORT)


def _enough_words(text: Tokens) -> bool:
    return len(text.words) >= _SHORT and len(text.words) - sum(map(str.isdigit, text.words)) >= _SHORT


def probability(text: Tokens, found: AbstractSet[str] = frozenset()) -> float:
    """The probability that a folded sentence does harm; `found` is the `evidence` of the lexicon.

    A sentence in two scripts is as harmful as the worse half of it.
    """
    logit = -50.0
    for network, (most, others) in _heard(text):
        logit = max(logit, network.logit(network.known(most) + network.known((*others, *found))))
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, logit))))


def opinion(text: Tokens) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    weighed: list[tuple[float, str]] = []
    for network, (most, others) in _heard(text):
        known = network.knows((*most, *others))
        # What a unit that is silent hears counts for nothing.
        heard = [
            scale * weight if total > 0 else 0.0
            for total, (_, scale, weight) in zip(
                network.sums(network.known(known)), network.units, strict=True
            )
        ]
        for feature in known:
            share = sum(map(float.__mul__, heard, map(float, network.weights(feature))))
            word = feature.strip("^$*").replace(JOINED, " ")
            # A mark or one character alone tells a reader nothing.
            if len(word) > 1 and any(map(str.isalpha, word)):
                weighed.append((share, word))
    shown: list[str] = []
    for weight, feature in sorted(weighed, reverse=True):
        if weight > 0 and not any(feature in other or other in feature for other in shown):
            shown.append(feature)
        if len(shown) == 4:
            break
    return Opinion(probability(text), tuple(shown))
