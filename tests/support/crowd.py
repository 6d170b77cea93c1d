"""Made-up learners, written straight into the tables: for tests and measurements with many of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import count, islice

from sqlalchemy import insert
from sqlalchemy.engine import Engine

from flask_first_login import Assurance, Identity, Kind, NationalId
from flask_first_login.accounts.tables import accounts, identities, national_ids
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import IdKind, Vault, of_the_person, of_the_sign_in

_AT_ONCE = 5000
#: The second character of a kind of number, and what it counts as in the check digit.
_SECOND = {IdKind.CITIZEN: ("1", 1), IdKind.RESIDENT: ("8", 8), IdKind.OLD_RESIDENT: ("A", 0)}
_BEFORE_THEY_END = date(2026, 1, 1)


def numbers(kind: IdKind = IdKind.CITIZEN) -> Iterator[NationalId]:
    """Well-formed numbers of a kind, each of them once; there are ten million."""
    letter, worth = _SECOND[kind]
    for n in range(10_000_000):
        digits = f"{n:07}"
        total = 1 + 8 * worth + sum(weight * int(digit) for weight, digit in zip(range(7, 0, -1), digits, strict=True))
        yield NationalId.parse(f"A{letter}{digits}{-total % 10}", on=_BEFORE_THEY_END)


def learners() -> Iterator[Identity]:
    """Ten kinds of learners in turn: of eight the hours can be uploaded to somebody, one has no ID, one is social."""
    given = numbers()
    for n in count():
        whole = replace(BY_ECPA, subject=f"e{n}", signed_in_at=BY_ECPA.signed_in_at + timedelta(seconds=n))
        match n % 10:
            case 0 | 1 | 2 | 3 | 4:
                yield replace(whole, national_id=next(given))
            case 5 | 6:
                yield replace(BY_MYEGOV, subject=f"m{n}", national_id=next(given), kind=Kind.GENERAL)
            case 7:
                yield replace(BY_MYEGOV, subject=f"m{n}", national_id=None, assurance=Assurance.NONE)
            case 8:
                yield replace(whole, national_id=next(given), name="𠮷田")
            case _:
                yield replace(BY_GOOGLE, subject=f"g{n}")


def crowd(how_many: int) -> Iterator[tuple[str, list[Identity]]]:
    """So many accounts, one in a thousand with two identities, under ids that are in no order, like random ones."""
    for n, learner in enumerate(islice(learners(), how_many)):
        again = [] if n % 1000 else [replace(learner, issuer="https://other.example.gov.tw")]
        yield sha256(learner.subject.encode()).hexdigest()[:32], [learner, *again]


def write(engine: Engine, people: Iterable[tuple[str, Sequence[Identity]]], vault: Vault) -> None:
    """Accounts by id with their identities, as `SQLAlchemyAccounts` would have left them; a few thousand at a time."""
    everybody = iter(people)
    while some := [*islice(everybody, _AT_ONCE)]:
        rows: dict[str, list[dict[str, object]]] = defaultdict(list)
        for account_id, known in some:
            at = known[0].signed_in_at
            entered = {"created_at": at, "signed_in_at": at}
            rows[accounts.name].append({"id": account_id, "standing": known[0].standing.value, **entered})
            claimed = {number: vault.index(number) for one in known if (number := one.national_id) is not None}
            proven = {one.national_id for one in known if one.assurance is Assurance.VERIFIED}
            rows[national_ids.name] += [
                {**_claimed(account_id, number, vault, at), "proven": number in proven} for number in claimed
            ]
            for n, one in enumerate(known):
                index_of_one = claimed[one.national_id] if one.national_id is not None else None
                key = {"issuer": one.issuer, "subject": one.subject, "account_id": account_id}
                facts = of_the_sign_in(one) | of_the_person(one, index_of_one)
                rows[identities.name].append({**key, "linked_at": at + timedelta(seconds=n), **facts})
        with engine.begin() as connection:
            for table in (accounts, national_ids, identities):
                if rows[table.name]:
                    connection.execute(insert(table), rows[table.name])


def write_numbers(engine: Engine, numbers: Iterable[NationalId], vault: Vault) -> None:
    """An account for each number, with no identity, by their place."""
    given = enumerate(numbers)
    at = BY_ECPA.signed_in_at
    while some := [*islice(given, _AT_ONCE)]:
        with engine.begin() as connection:
            entered = {"standing": "government", "created_at": at, "signed_in_at": at}
            connection.execute(insert(accounts), [{"id": f"{n:08}", **entered} for n, _ in some])
            connection.execute(insert(national_ids), [_claimed(f"{n:08}", number, vault, at) for n, number in some])


def _claimed(account_id: str, number: NationalId, vault: Vault, at: datetime) -> dict[str, object]:
    sealed = {"keyed_index": vault.index(number), "account_id": account_id, "sealed": vault.encrypt(number)}
    return {**sealed, "since": at, "last_seen": at}
