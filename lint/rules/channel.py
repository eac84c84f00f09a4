"""C rules: what a channel asks for — here the structure of a call script."""

from __future__ import annotations

from ..registry import Rule, add

add(
    Rule(
        code="C101",
        name="call-script-structure",
        severity="error",
        title={"en": "Call script does not hold together", "zh": "话术结构不完整"},
        why={
            "en": "An agent who runs into a dead end improvises, and nobody approved what they then say.",
            "zh": "话术走到死胡同，坐席只能临场发挥，而那些话没有人审核过。",
        },
        how={
            "en": "Give every step a next, answers with 'other', or an end; remove steps nobody reaches.",
            "zh": "每一步都要有 next、含 other 的 answers 或 end；删除到不了的步骤。",
        },
    )
)
