"""The pretend MyEGov of today: it posts a ticket, Token1, and gives the profile for it by SOAP 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from .issuers import MYEGOV_TICKET, SERVICE_ID
from .personas import Persona
from .provider import HUGE, ExpiringStore, Fault, Fields, crash, drop, maintenance_page, put, slowly, unchanged
from .ticket import TicketProvider

TOKEN_SECONDS = 60
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
GSP = "http://cp.gov.tw/gsp2"
METHODS = ("GetProfileColumns", "GetProfileColumns2")
USER_TYPES = {"general": "民眾", "official": "公務員"}
XML = "text/xml"
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
Outcome = tuple[int, str]
SUCCESS: Outcome = (0, "成功")
TOKEN_REFUSED: Outcome = (901, "Token1不存在、已使用過或已逾時")
SERVICE_REFUSED: Outcome = (902, "ServiceID未註冊")
#: Ten entities, each ten times the one before: a few lines that unpack to gigabytes.
_BOMB = '<!DOCTYPE bomb [<!ENTITY e0 "uid">{}]>'.format(
    "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
)


def as_xml(text: str) -> ResponseReturnValue:
    """Answer with this document."""
    return Response(DECLARATION + text, mimetype=XML)


def _accept() -> Outcome | None:
    return None


#: The hook ``posted`` changes the fields that are posted, ``columns`` the profile, ``answer`` how it travels;
#: ``refusal`` is the code and the message to refuse with.
FAULTS: Mapping[str, Fault] = {
    "token_reused": Fault("Token1 is refused as used before.", "Token1因已使用過而遭拒。",
                          refusal=lambda: TOKEN_REFUSED),
    "wrong_service": Fault("The service ID is refused.", "ServiceID遭拒。", refusal=lambda: SERVICE_REFUSED),
    "no_token": Fault("Token1 is not posted.", "沒有送出Token1。", posted=drop("twGovT1")),
    "no_code": Fault("The answer has no Code.", "回應中沒有Code。",
                     answer=lambda text: as_xml(text.replace("<Code>0</Code>", ""))),
    "malformed_xml": Fault("The XML is cut short.", "XML不完整。", answer=lambda text: as_xml(text[: len(text) // 2])),
    "entity_bomb": Fault("The XML has a document type with an entity bomb.", "XML含有DOCTYPE與實體炸彈。",
                         answer=lambda text: as_xml(_BOMB + text.replace("<Key>uid</Key>", "<Key>&e9;</Key>"))),
    "not_xml": Fault("Instead of a profile, a maintenance page comes.", "回應的是維護公告網頁。",
                     answer=maintenance_page),
    "empty_uid": Fault("The national ID is blank.", "身分證字號空白。", columns=put(uid="")),
    "no_account": Fault("Neither an account nor a national ID is sent.", "沒有帳號也沒有身分證字號。",
                        columns=put(uid="", account="")),
    "http_500": Fault("The profile service breaks down (HTTP 500).", "資料服務故障（HTTP 500）。", answer=crash),
    "huge_answer": Fault("The profile is huge.", "個人資料過大。", columns=put(padding="x" * HUGE)),
    "slow": Fault("The profile takes half a minute.", "個人資料需時半分鐘才回應。",
                  answer=lambda text: slowly(DECLARATION, text, XML)),
}  # fmt: skip


class MyEGovTicketProvider(TicketProvider):
    """The login page and the profile service of MyEGov (platform GSP)."""

    login_path = "/portal/Clogin.aspx"

    def __init__(self) -> None:
        super().__init__(MYEGOV_TICKET, FAULTS)
        self._tokens: ExpiringStore[Mapping[str, str]] = ExpiringStore(TOKEN_SECONDS)

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.post("/GSP2WS/RSMediator01.asmx")(self.profile)
        return routes

    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        return {"twGovT1": self._tokens.put(self._columns(persona, by_certificate))}

    def _columns(self, persona: Persona, by_certificate: bool) -> dict[str, str]:
        """Every column, blank where the person has nothing to put there."""
        known = self.issuer.facts(persona)
        return {
            "uid": str(known.get("uid", "")),
            "account": str(known["preferred_username"]),
            "CN": str(known.get("cn", "")),
            "mail": str(known["email"]),
            "UserType": USER_TYPES.get(str(known.get("account_type")), ""),
            "SecureLevel": "PlatformX509" if by_certificate else "IDPassword",
            "SerialNumber": persona.digest("certificate").upper() if by_certificate else "",
        }

    def profile(self) -> ResponseReturnValue:
        """Answer one call as an ASMX page does: it wants its content type, its SOAPAction and its envelope."""
        if request.mimetype != XML:
            return "Unsupported Media Type", 415
        method = request.headers.get("SOAPAction", "").strip('"').removeprefix(f"{GSP}/")
        if method not in METHODS:
            return _soap_fault("Server did not recognize the value of HTTP Header SOAPAction.")
        header = _auth_header(request.get_data(), method)
        if header is None:
            return _soap_fault("Server was unable to read request.")
        result = f"<{method}Result>{self._result(header)}</{method}Result>"
        return self.hook("answer", as_xml)(_envelope(f'<{method}Response xmlns="{GSP}">{result}</{method}Response>'))

    def _result(self, header: Mapping[str, str]) -> str:
        if refusal := self.hook("refusal", _accept)():
            return _result_of(refusal)
        if header.get("ServiceID") != SERVICE_ID:
            return _result_of(SERVICE_REFUSED)
        columns = self._tokens.pop(header.get("Token1", ""))
        if columns is None:
            return _result_of(TOKEN_REFUSED)
        return _result_of(SUCCESS, self.hook("columns", unchanged)({**columns}))


def _auth_header(body: bytes, method: str) -> dict[str, str] | None:
    """The fields of AuthHeader in an envelope that calls ``method``, or None for anything else."""
    try:
        text = body.decode("utf-8-sig")
        root = ET.fromstring(text) if "<!DOCTYPE" not in text else None  # noqa: S314  # no document type, so no entities
    except (ValueError, ET.ParseError):
        return None
    if root is None or root.tag != f"{{{SOAP}}}Envelope" or root.find(f"{{{SOAP}}}Body/{{{GSP}}}{method}") is None:
        return None
    fields = root.iterfind(f"{{{SOAP}}}Header/{{{GSP}}}AuthHeader/*")
    return {field.tag.removeprefix(f"{{{GSP}}}"): field.text or "" for field in fields}


def _result_of(outcome: Outcome, columns: Mapping[str, str] | None = None) -> str:
    """The schema's CP2ResponseOfRSResult; without columns there is no Result."""
    code, message = outcome
    items = "".join(
        f"<Item><Key>{key}</Key>{f'<Value>{escape(value)}</Value>' if value else '<Value />'}</Item>"
        for key, value in (columns or {}).items()
    )
    result = f"<Result><ProfileCollection /><CsvStream /><ProfileColumns>{items}</ProfileColumns></Result>"
    return f"<Code>{code}</Code><Message>{message}</Message>{result if columns else ''}"


def _envelope(body: str) -> str:
    return f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{body}</soap:Body></soap:Envelope>'


def _soap_fault(what: str) -> Response:
    body = f"<soap:Fault><faultcode>soap:Client</faultcode><faultstring>{what}</faultstring><detail /></soap:Fault>"
    return Response(DECLARATION + _envelope(body), status=500, mimetype=XML)
