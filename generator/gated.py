"""The gate of a batch: each sentence that prints a free value is judged with it; literals alone are proven clean.

Nothing leaves unchecked: what the borrower's record brings in (a name, a case reference) may itself insult, or may
complete a threat with the words beside it. A value is judged once for each sentence it stands in, however many rows
carry it.
"""

from __future__ import annotations

from typing import Any

from ..flow.analyses import leaves
from ..flow.nodes import Flow, Hole, Opaque, Text
from ..flow.sentences import sentences
from .acceptance import rows_of
from .columns import Facts, NotColumnarError
from .compiled import Gate

_NEUTRAL = {"money": "100", "date": "1", "int": "1", "bool": "1"}
"""What stands for values that only a formatter writes."""


def passes(gate: Gate, flow: Flow, facts: Facts) -> Any:
    """Rows whose free values harm in no sentence; raises `NotColumnarError` where two free values share one."""
    import pyarrow as pa
    import pyarrow.compute as pc

    good = pa.repeat(True, facts.rows)
    for path, contexts in _contexts(flow, facts).items():
        name, _, attribute = path.partition("[].")
        whole = facts.columns.get(name)
        if whole is None:
            continue
        column = pc.struct_field(pc.list_flatten(whole), attribute) if attribute else whole
        encoded = pc.dictionary_encode(column)
        values = [value or "" for value in encoded.dictionary.to_pylist()]
        fine = [True] * len(values)
        for before, after in sorted(contexts):
            said = gate(before, values, after)
            fine = [one and two for one, two in zip(fine, said, strict=True)]
        answers = pc.fill_null(pc.take(pa.array(fine, pa.bool_()), encoded.indices), True)
        good = pc.and_(good, pc.invert(rows_of(whole, pc.invert(answers))) if attribute else answers)
    for path in sorted(_masked(flow, facts)):
        # Four digits say nothing; four letters might, and then the whole message is judged.
        good = pc.and_(
            good, pc.fill_null(pc.match_substring_regex(facts.columns[path], "[0-9]{2}$|^.?$"), True)
        )
    return good


def _contexts(flow: Flow, facts: Facts) -> dict[str, set[tuple[str, str]]]:
    """The words before and after each free value, by the value's path."""
    found: dict[str, set[tuple[str, str]]] = {}
    for sentence in sentences(flow):
        free = [
            (place, leaf.field)
            for place, leaf in enumerate(sentence.leaves)
            if isinstance(leaf, Hole) and leaf.field is not None and _free(leaf, facts)
        ]
        if len(free) > 1:
            raise NotColumnarError("a sentence prints two free values")
        for place, path in free:
            before = "".join(_filled(leaf, facts) for leaf in sentence.leaves[:place])
            after = "".join(_filled(leaf, facts) for leaf in sentence.leaves[place + 1 :])
            found.setdefault(path, set()).add((before, after))
    return found


def _masked(flow: Flow, facts: Facts) -> set[str]:
    return {
        leaf.expression
        for leaf in leaves(flow)
        if isinstance(leaf, Hole) and leaf.filters == ("mask",) and leaf.expression in facts.columns
    }


def _free(leaf: Hole, facts: Facts) -> bool:
    return leaf.type == "text" and leaf.filters != ("mask",) and leaf.expression not in facts.constants


def _filled(leaf: Text | Hole | Opaque, facts: Facts) -> str:
    if isinstance(leaf, Text):
        return leaf.text
    if isinstance(leaf, Hole) and isinstance(facts.constants.get(leaf.expression), str):
        return str(facts.constants[leaf.expression])
    return _NEUTRAL.get(leaf.type, "") if isinstance(leaf, Hole) else ""
