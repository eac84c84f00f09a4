"""L rules: every language says the same, in its own script and its own form of money."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ...flow.nodes import Hole, Span, Text
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..wording.normalise import tables
from .amount import _FULL

for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("L101", "locale-missing", "error", "A channel is not written in every language of its message", "某渠道缺少部分语言版本", "A borrower whose language is missing gets no message at all.", "缺少其语言版本的借款人收不到任何消息。", "Write the missing file, or take the language out of the message.", "补写缺少的文件，或从该消息中去掉该语言。", None),
    ("L102", "locales-differ", "review", "A language leaves out what the others say", "某语言版本缺少其他版本的内容", "Two borrowers in the same place should learn the same.", "同等情况的借款人应得到同样的信息。", "Use the same fields and notices in each language, or say why not in the file.", "各语言版本使用相同的字段和告知。", None),
    ("L103", "mixed-scripts", "warning", "Traditional and simplified characters mixed", "简繁混用", "A text that mixes both looks careless or forged.", "简繁混用显得草率，也像伪造的消息。", "Write the whole text in the script of its locale.", "全文使用该地区的字形。", ("late.sms.zh-CN.txt", _FULL + "請您留意還款日。")),
    ("L104", "currency-twice", "warning", "Currency written beside an amount that has one", "金额已带币种，又写了一次", "|money writes the currency of the borrower's account; a second one is doubled at best, and wrong for another currency.", "|money 已按借款人账户写出币种，再写一次轻则重复，重则币种错误。", "Take the sign or word beside {{ … |money }} away.", "删去 {{ … |money }} 旁边的币种符号或文字。", ("late.sms.zh-CN.txt", _FULL.replace("|money }}。", "|money }}元。"))),
    ("L105", "stale-translation", "warning", "Translated from an older text", "译自旧版文本", "The source has changed since: the borrower reads yesterday's words.", "原文已修改，译文仍是旧内容。", "Check the translation against the source, then write the hash that the finding names.", "对照原文核对译文，再写上结果中给出的哈希。", None),
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
            ("late.sms.zh-CN.txt", _FULL) if _bad else None,
        )
    )


@lru_cache(maxsize=2)
def _foreign(locale: str) -> frozenset[str]:
    """Characters of the other script that a locale's own character set does not have (GB 2312, Big5)."""
    simplified = tables()["simplified"]
    candidates = simplified.keys() if locale == "zh-CN" else simplified.values()
    charset = "gb2312" if locale == "zh-CN" else "big5hkscs"

    def unknown(character: str) -> bool:
        try:
            character.encode(charset)
        except UnicodeEncodeError:
            return True
        return False

    return frozenset(filter(unknown, candidates))


@check
def one_script_is_used(program: Program) -> Iterator[Finding]:
    """L103: no character that only the other script writes."""
    if program.kind.locale not in ("zh-CN", "zh-HK"):
        return
    foreign = _foreign(program.kind.locale)
    if foreign.isdisjoint(program.words):
        return
    seen: set[Span] = set()
    for leaf in program.leaves:
        if not isinstance(leaf, Text) or leaf.span in seen or leaf.span.path != str(program.path):
            continue
        seen.add(leaf.span)
        found = next((index for index, one in enumerate(leaf.text) if one in foreign), None)
        if found is None:
            continue
        exact = leaf.exact and leaf.span.end - leaf.span.start == len(leaf.text)
        start = leaf.span.start + found
        yield program.finding(
            "L103",
            Span(leaf.span.path, start, start + 1) if exact else leaf.span,
            program.say(
                "'{one}' belongs to the other script", "“{one}”不是本地区的字形", one=leaf.text[found]
            ),
            hint=program.how("L103"),
        )


_SIGN = re.compile(r"(?:[$£€¥￥]|\b(?:USD|GBP|HKD|CNY|RMB|EUR))\s*$")
_UNIT = re.compile(
    r"\s*(?:元|圆|圓|块钱|塊錢|港元|港币|港幣|美元|英镑|英鎊|(?:dollars?|pounds?|dólares|USD|GBP|HKD|CNY|RMB)\b)",
    re.I,
)


@check
def currency_is_written_once(program: Program) -> Iterator[Finding]:
    """L104: no sign before and no unit behind an amount that the money filter has written."""
    seen: set[Span] = set()
    for sentence in program.sentences:
        for index, leaf in enumerate(sentence.leaves):
            if not isinstance(leaf, Hole) or "money" not in leaf.filters or leaf.span in seen:
                continue
            before = _words(sentence.leaves[index - 1 : index])
            found = _SIGN.search(before) or _UNIT.match(_words(sentence.leaves[index + 1 : index + 2]))
            if found:
                seen.add(leaf.span)
                words = program.say(
                    "'{words}' beside an amount that names its currency",
                    "金额旁多写了“{words}”",
                    words=found.group().strip(),
                )
                yield program.finding("L104", leaf.span, words, hint=program.how("L104"))


def _words(parts: Sequence[object]) -> str:
    """What a literal says; nothing for a value, or where nothing stands."""
    return "".join(part.text for part in parts if isinstance(part, Text))
