"""J107, J108: branches that no borrower takes, and tests that every borrower passes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.analyses import branches, feasible, leaves
from ...flow.conditions import FALSE, TRUE, Cond, both, negate
from ...flow.nodes import Choice, Flow, Hole, Repeat, Seq, Span, Text
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from .amount import _FULL

_FOR_TAG = re.compile(r"\{%[-+]?\s*for\b")
_ENDFOR_TAG = re.compile(r"\{%[-+]?\s*endfor\b")
_IF_TAG = re.compile(r"\{%[-+]?\s*(?:el)?if\b")

for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("J107", "never-shown", "warning", "No borrower reads this", "没有借款人会看到这里", "Text that nobody reads is checked by nobody, and often shows that a test is wrong.", "没有人看到的文字也没有人检查，往往说明条件写错了。", "Delete the branch or mend its test.", "删除该分支或修正条件。", "{% if debt.stage == 'soft' and debt.days_past_due > 60 %}您好。{% endif %}"),
    ("J108", "always-true", "warning", "Every borrower passes this test", "所有借款人都满足该条件", "A test that always holds hides what it was meant to tell apart.", "恒为真的条件掩盖了本来要区分的情况。", "Delete the test, or compare with the value that was meant.", "删除该条件，或改为正确的比较值。", "{% if debt.amount_due > 0 %}您好。{% endif %}"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            _severity,
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            ("late.sms.zh-CN.txt", _bad + _FULL),
            ("late.sms.zh-CN.txt", "{% if debt.days_past_due > 30 %}您好。{% endif %}" + _FULL),
        )
    )


@check
def every_branch_is_for_someone(program: Program) -> Iterator[Finding]:
    """J107, J108 on the tags of the message's own file."""
    if program.kind.part == "layout":
        return
    # One tag may be met many times (loops, macros): it is odd only where it is odd each time.
    met: dict[tuple[str, Span], list[bool]] = {}
    for code, span, odd in _met(program.printed, TRUE, program):
        met.setdefault((code, span), []).append(odd)
    for (code, span), answers in met.items():
        if all(answers):
            yield program.finding(code, span, program.title(code), hint=program.how(code))


def _in_loop(text: str, offset: int) -> bool:
    """Whether a tag stands in a loop: there its test may differ from round to round."""
    return len(_FOR_TAG.findall(text, 0, offset)) > len(_ENDFOR_TAG.findall(text, 0, offset))


def _met(flow: Flow, here: Cond, program: Program) -> Iterator[tuple[str, Span, bool]]:
    """(rule, place, whether it is odd there) for every branch of the message's own file that is met."""
    if isinstance(flow, Seq):
        for part in flow.parts:
            if isinstance(part, (Choice, Seq, Repeat)):
                yield from _met(part, here, program)
    elif isinstance(flow, Repeat):
        yield from _met(flow.body, here, program)
    elif isinstance(flow, Choice):
        own = str(program.path)
        if flow.span.path != own and not any(leaf.span.path == own for leaf in leaves(flow)):
            return
        text = program.texts.get(flow.span.path, "")
        written = _IF_TAG.match(text, flow.span.start) is not None
        arms = [(cond, part, any(True for _ in leaves(part))) for cond, part in branches(flow)]
        for cond, part, speaks in arms:
            inside = both(here, cond)
            possible = cond == TRUE or (inside != FALSE and feasible(inside, program.schema))
            spot = next((leaf.span for leaf in leaves(part) if isinstance(leaf, (Text, Hole))), None)
            if written and spot is not None and spot.path == own:
                yield "J107", spot, not possible
            if not possible:
                continue
            if (
                written
                and flow.span.path == own
                and speaks
                and cond != TRUE
                and sum(other for _, _, other in arms) == 1
            ):
                outside = both(here, negate(cond))
                always = outside == FALSE or not feasible(outside, program.schema)
                yield "J108", flow.span, always and not _in_loop(text, flow.span.start)
            yield from _met(part, inside, program)
