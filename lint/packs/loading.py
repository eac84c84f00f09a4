"""Packs: the law behind the rules, row by row, in layers. A layer adds or tightens; it never loosens a `must`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...flow.catalogue import read_text
from ...flow.record import record
from ...flow.source import TemplateError
from ...flow.strict_yaml import YamlError, load_located

DATA = Path(__file__).resolve().parent / "data"
COMPILED = Path(__file__).resolve().parent / "packs.json"
RANKS = ("gp", "self", "std", "must")
"""Good practice, self-regulation, national standard, statute or regulation: weakest first."""
VERIFIED = frozenset({"V1", "V2"})
_PACK_KEYS = frozenset({"id", "title", "extends", "incompatible", "rows"})
_ROW_KEYS = frozenset(
    ["id", "instrument", "clause", "edition", "in_force_from", "in_force_to", "rank", "status", "seen_on", "text",
     "codes", "requires", "ladder", "message", "not_checkable", "note"]
)  # fmt: skip
_CHECKS = ("codes", "requires", "ladder", "message", "not_checkable")
_REQUIRES_KEYS = frozenset(
    {"channels", "purposes", "roles", "words", "collector", "if", "order", "at_most", "forbid"}
)
"""Where a row applies (channels, purposes, collector, `if`: a test of the borrower) and what it asks: roles and words
that are shown, roles in `order` (each before the next), roles shown `at_most` a number of times, roles it may `forbid`."""
BY_LOCALE: Mapping[str, str] = {
    "zh-CN": "cn",
    "zh-HK": "hk",
    "en-US": "us-federal",
    "es-US": "us-federal",
    "en-GB": "uk",
}


class PackError(YamlError):
    """A pack that cannot be used; names the file, the line and what to do."""


@record(key=())
class Law:
    """What holds for one file: the packs in effect, their rows, and the limits of a ladder."""

    packs: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]
    limits: Mapping[str, Any] = {}

    def citations(self, code: str) -> list[dict[str, str]]:
        """The rows that speak for a rule, as finding records carry them."""
        return [cited(row) for row in self.rows if code in row.get("codes", ())]


def cited(row: Mapping[str, Any]) -> dict[str, str]:
    """A row as a citation; what is only recalled is named good practice, not law."""
    keys = (
        "id",
        "instrument",
        "clause",
        "edition",
        "in_force_from",
        "in_force_to",
        "seen_on",
        "status",
        "rank",
    )
    return {key: str(row[key]) for key in keys if row.get(key)}


def read_pack(text: str, path: str) -> dict[str, Any]:
    """One pack file, checked; raises `PackError`."""
    try:
        located = load_located(text, path)
    except YamlError as error:
        raise PackError(error.message, path, error.line) from None
    document = located.value
    if not isinstance(document, dict) or not isinstance(document.get("id"), str):
        raise PackError("a pack needs 'id', 'title' and 'rows'", path, 1)
    for key in document:
        if key not in _PACK_KEYS:
            raise PackError(f"unknown key '{key}'", path, located.lines.get((key,), 1))
    for number, row in enumerate(document.get("rows") or ()):
        line = located.lines.get(("rows", number), 1)
        _check_row(row, path, line)
    return document


def _check_row(row: Any, path: str, line: int) -> None:
    if not isinstance(row, dict):
        raise PackError("a row must be a mapping", path, line)
    unknown = sorted(set(row) - _ROW_KEYS)
    if unknown:
        raise PackError(f"unknown key '{unknown[0]}' in a row", path, line)
    for key in ("id", "instrument", "rank", "status", "seen_on", "text"):
        if not row.get(key):
            raise PackError(f"a row needs '{key}'", path, line)
    if row["rank"] not in RANKS:
        raise PackError(f"rank must be one of {', '.join(RANKS)}", path, line)
    if row["rank"] == "must" and row["status"] not in VERIFIED:
        raise PackError(
            f"{row['id']} is a 'must' whose source nobody has seen; make it good practice (gp)", path, line
        )
    if not any(key in row for key in _CHECKS):
        raise PackError(f"{row['id']} needs one of {', '.join(_CHECKS)}", path, line)
    extra = sorted(set(row.get("requires") or ()) - _REQUIRES_KEYS)
    if extra:
        raise PackError(f"unknown key '{extra[0]}' in 'requires'", path, line)
    asked = row.get("requires") or {}
    for key in ("channels", "purposes", "roles", "words", "order", "forbid"):
        if not isinstance(asked.get(key, []), list):
            raise PackError(f"'{key}' of {row['id']} must be a list", path, line)
    counts = asked.get("at_most", {})
    if not isinstance(counts, dict) or not all(
        isinstance(most, int) and most > 0 for most in counts.values()
    ):
        raise PackError(f"'at_most' of {row['id']} must name roles with numbers from 1", path, line)
    if not isinstance(asked.get("if", ""), str):
        raise PackError(f"'if' of {row['id']} must be a test such as \"plan.active\"", path, line)


@lru_cache(maxsize=1)
def shipped_packs() -> Mapping[str, Mapping[str, Any]]:
    """The shipped packs by id, as compiled by `make lexicons`."""
    packs: Mapping[str, Mapping[str, Any]] = json.loads(COMPILED.read_bytes())
    return packs


@lru_cache(maxsize=16)
def known_packs(root: Path) -> Mapping[str, Mapping[str, Any]]:
    """Shipped packs and those of a repository's own `packs/`; raises `PackError`."""
    own: dict[str, Mapping[str, Any]] = {}
    for path in sorted((root / "packs").glob("*.yaml")) if (root / "packs").is_dir() else ():
        try:
            text = read_text(path)
        except TemplateError as error:
            raise PackError(error.message, str(path)) from None
        pack = read_pack(text, str(path))
        if pack["id"] in shipped_packs():
            raise PackError(
                f"'{pack['id']}' is a shipped pack; give yours another id and extend it", str(path), 1
            )
        own[pack["id"]] = pack
    return {**shipped_packs(), **own}


