"""Preview: every sentence of every shipped template is shown, and the gallery shows templates without obeying them."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from fairnotice.cli.preview import command
from fairnotice.flow.catalogue import shipped
from fairnotice.flow.worlds import OTHER_TEXT
from fairnotice.generator.render import schema_of
from fairnotice.signoff.dry_run import portfolio_counts
from fairnotice.signoff.facts import in_words
from fairnotice.signoff.gallery import build
from fairnotice.signoff.renders import outdated
from fairnotice.signoff.samples import preview
from fairnotice.signoff.terminal import show
from rich.console import Console

ROOT = shipped()
TEXTS = sorted((ROOT / "messages").glob("*/*.*.*"))
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
    assert {sample.facts for sample in shown.samples} == {("31 day(s) late",), ("15 day(s) late",)}
    assert {sample.facts for sample in preview(path, "zh").samples} == {("逾期31天",), ("逾期15天",)}


def test_a_branch_in_a_subject_asks_for_a_borrower_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "late.email.en-US.md"
    subject = "{% if plan.active %}Your plan{% else %}Your bill{% endif %}"
    path.write_text(f'---\nsubject: "{subject}"\n---\nA.', encoding="utf-8")
    shown = preview(path)
    assert sorted(sample.words for sample in shown.samples) == [
        "subject: Your bill\nA.",
        "subject: Your plan\nA.",
    ]
    assert shown.covered == shown.sentences == 3


def test_every_word_knows_where_it_comes_from() -> None:
    (one, *_) = preview(ROOT / "messages/firm-reminder/sms.zh-CN.txt").samples
    origins = {piece.origin for piece in one.pieces}
    assert origins == {"", "borrower", "brand", "notice"}
    notice = "".join(piece.words for piece in one.pieces if piece.origin == "notice")
    assert notice.startswith("如对本次提醒或服务有异议") and "应还" not in notice
    assert not any("\ue000" <= letter <= "\uf8ff" for letter in one.words)


def test_a_call_is_shown_step_by_step() -> None:
    shown = preview(ROOT / "messages/firm-reminder/call.en-US.yaml")
    (first, *_) = shown.samples
    steps = {step.name: step for step in first.steps}
    assert steps["open"].must_read and steps["verify"].answers[-1] == ("other", "not-party")
    assert steps["not-party"].end == "third-party"
    assert "[disclose] *" in first.text and "→ complaint" in first.text


def test_what_is_required_names_its_clause() -> None:
    shown = preview(ROOT / "messages/visit-notice/visit.zh-CN.md")
    needs = {need.role or need.words: need for need in shown.needs}
    assert {clause.id for clause in needs["visit_date"].clauses}
    assert any("拒绝" in need.words and not need.role for need in shown.needs)
    assert all(clause.instrument and clause.text["en"] for need in shown.needs for clause in need.clauses)


def test_facts_are_told_in_words() -> None:
    schema = schema_of(ROOT)
    facts = {
        "debt.days_past_due": -3, "plan.active": False, "visit.scheduled": True, "debt.fees": OTHER_TEXT,
        "plan.instalments|length": 2, "payment.remaining": 1250, "agent.name": None, "borrower.salutation": "mr",
        "handover.agency_name": OTHER_TEXT,
    }  # fmt: skip
    assert in_words(facts, schema, "USD", "en") == (
        "due in 3 day(s)", "no active plan", "visit scheduled", "fees given", "2 instalment(s)",
        "remaining amount: $12.50", "no agent's name", "form of address: Mr", "agency name given",
    )  # fmt: skip
    assert in_words(facts, schema, "CNY", "zh")[:3] == ("3天后到期", "无生效中的还款计划", "已安排上门")


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
    targets = {
        page.name: set(re.findall(r' id="([^"]+)"', page.read_text(encoding="utf-8")))
        for page in gallery.glob("*.html")
    }
    for page in gallery.glob("*.html"):
        assert page.stat().st_size <= 300_000
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r'href="([^"]+)"', text):
            file, _, place = link.partition("#")
            assert (gallery / (file or page.name)).is_file()
            assert not place or place in targets[file or page.name], (page.name, link)
        tags = Tags()
        tags.feed(text)
        names = [tag for tag, _ in tags.seen]
        assert names.count("h1") == 1 and "script" not in names and "img" not in names
        assert all("src" not in attrs and "style" not in attrs for _, attrs in tags.seen)
        assert all("sandbox" in attrs and not attrs["sandbox"] for tag, attrs in tags.seen if tag == "iframe")
        assert dict(tags.seen)["html"]["lang"] == "en"
        policy = next(a["content"] for t, a in tags.seen if t == "meta" and a.get("http-equiv"))
        assert policy is not None and policy.startswith("default-src 'none'") and "script-src" not in policy
        identities = [attrs["id"] for _, attrs in tags.seen if "id" in attrs]
        assert len(identities) == len(set(identities)), page.name


def test_each_required_element_is_linked_to_its_words_and_its_clause(gallery: Path) -> None:
    text = (gallery / "firm-reminder.html").read_text(encoding="utf-8")
    assert '<a href="#sms-zh-CN-1-repayment_amount">' in text
    assert re.search(
        r'<mark id="sms-zh-CN-1-repayment_amount" class="borrower need"[^>]*>1,234.56元</mark>', text
    )
    assert '<a href="#CN-30">CN-30</a>' in text and '<dt id="CN-30">' in text
    assert "cn · firm: day 16 to 60" in text


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
    assert "sentences shown" in made.output and "part(s)" in made.output
    assert CliRunner().invoke(command, ["nothing"]).exit_code == 2


@pytest.mark.parametrize("plain", [True, False])
def test_locales_stand_side_by_side_where_there_is_room(plain: bool) -> None:
    shown = [preview(ROOT / f"messages/soft-reminder/sms.{locale}.txt") for locale in ("en-GB", "zh-CN")]
    out = io.StringIO()
    show(shown, ROOT, Console(file=out, width=120, no_color=True), plain)
    beside = any("en-GB" in line and "zh-CN" in line for line in out.getvalue().splitlines())
    assert beside is not plain
    assert ("│" in out.getvalue()) is not plain


def test_an_email_shows_its_headers_and_both_parts() -> None:
    made = CliRunner().invoke(command, ["plan-offer", "--channel", "email", "--locale", "en-US"])
    assert "Subject: We can agree smaller payments" in made.output
    assert "List-Unsubscribe: <mailto:" in made.output
    assert "the same words" in made.output and "OTHER WORDS" not in made.output


def test_one_made_up_borrower_is_shown_in_their_locale() -> None:
    made = CliRunner().invoke(
        command, ["firm-reminder", "--channel", "sms", "--profile", "en-firm-large-sum"]
    )
    assert made.exit_code == 0 and "$9,876,543.21" in made.output
    assert "sms · en-US" in made.output and "zh-CN" not in made.output and "REAL" not in made.output


def test_a_real_record_needs_consent_is_marked_and_never_enters_a_gallery(tmp_path: Path) -> None:
    record = tmp_path / "real.yaml"
    record.write_bytes((ROOT / "profiles/en-firm-large-sum.yaml").read_bytes())
    run = lambda *more: CliRunner().invoke(command, ["firm-reminder", "--profile", str(record), *more])  # noqa: E731
    assert run().exit_code == 2 and "--allow-pii" in run().output and "9,876" not in run().output
    made = run("--allow-pii")
    assert made.exit_code == 0 and made.output.startswith("REAL PERSONAL DATA")
    for more in (("--html", str(tmp_path / "g")), ("--serve",)):
        assert run("--allow-pii", *more).exit_code == 2


def test_a_portfolio_is_counted_and_nobody_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'fairnotice[batch]'")
    borrower = {"name": "王小明", "locale": "zh-CN", "timezone": "Asia/Shanghai", "jurisdiction": "CN"}
    debt = {"product": "credit-card", "account_tail": "9876", "currency": "CNY", "amount_due": 77777, "due_date": "2026-11-10", "as_of": "2026-11-23"}  # fmt: skip
    rows = [
        {"profile_id": f"id-{n}", "brand": "demo-bank", "borrower": borrower, "debt": debt} for n in range(3)
    ]
    rows[2] = {**rows[2], "debt": {**debt, "amount_due": -5}}
    portfolio = tmp_path / "in.jsonl"
    portfolio.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    at = dt.datetime(2026, 11, 23, 10, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    counts = portfolio_counts(ROOT, portfolio, at)
    assert counts.actions == {"send": 2, "refused": 1}
    assert counts.messages == {("soft-reminder", "sms", "zh-CN"): 2}
    assert counts.parts["zh-CN"] >= 2 and counts.costs(ROOT)["zh-CN"].endswith("CNY")
    assert counts.refused == {"debt.amount_due: range": 1}
    asked = ["soft-reminder", "--html", str(tmp_path / "g"), "--portfolio", str(portfolio)]
    assert CliRunner().invoke(command, asked).exit_code == 0
    text = (tmp_path / "g/ladders.html").read_text(encoding="utf-8")
    assert "debt.amount_due: range" in text and not any(
        one in text for one in ("王小明", "id-0", "9876", "777.77")
    )


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
