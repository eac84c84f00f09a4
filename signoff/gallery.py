"""A static gallery: one page a message, readable without script or network; template output is shown, never obeyed."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import html
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..generator.ladder import Decision
from .changes import changes
from .records import SignoffError
from .samples import Piece, Preview, Shown, preview
from .timeline import dry_run, timelines

_STYLE = """
:root { color-scheme: light dark; --line: #767676; --soft: #f4f4f2; --ink: #1b1b1b; --paper: #ffffff; --a: #d7e8ff; --b: #e4f3d8; --need: #8a5a00; --bad: #a00000; --good: #1b5e20; }
@media (prefers-color-scheme: dark) { :root { --line: #8f8f8f; --soft: #23262b; --ink: #eeeeee; --paper: #16181c; --a: #1d3a5f; --b: #2b4420; --need: #ffcf70; --bad: #ff9c9c; --good: #9fdc9f; } }
body { font: 1rem/1.6 sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
a { color: inherit; } table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .3rem .7rem; text-align: left; vertical-align: top; }
.side { display: flex; flex-wrap: wrap; gap: 1rem; } .sample { flex: 1 1 22rem; border: 1px solid var(--line); border-radius: .5rem; padding: .8rem; background: var(--soft); }
.words { white-space: pre-wrap; overflow-wrap: anywhere; } mark { color: inherit; background: var(--a); border-radius: .2rem; } mark.brand { background: var(--b); } mark.need { outline: 2px solid var(--need); }
del { color: var(--bad); } ins { color: var(--good); font-weight: bold; } .bad { color: var(--bad); } .good { color: var(--good); } .facts { font-size: .9rem; } h2 { margin-top: 2.5rem; }
@media print { .sample { break-inside: avoid; } }
"""
_WORDS: Mapping[str, tuple[str, str]] = {
    "title": ("What every borrower can read", "每位借款人可能读到的内容"),
    "message": ("Message", "消息"),
    "back": ("All messages", "全部消息"),
    "coverage": ("sentences shown", "个句子已展示"),
    "missing": ("Not shown by any sample", "未被任何示例展示"),
    "findings": ("Findings", "检查结果"),
    "none": ("none", "无"),
    "everyone": ("every borrower", "所有借款人"),
    "parts": ("part(s)", "条"),
    "needs": ("Required, and where it stands", "必备内容及其位置"),
    "absent": ("not in this sample", "此示例中没有"),
    "made": ("All borrowers are made up.", "所有借款人均为虚构。"),
    "subject": ("Subject", "主题"),
    "since": ("Since the last approval", "自上次批准以来"),
    "never": ("Nothing of this message was ever approved.", "此消息从未获批。"),
    "unchanged": ("Every borrower reads what was approved.", "每位借款人读到的都是获批内容。"),
    "ladders": ("Ladders", "催收节奏"),
    "timeline": (
        "A borrower who never pays, day by day from the due date",
        "一位始终未还款的借款人，自到期日起逐日",
    ),
    "dry": ("Every sample borrower today", "今日每位示例借款人"),
    "day": ("day", "天"),
    "borrower": ("Borrower", "借款人"),
    "action": ("What happens", "处理"),
    "why": ("Why", "原因"),
    "basis": ("Basis", "依据"),
    "send": ("send", "发送"),
    "wait": ("wait", "等待"),
    "stop": ("stop", "停止"),
}


def build(root: Path, out: Path, language: str = "en") -> list[Preview]:
    """Write `index.html` and one page a message; gives what was shown. Raises `OSError` where it cannot be written."""
    messages: dict[str, list[Preview]] = defaultdict(list)
    for path in sorted((root / "messages").glob("*/*.*.*")):
        messages[path.parent.name].append(preview(path, language))
    out.mkdir(parents=True, exist_ok=True)
    for name, previews in messages.items():
        (out / f"{name}.html").write_text(_message_page(name, previews, language), encoding="utf-8")
    (out / "index.html").write_text(_index(messages, language), encoding="utf-8")
    (out / "ladders.html").write_text(_ladders(root, language), encoding="utf-8")
    return [one for previews in messages.values() for one in previews]


def _say(key: str, language: str) -> str:
    return _WORDS[key][language == "zh"]


def page(title: str, body: Iterator[str], language: str) -> str:
    """A whole page: no script, no network; its style alone is allowed by the policy in its head."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
            f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">",
            '<meta name="viewport" content="width=device-width">',
            f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body><main>",
            f"<h1>{html.escape(title)}</h1>",
            *body,
            "</main></body></html>",
            "",
        ]
    )


def _index(messages: Mapping[str, Sequence[Preview]], language: str) -> str:
    locales = sorted({one.locale for previews in messages.values() for one in previews})

    def body() -> Iterator[str]:
        yield f'<p>{_say("made", language)} <a href="ladders.html">{_say("ladders", language)}</a></p>'
        yield f"<table><thead><tr><th>{_say('message', language)}</th>"
        yield "".join(f"<th>{html.escape(locale)}</th>" for locale in locales) + "</tr></thead><tbody>"
        for name, previews in messages.items():
            yield f'<tr><th scope="row"><a href="{html.escape(name)}.html">{html.escape(name)}</a></th>'
            for locale in locales:
                cells = [_status(one) for one in previews if one.locale == locale]
                yield f"<td>{'<br>'.join(cells) or '–'}</td>"
            yield "</tr>"
        yield "</tbody></table>"

    return page("fairnotice · " + _say("title", language), body(), language)


def _ladders(root: Path, language: str) -> str:
    """The timeline of each ladder, then what each sample borrower would get today."""
    columns = [_say(key, language) for key in ("day", "action", "why", "basis")]

    def head(names: Sequence[str]) -> str:
        cells = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in names)
        return f"<table><thead><tr>{cells}</tr></thead><tbody>"

    def row(first: str, decision: Decision) -> str:
        what = _say(decision.action, language)
        if decision.channel:
            what = f"{what}: {decision.message} ({decision.channel})"
        kind = "good" if decision.action == "send" else ""
        cells = [first, f'<span class="{kind}">{html.escape(what)}</span>', html.escape(decision.reason)]
        cells.append(html.escape(decision.basis))
        first, *rest = cells
        return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'

    def body() -> Iterator[str]:
        yield f'<p><a href="index.html">{_say("back", language)}</a> · {_say("made", language)}</p>'
        for one in timelines(root):
            yield f"<h2>{html.escape(one.ladder.id)}</h2>"
            yield f"<p>{_say('timeline', language)} ({html.escape(one.borrower)})</p>" + head(columns)
            for stretch in one.stretches:
                days = (
                    str(stretch.first)
                    if stretch.first == stretch.last
                    else f"{stretch.first} – {stretch.last}"
                )
                yield row(days, stretch.decision)
            yield "</tbody></table>"
        yield f"<h2>{_say('dry', language)}</h2>" + head([_say("borrower", language), *columns[1:]])
        for answer in dry_run(root, dt.datetime.now(dt.UTC)):
            yield row(html.escape(answer.borrower), answer.decision)
        yield "</tbody></table>"

    return page("fairnotice · " + _say("ladders", language), body(), language)


