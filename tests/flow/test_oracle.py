"""The proof is held against Jinja itself: random templates, every world rendered, never wrong in either direction."""

from __future__ import annotations

import itertools
import os
import random
from types import SimpleNamespace

import pytest
from fairnotice.flow.analyses import ask
from fairnotice.flow.link import Linker
from fairnotice.flow.nodes import Hole
from fairnotice.flow.schema import parse_schema
from fairnotice.flow.source import EXTENSIONS, OPTIONS, parse_source
from fairnotice.flow.worlds import TooManyWorldsError
from jinja2 import Environment, StrictUndefined

SCHEMA = parse_schema(
    """
fields:
  a: {type: bool}
  "n": {type: int, min: 0, max: 9}
  k: {type: enum, values: [x, "y", z]}
  amount: {type: money, min: 0, role: repayment_amount}
  gift: {type: money, min: 1, nullable: true, role: other}
  items:
    type: list
    max_items: 4
    item:
      paid: {type: bool}
      sum: {type: money, min: 1, role: instalment}
""",
    "schema.yaml",
)
PARTIALS = {
    "part.txt": "p{{ amount|money }}",
    "empty.txt": "{% if a %}{{ amount|money }}{% endif %}",
    "base.txt": "B{% block one %}{% if a %}{{ amount|money }}{% endif %}{% endblock %}-{% block two %}x{% endblock %}",
    "middle.txt": "{% extends 'base.txt' %}{% block two %}{{ super() }}{% if n > 4 %}{{ amount|money }}{% endif %}{% endblock %}",
    "macros.txt": "{% macro due(x, y='') %}{{ x }}{{ y }}{% endmacro %}{% macro other() %}o{% endmacro %}",
    "loop.txt": "{% for i in items %}{{ loop.index }}{% if loop.first %}{{ amount|money }}{% endif %}{% endfor %}",
}
CONDS = [
    "a", "not a", "n > 3", "n < 3", "n == 5", "n >= 5 and a", "a or k == 'x'", "k in ['x', 'y']", "k != 'z'",
    "gift is none", "gift", "items", "items|length > 1", "2 < n <= 6", "amount", "not (a and n > 2)", "n in [1, 2]",
    "n is even", "k == 'x' or k == 'y' or k == 'z'", "n + 1 > 4", "items|length == 2", "not items",
    "n % 3 == 1", "n // 2 >= 2", "k|upper == 'X'", "k in 'xy'", "gift is defined", "unheard is defined", "(k ~ n) == 'x3'",
    "gift is not none and gift > 5", "a == (n > 4)", "(1 if a else 0)", "n is divisibleby 4", "not a or n != 7", "items[0] is defined",
    "a is sameas true", "k != 'x' and k != 'y' and k != 'z'", "(n if a else 3) > 3", "gift|default(0, true) > 0", "k.startswith('x')",
]  # fmt: skip
PRINTS = ["{{ amount|money }}", "{{ (amount|money) if a }}", "{{ (amount|money) if n > 4 else 'none' }}"]


