"""N104: what a pack asks of a message of this purpose and channel is shown to every borrower."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...flow.nodes import Hole
from ...flow.record import replaced
from ...flow.sentences import Sentence
from ..finding import Finding
from ..packs.loading import cited
from ..program import Program
from ..registry import Rule, add, check
from ..required import required, required_sentence

_LETTER = "{{ creditor.name }}: {{ debt.amount_due|money }} was due on {{ debt.due_date|day }}. If it is hard to pay, talk to us. {{ notice('complaint-channel') }} {{ notice('free-advice') }}"

add(
    Rule(
        code="N104",
        name="required-by-pack",
        severity="error",
        title={"en": "Content that the law or a standard asks for is missing", "zh": "缺少法规或标准要求的内容"},
        why={
            "en": "A pack names what a message of this purpose must tell every borrower; the finding cites the row.",
            "zh": "规则包规定了此类消息必须告知每位借款人的内容；结果中列出依据。",
        },
        how={
            "en": "Print the named field, or say the named words, on every path.",
            "zh": "在每一条分支上写出所列字段或词语。",
        },
        bad=("late.letter.en-GB.md", _LETTER),
        good=("late.letter.en-GB.md", "Private and confidential\n\n" + _LETTER),
    )
)  # fmt: skip


@check
def packs_are_followed(program: Program) -> Iterator[Finding]:
    """N104 for each row of the packs in effect that asks for roles or words."""
    if program.kind.part != "message" or program.kind.format in ("yaml", "yml"):
        return
    for row in program.law.rows:
        asked = row.get("requires")
        if not asked or not _applies(asked, program):
            continue
        for finding in _missing(program, row, asked):
            # Where no description says what a message is for, its purpose is a guess.
            guessed = "purposes" in asked and "purpose" not in program.message
            severity = "warning" if guessed or row["rank"] == "gp" else finding.severity
            yield replaced(finding, severity=severity, citations=(cited(row),))


def _applies(asked: Mapping[str, Any], program: Program) -> bool:
    if asked.get("collector") and asked["collector"] not in program.law.packs:
        return False
    if program.kind.channel not in asked.get("channels", (program.kind.channel,)):
        return False
    # A message without a description is taken for a reminder: that is what most are.
    purpose = program.message.get("purpose", "repayment-reminder")
    return purpose in asked.get("purposes", (purpose,))


def _missing(program: Program, row: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Finding]:
    name = row["id"]
    for role in asked.get("roles", ()):
        if role in ("repayment_amount", "complaint_channel", "creditor_identity") and program.asks_for(role):
            # A101, N101 and N102 report these themselves.
            continue

        def prints(leaf: object, role: str = role) -> bool:
            return isinstance(leaf, Hole) and leaf.role == role

        en, zh = f"{name}: {role} is not printed", f"{name}：没有写出 {role}"
        yield from required(
            program,
            "N104",
            prints,
            missing=(en, zh),
            some=(en + " for some borrowers", zh + "（部分借款人）"),
        )
    words = [str(word).lower() for word in asked.get("words", ())]
    if words:
        first = " / ".join(words)

        def says(sentence: Sentence) -> bool:
            text = sentence.text.lower()
            return any(word in text for word in words)

        en, zh = f"{name}: nothing says '{first}'", f"{name}：没有写明“{first}”"
        yield from required_sentence(
            program, "N104", says, missing=(en, zh), some=(en + " for some borrowers", zh + "（部分借款人）")
        )
