"""Decoded readings: what a text says once noise, number letters, masks, sounds, emoji and split characters are read
through. They are guesses, so their hits ask for review; a word is decoded only into one that the lexicon knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING

from .normalise import HAN, Reading, sound_table
from .signs import (
    AHEAD,
    BEHIND,
    DOUBLED,
    EMOJI,
    HEARD,
    LETTER,
    PICTURE,
    SPLIT,
    SPLIT_UP,
    STOPPED,
    TWICE,
    UNITS,
)
from .tokens import Tokens, tokens

if TYPE_CHECKING:
    from .lexicon import Lexicon

_NOISE = rf"(?<=[{HAN}])[\s*#@$^&~_\-./|\\+=·•●★☆×xX<>`\u3000]{{1,2}}(?=[{HAN}])"
_STOPS = rf"(?<![{HAN}])(?:[{HAN}][、,，。.!！?？'\"]){{2,}}[{HAN}](?![{HAN}])"
_LATIN_IN_HAN = rf"(?<=[{HAN}])(?:[a-z]|[0-9](?![{UNITS}]))(?=[{HAN}])"
# Only asked of texts in which an ideograph stands twice; a range of them would take long to compile.
_REPEATS = rf"(?![{DOUBLED}])([^\x00-\x7f])\1+"
_LEET = r"(?<![\w@.$/])(?!\S+@[\w-]+\.[a-z])(?=[^\s]*[a-z])(?=[^\s]*[0-9@$!|+€£¡*#])[a-z0-9@$!|+€£¡*#]{3,}(?![\w@/])"
_SPACED = r"(?<![a-z0-9])[a-z0-9@$!](?:[ \t.\-_*·/\\|]{1,2}[a-z0-9@$!*](?![a-z0-9])){2,}"
_LONG = r"(?<![a-z])[a-z]*([a-z])\1{2,}[a-z]*(?![a-z])"
_NEAR_LETTERS = re.compile(
    r"[a-z](?:[|+€£¡*#]|@(?![\w-]+\.[a-z])|\$(?!\d)|!(?=[a-z0-9]))|[$!|+€£¡*#][a-z]|(?<![\w.])@[a-z]"
)
_SINGLES = bytes((1, 1, 1))
_BLANKS = re.compile(r"[ \t.\-_*·/\\|]+")
_WIDE_BLANK = re.compile(r"[ \t]{2,}")
_BROKEN = re.compile(r"(?<![a-z])[a-z]+\n[a-z]+(?![a-z])")
_LONGEST = 14
"""Letters of a word that is looked for among letters that stand apart."""
_TRIPLE = re.compile(r"([a-z])\1\1")
_DIGITS: Mapping[int, str] = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "€": "e", "£": "l", "¡": "i"}
)  # fmt: skip
_EMOJI_PATTERN = f"[{''.join(EMOJI)}]"
_SPLIT_PATTERN = "|".join(SPLIT)


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a text first needs it: a clean file never does."""
    return re.compile(pattern)


def readings(base: Reading, lexicon: Lexicon, parts: Tokens, told: int) -> Iterator[Reading]:
    """Other ways to read a base reading, whose tokens are `parts`, and of which `told` is told (`signs.py`)."""
    text = base.text
    if told:
        # Patterns with ranges of Han are slow to compile, and most texts never need them.
        noisy = told & AHEAD and told & BEHIND and _compiled(_NOISE).search(text) is not None
        mixed = told & LETTER and _compiled(_LATIN_IN_HAN).search(text) is not None
        if noisy:
            yield _cut(base, _NOISE, "noise")
        if mixed:
            yield _cut(base, _LATIN_IN_HAN, "noise")
        if told & STOPPED and _compiled(_STOPS).search(text):
            yield _replace(base, _STOPS, lambda found: _compiled(rf"[^{HAN}]").sub("", found), "noise")
        if told & TWICE:
            yield _replace(base, _REPEATS, lambda found: found[0], "repeats")
        if told & SPLIT_UP:
            yield _replace(base, _SPLIT_PATTERN, SPLIT.__getitem__, "split characters")
        if told & HEARD:
            yield from _heard(base, lexicon)
        if noisy or mixed:
            quiet = _cut(_cut(base, _NOISE, "noise"), _LATIN_IN_HAN, "noise")
            if lexicon.told(tokens(quiet.text)) & HEARD:
                yield from _heard(quiet, lexicon)
        if told & PICTURE:
            yield _replace(base, _EMOJI_PATTERN, EMOJI.__getitem__, "emoji")
    if parts.odd and (latin := _latin(base, parts, lexicon)):
        yield latin


_PLAIN_WORDS: set[str] = set()
"""Words met before that hide nothing: without digits between letters, without a letter three times."""
_MANY_WORDS = 100_000


def _latin(base: Reading, parts: Tokens, lexicon: Lexicon) -> Reading | None:
    text, words = base.text, parts.words
    # Said one by one: a loop over them takes longer. What is not odd for `Tokens.odd` must not be so here.
    signs = (
        "@" in text or "$" in text or "!" in text or "*" in text or "#" in text or "|" in text or "+" in text
    )
    signs = (signs or parts.wide) and _NEAR_LETTERS.search(text) is not None
    odd = not _PLAIN_WORDS.issuperset(words) and not all(map(_is_plain_word, words))
    lengths = list(map(len, words))
    spaced = _SINGLES in bytes(lengths) if max(lengths) < 256 else min(lengths) == 1
    broken = "\n" in text and _BROKEN.search(text) is not None
    if not (signs or odd or spaced or broken):
        return None
    known = lexicon.words
    made = base
    if broken:
        made = _replace(
            made, _BROKEN.pattern, lambda found: _mended(found, lexicon.vocabulary, known), "letters"
        )
    for pattern, word in ((_SPACED, _apart), (_LEET, _word), (_LONG, _word)):
        if _compiled(pattern).search(made.text):
            made = _replace(
                made, pattern, lambda found, word=word: word(found, known, lexicon.masked), "letters"
            )
    return made if made is not base and made.text != base.text else None


