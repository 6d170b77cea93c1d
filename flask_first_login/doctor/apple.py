"""Apple's client secret: a token that lives for six months at most, best made anew for each sign-in."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping

from ..providers import Oidc, Registration
from ..providers.apple import AppleSecret
from ..state import AppState
from .finding import Finding, error, warning
from .registered import place

ISSUER = "https://appleid.apple.com"
LONGEST = 15_777_000  # seconds: Apple's six months
SOON = 30 * 24 * 3600
TEN = re.compile(r"[A-Z0-9]{10}")
USE_THE_KEY = "Set team_id, key_id and private_key in place of client_secret: each sign-in then makes a new one."


def check_apple(state: AppState) -> Iterator[Finding]:
    for name, one in state.registrations.items():
        protocol = one.provider.protocol
        if not isinstance(protocol, Oidc) or (name != "apple" and protocol.issuer != ISSUER):
            continue
        if isinstance(one.secret, AppleSecret):
            yield from _identifiers(place(name), one.secret) if protocol.issuer == ISSUER else ()
        else:
            yield from _pasted(place(name) + "['client_secret']", one, protocol.issuer, time.time())
        if protocol.issuer == ISSUER and (state.settings.external_url or "").startswith("http:"):
            what = "takes no redirect URI that is http or an address of this machine."
            yield error("apple_needs_https", place(name), what, "Try it under an https name; the sandbox takes http.")


def _identifiers(where: str, secret: AppleSecret) -> Iterator[Finding]:
    for key, value in (("team_id", secret.team_id), ("key_id", secret.key_id)):
        if not TEN.fullmatch(value):
            what = "is not ten capital letters and digits: Apple will refuse the client secret."
            yield error("apple_identifier", f"{where}[{key!r}]", what, "Copy it from Apple's developer account.")


def _pasted(where: str, registration: Registration, issuer: str, now: float) -> Iterator[Finding]:
    """A secret that somebody made by hand, and that stops working one day."""
    claims = _claims(registration.secret())
    ends = claims.get("exp") if claims is not None else None
    if claims is None or not isinstance(ends, int | float):
        what = "is not a signed token, as Apple's client secret is."
        yield error("apple_secret_malformed", where, what, USE_THE_KEY)
        return
    if ends < now:
        yield error("apple_secret_expired", where, f"ran out {_days(now - ends)} ago.", USE_THE_KEY)
    elif ends > now + LONGEST:
        yield error("apple_secret_too_long", where, "lives longer than six months: Apple refuses it.", USE_THE_KEY)
    elif ends < now + SOON:
        yield warning("apple_secret_ends", where, f"runs out in {_days(ends - now)}.", USE_THE_KEY)
    if (claims.get("sub"), claims.get("aud")) != (registration.client_id, issuer):
        what = "was made for another client_id or another issuer."
        yield error("apple_secret_of_another", where, what, USE_THE_KEY)


def _claims(token: str) -> Mapping[str, object] | None:
    """What a token says, unverified; None when it is none."""
    parts = token.split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError, RecursionError):
        return None
    return payload if len(parts) == 3 and isinstance(payload, dict) else None


def _days(seconds: float) -> str:
    days = int(seconds // 86400)
    return f"{days} day{'' if days == 1 else 's'}"