@lru_cache(maxsize=64)
def law_of(names: tuple[str, ...], root: Path) -> Law:
    """Everything that several packs ask together; raises `PackError` where they clash."""
    known = known_packs(root)
    order: list[str] = []

    def add(name: str, asked_by: str) -> None:
        if name not in known:
            raise PackError(f"there is no pack '{name}'; known: {', '.join(sorted(known))}", asked_by)
        for parent in known[name].get("extends") or ():
            add(parent, name)
        if name not in order:
            order.append(name)

    for name in names:
        add(name, "packs")
    for name in order:
        for other in known[name].get("incompatible") or ():
            if other in order:
                raise PackError(f"the packs '{name}' and '{other}' cannot both hold", "packs")
    rows = _layered([known[name] for name in order])
    today = dt.date.today().isoformat()
    in_force = [
        row for row in rows if row.get("in_force_from", "") <= today <= row.get("in_force_to", "9999-12-31")
    ]
    return Law(tuple(order), tuple(in_force), limits(in_force))


def _layered(packs: Sequence[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for pack in packs:
        for row in pack.get("rows") or ():
            before = found.get(row["id"])
            if before is not None:
                _refuse_loosening(before, row, str(pack["id"]))
            found[row["id"]] = row
    return found.values()


def _refuse_loosening(before: Mapping[str, Any], after: Mapping[str, Any], pack: str) -> None:
    weaker = RANKS.index(after["rank"]) < RANKS.index(before["rank"])
    dropped = set(before.get("codes", ())) - set(after.get("codes", ()))
    for key, value in (before.get("requires") or {}).items():
        now = (after.get("requires") or {}).get(key)
        if key in ("roles", "forbid"):
            dropped |= set(value) - set(now or ())
        elif key == "words":
            # Any one of the words will do: another one more is easier to meet.
            dropped |= set(now or ["words"]) - set(value) if now != value else set()
        elif key == "at_most":
            dropped |= {role for role, most in value.items() if (now or {}).get(role, most + 1) > most}
        elif key == "order" and now != value:
            dropped |= {"order"}
    limited = (before.get("requires") or {}).get("if")
    if (after.get("requires") or {}).get("if") not in (None, limited):
        dropped |= {"if"}
    if weaker or dropped:
        what = "its rank" if weaker else f"{sorted(dropped)[0]}"
        raise PackError(
            f"the pack '{pack}' loosens {before['id']} ({what}); a layer may only add or tighten", pack
        )


def limits(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The limits of a ladder: windows of rest are joined, of caps the smallest holds, stops are joined."""
    merged: dict[str, Any] = {"quiet": [], "stop": []}
    for row in rows:
        for key, value in (row.get("ladder") or {}).items():
            if key == "quiet":
                merged["quiet"].append({"from": value[0], "to": value[1], "row": row["id"]})
            elif key == "stop":
                merged["stop"].extend({"flag": flag, "row": row["id"]} for flag in value)
            elif key in ("visit_staff", "rest_days_after_conversation"):
                if value > merged.get(key, {"most": 0})["most"]:
                    merged[key] = {"most": value, "row": row["id"]}
            elif key not in merged or value < merged[key]["most"]:
                merged[key] = {"most": value, "row": row["id"]}
    return merged
