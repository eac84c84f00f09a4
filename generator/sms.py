"""Text messages: encoding and parts (3GPP TS 23.038, 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

from .alphabet import EXTENDED, is_basic


@dataclass(frozen=True)
class SmsInfo:
    """Encoding, length in its units (septets or UTF-16 units), and the text of each part."""

    encoding: str
    units: int
    parts: tuple[str, ...]


def sms_parts(text: str) -> SmsInfo:
    """How a text is sent; surrogate and escape pairs never straddle two parts."""
    if is_basic(text):
        encoding, single, each = "GSM-7", 160, 153
        widths = [2 if character in EXTENDED else 1 for character in text]
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
