"""Accounts that live as long as the process: for tests and first trials, never for a portal."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TypeVar

from ..errors import AccountConflict, DigestUsed
from ..hours import HoursReport
from ..identity import Account, Identity, NumberState
from ..linking import Acknowledge, Create, IdChange, Link, Refuse, SignIn
from ..national_id import NationalId
from .members import Member, Outcome, look_up
from .memory_number_cases import MemoryCases
from .records import (
    Admission,
    Assess,
    Judge,
    KeptAt,
    Known,
    Presented,
    Pruned,
    VerdictChange,
    VerdictRecord,
    changes,
    told,
    told_of,
    unrecorded,
)

T = TypeVar("T")


class MemoryAccounts(MemoryCases):
    """`Accounts` in dictionaries behind one lock; several threads may use it, several processes cannot.

    It forgets nothing by itself, not even an expired digest, until the process ends.
    """

    def __init__(self) -> None:
        super().__init__()
        self._used: dict[bytes, datetime] = {}
        self._acknowledged: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        self._verdicts: dict[str, list[VerdictRecord]] = defaultdict(list)

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        with self._lock:
            return self._accounts.get(self._owners.get((issuer, subject), ""))

    def holder_of(self, national_id: NationalId) -> Account | None:
        with self._lock:
            return self._accounts.get(self._holders.get(national_id, ""))

    def get(self, account_id: str) -> Account | None:
        with self._lock:
            return self._accounts.get(account_id)

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        with self._lock:
            return self._carry_out(decision, identity)

    def admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        now, consent = datetime.now(UTC), presented.consent
        with self._lock:
            if consent is not None and self._is_used(consent[0], now):
                raise DigestUsed("the consent was used before")
            known = self._known(presented)
            judgement = judge(known)
            identity, decision = judgement.identity, judgement.decision
            if isinstance(decision, Acknowledge | Refuse):
                return Admission(judgement)
            if judgement.kept_under is not None and known.owner is not None:
                self._rekey(known.owner.id, identity.issuer, judgement.kept_under, identity.subject)
            account_id = self._carry_out(decision, identity)
            if consent is not None:
                self._used[consent[0]] = consent[1]
            account = self._accounts[account_id]
            report = assess(account) if assess is not None else None
            changed = self._remember(account_id, report, now) if report is not None else None
            return Admission(judgement, account_id, account, report, changed)

    def leave(self, account: Account, identity: Identity) -> None:
        rest = tuple(known for known in account.identities if known.key != identity.key)
        with self._lock:
            if self._accounts.get(account.id) != account or not 0 < len(rest) < len(account.identities):
                raise AccountConflict("the account is another by now, or this is its last identity")
            self._accounts[account.id] = replace(account, identities=rest)
            self._sent[account.id] = [sent for sent in self._sent[account.id] if sent.identity.key != identity.key]
            del self._owners[identity.key]

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        with self._lock:
            self._rekey(account_id, issuer, subject, anew)

    def kept_at(self, issuer: str) -> Iterator[KeptAt]:
        with self._lock:
            found = sorted(self._accounts.items())
        for account_id, account in found:
            if subjects := sorted(known.subject for known in account.identities if known.issuer == issuer):
                yield KeptAt(account_id, account.identities[0].standing, tuple(subjects))

    def move(self, account_id: str, issuer: str, to: str, subjects: Mapping[str, str], provider: str) -> None:
        anew = {(issuer, subject): (to, subjects[subject]) for subject in subjects}
        with self._lock:
            are_its = all(self._owners.get(key) == account_id for key in anew)
            if not are_its or len({*anew.values()} - self._owners.keys()) < len(anew):
                raise AccountConflict("one is not the account's any more, or its new key is taken")
            for key, moved in anew.items():
                self._keep_under(account_id, key, moved, provider=provider)

    def bring_in(self, members: Sequence[Member], *, dry_run: bool = False) -> Sequence[Outcome]:
        with self._lock:
            return [self._bring_in(member, dry_run) for member in members]

    def use_once(self, digest: bytes, until: datetime) -> bool:
        return self.use_each_once((digest, until)) == 1

    def use_each_once(self, *digests: tuple[bytes, datetime]) -> int:
        now = datetime.now(UTC)
        with self._lock:
            for new, (digest, until) in enumerate(digests):
                if self._is_used(digest, now):
                    return new
                self._used[digest] = until
            return len(digests)

    def remember(self, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
        with self._lock:
            return self._remember(account_id, report, datetime.now(UTC)) if account_id in self._accounts else ()

    def find(self, issuer: str, subject: str) -> str | None:
        with self._lock:
            return self._owners.get((issuer, subject))

    def export(self, account_id: str, *, reveal: bool = False) -> dict[str, object]:
        with self._lock:
            if account_id not in self._accounts:
                raise LookupError(f"There is no account {account_id!r}.")
            account = self._accounts[account_id]
            identities = [asdict(known) for known in account.identities]
            return {
                "account": {"id": account_id},
                "identities": [told_of(known, reveal=reveal) for known in identities],
                "national_ids": [
                    {"national_id": told(number, reveal=reveal), "proven": number in account.proven}
                    for number in account.claimed
                ],
                **self._cases(account_id, reveal=reveal),
                "verdicts": [
                    {name: told(value) for name, value in asdict(record).items()}
                    for record in self._verdicts[account_id]
                ],
                "acknowledgements": [
                    {"text_version": version, "at": told(at)} for version, at in self._acknowledged[account_id]
                ],
            }

    def erase(self, account_id: str) -> bool:
        with self._lock:
            account = self._accounts.pop(account_id, None)
            if account is None:
                return False
            for identity in account.identities:
                del self._owners[identity.key]
            for number in account.claimed:
                del self._holders[number]
            self._sent.pop(account_id, None)
            self._lost.pop(account_id, None)
            self._verdicts.pop(account_id, None)
            self._acknowledged.pop(account_id, None)
            return True

    def prune(self, *, acknowledged_before: datetime | None, judged_before: datetime | None) -> Pruned:
        now = datetime.now(UTC)
        with self._lock:
            expired = [digest for digest, until in self._used.items() if until <= now]
            for digest in expired:
                del self._used[digest]
            acknowledged = _forget(self._acknowledged, lambda accepted, _: _is_over(accepted[1], acknowledged_before))
            judged = _forget(
                self._verdicts, lambda record, all_: _is_superseded(record, all_) and _is_over(record.at, judged_before)
            )
            return Pruned(len(expired), acknowledged, judged)

    def _known(self, presented: Presented) -> Known:
        key = next((key for key in presented.keys if key in self._owners), None)
        holder = self._holders.get(presented.national_id) if presented.national_id is not None else None
        return Known(
            self._accounts[self._owners[key]] if key is not None else None,
            key[1] if key is not None else None,
            self._accounts[holder] if holder is not None else None,
            self._accounts.get(presented.current) if presented.current is not None else None,
            presented.moved_from(key[0]) if key is not None else None,
        )

    def _rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        if self._owners.get((issuer, subject)) != account_id or (issuer, anew) in self._owners:
            raise AccountConflict("this identity is not the account's any more, or the new key is taken")
        self._keep_under(account_id, (issuer, subject), (issuer, anew))

    def _keep_under(self, account_id: str, key: tuple[str, str], anew: tuple[str, str], provider: str = "") -> None:
        def moved(known: Identity) -> Identity:
            if known.key != key:
                return known
            return replace(known, issuer=anew[0], subject=anew[1], provider=provider or known.provider)

        account = self._accounts[account_id]
        self._accounts[account_id] = replace(account, identities=tuple(moved(known) for known in account.identities))
        self._owners[anew] = self._owners.pop(key)
        for sent in self._sent[account_id]:
            sent.identity = moved(sent.identity)

    def _bring_in(self, member: Member, dry_run: bool) -> Outcome:
        number, account = member.identity.national_id, self._accounts.get(member.account)
        owner = next((self._owners[key] for key in member.keys if key in self._owners), "")
        holder = self._holders.get(number, "") if number is not None else ""
        known = look_up(member, account, self._accounts.get(owner), self._accounts.get(holder))
        outcome = known.add(member, number)
        if outcome is Outcome.ADDED and not dry_run:
            self._accounts.setdefault(member.account, Account(member.account, ()))
            self._add(member.account, member.identity, None)
        return outcome

    def _is_used(self, digest: bytes, now: datetime) -> bool:
        return self._used.get(digest, now) > now

    def _remember(self, account_id: str, report: HoursReport, now: datetime) -> tuple[VerdictChange, ...]:
        history = self._verdicts[account_id]
        last = {record.authority: record for record in history}
        new = unrecorded(report, last, now)
        history += new
        return changes(new, last)

    def _carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        """Every check comes before the first thing that is written."""
        match decision:
            case Create(acknowledged=version, takes_from=loser, account_id=member):
                account_id = member or uuid.uuid4().hex
                if account_id in self._accounts:
                    raise AccountConflict("the member has an account by now")
                self._accounts[account_id] = Account(account_id, ())
                try:
                    self._add(account_id, identity, loser)
                except AccountConflict:
                    del self._accounts[account_id]
                    raise
                if version is not None:
                    self._acknowledged[account_id].append((version, datetime.now(UTC)))
            case Link(account_id=account_id):
                if account_id not in self._accounts:
                    raise AccountConflict("the account is gone")
                self._add(account_id, identity, None)
            case SignIn(account_id=account_id, id_change=change, takes_from=loser):
                self._refresh(account_id, identity, change, loser)
        return account_id

    def _add(self, account_id: str, identity: Identity, loser: str | None) -> None:
        known = self._accounts[account_id].identities
        if identity.key in self._owners:
            raise AccountConflict("this identity already belongs to an account")
        if known and any(linked.is_social for linked in (*known, identity)):
            raise AccountConflict("a social identity shares its account with nothing")
        self._give(identity, account_id, loser)
        self._put(account_id, [identity])
        self._owners[identity.key] = account_id

    def _refresh(self, account_id: str, identity: Identity, change: IdChange, loser: str | None) -> None:
        if self._owners.get(identity.key) != account_id:
            raise AccountConflict("this identity does not belong to the account any more")
        stored = next(known for known in self._accounts[account_id].identities if known.key == identity.key)
        if stored.standing is not identity.standing:
            raise AccountConflict("the account is of another standing")
        if change is not IdChange.ACCEPT:
            self._put(account_id, [self._in_doubt(account_id, identity, stored, change)])
            return
        was_in_doubt = stored.number_state is not NumberState.ACCEPTED
        if was_in_doubt and identity.national_id is None:
            raise AccountConflict("the number of this identity is in doubt by now")
        self._give(identity, account_id, loser)
        self._put(account_id, [identity])
        if was_in_doubt:
            self._settled_by_itself(account_id, identity)


def _forget(kept: dict[str, list[T]], is_over: Callable[[T, list[T]], bool]) -> int:
    """Leave out of every account's list what is over, and count it."""
    before = sum(map(len, kept.values()))
    for account_id, held in kept.items():
        kept[account_id] = [record for record in held if not is_over(record, held)]
    return before - sum(map(len, kept.values()))


def _is_over(at: datetime, before: datetime | None) -> bool:
    return before is not None and at < before


def _is_superseded(record: VerdictRecord, history: list[VerdictRecord]) -> bool:
    return any(later.authority == record.authority for later in history[history.index(record) + 1 :])
