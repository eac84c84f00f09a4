"""Call scripts: a graph of steps, written out for an agent as indented text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

_STEP_KEYS = frozenset(
    ["say", "ask", "next", "answers", "end", "must_read", "interruptible", "discloses", "note"]
)


class ScriptError(Exception):
    """A call script that does not hold together; names the step."""

    def __init__(self, message: str, path: str, step: str):
        super().__init__(message, path, step)
        self.message = message
        self.path = path
        self.step = step

    def __str__(self) -> str:
        return f"{self.path}: step '{self.step}': {self.message}"


@dataclass(frozen=True)
class Step:
    """One step: its words (a template), guidance, and where it leads."""

    name: str
    words: str
    asks: bool
    note: str
    must_read: bool
    answers: tuple[tuple[str, str], ...]
    end: str | None


@dataclass(frozen=True)
class Script:
    """Steps by name, in the order of the file."""

    start: str
    steps: Mapping[str, Step]


def read_script(document: Any, path: str) -> Script:
    """A script from loaded YAML; raises `ScriptError`."""
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), dict):
        raise ScriptError("a call script needs a mapping 'nodes'", path, "(file)")
    steps: dict[str, Step] = {}
    for name, spec in document["nodes"].items():
        if not isinstance(spec, dict) or set(spec) - _STEP_KEYS:
            raise ScriptError(f"allowed keys: {', '.join(sorted(_STEP_KEYS))}", path, name)
        if isinstance(spec.get("answers"), dict):
            answers = tuple((str(key), str(target)) for key, target in spec["answers"].items())
            if "other" not in spec["answers"]:
                raise ScriptError("its answers need 'other'", path, name)
        else:
            answers = (("", str(spec["next"])),) if "next" in spec else ()
        end = str(spec["end"]) if "end" in spec else None
        if not answers and end is None:
            raise ScriptError("needs next, answers or end", path, name)
        words = str(spec.get("say") or spec.get("ask") or "")
        steps[name] = Step(
            name, words, "ask" in spec, str(spec.get("note", "")), bool(spec.get("must_read")), answers, end
        )
    start = str(document.get("start", next(iter(steps), "")))
    for step in steps.values():
        for _, target in step.answers:
            if target not in steps:
                raise ScriptError(f"leads to '{target}', which does not exist", path, step.name)
    if start not in steps:
        raise ScriptError("the start does not exist", path, start)
    return Script(start, steps)


def write_script(script: Script, words: Callable[[str], str]) -> str:
    """The script as indented text; `words` renders one template text."""
    lines: list[str] = []
    order = [script.start]
    for name in order:
        step = script.steps[name]
        lines.append(f"[{name}]" + (" *" if step.must_read else ""))
        lines.extend("  " + line for line in words(step.words).strip().splitlines())
        if step.note:
            lines.extend("  # " + line for line in words(step.note).strip().splitlines())
        for answer, target in step.answers:
            lines.append(f"    {answer + ' ' if answer else ''}→ {target}")
            if target not in order:
                order.append(target)
        if step.end is not None:
            lines.append(f"    ■ {step.end}")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def mermaid(script: Script, words: Callable[[str], str]) -> str:
    """The script as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    names = {name: f"n{number}" for number, name in enumerate(script.steps)}
    for name, step in script.steps.items():
        text = _label(f"{name}: {words(step.words).strip()}")
        lines.append(f'  {names[name]}{"{" if step.asks else "["}"{text}"{"}" if step.asks else "]"}')
        for answer, target in step.answers:
            arrow = f'-- "{_label(answer)}" -->' if answer else "-->"
            lines.append(f"  {names[name]} {arrow} {names[target]}")
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    """Text that Mermaid shows as it stands: its own signs as entities."""
    flat = " ".join(text.split())
    return "".join(f"#{ord(one)};" if one in '"#;<>{}[]|`\\&' else one for one in flat)


def as_data(script: Script, words: Callable[[str], str]) -> dict[str, Any]:
    """The script as plain data: the words of each step, and where each answer leads."""
    return {
        "start": script.start,
        "steps": {
            name: {
                "says": words(step.words).strip(),
                "asks": step.asks,
                "must_read": step.must_read,
                "note": words(step.note).strip() if step.note else "",
                "answers": dict(step.answers),
                "end": step.end,
            }
            for name, step in script.steps.items()
        },
    }


def page(script: Script, words: Callable[[str], str], title: str, locale: str) -> str:
    """The script as one printable page; every answer is a link to its step."""
    parts = [
        f'<!doctype html><html lang="{escape(locale)}"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        "<style>body{font:1rem/1.6 sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}section{border-top:1px solid #767676;break-inside:avoid}.must{font-weight:bold}</style></head><body>",
        f"<h1>{escape(title)}</h1>",
    ]
    for name, step in script.steps.items():
        kind = ' class="must"' if step.must_read else ""
        parts.append(f'<section id="{escape(name)}"><h2>{escape(name)}</h2>')
        parts.append(f"<p{kind}>{escape(words(step.words).strip())}</p>")
        if step.note:
            parts.append(f"<p><em>{escape(words(step.note).strip())}</em></p>")
        links = [
            f'<li>{escape(answer or "→")} <a href="#{escape(target)}">{escape(target)}</a></li>'
            for answer, target in step.answers
        ]
        parts.append(f"<ul>{''.join(links)}</ul>" if links else f"<p>■ {escape(step.end or '')}</p>")
        parts.append("</section>")
    return "\n".join([*parts, "</body></html>"]) + "\n"
