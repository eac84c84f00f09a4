"""What characters and each two of them tell of a disguise: cheap signs that a reading of `disguise.py` is worth its while."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from .compiled import native
from .normalise import is_han, sound_table
from .tokens import Tokens

TWICE, SPLIT_UP, HEARD, PICTURE, LETTER, AHEAD, BEHIND, STOPPED = 1, 2, 4, 8, 16, 32, 64, 128
"""An ideograph twice; parts of one; a word by its sound; an emoji; a letter, a sign before and behind ideographs; stops."""

DOUBLED = "谢常天看刚慢往仅每人家妈爸哥姐弟妹奶爷叔太宝渐好明偏等想试问说谈听聊查个多早一星轻稍"
"""Characters of which ordinary words are made by saying them twice."""
UNITS = "年月日号天期元块角分时点周个次位笔条件岁折层楼级万千百倍成度户名份张页项章款"
"""A digit before one of these counts or dates something."""
NOISE = " *#@$^&~_-./|\\+=·•●★☆×x<>`\u3000\t\n"
STOPS = "、,，。.!！?？'\""
_NEAR_STOPS = re.compile(rf"[{STOPS}][^\x00-\x7f][{STOPS}]")
_MOST_KNOWN = 200_000

EMOJI = {
    "🐷": "猪", "🐖": "猪", "🐽": "猪", "🐶": "狗", "🐕": "狗", "🔪": "刀", "🗡": "刀", "💀": "死", "☠": "死", "⚰": "死", "🪦": "死",
    "👊": "打", "🤜": "打", "🔫": "枪", "👮": "警察", "🚔": "警车", "🚓": "警车", "💩": "屎", "🖕": "操", "🐢": "龟", "🐔": "鸡",
    "🏠": "家", "👪": "家人", "👴": "老", "🩸": "血", "💣": "炸", "🔨": "砸", "⚖": "法院", "👀": "盯着", "🦵": "腿", "✋": "手",
    "🚪": "门", "📱": "电话", "👩": "妈", "👨": "爸", "👶": "孩子", "🧒": "孩子", "👧": "孩子", "👦": "孩子", "🏫": "学校", "🤡": "小丑", "🐍": "蛇", "🐀": "鼠", "💊": "药",
}  # fmt: skip
SPLIT = {
    "女又": "奴", "犭者": "猪", "犭句": "狗", "歹匕": "死", "宀牛": "牢", "扌爪": "抓", "马扁": "骗", "扌丁": "打", "乂木": "杀", "敬言": "警",
    "束负": "赖", "贝戋": "贱", "氵去": "法", "讠斥": "诉", "石欠": "砍", "女表": "婊", "女马": "妈", "口马": "骂", "扌喿": "操",
    "贝戎": "贼", "扌句": "拘", "开刂": "刑", "亻崔": "催", "亻责": "债", "言斥": "诉", "氵衮": "滚", "亻言": "信", "尸穴": "屄", "亻尔": "你",
    "尸吊": "屌", "尸从": "怂", "氵昆": "混", "虫春": "蠢", "木又": "权", "弓虽": "强", "扌非": "排", "女昌": "娼", "女支": "妓", "广龙": "庞", "犬良": "狼", "扌斤": "折", "月土": "肚", "讠正": "证",
    "口阿": "啊", "月退": "腿", "扌斩": "折", "讠乍": "诈", "钅戋": "钱", "贝尝": "赔", "目丁": "盯", "疒丙": "病", "足艮": "跟", "木娄": "楼", "氵皮": "波", "扌立": "拉", "阝完": "院", "扌石": "拓", "艹早": "草",
    "石匝": "砸", "扌甫": "捕", "半刂": "判", "耳止": "耻", "歹戋": "残", "扌斯": "撕", "扌奏": "揍", "扌甬": "捅", "纟邦": "绑", "疒风": "疯",
    "月佥": "脸", "自犬": "臭", "玄田": "畜", "疋虫": "蛋", "月凶": "脑", "火尧": "烧", "火乍": "炸", "火暴": "爆", "足危": "跪", "足包": "跑", "身朵": "躲",
    "辶兆": "逃", "辶自": "追", "土者": "堵", "亻叟": "傻", "穴九": "究", "亻门": "们", "亻也": "他", "女也": "她", "女且": "姐", "女未": "妹", "亻主": "住",
    "犭良": "狼", "犭苗": "猫", "虫它": "蛇", "鬼云": "魂", "言午": "许", "讠上": "让", "讠射": "谢", "贝化": "货", "贝才": "财", "贝佥": "险", "口乞": "吃",
    "口乎": "呼", "口喿": "噪", "忄白": "怕", "忄不": "怀", "忄艮": "恨", "心刃": "忍", "酉丑": "丑", "鬼斗": "魁", "刂害": "割", "金戋": "钱", "扌巴": "把", "扌欠": "扻",
}  # fmt: skip


class Teller:
    """What texts tell, each character and pair of them asked about once.

    `sounds`: words that are looked for by sound, and their entries, by the sounds of their first two characters.
    """

    def __init__(self, sounds: Mapping[str, str]):
        self._sounds = sounds
        self._silent: set[str] = set()
        self._known: dict[str, int] = {}

    def told(self, text: Tokens) -> int:
        """All that a text tells."""
        pieces: AbstractSet[str] = text.characters
        stopped = STOPPED if _NEAR_STOPS.search(text.text) else 0
        silent = self._silent
        if silent.issuperset(pieces):
            return stopped
        found = 0
        for piece in pieces - silent:
            tells = self._known.get(piece)
            if tells is None:
                tells = self._telling(piece)
                if tells:
                    self._known[piece] = tells
                else:
                    silent.add(piece)
            found |= tells
        if len(silent) + len(self._known) > _MOST_KNOWN:
            silent.clear()
            self._known.clear()
        return found | stopped

    def _telling(self, piece: str) -> int:
        """What one character, or two that stand together, may tell; 0 for nearly all."""
        if piece in EMOJI:
            return PICTURE
        if len(piece) != 2 or piece.isascii():
            return 0
        first, second = piece[0], piece[1]
        if is_han(first) and is_han(second):
            twice = first == second and first not in DOUBLED
            heard = piece.translate(sound_table()) in self._sounds
            return TWICE * twice | SPLIT_UP * (piece in SPLIT) | HEARD * heard
        if not is_han(first) and not is_han(second):
            return 0
        other = second if is_han(first) else first
        if other in NOISE or other.isspace():
            sign = BEHIND if is_han(first) else AHEAD
            return sign | (LETTER if other.isalnum() else 0)
        return LETTER if other.isascii() and other.isalnum() else 0


def made_teller(sounds: Mapping[str, str]) -> Teller:
    """A teller, the fastest way."""
    if native is None:
        return Teller(sounds)
    table = sound_table()
    words = [line.partition(" ")[0] for lines in sounds.values() for line in lines.splitlines()]
    return native.Teller(
        "".join(EMOJI),
        DOUBLED,
        NOISE,
        UNITS,
        STOPS,
        list(SPLIT),
        "".join(map(chr, table)),
        "".join(table.values()),
        words,
    )
