"""`fairnotice generate`: a portfolio to a folder of messages."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..flow.catalogue import CHANNELS, LOCALES, shipped
from ..generator.ladder import LadderError, load_ladder
from ..generator.laddered import Moment, read_histories
from ..generator.portfolio import PortfolioError
from ..generator.render import RenderError, schema_of

if TYPE_CHECKING:
    from ..generator.compiled import BatchPlan
    from ..generator.run import Totals

    Write = Callable[..., Totals]


@click.command("generate")
@click.argument("portfolio", type=click.Path(path_type=Path))
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
@click.option(
    "--format",
    "form",
    type=click.Choice(["parquet", "jsonl", "files"]),
    default="parquet",
    show_default=True,
    help="Parts with a row for every record, or one .eml or .txt a message.",
)
@click.option(
    "--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day of records without debt.as_of (today)."
)
@click.option("--ladder", help="Ask this ladder (cn, hk, us, uk or a file) for each borrower first.")
@click.option("--at", help="The moment the ladder is asked for, with its zone: 2026-11-23T10:00+08:00.")
@click.option(
    "--history",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Preferences and past contacts, a JSON object a line with profile_id.",
)
@click.option("--engine", type=click.Choice(["local", "spark"]), default="local", show_default=True)
@click.option("--master", help="The Spark master, such as spark://host:7077 or local[4].")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Worker processes.")
@click.option("--resume", is_flag=True, help="Go on with a run that was stopped.")
@click.option(
    "--max-invalid",
    type=click.FloatRange(0, 1),
    default=1.0,
    help="Stop when more of the records cannot be used.",
)
@click.option(
    "--production",
    is_flag=True,
    help="Send only what approvals/approved.lock holds, stamped with its approvals (Parquet).",
)
@click.option(
    "--explain-plan", is_flag=True, help="Say which templates are written as columns, and why others are not."
)
def command(
    portfolio: Path,
    out: Path,
    message: str,
    channels: tuple[str, ...],
    templates: Path | None,
    form: str,
    as_of: datetime | None,
    ladder: str | None,
    at: str | None,
    history: Path | None,
    engine: str,
    master: str | None,
    jobs: int,
    resume: bool,
    max_invalid: float,
    production: bool,
    explain_plan: bool,
) -> None:
    """Write a message for every record of PORTFOLIO (Parquet, CSV, JSONL, a folder of them, or a glob).

    A record that cannot be used goes to OUT/quarantine.jsonl with field and reason, never with its values.
    Several channels go to a folder each. Exit code 1 when any record was set aside, 2 when the run could not be done.
    """
    root = templates or shipped()
    if explain_plan:
        _explain(root, message, channels)
        return
    stamps: tuple[str, ...] = ()
    if production:
        stamps = _approved(root, message)
    day = as_of.date() if as_of else date.today()
    try:
        import pyarrow  # noqa: F401
    except ImportError:
        raise click.ClickException("portfolios need Arrow: pip install 'fairnotice[batch]'") from None
    # What follows is slow to import and only needed for batches.
    from ..generator.compiled import BatchPlan
    from ..lint.gate import gate

    write: Write
    if engine == "spark":
        if jobs != 1 or resume:
            raise click.UsageError(
                "--jobs and --resume are of the local engine; Spark repeats what fails by itself"
            )
        try:
            from ..generator.spark import run_on_spark
        except ImportError:
            raise click.ClickException("Spark is missing: pip install 'fairnotice[spark]'") from None
        write = partial(_on_spark, run_on_spark, master=master, max_invalid=max_invalid, form=form)
    else:
        from ..generator.run import run

        write = partial(run, jobs=jobs, resume=resume, max_invalid=max_invalid, form=form)
    moment = _moment(root, ladder, at, history)
    refused = False
    for channel in channels:
        plan = BatchPlan(root, message, channel, gate, moment, stamps)
        refused |= _written(portfolio, out / channel if len(channels) > 1 else out, plan, day, write)
    raise SystemExit(1 if refused else 0)


def _moment(root: Path, ladder: str | None, at: str | None, history: Path | None) -> Moment | None:
    if ladder is None:
        if at or history:
            raise click.UsageError("--at and --history need --ladder")
        return None
    try:
        moment = datetime.fromisoformat(at) if at else datetime.now().astimezone()
    except ValueError:
        raise click.UsageError(f"'{at}' is no time; write 2026-11-23T10:00+08:00") from None
    if moment.tzinfo is None:
        raise click.UsageError("the time needs its zone: 2026-11-23T10:00+08:00")
    path = Path(ladder) if ladder.endswith(".yaml") else root / "ladders" / f"{Path(ladder).name}.yaml"
    if not path.is_file():
        raise click.UsageError(f"there is no {path}")
    try:
        return Moment(load_ladder(path, schema_of(root)), moment, read_histories(history) if history else {})
    except LadderError as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None


def _approved(root: Path, message: str) -> tuple[str, ...]:
    from ..signoff.records import SignoffError, approved

    try:
        return approved(root, message, datetime.now(UTC))
    except (SignoffError, OSError) as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None


def _explain(root: Path, message: str, channels: tuple[str, ...]) -> None:
    from ..generator.compiled import BatchPlan, explain

    for channel in channels:
        for locale in LOCALES:
            if any((root / "messages" / message).glob(f"{channel}.{locale}.*")):
                click.echo(
                    f"{message} {channel} {locale}: {explain(BatchPlan(root, message, channel), locale)}"
                )


def _on_spark(run_on_spark: Write, *given: Any, on_rows: Any, **options: Any) -> Totals:
    try:
        return run_on_spark(*given, **options)
    except Exception as error:
        # What Spark raises is a trace of the Java side, which may quote a row; its kind is enough to act on.
        if type(error).__module__.startswith(("pyspark", "py4j")):
            raise PortfolioError(
                f"Spark could not do it ({type(error).__name__}); its log says why", "(spark)"
            ) from None
        raise


def _written(portfolio: Path, folder: Path, plan: BatchPlan, day: date, write: Write) -> bool:
    """Write one channel and tell the counts; True where a record was set aside."""
    from ..generator.portfolio import inputs_of, rows_known
    from ..generator.provider import price
    from ..generator.render_batch import MismatchError

    started = time.perf_counter()
    seen = 0
    try:
        total = rows_known(inputs_of(portfolio))

        def told(rows: int) -> None:
            nonlocal seen
            seen += rows
            if sys.stderr.isatty():
                rate = seen / max(time.perf_counter() - started, 1e-6)
                left = f" of {total:,}, {(total - seen) / rate:,.0f} s left" if total else ""
                click.echo(f"\r{plan.channel}: {seen:,} rows{left}, {rate:,.0f} rows/s  ", nl=False, err=True)

        totals = write(portfolio, folder, plan, day, on_rows=told)
    except (PortfolioError, RenderError, MismatchError) as error:
        click.echo(f"error: {error}", err=True)
        raise SystemExit(2) from None
    except OSError as error:
        click.echo(
            f"error: cannot write to {folder}: {error.strerror}; finished parts are kept, use --resume",
            err=True,
        )
        raise SystemExit(2) from None
    if sys.stderr.isatty():
        click.echo(err=True)
    counts = ", ".join(f"{count:,} {name}" for name, count in sorted(totals.status.items()))
    click.echo(f"{totals.rows:,} rows → {folder}: {counts}")
    for locale, count in sorted(totals.locale.items()):
        parts = totals.parts.get(locale, 0)
        cost = price(plan.root, locale, parts) if parts else None
        click.echo(
            f"  {plan.channel} {locale}: {count:,}"
            + (f", {parts:,} parts" if parts else "")
            + (f", {cost}" if cost else "")
        )
    return totals.status.get("invalid", 0) > 0
