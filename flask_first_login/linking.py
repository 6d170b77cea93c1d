"""Whose account is it: one pure decision (seed items 74-77, contradictions C11, C25).

Never by e-mail and never by name: both can be chosen by an attacker who waits in an account that
carries the victim's address (pre-hijacking). The only bridge between two identities is a national
ID that two government providers both assert. A social identity never merges with anything.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from .identity import Account, Assurance, Identity, NumberState
from .names import Likeness, likeness
from .national_id import NationalId


class Refusal(StrEnum):
    """Why an identity does not get the account it asked for; each has a page of its own."""

    BELONGS_TO_ANOTHER = "belongs_to_another"
    SOCIAL_NEVER_MERGES = "social_never_merges"
    CONFLICTING_FACTS = "conflicting_facts"
    DIFFERENT_PERSON = "different_person"
    NO_SHARED_ID = "no_shared_id"
    NOT_FRESH = "not_fresh"
    KEPT_SEPARATE = "kept_separate"
    NOT_ASKED = "not_asked"
    NUMBER_HELD = "number_held"
    NOT_VERIFIED = "not_verified"
    PROVIDER_MOVED = "provider_moved"


class SameNationalId(StrEnum):
    """What a host wants when a second government identity brings a national ID that an account already has."""

    LINK = "link"
    SEPARATE = "separate"


class IdChange(StrEnum):
    """What to do with the national ID of a known identity at this sign-in.

    ``REVIEW``: it is another one, and nothing explains that; the stored one stays until an operator has settled it.
    ``DISPUTE``: another account holds it, and nothing proves that it is this one's; the identity keeps no number.
    """

    ACCEPT = "accept"
    REVIEW = "review"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True)
class SignIn:
    """The identity is known: refresh it and sign its account in. Under ``REVIEW`` the stored ID stays.

    ``takes_from`` is the account that loses the number to this one; see `Create`.
    """

    account_id: str
    id_change: IdChange = IdChange.ACCEPT
    takes_from: str | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Nobody has this identity: make an account.

    ``acknowledged`` is the version (`text.version_of`) of the warning that the learner of a new social
    identity accepted. Who carries the decision out fills it in; it is stored together with the account.
    ``takes_from`` is an account that holds the number of this identity and never proved it (`has_proven`): it keeps its
    identities and records, and loses the number. Nothing is merged, and nothing of it is shown. ``account_id`` is that
    of a member whom the host has and who had no identity so far: the account is made under this id.
    """

    acknowledged: str | None = None
    takes_from: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Bind this new identity to an existing account of the same person.

    ``another_name``: both sides proved the number, but are named otherwise, which an operator is told.
    """

    account_id: str
    another_name: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """A new social identity: the learner must first accept what it costs."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """This identity gets no account; the page says why and what to do now."""

    why: Refusal


Decision = SignIn | Create | Link | Acknowledge | Refuse


def decide(
    identity: Identity,
    *,
    owner: Account | None,
    current: Account | None,
    same_person: Account | None,
    acknowledged: bool = False,
    fresh: bool = False,
    same_national_id: SameNationalId = SameNationalId.LINK,
    may_take: bool = True,
    may_make_for: bool = True,
    former_issuers: Collection[str] = (),
) -> Decision:
    """Decide whose account ``identity`` is.

    ``owner`` is the account that already has this (issuer, subject); ``current`` the one signed in
    in this browser; ``same_person`` the one that holds the same national ID. ``acknowledged``: the
    social warning was accepted for this very sign-in. ``fresh``: ``current`` proved itself a moment
    ago and asked, by POST, to join this identity. ``may_take``: the store can move a number from
    who typed it to who proves it (`accounts.NumberCases`); without, such a sign-in is refused. ``may_make_for``: it can
    make the account of a member whom the host has, under their id (`accounts.Imports`).
    ``former_issuers``: where the provider was before it moved, which says why somebody who was there is not known.
    """
    if owner is not None:
        return _again(identity, owner, current, same_person, may_take)
    if current is not None and not current.identities and may_make_for:
        return _first(identity, current, same_person, acknowledged=acknowledged, fresh=fresh, may_take=may_take)
    if identity.is_social:
        if current is not None:
            return Refuse(Refusal.SOCIAL_NEVER_MERGES)
        return Create() if acknowledged else Acknowledge()
    if current is not None:
        return _join(identity, current, fresh)
    decision = _anew(identity, same_person, same_national_id, may_take)
    if decision == Refuse(Refusal.NOT_VERIFIED) and same_person is not None:
        was_there = any(known.issuer in former_issuers for known in same_person.identities)
        return Refuse(Refusal.PROVIDER_MOVED) if was_there else decision
    return decision


def _anew(
    identity: Identity, same_person: Account | None, same_national_id: SameNationalId, may_take: bool
) -> Decision:
    """Decide on a government identity that nobody has, where nobody is signed in."""
    if identity.national_id is None or same_person is None:
        return Create()
    if may_take and _takes(identity, identity.national_id, same_person):
        return Create(takes_from=same_person.id)
    if same_person.is_social:
        return Refuse(Refusal.SOCIAL_NEVER_MERGES)
    if _facts_conflict(identity, same_person):
        return Refuse(Refusal.CONFLICTING_FACTS)
    if not _both_verified(identity, same_person):
        return Refuse(Refusal.NOT_VERIFIED)
    return _link(identity, same_person) if same_national_id is SameNationalId.LINK else Refuse(Refusal.KEPT_SEPARATE)


def _first(
    identity: Identity, member: Account, same_person: Account | None, *, acknowledged: bool, fresh: bool, may_take: bool
) -> Decision:
    """Decide on the first identity of a member whom the host has signed in: the account is theirs, under its own id.

    Only when they ask for it, and have just proven to the host who they are: else who lures a member into a sign-in, or
    finds their browser open, would wait in their account with an identity of their own. A number that another account
    holds is not for them to have, unless they prove it and its holder never did.
    """
    if not fresh:
        return Refuse(Refusal.NOT_ASKED)
    if identity.is_social:
        return Create(account_id=member.id) if acknowledged else Acknowledge()
    number = identity.national_id
    if number is None or same_person is None or same_person.id == member.id:
        return Create(account_id=member.id)
    if may_take and _takes(identity, number, same_person):
        return Create(takes_from=same_person.id, account_id=member.id)
    return Refuse(Refusal.NUMBER_HELD)


def _both_verified(identity: Identity, account: Account) -> bool:
    """Tell whether the number is proven on both sides.

    A number that its owner only typed into a profile proves nobody: whoever knows a stranger's number
    could walk into the stranger's account, or wait with it in an account of their own for the
    stranger to come (pre-hijacking). Such an identity is joined by whoever is signed in, or never.
    """
    number = identity.national_id
    return number is not None and identity.assurance is Assurance.VERIFIED and has_proven(account, number)


def _takes(identity: Identity, number: NationalId, holder: Account) -> bool:
    """Tell whether a number goes from who only typed it to who proves it.

    Else a squatter, or a typing error that passes the check digit, would lock the owner of the number out.
    """
    return identity.assurance is Assurance.VERIFIED and not has_proven(holder, number)


def has_proven(account: Account, number: NationalId) -> bool:
    """Tell whether an identity of this account proves the number, or ever did.

    Who proved it by certificate once, and signs in by password since, is the same person: else their own first
    sign-in at another provider would take the number from them. What was only declared is never proven by that.
    """
    return number in account.proven or any(
        known.national_id == number and known.assurance is Assurance.VERIFIED for known in account.identities
    )


def _join(identity: Identity, current: Account, fresh: bool) -> Decision:
    if current.is_social:
        return Refuse(Refusal.SOCIAL_NEVER_MERGES)
    stored = numbers_of(current)
    if identity.national_id is None or not stored:
        return Refuse(Refusal.NO_SHARED_ID)
    if identity.national_id not in stored:
        return Refuse(Refusal.DIFFERENT_PERSON)
    if _facts_conflict(identity, current):
        return Refuse(Refusal.CONFLICTING_FACTS)
    return _link(identity, current) if fresh else Refuse(Refusal.NOT_FRESH)


def _again(
    identity: Identity, owner: Account, current: Account | None, same_person: Account | None, may_take: bool
) -> SignIn | Refuse:
    """Decide on the sign-in of a known identity, and what becomes of the number it brings."""
    if current is not None and current.id != owner.id:
        return Refuse(Refusal.BELONGS_TO_ANOTHER)
    if any(known.key == identity.key and known.standing is not identity.standing for known in owner.identities):
        return Refuse(Refusal.SOCIAL_NEVER_MERGES)  # the provider was set to another standing since
    number, stored = identity.national_id, numbers_of(owner)
    if number is None:
        return SignIn(owner.id, _STAYS[stored_state(identity, owner)] if may_take else IdChange.ACCEPT)
    explained = not stored or number in stored or all(old.may_become(number) for old in stored)
    if same_person is None or same_person.id == owner.id:
        return SignIn(owner.id, IdChange.ACCEPT if explained else IdChange.REVIEW)
    if may_take and identity.assurance is not Assurance.VERIFIED:
        return SignIn(owner.id, IdChange.DISPUTE)
    if may_take and explained and _takes(identity, number, same_person):
        return SignIn(owner.id, takes_from=same_person.id)
    return SignIn(owner.id, IdChange.REVIEW)


#: What is in doubt stays so as long as the provider sends no number: leaving it out for once settles nothing.
_STAYS = {
    NumberState.ACCEPTED: IdChange.ACCEPT,
    NumberState.DISPUTED: IdChange.DISPUTE,
    NumberState.UNDER_REVIEW: IdChange.REVIEW,
}


def stored_state(identity: Identity, account: Account) -> NumberState:
    """Return what the account's own record of this identity says of its number."""
    return next((known.number_state for known in account.identities if known.key == identity.key), NumberState.ACCEPTED)


