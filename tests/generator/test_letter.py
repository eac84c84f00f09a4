"""Letters on paper: a PDF with the words in it, and nothing fetched for it."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner
from fairnotice.cli.render import command
from fairnotice.generator.letter import letter_page, letter_pdf

pypdf = pytest.importorskip("pypdf", reason="install the dev extra")
weasyprint = pytest.importorskip(
    "weasyprint", reason="install the dev extra (and Pango)", exc_type=ImportError
)


@pytest.mark.parametrize(
    ("message", "profile", "channel"),
    [("firm-reminder", "gb-firm-40-days", "letter"), ("visit-notice", "zh-visit", "visit"), ("firm-reminder", "zh-firm-40-days", "letter")],
)  # fmt: skip
def test_a_letter_is_printed(message: str, profile: str, channel: str) -> None:
    asked = [message, "--profile", profile, "--channel", channel]
    words = CliRunner().invoke(command, asked)
    assert words.exit_code == 0, words.output
    page = CliRunner().invoke(command, [*asked, "--as", "html"])
    assert page.exit_code == 0 and "<script" not in page.output
    pdf = CliRunner().invoke(command, [*asked, "--as", "pdf"])
    if profile.startswith("zh") and "no Chinese font" in pdf.output:
        pytest.skip("install a Chinese font (apt-get install fonts-noto-cjk)")
    assert pdf.exit_code == 0 and pdf.stdout_bytes.startswith(b"%PDF-") and len(pdf.stdout_bytes) > 3000
    read = "".join(one.extract_text() for one in pypdf.PdfReader(io.BytesIO(pdf.stdout_bytes)).pages)
    # The words are in the PDF as characters of a font that has them.
    sentence = "示例银行" if profile.startswith("zh") else "Example Bank"
    assert sentence in read.replace("\n", "").replace(" ", "" if profile.startswith("zh") else " ")


def test_only_paper_is_printed() -> None:
    made = CliRunner().invoke(
        command, ["soft-reminder", "--profile", "en-soft", "--channel", "sms", "--as", "pdf"]
    )
    assert made.exit_code == 2 and "--channel letter" in made.output


def test_markup_in_a_value_stays_words_and_nothing_is_fetched() -> None:
    page = letter_page(
        "<b>T</b>", "![x](https://example.com/a.png) <img src='https://example.com/b.png'>", "en-GB"
    )
    assert "<b>T" not in page and "<img src='" not in page
    assert letter_pdf(page).startswith(b"%PDF-")
