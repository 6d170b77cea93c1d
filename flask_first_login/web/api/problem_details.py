"""Problem details (RFC 9457): every refusal that leaves the JSON interface, with a stable code in both languages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from ...text import Text
from ..headers import private
from ..navigation import Here, by_json, here
from ..pages import Button

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
CANNOT_TITLE = Text("We cannot do that here", "這裡無法執行這個動作")


@dataclass(frozen=True, slots=True)
class Refused:
    """What one status of HTTP means here."""

    code: str
    title: Text
    detail: Text


BAD_REQUEST = Refused(
    "bad_request",
    CANNOT_TITLE,
    Text("The request is not well formed. Nothing was changed.", "要求的格式不正確，資料沒有任何變更。"),
)
OF_STATUS: Mapping[int, Refused] = MappingProxyType(
    {
        401: Refused(
            "not_signed_in",
            Text("You are not signed in", "您尚未登入"),
            Text("Sign in first, then ask again.", "請先登入後再試一次。"),
        ),
        404: Refused(
            "not_found",
            Text("We cannot find this page", "找不到這個頁面"),
            Text("There is nothing at this address.", "這個網址沒有任何內容。"),
        ),
        405: Refused(
            "method_not_allowed",
            CANNOT_TITLE,
            Text(
                "This address does not take this method. The Allow header lists those it takes.",
                "這個網址不接受此要求方法，可用的方法列於 Allow 標頭。",
            ),
        ),
        413: Refused(
            "too_large",
            CANNOT_TITLE,
            Text("The request is larger than anything we expect.", "要求的內容過大。"),
        ),
        415: Refused(
            "not_json",
            CANNOT_TITLE,
            Text("The body must be JSON, sent as application/json.", "內容必須為 JSON，並以 application/json 傳送。"),
        ),
    }
)


def wants_json() -> bool:
    """Whether who asks reads JSON rather than pages."""
    return by_json() or request.accept_mimetypes.best_match(["text/html", JSON, PROBLEM_JSON]) in {JSON, PROBLEM_JSON}


def json_response(document: Mapping[str, object], status: int = 200, mimetype: str = JSON) -> Response:
    """A document of ours in the language of the request; a host's own way of writing JSON never changes it."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    response = Response(body, status, mimetype=mimetype)
    response.content_language.add(here().words.tag)
    return response


def way_in(at: Here, button: Button) -> dict[str, str | None]:
    """One provider; ``start_url`` is for the browser itself to go to."""
    say = at.words.plain
    return {
        "name": button.name,
        "label": say(button.label),
        "suffix": say(button.suffix) if button.suffix is not None else None,
        "icon_url": button.icon_url,
        "start_url": button.url,
    }


def problem_details(status: int, code: str, title: Text, detail: Text | str, **more: object) -> Response:
    """Answer with one refusal, which no cache may keep; ``more`` are members beyond those of RFC 9457.

    ``detail`` is a text, or what was said in the language of the request already.
    """
    say = here().words.plain
    said = say(detail) if isinstance(detail, Text) else detail
    told = {"title": say(title), "status": status, "detail": said, "code": code}
    response = json_response({**told, **more}, status, PROBLEM_JSON)
    private(response)
    return response


def refused(error: HTTPException) -> Response:
    """The problem details of what HTTP has a status for."""
    status = error.code or 400
    one = OF_STATUS.get(status, BAD_REQUEST)
    response = problem_details(status, one.code, one.title, one.detail)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())  # RFC 9110, section 15.5.6
    if status == 401:  # section 15.5.2 asks for a challenge; browsers open no dialog for a scheme they do not know
        response.headers["WWW-Authenticate"] = 'Cookie realm="first-login"'
    return response
