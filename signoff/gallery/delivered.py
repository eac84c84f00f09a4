"""E-mails (light and dark) and letters as they arrive, each in a frame that may run, load and reach nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

from ...generator.email import to_text
from ...generator.letter import letter_page
from ...generator.render import mail_page, schema_of
from ...generator.scope import build_scope
from ..pieces import words_of
from ..samples import Preview, Shown
from .page import page
from .words import say

_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
_THEMES = {"light": "(max-width: 0)", "dark": "(min-width: 0)"}
"""What a layout's dark styles are asked in each frame, whatever the reader's own theme: never, always."""


def delivers(one: Preview) -> bool:
    """Whether a template has a look of its own when it arrives."""
    return one.channel in ("email", "letter", "visit") and bool(one.samples)


def file_name(one: Preview) -> str:
    """The page of one template."""
    return f"{one.message}.{one.channel}.{one.locale}.html"


def delivered(one: Preview, root: Path, language: str, live: bool = False) -> str:
    """Every sample of one template in its layout."""

    def body() -> Iterator[str]:
        yield f'<p><a href="{escape(one.message)}.html">{escape(one.message)}</a> · {say("made", language)}</p>'
        for number, shown in enumerate(one.samples, 1):
            facts = ", ".join(shown.facts) or say("everyone", language)
            yield f'<h2>{number}. {escape(facts)}</h2><div class="pair">'
            whole = document(one, shown, root)
            for theme in _THEMES if one.channel == "email" else ("light",):
                title = f"{say(theme, language)}, {number}"
                framed = escape(_DARK.sub(_THEMES[theme], whole))
                yield f'<iframe class="{theme}" title="{title}" sandbox srcdoc="{framed}"></iframe>'
            if one.channel == "email":
                words = escape(to_text(shown.text))
                yield f'<pre class="words sample" aria-label="{say("text", language)}" lang="{escape(one.locale)}">{words}</pre>'
            yield "</div>"

    return page(f"{one.message} · {one.channel} · {one.locale}", body(), language, framed=True, live=live)


def document(one: Preview, shown: Shown, root: Path) -> str:
    """The HTML of one sample as it is sent or printed."""
    headers = {name: words_of(pieces) for name, pieces in shown.headers}
    if one.channel == "email":
        scope = build_scope(schema_of(root), shown.record)
        return mail_page(root, one.locale, scope, shown.text, headers.get("subject", ""))
    return letter_page("", shown.text, one.locale)
