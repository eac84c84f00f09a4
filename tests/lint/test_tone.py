"""The second opinion: small, explained, and worth its place on sentences it was not trained on."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from fairnotice.lint.wording import engine
from fairnotice.lint.wording.judgement import severity_of
from fairnotice.lint.wording.lexicon import load_lexicon
from fairnotice.lint.wording.normalise import is_han
from fairnotice.lint.wording.tokens import tokens
from fairnotice.lint.wording.tone import _network, model_file, opinion, probability

CORPORA = Path(__file__).resolve().parent.parent / "corpora"
LEXICON = load_lexicon()


def unseen(kind: str, locale: str, label: str) -> list[str]:
    """Sentences that nothing was tuned on: the second of each two of `wording`, all of `judged`."""
    document = yaml.safe_load((CORPORA / f"{kind}.{locale}.yaml").read_text(encoding="utf-8"))
    step = slice(1, None, 2) if kind == "wording" else slice(None)
    return [
        str(text)
        for category, kinds in document.items()
        if category != "disguised"
        for text in kinds[label][step]
    ]


def test_the_models_are_small() -> None:
    assert sum(model_file(script).stat().st_size for script in ("han", "latin")) < 2_000_000


def test_the_words_that_weighed_most_are_named() -> None:
    said = opinion(tokens("你们领导知道你欠钱不还的事吗"))
    assert said.probability > 0.5 and said.words
    assert all(word in "你们领导知道你欠钱不还的事吗" for word in said.words)


@pytest.mark.parametrize(
    ("kind", "locale", "found", "errors", "alarms"),
    [
        ("wording", "zh-CN", 0.96, 0.94, 0.05),
        ("wording", "zh-HK", 0.96, 0.88, 0.04),
        ("wording", "en", 0.95, 0.86, 0.04),
        ("wording", "es-US", 0.93, 0.78, 0.04),
        ("judged", "zh-CN", 0.95, 0.88, 0.02),
        ("judged", "en", 0.95, 0.88, 0.02),
    ],
)
def test_sentences_that_nobody_looked_at(
    kind: str, locale: str, found: float, errors: float, alarms: float
) -> None:
    """Bounds below what was measured, so that a loss is noticed; `bench/wording.py` prints the figures."""
    bad = [severity_of(text, LEXICON) for text in unseen(kind, locale, "violations")]
    lawful = [severity_of(text, LEXICON) for text in unseen(kind, locale, "lawful")]
    assert sum(map(bool, bad)) / len(bad) >= found
    assert bad.count("error") / len(bad) >= errors
    assert lawful.count("error") / len(lawful) <= alarms


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_disguises_that_nobody_looked_at(locale: str) -> None:
    document = yaml.safe_load((CORPORA / f"judged.{locale}.yaml").read_text(encoding="utf-8"))
    hidden = [severity_of(str(text), LEXICON) for text in document["disguised"]["violations"]]
    assert sum(map(bool, hidden)) / len(hidden) >= 0.93


@pytest.mark.parametrize(
    "text",
    [
        "您好，您的账单已出，请于3月5日前还款，你这个老赖，谢谢。",
        "Dear Ann, you are a deadbeat, your payment of $100 is due on March 5, thank you.",
        "Please pay $100 by March 5 or we will break your legs.",
    ],
)
def test_polite_words_around_an_insult_or_a_threat_hide_nothing(text: str) -> None:
    assert severity_of(text, LEXICON) == "error"


def test_it_speaks_up_alone_only_with_a_review() -> None:
    (hit,) = engine.judge("年关将至，您一家团圆之际，可曾想过还有人因您彻夜难眠。", LEXICON)
    assert (hit.entry.code, hit.severity) == ("T190", "review")
    assert 0 < (probability(tokens("请您于到期日前还款")) or 1) < 0.5
    assert probability(tokens("好的")) is None


def test_a_network_adds_what_each_feature_weighs() -> None:
    """The logit against plain sums, also past the number of features that is added at once."""
    network = _network("han")
    for text in (
        "请您还款",
        "您的账单已到期，请尽快还款。" * 3,
        "".join(sorted({one for feature in network.words() for one in feature if is_han(one)})),
    ):
        read = tokens(text)
        most, others = network.features(read)
        known = [weights for one in (*most, *others) if (weights := network.weights(one)) is not None]
        sums = network.sums(known)
        for unit, (start, scale, _) in enumerate(network.units):
            assert sums[unit] == pytest.approx(start + scale * sum(weights[unit] for weights in known))
        plain = network.bias + sum(
            weight * one for one, (_, _, weight) in zip(sums, network.units, strict=True) if one > 0
        )
        assert network.logit(read, ()) == pytest.approx(plain)
    assert len(known) > 255


def test_a_number_changes_nothing() -> None:
    first, second = (tokens(f"您的账单{amount}元已到期，请尽快还款") for amount in ("1,234.50", "9,870.00"))
    assert probability(first) == pytest.approx(probability(second))


def test_cues_are_heard_where_nothing_blocks() -> None:
    text = "Your photograph now hangs in the staff canteen under the word defaulter."
    (hit,) = engine.judge(text, LEXICON)
    assert hit.severity == "error" and hit.entry.code != "T190"


def test_plain_reminders_are_no_errors() -> None:
    for text in EVERYDAY:
        assert severity_of(text, LEXICON) != "error", text


EVERYDAY = (
    "您的贷款已逾期15天，请尽快处理。", "您好，提醒您，您应还。", "请尽快联系我们。", "请按时还款。", "您的账单已逾期，请尽快还款。",
    "逾期信息将依法如实报送征信系统。", "如未还款，我行可能依法提起诉讼。", "我行将按合同收取违约金。", "還款日為3月5日，請盡快還款。",
    "Please call us as soon as possible.", "Your account is 15 days overdue.", "Please pay $100 by March 5.", "We may report late payments to credit reference agencies.",
    "A late fee of $25 applies under your agreement.", "Por favor pague lo antes posible.", "Su cuenta tiene 15 días de atraso.",
)  # fmt: skip
