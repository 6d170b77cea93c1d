"""What a provider publishes about itself, its endpoints and its keys: checked, kept, and fetched once at a time."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar, cast
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from ..addresses import is_safe_endpoint
from ..errors import SignInError
from .answers import said
from .claims import single
from .protocols import Oidc

METADATA_SECONDS = 3600.0
KEYS_SECONDS = 3600.0
STALE_SECONDS = 24 * 3600.0
RETRY_SECONDS = 10.0
MOST_RENEWALS = 4
RENEWAL_SECONDS = 30.0
MOST_KEYS = 64

OTHER_ALPHABET = str.maketrans("+/", "-_")

logger = logging.getLogger("flask_first_login")

Key = RSAKey | ECKey
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The part of a discovery document that a sign-in needs (OpenID Connect Discovery 1.0, section 3)."""

    authorization: str
    token: str
    jwks: str
    userinfo: str | None
    algorithms: frozenset[str] | None
    sends_iss: bool
    end_session: str | None = None


@dataclass(frozen=True, slots=True)
class _Fetched(Generic[T]):
    """What a provider published, and until when it is taken for new."""

    value: T
    fresh_until: float
    usable_until: float


class Kept(Generic[T]):
    """A value that is fetched when it is first needed and kept for ``seconds``.

    Of any number of threads one fetches; the others take what is kept, or what that one gets. While
    the provider fails, the last good value serves for `STALE_SECONDS` more: an outage of its
    metadata stops nobody, and a key that it withdrew is trusted no longer than that. With nothing
    kept, a failure reaches every thread that waited for it, and the next one tries again.
    """

    def __init__(self, fetch: Callable[[], T], seconds: float) -> None:
        self._fetch, self._seconds = fetch, seconds
        self._lock = threading.Lock()  # for the fields below; never held during a fetch
        self._kept: _Fetched[T] | None = None
        self._flight: Future[T] | None = None  # the fetch under way
        self._retry_at = -math.inf
        self._renewed_until = -math.inf

    def get(self) -> T:
        """Return the kept value; fetch it again when it is older than its time.

        :raises SignInError: what the fetch raised, when nothing usable is kept.
        """
        kept = self._kept
        if kept is not None and monotonic() < kept.fresh_until:
            return kept.value
        with self._lock:
            now = monotonic()
            kept = self._kept if self._kept is not None and now < self._kept.usable_until else None
            if kept is not None and (now < kept.fresh_until or now < self._retry_at or self._flight is not None):
                return kept.value
            flight, is_ours = self._boarded()
        try:
            return self._flown(flight) if is_ours else flight.result()
        except SignInError as error:
            if kept is None:
                raise
            logger.warning("the last good answer serves on, because: %s", error)
            return kept.value

    def renew(self, unfit: T | None = None) -> T:
        """Fetch the value anew, unless that was asked for too often: then return the kept one.

        ``unfit`` is the value in which the caller did not find what it needs; when another thread has
        fetched a newer one meanwhile, that is given. Whoever can make us look for a key we do not have
        could otherwise make us call the provider at will: `MOST_RENEWALS` at once are allowed, and
        one more every `RENEWAL_SECONDS`.

        :raises SignInError: what the fetch raised; the kept value is known not to fit.
        """
        with self._lock:
            kept = self._kept
            if kept is not None and unfit is not None and kept.value is not unfit:
                return kept.value
            if kept is not None and self._flight is None and not self._may_renew():
                return kept.value
            flight, is_ours = self._boarded()
        return self._flown(flight) if is_ours else flight.result()

    def _may_renew(self) -> bool:
        """Keep a token bucket, as the one point in time up to which renewals are used."""
        now = monotonic()
        used_until = max(self._renewed_until, now - RENEWAL_SECONDS * MOST_RENEWALS)
        if now - used_until < RENEWAL_SECONDS:
            return False
        self._renewed_until = used_until + RENEWAL_SECONDS
        return True

    def _boarded(self) -> tuple[Future[T], bool]:
        """Return the fetch under way, and whether it is for the caller to make it. Call with the lock held."""
        if self._flight is not None:
            return self._flight, False
        self._flight = Future()
        return self._flight, True

    def _flown(self, flight: Future[T]) -> T:
        asked_at = monotonic()
        try:
            value = self._fetch()
        except BaseException as error:  # whatever ends the fetch, nobody may wait for it any longer
            with self._lock:
                self._flight, self._retry_at = None, monotonic() + RETRY_SECONDS
            flight.set_exception(error)
            raise
        fresh_until = asked_at + self._seconds
        with self._lock:
            self._kept, self._flight = _Fetched(value, fresh_until, fresh_until + STALE_SECONDS), None
        flight.set_result(value)
        return value


