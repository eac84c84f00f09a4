"""Parts of text messages against smsutil, an independent implementation of 3GPP TS 23.040."""

from __future__ import annotations

import random

import pytest
from fairnotice.generator.alphabet import BASIC, EXTENDED
from fairnotice.generator.sms import sms_parts

smsutil = pytest.importorskip("smsutil", reason="install the dev extra")
PLAIN = sorted(BASIC - {"\n", "\r"})
ALPHABETS = [
    PLAIN,
    [*PLAIN, *sorted(EXTENDED - {"\f"})],
    [*PLAIN, *"应还款提醒您的账单"],
    [*"应还款提醒", "𠮷", "😀"],
]


@pytest.mark.parametrize("seed", range(4))
def test_parts_and_encoding_agree(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(500):
        text = "".join(chance.choices(ALPHABETS[seed], k=chance.randrange(1, 700)))
        ours, theirs = sms_parts(text), smsutil.split(text)
        assert (ours.encoding == "GSM-7") is smsutil.is_valid_gsm(text)
        assert [part.content for part in theirs.parts] == list(ours.parts), text


@pytest.mark.parametrize("length", [69, 70, 71, 133, 134, 135, 159, 160, 161, 305, 306, 307])
@pytest.mark.parametrize("letter", ["a", "€", "应", "𠮷"])
def test_borders_agree(length: int, letter: str) -> None:
    text = letter * length
    assert len(sms_parts(text).parts) == len(smsutil.split(text).parts)
