"""The registry of rules: code, name, severity and words in both languages, beside the check that finds them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from ..flow.record import record
from .finding import Finding

if TYPE_CHECKING:
    from .program import Program

Check = Callable[["Program"], Iterator[Finding]]


@record(key=())
class Rule:
    """One rule. `bad` and `good` are (file name, template text) and are run as tests; X rules need none."""

    code: str
    name: str
    severity: str
    title: Mapping[str, str]
    why: Mapping[str, str]
    how: Mapping[str, str]
    bad: tuple[str, str] | None = None
    good: tuple[str, str] | None = None
    protected: bool = False


RULES: dict[str, Rule] = {}
CHECKS: list[Check] = []


def add(rule: Rule) -> Rule:
    """Register a rule; a code stands once."""
    if rule.code in RULES:
        raise ValueError(f"rule {rule.code} is registered twice")
    RULES[rule.code] = rule
    return rule


def check(function: Check) -> Check:
    """Register a check; it yields findings of one or more rules of its file."""
    CHECKS.append(function)
    return function


def load_rules() -> Mapping[str, Rule]:
    """All rules, by code."""
    from .rules import (  # noqa: F401
        amount,
        channel,
        data,
        disguise,
        health,
        jinja,
        locale,
        notices,
        packs,
        paths,
        privacy,
        signed,
        tone,
    )

    return dict(sorted(RULES.items()))
