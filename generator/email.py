"""E-mail: one Markdown body becomes a text part and an HTML part, as deterministic MIME bytes."""

from __future__ import annotations

import re
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from functools import lru_cache
from typing import Any

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+!|<>~&.-])")
_WIRE = compat32.clone(linesep="\r\n")
"""Lines end as RFC 5321 asks, so that the bytes can be sent as they are."""
_BOUNDARY = "=_fairnotice_alternative"


@lru_cache(maxsize=1)
def _reader() -> Any:
    # markdown-it is only needed once an e-mail is written.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False}).enable("table")


def to_html(markdown: str) -> str:
    """The body as HTML; raw HTML in it is shown, not obeyed."""
    return str(_reader().render(markdown))


def to_text(markdown: str) -> str:
    """The body as plain text: escapes and marks removed, words kept."""
    text = re.sub(r"^#{1,6}[ \t]+", "", markdown, flags=re.M)
    text = re.sub(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", r"\1", text)
    text = re.sub(r"^\|?[ \t]*:?-{3,}.*\n?", "", text, flags=re.M)
    text = re.sub(
        r"^\|[ \t]*(.*?)[ \t]*\|[ \t]*$",
        lambda found: re.sub(r"[ \t]*(?<!\\)\|[ \t]*", "  ", found.group(1)),
        text,
        flags=re.M,
    )
    return _ESCAPED.sub(r"\1", text).strip() + "\n"


def to_mime(subject: str, text: str, page: str, unsubscribe: str = "") -> bytes:
    """A multipart/alternative message without addresses; raises `ValueError` for a line break in a header.

    `unsubscribe` is the address of List-Unsubscribe (RFC 2369), for messages that offer rather than remind.
    """
    if re.search(r"[\r\n\x00]", subject):
        raise ValueError("the subject holds a line break")
    message = MIMEMultipart("alternative", boundary=_BOUNDARY)
    message["Subject"] = subject if subject.isascii() else Header(subject, "utf-8").encode()
    if unsubscribe:
        if not re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", unsubscribe):
            raise ValueError("the address to unsubscribe is none")
        message["List-Unsubscribe"] = f"<mailto:{unsubscribe}?subject=unsubscribe>"
    message.attach(MIMEText(text, "plain", "utf-8"))
    message.attach(MIMEText(page, "html", "utf-8"))
    return message.as_bytes(policy=_WIRE)
