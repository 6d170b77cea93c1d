"""Where it is in doubt whose a number is: who loses it, what is under review, and how an operator settles it.

Everything here runs with the rows of the accounts it writes to locked, those of two accounts in the order of their
ids, so that two requests never wait for each other.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, exists, insert, or_, select, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement

from ..errors import AccountConflict
from ..identity import Assurance, Identity, NumberState
from ..national_id import NationalId
from ..sealing import Vault
from .records import Dispute, Review, Settled, proven_by
from .rows import identity_of, lock, of_the_person
from .tables import disputes, identities, national_ids, reviews

_IS_OPEN = reviews.c.rejected_at.is_(None)
_NO_NUMBER = {"national_id_index": None, "id_kind": None}


def lock_all(session: Session, account_ids: Iterable[str]) -> None:
    """:raises AccountConflict: one of them is gone."""
    for account_id in sorted({*account_ids}):
        if not lock(session, account_id):
            raise AccountConflict("the account is gone")


# --- a number that another account holds ---


def take(
    session: Session, vault: Vault, identity: Identity, number: NationalId, loser: str, taker: str, now: datetime
) -> bytes:
    """Make the number of ``loser``, which this identity of ``taker`` brings, the one of ``taker``, and give its keyed
    index. Both accounts are locked.

    :raises AccountConflict: ``loser`` has proven the number by now, or holds it no more.
    """
    keyed_index = vault.index(number)
    its = and_(identities.c.account_id == loser, identities.c.national_id_index == keyed_index)
    held = and_(national_ids.c.keyed_index == keyed_index, national_ids.c.account_id == loser)
    by_now = exists().where(its, identities.c.assurance == Assurance.VERIFIED.value)
    if session.execute(select(national_ids.c.since).where(held, or_(national_ids.c.proven, by_now))).first():
        raise AccountConflict("the account that holds the number has proven it by now")
    of_these = exists().where(its, identities.c.issuer == reviews.c.issuer, identities.c.subject == reviews.c.subject)
    session.execute(delete(reviews).where(reviews.c.account_id == loser, _IS_OPEN, of_these))
    lost = {**_NO_NUMBER, "number_state": NumberState.DISPUTED.value}
    session.execute(update(identities).where(its).values(**lost))
    proven = bool(proven_by(identity))
    moved = update(national_ids).where(held).values(account_id=taker, since=now, last_seen=now, proven=proven)
    if session.connection().execute(moved).rowcount != 1:
        raise AccountConflict("the account does not hold the number any more")
    open_dispute(session, vault, number, loser, now, again=True)
    regain(session, taker, keyed_index)
    return keyed_index


def open_dispute(
    session: Session, vault: Vault, number: NationalId, account_id: str, now: datetime, *, again: bool
) -> bool:
    """Note that this account brought a number of another one; False when that was noted, and released, before.

    ``again``: it is a new loss, so that a dispute which was released is open once more.
    """
    keyed_index = vault.index(number)
    noted = and_(disputes.c.account_id == account_id, disputes.c.keyed_index == keyed_index)
    before = session.execute(select(disputes.c.closed_at).where(noted)).first()
    if before is None:
        row = {"id": uuid.uuid4().hex, "account_id": account_id, "keyed_index": keyed_index}
        session.execute(insert(disputes).values(**row, sealed=vault.encrypt(number), opened_at=now))
    elif before.closed_at is not None and again:
        session.execute(update(disputes).where(noted).values(opened_at=now, closed_at=None))
    return before is None or before.closed_at is None or again


def dispute(
    session: Session, vault: Vault, identity: Identity, number: NationalId, account_id: str, now: datetime
) -> str:
    """What the state of this identity is to be, which brought a number that another account holds.

    :raises AccountConflict: nobody else holds it, by now.
    """
    held = select(national_ids.c.account_id).where(national_ids.c.keyed_index == vault.index(number))
    if session.scalar(held) in {None, account_id}:
        raise AccountConflict("no other account holds the number any more")
    session.execute(delete(reviews).where(_of(identity), _IS_OPEN))
    is_open = open_dispute(session, vault, number, account_id, now, again=False)
    return (NumberState.DISPUTED if is_open else NumberState.ACCEPTED).value


def regain(session: Session, account_id: str, keyed_index: bytes) -> None:
    """A number that became the account's is not lost to it."""
    session.execute(delete(disputes).where(disputes.c.account_id == account_id, disputes.c.keyed_index == keyed_index))


