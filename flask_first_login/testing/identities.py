"""Whom the contract of accounts is about, and how its tests ask a store for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Protocol, TypeVar

import pytest

from ..accounts import Accounts, NumberCases, Review
from ..errors import AccountConflict
from ..identity import Account, Assurance, Identity, Kind, NumberState, Standing
from ..linking import Create, Link, SignIn
from ..national_id import NationalId

#: Synthetic numbers: well-formed, and nobody's.
NATIONAL_ID = NationalId.parse("A123456789")
OTHER_NATIONAL_ID = NationalId.parse("A223456781")

#: One civil servant as eCPA and as MyEGov describe them, and a stranger as Google does.
BY_ECPA = Identity(
    provider="ecpa",
    issuer="https://ecpa.example.gov.tw",
    subject="Emp-0042",
    standing=Standing.GOVERNMENT,
    kind=Kind.CIVIL_SERVANT,
    assurance=Assurance.VERIFIED,
    signed_in_at=datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8))),
    method="certificate",
    name="王小明",
    national_id=NATIONAL_ID,
    birth_date=date(1980, 2, 29),
    email="ming@example.gov.tw",
)
BY_MYEGOV = replace(
    BY_ECPA,
    provider="myegov",
    issuer="https://myegov.example.gov.tw",
    subject="7f3c",
    kind=Kind.GENERAL,
    assurance=Assurance.DECLARED,
    method="password",
    email=None,
)
BY_GOOGLE = Identity(
    provider="google",
    issuer="https://accounts.google.com",
    subject="1098",
    standing=Standing.SOCIAL,
    kind=Kind.UNKNOWN,
    assurance=Assurance.NONE,
    signed_in_at=datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
)

#: The proven owner of the number that `BY_MYEGOV` only declared.
OWNER = replace(BY_ECPA, name="林真", birth_date=date(1970, 1, 1))
CHANGED = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID, name="王大明", birth_date=date(1990, 1, 1))
DISPUTED = replace(BY_MYEGOV, national_id=None, number_state=NumberState.DISPUTED)
PROVEN = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
WITHOUT = replace(BY_MYEGOV, national_id=None)
ITS_OWN = frozenset({NATIONAL_ID})

AT_ONCE = 8
T = TypeVar("T")


class StoreOfCases(Accounts, NumberCases, Protocol):
    """Both ports at once."""


def there_is(number: str) -> NationalId:
    return NationalId.parse(number)


def there(account: Account | None) -> Account:
    assert account is not None
    return account


def only_review(accounts: NumberCases) -> Review:
    (review,) = accounts.reviews()
    return review


def created(accounts: Accounts, identity: Identity) -> Account:
    """Create an account for an identity, and read it."""
    return there(accounts.get(accounts.carry_out(Create(), identity)))


def joined(accounts: Accounts) -> Account:
    """Create one person's account with both of their government identities."""
    account_id = accounts.carry_out(Create(), BY_ECPA)
    accounts.carry_out(Link(account_id), BY_MYEGOV)
    return there(accounts.get(account_id))


def owner(accounts: Accounts, identity: Identity) -> Account | None:
    return accounts.owner_of(identity.issuer, identity.subject)


def refused(accounts: Accounts, decision: SignIn | Create | Link, identity: Identity) -> None:
    with pytest.raises(AccountConflict):
        accounts.carry_out(decision, identity)


def stays(accounts: Accounts, account: Account, identity: Identity) -> None:
    with pytest.raises(AccountConflict):
        accounts.leave(account, identity)


def at_once(act: Callable[[int], T]) -> list[T | AccountConflict]:
    """Give what several threads that start together got: a result each, or the conflict."""
    start = threading.Barrier(AT_ONCE)

    def run(n: int) -> T | AccountConflict:
        start.wait()
        try:
            return act(n)
        except AccountConflict as conflict:
            return conflict

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))
