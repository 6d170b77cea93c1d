"""A portal that tells hosts or sub-domains apart, or that is served by ASGI: where our pages are, and a sign-in."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask

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


def test_without_one_we_are_on_the_server_name_itself(first_login_sandbox: PretendProviders) -> None:
    app = app_with(first_login_sandbox, subdomain_matching=True, server_name="example.tw")
    FirstLogin(app, accounts=MemoryAccounts())
    assert [status(app, host) for host in ("learn.example.tw", "example.tw")] == [404, 200]


def test_a_sub_domain_that_nobody_matches_is_refused(first_login_sandbox: PretendProviders) -> None:
    app = app_with(first_login_sandbox)
    app.config["FIRST_LOGIN_SUBDOMAIN"] = "learn"
    with pytest.raises(ConfigError, match="FIRST_LOGIN_SUBDOMAIN: has no effect"):
        FirstLogin(app, accounts=MemoryAccounts())


def test_a_portal_may_be_served_by_asgi(first_login_sandbox: PretendProviders) -> None:
    """As asgiref wraps it: each request in a thread of its own, its body and cookies by another way."""
    app = app_with(first_login_sandbox)
    FirstLogin(app, accounts=MemoryAccounts())
    begun = answer_by_asgi(app, "/first-login/sign-in/myegov", [(b"sec-fetch-site", b"same-origin")])
    assert begun[0]["status"] == 303
    headers = {name.lower(): value for name, value in begun[0]["headers"]}
    assert headers[b"location"].startswith(b"http")
    assert headers[b"set-cookie"].startswith(b"fl-tx-")
    page = answer_by_asgi(app, "/first-login/login?lang=en", [])
    assert page[0]["status"] == 200
    assert b"MyEGov" in b"".join(part.get("body", b"") for part in page[1:])


def answer_by_asgi(app: Flask, url: str, headers: list[tuple[bytes, bytes]]) -> list[dict[str, Any]]:
    """What a server of ASGI is sent. In a thread: the one of the tests may have an event loop, that of a browser."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(_asked(app, url, headers))).result()


async def _asked(app: Flask, url: str, headers: list[tuple[bytes, bytes]]) -> list[dict[str, Any]]:
    path, _, query = url.partition("?")
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(b"host", b"localhost"), *headers], "client": ("127.0.0.1", 1), "server": ("localhost", 80),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await WsgiToAsgi(app)(scope, receive, send)  # type: ignore[no-untyped-call]  # asgiref is not typed there
    return sent
