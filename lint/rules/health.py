"""X rules: the linter's own health — what it could not read is said, never passed over."""

from __future__ import annotations

from ..registry import Rule, add

for _code, _name, _en, _zh, _how, _how_zh in (
    ("X101", "unreadable-file", "File cannot be read", "文件无法读取", "Save the file as UTF-8 and check its permissions.", "将文件另存为 UTF-8，并检查权限。"),
    ("X102", "undetermined-kind", "Channel or locale cannot be determined", "无法判断渠道或语言", "Name the file like late.sms.zh-CN.txt, or add a [files] entry to fairnotice.toml.", "按 late.sms.zh-CN.txt 的形式命名，或在 fairnotice.toml 的 [files] 中登记。"),
    ("X103", "nothing-matched", "No template found", "没有找到模板", "Name a folder or file that holds templates.", "请给出含有模板的文件或文件夹。"),
    ("X104", "bad-data-file", "Data file cannot be read", "数据文件有误", "Mend the line that the message names.", "按提示修正该行。"),
    ("X105", "suppression-expired", "Suppression or waiver has ended", "豁免已到期", "Mend the finding, or give a new reason and a new day.", "修正问题，或写明新的理由和日期。"),
    ("X106", "suppression-unused", "Suppression lifts nothing", "豁免未被用到", "Delete it.", "删除该豁免。"),
    ("X107", "suppression-refused", "Suppression cannot be taken", "豁免无效", "Name the rule, a reason and a last day; protected rules need a waiver.", "写明规则、理由和截止日期；受保护的规则需要正式豁免。"),
    ("X108", "waiver-outdated", "Waiver was given for another text", "豁免对应的文本已变更", "Have the new text looked at, and renew the waiver with its hash.", "请重新审核文本，并以新的哈希更新豁免。"),
):  # fmt: skip
    add(
        Rule(
            _code,
            _name,
            "error",
            {"en": _en, "zh": _zh},
            {
                "en": "A linter that skips what it cannot read is worse than none.",
                "zh": "跳过读不懂的内容，比没有检查更糟。",
            },
            {"en": _how, "zh": _how_zh},
        )
    )
