"""Borrower records: read strictly, checked by a model built from the schema, never echoed in an error."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..flow.schema import Field, Schema
from ..flow.strict_yaml import YamlError, load_yaml
from .scope import derived

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OWN_KEYS = frozenset({"profile_id", "brand"})


@dataclass(frozen=True)
class Fault:
    """One fault of a record: field, code and what to do — never the value."""

    field: str
    code: str
    hint: str


class ProfileError(Exception):
    """A borrower record that cannot be used."""

    def __init__(self, path: str, faults: tuple[Fault, ...]):
        super().__init__(path, faults)
        self.path = path
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(f"{self.path}: {fault.field}: {fault.hint} [{fault.code}]" for fault in self.faults)


@dataclass(frozen=True)
class Profile:
    """A checked record: plain values by dotted path, with every default filled in."""

    profile_id: str
    brand: str
    values: Mapping[str, Any]


def load_profile(path: Path) -> Mapping[str, Any]:
    """The plain record of a YAML file; raises `ProfileError`."""
    try:
        document = load_yaml(path.read_text(encoding="utf-8"), str(path))
    except (YamlError, OSError, UnicodeDecodeError) as error:
        message = error.message if isinstance(error, YamlError) else type(error).__name__
        raise ProfileError(
            str(path), (Fault("(file)", "unreadable", f"cannot be read: {message}"),)
        ) from None
    if not isinstance(document, dict):
        raise ProfileError(str(path), (Fault("(file)", "type", "must be a mapping of fields"),))
    return document


def validate(record: Mapping[str, Any], brand_facts: Mapping[str, Any], schema: Schema, path: str) -> Profile:
    """A record together with its brand's facts for one locale, checked; raises `ProfileError` with all faults."""
    from pydantic import ValidationError

    faults: list[Fault] = []
    for key in ("profile_id", "brand"):
        if not isinstance(record.get(key), str) or not str(record.get(key)).strip():
            faults.append(Fault(key, "missing", "is required; give a text"))
    own = {key: value for key, value in record.items() if key not in OWN_KEYS}
    for key in list(own):
        if key in schema.fields and schema.fields[key].source == "brand":
            faults.append(Fault(key, "extra", "comes from the brand; remove it from the record"))
            del own[key]
    merged = {**own, **{key: value for key, value in brand_facts.items()}}
    values: dict[str, Any] = {}
    try:
        model = _model(schema.digest, _Box(schema)).model_validate(merged)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            field = ".".join(str(part) for part in detail["loc"]) or "(record)"
            if not brand_facts and field in schema.fields and schema.fields[field].source == "brand":
                # Without a brand its facts are missing too; that is said once.
                continue
            code, hint = _hint(str(detail["type"]), str(detail["msg"]))
            faults.append(Fault(field, code, hint))
    else:
        values = flatten(model.model_dump(), schema)
        faults.extend(_inconsistent(values, schema))
    if faults:
        raise ProfileError(path, tuple(faults))
    return Profile(str(record["profile_id"]), str(record["brand"]), {**values, **derived(schema, values)})


def json_schema(schema: Schema) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a record as it is written: without derived fields and the brand's facts."""
    model = _model(schema.digest, _Box(schema))
    document: dict[str, Any] = model.model_json_schema()
    properties = document["properties"]
    for name in [name for name in properties if schema.fields[name].source == "brand"]:
        del properties[name]
    text = {"type": "string", "minLength": 1}
    document["properties"] = {"profile_id": text, "brand": text, **properties}
    kept = [name for name in document.get("required", ()) if name in properties]
    document["required"] = ["profile_id", "brand", *kept]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document, "title": "Borrower record"}


def _hint(kind: str, message: str) -> tuple[str, str]:
    known = {
        "missing": ("missing", "is required; add it"),
        "extra_forbidden": ("extra", "is not in the schema; remove it or correct its name"),
        "int_type": ("type", "must be a whole number (money: minor units), not a text or fraction"),
        "bool_type": ("type", "must be true or false"),
        "string_type": ("type", "must be a text; put it in quotes"),
        "literal_error": ("value", "must be one of the schema's values"),
        "greater_than_equal": ("range", "is too small or negative"),
        "less_than_equal": ("range", "is too large"),
        "string_too_long": ("length", "is too long"),
    }
    if kind in known:
        return known[kind]
    # Our own checks raise ValueError with a text that holds no value.
    return ("value", message.removeprefix("Value error, ") if kind == "value_error" else "has the wrong form")


