"""The verdict on a whole text outside a template: every sentence judged, the worst severity kept."""

from __future__ import annotations

import re

from ...flow.sentences import FULL_STOP
from .disguises import disguises
from .engine import judge
from .lexicon import Lexicon

_SENTENCE = re.compile(rf".+?(?:[。！？!?]+[”’」』\"']?|{FULL_STOP}(?=\s)|\n[ \t]*\n|$)", re.S)


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, each with its mark."""
    return _SENTENCE.findall(text)


def severity_of(text: str, lexicon: Lexicon) -> str:
    """`error`, `review` or an empty text where nothing was found."""
    found = {hit.severity for piece in sentences_of(text) for hit in judge(piece, lexicon)}
    found |= {disguise.severity for disguise in disguises(text)}
    return "error" if "error" in found else "review" if found else ""
