"""Preview: every sentence of every shipped template is shown, and the gallery shows templates without obeying them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from fairnotice.cli.preview import command
from fairnotice.flow.catalogue import shipped
from fairnotice.signoff.gallery import build
from fairnotice.signoff.renders import outdated
from fairnotice.signoff.samples import preview

ROOT = shipped()
TEXTS = sorted(path for path in (ROOT / "messages").glob("*/*.*.*") if path.suffix in (".txt", ".md"))
HOSTILE = "<script>alert(1)</script><style>*{display:none}</style>{{ creditor.name }} \"'><img src=x onerror=alert(1)>"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sentence_is_shown(path: Path) -> None:
    shown = preview(path)
    assert shown.sentences > 0 and shown.samples
    assert shown.missing == () and shown.covered == shown.sentences


def test_two_branches_ask_for_two_borrowers(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.en-US.txt"
    path.write_text("A.{% if debt.days_past_due > 30 %} B.{% else %} C.{% endif %}", encoding="utf-8")
    shown = preview(path)
    assert sorted(sample.text for sample in shown.samples) == ["A. B.", "A. C."]
    assert {sample.facts for sample in shown.samples} == {
        ("debt.days_past_due = 31",),
        ("debt.days_past_due = 15",),
    } or all("debt.days_past_due" in sample.facts[0] for sample in shown.samples)


def test_a_sentence_that_no_sample_shows_is_named(tmp_path: Path) -> None:
    path = tmp_path / "late.sms.en-US.txt"
    path.write_text("A. {% if borrower.name|length % 7 == 3 %}Rare words.{% endif %}", encoding="utf-8")
    assert preview(path).missing == ("Rare words.",)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gallery")
    build(ROOT, out)
    return out


def test_the_gallery_is_whole_and_small(gallery: Path) -> None:
    index = (gallery / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', index)
    assert set(links) == {"ladders.html", *(f"{path.name}.html" for path in (ROOT / "messages").iterdir())}
    for page in gallery.glob("*.html"):
        assert page.stat().st_size <= 300_000
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r'href="([^"]+)"', text):
            assert (gallery / link).is_file()
        tags = Tags()
        tags.feed(text)
        names = [tag for tag, _ in tags.seen]
        assert names.count("h1") == 1 and "script" not in names and "img" not in names
        assert all("src" not in attrs and "style" not in attrs for _, attrs in tags.seen)
        assert dict(tags.seen)["html"]["lang"] == "en"
        policy = next(a["content"] for t, a in tags.seen if t == "meta" and a.get("http-equiv"))
        assert policy is not None and policy.startswith("default-src 'none'")


def test_a_hostile_template_is_shown_inert(tmp_path: Path) -> None:
    folder = tmp_path / "messages/evil"
    folder.mkdir(parents=True)
    (tmp_path / "notices").mkdir()
    (folder / "sms.en-US.txt").write_text(HOSTILE, encoding="utf-8")
    build(tmp_path, tmp_path / "out")
    text = (tmp_path / "out/evil.html").read_text(encoding="utf-8")
    tags = Tags()
    tags.feed(text)
    names = [tag for tag, _ in tags.seen]
    assert "script" not in names and "img" not in names and names.count("style") == 1
    assert "&lt;script&gt;" in text


def test_the_command_shows_samples_and_coverage() -> None:
    made = CliRunner().invoke(command, ["firm-reminder", "--channel", "sms", "--locale", "en-US", "--plain"])
    assert made.exit_code == 0
    assert "of" in made.output and "sentences shown" in made.output and "part(s)" in made.output
    assert CliRunner().invoke(command, ["nothing"]).exit_code == 2


def test_the_gallery_speaks_chinese(tmp_path: Path) -> None:
    build(ROOT, tmp_path, "zh")
    assert "每位借款人可能读到的内容" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_the_committed_renders_are_what_the_templates_say() -> None:
    assert outdated(ROOT) == [], "run `fairnotice preview --write-renders --templates templates`"


def test_a_changed_template_shows_in_its_render(tmp_path: Path) -> None:
    folder = tmp_path / "messages/late"
    folder.mkdir(parents=True)
    (tmp_path / "notices").mkdir()
    template = folder / "sms.en-US.txt"
    template.write_text("One.", encoding="utf-8")
    run = CliRunner().invoke
    assert run(command, ["--write-renders", "--templates", str(tmp_path)]).exit_code == 0
    assert run(command, ["--check-renders", "--templates", str(tmp_path)]).exit_code == 0
    template.write_text("Two.", encoding="utf-8")
    assert run(command, ["--check-renders", "--templates", str(tmp_path)]).exit_code == 1
    template.unlink()
    assert outdated(tmp_path) == ["late/sms.en-US.txt.render.txt"]
