"""Facebook's signed requests: how it tells an app that a person left, or wants their data deleted."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

LONGEST = 4096


def subject_of(signed_request: str, secret: str) -> str | None:
    """The ``user_id`` of a signed request, or None when it was not signed with our app secret (HMAC-SHA256).

    Anybody can post to these addresses: without the signature, a stranger could have accounts deleted.
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
            return str(subject)
        case _:
            return None


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
