"""From one visible sentence to the hits that stand: readings, matches, exceptions, context, borders, verdict."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ...flow.record import record, replaced
from .context import lawful
from .disguise import readings
from .lexicon import Entry, Lexicon
from .normalise import Reading, fold, is_han, normalise
from .tokens import Tokens, tokens
from .tone import evidence, opinion, probability

_REMEMBERED = 20_000


@record()
class _Trust:
    """Probabilities: from `suspect` on a sentence in which nothing was found is reviewed, from `sure` on a hit counts in
    full. Chosen for few false alarms on sentences that the model had not seen (`bench/wording.py`).
    """

    suspect: float
    sure: float


_MANDARIN, _CANTONESE = _Trust(0.3, 0.88), _Trust(0.3, 0.88)
_ENGLISH, _SPANISH = _Trust(0.2, 0.85), _Trust(0.2, 0.8)
_LEAST = min(one.suspect for one in (_MANDARIN, _CANTONESE, _ENGLISH, _SPANISH))
_ENTRY_SURE = 0.5
"""What an entry calls an error needs less of the rest of a sentence than a cue does."""
_CLAUSE_SURE = 0.9
"""A clause alone may have lost its context, so it must be very sure, and the rest not innocent."""
_SEVERE, _NEAR_SURE = frozenset({"T101", "T106", "T107"}), 0.7
"""Violence, insults and obscenities count by the words beside them alone: no politeness around them helps."""
_NEAR_HAN, _NEAR_WORDS = 5, 3
"""So many characters or words on each side."""
_QUIET = 0.1
"""Under this, what an entry itself only calls for a review is passed over."""
_CLAUSE = re.compile(r"[,;:.!?，；：—。！？]")
_CANTONESE_WORDS = frozenset("嘅唔咗喺哋冇係畀俾佢嚟啲嗰乜咁")

_COMMON_WORDS = {
    "en": r"\b(?:the|your|you|to|and|is|are|of|for|we|will|not|it|this|have|with|from|if|can|our)\b",
    "es": r"\b(?:el|la|los|las|de|que|su|sus|para|por|con|una?|le|se|es|en|usted|no|si|tu|al|del)\b",
}
PLAIN_STEPS = 2
_NAME = r"(?:[\u4e00-\u9fff]{0,2})(?:路|街|巷|镇|屯|支行|分行|分店|小区|大厦|广场|公园|瓜子)"


@record(key=())
class Hit:
    """Characters `start:end` of the sentence, the entry that matched, the severity after context, and the steps.

    `read` is the reading that matched, with the start and the end there.
    """

    start: int
    end: int
    entry: Entry
    severity: str
    steps: tuple[str, ...] = ()
    read: tuple[str, int, int] = ("", 0, 0)


def judge(text: str, lexicon: Lexicon) -> tuple[Hit, ...]:
    """The hits in a sentence, one a rule: the most severe, then the longest. The same sentence is judged once."""
    cache = lexicon.judged
    found = cache.get(text)
    if found is None:
        if len(cache) > _REMEMBERED:
            cache.clear()
        base = normalise(text)
        parts = tokens(base.text)
        hits = [hit for hit in _traced(base, parts, lexicon) if hit.severity != "lawful"]
        chance = probability(parts, evidence_of(hits) if hits else ())
        if chance is not None and (hits or chance >= _LEAST):
            hits = _weighed(hits, base, parts, chance, text, lexicon)
        found = cache[text] = tuple(_strongest(map(_at_borders, hits))) if hits else ()
    hits_found: tuple[Hit, ...] = found
    return hits_found


def evidence_of(hits: Iterable[Hit]) -> frozenset[str]:
    """What the tone model hears of hits: plain ones, decoded readings are guesses."""
    return evidence((hit.entry.code, hit.severity) for hit in hits if hit.steps[0].startswith("base"))


def _weighed(
    hits: list[Hit], base: Reading, parts: Tokens, chance: float, text: str, lexicon: Lexicon
) -> list[Hit]:
    """The hits of a sentence after the second opinion; it speaks up on its own only where all are silent.

    Cues are heard where nothing blocks: of them the category with most counts.
    """
    trust = _trust_in(text)
    made = [_at_borders(hit) for hit in weighed(hits, text, chance, trust)]
    if chance >= trust.suspect and not any(hit.severity == "error" for hit in made):
        cues = [hit for hit in _cues(base, parts, lexicon) if hit.severity != "lawful"]
        if cues:
            count = Counter(hit.entry.code for hit in cues)
            most = max(cues, key=lambda hit: (count[hit.entry.code], hit.end - hit.start))
            made += weighed([most], text, chance, trust)
        elif not made:
            said = opinion(parts)
            step = f"tone {chance:.2f}: {', '.join(said.words)}"
            made.append(Hit(0, len(text), Entry.of_tone(", ".join(said.words)), "review", (step,)))
    return made


def weighed(hits: list[Hit], text: str, chance: float, trust: _Trust) -> Iterator[Hit]:
    """Hits after the second opinion.

    A hit counts in full where the whole sentence, weighed with what was hit, is surely harmful; else a person looks.
    What an entry calls an error is also weighed with its clause alone, a severe one with the words beside it, so that
    polite words around it hide nothing, and a `sure` entry is not weighed; what an entry only asks to review is passed
    over in a sentence that is surely innocent.
    Decoded readings and words that another language shares never count in full, a repository's own entries always as
    they say.
    """
    for hit in hits:
        if hit.entry.own or not is_plain(hit):
            yield hit
            continue
        if hit.severity == "review" and chance < _QUIET:
            continue
        if hit.entry.sure:
            yield replaced(hit, steps=(*hit.steps, "an entry that blocks by itself"))
            continue
        needed = _ENTRY_SURE if hit.severity == "error" else trust.sure
        sure, step = chance >= needed, f"the whole sentence: {chance:.2f}"
        if not sure and hit.severity == "error" and hit.entry.code in _SEVERE:
            alone = _alone(near(text, hit), hit)
            sure, step = alone >= _NEAR_SURE, f"{step}, the words beside it: {alone:.2f}"
        elif not sure and hit.severity == "error" and chance >= trust.suspect:
            alone = _alone(clause_of(text, hit), hit)
            sure, step = alone >= _CLAUSE_SURE, f"{step}, its clause alone: {alone:.2f}"
        yield replaced(hit, severity="error" if sure else "review", steps=(*hit.steps, step))


def clause_of(text: str, hit: Hit) -> str:
    """The part of a sentence around a hit, up to the next marks."""
    head, tail = _clause(text, hit)
    return text[head:tail]


def near(text: str, hit: Hit) -> str:
    """The words of a hit's clause that stand beside it."""
    head, tail = _clause(text, hit)
    before, words, after = text[head : hit.start], text[hit.start : hit.end], text[hit.end : tail]
    if any(map(is_han, words)):
        return before[-_NEAR_HAN:] + words + after[:_NEAR_HAN]
    return " ".join([*before.split()[-_NEAR_WORDS:], words, *after.split()[:_NEAR_WORDS]])


