"""Keys, and the ways to sign an ID token: the right one and the wrong ones."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

Claims = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Keys:
    """The RSA key an issuer publishes and signs with, and a spare one that nobody has seen."""

    published: RSAKey
    spare: RSAKey

    @classmethod
    def generate(cls) -> Keys:
        published, spare = (RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True) for _ in "ab")
        return cls(published, spare)

    def rotated(self) -> Keys:
        return Keys(self.spare, self.published)

    def jwks(self) -> dict[str, Any]:
        return {**KeySet([self.published]).as_dict(private=False)}


Sign = Callable[[Keys, Claims], str]


def rs256(keys: Keys, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": keys.published.kid}, claims, keys.published)


def without_kid(keys: Keys, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256"}, claims, keys.published)


def with_unknown_kid(keys: Keys, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, keys.published)


def with_a_foreign_key(keys: Keys, claims: Claims) -> str:
    """Signed with the spare key under the published key's name."""
    return jwt.encode({"alg": "RS256", "kid": keys.published.kid}, claims, keys.spare)


def unsigned(keys: Keys, claims: Claims) -> str:
    """The oldest attack on JWS: ``alg: none`` (RFC 8725 section 3.1)."""
    return f"{_signing_input({'alg': 'none'}, claims)}."


def hs256_with_public_key(keys: Keys, claims: Claims) -> str:
    """What anybody can make: an HMAC whose secret is the public key as everyone reads it (CVE-2024-37568)."""
    signing_input = _signing_input({"alg": "HS256", "kid": keys.published.kid}, claims)
    signature = hmac.digest(keys.published.as_pem(private=False), signing_input.encode(), "sha256")
    return f"{signing_input}.{base64url(signature)}"


def left_half_hash(token: str) -> str:
    """The ``at_hash`` of an access token (OpenID Connect Core 1.0 section 3.1.3.6)."""
    return base64url(sha256(token.encode()).digest()[:16])


def base64url(octets: bytes) -> str:
    return urlsafe_b64encode(octets).decode().rstrip("=")


def _signing_input(header: dict[str, Any], claims: Claims) -> str:
    return ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
