"""What a run has done: worlds and sentences judged, and which packs and schemas held. Summaries of reports tell it."""

from __future__ import annotations

from typing import Any


class Tally:
    """Counts of one run; those of several files or processes are added up."""

    def __init__(self) -> None:
        self.worlds = 0
        """Combinations of facts over which required content was asked for."""
        self.sentences = 0
        """Different sentences that some borrower can read."""
        self.packs: set[str] = set()
        self.schemas: set[str] = set()

    def add(self, other: Tally) -> None:
        """Add the counts of another file."""
        self.worlds += other.worlds
        self.sentences += other.sentences
        self.packs |= other.packs
        self.schemas |= other.schemas

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape."""
        return {
            "worlds": self.worlds,
            "sentences": self.sentences,
            "packs": sorted(self.packs),
            "schemas": sorted(digest[:12] for digest in self.schemas),
        }