def _clause(text: str, hit: Hit) -> tuple[int, int]:
    head = max((mark.end() for mark in _CLAUSE.finditer(text, 0, hit.start)), default=0)
    tail = _CLAUSE.search(text, hit.end)
    return head, tail.start() if tail else len(text)


def _alone(text: str, hit: Hit) -> float:
    parts = tokens(normalise(text).text)
    return probability(parts, evidence_of([hit])) or 0.0


def _trust_in(text: str) -> _Trust:
    if text.isascii() or not any(map(is_han, text)):
        return _SPANISH if _written_in(fold(text)) == "es" else _ENGLISH
    traditional = any(is_han(one) and other != one for one, other in zip(text, fold(text), strict=False))
    return _CANTONESE if traditional or not _CANTONESE_WORDS.isdisjoint(text) else _MANDARIN


def is_plain(hit: Hit) -> bool:
    """A plain match; not one that a border, a name or another language had lowered, nor a decoded one."""
    return hit.steps[0].startswith("base") and len(hit.steps) == PLAIN_STEPS


def trace(text: str, lexicon: Lexicon) -> Iterator[Hit]:
    """Every match with the steps that led to its verdict; `lawful` ones and cues included."""
    base = normalise(text)
    parts = tokens(base.text)
    yield from _traced(base, parts, lexicon)
    yield from _cues(base, parts, lexicon)


def matches(text: str, lexicon: Lexicon) -> Iterator[Hit]:
    """Every match but cues."""
    base = normalise(text)
    return _traced(base, tokens(base.text), lexicon)


def _traced(base: Reading, parts: Tokens, lexicon: Lexicon) -> Iterator[Hit]:
    numbers = lexicon.candidates(parts)
    if numbers:
        yield from _hits(base, lexicon, numbers)
    told = lexicon.told(parts) if parts.wide else 0
    for reading in readings(base, lexicon, parts, told) if told or parts.odd else ():
        if reading.stage == "sound":
            yield from _sounded(reading, lexicon)
        else:
            yield from _hits(reading, lexicon, lexicon.candidates(tokens(reading.text)))


def _cues(base: Reading, parts: Tokens, lexicon: Lexicon) -> Iterator[Hit]:
    """Words that count only where nothing else was found and the sentence sounds harmful."""
    return _hits(base, lexicon, lexicon.candidates(parts, cues=True))


