"""Sign in with Apple: the client secret, which we sign ourselves for each request, and the events that Apple signs."""

from __future__ import annotations

import json
import re
import textwrap
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from .base import AppleKey
from .claims import is_subject
from .id_token import LEEWAY, NotVerified, check_times

SECONDS = 300
#: Apple tries again until a day has passed; then its token has expired.
OLDEST = 26 * 3600
#: What ends at Apple, by the type of an event, and whether the account there is deleted with it. Apple's pages have
#: both spellings of the second. Other events tell of forwarded mail (email-disabled), which nothing hangs on.
ENDING = {"consent-revoked": False, "account-delete": True, "account-deleted": True}
_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)


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
            key = ECKey.import_key(_whole(self.private_key))
            fits = key.is_private and key.curve_name == "P-256"
        except (JoseError, ValueError, TypeError, KeyError):  # no key, another kind, a locked one, a curve nobody knows
            fits = False
        if not fits:
            raise ValueError("not a private key of curve P-256")
        return key


def _whole(pasted: str) -> str:
    """Give a key its lines back that was pasted in one: with ``\\n`` as two characters, or with blanks for breaks."""
    found = _PEM.search(pasted.replace("\\r", "").replace("\\n", "\n"))
    if found is None:
        return pasted
    lines = textwrap.wrap("".join(found[2].split()), 64)
    return "\n".join([f"-----BEGIN {found[1]}-----", *lines, f"-----END {found[1]}-----", ""])


@dataclass(frozen=True, slots=True)
class Notice:
    """What Apple tells of people, in one signed token: whose use of this portal ended, and whether the account did.

    ``jti`` is good once, ``until`` when it is nothing any more.
    """

    jti: str
    until: float
    ended: tuple[tuple[str, bool], ...]


def read_notice(stated: Mapping[str, object], *, issuer: str, audiences: Collection[str]) -> Notice:
    """Check the claims of a token that Apple signed, and read the events in it.

    Anybody can post to the address that takes them: a token of another app, an ID token of a sign-in, or one that was
    captured long ago, before its person came back, must end nothing here.

    :raises NotVerified: one of them is not right.
    """
    said_to, jti = stated.get("aud"), stated.get("jti")
    if stated.get("iss") != issuer:
        raise NotVerified("the issuer is another")
    if not set(said_to if isinstance(said_to, list) else [said_to]) <= {*audiences} or not said_to:
        raise NotVerified("the audience is another client's")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255:
        raise NotVerified("it does not say jti")
    issued_at = check_times({"exp": time.time() + SECONDS, **stated})
    if issued_at < time.time() - OLDEST:
        raise NotVerified("it is older than a day")
    return Notice(jti, issued_at + OLDEST + LEEWAY, tuple(_ended(stated.get("events"))))


def _ended(events: object) -> list[tuple[str, bool]]:
    """Read the events, which Apple writes as JSON within a text."""
    if isinstance(events, str):
        try:
            events = json.loads(events)
        except (ValueError, RecursionError):
            events = None
    ended = []
    for event in events if isinstance(events, list) and events else [events]:
        match event:
            case {"type": str(kind), "sub": str(subject)} if kind in ENDING and is_subject(subject):
                ended.append((subject, ENDING[kind]))
            case {"type": str(kind)} if kind not in ENDING:
                continue
            case _:
                raise NotVerified("it tells of no event, or of one without a subject")
    return ended
