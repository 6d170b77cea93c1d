"""Facebook's signed requests: how it tells an app that a person left, or wants their data deleted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import logging
import time

logger = logging.getLogger("flask_first_login")
LONGEST = 4096
#: Facebook posts when the person acts. An hour forgives a queue on the way, and five minutes a clock that is behind.
OLDEST, CLOCKS_APART = 3600, 300


def subject_of(signed_request: str, secret: str) -> str | None:
    """Read the ``user_id`` of a signed request; None unless it was signed with our app secret (HMAC-SHA256) just now.

    Anybody can post to these addresses: without the signature, a stranger could have accounts deleted; and with a
    request that was captured long ago, those of a person who has come back since.
    """
    signature, _, payload = signed_request.partition(".")
    if not secret or not payload or len(signed_request) > LONGEST:
        return None
    try:
        expected = hmac.new(secret.encode(), payload.encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(_decoded(signature), expected):
            return None
        value = json.loads(_decoded(payload))
    except (ValueError, RecursionError, binascii.Error):
        return None
    match value:
        case {"algorithm": "HMAC-SHA256", "user_id": str(subject) | int(subject)} if subject and subject is not True:
            return str(subject) if _is_recent(value.get("issued_at")) else None
        case _:
            return None


def _is_recent(issued_at: object) -> bool:
    now = time.time()
    if isinstance(issued_at, bool) or not isinstance(issued_at, int | float):
        logger.warning("a signed request does not say when it was issued")
        return False
    if not now - OLDEST <= issued_at <= now + CLOCKS_APART:
        logger.warning("a signed request was not issued within the last hour, by the clock of this machine")
        return False
    return True


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
