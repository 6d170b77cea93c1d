"""A birth date as providers write it: by the Common Era, or in years of the Republic (民國 075/01/01)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

#: What a day may be followed by where a system knows no day without a time; another time may be another day elsewhere.
_MIDNIGHT = re.compile(r"[T ]00:00(:00(\.0+)?)?(Z|[+-]\d\d:?\d\d)?$", re.ASCII)
_DAY = re.compile(
    r"(?P<era>(?:中華)?民國前?|民前)?(?:(?P<year>\d{1,4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?|(?P<digits>\d{6,8}))",
    re.ASCII,
)
_FIRST_YEAR = 1912  # 民國元年
_EARLIEST = 1850
_PADDED, _COMMON = 3, 4  # how many digits a year has: of the Republic with a zero before it, and of the Common Era


def birth_date_of(text: str, on: date, *, years_of_republic: bool = False) -> date | None:
    """Read a day that is not later than ``on``; None when the text leaves open which day that is.

    A year of four digits is of the Common Era, one of three (075) of the Republic, and so is any that says 民國. What
    else may be either is read where the provider is known to count in ``years_of_republic``: 0750101, 75/01/01. A day
    that is guessed would make two people one, or one two.
    """
    found = _DAY.fullmatch("".join(unicodedata.normalize("NFKC", _MIDNIGHT.sub("", text.strip())).split()))
    if found is None:
        return None
    year, month, day = found["year"], found["month"], found["day"]
    if (digits := found["digits"]) is not None:
        year, month, day = digits[:-4], digits[-4:-2], digits[-2:]
    is_padded = len(year) == _PADDED and digits is None
    common = _common_year(int(year), len(year), found["era"] or "", of_republic=years_of_republic or is_padded)
    try:
        born = date(common, int(month), int(day)) if common is not None else None
    except ValueError:
        return None
    return born if born is not None and date(_EARLIEST, 1, 1) <= born <= on else None


def _common_year(year: int, digits: int, era: str, *, of_republic: bool) -> int | None:
    """Give the year of the Common Era, None for one that may be of either."""
    if not year:
        return None  # no count has a year 0
    if era.endswith("前"):
        return _FIRST_YEAR - year
    if era or (of_republic and year < 1000):
        return _FIRST_YEAR - 1 + year
    return year if digits == _COMMON else None
