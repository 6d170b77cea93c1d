"""The providers as they are set: which are missing, twice there, or of a test; keytabs; Apple's secret."""

from __future__ import annotations

import base64
import json
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from ..providers import Oidc, Posted, Provider, Registration, government
from ..providers.apple import AppleSecret
from ..providers.ecpa import ApReqVerifier
from ..providers.id_token import is_number
from ..providers.kerberos_keys import RC4, named
from ..settings import Settings
from ..state import AppState
from .findings import ERROR, NOTE, WARNING, Finding, error, found, note, place, warning
from .portal import is_loopback

APPLE = "https://appleid.apple.com"
LONGEST = 15_777_000  # seconds: Apple's six months
SOON = 30 * 24 * 3600
IDENTIFIER = re.compile(r"[A-Z0-9]{10}")
USE_THE_KEY = "Set team_id, key_id and private_key in place of client_secret: each sign-in then makes a new one."


def check_registrations(state: AppState) -> Iterator[Finding]:
    """Find providers without keys, the same key under two names, and pretend providers on a real portal."""
    if not state.registrations:
        fix = "Add one, such as FLASK_FIRST_LOGIN_PROVIDERS__google__client_id and __client_secret."
        yield error("no_provider", "FIRST_LOGIN_PROVIDERS", "names no provider: nobody can sign in.", fix)
        return
    yield from _hidden(state)
    yield from _shared(state)
    yield from _pretend(state)


def _hidden(state: AppState) -> Iterator[Finding]:
    """A provider without keys has no button; where the guide leads to it, learners read that it is not available."""
    columns = {*state.settings.civil_servant_providers, *state.settings.public_providers}
    for name in sorted((columns | state.flow.providers) - state.registrations.keys()):
        asked = "the guide and the login page" if name in state.flow.providers else "the login page"
        what = f"is not set, so {asked} cannot offer {name}."
        fix = "Set the keys that the provider gave at registration, or take it out of the two columns and the flow."
        yield (note if _is_default(state.settings, name) else warning)("provider_hidden", place(name), what, fix)


def _is_default(settings: Settings, name: str) -> bool:
    """Whether only the shipped columns name it, so that nobody here decided to offer it."""
    columns, shipped = ("civil_servant_providers", "public_providers"), Settings()
    chosen = [getattr(settings, key) for key in columns if getattr(settings, key) != getattr(shipped, key)]
    return not any(name in column for column in chosen)


def _shared(state: AppState) -> Iterator[Finding]:
    """Find providers with one issuer, and a client_id that was copied from another issuer's provider."""
    by_issuer, by_client = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    issuers = {name: registration.provider.protocol.issuer for name, registration in state.registrations.items()}
    for name, registration in state.registrations.items():
        by_issuer[issuers[name]].append(name)
        by_client[registration.client_id or ""].append(name)
    for issuer, (first, *others) in by_issuer.items():
        yield from found(
            ("issuer_twice", NOTE, place(first), others,
             f"has the issuer of {', '.join(others)}, {issuer}: one person is one identity under all of them.",
             "Keep one of them, unless two buttons for one account are meant, as for an organisation's own."),
        )  # fmt: skip
    for client_id, (first, *others) in by_client.items():
        yield from found(
            ("client_id_twice", WARNING, f"{place(first)}['client_id']",
             client_id and any(issuers[name] != issuers[first] for name in others),
             f"is the client_id of {', '.join(others)} too, {client_id[:60]!r}: one of them was copied.",
             "Write for each what that provider gave at registration."),
        )  # fmt: skip


def _pretend(state: AppState) -> Iterator[Finding]:
    """At the sandbox, whoever comes signs in as anybody."""
    if state.settings.external_url is None or is_loopback(state.settings.external_url):
        return
    for name, registration in state.registrations.items():
        protocol = registration.provider.protocol
        begins_at = protocol.login_url if isinstance(protocol, Posted) else protocol.begins_at
        if is_loopback(protocol.issuer) or is_loopback(begins_at):
            what = "is on this very machine: no learner's browser reaches it, and a sandbox lets everybody in."
            fix = "Set the real provider's addresses, or FIRST_LOGIN_EXTERNAL_URL to this machine for development."
            yield error("provider_on_loopback", place(name), what, fix)


