"""Jinja's own lexer and parser with offsets in the place of line numbers, each different tag read once.

A repository says `{{ debt.amount_due|money }}` a thousand times: its tokens, and the expression in it, are kept by the
tag's text and put where it stands. A text in which anything more decides on the tokens (signs that strip blanks, raw
text, braces inside a tag, a fault) goes the whole way through Jinja.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any, cast

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser

_USUAL = ("{%", "%}", "{{", "}}", "{#", "#}")
_INSIDE = r"""(?:[^{}%'"]|%(?!\})|'[^'\\{}]*'|"[^"\\{}]*")*"""
_TAG = re.compile(
    rf"\{{\{{(?![-+]){_INSIDE}(?<![-+])\}}\}}|\{{%(?![-+]|\s*raw\b){_INSIDE}(?<![-+])%\}}|\{{\#(?![-+])[^#{{}}]*(?<![-+])\#\}}"
    r"|\{[{%#]"
)
"""A tag that can be read by itself, or only how one begins."""
_TEST = re.compile(r"\{%\s*(?:el)?if\b")
_MOST_TAGS = 4096
_EXPRESSION = "read expression"
"""Type of the token that stands for a whole expression; its value is the `Expression`."""

_Read = tuple[tuple[int, str, Any], ...]
"""Tokens of one tag, each with its offset in the tag."""


class Expression:
    """An expression of a tag, with offsets in the tag.

    `told`: what a linker made of it, by all that this rests on; it lives as long as the tag is remembered.
    """

    __slots__ = ("begin", "node", "told")

    def __init__(self, node: nodes.Expr, begin: int):
        self.node = node
        self.begin = begin
        self.told: dict[Hashable, Any] = {}


class Placed:
    """An expression that was read before, at the place where it stands now.

    It is no node of Jinja's, which allows no others: whoever walks over expressions asks for `node`.
    """

    __slots__ = ("_by", "expression", "lineno")

    def __init__(self, expression: Expression, begin: int):
        self.expression = expression
        self._by = begin - expression.begin
        self.lineno = (expression.node.lineno or expression.begin) + self._by

    @property
    def node(self) -> nodes.Expr:
        """The expression as Jinja would have parsed it here."""
        made: nodes.Expr = _moved(self.expression.node, self._by)
        return made


class OffsetEnvironment(Environment):
    """Jinja's environment, whose tokens and nodes carry offsets; used to parse, never to render.

    `tags` and `comments` are what the last text held: where each begins and ends, and what a comment says.
    """

    tags: list[tuple[int, int]]
    comments: list[tuple[int, int, str]]

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.tags, self.comments = [], []
        self._read: dict[str, _Read] = {}
        self._read_whole: dict[str, _Read] = {}
        self._usual = (
            not (self.line_statement_prefix or self.line_comment_prefix or self.newline_sequence != "\n")
            and (
                self.block_start_string,
                self.block_end_string,
                self.variable_start_string,
                self.variable_end_string,
                self.comment_start_string,
                self.comment_end_string,
            )
            == _USUAL
        )

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Parser(self, source, name, filename).parse()

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        self.tags, self.comments = [], []
        if self._usual and state is None:
            known = self.tokens_by_tag(source)
            if known is not None:
                return TokenStream(known, name, filename)
        self.tags, self.comments = [], []
        return TokenStream(
            self.lexer.wrap(self.aligned(source, name, filename, state), name, filename), name, filename
        )

    def aligned(
        self, source: str, name: str | None = None, filename: str | None = None, state: str | None = None
    ) -> Iterator[tuple[int, str, str]]:
        """The tokens of Jinja's lexer, found again in the source by skipping blanks only."""
        position = 0
        opened = 0
        for _line, kind, value in self.lexer.tokeniter(source, name, filename, state):
            while not source.startswith(value, position):
                if position >= len(source) or not source[position].isspace():
                    raise AssertionError("a token is not in its source")
                position += 1
            if kind in ("variable_begin", "block_begin", "comment_begin", "raw_begin"):
                opened = position
            elif kind == "comment":
                self.comments.append((opened, position + len(value), value))
            elif kind in ("variable_end", "block_end"):
                self.tags.append((opened, position + len(value.rstrip())))
            yield position, kind, value
            position += len(value)

    def tokens_by_tag(self, source: str, whole: bool = True) -> list[Token] | None:
        """The tokens of a text from those of its tags; None where it has to go the whole way.

        `whole`: expressions that were read before stand as one token.
        """
        made: list[Token] = []
        position, line_starts = 0, True
        if source.endswith("\n") and not self.keep_trailing_newline:
            source = source[:-1]
        # Inside `trans` Jinja looks at the tokens of an expression, not at the expression.
        known = self._read_whole if whole and "trans" not in source else self._read
        for found in _TAG.finditer(source):
            start, end = found.span()
            tag, sort = found.group(), source[start + 1]
            if end - start == 2:
                return None
            text = source[position:start]
            if sort != "{" and self.lstrip_blocks and text:
                line = text.rfind("\n") + 1
                if (line or line_starts) and text[line:].isspace():
                    text = text[:line]
            if text:
                made.append(Token(position, "data", text))
            if sort == "#":
                if end - start > 4:
                    self.comments.append((start, end - 2, tag[2:-2]))
            else:
                if tag not in known and not self._learns(tag):
                    return None
                self.tags.append((start, end))
                made += [Token(start + offset, kind, value) for offset, kind, value in known[tag]]
            line_starts = sort != "{" and self.trim_blocks and source.startswith("\n", end)
            position = end + line_starts
        if position < len(source):
            made.append(Token(position, "data", source[position:]))
        return made

    def _learns(self, tag: str) -> bool:
        """Read one tag by itself; whether it could be read."""
        met = self.tags, self.comments
        self.tags, self.comments = [], []
        try:
            tokens: _Read = tuple(self.lexer.wrap(self.aligned(tag)))
            whole = tokens
            if tag[1] == "{":
                whole = self._with_expression(tokens, 1)
            elif _TEST.match(tag):
                whole = self._with_expression(tokens, 2)
        except TemplateSyntaxError:
            return False
        finally:
            self.tags, self.comments = met
        if len(self._read) > _MOST_TAGS:
            self._read.clear()
            self._read_whole.clear()
        self._read[tag], self._read_whole[tag] = tokens, whole
        return True

    def _with_expression(self, tokens: _Read, first: int) -> _Read:
        """Tokens of a tag whose expression begins with the token `first` and is the rest of it."""
        parser = _Parser(self, "")
        parser.stream = TokenStream([Token(*token) for token in tokens[first:]], None, None)
        expression = parser.parse_tuple(with_condexpr=first == 1)
        if parser.stream.current.type not in ("variable_end", "block_end"):
            return tokens
        begin = tokens[first][0]
        return (*tokens[:first], (begin, _EXPRESSION, Expression(expression, begin)), tokens[-1])


class _Parser(Parser):
    """Jinja's parser, which takes an expression that was read before as it is."""

    def parse(self) -> nodes.Template:
        # Nobody asks a node for its environment, and to tell all of them takes a sixth of the time.
        return nodes.Template(self.subparse(), lineno=1)

    def parse_tuple(self, *given: Any, **named: Any) -> nodes.Expr:
        token = self.stream.current
        if token.type != _EXPRESSION:
            return super().parse_tuple(*given, **named)
        next(self.stream)
        expression: Any = token.value
        placed: Any = Placed(expression, token.lineno)
        return cast(nodes.Expr, placed)


def _moved(node: Any, by: int) -> Any:
    """A copy of a node, and of all in it, so many characters further on."""
    if isinstance(node, nodes.Node):
        made = object.__new__(type(node))
        held = made.__dict__
        held.update(node.__dict__)
        if node.lineno is not None:
            held["lineno"] = node.lineno + by
        for name in node.fields:
            value = held[name]
            if isinstance(value, (nodes.Node, list, tuple)):
                held[name] = _moved(value, by)
        return made
    if isinstance(node, (list, tuple)):
        return type(node)(_moved(one, by) for one in node)
    return node