class Maker:
    """Writes one random template."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.names = 0

    def template(self) -> str:
        if self.random.random() < 0.15:
            parent = self.random.choice(["'base.txt'", "'middle.txt'", "'base.txt' if a else 'middle.txt'"])
            name = self.random.choice(["one", "two"])
            inner = self.random.choice([self.block(2), self.block(1) + "{{ super() }}", ""])
            return f"{{% extends {parent} %}}outside{{{{ amount|money }}}}{{% block {name} %}}{inner}{{% endblock %}}"
        return self.block(3)

    def block(self, depth: int) -> str:
        return "".join(self.piece(depth) for _ in range(self.random.randint(1, 3)))

    def piece(self, depth: int) -> str:
        r = self.random
        cond = r.choice(CONDS)
        if depth == 0 or r.random() < 0.25:
            return r.choice(["t ", "x", *PRINTS[: r.randint(1, 3)]])
        inner = self.block(depth - 1)
        other = self.block(depth - 1)
        self.names += 1
        v = f"v{self.names}"
        return r.choice(
            [
                f"{{% if {cond} %}}{inner}{{% endif %}}",
                f"{{% if {cond} %}}{inner}{{% else %}}{other}{{% endif %}}",
                f"{{% if {cond} %}}{inner}{{% elif {r.choice(CONDS)} %}}{other}{{% else %}}-{{% endif %}}",
                f"{{% for i in items %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{% for i in items %}}{{% if i.paid %}}{inner}{{% else %}}{other}{{% endif %}}{{% endfor %}}",
                f"{{% for i in items %}}{{% if {cond} %}}{{% break %}}{{% endif %}}{inner}{{% endfor %}}",
                f"{{% for i in items %}}{{% if loop.last %}}{inner}{{% endif %}}{{% endfor %}}",
                f"{{% for i in items if i.paid %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{% for i in [1, 2] %}}{{% if i == 2 and {cond} %}}{inner}{{% endif %}}{{% endfor %}}",
                f"{{% set {v} %}}{inner}{{% endset %}}{{{{ {v} }}}}",
                f"{{% set {v} = '' %}}{{% if {cond} %}}{{% set {v} = amount|money %}}{{% endif %}}{{{{ {v} }}}}",
                f"{{% set {v} = (amount|money) if {cond} else '' %}}{other}{{{{ {v} }}}}",
                f"{{% macro {v}(m) %}}{{{{ m }}}}{inner}{{% endmacro %}}{{% if {cond} %}}{{{{ {v}('q') }}}}{{% endif %}}",
                f"{{% macro {v}() %}}{{{{ caller() }}}}{{% endmacro %}}{{% call {v}() %}}{inner}{{% endcall %}}",
                f"{{% filter upper %}}{inner}{{% endfilter %}}",
                f"{{% with {v} = amount|money %}}{{% if {cond} %}}{{{{ {v} }}}}{{% endif %}}{{% endwith %}}",
                f"{{% include '{r.choice(list(PARTIALS))}' %}}",
                f"{{% set {v} = namespace(t='') %}}{{% for i in items %}}{{% set {v}.t = amount|money %}}{{% endfor %}}{{{{ {v}.t }}}}",
                "{# note #}{% raw %}{{ amount }}{% endraw %}",
                f"{{{{ 'is ' ~ (amount|money) if {cond} else '' }}}}",
                f"{{{{ (amount|money if {cond} else '')|default('-', true) }}}}",
                f"{{% if {cond} %}}{{{{ '%s due'|format(amount|money) }}}}{{% endif %}}",
                f"{{% for i in items %}}{{% if i.paid %}}{{% continue %}}{{% endif %}}{inner}{{% endfor %}}",
                f"{{% for i in items if not i.paid %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{% for i in items|selectattr('paid') %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{% set {v} = items|rejectattr('paid')|list %}}{{% if {v} %}}{inner}{{% else %}}{other}{{% endif %}}",
                f"{{% for i in items|selectattr('sum', 'gt', 3)|rejectattr('paid') if {cond} %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{{{ items|map(attribute='sum')|map('money')|join(', ') }}}}{{% if items|sum(attribute='sum') > 5 %}}{inner}{{% endif %}}{{{{ items|sum(attribute='sum') }}}}",
                f"{{% filter replace('t ', 'T') %}}{inner}{{% endfilter %}}{{% filter indent(2, true) %}}{other}{{% endfilter %}}",
                f"{{% set {v} %}}{inner}{{% endset %}}{{{{ {v}|replace('x', 'y')|truncate(90000) }}}}",
                f"{{% set {v} = items|selectattr('paid')|first|default('') %}}{{% if {v} %}}{inner}{{% else %}}{other}{{% endif %}}",
                f"{{% for i in items if i.sum > 3 and {cond} %}}{inner}{{% else %}}{other}{{% endfor %}}",
                f"{{% from 'macros.txt' import due %}}{{{{ due(amount|money if {cond} else '-', 'y') }}}}",
                f"{{% import 'macros.txt' as m %}}{{% if {cond} %}}{{{{ m.due('q', y=amount|money) }}}}{{% endif %}}{other}",
                f"{{% set {v} = [amount|money, '-'] %}}{{{{ {v}[0] if {cond} else {v}[1] }}}}",
                f"{{{{ [amount|money if {cond} else '', 'z']|join(' ') }}}}",
                "{{ {'x': amount|money, 'y': '', 'z': 'w'}[k] }}",
                f"{{% block b{self.names} %}}{inner}{{% endblock %}}{{% if {cond} %}}{{{{ self.b{self.names}() }}}}{{% endif %}}",
                "{% trans x=amount|money %}due {{ x }}{% endtrans %}"
                if r.random() < 0.5
                else "{% trans %}none{% endtrans %}",
                f"{{% include ['gone.txt', '{r.choice(list(PARTIALS)[:2])}'] %}}{{% include 'gone.txt' ignore missing %}}",
                f"{{% if {cond} %}}{{% include 'loop.txt' %}}{{% else %}}{other}{{% endif %}}",
                f"{{% set {v} %}}{{% if {cond} %}}{{{{ amount|money }}}}{{% endif %}}{{% endset %}}{{% if {v} %}}{{{{ {v} }}}}{{% else %}}{other}{{% endif %}}",
                f"{{% autoescape true %}}{inner}{{% endautoescape %}}",
                f"{{%- if {cond} -%}} {inner} {{%- else +%}} {other} {{%- endif -%}}",
                f"{{% macro {v}(x='') %}}{{{{ x }}}}{{{{ varargs|length }}}}{{% endmacro %}}{{{{ {v}(amount|money) if {cond} else {v}() }}}}",
                f"{{% set {v} = namespace(seen=false) %}}{{% for i in items %}}{{% if i.paid %}}{{% set {v}.seen = true %}}{{% endif %}}{{% endfor %}}{{% if {v}.seen or {cond} %}}{inner}{{% else %}}{other}{{% endif %}}",
                f"{{{{ 'a'[::-1] ~ ('x' * 2) ~ ('b'|replace('b', 'c')) ~ (amount|money if {cond} else '') }}}}",
            ]
        )


ENVIRONMENT = Environment(undefined=StrictUndefined, extensions=list(EXTENSIONS), **OPTIONS)
ENVIRONMENT.install_null_translations(newstyle=False)  # type: ignore[attr-defined]
ENVIRONMENT.filters["money"] = lambda value: "⟦" + str(value) + "⟧"
LISTS = [list(flags) for count in range(5) for flags in itertools.product([False, True], repeat=count)]


def worlds() -> list[dict[str, object]]:
    """Every borrower of the small schema, numbers at each value that a condition can tell apart."""
    made = []
    for a, n, k, gift, amount in itertools.product([False, True], range(10), "xyz", [None, 7], [0, 99]):
        for flags in ([], [True], [False], [True, False], [False, True, False], [False, False, False, True]):
            items = [SimpleNamespace(paid=flag, sum=5) for flag in flags]
            made.append({"a": a, "n": n, "k": k, "gift": gift, "amount": amount, "items": items})
    return made


def judge(text: str, borrowers: list[dict[str, object]]) -> str:
    """ "unsound: …" or the kind of right answer."""
    from jinja2 import FunctionLoader

    ENVIRONMENT.loader = FunctionLoader(PARTIALS.get)
    linker = Linker(
        SCHEMA,
        lambda name: parse_source(PARTIALS[name], name) if name in PARTIALS else None,
        lambda n: None,
        {},
    )
    flow = linker.program(parse_source(text, "t.txt"))
    try:
        answer = ask(flow, lambda leaf: isinstance(leaf, Hole) and leaf.role == "repayment_amount", SCHEMA)
    except TooManyWorldsError:
        return "unproven"
    template = ENVIRONMENT.from_string(text)
    lacking = []
    for borrower in borrowers:
        try:
            shown = template.render(borrower)
        except Exception:
            continue
        if "⟦" + str(borrower["amount"]) + "⟧" not in shown:
            lacking.append(borrower)
    if not answer.failing:
        return f"unsound: proven, but {lacking[0]} lacks it" if lacking else "proven"
    if lacking:
        return "missing"
    return "unproven"


COUNT = int(os.environ.get("FAIRNOTICE_ORACLE", "5000"))
BATCHES = 20
EVERYONE = worlds()


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_proof_agrees_with_real_jinja_on_random_templates(batch: int) -> None:
    borrowers = random.Random(batch).sample(EVERYONE, 60)
    size = COUNT // BATCHES
    results = []
    for seed in range(batch * size, (batch + 1) * size):
        text = Maker(seed).template()
        result = judge(text, borrowers)
        if result == "unproven":
            # The borrower who lacks it may not be in the sample.
            result = judge(text, random.Random(seed).sample(EVERYONE, 1200))
        assert not result.startswith("unsound"), f"{text}\n{result}"
        results.append(result)
    assert results.count("proven") > size // 20
    assert results.count("missing") > size // 20
    assert results.count("unproven") <= size * 6 // 100
