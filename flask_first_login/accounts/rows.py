"""How an identity, an account and the verdicts on it stand in their rows: read, written and locked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import and_, insert, literal, select, union_all, update
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement, CompoundSelect, Select, SelectBase

from ..hours import HoursReport
from ..identity import Account, Assurance, Identity, Kind, NumberState, Standing
from ..national_id import NationalId
from ..sealing import Vault
from .mariadb import MARIADB
from .records import VerdictChange, VerdictRecord, changes, unrecorded
from .tables import accounts, disputes, identities, national_ids, verdicts

#: The encoding of the files that the lifelong-learning portal takes; the one that a report asks the database about.
CP950 = "cp950"

# --- an identity ---


def of_the_sign_in(identity: Identity) -> dict[str, object]:
    """What every sign-in refreshes."""
    return {
        "provider": identity.provider,
        "standing": identity.standing.value,
        "kind": identity.kind.value,
        "signed_in_at": identity.signed_in_at,
        "method": identity.method,
        "email": identity.email,
    }


def of_the_person(identity: Identity, keyed_index: bytes | None) -> dict[str, object]:
    """A number and the name and the proof it came with: they change together, or await review together."""
    number = identity.national_id
    return {
        "assurance": identity.assurance.value,
        "name": identity.name,
        "name_given": identity.has_name,
        "name_in_cp950": identity.name_fits(CP950),
        "national_id_index": keyed_index,
        "id_kind": number.kind.value if number is not None else None,
        "national_id_invalid": identity.national_id_invalid,
        "birth_date": identity.birth_date,
        "number_state": identity.number_state.value,
    }


def identity_of(row: Row[Any], national_id: NationalId | None) -> Identity:
    """The identity of a row, with its number opened.

    :raises ValueError: the row holds what this version does not know, such as a kind of a later one.
    """
    return Identity(
        provider=row.provider,
        issuer=row.issuer,
        subject=row.subject,
        standing=Standing(row.standing),
        kind=Kind(row.kind),
        assurance=Assurance(row.assurance),
        signed_in_at=moment_of(row.signed_in_at),
        method=row.method,
        name=row.name,
        national_id=national_id,
        national_id_invalid=bool(row.national_id_invalid),
        birth_date=_date_of(row.birth_date),
        email=row.email,
        number_state=NumberState(row.number_state),
    )


def moment_of(stored: object) -> datetime:
    """An aware UTC time, of what the driver gives: SQLite keeps a text without a zone, MariaDB a time without one.

    :raises ValueError: what is stored is no time.
    """
    if isinstance(stored, datetime):
        return stored.astimezone(UTC) if stored.tzinfo else stored.replace(tzinfo=UTC)
    return datetime.fromisoformat(f"{stored}+00:00")


def _date_of(stored: object) -> date | None:
    if stored is None or isinstance(stored, date):
        return stored
    return date.fromisoformat(str(stored))


def has_key(issuer: str, subject: str) -> ColumnElement[bool]:
    """Whether a row of `identities` is that of this identity."""
    return and_(identities.c.issuer == issuer, identities.c.subject == subject)


def held_by(keyed_index: bytes) -> Select[tuple[str]]:
    """Ask for the id of the account that holds a number."""
    return select(national_ids.c.account_id).where(national_ids.c.keyed_index == keyed_index)


# --- an account ---


@dataclass(slots=True)
class _Numbers:
    """The numbers of an account by their keyed index, in the order in which it got them or lost them."""

    claimed: dict[bytes, NationalId] = field(default_factory=dict)
    lost: dict[bytes, NationalId] = field(default_factory=dict)
    proven: set[NationalId] = field(default_factory=set)


def read_accounts(
    session: Session, vault: Callable[[], Vault], account_ids: SelectBase | Sequence[str]
) -> dict[str, Account]:
    """The accounts with these ids. Their identities are read before their numbers: one that goes meanwhile is noticed.

    The vault is asked for only when there is a number to open.
    """
    in_order = (identities.c.linked_at, identities.c.issuer, identities.c.subject)
    linked = select(identities).where(identities.c.account_id.in_(account_ids)).order_by(*in_order)
    of_accounts: dict[str, list[Row[Any]]] = {}
    for row in session.execute(linked):
        of_accounts.setdefault(row.account_id, []).append(row)
    numbers = _read_numbers(session, vault, [*of_accounts]) if of_accounts else {}
    return {account_id: _account_of(account_id, rows, numbers[account_id]) for account_id, rows in of_accounts.items()}


def _read_numbers(session: Session, vault: Callable[[], Vault], account_ids: list[str]) -> dict[str, _Numbers]:
    held, brought = national_ids.c, disputes.c
    claimed = select(held.account_id, held.keyed_index, held.sealed, held.since, held.proven, literal(False))
    lost = select(
        brought.account_id, brought.keyed_index, brought.sealed, brought.opened_at, literal(False), literal(True)
    )
    asked = union_all(claimed.where(held.account_id.in_(account_ids)), lost.where(brought.account_id.in_(account_ids)))
    found = {account_id: _Numbers() for account_id in account_ids}
    for account_id, keyed_index, sealed, _, is_proven, is_lost in session.execute(asked.order_by("since")):
        numbers = found[account_id].lost if is_lost else found[account_id].claimed
        numbers[keyed_index] = number = vault().decrypt(sealed, index=keyed_index)
        if is_proven:
            found[account_id].proven.add(number)
    return found


def _account_of(account_id: str, rows: list[Row[Any]], numbers: _Numbers) -> Account:
    return Account(
        account_id,
        tuple(_numbered(row, numbers) for row in rows),
        tuple(numbers.claimed.values()),
        tuple(numbers.lost.values()),
        frozenset(numbers.proven),
    )


def _numbered(row: Row[Any], numbers: _Numbers) -> Identity:
    """The identity of a row. A number that went between the two questions is another account's by now."""
    if row.national_id_index in numbers.lost:
        return replace(identity_of(row, None), number_state=NumberState.DISPUTED)
    return identity_of(row, numbers.claimed.get(row.national_id_index))


