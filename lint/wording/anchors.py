"""What an entry is indexed by: of the words it needs, those that lawful sentences hold least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from .index import STEM
from .normalise import fold
from .tokens import JOINED, WORD, tokens

KINDS = ("two", "number", "word", "stem")


def kind_of(anchor: str) -> tuple[str, str]:
    """The table an anchor stands in, and its key there: one or two characters, a number, a word, or its beginning."""
    if anchor.endswith("*"):
        return "stem", anchor[:-1]
    if anchor.isascii():
        return ("number" if anchor.replace(JOINED, "").isdigit() else "word"), anchor
    return "two", anchor


def usual_keys(texts: Iterable[str]) -> Counter[str]:
    """In how many of the texts each possible anchor stands."""
    count: Counter[str] = Counter()
    for text in texts:
        found = tokens(fold(text))
        stems = {word[:STEM] + "*" for word in found.words if len(word) >= STEM}
        count.update({*found.latin, *found.characters, *stems})
    return count


def anchors_of(
    needs: Sequence[str], sets: Mapping[str, str], common: Mapping[str, int], script: str
) -> list[list[str]]:
    """Up to two groups of anchors, the rarest first: a text that matches holds one of each.

    `needs` as in the entry's record, `sets` the words of each word set, `common` as `usual_keys` counts.
    """
    found: list[tuple[int, list[str]]] = []
    for group in needs:
        alternatives = [
            one
            for name in group.split("|")
            for one in (sets[name[1:-1]].split("|") if name[0] == "<" else (name,))
        ]
        for part in _conjuncts(alternatives):
            keys = [min(_keys(one, script), key=lambda key: common.get(key, 0), default="") for one in part]
            if all(keys):
                chosen = sorted(set(keys))
                found.append((sum(common.get(key, 0) for key in chosen), chosen))
    found.sort(key=lambda one: (one[0], len(one[1])))
    return [chosen for _, chosen in found[:2]]


def _conjuncts(alternatives: list[str]) -> Iterator[list[str]]:
    """Pieces that stand together may be looked up one by one."""
    if len(alternatives) == 1:
        yield from ([piece] for piece in alternatives[0].split())
    else:
        yield alternatives


def _keys(alternative: str, script: str) -> Iterator[str]:
    for piece in alternative.split():
        if script == "han" and not piece.isascii():
            if len(piece) == 1:
                yield piece
            else:
                yield from (pair for pair in map("".join, pairwise(piece)) if not pair.isascii())
        elif piece[0] == "^" and script != "han":
            if len(piece) > STEM:
                yield piece[1 : STEM + 1] + "*"
        elif WORD.fullmatch(piece.replace(JOINED, "")):
            yield piece
