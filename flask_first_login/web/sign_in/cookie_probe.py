"""Whether a browser takes cookies: asked where a form came back without any, so that nobody whose browser takes none is
told that they were too slow.

A POST without a cookie may be another site's, and sets none (see `web.headers`). So the browser is sent on to a GET
that sets one, and at once to another that looks for it; in the address of the latter is what the cookie has to say. A
browser with any cookie is never asked.
"""

from __future__ import annotations

from typing import Any

from flask import redirect, request
from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ..navigation import Here
from .sealed_cookies import PROBE

ASKED = "cookies"
#: What an address asks for: to begin a sign-in if cookies are taken, or to say that its form was too old.
BEGIN, TOO_OLD = "begin", "late"


def response(at: Here, name: str, **wishes: Any) -> Response | None:
    """Ask a browser for its cookies, or hear what it answered; None when nothing keeps the sign-in from going on.

    :raises SignInError: ``cookies_blocked``, or ``expired`` for the form of a browser that does take cookies.
    """
    if request.method == "POST":
        return redirect(at.url("start", name=name, **wishes, cookies=TOO_OLD), 303) if not request.cookies else None
    given = request.args.get(ASKED)
    if given is None:
        return None
    try:
        purpose = PROBE.open(given)
    except SealError:
        return _set(at, name, given, wishes)
    if PROBE.token() != given:
        raise SignInError("cookies_blocked", provider=name, phase="begin")
    if purpose == TOO_OLD:
        raise SignInError("expired", provider=name, phase="begin", detail="a form without a cookie")
    return None


def _set(at: Here, name: str, given: str, wishes: dict[str, Any]) -> Response:
    token = PROBE.seal(TOO_OLD if given == TOO_OLD else BEGIN)
    answer = redirect(at.url("start", name=name, **wishes, cookies=token), 303)
    PROBE.put(answer, token)
    return answer
