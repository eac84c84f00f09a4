"""The text-message gateway of a repository: the first file of its `providers/`, else the shipped one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..flow.catalogue import read_text, shipped
from ..flow.source import TemplateError
from ..flow.strict_yaml import YamlError, load_yaml

_KEYS = ("id", "max_parts", "price_per_part", "shorteners")
_MARKET: Mapping[str, str] = {"zh-CN": "CNY", "zh-HK": "HKD", "en-US": "USD", "es-US": "USD", "en-GB": "GBP"}
"""The currency in which a gateway bills messages to a place."""


@lru_cache(maxsize=16)
def provider(root: Path) -> dict[str, Any]:
    """What the gateway accepts and asks (`max_parts`, `price_per_part`, `shorteners`); empty where no file can be read."""
    for base in (root, shipped()):
        for path in sorted((base / "providers").glob("*.yaml")):
            try:
                document = load_yaml(read_text(path), str(path))
            except (YamlError, TemplateError):
                # D105 reports it where it stands.
                continue
            if isinstance(document, dict):
                wrong = {key for (key, *_), _, _ in faults(document)}
                return {key: value for key, value in document.items() if key not in wrong}
    return {}


def faults(document: Any) -> Iterator[tuple[tuple[str | int, ...], str, str]]:
    """(key, what is wrong in English, in Chinese) of a gateway's file."""
    if not isinstance(document, dict):
        yield (), "must be a mapping of keys to values", "必须是键值映射"
        return
    for key, value in document.items():
        if key not in _KEYS:
            yield (str(key),), f"is not a key of a gateway; known: {', '.join(_KEYS)}", "不是网关文件的字段"
        elif key == "max_parts" and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            yield (key,), "must be a whole number from 1", "必须是不小于1的整数"
        elif key == "shorteners" and not (
            isinstance(value, list) and all(isinstance(one, str) for one in value)
        ):
            yield (key,), "must be a list of host names", "必须是域名列表"
        elif key == "price_per_part" and not (
            isinstance(value, dict) and all(re.fullmatch(r"\d+(\.\d+)?", str(one)) for one in value.values())
        ):
            yield (key,), "must give a decimal number for each currency", "每个币种必须是十进制数"


def price(root: Path, locale: str, parts: int) -> str | None:
    """What so many parts cost (`0.090 CNY`); None where the gateway's file names no price for the place."""
    from decimal import Decimal, InvalidOperation  # The linter reads limits only.

    currency = _MARKET.get(locale, "")
    prices = provider(root).get("price_per_part")
    try:
        each = Decimal(str(prices[currency])) if isinstance(prices, dict) and currency in prices else None
    except InvalidOperation:
        return None
    return None if each is None else f"{each * parts:,} {currency}"
