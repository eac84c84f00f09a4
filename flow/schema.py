"""The profile schema: every field a message may speak of, its type, range, role and privacy."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from .record import record, replaced
from .strict_yaml import YamlError, load_located

TYPES = frozenset(["text", "enum", "bool", "int", "money", "date", "phone", "email", "url", "list", "object"])
_FIELD_KEYS = frozenset(
    [
        "type",
        "nullable",
        "pii",
        "role",
        "values",
        "max_length",
        "pattern",
        "min",
        "max",
        "currency",
        "default",
        "derived",
        "source",
        "fields",
        "item",
        "max_items",
        "min_items",
    ]
)


class SchemaError(Exception):
    """A schema file that cannot be used; names the file, the line and the field."""

    def __init__(self, message: str, path: str, line: int = 0):
        super().__init__(message, path, line)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


@record(key=())
class Field:
    """One field. `min`/`max` bound the value of numbers (money: minor units); lists count items."""

    path: str
    type: str
    nullable: bool = False
    pii: bool = False
    role: str | None = None
    values: tuple[str, ...] = ()
    max_length: int | None = None
    pattern: str | None = None
    min: int | None = None
    max: int | None = None
    currency: str | None = None
    default: Any = None
    has_default: bool = False
    derived: Mapping[str, Any] | None = None
    source: str = "profile"
    item: Mapping[str, Field] | None = None
    min_items: int = 0
    max_items: int | None = None


@record(key=())
class Schema:
    """All fields by dotted path, objects included, in the order of the file."""

    fields: Mapping[str, Field]
    implies: tuple[tuple[str, str], ...]
    digest: str
    path: str
    children: Mapping[str, tuple[str, ...]] = {}
    assumes: tuple[str, ...] = ()
    """Conditions that hold for every borrower a message is meant for (`applies_when`)."""

    def assuming(self, conditions: tuple[str, ...]) -> Schema:
        """This schema, narrowed to the borrowers who meet all conditions."""
        if not conditions:
            return self
        digest = hashlib.sha256("\0".join((self.digest, *conditions)).encode()).hexdigest()
        return replaced(self, assumes=(*self.assumes, *conditions), digest=digest)

    @property
    def top_level(self) -> tuple[str, ...]:
        """Names a template sees without a dot."""
        return self.children.get("", ())

    def role_of(self, path: str) -> str | None:
        """The role of a field or list-item field (`plan.instalments[].amount`), if it has one."""
        found = self.lookup(path)
        return found.role if found else None

    def lookup(self, path: str) -> Field | None:
        """A field by path, where `list[].name` reaches into list items."""
        if "[]" not in path:
            return self.fields.get(path)
        list_path, _, rest = path.partition("[].")
        owner = self.fields.get(list_path)
        return owner.item.get(rest) if owner and owner.item else None


def load_schema(path: Path) -> Schema:
    """Read a schema file; raises `SchemaError` with the line to mend."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(f"cannot be read ({type(error).__name__})", str(path)) from None
    return parse_schema(text, str(path))


@lru_cache(maxsize=32)
def parse_schema(text: str, path: str) -> Schema:
    """As `load_schema`, from text."""
    try:
        located = load_located(text, path)
    except YamlError as error:
        raise SchemaError(error.message, path, error.line) from None
    document = located.value
    if not isinstance(document, dict) or not isinstance(document.get("fields"), dict):
        raise SchemaError("a schema needs a mapping 'fields'", path, 1)
    unknown = set(document) - {"version", "fields", "implies"}
    if unknown:
        raise SchemaError(
            f"unknown key '{sorted(unknown)[0]}'", path, located.lines.get((sorted(unknown)[0],), 1)
        )
    fields: dict[str, Field] = {}
    children: dict[str, tuple[str, ...]] = {}

    def line(where: tuple[str | int, ...]) -> int:
        while where and where not in located.lines:
            where = where[:-1]
        return located.lines.get(where, 1)

    def read(entries: Any, prefix: str, where: tuple[str | int, ...], source: str) -> None:
        children[prefix] = tuple(entries)
        for name, spec in entries.items():
            dotted = f"{prefix}.{name}" if prefix else name
            at = (*where, name)
            made = _field(dotted, spec, path, line(at), source)
            if made.type == "object":
                inner = spec.get("fields")
                if not isinstance(inner, dict):
                    raise SchemaError(f"'{dotted}' is an object without 'fields'", path, line(at))
                fields[dotted] = made
                read(inner, dotted, (*at, "fields"), made.source)
                continue
            if made.type == "list":
                inner = spec.get("item")
                if not isinstance(inner, dict):
                    raise SchemaError(f"'{dotted}' is a list without 'item'", path, line(at))
                items = {
                    key: _field(f"{dotted}[].{key}", value, path, line((*at, "item", key)), made.source)
                    for key, value in inner.items()
                }
                made = _with_items(made, items)
            fields[dotted] = made

    read(document["fields"], "", ("fields",), "profile")
    implies: list[tuple[str, str]] = []
    for index, rule in enumerate(document.get("implies") or ()):
        if not isinstance(rule, dict) or set(rule) != {"if", "then"}:
            raise SchemaError("an implication is {if: …, then: …}", path, line(("implies", index)))
        implies.append((str(rule["if"]), str(rule["then"])))
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Schema(MappingProxyType(fields), tuple(implies), digest, path, MappingProxyType(children))


def _with_items(made: Field, items: dict[str, Field]) -> Field:
    return replaced(made, item=MappingProxyType(items))


def _field(dotted: str, spec: Any, path: str, line: int, source: str) -> Field:
    if not isinstance(spec, dict):
        raise SchemaError(f"'{dotted}' must be a mapping with a 'type'", path, line)
    unknown = sorted(set(spec) - _FIELD_KEYS)
    if unknown:
        raise SchemaError(f"'{dotted}' has an unknown key '{unknown[0]}'", path, line)
    kind = spec.get("type")
    if kind not in TYPES:
        raise SchemaError(
            f"'{dotted}' has the unknown type '{kind}'; use one of {', '.join(sorted(TYPES))}", path, line
        )
    if kind == "enum" and not spec.get("values"):
        raise SchemaError(f"'{dotted}' is an enum without 'values'", path, line)
    return Field(
        path=dotted,
        type=kind,
        nullable=bool(spec.get("nullable", False)),
        pii=bool(spec.get("pii", False)),
        role=spec.get("role"),
        values=tuple(str(value) for value in spec.get("values") or ()),
        max_length=spec.get("max_length"),
        pattern=spec.get("pattern"),
        min=spec.get("min"),
        max=spec.get("max"),
        currency=spec.get("currency"),
        default=spec.get("default"),
        has_default="default" in spec,
        derived=spec.get("derived"),
        source=spec.get("source", source),
        min_items=spec.get("min_items", 0),
        max_items=spec.get("max_items"),
    )
