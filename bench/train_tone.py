"""Train the tone model on sentences written for this project: `python bench/train_tone.py`; needs scikit-learn.

Trained on: the sentences of the lexicon entries, the tuned half of `tests/corpora/wording.*.yaml`, all of
`tests/corpora/more.*.yaml`, the shipped messages. Never on the held half. With `--thresholds` it prints, from
cross-validation, the thresholds of `engine.py` that find most at a bounded rate of false alarms.
"""

from __future__ import annotations

import argparse
import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from fairnotice.flow.catalogue import shipped
from fairnotice.lint.wording.compiling import examples
from fairnotice.lint.wording.engine import Hit, clause_of, evidence_of, is_plain, trace
from fairnotice.lint.wording.judgement import sentences_of
from fairnotice.lint.wording.lexicon import FOLDER, load_lexicon
from fairnotice.lint.wording.normalise import is_han, normalise
from fairnotice.lint.wording.tokens import tokens
from fairnotice.lint.wording.tone import MODEL, SCALE, features, long_enough
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

CORPORA = Path(__file__).resolve().parent.parent / "tests/corpora"
STRENGTH = 1.0
HAN_RUN = re.compile(r"\^?[\u3400-\u9fff，。？！?!]+\$?")
SMALLEST = 3
"""Weights under this many hundredths are dropped."""


class Sentence(NamedTuple):
    """One labelled text: of a locale's corpus, else of the entries (`lexicon`) or the shipped messages (`shipped`)."""

    text: str
    harmful: bool
    weight: float
    source: str


