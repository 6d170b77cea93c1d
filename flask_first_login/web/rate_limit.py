"""Limit how many codes and tickets that a provider refuses one address may bring, before it may begin more sign-ins.

The limit protects the provider's patience with the portal: each guess costs it a call, and a provider that gets too
many of them stops serving the portal. So only an answer counts that ended a sign-in of the very browser which brought
it, and that the provider was asked about and refused. No page elsewhere can make an address count, and an answer to a
sign-in that was begun is never refused.
"""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

from flask import request

from ..errors import SignInError
from .failures import FAILURES
from .navigation import Here

OF_ONE_NETWORK = 64  # bits of an IPv6 address; the rest is the subscriber's to choose, as often as they like


def count_refused(at: Here, error: SignInError) -> None:
    """Count an answer of this browser that the provider refused: a code or a ticket that it did not make.

    An outage of the provider is nobody's guess, and no failure that is ``counted``.
    """
    most, address, failure = at.state.settings.failures_per_minute, _address(), FAILURES.get(error.code)
    if most is None or address is None or failure is None or error.of_portal:
        return
    if failure.counted:
        at.state.limiter.note(address, most)


def refuse_too_many(at: Here, provider: str) -> None:
    """Begin a sign-in only for an address of which not too many failed.

    :raises SignInError: ``too_many``.
    """
    most, address = at.state.settings.failures_per_minute, _address()
    if most is not None and address is not None and at.state.limiter.is_limited(address, most):
        raise SignInError("too_many", provider=provider, phase="begin")


def _address() -> str | None:
    """Whose failures are counted together; None for an address inside: it is the proxy's, for everybody who comes
    through it, until the portal trusts its header (Werkzeug's ``ProxyFix``)."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if not address.is_global:
        return None
    return str(ip_network((int(address), OF_ONE_NETWORK), strict=False) if address.version == 6 else address)
