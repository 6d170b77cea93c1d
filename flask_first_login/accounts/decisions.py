"""A decision carried out in the tables: what a sign-in, a new account or a new link writes.

Everything here runs in the transaction of whoever asks. The account's row comes first and stays locked, so that what is
read after it holds until the end, then the number, then the identity: always in this order, so that two requests never
wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement, Delete, Update

from ..errors import AccountConflict
from ..identity import Identity, NumberState
from ..linking import Create, IdChange, Link, SignIn
from ..sealing import Vault
from .number_cases import claim, dispute, lock_all, rekey_reviews, review, settled_by_itself, take
from .rows import has_key, of_the_person, of_the_sign_in
from .tables import accounts, acknowledgements, identities

NOT_ITS = "this identity does not belong to the account any more"


@contextmanager
def conflicts_named() -> Iterator[None]:
    """Name what the database refuses.

    :raises AccountConflict: another request stored a row first.
    """
    try:
        yield
    except IntegrityError:
        # Not chained: the database's own message would carry the row into the log.
        raise AccountConflict("another request stored this identity or national ID first") from None


def rekey(session: Session, account_id: str, issuer: str, subject: str, anew: str) -> None:
    """Keep an identity of the account under another subject.

    :raises AccountConflict: it does not belong to the account any more.
    :raises IntegrityError: there is an identity with the new key.
    """
    is_this = and_(has_key(issuer, subject), identities.c.account_id == account_id)
    moved = update(identities).where(is_this).values(subject=anew)
    change_one(session, moved, NOT_ITS)
    rekey_reviews(session, issuer, subject, anew)


def change_one(session: Session, statement: Update | Delete, otherwise: str) -> None:
    """Change one row.

    :raises AccountConflict: with the message ``otherwise``, when there is none to change.
    """
    if session.connection().execute(statement).rowcount != 1:
        raise AccountConflict(otherwise)


def is_identity_of(identity: Identity, account_id: str) -> ColumnElement[bool]:
    """Whether a row is that of this identity, in this account."""
    return and_(has_key(identity.issuer, identity.subject), identities.c.account_id == account_id)


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes a decision in one transaction, as of one moment."""

    session: Session
    vault: Callable[[], Vault]
    now: datetime

    def carry_out(self, decision: SignIn | Create | Link, account_id: str, identity: Identity) -> None:
        """Write the decision on the account with this id, which is a new one for ``Create``.

        :raises AccountConflict: the store does not hold what the decision was made on any more.
        :raises IntegrityError: another request stored this identity or its number first.
        """
        if isinstance(decision, Link) and identity.is_social:
            raise AccountConflict("a social identity is never linked")
        match decision:
            case Create(acknowledged=version, takes_from=loser):
                self._make(account_id, identity, version)
                lock_all(self.session, [loser] if loser is not None else [])
                self._insert(account_id, identity, loser)
            case Link():
                self._enter(account_id, identity)
                self._insert(account_id, identity, None)
            case SignIn(id_change=change, takes_from=loser):
                lock_all(self.session, [account_id, loser] if loser is not None else [])
                self._enter(account_id, identity)
                if change is IdChange.ACCEPT:
                    self._accept(account_id, identity, loser)
                else:
                    self._doubt(change, account_id, identity)

    def _make(self, account_id: str, identity: Identity, version: str | None) -> None:
        row = {"id": account_id, "standing": identity.standing.value}
        self.session.execute(insert(accounts).values(**row, created_at=self.now, signed_in_at=self.now))
        if version is not None:
            accepted = {"account_id": account_id, "text_version": version, "at": self.now}
            self.session.execute(insert(acknowledgements).values(**accepted))

    def _enter(self, account_id: str, identity: Identity) -> None:
        # Of its standing too: a database that was not migrated yet would let the two mix.
        same = and_(accounts.c.id == account_id, accounts.c.standing == identity.standing.value)
        entered = update(accounts).where(same).values(signed_in_at=self.now)
        change_one(self.session, entered, "the account is gone, or of another standing")

    def _insert(self, account_id: str, identity: Identity, loser: str | None) -> None:
        key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
        facts = of_the_sign_in(identity) | self._of_the_person(account_id, identity, loser)
        self.session.execute(insert(identities).values(**key, linked_at=self.now, **facts))

    def _accept(self, account_id: str, identity: Identity, loser: str | None) -> None:
        """The identity as received; nearly always its number was in no doubt, and then nothing had to be looked at."""
        facts = of_the_sign_in(identity) | self._of_the_person(account_id, identity, loser)
        refreshed = update(identities).where(is_identity_of(identity, account_id)).values(**facts)
        in_no_doubt = identities.c.number_state == NumberState.ACCEPTED.value
        if self.session.connection().execute(refreshed.where(in_no_doubt)).rowcount == 1:
            return
        if identity.national_id is None:
            raise AccountConflict("this identity does not belong to the account any more, or its number is in doubt")
        change_one(self.session, refreshed, NOT_ITS)
        settled_by_itself(self.session, identity, account_id, self.now)

    def _doubt(self, change: IdChange, account_id: str, identity: Identity) -> None:
        """The sign-in is refreshed; what becomes of the number and of who the person is, the change says."""
        facts, number = of_the_sign_in(identity), identity.national_id
        if change is IdChange.DISPUTE:
            facts |= of_the_person(replace(identity, national_id=None), None)
            del facts["number_state"]  # without a number it stays what it was
            if number is not None:
                facts["number_state"] = dispute(self.session, self.vault(), identity, number, account_id, self.now)
        elif number is not None:
            facts |= review(self.session, self.vault(), identity, number, account_id, self.now)
        refreshed = update(identities).where(is_identity_of(identity, account_id)).values(**facts)
        change_one(self.session, refreshed, NOT_ITS)

    def _of_the_person(self, account_id: str, identity: Identity, loser: str | None) -> dict[str, object]:
        number = identity.national_id
        if number is None:
            return of_the_person(identity, None)
        session, vault = self.session, self.vault()
        if loser is not None:
            return of_the_person(identity, take(session, vault, identity, number, loser, account_id, self.now))
        return of_the_person(identity, claim(session, vault, identity, number, account_id, self.now))
