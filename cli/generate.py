"""`fairnotice generate`: a portfolio to a folder of messages."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ..flow.catalogue import CHANNELS, shipped
from ..generator.batch import PortfolioError, generate, read_portfolio
from ..generator.render import RenderError, schema_of


@click.command("generate")
@click.argument("portfolio", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="The folder to write to."
)
@click.option("--message", required=True, help="The message, such as soft-reminder.")
@click.option(
    "--channel", "channels", multiple=True, type=click.Choice(CHANNELS), default=("sms",), show_default=True
)
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository.",
)
def command(
    portfolio: Path, out: Path, message: str, channels: tuple[str, ...], templates: Path | None
) -> None:
    """Write MESSAGE for every record of PORTFOLIO (JSONL or CSV).

    A record that cannot be used goes to OUT/quarantine.jsonl with field and reason, never with its values.
    Exit code 1 when any was set aside.
    """
    root = templates or shipped()
    try:
        rows = read_portfolio(portfolio, schema_of(root))
        if sys.stderr.isatty():
            with click.progressbar(rows, label="generate", file=sys.stderr) as shown:
                summary = generate(root, iter(shown), out, message, channels)
        else:
            summary = generate(root, rows, out, message, channels)
    except (PortfolioError, RenderError) as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    except OSError as error:
        click.echo(f"error: cannot write to {out}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    for channel, count in summary.written.items():
        click.echo(f"{count} {channel} → {out / channel}")
    if summary.quarantined:
        click.echo(
            f"{summary.quarantined} of {summary.rows} set aside → {out / 'quarantine.jsonl'}", err=True
        )
        raise SystemExit(1)
