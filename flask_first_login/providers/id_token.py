"""The checks of an ID token (OpenID Connect Core 1.0, 3.1.3.7): whose signature it has, whom it is for, and when.

joserfc checks the signature, everything else is checked here: each check that fails says so in words of its own. What
is null was not said, and a claim that nothing hangs on stops nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from sys import float_info
from typing import Any, TypeGuard

from authlib.oidc.core.util import create_half_hash
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyCurveError, JoseError, KeyParameterError
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact

from ..masking import mask, plain
from .answers import said
from .claims import is_subject
from .discovery_and_keys import Kept, Key
from .protocols import ASYMMETRIC

LARGEST_TOKEN = 64 * 1024
MOST_KEYS_TRIED = 4
LEEWAY = 60
#: Everything that an ID token can make its readers raise.
READING_ERRORS = (JoseError, ValueError, TypeError, KeyError, RecursionError, OverflowError)
#: What the log may name: what else a header says is the provider's own text. LINE signs by HS256, though it publishes
#: ES256.
KNOWN_ALGORITHMS = frozenset({*ASYMMETRIC, "EdDSA", "ES256K", "HS256", "HS384", "HS512", "none"})
NOT_BY_THIS_KEY = (BadSignatureError, KeyParameterError, InvalidKeyCurveError)
#: What a header may say of keys and of contents, which is never taken from there.
NEVER_FROM_HEADER = frozenset({"jwk", "jku", "x5u", "x5c", "x5t", "x5t#S256", "cty"})


class NotVerified(ValueError):
    """A token that proves nothing; the text says in our own words which check failed."""


class _Registry(JWSRegistry):
    """Admits a header whatever stands in it that is not taken from there; what is critical and unknown is refused."""

    def check_header(self, header: dict[str, Any]) -> None:
        super().check_header({name: value for name, value in said(header).items() if name not in NEVER_FROM_HEADER})


def verified(text: str, kept_keys: Kept[tuple[Key, ...]], algorithms: frozenset[str]) -> jwt.Token:
    """Verify a token under a key of the provider. Where none fits, the keys are fetched once more, and tried once more.

    A provider may replace its key at any time, under the name of the old one too. What makes us fetch is throttled (see
    `Kept.renew`), so that forged tokens cannot make us call a provider at will.

    :raises NotVerified: it is none, or no key fits it.
    """
    signed = _read(text)
    header = signed.headers()
    if (algorithm := str(header.get("alg"))) not in algorithms:
        named = f" ({algorithm})" if algorithm in KNOWN_ALGORITHMS else ""
        raise NotVerified(f"signed by an algorithm that this portal does not take there{named}")
    keys = kept_keys.get()
    is_theirs = _is_by_any(signed, keys, algorithms)
    if not is_theirs and (newer := kept_keys.renew(keys)) is not keys:
        is_theirs = _is_by_any(signed, newer, algorithms)
    if not is_theirs:
        raise NotVerified("the signature is not by a key of the provider")
    return jwt.Token(header, _claims(signed))


def _read(text: str) -> CompactSignature:
    if len(text) > LARGEST_TOKEN:
        raise NotVerified("larger than any token")
    try:
        signed = extract_compact(text.encode("ascii"))
        given: object = signed.headers()
    except READING_ERRORS:
        given = None
    if not isinstance(given, dict):  # a header may be any JSON
        raise NotVerified("no signed token in compact form")
    header = said(given)
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") != "jwt":  # RFC 8725, 3.11
        raise NotVerified("a token of another purpose (typ)")
    return signed


def _is_by_any(signed: CompactSignature, keys: tuple[Key, ...], algorithms: frozenset[str]) -> bool:
    registry = _Registry(algorithms=sorted(algorithms), strict_check_header=False)
    for key in _fitting(keys, said(signed.headers()))[:MOST_KEYS_TRIED]:
        try:
            if validate_compact(signed, key, registry=registry):
                return True
        except NOT_BY_THIS_KEY:
            continue
        except READING_ERRORS:
            raise NotVerified("a header that asks for what we do not know") from None
    return False


def _claims(signed: CompactSignature) -> dict[str, Any]:
    try:
        claims = json.loads(signed.payload)
    except READING_ERRORS:
        raise NotVerified("no claims") from None
    if not isinstance(claims, dict):
        raise NotVerified("no claims")
    return claims


def _fitting(keys: tuple[Key, ...], header: Mapping[str, object]) -> list[Key]:
    """Return the keys that fit the token's algorithm; for a token that names its key, that key alone, or where no key
    has that name those without any."""
    kind, kid = "EC" if str(header.get("alg")).startswith("ES") else "RSA", header.get("kid")
    fitting = [key for key in keys if key.key_type == kind]
    return [key for key in fitting if kid is None or key.kid == kid] or [key for key in fitting if key.kid is None]


def check_claims(
    claims: Mapping[str, object],
    header: Mapping[str, object],
    *,
    issuers: frozenset[str],
    client_id: str,
    trusted: tuple[str, ...],
    nonce: str,
    access_token: str | None,
) -> dict[str, object]:
    """Check the claims of an ID token whose signature holds, and give those that say something.

    :raises NotVerified: one of them is not right.
    """
    stated = said(claims)
    if missing := [name for name in ("iss", "sub", "aud", "exp", "iat", "nonce") if name not in stated]:
        raise NotVerified(f"it does not say {missing[0]}")
    if not isinstance(stated["iss"], str) or stated["iss"] not in issuers:
        raise NotVerified("the issuer is another")
    check_audience(stated, client_id, trusted)
    if stated["nonce"] != nonce:
        raise NotVerified("it is for another sign-in (nonce)")
    if not isinstance(stated["sub"], str) or not is_subject(stated["sub"]):
        raise NotVerified("sub is not a subject")
    check_times(stated)
    if access_token is not None and "at_hash" in stated:
        half_hash = create_half_hash(access_token, str(header.get("alg")))
        if half_hash is None or stated["at_hash"] != half_hash.decode():
            raise NotVerified("it is for another access token (at_hash)")
    return stated


def check_audience(stated: Mapping[str, object], client_id: str, trusted: tuple[str, ...]) -> None:
    """Check that a token is for us, and for nobody else who is not trusted (OpenID Connect Core 1.0, 3.1.3.7).

    A token that another client may hold as well, that client could bring here as its own sign-in.

    :raises NotVerified: it is not; the text names a further audience.
    """
    given = stated.get("aud")
    audiences = given if isinstance(given, list) else [given]
    if client_id not in audiences:
        raise NotVerified("the audience is another client's")
    for further in audiences:
        if further != client_id and further not in trusted:
            raise NotVerified(f"a further audience is not trusted: {mask(plain(str(further)))[:80]}")
    is_shared = any(audience != client_id for audience in audiences)
    if stated.get("azp", None if is_shared else client_id) != client_id:
        raise NotVerified("it was given to another client (azp)")


def check_times(stated: dict[str, object]) -> float:
    """Check when a token was made, which is given, and until when it holds. When its person proved themself nothing
    rests on but a proof: what is no time of the past, as a 0 or one in milliseconds, proves nothing, and is left out.

    :raises NotVerified: it does not hold now.
    """
    now, issued_at = datetime.now(UTC).timestamp(), _time(stated, "iat")
    proved_at = stated.get("auth_time")
    if not (is_number(proved_at) and 0 < proved_at <= now + LEEWAY):
        stated.pop("auth_time", None)
    if _time(stated, "exp") <= now - LEEWAY:
        raise NotVerified("it has expired; or a clock is wrong")
    if not 0 <= issued_at <= now + LEEWAY:
        raise NotVerified("it is not of the past; or a clock is wrong")
    if _time(stated, "nbf") > now + LEEWAY:
        raise NotVerified("it does not hold yet; or a clock is wrong")
    return issued_at


def _time(stated: Mapping[str, object], name: str) -> float:
    value = stated.get(name, 0)
    if not is_number(value):
        raise NotVerified(f"{name} is not a number")
    return value


def is_number(value: object) -> TypeGuard[float]:
    """Admit what can be reckoned with: JSON has whole numbers of any length, and Python reads `NaN` and `Infinity`."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= float_info.max
