"""The pretend eCPA (人事服務網), and the function that verifies its tickets.

The real ticket is a Kerberos message for a key that an agency is given; `verify` stands where an
integrator's own function will, and has its shape. The key of the pretend tickets is public, so
`verify` accepts them from loopback alone.
"""

from __future__ import annotations

import hmac
import json
import secrets
import time
from datetime import UTC, datetime, timedelta

from ..errors import SignInError
from ..providers.base import Claims, Ticket
from .faults.ecpa import FAULTS, NO_FAULT, EcpaFault
from .faults.making import Fields
from .issuers import ECPA
from .loopback import is_loopback_url
from .personas import Persona
from .posting import PostingProvider

WINDOW = timedelta(minutes=5)
_SIGNATURE_OCTETS = 32


def verify(ticket: Ticket) -> Claims:
    """Who a pretend ticket says this is, ``account`` being the subject.

    :raises SignInError: ``ticket_refused`` for one that the sandbox did not sign, ``expired`` for one that was
        made more than five minutes before or after it was received.
    """
    stated = _opened(ticket)
    at = datetime.fromtimestamp(stated["time"], UTC)
    if abs(ticket.received_at - at) > WINDOW:
        raise SignInError("expired", provider=ticket.provider, phase="ticket", detail="outside the clock window")
    values: dict[str, object] = {name: stated[name] for name in ("account", "uid", "cn") if name in stated}
    if "account" not in values:
        raise _refused(ticket, "no account")
    return Claims(ticket.provider, ticket.issuer, str(values["account"]), at, values, proved_at=at)


def _opened(ticket: Ticket) -> Fields:
    """What the ticket states, when its signature holds.

    The digits must be the ones that were posted by eCPA: in capitals they would be the same ticket
    under another digest, and good once more.
    """
    if not is_loopback_url(ticket.issuer):
        raise _refused(ticket, "pretend tickets are good on loopback only")
    digits = ticket.fields.get("APReqEncodedData", "")
    try:
        octets = bytes.fromhex(digits)
    except ValueError:
        raise _refused(ticket, "not hexadecimal") from None
    signature, body = octets[:_SIGNATURE_OCTETS], octets[_SIGNATURE_OCTETS:]
    if octets.hex() != digits or not hmac.compare_digest(signature, _sign(ECPA.client_secret, body)):
        raise _refused(ticket, "signature")
    stated: Fields = json.loads(body)
    return stated


def _refused(ticket: Ticket, detail: str) -> SignInError:
    return SignInError("ticket_refused", provider=ticket.provider, phase="ticket", detail=detail)


def _sign(key: str, body: bytes) -> bytes:
    return hmac.digest(key.encode(), body, "sha256")


class EcpaProvider(PostingProvider[EcpaFault]):
    """The login page of eCPA. ``loginType`` is 0, a sign-in by password: no other value is known."""

    def __init__(self) -> None:
        super().__init__(ECPA, FAULTS, NO_FAULT, "/login")
        self._repeated: Fields | None = None

    def err(self, name: str | None) -> bool:
        self._repeated = None
        return super().err(name)

    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        made = {"loginType": "0", "APReqEncodedData": self._signed(persona)}
        if self.fault.repeats:
            self._repeated = made = self._repeated or made
        return made

    def _signed(self, persona: Persona) -> str:
        stated = {**self.issuer.facts(persona), "time": int(time.time()), "id": secrets.token_hex(16)}
        body = json.dumps(self.fault.stated(stated), ensure_ascii=False, separators=(",", ":")).encode()
        key = "somebody else's key" if self.fault.forged else self.issuer.client_secret
        return (_sign(key, body) + body).hex()