def _status(one: Preview) -> str:
    errors = sum(finding.severity == "error" for finding in one.findings)
    whole = one.covered == one.sentences
    kind = "good" if not errors and whole else "bad"
    seen = f"{one.covered}/{one.sentences}" if one.sentences else "✓"
    return f'{html.escape(one.channel)} <span class="{kind}">{seen}{f", {errors} ✗" if errors else ""}</span>'


def _message_page(name: str, previews: Sequence[Preview], language: str) -> str:
    def body() -> Iterator[str]:
        yield f'<p><a href="index.html">{_say("back", language)}</a> · {_say("made", language)}</p>'
        yield from _since_approval(previews, language)
        for channel in dict.fromkeys(one.channel for one in previews):
            yield f"<h2>{html.escape(channel)}</h2>"
            for one in previews:
                if one.channel == channel:
                    yield from _template(one, language)

    return page(name, body(), language)


def _since_approval(previews: Sequence[Preview], language: str) -> Iterator[str]:
    """Every sample that reads otherwise than what was last approved, with the words that went and came."""
    folder = previews[0].path.parent
    root = folder.parent.parent
    if not (root / "approvals/policy.yaml").is_file():
        return
    yield f"<h2>{_say('since', language)}</h2>"
    try:
        found = changes(root, folder.name)
    except SignoffError as error:
        yield f'<p class="bad">{html.escape(str(error))}</p>'
        return
    if found is None:
        yield f"<p>{_say('never', language)}</p>"
        return
    yield f"<p>{html.escape(f'{found.record.at} · {found.record.by} · {found.approval}')}</p>"
    if not found.changed:
        yield f'<p class="good">{_say("unchanged", language)}</p>'
    tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
    for one in found.changed:
        words = "".join(tags[kind].format(html.escape(text)) for kind, text in one.stretches)
        yield f'<section class="sample"><p class="facts">{html.escape(one.file)}</p><div class="words">{words}</div></section>'


def _template(one: Preview, language: str) -> Iterator[str]:
    yield f"<h3>{html.escape(one.locale)}</h3>"
    if one.subject:
        yield f"<p>{_say('subject', language)}: {html.escape(one.subject)}</p>"
    yield f"<p>{one.covered}/{one.sentences} {_say('coverage', language)}</p>"
    if one.missing:
        items = "".join(f"<li>{html.escape(text)}</li>" for text in one.missing)
        yield f'<p class="bad">{_say("missing", language)}:</p><ul>{items}</ul>'
    found = [
        f"<li>{html.escape(f'{finding.code} {finding.place.line}:{finding.place.column} {finding.message}')}</li>"
        for finding in one.findings
    ]
    yield f"<p>{_say('findings', language)}: " + (
        f"</p><ul>{''.join(found)}</ul>" if found else f"{_say('none', language)}</p>"
    )
    yield '<div class="side">'
    for shown in one.samples:
        yield from _sample(shown, one, language)
    yield "</div>"


def _sample(shown: Shown, one: Preview, language: str) -> Iterator[str]:
    facts = ", ".join(shown.facts) or _say("everyone", language)
    yield f'<section class="sample"><p class="facts"><strong>{html.escape(facts)}</strong></p>'
    yield f'<div class="words" lang="{html.escape(one.locale)}">'
    yield "".join(_piece(piece, one.requires) for piece in shown.pieces) + "</div>"
    if shown.sms is not None:
        sms = shown.sms
        yield f'<p class="facts">{sms.encoding}, {sms.units}, {len(sms.parts)} {_say("parts", language)}</p>'
    if one.requires:
        yield f"<details><summary>{_say('needs', language)}</summary><ul>"
        for role in one.requires:
            words = [piece.words for piece in shown.pieces if piece.role == role]
            place = " / ".join(dict.fromkeys(words)) or _say("absent", language)
            yield f"<li>{html.escape(role)}: {html.escape(place)}</li>"
        yield "</ul></details>"
    yield "</section>"


def _piece(piece: Piece, requires: Sequence[str]) -> str:
    words = html.escape(piece.words)
    if not piece.field:
        return words
    kind = " ".join(filter(None, (piece.origin, "need" if piece.role in requires else "")))
    return f'<mark class="{kind}" title="{html.escape(piece.field)}">{words}</mark>'
