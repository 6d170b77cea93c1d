"""The headers that every answer carries: who may keep it, who may frame it, and where its forms may lead."""

from __future__ import annotations

from collections.abc import Iterable

from flask import request
from werkzeug.wrappers import Response

from ..addresses import origin_of
from .navigation import Here, here

INDEXABLE = frozenset({"first_login.login", "first_login.faq"})
OWN_BASE = "first_login/base.html"


def content_security_policy(*form_targets: str) -> str:
    """The policy our pages need: no script at all, and forms that go to us (and to ``form_targets``) only."""
    targets = " ".join(["'self'", *form_targets])
    return f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; base-uri 'none'; {NO_FRAMES}"


NO_FRAMES = "frame-ancestors 'none'"
POLICY = "Content-Security-Policy"
#: Of every answer of ours.
EVERYWHERE = {"Vary": "Accept-Language", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}
OWN_POLICY = content_security_policy()


def private(response: Response) -> Response:
    """Forbid every cache to keep an answer that shows a person or carries a sign-in (RFC 9700, 4.2)."""
    if "Cache-Control" in response.headers:
        response.cache_control.no_store = True
    else:
        response.headers.add("Cache-Control", "no-store")
    return response


def set_headers(response: Response) -> Response:
    """The headers of every answer of ours; a host that wants others sets them after."""
    if request.endpoint == "first_login.static" and response.status_code < 400:
        return response
    complete(response)
    if "ETag" in response.headers and "HTTP_IF_NONE_MATCH" in request.environ:
        response.make_conditional(request)
    return response


def complete(response: Response) -> Response:
    """Give an answer all its headers; those it has already stay."""
    at, headers = here(), response.headers
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache"
    elif not response.cache_control.no_store:
        response.cache_control.private = response.cache_control.no_cache = True
    if response.status_code == 200 and "no-store" not in headers["Cache-Control"]:
        response.add_etag()
    if "Vary" in headers:
        response.vary.add("Accept-Language")
    ours = {**EVERYWHERE, **({} if _is_indexed(at) else {"X-Robots-Tag": "noindex"})}
    if at.state.settings.base_template == OWN_BASE:  # a host's layout has needs that only the host knows
        ours[POLICY] = OWN_POLICY
    said = {name.lower() for name in headers.keys()}  # noqa: SIM118  # they are pairs
    for name, value in ours.items():
        if name.lower() not in said:
            headers.add(name, value)
    return response


def refuse_frames(response: Response) -> Response:
    """Let no page be shown inside another site's, unless the host itself says who may: last of all hooks, so that a
    policy of the host stands as it is, under whatever layout.

    Inside a frame that nobody sees, a learner would press our buttons for somebody else.
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


def allow_forms_to(response: Response, at: Here, names: Iterable[str]) -> None:
    """Let a form of this page end at these providers: browsers hold ``form-action`` against redirects too."""
    protocols = [at.state.registrations[name].provider.protocol for name in names]
    if protocols and at.state.settings.base_template == OWN_BASE:
        origins = sorted({origin_of(protocol.begins_at) for protocol in protocols})
        response.headers[POLICY] = content_security_policy(*origins)
