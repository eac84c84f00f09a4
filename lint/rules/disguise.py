"""U rules: the trick itself is a finding — no honest template needs it, whatever it hides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...flow.nodes import Span, Text
from ...flow.sentences import HOLE
from ..finding import Finding
from ..program import Leaf, Program
from ..registry import Rule, add, check
from ..wording.acrostic import acrostics
from ..wording.disguises import disguises, undisguised
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
    ("U110", "masked-word", "review", "A word with letters hidden", "以星号遮掩字母的词", "Say it in words that can be printed whole.", "改用可以完整写出的词。", "您好，s**t！"),
    ("U109", "first-characters", "review", "First characters of lines that spell a word", "各行首字连读成词", "Begin a line with another word.", "换一个开头的字。", "滚动还款的说明见附页。\n蛋糕券将另行寄出。\n"),
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
    """U101–U108, U110: every literal that can be printed."""
    if undisguised(program.words):
        return
    seen: set[Span] = set()
    for leaf in program.leaves:
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


@check
def lines_spell_nothing(program: Program) -> Iterator[Finding]:
    """U109: the first characters of the lines of all literals, in their order."""
    lines = [line for line in map(str.lstrip, program.words.split("\n")) if line]
    if len(lines) < 2:
        return
    firsts = ["" if line[0] == HOLE else line[0] for line in lines]
    found = sorted(set(acrostics(firsts, program.lexicon)))
    places = _places(program.leaves) if found else []
    for start, end in found:
        span = places[start]
        if span is not None:
            yield program.finding(
                "U109",
                span,
                program.say(
                    "{title}: {shown}",
                    "{title}：{shown}",
                    title=program.title("U109"),
                    shown="".join(firsts[start:end]),
                ),
                severity="review",
                verdict="review",
                hint=program.how("U109"),
            )


def _places(leaves: Iterable[Leaf]) -> list[Span | None]:
    """Where the first character of each line stands; None for a value."""
    places: list[Span | None] = []
    begun = False
    for leaf in leaves:
        if not isinstance(leaf, Text):
            if not begun:
                places.append(None)
            begun = True
            continue
        exact = leaf.exact and leaf.span.end - leaf.span.start == len(leaf.text)
        for index, character in enumerate(leaf.text):
            if character == "\n":
                begun = False
            elif not begun and not character.isspace():
                start = leaf.span.start + index
                places.append(Span(leaf.span.path, start, start + 1) if exact else leaf.span)
                begun = True
    return places
