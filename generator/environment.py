"""The rendering environment: sandboxed, strict, escaping by channel."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..flow.source import EXTENSIONS, OPTIONS


def build_environment(
    repository_root: Path | None, locale: str, channel: str
) -> ImmutableSandboxedEnvironment:
    """An environment whose values are printed safely for the channel."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, extensions=list(EXTENSIONS), finalize=_finalize, **OPTIONS
    )
    environment.filters.update(money=_money, day=_day, mask=_mask)

    @pass_context
    def notice(context: Context, name: str) -> str:
        template = environment.get_template(f"notices/{name}.{locale}.txt")
        return template.render(context.get_all())

    environment.globals.update(notice=notice, locale=locale, channel=channel)
    return environment


def _finalize(value: Any) -> Any:
    if value is None:
        raise ValueError("an empty value would be printed")
    return value


def _money(value: Any) -> str:
    return f"{int(value) // 100:,}.{int(value) % 100:02d}"


def _day(value: dt.date) -> str:
    return value.isoformat()


def _mask(value: str) -> str:
    return "*" + value[-4:]
