"""Word borders: does a Chinese match start and end where words do? Asked only once something matched."""

from __future__ import annotations

import logging
import re
from functools import lru_cache
from typing import Any

# Terms of the field that the general dictionary would cut or join wrongly.
DOMAIN = (
    "老赖", "爆通讯录", "通讯录", "催收", "催收员", "征信", "失信", "失信人", "还款", "应还", "逾期", "欠款", "人渣", "穷鬼", "收楼", "收数",
    "网贷", "以贷养贷", "套现", "验证码", "上门", "法务", "专案组", "清收", "渣打银行", "黑名单", "坐牢", "蹲守", "脸面", "催款", "起诉书",
)  # fmt: skip


@lru_cache(maxsize=1)
def _tokenizer() -> Any:
    # jieba takes a second to load; clean files never get here.
    import warnings

    with warnings.catch_warnings():
        # Its own imports warn about packaging, which is no concern of a writer.
        warnings.simplefilter("ignore")
        import jieba

    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.initialize()
    for word in DOMAIN:
        tokenizer.add_word(word)
    return tokenizer


# Characters that the dictionary joins to words: between two others no word crosses.
_BLOCK = re.compile(r"[\u4e00-\u9fd5a-zA-Z0-9+#&._%\-]+")


@lru_cache(maxsize=4096)
def _words(block: str) -> tuple[tuple[str, int, int], ...]:
    return tuple(_tokenizer().tokenize(block, HMM=False))


def _around(text: str, start: int, end: int) -> list[tuple[str, int, int]]:
    """The words of the blocks that the characters `start:end` touch, with their places."""
    return [
        (word, block.start() + low, block.start() + high)
        for block in _BLOCK.finditer(text)
        if block.start() < end and block.end() > start
        for word, low, high in _words(block.group())
    ]


def aligned(text: str, start: int, end: int) -> bool:
    """Whether a match of Han characters starts and ends at borders of words."""
    words = _around(text, start, end)
    return any(low == start for _, low, _ in words) and any(high == end for _, _, high in words)


def ordinary(text: str, start: int, end: int) -> bool:
    """Whether the characters of a stretch belong to ordinary words of two or more characters."""
    inside = [word for word, low, high in _around(text, start, end) if low < end and high > start]
    return any(len(word) > 1 and _tokenizer().FREQ.get(word) for word in inside)
