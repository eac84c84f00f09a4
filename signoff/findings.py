"""S101 and S102: where the messages that were linted stand with the sign-off, as findings beside the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from ..flow.catalogue import repository_root
from ..flow.source import TemplateError
from ..flow.strict_yaml import YamlError
from ..lint.finding import Finding, Place
from ..lint.registry import load_rules
from .records import SignoffError, status

_CHANGED = frozenset({"stale", "drifted"})


def signoff_findings(paths: Iterable[Path], now: dt.datetime, language: str) -> list[Finding]:
    """One finding a message that is not approved, in repositories with an `approvals` folder; raises `SignoffError`."""
    messages: dict[tuple[Path, str], Path] = {}
    for path in paths:
        whole = path.resolve()
        root = repository_root(whole.parent)
        if whole.parent.parent == root / "messages" and (root / "approvals").is_dir():
            messages.setdefault((root, whole.parent.name), path.parent / "message.yaml")
    found = []
    for (root, name), place in sorted(messages.items()):
        try:
            stands = status(root, name, now)
        except (TemplateError, YamlError, OSError):
            # The linter reports what cannot be read where it stands.
            continue
        if stands.state == "approved":
            continue
        code = "S102" if stands.state in _CHANGED else "S101"
        rule = load_rules()[code]
        words = f"{rule.title[language]} ({stands.state}): {'; '.join(stands.reasons)}"
        spot = place if place.is_file() else next(path for path in paths if path.parent == place.parent)
        how = rule.how[language].replace("MESSAGE", name)
        found.append(
            Finding(
                code, rule.name, rule.severity, "proven-bad", words, Place(str(spot), 1, 1, 1, 2), hint=how
            )
        )
    return found


__all__ = ["SignoffError", "signoff_findings"]
