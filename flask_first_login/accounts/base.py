"""The port a host fills: where accounts and identities are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from ..hours import HoursReport
from ..identity import Account, Identity
from ..linking import Create, Link, SignIn
from ..national_id import NationalId
from .members import Member, Outcome
from .records import Admission, Assess, Dispute, Judge, KeptAt, Presented, Pruned, Review, Settled, VerdictChange


class Accounts(Protocol):
    """Storage of accounts. Every method is one transaction of its own: it happens whole or not at all.

    An implementation is right when `flask_first_login.testing.AccountsContract` passes on it.
    """

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        """The account that has this identity; compared byte for byte, never case-folded (CVE-2024-32879)."""

    def holder_of(self, national_id: NationalId) -> Account | None:
        """The one account that holds this national ID."""

    def get(self, account_id: str) -> Account | None:
        """The account with all its identities, as last seen from their providers."""

    def carry_out(self, decision: SignIn | Create | Link, identity: Identity) -> str:
        """Write what was decided, with ``identity`` as just received, and return the account's id.

        ``SignIn`` refreshes the identity (the old kind or ID is never reused; seed item 111): a number
        that is not sent any more is gone from it. When the decision says to review a changed number,
        the stored one stays, and with it the name, birth date and assurance it came with. ``Create``
        makes the account and its first identity, and keeps with it which warning was ``acknowledged``
        and when. ``Link`` adds the identity to the account. Every number that is accepted is the
        account's for good, as ``claimed`` and for `holder_of`.

        A social identity shares its account with no other identity, whatever was decided: the store
        itself refuses it.

        :raises AccountConflict: the store meanwhile holds this identity or this national ID in
            another account, or the account is gone, or a social identity would share it. Nothing was
            written; the caller decides again.
        """

    def leave(self, account: Account, identity: Identity) -> None:
        """Take ``identity`` from ``account``; its number, if it has one, stays the account's (see ``claimed``).

        :raises AccountConflict: what is stored is not exactly ``account`` any more, or ``identity`` is
            none of it, or its last one. Nothing was written; the caller decides again.
        """

    def use_once(self, digest: bytes, until: datetime) -> bool:
        """Record a one-use ``digest`` (32 bytes) until an aware UTC time; False when it was used before.

        Two processes that ask at the same moment get one True between them.
        """

    def remember(self, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
        """Record what the authorities make of this account now, and tell whose verdict is another than the last.

        A record (verdict, codes of the reasons, version of the rules, time; no personal datum) is added
        for each authority of which any of these differs. Of an authority that was never asked before,
        the change has ``before`` None. Two processes that ask at the same moment get each change once
        between them. Of an account that is gone nothing is recorded, and nothing changed.
        """


@runtime_checkable
class WholeSignIns(Protocol):
    """What a store may do besides, and both of ours do: a whole sign-in in one step, where the port takes seven.

    It saves a database most of its commits. Without these methods, or where a subclass has another one of those that
    they stand for, the methods of the port are called one after another (see `accounts.admission`).
    """

    def use_each_once(self, *digests: tuple[bytes, datetime]) -> int:
        """`use_once` on each of them in this order, up to the first that was used before; gives how many were new."""

    def admit(self, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
        """Look who is known, ask ``judge`` what to do, and do it, in one transaction.

        What `Accounts.owner_of`, `holder_of` and `get` give of ``presented`` goes to ``judge``. Of ``SignIn``,
        ``Create`` and ``Link``, the consent is used up, the identity is kept under its new subject, if it gets one,
        and the decision is carried out; of any other one, nothing is written. Then ``assess`` is asked about the
        account as it is now, and what changed is recorded as by `remember`. Both functions are ours and quick, and ask
        no store. ``assess`` is None where the portal has rules of its own, which might: verdicts are then recorded
        later.

        Verdicts that cannot be recorded stop no sign-in: the admission comes without them.

        :raises AccountConflict: as `carry_out`. Nothing was written; the caller asks again.
        :raises DigestUsed: the consent was used before. Nothing was written.
        """


@runtime_checkable
class Rekeys(Protocol):
    """What a store may do besides, and both of ours do: keep an identity that it has under another key.

    A subject that holds a national ID is kept as a pseudonym. One that was kept in clear, before that was known of it,
    is kept anew at its next sign-in; a store that cannot goes on with the old key.
    """

    def rekey(self, account_id: str, issuer: str, subject: str, anew: str) -> None:
        """Keep the identity (``issuer``, ``subject``) of this account under the subject ``anew``; all else stays.

        :raises AccountConflict: it is not the account's any more, or there is an identity with the new key. Nothing
            was written; the caller decides again.
        """


@runtime_checkable
class Moves(Protocol):
    """What a store may do besides, and both of ours do: keep identities under another issuer, after its provider moved.

    The command line asks for it (``flask first-login identities move``).
    """

    def kept_at(self, issuer: str) -> Iterator[KeptAt]:
        """What is kept under this issuer, account by account: a few at a time, so that there may be millions."""

    def move(self, account_id: str, issuer: str, to: str, subjects: Mapping[str, str], provider: str) -> None:
        """Keep identities of this account, of this issuer, under the issuer ``to`` and other subjects: ``subjects`` has
        the new one of each. They are all moved or none is; they are ``provider``'s from then on, and all else stays.

        :raises AccountConflict: one of them is not the account's any more, or there is an identity with its new key.
            Nothing was written.
        """


@runtime_checkable
class Imports(Protocol):
    """What a store may do besides, and both of ours do: bring in members whom the portal had before.

    Without it, each member is linked by `Accounts.carry_out`, and only into an account that the store has already.

    Such a store is also given ``Create`` with the ``account_id`` of a member whom the host has signed in and who had no
    identity so far: it makes their account under this id, or raises `AccountConflict` where there is one. Without it,
    such a member cannot add an identity.
    """

    def bring_in(self, members: Sequence[Member], *, dry_run: bool = False) -> Sequence[Outcome]:
        """Add the identity of each member to their account, which is made where there is none; tell what became of it.

        A member whom something stands against (see `members.Register`) is left out, and what is stored never changes.
        All others are added, or none is. With ``dry_run`` nothing is written: each is judged by what is stored.
        """


@runtime_checkable
class NumberCases(Protocol):
    """What a store can do where it is in doubt whose a number is; both of ours can, and a sign-in looks whether it can.

    Such a store is given decisions that no other one is, and `carry_out` obeys them:

    - ``takes_from`` of ``Create`` and ``SignIn``: that account loses the number of ``identity``. It keeps
      its identities; those with the number lose it and are ``DISPUTED``, and the number is in its
      ``lost``, no more in its ``claimed``. Looked at again in the same transaction: a holder that has
      proven the number by then (`linking.has_proven`) keeps it, with `AccountConflict`.
    - ``Account.proven``: a number that is accepted with a ``VERIFIED`` identity is in it from then on, by
      whatever decision or review. It stays there when the same identity comes without that proof or
      without the number, or leaves, and goes with the number alone. Nothing else puts a number there.
    - ``IdChange.DISPUTE``: the identity is refreshed, keeps no number and is ``DISPUTED``, and the number
      it brought, if it brought one, is in the account's ``lost``. A dispute that was released is not opened
      again by the same number.
    - ``IdChange.REVIEW``: the identity is ``UNDER_REVIEW``, and what was sent is kept for an operator. It
      ends with the next sign-in that is accepted. A number that was rejected once is passed over.

    Without these methods a store is never given one of the first two, and such sign-ins are refused or reviewed.
    """

    def reviews(self) -> Sequence[Review]:
        """The open ones, oldest first."""

    def settle_review(self, review_id: str, *, accept: bool) -> Settled:
        """Accept the number that was sent, or reject it.

        Accepted, it is the account's, with the person as sent; the old one stays as ``claimed``. It is
        taken from an account that never proved it, if the one under review did. Rejected, the stored
        one counts again, and the same number sent again is passed over.

        :raises LookupError: there is no such open review, or no longer.
        :raises AccountConflict: another account holds the number. Nothing was written.
        """

    def disputes(self) -> Sequence[Dispute]:
        """The open ones, oldest first."""

    def release(self, account_id: str) -> bool:
        """Close the disputes of an account: it is disputed no more, and has no number; False when none was open."""


@runtime_checkable
class PersonalRecords(Protocol):
    """What a store can do for the people whose data it keeps; both of ours can, and the command line asks for it."""

    def find(self, issuer: str, subject: str) -> str | None:
        """The id of the account that has this identity; no number is opened, so a lost key is no obstacle."""

    def export(self, account_id: str, *, reveal: bool = False) -> dict[str, object]:
        """Everything the store keeps of the account, as JSON can hold it; national IDs masked unless revealed.

        :raises LookupError: there is no such account.
        """

    def erase(self, account_id: str) -> bool:
        """Forget the account, its identities, its national IDs and its records; False when there is none.

        What the host keeps of the person in tables of its own is the host's to erase.
        """

    def prune(self, *, acknowledged_before: datetime | None, judged_before: datetime | None) -> Pruned:
        """Forget expired digests, acknowledgements and superseded verdicts from before these times; None keeps all."""
