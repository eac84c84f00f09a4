"""An amount of money: an integer of minor units that knows its currency."""

from __future__ import annotations


class Money(int):
    """Minor units (fen, cents, fils); compares and tests like the integer it is."""

    currency: str

    def __new__(cls, minor_units: int, currency: str) -> Money:
        made = super().__new__(cls, minor_units)
        made.currency = currency
        return made
