"""The first day of a portal that nobody here wrote: what it must still do, and what a sign-in must bring it.

Run by the Python of an environment that has the portal's framework and our wheel, away from this folder's own.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from dataclasses import dataclass

from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login import hours_required
from flask_first_login.testing import PretendProviders

MOST_LINES = 20


@dataclass(frozen=True)
class Portal:
    """A portal as its framework makes it. ``make`` gives the app, ``mount`` is all that its integrator writes.

    ``members`` is a page of its own for who is signed in, which says ``own_member`` after ``own_sign_in``;
    ``in_chinese`` asks for a page of its own in Chinese, which says ``chinese``, None where it has no languages.
    """

    make: Callable[[dict[str, object]], Flask]
    mount: Callable[[Flask], None]
    own_sign_in: Callable[[FlaskClient], object]
    own_sign_out: Callable[[FlaskClient], object]
    own_member: str
    members: str = "/members"
    in_chinese: Callable[[FlaskClient], str] | None = None
    chinese: str = ""


def _claim() -> str:
    return "claimed"


def lines_of(portal: Portal) -> int:
    """Count what an integrator writes, blank lines and the docstring apart."""
    source = inspect.getsource(portal.mount).splitlines()
    return len([line for line in source if line.strip() and not line.strip().startswith(("#", '"""'))])


def settings(providers: PretendProviders) -> dict[str, object]:
    return {
        "SECRET_KEY": "only-for-this-trial" * 3,
        "SQLALCHEMY_DATABASE_URI": os.environ.get("HOST_DATABASE", "sqlite://"),
        "WTF_CSRF_ENABLED": False,
        "FIRST_LOGIN_NATIONAL_ID_KEYS": [Fernet.generate_key().decode()],
        "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": Fernet.generate_key().decode(),
        "FIRST_LOGIN_PROVIDERS": providers.settings(),
    }


def live_through(portal: Portal) -> None:
    """Sign in, go on, sign out, and see that what is the portal's own stays its own.

    :raises AssertionError: something of it does not hold.
    """
    with PretendProviders() as providers:
        before = portal.make(settings(providers))
        missing = before.test_client().get("/nowhere")
        app = portal.make(settings(providers))
        portal.mount(app)
        app.add_url_rule("/claim", "claim", hours_required("environmental")(_claim))
        _signs_in(portal, app, providers)
        _comes_again(portal, app, providers)
        _keeps_its_own(portal, app)
        assert (missing.status_code, missing.data) == (404, app.test_client().get("/nowhere").data)
    count = lines_of(portal)
    assert count <= MOST_LINES, f"{count} lines"
    print(f"{count} lines")


def _signs_in(portal: Portal, app: Flask, providers: PretendProviders) -> None:
    client = app.test_client()
    assert client.get(portal.members).status_code in {302, 303, 401}
    assert client.get("/claim").headers["Location"] == "/first-login/login?next=/claim"
    for page in ("/first-login/", "/first-login/login?lang=en", "/first-login/login?lang=zh-Hant-TW"):
        assert client.get(page).status_code == 200, page
    arrival = providers.sign_in_as(client, "verified_citizen", "myegov", next="/claim")
    assert (arrival.code, arrival.first) == (None, True), arrival.text
    assert client.get("/claim").text == "claimed"
    assert "/first-login/hours" in client.get("/first-login/hours").request.path
    assert client.get("/first-login/hours").status_code == 200
    assert client.get(portal.members).status_code == 200, "the portal itself knows who is signed in"
    portal.own_sign_out(client)
    assert client.get("/claim").status_code == 303, "who signs out of the portal is signed out here"


def _comes_again(portal: Portal, app: Flask, providers: PretendProviders) -> None:
    said = set()
    for persona, provider in (
        ("verified_citizen", "myegov"),
        ("verified_citizen", "myegov"),
        ("social_user", "google"),
    ):
        client = app.test_client()
        assert providers.sign_in_as(client, persona, provider).code is None
        said.add(client.get(portal.members).text)
    assert len(said) == 2, said


def _keeps_its_own(portal: Portal, app: Flask) -> None:
    client = app.test_client()
    portal.own_sign_in(client)
    assert portal.own_member in client.get(portal.members).text
    assert client.get("/claim").status_code == 303, "who has no identity has no hours"
    if portal.in_chinese is not None:
        assert portal.chinese in portal.in_chinese(app.test_client())
