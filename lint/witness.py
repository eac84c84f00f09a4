"""Witnesses: the smallest failing world, completed to a borrower and rendered in the real sandbox.

Printed values are wrapped in private-use marks, so that the rendered text can be read back as a flow and
judged by the very function that judged the template.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..flow.analyses import condition, holds, leaves, plainest, worlds_of
from ..flow.catalogue import Repository
from ..flow.conditions import Cond
from ..flow.nodes import Flow, Hole, Seq, Span, Text
from ..flow.record import record
from ..flow.schema import Field, Schema
from ..flow.sentences import Sentence, sentences
from ..flow.visible import visible
from ..flow.worlds import OTHER_TEXT, Space, TooManyWorldsError, describe
from ..generator.money import Money
from ..generator.scope import Convert, Record, build_scope, typed
from .finding import Witness
from .program import Program

if TYPE_CHECKING:
    from jinja2 import Environment, Template

OPEN, MIDDLE, CLOSE = "\ue001", "\ue002", "\ue003"
MARKED = re.compile(f"{OPEN}([^{MIDDLE}]*){MIDDLE}([^{CLOSE}]*){CLOSE}")
MAX_TRIALS = 12
_DUE = dt.date(2026, 10, 9)
_SAMPLES: Mapping[str, str] = {
    "phone": "400-000-0000",
    "email": "care@example.com",
    "url": "https://example.com/pay",
}
_TEXTS: Mapping[str, str] = {"zh": "示例", "en": "Sample", "es": "Ejemplo"}
"""What stands for any text, by language."""


_CURRENCIES: Mapping[str, str] = {"zh-HK": "HKD", "en-US": "USD", "es-US": "USD", "en-GB": "GBP"}


@record(key=())
class Trial:
    """What the renders showed: a witness, or nothing that confirms the alarm; `crash` names an exception seen."""

    witness: Witness | None
    crash: str | None = None


class _Amount(Money):
    """An amount that remembers its field."""

    field: str


class _Day(dt.date):
    """A date that remembers its field."""

    field: str


class _Number(int):
    """A whole number that shows its field when it is printed; it compares and counts as itself."""

    field: str

    def __str__(self) -> str:
        return f"{OPEN}{self.field}{MIDDLE}{int(self)}{CLOSE}"

    def __format__(self, spec: str) -> str:
        return format(int(self), spec)


def find_witness(program: Program, space: Space, failing: int, match: Callable[..., bool]) -> Trial:
    """Render failing worlds, smallest first, until one lacks the item."""
    crash: str | None = None
    on_sentences = "sentence" in next(iter(signature(match).parameters))
    for world in _worlds(failing):
        facts = space.facts(world)
        record = complete(program.schema, facts, program.kind.locale)
        try:
            text = render(program, record)
        except Exception as error:
            crash = f"{type(error).__name__}: {error}"
            continue
        flow = visible(read_back(text, program.schema), program.kind.format)
        if on_sentences:
            shown = any(match(sentence) for sentence in sentences(flow))
        else:
            shown = any(match(leaf) for leaf in leaves(flow))
        if not shown:
            branches = tuple(describe(_told(space.decisive(world, failing))))
            return Trial(Witness(public_profile(program.schema, record, facts), branches, plain(text)))
    return Trial(None, crash)


def heard(
    program: Program, space: Space, failing: int, said: str, match: Callable[[Sentence], bool]
) -> Trial:
    """A borrower who does not hear the item on one way through a call; `said` is the template text of that way."""
    for world in _worlds(failing):
        facts = space.facts(world)
        record = complete(program.schema, facts, program.kind.locale)
        try:
            text = render_text(program, record, said)
        except Exception as error:
            return Trial(None, f"{type(error).__name__}: {error}")
        if not any(match(sentence) for sentence in sentences(read_back(text, program.schema))):
            branches = tuple(describe(_told(space.decisive(world, failing))))
            return Trial(Witness(public_profile(program.schema, record, facts), branches, plain(text)))
    return Trial(None)


def find_crash(program: Program, cond: Cond) -> tuple[str, Witness | None]:
    """`crashes` with the borrower for whom rendering raises, `unproven`, or `impossible` where no borrower gets there."""
    try:
        space, mask = worlds_of([cond], program.schema)
    except TooManyWorldsError:
        return "unproven", None
    if not mask:
        return "impossible", None
    for world in _worlds(mask):
        facts = space.facts(world)
        record = complete(program.schema, facts, program.kind.locale)
        try:
            render(program, record)
        except Exception:
            # Any exception is the finding itself; its text may hold values and is not shown.
            shown = tuple(describe(_told(space.decisive(world, mask))))
            return "crashes", Witness(public_profile(program.schema, record, facts), shown, "")
    return "unproven", None


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts that a reader can check, without unread tests and loop positions."""
    return {name: value for name, value in facts.items() if not name.startswith(("?", "loop at"))}


