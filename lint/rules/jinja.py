"""J rules: the template itself — syntax, names, formats, and what could not be proven."""

from __future__ import annotations

from collections.abc import Iterator

from ...flow.analyses import crashes, feasible
from ...flow.nodes import Crash, Hole, Opaque, Span
from ..finding import Finding
from ..program import Program
from ..registry import Rule, add, check
from .amount import _FULL

_KINDS = {
    "unknown-name": ("J102", "unknown variable: {message}", "未知变量：{message}"),
    "unknown-field": ("J102", "unknown variable: {message}", "未知变量：{message}"),
    "unknown-filter": ("J104", "unknown filter: {message}", "未知过滤器：{message}"),
    "unresolved": ("J105", "cannot be resolved: {message}", "无法找到：{message}"),
    "recursion": ("J106", "{message}", "循环引用：{message}"),
    "opaque": ("J190", "unproven: {message}", "未能证明：{message}"),
}

for _code, _name, _title, _zh, _why, _why_zh, _how, _how_zh, _bad in (
    ("J101", "syntax-error", "Syntax error", "语法错误", "A template that cannot be read cannot be checked or sent.", "读不懂的模板无法检查，也无法发送。", "Mend the tag that the message names.", "按提示修正标签。", "您{% if debt.days_past_due > 30 %}好{{ debt.amount_due|money }}"),
    ("J102", "unknown-variable", "Unknown variable", "未知变量", "A misspelt name prints nothing or stops the message.", "拼错的变量名会使消息出错或无法发送。", "Use a name of the schema.", "使用数据模式中的名称。", _FULL + "{{ debt.amont_due|money }}"),
    ("J103", "unformatted-value", "Money or date printed without its filter", "金额或日期未格式化", "Without |money the borrower reads minor units: a hundred times what they owe.", "不加 |money，借款人看到的是以分为单位的数字。", "Write {{ debt.amount_due|money }} and {{ debt.due_date|day }}.", "写成 {{ debt.amount_due|money }}、{{ debt.due_date|day }}。", _FULL + "{{ debt.amount_due }}"),
    ("J104", "unknown-filter", "Unknown filter", "未知过滤器", "Rendering stops at a filter that does not exist.", "不存在的过滤器会使渲染中断。", "Use a filter that exists.", "使用存在的过滤器。", _FULL + "{{ debt.product|shout }}"),
    ("J105", "unresolved-reference", "File or notice not found", "引用的文件或告知不存在", "What cannot be found cannot be checked, and stops the message.", "找不到的内容无法检查，消息也无法发送。", "Name a file or notice of this repository, in this locale.", "引用本仓库中同一语言的文件或告知。", _FULL + "{% include 'nowhere.txt' %}"),
    ("J106", "recursion", "Template recurses into itself", "模板引用自身", "Rendering never ends.", "渲染不会结束。", "Break the circle.", "打破循环引用。", "{% macro m() %}{{ m() }}{% endmacro %}" + _FULL + "{{ m() }}"),
    ("J191", "crashes", "A borrower for whom rendering stops", "对部分借款人无法渲染", "A message that stops for some borrowers is never sent to them, and nobody notices.", "对部分借款人中断的消息不会发出，也没有人会察觉。", "Ask first: {% if debt.minimum_due is not none %} … {% endif %}, or give a default.", "先判断：{% if debt.minimum_due is not none %} … {% endif %}，或给出默认值。", _FULL + "{{ debt.minimum_due|money }}"),
    ("J190", "unproven", "Could not be proven", "未能证明", "What cannot be followed may say anything to anyone.", "无法追踪的内容，可能对任何人说任何话。", "Rewrite it with plain conditions and fixed names.", "改用简单的条件和固定的名称。", _FULL + "{{ debt.product|map('upper')|join }}"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            "error",
            {"en": _title, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            ("late.sms.zh-CN.txt", _bad),
            ("late.sms.zh-CN.txt", _FULL),
        )
    )


@check
def linking_left_nothing_unread(program: Program) -> Iterator[Finding]:
    """J102, J104–J106, J190: faults met while following the template."""
    for problem in program.linked.problems:
        code, en, zh = _KINDS[problem.kind]
        verdict = "unproven" if code == "J190" else "proven-bad"
        hint = problem.hint
        if program.language == "zh" and hint.startswith("did you mean"):
            hint = "是否想写 " + hint.removeprefix("did you mean ")
        if code == "J190" and not hint:
            hint = _instead(program, problem.message)
        yield program.finding(
            code, problem.span, program.say(en, zh, message=problem.message), verdict=verdict, hint=hint
        )

    known = {problem.span for problem in program.linked.problems}
    for leaf in program.leaves:
        if isinstance(leaf, Opaque) and leaf.span not in known:
            known.add(leaf.span)
            _, en, zh = _KINDS["opaque"]
            message = program.say(en, zh, message=leaf.why)
            yield program.finding(
                "J190", leaf.span, message, verdict="unproven", hint=_instead(program, leaf.why)
            )


def _instead(program: Program, reason: str) -> str:
    from ..rewrites import rewrite  # Only a template that cannot be followed needs it.

    text = rewrite(reason)
    if text is None:
        return program.how("J190")
    return program.say("rewrite it like this: {text}", "可改写为：{text}", text=text)


@check
def values_are_formatted(program: Program) -> Iterator[Finding]:
    """J103: money goes through |money, dates through |day."""
    for leaf in program.printed_leaves:
        if isinstance(leaf, Hole) and leaf.field is not None:
            if leaf.type == "bool":
                words = program.say(
                    "{field} is printed as 'True' or 'False'",
                    "{field} 会被打印为 True 或 False",
                    field=leaf.field,
                )
                hint = program.say(
                    "write {{% if {field} %}}words{{% endif %}}",
                    "改用 {{% if {field} %}}文字{{% endif %}}",
                    field=leaf.field,
                )
                yield program.finding("J103", leaf.span, words, hint=hint)
            wanted = {"money": "money", "date": "day"}.get(leaf.type)
            if wanted and wanted not in leaf.filters:
                yield program.finding(
                    "J103",
                    leaf.span,
                    program.say(
                        "{field} is printed without |{filter}",
                        "{field} 未使用 |{filter}",
                        field=leaf.field,
                        filter=wanted,
                    ),
                    hint=program.say("write |{filter}", "加上 |{filter}", filter=wanted),
                    fix="safe",
                )


@check
def every_borrower_can_be_written_to(program: Program) -> Iterator[Finding]:
    """J191: a place where rendering raises for some borrower, shown with that borrower."""
    if not any(isinstance(leaf, Crash) for leaf in program.printed_leaves):
        return
    known = {problem.span for problem in program.linked.problems}
    seen: set[Span] = set()
    for cond, crash in crashes(program.printed):
        if crash.span in known or crash.span in seen:
            continue
        seen.add(crash.span)
        if not feasible(cond, program.schema):
            continue
        # Rendering is only needed once something may fail.
        from ..witness import find_crash

        verdict, witness = find_crash(program, cond)
        if verdict == "impossible":
            continue
        facts = ", ".join(witness.branches) if witness else ""
        yield program.finding(
            "J191",
            crash.span,
            program.say("rendering stops here: {why}", "渲染会在此处中断：{why}", why=crash.why)
            + (program.say(" — when {facts}", "，当 {facts}", facts=facts) if facts else ""),
            verdict=verdict,
            witness=witness,
            hint=program.how("J191"),
        )
