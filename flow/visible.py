"""What a reader sees of a flow: HTML comments, hidden elements, attributes, styles, link targets are not read.

The markup is followed through the flow itself, so that a comment opened in one branch and closed in another is
known in exactly the worlds where it is open. Where branches end in different states, what follows is split.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .analyses import branches, leaves
from .conditions import TRUE, Cond, both, either
from .nodes import APART, EMPTY, Choice, Flow, Hole, Opaque, Repeat, Seq, Span, Text, part_of, seq
from .record import record, replaced

MAX_STATES = 64
"""Past this many different states after one choice, the rest is *unproven*."""

_HIDDEN_ELEMENTS = frozenset(
    {"script", "style", "template", "head", "title", "noscript", "object", "svg", "select", "datalist"}
)
_VOID = frozenset(
    {"br", "hr", "img", "input", "meta", "link", "area", "base", "col", "embed", "source", "wbr"}
)
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "big"}
)  # fmt: skip
_NAME = re.compile(r"/?\s*([a-zA-Z][\w:-]*)")
# Patterns that only tags need are kept as texts: a plain text never compiles them, and `re` remembers those in use.
_HIDING = (
    r"(?i)"
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|font-size\s*:\s*0(?![.\d]*[1-9])|opacity\s*:\s*0(?:\.0+)?\s*(?:[;\"']|$)"
    r"|max-height\s*:\s*0(?![.\d]*[1-9])|(?<![-\w])height\s*:\s*0(?:px)?\s*(?:[;\"']|$)|(?<![-\w])width\s*:\s*0(?:px)?\s*(?:[;\"']|$)|mso-hide\s*:\s*all"
    r"|(?:left|top|text-indent|margin-left)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*0|clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:\s*scale\(\s*0\s*\)|(?<![-\w])color\s*:\s*transparent"
)
_HIDDEN_ATTRIBUTE = r"(?i)(?:^|[\s\"'])hidden(?=[\s=/\"']|$)|aria-hidden\s*=\s*[\"']?true"
_COLOUR = r"(?i)(?<![-\w])color\s*[:=]\s*[\"']?\s*([#\w]+(?:\([^)]*\))?)"
_GROUND = r"(?i)(?:background(?:-color)?|bgcolor)\s*[:=]\s*[\"']?\s*([#\w]+(?:\([^)]*\))?)"
_WHITE = frozenset({"#fff", "#ffffff", "white", "rgb(255,255,255)", "#fefefe", "#fdfdfd", "snow", "ivory"})


@record()
class _State:
    """Where the reader of the markup stands. `tag` is the text of an open tag; `hidden` an element and its depth."""

    mode: str = "text"  # text | tag | comment | target | alt | definition
    tag: str = ""
    quote: str = ""
    hidden: str = ""
    depth: int = 0
    tail: str = ""  # the last characters, for marks that span two literals


def visible(flow: Flow, form: str) -> Flow:
    """The part of a flow that is read, for `html` and `md`; other formats are read as they stand."""
    kind = {"html": "html", "htm": "html", "md": "md", "markdown": "md"}.get(form)
    if kind is None:
        return flow
    text = APART.join(_literals(flow))
    if not _MARKED[kind].search(text):
        return flow
    white = _white_ground(text)
    return seq([part for _, part, _ in [_merged(_Reader(kind, white).run([flow], _State()))]])


def hides_words(flow: Flow) -> bool:
    """Whether markup may hide more than its own names: comments, attributes with words in them, link targets, elements
    that are not shown. Plain tags alone hide nothing."""
    return re.search(_WORDY, re.sub(_BARE_TAG, " ", APART.join(_literals(flow)))) is not None


def _white_ground(text: str) -> bool:
    """Whether no dark background is declared anywhere, so that white letters are on white."""
    grounds = {_colour(found) for found in re.findall(_GROUND, text)}
    return not grounds - _WHITE - {"none", "transparent", "inherit"}


def _literals(flow: Flow) -> list[str]:
    """Every literal, whatever the world."""
    return [leaf.text for leaf in leaves(flow) if isinstance(leaf, Text)]


@lru_cache(maxsize=512)
def _colour(value: str) -> str:
    return re.sub(r"\s+", "", value).lower()


_Ways = list[tuple[Cond, Flow, _State]]


def _merged(ways: _Ways) -> tuple[Cond, Flow, _State]:
    if len(ways) == 1:
        return ways[0]
    return TRUE, Choice(Span("", 0, 0), tuple((cond, flow) for cond, flow, _ in ways)), ways[0][2]


class _Reader:
    def __init__(self, kind: str, white: bool):
        self.kind = kind
        self.white = white

    def run(self, parts: list[Flow], state: _State) -> _Ways:
        """The visible flow of parts from a state: one way, or several exclusive ones with their end states."""
        out: list[Flow] = []
        for index, part in enumerate(parts):
            if isinstance(part, Seq):
                ways = self.run(list(part.parts), state)
            elif isinstance(part, Choice):
                ways = self.choice(part, state)
            elif isinstance(part, Repeat):
                ways = self.repeat(part, state)
            elif isinstance(part, Text):
                made, state = self.text(part, state)
                out.append(made)
                continue
            else:
                if isinstance(part, (Hole, Opaque)):
                    out.append(part if self.seen(state) else EMPTY)
                    state = self.after_value(state)
                else:
                    out.append(part)
                continue
            if len(ways) == 1:
                out.append(ways[0][1])
                state = ways[0][2]
                continue
            if len(ways) > MAX_STATES:
                span = part.span if isinstance(part, Choice) else Span("", 0, 0)
                return [(TRUE, Opaque(span, "markup is opened and closed in too many ways"), state)]
            split: _Ways = []
            for cond, flow, end in ways:
                for inner, rest, final in self.run(parts[index + 1 :], end):
                    split.append((both(cond, inner), seq([flow, rest]), final))
            if len({final for _, _, final in split}) == 1:
                whole = Choice(_place(part), tuple((cond, flow) for cond, flow, _ in split))
                return [(TRUE, seq([*out, whole]), split[0][2])]
            return [(cond, seq([*out, flow]), final) for cond, flow, final in split]
        return [(TRUE, seq(out), state)]

    def choice(self, part: Choice, state: _State) -> _Ways:
        groups: dict[_State, list[tuple[Cond, Flow]]] = {}
        for cond, flow in branches(part):
            for inner, made, end in self.run([flow], state):
                groups.setdefault(_settled(end), []).append((both(cond, inner), made))
        if len(groups) == 1:
            ((end, arms),) = groups.items()
            return [
                (
                    TRUE,
                    EMPTY if all(flow == EMPTY for _, flow in arms) else Choice(part.span, tuple(arms)),
                    end,
                )
            ]
        return [
            (either(*(cond for cond, _ in arms)), Choice(part.span, tuple(arms)), end)
            for end, arms in groups.items()
        ]

    def repeat(self, part: Repeat, state: _State) -> _Ways:
        _, flow, end = _merged(self.run([part.body], state))
        if _settled(end) == _settled(state):
            return [(TRUE, Repeat(flow), end)]
        # Left in another state: the second time round is read from there.
        _, again, last = _merged(self.run([part.body], end))
        if _settled(last) == _settled(end):
            return [(TRUE, seq([flow, Choice(Span("", 0, 0), ((TRUE, Repeat(again)),))]), last)]
        return [(TRUE, Opaque(Span("", 0, 0), "a loop leaves its markup open"), last)]

    def seen(self, state: _State) -> bool:
        return state.mode == "text" and not state.hidden

    def after_value(self, state: _State) -> _State:
        return (
            replaced(state, tag=state.tag + "\ue010", tail="")
            if state.mode == "tag"
            else replaced(state, tail="")
        )

    def text(self, part: Text, state: _State) -> tuple[Flow, _State]:
        pieces: list[Flow] = []
        text = part.text
        start = position = 0

        def keep(end: int, current: _State) -> None:
            if end > start and self.seen(current):
                pieces.append(part_of(part, start, end))

        while position < len(text):
            if state.mode == "comment":
                found = text.find("-->", position)
                if found < 0:
                    return seq(pieces), replaced(state, tail=(state.tail + text)[-2:])
                position = start = found + 3
                state = replaced(state, mode="text", tail="")
                continue
            if state.mode == "target":
                found = _closing(text, position)
                if found < 0:
                    return seq(pieces), state
                position = start = found + 1
                state = replaced(state, mode="text")
                continue
            if state.mode in ("alt", "definition"):
                found = text.find("]" if state.mode == "alt" else "\n", position)
                if found < 0:
                    return seq(pieces), state
                position = start = found
                state = replaced(state, mode="text")
                continue
            if state.mode == "tag":
                if state.quote:
                    found = text.find(state.quote, position)
                    end = found + 1 if found >= 0 else len(text)
                    quote = "" if found >= 0 else state.quote
                    state = replaced(state, quote=quote, tag=state.tag + text[position:end])
                    position = end
                    continue
                stop = _TAG_STOP.search(text, position)
                tag = state.tag + text[position : stop.start() if stop else len(text)]
                position = stop.end() if stop else len(text)
                if stop is None:
                    state = replaced(state, tag=tag)
                elif stop.group() == ">":
                    state, broke = _closed(replaced(state, tag=""), tag, self.white)
                    start = position
                    if broke and self.seen(state):
                        pieces.append(Text(part_of(part, position - 1, position).span, "\n\n", False))
                else:
                    # A quotation mark opens a value only behind a sign of equality.
                    quote = stop.group() if "=" in tag else ""
                    state = replaced(state, tag=tag + stop.group(), quote=quote)
                continue
            ahead = (_MARKDOWN if self.kind == "md" else _MARKUP).search(text, position)
            position = ahead.start() if ahead else len(text)
            if ahead is None:
                break
            if text.startswith("<!--", position):
                keep(position, state)
                state = replaced(state, mode="comment", tail="")
                position = start = position + 4
            elif text[position] == "<" and _TAG.match(text, position):
                keep(position, state)
                whole = _WHOLE_TAG.match(text, position)
                if whole is None:
                    state = replaced(state, mode="tag", tag="", quote="")
                    position = start = position + 1
                    continue
                state, broke = _closed(state, whole[1], self.white)
                position = start = whole.end()
                if broke and self.seen(state):
                    pieces.append(Text(part_of(part, position - 1, position).span, "\n\n", False))
            elif self.kind == "md" and text.startswith("](", position):
                keep(position, state)
                state = replaced(state, mode="target")
                position = start = position + 2
            elif self.kind == "md" and text.startswith("![", position):
                keep(position, state)
                state = replaced(state, mode="alt")
                position = start = position + 2
            elif (
                self.kind == "md"
                and (position == 0 or text[position - 1] == "\n")
                and (note := _DEFINITION.match(text, position))
            ):
                keep(position, state)
                state = replaced(state, mode="definition")
                position = start = note.end()
            else:
                position += 1
        keep(position, state)
        return seq(pieces), replaced(state, tail="") if state.tail else state


@lru_cache(maxsize=4096)
def _closed(state: _State, tag: str, white: bool) -> tuple[_State, bool]:
    """After a tag, given without its brackets: (state, whether a new line of text begins)."""
    named = _NAME.match(tag)
    name = named.group(1).lower() if named else "!"
    ends = tag.lstrip().startswith("/")
    after = replaced(state, mode="text", tag="", quote="")
    broke = name not in _INLINE and name != "!"
    if state.hidden:
        if name == state.hidden and name not in _VOID:
            depth = state.depth + (-1 if ends else 0 if tag.endswith("/") else 1)
            after = replaced(after, hidden=state.hidden if depth else "", depth=depth)
        return after, False
    if not ends and name not in _VOID and _hides(name, tag, white) and not tag.endswith("/"):
        return replaced(after, hidden=name, depth=1), broke
    return after, broke


def _hides(name: str, tag: str, white: bool) -> bool:
    if (
        name in _HIDDEN_ELEMENTS
        or re.search(_HIDING, tag)
        or re.search(_HIDDEN_ATTRIBUTE, _without_values(tag))
    ):
        return True
    colour = re.search(_COLOUR, re.sub(_GROUND, "", tag))
    if colour is None:
        return False
    ground = re.search(_GROUND, tag)
    shown = _colour(colour.group(1))
    if ground is not None:
        return shown == _colour(ground.group(1)) or (shown in _WHITE and _colour(ground.group(1)) in _WHITE)
    return shown in _WHITE and white


# Where text may stop being text; each place is looked at more closely.
_MARKUP = re.compile("<")
# In Markdown `<https://…>` is a visible link.
_TAG = re.compile(r"<(?!https?:|mailto:|[\w.+-]+@)/?[a-zA-Z!]")
# A quotation mark opens a value only behind a sign of equality.
_WHOLE_TAG = re.compile(r"""<([^<>"'=]*+(?:=(?:[^<>"']++|"[^"]*+"|'[^']*+')*+)?)>""")
_TAG_STOP = re.compile("[>\"']")
_MARKDOWN = re.compile(r"<|\]\(|!\[|^ {0,3}\[", re.M)
_MARKED = {"html": re.compile("<"), "md": re.compile(r"[<\[\]]")}
"""A flow without any of these is read as it stands."""
_BARE_TAG = (
    rf"(?i)</?(?!(?:{'|'.join(sorted(_HIDDEN_ELEMENTS))})\b)[a-z][a-z0-9]*"
    r"(?:\s+(?:lang|dir|charset|align)=\"[\w-]{1,12}\")*\s*/?>"
)
_WORDY = r"[<>]|\]\(|!\[|\]:"
_DEFINITION = re.compile(r"[ ]{0,3}\[[^\]\n]+\]:")


def _without_values(tag: str) -> str:
    """A tag's text without quoted values, but for `aria-hidden`."""
    return re.sub(r"(?<!hidden)\s*=\s*(?:\"[^\"]*\"|'[^']*')", "=", tag)


def _closing(text: str, position: int) -> int:
    depth = 1
    for index in range(position, len(text)):
        if text[index] == "(":
            depth += 1
        elif text[index] == ")":
            depth -= 1
            if depth == 0:
                return index
        elif text[index] == "\n":
            return index
    return -1


def _settled(state: _State) -> _State:
    """A state without what no longer matters, so that branches that differ in trifles meet again."""
    if state.mode != "tag":
        return replaced(state, tail="")
    named = _NAME.match(state.tag)
    telling = re.search(r"hidden|style|display|color|bg", state.tag, re.I)
    short = state.tag if telling or named is None else named.group(0) + " ="
    return replaced(state, tag=short, tail="")


def _place(flow: Flow) -> Span:
    return flow.span if isinstance(flow, (Choice, Text, Hole, Opaque)) else Span("", 0, 0)
