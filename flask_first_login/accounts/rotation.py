"""Every stored national ID under the newest key, a few at a time, so that a portal goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from ..sealing import LostKeyError, Vault
from .tables import national_ids

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


def count_numbers(session: Session) -> int:
    """How many numbers there are to go through."""
    return session.scalar(select(func.count()).select_from(national_ids)) or 0


def reseal(
    transaction: Callable[[], AbstractContextManager[Session]], vault: Vault, progress: Callable[[int], object]
) -> Resealed:
    """Batch by batch, each in a transaction of its own; ``progress`` is told the size of each that is done."""
    after, done = b"", Resealed()
    number = national_ids.c
    while True:
        page = select(number.keyed_index, number.sealed).where(number.keyed_index > after)
        with transaction() as session:
            rows = session.execute(page.order_by(number.keyed_index).limit(BATCH)).all()
            if not rows:
                return done
            found = [(row.keyed_index, _anew(vault, row.sealed)) for row in rows]
            moved = [{"at": index, "anew": anew} for index, anew in found if isinstance(anew, bytes)]
            if moved:
                session.connection().execute(
                    update(national_ids).where(number.keyed_index == bindparam("at")).values(sealed=bindparam("anew")),
                    moved,
                )
        lost = sum(isinstance(anew, LostKeyError) for _, anew in found)
        done = Resealed(done.moved + len(moved), done.kept + len(rows) - len(moved) - lost, done.lost + lost)
        after = rows[-1].keyed_index
        progress(len(rows))


def _anew(vault: Vault, sealed: bytes) -> bytes | LostKeyError | None:
    """The number sealed under the newest key; None when it is already, so that a second run writes nothing twice."""
    if vault.is_newest(sealed):
        return None
    try:
        return vault.rotate(sealed)
    except LostKeyError as lost:
        return lost
