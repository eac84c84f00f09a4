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
_MOST_TAGS = 4096
_EXPRESSION = "read expression"
"""Type of the token that stands for a whole expression; its value is the `Expression`."""


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


class _Tag:
    """A tag that was read by itself. Offsets are those in the tag.

    `tokens`: as Jinja's lexer gives them. `sort`: `print`, `if`, `elif`, `else`, `endif`; empty for any other. `expression`:
    what it prints or tests. `place`: where Jinja says that a test stands, at its first word, but behind it in an `elif`.
    """

    __slots__ = ("expression", "place", "sort", "tokens")

    def __init__(self, tokens: list[Token], sort: str, expression: Expression | None):
        self.tokens = tokens
        self.sort = sort
        self.place: int = tokens[2 if sort == "elif" else 1].lineno
        self.expression = expression

    def shortened(self) -> list[Token]:
        """The tokens, with the expression as one of them."""
        if self.expression is None:
            return self.tokens
        whole: Any = self.expression
        first = 1 if self.sort == "print" else 2
        return [*self.tokens[:first], Token(whole.begin, _EXPRESSION, whole), self.tokens[-1]]


_Piece = tuple[int, str, int, _Tag | None]
"""Where a literal begins, and what it says; where the tag behind it begins, and what it is: None for a comment."""


class OffsetEnvironment(Environment):
    """Jinja's environment, whose tokens and nodes carry offsets; used to parse, never to render.

    `tags` and `comments` are what the last text held: where each begins and ends, and what a comment says.
    """

    tags: list[tuple[int, int]]
    comments: list[tuple[int, int, str]]

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.tags, self.comments = [], []
        self._known: dict[str, _Tag] = {}
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
        pieces = self.pieces(source) if self._usual else None
        if pieces is None:
            self.tags, self.comments = [], []
            return _Parser(self, source, name, filename).parse()
        body = _tree(pieces)
        if body is not None:
            return nodes.Template(body, lineno=1)
        # Inside `trans` Jinja looks at the tokens of an expression, not at the expression.
        return self._parser(_tokens(pieces, whole="trans" not in source)).parse()

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
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

    def pieces(self, source: str) -> list[_Piece] | None:
        """The literals and tags of a text; None where it has to go the whole way through Jinja."""
        self.tags, self.comments = [], []
        made: list[_Piece] = []
        position, line_starts = 0, True
        if source.endswith("\n") and not self.keep_trailing_newline:
            source = source[:-1]
        for found in _TAG.finditer(source):
            start, end = found.span()
            text, sort = found.group(), source[start + 1]
            if end - start == 2:
                return None
            before = source[position:start]
            if sort != "{" and self.lstrip_blocks and before:
                line = before.rfind("\n") + 1
                if (line or line_starts) and before[line:].isspace():
                    before = before[:line]
            tag = None
            if sort != "#":
                tag = self._known.get(text) or self._learned(text)
                if tag is None:
                    return None
                self.tags.append((start, end))
            elif end - start > 4:
                self.comments.append((start, end - 2, text[2:-2]))
            made.append((position, before, start, tag))
            line_starts = sort != "{" and self.trim_blocks and source.startswith("\n", end)
            position = end + line_starts
        made.append((position, source[position:], len(source), None))
        return made

    def _learned(self, text: str) -> _Tag | None:
        """A tag read by itself; None where it cannot be."""
        met = self.tags, self.comments
        self.tags, self.comments = [], []
        try:
            tokens = list(self.lexer.wrap(self.aligned(text)))
            tag = self._meant(tokens)
        except TemplateSyntaxError:
            return None
        finally:
            self.tags, self.comments = met
        if len(self._known) > _MOST_TAGS:
            self._known.clear()
        self._known[text] = tag
        return tag

    def _meant(self, tokens: list[Token]) -> _Tag:
        word = tokens[1].value if tokens[1].type == "name" else ""
        if tokens[0].type == "variable_begin":
            first, sort = 1, "print"
        elif word in ("if", "elif"):
            first, sort = 2, word
        else:
            return _Tag(tokens, word if word in ("else", "endif") and len(tokens) == 3 else "", None)
        parser = self._parser(tokens[first:])
        expression = parser.parse_tuple(with_condexpr=sort == "print")
        if parser.stream.current.type not in ("variable_end", "block_end"):
            return _Tag(tokens, "", None)
        return _Tag(tokens, sort, Expression(expression, tokens[first].lineno))

    def _parser(self, tokens: list[Token]) -> _Parser:
        """A parser of tokens that were read before."""
        parser = _Parser(self, "")
        parser.stream = TokenStream(tokens, None, None)
        return parser


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
        return _placed(expression, token.lineno)


def _placed(expression: Expression, begin: int) -> nodes.Expr:
    made: Any = Placed(expression, begin)
    return cast(nodes.Expr, made)


def _tokens(pieces: list[_Piece], whole: bool) -> list[Token]:
    """The tokens of a text; where `whole`, expressions that were read before stand as one."""
    made: list[Token] = []
    for position, text, start, tag in pieces:
        if text:
            made.append(Token(position, "data", text))
        if tag is not None:
            tokens = tag.shortened() if whole else tag.tokens
            made += [Token(start + offset, kind, value) for offset, kind, value in tokens]
    return made


def _tree(pieces: list[_Piece]) -> list[nodes.Node] | None:
    """The nodes of a text that only prints and tests, as Jinja's parser makes them; None for any other."""
    body: list[nodes.Node] = []
    printed: list[nodes.Expr] = []
    # For each test that is open: where it stands, itself, and whether its `else` was met.
    around: list[tuple[list[nodes.Node], nodes.If, bool]] = []
    for position, text, start, tag in pieces:
        if text:
            printed.append(nodes.TemplateData(text, lineno=position))
        if tag is None:
            continue
        if tag.expression is not None:
            expression = _placed(tag.expression, start + tag.expression.begin)
        if tag.sort == "print":
            printed.append(expression)
            continue
        if printed:
            body.append(nodes.Output(printed, lineno=printed[0].lineno))
            printed = []
        if tag.sort == "if":
            test = nodes.If(expression, [], [], [], lineno=start + tag.place)
            body.append(test)
            around.append((body, test, False))
            body = test.body
        elif not around or not tag.sort:
            return None
        elif tag.sort == "endif":
            body = around.pop()[0]
        elif around[-1][2]:
            return None
        elif tag.sort == "else":
            outside, test, _ = around.pop()
            around.append((outside, test, True))
            body = test.else_
        else:
            other = nodes.If(expression, [], [], [], lineno=start + tag.place)
            around[-1][1].elif_.append(other)
            body = other.body
    if around:
        return None
    if printed:
        body.append(nodes.Output(printed, lineno=printed[0].lineno))
    return body


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
