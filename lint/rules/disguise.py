"""U rules: the trick itself is a finding — no honest template needs it, whatever it hides."""

from __future__ import annotations

from collections.abc import Iterator

from ...flow.analyses import leaves
from ...flow.nodes import Span, Text
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..wording.disguises import disguises
from .amount import _FULL

for _code, _name, _severity, _en, _zh, _how, _how_zh, _bad in (
    ("U101", "invisible-character", "error", "Invisible character", "不可见字符", "Delete the character.", "删除该字符。", "您好\u200b！"),
    ("U102", "bidi-control", "error", "Character that reverses text", "改变文字方向的控制字符", "Delete the character.", "删除该字符。", "您好\u202e！"),
    ("U103", "mixed-alphabets", "error", "Letters of several alphabets in one word", "一个单词混用多种字母", "Type the word in Latin letters.", "改用拉丁字母。", "Hеllo！"),
    ("U104", "styled-letters", "error", "Styled letters", "花体或带圈字母", "Type ordinary letters.", "改用普通字母。", "𝐇𝐞llo！"),
    ("U105", "stray-marks", "error", "Marks laid over letters", "叠加在文字上的符号", "Delete the marks.", "删除这些符号。", "H\u0336ello！"),
    ("U106", "radical", "review", "A radical in the place of a character", "以部首代替汉字", "Type the character itself.", "改用对应的汉字。", "您是⺅好！"),
    ("U107", "full-width-letters", "review", "Full-width letters", "全角字母", "Type half-width letters.", "改用半角字母。", "您好ＡＰＰ！"),
    ("U108", "full-width-digits", "warning", "Full-width digits", "全角数字", "Type half-width digits.", "改用半角数字。", "您好１２３！"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            _severity,
            {"en": _en, "zh": _zh},
            {
                "en": "What a reader does not see, or sees as something else, hides words from those who check them.",
                "zh": "读者看不见或会看成别的内容的字符，会让不当措辞躲过检查。",
            },
            {"en": _how, "zh": _how_zh},
            ("late.sms.zh-CN.txt", _bad + _FULL),
            ("late.sms.zh-CN.txt", _FULL),
        )
    )


@check
def nothing_is_disguised(program: Program) -> Iterator[Finding]:
    """U101–U108: every literal that can be printed."""
    seen: set[Span] = set()
    for leaf in leaves(program.flow):
        if not isinstance(leaf, Text) or leaf.span in seen:
            continue
        seen.add(leaf.span)
        for found in disguises(leaf.text):
            exact = leaf.exact and leaf.span.end - leaf.span.start == len(leaf.text)
            span = (
                Span(leaf.span.path, leaf.span.start + found.start, leaf.span.start + found.end)
                if exact
                else leaf.span
            )
            yield program.finding(
                found.code,
                span,
                program.say(
                    "{title}: {shown}", "{title}：{shown}", title=program.title(found.code), shown=found.shown
                ),
                severity=found.severity,
                verdict="review" if found.severity == "review" else "proven-bad",
                hint=program.how(found.code),
                fix="safe" if found.code in ("U101", "U108") else "none",
            )
