"""Accounts in a database of the host, by SQLAlchemy: SQLite and PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Delete,
    Row,
    ScalarSelect,
    Update,
    and_,
    delete,
    insert,
    literal,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from ..hours import HoursReport
from ..identity import Account, Identity, NumberState
from ..linking import Create, IdChange, Link, SignIn
from ..national_id import NationalId
from ..sealing import Vault
from . import key_rotation, personal_data
from .columns import identity_of, of_the_person, of_the_sign_in
from .number_cases import (
    claim,
    dispute,
    forget_reviews,
    lock_all,
    open_disputes,
    open_reviews,
    rekey_reviews,
    release,
    review,
    settle_review,
    settled_by_itself,
    take,
)
from .records import Dispute, Pruned, Review, Settled, VerdictChange, changes, unrecorded
from .tables import accounts, acknowledgements, disputes, identities, national_ids, used_digests
from .verdicts import add_verdicts, last_verdicts, lock

_PRUNED_AT_ONCE = 100


class SQLAlchemyAccounts:
    """`Accounts` in the tables of `accounts.tables`, in the host's own database.

    ``session`` makes a *new* session for each call: a ``sessionmaker``, or for Flask-SQLAlchemy
    ``lambda: Session(db.engine)``; never the request's own session, which is not ours to commit.
    ``vault`` gives the `Vault` of the current app; it is asked only when there is a national ID to
    keep or to read. ``create_account`` makes the host's own account in the same transaction and
    returns its id; what it raises passes through, and nothing is written. Without one, an account
    is a random id.

    Give the engine ``hide_parameters=True``: otherwise SQLAlchemy writes names and e-mail addresses
    into the messages of its errors, and they reach the log.
    """

    #: `FirstLogin.init_app` then refuses an app without keys, before the first national ID arrives.
    keeps_national_ids_sealed = True

    def __init__(
        self,
        session: Callable[[], Session],
        vault: Callable[[], Vault],
        *,
        create_account: Callable[[Session, Identity], str] | None = None,
    ) -> None:
        self._session = session
        self._vault = vault
        self._create_account = create_account or _random_id

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        return self._found(select(identities.c.account_id).where(_is(issuer, subject)).scalar_subquery())

    def holder_of(self, national_id: NationalId) -> Account | None:
        is_held = national_ids.c.keyed_index == self._vault().index(national_id)
        return self._found(select(national_ids.c.account_id).where(is_held).scalar_subquery())

    def get(self, account_id: str) -> Account | None:
        return self._found(account_id)

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        with self.transaction() as session:
            match decision:
                case Create():
                    account_id = self._create_account(session, identity)
                    # What of the host's own is still pending is written now: its errors are not ours to name.
                    session.flush()
                case SignIn(account_id=account_id) | Link(account_id=account_id):
                    pass
            try:
                self._write(session, decision, account_id, identity)
            except IntegrityError:
                # Not chained: the database's own message would carry the row into the log.
                raise AccountConflict("another request stored this identity or national ID first") from None
            return account_id

    def leave(self, account: Account, identity: Identity) -> None:
        with self.transaction() as session:
            # The row is locked first: what is read after it holds until the end.
            if not lock(session, account.id) or self._read(session, account.id) != account:
                raise AccountConflict("the account is another by now")
            if len(account.identities) < 2:
                raise AccountConflict("an account keeps its last identity")
            forget_reviews(session, identity)
            gone = delete(identities).where(_is_of(identity, account.id))
            _one_row(session, gone, "this identity does not belong to the account any more")

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        is_this = and_(_is(issuer, subject), identities.c.account_id == account_id)
        try:
            with self.transaction() as session:
                moved = update(identities).where(is_this).values(subject=anew)
                _one_row(session, moved, "this identity does not belong to the account any more")
                rekey_reviews(session, issuer, subject, anew)
        except IntegrityError:
            raise AccountConflict("another request stored this identity first") from None

    def use_once(self, digest: bytes, until: datetime) -> bool:
        now = datetime.now(UTC)
        expired = used_digests.c.until <= now
        some = select(used_digests.c.digest).where(expired).limit(_PRUNED_AT_ONCE).with_for_update(skip_locked=True)
        with self.transaction() as session:
            session.execute(delete(used_digests).where(used_digests.c.digest.in_(some)))
        try:
            with self.transaction() as session:
                session.execute(delete(used_digests).where(used_digests.c.digest == digest, expired))
                session.execute(insert(used_digests).values(digest=digest, until=until))
        except IntegrityError:
            return False
        return True

    def remember(self, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
        now = datetime.now(UTC)
        with self.transaction() as session:
            if not unrecorded(report, last_verdicts(session, account_id), now):
                return ()  # as at nearly every sign-in: nothing is locked, nothing is written
        with self.transaction() as session:
            if not lock(session, account_id):
                return ()
            last = last_verdicts(session, account_id)
            if new := unrecorded(report, last, now):
                add_verdicts(session, account_id, new)
            return changes(new, last)

    def reviews(self) -> Sequence[Review]:
        with self.transaction() as session:
            return open_reviews(session, self._vault())

    def settle_review(self, review_id: str, *, accept: bool) -> Settled:
        with self.transaction() as session:
            try:
                return settle_review(session, self._vault(), review_id, accept, datetime.now(UTC))
            except IntegrityError:
                raise AccountConflict("another account came to hold this number just now") from None

    def disputes(self) -> Sequence[Dispute]:
        with self.transaction() as session:
            return open_disputes(session, self._vault())

    def release(self, account_id: str) -> bool:
        with self.transaction() as session:
            return release(session, account_id, datetime.now(UTC))

    def find(self, issuer: str, subject: str) -> str | None:
        with self.transaction() as session:
            return session.scalar(select(identities.c.account_id).where(_is(issuer, subject)))

    def export(self, account_id: str, *, reveal: bool = False) -> dict[str, object]:
        with self.transaction() as session:
            return personal_data.export(session, account_id, self._vault, reveal=reveal)

    def erase(self, account_id: str) -> bool:
        with self.transaction() as session:
            return personal_data.erase(session, account_id)

    def prune(self, *, acknowledged_before: datetime | None, judged_before: datetime | None) -> Pruned:
        with self.transaction() as session:
            return personal_data.prune(
                session, datetime.now(UTC), acknowledged_before=acknowledged_before, judged_before=judged_before
            )

    def reseal(self, progress: Callable[[int], object] = lambda size: None) -> key_rotation.Resealed:
        """Seal every stored national ID under the newest key; ``progress`` is told the size of each batch done.

        Run it after putting a new key first. When it ends with none ``lost``, the old key can go. A
        run that was interrupted is simply run again: what is under the newest key already stays as it is.
        """
        return key_rotation.reseal(self.transaction, self._vault(), progress)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session of its own on the host's database, committed at the end unless something is raised."""
        with self._session() as session, session.begin():
            yield session

    def _found(self, account_id: str | ScalarSelect[Any]) -> Account | None:
        with self.transaction() as session:
            return self._read(session, account_id)

    def _read(self, session: Session, account_id: str | ScalarSelect[Any]) -> Account | None:
        """The account with this id. Its identities are read before its numbers: one that goes meanwhile is noticed."""
        in_order = (identities.c.linked_at, identities.c.issuer, identities.c.subject)
        linked = select(identities).where(identities.c.account_id == account_id).order_by(*in_order)
        known = session.execute(linked).all()
        if not known:
            return None
        found: str = known[0].account_id
        claimed = select(national_ids.c.keyed_index, national_ids.c.sealed, national_ids.c.since, literal(False))
        lost = select(disputes.c.keyed_index, disputes.c.sealed, disputes.c.opened_at, literal(True))
        of_account = union_all(
            claimed.where(national_ids.c.account_id == found), lost.where(disputes.c.account_id == found)
        )
        numbers: dict[bool, dict[bytes, NationalId]] = {False: {}, True: {}}
        for keyed_index, sealed, _, is_lost in session.execute(of_account.order_by("since")):
            numbers[bool(is_lost)][keyed_index] = self._vault().decrypt(sealed, index=keyed_index)
        return Account(
            found,
            tuple(_identity_of(row, numbers[False], numbers[True]) for row in known),
            tuple(numbers[False].values()),
            tuple(numbers[True].values()),
        )

    def _write(self, session: Session, decision: SignIn | Create | Link, account_id: str, identity: Identity) -> None:
        """Account, number, identity: always in this order, so that two requests never wait for each other.

        The account's row comes first and stays locked, so that what is read after it holds until the end.
        """
        now = datetime.now(UTC)
        if isinstance(decision, Link) and identity.is_social:
            raise AccountConflict("a social identity is never linked")
        match decision:
            case Create(acknowledged=version, takes_from=loser):
                self._make(session, account_id, identity, version, now)
                lock_all(session, [loser] if loser is not None else [])
                self._insert(session, account_id, identity, loser, now)
            case Link():
                _enter(session, account_id, identity, now)
                self._insert(session, account_id, identity, None, now)
            case SignIn(id_change=change, takes_from=loser):
                lock_all(session, [account_id, loser] if loser is not None else [])
                _enter(session, account_id, identity, now)
                if change is IdChange.ACCEPT:
                    self._accept(session, account_id, identity, loser, now)
                else:
                    self._doubt(session, change, account_id, identity, now)

    def _make(self, session: Session, account_id: str, identity: Identity, version: str | None, now: datetime) -> None:
        row = {"id": account_id, "standing": identity.standing.value}
        session.execute(insert(accounts).values(**row, created_at=now, signed_in_at=now))
        if version is not None:
            accepted = {"account_id": account_id, "text_version": version, "at": now}
            session.execute(insert(acknowledgements).values(**accepted))

    def _insert(self, session: Session, account_id: str, identity: Identity, loser: str | None, now: datetime) -> None:
        key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
        facts = of_the_sign_in(identity) | self._of_the_person(session, account_id, identity, loser, now)
        session.execute(insert(identities).values(**key, linked_at=now, **facts))

    def _accept(self, session: Session, account_id: str, identity: Identity, loser: str | None, now: datetime) -> None:
        """The identity as received; nearly always its number was in no doubt, and then nothing had to be looked at."""
        facts = of_the_sign_in(identity) | self._of_the_person(session, account_id, identity, loser, now)
        refreshed = update(identities).where(_is_of(identity, account_id)).values(**facts)
        in_no_doubt = identities.c.number_state == NumberState.ACCEPTED.value
        if session.connection().execute(refreshed.where(in_no_doubt)).rowcount == 1:
            return
        if identity.national_id is None:
            raise AccountConflict("this identity does not belong to the account any more, or its number is in doubt")
        _one_row(session, refreshed, "this identity does not belong to the account any more")
        settled_by_itself(session, identity, account_id, now)

    def _doubt(self, session: Session, change: IdChange, account_id: str, identity: Identity, now: datetime) -> None:
        """The sign-in is refreshed; what becomes of the number and of who the person is, the change says."""
        facts, number = of_the_sign_in(identity), identity.national_id
        if change is IdChange.DISPUTE:
            facts |= of_the_person(replace(identity, national_id=None), None)
            del facts["number_state"]  # without a number it stays what it was
            if number is not None:
                facts["number_state"] = dispute(session, self._vault(), identity, number, account_id, now)
        elif number is not None:
            facts |= review(session, self._vault(), identity, number, account_id, now)
        refreshed = update(identities).where(_is_of(identity, account_id)).values(**facts)
        _one_row(session, refreshed, "this identity does not belong to the account any more")

    def _of_the_person(
        self, session: Session, account_id: str, identity: Identity, loser: str | None, now: datetime
    ) -> dict[str, object]:
        number = identity.national_id
        if number is None:
            return of_the_person(identity, None)
        if loser is not None:
            return of_the_person(identity, take(session, self._vault(), number, loser, account_id, now))
        return of_the_person(identity, claim(session, self._vault(), account_id, number, now))


