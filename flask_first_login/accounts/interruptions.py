"""What a database could not finish, and asks for again: another transaction came between, or held a row too long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from .mariadb import MARIADB

T = TypeVar("T")
TRIES = 3
#: SQLSTATE of a serialization failure, and of a deadlock: of MariaDB's deadlock too.
_STATES = frozenset({"40001", "40P01"})
#: Numbers of MariaDB's errors: a deadlock, a row that changed since the transaction began to read, and a lock that was
#: waited for in vain (`innodb_lock_wait_timeout`).
_DEADLOCK, _CHANGED, _WAITED = 1213, 1020, 1205
#: Codes of SQLite: a lock that was waited for in vain, or that one of the same connection holds; and a write that
#: follows a read which is out of date, which no waiting mends.
_BUSY, _LOCKED, _BUSY_SNAPSHOT = 5, 6, 5 | 2 << 8


class Interrupted(AccountConflict):
    """Another transaction came between, or each waited for the other: the database asks to try again."""


def asks_again(error: BaseException | None) -> bool:
    """Whether a driver's error says that the same transaction may succeed if it is tried again at once."""
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)  # of psycopg, and of psycopg2
    return state in _STATES or _number(error) in {_DEADLOCK, _CHANGED} or _sqlite_code(error) == _BUSY_SNAPSHOT


def waited_in_vain(error: BaseException | None) -> bool:
    """Whether a driver's error says that another transaction held a lock for longer than this one may wait."""
    return _number(error) == _WAITED or _sqlite_code(error) & 0xFF in {_BUSY, _LOCKED}


def _number(error: BaseException | None) -> object:
    """The number of an error of MariaDB, by any of its drivers."""
    arguments = getattr(error, "args", ())
    return getattr(error, "errno", None) or (arguments[0] if arguments else None)


def _sqlite_code(error: BaseException | None) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


@contextmanager
def named() -> Iterator[None]:
    """Name what the database could not finish.

    :raises Interrupted: it asks to try again.
    """
    try:
        yield
    except DBAPIError as error:
        if not asks_again(error.orig):
            raise
        # Not chained: the database's own message would carry the row into the log.
        raise Interrupted("the database asks to try again") from None


def again(transaction: Callable[[], T]) -> T:
    """Do a whole transaction, and again while the database asks for that; after a lock was waited for in vain, once.

    :raises Interrupted: it asked for it `TRIES` times.
    """
    for _ in range(TRIES - 1):
        with suppress(Interrupted):
            return _once_more_after_waiting(transaction)
    return _once_more_after_waiting(transaction)


def _once_more_after_waiting(transaction: Callable[[], T]) -> T:
    try:
        return transaction()
    except DBAPIError as error:
        if not waited_in_vain(error.orig):
            raise
    return transaction()


def read_committed(session: Session, *, with_the_host: bool) -> None:
    """Let what is read after a lock was waited for be what is there by then, in the transaction that begins now.

    Otherwise MariaDB would go on reading what was there at its first read, beside rows that it has locked since; and
    PostgreSQL, where an engine asks for such an isolation, would refuse all but one of those who wait for a row. With a
    host's own account in the transaction PostgreSQL keeps to what the engine asks for: that account may rely on it.
    """
    bind = session.get_bind()
    begun = getattr(bind, "in_transaction", None)  # of a connection, which a test may have given to the session
    if begun is not None and begun():
        return
    if bind.dialect.name in MARIADB:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL READ COMMITTED"))
    elif bind.dialect.name == "postgresql" and not with_the_host:
        session.connection(execution_options={"isolation_level": "READ COMMITTED"})  # the driver says so as it begins
