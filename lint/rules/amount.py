"""A rules: the amount and the due date are said, to every borrower."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.analyses import ask, feasible, reached
from ...flow.conditions import Atom, Const, Op, Ref, both, show
from ...flow.nodes import Hole, Text
from ...flow.worlds import TooManyWorldsError
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


for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("A102", "hard-coded-amount", "error", "Amount to pay is a fixed number", "应还金额写成了固定数字", "A number in the template is the same for every borrower, and wrong for all but one.", "写死在模板里的数字对每个人都一样，也就对几乎每个人都是错的。", "Print {{ debt.amount_due|money }} in its place.", "改为 {{ debt.amount_due|money }}。", "您本期应还1,234.56元。" + _FULL),
    ("A103", "wrong-amount", "error", "Another amount stands in the place of the amount due", "以其他金额代替应还金额", "Principal or minimum payment is not what is owed; naming it as such misleads.", "本金或最低还款额不是应还金额，混用会误导借款人。", "Print {{ debt.amount_due|money }} as the amount to pay, and name the other amount for what it is.", "应还金额使用 {{ debt.amount_due|money }}，其他金额写明名称。", "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.principal|money if debt.principal is not none else '' }}。{{ notice('complaint-channel') }}"),
    ("A104", "amount-without-due-date", "warning", "Amount without its due date", "有金额而无到期日", "An amount without its date leaves open whether it is due, and since when.", "只写金额不写日期，借款人无法判断是否到期、逾期多久。", "Print {{ debt.due_date|day }} on every path.", "在每一条分支上写出 {{ debt.due_date|day }}。", "【{{ creditor.sms_signature }}】您应还{{ debt.amount_due|money }}。{{ notice('complaint-channel') }}"),
    ("A105", "amount-may-be-zero", "warning", "Amount to pay may be zero", "应还金额可能为零", "A demand for nothing frightens a borrower who has paid, and shows that nobody looked.", "向没有欠款的人催收零元，会让已还清的借款人担忧，也说明无人核对。", "Guard it with {% if debt.minimum_due %}, or give the field min: 1 in templates/schema.yaml.", "用 {% if debt.minimum_due %} 判断，或在 templates/schema.yaml 中为该字段设置 min: 1。", _FULL + "{% if debt.minimum_due is not none %}最低还款额{{ debt.minimum_due|money }}。{% endif %}"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            _severity,
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            ("late.sms.zh-CN.txt", _bad),
            ("late.sms.zh-CN.txt", _FULL),
        )
    )

_OWED_SMALL = re.compile(
    r"应还|應還|欠款|尚欠|待还|待還|应付|應付|总额|總額|逾期金额|逾期金額|请还|請還|you owe|amount due|amount you owe|please pay|balance (?:is|of)|outstanding|total due|overdue amount"
    r"|debe|adeuda|saldo|importe|monto"
)
_OWED = re.compile(_OWED_SMALL.pattern, re.I)
_MONEY = re.compile(
    r"(?:[$£€¥￥]|HK\$|US\$|RMB|CNY|HKD|USD|GBP)\s?\d[\d,]*(?:\.\d+)?|\d[\d,]*(?:\.\d{1,2})?\s?(?:元|圆|块钱|港币|港元|人民币|美元|英镑|dollars|pounds|dólares)",
    re.I,
)
_CURRENCIES = ("$", "£", "€", "¥", "￥", "元", "圆", "块钱", "港币", "人民币", "英镑", "rmb", "cny", "hkd", "usd", "gbp", "dollars", "pounds", "dólares")  # fmt: skip
"""In small letters: one of them is in whatever `_MONEY` finds."""
_TO_PAY = frozenset({"repayment_amount", "minimum_amount", "instalment_amount"})
_OTHER_AMOUNTS = frozenset(
    {"principal_amount", "interest_amount", "fee_amount", "minimum_amount", "plan_amount"}
)


@check
def amount_is_said(program: Program) -> Iterator[Finding]:
    """A101: the amount due is printed in every world."""

    def says(leaf: object) -> bool:
        return isinstance(leaf, Hole) and leaf.role == "repayment_amount"

    if not program.asks_for("repayment_amount"):
        return
    yield from required(
        program,
        "A101",
        says,
        missing=("the repayment amount is missing", "缺少应还金额"),
        some=("the repayment amount is missing for some borrowers", "部分借款人看不到应还金额"),
    )


@check
def amount_is_not_fixed(program: Program) -> Iterator[Finding]:
    """A102: no literal number stands where the amount to pay belongs."""
    if not any(map(program.spoken.__contains__, _CURRENCIES)):
        return
    seen = set()
    for sentence in program.sentences:
        text = sentence.text
        if not _OWED_SMALL.search(sentence.lower) or any(
            hole.role == "repayment_amount" for hole in sentence.holes()
        ):
            continue
        for owed in _OWED.finditer(text):
            found = _MONEY.search(text, owed.end())
            if found is None or found.start() - owed.end() > 16:
                continue
            spans = sentence.spans(found.start(), found.end())
            if spans and spans[0] not in seen:
                seen.add(spans[0])
                yield program.finding(
                    "A102",
                    spans[0],
                    program.say("'{words}' is a fixed number", "“{words}”是固定数字", words=found.group()),
                    hint=program.how("A102"),
                )


@check
def amount_is_the_right_one(program: Program) -> Iterator[Finding]:
    """A103: a sentence that says what is owed prints the amount due, not principal or a part of it."""
    if program.roles.isdisjoint(_OTHER_AMOUNTS):
        return
    seen = set()
    for sentence in program.sentences:
        roles = {hole.role for hole in sentence.holes()}
        if "repayment_amount" in roles or not roles & _OTHER_AMOUNTS:
            continue
        position = 0
        for leaf in sentence.leaves:
            before = sentence.text[max(0, position - 8) : position]
            position += len(leaf.text) if isinstance(leaf, Text) else 1
            if not isinstance(leaf, Hole) or leaf.role != "principal_amount" or leaf.span in seen:
                continue
            if _OWED.search(before):
                seen.add(leaf.span)
                yield program.finding(
                    "A103",
                    leaf.span,
                    program.say("{field} is not the amount due", "{field} 不是应还金额", field=leaf.field),
                    hint=program.how("A103"),
                )


@check
def amount_has_its_date(program: Program) -> Iterator[Finding]:
    """A104: where the amount is printed, the due date is printed too."""
    if program.kind.part != "message" or not program.asks_for("due_date"):
        return
    if "repayment_amount" not in program.roles:
        return
    try:
        answer = ask(
            program.flow,
            lambda leaf: isinstance(leaf, Hole) and leaf.role in ("due_date", "instalment_date"),
            program.schema,
        )
    except TooManyWorldsError:
        return
    if answer.failing:
        amount = next(
            leaf for leaf in program.leaves if isinstance(leaf, Hole) and leaf.role == "repayment_amount"
        )
        severity = "error" if "due_date" in program.message.get("requires", ()) else None
        yield program.finding(
            "A104",
            amount.span,
            program.say("the due date is not printed for every borrower", "并非每位借款人都能看到到期日"),
            severity=severity,
            hint=program.how("A104"),
        )


@check
def amount_is_more_than_nothing(program: Program) -> Iterator[Finding]:
    """A105: no borrower is asked to pay zero."""
    seen = set()
    for cond, leaf in reached(program.flow):
        if not isinstance(leaf, Hole) or leaf.role not in _TO_PAY or leaf.field is None or leaf.span in seen:
            continue
        field = program.schema.lookup(leaf.field)
        if field is None or (field.min or 0) > 0 or field.type != "money":
            continue
        zero = Op("eq", (Ref(leaf.expression, field), Const(0)))
        if feasible(both(cond, Atom(show(zero), zero)), program.schema):
            seen.add(leaf.span)
            words = program.say("{field} may be zero here", "{field} 在此处可能为零", field=leaf.field)
            yield program.finding("A105", leaf.span, words, hint=program.how("A105"))
