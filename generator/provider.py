"""The text-message gateway of a repository: the first file of its `providers/`, else the shipped one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..flow.catalogue import read_text, shipped
from ..flow.strict_yaml import YamlError, load_yaml

_MARKET: Mapping[str, str] = {"zh-CN": "CNY", "zh-HK": "HKD", "en-US": "USD", "es-US": "USD", "en-GB": "GBP"}
"""The currency in which a gateway bills messages to a place."""


@lru_cache(maxsize=16)
def provider(root: Path) -> dict[str, Any]:
    """What the gateway accepts and asks (`max_parts`, `price_per_part`, `shorteners`); empty where no file can be read."""
    for base in (root, shipped()):
        for path in sorted((base / "providers").glob("*.yaml")):
            try:
                document = load_yaml(read_text(path), str(path))
            except YamlError:
                # D104 reports it where it stands.
                continue
            if isinstance(document, dict):
                return document
    return {}


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
