"""Decoded readings: what a text says once noise, number letters, masks, sounds, emoji and split characters are read
through. They are guesses, so their hits ask for review; a word is decoded only into one that the lexicon knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import TYPE_CHECKING

from .normalise import HAN, Reading, is_han, tables
from .tokens import Tokens, tokens

if TYPE_CHECKING:
    from .lexicon import Lexicon

_NOISE = rf"(?<=[{HAN}])[\s*#@$^&~_\-./|\\+=·•●★☆×xX<>`\u3000]{{1,2}}(?=[{HAN}])"
_STOPS = rf"(?<![{HAN}])(?:[{HAN}][、,，。.!！?？'\"]){{2,}}[{HAN}](?![{HAN}])"
# A digit before one of these counts or dates something.
_UNITS = "年月日号天期元块角分时点周个次位笔条件岁折层楼级万千百倍成度户名份张页项章款"
_LATIN_IN_HAN = rf"(?<=[{HAN}])(?:[a-z]|[0-9](?![{_UNITS}]))(?=[{HAN}])"
_DOUBLED = "谢常天看刚慢往仅每人家妈爸哥姐弟妹奶爷叔太宝渐好明偏等想试问说谈听聊查个多早一星轻稍"
"""Characters of which ordinary words are made by saying them twice."""
# Only asked of texts in which an ideograph stands twice; a range of them would take long to compile.
_REPEATS = rf"(?![{_DOUBLED}])([^\x00-\x7f])\1+"
_LEET = r"(?<![\w@.$/])(?!\S+@[\w-]+\.[a-z])(?=[^\s]*[a-z])(?=[^\s]*[0-9@$!|+€£¡*#])[a-z0-9@$!|+€£¡*#]{3,}(?![\w@/])"
_SPACED = r"(?<![a-z0-9])[a-z0-9@$!](?:[ \t.\-_*·/\\|]{1,2}[a-z0-9@$!*](?![a-z0-9])){2,}"
_LONG = r"(?<![a-z])[a-z]*([a-z])\1{2,}[a-z]*(?![a-z])"
_NOISE_SIGNS = frozenset(" *#@$^&~_-./|\\+=·•●★☆×x<>`\u3000\t\n")
_NEAR_STOPS = re.compile(r"[、,，。.!！?？'\"][^\x00-\x7f][、,，。.!！?？'\"]")
_NEAR_LETTERS = re.compile(
    r"[a-z](?:[|+€£¡*#]|@(?![\w-]+\.[a-z])|\$(?!\d)|!(?=[a-z0-9]))|[$!|+€£¡*#][a-z]|(?<![\w.])@[a-z]"
)
_SINGLES = bytes((1, 1, 1))
_BLANKS = re.compile(r"[ \t.\-_*·/\\|]+")
_WIDE_BLANK = re.compile(r"[ \t]{2,}")
_BROKEN = re.compile(r"(?<![a-z])[a-z]+\n[a-z]+(?![a-z])")
_LONGEST = 14
"""Letters of a word that is looked for among letters that stand apart."""
_TRIPLE = re.compile(r"([a-z])\1\1")
_DIGITS: Mapping[int, str] = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s", "!": "i", "|": "l", "+": "t", "€": "e", "£": "l", "¡": "i"}
)  # fmt: skip
_EMOJI = {
    "🐷": "猪", "🐖": "猪", "🐽": "猪", "🐶": "狗", "🐕": "狗", "🔪": "刀", "🗡": "刀", "💀": "死", "☠": "死", "⚰": "死", "🪦": "死",
    "👊": "打", "🤜": "打", "🔫": "枪", "👮": "警察", "🚔": "警车", "🚓": "警车", "💩": "屎", "🖕": "操", "🐢": "龟", "🐔": "鸡",
    "🏠": "家", "👪": "家人", "👴": "老", "🩸": "血", "💣": "炸", "🔨": "砸", "⚖": "法院", "👀": "盯着", "🦵": "腿", "✋": "手",
    "🚪": "门", "📱": "电话", "👩": "妈", "👨": "爸", "👶": "孩子", "🧒": "孩子", "👧": "孩子", "👦": "孩子", "🏫": "学校", "🤡": "小丑", "🐍": "蛇", "🐀": "鼠", "💊": "药",
}  # fmt: skip
_PICTURES = frozenset(key for key in _EMOJI if len(key) == 1)
_EMOJI_PATTERN = "[" + "".join(key for key in _EMOJI if len(key) == 1) + "]"
_SPLIT = {
    "女又": "奴", "犭者": "猪", "犭句": "狗", "歹匕": "死", "宀牛": "牢", "扌爪": "抓", "马扁": "骗", "扌丁": "打", "乂木": "杀", "敬言": "警",
    "束负": "赖", "贝戋": "贱", "氵去": "法", "讠斥": "诉", "石欠": "砍", "广发": "废", "女表": "婊", "女马": "妈", "口马": "骂", "扌喿": "操",
    "贝戎": "贼", "扌句": "拘", "开刂": "刑", "亻崔": "催", "亻责": "债", "言斥": "诉", "氵衮": "滚", "亻言": "信", "尸穴": "屄", "亻尔": "你",
    "尸吊": "屌", "尸从": "怂", "氵昆": "混", "虫春": "蠢", "女子": "好", "木又": "权", "弓虽": "强", "扌非": "排", "女昌": "娼", "女支": "妓", "广龙": "庞", "犬良": "狼", "扌斤": "折", "月土": "肚", "讠正": "证",
    "口阿": "啊", "月退": "腿", "扌斩": "折", "讠乍": "诈", "钅戋": "钱", "贝尝": "赔", "目丁": "盯", "疒丙": "病", "足艮": "跟", "木娄": "楼", "氵皮": "波", "扌立": "拉", "阝完": "院", "公安局": "公安局", "警祭": "警察", "扌石": "拓", "门口": "问", "艹早": "草",
    "石匝": "砸", "扌甫": "捕", "半刂": "判", "耳止": "耻", "歹戋": "残", "扌斯": "撕", "扌奏": "揍", "扌甬": "捅", "纟邦": "绑", "疒风": "疯",
    "月佥": "脸", "自犬": "臭", "玄田": "畜", "疋虫": "蛋", "月凶": "脑", "火尧": "烧", "火乍": "炸", "火暴": "爆", "足危": "跪", "足包": "跑", "身朵": "躲",
    "辶兆": "逃", "辶自": "追", "土者": "堵", "亻叟": "傻", "穴九": "究", "亻门": "们", "亻也": "他", "女也": "她", "女且": "姐", "女未": "妹", "亻主": "住",
    "犭良": "狼", "犭苗": "猫", "虫它": "蛇", "鬼云": "魂", "言午": "许", "讠上": "让", "讠射": "谢", "贝化": "货", "贝才": "财", "贝佥": "险", "口乞": "吃",
    "口乎": "呼", "口喿": "噪", "忄白": "怕", "忄不": "怀", "忄艮": "恨", "心刃": "忍", "酉丑": "丑", "鬼斗": "魁", "刂害": "割", "金戋": "钱", "扌巴": "把", "扌欠": "扻",
}  # fmt: skip
_SPLIT_PATTERN = "|".join(
    key for key in _SPLIT if len(key) == 2 and key not in ("女子", "门口", "广发", "警祭")
)


_SPLIT_PAIRS = frozenset(_SPLIT_PATTERN.split("|"))


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a text first needs it: a clean file never does."""
    return re.compile(pattern)


