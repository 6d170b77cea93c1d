"""May an identity leave its account: nobody is locked out, and no hours are lost by it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from .hours import HoursReport
from .identity import Account, Identity


class Staying(StrEnum):
    """Why an identity stays with its account; each has a page of its own."""

    NOT_OF_THIS_ACCOUNT = "not_of_this_account"
    LAST_IDENTITY = "last_identity"
    CARRIES_HOURS = "carries_hours"


@dataclass(frozen=True, slots=True)
class Leave:
    """Take ``identity`` from ``account``, provided that the account is still exactly this one."""

    account: Account
    identity: Identity


@dataclass(frozen=True, slots=True)
class Stay:
    """The identity stays; the page says why and what to do now."""

    why: Staying


def decide_unlink(account: Account, issuer: str, subject: str, hours: Callable[[Account], HoursReport]) -> Leave | Stay:
    """Decide whether the identity (issuer, subject) may leave ``account``; ``hours`` assesses an account.

    The last one stays, or nobody could sign in any more. One that carries hours stays: without it
    the account would have no identity with its national ID, or an authority would no longer take
    hours that it takes now.
    """
    leaving = next((known for known in account.identities if known.key == (issuer, subject)), None)
    if leaving is None:
        return Stay(Staying.NOT_OF_THIS_ACCOUNT)
    rest = replace(account, identities=tuple(known for known in account.identities if known is not leaving))
    if not rest.identities:
        return Stay(Staying.LAST_IDENTITY)
    if leaving.national_id is not None and all(known.national_id != leaving.national_id for known in rest.identities):
        return Stay(Staying.CARRIES_HOURS)
    if set(hours(account).uploadable) - set(hours(rest).uploadable):
        return Stay(Staying.CARRIES_HOURS)
    return Leave(account, leaving)
