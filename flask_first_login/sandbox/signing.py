"""Keys, and the ways to sign an ID token: the right one and the wrong ones."""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64encode
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
        """Make both keys anew."""
        published, spare = (RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True) for _ in "ab")
        return cls(published, spare)

    def unrotated(self) -> Keys:
        """The keys as they were made."""
        return self

    def rotated(self) -> Keys:
        """The keys after the issuer has changed the one it signs with."""
        return Keys(self.spare, self.published)

    def jwks(self) -> dict[str, Any]:
        """The published key as a JSON Web Key Set (RFC 7517)."""
        return {**KeySet([self.published]).as_dict(private=False)}


def rs256(keys: Keys, claims: Claims) -> str:
    """Sign as OpenID Connect wants it."""
    return jwt.encode({"alg": "RS256", "kid": keys.published.kid}, claims, keys.published)


def without_kid(keys: Keys, claims: Claims) -> str:
    """Sign rightly, and name no key."""
    return jwt.encode({"alg": "RS256"}, claims, keys.published)


def with_unknown_kid(keys: Keys, claims: Claims) -> str:
    """Sign rightly, and name a key that is not published."""
    return jwt.encode({"alg": "RS256", "kid": "unknown"}, claims, keys.published)


def with_a_foreign_key(keys: Keys, claims: Claims) -> str:
    """Sign with the spare key under the published key's name."""
    return jwt.encode({"alg": "RS256", "kid": keys.published.kid}, claims, keys.spare)


def unsigned(keys: Keys, claims: Claims) -> str:
    """Sign nothing: the oldest attack on JWS, ``alg: none`` (RFC 8725 section 3.1)."""
    return f"{_signing_input({'alg': 'none'}, claims)}."


def hs256_with_public_key(keys: Keys, claims: Claims) -> str:
    """Sign as anybody can, by an HMAC whose secret is the public key as everyone reads it (CVE-2024-37568)."""
    signing_input = _signing_input({"alg": "HS256", "kid": keys.published.kid}, claims)
    signature = hmac.digest(keys.published.as_pem(private=False), signing_input.encode(), "sha256")
    return f"{signing_input}.{base64url(signature)}"


def left_half_hash(token: str) -> str:
    """The ``at_hash`` of an access token (OpenID Connect Core 1.0 section 3.1.3.6)."""
    return base64url(sha256(token.encode()).digest()[:16])


def base64url(octets: bytes) -> str:
    """The octets in the alphabet of JWS, without padding (RFC 7515 section 2)."""
    return urlsafe_b64encode(octets).decode().rstrip("=")


def _signing_input(header: dict[str, Any], claims: Claims) -> str:
    return ".".join(base64url(json.dumps(part).encode()) for part in (header, claims))
