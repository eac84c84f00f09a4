"""From a borrower's record to the message they receive, for one message, channel and locale."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Template
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ..flow.analyses import condition, holds
from ..flow.catalogue import (
    FORMATS,
    LOCALES,
    Repository,
    audience,
    description,
    parsed,
    read_text,
    shipped,
    stand_in,
)
from ..flow.schema import Schema, load_schema
from ..flow.source import TemplateError
from ..flow.strict_yaml import YamlError, load_yaml
from .call import Script, as_data, mermaid, page, read_script, write_script
from .environment import build_environment
from .instalments import month_later, propose
from .profile import Profile, validate
from .scope import build_scope
from .sms import SmsInfo, sms_parts

OFFERS = frozenset({"plan-offer"})
"""Purposes whose e-mails carry List-Unsubscribe."""


class RenderError(Exception):
    """A message that cannot be written; names the message and what is missing, never a borrower's value."""

    def __init__(self, message: str, path: str):
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class NotMeantError(RenderError):
    """A message whose `applies_when` a borrower does not meet: nothing is wrong, nothing is sent."""


@dataclass(frozen=True)
class Message:
    """What is sent: `body` is the text (SMS, script, text part), `mime` the whole e-mail."""

    message_id: str
    channel: str
    locale: str
    subject: str
    body: str
    html: str
    mime: bytes
    sms: SmsInfo | None

    @property
    def file_name(self) -> str:
        """The ending of its file."""
        return "eml" if self.channel == "email" else "txt"

    @property
    def data(self) -> bytes:
        """What is written to its file."""
        return self.mime or self.body.encode()


def schema_of(root: Path) -> Schema:
    """The schema of a repository, or the shipped one."""
    own = root / "schema.yaml"
    return load_schema(own if own.is_file() else shipped() / "schema.yaml")


def brand_facts(root: Path, brand: str, locale: str) -> Mapping[str, Any]:
    """A brand's facts in one locale; raises `RenderError` where it does not serve that locale."""
    path = root / "brands" / f"{Path(brand).name}.yaml"
    if not path.is_file():
        raise RenderError("there is no such brand; add the file or correct 'brand' in the record", str(path))
    try:
        document = _brand(read_text(path), str(path))
    except YamlError as error:
        raise RenderError(error.message, str(path)) from None
    facts: Any = (document or {}).get("locales", {}).get(locale)
    if not isinstance(facts, dict):
        raise RenderError(f"the brand has no facts for the locale {locale}", str(path))
    return facts


@lru_cache(maxsize=64)
def _brand(text: str, path: str) -> Any:
    return load_yaml(text, path)


@lru_cache(maxsize=64)
def _environment(root: Path, locale: str, channel: str) -> ImmutableSandboxedEnvironment:
    # Included files are looked at again on every use; the environment itself never changes.
    return build_environment(root, locale, channel)


@lru_cache(maxsize=512)
def _template(environment: ImmutableSandboxedEnvironment, text: str) -> Template:
    return environment.from_string(text)


def prepare(root: Path, record: Mapping[str, Any], schema: Schema, path: str) -> Profile:
    """A checked profile: the record and its brand's facts in the borrower's own locale."""
    borrower = record.get("borrower")
    locale = borrower.get("locale") if isinstance(borrower, dict) else None
    facts: Mapping[str, Any] = {}
    if locale in LOCALES and isinstance(record.get("brand"), str):
        facts = brand_facts(root, record["brand"], str(locale))
    return with_proposal(validate(record, facts, schema, path))


def with_proposal(profile: Profile) -> Profile:
    """A profile whose borrower said what they can pay a month, with the instalments that follow from it.

    Given instalments stay as they are; where the bound on months does not allow a plan, none is proposed.
    """
    values = profile.values
    per_month = values.get("plan.per_month")
    if per_month is None or values.get("plan.active") or values.get("plan.instalments"):
        return profile
    first = values.get("plan.first_due") or month_later(values["debt.as_of"], 1)
    made = propose(int(values["debt.amount_due"]), int(per_month), first)
    instalments = [{"amount": one.amount, "due_date": one.due_date} for one in made]
    return replace(profile, values={**values, "plan.instalments": instalments})


