"""The support desks that a learner can ask: the two of the source document, and a portal's own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from .setting_readers import Unfit, text, words
from .text import Text

#: A number and its extension: the first of several is called, as the other digits would reach another desk.
EXTENDED = re.compile(r"(.*?\d.*?)(?:分機|內線|轉|extension|ext|x|#)\D*(\d+)", re.IGNORECASE)
#: What stands between several numbers, of which the first is called.
OTHERS = re.compile(r"[、,;/~或]")


@dataclass(frozen=True, slots=True)
class SupportDesk:
    """Where a learner can ask: ``phone`` as it is printed, ``hours`` None when not announced."""

    key: str
    title: Text
    phone: str
    email: str
    hours: Text | None = None

    @property
    def tel(self) -> str:
        """The phone as a ``tel:`` number, RFC 3966: E.164, its extension apart. One that begins with 0 is in Taiwan,
        and 1999 stays as it is."""
        printed = unicodedata.normalize("NFKC", self.phone).strip()  # also digits as wide as a Han character
        number, extension = found.groups() if (found := EXTENDED.match(printed)) else (printed, None)
        digits = re.sub(r"\D", "", OTHERS.split(number)[0])
        if number.startswith("+"):
            digits = f"+{digits}"
        elif digits.startswith("0"):
            digits = f"+886{digits[1:]}"
        return f"{digits};ext={extension}" if extension else digits


DESKS = (
    SupportDesk("myegov", Text("MyEGov support", "我的e政府客服"), phone="02-2192-7111", email="egov@service.gov.tw"),
    SupportDesk(
        "ecpa",
        Text("eCPA support (personnel information systems)", "人事資訊系統客服（人事服務網eCPA）"),
        phone="02-23979108",
        email="pemis@dgpa.gov.tw",
        hours=Text("9:00 to 12:00 and 14:00 to 17:00", "9:00~12:00、14:00~17:00"),
    ),
)


def own_desk(value: object) -> SupportDesk:
    """`{"title": ..., "phone": "...", "email": "...", "hours": ...}`, hours only if announced"""
    return _desk("portal", value)


def desks(value: object) -> tuple[SupportDesk, ...]:
    """a mapping of names to `{"title": ..., "phone": "...", "email": "...", "hours": ...}`, hours only if announced"""
    if not isinstance(value, Mapping):
        raise Unfit
    read = tuple(_desk(str(key), desk) for key, desk in value.items())
    if len({desk.key for desk in read}) < len(read):
        raise Unfit("must give each desk a name of its own.")
    return read


def _desk(key: str, value: object) -> SupportDesk:
    match value:
        case SupportDesk():
            return value
        case {"title": title, "phone": given, "email": str(email), **rest} if (
            rest.keys() <= {"hours"} and re.search(r"\d", phone := text(given)) and re.fullmatch(r"\S+@\S+", email)
        ):
            return SupportDesk(key, words(title), phone, email, words(rest["hours"]) if rest else None)
        case _:
            raise Unfit(f"has the desk {key!r} without title, phone and email (and nothing else but hours).")
