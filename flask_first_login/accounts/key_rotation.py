"""Every stored national ID under the newest key, a few at a time, so that a portal goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from ..sealing import LostKeyError, Vault
from .tables import disputes, national_ids, reviews

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many numbers were moved to the newest key, were under it already, or open under no key that is set."""

    moved: int = 0
    kept: int = 0
    lost: int = 0

    @property
    def seen(self) -> int:
        return self.moved + self.kept + self.lost


#: Every table in which a number is sealed, and the key by which its rows are gone through.
_SEALED: tuple[tuple[Table, Column[Any]], ...] = (
    (national_ids, national_ids.c.keyed_index),
    (reviews, reviews.c.id),
    (disputes, disputes.c.id),
)


def count_numbers(session: Session) -> int:
    """How many numbers there are to go through."""
    return sum(session.scalar(select(func.count()).select_from(table)) or 0 for table, _ in _SEALED)


def reseal(
    transaction: Callable[[], AbstractContextManager[Session]], vault: Vault, progress: Callable[[int], object]
) -> Resealed:
    """Batch by batch, each in a transaction of its own; ``progress`` is told the size of each that is done."""
    done = Resealed()
    for table, key in _SEALED:
        for batch in _batches(transaction, vault, table, key):
            done = Resealed(done.moved + batch.moved, done.kept + batch.kept, done.lost + batch.lost)
            progress(batch.seen)
    return done


def _batches(
    transaction: Callable[[], AbstractContextManager[Session]], vault: Vault, table: Table, key: Column[Any]
) -> Iterator[Resealed]:
    page = select(key.label("at"), table.c.sealed).order_by(key).limit(BATCH)
    anew_at = update(table).where(key == bindparam("place")).values(sealed=bindparam("anew"))
    rest = page
    while True:
        with transaction() as session:
            rows = session.execute(rest).all()
            if not rows:
                return
            found = [(row.at, _anew(vault, row.sealed)) for row in rows]
            moved = [{"place": at, "anew": anew} for at, anew in found if isinstance(anew, bytes)]
            if moved:
                session.connection().execute(anew_at, moved)
        lost = sum(isinstance(anew, LostKeyError) for _, anew in found)
        yield Resealed(len(moved), len(rows) - len(moved) - lost, lost)
        rest = page.where(key > rows[-1].at)


def _anew(vault: Vault, sealed: bytes) -> bytes | LostKeyError | None:
    """The number sealed under the newest key; None when it is already, so that a second run writes nothing twice."""
    if vault.is_newest(sealed):
        return None
    try:
        return vault.rotate(sealed)
    except LostKeyError as lost:
        return lost
