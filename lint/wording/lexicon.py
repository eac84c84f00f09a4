"""The lexicon: entries as data, compiled to matchers whose literals must all be present before a regex is tried."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...flow.strict_yaml import YamlError, load_yaml

FOLDER = Path(__file__).resolve().parent.parent / "lexicons"
COMPILED = FOLDER / "compiled.json"
_TOKEN = re.compile(r"…|\.\.\.|\(|\)|\[|\]|\||[^…()\[\]|]+?(?=\.\.\.|[…()\[\]|]|$)")
_SENTENCE = "。！？!?"


@dataclass(frozen=True)
class LexiconError(Exception):
    """A lexicon entry that cannot be used; names the file and the entry."""

    message: str
    path: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@dataclass(frozen=True)
class Entry:
    """One entry: a pattern or a frame, with its reason and the sentences that prove it."""

    code: str
    category: str
    language: str
    severity: str
    why: Mapping[str, str]
    pattern: str | None
    slots: tuple[tuple[str, ...], ...]
    ordered: bool
    window: int
    unless: tuple[str, ...]
    when_not: str | None
    hits: tuple[str, ...]
    misses: tuple[str, ...]

    @cached_property
    def matcher(self) -> re.Pattern[str] | None:
        """The pattern as a regular expression without nested repetition; None for a frame."""
        return compile_pattern(self.pattern, self.language) if self.pattern is not None else None

    @cached_property
    def exceptions(self) -> tuple[re.Pattern[str], ...]:
        """What makes the sentence lawful."""
        return tuple(compile_pattern(pattern, self.language) for pattern in self.unless)

    @cached_property
    def slot_matchers(self) -> tuple[re.Pattern[str], ...]:
        """One alternation a slot."""
        return tuple(_words(slot, self.language) for slot in self.slots)

    @cached_property
    def needs(self) -> tuple[tuple[str, ...], ...]:
        """Literals of which one of each group must be in the text for the entry to match."""
        if self.pattern is None:
            return self.slots
        return required_literals(self.pattern)


@dataclass(frozen=True)
class Lexicon:
    """All entries, and the digest of the files they came from."""

    entries: tuple[Entry, ...]
    digest: str


def compile_pattern(pattern: str, language: str) -> re.Pattern[str]:
    """Literals, `…` gaps, `(a|b)` choices and `[x]` options as a regular expression."""
    gap = rf"[^{_SENTENCE}]{{0,8}}?" if language == "zh" else r"(?:\W+\w+){0,4}?\W+"
    out: list[str] = []
    for token in _TOKEN.findall(pattern):
        if token in ("…", "..."):
            # Spaces around a gap belong to it.
            while out and out[-1] == r"\s+":
                out.pop()
            out.append(gap)
        elif token == "(" or token == "[":
            out.append("(?:")
        elif token == ")":
            out.append(")")
        elif token == "]":
            out.append(")?")
        elif token == "|":
            out.append("|")
        elif language == "zh":
            out.append(re.escape(token))
        else:
            pieces = re.split(r"(\s+)", token)
            if out and out[-1] == gap:
                while pieces and not pieces[0].strip():
                    pieces.pop(0)
            out.extend(r"\s+" if piece.isspace() else re.escape(piece) for piece in pieces if piece)
    body = "".join(out)
    if language != "zh":
        # An optional word takes its space along.
        body = re.sub(r"\)\?\\s\+", r")?\\s*", body)
        body = re.sub(r"\\s\+(\(\?:[^()]*\)\?)", r"\\s*\1", body)
        body = rf"(?<!\w){body}(?!\w)"
    try:
        return re.compile(body, re.I)
    except re.error as error:
        raise LexiconError(f"the pattern '{pattern}' cannot be read: {error}", "") from None


def required_literals(pattern: str) -> tuple[tuple[str, ...], ...]:
    """The literals outside choices and options: each must occur."""
    plain = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "…", re.sub(r"\[[^\[\]]*\]", "…", pattern))
    parts = [part.strip().lower() for part in re.split(r"…|\.\.\.|\s+", plain)]
    return tuple((part,) for part in parts if part and not set(part) & set("()[]|"))


def _words(words: tuple[str, ...], language: str) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    body = "|".join(r"\s+".join(re.escape(piece) for piece in word.split()) for word in ordered)
    return re.compile(f"(?:{body})" if language == "zh" else rf"(?<!\w)(?:{body})(?!\w)", re.I)


def load_lexicon(folder: Path = FOLDER) -> Lexicon:
    """The compiled lexicon where it is current, else the YAML files."""
    digest = digest_of(folder)
    if folder == FOLDER and COMPILED.is_file():
        document = json.loads(COMPILED.read_text(encoding="utf-8"))
        if document.get("digest") == digest:
            return Lexicon(tuple(_entry(record) for record in document["entries"]), digest)
    return Lexicon(tuple(_entry(record) for record in read_records(folder)), digest)


def digest_of(folder: Path) -> str:
    """SHA-256 over the names and bytes of the lexicon files."""
    total = hashlib.sha256()
    for path in sorted(folder.glob("*.yaml")):
        total.update(path.name.encode() + b"\0" + path.read_bytes())
    return total.hexdigest()


def read_records(folder: Path) -> Iterator[dict[str, Any]]:
    """Every entry of every file as plain data; raises `LexiconError` for one without its sentences."""
    for path in sorted(folder.glob("*.yaml")):
        try:
            document = load_yaml(path.read_text(encoding="utf-8"), str(path))
        except YamlError as error:
            raise LexiconError(str(error), str(path)) from None
        for number, entry in enumerate(document.get("entries") or (), 1):
            if not entry.get("hits") or not entry.get("misses"):
                raise LexiconError(
                    f"entry {number} needs sentences that must hit and that must not", str(path)
                )
            if ("pattern" in entry) == ("frame" in entry):
                raise LexiconError(f"entry {number} needs either a pattern or a frame", str(path))
            yield {
                **entry,
                "code": document["code"],
                "category": document["category"],
                "language": document["language"],
            }


def _entry(record: Mapping[str, Any]) -> Entry:
    frame = dict(record.get("frame") or {})
    ordered = frame.pop("order", "any") == "listed"
    window = int(frame.pop("window", 20))
    why = record.get("why") or {}
    return Entry(
        record["code"],
        record["category"],
        record["language"],
        record.get("severity", "error"),
        why if isinstance(why, Mapping) else {"en": str(why), "zh": str(why)},
        record.get("pattern"),
        tuple(tuple(str(word).lower() for word in words) for words in frame.values()),
        ordered,
        window,
        tuple(record.get("unless") or ()),
        record.get("when_not"),
        tuple(record["hits"]),
        tuple(record["misses"]),
    )


def write_compiled() -> Path:
    """Write `compiled.json`, so that a start-up reads no YAML."""
    document = {"digest": digest_of(FOLDER), "entries": list(read_records(FOLDER))}
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    COMPILED.write_text(text + "\n", encoding="utf-8")
    return COMPILED
