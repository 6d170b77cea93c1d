"""What may be used once, kept as digests until their time is over: answers of providers, consents, links of a trial."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

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
        """Record digests in one statement; False when one of them was used before, and its time is not over.

        Two processes that ask at the same moment get one True between them: the second waits for the first.
        """
        now = datetime.now(UTC)
        if time.monotonic() >= self._clear_at:
            self._clear(session, now)
        insert = _INSERTS[session.connection().dialect.name]
        new = insert(used_digests).values([{"digest": digest, "until": until} for digest, until in digests])
        key, until = [used_digests.c.digest], {"until": new.excluded.until}
        recorded = new.on_conflict_do_update(index_elements=key, set_=until, where=used_digests.c.until <= now)
        done = session.connection().execute(recorded.execution_options(preserve_rowcount=True))
        return done.rowcount == len(digests)

    def _clear(self, session: Session, now: datetime) -> None:
        """Forget digests that are over; those that another request is forgetting are not waited for."""
        over = select(used_digests.c.digest).where(used_digests.c.until <= now).limit(CLEARED_AT_ONCE)
        found = over.with_for_update(skip_locked=True)
        cleared = session.connection().execute(delete(used_digests).where(used_digests.c.digest.in_(found)))
        if cleared.rowcount < CLEARED_AT_ONCE:
            self._clear_at = time.monotonic() + CLEARED_EVERY
