"""The tricks themselves: invisible characters, bidi controls, mixed alphabets, styled letters, stray marks.

No honest template needs them, so they are findings of their own (U rules), whatever they hide.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from ...flow.record import record
from .normalise import known_characters, only

_EMOJI = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2300-\u23ff\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u25a0-\u25ff\u3030\u303d\u3297\u3299"
_INVISIBLE = (
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200c\u2060-\u2064\u2800\u3164\ufeff\uffa0\U000e0001-\U000e007f\U000e0100-\U000e01ef]"
    f"|(?<![{_EMOJI}\ufe0f])[\ufe00-\ufe0f](?![\u20e3])|(?<![{_EMOJI}\ufe0f\U0001f3fb-\U0001f3ff])\u200d|\u200d(?![{_EMOJI}])"
)
_KEYCAP = "[0-9#*]\ufe0f\u20e3"
_BIDI = "[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
_MIXED = r"[^\W\d_]*[a-zA-Z\u00c0-\u017f][^\W\d_]*"
_FOREIGN = "[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\u2c80-\u2cff\uab30-\uabbf\ua640-\ua69f]"
_FOREIGN_WORD = "[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff\u2c80-\u2cff]{2,}"
_STYLED = "[\U0001d400-\U0001d7ff\u24b6-\u24e9\u249c-\u24b5\U0001f110-\U0001f189\u1d00-\u1d25\u1d2c-\u1d6a\u1d78\u1d9b-\u1dbf\u0250-\u02af\ua730\ua731\ua7af\u2c60-\u2c7f]|[\U0001f1e6-\U0001f1ff]{3,}|(?<![\U0001f1e6-\U0001f1ff])[\U0001f1e6-\U0001f1ff](?![\U0001f1e6-\U0001f1ff])"
"""A flag is two letters; three, or one alone, spell something."""
_WIDE = "[\uff21-\uff3a\uff41-\uff5a]+"
_WIDE_DIGITS = "[\uff10-\uff19]+"
_MARKS = "[A-Za-z\u3400-\u9fff][\u0300-\u036f\u0483-\u0489\u20d0-\u20dc\u20e5-\u20ff]"
_STACKED = "[\u0300-\u036f\u20d0-\u20ff]{2,}"
_RADICAL = "[\u2e80-\u2fd5]"
_MASKED = re.compile(r"(?<![\w*])(?:[A-Za-z]{1,4}\*{1,9}[A-Za-z]{1,4}|[A-Za-z]\*{3,9})(?![\w*])")
"""Letters with stars in them; not stars around a word, as Markdown has them, nor before the last digits of a number."""


_KNOWN = known_characters()


def _is_ordinary(character: str) -> bool:
    """Characters in which no trick can hide."""
    code = ord(character)
    return (
        code < 0x7F
        or 0xA0 <= code < 0xAD
        or 0xAE <= code < 0x180
        or 0x2010 <= code < 0x2028
        or 0x2030 <= code < 0x205F
        or 0x3000 <= code < 0x3040
        or 0x4E00 <= code <= 0x9FFF
        or (0xFF01 <= code < 0xFF5F and not character.isalnum())
        or character == "\ue010"
    )


@record(key=())
class Disguise:
    """Characters `start:end` of a text and the rule they break."""

    code: str
    start: int
    end: int
    severity: str
    shown: str


def undisguised(text: str) -> bool:
    """Whether no disguise is in a text, nor in any part of it."""
    return "*" not in text and only(text, _KNOWN, _is_ordinary)


def disguises(text: str) -> Iterator[Disguise]:
    """Every disguise in a text, in no special order."""
    if undisguised(text):
        return
    for match in _MASKED.finditer(text):
        yield _made("U110", match, "review")
    if only(text, _KNOWN, _is_ordinary):
        return
    plain = re.sub(_KEYCAP, lambda found: "  " + found.group()[-1:], text)
    for match in re.finditer(_INVISIBLE, plain):
        # A soft hyphen may be meant for a long word; it hides one as well.
        soft = match.group() == "\u00ad" and plain[max(0, match.start() - 1)].isascii()
        yield _made("U101", match, "review" if soft else "error")
    for match in re.finditer(_BIDI, text):
        yield _made("U102", match, "error")
    for match in re.finditer(_MIXED, text):
        if re.search(_FOREIGN, match.group()):
            yield _made("U103", match, "error")
    for match in re.finditer(_FOREIGN_WORD, text):
        yield _made("U103", match, "review")
    for match in re.finditer(_STYLED, text):
        yield _made("U104", match, "error")
    composed = unicodedata.normalize("NFC", text)
    for pattern in (_MARKS, _STACKED):
        if re.search(pattern, composed):
            for match in re.finditer(pattern, text):
                if unicodedata.normalize("NFC", match.group()) == match.group() or pattern == _STACKED:
                    yield _made("U105", match, "error")
    for match in re.finditer(_RADICAL, text):
        yield _made("U106", match, "review")
    for match in re.finditer(_WIDE, text):
        yield _made("U107", match, "review")
    for match in re.finditer(_WIDE_DIGITS, text):
        yield _made("U108", match, "warning")


def _made(code: str, match: re.Match[str], severity: str) -> Disguise:
    shown = " ".join(f"U+{ord(character):04X}" for character in match.group()[:6])
    return Disguise(code, match.start(), match.end(), severity, shown)
