"""Call scripts in their other forms: every step and answer is there, and nothing in a name is obeyed."""

from __future__ import annotations

import json
import re

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.call import as_data, mermaid, page, read_script
from fairnotice.generator.profile import load_profile
from fairnotice.generator.render import prepare, render_message, schema_of

ROOT = shipped()
SCHEMA = schema_of(ROOT)
SCRIPT = read_script(
    {
        "start": "a",
        "nodes": {
            "a": {"ask": 'Is it "you" <b>?', "answers": {"yes": "b", "other": "c"}},
            "b": {"say": "x", "next": "c"},
            "c": {"say": "bye", "end": "done"},
        },
    },
    "s.yaml",
)


@pytest.mark.parametrize("form", ["text", "mermaid", "json", "html"])
@pytest.mark.parametrize("name", ["zh-soft-5-days", "en-soft", "hk-soft", "gb-soft", "es-soft"])
def test_every_form_says_the_amount(form: str, name: str) -> None:
    path = ROOT / f"profiles/{name}.yaml"
    profile = prepare(ROOT, load_profile(path), SCHEMA, str(path))
    body = render_message(ROOT, "soft-reminder", "call", profile, SCHEMA, form).body
    amount = re.search(r"[\d,]+\.\d\d", render_message(ROOT, "soft-reminder", "sms", profile, SCHEMA).body)
    assert amount is not None and amount.group() in body


def test_mermaid_links_every_answer() -> None:
    chart = mermaid(SCRIPT, str)
    assert chart.startswith("flowchart TD") and chart.count("-->") == 3
    assert "<b>" not in chart and "#34;you#34;" in chart


def test_data_is_plain() -> None:
    made = json.loads(json.dumps(as_data(SCRIPT, str)))
    assert made["steps"]["a"]["answers"] == {"yes": "b", "other": "c"} and made["steps"]["c"]["end"] == "done"


def test_the_page_links_its_steps_and_shows_markup() -> None:
    text = page(SCRIPT, str, "t", "en-US")
    assert set(re.findall(r'href="#(\w+)"', text)) <= set(re.findall(r'id="(\w+)"', text))
    assert "<b>" not in text
