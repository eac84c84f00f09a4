"""C rules: what a channel asks for — text-message length, signature and links, e-mail headers, call scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.analyses import branches
from ...flow.lengths import UNBOUNDED, longest, past
from ...flow.nodes import Choice, Flow, Hole, Repeat, Seq, Span, Text
from ...flow.order import before
from ...flow.worlds import TooManyWorldsError
from ...generator.provider import provider
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from .amount import _FULL

_DOTTED = re.compile(r"\.[a-z0-9]", re.I)
_URL = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,}|\d{1,3}(?:\.\d{1,3}){3})(?=/|\b)", re.I)
_MAIL = '---\nsubject: "关于您的账户"\n---\n' + _FULL

for _code, _name, _severity, _en, _zh, _why, _why_zh, _how, _how_zh, _bad, _good in (
    ("C101", "call-script-structure", "error", "Call script does not hold together", "话术结构不完整", "An agent who runs into a dead end improvises, and nobody approved what they then say.", "话术走到死胡同，坐席只能临场发挥，而那些话没有人审核过。", "Give every step a next, answers with 'other', or an end; remove steps nobody reaches.", "每一步都要有 next、含 other 的 answers 或 end；删除到不了的步骤。", None, None),
    ("C102", "text-message-too-long", "warning", "Text message can get too long", "短信可能过长", "A gateway cuts or refuses what is longer, and the notice at the end is lost first.", "超出上限的短信会被截断或拒收，末尾的告知最先丢失。", "Shorten the text, or raise max_parts in providers/ if your gateway takes more.", "精简文字；如您的网关支持更多条数，可调整 providers/ 中的 max_parts。", ("late.sms.zh-CN.txt", _FULL + "您好。" * 260), ("late.sms.zh-CN.txt", _FULL)),
    ("C103", "signature-missing", "warning", "Text message without 【signature】 at its head", "短信开头缺少【签名】", "Carriers in mainland China ask for the registered sender's name in 【】, and readers look for it.", "运营商要求短信以【已报备签名】开头，收信人也据此辨认发送方。", "Begin with 【{{ creditor.sms_signature }}】.", "以【{{ creditor.sms_signature }}】开头。", ("late.sms.zh-CN.txt", "您好，{{ creditor.name }}提醒您，" + _FULL.partition("】")[2]), ("late.sms.zh-CN.txt", _FULL)),
    ("C104", "opaque-link", "error", "Link that hides where it leads", "链接看不出指向何处", "A shortened link or a bare address looks like fraud, and cannot be told from it.", "短链接或裸 IP 地址与诈骗链接无法区分。", "Print {{ pay.url }} or another link on the institution's own domain.", "使用 {{ pay.url }} 或本机构域名下的链接。", ("late.sms.zh-CN.txt", _FULL + "还款：https://t.cn/abc"), ("late.sms.zh-CN.txt", _FULL + "还款：{{ pay.url }}")),
    ("C105", "subject-missing", "warning", "E-mail without a subject", "邮件缺少主题", "Without a subject a message looks like spam and cannot be rendered.", "没有主题的邮件像垃圾邮件，也无法生成。", "Give a subject in the front matter.", "在文件开头写明 subject。", ("late.email.zh-CN.md", _FULL), ("late.email.zh-CN.md", _MAIL)),
    ("C106", "link-before-amount", "review", "Payment link before the amount", "还款链接出现在金额之前", "A reader who taps before knowing the amount cannot tell whether the page asks for the right one.", "先点链接、后见金额，读者无法核对页面上的金额。", "Say the amount first.", "先写明金额，再给出链接。", ("late.sms.zh-CN.txt", "【{{ creditor.sms_signature }}】请到{{ pay.url }}还款。" + _FULL.partition("】")[2]), ("late.sms.zh-CN.txt", _FULL + "还款：{{ pay.url }}")),
    ("C107", "recording-not-announced", "warning", "Recording is not announced", "未告知通话录音", "People speak differently when they know that they are recorded; they have to be told.", "对方有权知道通话会被录音。", "Say in the opening that the call is recorded.", "在开场白中说明本次通话会被录音。", None, None),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            _severity,
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            _bad,
            _good,
        )
    )


def _known(program: Program) -> str | None:
    """An error where a description says that the file is a message; a lone file may keep subject and gateway elsewhere."""
    return "error" if program.message else None


@check
def text_message_is_short_enough(program: Program) -> Iterator[Finding]:
    """C102: the parts of the longest message a borrower can get."""
    if program.kind.channel != "sms" or program.kind.part != "message":
        return
    # Only text messages need the alphabet.
    from ...generator.alphabet import is_basic, part_count, units

    most = int(provider(program.repository.root).get("max_parts", 10))
    length, foreign = longest(program.flow, program.schema, units, is_basic)
    if length >= UNBOUNDED:
        return
    wide = bool(foreign)
    parts = part_count(length, wide)
    if parts > most:
        why = f" ({', '.join(foreign[:2])})" if wide else ""
        room = most * (66 if wide else 152)
        cut = {hole.role for hole in past(program.flow, program.schema, units, room) if hole.role}
        lost = program.say(
            "; cut there, it may lose {roles}", "；若被截断，可能丢失：{roles}", roles=", ".join(sorted(cut))
        )
        yield program.finding(
            "C102",
            program.whole(),
            program.say(
                "up to {units} characters in {parts} parts{why}; the gateway takes {most}{lost}",
                "最长{units}个字符，共{parts}条{why}；网关上限{most}条{lost}",
                units=length,
                parts=parts,
                why=why,
                most=most,
                lost=lost if cut else "",
            ),
            severity=_known(program),
            hint=program.how("C102"),
        )


@check
def text_message_is_signed(program: Program) -> Iterator[Finding]:
    """C103: mainland text messages begin with 【 on every path."""
    if (program.kind.channel, program.kind.part, program.kind.locale) != ("sms", "message", "zh-CN"):
        return
    if not _begins(program.flow, "【"):
        yield program.finding("C103", program.whole(), program.title("C103"), hint=program.how("C103"))


def _begins(flow: Flow, mark: str) -> bool:
    """Whether every path prints `mark` first; blank text before it does not count."""
    return _opening(flow, mark) is True


def _opening(flow: Flow, mark: str) -> bool | None:
    """True: begins with the mark; False: with something else on some path; None: prints nothing yet."""
    if isinstance(flow, Text):
        text = flow.text.lstrip()
        return text.startswith(mark) if text else None
    if isinstance(flow, Seq):
        return next((found for part in flow.parts if (found := _opening(part, mark)) is not None), None)
    if isinstance(flow, Repeat):
        return _opening(flow.body, mark)
    if isinstance(flow, Choice):
        answers = {_opening(part, mark) for _, part in branches(flow)}
        return answers.pop() if len(answers) == 1 else False
    return False


@check
def links_show_where_they_lead(program: Program) -> Iterator[Finding]:
    """C104: no shortener and no bare address in any literal."""
    if not _DOTTED.search(program.spoken):
        return
    hidden = frozenset(str(host) for host in provider(program.repository.root).get("shorteners", ()))
    seen: set[Span] = set()
    for sentence in program.delivered:
        for found in _URL.finditer(sentence.text):
            host = found.group(1).lower()
            bare = host.replace(".", "").isdigit() and found.group().lower().startswith("http")
            if not bare and host not in hidden:
                continue
            spans = sentence.spans(found.start(), found.end())
            if spans and spans[0] not in seen:
                seen.add(spans[0])
                yield program.finding(
                    "C104",
                    spans[0],
                    program.say("'{host}' hides where it leads", "“{host}”看不出指向何处", host=host),
                    hint=program.how("C104"),
                )


@check
def mail_has_a_subject(program: Program) -> Iterator[Finding]:
    """C105: the front matter of an e-mail names a subject."""
    if program.kind.channel != "email" or program.kind.part != "message":
        return
    subject = program.linked.sources[str(program.path)].front.get("subject")
    if not isinstance(subject, str) or not subject.strip():
        yield program.finding(
            "C105",
            program.whole_file(),
            program.title("C105"),
            severity=_known(program),
            hint=program.how("C105"),
        )


@check
def amount_comes_before_the_link(program: Program) -> Iterator[Finding]:
    """C106: where both are printed, the amount stands before the payment link."""
    if program.kind.part != "message" or program.kind.channel not in ("sms", "email"):
        return

    def amount(leaf: Text | Hole) -> bool:
        return isinstance(leaf, Hole) and leaf.role in ("repayment_amount", "instalment_amount")

    def link(leaf: Text | Hole) -> bool:
        return isinstance(leaf, Hole) and leaf.role == "pay_channel" and leaf.type == "url"

    found = [leaf for leaf in program.leaves if isinstance(leaf, Hole)]
    if not any(map(amount, found)) or not any(map(link, found)):
        return
    try:
        _, failing = before(amount, link, program.flow, program.schema)
    except TooManyWorldsError:
        return
    if failing:
        spot = next(leaf for leaf in found if link(leaf))
        yield program.finding("C106", spot.span, program.title("C106"), hint=program.how("C106"))
