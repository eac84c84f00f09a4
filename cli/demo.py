"""`fairnotice demo`: the main job on the shipped templates."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..flow.catalogue import shipped
from ..generator.batch import generate
from ..generator.profile import load_profile
from ..lint.engine import Options, lint
from ..lint.reports.text import render
from ..signoff.gallery import build
from .main import language_of, use_colour


@click.command("demo")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default="demo-output", show_default=True
)
@click.option("--lang", type=click.Choice(["en", "zh"]), help="Language of the messages.")
def command(out: Path, lang: str | None) -> None:
    """Lint the shipped templates, then write every message for the sample borrowers."""
    options = Options(language=language_of(lang))
    report = lint([shipped()], options)
    click.echo(render(report, use_colour(), options.language))
    if report.exit_code:
        sys.exit(report.exit_code)
    records = [dict(load_profile(path)) for path in sorted((shipped() / "profiles").glob("*.yaml"))]
    set_aside = 0
    for folder in sorted((shipped() / "messages").iterdir()):
        channels = sorted({path.name.split(".")[0] for path in folder.glob("*.*.*")})
        for channel in channels:
            known = [
                record
                for record in records
                if any(folder.glob(f"{channel}.{record['borrower']['locale']}.*"))
            ]
            target = out / folder.name
            summary = generate(shipped(), iter(list(enumerate(known, 1))), target, folder.name, (channel,))
            set_aside += summary.quarantined
            for count in summary.written.values():
                click.echo(f"{count:3} {channel:9} → {target / channel}")
    shown = build(shipped(), out / "gallery", options.language)
    covered, sentences = sum(one.covered for one in shown), sum(one.sentences for one in shown)
    click.echo(f"{covered} of {sentences} sentences shown → {out / 'gallery' / 'index.html'}")
    sys.exit(1 if set_aside else 0)