_TWICE, _SPLIT_UP, _HEARD, _PICTURE, _LETTER, _AHEAD, _BEHIND = 1, 2, 4, 8, 16, 32, 64
"""What a character or two of them may tell of a disguise."""


def telling(piece: str, lexicon: Lexicon) -> int:
    """What one character, or two that stand together, may tell; 0 for nearly all."""
    if piece in _PICTURES:
        return _PICTURE
    if len(piece) != 2 or piece.isascii():
        return 0
    first, second = piece[0], piece[1]
    if first == second:
        return _TWICE if is_han(first) and first not in _DOUBLED else 0
    if is_han(first) and is_han(second):
        return (_SPLIT_UP if piece in _SPLIT_PAIRS else 0) | (_HEARD if lexicon.may_sound(piece) else 0)
    if not is_han(first) and not is_han(second):
        return 0
    other = second if is_han(first) else first
    if other in _NOISE_SIGNS:
        sign = _BEHIND if is_han(first) else _AHEAD
        return sign | (_LETTER if other.isalnum() else 0)
    return _LETTER if other.isascii() and other.isalnum() else 0


def readings(base: Reading, lexicon: Lexicon, parts: Tokens) -> Iterator[Reading]:
    """Other ways to read a base reading, whose tokens are `parts`; none for plain text."""
    text = base.text
    told = lexicon.told(parts.characters) if parts.wide else 0
    if parts.wide:
        # Patterns with ranges of Han are slow to compile, and most texts never need them.
        noisy = told & _AHEAD and told & _BEHIND and _compiled(_NOISE).search(text) is not None
        mixed = told & _LETTER and _compiled(_LATIN_IN_HAN).search(text) is not None
        if noisy:
            yield _cut(base, _NOISE, "noise")
        if mixed:
            yield _cut(base, _LATIN_IN_HAN, "noise")
        if _NEAR_STOPS.search(text) and _compiled(_STOPS).search(text):
            yield _replace(base, _STOPS, lambda found: _compiled(rf"[^{HAN}]").sub("", found), "noise")
        if told & _TWICE:
            yield _replace(base, _REPEATS, lambda found: found[0], "repeats")
        if told & _SPLIT_UP:
            yield _replace(base, _SPLIT_PATTERN, _SPLIT.__getitem__, "split characters")
        if told & _HEARD:
            yield from _heard(base, parts.characters, lexicon)
        if noisy or mixed:
            quiet = _cut(_cut(base, _NOISE, "noise"), _LATIN_IN_HAN, "noise")
            pairs = tokens(quiet.text).characters
            if lexicon.told(pairs) & _HEARD:
                yield from _heard(quiet, pairs, lexicon)
        if told & _PICTURE:
            yield _replace(base, _EMOJI_PATTERN, _EMOJI.__getitem__, "emoji")
    if (
        parts.words
        and not (told == 0 and all(map(str.isdigit, parts.words)) and parts.wide)
        and (latin := _latin(base, parts, lexicon))
    ):
        yield latin


