"""The part of the accounts in memory where it is in doubt whose a number is."""

from __future__ import annotations

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ..errors import AccountConflict
from ..identity import Account, Assurance, Identity, NumberState
from ..linking import IdChange, has_proven, kept_as
from ..national_id import NationalId
from .records import Dispute, Review, Settled, proven_by, told, told_of

Key = tuple[str, str]


@dataclass(slots=True)
class Sent:
    """Another number than the stored one, as it came last; rejected once, it is passed over."""

    id: str
    identity: Identity
    opened_at: datetime
    rejected_at: datetime | None = None


@dataclass(slots=True)
class Lost:
    """A number that the account brought, and that another account holds."""

    opened_at: datetime
    closed_at: datetime | None = None


class MemoryCases:
    """`NumberCases` in dictionaries; whoever calls a method without a public name holds the lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._owners: dict[Key, str] = {}
        self._holders: dict[NationalId, str] = {}
        self._sent: dict[str, list[Sent]] = defaultdict(list)
        self._lost: dict[str, dict[NationalId, Lost]] = defaultdict(dict)

    # --- what an operator does ---

    def reviews(self) -> list[Review]:
        with self._lock:
            found = [
                Review(sent.id, account_id, stored, _as_sent(sent.identity, stored), sent.opened_at)
                for account_id, sent, stored in self._open()
            ]
            return sorted(found, key=lambda review: review.opened_at)

    def settle_review(self, review_id: str, *, accept: bool) -> Settled:
        with self._lock:
            for account_id, sent, stored in self._open():
                if sent.id == review_id:
                    if accept:
                        return self._accept(account_id, sent, stored)
                    self._put(account_id, [replace(stored, number_state=NumberState.ACCEPTED)])
                    sent.rejected_at = datetime.now(UTC)
                    return Settled(account_id)
            raise LookupError(f"There is no open review {review_id!r}.")

    def disputes(self) -> list[Dispute]:
        with self._lock:
            found = [
                Dispute(account_id, self._holders.get(number), number, lost.opened_at)
                for account_id, of_account in self._lost.items()
                for number, lost in of_account.items()
                if lost.closed_at is None
            ]
            return sorted(found, key=lambda dispute: dispute.opened_at)

    def release(self, account_id: str) -> bool:
        with self._lock:
            if account_id not in self._accounts:
                return False
            still_open = [lost for lost in self._lost[account_id].values() if lost.closed_at is None]
            for lost in still_open:
                lost.closed_at = datetime.now(UTC)
            disputed = [
                known for known in self._accounts[account_id].identities if known.number_state is NumberState.DISPUTED
            ]
            self._put(account_id, [replace(known, number_state=NumberState.ACCEPTED) for known in disputed])
            return bool(still_open or disputed)

    def _open(self) -> Iterator[tuple[str, Sent, Identity]]:
        for account_id, of_account in self._sent.items():
            by_key = {known.key: known for known in self._accounts[account_id].identities}
            for sent in of_account:
                if sent.rejected_at is None:
                    yield account_id, sent, by_key[sent.identity.key]

    def _accept(self, account_id: str, sent: Sent, stored: Identity) -> Settled:
        number = sent.identity.national_id
        holder = self._holders.get(number) if number is not None else None
        loser = holder if holder != account_id else None
        if loser is not None and sent.identity.assurance is not Assurance.VERIFIED:
            raise AccountConflict(f"another account holds this number: {loser}")
        try:
            self._give(sent.identity, account_id, loser)
        except AccountConflict:
            raise AccountConflict(f"another account holds this number, and has proven it: {loser}") from None
        self._put(account_id, [_as_sent(sent.identity, stored)])
        self._sent[account_id].remove(sent)
        return Settled(account_id, loser)

    # --- what a sign-in does ---

    def _give(self, identity: Identity, account_id: str, loser: str | None) -> None:
        """Make the number of the identity the account's, proven if it proves it, and no more that of ``loser``.

        :raises AccountConflict: it is another account's, or ``loser`` has proven it by now.
        """
        number = identity.national_id
        if number is None:
            return
        if loser is not None:
            self._take_from(loser, number)
        if self._holders.setdefault(number, account_id) != account_id:
            raise AccountConflict("this national ID belongs to another account")
        self._lost[account_id].pop(number, None)
        account = self._accounts[account_id]
        claimed = account.claimed if number in account.claimed else (*account.claimed, number)
        proven = account.proven | proven_by(identity)
        self._accounts[account_id] = replace(account, claimed=claimed, proven=proven)

    def _take_from(self, loser: str, number: NationalId) -> None:
        account = self._accounts.get(loser)
        if account is None or self._holders.get(number) != loser:
            raise AccountConflict("the account does not hold the number any more")
        if has_proven(account, number):
            raise AccountConflict("the account that holds the number has proven it by now")
        its = [known for known in account.identities if known.national_id == number]
        self._end_reviews(loser, {known.key for known in its})
        disputed = [replace(known, national_id=None, number_state=NumberState.DISPUTED) for known in its]
        claimed = tuple(kept for kept in account.claimed if kept != number)
        self._accounts[loser] = replace(account, claimed=claimed)
        del self._holders[number]
        self._lost[loser][number] = Lost(datetime.now(UTC))
        self._put(loser, disputed)

    def _in_doubt(self, account_id: str, identity: Identity, stored: Identity, change: IdChange) -> Identity:
        """The identity as it is kept, and what an operator is to know of its number.

        :raises AccountConflict: nobody else holds the number, by now.
        """
        kept = kept_as(identity, stored, change)
        number = identity.national_id
        if number is None:
            return replace(kept, number_state=stored.number_state)
        if change is IdChange.DISPUTE:
            if self._holders.get(number, account_id) == account_id:
                raise AccountConflict("no other account holds the number any more")
            self._end_reviews(account_id, {identity.key})
            lost = self._lost[account_id].setdefault(number, Lost(datetime.now(UTC)))
            state = NumberState.DISPUTED if lost.closed_at is None else NumberState.ACCEPTED
            return replace(kept, number_state=state)
        return replace(kept, number_state=self._reviewed(account_id, identity, number, stored.number_state))

    def _reviewed(self, account_id: str, identity: Identity, number: NationalId, state: NumberState) -> NumberState:
        self._end_reviews(account_id, {identity.key}, but=number)
        for sent in self._sent[account_id]:
            if (sent.identity.key, sent.identity.national_id) == (identity.key, number):
                if sent.rejected_at is not None:
                    return NumberState.ACCEPTED if state is NumberState.UNDER_REVIEW else state
                sent.identity = identity
                return NumberState.UNDER_REVIEW
        self._sent[account_id].append(Sent(uuid.uuid4().hex, identity, datetime.now(UTC)))
        return NumberState.UNDER_REVIEW

    def _settled_by_itself(self, account_id: str, identity: Identity) -> None:
        """The identity's number is accepted: its review is over, and the disputes of an account that has none left."""
        self._end_reviews(account_id, {identity.key})
        if all(known.number_state is not NumberState.DISPUTED for known in self._accounts[account_id].identities):
            for lost in self._lost[account_id].values():
                lost.closed_at = lost.closed_at or datetime.now(UTC)

    def _end_reviews(self, account_id: str, keys: set[Key], *, but: NationalId | None = None) -> None:
        self._sent[account_id] = [
            sent
            for sent in self._sent[account_id]
            if sent.rejected_at is not None
            or sent.identity.key not in keys
            or (but is not None and sent.identity.national_id == but)
        ]

    def _put(self, account_id: str, changed: Iterable[Identity]) -> None:
        """Write identities of an account in place of those with the same key, and which numbers it lost."""
        account = self._accounts[account_id]
        identities = {known.key: known for known in account.identities} | {known.key: known for known in changed}
        lost = tuple(self._lost[account_id])
        self._accounts[account_id] = replace(account, identities=tuple(identities.values()), lost=lost)

    def _cases(self, account_id: str, *, reveal: bool) -> dict[str, object]:
        """What an export tells of them."""
        return {
            "reviews": [
                told_of(
                    {
                        "national_id": sent.identity.national_id,
                        "issuer": sent.identity.issuer,
                        "subject": sent.identity.subject,
                        "name": sent.identity.name,
                        "birth_date": sent.identity.birth_date,
                        "assurance": sent.identity.assurance,
                        "opened_at": sent.opened_at,
                        "rejected_at": sent.rejected_at,
                    },
                    reveal=reveal,
                )
                for sent in self._sent[account_id]
            ],
            "disputes": [
                {
                    "national_id": told(number, reveal=reveal),
                    "opened_at": told(lost.opened_at),
                    "closed_at": told(lost.closed_at),
                }
                for number, lost in self._lost[account_id].items()
            ],
        }


def _as_sent(sent: Identity, stored: Identity) -> Identity:
    """The identity as its sign-ins since then left it, with the person as sent."""
    return replace(
        stored,
        assurance=sent.assurance,
        name=sent.name,
        national_id=sent.national_id,
        national_id_invalid=False,
        birth_date=sent.birth_date,
        number_state=NumberState.ACCEPTED,
    )
