"""One message as the rules see it: its flow, its sentences, its files and the facts about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..flow.catalogue import Kind, Repository
from ..flow.link import Linked
from ..flow.nodes import Flow, Span
from ..flow.schema import Schema
from ..flow.sentences import Sentence, sentences
from .finding import Finding, Witness, place_of
from .registry import RULES

if TYPE_CHECKING:
    from .wording.lexicon import Lexicon


@dataclass
class Program:
    """What a check gets. `texts` are the files by path, for positions."""

    path: Path
    kind: Kind
    linked: Linked
    schema: Schema
    repository: Repository
    lexicon: Lexicon
    texts: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    stage: str | None = None
    language: str = "en"

    @property
    def flow(self) -> Flow:
        """The flow of the message's text."""
        return self.linked.flow

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Every sentence the message can say."""
        return sentences(self.flow)

    def whole(self) -> Span:
        """The first characters of the message's own text: where a missing thing is reported."""
        source = self.linked.sources[str(self.path)]
        start = source.body_start
        text = source.text
        while start < len(text) and text[start].isspace():
            start += 1
        end = text.find("\n", start)
        return Span(str(self.path), start, len(text) if end < 0 else end)

    def whole_file(self) -> Span:
        """The first line of the file, whatever it holds."""
        text = self.texts.get(str(self.path), "")
        end = text.find("\n")
        return Span(str(self.path), 0, len(text) if end < 0 else end)

    def finding(
        self,
        code: str,
        span: Span,
        message: str,
        *,
        verdict: str = "proven-bad",
        severity: str | None = None,
        related: tuple[tuple[Span, str], ...] = (),
        witness: Witness | None = None,
        hint: str = "",
        fix: str = "none",
    ) -> Finding:
        """A finding of a rule at a span."""
        rule = RULES[code]
        text = self.texts.get(span.path, "")
        return Finding(
            code,
            rule.name,
            severity or rule.severity,
            verdict,
            message,
            place_of(span, self.texts),
            tuple(place_of(other, self.texts, words) for other, words in related),
            witness,
            fix,
            hint,
            text[span.start : span.end],
        )

    def title(self, code: str) -> str:
        """What a rule is called in the user's language."""
        return RULES[code].title[self.language]

    def how(self, code: str) -> str:
        """How to mend what a rule finds, in the user's language."""
        return RULES[code].how[self.language]

    def say(self, en: str, zh: str, **values: Any) -> str:
        """A message in the user's language."""
        return (zh if self.language == "zh" else en).format(**values)
