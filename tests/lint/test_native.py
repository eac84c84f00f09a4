"""The compiled twin answers what Python answers: `_native.c` against the classes it stands for."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
import yaml
from fairnotice.lint.wording import index, needs, signs
from fairnotice.lint.wording.compiled import native
from fairnotice.lint.wording.disguise import readings
from fairnotice.lint.wording.lexicon import COMPILED, load_lexicon
from fairnotice.lint.wording.normalise import Folder, Reading, fold_character, normalise, sound_table
from fairnotice.lint.wording.tokens import Tokens, taken_apart
from fairnotice.lint.wording.tone import Network, model_file
from hypothesis import given, settings
from hypothesis import strategies as st

if native is None:
    pytest.skip(
        "the compiled part is missing: install a C compiler and Python's headers, then run `make .venv/.dev`",
        allow_module_level=True,
    )

ROOT = Path(__file__).resolve().parents[2]
HEAD = json.loads(COMPILED.read_bytes())
LEXICON = load_lexicon()


def _sample() -> list[str]:
    """A twentieth of the corpora, which holds harmful, lawful and disguised sentences of all languages."""
    texts: list[str] = []
    for path in sorted((ROOT / "tests/corpora").glob("*.yaml")):
        stack = [yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)]
        while stack:
            one = stack.pop()
            if isinstance(one, str) and zlib.crc32(one.encode()) % 20 == 0:
                texts.append(one)
            elif isinstance(one, (list, dict)):
                stack += one.values() if isinstance(one, dict) else one
    return sorted(set(texts))


SAMPLE = _sample()
# Letters, digits, signs, blanks and ideographs that the signs are told by, and others of every plane.
ALPHABET = st.sampled_from(
    "aabcdeikst s s10023_+@$!*#|.,?-'\n\t\xa0\u3000\u2028你你还还钱款的妈马女又家第期元、。，£€ß🐷🔪𠀀\ud800\ufffe%&<>ÀİＡ１"
)
TEXTS = st.one_of(st.text(ALPHABET, max_size=60), st.text(max_size=30), st.sampled_from(SAMPLE))


@pytest.fixture(scope="module")
def python_index() -> index.Index:
    return index.Index(HEAD["index"], HEAD["single"])


@pytest.fixture(scope="module")
def native_index() -> index.Index:
    assert native is not None
    return native.Index(HEAD["index"], HEAD["single"])


def _same_tokens(text: str) -> None:
    assert native is not None
    one, other = taken_apart(text), native.Tokens(text)
    for name in ("text", "wide", "words", "latin", "characters", "han", "ideographs", "real_words"):
        assert getattr(one, name) == getattr(other, name), name
    assert one.odd or not other.odd


@settings(max_examples=600, deadline=None)
@given(text=TEXTS)
def test_tokens_are_the_same(text: str) -> None:
    _same_tokens(text)


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_the_index_marks_the_same(text: str, python_index: index.Index, native_index: index.Index) -> None:
    assert native is not None
    folded = normalise(text).text
    one, other = taken_apart(folded), native.Tokens(folded)
    assert python_index.marks(one) == native_index.marks(other)
    assert python_index.candidates(one) == native_index.candidates(other)


def test_real_sentences_are_looked_up_the_same(python_index: index.Index, native_index: index.Index) -> None:
    """Index and needs over the corpora; what an entry needs is asked of random entries too."""
    assert native is not None
    assert len(SAMPLE) > 2500
    entries = list(LEXICON.entries)
    picked = random.Random(7).sample(range(len(entries)), 60)
    pairs = {}
    met = 0
    for text in SAMPLE:
        folded = normalise(text).text
        one, other = taken_apart(folded), native.Tokens(folded)
        numbers = python_index.candidates(one)
        assert numbers == native_index.candidates(other)
        for number in {*numbers, *picked}:
            if number not in pairs:
                groups, han = entries[number].groups, entries[number].language in ("zh", "yue")
                pairs[number] = needs.Needs(groups, han), native.Needs(groups, han)
            answers = [pair.met(text) for pair, text in zip(pairs[number], (one, other), strict=True)]
            assert answers[0] == answers[1], (text, entries[number].place)
            met += answers[0]
    assert met > 1000


@settings(max_examples=400, deadline=None)
@given(text=TEXTS)
def test_folding_is_the_same(text: str) -> None:
    assert native is not None
    mine, theirs = Folder(fold_character).fold(text), native.Folder(fold_character).fold(text)
    if text and max(*text, *map(fold_character, text)) > "\uffff":
        # Characters above the basic plane take the slow way, with the same result.
        assert theirs is None
    else:
        assert mine == theirs


def test_a_folder_passes_on_an_error() -> None:
    assert native is not None

    def ask(character: str) -> str:
        raise LookupError(character)

    with pytest.raises(LookupError):
        native.Folder(ask).fold("a" * 600)


@pytest.fixture(scope="module", params=["han", "latin"])
def networks(request: pytest.FixtureRequest) -> tuple[Network, Network]:
    """The same network with and without the compiled part."""
    script = request.param
    plain = Network(model_file(script), script)
    plain._native = None
    return plain, Network(model_file(script), script)


def test_networks_weigh_the_same(networks: tuple[Network, Network]) -> None:
    assert native is not None
    plain, fast = networks
    for number, text in enumerate(SAMPLE):
        folded = normalise(text).text
        others = ("=error", "=T101:error", "unknown") if number % 3 == 0 else ()
        mine, theirs = plain.logit(taken_apart(folded), others), fast.logit(native.Tokens(folded), others)
        assert mine == pytest.approx(theirs, abs=1e-9), text


def test_long_texts_are_weighed_the_same(networks: tuple[Network, Network]) -> None:
    assert native is not None
    plain, fast = networks
    text = normalise(" ".join(SAMPLE[:120])).text
    assert plain.logit(taken_apart(text), ()) == pytest.approx(fast.logit(native.Tokens(text), ()), abs=1e-6)


def test_features_weigh_the_same(networks: tuple[Network, Network]) -> None:
    plain, fast = networks
    for feature in [*fast.words()[::300], "not a feature", "^", "x$"]:
        assert plain.weights(feature) == fast.weights(feature)


@settings(max_examples=600, deadline=None)
@given(text=TEXTS)
def test_disguises_are_read_the_same(text: str) -> None:
    """Signs may be told more exactly by the compiled part: what counts is what is read."""
    base = normalise(text)
    pure = _Told(signs.Teller(HEAD["sound"]))
    fast = _Told(signs.made_teller(HEAD["sound"]))
    assert native is not None
    mine, theirs = pure.read(base, taken_apart(base.text)), fast.read(base, native.Tokens(base.text))
    assert [(one.stage, one.text, one.offsets) for one in mine] == [
        (one.stage, one.text, one.offsets) for one in theirs
    ]


def test_real_disguises_are_read_the_same() -> None:
    assert native is not None
    pure, fast = _Told(signs.Teller(HEAD["sound"])), _Told(signs.made_teller(HEAD["sound"]))
    read = 0
    for text in SAMPLE:
        base = normalise(text)
        mine, theirs = pure.read(base, taken_apart(base.text)), fast.read(base, native.Tokens(base.text))
        assert [(one.stage, one.text) for one in mine] == [(one.stage, one.text) for one in theirs], text
        read += len(mine)
    assert read > 30


class _Told:
    """The shipped lexicon with another teller."""

    def __init__(self, teller: signs.Teller):
        self.told = teller.told

    def __getattr__(self, name: str) -> object:
        return getattr(LEXICON, name)

    def read(self, base: Reading, parts: Tokens) -> list[Reading]:
        told = self.told(parts) if parts.wide else 0
        return list(readings(base, self, parts, told)) if told or parts.odd else []  # type: ignore[arg-type]


def test_sounds_are_of_the_basic_plane() -> None:
    """The compiled table has room for no others."""
    assert max(sound_table()) < 0x10000 and max(map(ord, sound_table().values())) < 0x10000


@pytest.mark.parametrize(
    ("kinds", "single"),
    [
        ({"two": ["你\n您", "1"]}, ""),
        ({"two": ["你", "1 2/3\n4/"]}, ""),
        ({"two": ["你", "x/"]}, ""),
        ({"two": ["你", "99999999999/"]}, ""),
        ({"two": ["你", "1"]}, ""),
        ({"two": ["你", "1/"]}, "a"),
    ],
)
def test_a_damaged_index_is_refused(kinds: dict[str, list[str]], single: str) -> None:
    assert native is not None
    with pytest.raises(ValueError, match="damaged"):
        native.Index(kinds, single)


def test_wrong_types_are_refused() -> None:
    assert native is not None
    with pytest.raises(TypeError):
        native.Tokens(b"text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        native.Index(HEAD["index"], HEAD["single"]).candidates("text")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        native.Needs([[]], True)
    with pytest.raises(TypeError):
        native.Needs([[("",)]], True)
    with pytest.raises(ValueError, match="damaged"):
        native.Network(b"a\tb", b"123", 0.0, [(0.0, 0.0, 0.0)] * 8)


def test_a_whole_run_says_the_same_without_it(tmp_path: Path) -> None:
    """The same findings from the command line with and without the compiled part."""
    texts = [text for text in SAMPLE if "{" not in text and "\n" not in text][::12]
    (tmp_path / "fairnotice.toml").write_text("")
    for number in range(3):
        lines = "\n\n".join(texts[number::3])
        (tmp_path / f"late.email.{('zh-CN', 'en-US', 'es-US')[number]}.txt").write_text(
            lines, encoding="utf-8"
        )
    told = []
    for off in ("", "1"):
        run = subprocess.run(
            [str(Path(sys.executable).with_name("fairnotice")), "lint", "--format", "json", str(tmp_path)],
            env={
                **os.environ,
                "FAIRNOTICE_NO_EXTENSIONS": off,
                "FAIRNOTICE_CACHE_DIR": str(tmp_path / f"c{off}"),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        told.append(json.loads(run.stdout)["findings"])
    assert told[0] == told[1]
    assert sum(finding["code"].startswith("T") for finding in told[0]) > 50
