"""S rules: what the sign-off says of a message. The findings are made by `signoff/findings.py`, which may know the lint."""

from __future__ import annotations

from ..registry import Rule, add

for _code, _name, _en, _zh, _why, _why_zh, _how, _how_zh in (
    ("S101", "unsigned", "Message without an approval", "消息尚未获批", "generate --production sends nothing that is not approved.", "generate --production 不会发送未获批的消息。", "Ask for it: fairnotice signoff request MESSAGE.", "发起审批：fairnotice signoff request MESSAGE。"),
    ("S102", "changed-since-approval", "Message changed since it was approved", "获批后内容有改动", "The approval binds the words that were seen; these are others.", "审批只对当时看到的文字有效。", "Have the change reviewed, or take it back.", "请重新审批，或撤回改动。"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            "warning",
            {"en": _en, "zh": _zh},
            {"en": _why, "zh": _why_zh},
            {"en": _how, "zh": _how_zh},
            None,
            None,
        )
    )
