"""Alphabets of text messages (3GPP TS 23.038): what fits the basic one, and how many parts a length takes."""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")


def is_basic(text: str) -> bool:
    """Whether a text can be sent in the GSM 7-bit alphabet."""
    return all(character in BASIC or character in EXTENDED for character in text)


def units(text: str) -> int:
    """UTF-16 units of a text; a bound for septets too, but for the few escaped signs."""
    return sum(2 if ord(character) > 0xFFFF or character in EXTENDED else 1 for character in text)


def part_count(length: int, wide: bool) -> int:
    """Parts of a message of so many units; a part may stay short by one where a pair would straddle its end."""
    single, each = (70, 66) if wide else (160, 152)
    return 1 if length <= single else -(-length // each)
