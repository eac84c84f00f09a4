"""The index: every message by locale and channel with its coverage, its findings and its sign-off; filters need no script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..samples import Preview
from .page import page
from .words import say

STATES = ("approved", "pending", "stale", "drifted", "expired", "revoked", "rejected", "unsigned")


def index(
    messages: Mapping[str, Sequence[Preview]],
    states: Mapping[str, str],
    places: Mapping[str, Sequence[str]],
    language: str,
    live: bool = False,
) -> str:
    """The whole page. `states`: where each message stands; `places`: its jurisdictions."""
    locales = sorted({one.locale for previews in messages.values() for one in previews})
    held = [state for state in STATES if state in states.values()]
    known = sorted({place for some in places.values() for place in some})

    def body() -> Iterator[str]:
        yield f'<p>{say("made", language)} <a href="ladders.html">{say("ladders", language)}</a></p>'
        yield _filter(
            "status", say("filter_status", language), {one: say(one, language) for one in held}, language
        )
        yield _filter("place", say("filter_place", language), {one: one for one in known}, language)
        yield f"<table><thead><tr><th>{say('message', language)}</th><th>{say('signoff', language)}</th>"
        yield "".join(f"<th>{escape(locale)}</th>" for locale in locales) + "</tr></thead><tbody>"
        for name, previews in messages.items():
            marks = " ".join([f"status-{states[name]}", *(f"place-{_plain(one)}" for one in places[name])])
            yield f'<tr class="{marks}"><th scope="row"><a href="{escape(name)}.html">{escape(name)}</a></th>'
            yield f"<td>{badge(states[name], language)}</td>"
            for locale in locales:
                cells = [_seen(one) for one in previews if one.locale == locale]
                yield f"<td>{'<br>'.join(cells) or '–'}</td>"
            yield "</tr>"
        yield "</tbody></table>"

    rules = [
        *(_hides("status", state) for state in held),
        *(_hides("place", _plain(place)) for place in known),
    ]
    style = "\n".join(rules) + "\n"
    return page("fairnotice · " + say("title", language), body(), language, more_style=style, live=live)


def badge(state: str, language: str) -> str:
    """A state in its colour."""
    kind = "good" if state == "approved" else "" if state == "unsigned" else "bad"
    return f'<span class="{kind}">{say(state, language)}</span>'


def _plain(text: str) -> str:
    """A name as it may stand in a class and in a style."""
    return re.sub(r"[^A-Za-z0-9-]", "-", text)


def _hides(kind: str, name: str) -> str:
    return f"body:has(#{kind}-{name}-only:checked) tbody tr:not(.{kind}-{name}) {{ display: none; }}"


def _filter(kind: str, legend: str, names: Mapping[str, str], language: str) -> str:
    choices = [f'<label><input type="radio" name="{kind}" checked> {say("all", language)}</label>']
    choices += [
        f'<label><input type="radio" name="{kind}" id="{kind}-{_plain(one)}-only"> {escape(called)}</label>'
        for one, called in names.items()
    ]
    return f"<fieldset><legend>{legend}</legend>{''.join(choices)}</fieldset>" if len(names) > 1 else ""


def _seen(one: Preview) -> str:
    whole = bool(one.samples) and one.covered == one.sentences
    kind = "good" if not one.errors and whole else "bad"
    errors = f", {one.errors} ✗" if one.errors else ""
    return f'{escape(one.channel)} <span class="{kind}">{one.covered}/{one.sentences}{errors}</span>'
