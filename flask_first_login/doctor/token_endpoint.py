"""Does the token endpoint answer, and does it know us: it is asked for a token with a code that nobody was given."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

from ..providers import Registration
from ..providers.answers import Answer
from ..providers.client import ask_for_token
from ..providers.http import failure
from .asking import Line, mend
from .finding import Finding, error, warning
from .registered import place


def check_token_endpoint(line: Line, registration: Registration, url: str, auth: str, uri: str) -> Iterator[Finding]:
    """A provider proves the client before the code (RFC 6749, 4.1.3), so its refusal tells whether the secret is right.

    The secret goes where every sign-in sends it, and nowhere else.
    """
    where = place(line.name)
    code, verifier = f"doctor-{secrets.token_urlsafe(16)}", secrets.token_urlsafe(32)
    try:
        response = ask_for_token(line, registration, url, auth, code=code, verifier=verifier, redirect_uri=uri)
    except (OSError, ValueError) as wrong:
        detail = failure(wrong, provider=line.name, phase="token").detail
        yield error("token_endpoint_unreachable", where, f"gives no token at {url}: {detail}.", mend(detail))
        return
    if response.status_code >= 500 or response.status_code == 404:
        what = f"answers at {url} with HTTP {response.status_code}."
        yield error("token_endpoint_broken", where, what, mend(f"HTTP {response.status_code}"))
    elif _error(response) == "invalid_client" or response.status_code == 401:
        what = "does not know this client_id with this secret: every sign-in is refused at the last step."
        fix = "Copy both again from the registration; look whether the secret ran out, and at token_auth."
        yield error("client_refused", f"{where}['client_secret']", what, fix)
    elif response.status_code == 200:
        what = "took a code that it never gave."
        yield warning("code_unchecked", where, what, "Tell the provider: at such a one, anybody is anybody.")


def _error(response: Answer) -> object:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return answer.get("error") if isinstance(answer, dict) else None
