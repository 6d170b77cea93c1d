"""Accounts in a database of the host, by SQLAlchemy: SQLite and PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Delete, ScalarSelect, Update, and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from ..hours import HoursReport
from ..identity import Account, Identity
from ..linking import Create, IdChange, Link, SignIn
from ..national_id import NationalId
from ..sealing import Vault
from . import personal, rotation
from .columns import identity_of, of_the_person, of_the_sign_in
from .records import Pruned, VerdictChange, changes, unrecorded
from .tables import accounts, acknowledgements, identities, national_ids, used_digests
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
            gone = delete(identities).where(
                _is(identity.issuer, identity.subject), identities.c.account_id == account.id
            )
            _one_row(session, gone, "this identity does not belong to the account any more")

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        is_this = and_(_is(issuer, subject), identities.c.account_id == account_id)
        try:
            with self.transaction() as session:
                moved = update(identities).where(is_this).values(subject=anew)
                _one_row(session, moved, "this identity does not belong to the account any more")
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

    def find(self, issuer: str, subject: str) -> str | None:
        with self.transaction() as session:
            return session.scalar(select(identities.c.account_id).where(_is(issuer, subject)))

    def export(self, account_id: str, *, reveal: bool = False) -> dict[str, object]:
        with self.transaction() as session:
            return personal.export(session, account_id, self._vault, reveal=reveal)

    def erase(self, account_id: str) -> bool:
        with self.transaction() as session:
            return personal.erase(session, account_id)

    def prune(self, *, acknowledged_before: datetime | None, judged_before: datetime | None) -> Pruned:
        with self.transaction() as session:
            return personal.prune(
                session, datetime.now(UTC), acknowledged_before=acknowledged_before, judged_before=judged_before
            )

    def reseal(self, progress: Callable[[int], object] = lambda size: None) -> rotation.Resealed:
        """Seal every stored national ID under the newest key; ``progress`` is told the size of each batch done.

        Run it after putting a new key first. When it ends with none ``lost``, the old key can go. A
        run that was interrupted is simply run again: what is under the newest key already stays as it is.
        """
        return rotation.reseal(self.transaction, self._vault(), progress)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session of its own on the host's database, committed at the end unless something is raised."""
        with self._session() as session, session.begin():
            yield session

    def _found(self, account_id: str | ScalarSelect[Any]) -> Account | None:
        with self.transaction() as session:
            return self._read(session, account_id)

    def _read(self, session: Session, account_id: str | ScalarSelect[Any]) -> Account | None:
        """The account with this id. Its identities are read before its numbers, of which none ever goes."""
        in_order = (identities.c.linked_at, identities.c.issuer, identities.c.subject)
        linked = select(identities).where(identities.c.account_id == account_id).order_by(*in_order)
        known = session.execute(linked).all()
        if not known:
            return None
        found: str = known[0].account_id
        claimed = select(national_ids).where(national_ids.c.account_id == found).order_by(national_ids.c.since)
        numbers = session.execute(claimed).all()
        opened = {row.keyed_index: self._vault().decrypt(row.sealed, index=row.keyed_index) for row in numbers}
        return Account(
            found,
            tuple(identity_of(row, opened.get(row.national_id_index)) for row in known),
            tuple(opened.values()),
        )

    def _write(self, session: Session, decision: SignIn | Create | Link, account_id: str, identity: Identity) -> None:
        """Account, number, identity: always in this order, so that two requests never wait for each other.

        The account's row comes first and stays locked, so that what is read after it holds until the end.
        """
        now = datetime.now(UTC)
        is_this = _is(identity.issuer, identity.subject)
        if isinstance(decision, Link) and identity.is_social:
            raise AccountConflict("a social identity is never linked")
        match decision:
            case Create(acknowledged=version):
                row = {"id": account_id, "standing": identity.standing.value}
                session.execute(insert(accounts).values(**row, created_at=now, signed_in_at=now))
                if version is not None:
                    accepted = {"account_id": account_id, "text_version": version, "at": now}
                    session.execute(insert(acknowledgements).values(**accepted))
            case Link() | SignIn():
                # Of its standing too: a database that was not migrated yet would let the two mix.
                same = and_(accounts.c.id == account_id, accounts.c.standing == identity.standing.value)
                entered = update(accounts).where(same).values(signed_in_at=now)
                _one_row(session, entered, "the account is gone, or of another standing")
        match decision:
            case Create() | Link():
                key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": account_id}
                facts = of_the_sign_in(identity) | self._of_the_person(session, account_id, identity, now)
                session.execute(insert(identities).values(**key, linked_at=now, **facts))
            case SignIn(id_change=change):
                facts = of_the_sign_in(identity)
                if change is IdChange.ACCEPT:
                    facts |= self._of_the_person(session, account_id, identity, now)
                refreshed = update(identities).where(is_this, identities.c.account_id == account_id).values(**facts)
                _one_row(session, refreshed, "this identity does not belong to the account any more")

    def _of_the_person(self, session: Session, account_id: str, identity: Identity, now: datetime) -> dict[str, object]:
        return of_the_person(identity, self._claim(session, account_id, identity.national_id, now))

    def _claim(self, session: Session, account_id: str, national_id: NationalId | None, now: datetime) -> bytes | None:
        """Make the number this account's, and return its keyed index; the key refuses a number of another account."""
        if national_id is None:
            return None
        vault = self._vault()
        keyed_index = vault.index(national_id)
        own = update(national_ids).where(national_ids.c.keyed_index == keyed_index)
        seen = own.where(national_ids.c.account_id == account_id).values(last_seen=now)
        if session.connection().execute(seen).rowcount == 0:
            row = {"keyed_index": keyed_index, "account_id": account_id, "sealed": vault.encrypt(national_id)}
            session.execute(insert(national_ids).values(**row, since=now, last_seen=now))
        return keyed_index


def _random_id(session: Session, identity: Identity) -> str:
    return uuid.uuid4().hex


def _is(issuer: str, subject: str) -> ColumnElement[bool]:
    return and_(identities.c.issuer == issuer, identities.c.subject == subject)


def _one_row(session: Session, statement: Update | Delete, otherwise: str) -> None:
    if session.connection().execute(statement).rowcount != 1:
        raise AccountConflict(otherwise)
