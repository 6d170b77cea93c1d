"""A host whose own gate turns visitors away: it lets ours through, and opens nothing by that."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, request, session

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import PretendProviders, SignInAs
from support.pages import PROVIDERS, SECRET

PAGE = Path(__file__).parent.parent / "docs" / "production.md"
POSTED_BY_PROVIDERS = {"callback", "deauthorise", "data_deletion", "notified"}
OUR_FORMS = {"join", "anew", "leave", "sign_out"}
WAYS = {"ecpa": "civil_servant", "myegov": "civil_servant", "google": "social_user", "apple": "social_user"}


def gated(providers: Mapping[str, object], *, lets_through: bool = True) -> Flask:
    """A host that asks every visitor for a consent, and every POST for a nonce of its own."""
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=providers)
    through: set[str] = set()

    @app.before_request
    def gate() -> None:
        if request.endpoint in through:
            return
        if not session.get("consented") or (request.method == "POST" and "nonce" not in request.form):
            abort(403)

    app.add_url_rule("/courses", "courses", lambda: "courses", methods=["GET", "POST"])
    first_login = FirstLogin(app, accounts=MemoryAccounts())
    if lets_through:
        through.update(first_login.endpoints(app))
    return app


@pytest.mark.parametrize("provider", WAYS)
def test_a_host_with_a_gate_of_its_own_signs_people_in(
    provider: str, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    settings = first_login_sandbox.settings()
    client = gated(settings).test_client()
    arrival = sign_in_as(client, WAYS[provider], provider)
    assert (arrival.code, arrival.response.status_code, arrival.account is None) == (None, 200, False)
    assert client.get("/courses").status_code == 403, "what is the host's stays behind its gate"
    closed = gated(settings, lets_through=False).test_client()
    assert closed.get(f"/first-login/sign-in/{provider}").status_code == 403


def test_what_is_named_is_every_endpoint_of_ours_and_none_of_the_hosts() -> None:
    app = gated(PROVIDERS)
    named = FirstLogin(accounts=MemoryAccounts()).endpoints(app)
    assert named == {name for name in app.view_functions if name.startswith("first_login.")}
    assert {f"first_login.{name}" for name in (*POSTED_BY_PROVIDERS, "static", "api_leave")} <= named
    assert named.isdisjoint({"courses", "static"})


def test_the_page_on_gates_names_every_form_of_ours_and_all_that_providers_post() -> None:
    app = gated(PROVIDERS)
    client, adapter, posted = app.test_client(), app.url_map.bind("localhost"), set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("first_login.") and rule.endpoint != "first_login.static":
            address = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, "x"))
            if "POST" in client.options(address).headers["Allow"]:
                posted.add(rule.endpoint.partition(".")[2])
    (row,) = (line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| each POST for a nonce"))
    assert {*re.findall(r"`(\w+)`", row)} - {"CSRFProtect", "Origin"} == posted


def test_nothing_that_a_gate_lets_through_changes_anything_without_a_token_of_ours(
    first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    app = gated(first_login_sandbox.settings())
    client, state = app.test_client(), app.extensions["first_login"]
    account = sign_in_as(client, "civil_servant", "myegov").account
    before, adapter, posted = state.accounts.get(account), app.url_map.bind("localhost"), {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("first_login."):
            values = {name: "ecpa" if name in {"name", "provider"} else "x" for name in rule.arguments}
            body: Any = {"data": {"nonce": "of the host"}}
            if rule.endpoint == "first_login.api_leave":
                body = {"json": {"which": "x", "confirmed": True}}
            posted[rule.endpoint] = client.post(adapter.build(rule.endpoint, values), **body)
            assert client.get("/first-login/api/v1/account").status_code == 200, f"{rule.endpoint} signs out"
            assert state.accounts.get(account) == before, rule.endpoint
    expired = {name.partition(".")[2] for name, answer in posted.items() if "expired" in answer.text}
    assert expired >= {"start", *OUR_FORMS, *(f"api_{name}" for name in OUR_FORMS)}
