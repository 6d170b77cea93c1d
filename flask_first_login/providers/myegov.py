"""MyEGov's ticket mode: Token1 is exchanged for profile columns by SOAP 1.1, server to server."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from ..errors import SignInError
from .claims import Claims, Ticket
from .http_client import Wire, code_of_status, failure
from .ticket_verifiers import SoapService

NAMESPACE = "http://cp.gov.tw/gsp2"
#: What XML 1.0 cannot hold; a reference to a character, by its number; and a character in the two halves of UTF-16.
NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REFERENCE = re.compile("&#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,10}));")
HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
MOST = 0x10FFFF
#: Stands for a character that was lost: a control character itself, so it is in no name and in no key.
LOST = "\x80"
CLIENT_FAULT = re.compile(rb"<faultcode[^>]*>[^<]*\bClient\b")
AROUND = f" \t\r\n\ufeff{LOST}"
CERTIFICATE_LEVELS = frozenset({"PlatformX509", "AnonymousX509"})
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Header>'
    '<AuthHeader xmlns="{namespace}"><ServiceID>{service}</ServiceID><Token1>{token}</Token1></AuthHeader>'
    '</soap:Header><soap:Body><{method} xmlns="{namespace}" /></soap:Body></soap:Envelope>'
)


@dataclass(frozen=True, slots=True)
class SoapVerifier(SoapService):
    """Verifies a Token1 at MyEGov's profile service. ``subject_keys``: the first that is sent is the subject.

    The columns arrive under their own names; ``certificate`` is added, true when ``SecureLevel``
    says that a certificate was used. Every column may be blank: agencies apply for each.
    """

    wire: Wire = field(default_factory=Wire, repr=False, compare=False)

    def over(self, wire: Wire) -> SoapVerifier:
        return replace(self, wire=wire)

    def __call__(self, ticket: Ticket) -> Claims:
        columns = self._columns(ticket)
        # A learner chooses their account's name: without the column's name it could be another one's number.
        subject = next((f"{key}:{columns[key]}" for key in self.subject_keys if columns.get(key)), None)
        if subject is None or LOST in subject:  # nor may one with a control character become another's without it
            raise SignInError("provider_error", provider=ticket.provider, phase="ticket", detail="no subject")
        values: dict[str, object] = {key: text.replace(LOST, "").strip() for key, text in columns.items()}
        values["certificate"] = columns.get("SecureLevel") in CERTIFICATE_LEVELS
        return Claims(ticket.provider, ticket.issuer, subject, ticket.received_at, values)

    def _columns(self, ticket: Ticket) -> dict[str, str]:
        try:
            response = self.wire.post(
                self.url,
                ENVELOPE.format(
                    namespace=NAMESPACE,
                    service=escape(self.service_id),
                    token=escape(ticket.fields["twGovT1"]),
                    method=self.method,
                ).encode(),
                headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{NAMESPACE}/{self.method}"'},
            )
        except (OSError, ValueError) as error:
            raise failure(error, provider=ticket.provider, phase="ticket") from None
        if response.status_code != 200:
            code, detail = code_of_status(response.status_code), f"HTTP {response.status_code}"
            if CLIENT_FAULT.search(response.content):  # with 500, as every fault of SOAP 1.1: waiting mends nothing
                code, detail = "provider_error", f"{detail}, a fault that blames the call (soap:Client)"
            raise SignInError(code, provider=ticket.provider, phase="ticket", detail=detail)
        return read_columns(response.content, ticket.provider)


def read_columns(body: bytes, provider: str) -> dict[str, str]:
    """Read the columns of a profile answer, without blank ones.

    :raises SignInError: ``ticket_refused`` when MyEGov does not vouch for the token, ``provider_error``
        when the answer is not one, such as a page in its place.
    """
    try:
        root = parse_xml(body)
    except (ValueError, ET.ParseError, RecursionError) as error:
        raise SignInError("provider_error", provider=provider, phase="ticket", detail=not_read(error)) from None
    if (said := root.find(f".//{{{NAMESPACE}}}Code")) is None:
        raise SignInError("provider_error", provider=provider, phase="ticket", detail="no Code in the answer")
    code = _text(said)
    if code != "0":
        number = code if code and re.fullmatch(r"-?[0-9]{1,7}", code) else "none"
        raise SignInError("ticket_refused", provider=provider, phase="ticket", detail=f"Code {number}")
    found: dict[str, str] = {}
    for item in root.iterfind(f".//{{{NAMESPACE}}}ProfileColumns/{{{NAMESPACE}}}Item"):
        key, value = (_text(item.find(f"{{{NAMESPACE}}}{name}")) for name in ("Key", "Value"))
        if key and value and found.setdefault(key, value) != value:
            raise SignInError("provider_error", provider=provider, phase="ticket", detail="contradicting columns")
    return found


def parse_xml(body: bytes) -> ET.Element:
    """Parse XML that may be hostile: no document type, so no entity, no bomb, and nothing fetched.

    The text is decoded first, as UTF-8 only, so that what is searched is what is parsed: in UTF-16
    the forbidden words would hide, and Expat guesses UTF-16 from a NUL byte, whatever it was told.

    :raises ValueError: it is not UTF-8, or has a document type.
    :raises xml.etree.ElementTree.ParseError: it is not XML.
    """
    text = _mended(body.decode("utf-8-sig"))
    if "<!DOCTYPE" in text.upper() or "<!ENTITY" in text.upper():
        raise ValueError("a document type has no place in an answer")
    return ET.fromstring(text)  # noqa: S314  # no document type, no entities: see above


def not_read(error: Exception) -> str:
    """Say for the log why an answer is none that `parse_xml` reads."""
    return "an answer that is not in UTF-8" if isinstance(error, UnicodeDecodeError) else "no answer in XML"


def _mended(text: str) -> str:
    """Put `LOST` in the place of what XML cannot hold, and drop what stands around a document.

    A control character, or a reference to one, is written by .NET, and a reference to each half of a rare character by
    some for Java; no other parser than theirs takes either.
    """
    text = HALVES.sub(lambda found: found[0].encode("utf-16", "surrogatepass").decode("utf-16"), _dereferenced(text))
    return NO_CHARACTER.sub(LOST, text).strip(AROUND)


def _dereferenced(text: str) -> str:
    """Resolve the references to what XML cannot hold, and no others: none of them becomes markup."""

    def resolved(found: re.Match[str]) -> str:
        number = int(found[1], 16) if found[1] else int(found[2])
        character = chr(number if number <= MOST else 0)
        return character if NO_CHARACTER.match(character) else found[0]

    return REFERENCE.sub(resolved, text)


def _text(element: ET.Element | None) -> str | None:
    """Read an element that holds text alone: beside another element, it would be the first piece only."""
    return element.text.strip() if element is not None and len(element) == 0 and element.text else None
