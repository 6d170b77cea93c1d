"""The way of a sign-in through Flask's test client: start, provider, callback, and the page at which it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.http import parse_cookie
from werkzeug.test import TestResponse

from .. import signals
from ..state import state_of
from .arrival import Arrival
from .page import form_with

MOST_REDIRECTS = 8
#: How a browser says that the learner pressed a link of this site, and that another site posts.
OWN_LINK = {"Sec-Fetch-Site": "same-origin"}
FROM_ELSEWHERE = {"Sec-Fetch-Site": "cross-site", "Origin": "null"}

#: Gives the pretend provider's answer to an address of its own, and None to an address of somebody else.
Visit = Callable[[str], TestResponse | None]


class Walk:
    """One learner's browser on the way. Pages of this site come from ``client``, the provider's from ``visit``."""

    def __init__(self, client: FlaskClient, visit: Visit, *, acknowledge: bool) -> None:
        self._client, self._visit, self._acknowledge = client, visit, acknowledge
        self._app: Flask = client.application
        self._prefix = state_of(self._app).settings.url_prefix
        self._told: dict[str, Any] = {}

    def sign_in(self, provider: str, query: dict[str, str]) -> Arrival:
        """From the provider's button to the last page."""
        begin = f"{self._prefix}/sign-in/{provider}"
        with (
            signals.signed_in.connected_to(self._note, self._app),
            signals.hours_assessed.connected_to(self._note, self._app),
            signals.sign_in_failed.connected_to(self._note, self._app),
        ):
            last = self._followed(self._client.get(begin, query_string=query, headers=OWN_LINK))
        told = {name: self._told.get(name) for name in ("account", "report", "code", "support_code")}
        return Arrival(last, _path(last.request.url), first=bool(self._told.get("first")), **told)

    def _note(self, _: Flask, **facts: object) -> None:
        self._told |= facts

    def _followed(self, response: TestResponse) -> TestResponse:
        """Where redirects, the provider and the page of a social identity's cost lead."""
        for _ in range(MOST_REDIRECTS):
            if response.status_code not in {301, 302, 303, 307, 308}:
                return response
            url = response.headers["Location"]
            answer = self._visit(url)
            if answer is not None:
                response = self._brought(answer)
            elif urlsplit(url).netloc in {"", urlsplit(response.request.url).netloc}:
                response = self._shown(self._client.get(self._own(url)))
            else:
                return response  # the portal sends its learners to another site
        return response

    def _brought(self, answer: TestResponse) -> TestResponse:
        """The provider's answer at our callback: by redirect, or by the form that the learner's browser posts.

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
        """A cross-site POST: no Lax cookie goes with it, but what it sets stays in the browser."""
        posted = self._app.test_client().post(path, data=fields, headers=FROM_ELSEWHERE)
        host = urlsplit(posted.request.url).hostname or "localhost"
        for header in posted.headers.getlist("Set-Cookie"):
            for name, value in parse_cookie(header.partition(";")[0]).items():
                self._client.set_cookie(name, value, domain=host)
        return posted

    def _shown(self, response: TestResponse) -> TestResponse:
        """A page of this site; on the one that says what a social identity costs, the box is ticked and sent."""
        where = self._own(response.request.url).partition("?")[0]
        if not self._acknowledge or response.status_code != 200 or where != f"{self._prefix}/acknowledge":
            return response
        form = form_with(response.get_data(as_text=True), "acknowledged")
        return self._client.post(self._own(form.action), data=form.fields)

    def _own(self, url: str) -> str:
        """An address of this site as the client takes it: below the mount point, without the host."""
        return _path(url).removeprefix(self._app.config["APPLICATION_ROOT"].rstrip("/"))


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
