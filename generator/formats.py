"""Money, dates and masks as a reader of each locale writes them; integers only, patterns from CLDR, cached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import lru_cache

from ..flow.honorifics import HONORIFICS

DECIMALS = {"CNY": 2, "HKD": 2, "USD": 2, "GBP": 2, "JPY": 0, "KWD": 3}


def money(minor_units: int, currency: str, locale: str) -> str:
    """`123456, CNY, zh-CN` → `1,234.56元`; elsewhere the CLDR form. Raises `ValueError` below zero."""
    if isinstance(minor_units, bool) or not isinstance(minor_units, int):
        raise ValueError("an amount must be a whole number of minor units")
    if minor_units < 0:
        raise ValueError("an amount to pay cannot be negative")
    prefix, suffix, group, point, decimals = money_parts(currency, locale)
    if decimals:
        whole, rest = divmod(minor_units, 10**decimals)
        return (
            f"{prefix}{whole:,}{point}{rest:0{decimals}d}{suffix}".replace(",", group)
            if group != ","
            else (f"{prefix}{whole:,}{point}{rest:0{decimals}d}{suffix}")
        )
    return f"{prefix}{minor_units:,}{suffix}".replace(",", group)


@lru_cache(maxsize=64)
def money_parts(currency: str, locale: str) -> tuple[str, str, str, str, int]:
    """(prefix, suffix, grouping sign, decimal point, decimals) of a currency in a locale."""
    decimals = DECIMALS[currency]
    if locale.startswith("zh") and currency == "CNY":
        # Carriers refuse the yen sign in a text message; the character reads the same everywhere.
        return "", "元", ",", ".", decimals
    # Babel is slow to import and only needed once a currency.
    from decimal import Decimal

    from babel import Locale
    from babel.numbers import format_currency

    parsed = Locale.parse(locale.replace("-", "_"))
    sample = format_currency(Decimal(1), currency, locale=parsed)
    shown = "1" + ("." + "0" * decimals if decimals else "")
    prefix, _, suffix = sample.partition(shown)
    return prefix, suffix, str(parsed.number_symbols["latn"]["group"]), ".", decimals


def day(date: dt.date, locale: str) -> str:
    """A date written out: `2026年11月3日`, `November 3, 2026`."""
    if not isinstance(date, dt.date):
        raise ValueError("a day must be a date")
    return _day_writer(locale)(date)


@lru_cache(maxsize=16)
def _day_writer(locale: str) -> Callable[[dt.date], str]:
    from babel import Locale
    from babel.dates import format_date

    parsed = Locale.parse(locale.replace("-", "_"))

    @lru_cache(maxsize=4096)
    def write(date: dt.date) -> str:
        return str(format_date(date, format="long", locale=parsed))

    return write


def mask(text: str) -> str:
    """An account tail: at most the last four characters, behind a star."""
    return "*" + str(text)[-4:]


def addressed(name: str, salutation: str, locale: str) -> str:
    """`Chan Tai Man, mr, en-GB` → `Mr Chan Tai Man`; the bare name where no title was chosen."""
    titles = HONORIFICS.get(locale)
    if titles is None:
        raise ValueError(f"no titles are known for {locale}")
    before, after = titles.get(salutation, ("", ""))
    return f"{before}{name}{after}"
