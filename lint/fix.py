"""Safe fixes: full-width digits, invisible characters, a missing `|money` or `|day`, the approved complaint notice at the
end of a message that has none — and nothing that changes other words.

A fixed file is linted again and its sentences are compared with those before; any difference leaves it as it was.
"""

from __future__ import annotations

import difflib
import os
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..flow.catalogue import Repository, classify, repository_root
from ..flow.record import record
from .engine import Options, lint_file, programs_of
from .finding import Finding
from .wording.normalise import normalise

SAFE = frozenset({"U101", "U108", "J103", "N101"})
_NOTICE = "{{ notice('complaint-channel') }}"


@record()
class Fixed:
    """One file: its text before and after, and which findings are gone; `refused` says why nothing was changed."""

    path: Path
    before: str
    after: str
    codes: Mapping[str, int]
    refused: str = ""

    @property
    def diff(self) -> str:
        """The change as a unified diff."""
        return "".join(
            difflib.unified_diff(
                self.before.splitlines(keepends=True), self.after.splitlines(keepends=True),
                f"a/{self.path}", f"b/{self.path}",
            )
        )  # fmt: skip


def fixed(path: Path, findings: Sequence[Finding], options: Options) -> Fixed | None:
    """The safe fixes of one file's findings, checked but not written; None where there are none."""
    if not any(one.code in SAFE and one.place.path == str(path) for one in findings):
        return None
    return fixed_text(path, path.read_bytes().decode("utf-8"), findings, options)


def fixed_text(path: Path, before: str, findings: Sequence[Finding], options: Options) -> Fixed | None:
    """The safe fixes of a text that stands for a file, as an editor has it."""
    mine = [one for one in findings if one.code in SAFE and one.place.path == str(path)]
    mark = "\ufeff" if before.startswith("\ufeff") else ""
    text = before.removeprefix(mark)
    after = text
    done: Counter[str] = Counter()
    # The notice goes to the end, where no offset of another finding is moved.
    for one in sorted(
        mine, key=lambda one: (one.code == "N101", one.place.line, one.place.column), reverse=True
    ):
        edited = _with_notice(path, after) if one.code == "N101" else _edited(after, one)
        if edited is not None:
            after = edited
            done[one.code] += 1
    if after == text:
        return None
    made = Fixed(path, before, mark + after, dict(done))
    why = _difference(path, text, after, options, added="N101" in done)
    return Fixed(path, before, before, {}, why) if why else made


def _offset(text: str, line: int, column: int) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
    return start + column - 1


def _edited(text: str, finding: Finding) -> str | None:
    place = finding.place
    start, end = _offset(text, place.line, place.column), _offset(text, place.end_line, place.end_column)
    words = text[start:end]
    if finding.code == "U101":
        return text[:start] + text[end:]
    if finding.code == "U108":
        return text[:start] + unicodedata.normalize("NFKC", words) + text[end:]
    # J103 names a printed value; its filter goes right behind it.
    wanted = finding.hint.rpartition("|")[2].strip()
    if wanted not in ("money", "day"):
        return None
    closing = words.rfind("}}")
    body = (words[:closing].removesuffix("-") if closing >= 0 else words).rstrip()
    return text[:start] + body + f"|{wanted}" + text[start + len(body) :]


def _with_notice(path: Path, text: str) -> str | None:
    """The text with the approved notice at its end, outside of every condition; None where it has none or one already."""
    kind = classify(path)
    folder = path.resolve().parent
    if kind is None or kind.format in ("yaml", "yml", "html", "htm") or "complaint-channel" in text:
        return None
    if Repository(repository_root(folder)).notice("complaint-channel", kind.locale) is None:
        return None
    body = text.rstrip()
    between = "\n\n" if kind.format == "md" else "" if kind.locale.startswith("zh") else " "
    return body + between + _NOTICE + text[len(body) :]


def _difference(path: Path, before: str, after: str, options: Options, added: bool) -> str:
    """Why a fix is refused: a new finding, or other words than before; empty where it holds. `added`: a notice may be more."""
    old = lint_file(path, options, {}, before)
    new = lint_file(path, options, {}, after)
    if not isinstance(old, list) or not isinstance(new, list):
        return "the fixed text cannot be checked"
    more = Counter(one.code for one in new) - Counter(one.code for one in old)
    if more:
        return f"it would bring {', '.join(sorted(more))}"
    said, says = Counter(_read(path, before, options)), Counter(_read(path, after, options))
    if said - says or (says - said and not added):
        return "other words would change"
    return ""


def _read(path: Path, text: str, options: Options) -> list[str]:
    """Every sentence that a text can say, folded as the wording engine folds it."""
    return [
        normalise(sentence.text).text.strip()
        for program in programs_of(path, options, text)
        for sentence in program.delivered
    ]


def write(made: Fixed) -> None:
    """Put the fixed text in the file's place, whole or not at all."""
    beside = made.path.with_name(made.path.name + ".fixed")
    beside.write_bytes(made.after.encode("utf-8"))
    os.replace(beside, made.path)