def _is_plain_word(word: str) -> bool:
    if not (word.isalpha() or word.isdigit()) or _TRIPLE.search(word):
        return False
    if len(_PLAIN_WORDS) > _MANY_WORDS:
        _PLAIN_WORDS.clear()
    _PLAIN_WORDS.add(word)
    return True


def _mended(found: str, vocabulary: AbstractSet[str], known: AbstractSet[str]) -> str:
    """A word of the lexicon that is broken over two lines, unless both halves are words."""
    first, second = found.split("\n")
    return first + second if first + second in vocabulary and not {first, second} <= known else found


def _apart(found: str, vocabulary: AbstractSet[str], masked: Mapping[int, Collection[str]]) -> str:
    """The words of letters that stand apart; wider blanks between words are told from those inside them."""
    whole = _word(found, vocabulary, masked)
    if whole != found:
        return whole
    parts = _WIDE_BLANK.split(found)
    if len(parts) == 1:
        parts = _cut_up(_BLANKS.sub("", found).translate(_DIGITS), vocabulary)
    words = [_BLANKS.sub("", part).translate(_DIGITS) for part in parts]
    return " ".join(words) if words and all(word in vocabulary or len(word) < 3 for word in words) else found


def _cut_up(letters: str, vocabulary: AbstractSet[str]) -> list[str]:
    """Letters cut into the fewest known words; empty where they can't be."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        found: list[str] | None = None
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            word = letters[start:end]
            if before is None or not (word in vocabulary or word in ("a", "i", "u")):
                continue
            if found is None or len(before) + 1 < len(found):
                found = [*before, word]
        best.append(found)
    return best[-1] or []


def _word(found: str, vocabulary: AbstractSet[str], masked: Mapping[int, Collection[str]]) -> str:
    """The word of the lexicon that a written form stands for, else the form itself."""
    if found.isalpha() and found in vocabulary:
        return found
    joined = re.sub(r"[ \t.\-_·/\\|]", "", found)
    for form in (joined, joined.rstrip("!"), joined.rstrip("1!|+.")):
        for candidate in (
            form.translate(_DIGITS),
            form.replace("1", "l").replace("!", "l").translate(_DIGITS),
        ):
            word = _known(candidate, vocabulary)
            if word is not None:
                return word
    for form in (joined, joined.strip("*")):
        if "*" in form or "#" in form:
            word = _unmasked(form.replace("#", "*"), masked)
            if word is not None:
                return word
    return found


def _known(letters: str, vocabulary: AbstractSet[str]) -> str | None:
    letters = letters.replace("*", "")
    if not letters.isalpha():
        return None
    for form in _collapsed(letters):
        if form in vocabulary:
            return form
        for ending in ("s", "ed", "ing", "er", "es"):
            if form.endswith(ending) and len(form) - len(ending) >= 4 and form[: -len(ending)] in vocabulary:
                return form
        # Two words written as one: `youloser`.
        for cut in range(2, len(form) - 2):
            if form[:cut] in vocabulary and form[cut:] in vocabulary and len(form) - cut >= 4:
                return f"{form[:cut]} {form[cut:]}"
    return None


def _collapsed(letters: str) -> Iterator[str]:
    yield letters
    if re.search(r"(.)\1", letters):
        yield re.sub(r"(.)\1{2,}", r"\1\1", letters)
        yield re.sub(r"(.)\1{2,}", r"\1", letters)
        yield re.sub(r"(.)\1+", r"\1", letters)


def _unmasked(form: str, masked: Mapping[int, Collection[str]]) -> str | None:
    letters = form.translate(_DIGITS)
    if not form[0].isalpha() or not re.fullmatch(r"[a-z*]+", letters) or "*" not in letters:
        return None
    pattern = re.compile(letters.replace("*", "[a-z]"))
    return next((word for word in masked.get(len(letters), ()) if pattern.fullmatch(word)), None)


def _heard(reading: Reading, lexicon: Lexicon) -> Iterator[Reading]:
    """A reading as it is heard, where it sounds like a word of the lexicon that is not written in it."""
    heard = reading.text.translate(sound_table())
    if any(lexicon.sounding(reading.text, heard)):
        yield Reading(heard, reading.offsets, "sound", reading.text)


def _cut(base: Reading, pattern: str, stage: str) -> Reading:
    return _replace(base, pattern, lambda found: "", stage)


def _replace(base: Reading, pattern: str, replace: object, stage: str) -> Reading:
    assert callable(replace)
    pieces: list[str] = []
    places: list[int] = []
    offsets = base.offsets
    position = 0
    for match in _compiled(pattern).finditer(base.text):
        pieces.append(base.text[position : match.start()])
        places.extend(range(position, match.start()))
        made = replace(match.group())
        pieces.append(made)
        # The first character stands at the start of the written form, the last at its end.
        places.extend(
            match.start() if index < len(made) - 1 else match.end() - 1 for index in range(len(made))
        )
        position = match.end()
    pieces.append(base.text[position:])
    places.extend(range(position, len(base.text)))
    mapped = tuple(places if offsets is None else (offsets[index] for index in places))
    return Reading("".join(pieces), mapped, stage)
