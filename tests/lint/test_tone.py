"""The second opinion: small, explained, and worth its place on sentences it was not trained on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fairnotice.lint.wording import engine
from fairnotice.lint.wording.judgement import severity_of
from fairnotice.lint.wording.lexicon import load_lexicon
from fairnotice.lint.wording.tokens import tokens
from fairnotice.lint.wording.tone import MODEL, opinion, probability

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
LEXICON = load_lexicon()


def held(locale: str, kind: str) -> list[str]:
    """The half of a corpus that nothing was tuned on."""
    document = yaml.safe_load((CORPORA / f"wording.{locale}.yaml").read_text(encoding="utf-8"))
    return [
        str(text)
        for category, kinds in document.items()
        if category != "disguised"
        for text in kinds[kind][1::2]
    ]


def test_the_model_is_small() -> None:
    assert MODEL.stat().st_size < 2_000_000


def test_the_words_that_weighed_most_are_named() -> None:
    said = opinion(tokens("你们领导知道你欠钱不还的事吗"))
    assert said.probability > 0.5 and said.words
    assert all(word in "你们领导知道你欠钱不还的事吗" for word in said.words)


@pytest.mark.parametrize(
    ("locale", "found", "errors", "alarms"),
    [
        ("zh-CN", 0.94, 0.90, 0.03),
        ("zh-HK", 0.93, 0.70, 0.09),
        ("en", 0.94, 0.74, 0.03),
        ("es-US", 0.93, 0.66, 0.07),
    ],
)
def test_held_sentences(locale: str, found: float, errors: float, alarms: float) -> None:
    """Bounds below what was measured, so that a loss is noticed; `bench/wording.py` prints the figures."""
    bad = [severity_of(text, LEXICON) for text in held(locale, "violations")]
    lawful = [severity_of(text, LEXICON) for text in held(locale, "lawful")]
    assert sum(map(bool, bad)) / len(bad) >= found
    assert bad.count("error") / len(bad) >= errors
    assert lawful.count("error") / len(lawful) <= alarms


def test_it_speaks_up_only_with_a_review() -> None:
    texts = [
        text for locale in ("zh-CN", "en") for text in held(locale, "violations") + held(locale, "lawful")
    ]
    hits = [hit for text in texts for hit in engine.judge(text, LEXICON)]
    alone = [hit for hit in hits if hit.entry.code == "T190"]
    assert alone and all(hit.severity == "review" for hit in alone)
    assert 0 < probability(tokens("请您于到期日前还款")) < 0.5
