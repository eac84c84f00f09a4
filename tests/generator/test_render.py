"""What the generator writes, and what it refuses."""

from __future__ import annotations

import email
import json
import shutil
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.profile import ProfileError, load_profile
from fairnotice.generator.render import NotMeantError, RenderError, prepare, render_message, schema_of
from fairnotice.generator.sms import sms_parts
from fairnotice.lint.engine import Options, lint

ROOT = shipped()
SCHEMA = schema_of(ROOT)
PROFILES = sorted((ROOT / "profiles").glob("*.yaml"))


def record(name: str = "zh-soft-5-days") -> dict[str, Any]:
    return json.loads(json.dumps(load_profile(ROOT / "profiles" / f"{name}.yaml")))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda path: path.stem)
def test_every_message_is_written_or_is_not_meant_for_the_borrower(profile: Path) -> None:
    checked = prepare(ROOT, load_profile(profile), SCHEMA, str(profile))
    written = 0
    for path in sorted((ROOT / "messages").glob(f"*/*.{checked.values['borrower.locale']}.*")):
        message, channel = path.parent.name, path.name.split(".")[0]
        try:
            made = render_message(ROOT, message, channel, checked, SCHEMA)
        except NotMeantError:
            continue
        written += 1
        assert made.body.strip()
        assert "{{" not in made.body and "None" not in made.body
        if channel == "email":
            parsed = email.message_from_bytes(made.mime)
            assert str(make_header(decode_header(parsed["Subject"]))) == made.subject
            text, page = (part.get_payload(decode=True).decode() for part in parsed.get_payload())
            assert made.body == text
            assert checked.values["borrower.name"] in page
    assert written >= 5


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("amount_due", None, "type"),
        ("amount_due", -5, "range"),
        ("amount_due", "12.50", "type"),
        ("amount_due", 12.5, "type"),
        ("due_date", "2026-02-30", "value"),
        ("account_tail", "  ", "value"),
        ("surplus", 1, "extra"),
    ],
)
def test_a_bad_field_is_named_without_its_value(field: str, value: object, code: str) -> None:
    bad = record()
    bad["debt"][field] = value
    with pytest.raises(ProfileError) as caught:
        prepare(ROOT, bad, SCHEMA, "p.yaml")
    (fault,) = caught.value.faults
    assert (fault.field, fault.code) == (f"debt.{field}", code)
    assert "12.50" not in str(caught.value) and "-5" not in str(caught.value)


def test_a_missing_field_is_named() -> None:
    bad = record()
    del bad["debt"]["amount_due"]
    with pytest.raises(ProfileError, match=r"debt\.amount_due: is required"):
        prepare(ROOT, bad, SCHEMA, "p.yaml")


def test_an_active_plan_needs_its_instalments() -> None:
    bad = record()
    bad["plan"] = {"active": True, "total": 100, "instalments": []}
    with pytest.raises(ProfileError, match=r"plan\.instalments"):
        prepare(ROOT, bad, SCHEMA, "p.yaml")


def test_a_line_break_in_a_name_is_refused() -> None:
    bad = record()
    bad["borrower"]["name"] = "Li\r\nBcc: all@example.com"
    with pytest.raises(ProfileError) as caught:
        prepare(ROOT, bad, SCHEMA, "p.yaml")
    assert "Bcc" not in str(caught.value)


def test_html_and_links_in_a_name_stay_words() -> None:
    odd = record()
    odd["borrower"]["name"] = "<b>[x](http://evil)</b>"
    made = render_message(ROOT, "soft-reminder", "email", prepare(ROOT, odd, SCHEMA, "p"), SCHEMA)
    assert "<b>" not in made.html and 'href="http://evil"' not in made.html
    assert "<b>[x](http://evil)</b>" in made.body


@pytest.mark.parametrize(
    ("text", "encoding", "parts"),
    [
        ("a" * 160, "GSM-7", 1),
        ("a" * 161, "GSM-7", 2),
        ("a" * 152 + "€" + "a" * 20, "GSM-7", 2),
        ("中" * 70, "UCS-2", 1),
        ("中" * 71, "UCS-2", 2),
        ("中" * 66 + "𠮷" + "中" * 10, "UCS-2", 2),
    ],
)
def test_sms_parts_follow_the_standard(text: str, encoding: str, parts: int) -> None:
    info = sms_parts(text)
    assert (info.encoding, len(info.parts)) == (encoding, parts)
    assert "".join(info.parts) == text


def test_instalments_are_proposed_from_what_the_borrower_can_pay() -> None:
    schema = schema_of(ROOT)
    path = ROOT / "profiles/en-plan-ability.yaml"
    record = load_profile(path)
    made = prepare(ROOT, record, schema, str(path)).values["plan.instalments"]
    assert sum(one["amount"] for one in made) == record["debt"]["amount_due"]
    assert len(made) == 3 and all(one["amount"] <= 50000 for one in made)
    assert [one["due_date"].isoformat() for one in made] == ["2026-12-23", "2027-01-23", "2027-02-23"]
    for channel in ("sms", "email", "call"):
        text = render_message(
            ROOT, "plan-offer", channel, prepare(ROOT, record, schema, str(path)), schema
        ).body
        assert "3 payments" in text or "$411.52" in text, text
    given = {
        **record,
        "plan": {"per_month": 50000, "instalments": [{"amount": 123456, "due_date": "2027-01-01"}]},
    }
    assert len(prepare(ROOT, given, schema, str(path)).values["plan.instalments"]) == 1
    little = {**record, "plan": {"per_month": 1}}
    assert prepare(ROOT, little, schema, str(path)).values["plan.instalments"] == []


def test_another_locale_stands_in_only_where_the_message_allows_it(tmp_path: Path) -> None:
    root = tmp_path / "templates"
    for part in ("messages/soft-reminder", "notices", "brands", "layouts"):
        shutil.copytree(ROOT / part, root / part)
    shutil.copyfile(ROOT / "schema.yaml", root / "schema.yaml")
    folder = root / "messages/soft-reminder"
    for locale in ("en-GB", "zh-HK"):
        (folder / f"sms.{locale}.txt").unlink()
    schema = schema_of(root)

    def write(name: str) -> str:
        profile = prepare(root, load_profile(ROOT / f"profiles/{name}.yaml"), schema, name)
        return render_message(root, "soft-reminder", "sms", profile, schema).locale

    description = (folder / "message.yaml").read_text(encoding="utf-8")
    for name in ("gb-soft", "hk-soft"):
        with pytest.raises(RenderError, match="no sms text in"):
            write(name)
    (folder / "message.yaml").write_text(
        description + "fallback: {en-GB: en-US, zh-HK: zh-CN}\n", encoding="utf-8"
    )
    assert write("gb-soft") == "en-US"
    with pytest.raises(RenderError, match="no sms text in zh-HK"):
        write("hk-soft")
    found = [
        one for one in lint([folder / "message.yaml"], Options()).findings if one.code in ("D101", "L101")
    ]
    assert sorted(one.code for one in found) == ["D101", "L101"], [(one.code, one.message) for one in found]
