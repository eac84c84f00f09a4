"""Compile the shipped packs: `python -m fairnotice.lint.packs.build` (part of `make lexicons`)."""

from __future__ import annotations

import json
from typing import Any

from .loading import COMPILED, DATA, read_pack


def compiled() -> dict[str, Any]:
    """All shipped packs by id; raises `PackError`."""
    packs = [read_pack(path.read_text(encoding="utf-8"), str(path)) for path in sorted(DATA.glob("*.yaml"))]
    return {pack["id"]: pack for pack in packs}


def main() -> None:
    """Write `packs.json`: a command that lints one file has no time to read YAML."""
    text = json.dumps(compiled(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    COMPILED.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
