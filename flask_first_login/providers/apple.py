"""Sign in with Apple: the client secret is a token that we sign ourselves, anew for each request."""

from __future__ import annotations

import time
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from .base import AppleKey

SECONDS = 300


@dataclass(frozen=True, slots=True)
class AppleSecret(AppleKey):
    """Makes Apple's client secret (ES256, at most six months by Apple's rule, five minutes by ours); never stored.

    ``audience`` is Apple's issuer.

    :raises ValueError: ``private_key`` is not an EC key of curve P-256 in PEM.
    """

    audience: str

    def __post_init__(self) -> None:
        self._key()

    def __call__(self) -> str:
        now = int(time.time())
        claims = {"iss": self.team_id, "sub": self.client_id, "aud": self.audience, "iat": now, "exp": now + SECONDS}
        return jwt.encode({"alg": "ES256", "kid": self.key_id}, claims, self._key(), algorithms=["ES256"])

    def _key(self) -> ECKey:
        try:
            key = ECKey.import_key(self.private_key)
            fits = key.is_private and key.curve_name == "P-256"
        except (JoseError, ValueError, TypeError, KeyError):  # no key, another kind, a locked one, a curve nobody knows
            fits = False
        if not fits:
            raise ValueError("not a private key of curve P-256")
        return key