def sentences() -> Iterator[Sentence]:
    """All that may be learnt from."""
    for text, hits in sorted({(example.text, example.hits) for example in examples(FOLDER)}):
        yield Sentence(text, hits, 0.4, "lexicon")
    for text in sorted(set(shipped_sentences())):
        yield Sentence(text, False, 1.0, "shipped")
    for path in sorted(CORPORA.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for category, kinds in document.items():
            for kind in ("violations", "lawful"):
                for index, text in enumerate(kinds[kind]):
                    held = path.name.startswith("wording.") and index % 2
                    if not held and category != "disguised":
                        yield Sentence(str(text), kind == "violations", 1.0, path.name.split(".")[1])


def shipped_sentences() -> Iterator[str]:
    """What the shipped messages say, without their tags."""
    for path in sorted(shipped().rglob("*")):
        if path.suffix in (".txt", ".md", ".yaml") and path.parent.name not in ("brands", "profiles"):
            text = re.sub(r"\{[{%#].*?[}%#]\}", "\ue010", path.read_text(encoding="utf-8"))
            text = re.sub(r"^\s*(?:\w+: ?\"?|- )", "", text, flags=re.M)
            yield from (piece.strip() for piece in re.findall(r"[^。.？?！!\n]{6,}[。.？?！!]?", text))


def heard(text: str) -> set[str]:
    """Features of a text; Han runs are cut where anything but Han, a comma or a mark of feeling stands."""
    han, latin = features(tokens(normalise(text).text))
    return {run for run in han if HAN_RUN.fullmatch(run)} | {word for word in latin if word.isascii()}


def live_hits(text: str) -> list[Hit]:
    """What the lexicon finds in a text before the tone is asked, cues included."""
    return [hit for hit in trace(text, load_lexicon()) if hit.severity != "lawful"]


def analysed(sentence: Sentence) -> set[str]:
    """All features of a labelled text. Entries hit their own sentences: there nothing is learnt of hits."""
    found = heard(sentence.text)
    if sentence.source != "lexicon":
        for piece in sentences_of(sentence.text):
            found |= evidence_of(hit for hit in live_hits(piece) if hit.severity != "cue")
    return found


def weights_of(rows: list[Sentence]) -> Any:
    """Harmful and lawful weigh the same within each script, or the rarer kind would be doubted."""
    labels = np.array([row.harmful for row in rows])
    weights = np.array([row.weight for row in rows])
    scripts = np.array([any(map(is_han, row.text)) for row in rows])
    for script, label in itertools.product((True, False), (True, False)):
        chosen = (scripts == script) & (labels == label)
        weights[chosen] *= len(rows) / 4 / weights[chosen].sum()
    return weights


def fit(matrix: Any, labels: Any, weights: Any) -> LogisticRegression:
    """The model of some rows."""
    return LogisticRegression(C=STRENGTH, max_iter=1000).fit(matrix, labels, sample_weight=weights)


def written(model: LogisticRegression, names: list[str]) -> str:
    """The model as `tone.py` reads it."""
    kept = {
        name: hundredths
        for name, weight in zip(names, model.coef_[0], strict=True)
        if abs(hundredths := round(float(weight) * SCALE)) >= SMALLEST
    }
    sections: list[dict[int, list[str]]] = [{}, {}, {}]
    for name in sorted(kept):
        section = 0 if name[0] == "=" else 2 if name.isascii() else 1
        sections[section].setdefault(kept[name], []).append(name)
    blocks = [
        "\n".join(f"{weight}\t" + "\t".join(found) for weight, found in sorted(section.items()))
        for section in sections
    ]
    return f"{model.intercept_[0]:.4f}\n" + "\n\n".join(blocks) + "\n"


# -- thresholds ----------------------------------------------------------------------------------------


WORD_SURE, CLAUSE_SURE = 0.6, 0.98


class Case(NamedTuple):
    """For one text, the highest probability of a sentence with each kind of hit, -1 for none."""

    harmful: bool
    error: float
    word: float
    review: float
    cue: float


def thresholds(rows: list[Sentence], found: list[set[str]]) -> None:
    """Print the best thresholds a group of locales, on sentences that the model of their fold has not seen."""
    labels, weights = np.array([row.harmful for row in rows]), weights_of(rows)
    vectoriser = CountVectorizer(analyzer=lambda features: features, binary=True, min_df=2)
    matrix = vectoriser.fit_transform(found)
    cases: dict[str, list[Case]] = {}
    for train, test in StratifiedKFold(8, shuffle=True, random_state=1).split(matrix, labels):
        model = fit(matrix[train], labels[train], weights[train])
        for index in test:
            row = rows[index]
            if row.source not in ("lexicon", "shipped"):
                group = "zh-HK" if row.source.startswith("zh-HK") else row.source[:2]
                cases.setdefault(group, []).append(_case(row, model, vectoriser))
    for group, members in sorted(cases.items()):
        print(group, len(members))
        for cap in (0.01, 0.015, 0.02, 0.03):
            print(f"  false alarms up to {cap:.1%}:", _best(members, cap))


def _case(row: Sentence, model: LogisticRegression, vectoriser: CountVectorizer) -> Case:
    best = {"error": -1.0, "word": -1.0, "review": -1.0, "cue": -1.0}

    def asked(text: str, hits: list[Hit], short: float) -> float:
        if not long_enough(tokens(normalise(text).text)):
            return short
        known = vectoriser.transform([heard(text) | evidence_of(hits)])
        return float(model.predict_proba(known)[0, 1])

    for piece in sentences_of(row.text):
        hits = live_hits(piece)
        plain = [hit for hit in hits if hit.severity != "cue"]
        whole = asked(piece, plain, 1.0)
        for hit in plain or hits:
            kind, sure = hit.severity, whole
            if kind == "error":
                sure = 1.0 if asked(clause_of(piece, hit), [hit], 0.0) >= CLAUSE_SURE else sure
                kind = "word" if hit.entry.code in ("T106", "T107") else kind
            if kind != "review" or is_plain(hit):
                best[kind] = max(best[kind], sure)
    return Case(row.harmful, **best)


def _best(cases: list[Case], cap: float) -> str:
    harmful = np.array([case.harmful for case in cases])
    heard = np.array([max(1.0 if case.word >= WORD_SURE else -1.0, *case[1:]) for case in cases])
    sure = np.sort(heard[~harmful])[::-1][int(cap * (~harmful).sum())]
    return f"sure {sure:.2f}, found as error {np.mean(heard[harmful] > sure):.1%}"


def main() -> None:
    """Fit, round, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--thresholds", action="store_true", help="Cross-validate the thresholds; write nothing."
    )
    rows = list(sentences())
    found = [analysed(row) for row in rows]
    if parser.parse_args().thresholds:
        thresholds(rows, found)
        return
    labels = np.array([row.harmful for row in rows])
    vectoriser = CountVectorizer(analyzer=lambda features: features, binary=True, min_df=2)
    model = fit(vectoriser.fit_transform(found), labels, weights_of(rows))
    MODEL.write_text(written(model, list(vectoriser.get_feature_names_out())), encoding="utf-8")
    print(f"{len(rows)} sentences, {labels.sum()} harmful; {MODEL.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
