"""Does the token endpoint answer, and does it know us: it is asked for a token with a code that nobody was given."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import requests

from ..providers import Registration
from ..providers.http import failure
from .asking import Line, mend
from .finding import Finding, error, warning
from .registered import place


def check_token_endpoint(line: Line, registration: Registration, url: str, auth: str, uri: str) -> Iterator[Finding]:
    """A provider proves the client before the code (RFC 6749, 4.1.3), so its refusal tells whether the secret is right.

    The secret goes where every sign-in sends it, and nowhere else.
    """
    where = place(line.name)
    try:
        response = _asked(line, registration, url, auth, uri)
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


def _asked(line: Line, registration: Registration, url: str, auth: str, uri: str) -> requests.Response:
    client = {"client_id": registration.client_id, "client_secret": registration.secret()}
    by_header = auth == "client_secret_basic"
    form = {
        "grant_type": "authorization_code",
        "code": f"doctor-{secrets.token_urlsafe(16)}",
        "code_verifier": secrets.token_urlsafe(32),
        "redirect_uri": uri,
    }
    return line.session.post(
        url,
        data=form if by_header else {**form, **client},
        auth=(registration.client_id, client["client_secret"]) if by_header else None,
        headers={"Accept": "application/json"},
        allow_redirects=False,
    )


def _error(response: requests.Response) -> object:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return None
    return answer.get("error") if isinstance(answer, dict) else None
