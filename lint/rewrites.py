"""What to write instead of a construct that cannot be followed, by the words of its reason."""

from __future__ import annotations

_LOOP = "{% for i in plan.instalments if i.amount > 0 %} … {% endfor %}"
_IF = "{% if debt.stage == 'soft' %} … {% elif debt.stage == 'firm' %} … {% endif %}"
_REWRITES: tuple[tuple[str, str], ...] = (
    ("list of this loop", _LOOP),
    ("changed in a loop", _LOOP),
    ("too many alternative", _IF),
    ("notice is not known", "{% if … %}{{ notice('complaint-channel') }}{% else %}{{ notice('free-advice') }}{% endif %}"),
    ("included file is not known", "{% if … %}{% include 'a.txt' %}{% else %}{% include 'b.txt' %}{% endif %}"),
    ("extends inside", "{% extends 'a.txt' if plan.active else 'b.txt' %}"),
    ("chosen while rendering", _IF),
    ("keys that are not fixed", "{{ {'soft': 'a', 'firm': 'b'}[debt.stage] }}"),
    ("range", _LOOP),
    ("a format", "{{ 'words ' ~ (debt.amount_due|money) }}"),
    ("'truncate'", "{{ creditor.name }} (give the field a max_length in templates/schema.yaml)"),
    ("'replace'", "{% if … %}words{% else %}other words{% endif %}"),
    ("a list as Python", "{{ plan.instalments|map(attribute='amount')|map('money')|join(', ') }}"),
    ("an object as Python", "{{ borrower.name }}"),
    ("'money' of", "{{ debt.amount_due|money }}"),
    ("'day' of", "{{ debt.due_date|day }}"),
    ("markup is opened", "<p>{% if … %}words{% endif %}</p>"),
    ("the filter", "{{ debt.amount_due|money }}"),
    ("the test", "{% if plan.active and debt.days_past_due > 30 %}"),
    ("a call", "{% macro words(x) %} … {% endmacro %}{{ words(debt.product) }}"),
    ("of a field cannot", "{{ debt.due_date|day }}"),
    ("of a text made", "{% if … %}words{% else %}other words{% endif %}"),
)  # fmt: skip


def rewrite(reason: str) -> str | None:
    """A template text that can be followed and says the same; None where there is no better form to name."""
    return next((text for words, text in _REWRITES if words in reason), None)
