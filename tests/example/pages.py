"""The example portal as a test uses it: its pages read, its buttons pressed, its records looked up."""

from __future__ import annotations

import re
from collections.abc import Callable

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from example_app.completions import Completion
from example_app.members import db
from support.learner import Learner

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
VERDICT = re.compile(r'data-authority="([a-z]+)" data-verdict="([a-z_]+)"')

Portal = Callable[..., Flask]


def text(client: FlaskClient, path: str) -> str:
    """A page, without the marks that keep each name of a service on one line."""
    return re.sub(r'<span class="fl-n">([^<]*)</span>', r"\1", client.get(path).get_data(as_text=True))


def press(client: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Press the button of a form of the portal, with all that the form holds; of a form elsewhere, with its token."""
    forms = [*html5lib.parse(text(client, page), namespaceHTMLElements=False).iterfind(".//form[@method='post']")]
    form = next((form for form in forms if form.get("action", "").partition("?")[0] == action), forms[0])
    held = {field.get("name"): field.get("value", "") for field in form.iterfind(".//input[@type='hidden']")}
    assert held["csrf_token"]
    return client.post(action, data={**held, **fields})


def sign_in_with_google(learner: Learner, persona: str = "social_user") -> None:
    learner.sign_in("google", persona)
    accepted = press(learner.client, "/first-login/acknowledge", "/first-login/acknowledge", acknowledged="y")
    assert accepted.headers["Location"].startswith("/first-login/outcome")


def completions(app: Flask) -> list[Completion]:
    with app.app_context():
        return list(db.session.scalars(db.select(Completion)))
