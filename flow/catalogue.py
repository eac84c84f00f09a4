"""A template repository on disk: which files are templates, for which channel and locale, and how they are found."""

from __future__ import annotations

import os
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from io import FileIO
from pathlib import Path
from typing import Any, NoReturn

from .files import file_at, once
from .record import record
from .source import OPTIONS, Source, TemplateError, parse_source
from .strict_yaml import YamlError, load_yaml

_PASSED_OVER = frozenset({"node_modules", "__pycache__", "renders", "approvals"})
CHANNELS = ("sms", "email", "letter", "call", "visit", "voicemail")
LOCALES = ("zh-CN", "zh-HK", "en-US", "en-GB", "es-US")
SCRIPTS: Mapping[str, str] = {
    "zh-CN": "Hans",
    "zh-HK": "Hant",
    "en-US": "Latn",
    "en-GB": "Latn",
    "es-US": "Latn",
}
FORMATS = frozenset(["txt", "md", "html", "htm", "yaml", "yml", "j2", "jinja", "jinja2"])
_LOCALE = re.compile(r"^[a-z]{2,3}([-_][A-Z][a-z]{3})?([-_][A-Z]{2})?$")


@record()
class Kind:
    """What a file is: its channel, locale and format, and the role it has in the repository."""

    channel: str
    locale: str
    format: str
    part: str = "message"  # message | notice | layout


@lru_cache(maxsize=1)
def shipped() -> Path:
    """The folder of the shipped templates."""
    # `importlib.resources` would say the same, but imports a good deal more.
    return Path(str(import_module("..templates", __package__).__file__)).parent


def home_of(path: Path | str) -> Path:
    """The folder that a file really stands in."""
    # Thousands of files stand in a few folders; a link leads elsewhere.
    if os.path.islink(path):
        return Path(path).resolve().parent
    folder = os.path.dirname(path)
    return once(("home", folder), lambda: Path(folder).resolve())


@lru_cache(maxsize=256)
def repository_root(folder: Path) -> Path:
    """The nearest folder upward that looks like a template repository, else the folder itself."""
    for candidate in (folder, *folder.parents):
        if (candidate / "fairnotice.toml").is_file() or (candidate / "schema.yaml").is_file():
            return candidate
        if (candidate / "messages").is_dir() and (candidate / "notices").is_dir():
            return candidate
        if (candidate / ".git").exists():
            return candidate
    return folder


def classify(path: Path, globs: Mapping[str, Mapping[str, str]] | None = None) -> Kind | None:
    """Channel, locale and format from the last dotted parts of a file's name, or from configured globs."""
    for pattern, given in (globs or {}).items():
        if path.match(pattern):
            return Kind(given["channel"], given["locale"], path.suffix.lstrip(".") or "txt")
    parts = path.name.split(".")
    while parts and parts[-1] in ("j2", "jinja", "jinja2") and len(parts) > 2:
        parts = parts[:-1]
    form = parts[-1] if parts[-1] in FORMATS else ""
    rest = parts[:-1] if form else parts
    if path.parent.name == "notices" and len(rest) >= 2 and rest[-1] in LOCALES:
        return Kind("any", rest[-1], form or "txt", "notice")
    if path.parent.name == "layouts":
        channel = rest[0] if rest and rest[0] in CHANNELS else "email"
        return Kind(channel, rest[-1] if rest[-1] in LOCALES else "any", form or "html", "layout")
    if len(rest) >= 2 and rest[-1] in LOCALES and rest[-2] in CHANNELS:
        return Kind(rest[-2], rest[-1], form or "txt")
    return None


def bad_locale(path: Path) -> str | None:
    """A part of the name that looks like a locale but is not one we know."""
    for part in path.name.split(".")[1:]:
        if _LOCALE.match(part) and part not in LOCALES and part not in FORMATS and part not in CHANNELS:
            return part
    return None


