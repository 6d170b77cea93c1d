"""Who brings made-up answers by the hundred waits a minute; everybody else never meets this."""

from __future__ import annotations

from ipaddress import ip_address

from flask import request

from ..errors import SignInError
from .here import Here

#: What somebody who makes answers up is told, and hardly anybody else. Each such code costs the provider a call, and a
#: provider that gets too many of them stops serving the portal. An outage of the provider is nobody's haste.
HASTY = frozenset(
    {
        "unknown_sign_in",
        "already_used",
        "ticket_reused",
        "ticket_refused",
        "bad_request",
        "wrong_issuer",
        "code_refused",
    }
)


def note_failure(at: Here, code: str) -> None:
    """Remember a failure that tells of haste."""
    most, address = at.state.settings.failures_per_minute, _address()
    if most is not None and address is not None and code in HASTY:
        at.state.pace.note(address, most)


def refuse_haste(at: Here, provider: str, phase: str) -> None:
    """Go on only for an address that did not fail too often.

    :raises SignInError: ``too_many``.
    """
    most, address = at.state.settings.failures_per_minute, _address()
    if most is not None and address is not None and at.state.pace.is_hasty(address, most):
        raise SignInError("too_many", provider=provider, phase=phase)


def _address() -> str | None:
    """Whose failures are counted together; None for an address inside: it is the proxy's, for everybody who comes
    through it, until the portal trusts its header (Werkzeug's ``ProxyFix``)."""
    given = request.remote_addr or ""
    try:
        return given if ip_address(given).is_global else None
    except ValueError:
        return None