def open_disputes(session: Session, vault: Vault) -> list[Dispute]:
    """Every one, oldest first."""
    held = disputes.outerjoin(national_ids, disputes.c.keyed_index == national_ids.c.keyed_index)
    asked = select(disputes, national_ids.c.account_id.label("holder")).select_from(held)
    found = session.execute(asked.where(disputes.c.closed_at.is_(None)).order_by(disputes.c.opened_at, disputes.c.id))
    return [
        Dispute(row.account_id, row.holder, vault.decrypt(row.sealed, index=row.keyed_index), row.opened_at)
        for row in found
    ]


def release(session: Session, account_id: str, now: datetime) -> bool:
    """Close the disputes of an account; False when it is gone, or has none open."""
    if not lock(session, account_id):
        return False
    closing = update(disputes).where(disputes.c.account_id == account_id, disputes.c.closed_at.is_(None))
    closed = session.connection().execute(closing.values(closed_at=now)).rowcount
    disputed = and_(identities.c.account_id == account_id, identities.c.number_state == NumberState.DISPUTED.value)
    freed = update(identities).where(disputed).values(number_state=NumberState.ACCEPTED.value)
    return closed + session.connection().execute(freed).rowcount > 0


# --- another number than the stored one ---


def review(
    session: Session, vault: Vault, identity: Identity, number: NationalId, account_id: str, now: datetime
) -> dict[str, object]:
    """Keep what was sent for an operator, and give what of the identity's row is to change with it.

    There is one open review of an identity at a time: the one of the number that came last.
    """
    keyed_index, of_it = vault.index(number), _of(identity)
    session.execute(delete(reviews).where(of_it, _IS_OPEN, reviews.c.keyed_index != keyed_index))
    noted = and_(of_it, reviews.c.keyed_index == keyed_index)
    before = session.execute(select(reviews.c.rejected_at).where(noted)).first()
    if before is not None and before.rejected_at is not None:
        no_longer = case(
            (identities.c.number_state == NumberState.UNDER_REVIEW.value, NumberState.ACCEPTED.value),
            else_=identities.c.number_state,
        )
        return {"number_state": no_longer}
    sent = {"name": identity.name, "birth_date": identity.birth_date, "assurance": identity.assurance.value}
    if before is not None:
        session.execute(update(reviews).where(noted).values(**sent))
    else:
        key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
        sealed = {"keyed_index": keyed_index, "sealed": vault.encrypt(number)}
        session.execute(insert(reviews).values(id=uuid.uuid4().hex, **key, **sealed, **sent, opened_at=now))
    return {"number_state": NumberState.UNDER_REVIEW.value}


def settled_by_itself(session: Session, identity: Identity, account_id: str, now: datetime) -> None:
    """The identity's number was in doubt and is accepted by now: its review is over, and so are its account's disputes,
    unless another of its identities is disputed still."""
    session.execute(delete(reviews).where(_of(identity), _IS_OPEN))
    disputed = exists().where(
        identities.c.account_id == account_id, identities.c.number_state == NumberState.DISPUTED.value
    )
    closing = update(disputes).where(disputes.c.account_id == account_id, disputes.c.closed_at.is_(None), ~disputed)
    session.execute(closing.values(closed_at=now))


def forget_reviews(session: Session, identity: Identity) -> None:
    """The identity is about to leave its account."""
    session.execute(delete(reviews).where(_of(identity)))


def rekey_reviews(session: Session, issuer: str, subject: str, anew: str) -> None:
    """The identity has another key: where foreign keys are enforced, its reviews have followed it already."""
    of_it = and_(reviews.c.issuer == issuer, reviews.c.subject == subject)
    session.execute(update(reviews).where(of_it).values(subject=anew))


def open_reviews(session: Session, vault: Vault) -> list[Review]:
    """Every one, oldest first."""
    found = session.execute(select(reviews).where(_IS_OPEN).order_by(reviews.c.opened_at, reviews.c.id)).all()
    read = (_read(session, vault, row) for row in found)
    return [review for review in read if review is not None]


