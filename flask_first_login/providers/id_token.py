"""The checks of an ID token (OpenID Connect Core 1.0, 3.1.3.7): whose signature it has, whom it is for, and when.

Authlib checks the claims. What it leaves open is closed here: the audience is exactly us, the times are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeGuard

from authlib.common.errors import AuthlibBaseError
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyCurveError, JoseError, KeyParameterError
from joserfc.jws import JWSRegistry, extract_compact

from .claims import is_subject
from .discovery_and_keys import Kept, Key

LARGEST_TOKEN = 64 * 1024
MOST_KEYS_TRIED = 4
LEEWAY = 60
#: Everything that an ID token can make its readers raise.
ID_TOKEN_ERRORS = (JoseError, AuthlibBaseError, ValueError, TypeError, KeyError, RecursionError, OverflowError)


def verified(text: str, kept_keys: Kept[tuple[Key, ...]], algorithms: frozenset[str]) -> jwt.Token:
    """Verify the token under a key of the provider; an unknown ``kid`` has the keys fetched once more (rotation).

    :raises ValueError: it is none, or no key fits it; also as joserfc's own errors.
    """
    if len(text) > LARGEST_TOKEN:
        raise ValueError("an ID token of this size is not one")
    header = extract_compact(text.encode("ascii")).headers()
    if str(header.get("typ", "JWT")).lower().removeprefix("application/") != "jwt":  # RFC 8725, 3.11
        raise ValueError("a token of another purpose")
    keys = kept_keys.get()
    fitting = _fitting(keys, header) or _fitting(kept_keys.renew(keys), header)
    registry = JWSRegistry(algorithms=sorted(algorithms), strict_check_header=False)
    for key in fitting[:MOST_KEYS_TRIED]:
        try:
            return jwt.decode(text, key, registry=registry)
        except (BadSignatureError, KeyParameterError, InvalidKeyCurveError):  # not by this key, or not one for this
            continue
    raise BadSignatureError()


def check_claims(
    claims: Mapping[str, object],
    header: Mapping[str, object],
    *,
    issuers: frozenset[str],
    client_id: str,
    nonce: str,
    access_token: str,
) -> dict[str, object]:
    """Check the claims of an ID token whose signature holds (OpenID Connect Core 1.0, 3.1.3.7), by Authlib and beyond.

    :raises ValueError: one of them is not right; also as Authlib's and joserfc's own errors.
    """
    checked = CodeIDToken(
        dict(claims),
        dict(header),
        {"iss": {"essential": True, "values": sorted(issuers)}},
        {"nonce": nonce, "client_id": client_id, "access_token": access_token},
    )
    checked.validate(leeway=LEEWAY)
    if checked["aud"] not in (client_id, [client_id]) or checked.get("azp", client_id) != client_id:
        raise ValueError("aud is not exactly this relying party")
    if not checked.get("at_hash", "left out"):  # Authlib takes an empty one for none
        raise ValueError("at_hash is empty")
    if not isinstance(checked["sub"], str) or not is_subject(checked["sub"]):
        raise ValueError("sub is not a subject")
    _check_times(checked)
    return dict(checked)


def _check_times(checked: Mapping[str, object]) -> None:
    latest = datetime.now(UTC).timestamp() + LEEWAY
    if not _is_number(checked["exp"]):
        raise ValueError("a time is not a number")
    if not all(_is_number(time) and 0 <= time <= latest for time in (checked["iat"], checked.get("auth_time", 0))):
        raise ValueError("not a time of the past")


def _fitting(keys: tuple[Key, ...], header: Mapping[str, object]) -> list[Key]:
    """Return the keys that fit the token's algorithm; for a token that names its key, that key alone."""
    kind, kid = "EC" if str(header.get("alg")).startswith("ES") else "RSA", header.get("kid")
    return [key for key in keys if key.key_type == kind and (kid is None or key.kid == kid)]


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
