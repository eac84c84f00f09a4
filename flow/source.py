"""One template file: front matter and body, parsed by Jinja's own parser with exact character offsets.

The parser is handed an offset in the place of the line number (`tags.py`), so that every AST node's `lineno` is an offset
into the file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from jinja2 import TemplateSyntaxError, nodes

from .nodes import Span
from .record import record
from .strict_yaml import YamlError, load_located
from .tags import OffsetEnvironment

EXTENSIONS = ("jinja2.ext.do", "jinja2.ext.loopcontrols", "jinja2.ext.i18n")
OPTIONS: Mapping[str, Any] = MappingProxyType(
    {"trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": False}
)

_FRONT = re.compile(r"\A---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_NEWLINE = re.compile(r"\r\n|\r|\n")


class TemplateError(Exception):
    """A template that cannot be read; `offset` is in code points of the file."""

    def __init__(self, message: str, path: str, offset: int):
        super().__init__(message, path, offset)
        self.message = message
        self.path = path
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@record(key=())
class Source:
    """A parsed file. `body_start` is the offset of the body behind the front matter."""

    path: str
    text: str
    front: Mapping[str, Any]
    front_lines: Mapping[tuple[str | int, ...], int]
    body_start: int
    ast: nodes.Template
    tags: tuple[tuple[int, int], ...] = ()
    comments: tuple[tuple[int, int, str], ...] = ()
    to_original: tuple[int, ...] | None = None

    def original(self, offset: int) -> int:
        """Offset in the file for an offset in the newline-normalised body."""
        if self.to_original is not None:
            offset = self.to_original[min(offset, len(self.to_original) - 1)]
        return self.body_start + offset

    def span(self, start: int, end: int) -> Span:
        """A span of the file for body offsets."""
        return Span(self.path, self.original(start), self.original(end))

    def tag(self, offset: int) -> Span:
        """The whole `{{ … }}` or `{% … %}` around a body offset."""
        index = bisect_right(self.tags, (offset, 1 << 60)) - 1
        if index >= 0 and self.tags[index][0] <= offset < self.tags[index][1]:
            return self.span(*self.tags[index])
        return self.span(offset, offset + 1)


def parse_source(text: str, path: str, options: Mapping[str, Any] = OPTIONS) -> Source:
    """Parse a whole file (front matter allowed). Raises `TemplateError` or `YamlError`."""
    front: Mapping[str, Any] = {}
    lines: Mapping[tuple[str | int, ...], int] = {}
    body_start = 0
    match = _FRONT.match(text)
    if match:
        try:
            located = load_located("\n" + match.group(1), path)
        except YamlError as error:
            raise error from None
        if located.value is not None and not isinstance(located.value, dict):
            raise YamlError("front matter must be a mapping of keys to values", path, 1)
        front, lines, body_start = located.value or {}, located.lines, match.end()
    return _parse(text[body_start:], text, path, front, lines, body_start, options)


def parse_fragment(
    fragment: str, text: str, path: str, start: int, options: Mapping[str, Any] = OPTIONS
) -> Source:
    """Parse a template that stands inside a file (a subject, a script line); `start` is its offset there."""
    return _parse(fragment, text, path, {}, {}, start, options)


def _parse(
    body: str,
    text: str,
    path: str,
    front: Mapping[str, Any],
    lines: Mapping[tuple[str | int, ...], int],
    body_start: int,
    options: Mapping[str, Any],
) -> Source:
    mapping: list[int] | None = None
    if "\r" in body:
        mapping, pieces, last = [], [], 0
        for found in _NEWLINE.finditer(body):
            mapping.extend(range(last, found.start() + 1))
            pieces.append(body[last : found.start()])
            last = found.end()
        mapping.extend(range(last, len(body) + 1))
        pieces.append(body[last:])
        body = "\n".join(pieces)
    environment = _environment(tuple(sorted(options.items())))
    try:
        ast = environment.parse(body)
    except TemplateSyntaxError as error:
        offset = error.lineno or 0
        if mapping:
            offset = mapping[min(offset, len(mapping) - 1)]
        raise TemplateError(error.message or "syntax error", path, body_start + offset) from None
    except RecursionError:
        raise TemplateError("nested too deeply", path, body_start) from None
    return Source(
        path,
        text,
        front,
        lines,
        body_start,
        ast,
        tuple(sorted(environment.tags)),
        tuple(environment.comments),
        tuple(mapping) if mapping is not None else None,
    )


@lru_cache(maxsize=8)
def _environment(options: tuple[tuple[str, Any], ...]) -> OffsetEnvironment:
    """Making an environment costs more than parsing a short text with it."""
    return OffsetEnvironment(extensions=EXTENSIONS, **dict(options))


def line_column(text: str, offset: int) -> tuple[int, int]:
    """1-based line and column (code points) of an offset."""
    offset = max(0, min(offset, len(text)))
    line = text.count("\n", 0, offset) + 1
    return line, offset - (text.rfind("\n", 0, offset) + 1) + 1
