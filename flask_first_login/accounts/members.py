"""Members whom a portal had before: who is brought in, into which account, and what a store makes of each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from ..errors import AccountConflict
from ..identity import Account, Identity, Standing
from ..linking import Link, numbers_of

if TYPE_CHECKING:
    from .base import Accounts

M = TypeVar("M", bound=Hashable)


class Outcome(StrEnum):
    """What became of one member; these codes stay. `ADDED` and `THERE` are good ends, everything else is a refusal."""

    ADDED = "added"
    THERE = "there"
    IDENTITY_TAKEN = "identity_taken"
    NUMBER_TAKEN = "number_taken"
    ANOTHER_NUMBER = "another_number"
    SOCIAL_NEVER_MERGES = "social_never_merges"
    NO_ACCOUNT = "no_account"
    CHANGED = "changed"
    COLUMNS = "columns"
    ACCOUNT = "account"
    PROVIDER = "provider"
    SUBJECT = "subject"
    NAME = "name"
    NATIONAL_ID = "national_id"
    KIND = "kind"
    ASSURANCE = "assurance"
    NOT_VERIFIED = "not_verified"
    SOCIAL = "social"


@dataclass(frozen=True, slots=True)
class Member:
    """An identity of somebody whose account is the host's ``account`` already.

    ``subjects`` are the keys under which it may be kept by now; the identity has the one that a new identity gets.
    ``former`` are the issuers at which its provider was before: at a sign-in, who is kept there is this person too.
    """

    account: str
    identity: Identity
    subjects: tuple[str, ...] = field(default=(), repr=False)
    former: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Every key that it may be kept under by now, the one that a new identity gets first."""
        issuers, subjects = (self.identity.issuer, *self.former), (self.identity.subject, *self.subjects)
        return tuple((issuer, subject) for issuer in issuers for subject in subjects)


@dataclass(frozen=True, slots=True)
class Register(Generic[M]):
    """Whose each identity and each number is, and what each account has: as stored, and as members are added to it.

    ``M`` is what stands for a number. The rules are those of a sign-in: one identity, one account; one number, one
    account; an account is one person, with one number; a social identity shares its account with nothing.
    """

    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    holders: dict[M, str] = field(default_factory=dict)
    standings: dict[str, Standing] = field(default_factory=dict)
    numbered: set[str] = field(default_factory=set)

    def add(self, member: Member, number: M | None) -> Outcome:
        """Add a member whom nothing stands against; tell what does."""
        outcome = self._judged(member, number)
        if outcome is Outcome.ADDED:
            self.owners[member.identity.key] = member.account
            self.standings[member.account] = member.identity.standing
            if number is not None:
                self.holders[number] = member.account
                self.numbered.add(member.account)
        return outcome

    def _judged(self, member: Member, number: M | None) -> Outcome:
        owner = next((self.owners[key] for key in member.keys if key in self.owners), None)
        if owner not in {None, member.account}:
            return Outcome.IDENTITY_TAKEN
        if number is not None and self.holders.get(number, member.account) != member.account:
            return Outcome.NUMBER_TAKEN
        if number is not None and number not in self.holders and member.account in self.numbered:
            return Outcome.ANOTHER_NUMBER
        if owner is not None:
            return Outcome.THERE
        standing = self.standings.get(member.account)
        if standing is not None and Standing.SOCIAL in {standing, member.identity.standing}:
            return Outcome.SOCIAL_NEVER_MERGES
        return Outcome.ADDED


def look_up(member: Member, account: Account | None, owner: Account | None, holder: Account | None) -> Register[object]:
    """Give what stands against one member, by the accounts that a store has."""
    known: Register[object] = Register()
    if owner is not None:
        known.owners.update((key, owner.id) for key in member.keys)
    if holder is not None and member.identity.national_id is not None:
        known.holders[member.identity.national_id] = holder.id
    if account is not None:
        numbers = numbers_of(account)
        known.holders.update((number, account.id) for number in numbers)
        known.numbered.update([account.id] if numbers else [])
        known.standings.update((account.id, identity.standing) for identity in account.identities)
    return known


def bring_in(accounts: Accounts, members: Sequence[Member], *, dry_run: bool) -> list[Outcome]:
    """Bring members into a store that has no `Imports.bring_in`: one by one, each into an account that it has."""
    return [_bring_in(accounts, member, dry_run) for member in members]


def _bring_in(accounts: Accounts, member: Member, dry_run: bool) -> Outcome:
    account, number = accounts.get(member.account), member.identity.national_id
    if account is None:
        return Outcome.NO_ACCOUNT
    found = (accounts.owner_of(*key) for key in member.keys)
    owner = next((owner for owner in found if owner is not None), None)
    holder = accounts.holder_of(number) if number is not None else None
    outcome = look_up(member, account, owner, holder).add(member, number)
    if outcome is Outcome.ADDED and not dry_run:
        try:
            accounts.carry_out(Link(account.id), member.identity)
        except AccountConflict:
            return Outcome.CHANGED
    return outcome
