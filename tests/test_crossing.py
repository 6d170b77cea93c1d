"""What another site makes a browser post to us: whatever the address and the method, nothing of it is written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from cachelib import SimpleCache
from flask import Flask, Request, Response, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask.testing import FlaskClient
from flask_session import Session
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import PretendProviders, SignInAs
from internals import METHODS
from support.pages import PROVIDERS, SECRET
from test_host import LAYOUT

UNSAFE = [*(method for method in METHODS if method not in {"GET", "HEAD", "OPTIONS"})]
VALUES = {
    "page": "login",
    "name": "myegov",
    "provider": "google",
    "code": "expired",
    "state": "a-state",
    "key": "identity",
    "filename": "first_login.css",
}
#: Every provider by whose answer the browser posts, and one that nobody knows.
NAMES = ["apple", "ecpa", "facebook", "google", "myegov", "nobody"]
POSTED = {"code": "a-code", "state": "a-state", "twGovT1": "a-ticket", "csrf_token": "made-up", "signed_request": "x.y"}


def bare(app: Flask) -> None: ...


def behind_a_layout(app: Flask) -> None:
    """The search form of every page of this host has a token, and so begins a session."""
    app.jinja_loader = DictLoader({"layout.html": LAYOUT})
    app.jinja_env.globals.update(get_locale=lambda: "en", _=str)
    app.config["FIRST_LOGIN_BASE_TEMPLATE"] = "layout.html"
    CSRFProtect(app).exempt("flask_first_login.web.blueprint")


def guarded(app: Flask) -> None:
    CSRFProtect(app)


def with_hooks(app: Flask) -> None:
    """A host that writes its session and cookies with every request, before the view and after it."""
    app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=1)

    @app.before_request
    def before() -> None:
        session.permanent = True
        session["visits"] = session.get("visits", 0) + 1

    @app.after_request
    def after(response: Response) -> Response:
        session["last"] = request.path
        session.setdefault("pages", []).append(request.path)
        session.pop("pages")
        session.modified = True
        response.set_cookie("lang", "en")
        response.delete_cookie("theme")
        return response


def on_the_server(app: Flask) -> None:
    with_hooks(app)
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    Session(app)

    @app.after_request
    def name_the_session(response: Response) -> Response:
        response.headers["Session"] = session.sid  # type: ignore[attr-defined]  # of Flask-Session
        return response


class UnderItsOwnName(SecureCookieSessionInterface):
    """Sessions in a cookie that is called otherwise than the settings say, and than this tells."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        renamed = Request(
            {**request.environ, "HTTP_COOKIE": request.environ.get("HTTP_COOKIE", "").replace("sid=", "session=")}
        )
        return super().open_session(app, renamed)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        saved = Response()
        super().save_session(app, session, saved)
        for cookie in saved.headers.getlist("Set-Cookie"):
            response.headers.add("Set-Cookie", cookie.replace("session=", "sid=", 1))


def by_another_name(app: Flask) -> None:
    with_hooks(app)
    app.session_interface = UnderItsOwnName()


HOSTS = [bare, behind_a_layout, guarded, with_hooks, on_the_server, by_another_name]


def host(kind: Callable[[Flask], None]) -> Flask:
    app = Flask("a host")
    app.config.update(
        SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, SESSION_COOKIE_SAMESITE="Lax", WTF_CSRF_SSL_STRICT=False
    )
    kind(app)
    FirstLogin(app, accounts=MemoryAccounts())

    @app.get("/whose")
    def whose() -> str:
        return str(session.get("member"))

    @app.get("/become")
    def become() -> str:
        session["member"] = "somebody"
        return ""

    return app


def addresses(app: Flask) -> set[str]:
    """Every address of ours, for every provider where one is named."""
    adapter, found = app.url_map.bind("localhost"), set[str]()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("first_login."):
            continue
        for name in NAMES if "name" in rule.arguments else [""]:
            for path in ["nowhere", "identity", "api/nothing"] if "path" in rule.arguments else [""]:
                values = {**VALUES, "name": name, "path": path}
                found.add(adapter.build(rule.endpoint, {key: values[key] for key in rule.arguments}))
    return found