_PLAIN_WORDS: set[str] = set()
"""Words met before that hide nothing: without digits between letters, without a letter three times."""
_MANY_WORDS = 100_000


def _latin(base: Reading, parts: Tokens, lexicon: Lexicon) -> Reading | None:
    text, words = base.text, parts.words
    # Said one by one: a loop over them takes longer.
    signs = (
        "@" in text or "$" in text or "!" in text or "*" in text or "#" in text or "|" in text or "+" in text
    )
    signs = (signs or parts.wide) and _NEAR_LETTERS.search(text) is not None
    odd = not _PLAIN_WORDS.issuperset(words) and not all(map(_is_plain_word, words))
    lengths = list(map(len, words))
    spaced = _SINGLES in bytes(lengths) if max(lengths) < 256 else min(lengths) == 1
    broken = "\n" in text and _BROKEN.search(text) is not None
    if not (signs or odd or spaced or broken):
        return None
    known = lexicon.words
    made = base
    if broken:
        made = _replace(
            made, _BROKEN.pattern, lambda found: _mended(found, lexicon.vocabulary, known), "letters"
        )
    for pattern, word in ((_SPACED, _apart), (_LEET, _word), (_LONG, _word)):
        if _compiled(pattern).search(made.text):
            made = _replace(
                made, pattern, lambda found, word=word: word(found, known, lexicon.masked), "letters"
            )
    return made if made is not base and made.text != base.text else None


def _is_plain_word(word: str) -> bool:
    if not (word.isalpha() or word.isdigit()) or _TRIPLE.search(word):
        return False
    if len(_PLAIN_WORDS) > _MANY_WORDS:
        _PLAIN_WORDS.clear()
    _PLAIN_WORDS.add(word)
    return True


def _mended(found: str, vocabulary: AbstractSet[str], known: AbstractSet[str]) -> str:
    """A word of the lexicon that is broken over two lines, unless both halves are words."""
    first, second = found.split("\n")
    return first + second if first + second in vocabulary and not {first, second} <= known else found


def _apart(found: str, vocabulary: AbstractSet[str], masked: Mapping[int, Collection[str]]) -> str:
    """The words of letters that stand apart; wider blanks between words are told from those inside them."""
    whole = _word(found, vocabulary, masked)
    if whole != found:
        return whole
    parts = _WIDE_BLANK.split(found)
    if len(parts) == 1:
        parts = _cut_up(_BLANKS.sub("", found).translate(_DIGITS), vocabulary)
    words = [_BLANKS.sub("", part).translate(_DIGITS) for part in parts]
    return " ".join(words) if words and all(word in vocabulary or len(word) < 3 for word in words) else found


