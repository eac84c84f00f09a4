"""`fairnotice schema`: the JSON Schema of a borrower's record, for editors and other systems."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..flow.catalogue import shipped
from ..flow.schema import SchemaError
from ..generator.profile import json_schema
from ..generator.render import schema_of


@click.command("schema")
@click.option(
    "--templates",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The template repository (default: the shipped one).",
)
def command(templates: Path | None) -> None:
    """Print the JSON Schema that a borrower's record must meet."""
    try:
        schema = schema_of(templates or shipped())
    except SchemaError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    click.echo(json.dumps(json_schema(schema), ensure_ascii=False, indent=2))
