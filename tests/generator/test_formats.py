"""Formats agree with CLDR where we follow it, and with the house where we do not."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal

import pytest
from babel.dates import format_date
from babel.numbers import format_currency
from fairnotice.flow.catalogue import LOCALES
from fairnotice.generator.formats import DECIMALS, day, mask, money


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("currency", DECIMALS)
def test_money_equals_babel(locale: str, currency: str) -> None:
    chooser = random.Random(f"{locale}{currency}")
    for _ in range(400):
        minor = chooser.choice([chooser.randrange(1000), chooser.randrange(10**7), chooser.randrange(10**12)])
        exact = Decimal(minor).scaleb(-DECIMALS[currency])
        expected = format_currency(exact, currency, locale=locale.replace("-", "_"))
        if locale.startswith("zh") and currency == "CNY":
            expected = f"{exact:,.2f}元"
        assert money(minor, currency, locale) == expected


@pytest.mark.parametrize("locale", LOCALES)
def test_days_equal_babel(locale: str) -> None:
    for offset in range(0, 4000, 37):
        date = dt.date(2024, 2, 29) + dt.timedelta(days=offset)
        assert day(date, locale) == format_date(date, format="long", locale=locale.replace("-", "_"))


def test_negative_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        money(-1, "CNY", "zh-CN")


def test_a_mask_shows_four_characters_at_most() -> None:
    assert mask("6222021234567890") == "*7890"
