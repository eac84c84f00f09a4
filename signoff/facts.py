"""The facts of a sample in words: who gets a text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..flow.schema import Schema
from ..flow.worlds import OTHER_TEXT
from ..generator.formats import money

_NAMES: Mapping[str, tuple[str, str]] = {
    "agent.name": ("agent's name", "催收员姓名"),
    "agent.staff_no": ("agent's staff number", "工号"),
    "borrower.is_debtor": ("the debtor", "债务人本人"),
    "borrower.salutation": ("form of address", "称呼"),
    "collector.name": ("collector's name", "催收机构名称"),
    "complaint.ombudsman": ("ombudsman", "申诉机构"),
    "complaint.regulator_phone": ("regulator's phone number", "监管电话"),
    "creditor.address": ("creditor's address", "机构地址"),
    "debt.fees": ("fees", "费用"),
    "debt.interest": ("interest", "利息"),
    "debt.minimum_due": ("minimum payment", "最低还款额"),
    "debt.principal": ("principal", "本金"),
    "debt.product": ("product", "产品"),
    "debt.stage": ("stage", "阶段"),
    "flags.disputed": ("debt disputed", "有争议"),
    "flags.hardship": ("hardship", "经济困难"),
    "flags.legal_action_intended": ("legal action intended", "拟提起诉讼"),
    "flags.refused": ("contact refused", "拒绝联系"),
    "flags.vulnerable": ("vulnerable", "需特别关怀"),
    "payment.remaining": ("remaining amount", "剩余金额"),
    "plan.active": ("active plan", "生效中的还款计划"),
    "plan.instalments": ("instalment(s)", "期分期"),
    "visit.scheduled": ("visit scheduled", "已安排上门"),
    "visit.staff": ("visiting staff", "名上门人员"),
}
_VALUES: Mapping[str, tuple[str, str]] = {
    "mr": ("Mr", "先生"),
    "ms": ("Ms", "女士"),
    "none": ("none", "无"),
}


def in_words(facts: Mapping[str, Any], schema: Schema, currency: str, language: str) -> tuple[str, ...]:
    """Each fact as a reader would say it, such as `31 days late` or `no active plan`."""
    return tuple(_fact(name, value, schema, currency, language == "zh") for name, value in facts.items())


def _fact(name: str, value: Any, schema: Schema, currency: str, zh: bool) -> str:
    if name == "debt.days_past_due" and isinstance(value, int):
        return _days(value, zh)
    path = name.removesuffix("|length")
    called = _NAMES.get(path, (path.rpartition(".")[2].replace("_", " "),) * 2)[zh]
    if value is None or value is False or (path != name and value == 0):
        return f"无{called}" if zh else f"no {called}"
    if value is True:
        return called
    if value == OTHER_TEXT:
        return f"有{called}" if zh else f"{called} given"
    if path != name:
        return f"{value} {called}"
    field = schema.fields.get(path)
    if field is not None and field.type == "money" and isinstance(value, int):
        shown = money(value, currency, "zh-CN" if zh else "en-US")
    else:
        shown = _VALUES.get(str(value), (str(value),) * 2)[zh]
    return f"{called}：{shown}" if zh else f"{called}: {shown}"


def _days(days: int, zh: bool) -> str:
    if days == 0:
        return "今日到期" if zh else "due today"
    if days < 0:
        return f"{-days}天后到期" if zh else f"due in {-days} day(s)"
    return f"逾期{days}天" if zh else f"{days} day(s) late"
