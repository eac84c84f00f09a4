"""The gate of a batch: values, with the words beside them, are judged; literals were proven clean by the linter."""

from __future__ import annotations

from collections.abc import Sequence

from .wording.engine import judge
from .wording.lexicon import load_lexicon


def gate(texts: Sequence[str]) -> list[bool]:
    """Which texts may be sent: those in which the wording engine finds no error."""
    lexicon = load_lexicon()
    return [not any(hit.severity == "error" for hit in judge(text, lexicon)) for text in texts]