def cookies_of(response: TestResponse) -> set[str]:
    return {cookie.partition("=")[0] for cookie in response.headers.getlist("Set-Cookie")}


def is_carried_over(name: str) -> bool:
    return name.startswith("fl-bridge-")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "method"),
    # only a form posts; what a script of another site could send besides meets a host that writes all that it can
    [*((kind, "POST") for kind in HOSTS), *((on_the_server, method) for method in UNSAFE if method != "POST")],
)
def test_a_request_without_the_session_writes_no_cookie_and_no_session_wherever_it_goes(
    kind: Callable[[Flask], None], method: str
) -> None:
    app = host(kind)
    found = addresses(app)
    assert len(found) > 60
    stored = app.config.get("SESSION_CACHELIB")
    for address in found:
        for sent in ({"data": POSTED}, {"json": {"acknowledged": True}}):
            response = app.test_client().open(address, method=method, **sent)
            assert response.status_code < 500 or response.status_code in {502, 503}, address
            assert {name for name in cookies_of(response) if not is_carried_over(name)} == set(), address
            if cookies_of(response):
                assert (method, response.status_code) == ("POST", 303), address
                assert "/callback" in address
    assert stored is None or [*stored._cache] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", HOSTS)
def test_who_is_signed_in_stays_so_after_every_post_of_another_site(kind: Callable[[Flask], None]) -> None:
    app = host(kind)
    victim = app.test_client()
    victim.get("/become")
    for address in addresses(app):
        across(victim, address)
        assert victim.get("/whose").text == "somebody", address


def across(victim: FlaskClient, address: str) -> None:
    """A form of another site that is posted by itself, by the browser of ``victim``, in the place of the page: without
    Lax cookies, and with whatever cookies come back."""
    response = victim.application.test_client().post(address, data=POSTED, headers={"Sec-Fetch-Site": "cross-site"})
    for cookie in response.headers.getlist("Set-Cookie"):
        name, _, value = cookie.partition(";")[0].partition("=")
        victim.set_cookie(name, value)


@pytest.mark.parametrize("kind", [with_hooks, on_the_server])
def test_a_host_whose_session_goes_everywhere_has_it_written_by_no_other_site(kind: Callable[[Flask], None]) -> None:
    app = host(kind)
    learner = app.test_client()
    learner.get("/become")
    across = learner.post("/first-login/sign-in/google", data=POSTED, headers={"Sec-Fetch-Site": "cross-site"})
    assert (across.status_code, cookies_of(across)) == (400, set())
    own = learner.post("/first-login/sign-in/google", data=POSTED, headers={"Sec-Fetch-Site": "same-origin"})
    assert (own.status_code, "session" in cookies_of(own)) == (400, True)


def test_a_form_of_ours_has_its_session_and_may_write_it() -> None:
    app = host(with_hooks)
    learner = app.test_client()
    learner.get("/first-login/sign-in/google")
    assert cookies_of(learner.post("/first-login/sign-in/google", data=POSTED)) >= {"session", "lang"}


def test_who_signs_out_is_signed_out_whatever_the_cookie_of_the_session_is_called(
    first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings())
    by_another_name(app)
    FirstLogin(app, accounts=MemoryAccounts())
    learner = app.test_client()
    assert sign_in_as(learner, "social_user").account is not None
    token = learner.get("/first-login/api/v1/outcome").get_json()["csrf_token"]
    gone = learner.post("/first-login/sign-out", data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert (gone.status_code, "sid" in cookies_of(gone)) == (303, True)
    assert learner.get("/first-login/hours").status_code == 303


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_what_only_reads_may_begin_a_session(method: str) -> None:
    response = host(with_hooks).test_client().open("/first-login/login", method=method)
    assert cookies_of(response) >= {"session", "lang"}


def test_a_host_without_a_secret_key_has_no_session_to_forget() -> None:
    app = Flask("a guide alone")
    FirstLogin(app, accounts=MemoryAccounts())
    response = app.test_client().post("/first-login/login")
    assert (response.status_code, cookies_of(response)) == (405, set())
