"""Instalment proposals: whole minor units, equal parts, the rest in the last one, the total always the debt."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

MAX_MONTHS = 60
"""Five years: the bound of the Card Measures, art 70."""


@dataclass(frozen=True)
class Instalment:
    """One payment in minor units."""

    amount: int
    due_date: dt.date


def propose(
    amount_due: int, per_month: int, first: dt.date, max_months: int = MAX_MONTHS
) -> tuple[Instalment, ...]:
    """The fewest monthly payments of at most `per_month`; empty where `max_months` would not do.

    Raises `ValueError` for an amount that is not positive. A proposal promises nothing: both sides confirm it.
    """
    if amount_due <= 0 or per_month <= 0:
        raise ValueError("amounts must be positive whole numbers of minor units")
    count = -(-amount_due // per_month)
    if count > min(max_months, MAX_MONTHS):
        return ()
    each = -(-amount_due // count)
    amounts = [each] * (count - 1)
    amounts.append(amount_due - sum(amounts))
    # Rounding up every part may leave nothing for the last one; then parts are rounded down and it takes the rest.
    if amounts[-1] <= 0 or amounts[-1] > per_month:
        each = amount_due // count
        amounts = [each] * (count - 1) + [amount_due - each * (count - 1)]
    if amounts[-1] > per_month:
        extra = amount_due - each * count
        amounts = [each + (index < extra) for index in range(count)]
    return tuple(Instalment(amount, month_later(first, index)) for index, amount in enumerate(amounts))


def month_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the last of a shorter month."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
