"""`fairnotice demo`: the main job on the shipped templates."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..flow.catalogue import shipped
from ..generator.profile import ProfileError, load_profile
from ..generator.render import NotMeantError, RenderError, prepare, render_message, schema_of
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
    schema, set_aside = schema_of(shipped()), 0
    for folder in sorted((shipped() / "messages").iterdir()):
        for channel in sorted({path.name.split(".")[0] for path in folder.glob("*.*.*")}):
            target = out / folder.name / channel
            written = 0
            for record in records:
                if not any(folder.glob(f"{channel}.{record['borrower']['locale']}.*")):
                    continue
                try:
                    profile = prepare(shipped(), record, schema, record["profile_id"])
                    message = render_message(shipped(), folder.name, channel, profile, schema)
                except NotMeantError:
                    continue
                except (ProfileError, RenderError) as error:
                    click.echo(f"error: {error}", err=True)
                    set_aside += 1
                    continue
                target.mkdir(parents=True, exist_ok=True)
                (target / f"{profile.profile_id}.{message.file_name}").write_bytes(message.data)
                written += 1
            if written:
                click.echo(f"{written:3} {channel:9} → {target}")
    shown = build(shipped(), out / "gallery", options.language)
    covered, sentences = sum(one.covered for one in shown), sum(one.sentences for one in shown)
    click.echo(f"{covered} of {sentences} sentences shown → {out / 'gallery' / 'index.html'}")
    sys.exit(1 if set_aside else 0)