def template_path(root: Path, message_id: str, channel: str, locale: str) -> Path:
    """The file for this locale, else for the one that the message allows in its place; never for another script."""
    folder = root / "messages" / message_id
    for wanted in (locale, stand_in(folder / "x", locale)):
        for ending in sorted(FORMATS) if wanted else ():
            path = folder / f"{channel}.{wanted}.{ending}"
            if path.is_file():
                return path
    have = sorted(path.name for path in folder.glob(f"{channel}.*")) if folder.is_dir() else []
    hint = f"; there are: {', '.join(have)}" if have else ""
    raise RenderError(f"no {channel} text in {locale}{hint}", str(folder))


def render_message(
    root: Path, message_id: str, channel: str, profile: Profile, schema: Schema, form: str = "text"
) -> Message:
    """The message for one borrower; raises `RenderError`. `form` is how a call script is written: `text`, `mermaid`, `json`, `html`."""
    locale = str(profile.values["borrower.locale"])
    path = template_path(root, message_id, channel, locale)
    locale = path.name.split(".")[1]
    unmet = refused(path, profile, schema)
    if unmet:
        raise NotMeantError(not_meant(unmet), str(path))
    scope = build_scope(schema, profile.values)
    environment = _environment(root, locale, channel)

    def write(text: str, kind: str = channel) -> str:
        chosen = environment if kind == channel else _environment(root, locale, kind)
        try:
            return _template(chosen, text).render(scope)
        except RecursionError:
            raise RenderError("a template includes itself", str(path)) from None
        except (JinjaError, ValueError, TypeError, ArithmeticError) as error:
            raise RenderError(_reason(error), str(path)) from None

    text = read_text(path)
    if channel == "call":
        try:
            script = read_script(load_yaml(text, str(path)), str(path))
        except YamlError as error:
            raise RenderError(error.message, str(path)) from None
        return Message(
            message_id, channel, locale, "", _script(script, write, form, message_id, locale), "", b"", None
        )
    try:
        source = parsed(text, str(path))
    except (TemplateError, YamlError) as error:
        raise RenderError(error.message, str(path)) from None
    body = write(text[source.body_start :]).strip()
    if channel == "sms":
        return Message(message_id, channel, locale, "", body, "", b"", sms_parts(body))
    if channel == "email":
        from .email import to_mime, to_text

        subject = write(str(source.front.get("subject", "")), "header").strip()
        if not subject:
            raise RenderError("an e-mail needs a 'subject' in its front matter", str(path))
        page = mail_page(root, locale, scope, body, subject)
        plain = to_text(body)
        # An offer may be declined for good; a reminder of a debt may not, and says so nowhere.
        offers = description(path).get("purpose") in OFFERS
        offered = str(profile.values["complaint.email"]) if offers else ""
        return Message(
            message_id, channel, locale, subject, plain, page, to_mime(subject, plain, page, offered), None
        )
    return Message(message_id, channel, locale, "", body, "", b"", None)


def mail_page(root: Path, locale: str, scope: Mapping[str, Any], markdown: str, subject: str) -> str:
    """The HTML part of an e-mail: its Markdown in the layout of the repository, alone where there is none."""
    from markupsafe import Markup

    from .email import to_html
    from .environment import Ready

    content = to_html(markdown)
    layout = Repository(root).read("layouts/email.html")
    if layout is None:
        return content
    names = {**scope, "body": Ready(Markup(content)), "subject": subject}
    return _template(_environment(root, locale, "html"), layout.text).render(names)


def not_meant(test: str) -> str:
    """Why nothing is sent to a borrower who does not meet a test of `applies_when`."""
    return f"is not meant for this borrower: {test} does not hold"


def _script(script: Script, write: Callable[[str], str], form: str, title: str, locale: str) -> str:
    if form == "mermaid":
        return mermaid(script, write)
    if form == "json":
        return json.dumps(as_data(script, write), ensure_ascii=False, indent=2) + "\n"
    return page(script, write, title, locale) if form == "html" else write_script(script, write)


def refused(path: Path, profile: Profile, schema: Schema) -> str | None:
    """The first test of `applies_when` that a borrower does not meet; raises `RenderError` for a bad one."""
    for test in audience(path):
        try:
            cond = condition(test, schema)
        except TemplateError as error:
            raise RenderError(f"applies_when: {error.message}", str(path)) from None
        if not holds(cond, profile.values, schema):
            return test
    return None


def _reason(error: Exception) -> str:
    """Why a render stopped; only names, never values."""
    name = type(error).__name__
    if name == "UndefinedError":
        return f"a name is not defined: {error}"
    if name == "TemplateNotFound":
        return f"not found: {error}"
    return str(error) if isinstance(error, ValueError) else f"rendering failed ({name})"
