"""The `fairnotice` program. Commands are imported when asked for, so that one does not pay for another."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

COMMANDS = {
    "lint": "Check templates; exit 1 on findings, 2 when the job could not be done.",
    "baseline": "Write down today's findings, so that only new ones block.",
    "rules": "List the rules.",
    "explain": "Explain one rule.",
    "test-rules": "Run the sentences that lexicon entries carry.",
    "schema": "Print the JSON Schema of a borrower's record.",
    "render": "Write one message for one borrower to standard output.",
    "preview": "Show every sentence a message can say, in the terminal or as a gallery.",
    "signoff": "Decide on messages, sign, verify and lock.",
    "plan": "Say which contact comes next for a borrower, or why none does.",
    "generate": "Write the messages of a portfolio to a folder.",
    "lsp": "Serve an editor: findings while typing, the rule behind them, safe fixes.",
    "init": "Start a template repository.",
    "demo": "Run the main job on the shipped templates.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f".{cmd_name.replace('-', '_')}", __package__)
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fairnotice")
def cli() -> None:
    """Check and generate the messages a lender sends to people who are late with a repayment."""


def main() -> None:
    """Entry point: every expected failure ends with a sentence and exit code 2, never with a traceback."""
    try:
        cli.main(standalone_mode=True)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(2)
    except RecursionError:
        click.echo("error: the input is nested too deeply to be read", err=True)
        sys.exit(2)


def use_colour() -> bool:
    """Colour on a terminal, unless NO_COLOR is set."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def language_of(given: str | None) -> str:
    """The language of messages: asked for, else FAIRNOTICE_LANG or the locale of the environment."""
    if given:
        return given
    for name in ("FAIRNOTICE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
