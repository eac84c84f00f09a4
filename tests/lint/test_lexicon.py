"""Every entry proves itself, the compiled data are current, and no pattern can hang."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from fairnotice.lint.wording.compiling import LexiconError, compile_folder, examples, packed
from fairnotice.lint.wording.engine import judge, trace
from fairnotice.lint.wording.lexicon import COMPILED, ENTRIES, FOLDER, load_lexicon
from fairnotice.lint.wording.normalise import normalise
from fairnotice.lint.wording.patterns import PatternError, compile_pattern

LEXICON = load_lexicon()
CODES = {f"T{number}" for number in range(101, 120)}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.name)
def test_the_sentences_of_the_entries_hold(file: Path) -> None:
    wrong = []
    for example in examples(FOLDER):
        if not example.place.startswith(file.name + ":"):
            continue
        found = any(
            hit.entry.place == example.place
            for hit in trace(example.text, LEXICON)
            if hit.severity != "lawful"
        )
        if found != example.hits:
            wrong.append((example.place, example.hits, example.text))
    assert not wrong


def test_every_category_has_entries_in_every_language() -> None:
    for language in ("zh", "yue", "en", "es"):
        assert {entry.code for entry in LEXICON.entries if entry.language == language} == CODES


def test_the_compiled_lexicon_is_current() -> None:
    head, lines = packed(compile_folder(FOLDER))
    current = json.loads(COMPILED.read_text(encoding="utf-8")) == json.loads(json.dumps(head))
    assert current and ENTRIES.read_text(encoding="utf-8").splitlines() == lines, "run `make lexicons`"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("……a……b……c……", "too many gaps"),
        ("[only] …", "at least one fixed word"),
        ("(a|b", "without its closing"),
        ("a|b", "outside brackets"),
        ("<nobody> x", "does not exist"),
    ],
)
def test_a_pattern_that_cannot_be_used_says_why(pattern: str, words: str) -> None:
    with pytest.raises(PatternError, match=words):
        compile_pattern(pattern, "en", {})


def test_an_entry_without_sentences_does_not_load(tmp_path: Path) -> None:
    (tmp_path / "own.en.yaml").write_text(
        "code: T106\ncategory: insult\nlanguage: en\nwhy: {en: x, zh: x}\nentries:\n  - pattern: nincompoop\n",
        encoding="utf-8",
    )
    with pytest.raises(LexiconError, match=r"own\.en\.yaml:6.*must hit"):
        compile_folder(tmp_path)


def test_no_text_hangs_the_matcher() -> None:
    started = time.process_time()
    for text in ("你的" * 400, "we will call your " * 60, "通知你" * 260, "a " * 500, "不会" * 400):
        judge(text, LEXICON)
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    "text",
    [
        "你这个老\u200b赖", "你这个老 赖", "你這個老賴", "你这个老&#x8d56;", "你这个<b>老</b>赖", "你这个老*赖",
        "You ѕсum", "You s\u00adcum", "You ｓｃｕｍ", "You 𝐬𝐜𝐮𝐦", "You s c u m", "You are a l0ser", "you b*stard", "You are scuuuum",
    ],
)  # fmt: skip
def test_tricks_are_read_through(text: str) -> None:
    assert judge(text, LEXICON), text


@pytest.mark.parametrize(
    "text",
    ["应还1,234.56元，尾号8250", "热线400-250-7480", "您购买的MP3已发货，单号SB20260101", "订单A1B2C3D4", "Ref: 5H1T-2026-88", "您好😊感谢您的还款"],
)  # fmt: skip
def test_numbers_and_codes_are_not_decoded(text: str) -> None:
    assert not [hit for hit in judge(text, LEXICON) if hit.severity == "error"]


def test_offsets_lead_back_to_the_source() -> None:
    text = "您好&nbsp;你这个老\u200b赖！"
    (hit,) = [hit for hit in judge(text, LEXICON) if hit.entry.code == "T106"][:1]
    assert text[hit.start : hit.end].replace("\u200b", "").endswith("老赖")
    reading = normalise("ａ\u200bＢ  c")
    assert reading.offsets is not None and len(reading.offsets) == len(reading.text)
