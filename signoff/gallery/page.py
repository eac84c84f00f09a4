"""A page of the gallery: readable without script or network; what templates print is shown, never obeyed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #f4f4f2; --ink: #1b1b1b; --paper: #ffffff; --a: #d7e8ff; --b: #e4f3d8; --c: #f3e6fa; --need: #8a5a00; --bad: #a00000; --good: #1b5e20; }
@media (prefers-color-scheme: dark) { :root { --line: #8f8f8f; --soft: #23262b; --ink: #eeeeee; --paper: #16181c; --a: #1d3a5f; --b: #2b4420; --c: #432b52; --need: #ffcf70; --bad: #ff9c9c; --good: #9fdc9f; } }
body { font: 1rem/1.6 sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
a { color: inherit; } table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top; }
h2 { margin-top: 2.5rem; } code { overflow-wrap: anywhere; } fieldset { border: 1px solid var(--line); margin: 0 0 1rem; } label { margin-right: 1rem; }
.locales { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr)); gap: 1rem; } .locales > article { min-width: 0; }
.sample { border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; margin: 0 0 1rem; background: var(--soft); }
.words { white-space: pre-wrap; overflow-wrap: anywhere; } .sms { border: 1px solid var(--line); border-radius: 1rem; padding: .5rem .8rem; background: var(--paper); } .cut { display: block; border-top: 2px dashed var(--line); font-size: .8rem; }
mark { color: inherit; background: none; border-radius: .2rem; } mark.borrower { background: var(--a); } mark.brand { background: var(--b); } mark.notice { background: var(--c); } mark.need { outline: 2px solid var(--need); } mark:target { outline: 4px solid var(--need); }
del { color: var(--bad); } ins { color: var(--good); font-weight: bold; } .bad { color: var(--bad); } .good { color: var(--good); } .facts { font-size: .9rem; } .must { font-weight: bold; }
iframe { width: 100%; height: 34rem; border: 1px solid var(--line); background: var(--paper); } iframe.light { color-scheme: light; } iframe.dark { color-scheme: dark; } .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(21rem, 1fr)); gap: 1rem; }
@media print { .sample, tr { break-inside: avoid; } fieldset { display: none; } }
"""
LIVE = "new EventSource('/changes').onmessage = () => location.reload();"


def page(
    title: str,
    body: Iterable[str],
    language: str,
    *,
    more_style: str = "",
    live: bool = False,
    framed: bool = False,
) -> str:
    """A whole page. Its policy allows its own style and nothing else.

    `live` adds the one script that asks the preview server for changes. `framed` pages hold e-mails, whose layouts bring
    styles of their own: those are allowed, inside frames that may do nothing.
    """
    style = STYLE + more_style
    allowed = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    allowed.append(
        "style-src 'unsafe-inline'; img-src data:" if framed else f"style-src 'sha256-{_hash(style)}'"
    )
    if live:
        allowed.append(f"script-src 'sha256-{_hash(LIVE)}'; connect-src 'self'")
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(allowed)}">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>{escape(title)}</title><style>{style}</style></head><body><main>",
            f"<h1>{escape(title)}</h1>",
            *body,
            "</main>" + (f"<script>{LIVE}</script>" if live else "") + "</body></html>",
            "",
        ]
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of ready cells; the first of each row is its heading."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
        for first, *rest in rows
    )
    return f"<table>{f'<thead><tr>{head}</tr></thead>' if names else ''}<tbody>{body}</tbody></table>"


def bullets(items: Iterable[str]) -> str:
    """Ready items as a list."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"
