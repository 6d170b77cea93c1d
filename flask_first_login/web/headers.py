"""The headers of every answer: who may cache it, who may frame it, and which cookies it sets.

An answer to a POST that another site caused sets no session and no cookie. A browser sends no ``SameSite=Lax`` cookie
with such a POST, so the session of its request is empty. Saved, with the token of a form on the page that answers, or
with what a hook of the host wrote, it would replace the real one: any page elsewhere could sign a learner out. Whoever
posts a form of ours has a session, since its token is in there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response as FlaskResponse
from flask import current_app, request
from flask.globals import request_ctx
from flask.sessions import NullSession
from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from .navigation import Here, here
from .sign_in.sealed_cookies import HOST_ONLY, OF_ANSWER_PART

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WRITES = ("__setitem__", "__delitem__", "clear", "pop", "popitem", "update", "setdefault")
INDEXABLE = frozenset({"first_login.login", "first_login.faq"})
OWN_BASE = "first_login/base.html"


NO_FRAMES = "frame-ancestors 'none'"
POLICY = "Content-Security-Policy"
#: What our pages need: no script at all, and forms that lead to us only, since none is answered by a redirect off the
#: site (see `forms.lead_away`).
OWN_POLICY = f"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; {NO_FRAMES}"
#: Of every answer of ours.
EVERYWHERE = {"Vary": "Accept-Language", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def private(response: Response) -> Response:
    """Forbid every cache to keep an answer that shows a person or carries a sign-in (RFC 9700, 4.2)."""
    if "Cache-Control" in response.headers:
        response.cache_control.no_store = True
    else:
        response.headers.add("Cache-Control", "no-store")
    return response


def set_headers(response: Response) -> Response:
    """Set the headers of an answer of ours; a host that wants others sets them after."""
    if request.endpoint == "first_login.static" and response.status_code < 400:
        return response
    complete(response)
    if "ETag" in response.headers and "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    return response


def complete(response: Response) -> Response:
    """Add the headers that an answer does not have yet."""
    at, given = here(), {name.lower() for name, _ in response.headers}
    if "cache-control" not in given:
        response.headers.add("Cache-Control", "private, no-cache")
    elif "no-store" not in response.headers["Cache-Control"]:
        response.cache_control.private = response.cache_control.no_cache = True
    if response.status_code == 200 and "no-store" not in response.headers["Cache-Control"]:
        response.add_etag()
    if "vary" in given:
        response.vary.add("Accept-Language")
    ours = {**EVERYWHERE, **({} if _is_indexed(at) else {"X-Robots-Tag": "noindex"})}
    if at.state.settings.base_template == OWN_BASE:  # a host's layout has needs that only the host knows
        ours[POLICY] = OWN_POLICY
    response.headers.extend({name: value for name, value in ours.items() if name.lower() not in given})
    return response


def refuse_frames(response: Response) -> Response:
    """Forbid other sites to frame a page, unless the host itself says who may; it runs last of all hooks, and leaves a
    policy of the host as it is.

    Clickjacking: in a frame that nobody sees, a learner would press our buttons for somebody else.
    """
    headers = response.headers
    ancestors = [
        directive.split()
        for policy in headers.getlist(POLICY)
        for directive in policy.lower().split(";")
        if directive.split()[:1] == ["frame-ancestors"]
    ]
    asked = headers.get("X-Frame-Options", "DENY").strip().upper()
    if asked != "DENY" or any(directive[1:] != ["'none'"] for directive in ancestors):
        return response
    headers["X-Frame-Options"] = "DENY"
    if not ancestors:
        headers.add(POLICY, NO_FRAMES)  # a second policy takes nothing from the first: both hold
    return response


def _is_indexed(at: Here) -> bool:
    return request.endpoint in INDEXABLE or at.screen in at.state.flow.references


# --- the session and the cookies of a POST from another site ---


def keep_nothing(response: FlaskResponse) -> FlaskResponse:
    """Save no session, and set no cookie but the carried-over answer, when the request came from another site."""
    if is_from_elsewhere():
        _forget_session()
        kind: Any = type(response)  # mypy holds a class of ours to be unhashable
        response.__class__ = _without_cookies(kind)
    return response


def is_from_elsewhere() -> bool:
    """Say whether this request may change something, and came from another site or without the session's cookie.

    What a browser says to be of our own pages is: a host's session interface may keep its cookie under another name
    than it tells.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if request.method in SAFE or site == "same-origin":
        return False
    return site == "cross-site" or current_app.session_interface.get_cookie_name(current_app) not in request.cookies


def _forget_session() -> None:
    """Replace the session by a copy that no session interface saves: hooks of the host may still read and write it."""
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    place = "_session" if hasattr(context, "_session") else "session"  # Flask's name for it since 3.1.3, and before
    session, null = getattr(context, place), current_app.session_interface.null_session_class
    if not current_app.session_interface.is_null_session(session):
        unsaved = _writable(null)(dict(session))
        vars(unsaved).update(getattr(session, "__dict__", {}))
        setattr(context, place, unsaved)


@cache
def _writable(null: type[NullSession]) -> type[NullSession]:
    """Make a class of session that is never saved and may be written; Flask's own raises an error when written."""
    return type("UnsavedSession", (null,), {name: getattr(dict, name) for name in WRITES})


class _NoCookies(FlaskResponse):
    """An answer that drops the cookies set on it, also by later hooks, but for the answer of a provider that is carried
    over to a GET (see `form_post`)."""

    def get_wsgi_headers(self, environ: dict[str, object]) -> Headers:
        headers = super().get_wsgi_headers(environ)
        cookies = [
            line for line in headers.getlist("Set-Cookie") if line.removeprefix(HOST_ONLY).startswith(OF_ANSWER_PART)
        ]
        headers.remove("Set-Cookie")
        headers.extend(("Set-Cookie", cookie) for cookie in cookies)
        return headers


@cache
def _without_cookies(kind: Any) -> type[FlaskResponse]:
    return type(kind.__name__, (_NoCookies, kind), {})
