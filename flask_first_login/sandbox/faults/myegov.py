"""How the pretend MyEGov can err when it posts a ticket (Token1) and is asked for the profile by SOAP."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import Response
from flask.typing import ResponseReturnValue

from ...text import Text
from .making import HUGE, WELL, Change, PostFault, crash, drip, drop, maintenance_page, put, unchanged

XML = "text/xml"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
#: Ten entities, each ten times the one before: a few lines that unpack to gigabytes.
_BOMB = '<!DOCTYPE bomb [<!ENTITY e0 "uid">{}]>'.format(
    "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
)

TOKEN_REFUSED = (901, "Token1不存在、已使用過或已逾時")
SERVICE_REFUSED = (902, "ServiceID未註冊")


def as_xml(text: str) -> ResponseReturnValue:
    return Response(DECLARATION + text, mimetype=XML)


@dataclass(frozen=True, slots=True)
class SoapFault(PostFault):
    """``columns`` changes the profile, ``refuses`` is the code and message to refuse with, ``deliver`` says how the
    answer travels.
    """

    columns: Change = unchanged
    refuses: tuple[int, str] | None = None
    deliver: Callable[[str], ResponseReturnValue] = as_xml


def _cut_short(text: str) -> ResponseReturnValue:
    return as_xml(text[: len(text) // 2])


def _bomb(text: str) -> ResponseReturnValue:
    return as_xml(_BOMB + text.replace("<Key>uid</Key>", "<Key>&e9;</Key>"))


def _without_code(text: str) -> ResponseReturnValue:
    return as_xml(text.replace("<Code>0</Code>", ""))


def _slowly(text: str) -> ResponseReturnValue:
    return drip(DECLARATION, text, XML)


NO_FAULT = SoapFault(WELL)
FAULTS: Mapping[str, SoapFault] = MappingProxyType(
    {
        "token_reused": SoapFault(
            Text("Token1 is refused as used before.", "Token1因已使用過而遭拒。"), refuses=TOKEN_REFUSED
        ),
        "wrong_service": SoapFault(Text("The service ID is refused.", "ServiceID遭拒。"), refuses=SERVICE_REFUSED),
        "no_token": SoapFault(Text("Token1 is not posted.", "沒有送出Token1。"), posted=drop("twGovT1")),
        "no_code": SoapFault(Text("The answer has no Code.", "回應中沒有Code。"), deliver=_without_code),
        "malformed_xml": SoapFault(Text("The XML is cut short.", "XML不完整。"), deliver=_cut_short),
        "entity_bomb": SoapFault(
            Text("The XML has a document type with an entity bomb.", "XML含有DOCTYPE與實體炸彈。"), deliver=_bomb
        ),
        "not_xml": SoapFault(
            Text("Instead of a profile, a maintenance page comes.", "回應的是維護公告網頁。"), deliver=maintenance_page
        ),
        "empty_uid": SoapFault(Text("The national ID is blank.", "身分證字號空白。"), columns=put(uid="")),
        "no_account": SoapFault(
            Text("Neither an account nor a national ID is sent.", "沒有帳號也沒有身分證字號。"),
            columns=put(uid="", account=""),
        ),
        "http_500": SoapFault(
            Text("The profile service breaks down (HTTP 500).", "資料服務故障（HTTP 500）。"), deliver=crash
        ),
        "huge_answer": SoapFault(Text("The profile is huge.", "個人資料過大。"), columns=put(padding="x" * HUGE)),
        "slow": SoapFault(Text("The profile takes half a minute.", "個人資料需時半分鐘才回應。"), deliver=_slowly),
    }
)
