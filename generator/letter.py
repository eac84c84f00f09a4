"""Letters and visit notices on paper: one Markdown body as a plain A4 page, HTML or PDF. Needs `fairnotice[print]` for PDF.

The page looks like a letter of the institution and like nothing else: no seal, no case number, no red ink.
"""

from __future__ import annotations

import subprocess
from functools import lru_cache
from html import escape

from .email import to_html

_STYLE = """
@page { size: A4; margin: 25mm 22mm; @bottom-center { content: counter(page) " / " counter(pages); font-size: 9pt; } }
body { font: 11pt/1.5 "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK TC", sans-serif; color: #000; }
h1 { font-size: 13pt; } table { border-collapse: collapse; } td, th { border: 0.5pt solid #555; padding: 2pt 6pt; text-align: left; }
table, blockquote { break-inside: avoid; } p { orphans: 2; widows: 2; }
"""


class PrintError(Exception):
    """A page that cannot be printed here; says what to install."""


def letter_page(title: str, body: str, locale: str) -> str:
    """The whole HTML page of a Markdown body."""
    head = f"<h1>{escape(title)}</h1>" if title else ""
    return (
        f'<!doctype html><html lang="{escape(locale)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{head}{to_html(body)}</body></html>\n"
    )


def letter_pdf(page: str) -> bytes:
    """A page as PDF; nothing is fetched for it. Raises `PrintError` where weasyprint is missing."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError):
        raise PrintError("PDF needs weasyprint and Pango: pip install 'fairnotice[print]'") from None
    if any("\u3400" <= character <= "\u9fff" for character in page) and not _has_font("zh"):
        raise PrintError("there is no Chinese font here; install one, such as Debian's fonts-noto-cjk")
    made: bytes = HTML(string=page, url_fetcher=URLFetcher(allowed_protocols=("data",))).write_pdf()
    return made


@lru_cache(maxsize=4)
def _has_font(language: str) -> bool:
    """Whether fontconfig knows a font for a language; yes where it cannot be asked."""
    try:
        found = subprocess.run(["fc-list", f":lang={language}"], capture_output=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return True
    return bool(found.stdout.strip())
