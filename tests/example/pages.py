"""The example portal as a test uses it: its pages read, its buttons pressed, its records looked up."""

from __future__ import annotations

import re
from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from example_app.completions import Completion
from example_app.members import db
from walking import Learner

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
VERDICT = re.compile(r'data-authority="([a-z]+)" data-verdict="([a-z]+)"')

Portal = Callable[..., Flask]


def text(client: FlaskClient, path: str) -> str:
    return client.get(path).get_data(as_text=True)


def press(client: FlaskClient, page: str, action: str, **fields: str) -> TestResponse:
    """Press the button of a form of the portal, with the token of the page."""
    token = TOKEN.search(text(client, page))
    assert token is not None
    return client.post(action, data={"csrf_token": token[1], **fields})


def sign_in_with_google(learner: Learner, persona: str = "social_user") -> None:
    learner.sign_in("google", persona)
    accepted = press(learner.client, "/first-login/acknowledge", "/first-login/acknowledge", acknowledged="y")
    assert accepted.headers["Location"].startswith("/first-login/outcome")


def completions(app: Flask) -> list[Completion]:
    with app.app_context():
        return list(db.session.scalars(db.select(Completion)))
