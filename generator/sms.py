"""Text messages: encoding and parts (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class SmsInfo:
    """Encoding, length in its units (septets or UTF-16 units), and the text of each part."""

    encoding: str
    units: int
    parts: tuple[str, ...]


def is_basic(text: str) -> bool:
    """Whether a text can be sent in the GSM 7-bit alphabet."""
    return all(character in _BASIC or character in _EXTENDED for character in text)


def units(text: str) -> int:
    """UTF-16 units of a text; a bound for septets too, but for the few escaped signs."""
    return sum(2 if ord(character) > 0xFFFF or character in _EXTENDED else 1 for character in text)


def part_count(length: int, wide: bool) -> int:
    """Parts of a message of so many units; a part may stay short by one where a pair would straddle its end."""
    single, each = (70, 66) if wide else (160, 152)
    return 1 if length <= single else -(-length // each)


def sms_parts(text: str) -> SmsInfo:
    """How a text is sent; surrogate and escape pairs never straddle two parts."""
    if is_basic(text):
        encoding, single, each = "GSM-7", 160, 153
        widths = [2 if character in _EXTENDED else 1 for character in text]
    else:
        encoding, single, each = "UCS-2", 70, 67
        widths = [2 if ord(character) > 0xFFFF else 1 for character in text]
    total = sum(widths)
    if total <= single:
        return SmsInfo(encoding, total, (text,))
    parts: list[str] = []
    start, used = 0, 0
    for index, width in enumerate(widths):
        if used + width > each:
            parts.append(text[start:index])
            start, used = index, 0
        used += width
    parts.append(text[start:])
    return SmsInfo(encoding, total, tuple(parts))
