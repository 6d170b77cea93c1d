"""A portal that tells hosts or sub-domains apart, or that is served by ASGI: where our pages are, and a sign-in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from flask_first_login import ConfigError, FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import PretendProviders, SignInAs
from support.pages import SECRET

HOST, OTHER = "localhost", "other.example.tw"


def app_with(providers: PretendProviders, *, server_name: str | None = None, **matching: Any) -> Flask:
    app = Flask("portal", **matching)
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=providers.settings(), SERVER_NAME=server_name)
    return app


def status(app: Flask, host: str, path: str = "/first-login/login") -> int:
    return app.test_client().get(path, base_url=f"http://{host}").status_code


def test_in_an_app_that_matches_hosts_we_are_on_the_host_of_the_portal(
    first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    app = app_with(first_login_sandbox, host_matching=True, static_host=HOST)
    app.config["FIRST_LOGIN_EXTERNAL_URL"] = f"http://{HOST}"
    FirstLogin(app, accounts=MemoryAccounts())
    app.add_url_rule("/", view_func=lambda: "home", endpoint="home", host=HOST)
    assert (status(app, HOST), status(app, OTHER)) == (200, 404)
    assert (status(app, HOST, "/first-login/faq"), status(app, OTHER, "/first-login/faq")) == (200, 404)
    assert 'href="/first-login/static/first_login.css' in app.test_client().get("/first-login/login").text
    arrival = sign_in_as(app.test_client(), "verified_citizen")
    assert arrival.url.startswith("/first-login/outcome")
    assert arrival.account is not None


def test_in_an_app_that_matches_hosts_we_ask_for_the_host_of_the_portal(first_login_sandbox: PretendProviders) -> None:
    """Our pages would be found on no host, and nobody would say why."""
    app = app_with(first_login_sandbox, host_matching=True, static_host=HOST)
    with pytest.raises(ConfigError, match="FIRST_LOGIN_EXTERNAL_URL: is not set, but the app matches hosts"):
        FirstLogin(app, accounts=MemoryAccounts())


def test_in_an_app_that_matches_sub_domains_we_are_on_the_one_that_is_set(
    first_login_sandbox: PretendProviders,
) -> None:
    app = app_with(first_login_sandbox, subdomain_matching=True, server_name="example.tw")
    app.config["FIRST_LOGIN_SUBDOMAIN"] = "learn"
    FirstLogin(app, accounts=MemoryAccounts())
    assert [status(app, host) for host in ("learn.example.tw", "example.tw", "www.example.tw")] == [200, 404, 404]
    page = app.test_client().get("/first-login/login", base_url="http://learn.example.tw").text
    assert 'href="/first-login/sign-in/myegov"' in page


class AtSubDomain(FlaskClient):
    """A browser that is at a sub-domain, from the first page on."""

    def open(self, *args: Any, **more: Any) -> TestResponse:
        return super().open(*args, **{"base_url": "http://127.0.0.1", **more})


def test_people_sign_in_at_a_sub_domain(first_login_sandbox: PretendProviders, sign_in_as: SignInAs) -> None:
    app = app_with(first_login_sandbox, subdomain_matching=True, server_name="0.1")
    app.config["FIRST_LOGIN_SUBDOMAIN"] = "127.0"  # of this machine, the only one that pretend providers lead back to
    app.test_client_class = AtSubDomain
    FirstLogin(app, accounts=MemoryAccounts())
    assert (status(app, "127.0.0.1"), status(app, "0.1")) == (200, 404)
    for provider in ("myegov", "ecpa"):
        arrival = sign_in_as(app.test_client(), "civil_servant", provider)
        assert (arrival.code, arrival.account is None, arrival.response.status_code) == (None, False, 200)


def test_without_one_we_are_on_the_server_name_itself(first_login_sandbox: PretendProviders) -> None:
    app = app_with(first_login_sandbox, subdomain_matching=True, server_name="example.tw")
    FirstLogin(app, accounts=MemoryAccounts())
    assert [status(app, host) for host in ("learn.example.tw", "example.tw")] == [404, 200]


def test_a_sub_domain_that_nobody_matches_is_refused(first_login_sandbox: PretendProviders) -> None:
    app = app_with(first_login_sandbox)
    app.config["FIRST_LOGIN_SUBDOMAIN"] = "learn"
    with pytest.raises(ConfigError, match="FIRST_LOGIN_SUBDOMAIN: has no effect"):
        FirstLogin(app, accounts=MemoryAccounts())


@pytest.mark.parametrize("provider", ["myegov", "ecpa"])  # which answers by a redirect, and which by a post
def test_a_portal_may_be_served_by_asgi(
    provider: str, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    """As asgiref wraps it: each request in a thread of its own, its body and cookies by another way."""
    app = app_with(first_login_sandbox)
    FirstLogin(app, accounts=MemoryAccounts())
    served = ThroughAsgi(app.wsgi_app)
    app.wsgi_app = served  # type: ignore[method-assign]  # as Flask says to wrap an app
    arrival = sign_in_as(app.test_client(), "civil_servant", provider)
    assert (arrival.code, arrival.account is None, arrival.response.status_code) == (None, False, 200)
    assert served.methods >= ({"GET", "POST"} if provider == "ecpa" else {"GET"})


class ThroughAsgi:
    """A WSGI app as a server of ASGI serves it. In a thread: that of the tests may have an event loop of a browser."""

    def __init__(self, wsgi_app: Any) -> None:
        self._app, self.methods = WsgiToAsgi(wsgi_app), set[str]()  # type: ignore[no-untyped-call]  # asgiref has no types

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        request = Request(environ)
        self.methods.add(request.method)
        with ThreadPoolExecutor(1) as pool:
            head, *parts = pool.submit(lambda: asyncio.run(self._answered(request))).result()
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in head["headers"]]
        start_response(f"{head['status']} {HTTPStatus(head['status']).phrase}", headers)
        return [part.get("body", b"") for part in parts]

    async def _answered(self, request: Request) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": request.scheme,
            "method": request.method, "path": request.path, "raw_path": request.path.encode(), "root_path": "",
            "query_string": request.query_string, "client": ("127.0.0.1", 1), "server": ("localhost", 80),
            "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.get_data(), "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        await self._app(scope, receive, send)
        return sent