@record()
class Repository:
    """A template folder. Files are looked up in the root, then beside the asking file, then among the shipped ones."""

    root: Path
    options: Mapping[str, Any] = OPTIONS

    def read(self, name: str, beside: Path | None = None) -> Source | None:
        """A template by its name; None where there is none. Raises `TemplateError` or `YamlError`."""
        return once(
            ("read", self.root, beside, name, *self.options.items()), lambda: self._read(name, beside)
        )

    def _read(self, name: str, beside: Path | None) -> Source | None:
        for base in (self.root, beside, shipped()):
            if base is None:
                continue
            path = f"{base}{os.sep}{name}"
            state = file_at(path)
            if state is not None:
                stamp = (state.st_ino, state.st_mtime_ns, state.st_size)
                found = _within(str(base), path, stamp, tuple(self.options.items()))
                if found is not None:
                    return found
        return None

    def notice(self, name: str, locale: str) -> str | None:
        """The file name of a notice in a locale; never another locale's."""
        return once(("notice", self.root, name, locale), lambda: self._notice(name, locale))

    def _notice(self, name: str, locale: str) -> str | None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", name):
            return None
        relative = f"notices/{name}.{locale}.txt"
        found = any(file_at(f"{base}{os.sep}{relative}") for base in (self.root, shipped()))
        return relative if found else None


@lru_cache(maxsize=512)
def _within(
    base: str, path: str, stamp: tuple[int, int, int], options: tuple[tuple[str, Any], ...]
) -> Source | None:
    """The file of a state (`stamp`: inode, time, size); None where it leads out of its folder."""
    # Not `Path`: a name may lead up and down again, which `resolve` alone settles.
    where = Path(path)
    if not where.resolve().is_relative_to(Path(base).resolve()):
        return None
    return parsed(read_text(where), str(where), options)


@lru_cache(maxsize=512)
def parsed(text: str, path: str, options: tuple[tuple[str, Any], ...] = tuple(OPTIONS.items())) -> Source:
    """`parse_source`, once for the same text: a notice is in a thousand messages, and reading never changes it."""
    return parse_source(text, path, dict(options))


def _unread(error: OSError) -> str:
    return f"cannot be read: {error.strerror or type(error).__name__}"


def read_text(path: Path) -> str:
    """A file as UTF-8 text, newlines kept; raises `TemplateError` that says what is wrong."""
    try:
        with FileIO(path) as handle:
            data = handle.readall()
    except OSError as error:
        raise TemplateError(_unread(error), str(path), 0) from None
    try:
        return data.removeprefix(BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise TemplateError(
            f"byte {error.start} is not UTF-8; save the file as UTF-8", str(path), 0
        ) from None


def description(path: Path) -> Mapping[str, Any]:
    """The message's description (`message.yaml` beside a template), empty where there is none or it is broken."""
    folder = os.path.dirname(path)
    return once(("description", folder), lambda: _description(os.path.join(folder, "message.yaml")))


def _description(beside: str) -> Mapping[str, Any]:
    if file_at(beside) is None:
        return {}
    try:
        return _described(read_text(Path(beside)), beside)
    except (YamlError, TemplateError):
        # The file itself is a finding of the data rules.
        return {}


@lru_cache(maxsize=512)
def _described(text: str, path: str) -> Mapping[str, Any]:
    document = load_yaml(text, path)
    return document if isinstance(document, dict) else {}


def stand_in(path: Path, locale: str) -> str | None:
    """The locale whose text a message allows where it has none in `locale` (`fallback`); never one of another script."""
    given = description(path).get("fallback")
    other = given.get(locale) if isinstance(given, dict) else None
    return other if other != locale and other in LOCALES and SCRIPTS.get(locale) == SCRIPTS[other] else None


def audience(path: Path) -> tuple[str, ...]:
    """The tests that every borrower of a message meets (`applies_when`)."""
    given = description(path).get("applies_when")
    return tuple(test for test in given if isinstance(test, str)) if isinstance(given, list) else ()


def template_files(folder: Path) -> Iterator[Path]:
    """Every file of a folder that may be a template, in a stable order; hidden folders are passed over.

    Raises `TemplateError` for a folder that cannot be read.
    """

    def unreadable(error: OSError) -> NoReturn:
        raise TemplateError(_unread(error), str(error.filename or folder), 0) from None

    found: list[list[str]] = []
    for where, inner, names in os.walk(folder, onerror=unreadable):
        inner[:] = [name for name in inner if name[0] != "." and name not in _PASSED_OVER]
        here = where.split(os.sep)
        found += [
            [*here, name]
            for name in names
            if name[0] != "."
            and name not in _PASSED_OVER
            and os.path.splitext(name)[1].lstrip(".") in FORMATS
        ]
    for parts in sorted(found):
        path = os.sep.join(parts)
        if os.path.isfile(path):
            yield Path(path)
