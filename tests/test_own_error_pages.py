"""A host with error pages of its own: they answer for its own addresses and gates, and ours for what ours refuse."""

from __future__ import annotations

import pytest
from flask import Flask, abort, redirect, request
from flask.testing import FlaskClient
from werkzeug.exceptions import default_exceptions
from werkzeug.wrappers import Response

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from support.pages import PROVIDERS, SECRET

DOCUMENTS = [
    ("GET", "/first-login/api/v1/nowhere", 404, "not_found"),
    ("GET", "/first-login/api/v1/screens/nowhere", 404, "not_found"),
    ("GET", "/first-login/api/v1/account", 401, "not_signed_in"),
    ("POST", "/first-login/api/v1/login", 405, "method_not_allowed"),
]
PAGES = [("GET", "/first-login/nowhere", 404), ("GET", "/first-login/sign-in/x", 404), ("DELETE", "/first-login/", 405)]


@pytest.fixture
def client() -> FlaskClient:
    """A host that answers every error by a page of its own, by its number, and is closed on some addresses."""
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    for code in default_exceptions:
        app.register_error_handler(code, lambda error: (f"the host's {error.code}", error.code))
    app.register_error_handler(401, lambda error: redirect("/log-in"))

    @app.before_request
    def gate() -> None:
        if "closed" in request.args:
            abort(int(request.args["closed"]))

    FirstLogin(app, accounts=MemoryAccounts())
    return app.test_client()


def answer(client: FlaskClient, method: str, path: str) -> Response:
    return client.open(path, method=method, headers={"Accept-Language": "en"})


@pytest.mark.parametrize(("method", "path", "status", "code"), DOCUMENTS)
def test_what_the_json_interface_refuses_is_a_problem_with_a_code(
    client: FlaskClient, method: str, path: str, status: int, code: str
) -> None:
    refused = client.open(path, method=method)
    assert (refused.status_code, refused.mimetype) == (status, "application/problem+json")
    assert refused.get_json()["code"] == code


@pytest.mark.parametrize(("method", "path", "status"), PAGES)
def test_what_a_page_of_ours_refuses_is_said_in_our_words(
    client: FlaskClient, method: str, path: str, status: int
) -> None:
    refused = answer(client, method, path)
    assert refused.status_code == status
    assert "You can start again from the beginning." in refused.get_data(as_text=True)


@pytest.mark.parametrize("path", ["/courses", "/first-login/login?closed=503", "/first-login/api/v1/login?closed=403"])
def test_the_hosts_own_addresses_and_gates_answer_by_its_own_pages(client: FlaskClient, path: str) -> None:
    refused = answer(client, "GET", path)
    assert refused.get_data(as_text=True) == f"the host's {refused.status_code}"
    assert answer(client, "GET", "/first-login/login?closed=401").headers["Location"] == "/log-in"
