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
from collections.abc import Collection, Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from ...flow.record import record
from .compiled import native
from .tokens import JOINED, Tokens

FOLDER = Path(__file__).resolve().parent
UNITS = 8
MIDDLE = 128
"""A weight is stored as one byte, this much above its value."""

_AT_ONCE = 255
"""So many features are added at once: each unit has two bytes of the sum."""
_LANES = struct.Struct(f"<{UNITS}H")
_SHORT = 4
_FAR = 50.0
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


class Network:
    """Features to their numbers for all units."""

    def __init__(self, path: Path, script: str):
        head, self._names, self._weights = path.read_bytes().split(b"\n", 2)
        known: dict[str, Any] = json.loads(head)
        self._han = script == "han"
        self.bias: float = known["bias"]
        self.units: list[tuple[float, float, float]] = list(
            zip(known["start"], known["scale"], known["weight"], strict=True)
        )
        self._native = native.Network(self._names, self._weights, self.bias, self.units) if native else None

    def words(self) -> list[str]:
        """All features."""
        return self._names.decode().split("\t")

    @cached_property
    def _lanes(self) -> dict[str, int]:
        """Features to their numbers side by side in one integer; what was not met yet, as the negative of its place,
        counted from one."""
        names = self.words()
        return dict(zip(names, range(-1, -len(names) - 1, -1), strict=True))

    def features(self, text: Tokens) -> tuple[AbstractSet[str], list[str]]:
        """What the network knows of a folded text."""
        return han_features(text) if self._han else latin_features(text)

    def weights(self, feature: str) -> list[int] | None:
        """A feature's number for each unit; None for one that is not known."""
        if self._native is None:
            rows = [lanes.to_bytes(2 * UNITS, "little")[::2] for lanes in self._known((feature,))]
        else:
            place = self._native.place(feature)
            rows = [self._weights[place * UNITS : (place + 1) * UNITS]] if place >= 0 else []
        return [byte - MIDDLE for byte in rows[0]] if rows else None

    def _known(self, features: Iterable[str]) -> list[int]:
        """The numbers of those features that it knows."""
        found = list(filter(None, map(self._lanes.get, features)))
        if found and min(found) < 0:
            for place, lanes in enumerate(found):
                if lanes < 0:
                    found[place] = self._widened(-lanes - 1)
            for feature in filter(self._lanes.__contains__, features):
                if self._lanes[feature] < 0:
                    self._lanes[feature] = self._widened(-self._lanes[feature] - 1)
        return found

    def _widened(self, place: int) -> int:
        wide = bytearray(2 * UNITS)
        wide[::2] = self._weights[place * UNITS : (place + 1) * UNITS]
        return int.from_bytes(wide, "little")

    def sums(self, weights: Iterable[Sequence[int]]) -> list[float]:
        """For each unit what it starts with and the sum of its weights, scaled."""
        totals = [sum(column) for column in zip(*weights, strict=True)] or [0] * UNITS
        return [start + scale * total for total, (start, scale, _) in zip(totals, self.units, strict=True)]

    def logit(self, text: Tokens, others: Collection[str]) -> float:
        """The logit of a folded text, with other features."""
        if self._native is not None:
            return self._native.logit(text, self._han, others)
        most, more = self.features(text)
        lanes = self._known(most) + self._known((*more, *others))
        together = [
            _LANES.unpack(sum(lanes[start : start + _AT_ONCE]).to_bytes(2 * UNITS, "little"))
            for start in range(0, len(lanes), _AT_ONCE)
        ]
        less = MIDDLE * len(lanes)
        totals = [sum(column) - less for column in zip(*together, strict=True)] or [0] * UNITS
        logit = self.bias
        for total, (start, scale, weight) in zip(totals, self.units, strict=True):
            heard = start + scale * total
            if heard > 0:
                logit += weight * heard
        return logit


@cache
def _network(script: str) -> Network:
    return Network(model_file(script), script)


def latin_words() -> frozenset[str]:
    """The words that the network for Latin scripts knows."""
    return frozenset(filter(str.isalpha, _network("latin").words()))


def _listening(text: Tokens) -> list[Network]:
    """The networks that a text is long enough for."""
    made = [_network("han")] if text.ideographs >= _SHORT else []
    if text.real_words >= _SHORT:
        made.append(_network("latin"))
    return made


def probability(text: Tokens, found: Collection[str] = ()) -> float | None:
    """The probability that a folded sentence does harm, None where it is too short to weigh; `found` is the `evidence` of
    the lexicon.

    A sentence in two scripts is as harmful as the worse half of it.
    """
    listening = _listening(text)
    if not listening:
        return None
    logit = max([network.logit(text, found) for network in listening])
    return 1 / (1 + math.exp(-max(-_FAR, min(_FAR, logit))))


def opinion(text: Tokens) -> Opinion:
    """The probability, with the words that weighed most towards harm."""
    weighed: list[tuple[float, str]] = []
    for network in _listening(text):
        most, others = network.features(text)
        known = {
            feature: weights
            for feature in (*most, *others)
            if (weights := network.weights(feature)) is not None
        }
        # What a unit that is silent hears counts for nothing.
        heard = [
            scale * weight if total > 0 else 0.0
            for total, (_, scale, weight) in zip(network.sums(known.values()), network.units, strict=True)
        ]
        for feature, weights in known.items():
            share = sum(map(float.__mul__, heard, map(float, weights)))
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
    return Opinion(probability(text) or 0.0, tuple(shown))
