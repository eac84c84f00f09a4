"""From YAML files to the lexicon: entries checked, patterns compiled, indexed by the words they need."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path
from typing import Any

from ...flow.record import record
from ...flow.strict_yaml import YamlError, load_located
from .anchors import KINDS, anchors_of, kind_of, usual_keys
from .lexicon import FOLDER, LANGUAGES, Lexicon
from .normalise import fold, is_han, sound_table
from .patterns import (
    Compiled,
    PatternError,
    choices,
    compile_pattern,
    compile_sets,
    expanded,
    named,
    script_of,
    wants,
)

SEVERITIES = ("error", "review", "cue")
"""A cue counts only where the whole sentence sounds the same: a word of a category, lawful in most sentences."""
_FILE_KEYS = frozenset(
    {"code", "category", "language", "why", "suggest", "sets", "entries", "allow", "misses"}
)
_ENTRY_KEYS = frozenset(
    {"pattern", "frame", "order", "window", "severity", "why", "unless", "unless_fact", "negation", "border", "sure", "hits", "misses"}
)  # fmt: skip
MAX_OPTIONS = 6
# Words of these categories are also looked for by sound: elsewhere a like sound is chance.
_SOUNDED = frozenset(
    {"violence", "arrest", "impersonation", "exposure", "insult", "profanity", "legal-process"}
)
_SOUNDS_ORDINARY = frozenset([
    "纸钱", "执尸", "乞衣", "做人", "执行", "屋企", "活着", "入狱", "唔想", "刑期", "同事", "世界", "府上", "刑法", "似人",
    "刑事", "悠着", "政府", "贱到", "好事", "睇实", "执法", "监狱", "自由", "武的", "蓄意", "遗照", "郁手", "倒屎", "法院已",
    "入刑", "我庭", "唔知", "拘留", "寿衣", "报案", "捅你", "教你", "你屋", "活该", "不保", "冻结", "律师", "监管", "上级",
    "实输", "石壁", "良心", "契弟", "通缉", "电话簿", "警官", "经理", "鸡头", "刑拘", "行拘", "清欠", "职员", "留神", "行长",
    "欠到", "回家", "度门", "治安", "应该", "小心", "自首", "个心", "逮你", "拘役", "逮捕", "狱友", "撬门", "拘捕", "智商",
    "保释", "死鸡", "淋屎", "注意", "家中", "溪钱", "为人", "人行", "立案", "里面", "前科", "逮人", "道上", "丑事", "手段",
    "好彩", "抵你", "像你", "想必", "街坊", "手腕", "量刑", "争钱", "公司", "枉为", "律师行",
])  # fmt: skip
"""Words that sound like what is said every day: nothing would be told by their sound."""
_MASKABLE = frozenset({"profanity", "insult"})


_Table = dict[str, dict[str, tuple[list[int], list[int]]]]
"""For each kind and key, the entries that need it in their first group of words, and in their second."""


class LexiconError(YamlError):
    """A lexicon file that cannot be used; names the file, the line and the entry."""


def lexicon_of(document: Mapping[str, Any]) -> Lexicon:
    """Entries that `compile_folder` made, behind their index."""
    head, body = packed(document)
    return Lexicon(head, lambda: body)


def packed(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What `compile_folder` made as (index, lines): the shared lines, then one for each entry."""
    # Cues are asked for seldom, and are made of words that are met often: they have an index of their own.
    tables: tuple[_Table, _Table] = _table(), _table()
    single, lines = [], []
    # By the first two syllables, so that a text which sounds like none of them costs one intersection.
    sound: dict[str, list[str]] = defaultdict(list)
    sounds = sound_table()
    for number, entry in enumerate(document["entries"]):
        for group, anchors in enumerate(entry["anchors"]):
            for anchor in anchors:
                kind, key = kind_of(anchor)
                marks = tables[entry.get("severity") == "cue"][kind][key][group]
                if number not in marks:
                    marks.append(number)
        if len(entry["anchors"]) == 1:
            single.append(number)
        for word in entry.get("sound", ()):
            sound[word.translate(sounds)[:2]].append(f"{word} {number}")
        lines.append(_json({key: value for key, value in entry.items() if key not in ("sound", "anchors")}))
    head = {key: document[key] for key in ("digest", "allow")}
    shared = {key: document[key] for key in ("vocabulary", "masked")}
    # A text is matched by few languages' entries: each language's word sets are a line of their own.
    sets = [{key: document[key][language] for key in ("sets", "wants")} for language in LANGUAGES]
    lines = [_json(document["files"]), _json(shared), _json(_flat(tables[1])), *map(_json, sets), *lines]
    starts = list(accumulate((len(line.encode()) + 1 for line in lines), initial=0))
    head["index"] = _flat(tables[0])
    head["single"] = " ".join(map(str, single))
    return {**head, "sound": {key: "\n".join(words) for key, words in sound.items()}, "starts": starts}, lines


def _table() -> _Table:
    return {kind: defaultdict(lambda: ([], [])) for kind in KINDS}


