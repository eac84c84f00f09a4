"""`make lexicons`: compile the YAML entries and the character tables to data that a start-up only has to load.

Tables: `simplified` from OpenCC (Apache-2.0), `latin` from the Unicode confusables, `sound` from pypinyin (MIT).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .compiling import compile_folder, packed
from .lexicon import COMPILED, ENTRIES, FOLDER
from .normalise import TABLES, sound_table, tables


def _simplified() -> dict[str, str]:
    import opencc

    folder = Path(opencc.__file__).parent / "dictionary"
    table = {}
    for name in ("HKVariantsRev.txt", "TSCharacters.txt"):
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            source, _, targets = line.partition("\t")
            target = targets.split(" ")[0] if targets else ""
            if len(source) == 1 and len(target) == 1 and source != target and ord(target) < 0x20000:
                table[source] = target
    # Variants go on to their simplified form; forms that only Cantonese writes are kept apart.
    made = {source: table.get(target, target) for source, target in table.items()}
    for kept in "乾著":
        made.pop(kept, None)
    return made


def _latin() -> dict[str, str]:
    from confusable_homoglyphs import confusables

    data: dict[str, list[dict[str, Any]]] = confusables.confusables_data
    table: dict[str, str] = {}
    for character, alike in data.items():
        if len(character) != 1 or ord(character) < 0x180:
            continue
        code = ord(character)
        letter = next(
            (
                entry["c"]
                for entry in alike
                if len(entry["c"]) == 1 and entry["c"].isascii() and entry["c"].isalpha()
            ),
            None,
        )
        if letter is not None and (
            0x180 <= code < 0x600
            or 0x1D00 <= code < 0x2000
            or 0x2C00 <= code < 0x2E00
            or 0xA640 <= code < 0xA800
            or 0x13A0 <= code < 0x1400
            or 0xAB30 <= code < 0xAC00
        ):
            table[character] = letter.lower()
    extra = {
        "а": "a", "в": "b", "с": "c", "ԁ": "d", "е": "e", "ё": "e", "һ": "h", "і": "i", "ї": "i", "ј": "j", "к": "k", "ӏ": "l", "м": "m", "н": "h", "о": "o", "р": "p",
        "ԛ": "q", "г": "r", "ѕ": "s", "т": "t", "у": "y", "ѵ": "v", "ԝ": "w", "х": "x", "з": "3", "п": "n", "и": "u", "я": "r", "А": "a", "В": "b", "С": "c", "Е": "e", "Н": "h",
        "І": "i", "Ј": "j", "К": "k", "М": "m", "О": "o", "Р": "p", "Ѕ": "s", "Т": "t", "Х": "x", "У": "y", "α": "a", "β": "b", "ϲ": "c", "δ": "d", "ε": "e", "η": "n", "ι": "i",
        "κ": "k", "μ": "u", "ν": "v", "ο": "o", "ρ": "p", "σ": "o", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "Α": "a", "Β": "b", "Ε": "e", "Ζ": "z", "Η": "h", "Ι": "i", "Κ": "k",
        "Μ": "m", "Ν": "n", "Ο": "o", "Ρ": "p", "Τ": "t", "Υ": "y", "Χ": "x", "ѐ": "e", "ɑ": "a", "ɡ": "g", "ı": "i", "ⅼ": "l",
        "ᴀ": "a", "ʙ": "b", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ꜰ": "f", "ɢ": "g", "ʜ": "h", "ɪ": "i", "ᴊ": "j", "ᴋ": "k", "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p",
        "ꞯ": "q", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u", "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z",
        "ɐ": "a", "ɔ": "c", "ǝ": "e", "ɟ": "f", "ƃ": "g", "ɥ": "h", "ᴉ": "i", "ɾ": "j", "ʞ": "k", "ɯ": "m", "ɹ": "r", "ʇ": "t", "ʌ": "v", "ʍ": "w", "ʎ": "y",
    }  # fmt: skip
    table.update(extra)
    for start in (0x1F130, 0x1F150, 0x1F170, 0x1F1E6):
        for index in range(26):
            table[chr(start + index)] = chr(ord("a") + index)
    return dict(sorted(table.items()))


def _sound(words: Iterable[str]) -> dict[str, str]:
    from pypinyin import Style, pinyin

    def syllable(character: str) -> str:
        return str(pinyin(character, style=Style.NORMAL)[0][0])

    wanted = {
        syllable(character) for word in words for character in word if "\u4e00" <= character <= "\u9fff"
    }
    groups: dict[str, list[str]] = defaultdict(list)
    for code in range(0x4E00, 0x9FA6):
        character = chr(code)
        try:
            character.encode("gb2312")
        except UnicodeEncodeError:
            continue
        key = syllable(character)
        if key in wanted:
            groups[key].append(character)
    table = {}
    for members in groups.values():
        for character in members[1:]:
            table[character] = members[0]
    return table


def paired(table: Mapping[str, str]) -> list[str]:
    """A table of single characters as two texts of one length: read many times faster than a mapping."""
    return ["".join(table), "".join(table.values())]


def write(path: Path, content: object) -> None:
    """One JSON file, the same bytes for the same content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    path.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Write `tables.json` (patterns are folded with it), then the index and the entries."""
    folding = {"latin": paired(_latin()), "simplified": paired(_simplified())}
    write(TABLES, {**folding, "sound": ["", ""]})
    tables.cache_clear()
    document = compile_folder(FOLDER)
    words = sorted({word for entry in document["entries"] for word in entry.get("sound", ())})
    write(TABLES, {**folding, "sound": paired(_sound(words))})
    tables.cache_clear()
    sound_table.cache_clear()
    head, lines = packed(document)
    write(COMPILED, head)
    ENTRIES.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