def _inconsistent(values: Mapping[str, Any], schema: Schema) -> list[Fault]:
    """Implications of the schema that a record breaks."""
    from ..flow.analyses import holds, implications

    return [
        Fault(re.split(r"[ |]", then)[0], "inconsistent", f"is needed when {if_} ({then})")
        for (if_, then), implied in zip(schema.implies, implications(schema), strict=True)
        if not holds(implied.cond, values, schema)
    ]


def flatten(document: Mapping[str, Any], schema: Schema, prefix: str = "") -> dict[str, Any]:
    """Nested values by dotted path."""
    flat: dict[str, Any] = {}
    for name, value in document.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(value, dict) and schema.fields[path].type == "object":
            flat.update(flatten(value, schema, path))
        else:
            flat[path] = value
    return flat


class _Box:
    def __init__(self, schema: Schema):
        self.schema = schema

    def __hash__(self) -> int:
        return hash(self.schema.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Box) and other.schema.digest == self.schema.digest


@lru_cache(maxsize=8)
def _model(digest: str, box: _Box) -> Any:
    """The pydantic model of a schema; derived fields are not accepted as input."""
    from pydantic import ConfigDict, create_model

    schema = box.schema
    config = ConfigDict(extra="forbid", strict=True)

    def build(prefix: str) -> Any:
        fields: dict[str, Any] = {}
        for name in schema.children[prefix]:
            field = schema.fields[f"{prefix}.{name}" if prefix else name]
            if field.derived:
                continue
            if field.type == "object":
                inner = build(field.path)
                optional = not any(part.is_required() for part in inner.model_fields.values())
                fields[name] = (inner, inner() if optional else ...)
            else:
                kind = _annotation(field, config)
                fields[name] = (kind, field.default if field.has_default else ...)
        return create_model(prefix or "Record", __config__=config, **fields)

    return build("")


def _annotation(field: Field, config: Any) -> Any:
    from typing import Annotated, Literal

    from pydantic import AfterValidator, BeforeValidator, create_model
    from pydantic import Field as Constraint

    kind: Any
    if field.type == "bool":
        kind = bool
    elif field.type == "enum":
        kind = Literal[field.values]
    elif field.type in ("int", "money"):
        low = field.min if field.min is not None else (0 if field.type == "money" else None)
        kind = Annotated[int, Constraint(ge=low, le=field.max if field.max is not None else 10**15)]
    elif field.type == "date":
        kind = Annotated[dt.date, BeforeValidator(_iso)]
    elif field.type == "list":
        inner_fields: dict[str, Any] = {
            name: (_annotation(inner, config), ...) for name, inner in (field.item or {}).items()
        }
        item = create_model(field.path, __config__=config, **inner_fields)
        kind = Annotated[list[item], Constraint(min_length=field.min_items, max_length=field.max_items)]  # type: ignore[valid-type]
    else:
        kind = Annotated[str, Constraint(max_length=field.max_length), AfterValidator(_text_check(field))]
    return kind | None if field.nullable else kind


def _iso(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        raise ValueError('must be a date in quotes, like "2026-11-03"')
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        raise ValueError("is not a day of the calendar") from None


_FORMS = {
    "phone": (re.compile(r"\+?[0-9()][0-9 ()-]{1,24}[0-9]"), "must be a phone number"),
    "email": (re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[A-Za-z]{2,}"), "must be an e-mail address"),
    "url": (re.compile(r"https://[^\s<>\"']+"), "must be a link that begins with https://"),
}


def _text_check(field: Field) -> Any:
    def check(value: str) -> str:
        if not value.strip():
            raise ValueError("is blank; give the text or leave the record out")
        if CONTROL.search(value):
            raise ValueError("holds control characters or line breaks; remove them")
        if field.pattern and not re.fullmatch(field.pattern, value):
            raise ValueError("has the wrong form")
        form = _FORMS.get(field.type)
        if form is not None and not form[0].fullmatch(value):
            raise ValueError(form[1])
        return value

    return check
