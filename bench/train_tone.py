"""Train the tone networks on sentences written for this project: `python bench/train_tone.py`; needs scikit-learn.

Trained on: the tuned half of `tests/corpora/wording.*.yaml`, all of `tests/corpora/more.*.yaml`, the shipped messages.
Never on the held half, nor on `tests/corpora/judged.*.yaml`. A text does harm where one of its sentences does: a first,
linear model says which. With `--thresholds` it prints the thresholds of `engine.py`, from cross-validation over whole
files, so that no sentence is judged by a model that knows its author's others.
"""

from __future__ import annotations

import argparse
import json
import re
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from fairnotice.flow.catalogue import shipped
from fairnotice.lint.wording.engine import (
    _CLAUSE_SURE,
    _NEAR_SURE,
    _SEVERE,
    Hit,
    clause_of,
    evidence_of,
    is_plain,
    near,
    trace,
)
from fairnotice.lint.wording.judgement import sentences_of
from fairnotice.lint.wording.lexicon import load_lexicon
from fairnotice.lint.wording.normalise import normalise
from fairnotice.lint.wording.tokens import Tokens, tokens
from fairnotice.lint.wording.tone import MIDDLE, UNITS, han_features, latin_features, model_file, probability
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

CORPORA = Path(__file__).resolve().parent.parent / "tests/corpora"
HAN_RUN = re.compile(r"\^?[\u3400-\u9fff，。？！?!]+\$?")
UNSUITED = re.compile(r"[\d\s]")
SCRIPTS = ("han", "latin")
ROUNDS, STRENGTH, STEP = 4, 1e-3, 2e-3
"""Of the network: passes over the sentences, penalty, learning rate."""
SEEDS = (1, 2, 3)
"""Units may die as they start: the best of so many starts is kept."""
FOLDS, SUSPECT = 8, 0.2
LEAST = 6
"""Of the 127 steps of a weight."""
SHIPPED = 3
"""So often each sentence of the shipped messages is heard: they are what is said most."""


class Text(NamedTuple):
    """One labelled text of a file."""

    text: str
    harmful: bool
    source: str


class Sentence(NamedTuple):
    """One sentence of a text, by its place among them."""

    text: int
    words: str
    plain: list[Hit]
    cues: list[Hit]


