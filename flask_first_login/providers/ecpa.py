"""eCPA's ticket, a Kerberos AP-REQ: verified by the key of this application, or by the agency's service.

The posted field is never logged: who sees it may sign in with it, or guess at the key. It has no nonce and names no
browser, so that it belongs to a sign-in of this browser is for the sealed transaction alone to say.
"""

from __future__ import annotations

import html
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import ClassVar
from xml.etree import ElementTree as ET

from ..errors import SignInError
from .claims import Claims, Ticket
from .http_client import Wire, code_of_status, failure
from .kerberos import Acceptor, ApReq, ApReqRefused
from .kerberos_keys import keys_for
from .myegov import not_read, parse_xml
from .ticket_verifiers import ServiceKey, VerifyService

#: How far apart the clocks of this portal's own machines may be, besides: what was used is remembered for longer.
MARGIN = timedelta(minutes=10)
#: How long a service may take a ticket for good is not known.
USED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ApReqVerifier:
    """Verifies a ticket with the keys of this application. ``field_name`` is the field that holds it, ``keytab`` where
    the keys were read."""

    acceptor: Acceptor
    field_name: str
    keytab: Path | None = None

    claims_given: ClassVar[frozenset[str] | None] = frozenset({"account", "realm"})

    def one_use_key(self, ticket: Ticket) -> tuple[str, datetime] | None:
        """See `NamesOneUse`. An authenticator that is taken now was made at most a skew from now, and is taken for at
        most a skew from then on."""
        return _used_as(ticket, self.field_name, 2 * self.acceptor.skew + MARGIN)

    def __call__(self, ticket: Ticket) -> Claims:
        """Make claims of a ticket that holds.

        ``account`` is the subject; of another realm than the service's, that realm stands before it, since two realms
        may each have an account of one name. When the person proved themself is when the realm says that they did: an
        old session with the provider makes new authenticators, but no new proof.

        :raises SignInError: ``ticket_refused``, or ``expired`` where a clock is why.
        """
        try:
            caller = self.acceptor.accept(ApReq.read(ticket.fields.get(self.field_name, "")), ticket.received_at)
            if "/" in caller.name:
                raise ApReqRefused("the account is a name of several parts, which is no person's")
        except ApReqRefused as error:
            raise _refused(ticket, str(error), "expired" if error.is_time else "ticket_refused") from None
        home = caller.realm == self.acceptor.realm
        subject = caller.name if home else f"{caller.realm}\\{caller.name}"
        values: dict[str, object] = {"account": caller.name, "realm": caller.realm}
        at, proved_at = caller.made_at, caller.authenticated_at
        return Claims(ticket.provider, ticket.issuer, subject, at, values, proved_at=proved_at)


def by_keytab(key: ServiceKey, field_name: str) -> ApReqVerifier:
    """Make the verifier that a portal sets.

    :raises KeytabUnfit: no ticket could be verified with what is set.
    """
    keys = keys_for(key.keytab, key.service, key.realm, key.etypes)
    realms, skew = key.client_realms or (key.realm,), timedelta(seconds=key.clock_skew)
    acceptor = Acceptor(key.service, key.realm, realms, key.etypes, skew, keys)
    return ApReqVerifier(acceptor, field_name, key.keytab)


def _used_as(ticket: Ticket, field_name: str, kept_for: timedelta) -> tuple[str, datetime] | None:
    try:
        return ApReq.read(ticket.fields.get(field_name, "")).fingerprint, ticket.received_at + kept_for
    except ApReqRefused:
        return None


def _refused(ticket: Ticket, detail: str, code: str = "ticket_refused") -> SignInError:
    return SignInError(code, provider=ticket.provider, phase="ticket", detail=detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceVerifier(VerifyService):
    """Verifies a ticket at the agency's service, which is sent nothing that is no AP-REQ in DER: of a ticket that only
    the service could read, nobody here could tell whether it came before."""

    field_name: str
    wire: Wire = field(default_factory=Wire, repr=False, compare=False)

    def over(self, wire: Wire) -> ServiceVerifier:
        """See `CallsProvider`."""
        return replace(self, wire=wire)

    def one_use_key(self, ticket: Ticket) -> tuple[str, datetime] | None:
        """See `NamesOneUse`."""
        return _used_as(ticket, self.field_name, USED_FOR)

    def __call__(self, ticket: Ticket) -> Claims:
        """Make claims of what the service says, under its own names; ``account`` is the subject.

        :raises SignInError: ``ticket_refused``, ``provider_down`` or ``provider_error``.
        """
        digits = ticket.fields.get(self.field_name, "")
        try:
            ApReq.read(digits)
        except ApReqRefused as error:
            raise _refused(ticket, str(error)) from None
        try:
            response = self.wire.post(self.verify_url, {"apticket": digits, "apid": self.apid})
        except (OSError, ValueError) as error:
            raise failure(error, provider=ticket.provider, phase="ticket") from None
        if response.status_code != 200:
            raise _refused(ticket, f"HTTP {response.status_code}", code_of_status(response.status_code))
        values = read_answer(response.content, ticket)
        return Claims(ticket.provider, ticket.issuer, values["account"], ticket.received_at, {**values})


def read_answer(body: bytes, ticket: Ticket) -> dict[str, str]:
    """Read what a service says of a ticket, without what is blank; ``account`` is the ``user_account`` it names.

    The answer may be escaped as a whole, as a page would show it.

    :raises SignInError: ``ticket_refused`` when it names no account, ``provider_error`` when it is no answer.
    """
    try:
        is_escaped = body.lstrip().startswith(b"&lt;")
        root = parse_xml(html.unescape(body.decode()).encode() if is_escaped else body.strip())
    except (ValueError, ET.ParseError, RecursionError) as error:
        raise _refused(ticket, not_read(error), "provider_error") from None
    if root.tag != "verify-service":
        raise _refused(ticket, "an answer of another kind", "provider_error")
    found: dict[str, str] = {}
    for element in root:
        value = (element.text or "").strip() if len(element) == 0 else ""
        if value and found.setdefault(element.tag, value) != value:
            raise _refused(ticket, "contradicting answers", "provider_error")
    if "user_account" not in found:
        raise _refused(ticket, "the service names no account")
    return {**found, "account": found["user_account"]}
