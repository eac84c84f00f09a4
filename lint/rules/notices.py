"""N rules: the borrower learns who writes and where to complain."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.analyses import ask
from ...flow.nodes import Hole, Text
from ...flow.sentences import Sentence
from ...flow.worlds import TooManyWorldsError
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..required import required, required_sentence
from .amount import _FULL

COMPLAINT_WORDS = re.compile(
    r"投诉|投訴|异议|異議|申诉|申訴|举报|舉報|意见|意見|complain|dispute|concern|not happy|unhappy|dissatisf|ombudsman"
    r"|queja|reclam|inconform|disput"
)
"""Searched for in small letters."""
_LITERAL_CONTACT = re.compile(r"\+?\d[\d\-– ()]{3,}\d|[\w.+-]+@[\w-]+\.\w+|https?://\S+|www\.\S+")
_LITERAL_NAME = re.compile(
    r"【[^【】]{2,20}】|\w{2,12}(银行|銀行|消费金融|信用卡中心|小额贷款|财务公司)|\b[A-Z]\w+ (Bank|Finance|Credit Union|Lending|Loans)\b"
)
_CONTACT_ROLES = frozenset({"complaint_channel", "creditor_contact", "regulator_channel"})
_CONTACT_TYPES = frozenset({"phone", "email", "url"})

_NO_COMPLAINT = "【{{ creditor.sms_signature }}】您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。"

add(
    Rule(
        code="N101",
        name="complaint-channel-missing",
        severity="error",
        title={"en": "Complaint channel missing", "zh": "缺少投诉渠道告知"},
        why={
            "en": "Somebody who is treated badly must learn, in the same message, where to say so.",
            "zh": "受到不当对待的人，应当在同一条消息里知道向哪里反映。",
        },
        how={
            "en": "Add {{ notice('complaint-channel') }}, or say in one sentence that they can complain and at which number.",
            "zh": "加上 {{ notice('complaint-channel') }}，或在同一句话里写明可以投诉以及投诉电话。",
        },
        bad=("late.sms.zh-CN.txt", _NO_COMPLAINT),
        good=("late.sms.zh-CN.txt", _FULL),
        protected=True,
    )
)
add(
    Rule(
        code="N102",
        name="creditor-identity-missing",
        severity="error",
        title={"en": "Creditor not named", "zh": "未写明债权人"},
        why={
            "en": "Without the creditor's name a borrower cannot tell a reminder from a fraud.",
            "zh": "不写明机构名称，借款人无法分辨提醒与诈骗。",
        },
        how={
            "en": "Print {{ creditor.name }} or {{ creditor.sms_signature }} on every path.",
            "zh": "在每一条分支上写出 {{ creditor.name }} 或 {{ creditor.sms_signature }}。",
        },
        bad=(
            "late.sms.zh-CN.txt",
            "您{{ debt.due_date|day }}应还{{ debt.amount_due|money }}。投诉电话：{{ complaint.phone }}。",
        ),
        good=("late.sms.zh-CN.txt", _FULL),
    )
)


add(
    Rule(
        code="N103",
        name="required-notice-missing",
        severity="error",
        title={"en": "Required notice missing", "zh": "缺少规定的告知"},
        why={
            "en": "The message's description promises this notice to every borrower.",
            "zh": "消息的描述文件要求向每位借款人作出该告知。",
        },
        how={
            "en": "Add {{ notice('…') }} on every path, or take it out of message.yaml.",
            "zh": "在每一条分支上加上 {{ notice('…') }}，或从 message.yaml 中删去。",
        },
    )
)


@check
def described_notices_are_given(program: Program) -> Iterator[Finding]:
    """N103: each notice of `message.yaml` is printed in every world (written channels other than SMS)."""
    if program.kind.part != "message" or program.kind.channel not in ("email", "letter", "visit"):
        return
    for name in program.message.get("notices") or ():
        ending = f"notices/{name}.{program.kind.locale}.txt"

        def prints(leaf: object, ending: str = ending) -> bool:
            return isinstance(leaf, (Text, Hole)) and leaf.span.path.replace("\\", "/").endswith(ending)

        try:
            answer = ask(program.flow, prints, program.schema)
        except TooManyWorldsError:
            continue
        if answer.failing:
            yield program.finding(
                "N103",
                program.whole(),
                program.say(
                    "the notice '{name}' is not given to every borrower",
                    "并非每位借款人都能看到告知“{name}”",
                    name=name,
                ),
                hint=program.how("N103"),
            )


def names_complaint_channel(sentence: Sentence) -> bool:
    """A complaint word and a way to reach somebody in one sentence; a phone number alone is no notice."""
    text = sentence.text
    if not COMPLAINT_WORDS.search(sentence.lower):
        return False
    if any(hole.role in _CONTACT_ROLES or hole.type in _CONTACT_TYPES for hole in sentence.holes()):
        return True
    return bool(_LITERAL_CONTACT.search(text)) or bool(re.search(r"\b12378\b", text))


@check
def complaint_channel_is_named(program: Program) -> Iterator[Finding]:
    """N101: a complaint channel is named in every world."""
    if not program.asks_for("complaint_channel"):
        return
    yield from required_sentence(
        program,
        "N101",
        names_complaint_channel,
        missing=("no complaint channel is named", "没有告知投诉渠道"),
        some=("no complaint channel is named for some borrowers", "部分借款人看不到投诉渠道"),
    )


@check
def creditor_is_named(program: Program) -> Iterator[Finding]:
    """N102: the creditor is named in every world."""
    if not program.asks_for("creditor_identity"):
        return

    def names(leaf: object) -> bool:
        if isinstance(leaf, Hole):
            return leaf.role == "creditor_identity"
        return isinstance(leaf, Text) and bool(_LITERAL_NAME.search(leaf.text))

    yield from required(
        program,
        "N102",
        names,
        missing=("the creditor is not named", "没有写明债权人名称"),
        some=("the creditor is not named for some borrowers", "部分借款人看不到债权人名称"),
    )
