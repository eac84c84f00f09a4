"""A rules: the amount and the due date are said, to every borrower."""

from __future__ import annotations

from collections.abc import Iterator

from ...flow.nodes import Hole
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..required import required

_FULL = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"
_BRANCH = "【{{ creditor.sms_signature }}】您好。{% if debt.days_past_due > 30 %}应还{{ debt.amount_due|money }}。{% endif %}{{ notice('complaint-channel') }}"

add(
    Rule(
        code="A101",
        name="repayment-amount-missing",
        severity="error",
        title={"en": "Repayment amount missing", "zh": "缺少应还金额"},
        why={
            "en": "A reminder that does not say how much is owed leaves the borrower guessing, and hides overcharging.",
            "zh": "提醒还款却不写明应还多少，借款人只能猜测，多收费用也无从核对。",
        },
        how={
            "en": "Print {{ debt.amount_due|money }} on every path, or complete the missing branch.",
            "zh": "在每一条分支上都写出 {{ debt.amount_due|money }}，或补全缺少的分支。",
        },
        bad=("late.sms.zh-CN.txt", _BRANCH),
        good=("late.sms.zh-CN.txt", _FULL),
        protected=True,
    )
)


@check
def amount_is_said(program: Program) -> Iterator[Finding]:
    """A101: the amount due is printed in every world."""

    def says(leaf: object) -> bool:
        return isinstance(leaf, Hole) and leaf.role == "repayment_amount"

    yield from required(
        program,
        "A101",
        says,
        missing=("the repayment amount is missing", "缺少应还金额"),
        some=("the repayment amount is missing for some borrowers", "部分借款人看不到应还金额"),
    )