def settle_review(session: Session, vault: Vault, review_id: str, accept: bool, now: datetime) -> Settled:
    """:raises LookupError: it is not open. :raises AccountConflict: another account holds the number that was sent."""
    asked = select(reviews).where(reviews.c.id == review_id, _IS_OPEN)
    found = session.execute(asked).first()
    if found is None:
        raise _no_review(review_id)
    holder = session.scalar(select(national_ids.c.account_id).where(national_ids.c.keyed_index == found.keyed_index))
    loser = holder if holder != found.account_id else None
    lock_all(session, [found.account_id, *([loser] if loser is not None and accept else [])])
    row = session.execute(asked).first()  # as it is now that nobody else can change it
    review = _read(session, vault, row) if row is not None else None
    if row is None or review is None:
        raise _no_review(review_id)
    if accept:
        number = vault.decrypt(row.sealed, index=row.keyed_index)
        if loser is not None and row.assurance != Assurance.VERIFIED.value:
            raise AccountConflict(f"another account holds this number: {loser}")
        _accept(session, vault, review.sent, number, row.account_id, loser, now)
        session.execute(delete(reviews).where(reviews.c.id == review_id))
        return Settled(row.account_id, loser)
    is_its = and_(identities.c.issuer == row.issuer, identities.c.subject == row.subject)
    session.execute(update(identities).where(is_its).values(number_state=NumberState.ACCEPTED.value))
    session.execute(update(reviews).where(reviews.c.id == review_id).values(rejected_at=now))
    return Settled(row.account_id)


def _accept(
    session: Session,
    vault: Vault,
    sent: Identity,
    number: NationalId,
    account_id: str,
    loser: str | None,
    now: datetime,
) -> None:
    if loser is not None:
        try:
            keyed_index = take(session, vault, sent, number, loser, account_id, now)
        except AccountConflict:
            raise AccountConflict(f"another account holds this number, and has proven it: {loser}") from None
    else:
        keyed_index = claim(session, vault, sent, number, account_id, now)
    is_its = and_(identities.c.issuer == sent.issuer, identities.c.subject == sent.subject)
    session.execute(update(identities).where(is_its).values(**of_the_person(sent, keyed_index)))


def claim(
    session: Session, vault: Vault, identity: Identity, number: NationalId, account_id: str, now: datetime
) -> bytes:
    """Make the number that this identity brings the account's, proven from now on if it proves it, and return its keyed
    index; the key refuses a number of another account."""
    keyed_index = vault.index(number)
    own = and_(national_ids.c.keyed_index == keyed_index, national_ids.c.account_id == account_id)
    proven = {"proven": True} if proven_by(identity) else {}
    seen = update(national_ids).where(own).values(last_seen=now, **proven)
    if session.connection().execute(seen).rowcount == 0:
        row = {"keyed_index": keyed_index, "account_id": account_id, "sealed": vault.encrypt(number)}
        session.execute(insert(national_ids).values(**row, since=now, last_seen=now, **proven))
        regain(session, account_id, keyed_index)
    return keyed_index


def _of(identity: Identity) -> ColumnElement[bool]:
    return and_(reviews.c.issuer == identity.issuer, reviews.c.subject == identity.subject)


def _read(session: Session, vault: Vault, row: Row[Any]) -> Review | None:
    """The review of a row; None when its identity has gone since the row was read."""
    of_it = and_(identities.c.issuer == row.issuer, identities.c.subject == row.subject)
    numbered = identities.outerjoin(national_ids, identities.c.national_id_index == national_ids.c.keyed_index)
    known = session.execute(select(identities, national_ids.c.sealed).select_from(numbered).where(of_it)).first()
    if known is None:
        return None
    number = vault.decrypt(known.sealed, index=known.national_id_index) if known.sealed is not None else None
    stored = identity_of(known, number)
    sent = replace(
        stored,
        name=row.name,
        birth_date=row.birth_date,
        assurance=Assurance(row.assurance),
        national_id=vault.decrypt(row.sealed, index=row.keyed_index),
        national_id_invalid=False,
        number_state=NumberState.ACCEPTED,
    )
    return Review(row.id, row.account_id, stored, sent, row.opened_at)


def _no_review(review_id: str) -> LookupError:
    return LookupError(f"There is no open review {review_id!r}.")
