"""What a database asks for again is done again, whole: deadlocks, waits in vain, and snapshots that are out of date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from flask_first_login import AccountConflict
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE
from internals import Create, SignIn, again
from support.databases import VAULT

HOLD = "UPDATE first_login_accounts SET standing = standing WHERE id = :id"


def store_in(engine: Engine) -> SQLAlchemyAccounts:
    return SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)


@contextmanager
def noted(engine: Engine) -> Iterator[list[str]]:
    """The errors of the database, by their kind."""
    errors: list[str] = []

    def note(context: ExceptionContext) -> None:
        errors.append(type(context.original_exception).__name__)

    event.listen(engine, "handle_error", note)
    yield errors
    event.remove(engine, "handle_error", note)


@pytest.mark.parametrize("which", ["postgresql", "mariadb"])
def test_of_two_that_wait_for_each_other_the_one_that_is_stopped_is_done_again(
    request: pytest.FixtureRequest, which: str
) -> None:
    engine: Engine = request.getfixturevalue(which)
    store, both_hold_one = store_in(engine), Barrier(2)
    ids = [store.carry_out(Create(), identity) for identity in (BY_ECPA, BY_GOOGLE)]
    tries: list[str] = []

    def hold_both(order: list[str]) -> None:
        tries.append(order[0])
        with store.transaction() as session:
            session.execute(text(HOLD), {"id": order[0]})
            if len(tries) < 3:
                both_hold_one.wait(timeout=20)
            session.execute(text(HOLD), {"id": order[1]})

    with noted(engine) as errors, ThreadPoolExecutor(2) as pool:
        done = [pool.submit(again, lambda order=order: hold_both(order)) for order in (ids, ids[::-1])]
        assert [each.result() for each in done] == [None, None]
    assert len(tries) == 3
    assert len(errors) == 1


@pytest.fixture(params=["sqlite", "mariadb"])
def impatient(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database whose connections wait a moment for a lock, not longer."""
    engine: Engine = request.getfixturevalue(request.param)
    wait: dict[str, object] = {"timeout": 0.1}
    if request.param == "mariadb":
        wait = {"init_command": "SET innodb_lock_wait_timeout = 1"}
    impatient = create_engine(engine.url, hide_parameters=True, connect_args=wait)
    yield impatient
    impatient.dispose()


Ask = Callable[[SQLAlchemyAccounts, str], object]


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask",
    [
        lambda store, account_id: store.carry_out(SignIn(account_id), BY_ECPA),
        lambda store, account_id: store.erase(account_id),
        lambda store, account_id: store.release(account_id),
    ],
    ids=["a sign-in", "an erasure", "a release"],
)
@pytest.mark.parametrize("lets_go", [True, False])
def test_a_lock_that_was_waited_for_in_vain_is_asked_for_once_more(impatient: Engine, ask: Ask, lets_go: bool) -> None:
    store = store_in(impatient)
    account_id = store.carry_out(Create(), BY_ECPA)
    errors: list[str] = []
    with impatient.connect() as holder:
        holder.execute(text(HOLD), {"id": account_id})

        def note(context: ExceptionContext) -> None:
            errors.append(str(context.original_exception))
            if lets_go:
                holder.rollback()

        event.listen(impatient, "handle_error", note)
        if lets_go:
            ask(store, account_id)
        else:
            with pytest.raises(OperationalError):
                ask(store, account_id)
    assert len(errors) == (1 if lets_go else 2)


def test_a_snapshot_of_sqlite_that_is_out_of_date_is_taken_anew(sqlite: Engine, tmp_path: Path) -> None:
    """As in a host that begins its transactions itself, which SQLAlchemy's own pages advise."""
    engine = create_engine(sqlite.url, hide_parameters=True)
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    between = [1]

    def make_a_member(session: Session, identity: object) -> str:
        session.execute(text("SELECT count(*) FROM first_login_accounts")).scalar_one()
        if between:
            between.pop()
            store_in(sqlite).use_once(b"d" * 32, datetime.now(UTC) + timedelta(minutes=1))
        return "member"

    store = SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT, create_account=make_a_member)
    with noted(engine) as errors:
        assert store.carry_out(Create(), BY_ECPA) == "member"
    assert errors == [sqlite3.OperationalError.__name__]
    engine.dispose()


@pytest.mark.parametrize("attribute", ["sqlstate", "pgcode"])
def test_a_driver_may_name_the_state_by_either_word(sqlite: Engine, attribute: str) -> None:
    failing = [1]

    class TryAgain(Exception):
        """What psycopg, or psycopg2, says of a serialization failure."""

    setattr(TryAgain, attribute, "40001")

    def fail(*_: object) -> None:
        if failing:
            failing.pop()
            raise OperationalError("", None, TryAgain())

    event.listen(sqlite, "before_cursor_execute", fail)
    store = store_in(sqlite)
    assert store.find("nobody", "nobody") is None
    assert failing == []
    failing[:] = [1, 1, 1]
    with pytest.raises(AccountConflict):
        store.find("nobody", "nobody")


def test_any_other_error_of_a_database_passes_through_at_once(sqlite: Engine) -> None:
    store = store_in(sqlite)
    with sqlite.begin() as connection:
        connection.execute(text("DROP TABLE first_login_identities"))
    with noted(sqlite) as errors, pytest.raises(OperationalError):
        store.find("nobody", "nobody")
    assert len(errors) == 1