def lock(session: Session, account_id: str) -> bool:
    """Hold the account's row until the end of the transaction; False when it is gone.

    An update that changes nothing, because SQLite has no other way to say so.
    """
    touched = update(accounts).where(accounts.c.id == account_id).values(id=account_id)
    return session.connection().execute(touched).rowcount == 1


def lock_each(session: Session, account_ids: Select[tuple[str]] | CompoundSelect[tuple[str]]) -> SelectBase | list[str]:
    """Hold the rows of these accounts, in the order of their ids, so that two requests never wait for each other.

    What it returns names them to `read_accounts`: in MariaDB the ids, since it would go through a whole table to find
    those of a union, and hold every row on its way.
    """
    if session.connection().dialect.name in MARIADB:
        ids = [*session.scalars(account_ids)]
        held = select(accounts.c.id).where(accounts.c.id.in_(ids)).order_by(accounts.c.id).with_for_update()
        return [*session.scalars(held)] if ids else ids
    these = accounts.alias()
    in_order = select(these.c.id).where(these.c.id.in_(account_ids)).order_by(these.c.id).with_for_update()
    session.execute(update(accounts).where(accounts.c.id.in_(in_order)).values(id=accounts.c.id))
    return account_ids


# --- the verdicts on an account ---


def read_verdicts(session: Session, account_id: str) -> tuple[dict[str, VerdictRecord], dict[str, int]]:
    """The newest record of each authority, and its number."""
    history = select(verdicts).where(verdicts.c.account_id == account_id).order_by(verdicts.c.number)
    rows = {row.authority: row for row in session.execute(history)}
    records = {
        authority: VerdictRecord(authority, row.verdict, row.reasons, row.version, row.at)
        for authority, row in rows.items()
    }
    return records, {authority: row.number for authority, row in rows.items()}


def record_verdicts(session: Session, account_id: str, report: HoursReport, now: datetime) -> tuple[VerdictChange, ...]:
    """Write what differs from the newest records of the account, which is locked, and tell whose verdict is another."""
    last, numbers = read_verdicts(session, account_id)
    new = unrecorded(report, last, now)
    if new:
        session.execute(insert(verdicts), [_row_of(account_id, record, numbers) for record in new])
    return changes(new, last)


def _row_of(account_id: str, record: VerdictRecord, numbers: Mapping[str, int]) -> dict[str, object]:
    return {
        "account_id": account_id,
        "number": numbers.get(record.authority, 0) + 1,
        "authority": record.authority,
        "verdict": record.verdict,
        "reasons": record.reasons,
        "version": record.version,
        "at": record.at,
    }
