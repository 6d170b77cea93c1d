"""The number on which every accreditation of learning hours rests (seed item 4), kept where it cannot slip out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NoReturn, final

from .errors import InvalidNationalId
from .text import Text

#: Taiwan keeps one time all year; a fixed offset needs no time zone database.
TAIPEI: Final = timezone(timedelta(hours=8), "Asia/Taipei")
#: Old resident numbers are out of use from this day on (National Immigration Agency).
OLD_RESIDENT_ENDS: Final = date(2031, 1, 1)

# Ten characters with generous blanks and dashes between them; what is longer is not looked at.
_LONGEST = 40
#: What writes an ASCII character in its full-width form, and the character.
FULL_WIDTH = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
#: A letter, then 1, 2, 8, 9 or A to D, then eight digits.
SHAPE = re.compile(r"[A-Z][1289A-D][0-9]{8}")
# The order of the official code table: A is 10, B is 11, ... O is 35.
_CODES = {letter: str(code) for code, letter in enumerate("ABCDEFGHJKLMNPQRSTUVXYWZIO", start=10)}
_WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


class IdKind(StrEnum):
    """Whose number it is; ``OLD_RESIDENT`` numbers were given out before 2021-01-02."""

    CITIZEN = "citizen"
    RESIDENT = "resident"
    OLD_RESIDENT = "old_resident"


#: What its owner calls it: the words on the card that it stands on.
ID_TITLES: Final[Mapping[IdKind, Text]] = MappingProxyType(
    {
        IdKind.CITIZEN: Text("ID number", "身分證字號"),
        IdKind.RESIDENT: Text("ARC number", "居留證統一證號"),
        IdKind.OLD_RESIDENT: Text("ARC number, old format", "居留證統一證號（舊式）"),
    }
)
_KINDS = {
    **dict.fromkeys("12", IdKind.CITIZEN),
    **dict.fromkeys("89", IdKind.RESIDENT),
    **dict.fromkeys("ABCD", IdKind.OLD_RESIDENT),
}


@final
class NationalId:
    """One well-formed national ID or resident number; it shows itself masked everywhere.

    Equal and hashable by its value, and never changes. ``repr``, ``str`` and ``format`` give the
    mask, JSON and pickle refuse it, so that a log line, a template or a session that was handed
    one by mistake publishes no number. `reveal` is the only way out. Well-formed is all that is
    known: whether the number is this person's, its provider must say.
    """

    __slots__ = ("_number",)
    _number: str

    def __init__(self, text: str, *, on: date | None = None) -> None:
        number = _normalised(text)
        if not SHAPE.fullmatch(number):
            raise InvalidNationalId("A national ID has a letter, then 1, 2, 8, 9 or A to D, then eight digits.")
        if not _adds_up(number):
            raise InvalidNationalId("The check digit of this national ID does not fit.")
        if _KINDS[number[1]] is IdKind.OLD_RESIDENT and (on or datetime.now(TAIPEI).date()) >= OLD_RESIDENT_ENDS:
            raise InvalidNationalId(f"Old resident numbers are not accepted from {OLD_RESIDENT_ENDS} on.")
        object.__setattr__(self, "_number", number)

    @classmethod
    def parse(cls, text: str, *, on: date | None = None) -> NationalId:
        """Read the number that ``text`` writes; full-width forms, blanks, dashes and small letters are accepted.

        ``on`` is the day that decides whether an old resident number still counts, today in Taipei
        when not given. Pass the day of storing to read back a number that was accepted then.

        :raises InvalidNationalId: ``text`` is no such number, or no text; the message never repeats it.
        """
        return cls(text, on=on)

    @property
    def kind(self) -> IdKind:
        return _KINDS[self._number[1]]

    @property
    def title(self) -> Text:
        """What its owner calls it: an ID number, or the number of a resident certificate."""
        return ID_TITLES[self.kind]

    @property
    def masked(self) -> str:
        """The number with its last four characters hidden, the official convention: ``A12345****``."""
        return self._number[:6] + "****"

    def may_become(self, new: NationalId) -> bool:
        """Tell whether the law turns this number's kind into the other's: an old resident number into a new one."""
        return self.kind is IdKind.OLD_RESIDENT and new.kind is IdKind.RESIDENT

    def reveal(self) -> str:
        """Return the ten characters in clear. Whoever calls this answers for where they go."""
        return self._number

    def __repr__(self) -> str:
        return f"<NationalId {self.masked}>"

    def __str__(self) -> str:
        return self.masked

    def __format__(self, spec: str) -> str:
        return format(self.masked, spec)

    def __eq__(self, other: object) -> bool:
        return self._number == other._number if isinstance(other, NationalId) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._number)

    def __copy__(self) -> NationalId:
        return self

    def __deepcopy__(self, memo: object) -> NationalId:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a national ID is not pickled: a session, cache or queue would hold it in clear")

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a national ID never changes")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a national ID never changes")


def _normalised(text: object) -> str:
    """Fold full-width forms alone: NFKC would also make a digit of a circled or a superscript one."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise InvalidNationalId("A national ID is a text of ten letters and digits.")
    narrow = "".join(c for c in text.translate(FULL_WIDTH) if not c.isspace() and unicodedata.category(c) != "Pd")
    # Before upper-casing, which makes an ASCII "I" of a dotless one.
    return narrow.upper() if narrow.isascii() else ""


def _adds_up(number: str) -> bool:
    """Check the check digit: letters stand for two digits, and a second letter for the units digit of its own two."""
    digits = _CODES[number[0]] + _CODES.get(number[1], number[1])[-1] + number[2:]
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=True)) % 10 == 0
