"""The cookies that a browser carries for us: sealed, read by their exact names only, and together within one bound."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask import request
from werkzeug.wrappers import Response

from ...state import state_of

HOST_ONLY = "__Host-"
#: Of a sign-in on its way or ended; of the identity that waits; of the proof; of the parts of a carried-over answer.
SIGN_IN, PENDING, FRESH, ANSWER = "fl-tx-", "fl-pending", "fl-fresh", "fl-bridge-"
OURS = re.compile(rf"(?:{HOST_ONLY})?(?:{SIGN_IN}[\w-]{{16}}|{PENDING}|{FRESH}|{ANSWER}[01])", re.ASCII)

#: Octets of all our cookies in one request, with their names: nginx and gunicorn take some 8,190 in one header and
#: refuse a longer one for the whole portal, so this leaves 780 to the session of the host and its other cookies.
MOST_IN_ALL = 7_400
#: Of these, the two parts of an answer: 3,500 octets of a ticket as hex, where a large Kerberos ticket has 2,400.
OF_ANSWER = 5_050
#: Of these, the proof that somebody signed in a moment ago.
OF_PROOF = 250
#: Of these, what has been begun: five ordinary sign-ins, or one that ends at a very long address, and the social
#: identity that waits to be accepted.
OF_SIGN_INS = MOST_IN_ALL - OF_ANSWER - OF_PROOF
#: Of these, that identity, so that what tells of its sign-in that it has ended stays beside it.
OF_PENDING = OF_SIGN_INS - 256


def size(name: str, token: str) -> int:
    """The octets of a cookie in the header of a request: ``name=token; ``. The name is a full one."""
    return len(name) + len(token) + 3


def held(response: Response | None = None) -> dict[str, str]:
    """Our cookies of this browser by their full names, as they will be once it has ``response``.

    A name is compared octet for octet: before 3.1.9 Werkzeug strips characters such as A0 and 85, and so takes
    ``\\xa0__Host-fl-fresh`` for ``__Host-fl-fresh``; a browser lets every sub-domain plant the former.
    """
    found: dict[str, str] = {}
    for pair in ";".join(request.headers.getlist("Cookie")).split(";"):
        name, _, value = pair.strip(" \t").partition("=")
        if OURS.fullmatch(name):
            found.setdefault(name, value)
    for given in response.headers.getlist("Set-Cookie") if response is not None else ():
        name, _, value = given.partition(";")[0].partition("=")
        if OURS.fullmatch(name):
            found.pop(name, None)
            found |= {name: value} if value else {}
    return found


def free(response: Response, name: str) -> int:
    """The octets that are left to a sign-in of this full name beside all that is held."""
    others = [(other, token) for other, token in held(response).items() if _is_begun(other) and other != name]
    return OF_SIGN_INS - sum(size(*other) for other in others)


def make_room(response: Response, name: str, token: str, sign_ins: Sequence[str], most: int) -> None:
    """Drop what does not fit beside a new cookie of this full name: of the ``sign_ins`` that are held, at most
    ``most``, the first stay; an identity that waits goes only when the new one alone leaves it no room."""
    here, room, waiting = held(response), OF_SIGN_INS - size(name, token), full(PENDING)
    for other in sign_ins[most:]:
        drop(response, other)
    for other in [*([waiting] if waiting in here and waiting != name else []), *sign_ins[:most]]:
        taken = size(other, here[other])
        if taken > room:
            drop(response, other)
        else:
            room -= taken


def full(name: str) -> str:
    """``__Host-`` keeps a sub-domain from planting a cookie of this name; browsers allow it over https only."""
    return f"{HOST_ONLY}{name}" if _secure() else name


def sealed(name: str) -> str | None:
    """The value of one of our sealed cookies."""
    return held().get(full(name))


def set_sealed(response: Response, name: str, token: str, seconds: int) -> None:
    """Set one of our sealed cookies: not readable by scripts, not sent along by other sites' requests."""
    put(response, full(name), token, seconds)


def drop_sealed(response: Response, name: str) -> None:
    """Remove one of our sealed cookies."""
    drop(response, full(name))


def put(response: Response, name: str, token: str, seconds: int) -> None:
    """Set a cookie by its full name. Both are of letters, digits, '-', '_' and '=' only. Set by Werkzeug, it would cost
    as much as the sealing."""
    secure = "Secure; " if name.startswith(HOST_ONLY) else ""
    response.headers.add("Set-Cookie", f"{name}={token}; Max-Age={seconds}; {secure}HttpOnly; Path=/; SameSite=Lax")


def drop(response: Response, name: str) -> None:
    """Remove a cookie by its full name."""
    put(response, name, "", 0)


def _is_begun(name: str) -> bool:
    return name.removeprefix(HOST_ONLY).startswith((SIGN_IN, PENDING))


def _secure() -> bool:
    return request.is_secure or (state_of().settings.external_url or "").startswith("https:")
