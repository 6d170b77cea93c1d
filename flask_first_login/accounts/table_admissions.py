"""Whole sign-ins in the tables: what is known is held, judged, and written with its verdicts, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select, union
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from ..errors import DigestUsed
from ..identity import Account, Identity, NumberState
from ..linking import Create, Link, SignIn, stored_state
from ..sealing import Vault
from . import decisions
from .interruptions import asks_again
from .records import Admission, Assess, Judge, Judgement, Known, Presented, accepted
from .rows import held_by, lock_each, read_accounts, record_verdicts
from .tables import accounts, identities
from .used_digests import UsedDigests


@dataclass(frozen=True, slots=True)
class TableAdmissions:
    """What `SQLAlchemyAccounts.admit` does; ``transaction`` and ``creating`` make one of its own."""

    transaction: Callable[[], AbstractContextManager[Session]]
    creating: Callable[[], AbstractContextManager[Session]]
    vault: Callable[[], Vault]
    digests: UsedDigests
    carry_out: Callable[[Session, SignIn | Create | Link, Identity, datetime], str]

    def admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        """See `WholeSignIns.admit`; verdicts that cannot be recorded are no reason to let nobody in."""
        try:
            return self._admit(presented, judge, assess)
        except _VerdictsNotRecorded:
            return self._admit(presented, judge, None)

    def _admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        """Every account that may be written to is locked first, so that what is judged holds until it is written.

        A new account is made in a transaction of its own: the host's function that makes it may ask for a lock itself.
        """
        with self.transaction() as session:
            known = self._known(session, presented)
            if presented.consent is not None and self.digests.is_used(session, presented.consent[0]):
                raise DigestUsed("the consent was used before")
            judgement = judge(known)
            if isinstance(judgement.decision, SignIn | Link):
                self._use_consent(session, presented)
                return self._admitted(session, judgement, judgement.decision, known.owner, assess)
            session.rollback()
        if not isinstance(judgement.decision, Create):
            return Admission(judgement)
        with self.creating() as session:
            admission = self._admitted(session, judgement, judgement.decision, None, assess)
            self._use_consent(session, presented)
            return admission

    def _use_consent(self, session: Session, presented: Presented) -> None:
        """:raises DigestUsed: the consent was used before."""
        if presented.consent is not None and not self.digests.use_up(session, presented.consent):
            raise DigestUsed("the consent was used before")

    def _known(self, session: Session, presented: Presented) -> Known:
        """Hold and read the accounts that a presented identity is about."""
        number, is_its = presented.national_id, identities.c.subject.in_(presented.subjects)
        at_it = identities.c.issuer.in_((presented.issuer, *presented.former))
        asked = [select(identities.c.account_id).where(at_it, is_its)]
        if number is not None:
            asked.append(held_by(self.vault().index(number)))
        if presented.current is not None:
            asked.append(select(accounts.c.id).where(accounts.c.id == presented.current))
        account_ids = union(*asked)
        found = read_accounts(session, self.vault, lock_each(session, account_ids))
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
        account_id = self.carry_out(session, decision, identity, now)
        if owner is not None and judgement.kept_under is None and _is_usual(decision, identity, owner):
            account: Account | None = accepted(owner, identity)
        else:
            account = read_accounts(session, self.vault, [account_id]).get(account_id)
        if assess is None or account is None:
            return Admission(judgement, account_id, account)
        report = assess(account)
        try:
            changes = record_verdicts(session, account_id, report, now)
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and asks_again(error.orig):
                raise
            raise _VerdictsNotRecorded from None
        return Admission(judgement, account_id, account, report, changes)


class _VerdictsNotRecorded(Exception):
    """What an account's verdicts are cannot be written: no reason to let nobody in."""


def _is_usual(decision: SignIn | Create | Link, identity: Identity, owner: Account) -> bool:
    """Whether a sign-in only refreshes its identity, so that the account need not be read again to know it."""
    return decision == SignIn(owner.id) and stored_state(identity, owner) is NumberState.ACCEPTED