def endpoints(document: Mapping[str, object], protocol: Oidc, provider: str) -> Endpoints:
    """Read a discovery document; its issuer must be exactly the configured one.

    A provider elsewhere has no business with this machine: http on loopback is for an issuer that is there itself.
    Which hosts its endpoints are on is for the provider to say (Google's are on three), and every call stays away from
    private addresses, whatever the host is called (`addresses`).

    :raises SignInError: ``provider_error`` when the document is for another issuer or an endpoint is not usable.
    """
    schemes = {"https", urlsplit(protocol.issuer).scheme}

    def usable(name: str) -> str | None:
        value = document.get(name)
        is_text = isinstance(value, str) and is_safe_endpoint(value)
        return str(value) if is_text and urlsplit(str(value)).scheme in schemes else None

    def url(name: str) -> str:
        if (value := usable(name)) is None:
            raise SignInError("provider_error", provider=provider, phase="discovery", detail=f"unusable {name}")
        return value

    if document.get("issuer") != protocol.issuer:
        raise SignInError("provider_error", provider=provider, phase="discovery", detail="another issuer")
    listed = single(document.get("id_token_signing_alg_values_supported"))
    listed = [listed] if isinstance(listed, str) else listed
    return Endpoints(
        authorization=url("authorization_endpoint"),
        token=url("token_endpoint"),
        jwks=url("jwks_uri"),
        userinfo=url("userinfo_endpoint") if document.get("userinfo_endpoint") else None,
        algorithms=frozenset(name for name in listed if isinstance(name, str))
        if listed and isinstance(listed, list)
        else None,
        sends_iss=document.get("authorization_response_iss_parameter_supported") is True,
        end_session=usable("end_session_endpoint") if protocol.sign_out_there else None,
    )


def signing_keys(document: Mapping[str, object], provider: str) -> tuple[Key, ...]:
    """Read the RSA keys (of 2048 bits at least) and EC keys that may verify; others are ignored (RFC 7517, 5).

    :raises SignInError: ``provider_error`` when there is no usable key, or more than anyone needs.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise SignInError("provider_error", provider=provider, phase="jwks", detail="no usable key list")
    keys = tuple(key for published in listed if (key := _key(published)) is not None)
    if not keys:
        raise SignInError("provider_error", provider=provider, phase="jwks", detail="no usable key")
    return keys


def _key(value: object) -> Key | None:
    """Read one key, of what a public one is made of; None of one that we cannot read, or that must not verify.

    A key of which the private part is published is everybody's.
    """
    if not isinstance(value, dict) or value.get("d") is not None:
        return None
    known = {name: single(value.get(name)) for name in ("kty", "use", "alg", "kid")}
    if known["use"] not in (None, "sig") or known["kty"] not in ("RSA", "EC"):
        return None  # tuples, since a hostile ``kty`` may be a list, which no set can look up
    numbers = {name: _base64url(value[name]) for name in ("n", "e", "crv", "x", "y") if name in value}
    operations = {"key_ops": value["key_ops"]} if value.get("key_ops") else {}
    try:
        key = JWKRegistry.import_key(cast("dict[str, str | list[str]]", said(known | numbers | operations)))
    except (JoseError, ValueError, TypeError, KeyError, Warning):  # a host may make joserfc's warnings errors
        return None
    if isinstance(key, RSAKey):
        return key if key.raw_value.key_size >= 2048 else None
    return key if isinstance(key, ECKey) else None


def _base64url(text: object) -> object:
    """Write a number of a key as RFC 7515, 2, has it: some publish it padded, in the other alphabet or in lines."""
    return "".join(text.split()).rstrip("=,").translate(OTHER_ALPHABET) if isinstance(text, str) else text
