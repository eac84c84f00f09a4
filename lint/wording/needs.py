"""The words that an entry needs: a text without them can't match it, which is far cheaper to see than its patterns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet

from ...flow.record import record
from .compiled import native
from .tokens import WORD, Tokens

_Pieces = tuple[str, ...]


@record(key=())
class _Group:
    """Alternatives of which a text needs one.

    `whole`: those that a lookup settles. `starts`: the others, by what a lookup can find of them (Han: the first two
    characters; other scripts: the first whole word), with all their pieces. `loose`: those with nothing to look up.
    """

    whole: frozenset[str]
    heads: frozenset[str]
    starts: Mapping[str, tuple[_Pieces, ...]]
    loose: tuple[_Pieces, ...]


def _group(alternatives: list[_Pieces], han: bool) -> _Group:
    whole, loose = set(), []
    starts: dict[str, list[_Pieces]] = defaultdict(list)
    for pieces in alternatives:
        if han:
            head = pieces[0] if WORD.fullmatch(pieces[0]) else pieces[0][:2]
        else:
            head = next((piece for piece in pieces if piece[0] not in "~^"), "")
        if len(pieces) == 1 and head == pieces[0]:
            whole.add(head)
        elif head:
            starts[head].append(pieces)
        else:
            loose.append(pieces)
    return _Group(
        frozenset(whole),
        frozenset(starts),
        {key: tuple(found) for key, found in starts.items()},
        tuple(loose),
    )


def _holds(text: str, words: AbstractSet[str], pieces: _Pieces) -> bool:
    return all(piece[1:] in text if piece[0] in "~^" else piece in words for piece in pieces)


class Needs:
    """Groups of alternatives, each the pieces of it that must all be there (`patterns.wants`)."""

    def __init__(self, groups: list[list[_Pieces]], han: bool):
        made = [_group(alternatives, han) for alternatives in groups]
        self._han = han
        # Words of which each group needs one, and the groups of which they tell only the beginning.
        self._sieves = tuple(group.whole | group.heads for group in made if not group.loose)
        self._groups = tuple(group for group in made if group.starts or group.loose)

    def met(self, text: Tokens) -> bool:
        """Whether one alternative of each group is in a text."""
        found = text.characters if self._han else text.latin
        for sieve in self._sieves:
            if sieve.isdisjoint(found):
                return False
        for group in self._groups:
            if not group.whole.isdisjoint(found):
                continue
            for head in group.heads & found:
                if self._any_of(group.starts[head], text):
                    break
            else:
                if not (group.loose and self._any_of(group.loose, text)):
                    return False
        return True

    def _any_of(self, alternatives: tuple[_Pieces, ...], text: Tokens) -> bool:
        if self._han:
            return any(all(map(text.text.__contains__, pieces)) for pieces in alternatives)
        return any(_holds(text.text, text.latin, pieces) for pieces in alternatives)


made_needs: Callable[[list[list[_Pieces]], bool], Needs] = native.Needs if native else Needs
"""Needs, the fastest way."""