def _flat(table: _Table) -> dict[str, list[str]]:
    """Two long texts a kind: read several times faster than a mapping of as many small ones."""
    return {
        kind: [
            "\n".join(keys),
            "\n".join("/".join(" ".join(map(str, marks)) for marks in groups) for groups in keys.values()),
        ]
        for kind, keys in table.items()
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def extended(folder: Path) -> Lexicon:
    """The shipped entries and a repository's own; raises `LexiconError`."""
    return lexicon_of(compile_folder(FOLDER, folder))


# -- reading the files -----------------------------------------------------------------------------------


@record()
class Example:
    """A sentence of an entry: it must hit (or must not) the entry at `place`."""

    text: str
    place: str
    code: str
    hits: bool


def compile_folder(*folders: Path) -> dict[str, Any]:
    """Entries, allow phrases and digest of folders of YAML files; raises `LexiconError`.

    The first folder is the shipped one; entries of the others are a repository's own.
    """
    loaded = [one for folder in folders for one in _files(folder)]
    shared: dict[str, dict[str, list[str]]] = {language: {} for language in LANGUAGES}
    for path, located in loaded:
        document = located.value
        language = document["language"]
        for name, words in (document.get("sets") or {}).items():
            if name in shared[language]:
                raise LexiconError(
                    f"the word set '{name}' stands twice", str(path), located.lines.get(("sets", name), 0)
                )
            shared[language][name] = [fold(str(word)) for word in words]
    # Cantonese files may use the sets of written Chinese.
    shared["yue"] = {**shared["zh"], **shared["yue"]}
    used = {language: compile_sets(language, sets) for language, sets in shared.items()}
    entries: list[dict[str, Any]] = []
    allow: list[str] = []
    masked: set[str] = set()
    wanted = {
        language: {
            name: "|".join(wants(word, script_of(language)) for word in words) for name, words in sets.items()
        }
        for language, sets in shared.items()
    }
    common = usual_keys(example.text for example in _examples_in(loaded) if not example.hits)
    for path, located in loaded:
        document = located.value
        for number, phrase in enumerate(document.get("allow") or ()):
            line = located.lines.get(("allow", number), 0)
            if not isinstance(phrase, dict) or not phrase.get("phrase") or not phrase.get("owner"):
                raise LexiconError("an allow phrase needs 'phrase' and 'owner'", str(path), line)
            made = _compiled(str(phrase["phrase"]), document["language"], shared, str(path), line)
            allow.append(expanded(made.regex, used[document["language"]]))
        for number, entry in enumerate(document.get("entries") or ()):
            line = located.lines.get(("entries", number), 0)
            for part in _split(entry, document["language"]):
                record = _record(part, document, shared, path, line)
                record["anchors"] = anchors_of(
                    record["needs"], wanted[record["language"]], common, script_of(record["language"])
                )
                if path.parent != folders[0]:
                    record["own"] = True
                if not record["anchors"]:
                    raise LexiconError(
                        "the pattern needs a word that stands in every text it matches", str(path), line
                    )
                entries.append(record)
                if document["category"] in _MASKABLE:
                    masked.update(record.get("words", ()))
    digest = hashlib.sha256()
    for path, _ in loaded:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    files = {
        path.name: {key: located.value.get(key) or {} for key in ("code", "category", "why", "suggest")}
        for path, located in loaded
        if located.value.get("entries")
    }
    compiled: dict[str, Any] = {
        "files": files,
        "entries": entries,
        "allow": allow,
        "sets": {language: _spoken_of(sets, entries) for language, sets in used.items()},
        "wants": wanted,
    }
    compiled["vocabulary"] = sorted({word for entry in entries for word in entry.pop("words", ())} | masked)
    return {**compiled, "masked": sorted(masked), "digest": digest.hexdigest()}


def _spoken_of(sets: Mapping[str, str], entries: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The word sets that entries name, and those named in these."""
    found: dict[str, str] = {}
    left = [
        name
        for entry in entries
        for part in (*entry["parts"], *entry.get("unless", ()))
        for name in named(part)
    ]
    while left:
        name = left.pop()
        if name in sets and name not in found:
            found[name] = sets[name]
            left += named(sets[name])
    return found


def examples(folder: Path) -> Iterator[Example]:
    """Every sentence of every entry of a folder."""
    return _examples_in(_files(folder))


def _examples_in(files: Iterable[tuple[Path, Any]]) -> Iterator[Example]:
    for path, located in files:
        for number, entry in enumerate(located.value.get("entries") or ()):
            if not isinstance(entry, dict):
                continue
            place = f"{path.name}:{located.lines.get(('entries', number), 0)}"
            # A cue stands in lawful sentences too; whether it counts there is the tone's to say.
            shared = () if entry.get("severity") == "cue" else located.value.get("misses") or ()
            own = entry.get("misses") or ()
            for hits, texts in ((True, entry.get("hits") or ()), (False, (*own, *shared))):
                for text in texts:
                    yield Example(str(text), place, located.value["code"], hits)


def _files(folder: Path) -> Iterable[tuple[Path, Any]]:
    for path in sorted(folder.glob("*.yaml")):
        try:
            located = load_located(path.read_text(encoding="utf-8"), str(path))
        except YamlError as error:
            raise LexiconError(error.message, str(path), error.line) from None
        except (OSError, UnicodeDecodeError) as error:
            raise LexiconError(f"cannot be read ({type(error).__name__})", str(path)) from None
        document = located.value
        if not isinstance(document, dict) or document.get("language") not in LANGUAGES:
            raise LexiconError(f"needs 'language', one of {', '.join(LANGUAGES)}", str(path))
        for key in document:
            if key not in _FILE_KEYS:
                raise LexiconError(f"unknown key '{key}'", str(path), located.lines.get((key,), 0))
        if document.get("entries") and not (
            document.get("code") and document.get("category") and document.get("why")
        ):
            raise LexiconError("needs 'code', 'category' and 'why'", str(path))
        yield path, located


def _split(entry: Any, language: str) -> list[Any]:
    """An entry as several where its pattern is one long choice, so that a text compiles few of its alternatives."""
    pattern = entry.get("pattern") if isinstance(entry, dict) else None
    options = choices(str(pattern)) if pattern and script_of(language) == "latin" else []
    if len(options) <= MAX_OPTIONS:
        return [entry]
    pieces = [options[start : start + MAX_OPTIONS] for start in range(0, len(options), MAX_OPTIONS)]
    return [{**entry, "pattern": f"({'|'.join(piece)})"} for piece in pieces]


def _record(
    entry: Any,
    document: Mapping[str, Any],
    shared: Mapping[str, Mapping[str, list[str]]],
    path: Path,
    line: int,
) -> dict[str, Any]:
    language = document["language"]
    where = (str(path), line)
    if not isinstance(entry, dict):
        raise LexiconError("an entry must be a mapping", *where)
    for key in entry:
        if key not in _ENTRY_KEYS:
            raise LexiconError(f"unknown key '{key}' in an entry", *where)
    silent = entry.get("misses") or document.get("misses") or entry.get("severity") == "cue"
    if not entry.get("hits") or not silent:
        raise LexiconError("an entry needs sentences that must hit and sentences that must not", *where)
    if ("pattern" in entry) == ("frame" in entry):
        raise LexiconError("an entry needs either a pattern or a frame", *where)
    severity = entry.get("severity", "error")
    if severity not in SEVERITIES:
        raise LexiconError(f"severity must be one of {', '.join(SEVERITIES)}", *where)
    record: dict[str, Any] = {
        "language": language,
        "place": f"{path.name}:{line}",
    }
    if severity != "error":
        record["severity"] = severity
    if entry.get("why"):
        record["why"] = entry["why"]
    for key, usual in (("negation", True), ("border", True), ("sure", False), ("unless_fact", None)):
        if entry.get(key, usual) != usual:
            record[key] = entry[key]
    if "pattern" in entry:
        compiled = _compiled(str(entry["pattern"]), language, shared, *where)
        record["parts"] = [compiled.regex]
        needs = compiled.needs
        text = str(entry["pattern"])
    else:
        slots = [[str(word) for word in words] for words in entry["frame"].values()]
        made = [_compiled("(" + "|".join(words) + ")", language, shared, *where) for words in slots]
        record["parts"] = [one.regex for one in made]
        needs = tuple(group for one in made for group in one.needs)
        record["ordered"] = entry.get("order") == "listed"
        record["window"] = int(entry.get("window", 14 if script_of(language) == "han" else 8))
        text = " ".join(word for words in slots for word in words)
    record["needs"] = ["|".join(group) for group in sorted(needs, key=len)]
    if entry.get("unless"):
        record["unless"] = [_compiled(str(one), language, shared, *where).regex for one in entry["unless"]]
    if severity == "cue":
        # An ordinary word is no sign of a disguise.
        return record
    if script_of(language) == "latin":
        words = sorted({word for word in re.findall(r"[a-z]{3,}", fold(text)) if word not in _PLAIN})
        record["words"] = words
    elif "pattern" in entry and document["category"] in _SOUNDED:
        heard = [alternative.split() for alternative in needs[0]]
        if all(len(pieces[0]) >= 2 and is_han(pieces[0][0]) for pieces in heard):
            record["sound"] = sorted({pieces[0] for pieces in heard} - _SOUNDS_ORDINARY)
    return record


_PLAIN = frozenset(
    [
        "you",
        "your",
        "yours",
        "the",
        "and",
        "for",
        "with",
        "from",
        "have",
        "has",
        "had",
        "will",
        "would",
        "this",
        "that",
        "them",
        "they",
        "not",
        "are",
        "was",
        "were",
        "been",
        "our",
        "ours",
        "can",
        "all",
        "any",
        "who",
        "what",
        "when",
        "how",
        "out",
    ]
)


def _compiled(
    pattern: str, language: str, shared: Mapping[str, Mapping[str, list[str]]], path: str, line: int
) -> Compiled:
    try:
        return compile_pattern(fold(pattern), language, shared[language])
    except PatternError as error:
        raise LexiconError(f"the pattern '{pattern[:60]}' {error}", path, line) from None
