"""The gallery in a real Chromium: readable without script and network, accessible in both themes and languages, inert."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.gallery import build

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
sync_api = pytest.importorskip("playwright.sync_api", reason="install the dev extra")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="install the dev extra")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="install Chromium (apt-get install chromium)")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\"> {{ creditor.name }}"


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module", params=["en", "zh"])
def gallery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("templates")
    for part in ("messages/soft-reminder", "messages/visit-notice", "notices", "brands", "layouts", "ladders", "profiles", "providers"):  # fmt: skip
        if (shipped() / part).is_dir():
            shutil.copytree(shipped() / part, root / part)
    shutil.copyfile(shipped() / "schema.yaml", root / "schema.yaml")
    (root / "messages/hostile").mkdir()
    (root / "messages/hostile/email.en-US.md").write_text(
        f'---\nsubject: "{HOSTILE.replace(chr(34), chr(39))}"\n---\n{HOSTILE}', encoding="utf-8"
    )
    out = root / "gallery"
    build(root, out, request.param)
    return out


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index", "soft-reminder", "hostile", "ladders"])
def test_a_page_is_accessible_quiet_and_inert(browser: object, gallery: Path, name: str, theme: str) -> None:
    page = browser.new_page(color_scheme=theme)  # type: ignore[attr-defined]
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((gallery / f"{name}.html").as_uri())
    assert asked == [(gallery / f"{name}.html").as_uri()]
    assert page.title() != "taken"
    found = axe.Axe().run(page).response["violations"]
    assert not found, [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]
    page.close()


def test_the_words_are_there_without_script(browser: object, gallery: Path) -> None:
    context = browser.new_context(java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto((gallery / "index.html").as_uri())
    page.get_by_role("link", name="soft-reminder").click()
    assert page.locator(".words").count() > 10
    assert page.locator("mark.need").count() > 10
    page.emulate_media(media="print")
    assert page.locator(".words").first.is_visible()
    context.close()


def test_the_keyboard_reaches_every_message(browser: object, gallery: Path) -> None:
    page = browser.new_page()  # type: ignore[attr-defined]
    page.goto((gallery / "index.html").as_uri())
    reached = set()
    for _ in range(6):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent"))
    assert {"soft-reminder", "visit-notice", "hostile"} <= reached
    page.close()
