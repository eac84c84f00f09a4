"""T rules: no insult, threat, shame, exposure, false authority or trick, in any sentence a template can say."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...flow.analyses import feasible
from ...flow.conditions import Atom, Ref, both, negate
from ...flow.sentences import Sentence
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from ..wording.engine import judge
from .amount import _FULL

CATEGORIES: tuple[tuple[str, str, str, str, str], ...] = (
    ("violence", "Violence or bodily harm", "暴力威胁", "走着瞧，叫人过去收拾你。", "Watch your back, we will make you suffer."),
    ("arrest", "Arrest or criminalisation", "以刑事责任恐吓", "再不还款就等着坐牢。", "You will go to jail for this."),
    ("legal-process", "False or premature legal process", "虚构法律程序", "法院传票已寄出，即将强制执行。", "A lawsuit filed against you will garnish wages."),
    ("impersonation", "Impersonation or borrowed authority", "冒充公权力", "这里是公安局经侦大队专案组。", "This is a federal agent from the government office."),
    ("exposure", "Third-party exposure", "向第三方披露", "再不还就爆通讯录，通知家人和单位领导。", "We will tell your boss and call your employer."),
    ("insult", "Insult and humiliation", "侮辱人格", "你这个老赖，不要脸。", "You are a deadbeat and a loser."),
    ("profanity", "Obscenity and profanity", "污言秽语", "你他妈的混蛋。", "Pay up, you bastard."),
    ("discrimination", "Discrimination", "歧视", "乡下人就是没素质。", "You people never pay."),
    ("false-urgency", "False urgency", "虚假紧迫", "最后通牒，两小时内必须还清，逾期不候。", "Last chance: act now, within 2 hours."),
    ("borrow-pressure", "Pressure to borrow, sell or beg", "逼迫借贷变卖", "去网贷、套现、卖房也要还。", "Take out a loan or sell your car to pay."),
    ("inflated-amount", "Inflated or unexplained amounts", "夸大或不明费用", "上门费、催收费由你承担，欠款翻倍。", "A collection fee and a visit charge will be added and your debt doubled."),
    ("credit-record", "Misleading on the credit record", "误导征信后果", "进征信黑名单，一辈子污点，影响三代。", "You will be blacklisted and your credit ruined forever."),
    ("rights-minimised", "Minimising rights", "贬低借款人权利", "投诉没用，没得商量。", "Complaining won't help and you have no right to dispute."),
    ("guilt", "Guilt and emotional pressure", "道德绑架", "你对得起父母吗，良心过得去吗？", "Shame on you, think of your kids."),
    ("surveillance", "Surveillance or stalking", "跟踪监视", "我们知道你住哪，已定位，你躲不掉。", "We know where you live and we are watching you."),
    ("status-threat", "Threats to job, family or status", "威胁工作家庭", "让你丢工作，孩子上不了学。", "You will lose your job and your immigration status."),
    ("contempt", "Sarcasm, contempt, orders", "讽刺命令", "少废话，别装了，好自为之。", "Spare me, stop pretending and listen up."),
    ("credentials", "Credentials and payment diversion", "索要密码与转移付款", "请把验证码告诉我，转到个人账户。", "Send the code and pay by gift card."),
    ("pretext", "Deceptive pretext", "虚假事由", "您有快递待签收，请回电。", "You have won a prize: missed delivery, call us."),
)  # fmt: skip

for _index, (_slug, _en, _zh, _bad, _bad_en) in enumerate(CATEGORIES):
    add(
        Rule(
            code=f"T{101 + _index}",
            name=_slug,
            severity="error",
            title={"en": _en, "zh": _zh},
            why={
                "en": "A person in difficulty is owed respect and the truth; this wording denies one of them.",
                "zh": "身处困难的人应当得到尊重和真实的信息，这样的措辞违背了其中之一。",
            },
            how={
                "en": "Say the fact plainly and politely, or leave it out.",
                "zh": "平实、礼貌地陈述事实，或者删去。",
            },
            bad=("late.sms.zh-CN.txt", _bad),
            good=("late.sms.zh-CN.txt", "您好，如已还款请忽略。如有困难，请联系我们协商。"),
            protected=True,
        )
    )


add(
    Rule(
        code="T190",
        name="tone-second-opinion",
        severity="review",
        title={"en": "Sounds like pressure", "zh": "语气疑似施压"},
        why={
            "en": "No known wording was found, but the sentence as a whole resembles those that harm.",
            "zh": "未命中已知措辞，但整句话与有害表述相近。",
        },
        how={
            "en": "Read it as the borrower would; say it plainly and politely, or leave it.",
            "zh": "请站在借款人的角度读一遍，改为平实、礼貌的说法，确认无误则可保留。",
        },
        bad=("late.sms.zh-CN.txt", "年关将至，您一家团圆之际，可曾想过还有人因您彻夜难眠。" + _FULL),
        good=("late.sms.zh-CN.txt", "您好，如已还款请忽略。如有困难，请联系我们协商。"),
    )
)


@check
def no_sentence_harms(program: Program) -> Iterator[Finding]:
    """T101–T119: every sentence that some borrower can read, with its path."""
    seen: set[tuple[str, int, int]] = set()
    shown = len(program.sentences)
    for number, sentence in enumerate(program.delivered):
        for hit in judge(sentence.text, program.lexicon):
            if number >= shown and (hit.severity != "error" or _is_code(sentence.text, hit.start, hit.end)):
                # Behind the scenes stand styles and addresses; only plain words count there.
                continue
            spans = sentence.spans(hit.start, hit.end)
            if not spans:
                continue
            key = (hit.entry.code, spans[0].start, spans[-1].end)
            if key in seen or not _can_be_said(sentence, hit.entry.unless_fact, program):
                continue
            seen.add(key)
            words = sentence.text[hit.start : hit.end].replace("\ue010", "…")
            suggestion = hit.entry.suggest.get(program.language, "")
            why = hit.entry.why.get(program.language, "")
            hint = program.say(
                "{why}; say instead: {words}", "{why}；可改为：{words}", why=why, words=suggestion
            )
            yield program.finding(
                hit.entry.code,
                spans[0],
                program.say(
                    '{title}: "{words}"',
                    "{title}：“{words}”",
                    title=program.title(hit.entry.code),
                    words=words,
                ),
                verdict="proven-bad" if hit.severity == "error" else "review",
                severity=hit.severity,
                related=tuple((span, program.say("and here", "以及此处")) for span in spans[1:4]),
                hint=hint if suggestion else why,
            )


_CODE = (
    r"<style.*?</style>|\{[^{}]*:[^{}]*\}|</?[A-Za-z][\w:-]*|[\w-]+\s*:\s*[^;\"'<>\n]{1,60};?(?=[^<>]*[\"'}])"
    r"|\b(?:style|class|id|href|src|width|height|bgcolor|color|align|border|cellpadding|cellspacing|role|lang|type|rel|name)\s*=\s*(?:\"[^\"]*\"|'[^']*')"
)


def _is_code(text: str, start: int, end: int) -> bool:
    """Whether characters stand in styles, names of tags or attributes that nobody reads."""
    return any(found.start() < end and start < found.end() for found in re.finditer(_CODE, text, re.S))


def _can_be_said(sentence: Sentence, unless_fact: str | None, program: Program) -> bool:
    """Whether some borrower reads the sentence — one for whom the fact that would make it true does not hold."""
    cond = sentence.cond
    field = program.schema.fields.get(f"flags.{unless_fact}") if unless_fact else None
    if field is not None:
        cond = both(cond, negate(Atom(field.path, Ref(field.path, field))))
    return feasible(cond, program.schema)
