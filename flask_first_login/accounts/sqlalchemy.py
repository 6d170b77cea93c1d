"""Accounts in a database of the host, by SQLAlchemy: SQLite and PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from sqlalchemy import delete, select, union
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import Select, SelectBase

from ..errors import AccountConflict, DigestUsed
from ..hours import HoursReport
from ..identity import Account, Identity, NumberState, account_id_of
from ..linking import Create, Link, SignIn, stored_state
from ..national_id import NationalId
from ..sealing import Vault
from . import decisions, key_rotation, personal_data
from .moves import TableMoves
from .number_cases import forget_reviews, open_disputes, open_reviews, release, settle_review
from .records import (
    Admission,
    Assess,
    Dispute,
    Judge,
    Judgement,
    Known,
    Presented,
    Pruned,
    Review,
    Settled,
    VerdictChange,
    accepted,
    unrecorded,
)
from .rows import has_key, lock, lock_each, read_accounts, read_verdicts, record_verdicts
from .table_import import TableImports
from .tables import accounts, identities, national_ids
from .used_digests import UsedDigests

T = TypeVar("T")
_TRIES = 3


class SQLAlchemyAccounts(TableMoves, TableImports):
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
        self._digests = UsedDigests()

    @classmethod
    def for_flask_sqlalchemy(
        cls, db: Any, vault: Callable[[], Vault], create_account: Callable[[Session, Identity], str] | None = None
    ) -> Self:
        """Keep accounts in the database of a Flask-SQLAlchemy, by sessions beside the request's own."""
        return cls(lambda: Session(db.engine), vault, create_account=create_account)

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        return self._found(select(identities.c.account_id).where(has_key(issuer, subject)))

    def holder_of(self, national_id: NationalId) -> Account | None:
        return self._found(self._holder(national_id))

    def get(self, account_id: str) -> Account | None:
        return self._found([account_id])

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        with self.transaction() as session:
            return self._carry_out(session, decision, identity, datetime.now(UTC))

    def admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        try:
            return self._admit(presented, judge, assess)
        except _VerdictsNotRecorded:
            return self._admit(presented, judge, None)

    def leave(self, account: Account, identity: Identity) -> None:
        with self.transaction() as session:
            # The row is locked first: what is read after it holds until the end.
            if not lock(session, account.id) or self._read(session, [account.id]) != account:
                raise AccountConflict("the account is another by now")
            if len(account.identities) < 2:
                raise AccountConflict("an account keeps its last identity")
            forget_reviews(session, identity)
            gone = delete(identities).where(decisions.is_identity_of(identity, account.id))
            decisions.change_one(session, gone, decisions.NOT_ITS)

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        with self.transaction() as session, decisions.conflicts_named():
            decisions.rekey(session, account_id, issuer, subject, anew)

    def use_once(self, digest: bytes, until: datetime) -> bool:
        return self._tried(lambda session: self._digests.use_up(session, (digest, until)))

    def use_each_once(self, *digests: tuple[bytes, datetime]) -> int:
        def all_are_new(session: Session) -> bool:
            if are_new := self._digests.use_up(session, *digests):
                return are_new
            session.rollback()
            return False

        if self._tried(all_are_new):
            return len(digests)
        return next((new for new, digest in enumerate(digests) if not self.use_once(*digest)), len(digests))

    def remember(self, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
        now = datetime.now(UTC)
        last, _ = self._tried(lambda session: read_verdicts(session, account_id))
        if not unrecorded(report, last, now):
            return ()  # as at nearly every sign-in: nothing is locked, nothing is written
        return self._tried(
            lambda session: record_verdicts(session, account_id, report, now) if lock(session, account_id) else ()
        )

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
            return session.scalar(select(identities.c.account_id).where(has_key(issuer, subject)))

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
        """A session of its own on the host's database, committed at the end unless something is raised.

        :raises AccountConflict: the database asks to try again.
        """
        with decisions.interruptions_named(), self._session() as session, session.begin():
            yield session

    def _tried(self, work: Callable[[Session], T]) -> T:
        """Do in a transaction what needs nobody to decide again, and again while the database asks for that."""
        for _ in range(_TRIES - 1):
            with suppress(AccountConflict), self.transaction() as session:
                return work(session)
        with self.transaction() as session:
            return work(session)

    def _found(self, account_ids: SelectBase | Sequence[str]) -> Account | None:
        return self._tried(lambda session: self._read(session, account_ids))

    def _read(self, session: Session, account_ids: SelectBase | Sequence[str]) -> Account | None:
        return next(iter(read_accounts(session, self._vault, account_ids).values()), None)

    def _holder(self, national_id: NationalId) -> Select[tuple[str]]:
        return select(national_ids.c.account_id).where(national_ids.c.keyed_index == self._vault().index(national_id))

    def _carry_out(self, session: Session, decision: SignIn | Create | Link, identity: Identity, now: datetime) -> str:
        match decision:
            case Create():
                account_id = account_id_of(self._create_account(session, identity), "create_account")
                # What of the host's own is still pending is written now: its errors are not ours to name.
                session.flush()
            case SignIn(account_id=account_id) | Link(account_id=account_id):
                pass
        with decisions.conflicts_named():
            decisions.Writer(session, self._vault, now).carry_out(decision, account_id, identity)
        return account_id

    def _admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        """Every account that may be written to is locked first, so that what is judged holds until it is written.

        A new account is made in a transaction of its own: the host's function that makes it may ask for a lock itself.
        """
        with self.transaction() as session:
            self._use_consent(session, presented)
            known = self._known(session, presented)
            judgement = judge(known)
            if isinstance(judgement.decision, SignIn | Link):
                return self._admitted(session, judgement, judgement.decision, known.owner, assess)
            session.rollback()
        if not isinstance(judgement.decision, Create):
            return Admission(judgement)
        with self.transaction() as session:
            admission = self._admitted(session, judgement, judgement.decision, None, assess)
            self._use_consent(session, presented)
            return admission

    def _use_consent(self, session: Session, presented: Presented) -> None:
        """:raises DigestUsed: the consent was used before."""
        if presented.consent is not None and not self._digests.use_up(session, presented.consent):
            raise DigestUsed("the consent was used before")

    def _known(self, session: Session, presented: Presented) -> Known:
        """Hold and read the accounts that a presented identity is about."""
        number, is_its = presented.national_id, identities.c.subject.in_(presented.subjects)
        at_it = identities.c.issuer.in_((presented.issuer, *presented.former))
        asked = [select(identities.c.account_id).where(at_it, is_its)]
        if number is not None:
            asked.append(self._holder(number))
        if presented.current is not None:
            asked.append(select(accounts.c.id).where(accounts.c.id == presented.current))
        account_ids = union(*asked)
        lock_each(session, account_ids)
        found = read_accounts(session, self._vault, account_ids)
        owners = {known.key: account for account in found.values() for known in account.identities}
        issuer, subject = next((key for key in presented.keys if key in owners), (None, None))
        holder = next((account for account in found.values() if number in account.claimed), None)
        owner = owners.get((issuer or "", subject or ""))
        moved_from, current = presented.moved_from(issuer), found.get(presented.current or "")
        return Known(owner, subject, holder, current, moved_from)

    def _admitted(
        self,
        session: Session,
        judgement: Judgement,
        decision: SignIn | Create | Link,
        owner: Account | None,
        assess: Assess | None,
    ) -> Admission:
        now, identity = datetime.now(UTC), judgement.identity
        if judgement.kept_under is not None and owner is not None:
            with decisions.conflicts_named():
                decisions.rekey(session, owner.id, identity.issuer, judgement.kept_under, identity.subject)
        account_id = self._carry_out(session, decision, identity, now)
        if owner is not None and judgement.kept_under is None and _is_usual(decision, identity, owner):
            account: Account | None = accepted(owner, identity)
        else:
            account = self._read(session, [account_id])
        if assess is None or account is None:
            return Admission(judgement, account_id, account)
        report = assess(account)
        try:
            changes = record_verdicts(session, account_id, report, now)
        except SQLAlchemyError:
            raise _VerdictsNotRecorded from None
        return Admission(judgement, account_id, account, report, changes)


class _VerdictsNotRecorded(Exception):
    """What an account's verdicts are cannot be written: no reason to let nobody in."""


def _is_usual(decision: SignIn | Create | Link, identity: Identity, owner: Account) -> bool:
    """Whether a sign-in only refreshes its identity, so that the account need not be read again to know it."""
    return decision == SignIn(owner.id) and stored_state(identity, owner) is NumberState.ACCEPTED


def _random_id(session: Session, identity: Identity) -> str:
    return uuid.uuid4().hex
