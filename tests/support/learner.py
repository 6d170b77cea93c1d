"""A learner's browser and a pretend provider, for tests that sign in over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import html5lib
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

OWN_VISIT = {"Sec-Fetch-Site": "same-origin"}


@contextmanager
def sandbox_process(*arguments: str) -> Iterator[str]:
    """A sandbox in a process of its own, as a developer runs it; gives its base URL."""
    command = [sys.executable, "-m", "flask_first_login.sandbox", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # our own module
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[-1]
    finally:
        process.terminate()
        process.wait(10)
        assert process.stdout is not None
        process.stdout.close()


@dataclass(frozen=True)
class Answer:
    """What a provider answers: an address to go to, or to post ``fields`` to."""

    url: str
    fields: dict[str, str] | None = None


def _form(html: str) -> Answer:
    """The form of a page that brings an answer back by POST."""
    page = html5lib.parse(html, namespaceHTMLElements=False)
    form = page.find(".//form")
    fields = {field.get("name"): field.get("value") for field in form.iterfind(".//input")}
    return Answer(form.get("action"), fields)


def leads_to(response: TestResponse) -> str:
    """Where a browser goes on by itself from an answer: by a redirect or a page that leads on; else empty."""
    return response.headers.get("Location") or response.headers.get("Refresh", "").partition("url=")[2]


@dataclass
class Learner:
    """One browser: our pages through Flask's client, the provider's over HTTP. ``seen`` keeps every URL."""

    app: Flask
    client: FlaskClient
    seen: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, app: Flask) -> Learner:
        return cls(app, app.test_client())

    def get(self, url: str, **kwargs: object) -> TestResponse:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        response = self.client.get(path, **kwargs)
        return self._note(path, response)

    def post(self, url: str, data: dict[str, str]) -> TestResponse:
        return self._note(url, self.client.post(url, data=data))

    def press(self, page: TestResponse) -> TestResponse:
        """Press the button of the first form of a page."""
        form = _form(page.get_data(as_text=True))
        return self.post(form.url, form.fields or {})

    def _note(self, url: str, response: TestResponse) -> TestResponse:
        self.seen += [url, leads_to(response)]
        self.bodies.append(response.get_data(as_text=True))
        return response

    def start(self, provider: str, query: str = "") -> str:
        """Begin at a provider; gives the provider's URL."""
        response = self.get(f"/first-login/sign-in/{provider}{query}", headers=OWN_VISIT)
        assert response.status_code == 303, response.get_data(as_text=True)
        return response.headers["Location"]

    def answer(self, authorize: str, persona: str) -> str:
        """What a provider that redirects answers for a persona: the callback's URL."""
        answered = self.answered(authorize, persona)
        assert answered.fields is None
        return answered.url

    def answered(self, authorize: str, persona: str) -> Answer:
        """What the provider answers for a persona: a redirect, or a page with a form to post."""
        response = requests.get(f"{authorize}&login_hint={persona}", allow_redirects=False, timeout=10)
        if response.status_code == 200:
            return _form(response.text)
        assert response.status_code in {302, 303}, response.text
        self.seen += [authorize, response.headers["Location"]]
        return Answer(response.headers["Location"])

    def deliver(self, answer: Answer) -> TestResponse:
        """Bring an answer to the callback as a browser does; one that is posted goes without any Lax cookie."""
        if answer.fields is None:
            return self.get(answer.url)
        path = urlsplit(answer.url).path
        posted = self.app.test_client().post(path, data=answer.fields)
        self._note(path, posted)
        for cookie in posted.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.client.set_cookie(name, value)
        return self.get(posted.headers["Location"]) if posted.status_code == 303 else posted

    def sign_in(self, provider: str, persona: str, query: str = "") -> TestResponse:
        """The whole way from the button to our answer at the callback."""
        return self.deliver(self.answered(self.start(provider, query), persona))

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where a redirect of ours leads."""
        assert response.status_code == 303, response.get_data(as_text=True)
        return self.get(response.headers["Location"])

    def cookies(self) -> dict[str, str]:
        """Every cookie this browser holds for the portal."""
        return {cookie.key: cookie.value for cookie in (self.client._cookies or {}).values()}
