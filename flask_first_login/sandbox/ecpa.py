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
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from ..errors import SignInError
from ..providers.claims import Claims, Ticket
from .issuers import ECPA
from .personas import Persona
from .provider import Change, Fault, Fields, drop, is_loopback_url, put, unchanged
from .ticket import TicketProvider

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


def _shift(seconds: int) -> Change:
    """Make the ticket that much later."""
    return lambda stated: {**stated, "time": stated["time"] + seconds}


def _alter(fields: Fields) -> Fields:
    """Sign for one account, then name another one."""
    ticket = bytes.fromhex(fields["APReqEncodedData"])
    return {**fields, "APReqEncodedData": ticket.replace(b'"account":"', b'"account":"x').hex()}


def _newest(_: Fields, newest: Fields) -> Fields:
    return newest


#: The hook ``stated`` changes what the ticket says before it is signed, ``key`` the key that signs it, ``posted`` the
#: fields that are posted; ``replay`` chooses between the first ticket since the fault was switched and the newest one.
FAULTS: Mapping[str, Fault] = {
    "forged_ticket": Fault("The ticket is signed with somebody else's key.", "票證以他人的金鑰簽章。",
                           key=lambda _: "somebody else's key"),
    "altered_ticket": Fault("The ticket names another account than it was signed for.",
                            "票證的帳號在簽章後遭竄改。", posted=_alter),
    "stale_ticket": Fault("The ticket is 10 minutes old.", "票證是10分鐘前的。", stated=_shift(-600)),
    "future_ticket": Fault("The ticket was made 10 minutes in the future.", "票證的時間在10分鐘後。",
                           stated=_shift(600)),
    "replayed_ticket": Fault("The same ticket is posted at every sign-in: it must work once only.",
                             "每次登入都送出同一張票證；只有第一次應該有效。", replay=lambda first, newest: first),
    "missing_field": Fault("The ticket is not posted.", "沒有送出票證（APReqEncodedData）。",
                           posted=drop("APReqEncodedData")),
    "not_hex": Fault("The ticket is not a hexadecimal number.", "票證不是十六進位文字。",
                     posted=put(APReqEncodedData="票證")),
    "huge_ticket": Fault("The ticket is 48,000 characters long.", "票證長達48,000字元。",
                         posted=put(APReqEncodedData="00" * 24_000)),
    "no_account": Fault("The ticket names no account.", "票證沒有帳號。", stated=drop("account")),
    "no_national_id": Fault("The ticket has no national ID.", "票證沒有身分證字號。", stated=drop("uid")),
}  # fmt: skip


class EcpaProvider(TicketProvider):
    """The login page of eCPA. ``loginType`` is 0, a sign-in by password: no other value is known."""

    login_path = "/login"

    def __init__(self) -> None:
        super().__init__(ECPA, FAULTS)
        self._first: Fields | None = None

    def err(self, name: str | None) -> bool:
        """Err in this way from now on, and forget the first ticket."""
        self._first = None
        return super().err(name)

    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        newest = {"loginType": "0", "APReqEncodedData": self._signed(persona)}
        self._first = self._first or newest
        return self.hook("replay", _newest)(self._first, newest)

    def _signed(self, persona: Persona) -> str:
        stated = {**self.issuer.facts(persona), "time": int(time.time()), "id": secrets.token_hex(16)}
        told = self.hook("stated", unchanged)(stated)
        body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return (_sign(self.hook("key", str)(self.issuer.client_secret), body) + body).hex()