def _hits(reading: Reading, lexicon: Lexicon, numbers: list[int]) -> Iterator[Hit]:
    for number in numbers:
        entry = lexicon.entry(number)
        # Most candidates match nothing.
        if entry.matchers[0].search(reading.text):
            for start, end in _matches(entry, reading.text):
                yield _judged(entry, reading, start, end, lexicon)


def _matches(entry: Entry, text: str) -> Iterator[tuple[int, int]]:
    if len(entry.matchers) == 1:
        for match in entry.matchers[0].finditer(text):
            if match.end() > match.start():
                yield match.span()
        return
    spans: list[tuple[int, int]] = []
    position = 0
    for matcher in entry.matchers:
        found = matcher.search(text, position if entry.ordered else 0)
        if found is None:
            return
        spans.append(found.span())
        position = found.end()
    start, end = min(span[0] for span in spans), max(span[1] for span in spans)
    covered = sum(high - low for low, high in spans)
    if entry.language in ("zh", "yue"):
        near = end - start <= entry.window + covered
    else:
        near = len(text[start:end].split()) <= entry.window + sum(
            len(text[low:high].split()) for low, high in spans
        )
    if near:
        yield start, end


def _judged(entry: Entry, reading: Reading, start: int, end: int, lexicon: Lexicon) -> Hit:
    text = reading.text
    low, high = reading.source_span(start, end)
    steps = [f"{reading.stage}: {text[start:end]}", f"entry {entry.place}"]

    def result(severity: str, step: str = "") -> Hit:
        return Hit(low, high, entry, severity, (*steps, step) if step else tuple(steps), (text, start, end))

    if any(
        found.start() <= start and end <= found.end()
        for one in lexicon.allowed
        for found in one.finditer(text)
    ):
        return result("lawful", "allow phrase")
    if any(exception.search(text) for exception in entry.exceptions):
        return result("lawful", "exception of the entry")
    reason = lawful(text, start, end, " ".join(entry.parts), entry.negation)
    if reason is not None:
        return result("lawful", reason)
    if reading.stage != "base":
        return result("review", "decoded: a person must look")
    if entry.severity == "cue":
        same = entry.language not in _COMMON_WORDS or _written_in(text) in (entry.language, "")
        return result("cue") if same else result("lawful", "a cue of another language")
    if entry.language in _COMMON_WORDS and _written_in(text) not in (entry.language, ""):
        return result("review", "a word of another language may look the same")
    return result(entry.severity)


def _at_borders(hit: Hit) -> Hit:
    """A hit as it stands, or put to review where a Chinese match does not start and end where words do."""
    text, start, end = hit.read
    if not (
        hit.severity == hit.entry.severity == "error"
        and hit.entry.border
        and is_han(text[start])
        and is_han(text[end - 1])
    ):
        return hit
    # The dictionary takes a second to load, so it is asked last, of what would block.
    from .borders import aligned

    if not aligned(text, start, end):
        return replaced(hit, severity="review", steps=(*hit.steps, "does not start and end where words do"))
    if re.match(_NAME, text[end:]):
        return replaced(hit, severity="review", steps=(*hit.steps, "part of a name"))
    return hit


@lru_cache(maxsize=256)
def _written_in(text: str) -> str:
    """English or Spanish, where a text's little words tell."""
    counts = {language: len(re.findall(words, text)) for language, words in _COMMON_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= 2 and counts[best] > 2 * min(counts.values()) else ""


def _sounded(reading: Reading, lexicon: Lexicon) -> Iterator[Hit]:
    """Words written with other characters of the same sound, where those characters make no ordinary word."""
    text = reading.text
    numbers = {number for _, _, number in lexicon.sounding(reading.written, text)}
    # Context is read from the written words; only the match itself is heard.
    written = Reading(reading.written, reading.offsets, "sound")
    for number in sorted(numbers):
        entry = lexicon.entry(number)
        for match in entry.sounded.finditer(text):
            start, end = match.span()
            if any(part.fullmatch(written.text[start:end]) for part in entry.matchers):
                continue
            # The dictionary takes a second to load, so it is asked last.
            from .borders import ordinary

            if not ordinary(written.text, start, end):
                yield _judged(entry, written, start, end, lexicon)


def _strongest(hits: Iterable[Hit]) -> list[Hit]:
    best: dict[str, Hit] = {}
    for hit in hits:
        old = best.get(hit.entry.code)
        if old is None or _weight(hit) > _weight(old):
            best[hit.entry.code] = hit
    return sorted(best.values(), key=lambda hit: (hit.start, hit.entry.code))


def _weight(hit: Hit) -> tuple[bool, int]:
    return hit.severity == "error", hit.end - hit.start
