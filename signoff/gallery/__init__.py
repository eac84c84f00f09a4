"""A static gallery: an index, a page a message, the e-mails and letters as they arrive, and the ladders."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from ...flow.catalogue import description
from ...generator.ladder import load_ladder
from ...generator.render import schema_of
from ..dry_run import counted, portfolio_counts, sample_answers, sample_borrowers
from ..previews import Known, previews_of
from ..samples import Preview
from ..standing import standing
from ..timeline import timelines
from .delivered import delivered, delivers, file_name
from .index import index
from .ladders import ladders_page
from .message import message_page


def build(
    root: Path,
    out: Path,
    language: str = "en",
    *,
    messages: Sequence[str] = (),
    portfolio: Path | None = None,
    live: bool = False,
    known: Known | None = None,
) -> list[Preview]:
    """Write the gallery of some messages (default: all) into `out`; gives what was shown.

    Raises `OSError` where it cannot be written, `LadderError`, `ProfileError` or `RenderError` for the ladders' page and
    `PortfolioError` for a portfolio. `live` pages ask the preview server for changes; what is `known` from an earlier build
    is not worked out again where no file has changed.
    """
    now = dt.datetime.now(dt.UTC)
    ladders = [load_ladder(path, schema_of(root)) for path in sorted((root / "ladders").glob("*.yaml"))]
    shown = previews_of(root, messages, language, known)
    out.mkdir(parents=True, exist_ok=True)

    def write(name: str, text: str) -> None:
        (out / name).write_text(text, encoding="utf-8")

    states = {}
    for name, previews in shown.items():
        stands = standing(root, name, previews, now)
        states[name] = stands.state
        write(f"{name}.html", message_page(previews, stands, ladders, root, language, live))
        for one in previews:
            if delivers(one):
                write(file_name(one), delivered(one, root, language, live))
    places = {
        name: [str(place) for place in description(previews[0].path).get("jurisdictions") or ()]
        for name, previews in shown.items()
    }
    write("index.html", index(shown, states, places, language, live))
    whole = portfolio_counts(root, portfolio, now) if portfolio else None
    people = sample_borrowers(root)
    days, answers = list(timelines(root, people)), sample_answers(root, people, now)
    samples = counted(root, people.values(), now)
    write("ladders.html", ladders_page(root, days, answers, samples, whole, language, live))
    return [one for previews in shown.values() for one in previews]
