"""Which client speaks a provider's protocol. Imported at the first sign-in: what it pulls in is slow to load."""

from __future__ import annotations

from .base import Client, OAuth2, Oidc, Posted, Registration
from .oauth2 import OAuth2Client
from .oidc import OpenIdClient
from .ticket import TicketClient


def client_for(registration: Registration) -> Client:
    """The client of one registration."""
    match registration.provider.protocol:
        case Oidc() as protocol:
            return OpenIdClient(registration, protocol)
        case OAuth2() as protocol:
            return OAuth2Client(registration, protocol)
        case Posted() as protocol:
            return TicketClient(registration, protocol)
