"""Warm cost of each formatter, in microseconds a call: `python bench/formatters.py` (bar: 3)."""

from __future__ import annotations

import datetime as dt
import timeit

from fairnotice.flow.catalogue import LOCALES
from fairnotice.generator.formats import addressed, day, mask, money

ROUNDS = 200_000
TODAY = dt.date(2026, 11, 23)


def main() -> None:
    """Measure and print."""
    for locale in LOCALES:
        for name, call in (
            ("money", lambda locale=locale: money(123456789, "USD", locale)),
            ("day", lambda locale=locale: day(TODAY, locale)),
            ("honorific", lambda locale=locale: addressed("Chan Tai Man", "mr", locale)),
        ):
            call()
            taken = min(timeit.repeat(call, number=ROUNDS, repeat=3)) / ROUNDS * 1e6
            print(f"{name:9} {locale}: {taken:.2f} us")
    print(
        f"mask: {min(timeit.repeat(lambda: mask('6222021234'), number=ROUNDS, repeat=3)) / ROUNDS * 1e6:.2f} us"
    )


if __name__ == "__main__":
    main()
