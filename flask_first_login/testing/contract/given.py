"""Whom the contract is about, and how its tests look at a store."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import TypeVar

from ...errors import AccountConflict
from ...identity import Account, Assurance, Identity, Kind, Standing
from ...national_id import NationalId

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

AT_ONCE = 8
T = TypeVar("T")


def there(account: Account | None) -> Account:
    assert account is not None
    return account


def at_once(act: Callable[[int], T]) -> list[T | AccountConflict]:
    """What several threads that start together each got: a result, or the conflict."""
    start = threading.Barrier(AT_ONCE)

    def run(n: int) -> T | AccountConflict:
        start.wait()
        try:
            return act(n)
        except AccountConflict as conflict:
            return conflict

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(AT_ONCE)))
