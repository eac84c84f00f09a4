"""L rules: every language says the same, in its own script and its own form of money."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ...flow.analyses import leaves
from ...flow.nodes import Span, Text
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..wording.normalise import tables
from .amount import _FULL

for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("L101", "locale-missing", "error", "A channel is not written in every language of its message", "某渠道缺少部分语言版本", "A borrower whose language is missing gets no message at all.", "缺少其语言版本的借款人收不到任何消息。", "Write the missing file, or take the language out of the message.", "补写缺少的文件，或从该消息中去掉该语言。", None),
    ("L102", "locales-differ", "review", "A language leaves out what the others say", "某语言版本缺少其他版本的内容", "Two borrowers in the same place should learn the same.", "同等情况的借款人应得到同样的信息。", "Use the same fields and notices in each language, or say why not in the file.", "各语言版本使用相同的字段和告知。", None),
    ("L103", "mixed-scripts", "warning", "Traditional and simplified characters mixed", "简繁混用", "A text that mixes both looks careless or forged.", "简繁混用显得草率，也像伪造的消息。", "Write the whole text in the script of its locale.", "全文使用该地区的字形。", ("late.sms.zh-CN.txt", _FULL + "請您留意還款日。")),
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
    seen: set[Span] = set()
    for leaf in leaves(program.flow):
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
