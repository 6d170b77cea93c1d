"""The records of verdicts in the database: what each authority made of an account, and when that changed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from .records import VerdictRecord
from .tables import accounts, verdicts


def last_verdicts(session: Session, account_id: str) -> dict[str, VerdictRecord]:
    """The newest record of each authority."""
    history = select(verdicts).where(verdicts.c.account_id == account_id).order_by(verdicts.c.number)
    return {
        row.authority: VerdictRecord(row.authority, row.verdict, row.reasons, row.version, row.at)
        for row in session.execute(history)
    }


def lock(session: Session, account_id: str) -> bool:
    """Hold the account's row until the end of the transaction; False when it is gone.

    An update that changes nothing, because SQLite has no other way to say so.
    """
    touched = update(accounts).where(accounts.c.id == account_id).values(id=account_id)
    return session.connection().execute(touched).rowcount == 1


def add_verdicts(session: Session, account_id: str, new: Sequence[VerdictRecord]) -> None:
    """Write new records after those the locked account has."""
    numbers = select(verdicts.c.authority, verdicts.c.number).where(verdicts.c.account_id == account_id)
    newest = {row.authority: row.number for row in session.execute(numbers.order_by(verdicts.c.number))}
    session.execute(
        insert(verdicts),
        [
            {
                "account_id": account_id,
                "number": newest.get(record.authority, 0) + 1,
                "authority": record.authority,
                "verdict": record.verdict,
                "reasons": record.reasons,
                "version": record.version,
                "at": record.at,
            }
            for record in new
        ],
    )