def _worlds(mask: int) -> Iterator[int]:
    for _ in range(MAX_TRIALS):
        if not mask:
            return
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def complete(schema: Schema, facts: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """A full record with the given facts and, elsewhere, the plainest values that satisfy the implications."""
    facts = {**plainest(schema), **facts}
    record: dict[str, Any] = {}
    for path, field in schema.fields.items():
        if field.type == "object":
            continue
        record[path] = _plain_value(field, locale)
    for name, value in facts.items():
        if name in record:
            record[name] = (
                _text_for(schema.fields[name], locale) if value in (OTHER_TEXT, "\ue000") else value
            )
    for name, value in facts.items():
        if name.endswith("|length"):
            path = name.removesuffix("|length")
            record[path] = [_item(schema.fields[path], locale, index) for index in range(value)]
    _satisfy(schema, record, facts, locale)
    chosen = sorted(
        {match.groups() for name in facts if (match := re.fullmatch(r"(.+)\[some(\d+)\]\..+", name))}
    )
    for name, value in facts.items():
        match = re.fullmatch(r"(.+)\[(first|middle|last|some\d+)\]\.(\w+)", name)
        if match and match.group(1) in record:
            items = record[match.group(1)]
            # Elements that different tests speak of are different ones, as far as there are enough.
            somes = [number for path, number in chosen if path == match.group(1)]
            for index, item in enumerate(items):
                place = "first" if index == 0 else "last" if index == len(items) - 1 else "middle"
                some = f"some{somes[min(index, len(somes) - 1)]}" if somes else ""
                if match.group(2) in (place, some):
                    item[match.group(3)] = (
                        _text_for(schema.fields[match.group(1)], locale) if value == OTHER_TEXT else value
                    )
    _derive(schema, record, facts)
    return record


def _satisfy(schema: Schema, record: dict[str, Any], facts: Mapping[str, Any], locale: str) -> None:
    """Fill what an active plan or a scheduled visit needs, unless the facts decide it."""
    for if_, then in schema.implies:
        if not holds(condition(if_, schema), record, schema):
            continue
        path = re.split(r"[ |]", then)[0]
        field = schema.fields.get(path)
        if field is None or path in facts or path + "|length" in facts:
            continue
        if field.type == "list" and not record[path]:
            record[path] = [_item(field, locale, index) for index in range(2)]
        elif record[path] is None:
            record[path] = _value(field, locale)


def _derive(schema: Schema, record: dict[str, Any], facts: Mapping[str, Any]) -> None:
    for path, field in schema.fields.items():
        if field.derived and "days_between" in field.derived:
            start, end = field.derived["days_between"]
            days = facts.get(path, 5)
            record[path] = days
            if isinstance(record.get(start), dt.date):
                record[end] = record[start] + dt.timedelta(days=days)
    for path, field in schema.fields.items():
        if field.derived and "cuts" in field.derived:
            cuts = field.derived["cuts"]
            number = record[cuts["of"]]
            record[path] = field.values[max(sum(1 for start in cuts["from"] if number >= start) - 1, 0)]


def _plain_value(field: Field, locale: str) -> Any:
    if field.has_default and not isinstance(field.default, list):
        return field.default
    if field.type == "list":
        return []
    return None if field.nullable else _value(field, locale)


def _value(field: Field, locale: str) -> Any:
    if field.type == "bool":
        return False
    if field.type == "enum":
        usual = _CURRENCIES.get(locale, "")
        return next((value for value in (locale, usual) if value in field.values), field.values[0])
    if field.type == "money":
        return max(123456, field.min or 0)
    if field.type == "int":
        return max(1, field.min or 0)
    if field.type == "date":
        return _DUE
    return _SAMPLES.get(field.type) or _text_for(field, locale)


def _text_for(field: Field, locale: str) -> str:
    sample = _SAMPLES.get(field.type) or _TEXTS.get(locale[:2], _TEXTS["en"])
    return sample[: field.max_length] if field.max_length else sample


def _item(field: Field, locale: str, index: int) -> dict[str, Any]:
    assert field.item is not None
    made = {}
    for name, inner in field.item.items():
        value = _value(inner, locale)
        made[name] = value + dt.timedelta(days=30 * (index + 1)) if isinstance(value, dt.date) else value
    return made


def marked(path: str, field: Field, value: Any, currency: str, always: bool = False) -> Any:
    """A value as templates see it, which shows its field when it is printed.

    A text that is not one of the samples may be compared by the template and is left as it is, unless `always`.
    """
    made = typed(path, field, value, currency)
    if isinstance(made, Money):
        amount = _Amount(int(made), made.currency)
        amount.field = path
        return amount
    if isinstance(made, dt.date):
        day = _Day(made.year, made.month, made.day)
        day.field = path
        return day
    if field.type == "int" and isinstance(made, int) and not isinstance(made, bool):
        number = _Number(made)
        number.field = path
        return number
    if (
        field.type in ("text", "phone", "email", "url")
        and isinstance(made, str)
        and (always or not _compared(made))
    ):
        return f"{OPEN}{path}{MIDDLE}{made}{CLOSE}"
    return made


def _compared(value: str) -> bool:
    """A text that the world fixed must stay as it is, or the template's own tests would miss it."""
    samples = _TEXTS.values()
    return value not in _SAMPLES.values() and not any(sample.startswith(value) for sample in samples)


def render(program: Program, record: Mapping[str, Any]) -> str:
    """The message for a record, values marked; raises what rendering raises."""
    main = program.linked.sources[str(program.path)]
    return render_text(program, record, main.text[main.body_start :])


def render_text(
    program: Program,
    record: Mapping[str, Any],
    text: str,
    outline: Callable[[str, str], str] | None = None,
    mark: Convert | None = None,
) -> str:
    """A template text for a record, values marked; raises what rendering raises.

    `outline(name, text)` changes the text of each file that the template takes in, before it is read; `mark` is how a
    value is marked, `marked` unless told otherwise.
    """
    repository, kind = program.repository, program.kind
    environment = _sandbox(
        repository.root,
        tuple(repository.options.items()),
        kind.locale,
        kind.channel,
        program.path.parent,
        outline,
    )
    template = _compiled(environment, text)
    names: dict[str, Any] = dict(build_scope(program.schema, record, mark or marked))
    for foreign, ours in program.renamed.items():
        _bind(names, foreign, ours)
    return template.render(names)


@lru_cache(maxsize=64)
def _sandbox(
    root: Path,
    options: tuple[tuple[str, Any], ...],
    locale: str,
    channel: str,
    beside: Path,
    outline: Callable[[str, str], str] | None,
) -> Environment:
    """The real sandbox, with filters that mark; files that a template takes in are looked at again on every use."""
    from jinja2 import FunctionLoader

    from ..generator.environment import build_environment

    repository = Repository(root, dict(options))
    environment = build_environment(root, locale, channel)

    def load(name: str) -> tuple[str, None, Callable[[], bool]] | None:
        source = repository.read(name, beside)
        if source is None:
            return None
        text = source.text[source.body_start :]
        # An unchanged file is the very same source.
        return outline(name, text) if outline else text, None, lambda: repository.read(name, beside) is source

    environment.loader = FunctionLoader(load)
    for name in ("money", "day", "mask"):
        environment.filters[name] = _marking(environment.filters[name], name)
    return environment


@lru_cache(maxsize=512)
def _compiled(environment: Environment, text: str) -> Template:
    return environment.from_string(text)


def _bind(names: dict[str, Any], foreign: str, ours: str) -> None:
    value: Any = names
    for part in ours.split("."):
        value = value[part]
    target = names
    *outer, last = foreign.split(".")
    for part in outer:
        found = target.get(part)
        if isinstance(found, Record):
            target = found.__dict__
        else:
            made: dict[str, Any] = found if isinstance(found, dict) else {}
            target[part] = made
            target = made
    target[last] = value


def _marking(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A filter whose output carries the mark of the value it formats."""

    def formatted(value: Any, *args: Any, **kwargs: Any) -> Any:
        found = MARKED.fullmatch(value) if isinstance(value, str) else None
        path = found.group(1) if found else getattr(value, "field", name)
        shown = real(found.group(2) if found else value, *args, **kwargs)
        return type(shown)(f"{OPEN}{path}{MIDDLE}{shown}{CLOSE}")

    formatted.__name__ = name
    return formatted


def read_back(text: str, schema: Schema) -> Seq:
    """A rendered, marked text as a flow of literals and holes."""
    parts: list[Flow] = []
    position = 0
    nowhere = Span("", 0, 0)
    for match in MARKED.finditer(text):
        if match.start() > position:
            parts.append(Text(nowhere, text[position : match.start()], False))
        # A channel that escapes what it prints has escaped the mark too.
        path = match.group(1).replace("\\", "")
        field = schema.lookup(path)
        parts.append(
            Hole(nowhere, path, path, field.type if field else "text", field.role if field else None)
        )
        position = match.end()
    if position < len(text):
        parts.append(Text(nowhere, text[position:], False))
    return Seq(tuple(parts))


def plain(text: str) -> str:
    """The words a borrower would read."""
    return MARKED.sub(lambda match: match.group(2), text).strip()


def public_profile(schema: Schema, record: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The made-up borrower of a witness, as nested plain data; it holds no real person's values."""
    profile: dict[str, Any] = {}
    for path, value in record.items():
        target = profile
        *outer, last = path.split(".")
        for part in outer:
            target = target.setdefault(part, {})
        target[last] = _jsonable(value)
    return profile


def _jsonable(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, list):
        return [{key: _jsonable(inner) for key, inner in item.items()} for item in value]
    return value
