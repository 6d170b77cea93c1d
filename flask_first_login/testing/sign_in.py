"""One sign-in through Flask's test client: the button, the provider, the callback, and the page at which it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from .. import signals
from ..hours import HoursReport
from ..state import state_of

MOST_REDIRECTS = 8
#: How a browser says that the learner pressed a link or a button of this site, and that another site posts.
OWN_LINK = {"Sec-Fetch-Site": "same-origin"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one sign-in: an account and its hours, or a failure and its code.

    ``response`` is the last page and ``url`` its address on this site; ``account`` the id of the account that is
    signed in now, ``first`` whether it is new, ``report`` whether its hours may be uploaded. Of a sign-in that
    failed, ``code`` and ``support_code`` are those of its page.
    """

    response: TestResponse = field(repr=False)
    url: str
    account: str | None = None
    first: bool = False
    report: HoursReport | None = field(default=None, repr=False)
    code: str | None = None
    support_code: str | None = field(default=None, repr=False)

    @property
    def verdicts(self) -> dict[str, str]:
        """The verdict (see `Verdict`) of each authority by its key; empty after a failure."""
        return {key: str(outcome.verdict) for key, outcome in (self.report or {}).items()}

    @property
    def reasons(self) -> dict[str, tuple[str, ...]]:
        """The codes of the reasons of each authority against an upload."""
        return {key: tuple(reason.code for reason in outcome.reasons) for key, outcome in (self.report or {}).items()}

    @property
    def text(self) -> str:
        """The last page."""
        return self.response.get_data(as_text=True)


class Browser:
    """One learner's browser on the way.

    Pages of this site come from ``client``; ``visit`` gives the provider's answer to an address of its own, and None to
    an address of somebody else.
    """

    def __init__(self, client: FlaskClient, visit: Callable[[str], TestResponse | None], *, acknowledge: bool) -> None:
        self._client, self._visit, self._acknowledge = client, visit, acknowledge
        self._app: Flask = client.application
        self._prefix = state_of(self._app).settings.url_prefix
        self._told: dict[str, Any] = {}
        self._joins = ""

    def sign_in(self, provider: str, query: dict[str, str]) -> Arrival:
        """Go from the provider's button to the last page."""
        button = f"{self._prefix}/sign-in/{provider}"
        self._joins = f"{button}/join"
        with (
            signals.signed_in.connected_to(self._note, self._app),
            signals.hours_assessed.connected_to(self._note, self._app),
            signals.sign_in_failed.connected_to(self._note, self._app),
        ):
            last = self._followed(self._client.get(button, query_string=query, headers=OWN_LINK))
        told = {name: self._told.get(name) for name in ("account", "report", "code", "support_code")}
        return Arrival(last, _path(last.request.url), first=bool(self._told.get("first")), **told)

    def _note(self, _: Flask, **facts: object) -> None:
        self._told |= facts

    def _followed(self, response: TestResponse) -> TestResponse:
        """Follow redirects, the page that leads on in place of one, the provider, and our pages that ask."""
        for _ in range(MOST_REDIRECTS):
            if (url := _leads_to(response)) is None:
                return response
            answer = self._visit(url)
            if answer is not None:
                response = self._brought(answer)
            elif urlsplit(url).netloc in {"", urlsplit(response.request.url).netloc}:
                response = self._shown(self._client.get(self._own(url)))
            else:
                return response  # the portal sends its learners to another site
        return response

    def _brought(self, answer: TestResponse) -> TestResponse:
        """Bring the provider's answer to our callback: by redirect, or by the form that the learner's browser posts.

        :raises AssertionError: the provider refuses to answer, which is a fault of the portal's settings.
        """
        if answer.status_code == 303:
            return self._client.get(self._own(answer.headers["Location"]))
        if answer.status_code != 200:
            said = answer.get_data(as_text=True).strip()
            raise AssertionError(
                f"The pretend provider refused the request: {said} "
                "In tests leave FIRST_LOGIN_EXTERNAL_URL unset, or set it to http://localhost."
            )
        form = form_with(answer.get_data(as_text=True))
        return self._posted_from_elsewhere(self._own(form.action), form.fields)

    def _posted_from_elsewhere(self, path: str, fields: dict[str, str]) -> TestResponse:
        """Post as from another site: no Lax cookie goes with it, but what is set stays in the browser."""
        posted = self._app.test_client().post(path, data=fields, headers=FROM_ELSEWHERE)
        host = urlsplit(posted.request.url).hostname or "localhost"
        for header in posted.headers.getlist("Set-Cookie"):
            for name, value in parse_cookie(header.partition(";")[0]).items():
                self._client.set_cookie(name, value, domain=host)
        return posted

    def _shown(self, response: TestResponse) -> TestResponse:
        """Give a page of this site. Where it says what a social identity costs, tick the box and send it; where it asks
        a member whom the portal signed in which identity is theirs, press the provider's button."""
        where, html = self._own(response.request.url).partition("?")[0], response.get_data(as_text=True)
        pressed = None
        if response.status_code == 200 and where == f"{self._prefix}/acknowledge" and self._acknowledge:
            pressed = form_with(html, "acknowledged")
        elif response.status_code == 200 and where == f"{self._prefix}/hours" and "account" not in self._told:
            pressed = next(
                (form for form in forms_of(html) if self._own(form.action).partition("?")[0] == self._joins), None
            )
        if pressed is None:
            return response
        return self._client.post(self._own(pressed.action), data=pressed.fields, headers=OWN_LINK)

    def _own(self, url: str) -> str:
        """Give an address of this site as the client takes it: below the mount point, without the host."""
        return _path(url).removeprefix(self._app.config["APPLICATION_ROOT"].rstrip("/"))


def _leads_to(response: TestResponse) -> str | None:
    if response.status_code in {301, 302, 303, 307, 308}:
        return response.headers["Location"]
    return response.headers["Refresh"].partition("url=")[2] if "Refresh" in response.headers else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


class Form(NamedTuple):
    """Where a form leads, and its fields by name, hidden ones and boxes to tick alike."""

    action: str
    fields: dict[str, str]


def form_with(html: str, name: str | None = None) -> Form:
    """Find the first form of the page, or the first that has a field of this name.

    :raises LookupError: there is none.
    """
    for form in forms_of(html):
        if name is None or name in form.fields:
            return form
    raise LookupError(f"The page has no form{f' with the field {name!r}' if name else ''}.")


def forms_of(html: str) -> list[Form]:
    """Find the forms of the page."""
    reader = _Forms()
    reader.feed(html)
    return reader.found


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(given.get("action", ""), {}))
        elif tag == "input" and self.found and "name" in given:
            self.found[-1].fields[given["name"]] = given.get("value", "")
