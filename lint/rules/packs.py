"""N104: what a pack asks of a message of this purpose and channel is shown to every borrower."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from ...flow.analyses import ask, condition, smallest_world
from ...flow.count import more_than
from ...flow.nodes import Hole, Text
from ...flow.order import before
from ...flow.record import replaced
from ...flow.sentences import Sentence
from ...flow.source import TemplateError
from ...flow.worlds import Space, TooManyWorldsError, describe
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
    """N104 for each row of the packs in effect that asks for roles or words, their order or number, or forbids them."""
    if program.kind.part != "message" or program.kind.format in ("yaml", "yml"):
        return
    for row in program.law.rows:
        asked = row.get("requires")
        if not asked or not applies(asked, program):
            continue
        try:
            meant = _meant(program, asked)
        except TemplateError as error:
            yield _unreadable(program, row, error)
            continue
        for finding in (*_missing(meant, row, asked), *_misplaced(meant, row, asked)):
            # Where no description says what a message is for, its purpose is a guess.
            guessed = "purposes" in asked and "purpose" not in program.message
            severity = "warning" if guessed or row["rank"] == "gp" else finding.severity
            yield replaced(finding, severity=severity, citations=(cited(row),))


def _meant(program: Program, asked: Mapping[str, Any]) -> Program:
    """The message as those borrowers get it whom the row speaks of."""
    if "if" not in asked:
        return program
    condition(str(asked["if"]), program.schema)
    return replaced(program, schema=program.schema.assuming((str(asked["if"]),)))


def _unreadable(program: Program, row: Mapping[str, Any], error: TemplateError) -> Finding:
    en = "{row} speaks of borrowers for whom {test}, which this schema cannot tell: {why}"
    zh = "{row} 适用于 {test} 的借款人，但当前 schema 无法判定：{why}"
    message = program.say(en, zh, row=row["id"], test=row["requires"]["if"], why=error.message)
    return program.finding("J190", program.whole(), message, verdict="unproven", hint=program.how("N104"))


def applies(asked: Mapping[str, Any], program: Program) -> bool:
    """Whether what a row asks holds for messages of this channel, purpose and collector."""
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


def _misplaced(program: Program, row: Mapping[str, Any], asked: Mapping[str, Any]) -> Iterator[Finding]:
    """Roles out of order, shown too often, or forbidden here; each at the value that is wrong."""
    name = row["id"]
    try:
        for first, second in pairwise(asked.get("order", ())):
            space, failing = before(_of(first), _of(second), program.flow, program.schema)
            if failing:
                en, zh = "{row}: {second} comes before {first}", "{row}：{second} 出现在 {first} 之前"
                words = program.say(en, zh, row=name, first=first, second=second)
                yield _at(program, second, words, space, failing)
        for role, most in asked.get("at_most", {}).items():
            space, failing = more_than(most, _of(role), program.flow, program.schema)
            if failing:
                en, zh = (
                    "{row}: {role} is printed more than {most} time(s)",
                    "{row}：{role} 出现超过 {most} 次",
                )
                words = program.say(en, zh, row=name, role=role, most=most)
                yield _at(program, role, words, space, failing)
        for role in asked.get("forbid", ()):
            answer = ask(program.flow, _of(role), program.schema)
            shown = answer.may & answer.space.possible
            if shown and any(map(_of(role), _printed(program))):
                en, zh = "{row}: {role} must not stand here", "{row}：此处不得出现 {role}"
                yield _at(program, role, program.say(en, zh, row=name, role=role), answer.space, shown)
    except TooManyWorldsError:
        en, zh = "{row}: too many combinations of facts to check them all", "{row}：需要检查的情况组合过多"
        words = program.say(en, zh, row=name)
        yield program.finding("J190", program.whole(), words, verdict="unproven", hint=program.how("J190"))


def _of(role: str) -> Callable[[Text | Hole], bool]:
    return lambda leaf: isinstance(leaf, Hole) and leaf.role == role


def _printed(program: Program) -> list[Text | Hole]:
    return [leaf for leaf in program.leaves if isinstance(leaf, (Text, Hole))]


def _at(program: Program, role: str, words: str, space: Space, failing: int) -> Finding:
    facts = describe(space.decisive(smallest_world(space, failing), failing))
    when = (
        program.say(" — for example when {facts}", "，例如：{facts}", facts=", ".join(facts)) if facts else ""
    )
    spots = [leaf.span for leaf in _printed(program) if _of(role)(leaf)]
    related = tuple((span, program.say("also here", "此处也有")) for span in spots[:-1][:5])
    return program.finding("N104", spots[-1], words + when, related=related, hint=program.how("N104"))
