"""Every lexicon entry is run on its own sentences, and the compiled copy is current."""

from __future__ import annotations

import json

import pytest
from fairnotice.lint.wording.engine import judge
from fairnotice.lint.wording.lexicon import COMPILED, FOLDER, digest_of, load_lexicon

LEXICON = load_lexicon()


def test_the_compiled_lexicon_is_current() -> None:
    assert json.loads(COMPILED.read_text(encoding="utf-8"))["digest"] == digest_of(FOLDER), (
        "run `make lexicons`"
    )


def test_every_category_has_entries_in_chinese_and_english() -> None:
    for language in ("zh", "en"):
        assert {entry.code for entry in LEXICON.entries if entry.language == language} == {
            f"T{n}" for n in range(101, 120)
        }


@pytest.mark.parametrize(
    "entry", LEXICON.entries, ids=lambda entry: f"{entry.code}-{entry.pattern or entry.slots[0][0]}"
)
def test_an_entry_hits_and_misses_what_it_says(entry) -> None:
    for sentence in entry.hits:
        assert entry.code in {hit.entry.code for hit in judge(sentence, LEXICON)}, sentence
    for sentence in entry.misses:
        assert entry.code not in {hit.entry.code for hit in judge(sentence, LEXICON)}, sentence
