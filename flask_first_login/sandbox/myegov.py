"""The pretend MyEGov of today: it posts a ticket, Token1, and gives the profile for it by SOAP 1.1."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from .faults.making import Fields
from .faults.myegov import DECLARATION, FAULTS, NO_FAULT, SERVICE_REFUSED, TOKEN_REFUSED, XML, SoapFault
from .issuers import MYEGOV_TICKET, SERVICE_ID
from .personas import Persona
from .posting import PostingProvider
from .shelf import Shelf

TOKEN_SECONDS = 60
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
GSP = "http://cp.gov.tw/gsp2"
METHODS = ("GetProfileColumns", "GetProfileColumns2")
USER_TYPES = {"general": "民眾", "official": "公務員"}
SUCCESS = (0, "成功")


class MyEGovTicketProvider(PostingProvider[SoapFault]):
    """The login page and the profile service of MyEGov (platform GSP)."""

    def __init__(self) -> None:
        super().__init__(MYEGOV_TICKET, FAULTS, NO_FAULT, "/portal/Clogin.aspx")
        self._tokens: Shelf[Mapping[str, str]] = Shelf(TOKEN_SECONDS)

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.post("/GSP2WS/RSMediator01.asmx")(self.profile)
        return routes

    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        return {"twGovT1": self._tokens.keep(self._columns(persona, by_certificate))}

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
        return self.fault.deliver(
            _envelope(
                f'<{method}Response xmlns="{GSP}"><{method}Result>{self._result(header)}'
                f"</{method}Result></{method}Response>"
            )
        )

    def _result(self, header: Mapping[str, str]) -> str:
        if self.fault.refuses:
            return _answer(self.fault.refuses)
        if header.get("ServiceID") != SERVICE_ID:
            return _answer(SERVICE_REFUSED)
        columns = self._tokens.take(header.get("Token1", ""))
        return _answer(SUCCESS, self.fault.columns({**columns})) if columns else _answer(TOKEN_REFUSED)


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


def _answer(outcome: tuple[int, str], columns: Mapping[str, str] | None = None) -> str:
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
