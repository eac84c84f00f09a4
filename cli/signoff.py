"""`fairnotice signoff`: decide, sign, take in, verify, lock, export."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from ..generator.ladder import LadderError
from ..generator.profile import ProfileError
from ..generator.render import RenderError
from ..signoff.changes import changes
from ..signoff.envelope import pack
from ..signoff.records import DECISIONS, SignoffError, Status, lock, request, status, take_in
from ..signoff.ssh import SignatureError, sign
from ..signoff.standing import next_review

_ROOT = click.option(
    "--templates", "root", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path("."),
    show_default=True, help="The template repository.",
)  # fmt: skip


@click.group("signoff")
def command() -> None:
    """Sign-off of messages: records signed by OpenSSH, weighed by approvals/policy.yaml."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _fail(error: Exception) -> SystemExit:
    click.echo(f"error: {error}", err=True)
    return SystemExit(2)


@command.command("request")
@click.argument("message")
@click.option("--by", required=True, help="Your identity in approvals/allowed_signers.")
@click.option("--role", required=True, help="The role you decide in.")
@click.option("--decision", type=click.Choice(DECISIONS), default="approve", show_default=True)
@click.option("--comment", default="", help="Why.")
@click.option("--delta", is_flag=True, help="Only the difference from the last approval was reviewed.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder for somebody without the repository: the gallery of MESSAGE, the record, and what to do.",
)
@_ROOT
def request_(
    message: str, by: str, role: str, decision: str, comment: str, delta: bool, out: Path | None, root: Path
) -> None:
    """Write an unsigned record of a decision on MESSAGE as it is now."""
    try:
        if out is not None and out.exists() and any(out.iterdir()):
            raise SignoffError(f"{out} is not empty; name a new folder")
        path = request(root, message, decision, by, role, comment, _now(), delta)
        if out is not None:
            pack(root, message, path, out)
            path = out / path.name
    except (SignoffError, LadderError, ProfileError, RenderError, OSError) as error:
        raise _fail(error) from None
    click.echo(f"{path}\nnext: fairnotice signoff sign {path} --key ~/.ssh/id_ed25519")


@command.command("sign")
@click.argument("record", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--key",
    required=True,
    type=click.Path(path_type=Path),
    help="Private key, or the public one of an agent's key.",
)
def sign_(record: Path, key: Path) -> None:
    """Sign RECORD with ssh-keygen."""
    try:
        click.echo(sign(record, key))
    except SignatureError as error:
        raise _fail(error) from None


@command.command("status")
@click.argument("messages", nargs=-1)
@_ROOT
def status_(messages: tuple[str, ...], root: Path) -> None:
    """Say where MESSAGES (all, if none is named) stand; exit code 1 unless all are approved."""
    names = messages or tuple(sorted(path.name for path in (root / "messages").iterdir() if path.is_dir()))
    try:
        states = [status(root, name, _now()) for name in names]
    except (SignoffError, OSError) as error:
        raise _fail(error) from None
    for one in states:
        click.echo(f"{one.state:9} {one.message} {one.digest[:12]}")
        for reason in one.reasons:
            click.echo(f"          {reason}")
        for step in _next(root, one):
            click.echo(f"          next: {step}")
    raise SystemExit(0 if all(one.state == "approved" for one in states) else 1)


def _next(root: Path, one: Status) -> list[str]:
    """The smallest review that leads on; empty where the approved words cannot be shown."""
    try:
        return next_review(root, one, changes(root, one.message))
    except (SignoffError, OSError):
        return []


command.add_command(status_, "verify")


@command.command("lock")
@_ROOT
def lock_(root: Path) -> None:
    """Write approvals/approved.lock: what `generate --production` sends, and nothing beyond."""
    try:
        made = lock(root, _now())
    except (SignoffError, OSError) as error:
        raise _fail(error) from None
    click.echo(f"{len(made['messages'])} message(s) approved → {root / 'approvals/approved.lock'}")


@command.command("import")
@click.argument(
    "records", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@_ROOT
def import_(records: tuple[Path, ...], root: Path) -> None:
    """Take in signed RECORDS (.json, each with its .sig beside it) that came by mail or another repository."""
    try:
        for record in records:
            click.echo(take_in(root, record))
    except (SignoffError, SignatureError, OSError) as error:
        raise _fail(error) from None


@command.command("export")
@click.argument("messages", nargs=-1)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="A new folder.")
@_ROOT
def export_(messages: tuple[str, ...], out: Path, root: Path) -> None:
    """Write in-toto statements and one evidence bundle for an examiner, for approved MESSAGES (default: all of them)."""
    from ..signoff.evidence import export

    try:
        names = messages or tuple(
            path.name
            for path in sorted((root / "messages").iterdir())
            if path.is_dir() and status(root, path.name, _now()).state == "approved"
        )
        if not names:
            raise SignoffError("no message is approved")
        made = export(root, names, out, _now())
    except (SignoffError, OSError) as error:
        raise _fail(error) from None
    click.echo(f"{len(names)} message(s), {len(made)} file(s) → {out}")
    if not (out / "evidence.pdf").is_file():
        click.echo("evidence.pdf was not made: pip install 'fairnotice[print]'", err=True)
