"""P rules: the debt is not shown where another person may read it, and identifiers are never shown whole."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.nodes import Hole
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from .amount import _FULL

DEBT_FACTS = frozenset(
    {"repayment_amount", "minimum_amount", "principal_amount", "interest_amount", "fee_amount", "due_date", "account", "plan_amount", "instalment_amount"}
)  # fmt: skip
_OPEN_PARTS = frozenset({"subject", "preheader"})
_DEBT_WORDS = re.compile(
    r"逾期|欠款|催收|催缴|還款提醒|欠债|拖欠|overdue|past due|arrears|debt|collection|delinquent|default|you owe|vencid|moros|deuda|cobranza",
    re.I,
)
# The first digit comes first, so that `re` can skip to it.
_LONG_NUMBER = re.compile(r"\d(?<![\d.,-]\d)[ -]?(?:\d[ -]?){14,17}[\dXx](?![\d.,-])")

for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("P101", "debt-fact-in-the-open", "error", "Debt shown where others may read it", "在他人可能看到之处透露欠款", "A subject line or a voicemail is seen and heard by people who are not the debtor.", "邮件主题和语音留言可能被债务人以外的人看到或听到。", "Keep amounts, dates and the word debt out of subject, pre-header and voicemail.", "主题、预览文字和语音留言中不写金额、日期及欠款字样。", ("late.email.zh-CN.md", '---\nsubject: "您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}"\n---\n' + _FULL)),
    ("P102", "whole-identifier", "error", "Account or identity number shown whole", "完整显示账号或证件号", "A whole number in a message is all that a fraudster needs.", "消息里的完整号码正是诈骗者所需要的。", "Print {{ debt.account_tail|mask }}.", "改为 {{ debt.account_tail|mask }}。", ("late.sms.zh-CN.txt", _FULL + "卡号6222021234567890123。")),
    ("P103", "unmasked-account", "warning", "Account printed without |mask", "账号未脱敏", "An account tail is marked as one, so that nobody takes it for an amount.", "账号尾号应有标记，以免与金额混淆。", "Write {{ debt.account_tail|mask }}.", "写成 {{ debt.account_tail|mask }}。", ("late.sms.zh-CN.txt", _FULL + "尾号{{ debt.account_tail }}。")),
    ("P104", "debt-before-identity", "error", "Debt named before the borrower is known", "核实身份之前谈及欠款", "Whoever answers the telephone may be somebody else.", "接电话的人可能不是债务人本人。", "Ask for the borrower by name, and check, in a step before any debt fact.", "在谈及欠款之前，先询问姓名并核实身份。", None),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            _severity,
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            _bad,
            _bad
            and (_bad[0], '---\nsubject: "关于您的账户"\n---\n' + _FULL if _bad[0].endswith("md") else _FULL),
        )
    )


@check
def debt_is_not_shown_in_the_open(program: Program) -> Iterator[Finding]:
    """P101: subject, pre-header and voicemail say nothing of the debt."""
    voicemail = program.kind.channel == "voicemail" and program.kind.part == "message"
    if program.kind.part not in _OPEN_PARTS and not voicemail:
        return
    for leaf in program.leaves:
        if isinstance(leaf, Hole) and leaf.role in DEBT_FACTS:
            yield program.finding(
                "P101",
                leaf.span,
                program.say(
                    "{field} may be read by others here", "{field} 在此处可能被他人看到", field=leaf.field
                ),
                hint=program.how("P101"),
            )
    for sentence in program.sentences:
        found = _DEBT_WORDS.search(sentence.text)
        spans = sentence.spans(found.start(), found.end()) if found else []
        if found and spans:
            # A subject that only speaks of a debt is common; the amount is what must not stand there.
            yield program.finding(
                "P101",
                spans[0],
                program.say(
                    "'{words}' may be read by others here",
                    "“{words}”在此处可能被他人看到",
                    words=found.group(),
                ),
                severity="error" if voicemail else "review",
                verdict="proven-bad" if voicemail else "review",
                hint=program.how("P101"),
            )


@check
def identifiers_are_not_whole(program: Program) -> Iterator[Finding]:
    """P102, P103: no whole account or identity number; an account tail is masked."""
    seen = set()
    for sentence in program.delivered if _LONG_NUMBER.search(program.spoken) else ():
        for found in _LONG_NUMBER.finditer(sentence.text):
            spans = sentence.spans(found.start(), found.end())
            if spans and spans[0] not in seen:
                seen.add(spans[0])
                yield program.finding(
                    "P102",
                    spans[0],
                    program.say(
                        "a whole number of this length stands in the text", "文本中有一串完整的长号码"
                    ),
                    hint=program.how("P102"),
                )
    for leaf in program.printed_leaves:
        if not isinstance(leaf, Hole) or leaf.role not in ("account", "identity_number") or leaf.span in seen:
            continue
        seen.add(leaf.span)
        if "mask" in leaf.filters:
            continue
        field = program.schema.lookup(leaf.field) if leaf.field else None
        short = field is not None and field.max_length is not None and field.max_length <= 4
        yield program.finding(
            "P103" if short else "P102",
            leaf.span,
            program.say("{field} is printed without |mask", "{field} 未使用 |mask", field=leaf.field),
            hint=program.how("P103"),
            fix="safe",
        )
