"""Train the tone model on sentences written for this project: `python bench/train_tone.py`; needs scikit-learn.

Trained on: the sentences of the lexicon entries, the tuned half of `tests/corpora/wording.*.yaml`, all of
`tests/corpora/more.*.yaml`. Never on the held half. With `--compare` it prints what the model changes there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import yaml
from fairnotice.flow.catalogue import shipped
from fairnotice.lint.wording.compiling import examples
from fairnotice.lint.wording.lexicon import FOLDER
from fairnotice.lint.wording.normalise import normalise
from fairnotice.lint.wording.tokens import tokens
from fairnotice.lint.wording.tone import MODEL, SCALE, features
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

CORPORA = Path(__file__).resolve().parent.parent / "tests/corpora"
STRENGTH = 0.3
HAN_RUN = re.compile(r"[\u3400-\u9fff，。？！?!]+")
SMALLEST = 3
"""Weights under this many hundredths are dropped."""


def sentences() -> Iterator[tuple[str, int, float]]:
    """(sentence, does harm, weight)."""
    for text, hits in sorted({(example.text, example.hits) for example in examples(FOLDER)}):
        yield text, int(hits), 0.4
    for text in sorted(set(shipped_sentences())):
        yield text, 0, 1.0
    for path in sorted(CORPORA.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        for category, kinds in document.items():
            for kind in ("violations", "lawful"):
                for index, text in enumerate(kinds[kind]):
                    held = path.name.startswith("wording.") and index % 2
                    if not held and category != "disguised":
                        yield str(text), int(kind == "violations"), 1.0


def shipped_sentences() -> Iterator[str]:
    """What the shipped messages say, without their tags."""
    for path in sorted(shipped().rglob("*")):
        if path.suffix in (".txt", ".md", ".yaml") and path.parent.name not in ("brands", "profiles"):
            text = re.sub(r"\{[{%#].*?[}%#]\}", "\ue010", path.read_text(encoding="utf-8"))
            text = re.sub(r"^\s*(?:\w+: ?\"?|- )", "", text, flags=re.M)
            yield from (piece.strip() for piece in re.findall(r"[^。.？?！!\n]{6,}[。.？?！!]?", text))


def analysed(text: str) -> set[str]:
    """Features with Han runs cut where anything but Han, a comma or a mark of feeling stands."""
    han, latin = features(tokens(normalise(text).text))
    return {run for run in han if HAN_RUN.fullmatch(run)} | {word for word in latin if word.isascii()}


def main() -> None:
    """Fit, round, write."""
    rows = list(sentences())
    vectoriser = CountVectorizer(analyzer=analysed, binary=True, min_df=2)
    matrix = vectoriser.fit_transform(text for text, _, _ in rows)
    labels = np.array([label for _, label, _ in rows])
    weights = np.array([weight for _, _, weight in rows])
    # Harmful and lawful weigh the same within each script, or the rarer kind would be doubted.
    scripts = np.array(
        [text.isascii() or not any("\u3400" <= one <= "\u9fff" for one in text) for text, _, _ in rows]
    )
    for script in (True, False):
        for label in (0, 1):
            chosen = (scripts == script) & (labels == label)
            weights[chosen] *= len(rows) / 4 / weights[chosen].sum()
    model = LogisticRegression(C=STRENGTH, max_iter=1000)
    model.fit(matrix, labels, sample_weight=weights)
    kept = {
        name: round(float(weight) * SCALE)
        for name, weight in zip(vectoriser.get_feature_names_out(), model.coef_[0], strict=True)
        if abs(round(float(weight) * SCALE)) >= SMALLEST
    }
    han, latin = (
        "\n".join(
            f"{weight}\t" + "\t".join(names)
            for weight in range(min(kept.values()), max(kept.values()) + 1)
            if (
                names := sorted(
                    name for name, own in kept.items() if own == weight and name.isascii() is ascii
                )
            )
        )
        for ascii in (False, True)
    )
    MODEL.write_text(f"{model.intercept_[0]:.4f}\n\n{han}\n\n{latin}\n", encoding="utf-8")
    print(
        f"{len(rows)} sentences, {labels.sum()} harmful; {len(kept)} weights, {MODEL.stat().st_size / 1e3:.0f} kB"
    )


if __name__ == "__main__":
    main()
