"""YAML that means what a writer sees: ambiguous scalars and duplicate keys are errors, not surprises."""

from __future__ import annotations

import re
from typing import Any

import yaml

from .record import record

# YAML 1.1 reads `22:00` as 1320, `0571` as 377, `no` as False and a bare date as a date object.
_SEXAGESIMAL = re.compile(r"^[-+]?\d+(:[0-5]?\d)+(\.\d*)?$")
_OCTAL = re.compile(r"^[-+]?0\d+$")
_DATE = re.compile(r"^\d{4}-\d\d?-\d\d?([Tt ].*)?$")
_BOOLISH = frozenset(["yes", "no", "on", "off", "y", "n"])
_MAX_DEPTH = 40


class YamlError(Exception):
    """A YAML text that cannot be read as it looks. `line` is 1-based, 0 when unknown."""

    def __init__(self, message: str, path: str, line: int = 0):
        super().__init__(message, path, line)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


@record(key=())
class Located:
    """A loaded value beside the 1-based line on which each mapping key or list item starts."""

    value: Any
    lines: dict[tuple[str | int, ...], int]


def load_yaml(text: str, path: str) -> Any:
    """The plain value of one YAML document; raises `YamlError`."""
    return load_located(text, path).value


def load_located(text: str, path: str) -> Located:
    """As `load_yaml`, with the line of every entry, so that errors can point at it."""
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(error.problem or "cannot be read", path, mark.line + 1 if mark else 0) from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(f"cannot be read as YAML ({type(error).__name__})", path) from None
    lines: dict[tuple[str | int, ...], int] = {}
    return Located(None if node is None else _build(node, path, (), lines), lines)


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _build(
    node: yaml.Node, path: str, where: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]
) -> Any:
    line = node.start_mark.line + 1
    if len(where) > _MAX_DEPTH:
        raise YamlError("nested too deeply", path, line)
    lines.setdefault(where, line)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key_line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise YamlError("a key must be plain text", path, key_line)
            key = str(key_node.value)
            if key == "<<":
                raise YamlError("merge keys (<<) are not allowed; write the entries out", path, key_line)
            if key in result:
                raise YamlError(f"the key '{key}' stands twice", path, key_line)
            lines[(*where, key)] = key_line
            result[key] = _build(value_node, path, (*where, key), lines)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, path, (*where, index), lines) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    return _scalar(node, path, line)


def _scalar(node: yaml.ScalarNode, path: str, line: int) -> Any:
    text = str(node.value)
    if node.style or node.tag == "tag:yaml.org,2002:str":
        if not node.style and text.lower() in _BOOLISH:
            raise YamlError(f"'{text}' is ambiguous; write true or false, or put it in quotes", path, line)
        return text
    if node.tag.endswith(":null"):
        return None
    if node.tag.endswith(":bool"):
        if text.lower() not in ("true", "false"):
            raise YamlError(f"'{text}' is ambiguous; write true or false, or put it in quotes", path, line)
        return text.lower() == "true"
    if _SEXAGESIMAL.match(text) or _OCTAL.match(text) or _DATE.match(text):
        raise YamlError(f"'{text}' is ambiguous in YAML; put it in quotes", path, line)
    if node.tag.endswith(":int"):
        try:
            return int(text.replace("_", ""), 10)
        except ValueError:
            raise YamlError(f"'{text}' is not a plain decimal number; put it in quotes", path, line) from None
    if node.tag.endswith(":float"):
        raise YamlError(
            f"'{text}' is a decimal fraction; use a whole number, or put it in quotes", path, line
        )
    raise YamlError(f"the YAML tag of '{text}' is not allowed", path, line)
