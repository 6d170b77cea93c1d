"""What breaks in the middle of a sign-in: it fails whole, with a code, or succeeds whole; the next one goes well."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import session
from sqlalchemy import event, func, select
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from flask_first_login import ConfigError, Identity, current_vault, hours_required, sign_in_failed, signed_in
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import accounts, identities, metadata, national_ids
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import Create
from support.databases import INDEX_KEY, KEY, VAULT
from support.host_portal import Host, accept, code_of

MOST_STATEMENTS = 30


@pytest.fixture
def broken_store(sqlite: Engine) -> SQLAlchemyAccounts:
    return SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT)


@pytest.fixture
def host(broken_store: SQLAlchemyAccounts) -> Host:
    return Host(broken_store).mounted()


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
        }


@contextmanager
def failing_at(engine: Engine, number: int) -> Iterator[list[str]]:
    """The database fails at this statement, counted from 1; gives the statements that were asked for."""
    asked: list[str] = []

    def fail(connection: Connection, cursor: object, statement: str, *rest: Any) -> None:
        asked.append(statement)
        failures: dict[bool, Callable[[], None]] = {True: _fail, False: lambda: None}
        failures[len(asked) == number]()

    event.listen(engine, "before_cursor_execute", fail)
    yield asked
    event.remove(engine, "before_cursor_execute", fail)


def _fail() -> None:
    raise OperationalError("a statement", {"name": "王小明"}, sqlite3.OperationalError("disk I/O error"))


@pytest.mark.slow
@pytest.mark.parametrize("identity", [BY_ECPA, BY_MYEGOV], ids=["first", "again, with an ID that is new"])
def test_a_database_that_fails_at_any_statement_leaves_no_half_account(
    host: Host, sqlite: Engine, identity: Identity, caplog: pytest.LogCaptureFixture
) -> None:
    before = replace(BY_MYEGOV, national_id=None)
    host.arrives(before)
    codes = []
    for number in range(1, MOST_STATEMENTS):
        counted = rows(sqlite)
        with failing_at(sqlite, number) as asked, caplog.at_level(logging.WARNING):
            codes.append(code_of(host.arrives(identity)))
        after = rows(sqlite)
        new = after["first_login_accounts"] - counted["first_login_accounts"]
        assert new == after["first_login_identities"] - counted["first_login_identities"]
        assert new >= after["first_login_national_ids"] - counted["first_login_national_ids"] - 1
        assert len(asked) >= min(number, 5)
    assert set(codes) == {"portal_error", ""}
    assert codes[0] == "portal_error"
    assert "王小明" not in caplog.text
    learner = host.learner()
    assert host.arrives(identity, learner).status_code == 303
    assert learner.get("/first-login/hours").status_code == 200
    assert rows(sqlite)["first_login_identities"] == {"ecpa": 2, "myegov": 1}[identity.provider]


def test_a_commit_that_fails_writes_nothing_and_signs_nobody_in(host: Host, sqlite: Engine) -> None:
    learner = host.learner()
    event.listen(sqlite, "commit", lambda connection: _fail())
    assert code_of(host.arrives(BY_ECPA, learner)) == "portal_error"
    assert learner.get("/first-login/hours").status_code in {303, 503}
    assert "session" not in learner.cookies()
    assert rows(sqlite)["first_login_accounts"] == 0


# --- the host's callables ---


def test_a_host_account_that_cannot_be_made_leaves_nothing_and_the_next_one_can(sqlite: Engine) -> None:
    answers: list[Callable[[], str]] = [lambda: str(1 / 0), lambda: "member-1"]

    def create_account(session: Session, identity: Identity) -> str:
        return answers.pop(0)()

    store = SQLAlchemyAccounts(sessionmaker(sqlite), lambda: VAULT, create_account=create_account)
    host = Host(store).mounted()
    told: list[dict[str, object]] = []
    sign_in_failed.connect_via(host.app)(lambda app, **facts: told.append(facts))
    page = host.arrives(BY_ECPA)
    assert (code_of(page), page.status_code) == ("portal_error", 503)
    assert [one["code"] for one in told] == ["portal_error"]
    assert str(told[0]["support_code"]) in page.text
    assert set(rows(sqlite).values()) == {0}
    assert host.arrives(BY_ECPA).status_code == 303
    assert host.owner(BY_ECPA) == "member-1"


class Failing:
    """A host's session in the Flask session that fails when it is told to, after it began to write."""

    def __init__(self) -> None:
        self.fails = {"sign_in": False, "signed_in": False}

    def _perhaps(self, what: str) -> None:
        assert not self.fails[what], "the host's session is broken"

    def sign_in(self, account_id: str) -> None:
        session.clear()
        session["member"] = account_id
        self._perhaps("sign_in")

    def signed_in(self) -> str | None:
        self._perhaps("signed_in")
        member: str | None = session.get("member")
        return member


