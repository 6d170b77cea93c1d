"""What may be used once, kept as digests until their time is over: answers of providers, consents, links of a trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .interruptions import TRIES, Interrupted
from .mariadb import MARIADB
from .tables import used_digests

#: Digests that are over are cleared once in so many seconds, at most so many; if there are more, by the next use too.
CLEARED_EVERY, CLEARED_AT_ONCE = 60, 1000
#: An insert that may find its row there: both databases have it, each in a dialect of its own.
_INSERTS: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


class UsedDigests:
    """The digests in one database, and when this process is to clear some again, so that not each sign-in does."""

    def __init__(self) -> None:
        self._clear_at = time.monotonic()

    def use_up(self, session: Session, *digests: tuple[bytes, datetime]) -> bool:
        """Record digests; False when one of them was used before, and its time is not over.

        Two processes that ask at the same moment get one True between them: the second waits for the first.
        """
        now = datetime.now(UTC)
        if time.monotonic() >= self._clear_at:
            self._clear(session, now)
        name = session.connection().dialect.name
        if name in MARIADB:
            return _used_up_in_mariadb(session, digests, now)
        new = _INSERTS[name](used_digests).values(_rows(digests))
        key, until = [used_digests.c.digest], {"until": new.excluded.until}
        recorded = new.on_conflict_do_update(index_elements=key, set_=until, where=used_digests.c.until <= now)
        done = session.connection().execute(recorded.execution_options(preserve_rowcount=True))
        return done.rowcount == len(digests)

    def is_used(self, session: Session, digest: bytes) -> bool:
        """Whether a digest was used by somebody who is done. Whoever goes on must still use it up."""
        until = session.scalar(select(used_digests.c.until).where(used_digests.c.digest == digest))
        return until is not None and until > datetime.now(UTC)

    def _clear(self, session: Session, now: datetime) -> None:
        """Forget digests that are over; those that another request is forgetting are not waited for."""
        over = select(used_digests.c.digest).where(used_digests.c.until <= now).limit(CLEARED_AT_ONCE)
        found = session.scalars(over.with_for_update(skip_locked=True)).all()
        if found:
            session.execute(delete(used_digests).where(used_digests.c.digest.in_(found)))
        if len(found) < CLEARED_AT_ONCE:
            self._clear_at = time.monotonic() + CLEARED_EVERY


def _used_up_in_mariadb(session: Session, digests: tuple[tuple[bytes, datetime], ...], now: datetime) -> bool:
    """Its upsert has no condition: an insert that finds a row undoes itself alone, and the rows there are looked at.

    They are locked as that insert locked them; a stronger lock would let several that wait for one row stop each other.
    """
    connection, recorded = session.connection(), insert(used_digests).values(_rows(digests))
    theirs = used_digests.c.digest.in_([digest for digest, _ in digests])
    for _ in range(TRIES):
        try:
            connection.execute(recorded)
            return True
        except IntegrityError:
            there = select(used_digests.c.until).where(theirs).with_for_update(read=True)
        if any(until > now for until in session.scalars(there)):
            return False
        connection.execute(delete(used_digests).where(theirs, used_digests.c.until <= now))
    raise Interrupted("others went on using the same digests")


def _rows(digests: tuple[tuple[bytes, datetime], ...]) -> list[dict[str, object]]:
    return [{"digest": digest, "until": until} for digest, until in digests]