def _cut_up(letters: str, vocabulary: AbstractSet[str]) -> list[str]:
    """Letters cut into the fewest known words; empty where they can't be."""
    best: list[list[str] | None] = [[]]
    for end in range(1, len(letters) + 1):
        found: list[str] | None = None
        for start in range(max(0, end - _LONGEST), end):
            before = best[start]
            word = letters[start:end]
            if before is None or not (word in vocabulary or word in ("a", "i", "u")):
                continue
            if found is None or len(before) + 1 < len(found):
                found = [*before, word]
        best.append(found)
    return best[-1] or []


def _word(found: str, vocabulary: AbstractSet[str], masked: Mapping[int, Collection[str]]) -> str:
    """The word of the lexicon that a written form stands for, else the form itself."""
    if found.isalpha() and found in vocabulary:
        return found
    joined = re.sub(r"[ \t.\-_·/\\|]", "", found)
    for form in (joined, joined.rstrip("!"), joined.rstrip("1!|+.")):
        for candidate in (
            form.translate(_DIGITS),
            form.replace("1", "l").replace("!", "l").translate(_DIGITS),
        ):
            word = _known(candidate, vocabulary)
            if word is not None:
                return word
    for form in (joined, joined.strip("*")):
        if "*" in form or "#" in form:
            word = _unmasked(form.replace("#", "*"), masked)
            if word is not None:
                return word
    return found


def _known(letters: str, vocabulary: AbstractSet[str]) -> str | None:
    letters = letters.replace("*", "")
    if not letters.isalpha():
        return None
    for form in _collapsed(letters):
        if form in vocabulary:
            return form
        for ending in ("s", "ed", "ing", "er", "es"):
            if form.endswith(ending) and len(form) - len(ending) >= 4 and form[: -len(ending)] in vocabulary:
                return form
        # Two words written as one: `youloser`.
        for cut in range(2, len(form) - 2):
            if form[:cut] in vocabulary and form[cut:] in vocabulary and len(form) - cut >= 4:
                return f"{form[:cut]} {form[cut:]}"
    return None


def _collapsed(letters: str) -> Iterator[str]:
    yield letters
    if re.search(r"(.)\1", letters):
        yield re.sub(r"(.)\1{2,}", r"\1\1", letters)
        yield re.sub(r"(.)\1{2,}", r"\1", letters)
        yield re.sub(r"(.)\1+", r"\1", letters)


def _unmasked(form: str, masked: Mapping[int, Collection[str]]) -> str | None:
    letters = form.translate(_DIGITS)
    if not form[0].isalpha() or not re.fullmatch(r"[a-z*]+", letters) or "*" not in letters:
        return None
    pattern = re.compile(letters.replace("*", "[a-z]"))
    return next((word for word in masked.get(len(letters), ()) if pattern.fullmatch(word)), None)


@lru_cache(maxsize=1)
def sound_table() -> Mapping[int, str]:
    """Characters to the one that stands for their syllable, for syllables that the lexicon's words use."""
    return {ord(character): key for character, key in tables()["sound"].items()}


def _heard(reading: Reading, pairs: AbstractSet[str], lexicon: Lexicon) -> Iterator[Reading]:
    """A reading as it is heard, where it sounds like a word of the lexicon that is not written in it."""
    heard = reading.text.translate(sound_table())
    if any(lexicon.sounding(reading.text, heard, pairs)):
        yield Reading(heard, reading.offsets, "sound", reading.text)


def _cut(base: Reading, pattern: str, stage: str) -> Reading:
    return _replace(base, pattern, lambda found: "", stage)


def _replace(base: Reading, pattern: str, replace: object, stage: str) -> Reading:
    assert callable(replace)
    pieces: list[str] = []
    places: list[int] = []
    offsets = base.offsets
    position = 0
    for match in _compiled(pattern).finditer(base.text):
        pieces.append(base.text[position : match.start()])
        places.extend(range(position, match.start()))
        made = replace(match.group())
        pieces.append(made)
        # The first character stands at the start of the written form, the last at its end.
        places.extend(
            match.start() if index < len(made) - 1 else match.end() - 1 for index in range(len(made))
        )
        position = match.end()
    pieces.append(base.text[position:])
    places.extend(range(position, len(base.text)))
    mapped = tuple(places if offsets is None else (offsets[index] for index in places))
    return Reading("".join(pieces), mapped, stage)
