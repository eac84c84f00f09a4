"""The pattern language of the lexicon: literals, gaps, choices, options, word sets. Nothing else, so nothing can hang.

没有…还款          a gap: up to 8 characters (Chinese) or 4 words, never over a sentence's end
tell …… boss       a wide gap: up to 20 characters or 10 words
(jail|prison)      a choice
[a] warrant        an option
<family>           a word set by name, from a file's `sets` or from `sets.<language>.yaml`
deadbeat*          word beginnings (not in Chinese)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...flow.record import record
from .lexicon import CLOSE_SET, OPEN_SET
from .tokens import JOINED

MAX_LENGTH = 12_000
_FEW = 8
_EVERYWHERE = frozenset(
    [
        "a",
        "an",
        "and",
        "as",
        "at",
        "be",
        "by",
        "do",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "is",
        "it",
        "me",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "out",
        "so",
        "that",
        "the",
        "this",
        "to",
        "up",
        "us",
        "we",
        "will",
        "with",
        "you",
        "your",
        "de",
        "el",
        "en",
        "es",
        "la",
        "las",
        "le",
        "lo",
        "los",
        "no",
        "nos",
        "por",
        "que",
        "se",
        "si",
        "su",
        "sus",
        "te",
        "tu",
        "un",
        "una",
        "y",
    ]
)
"""Words that tell nothing: an option is looked up by its others, where it has others."""
MAX_REACH = 9000
"""Bound on the product of a pattern's gaps: the work one start position can cost."""

AT_START = "^"
"""Behind the name of a word set: its words as they begin a pattern."""
_EDGE = r"(?<![\w’'])"
_JOINT = r"[\s\-–—,]+"
_NAMED = re.compile(f"{OPEN_SET}([^{CLOSE_SET}]*){CLOSE_SET}")
_HAN_SENTENCE = "。！？!?"
_TOKEN = re.compile(r"……|…|<([\w-]+)>|[()\[\]|]|[^…()\[\]|<>]+")
_GAPS = {
    "han": {"…": (8, rf"[^{_HAN_SENTENCE}]{{0,8}}?"), "……": (20, rf"[^{_HAN_SENTENCE}]{{0,20}}?")},
    "latin": {
        "…": (5, r"(?:[^\w.!?]+[\w'’-]+){0,4}?[^\w.!?]+"),
        "……": (11, r"(?:[^\w.!?]+[\w'’-]+){0,10}?[^\w.!?]+"),
    },
}


class PatternError(ValueError):
    """A pattern that cannot be used; the text says why."""


@record()
class Compiled:
    """A pattern's regular expression and its needs: groups of alternatives, one of each is in a text that matches.

    An alternative is the pieces that must all be there, joined by spaces (see `wants`), or the name of a word set.
    """

    regex: str
    needs: tuple[tuple[str, ...], ...]


@record()
class _Literal:
    text: str


@record()
class _Gap:
    wide: bool


@record()
class _Choice:
    options: tuple[tuple[_Node, ...], ...]
    optional: bool
    name: str = ""


@record()
class _Space:
    pass


_Node = _Literal | _Gap | _Choice | _Space


def expanded(regex: str, sets: Mapping[str, str]) -> str:
    """A pattern's regular expression with the words of its sets."""
    return _NAMED.sub(lambda found: sets[found.group(1)], regex)


def named(regex: str) -> list[str]:
    """The word sets that a pattern's regular expression names."""
    return _NAMED.findall(regex)


def choices(pattern: str) -> list[str]:
    """The options of a pattern that is one single choice; empty for any other."""
    text = pattern.strip()
    if not text.startswith("("):
        return []
    options: list[str] = []
    depth, start = 0, 1
    for position, character in enumerate(text):
        depth += (character in "([") - (character in ")]")
        if depth == 0:
            return [*options, text[start:position]] if position == len(text) - 1 else []
        if depth == 1 and character == "|":
            options.append(text[start:position])
            start = position + 1
    return []


