"""What a person may ask of the database: to see what it keeps of them, and to be forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, delete, exists, func, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement, Delete

from ..identity import Assurance
from ..sealing import LostKeyError, Vault
from .records import Pruned, told, told_of
from .rows import lock
from .tables import accounts, acknowledgements, disputes, identities, national_ids, reviews, used_digests, verdicts

UNREADABLE = "unreadable"
#: Where rows of an account are, the account itself last: SQLite enforces no foreign key unless it is told to.
_OF_AN_ACCOUNT = (verdicts, acknowledgements, reviews, disputes, identities, national_ids)
_INSTEAD = {"account_id", "keyed_index", "national_id_index", "sealed"}
_ASSURANCES = {assurance.value: assurance for assurance in Assurance}


def export(session: Session, account_id: str, vault: Callable[[], Vault], *, reveal: bool) -> dict[str, object]:
    """Every row that names the account, by table; a number takes the place of its seal and of its index.

    :raises LookupError: there is no such account.
    """
    account = session.execute(select(accounts).where(accounts.c.id == account_id)).mappings().first()
    if account is None:
        raise LookupError(f"There is no account {account_id!r}.")
    found = {table.name: _rows(session, table, account_id) for table in _OF_AN_ACCOUNT}
    numbers = {row["keyed_index"]: _opened(row, vault, reveal) for row in found[national_ids.name]}
    return {
        "account": _record(account),
        "identities": [
            {**_record(row, reveal=reveal), "national_id": numbers.get(row["national_id_index"])}
            for row in found[identities.name]
        ],
        "national_ids": [
            {"national_id": numbers[row["keyed_index"]], **_record(row)} for row in found[national_ids.name]
        ],
        "reviews": [_with_number(row, vault, reveal) for row in found[reviews.name]],
        "disputes": [_with_number(row, vault, reveal) for row in found[disputes.name]],
        "verdicts": [_record(row) for row in found[verdicts.name]],
        "acknowledgements": [_record(row) for row in found[acknowledgements.name]],
    }


def erase(session: Session, account_id: str) -> bool:
    """Delete every row of the account; False when it has none. Its numbers may then come to another account."""
    if not lock(session, account_id):
        return False
    for table in _OF_AN_ACCOUNT:
        session.execute(delete(table).where(table.c.account_id == account_id))
    session.execute(delete(accounts).where(accounts.c.id == account_id))
    return True


def prune(
    session: Session, now: datetime, *, acknowledged_before: datetime | None, judged_before: datetime | None
) -> Pruned:
    """Delete what is over; of verdicts never the newest, which is what the next one is compared with."""
    of_each = (verdicts.c.account_id, verdicts.c.authority)
    newest = select(*of_each, func.max(verdicts.c.number).label("number")).group_by(*of_each).subquery()
    is_its = and_(newest.c.account_id == verdicts.c.account_id, newest.c.authority == verdicts.c.authority)
    old = delete(verdicts).where(exists().where(is_its, verdicts.c.number < newest.c.number))
    return Pruned(
        digests=_delete(session, delete(used_digests), used_digests.c.until, now),
        acknowledgements=_delete(session, delete(acknowledgements), acknowledgements.c.at, acknowledged_before),
        verdicts=_delete(session, old, verdicts.c.at, judged_before),
    )


def _rows(session: Session, table: Table, account_id: str) -> list[RowMapping]:
    found = select(table).where(table.c.account_id == account_id).order_by(*table.primary_key)
    return [*session.execute(found).mappings()]


def _opened(row: RowMapping, vault: Callable[[], Vault], reveal: bool) -> object:
    try:
        return told(vault().decrypt(row["sealed"], index=row["keyed_index"]), reveal=reveal)
    except LostKeyError:
        return UNREADABLE


def _with_number(row: RowMapping, vault: Callable[[], Vault], reveal: bool) -> dict[str, object]:
    return {"national_id": _opened(row, vault, reveal), **_record(row, reveal=reveal)}


def _record(row: Mapping[Any, Any], *, reveal: bool = False) -> dict[str, object]:
    record = told_of({name: value for name, value in row.items() if name not in _INSTEAD}, reveal=reveal)
    if "assurance" in record:
        record["assurance"] = told(_ASSURANCES.get(row["assurance"], row["assurance"]))
    return record


def _delete(session: Session, statement: Delete, moment: ColumnElement[datetime], before: datetime | None) -> int:
    if before is None:
        return 0
    return session.connection().execute(statement.where(moment < before)).rowcount