def kept_as(identity: Identity, stored: Identity, change: IdChange) -> Identity:
    """Make of a known identity what is to be kept: under review, a number goes with the name and proof it came with."""
    if change is IdChange.ACCEPT:
        return identity
    if change is IdChange.DISPUTE:
        return replace(identity, national_id=None, number_state=NumberState.DISPUTED)
    return replace(
        identity,
        assurance=stored.assurance,
        name=stored.name,
        national_id=stored.national_id,
        national_id_invalid=stored.national_id_invalid,
        birth_date=stored.birth_date,
        number_state=NumberState.UNDER_REVIEW,
    )


def numbers_of(account: Account) -> set[NationalId]:
    """Return every national ID that the account has or ever was accepted with."""
    return {*account.claimed, *(known.national_id for known in account.identities if known.national_id is not None)}


def _facts_conflict(identity: Identity, account: Account) -> bool:
    """Tell whether birth date or name says that the two are not one person.

    Two proofs of one number outweigh a changed name, which one of the two has yet to hear of. A name that has nothing
    in common with the other is a clerk's slip in the number sooner than a change: that would open a stranger's account.
    """
    born = {known.birth_date for known in account.identities} - {None}
    if identity.birth_date is not None and born - {identity.birth_date}:
        return True
    return _alike(identity, account) < (Likeness.CHANGED if _both_verified(identity, account) else Likeness.MAY_BE)


def _alike(identity: Identity, account: Account) -> Likeness:
    """Give how alike the names are, of the one that is least."""
    return min((likeness(identity.name, known.name) for known in account.identities), default=Likeness.SAME)


def _link(identity: Identity, account: Account) -> Link:
    return Link(account.id, another_name=_alike(identity, account) is Likeness.CHANGED)
