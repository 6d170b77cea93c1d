"""Identities of a provider that has moved, in the tables: found a few at a time, and kept under their new keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from itertools import groupby

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from ..identity import Standing
from .decisions import NOT_ITS, change_one, conflicts_named
from .records import KeptAt
from .rows import has_key, lock
from .tables import identities, reviews

BATCH = 1000


class TableMoves:
    """`Moves` in the tables; ``transaction`` makes a transaction of its own (see `SQLAlchemyAccounts`)."""

    transaction: Callable[[], AbstractContextManager[Session]]

    def kept_at(self, issuer: str) -> Iterator[KeptAt]:
        row = identities.c
        page = select(row.subject, row.account_id).where(row.issuer == issuer).order_by(row.subject).limit(BATCH)
        rest = page
        while True:
            with self.transaction() as session:
                found = session.execute(rest).all()
                of_each = row.account_id.in_({each.account_id for each in found})
                theirs = select(row.account_id, row.standing, row.subject).where(row.issuer == issuer, of_each)
                rows = session.execute(theirs.order_by(row.account_id, row.subject)).all() if found else []
            here = {each.subject for each in found}
            for (account, standing), kept in groupby(rows, key=lambda each: (each.account_id, each.standing)):
                subjects = tuple(each.subject for each in kept)
                if subjects[0] in here:  # an account stands where the first of its subjects does
                    yield KeptAt(account, Standing(standing), subjects)
            if not found:
                return
            rest = page.where(row.subject > found[-1].subject)

    def move(self, account_id: str, issuer: str, to: str, subjects: Mapping[str, str], provider: str) -> None:
        with self.transaction() as session, conflicts_named():
            if not lock(session, account_id):
                raise AccountConflict("the account is gone")
            for subject, anew in subjects.items():
                is_its = and_(has_key(issuer, subject), identities.c.account_id == account_id)
                moved = update(identities).where(is_its).values(issuer=to, subject=anew, provider=provider)
                change_one(session, moved, NOT_ITS)
                # Where foreign keys are enforced, its reviews have followed it already.
                of_it = and_(reviews.c.issuer == issuer, reviews.c.subject == subject)
                session.execute(update(reviews).where(of_it).values(issuer=to, subject=anew))
