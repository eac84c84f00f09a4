"""Word borders: does a Chinese match start and end where words do? Asked only once something matched."""

from __future__ import annotations

import logging
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


@lru_cache(maxsize=512)
def borders(text: str) -> frozenset[int]:
    """Offsets at which a word starts or ends."""
    places = {0, len(text)}
    for _, start, end in _tokenizer().tokenize(text, HMM=False):
        places.update((start, end))
    return frozenset(places)


def aligned(text: str, start: int, end: int) -> bool:
    """Whether a match starts and ends at borders of words."""
    known = borders(text)
    return start in known and end in known


def ordinary(text: str, start: int, end: int) -> bool:
    """Whether the characters of a stretch belong to ordinary words of two or more characters."""
    inside = [
        word for word, low, high in _tokenizer().tokenize(text, HMM=False) if low < end and high > start
    ]
    return any(len(word) > 1 and _tokenizer().FREQ.get(word) for word in inside)
