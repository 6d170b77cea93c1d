"""The contract of a host's session: ours pass it, and each way to get it wrong is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cachelib import SimpleCache
from flask import Flask, session
from flask_login import LoginManager, UserMixin
from flask_session import Session

from flask_first_login.integrations.flask_login import LoginSession
from flask_first_login.testing import HostSessionContract
from internals import FlaskSession, HostSession, renew_session
from support.pages import SECRET

IDS = ("1", "2")


class Member(UserMixin):  # type: ignore[misc]  # Flask-Login is not typed
    def __init__(self, key: str) -> None:
        self.id = key


def host(*, on_the_server: bool) -> Flask:
    app = Flask("a host")
    app.config["SECRET_KEY"] = SECRET
    if on_the_server:
        app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
        Session(app)
    LoginManager(app).user_loader(Member)
    return app


class Contract(HostSessionContract):
    @pytest.fixture(params=[True, False], ids=["on the server", "in the cookie"])
    def app(self, request: pytest.FixtureRequest) -> Flask:
        return host(on_the_server=request.param)

    @pytest.fixture
    def account_ids(self) -> tuple[str, str]:
        return IDS


class TestFlaskSession(Contract):
    @pytest.fixture
    def host_session(self) -> HostSession:
        return FlaskSession(then=lambda: None)


class TestLoginSession(Contract):
    @pytest.fixture
    def host_session(self) -> HostSession:
        port: HostSession = LoginSession(load_user=Member)
        return port


class Right:
    def sign_in(self, account_id: str) -> None:
        renew_session()
        session.clear()
        session["member"] = account_id

    def signed_in(self) -> Any:
        return session.get("member")


class TestOneThatSignsNobodyOut(Contract):
    @pytest.fixture
    def host_session(self) -> HostSession:
        return Right()


class KeepsWhatWasThere(Right):
    def sign_in(self, account_id: str) -> None:
        session["member"] = account_id


class KeepsTheId(Right):
    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["member"] = account_id


class KnowsNumbers(Right):
    def signed_in(self) -> Any:
        return int(session["member"]) if "member" in session else None


class KeepsTheFirst(Right):
    def sign_in(self, account_id: str) -> None:
        renew_session()
        first = session.get("member", account_id)
        session.clear()
        session["member"] = first


class SignsNobodyOut(Right):
    def sign_out(self) -> None:
        renew_session()


ASKED: Callable[..., Flask] = HostSessionContract.asked.__wrapped__  # type: ignore[attr-defined]  # of the fixture
WRONG = [
    (KeepsWhatWasThere, "test_nothing_of_the_session_before_goes_on"),
    (KeepsTheId, "test_whoever_planted_the_session_before_is_nobody_after_it"),
    (KnowsNumbers, "test_who_is_signed_in_stays_so_in_this_browser_alone"),
    (KeepsTheFirst, "test_who_signs_in_after_another_is_signed_in_alone"),
]


@pytest.mark.parametrize(("port", "found_by"), WRONG)
def test_each_way_to_get_it_wrong_is_found(port: type[Right], found_by: str) -> None:
    app = host(on_the_server=True)
    app.testing = True
    asked = ASKED(HostSessionContract(), app, port())
    with pytest.raises(AssertionError):
        getattr(HostSessionContract(), found_by)(asked, account_ids=IDS)


def test_a_sign_out_that_signs_nobody_out_is_found() -> None:
    port = SignsNobodyOut()
    asked = ASKED(HostSessionContract(), host(on_the_server=True), port)
    with pytest.raises(AssertionError):
        HostSessionContract().test_who_signs_out_is_nobody(asked, port, IDS)


def test_a_gate_of_the_host_is_named() -> None:
    app = host(on_the_server=False)
    app.before_request(lambda: ("consent first", 403))
    asked = ASKED(HostSessionContract(), app, Right())
    with pytest.raises(AssertionError, match="a gate of the portal"):
        HostSessionContract().test_nobody_is_signed_in_in_a_new_browser(asked)
