"""An answer that comes by a cross-site POST, carried over to a GET of this site.

A browser sends no ``SameSite=Lax`` cookie with a POST that another site caused, so neither our
transaction nor the host's session would be there. The POST therefore touches nothing (see `crossing`): its fields are
sealed into a cookie for a minute, and the browser goes on by GET, where Lax cookies are sent. The
host's session stays Lax, and nothing personal enters a URL.
"""

from __future__ import annotations

import json
import re
import secrets
import zlib
from collections.abc import Iterable

from flask import Response as FlaskResponse
from flask import after_this_request, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ..errors import SealError, SignInError
from .crossing import CARRIED_OVER
from .here import Here
from .transaction import drop_sealed, sealed, set_sealed

PURPOSE = "bridge"
SECONDS = 60
NAME = CARRIED_OVER.removesuffix("-")
LARGEST = 64 * 1024
#: Octets of a part. What carries two of them, the largest answer, is 5.9 kB of cookies: with those of five sign-ins and
#: a session it is over the 8 kB that nginx and gunicorn take in one header, with those of three it is not.
PART = 2100
MOST_PARTS = 2
TAG = re.compile(r"[0-9a-f]{8}")


def taken(given: MultiDict[str, str], name: str, keys: Iterable[str]) -> dict[str, str]:
    """Those of the parameters that the protocol knows, each at most once.

    :raises SignInError: ``bad_request`` for a repeated one: which of two would be meant is the attacker's choice.
    """
    if any(len(given.getlist(key)) > 1 for key in keys):
        raise SignInError("bad_request", provider=name, phase="callback", detail="repeated parameter")
    return {key: given[key] for key in keys if key in given}


def carry_over(at: Here, name: str, keys: tuple[str, ...]) -> Response:
    """Seal what was posted, and send the browser on to the same address by GET.

    :raises SignInError: ``bad_request`` when it is too much to carry.
    """
    plain = json.dumps(taken(request.form, name, keys)).encode()
    packed = zlib.compress(plain)
    parts = [packed[place : place + PART] for place in range(0, len(packed), PART)]
    if len(plain) > LARGEST or len(parts) > MOST_PARTS:
        raise SignInError("bad_request", provider=name, phase="callback", detail="too large")
    tag = secrets.token_hex(4)
    values = request.view_args or {}
    response = redirect(url_for("first_login.callback", **values, bridged=tag), 303)
    for number, part in enumerate(parts):
        token = at.state.seal(PURPOSE).seal_octets(f"{name} {tag} {len(parts)} ".encode() + part)
        set_sealed(response, f"{NAME}-{tag}-{number}", token, SECONDS)
    return response


def opened(at: Here, name: str) -> dict[str, str] | None:
    """The fields that were carried over to this request; None when it is not one of ours.

    :raises SignInError: ``expired`` when they are gone or were not sealed for this provider.
    """
    tag = tag_of_request()
    if tag is None:
        return None
    after_this_request(_closed)  # whatever comes of it: a few that stayed would fill the header of every request
    try:
        of, first = _part(at, name, tag, 0)
        packed = b"".join([first, *(_part(at, name, tag, number)[1] for number in range(1, of))])
    except SealError:
        raise SignInError("expired", provider=name, phase="callback", detail="bridge") from None
    fields: dict[str, str] = json.loads(zlib.decompressobj().decompress(packed, LARGEST))
    return fields


def close(response: Response) -> None:
    """Remove what was carried over."""
    if (tag := tag_of_request()) is not None:
        for number in range(MOST_PARTS):
            drop_sealed(response, f"{NAME}-{tag}-{number}")


def _closed(response: FlaskResponse) -> FlaskResponse:
    close(response)
    return response


def _part(at: Here, name: str, tag: str, number: int) -> tuple[int, bytes]:
    """Of how many parts this is one, and what it holds.

    :raises SealError: it is gone, or was sealed for another answer.
    """
    octets = at.state.seal(PURPOSE).open_octets(sealed(f"{NAME}-{tag}-{number}") or "", max_age=SECONDS)
    head = octets.split(b" ", 3)
    if head[:2] != [name.encode(), tag.encode()]:
        raise SealError("sealed for another answer")
    return int(head[2]), head[3]


def tag_of_request() -> str | None:
    """What names the answer that was carried over to this request; None when it is not one of ours."""
    given = request.args.get("bridged", "")
    return given if TAG.fullmatch(given) else None