def compile_sets(language: str, sets: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The alternatives of each word set as a regular expression; under its name and `^` as they begin a pattern."""
    script = script_of(language)
    made: dict[str, str] = {}
    for name, words in sets.items():
        parsed = [_parse(word, sets, script, 1) for word in words]
        made[name] = "|".join(_regex(one, script) for one in parsed)
        led = _led(parsed, script) if script == "latin" else None
        if led is not None:
            made[name + AT_START] = led
    return made


def script_of(language: str) -> str:
    """`han` matches characters, `latin` matches words."""
    return "han" if language in ("zh", "yue") else "latin"


def compile_pattern(pattern: str, language: str, sets: Mapping[str, Sequence[str]]) -> Compiled:
    """A pattern as a bounded regular expression; raises `PatternError`."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError("is too long")
    script = script_of(language)
    nodes = _parse(pattern, sets, script, depth=0)
    if _reach(nodes, script) > MAX_REACH:
        raise PatternError("has too many gaps; use at most three")
    needs = _needs(nodes, script)
    if not needs:
        raise PatternError("needs at least one fixed word outside options and gaps")
    body = _regex(nodes, script)
    if script == "latin":
        body = (_begun(nodes, body, script) or _EDGE + body) + r"(?!\w)"
    return Compiled(body, needs)


def _begun(nodes: tuple[_Node, ...], body: str, script: str) -> str | None:
    """A pattern, whose regular expression is `body`, with the edge of its first word behind that word's first letter.

    So `re` skips to the letters that may begin a match, which is twice as fast as asking for an edge everywhere.
    None where it can't be said what begins it.
    """
    first = nodes[0]
    if isinstance(first, _Choice) and not first.optional:
        options = ((first,),) if first.name else first.options
        led = _led(options, script)
        return None if led is None else f"(?:{led}){body[len(_regex((first,), script)) :]}"
    return _led((nodes,), script)


def _led(options: Sequence[tuple[_Node, ...]], script: str) -> str | None:
    """Alternatives by their first letters, each with its edge behind it; None where one of them begins otherwise.

    What begins with the same letter keeps its order; of others, no two can match at one place.
    """
    made: list[str] = []
    grouped: dict[str, list[str]] = {}

    def close() -> None:
        for letter, rest in grouped.items():
            made.append(
                f"{letter}{_EDGE[:-1]}{letter}){rest[0] if len(rest) == 1 else '(?:' + '|'.join(rest) + ')'}"
            )
        grouped.clear()

    for option in options:
        first = option[0] if option else None
        if isinstance(first, _Literal) and first.text[0].isascii() and first.text[0].isalnum():
            body = _regex(option, script)
            grouped.setdefault(body[0], []).append(body[1:])
        elif isinstance(first, _Choice) and first.name and len(option) == 1:
            if _led(first.options, script) is None:
                return None
            close()
            made.append(f"{OPEN_SET}{first.name}{AT_START}{CLOSE_SET}")
        else:
            return None
    close()
    return "|".join(made)


def _parse(pattern: str, sets: Mapping[str, Sequence[str]], script: str, depth: int) -> tuple[_Node, ...]:
    if depth > 4:
        raise PatternError("is nested too deeply")
    stack: list[tuple[str, list[list[_Node]]]] = [("", [[]])]
    for match in _TOKEN.finditer(pattern.replace("...", "…").strip()):
        token = match.group()
        here = stack[-1][1][-1]
        if token in ("…", "……"):
            here.append(_Gap(token == "……"))
        elif match.group(1):
            name = match.group(1)
            if name not in sets:
                raise PatternError(f"speaks of the word set <{name}>, which does not exist")
            here.append(
                _Choice(tuple(_parse(word, sets, script, depth + 1) for word in sets[name]), False, name)
            )
        elif token in "([":
            stack.append((token, [[]]))
        elif token in ")]":
            if len(stack) == 1 or stack[-1][0] != {")": "(", "]": "["}[token]:
                raise PatternError(f"has a '{token}' without its opening")
            opened, options = stack.pop()
            kept = tuple(_stripped(option) for option in options)
            stack[-1][1][-1].append(_Choice(kept, opened == "["))
        elif token == "|":
            if len(stack) == 1:
                raise PatternError("has a '|' outside brackets")
            stack[-1][1].append([])
        else:
            for piece in re.split(r"(\s+)", token):
                if piece.isspace():
                    here.append(_Space())
                elif piece:
                    here.append(_Literal(piece.lower()))
    if len(stack) > 1:
        raise PatternError(f"has a '{stack[-1][0]}' without its closing")
    nodes = stack[0][1][0]
    if script == "han":
        return tuple(node for node in nodes if not isinstance(node, _Space))
    return _stripped(nodes)


def _stripped(nodes: Sequence[_Node]) -> tuple[_Node, ...]:
    low, high = 0, len(nodes)
    while low < high and isinstance(nodes[low], _Space):
        low += 1
    while high > low and isinstance(nodes[high - 1], _Space):
        high -= 1
    return tuple(nodes[low:high])


def _reach(nodes: Sequence[_Node], script: str) -> int:
    total = 1
    for node in nodes:
        if isinstance(node, _Gap):
            total *= _GAPS[script]["……" if node.wide else "…"][0]
        elif isinstance(node, _Choice):
            total *= max(_reach(option, script) for option in node.options)
    return total


def wants(pattern: str, script: str) -> str:
    """The pieces, joined by spaces, that a text must hold to match a word of a set.

    Whole words, `^` and the letters that begin one, or `~` and letters that stand anywhere.
    """
    return _wants(_parse(pattern, {}, script, 1), script)


def _needs(nodes: Sequence[_Node], script: str) -> tuple[tuple[str, ...], ...]:
    fixed = _wants(nodes, script)
    groups: list[tuple[str, ...]] = [(fixed,)] if fixed else []
    for index, node in enumerate(nodes):
        if isinstance(node, _Choice) and not node.optional:
            beside = (*nodes[max(index - 1, 0) : index], *nodes[index + 1 : index + 2])
            if script == "latin" and any(isinstance(other, (_Literal, _Choice)) for other in beside):
                # Only parts of words, to which its neighbours belong.
                continue
            if node.name:
                groups.append((f"<{node.name}>",))
                continue
            options = [_one_of(option, script) for option in node.options]
            if all(options):
                groups.append(tuple(dict.fromkeys(one for option in options for one in option)))
    return tuple(sorted(groups, key=_telling))


def _telling(group: tuple[str, ...]) -> tuple[bool, int]:
    """Groups that narrow a search come first."""
    return any(_EVERYWHERE.issuperset(one.split()) for one in group), len(group)


def _one_of(option: Sequence[_Node], script: str) -> tuple[str, ...]:
    """Alternatives of which a text needs one where it matches an option: its fixed words, with those of one choice."""
    fixed = _wants(option, script)
    inner = next((group for group in _needs(option, script) if group != (fixed,)), ())
    if not fixed or (inner and inner[0][0] != "<" and _EVERYWHERE.issuperset(fixed.split())):
        return inner
    if inner and len(inner) <= _FEW and inner[0][0] != "<":
        return tuple(f"{fixed} {one}" for one in inner)
    return (fixed,)


def _wants(nodes: Sequence[_Node], script: str) -> str:
    if script == "han":
        return " ".join(dict.fromkeys(node.text for node in nodes if isinstance(node, _Literal)))
    pieces: list[str] = []
    # The word that a space may join to the next one: nothing but a joint stands between them.
    before = ""
    for index, node in enumerate(nodes):
        if not isinstance(node, _Literal):
            if not isinstance(node, _Space):
                before = ""
            continue
        glued_before = index > 0 and isinstance(nodes[index - 1], (_Choice, _Literal))
        glued_after = index + 1 < len(nodes) and isinstance(nodes[index + 1], (_Choice, _Literal))
        starred = "*" in node.text.rstrip("*")
        words = re.findall(r"\w+\*?", node.text)
        for place, word in enumerate(words):
            stem = word.rstrip("*")
            if (place and starred) or (glued_before and not place) or not stem.isascii():
                pieces.append("~" + stem)
                before = ""
            elif word != stem or starred or (glued_after and place == len(words) - 1):
                pieces.append("^" + stem)
                before = ""
            else:
                if before and pieces[-1] == before:
                    # Told by the two together.
                    pieces.pop()
                pieces.append(before + JOINED + stem if before else stem)
                before = stem
    return " ".join(dict.fromkeys(pieces))


def _regex(nodes: Sequence[_Node], script: str) -> str:
    """One sequence. In Latin scripts an option takes along the space before it (at the start: behind it)."""
    out: list[str] = []
    count = len(nodes)
    for index, node in enumerate(nodes):
        before = nodes[index - 1] if index else None
        after = nodes[index + 1] if index + 1 < count else None
        if isinstance(node, _Space):
            free = before is None or after is None or isinstance(before, _Gap) or isinstance(after, _Gap)
            taken = _optional(after) or (_optional(before) and _leads(nodes, index - 1))
            if not free and not taken:
                out.append(_JOINT)
        elif isinstance(node, _Gap):
            out.append(_GAPS[script]["……" if node.wide else "…"][1])
        elif isinstance(node, _Literal):
            out.append(_escaped(node.text, script))
        else:
            named = f"{OPEN_SET}{node.name}{CLOSE_SET}"
            body = named if node.name else "|".join(_regex(option, script) for option in node.options)
            if not node.optional:
                out.append(f"(?:{body})")
            elif isinstance(before, _Space) and not _leads(nodes, index):
                out.append(f"(?:{_JOINT}(?:{body}))?")
            elif isinstance(after, _Space) and _leads(nodes, index):
                out.append(f"(?:(?:{body}){_JOINT})?")
            else:
                out.append(f"(?:{body})?")
    return "".join(out)


def _optional(node: _Node | None) -> bool:
    return isinstance(node, _Choice) and node.optional


def _leads(nodes: Sequence[_Node], index: int) -> bool:
    """Whether nothing fixed stands before this place of the sequence, or only a gap does."""
    while index > 0 and isinstance(nodes[index - 1], _Space):
        index -= 1
    return (
        index <= 0
        or isinstance(nodes[index - 1], _Gap)
        or (_optional(nodes[index - 1]) and _leads(nodes, index - 1))
    )


def _escaped(text: str, script: str) -> str:
    if script == "han":
        # Latin letters inside Chinese keep their own word edges. The letters come first, so that `re` can skip to them.
        letters = re.escape(text)
        start = f"(?<![a-z0-9]{letters})" if text[0].isascii() and text[0].isalnum() else ""
        end = r"(?![a-z0-9])" if text[-1].isascii() and text[-1].isalnum() else ""
        return letters + start + end
    return r"\w{0,12}".join(re.escape(piece) for piece in text.split("*"))
