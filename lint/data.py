"""Data files of a repository: message descriptions, brands, sample profiles. Each fault names file and field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..flow.analyses import condition, feasible
from ..flow.catalogue import LOCALES, SCRIPTS, shipped
from ..flow.conditions import both
from ..flow.nodes import Span
from ..flow.schema import Field, Schema
from ..flow.source import TemplateError
from ..flow.strict_yaml import Located, load_located
from ..generator.provider import faults as provider_faults
from .finding import Finding, place_of
from .ladders import ladder_faults
from .registry import RULES

MESSAGE_KEYS: Mapping[str, type] = {
    "id": str,
    "purpose": str,
    "stage": str,
    "jurisdictions": list,
    "applies_when": list,
    "requires": list,
    "notices": list,
    "owner": str,
    "fallback": dict,
}
_TYPES: Mapping[type, str] = {str: "text", list: "list", dict: "mapping"}


def data_findings(path: Path, text: str, root: Path, schema: Schema, language: str) -> list[Finding]:
    """D101–D105 for one YAML file; a file of no known kind must at least load. Raises `YamlError`."""
    located = load_located(text, str(path))
    if path.name == "message.yaml":
        code, faults = "D101", _message(path, located, root, schema)
    elif path.parent.name == "brands":
        code, faults = "D102", _brand(located, schema)
    elif path.parent.name == "profiles":
        code, faults = "D103", _profile(path, located, root, schema)
    elif path.parent.name == "ladders":
        code, faults = "D104", ladder_faults(path, root, schema)
    elif path.parent.name == "providers":
        code, faults = "D105", provider_faults(located.value)
    else:
        return []
    rule = RULES[code]
    made = []
    for key, en, zh in faults:
        line = located.lines.get(key, located.lines.get(key[:1], 1))
        start = sum(len(piece) + 1 for piece in text.split("\n")[: line - 1])
        end = text.find("\n", start)
        place = place_of(Span(str(path), start, len(text) if end < 0 else end), {str(path): text})
        name = ".".join(str(part) for part in key)
        words = f"{name}：{zh}" if language == "zh" else f"{name}: {en}"
        made.append(Finding(code, rule.name, rule.severity, "proven-bad", words, place))
    return made


Fault = tuple[tuple[str | int, ...], str, str]


def _message(path: Path, located: Located, root: Path, schema: Schema) -> Iterator[Fault]:
    document = located.value
    if not isinstance(document, dict):
        yield (), "must be a mapping of keys to values", "必须是键值映射"
        return
    for key, value in document.items():
        wanted = MESSAGE_KEYS.get(key)
        if wanted is None:
            close = get_close_matches(str(key), MESSAGE_KEYS, n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            yield (key,), f"is not a key of message.yaml{hint}", "不是 message.yaml 的字段"
        elif not isinstance(value, wanted):
            yield (key,), f"must be a {_TYPES[wanted]}", "类型不对"
    for key in ("id", "purpose", "stage"):
        if key not in document:
            yield (key,), "is required; add it", "缺少必填字段"
    if document.get("id") not in (None, path.parent.name):
        yield (
            ("id",),
            f"must be the folder's name '{path.parent.name}'",
            f"必须与文件夹同名“{path.parent.name}”",
        )
    fallback = document.get("fallback")
    for locale, other in fallback.items() if isinstance(fallback, dict) else ():
        if locale not in LOCALES or other not in LOCALES or locale == other:
            yield ("fallback", locale), f"must name two of {', '.join(LOCALES)}", "必须是两个已知的语言"
        elif SCRIPTS[locale] != SCRIPTS[other]:
            yield (
                ("fallback", locale),
                f"{other} is written in another script than {locale}",
                f"{other} 与 {locale} 文字不同",
            )
    for index, test in enumerate(document.get("applies_when") or ()):
        try:
            condition(str(test), schema)
        except TemplateError as error:
            yield ("applies_when", index), error.message, f"“{test}”不是可判断的条件"
    if not _someone(schema, document):
        yield ("applies_when",), "no borrower can meet all of these", "没有任何借款人能同时满足这些条件"
    roles = {field.role for field in _all_fields(schema) if field.role}
    for index, role in enumerate(document.get("requires") or ()):
        if not isinstance(role, str) or role not in roles:
            close = get_close_matches(str(role), sorted(roles), n=1)
            hint = f"; did you mean '{close[0]}'?" if close else ""
            yield (
                ("requires", index),
                f"'{role}' is not a role of the schema{hint}",
                f"“{role}”不是数据模式中的角色",
            )
    for index, notice in enumerate(document.get("notices") or ()):
        if not any(True for base in (root, shipped()) for _ in base.glob(f"notices/{notice}.*.txt")):
            yield ("notices", index), f"there is no notice '{notice}'", f"没有名为“{notice}”的告知"


def _all_fields(schema: Schema) -> Iterator[Field]:
    for field in schema.fields.values():
        yield field
        yield from (field.item or {}).values()


def _someone(schema: Schema, document: Mapping[str, Any]) -> bool:
    """Whether any borrower can meet what `applies_when` asks."""
    try:
        conds = [condition(str(test), schema) for test in document.get("applies_when") or ()]
    except TemplateError:
        return True
    return not conds or feasible(both(*conds), schema)


def _brand(located: Located, schema: Schema) -> Iterator[Fault]:
    document = located.value
    if not isinstance(document, dict) or not isinstance(document.get("locales"), dict):
        yield (
            ("locales",),
            "a brand needs its facts by locale under 'locales'",
            "品牌文件需要按语言列出 locales",
        )
        return
    owned = {
        path
        for path, field in schema.fields.items()
        if field.type != "object" and schema.fields[path.split(".")[0]].source == "brand"
    }
    needed = {
        path for path in owned if not schema.fields[path].nullable and not schema.fields[path].has_default
    }
    for locale, facts in document["locales"].items():
        if locale not in LOCALES:
            yield ("locales", locale), f"unknown locale; known: {', '.join(LOCALES)}", "未知语言"
            continue
        given = {
            f"{group}.{name}"
            for group, values in (facts or {}).items()
            if isinstance(values, dict)
            for name in values
        }
        for path in sorted(needed - given):
            yield ("locales", locale), f"{path} is required; add it", f"缺少 {path}"
        for path in sorted(given - owned):
            group, _, name = path.partition(".")
            yield ("locales", locale, group, name), "is not a brand's fact in the schema", "不是品牌信息"


def _profile(path: Path, located: Located, root: Path, schema: Schema) -> Iterator[Fault]:
    # The record model is heavy and only needed once a profile is linted.
    from ..generator.profile import ProfileError
    from ..generator.render import RenderError, prepare

    document: Any = located.value
    if not isinstance(document, dict):
        yield (), "must be a mapping of keys to values", "必须是键值映射"
        return
    try:
        prepare(root, document, schema, str(path))
    except ProfileError as error:
        for fault in error.faults:
            yield tuple(fault.field.split(".")), fault.hint, fault.hint
    except RenderError as error:
        yield ("brand",), error.message, error.message