def test_a_session_that_fails_halfway_signs_nobody_in_and_the_account_is_whole(
    broken_store: SQLAlchemyAccounts,
) -> None:
    own = Failing()
    host = Host(broken_store, session=own).mounted()
    told: list[object] = []
    signed_in.connect_via(host.app)(lambda app: told.append(app))
    learner = host.learner()
    with learner.client.session_transaction() as before:
        before["basket"] = "kept"
    own.fails["sign_in"] = True
    assert code_of(host.arrives(BY_ECPA, learner)) == "portal_error"
    with learner.client.session_transaction() as after:
        assert dict(after) == {"basket": "kept"}
    assert told == []
    assert "fl-fresh" not in learner.cookies()
    own.fails["sign_in"] = False
    assert host.arrives(BY_ECPA, learner).status_code == 303
    assert learner.get("/first-login/hours").status_code == 200
    assert len(told) == 1


def test_a_session_that_cannot_say_who_is_signed_in_stops_every_page_about_a_person_with_a_code(
    broken_store: SQLAlchemyAccounts,
) -> None:
    own = Failing()
    host = Host(broken_store, session=own)

    @host.app.get("/claim")
    @hours_required("teacher")
    def claim() -> str:
        return "claimed"

    host.mounted()
    learner = host.learner()
    host.arrives(BY_ECPA, learner)
    assert learner.get("/claim").text == "claimed"
    own.fails["signed_in"] = True
    for path in ("/arrive", "/claim", "/first-login/hours", "/first-login/outcome"):
        page = learner.get(path)
        assert (page.status_code, code_of(page)) == (503, "portal_error")
    assert learner.get("/first-login/login").status_code == 200


def test_the_acceptance_of_a_social_learner_is_stored_with_the_account_or_not_at_all(
    host: Host, sqlite: Engine
) -> None:
    outcomes = []
    for number in range(1, 12):
        learner = host.learner()
        host.arrives(replace(BY_GOOGLE, subject=f"social-{number}"), learner)
        with failing_at(sqlite, number):
            outcomes.append(code_of(accept(learner)))
        counted = rows(sqlite)
        assert counted["first_login_accounts"] == counted["first_login_acknowledgements"]
    assert set(outcomes) == {"portal_error", ""}


# --- keys ---


@pytest.mark.parametrize(
    ("keys", "index_key", "where"),
    [
        (["wrong"], INDEX_KEY, "FIRST_LOGIN_NATIONAL_ID_KEYS[0]"),
        ([KEY], "", "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"),
        ([KEY], KEY, "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"),
    ],
    ids=["a key that is none", "no index key", "one key for both"],
)
def test_a_portal_with_wrong_keys_does_not_start(sqlite: Engine, keys: list[str], index_key: str, where: str) -> None:
    host = Host(SQLAlchemyAccounts(sessionmaker(sqlite), current_vault), keys=keys, index_key=index_key)
    with pytest.raises(ConfigError) as raised:
        host.mounted()
    assert [problem.where for problem in raised.value.problems] == [where]
    assert KEY not in str(raised.value)


@pytest.mark.parametrize("lost", ["the key", "the index key"])
def test_a_record_under_a_lost_key_lets_nobody_in_and_says_so_and_others_come_in(
    sqlite: Engine, broken_store: SQLAlchemyAccounts, lost: str
) -> None:
    broken_store.carry_out(Create(), BY_ECPA)
    new = Fernet.generate_key().decode()
    keys: dict[str, Any] = {"the key": {"keys": [new]}, "the index key": {"index_key": new}}
    host = Host(SQLAlchemyAccounts(sessionmaker(sqlite), current_vault), **keys[lost])

    @host.app.get("/claim")
    @hours_required("teacher")
    def claim() -> str:
        return "claimed"

    host.mounted()
    before = rows(sqlite)
    learner = host.learner()
    page = host.arrives(BY_ECPA, learner)
    assert (page.status_code, code_of(page)) == (503, "record_unreadable")
    assert rows(sqlite) == before
    with learner.client.session_transaction() as in_browser:
        in_browser["first_login_account"] = _only_account(sqlite)
    for path in ("/claim", "/first-login/hours", "/first-login/outcome"):
        page = learner.get(path)
        assert (page.status_code, code_of(page)) == (503, "record_unreadable")
    assert host.arrives(replace(BY_MYEGOV, national_id=None)).status_code == 303


def _only_account(engine: Engine) -> str:
    with engine.connect() as connection:
        found: str = connection.execute(select(accounts.c.id)).scalar_one()
        return found


def test_a_number_that_was_moved_to_another_row_opens_for_nobody(
    host: Host, sqlite: Engine, broken_store: SQLAlchemyAccounts
) -> None:
    broken_store.carry_out(Create(), BY_ECPA)
    with sqlite.begin() as connection:
        connection.execute(national_ids.update().values(sealed=b"changed"))
        assert connection.execute(select(identities.c.issuer)).scalar_one() == BY_ECPA.issuer
    assert code_of(host.arrives(BY_ECPA)) == "record_unreadable"
