"""`fairnotice plan`: which contact comes next for a borrower, or why none does."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import click

from ..flow.catalogue import shipped
from ..generator.ladder import LadderError, Reach, decide, load_ladder, read_reach
from ..generator.profile import ProfileError, load_profile
from ..generator.render import RenderError, prepare, schema_of


@click.command("plan")
@click.argument("ladder")
@click.option(
    "--profile",
    required=True,
    type=click.Path(path_type=Path),
    help="A profile file, or the name of a sample.",
)
@click.option("--at", required=True, help="The moment, with its zone: 2026-11-23T10:00+08:00.")
@click.option(
    "--history",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Preferences and past contacts (YAML).",
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    ladder: str, profile: Path, at: str, history: Path | None, templates: Path | None, form: str
) -> None:
    """Say what LADDER (cn, hk, us, uk or a file) does for one borrower at one moment, and which line decides.

    Exit code 0 when something is to be sent, 1 when not, 2 when the question cannot be answered.
    """
    root = templates or shipped()
    path = Path(ladder) if ladder.endswith(".yaml") else root / "ladders" / f"{Path(ladder).name}.yaml"
    record = profile if profile.is_file() else root / "profiles" / f"{profile.name}.yaml"
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        raise click.UsageError(f"'{at}' is no time; write 2026-11-23T10:00+08:00") from None
    if moment.tzinfo is None:
        raise click.UsageError("the time needs its zone: 2026-11-23T10:00+08:00")
    for needed in (path, record):
        if not needed.is_file():
            raise click.UsageError(f"there is no {needed}")
    try:
        schema = schema_of(root)
        values = prepare(root, load_profile(record), schema, str(record)).values
        made = decide(
            load_ladder(path, schema), values, read_reach(history) if history else Reach(), moment, schema
        )
    except (LadderError, ProfileError, RenderError) as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    if form == "json":
        document = {
            "action": made.action, "rung": made.rung, "message": made.message, "channel": made.channel,
            "reason": made.reason, "basis": made.basis, "line": made.line,
            "earliest": made.earliest.isoformat() if made.earliest else None, "trail": list(made.trail),
        }  # fmt: skip
        click.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        what = f" {made.message} by {made.channel}" if made.channel else ""
        click.echo(f"{made.action}{what}: {made.reason}")
        if made.line:
            click.echo(f"  decided by {path}:{made.line}")
        if made.basis:
            click.echo(f"  basis: {made.basis}")
        if made.earliest:
            click.echo(f"  not before {made.earliest.isoformat()}")
    raise SystemExit(0 if made.action == "send" else 1)
