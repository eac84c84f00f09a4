"""Locales side by side: the same message, channel by channel, in every language it is written in."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..flow.catalogue import classify, stand_in
from .finding import Finding, Place
from .registry import RULES

_FIELD = re.compile(r"\{[{%][^{}]*?[%}]\}")
_NAME = re.compile(r"\b[a-z_]+\.[a-z_]+(?:\.[a-z_]+)?\b")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_NOTICE = re.compile(r"notice\(['\"]([\w-]+)['\"]\)")
_TRANSLATES = re.compile(r"^translates:\s*[\"']?([\w-]+)@([0-9a-f]{12})", re.M)
_OF_BRAND = ("creditor.", "complaint.", "pay.", "loop.")


def parity_findings(description: Path, root: Path, language: str) -> Iterator[Finding]:
    """L101, L102 and L105 for the folder of a `message.yaml`."""
    by_channel: dict[str, dict[str, Path]] = defaultdict(dict)
    for path in sorted(description.parent.iterdir()):
        kind = classify(path)
        if path.is_file() and kind is not None and kind.part == "message":
            by_channel[kind.channel][kind.locale] = path
    everywhere = {locale for files in by_channel.values() for locale in files}
    zh = language == "zh"
    for channel, files in sorted(by_channel.items()):
        for locale in sorted(everywhere - set(files)):
            if stand_in(description, locale) in files:
                continue
            have = ", ".join(sorted(files))
            words = (
                f"{channel} 缺少 {locale}（已有 {have}）"
                if zh
                else f"{channel} has no {locale} (there is {have})"
            )
            yield _finding("L101", description, words)
        for path in files.values():
            yield from _stale(path, files, zh)
        speaks = {locale: _said(path) for locale, path in files.items()}
        common = set.union(*speaks.values()) if speaks else set()
        for locale, said in sorted(speaks.items()):
            lacking = {
                name
                for name in common - said
                # A notice that a place has no use for is not written there.
                if not name.startswith("notice ") or (root / f"notices/{name[7:]}.{locale}.txt").is_file()
            }
            others = sum(bool(lacking & other) for other in speaks.values())
            if lacking and others * 2 > len(speaks):
                names = ", ".join(sorted(lacking))
                words = (
                    f"没有用到 {names}，其他语言版本用到了"
                    if zh
                    else f"does not use {names}, as other locales do"
                )
                yield _finding("L102", files[locale], words)


def _stale(path: Path, files: Mapping[str, Path], zh: bool) -> Iterator[Finding]:
    """L105: `translates: zh-CN@<first 12 digits of the SHA-256>` in the front matter names the text translated from."""
    text = path.read_text(encoding="utf-8", errors="replace")
    found = _TRANSLATES.search(text.partition("\n---")[0]) if text.startswith("---") else None
    if found is None:
        return
    source = files.get(found.group(1))
    if source is None:
        words = (
            f"译自 {found.group(1)}，但没有该文件"
            if zh
            else f"translated from {found.group(1)}, which is not there"
        )
        yield _finding("L105", path, words)
        return
    now = hashlib.sha256(source.read_bytes()).hexdigest()[:12]
    if now != found.group(2):
        mark = f"translates: {found.group(1)}@{now}"
        words = (
            f"{source.name} 已修改；核对后写 {mark}"
            if zh
            else f"{source.name} has changed since; once checked, write {mark}"
        )
        yield _finding("L105", path, words)


def _said(path: Path) -> set[str]:
    """Fields of the borrower's record and notices that a file uses."""
    text = path.read_text(encoding="utf-8", errors="replace")
    tags = " ".join(_QUOTED.sub("", tag) for tag in _FIELD.findall(text))
    fields = {name for name in _NAME.findall(tags) if not name.startswith(_OF_BRAND)}
    items = {name for name in fields if name.split(".")[0] in ("one", "instalment", "item")}
    return (fields - items) | {f"notice {name}" for name in _NOTICE.findall(text)}


def _finding(code: str, path: Path, words: str) -> Finding:
    rule = RULES[code]
    return Finding(code, rule.name, rule.severity, "proven-bad", words, Place(str(path), 1, 1, 1, 2))
