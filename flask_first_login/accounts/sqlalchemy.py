"""Accounts in a database of the host, by SQLAlchemy: SQLite, PostgreSQL and MariaDB."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import SelectBase

from ..errors import AccountConflict, AccountIdTaken
from ..hours import HoursReport
from ..identity import Account, Identity, account_id_of
from ..linking import Create, Link, SignIn
from ..national_id import NationalId
from ..sealing import Vault
from . import decisions, interruptions, key_rotation, personal_data
from .moves import TableMoves
from .number_cases import forget_reviews, open_disputes, open_reviews, release, settle_review
from .records import Admission, Assess, Dispute, Judge, Presented, Pruned, Review, Settled, VerdictChange, unrecorded
from .rows import has_key, held_by, lock, read_accounts, read_verdicts, record_verdicts
from .table_admissions import TableAdmissions
from .table_import import TableImports
from .tables import accounts, identities
from .used_digests import UsedDigests

T = TypeVar("T")


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
        self._create_account = create_account
        self._digests = UsedDigests()
        self._admissions = TableAdmissions(self.transaction, self._creating, vault, self._digests, self._carry_out)

    @classmethod
    def for_flask_sqlalchemy(
        cls, db: Any, vault: Callable[[], Vault], create_account: Callable[[Session, Identity], str] | None = None
    ) -> Self:
        """Keep accounts in the database of a Flask-SQLAlchemy, by sessions beside the request's own."""
        return cls(lambda: Session(db.engine), vault, create_account=create_account)

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        return self._found(select(identities.c.account_id).where(has_key(issuer, subject)))

    def holder_of(self, national_id: NationalId) -> Account | None:
        return self._found(held_by(self._vault().index(national_id)))

    def get(self, account_id: str) -> Account | None:
        return self._found([account_id])

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        begin = self._creating if isinstance(decision, Create) else self.transaction

        def written() -> str:
            with begin() as session:
                return self._carry_out(session, decision, identity, datetime.now(UTC))

        return interruptions.again(written)

    def admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        return interruptions.again(lambda: self._admissions.admit(presented, judge, assess))

    def leave(self, account: Account, identity: Identity) -> None:
        def left(session: Session) -> None:
            # The row is locked first: what is read after it holds until the end.
            if not lock(session, account.id) or self._read(session, [account.id]) != account:
                raise AccountConflict("the account is another by now")
            if len(account.identities) < 2:
                raise AccountConflict("an account keeps its last identity")
            forget_reviews(session, identity)
            gone = delete(identities).where(decisions.is_identity_of(identity, account.id))
            decisions.change_one(session, gone, decisions.NOT_ITS)

        self._again(left)

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        with decisions.conflicts_named():
            self._again(lambda session: decisions.rekey(session, account_id, issuer, subject, anew))

    def use_once(self, digest: bytes, until: datetime) -> bool:
        return self._again(lambda session: self._digests.use_up(session, (digest, until)))

    def use_each_once(self, *digests: tuple[bytes, datetime]) -> int:
        def all_are_new(session: Session) -> bool:
            if are_new := self._digests.use_up(session, *digests):
                return are_new
            session.rollback()
            return False

        if self._again(all_are_new):
            return len(digests)
        return next((new for new, digest in enumerate(digests) if not self.use_once(*digest)), len(digests))

    def remember(self, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
        now = datetime.now(UTC)
        last, _ = self._again(lambda session: read_verdicts(session, account_id))
        if not unrecorded(report, last, now):
            return ()  # as at nearly every sign-in: nothing is locked, nothing is written
        return self._again(
            lambda session: record_verdicts(session, account_id, report, now) if lock(session, account_id) else ()
        )

    def reviews(self) -> Sequence[Review]:
        return self._again(lambda session: open_reviews(session, self._vault()))

    def settle_review(self, review_id: str, *, accept: bool) -> Settled:
        try:
            return self._again(
                lambda session: settle_review(session, self._vault(), review_id, accept, datetime.now(UTC))
            )
        except IntegrityError:
            raise AccountConflict("another account came to hold this number just now") from None

    def disputes(self) -> Sequence[Dispute]:
        return self._again(lambda session: open_disputes(session, self._vault()))

    def release(self, account_id: str) -> bool:
        return self._again(lambda session: release(session, account_id, datetime.now(UTC)))

    def find(self, issuer: str, subject: str) -> str | None:
        its = select(identities.c.account_id).where(has_key(issuer, subject))
        return self._again(lambda session: session.scalar(its))

    def export(self, account_id: str, *, reveal: bool = False) -> dict[str, object]:
        return self._again(lambda session: personal_data.export(session, account_id, self._vault, reveal=reveal))

    def erase(self, account_id: str) -> bool:
        return self._again(lambda session: personal_data.erase(session, account_id))

    def prune(self, *, acknowledged_before: datetime | None, judged_before: datetime | None) -> Pruned:
        return self._again(
            lambda session: personal_data.prune(
                session, datetime.now(UTC), acknowledged_before=acknowledged_before, judged_before=judged_before
            )
        )

    def reseal(self, progress: Callable[[int], object] = lambda size: None) -> key_rotation.Resealed:
        """Seal every stored national ID under the newest key; ``progress`` is told the size of each batch done.

        Run it after putting a new key first. When it ends with none ``lost``, the old key can go. A
        run that was interrupted is simply run again: what is under the newest key already stays as it is.
        """
        return key_rotation.reseal(self.transaction, self._vault(), progress)

    def transaction(self) -> AbstractContextManager[Session]:
        """A session of its own on the host's database, committed at the end unless something is raised.

        :raises AccountConflict: the database asks to try again: do all of it anew.
        """
        return self._begun(with_the_host=False)

    @contextmanager
    def _begun(self, *, with_the_host: bool) -> Iterator[Session]:
        with interruptions.named(), self._session() as session, session.begin():
            interruptions.read_committed(session, with_the_host=with_the_host)
            yield session

    def _creating(self) -> AbstractContextManager[Session]:
        return self._begun(with_the_host=True) if self._create_account is not None else self.transaction()

    def _again(self, work: Callable[[Session], T]) -> T:
        """Do in a transaction what needs nobody to decide again, and again while the database asks for that."""

        def done() -> T:
            with self.transaction() as session:
                return work(session)

        return interruptions.again(done)

    def _found(self, account_ids: SelectBase | Sequence[str]) -> Account | None:
        return self._again(lambda session: self._read(session, account_ids))

    def _read(self, session: Session, account_ids: SelectBase | Sequence[str]) -> Account | None:
        return next(iter(read_accounts(session, self._vault, account_ids).values()), None)

    def _carry_out(self, session: Session, decision: SignIn | Create | Link, identity: Identity, now: datetime) -> str:
        match decision:
            case Create(account_id=str(account_id)):  # the host has it
                pass
            case Create():
                account_id = _made_by(self._create_account, session, identity)
            case SignIn(account_id=account_id) | Link(account_id=account_id):
                pass
        with decisions.conflicts_named():
            decisions.Writer(session, self._vault, now).carry_out(decision, account_id, identity)
        return account_id


def _made_by(create_account: Callable[[Session, Identity], str] | None, session: Session, identity: Identity) -> str:
    """Have the host make its account; give the id of that, or without a host's one of our own.

    An id that an account has already is refused. It may be that of a deleted user, which the database gave out again: a
    newcomer would get their records. Or the host looked the user up by e-mail: whoever sets that e-mail at a provider
    could open the account.

    :raises AccountIdTaken: an account has that id already.
    """
    if create_account is None:
        return uuid.uuid4().hex
    account_id = account_id_of(create_account(session, identity), "create_account")
    session.flush()  # what of the host's own is still pending: its errors are not ours to name
    if session.scalar(select(accounts.c.id).where(accounts.c.id == account_id)) is not None:
        raise AccountIdTaken(
            "create_account gave an id that an account has already. If its user was deleted: erase what is kept of "
            "them (flask first-login erase), and let the database give no id out twice."
        )
    return account_id
