"""Continue on the phone: the address of a page of the guide as a QR code, since the certificate app lives there.

A code holds an address of this portal alone: that of the login page or of a screen of the guide, never one that was
asked for.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from flask import abort, request
from werkzeug.wrappers import Response

from .navigation import Here, here

DARK, LIGHT = "#1c2321", "#ffffff"


def phone_code(page: str) -> Response:
    """Draw the code of a page, by the key of its screen or ``login``, with the answers and the language so far.

    :raises NotFound: it is none of these pages.
    """
    at = here()
    origin = at.state.settings.external_url or request.host_url.rstrip("/")
    return Response(_drawn(origin + _address(at, page)), mimetype="image/svg+xml")


def _address(at: Here, page: str) -> str:
    if page == "login":
        return at.url("login")
    if page not in at.state.flow.by_key:
        abort(404)
    return at.screen_url(at.state.flow.by_key[page].path)


@lru_cache(maxsize=256)
def _drawn(address: str) -> bytes:
    import segno  # when the first code is asked for: it takes a while to load

    picture = BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(picture, kind="svg", border=4, dark=DARK, light=LIGHT, xmldecl=False, omitsize=True)
    return picture.getvalue()
