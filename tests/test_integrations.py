"""The lines of the README, mounted into a portal that has Flask-Login, Flask-SQLAlchemy and a login of its own."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask, session
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Boolean, Column, Integer, String

from flask_first_login import AccountGone, SignInRefused, hours_required
from flask_first_login.accounts.tables import create_tables
from flask_first_login.testing import PretendProviders, SignInAs

README = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
MOST_LINES = 20


def lines_of_the_readme() -> str:
    (found,) = (block for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL) if "LoginSession" in block)
    return str(found)


def existing_portal(providers: PretendProviders) -> ModuleType:
    """A module ``portal`` that knows nothing of the first login: users by number, a login page, a page for members."""
    portal: Any = ModuleType("portal")
    app = portal.app = Flask("portal")
    app.config.update(
        SECRET_KEY="only-for-tests" * 3,
        SQLALCHEMY_DATABASE_URI="sqlite://",
        FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
        FIRST_LOGIN_PROVIDERS=providers.settings(),
    )
    db = portal.db = SQLAlchemy(app)

    class User(UserMixin, db.Model):  # type: ignore[misc,name-defined]  # neither is typed
        id = Column(Integer, primary_key=True)
        name = Column(String, nullable=False)
        active = Column(Boolean, nullable=False, default=True)

        @property
        def is_active(self) -> bool:
            return bool(self.active)

    portal.User = User
    manager = LoginManager(app)
    manager.login_view = "own_login"
    manager.user_loader(lambda key: db.session.get(User, int(key)))

    @app.post("/own-login")
    def own_login() -> str:
        login_user(db.session.get(User, 1))
        return "in"

    @app.get("/members")
    @login_required  # type: ignore[untyped-decorator]  # Flask-Login is not typed
    def members() -> str:
        return f"member {current_user.id}"

    app.register_error_handler(404, lambda error: ("the portal's own 404", 404))
    with app.app_context():
        db.create_all()
        db.session.add(User(name="susan"))
        db.session.commit()
        create_tables(db.engine)
    return portal  # type: ignore[no-any-return]  # it is a module with what the portal has


@pytest.fixture
def portal(first_login_sandbox: PretendProviders, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = existing_portal(first_login_sandbox)
    monkeypatch.setitem(sys.modules, "portal", made)
    exec(lines_of_the_readme(), {"__name__": "signing_in"})  # noqa: S102  # the lines themselves are what is tested
    made.app.add_url_rule("/claim", "claim", hours_required("environmental")(lambda: "claimed"))
    return made


@pytest.fixture
def client(portal: Any) -> FlaskClient:
    made: FlaskClient = portal.app.test_client()
    return made


def test_the_readme_asks_for_at_most_twenty_lines() -> None:
    assert len([line for line in lines_of_the_readme().splitlines() if line.strip()]) <= MOST_LINES


def test_who_signs_in_is_a_member_of_the_portal_itself(client: FlaskClient, sign_in_as: SignInAs) -> None:
    assert client.get("/members").headers["Location"].startswith("/own-login")
    assert client.get("/claim").headers["Location"] == "/first-login/login?next=/claim"
    sign_in_as(client, "verified_citizen", next="/claim")
    assert (client.get("/members").text, client.get("/claim").text) == ("member 2", "claimed")


def test_who_comes_again_is_the_same_member(portal: Any, sign_in_as: SignInAs) -> None:
    for _ in range(2):
        client = portal.app.test_client()
        sign_in_as(client, "verified_citizen")
        assert client.get("/members").text == "member 2"


def test_the_portals_own_login_and_pages_stay_its_own(client: FlaskClient) -> None:
    assert client.get("/nowhere").text == "the portal's own 404"
    client.post("/own-login")
    assert client.get("/members").text == "member 1"


def test_who_signs_out_is_no_member_any_more_and_is_not_remembered(portal: Any, client: FlaskClient) -> None:
    from flask_first_login.integrations.flask_login import LoginSession

    port = LoginSession(lambda key: portal.db.session.get(portal.User, int(key)))

    @portal.app.get("/out")  # type: ignore[untyped-decorator]  # the portal is made as a module
    def out() -> str:
        port.sign_out()
        return "out"

    portal.app.add_url_rule("/kept", "kept", lambda: login_user(portal.db.session.get(portal.User, 1), True) and "kept")
    client.get("/kept")
    assert client.get_cookie("remember_token") is not None
    client.get("/out")
    assert client.get_cookie("remember_token") is None
    assert client.get("/members").status_code == 302


@pytest.mark.parametrize(("account", "error"), [("1", SignInRefused), ("7", AccountGone)])
def test_whom_the_portal_has_disabled_or_deleted_is_not_signed_in(
    portal: Any, account: str, error: type[Exception]
) -> None:
    """The session before ends all the same: it was somebody else's."""
    from flask_first_login.integrations.flask_login import LoginSession

    port = LoginSession(lambda key: portal.db.session.get(portal.User, int(key)))
    with portal.app.test_request_context():
        portal.db.session.get(portal.User, 1).active = False
        session["of"] = "an earlier visitor"
        with pytest.raises(error):
            port.sign_in(account)
        assert (port.signed_in(), "of" in session) == (None, False)


def test_an_account_may_be_known_by_another_id_than_the_one_in_the_session(portal: Any) -> None:
    from flask_first_login.integrations.flask_login import LoginSession

    port = LoginSession(lambda key: portal.db.session.get(portal.User, int(key)), account_of=lambda user: user.name)
    with portal.app.test_request_context():
        port.sign_in("1")
        assert port.signed_in() == "susan"
