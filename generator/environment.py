"""The rendering environment: sandboxed, strict, every printed value escaped for its channel."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader, StrictUndefined, TemplateNotFound, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..flow.catalogue import Repository
from ..flow.source import EXTENSIONS, OPTIONS
from . import formats
from .money import Money

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+!|<>~&])")
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


class Ready(str):
    """Text that is already written for its channel and is not escaped again."""


def build_environment(
    repository_root: Path | None, locale: str, channel: str
) -> ImmutableSandboxedEnvironment:
    """An environment for one locale and channel; includes stay inside the repository."""
    repository = Repository(repository_root) if repository_root is not None else None
    escape = ESCAPES.get(channel, _plain)

    def finalize(value: Any) -> Any:
        if value is None:
            raise ValueError("a value is empty (null) where the template prints it")
        if isinstance(value, Ready) or not isinstance(value, str):
            return value
        return escape(value)

    def load(name: str) -> tuple[str, None, Callable[[], bool]] | None:
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            raise TemplateNotFound(name, f"'{name}' points outside the template folder")
        source = repository.read(name) if repository is not None else None
        if source is None:
            return None
        # An unchanged file is the very same source.
        same = lambda: repository is not None and repository.read(name) is source  # noqa: E731
        return source.text[source.body_start :], None, same

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        extensions=list(EXTENSIONS),
        finalize=finalize,
        loader=FunctionLoader(load),
        **OPTIONS,
    )

    def money(value: Any) -> str:
        if not isinstance(value, Money):
            raise ValueError("money needs an amount with its currency")
        return Ready(formats.money(int(value), value.currency, locale))

    def day(value: Any) -> str:
        if not isinstance(value, dt.date):
            raise ValueError("day needs a date")
        return Ready(formats.day(value, locale))

    def mask(value: Any) -> str:
        if not value:
            raise ValueError("mask needs a text")
        return Ready(escape(formats.mask(value)))

    def honorific(name: Any, salutation: str) -> str:
        if not isinstance(name, str):
            raise ValueError("honorific needs a name")
        return formats.addressed(name, salutation, locale)

    @pass_context
    def notice(context: Context, name: str) -> str:
        template = environment.get_template(f"notices/{name}.{locale}.txt")
        return Ready(template.render(context.get_all()))

    environment.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
    environment.filters.update(money=money, day=day, mask=mask, honorific=honorific)
    environment.globals.update(notice=notice, locale=locale, channel=channel)
    return environment


def _plain(value: str) -> str:
    return _BREAKS.sub(" ", value)


def _markdown(value: str) -> str:
    # Links and addresses have no letters that Markdown would read, but for these; they must stay clickable.
    if re.fullmatch(r"https://[^\s<>()\[\]]+|[\w.+-]+@[\w.-]+", value):
        return value.replace("_", r"\_").replace("*", r"\*")
    return _MARKDOWN.sub(r"\\\1", _plain(value))


def _html(value: str) -> str:
    return html.escape(_plain(value))


ESCAPES: dict[str, Callable[[str], str]] = {
    "sms": _plain,
    "call": _plain,
    "voicemail": _plain,
    "header": _plain,
    "email": _markdown,
    "letter": _markdown,
    "visit": _markdown,
    "html": _html,
}
