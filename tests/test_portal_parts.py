"""What a portal hands to `FirstLogin` is looked at before anybody signs in."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import StaticPool

from flask_first_login import ConfigError, FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from flask_first_login.testing import BY_ECPA, BY_GOOGLE
from internals import Create, Vault, account_id_of, state_of
from support.pages import PROVIDERS, SECRET


class Session:
    """A host's session that says whatever it is told to say."""

    def __init__(self, says: Any = None) -> None:
        self.says = says

    def sign_in(self, account_id: str) -> None:
        self.says = account_id

    def signed_in(self) -> Any:
        return self.says


class HalfASession:
    def sign_in(self, account_id: str) -> None:
        """It tells nobody who is signed in."""


class HalfAProof(Session):
    def is_fresh(self) -> bool:
        """It leads nobody to where a login becomes fresh."""
        return False


class HalfAStore:
    owner_of = get = leave = use_once = remember = staticmethod(lambda *given: None)
    carry_out = "no method"


def problems(**parts: Any) -> list[str]:
    app = Flask("portal")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    with pytest.raises(ConfigError) as raised:
        FirstLogin(app, **{"accounts": MemoryAccounts(), **parts})
    return [str(problem) for problem in raised.value.problems]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"accounts": MemoryAccounts}, "accounts: is the class MemoryAccounts itself."),
        ({"session": Session}, "session: is the class Session itself. Give one that is made: FirstLogin(session="),
        ({"accounts": HalfAStore()}, "accounts: is of the type HalfAStore, which has no method holder_of, carry_out."),
        ({"session": HalfASession()}, "session: is of the type HalfASession, which has no method signed_in."),
        ({"session": HalfAProof()}, "session: is of the type HalfAProof, which has is_fresh and no method login_url."),
        ({"accounts": None}, "accounts: is of the type NoneType, which has no method owner_of, holder_of, get,"),
        ({"providers": ["google"]}, "providers: holds a str, which is no Provider. Make it by flask_first_login.prov"),
        ({"providers": [{"client_secret": "s3cret"}]}, "providers: holds a dict, which is no Provider."),
        ({"authorities": ("environmental",)}, "authorities: holds a str, which is no Authority."),
        ({"flow": "standard"}, "flow: holds a str, which is no Flow."),
    ],
    ids=lambda given: given.partition(".")[0] if isinstance(given, str) else "",
)
def test_a_part_that_cannot_do_its_work_is_refused_by_name(parts: dict[str, object], told: str) -> None:
    (problem,) = problems(**parts)
    assert problem.startswith(told)
    assert "s3cret" not in problem


def test_all_such_parts_are_told_at_once_with_the_settings_that_are_wrong() -> None:
    app = Flask("portal")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_URL_PREFIX="no slash")
    with pytest.raises(ConfigError) as raised:
        FirstLogin(app, accounts=MemoryAccounts, session=Session, authorities=[1])  # type: ignore[arg-type, list-item]  # wrong
    assert {problem.where for problem in raised.value.problems} == {
        "accounts", "session", "authorities", "FIRST_LOGIN_URL_PREFIX"
    }  # fmt: skip


@pytest.mark.parametrize(("given", "account_id"), [("7", "7"), (7, "7"), ("a b", "a b")])
def test_an_id_that_a_host_counts_is_taken_in_its_digits(given: object, account_id: str) -> None:
    assert account_id_of(given, "create_account") == account_id


@pytest.mark.parametrize(
    ("given", "told"),
    [("", "an empty text"), (None, "a NoneType"), (True, "a bool"), ({}, "a dict")],
)
def test_what_is_no_id_names_the_port_that_returned_it(given: object, told: str) -> None:
    with pytest.raises(TypeError, match=rf"^create_account must return the id of an account, .* It returned {told}\.$"):
        account_id_of(given, "create_account")


def test_a_session_that_answers_with_a_number_is_understood() -> None:
    """As ``current_user.id`` is in most portals; no store knew the number, and nobody was ever signed in."""
    session = Session(7)
    app = Flask("portal")
    app.config["SECRET_KEY"] = SECRET
    FirstLogin(app, accounts=MemoryAccounts(), session=session)
    with app.test_request_context():
        assert state_of().signed_in_id() == "7"
        session.says = object()
        with pytest.raises(TypeError, match=r"HostSession\.signed_in must return the id of an account"):
            state_of().signed_in_id()


def test_a_function_that_makes_accounts_may_count_them() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    create_tables(engine)
    vault = Vault([Fernet.generate_key().decode()], Fernet.generate_key().decode())
    made: list[Any] = [7, None]
    store = SQLAlchemyAccounts(sessionmaker(engine), lambda: vault, create_account=lambda session, who: made.pop(0))
    assert store.carry_out(Create(), BY_ECPA) == "7"
    assert store.get("7") is not None
    with pytest.raises(TypeError, match=r"^create_account must return the id of an account"):
        store.carry_out(Create(), BY_GOOGLE)
    assert store.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is None
