"""One message as the rules see it: its flow, its sentences, its files and the facts about it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..flow.analyses import leaves
from ..flow.catalogue import Kind, Repository, description
from ..flow.link import Linked
from ..flow.nodes import APART, Crash, Flow, Hole, Opaque, Span, Text
from ..flow.record import record
from ..flow.schema import Schema
from ..flow.sentences import HOLE, Sentence, sentences
from ..flow.visible import hides_words, visible
from .finding import Finding, Witness, place_of
from .packs.loading import Law
from .registry import RULES
from .tally import Tally

if TYPE_CHECKING:
    from .wording.lexicon import Lexicon


Leaf = Text | Hole | Opaque | Crash


@record(key=())
class Program:
    """What a check gets. `texts` are the files by path, for positions."""

    path: Path
    kind: Kind
    linked: Linked
    schema: Schema
    repository: Repository
    lexicon: Lexicon
    texts: Mapping[str, str]
    renamed: Mapping[str, str] = {}
    language: str = "en"
    law: Law = Law((), ())
    tally: Tally = Tally()

    @property
    def printed(self) -> Flow:
        """All that is printed, markup and hidden text included."""
        return self.linked.flow

    @cached_property
    def flow(self) -> Flow:
        """What a reader sees: required elements count only here."""
        return visible(self.linked.flow, self.kind.format)

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every leaf of `flow`, in order."""
        return tuple(leaves(self.flow))

    @cached_property
    def roles(self) -> frozenset[str | None]:
        """The roles of all values that a reader may see."""
        return frozenset([leaf.role for leaf in self.leaves if isinstance(leaf, Hole)])

    @cached_property
    def printed_leaves(self) -> tuple[Leaf, ...]:
        """Every leaf of `printed`, in order."""
        return self.leaves if self.flow is self.printed else tuple(leaves(self.printed))

    @cached_property
    def sentences(self) -> list[Sentence]:
        """Every sentence a reader can see."""
        return sentences(self.flow)

    @cached_property
    def delivered(self) -> list[Sentence]:
        """Every sentence that reaches the reader's device: also what markup hides."""
        if self.flow is self.printed or not hides_words(self.printed):
            return self.sentences
        seen = set(self.sentences)
        return [*self.sentences, *(one for one in sentences(self.printed) if one not in seen)]

    @cached_property
    def spoken(self) -> str:
        """All of `delivered` in small letters, one behind the other: what is not found here is in no sentence."""
        return APART.join([sentence.lower for sentence in self.delivered])

    @cached_property
    def words(self) -> str:
        """All literals of `flow`, and a `HOLE` for whatever else stands there."""
        return "".join([leaf.text if isinstance(leaf, Text) else HOLE for leaf in self.leaves])

    @cached_property
    def message(self) -> Mapping[str, Any]:
        """The message's description (`message.yaml` beside it), empty where there is none."""
        return description(self.path)

    def asks_for(self, role: str) -> bool:
        """Whether a message of this kind must show a role: by its description, else by what it is."""
        if self.kind.channel == "voicemail":
            # Anybody may hear a voicemail: it names no debt.
            return False
        requires = self.message.get("requires")
        return requires is None or role in requires

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
