"""An e-mail as the other side gets it: sent once through a local SMTP server and parsed back."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.generator.profile import load_profile
from fairnotice.generator.render import prepare, render_message, schema_of

controller = pytest.importorskip("aiosmtpd.controller", reason="install the dev extra")
ROOT = shipped()


class Inbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.arrived: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.arrived.append(envelope.content)
        return "250 OK"


@pytest.mark.parametrize(
    ("message", "profile"), [("soft-reminder", "zh-rare-name"), ("plan-offer", "en-plan-offer")]
)
def test_a_mail_survives_delivery(message: str, profile: str) -> None:
    path = ROOT / f"profiles/{profile}.yaml"
    schema = schema_of(ROOT)
    made = render_message(
        ROOT, message, "email", prepare(ROOT, load_profile(path), schema, str(path)), schema
    )
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = controller.Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("bank@example.com", ["borrower@example.com"], made.mime)
    finally:
        server.stop()
    (raw,) = inbox.arrived
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed["Subject"] == made.subject
    text, page = parsed.iter_parts()
    assert text.get_content().replace("\r\n", "\n").strip() == made.body.strip()
    assert "prefers-color-scheme: dark" in page.get_content()
    if message == "plan-offer":
        assert parsed["List-Unsubscribe"].startswith("<mailto:")
        assert parsed["List-Unsubscribe-Post"] is None
    else:
        assert parsed["List-Unsubscribe"] is None
