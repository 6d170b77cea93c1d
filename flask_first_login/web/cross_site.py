"""What another site makes a browser post to us writes nothing: no session and no cookie.

A browser sends no ``SameSite=Lax`` cookie with such a POST, so the session of its request is empty. Saved, with the
token of a form on the page that answers, or with what a hook of the host wrote, it would take the place of the real
one: any page elsewhere could sign a learner out. Whoever posts a form of ours has a session: its token is in there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response, current_app, request
from flask.globals import request_ctx
from flask.sessions import NullSession
from werkzeug.datastructures import Headers

from .sign_in.sealed_cookies import HOST_ONLY, OF_ANSWER_PART

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
WRITES = ("__setitem__", "__delitem__", "clear", "pop", "popitem", "update", "setdefault")


def keep_nothing(response: Response) -> Response:
    """Save no session, and set no cookie but the carried-over answer, when the request came from another site."""
    if is_from_elsewhere():
        _forget_session()
        kind: Any = type(response)  # mypy holds a class of ours to be unhashable
        response.__class__ = _without_cookies(kind)
    return response


def is_from_elsewhere() -> bool:
    """Whether this request may change something and came without the session's cookie, or says that it is another
    site's."""
    if request.method in SAFE:
        return False
    name = current_app.session_interface.get_cookie_name(current_app)
    return name not in request.cookies or request.headers.get("Sec-Fetch-Site") == "cross-site"


def _forget_session() -> None:
    """Put in the session's place what holds the same, for hooks of the host that still read and write it, and is saved
    by no session interface."""
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # of the proxy
    place = "_session" if hasattr(context, "_session") else "session"  # Flask's name for it since 3.1.3, and before
    session, null = getattr(context, place), current_app.session_interface.null_session_class
    if not current_app.session_interface.is_null_session(session):
        unsaved = _writable(null)(dict(session))
        vars(unsaved).update(getattr(session, "__dict__", {}))
        setattr(context, place, unsaved)


@cache
def _writable(null: type[NullSession]) -> type[NullSession]:
    """The session that an interface never saves; Flask's own refuses to be written, with an error."""
    return type("UnsavedSession", (null,), {name: getattr(dict, name) for name in WRITES})


class _NoCookies(Response):
    """An answer that leaves without the cookies that anybody set on it, be it after us; with none but the provider's
    answer, carried over to a GET (see `form_post`)."""

    def get_wsgi_headers(self, environ: dict[str, object]) -> Headers:
        headers = super().get_wsgi_headers(environ)
        cookies = [
            line for line in headers.getlist("Set-Cookie") if line.removeprefix(HOST_ONLY).startswith(OF_ANSWER_PART)
        ]
        headers.remove("Set-Cookie")
        headers.extend(("Set-Cookie", cookie) for cookie in cookies)
        return headers


@cache
def _without_cookies(kind: Any) -> type[Response]:
    return type(kind.__name__, (_NoCookies, kind), {})
