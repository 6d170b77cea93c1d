"""A decision carried out in the tables: what a sign-in, a new account or a new link writes.

Everything here runs in the transaction of whoever asks. The account's row comes first and stays locked, so that what is
read after it holds until the end, then the number, then the identity: always in this order, so that two requests never
wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Delete, Update, and_, insert, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from ..identity import Identity, NumberState
from ..linking import Create, IdChange, Link, SignIn
from ..sealing import Vault
from .number_cases import claim, dispute, lock_all, rekey_reviews, review, settled_by_itself, take
from .rows import has_key, of_the_person, of_the_sign_in
from .tables import accounts, acknowledgements, identities

#: SQLSTATE of a serialization failure, and of a deadlock.
ASKS_AGAIN = frozenset({"40001", "40P01"})


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


@contextmanager
def interruptions_named() -> Iterator[None]:
    """Name what the database could not finish.

    :raises AccountConflict: it asks to try again, since another transaction came between, or each waited for the other.
    """
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) not in ASKS_AGAIN:
            raise
        raise AccountConflict("the database asks to try again") from None


def carry_out(
    session: Session,
    vault: Callable[[], Vault],
    decision: SignIn | Create | Link,
    account_id: str,
    identity: Identity,
    now: datetime,
) -> None:
    """Write the decision on the account with this id, which is a new one for ``Create``.

    :raises AccountConflict: the store does not hold what the decision was made on any more.
    :raises IntegrityError: another request stored this identity or its number first.
    """
    if isinstance(decision, Link) and identity.is_social:
        raise AccountConflict("a social identity is never linked")
    match decision:
        case Create(acknowledged=version, takes_from=loser):
            _make(session, account_id, identity, version, now)
            lock_all(session, [loser] if loser is not None else [])
            _insert(session, vault, account_id, identity, loser, now)
        case Link():
            _enter(session, account_id, identity, now)
            _insert(session, vault, account_id, identity, None, now)
        case SignIn(id_change=change, takes_from=loser):
            lock_all(session, [account_id, loser] if loser is not None else [])
            _enter(session, account_id, identity, now)
            if change is IdChange.ACCEPT:
                _accept(session, vault, account_id, identity, loser, now)
            else:
                _doubt(session, vault, change, account_id, identity, now)


def rekey(session: Session, account_id: str, issuer: str, subject: str, anew: str) -> None:
    """Keep an identity of the account under another subject.

    :raises AccountConflict: it does not belong to the account any more.
    :raises IntegrityError: there is an identity with the new key.
    """
    is_this = and_(has_key(issuer, subject), identities.c.account_id == account_id)
    moved = update(identities).where(is_this).values(subject=anew)
    change_one(session, moved, "this identity does not belong to the account any more")
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


def _make(session: Session, account_id: str, identity: Identity, version: str | None, now: datetime) -> None:
    row = {"id": account_id, "standing": identity.standing.value}
    session.execute(insert(accounts).values(**row, created_at=now, signed_in_at=now))
    if version is not None:
        session.execute(insert(acknowledgements).values(account_id=account_id, text_version=version, at=now))


def _enter(session: Session, account_id: str, identity: Identity, now: datetime) -> None:
    # Of its standing too: a database that was not migrated yet would let the two mix.
    same = and_(accounts.c.id == account_id, accounts.c.standing == identity.standing.value)
    entered = update(accounts).where(same).values(signed_in_at=now)
    change_one(session, entered, "the account is gone, or of another standing")


def _insert(
    session: Session,
    vault: Callable[[], Vault],
    account_id: str,
    identity: Identity,
    loser: str | None,
    now: datetime,
) -> None:
    key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
    facts = of_the_sign_in(identity) | _of_the_person(session, vault, account_id, identity, loser, now)
    session.execute(insert(identities).values(**key, linked_at=now, **facts))


def _accept(
    session: Session,
    vault: Callable[[], Vault],
    account_id: str,
    identity: Identity,
    loser: str | None,
    now: datetime,
) -> None:
    """The identity as received; nearly always its number was in no doubt, and then nothing had to be looked at."""
    facts = of_the_sign_in(identity) | _of_the_person(session, vault, account_id, identity, loser, now)
    refreshed = update(identities).where(is_identity_of(identity, account_id)).values(**facts)
    in_no_doubt = identities.c.number_state == NumberState.ACCEPTED.value
    if session.connection().execute(refreshed.where(in_no_doubt)).rowcount == 1:
        return
    if identity.national_id is None:
        raise AccountConflict("this identity does not belong to the account any more, or its number is in doubt")
    change_one(session, refreshed, "this identity does not belong to the account any more")
    settled_by_itself(session, identity, account_id, now)


def _doubt(
    session: Session,
    vault: Callable[[], Vault],
    change: IdChange,
    account_id: str,
    identity: Identity,
    now: datetime,
) -> None:
    """The sign-in is refreshed; what becomes of the number and of who the person is, the change says."""
    facts, number = of_the_sign_in(identity), identity.national_id
    if change is IdChange.DISPUTE:
        facts |= of_the_person(replace(identity, national_id=None), None)
        del facts["number_state"]  # without a number it stays what it was
        if number is not None:
            facts["number_state"] = dispute(session, vault(), identity, number, account_id, now)
    elif number is not None:
        facts |= review(session, vault(), identity, number, account_id, now)
    refreshed = update(identities).where(is_identity_of(identity, account_id)).values(**facts)
    change_one(session, refreshed, "this identity does not belong to the account any more")


def _of_the_person(
    session: Session,
    vault: Callable[[], Vault],
    account_id: str,
    identity: Identity,
    loser: str | None,
    now: datetime,
) -> dict[str, object]:
    number = identity.national_id
    if number is None:
        return of_the_person(identity, None)
    if loser is not None:
        return of_the_person(identity, take(session, vault(), number, loser, account_id, now))
    return of_the_person(identity, claim(session, vault(), account_id, number, now))
