"""The span of every literal in a flow is its own text in the source, whatever the blanks around the tags."""

from __future__ import annotations

import random

import pytest
from fairnotice.flow.analyses import leaves
from fairnotice.flow.link import Linker
from fairnotice.flow.nodes import Text
from fairnotice.flow.source import TemplateError, parse_source

from .test_oracle import SCHEMA

PIECES = [
    "您好", "a\n", "\n", "  ", "\t", "😀𠮷", "<b>", "{{ amount|money }}", "{{- a -}}", "{% if a %}", "{%- if not a %}", "{% endif -%}", "{%+ if a %}",
    "{# note #}", "{#- n\n -#}", "{% raw %}{{ x }}{% endraw %}", "{%- raw -%} y {%- endraw -%}", "\r\n", "}}", "%}", "{ {", "'", '"', "\u3000", "{% set v = 'x' %}", "{{ '}}' }}",
]  # fmt: skip


@pytest.mark.parametrize("batch", range(4))
def test_spans_are_exact(batch: int) -> None:
    chance = random.Random(batch)
    checked = 0
    for _ in range(800):
        text = "".join(chance.choice(PIECES) for _ in range(chance.randint(1, 14)))
        front = chance.choice(["", "---\nsubject: x\n---\n"])
        options = {
            "trim_blocks": chance.random() < 0.5,
            "lstrip_blocks": chance.random() < 0.5,
            "keep_trailing_newline": chance.random() < 0.5,
        }
        try:
            source = parse_source(front + text, "t.txt", options)
        except TemplateError:
            continue
        flow = Linker(SCHEMA, lambda name: None, lambda name: None, {}).program(source)
        for leaf in leaves(flow):
            if isinstance(leaf, Text) and leaf.exact:
                shown = source.text[leaf.span.start : leaf.span.end].replace("\r\n", "\n")
                assert shown == leaf.text, (front + text, leaf)
                checked += 1
    assert checked > 300
