"""How much of a disguise is read through, trick by trick: `python bench/tricks.py [--misses]`.

Each trick is done to the insults that violations of the tuned half are found by: in their own sentence, and alone in a
polite one that says nothing else. Found: an error, a review, or a finding about the trick itself.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import defaultdict
from collections.abc import Callable

from fairnotice.lint.wording.acrostic import acrostics
from fairnotice.lint.wording.disguise import _EMOJI, _SPLIT, sound_table
from fairnotice.lint.wording.engine import judge
from fairnotice.lint.wording.judgement import sentences_of, severity_of
from fairnotice.lint.wording.lexicon import load_lexicon
from fairnotice.lint.wording.normalise import is_han, tables
from wording import FOLDER, cases, interval

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LOOKALIKES = str.maketrans("aceopxyi", "асеорхуі")
_SMALL = str.maketrans(_LETTERS, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ")
_LEET = str.maketrans("aeiost", "4310$7")
_BOLD = {ord(letter): chr(0x1D41A + place) for place, letter in enumerate(_LETTERS)}
_CIRCLED = {ord(letter): chr(0x24D0 + place) for place, letter in enumerate(_LETTERS)}
_FLAGS = {ord(letter): chr(0x1F1E6 + place) for place, letter in enumerate(_LETTERS)}
_RADICALS = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2F00, 0x2FD6)}


def _between(mark: str) -> Callable[[str], str]:
    return lambda word: mark.join(word)


def _spaced(word: str) -> str:
    """Blanks between the letters of each word, wider ones between words."""
    return "  ".join(" ".join(part) for part in word.split(" ")) if word.isascii() else " ".join(word)


def _traditional() -> dict[int, str]:
    made: dict[int, str] = {}
    for source, target in tables()["simplified"].items():
        made.setdefault(ord(target), source)
    return made


def _alike_in_sound(word: str) -> str:
    """The first character that has one replaced by another of the same sound."""
    groups: dict[str, list[str]] = defaultdict(list)
    table = sound_table()
    for code, head in table.items():
        groups[head].append(chr(code))
    for place, character in enumerate(word):
        head = table.get(ord(character), character)
        others = [one for one in [head, *groups[head]] if one != character]
        if len(groups[head]) > 0 and others:
            return word[:place] + others[len(others) // 2] + word[place + 1 :]
    return word


def _replaced_by(table: dict[str, str]) -> Callable[[str], str]:
    """The first word of a table that is in the text, replaced."""

    def change(word: str) -> str:
        for written, shown in table.items():
            if shown in word:
                return word.replace(shown, written, 1)
        return word

    return change


def _masked(word: str) -> str:
    longest = max(word.split(), key=len)
    return (
        word.replace(longest, longest[0] + "*" * (len(longest) - 2) + longest[-1])
        if len(longest) > 3
        else word
    )


def _lengthened(word: str) -> str:
    for vowel in "aeiou":
        if vowel in word:
            return word.replace(vowel, vowel * 4, 1)
    return word


TRICKS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("1 zero-width characters", "all", _between("\u200b")),
    ("1 word joiners", "all", _between("\u2060")),
    ("2 variation selectors", "all", _between("\ufe00")),
    ("2 tag characters", "all", _between("\U000e0061")),
    ("2 soft hyphens", "all", _between("\u00ad")),
    ("3 blank-looking letters", "all", _between("\u3164")),
    ("4 reversed by a control", "all", lambda word: f"\u202e{word[::-1]}\u202c"),
    ("5 full-width letters", "latin", lambda word: "".join(chr(ord(one) + 0xFEE0) if one != " " else " " for one in word)),
    ("6 mathematical letters", "latin", lambda word: word.lower().translate(_BOLD)),
    ("6 circled letters", "latin", lambda word: word.lower().translate(_CIRCLED)),
    ("6 small capitals", "latin", lambda word: word.lower().translate(_SMALL)),
    ("6 regional indicators", "latin", lambda word: word.lower().translate(_FLAGS)),
    ("7 look-alike alphabets", "latin", lambda word: word.translate(_LOOKALIKES)),
    ("8 combining marks", "all", _between("\u0336")),
    ("9 radicals", "han", lambda word: "".join(_RADICALS.get(one, one) for one in word)),
    ("10 traditional characters", "han", lambda word: word.translate(_traditional())),
    ("11 blanks between characters", "han", _between(" ")),
    ("11 one character a line", "han", _between("\n")),
    ("12 noise signs", "han", _between("*")),
    ("12 Latin filler", "han", lambda word: word[0] + "x" + word[1:]),
    ("13 repeated characters", "han", lambda word: word[0] * 2 + word[1:]),
    ("13 lengthened words", "latin", _lengthened),
    ("14 same sound", "han", _alike_in_sound),
    ("17 split characters", "han", _replaced_by({key: shown for key, shown in _SPLIT.items() if len(shown) == 1})),
    ("18 emoji", "han", _replaced_by({key: shown for key, shown in _EMOJI.items()})),
    ("20 leet letters", "latin", lambda word: word.lower().translate(_LEET)),
    ("20 stars", "latin", _masked),
    ("20 spaced letters", "latin", _spaced),
    ("21 character references", "all", lambda word: "".join(f"&#x{ord(one):x};" for one in word)),
    ("22 percent codes", "han", lambda word: "".join(f"%{byte:02X}" for byte in word.encode())),
    ("23 inline markup", "all", lambda word: f"{word[0]}<b></b>{word[1:]}"),
)  # fmt: skip


CARRIERS = {"han": "您好，{}，谢谢您的配合。", "latin": "Hello, {}, and thank you for your reply."}


def main() -> None:
    """Print one line a trick."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--misses", action="store_true", help="Print the disguised sentences that pass.")
    misses = parser.parse_args().misses
    lexicon = load_lexicon()
    plain: dict[str, list[tuple[str, str]]] = {"han": [], "latin": []}
    for path in sorted(FOLDER.glob("wording.*.yaml")):
        for category, harmful, text in cases(path.name.split(".")[1], "tune"):
            if not harmful or category == "disguised":
                continue
            for piece in sentences_of(text):
                for hit in judge(piece, lexicon)[:1]:
                    word = piece[hit.start : hit.end]
                    script = "han" if all(map(is_han, word)) else "latin" if word.isascii() else ""
                    if (
                        hit.severity == "error"
                        and script
                        and len(word) > 1
                        and hit.entry.code in ("T106", "T107")
                    ):
                        plain[script].append((piece, word))
    for name, kind, trick in TRICKS:
        for script in ("han", "latin") if kind == "all" else (kind,):
            changed = [(piece, word, trick(word)) for piece, word in plain[script] if trick(word) != word]
            own = [piece.replace(word, hidden) for piece, word, hidden in changed]
            open_ = [one for one in changed if severity_of(CARRIERS[script].format(one[1]), lexicon)]
            alone = [CARRIERS[script].format(hidden) for _, _, hidden in open_]
            shares = []
            for texts in (own, alone):
                passed = [text for text in texts if not severity_of(text, lexicon)]
                shares.append(interval(len(texts) - len(passed), len(texts)))
                for text in passed if misses else ():
                    print("   ", text.replace("\n", "⏎"))
            print(f"{name:30} {script:6} {shares[0]:32} alone {shares[1]}")
    lines = [word for script in plain.values() for _, word in script if " " not in word and len(word) < 9]
    spelt = [word for word in lines if len(word) > 4 or is_han(word[0])]
    found = [word for word in spelt if list(acrostics(list(word), lexicon))]
    print(f"{'32 first characters of lines':30} {'all':6} {interval(len(found), len(spelt))}")
    print(
        "Tricks 15, 16, 19, 30 and 31 are entries of the lexicons; 24–29 need templates: see tests/flow, tests/lint."
    )


if __name__ == "__main__":
    main()
