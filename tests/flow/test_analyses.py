"""Cover, order and length, each held against brute force: every borrower of a small schema, rendered by Jinja."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from fairnotice.flow.cover import cover
from fairnotice.flow.lengths import longest
from fairnotice.flow.link import Linker
from fairnotice.flow.nodes import Flow, Hole, Text
from fairnotice.flow.order import before
from fairnotice.flow.schema import parse_schema
from fairnotice.flow.sentences import sentences
from fairnotice.flow.source import parse_source
from jinja2 import Environment

SCHEMA = parse_schema(
    """
fields:
  a: {type: bool}
  b: {type: bool}
  "n": {type: int, min: 0, max: 5}
  amount: {type: int, min: 0, max: 99, role: repayment_amount}
  link: {type: text, max_length: 6, role: pay_channel}
""",
    "schema.yaml",
)
CONDS = ["a", "b", "not a", "n > 2", "n == 5", "a and b", "a or n < 2", "n % 2 == 0"]
PIECES = ["One. ", "Two! ", "amount {{ amount }}. ", "link {{ link }}. ", "Three? "]


def worlds() -> list[dict[str, Any]]:
    return [
        {"a": a, "b": b, "n": n, "amount": 42, "link": "LLLLLL"}
        for a, b, n in itertools.product([False, True], [False, True], range(6))
    ]


def template(seed: int) -> str:
    r = random.Random(seed)

    def block(depth: int) -> str:
        parts = []
        for _ in range(r.randint(1, 3)):
            if depth and r.random() < 0.6:
                other = "{% else %}" + block(depth - 1) if r.random() < 0.5 else ""
                parts.append(f"{{% if {r.choice(CONDS)} %}}{block(depth - 1)}{other}{{% endif %}}")
            else:
                parts.append(r.choice(PIECES))
        return "".join(parts)

    return block(3)


def flow_of(text: str) -> Flow:
    return Linker(SCHEMA, lambda name: None, lambda name: None, {}).program(parse_source(text, "t.txt"))


@pytest.mark.parametrize("seed", range(150))
def test_a_cover_shows_every_sentence_that_anyone_reads(seed: int) -> None:
    text = template(seed)
    said = sentences(flow_of(text))
    found = cover([sentence.cond for sentence in said], SCHEMA)
    assert not found.undecided
    rendered = Environment().from_string(text)

    def words(number: int) -> str:
        values = iter({"amount": "42", "link": "LLLLLL"}[hole.expression] for hole in said[number].holes())
        return "".join(leaf.text if isinstance(leaf, Text) else next(values) for leaf in said[number].leaves)

    for sample in found.samples:
        shown = rendered.render(
            {"amount": 42, "link": "LLLLLL", "a": False, "b": False, "n": 0, **sample.facts}
        )
        for number in sample.shows:
            assert words(number) in shown
    everything = [rendered.render(world) for world in worlds()]
    for number in found.impossible:
        # The same words may stand elsewhere; this way of saying them is not met.
        assert number not in {shown for sample in found.samples for shown in sample.shows}
    reachable = {number for sample in found.samples for number in sample.shows}
    assert reachable | set(found.impossible) == set(range(len(said)))
    # Two ways of saying the same words may each ask for a borrower of their own.
    assert len(found.samples) <= len(set(everything)) + 1


@pytest.mark.parametrize("seed", range(150))
def test_order_is_as_rendered(seed: int) -> None:
    text = template(seed)

    def amount(leaf: Text | Hole) -> bool:
        return isinstance(leaf, Hole) and leaf.role == "repayment_amount"

    def link(leaf: Text | Hole) -> bool:
        return isinstance(leaf, Hole) and leaf.role == "pay_channel"

    _, failing = before(amount, link, flow_of(text), SCHEMA)
    made = Environment().from_string(text)
    rendered = [made.render(world) for world in worlds()]
    wrong = any(
        "LLLLLL" in one and ("42" not in one or one.index("LLLLLL") < one.index("42")) for one in rendered
    )
    assert bool(failing) == wrong


@pytest.mark.parametrize("seed", range(150))
def test_no_render_is_longer_than_the_bound(seed: int) -> None:
    text = template(seed)
    bound, _ = longest(flow_of(text), SCHEMA, len, str.isascii)
    made = Environment().from_string(text)
    assert max(len(made.render(world)) for world in worlds()) <= bound
