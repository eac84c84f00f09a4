"""Configuration: `fairnotice.toml` or `[tool.fairnotice]`; nothing in a linted file may change policy."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..flow.catalogue import CHANNELS, LOCALES, shipped
from ..flow.files import file_at
from ..flow.record import record
from ..flow.source import OPTIONS

_TABLES: Mapping[str, frozenset[str]] = {
    "lint": frozenset({"select", "ignore", "exclude"}),
    "severity": frozenset(),
    "roles": frozenset(),
    "files": frozenset(),
    "jinja": frozenset({"trim_blocks", "lstrip_blocks", "keep_trailing_newline"}),
    "schema": frozenset({"path"}),
    "packs": frozenset({"use", "paths"}),
}
SEVERITIES = ("error", "warning", "review", "info")


class ConfigError(Exception):
    """A configuration that cannot be used; names the file, the key and what to do."""

    def __init__(self, message: str, path: str):
        super().__init__(message, path)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


@record(key=())
class Config:
    """Settings of one run. `roles` maps a foreign variable to a field of the schema."""

    path: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    severity: Mapping[str, str] = {}
    roles: Mapping[str, str] = {}
    files: Mapping[str, Mapping[str, str]] = {}
    jinja: Mapping[str, Any] = OPTIONS
    schema: Path | None = None
    packs: tuple[str, ...] = ()
    pack_paths: Mapping[str, tuple[str, ...]] = {}


def discover(folder: Path) -> Path | None:
    """The nearest configuration file upward."""
    for candidate in (folder, *folder.parents):
        own = candidate / "fairnotice.toml"
        if own.is_file():
            return own
        project = candidate / "pyproject.toml"
        if project.is_file() and b"[tool.fairnotice" in project.read_bytes():
            return project
    return None


def load_config(folder: Path) -> Config:
    """The configuration that holds for a folder; raises `ConfigError`."""
    path = discover(folder)
    if path is None:
        return Config()
    # Only needed where there is a configuration.
    import tomllib

    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read ({type(error).__name__})", str(path)) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"is not valid TOML: {error}", str(path)) from None
    if path.name == "pyproject.toml":
        document = document.get("tool", {}).get("fairnotice", {})
    return _read(document, path)


def _read(document: Mapping[str, Any], path: Path) -> Config:
    where = str(path)
    for table, content in document.items():
        if table not in _TABLES:
            raise ConfigError(f"unknown table [{table}]{_did_you_mean(table, list(_TABLES))}", where)
        if not isinstance(content, dict):
            raise ConfigError(f"[{table}] must be a table", where)
        allowed = _TABLES[table]
        for key in content:
            if allowed and key not in allowed:
                raise ConfigError(
                    f"unknown key '{key}' in [{table}]{_did_you_mean(key, sorted(allowed))}", where
                )
    lint = document.get("lint", {})
    for key in ("select", "ignore", "exclude"):
        value = lint.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise ConfigError(f"'{key}' in [lint] must be a list of texts", where)
    for key, value in document.get("jinja", {}).items():
        if not isinstance(value, bool):
            raise ConfigError(f"'{key}' in [jinja] must be true or false", where)
    for code, severity in document.get("severity", {}).items():
        if severity not in SEVERITIES:
            raise ConfigError(f"severity of {code} must be one of {', '.join(SEVERITIES)}", where)
    for glob, given in document.get("files", {}).items():
        if not isinstance(given, dict) or set(given) != {"channel", "locale"}:
            raise ConfigError(f"[files] '{glob}' needs channel and locale", where)
        if given["channel"] not in CHANNELS:
            raise ConfigError(
                f"unknown channel '{given['channel']}'; use one of {', '.join(CHANNELS)}", where
            )
        if given["locale"] not in LOCALES:
            raise ConfigError(f"unknown locale '{given['locale']}'; use one of {', '.join(LOCALES)}", where)
    packs = document.get("packs", {})
    if not _texts(packs.get("use", [])):
        raise ConfigError("'use' in [packs] must be a list of pack names", where)
    if not isinstance(packs.get("paths", {}), dict) or not all(map(_texts, packs.get("paths", {}).values())):
        raise ConfigError("[packs.paths] must give a list of pack names for each glob", where)
    schema = document.get("schema", {}).get("path")
    return Config(
        path,
        tuple(lint.get("select", ())),
        tuple(lint.get("ignore", ())),
        tuple(lint.get("exclude", ())),
        document.get("severity", {}),
        document.get("roles", {}),
        document.get("files", {}),
        {**OPTIONS, **document.get("jinja", {})},
        (path.parent / schema) if schema else None,
        tuple(packs.get("use", ())),
        {glob: tuple(names) for glob, names in packs.get("paths", {}).items()},
    )


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def schema_path(config: Config, root: Path) -> Path:
    """The schema a folder uses: configured, its own, or the shipped one."""
    if config.schema is not None:
        return config.schema
    own = os.path.join(root, "schema.yaml")
    return Path(own) if file_at(own) else shipped() / "schema.yaml"


def _did_you_mean(word: str, known: list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(word, known, n=1)
    return f"; did you mean '{close[0]}'?" if close else f"; known: {', '.join(known)}"
