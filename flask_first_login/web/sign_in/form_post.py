"""An answer that comes by a cross-site POST, carried over to a GET of this site.

A browser sends no ``SameSite=Lax`` cookie with a POST that another site caused, so neither our
transaction nor the host's session would be there. The POST therefore touches nothing (see `crossing`): its fields are
sealed into a cookie for a minute, and the browser goes on by GET, where Lax cookies are sent. The
host's session stays Lax, and nothing personal enters a URL.

There is one slot, of two parts: a later answer takes the place of an earlier one, so that a page which posts a hundred
times fills no header. What is inside tells which answer it is, and which part of it.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import zlib
from collections.abc import Iterable, Iterator

from flask import Response as FlaskResponse
from flask import after_this_request, redirect, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ..navigation import Here
from . import sealed_cookies

PURPOSE = "bridge"
SECONDS = 60
LARGEST = 64 * 1024
MOST_PARTS = 2
#: Octets of a part, which as base64, with what the seal adds and its name, is half of what an answer may take.
PART = 1820
#: Octets that tell the provider and the tag of an answer.
HEAD = 16
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
    plain = json.dumps(taken(request.form, name, keys), separators=(",", ":")).encode()
    if len(plain) > LARGEST:
        raise SignInError("bad_request", provider=name, phase="callback", detail="too large")
    packed = _packed(plain)
    parts = [packed[place : place + PART] for place in range(0, len(packed), PART)]
    if len(parts) > MOST_PARTS:
        raise SignInError("bad_request", provider=name, phase="callback", detail="too large")
    tag = secrets.token_hex(4)
    values = request.view_args or {}
    response = redirect(url_for("first_login.callback", **values, bridged=tag), 303)
    for number, part in enumerate(parts):
        token = at.state.seal(PURPOSE).seal_octets(_head(name, tag) + bytes([number, len(parts)]) + part)
        sealed_cookies.set_sealed(response, f"{sealed_cookies.ANSWER}{number}", token, SECONDS)
    return response


def _packed(plain: bytes) -> bytes:
    """As small as it gets: a ticket as hex has no repetition, and without a search for any it is half its length."""
    without_search = zlib.compressobj(strategy=zlib.Z_HUFFMAN_ONLY)
    return min(zlib.compress(plain), without_search.compress(plain) + without_search.flush(), key=len)


def _unpacked(packed: bytes) -> dict[str, str]:
    """:raises SealError: it is not all of an answer."""
    unpacking = zlib.decompressobj()
    try:
        fields = json.loads(unpacking.decompress(packed, LARGEST))
    except (zlib.error, ValueError, RecursionError):
        raise SealError("not what was packed") from None
    if not unpacking.eof or not isinstance(fields, dict) or not all(isinstance(text, str) for text in fields.values()):
        raise SealError("not all of what was packed")
    return fields


def _head(name: str, tag: str) -> bytes:
    """What the parts of one answer have in common."""
    return hashlib.sha256(f"{name} {tag}".encode()).digest()[:HEAD]


def opened(at: Here, name: str) -> dict[str, str] | None:
    """The fields that were carried over to this request; None when it is not one of ours.

    :raises SignInError: ``expired`` when they are gone, are not whole or were not sealed for this provider.
    """
    tag = tag_of_request()
    if tag is None:
        return None
    try:
        fields = _unpacked(b"".join(_parts(at, _head(name, tag))))
    except SealError:
        raise SignInError("expired", provider=name, phase="callback", detail="bridge") from None
    after_this_request(_closed)  # whatever comes of it
    return fields


def _parts(at: Here, head: bytes) -> Iterator[bytes]:
    """What the slot holds of the answer with this head. One that holds another answer is left to that.

    :raises SealError: it is gone, cut, swapped, or of another answer.
    """
    number, of = 0, 1
    while number < of:
        octets = at.state.seal(PURPOSE).open_octets(
            sealed_cookies.sealed(f"{sealed_cookies.ANSWER}{number}") or "", max_age=SECONDS
        )
        place, parts = octets[HEAD : HEAD + 2] if len(octets) > HEAD + 2 else (MOST_PARTS, 0)
        if octets[:HEAD] != head or place != number or parts > MOST_PARTS or (number > 0 and parts != of):
            raise SealError("not this part of this answer")
        yield octets[HEAD + 2 :]
        number, of = number + 1, parts


def _closed(response: FlaskResponse) -> FlaskResponse:
    for number in range(MOST_PARTS):
        sealed_cookies.drop_sealed(response, f"{sealed_cookies.ANSWER}{number}")
    return response


def tag_of_request() -> str | None:
    """What names the answer that was carried over to this request; None when it is not one of ours."""
    given = request.args.get("bridged", "")
    return given if TAG.fullmatch(given) else None