def _enter(session: Session, account_id: str, identity: Identity, now: datetime) -> None:
    # Of its standing too: a database that was not migrated yet would let the two mix.
    same = and_(accounts.c.id == account_id, accounts.c.standing == identity.standing.value)
    entered = update(accounts).where(same).values(signed_in_at=now)
    _one_row(session, entered, "the account is gone, or of another standing")


def _identity_of(row: Row[Any], claimed: Mapping[bytes, NationalId], lost: Mapping[bytes, NationalId]) -> Identity:
    """The identity of a row. A number that went between the two questions is another account's by now."""
    if row.national_id_index in lost:
        return replace(identity_of(row, None), number_state=NumberState.DISPUTED)
    return identity_of(row, claimed.get(row.national_id_index))


def _is_of(identity: Identity, account_id: str) -> ColumnElement[bool]:
    return and_(_is(identity.issuer, identity.subject), identities.c.account_id == account_id)


def _random_id(session: Session, identity: Identity) -> str:
    return uuid.uuid4().hex


def _is(issuer: str, subject: str) -> ColumnElement[bool]:
    return and_(identities.c.issuer == issuer, identities.c.subject == subject)


def _one_row(session: Session, statement: Update | Delete, otherwise: str) -> None:
    if session.connection().execute(statement).rowcount != 1:
        raise AccountConflict(otherwise)
