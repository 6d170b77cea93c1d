"""Sessions that are kept on the server: an id that somebody planted before a sign-in is worth nothing after it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cachelib import SimpleCache
from flask import Flask, current_app, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionInterface
from flask.testing import FlaskClient
from flask_session import Session
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA
from internals import HostSession, admit, examine, handles_sign_in_errors, here, renew_session
from support.pages import PROVIDERS, SECRET

PLANTED = "planted-by-somebody-else-before-the-sign-in"


class Store(SimpleCache):
    """What Flask-Session keeps, by the id of the session."""

    def of(self, id: str) -> Any:
        return self.get(f"session:{id}")


def kept_on_the_server(app: Flask) -> Store:
    store = Store()
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=store)
    Session(app)
    return store


def host(port: HostSession | None = None) -> tuple[Flask, Store]:
    """A host with Flask-Session, whose every visit of ``/arrive`` is a sign-in of one person."""
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    store = kept_on_the_server(app)
    FirstLogin(app, accounts=MemoryAccounts(), session=port)

    @app.get("/visit")
    def visit() -> str:
        session["basket"] = "a course"
        return str(session.get("basket"))

    @app.get("/arrive")
    @handles_sign_in_errors
    def arrive() -> Response:
        return admit(here(), replace(BY_ECPA))

    return app, store


def id_of(client: FlaskClient) -> str:
    cookie = client.get_cookie("session")
    assert cookie is not None
    return cookie.value


class OldPort:
    """A port as hosts wrote it before: it clears the session, and knows nothing of ids."""

    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["member"] = account_id

    def signed_in(self) -> str | None:
        return session.get("member")

    def sign_out(self) -> None:
        session.clear()


class ByHand(OldPort):
    """A port that renews the id itself, by its session interface."""

    def sign_in(self, account_id: str) -> None:
        current_app.session_interface.regenerate(session)  # type: ignore[attr-defined]  # of Flask-Session
        super().sign_in(account_id)


PORTS = pytest.mark.parametrize("port", [None, OldPort(), ByHand()], ids=["ours", "an old one", "one that renews"])


def opens(app: Flask, id: str) -> TestResponse:
    """Our page of a person, as somebody gets it who has this id of a session."""
    client = app.test_client()
    client.set_cookie("session", id)
    return client.get("/first-login/hours")


@PORTS
def test_an_id_from_before_a_sign_in_is_not_the_learners_session_after_it(port: HostSession | None) -> None:
    app, store = host(port)
    learner = app.test_client()
    learner.get("/visit")
    planted = id_of(learner)
    assert learner.get("/arrive").status_code == 303
    assert id_of(learner) != planted
    assert store.of(planted) is None
    assert "basket" not in store.of(id_of(learner))
    assert learner.get("/first-login/hours").status_code == 200
    assert opens(app, planted).status_code == 303


@PORTS
@pytest.mark.parametrize("stored", [None, {}, {"_permanent": True}], ids=["nothing", "empty", "a flag alone"])
def test_a_planted_id_is_renewed_whatever_is_stored_under_it(
    port: HostSession | None, stored: dict[str, object] | None
) -> None:
    app, store = host(port)
    if stored is not None:
        store.set(f"session:{PLANTED}", stored)
    learner = app.test_client()
    learner.set_cookie("session", PLANTED)
    assert learner.get("/arrive").status_code == 303
    assert id_of(learner) != PLANTED
    assert not store.of(PLANTED)
    assert learner.get("/first-login/hours").status_code == 200
    assert opens(app, PLANTED).status_code == 303


@PORTS
def test_an_id_that_was_signed_in_is_nobodys_after_the_sign_out(port: HostSession | None) -> None:
    app, store = host(port)

    @app.get("/out")
    def out() -> str:
        current = app.extensions["first_login"].session
        renew_session()
        current.sign_out()
        session["basket"] = "another course"
        return ""

    learner = app.test_client()
    learner.get("/arrive")
    signed_in = id_of(learner)
    learner.get("/out")
    assert id_of(learner) != signed_in
    assert store.of(signed_in) is None
    assert {*store.of(id_of(learner))} - {"_permanent"} == {"basket"}


def test_starting_again_with_another_account_renews_the_id_too() -> None:
    app, store = host(OldPort())
    learner = app.test_client()
    learner.get("/arrive")
    signed_in = id_of(learner)
    token = learner.get("/first-login/api/v1/account").get_json()["csrf_token"]
    learner.post("/first-login/sign-in/google/anew", data={"csrf_token": token})
    assert store.of(signed_in) is None


class Breaks(OldPort):
    def sign_in(self, account_id: str) -> None:
        super().sign_in(account_id)
        raise RuntimeError("half of it is done")


def test_a_sign_in_that_fails_halfway_leaves_the_visitor_what_they_had() -> None:
    app, store = host(Breaks())
    visitor = app.test_client()
    visitor.get("/visit")
    before = id_of(visitor)
    assert visitor.get("/arrive").status_code == 503
    assert store.of(before) is None
    assert store.of(id_of(visitor))["basket"] == "a course"
    assert "member" not in store.of(id_of(visitor))


def test_a_session_in_its_cookie_has_no_id_and_needs_nothing() -> None:
    app = Flask("a host")
    app.config["SECRET_KEY"] = SECRET
    with app.test_request_context():
        session["basket"] = "a course"
        renew_session()
        assert dict(session) == {"basket": "a course"}
    assert "session_id_kept" not in codes(app)


def codes(app: Flask) -> set[str]:
    """What the doctor finds on this host."""
    if "first_login" not in app.extensions:
        FirstLogin(app, accounts=MemoryAccounts())
    return {finding.code for finding in examine(app, offline=True)}


class WithoutRenewal(SessionInterface):
    """Keeps sessions somewhere, and an id for ever."""

    def open_session(self, app: Flask, request: object) -> SecureCookieSession:
        return SecureCookieSession()

    def save_session(self, app: Flask, session: object, response: object) -> None: ...


def test_a_session_interface_that_cannot_renew_stops_no_sign_in_and_the_doctor_names_it() -> None:
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    app.session_interface = WithoutRenewal()
    with app.test_request_context():
        session["basket"] = "a course"
        renew_session()
        assert dict(session) == {"basket": "a course"}
    FirstLogin(app, accounts=MemoryAccounts())
    (finding,) = [one for one in examine(app, offline=True) if one.code == "session_id_kept"]
    assert finding.where == "WithoutRenewal"


class Renewable(SecureCookieSession):
    """A session that renews its id itself, as that of CTFd does."""

    held: dict[str, Any] | None = None

    def regenerate(self) -> None:
        self.held = dict(self)


class OfRenewable(WithoutRenewal):
    session_class = Renewable

    def open_session(self, app: Flask, request: object) -> SecureCookieSession:
        return self.session_class()


def test_a_session_that_renews_its_id_itself_is_asked_to_before_it_is_emptied() -> None:
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    app.session_interface = OfRenewable()
    FirstLogin(app, accounts=MemoryAccounts())
    with app.test_request_context():
        session["basket"] = "a course"
        app.extensions["first_login"].session.sign_in("7")
        assert "basket" in session._get_current_object().held  # type: ignore[attr-defined]  # of the proxy
        assert "basket" not in session
    assert "session_id_kept" not in codes(app)


def test_the_doctor_has_nothing_to_say_of_flask_session() -> None:
    assert "session_id_kept" not in codes(host()[0])


class BeginsAnew(SecureCookieSessionInterface):
    """Renews a session by emptying it, as an interface of a host's own may."""

    def regenerate(self, session: SecureCookieSession) -> None:
        session.clear()


def test_an_interface_that_renews_a_session_by_emptying_it_stops_no_sign_in() -> None:
    app, _ = host()
    app.session_interface = BeginsAnew()
    client = app.test_client()
    client.get("/visit")
    assert client.get("/arrive").status_code == 303
    assert client.get("/first-login/outcome").status_code == 200
