"""A posted ticket: the provider sends the browser back with a form, and a verifier says whose ticket it is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from ..errors import SignInError
from .base import Registration, Start
from .claims import Claims, Ticket
from .protocols import Posted

LARGEST_FIELD = 16 * 1024
LONGEST_SUBJECT = 255


class TicketClient:
    """Begins sign-ins at one provider that posts tickets and has each answer verified."""

    def __init__(self, registration: Registration, protocol: Posted) -> None:
        self.name = registration.provider.name
        self.protocol = protocol

    def begin(self, start: Start) -> str:
        params = {self.protocol.return_param: start.redirect_uri, **self.protocol.login_params}
        params |= self.protocol.choose_account_params if start.choose else {}
        params |= self.protocol.step_up_params if start.step_up else {}
        joined = "&" if urlsplit(self.protocol.login_url).query else "?"
        return f"{self.protocol.login_url}{joined}{urlencode(params)}"

    def complete(self, answer: Mapping[str, str], start: Start) -> Claims:
        fields = {name: answer[name] for name in self.protocol.answer_fields if answer.get(name)}
        is_whole = len(fields) == len(self.protocol.answer_fields)
        if not is_whole or any(len(value) > LARGEST_FIELD for value in fields.values()):
            raise SignInError("bad_request", provider=self.name, phase="callback", detail="fields of the ticket")
        ticket = Ticket(self.name, self.protocol.issuer, fields, datetime.now(UTC))
        return self._checked(self.protocol.verify(ticket), ticket)

    def _checked(self, claims: Claims, ticket: Ticket) -> Claims:
        """Refuse claims whose key is another provider's: a verifier that errs must not reach another's accounts."""
        if (claims.provider, claims.issuer) != (ticket.provider, ticket.issuer):
            raise SignInError("provider_error", provider=self.name, phase="ticket", detail="claims of another issuer")
        if not 1 <= len(claims.subject) <= LONGEST_SUBJECT or not claims.subject.isprintable():
            raise SignInError("provider_error", provider=self.name, phase="ticket", detail="no subject")
        return claims