def check_keytabs(state: AppState) -> Iterator[Finding]:
    """Tell which keys open the tickets that are posted, never a key; find a keytab that others may read."""
    for name, registration in state.registrations.items():
        verify = getattr(registration.provider.protocol, "verify", None)
        if not isinstance(verify, ApReqVerifier) or verify.keytab is None:
            continue
        where, acceptor = f"{place(name)}['keytab']", verify.acceptor
        keys = ", ".join(f"version {key.kvno} ({named(key.enctype)})" for key in acceptor.keys)
        is_weak = any(key.enctype == RC4.number for key in acceptor.keys)
        what = f"opens tickets for {acceptor.service}@{acceptor.realm} by the key of {keys}."
        yield note("keytab_keys", where, what, "Before the agency changes the key, add the new one, and restart.")
        yield from found(
            ("keytab_open", ERROR, where, _is_open(verify.keytab),
             "may be read by everybody on this machine, who can then sign in as anybody.", "chmod o-rwx, or 600."),
            ("keytab_weak", WARNING, f"{place(name)}['etypes']", is_weak,
             "takes tickets under rc4-hmac: whoever sees one may guess a key that was made of a password.",
             "Ask the agency for an AES key, or for one that was drawn at random."),
            ("keytab_numberless", WARNING, place(name), _is_numberless(registration.provider, verify),
             "says the account alone, so that nobody has a number and all hours are held.",
             "Set enrich; or claims.national_id to account, if the agency says that the account is the number."),
        )  # fmt: skip


def _is_numberless(provider: Provider, verify: ApReqVerifier) -> bool:
    identify = provider.identify
    reads = isinstance(identify, government) and identify.names.national_id in (verify.claims_given or ())
    return provider.enrich is None and isinstance(identify, government) and not reads


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & 0o007)
    except OSError:  # it went since the portal started
        return False


def check_apple(state: AppState) -> Iterator[Finding]:
    """Find Apple's identifiers that are none, and a client secret that was made by hand and will run out."""
    for name, registration in state.registrations.items():
        protocol = registration.provider.protocol
        if not isinstance(protocol, Oidc) or (name != "apple" and protocol.issuer != APPLE):
            continue
        if isinstance(registration.secret, AppleSecret):
            yield from _identifiers(place(name), registration.secret) if protocol.issuer == APPLE else ()
        else:
            yield from _pasted(f"{place(name)}['client_secret']", registration, protocol.issuer, time.time())
        if protocol.issuer == APPLE and (state.settings.external_url or "").startswith("http:"):
            what = "takes no redirect URI that is http or an address of this machine."
            yield error("apple_needs_https", place(name), what, "Try it under an https name; the sandbox takes http.")


def _identifiers(where: str, secret: AppleSecret) -> Iterator[Finding]:
    for key, value in (("team_id", secret.team_id), ("key_id", secret.key_id)):
        if not IDENTIFIER.fullmatch(value):
            what = "is not ten capital letters and digits: Apple will refuse the client secret."
            yield error("apple_identifier", f"{where}[{key!r}]", what, "Copy it from Apple's developer account.")


def _pasted(where: str, registration: Registration, issuer: str, now: float) -> Iterator[Finding]:
    """Judge a secret that somebody made by hand, and that stops working one day."""
    claims = _claims(registration.secret())
    ends = claims.get("exp")
    if not is_number(ends):
        yield error("apple_secret_malformed", where, "is not a signed token, as Apple's client secret is.", USE_THE_KEY)
        return
    if ends < now:
        yield error("apple_secret_expired", where, f"ran out {_days(now - ends)} ago.", USE_THE_KEY)
    elif ends > now + LONGEST:
        yield error("apple_secret_too_long", where, "lives longer than six months: Apple refuses it.", USE_THE_KEY)
    elif ends < now + SOON:
        yield warning("apple_secret_ends", where, f"runs out in {_days(ends - now)}.", USE_THE_KEY)
    if (claims.get("sub"), claims.get("aud")) != (registration.client_id, issuer):
        yield error("apple_secret_of_another", where, "was made for another client_id or another issuer.", USE_THE_KEY)


def _claims(token: str) -> Mapping[str, object]:
    """Read what a token says, unverified; nothing when it is none."""
    parts = token.split(".")
    try:
        payload = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError, RecursionError):
        return {}
    return payload if len(parts) == 3 and isinstance(payload, dict) else {}


def _days(seconds: float) -> str:
    days = int(seconds // 86400)
    return f"{days} day{'' if days == 1 else 's'}"
