"""The gallery in a real Chromium: readable without script and network, accessible in both themes and languages, inert."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.gallery import build
from fairnotice.signoff.records import request
from fairnotice.signoff.ssh import sign

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api", reason="install the dev extra")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install the dev extra")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="install Chromium (apt-get install chromium)"),
    pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="install OpenSSH (openssh-client)"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"><style>*{display:none}</style> {{ creditor.name }}"
LAYOUT = '<!doctype html><html><head><script>top.document.title="taken"</script><style>p { color: rgb(1, 2, 3) }</style></head><body onload="top.document.title=\'taken\'">{{ body }}<img src="http://127.0.0.1:PORT/x.png"></body></html>'
POLICY = """roles:
  compliance: [ann@example.org]
rules:
  - {messages: [soft-reminder, visit-notice], needs: {compliance: 1}, expires_days: 365}
"""
SHOTS = os.environ.get("FAIRNOTICE_SCREENSHOTS")
"""Where pictures of the pages are kept, if anywhere."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with one message that was approved and then changed, one that was not, and one that is hostile."""
    root = tmp_path_factory.mktemp("repository") / "templates"
    for part in ("messages/soft-reminder", "messages/visit-notice", "notices", "brands", "layouts", "ladders", "profiles", "providers"):  # fmt: skip
        shutil.copytree(shipped() / part, root / part)
    shutil.copyfile(shipped() / "schema.yaml", root / "schema.yaml")
    (root / "messages/hostile").mkdir()
    (root / "messages/hostile/email.en-US.md").write_text(
        f'---\nsubject: "{HOSTILE.replace(chr(34), chr(39))}"\n---\n{HOSTILE}', encoding="utf-8"
    )
    key = root.parent / "ann"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (root / "approvals").mkdir()
    (root / "approvals/policy.yaml").write_text(POLICY, encoding="utf-8")
    signer = f'ann@example.org namespaces="fairnotice-signoff" {key.with_suffix(".pub").read_text(encoding="utf-8")}'
    (root / "approvals/allowed_signers").write_text(signer, encoding="utf-8")
    now = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    for message in ("soft-reminder", "visit-notice"):
        sign(request(root, message, "approve", "ann@example.org", "compliance", "read in full", now), key)
    changed = root / "messages/soft-reminder/sms.en-GB.txt"
    changed.write_text(
        changed.read_text(encoding="utf-8").replace("Please", "Kindly").replace("please", "kindly"),
        encoding="utf-8",
    )
    return root


@pytest.fixture(scope="module", params=["en", "zh"])
def gallery(request: pytest.FixtureRequest, root: Path) -> Path:
    out = root.parent / f"gallery-{request.param}"
    build(root, out, request.param)
    return out


def kept(page: Any, name: str) -> None:
    """Keep a picture of a page, where that is asked for."""
    if SHOTS:
        Path(SHOTS).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"))


PAGES = ["index", "soft-reminder", "visit-notice", "hostile", "ladders", "soft-reminder.email.en-US", "visit-notice.visit.zh-CN"]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_quiet_and_inert(browser: Any, gallery: Path, name: str, theme: str) -> None:
    page = browser.new_page(color_scheme=theme, viewport={"width": 1280, "height": 900})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((gallery / f"{name}.html").as_uri())
    assert {url for url in asked if not url.startswith("about:")} == {(gallery / f"{name}.html").as_uri()}
    assert page.title() != "taken"
    found = axe.Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    kept(page, f"{gallery.name}-{name}-{theme}")
    page.close()


def test_an_officers_path_needs_no_script(browser: Any, root: Path) -> None:
    out = root.parent / "gallery-path"
    build(root, out)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto((out / "index.html").as_uri())
    assert page.locator("tbody tr:visible").count() == 3
    page.get_by_label("stale").check()
    assert page.locator("tbody tr:visible").count() == 1
    page.get_by_label("approved").check()
    assert page.locator("tbody tr:visible th").inner_text() == "visit-notice"
    page.get_by_label("stale").check()
    page.get_by_role("link", name="soft-reminder").click()
    # The words that went and came since the approval, before everything else about the words.
    assert (
        page.locator("ins").first.inner_text() == "kindly"
        and page.locator("del").first.inner_text() == "please"
    )
    assert page.locator(".words").count() > 10 and page.locator("mark.need").count() > 10
    # From the checklist to the words that meet it, and to the clause.
    page.locator('a[href="#sms-zh-CN-1-complaint_channel"]').click()
    target = page.locator("mark:target")
    assert target.inner_text() == "400-000-0000" and target.is_visible()
    kept(page, "highlight")
    page.locator("article#sms-zh-CN").get_by_role("link", name="CN-38").first.click()
    assert page.locator("dt:target").inner_text().startswith("CN-38")
    command = page.locator("code", has_text="--delta").inner_text()
    assert command.startswith(
        "fairnotice signoff request soft-reminder --by ann@example.org --role compliance --delta"
    )
    page.emulate_media(media="print")
    assert page.locator(".words").first.is_visible()
    kept(page, "print")
    context.close()


def test_an_email_is_shown_light_and_dark_in_frames_that_may_do_nothing(browser: Any, root: Path) -> None:
    out = root.parent / "gallery-frames"
    build(root, out)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto((out / "soft-reminder.email.en-US.html").as_uri())
    colours = [
        page.frame_locator(f"iframe.{theme} >> nth=0")
        .locator("body")
        .evaluate("e => getComputedStyle(e).backgroundColor")
        for theme in ("light", "dark")
    ]
    assert colours == ["rgb(255, 255, 255)", "rgb(22, 24, 28)"]
    page.close()


def test_a_hostile_layout_runs_loads_and_reaches_nothing(browser: Any, root: Path) -> None:
    copy = root.parent / "hostile-layout"
    shutil.copytree(root, copy)
    met: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            met.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        text = LAYOUT.replace("PORT", str(server.server_port))
        (copy / "layouts/email.html").write_text(text, encoding="utf-8")
        build(copy, copy / "out")
        page = browser.new_page()
        page.goto((copy / "out/soft-reminder.email.en-US.html").as_uri())
        first = page.frame_locator("iframe >> nth=0").locator("p >> nth=0")
        assert first.evaluate("e => getComputedStyle(e).color") == "rgb(1, 2, 3)"
        page.wait_for_timeout(500)
        assert page.title() != "taken" and not met
        server.shutdown()
    # The frame's styles stay inside it.
    assert page.locator("main > p").first.evaluate("e => getComputedStyle(e).color") != "rgb(1, 2, 3)"
    page.close()


def test_the_keyboard_reaches_every_message(browser: Any, gallery: Path) -> None:
    page = browser.new_page()
    page.goto((gallery / "index.html").as_uri())
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    assert {"soft-reminder", "visit-notice", "hostile"} <= reached
    page.close()
