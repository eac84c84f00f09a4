"""D rules: message descriptions, brands and sample profiles hold what the templates rely on."""

from __future__ import annotations

from ..registry import Rule, add

for _code, _name, _en, _zh, _why, _why_zh, _how, _how_zh in (
    ("D101", "message-description", "message.yaml does not fit", "message.yaml 有误", "Who gets a message, and what it must say, is decided by its description.", "消息发给谁、必须写什么，由其描述文件决定。", "Correct the key that the message names.", "按提示修正该字段。"),
    ("D102", "brand-facts", "Brand file does not fit the schema", "品牌文件有误", "A missing number or name stops every message of that brand.", "缺少电话或名称，该品牌的所有消息都无法发送。", "Give every required fact in every locale that the brand serves.", "为品牌服务的每种语言补全必填信息。"),
    ("D103", "sample-profile", "Sample profile does not fit the schema", "示例档案有误", "A sample that cannot be rendered proves nothing.", "无法渲染的示例不能说明任何问题。", "Correct the field that the message names.", "按提示修正该字段。"),
    ("D105", "gateway", "Gateway file that cannot be used", "网关文件无法使用", "Limits and prices that cannot be read are not held to.", "读不出的上限和价格不会生效。", "Correct the key that the message names.", "更正提示的字段。"),
    ("D104", "ladder", "Ladder does not keep within the limits of its place", "催收阶梯超出当地限制", "A ladder that rests too little or contacts too often breaks the rule for every borrower at once.", "休息时段过短或联系过于频繁的阶梯，会让每一次联系都违规。", "Tighten the line that the message names.", "按提示收紧该行。"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            "error",
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
        )
    )
