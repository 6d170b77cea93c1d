"""A name in two spellings: what two providers write alike, what may be the same, and what a file can hold."""

from __future__ import annotations

import unicodedata
from enum import IntEnum

#: Forms of one character, the one of Taiwan's standard first: those of names among the pairs that Unicode's Unihan
#: database (17.0) calls a kSemanticVariant, a kZVariant or the kSimplifiedVariant of one character alone.
#: Two characters that are both given as names (昇 and 升, 傑 and 杰), or are surnames of their own (余 and 餘, 范 and
#: 範, 于 and 於), are no forms of one: they stand in no row.
_OF_UNIHAN = (
    "黃黄 溫温 臺台 峰峯 吳吴呉 呂吕 俞兪 柏栢 賴頼 齊斉 衛衞 皋臯 丘坵 柳栁 顧頋 啟啓 悅悦 說説 銳鋭 穎頴 熙熈 "
    "聰聦 眾衆 群羣 國囯国 高髙 恆恒 鄉郷鄕 鎮鎭 昂昻 壽寿夀 禮礼 真眞 學斈学 祿禄 將将 瑤瑶 靜静 內内 彥彦 教敎 "
    "戶戸户 強强 鐵鉄 關関闗 寶宝寳 雁鴈 珍珎 美羙 萱蘐蕿 明朙 嫻嫺 健徤 鶯鸎 麟麐 雙双 冰氷 樓楼 畫画 黑黒 妙玅 "
    "淳湻 博愽 晉晋 裡裏 決决 況况 涼凉 劍劒 淨凈"
)
#: Likewise, by the Ministry of Education's Dictionary of Chinese Character Variants, where Unihan says nothing.
_OF_THE_MINISTRY = "青靑 清淸 德徳 慎愼 顏顔 產産 綠緑 錄録 實実 榮栄 淨浄 劍剣"
_FORMS = tuple(f"{_OF_UNIHAN} {_OF_THE_MINISTRY}".split())
_DOTS = "‧·・•．･⋅∙"
_MASK = "*"
_MASKS = "○〇◯●＊"
_STANDARD = str.maketrans({form: forms[0] for forms in _FORMS for form in forms[1:]} | dict.fromkeys(_MASKS, _MASK))
#: What else may be written where an encoding lacks a character, the best first.
_OTHERWISE = {form: forms for forms in (*_FORMS, _DOTS) for form in forms}
#: Marks that are not seen or say nothing of who it is, by Unicode's category: a rare character is never one of them.
_UNSEEN = frozenset({"Mn", "Me", "Cc", "Cf"})
_BETWEEN = frozenset("ZPS")


class Likeness(IntEnum):
    """How alike two names are; ordered.

    ``MAY_BE``: one is masked (陳○文), or has a husband's surname before it (冠夫姓). ``CHANGED``: the surname or the
    given name is the same, as after a change of name, or one is in Latin letters, which nobody can compare with 漢字.
    """

    OTHER = 0
    CHANGED = 1
    MAY_BE = 2
    SAME = 3


def likeness(one: str | None, other: str | None) -> Likeness:
    """Compare two names as a clerk would: by what is written, not by how; where one is missing, nothing differs."""
    first, second = _spelt(one), _spelt(other)
    if not first or not second or first == second:
        return Likeness.SAME
    if _may_be_masked(first, second) or _may_be_married(first, second) or _may_be_married(second, first):
        return Likeness.MAY_BE
    return Likeness.CHANGED if _share(first, second, _words(one) & _words(other)) else Likeness.OTHER


def full_name(family: str | None, given: str | None) -> str | None:
    """Put a name together as its script does: 王小明, and Ann Lee; half a name is a name. None where there is none."""
    parts = [part.strip() for part in (family, given) if part and part.strip()]
    return ("".join(parts) if _is_han("".join(parts)) else " ".join(reversed(parts))) or None


def written_in(name: str, encoding: str) -> str | None:
    """Give a name as a file in this encoding can hold it, each character that it lacks in its standard form.

    None when there is no such spelling: no character is left out and none is guessed.
    """
    if _fits(name, encoding):  # as nearly every name does
        return name
    written = []
    for character in name:
        forms = (character, *_OTHERWISE.get(character, ()), unicodedata.normalize("NFKC", character))
        if (form := next((form for form in forms if _fits(form, encoding)), None)) is not None:
            written.append(form)
        elif unicodedata.category(character) not in _UNSEEN:
            return None
    return "".join(written)


def _fits(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _spelt(name: str | None) -> str:
    """Spell a name by its characters alone, each in its standard form; `_MASK` stands for one that is masked.

    A character that Unicode does not know (private use, or newer than Python's tables) stays: without it, it would be
    another person's name.
    """
    text = unicodedata.normalize("NFKC", name or "").casefold().translate(_STANDARD)
    spelt = "".join(character for character in text if character == _MASK or _says_who(character))
    only_letter = {character for character in spelt if character.isascii()} <= {"o", _MASK}  # some mask by the letter O
    return spelt.replace("o", _MASK) if only_letter and _is_han(spelt) else spelt


def _says_who(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind not in _UNSEEN and kind[0] not in _BETWEEN


def _words(name: str | None) -> set[str]:
    letters = (c if c.isalnum() else " " for c in unicodedata.normalize("NFKC", name or "").casefold())
    return {word for word in "".join(letters).split() if len(word) > 1 and word.isascii()}


def _is_han(spelt: str) -> bool:
    return any(unicodedata.category(character) == "Lo" for character in spelt)


def _may_be_masked(first: str, second: str) -> bool:
    """Tell whether the two agree wherever neither is masked; a mask hides no surname, or it would fit anybody."""
    if len(first) != len(second) or _MASK not in first + second or _MASK in (first[0], second[0]):
        return False
    return all(a == b or _MASK in (a, b) for a, b in zip(first, second, strict=True))


def _may_be_married(longer: str, shorter: str) -> bool:
    """Tell whether one name is the other behind a surname of one or two characters."""
    return len(shorter) > 1 and _is_han(shorter) and len(longer) - len(shorter) in (1, 2) and longer.endswith(shorter)


def _share(first: str, second: str, words: set[str]) -> bool:
    if _is_han(first) != _is_han(second):
        return True
    if not _is_han(first):
        return bool(words)
    given = first[1:]
    return first[0] == second[0] or (len(given) > 1 and given == second[1:])
