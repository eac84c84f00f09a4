"""Titles: the flow says exactly what the renderer writes, in every locale."""

from __future__ import annotations

import pytest
from fairnotice.flow.catalogue import LOCALES, shipped
from fairnotice.flow.link import Linker
from fairnotice.flow.nodes import Opaque, Text
from fairnotice.flow.schema import load_schema
from fairnotice.flow.sentences import sentences
from fairnotice.flow.source import parse_source
from fairnotice.generator.environment import build_environment
from fairnotice.generator.formats import addressed

SCHEMA = load_schema(shipped() / "schema.yaml")
TEXT = "{{ borrower.name|honorific(borrower.salutation) }}"


def said(text: str, locale: str) -> list[str]:
    flow = Linker(SCHEMA, lambda name: None, lambda name: None, {}, locale).program(
        parse_source(text, "t.txt")
    )
    return [
        "".join(
            leaf.text if isinstance(leaf, Text) else "?" if isinstance(leaf, Opaque) else "Ng"
            for leaf in sentence.leaves
        )
        for sentence in sentences(flow)
    ]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_title_is_read(locale: str) -> None:
    template = build_environment(None, locale, "sms").from_string(TEXT)
    written = {
        template.render(borrower={"name": "Ng", "salutation": salutation})
        for salutation in SCHEMA.fields["borrower.salutation"].values
    }
    assert len(written) == 3
    assert set(said(TEXT, locale)) == written


def test_titles_as_readers_write_them() -> None:
    assert addressed("张伟", "ms", "zh-CN") == "张伟女士"
    assert addressed("Ana Ruiz", "mr", "es-US") == "Sr. Ana Ruiz"
    assert addressed("Jo Lee", "mr", "en-GB") == "Mr Jo Lee"
    assert addressed("Jo Lee", "none", "en-US") == "Jo Lee"
    with pytest.raises(ValueError, match="fr-FR"):
        addressed("Jo", "mr", "fr-FR")


@pytest.mark.parametrize("text", ["{{ borrower.name|honorific }}", "{{ debt.amount_due|honorific('mr') }}"])
def test_what_is_no_name_with_its_title_stays_unproven(text: str) -> None:
    assert said(text, "en-US") == ["?"]
