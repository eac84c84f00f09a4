"""The JSON Schema of a record accepts the samples and refuses what the model refuses."""

from __future__ import annotations

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.profile import json_schema, load_profile
from fairnotice.generator.render import schema_of
from jsonschema import Draft202012Validator

VALIDATOR = Draft202012Validator(json_schema(schema_of(shipped())))


@pytest.mark.parametrize("path", sorted((shipped() / "profiles").glob("*.yaml")), ids=lambda path: path.stem)
def test_samples_are_valid(path: object) -> None:
    record = dict(load_profile(path))  # type: ignore[arg-type]
    assert not list(VALIDATOR.iter_errors(record))
    record["debt"] = {**record["debt"], "amount_due": "12"}
    assert list(VALIDATOR.iter_errors(record))
