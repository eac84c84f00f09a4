"""Cost of the proof: each shipped template after parsing, and a template with n tests on independent fields.

python bench/proof.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from fairnotice.flow.analyses import ask
from fairnotice.flow.catalogue import Repository, classify, read_text, shipped
from fairnotice.flow.link import Linker
from fairnotice.flow.nodes import Hole
from fairnotice.flow.schema import Schema, load_schema, parse_schema
from fairnotice.flow.sentences import sentences
from fairnotice.flow.source import Source, parse_source
from fairnotice.flow.visible import visible

TURNS = 7


def is_amount(leaf: object) -> bool:
    """The amount due."""
    return isinstance(leaf, Hole) and leaf.role == "repayment_amount"


def timed(run: Callable[[], object]) -> float:
    """Median milliseconds."""
    times = []
    for _ in range(TURNS):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def analysed(source: Source, schema: Schema, repository: Repository, locale: str, form: str) -> None:
    """Link, see, ask for the amount, and enumerate the sentences."""
    linker = Linker(schema, repository.read, lambda name: repository.notice(name, locale), {}, locale)
    flow = visible(linker.program(source), form)
    ask(flow, is_amount, schema)
    sentences(flow)


def main() -> None:
    """Print both tables."""
    schema = load_schema(shipped() / "schema.yaml")
    repository = Repository(shipped())
    costs = []
    for path in sorted((shipped() / "messages").rglob("*")):
        kind = classify(path)
        if kind is None or kind.channel == "call":
            continue
        source = parse_source(read_text(path), str(path))
        costs.append(timed(lambda s=source, k=kind: analysed(s, schema, repository, k.locale, k.format)))  # type: ignore[misc]
    print(
        f"{len(costs)} shipped templates: median {statistics.median(costs):.2f} ms, worst {max(costs):.2f} ms (bar 5)"
    )
    print("tests  worlds      ms  µs a world")
    for count in (1, 2, 4, 6, 8, 10, 12, 14):
        fields = "".join(f"  f{index}: {{type: bool}}\n" for index in range(count))
        small = parse_schema(
            f"fields:\n{fields}  amount: {{type: money, role: repayment_amount}}\n", "schema.yaml"
        )
        text = "".join(f"{{% if f{index} %}}{{{{ amount|money }}}}{{% endif %}}" for index in range(count))
        flow = Linker(small, lambda name: None, lambda name: None, {}).program(parse_source(text, "t.txt"))
        cost = timed(lambda f=flow, s=small: ask(f, is_amount, s))  # type: ignore[misc]
        print(f"{count:5} {2**count:7} {cost:7.2f} {cost * 1000 / 2**count:8.2f}")


if __name__ == "__main__":
    main()
