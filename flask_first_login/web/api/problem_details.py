"""Problem details (RFC 9457): every refusal that leaves the JSON interface, with a stable code in both languages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial, wraps
from types import MappingProxyType
from typing import Annotated, Any, ParamSpec

from flask import request
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Response

from ...text import Text
from ..failure_kinds import Fault
from ..headers import private
from ..navigation import by_json, here
from ..pages import Button
from .schema import ABSENT, BrowserUrl, Part, Url, members_of

P = ParamSpec("P")
JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
CANNOT_TITLE = Text("We cannot do that here", "這裡無法執行這個動作")


class Provider(Part):
    """A way to sign in."""

    name: str
    label: Text
    suffix: Annotated[Text | None, "Said after the label to those who cannot see in which column it stands."]
    icon_url: Url | None
    earns_hours: Annotated[bool, "Whether hours that are learned by it can ever be uploaded."]
    start_url: BrowserUrl

    @property
    def url(self) -> str:
        """The same address, by the name that a template knows it by."""
        return self.start_url

    @property
    def costs(self) -> bool:
        """The contrary of `earns_hours`, by the name that a template knows it by."""
        return not self.earns_hours


class Group(Part):
    """Providers that stand together; a `warning` is to be read before one of them is pressed."""

    title: Text | None
    warning: Text | None
    providers: list[Provider]


class Stop(Part):
    """A time of the clock, and what it is the time of."""

    time: Annotated[str, ("pattern", r"^\d\d:\d\d$")]
    label: Text


class Wait(Part):
    """When to come back: the last stop is the time from which on."""

    stops: list[Stop]


class Obstacle(Part):
    """What may have stopped the learner, and the link to what helps."""

    text: Text
    label: Text
    url: Annotated[Url | None, "Null where a support desk helps: see `contacts`."]


class Desk(Part):
    """Whom to ask."""

    title: Text
    phone: str
    email: str


class FieldError(Part):
    """What is missing, by the name of its field."""

    name: str
    detail: Text


class Problem(Part):
    """A refusal (RFC 9457). `code` is stable; the other words are for people."""

    title: Text
    status: Annotated[int, ("minimum", 400), ("maximum", 599)]
    detail: Text | str
    code: str
    remedy: Annotated[Text, "What to do now; of a sign-in that failed."] = ABSENT
    support_code: Annotated[str, ("pattern", "^[0-9A-F]{8}$"), "Also in the portal's log."] = ABSENT
    fault: Annotated[Fault, "Whose it is; of a sign-in that failed."] = ABSENT
    wait: Annotated[Wait, "From when on to try again; of a failure that passes."] = ABSENT
    way_on: Annotated[Url | None, "What to offer first; null where only a support desk can help."] = ABSENT
    way_on_label: Annotated[Text | None, "The words on it."] = ABSENT
    way_on_warning: Annotated[Text | None, "What it costs: to be read before it is pressed."] = ABSENT
    alternatives: Annotated[list[Url], "What else to offer."] = ABSENT
    offers: Annotated[list[Group], "The alternatives by what they cost."] = ABSENT
    obstacles: Annotated[list[Obstacle], "What may have stopped the learner; of a sign-in that they cancelled."] = (
        ABSENT
    )
    guide_url: Annotated[Url, "The guide, from its beginning."] = ABSENT
    contacts: list[Desk] = ABSENT
    providers: Annotated[list[Provider], "Where to sign in once more, when the last time is too long ago."] = ABSENT
    errors: list[FieldError] = ABSENT


@dataclass(frozen=True, slots=True)
class Refused:
    """What one status of HTTP means here."""

    code: str
    title: Text
    detail: Text | str


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
                "這個網址不接受此要求方法，可用的方法列於Allow標頭。",
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
            Text("The body must be JSON, sent as application/json.", "內容必須為JSON，並以application/json傳送。"),
        ),
    }
)


def wants_json() -> bool:
    """Whether who asks reads JSON rather than pages, as who sends JSON and asks for nothing else does."""
    offered = [JSON, PROBLEM_JSON, "text/html"] if request.is_json else ["text/html", JSON, PROBLEM_JSON]
    return by_json() or request.accept_mimetypes.best_match(offered, offered[0]) != "text/html"


def json_response(document: object, status: int = 200, mimetype: str = JSON) -> Response:
    """Write a document in the language of the request; a host's own way of writing JSON never changes it."""
    words = here().words
    default = partial(members_of, say=words.plain)
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=default)
    response = Response(body, status, mimetype=mimetype)
    response.content_language.add(words.tag)
    return response


def as_json(view: Callable[P, object]) -> Callable[P, Response]:
    """Write the document that a view returns; what is an answer already, as a refusal is, stays as it is."""

    @wraps(view)
    def written(*args: P.args, **kwargs: P.kwargs) -> Response:
        answer = view(*args, **kwargs)
        return answer if isinstance(answer, Response) else json_response(answer)

    return written


def provider_of(button: Button) -> Provider:
    """Return a provider's button as a part of a document."""
    return Provider.of(button, start_url=button.url, earns_hours=not button.costs)


def group_of(buttons: Iterable[Button], warning: Text | None = None, title: Text | None = None) -> Group:
    """Return providers that stand together."""
    return Group(title=title, warning=warning, providers=[provider_of(button) for button in buttons])


def problem_details(status: int, code: str, title: Text, detail: Text | str, **more: Any) -> Response:
    """Answer with one refusal, which no cache may keep; ``more`` are members beyond those of RFC 9457.

    ``detail`` is a text, or what was said in the language of the request already.
    """
    problem = Problem(title=title, status=status, detail=detail, code=code, **more)
    response = json_response(problem, status, PROBLEM_JSON)
    private(response)
    return response


def refused(error: HTTPException, **more: Any) -> Response:
    """The problem details of what HTTP has a status for, and ``more`` members."""
    status = error.code or 400
    meaning = OF_STATUS.get(status, BAD_REQUEST)
    response = problem_details(status, meaning.code, meaning.title, meaning.detail, **more)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())  # RFC 9110, section 15.5.6
    if status == 401:  # section 15.5.2 asks for a challenge; browsers open no dialog for a scheme they do not know
        response.headers["WWW-Authenticate"] = 'Cookie realm="first-login"'
    return response
