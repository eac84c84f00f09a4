"""Tokens of tags that were read before, against Jinja's own lexer over the whole text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.source import EXTENSIONS
from fairnotice.flow.tags import OffsetEnvironment, Placed, _tokens
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import Token

ROOT = Path(__file__).resolve().parents[2]
PIECES = [
    "{{ a }}", "{{a|money}}", "{{- a }}", "{{ a -}}", "{{ a+ }}", "{{ 'b}}' }}", '{{ "%}" }}', "{{ a % 2 }}", "{{ {'x': 1} }}", "{{ (a }}",
    "{% if a %}", "{%if a%}", "{%- endif %}", "{% endif -%}", "{%+ if b %}", "{% endif +%}", "{% else %}", "{% raw %}", "{% endraw %}",
    "{% set x = 1 % 2 %}", "{% set x = '%}' %}", "{# note #}", "{#- note -#}", "{# {{ a }} #}", "{#}", "{#", "{{", "{%", "}}", "%}", "#}", "{", "}",
    "\n", "\n\n", "  ", "\t", " \n  ", "您好。", "text", "{% rawness %}", "{{ 0x1f + 1_000 + 1.5e3 }}", "{{ a\n|b }}", "{% if\na %}", "{{ é }}", "{{ 1a }}", "\x0c", "\u3000",
]  # fmt: skip
OPTIONS = [
    {"trim_blocks": trim, "lstrip_blocks": strip, "keep_trailing_newline": keep}
    for trim in (False, True)
    for strip in (False, True)
    for keep in (False, True)
]


def _whole(environment: OffsetEnvironment, text: str) -> tuple[Any, ...] | None:
    """(tokens, tags, comments) of Jinja's lexer; None for a text that it refuses."""
    environment.tags, environment.comments = [], []
    try:
        tokens = list(environment.lexer.wrap(environment.aligned(text)))
    except TemplateSyntaxError:
        return None
    # The end of a block takes the newline that is trimmed behind it; nobody asks for its text.
    tokens = [Token(at, kind, value.rstrip() if kind == "block_end" else value) for at, kind, value in tokens]
    return tokens, environment.tags, environment.comments


def _by_tags(environment: OffsetEnvironment, text: str) -> tuple[Any, ...] | None:
    pieces = environment.pieces(text)
    return None if pieces is None else (_tokens(pieces, whole=False), environment.tags, environment.comments)


@pytest.mark.parametrize("options", OPTIONS)
def test_tokens_are_the_same(options: dict[str, bool]) -> None:
    environment = OffsetEnvironment(**options)
    known = 0

    @settings(max_examples=400, deadline=None)
    @given(pieces=st.lists(st.sampled_from(PIECES), max_size=12))
    def compare(pieces: list[str]) -> None:
        nonlocal known
        text = "".join(pieces)
        mine = _by_tags(environment, text)
        if mine is not None:
            known += bool(mine[1])
            assert mine == _whole(environment, text)

    compare()
    assert known > 20


@pytest.mark.parametrize("options", OPTIONS[::3])
def test_trees_are_the_same(options: dict[str, bool]) -> None:
    """Nodes with their offsets, and what is said of a fault, with known expressions and without."""
    environment = OffsetEnvironment(extensions=EXTENSIONS, **options)
    plain = OffsetEnvironment(extensions=EXTENSIONS, **options)
    plain._usual = False
    parsed = 0

    @settings(max_examples=600, deadline=None)
    @given(pieces=st.lists(st.sampled_from(WHOLE), max_size=9))
    def compare(pieces: list[str]) -> None:
        nonlocal parsed
        text = "".join(pieces)
        mine, other = _tree(environment, text), _tree(plain, text)
        assert mine == other
        parsed += isinstance(mine, list)

    compare()
    assert parsed > 100


WHOLE = [
    "您好", "\n", "  ", "{{ a }}", "{{ a|money }}", "{{  a . b [ 0 ]|default( 'x', true ) }}", "{{ a, b }}", "{{ a if b else c }}", "{{ a if b }}", "{{ -a ** 2 }}", "{{ not a == b }}",
    "{{ 'x' ~ a ~ 'y' }}", "{{ f(1, *b, c=2) }}", "{{ a is none }}", "{{ a is divisibleby 3 }}", "{{ [1, (2, 3), a] }}", "{{ }}", "{{ a b }}", "{{ 1 + }}", "{{ a|money(1)|day }}", "{{ a % 2 }}", "{{ notice('x') }}",
    "{% if a %}x{% endif %}", "{% if a and b > 3 or not c %}x{% elif a is defined %}{{ a }}{% else %}y{% endif %}", "{% if a, b %}{% endif %}", "{% if a if b else c %}{% endif %}", "{% if %}{% endif %}", "{% if a", "{% endif %}",
    "{% for x in a if x > 1 %}{{ x }}{% endfor %}", "{% set x = a if b else c %}", "{% trans n=a %}You {{ n }}{% pluralize %}{{ n }}s{% endtrans %}", "{%- if a -%}x{%- endif %}", "{% do a.b() %}", "{# note #}", "{{ {'a': 1} }}",
]  # fmt: skip


def _tree(environment: OffsetEnvironment, text: str) -> Any:
    try:
        return _shown(environment.parse(text).body)
    except TemplateSyntaxError as error:
        return str(error.message), error.lineno


def _shown(node: Any) -> Any:
    node = node.node if isinstance(node, Placed) else node
    if isinstance(node, nodes.Node):
        return type(node).__name__, node.lineno, [_shown(getattr(node, name)) for name in node.fields]
    if isinstance(node, (list, tuple)):
        return [_shown(one) for one in node]
    return node


def test_shipped_templates_are_read_tag_by_tag() -> None:
    environment = OffsetEnvironment(trim_blocks=True, lstrip_blocks=True)
    count = 0
    for path in sorted((ROOT / "templates").rglob("*.*.*")):
        if path.suffix in (".txt", ".md", ".html"):
            text = path.read_text(encoding="utf-8")
            mine = _by_tags(environment, text)
            if mine is not None:
                assert mine == _whole(environment, text)
                count += 1
    assert count > 100


def test_other_delimiters_go_the_whole_way() -> None:
    environment = OffsetEnvironment(variable_start_string="[[", variable_end_string="]]")
    environment.tags, environment.comments = [], []
    ast = environment.parse("{{ a }} [[ b ]]")
    assert [node.name for node in ast.find_all(nodes.Name)] == ["b"]