def texts() -> Iterator[Text]:
    """All that may be learnt from."""
    for text in sorted(set(shipped_sentences())) * SHIPPED:
        yield Text(text, False, "shipped")
    for path in sorted(CORPORA.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if path.name.startswith("judged."):
            continue
        for category, kinds in document.items():
            for kind in ("violations", "lawful"):
                for index, text in enumerate(kinds[kind]):
                    held = path.name.startswith("wording.") and index % 2
                    if not held and category != "disguised":
                        yield Text(str(text), kind == "violations", path.name.split(".")[1])


def shipped_sentences() -> Iterator[str]:
    """What the shipped messages say, without their tags."""
    for path in sorted(shipped().rglob("*")):
        if path.suffix in (".txt", ".md", ".yaml") and path.parent.name not in ("brands", "profiles"):
            text = re.sub(r"\{[{%#].*?[}%#]\}", "\ue010", path.read_text(encoding="utf-8"))
            text = re.sub(r"^\s*(?:\w+: ?\"?|- )", "", text, flags=re.M)
            yield from (piece.strip() for piece in re.findall(r"[^。.？?！!\n]{6,}[。.？?！!]?", text))


def parted(rows: list[Text]) -> Iterator[Sentence]:
    """The sentences of texts, with what the lexicon finds in each before the tone is asked."""
    for number, row in enumerate(rows):
        for words in sentences_of(row.text):
            hits = [hit for hit in trace(words, load_lexicon()) if hit.severity != "lawful"]
            plain = [hit for hit in hits if hit.severity != "cue"]
            yield Sentence(number, words, plain, [hit for hit in hits if hit.severity == "cue"])


def heard(text: str, hits: list[Hit], script: str) -> set[str] | None:
    """Features of a sentence for a network; None where it has nothing to say. Han runs are cut at anything else."""
    found = tokens(normalise(text).text)
    most, others = han_features(found) if script == "han" else latin_features(found)
    # A number tells nothing of the tone, and the file is parted by blanks.
    features = {
        one
        for one in (*most, *others)
        if (one.isascii() and not UNSUITED.search(one)) or (script == "han" and HAN_RUN.fullmatch(one))
    }
    return features | evidence_of(hits) if features and _speaks(found, script) else None


def _speaks(found: Tokens, script: str) -> bool:
    return bool(re.search(r"[\u3400-\u9fff]", found.text)) == (script == "han")


class Model(NamedTuple):
    """A network and its features by their column."""

    vectoriser: CountVectorizer
    network: MLPClassifier

    def ask(self, features: list[set[str]]) -> Any:
        """Probabilities."""
        return self.network.predict_proba(self.vectoriser.transform(features))[:, 1]


def fit(owners: Any, labels: Any, features: list[set[str]], seeds: Sequence[int] = SEEDS) -> Model:
    """The network of some sentences: `owners` are their texts, `labels` whether those do harm."""
    vectoriser = CountVectorizer(analyzer=lambda found: found, binary=True, min_df=2)
    matrix = vectoriser.fit_transform(features)
    first = LogisticRegression(max_iter=300, solver="liblinear").fit(matrix, labels)
    scores = first.decision_function(matrix)
    worst: dict[int, int] = {}
    for place in np.flatnonzero(labels):
        if owners[place] not in worst or scores[place] > scores[worst[owners[place]]]:
            worst[owners[place]] = place
    # Sentences of a harmful text that say nothing harmful teach nothing.
    kept = ~labels | (scores > 0)
    kept[list(worst.values())] = True
    tried = [
        MLPClassifier(
            (UNITS,),
            alpha=STRENGTH,
            batch_size=128,
            learning_rate_init=STEP,
            max_iter=ROUNDS,
            random_state=seed,
        )
        for seed in seeds
    ]
    with warnings.catch_warnings():
        # It stops before it has converged: that is what keeps it from learning by heart.
        warnings.simplefilter("ignore")
        for one in tried:
            one.fit(matrix[kept], labels[kept])
    network = min(tried, key=lambda one: one.loss_)
    return Model(vectoriser, network)


def learnt(
    rows: list[Text],
    pieces: list[Sentence],
    script: str,
    chosen: set[int],
    seeds: Sequence[int] = SEEDS,
) -> Model:
    """The network of a script, from the texts of some numbers."""
    found = [
        (piece.text, features)
        for piece in pieces
        if piece.text in chosen and (features := heard(piece.words, piece.plain, script)) is not None
    ]
    owners = np.array([owner for owner, _ in found])
    labels = np.array([rows[owner].harmful for owner in owners])
    return fit(owners, labels, [features for _, features in found], seeds)


def written(model: Model) -> bytes:
    """A network as `tone.py` reads it."""
    weights, starts = model.network.coefs_[0], model.network.intercepts_[0]
    out, bias = model.network.coefs_[1][:, 0], model.network.intercepts_[1][0]
    names = model.vectoriser.get_feature_names_out()
    scale = np.abs(weights).max(axis=0) / (MIDDLE - 1)
    bytes_ = (np.rint(weights / scale) + MIDDLE).astype(np.uint8)
    # What says next to nothing to every unit is not kept.
    kept = np.flatnonzero(np.abs(bytes_.astype(int) - MIDDLE).max(axis=1) >= LEAST)
    head = {
        "bias": round(float(bias), 4),
        "start": [round(float(one), 4) for one in starts],
        "scale": [round(float(one), 6) for one in scale],
        "weight": [round(float(one), 4) for one in out],
    }
    keys = "\t".join(names[place] for place in kept)
    return json.dumps(head).encode() + b"\n" + keys.encode() + b"\n" + bytes_[kept].tobytes()


# -- thresholds ----------------------------------------------------------------------------------------


class Case(NamedTuple):
    """For one text: the highest probability of its sentences, and of those with a hit or a cue (1 where its own words or
    its clause are sure alone); whether anything was hit."""

    harmful: bool
    any: float
    hit: float
    cue: float
    hits: bool


def thresholds(rows: list[Text], pieces: list[Sentence]) -> None:
    """Print what thresholds give on files that the model of their fold has not seen, a group of locales."""
    sources = sorted({row.source for row in rows})
    cases: dict[str, list[Case]] = defaultdict(list)
    mine: dict[int, list[Sentence]] = defaultdict(list)
    for piece in pieces:
        mine[piece.text].append(piece)
    for fold in range(FOLDS):
        away = {source for index, source in enumerate(sources) if index % FOLDS == fold} - {"shipped"}
        chosen = {number for number, row in enumerate(rows) if row.source not in away}
        models = {script: learnt(rows, pieces, script, chosen, SEEDS[:1]) for script in SCRIPTS}
        for number in sorted(set(range(len(rows))) - chosen):
            row = rows[number]
            group = "zh-HK" if row.source.startswith("zh-HK") else row.source[:2]
            cases[group].append(_case(row, mine[number], models))
        print(f"fold {fold + 1}: {', '.join(sorted(away))}", flush=True)
    for group, members in sorted(cases.items()):
        report(group, members)


def _asked(models: dict[str, Model], text: str, hits: list[Hit]) -> float:
    if probability(tokens(normalise(text).text)) is None:
        return -1.0
    found = [
        float(models[script].ask([features])[0])
        for script in SCRIPTS
        if (features := heard(text, hits, script)) is not None
    ]
    return max(found, default=-1.0)


def _case(row: Text, pieces: list[Sentence], models: dict[str, Model]) -> Case:
    best = {"any": -1.0, "hit": -1.0, "cue": -1.0}
    for piece in pieces:
        whole = _asked(models, piece.words, piece.plain)
        best["any"] = max(best["any"], whole)
        for hit in piece.plain:
            sure = 1.0 if whole < 0 else whole
            if not is_plain(hit):
                continue
            if hit.entry.sure:
                sure = 1.0
            severe = hit.entry.code in _SEVERE
            around, needed = (near, _NEAR_SURE) if severe else (clause_of, _CLAUSE_SURE)
            asked = hit.severity == "error" and (severe or whole >= SUSPECT)
            if asked and _asked(models, around(piece.words, hit), [hit]) >= needed:
                sure = 1.0
            best["hit"] = max(best["hit"], sure)
        if not piece.plain and piece.cues:
            best["cue"] = max(best["cue"], whole)
    return Case(row.harmful, **best, hits=any(piece.plain for piece in pieces))


def report(group: str, cases: list[Case]) -> None:
    """One table a group."""
    harmful = np.array([case.harmful for case in cases])
    blocked = np.array([max(case.hit, case.cue) for case in cases])
    any_ = np.array([case.any for case in cases])
    hits = np.array([case.hits for case in cases])
    print(f"{group}: {harmful.sum()} harmful, {(~harmful).sum()} lawful")
    if not harmful.any():
        return
    for cap in (0.01, 0.015, 0.02, 0.03, 0.05):
        sure = np.sort(blocked[~harmful])[::-1][int(cap * (~harmful).sum())]
        print(f"  false alarms {cap:.1%}: sure {sure:.2f}, as errors {np.mean(blocked[harmful] > sure):.1%}")
    for suspect in (0.05, 0.1, 0.2, 0.3, 0.4, 0.5):
        noticed = (any_ >= suspect) | hits
        alone = any_ >= suspect
        print(
            f"  suspect {suspect:.2f}: found {np.mean(noticed[harmful]):.1%}, lawful {np.mean(noticed[~harmful]):.1%};"
            f" without hits {np.mean(alone[harmful]):.1%}, lawful {np.mean(alone[~harmful]):.1%}"
        )


def main() -> None:
    """Fit, round, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--thresholds", action="store_true", help="Cross-validate the thresholds; write nothing."
    )
    given = parser.parse_args()
    rows = list(texts())
    pieces = list(parted(rows))
    if given.thresholds:
        thresholds(rows, pieces)
        return
    for script in SCRIPTS:
        data = written(learnt(rows, pieces, script, set(range(len(rows)))))
        model_file(script).write_bytes(data)
        print(f"{script}: {len(data) / 1e3:.0f} kB", flush=True)
    print(f"{len(rows)} texts, {sum(row.harmful for row in rows)} harmful")


if __name__ == "__main__":
    main()
