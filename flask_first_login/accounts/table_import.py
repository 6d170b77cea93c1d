"""Members whom a portal had before, brought into the tables: so many at a time, each batch whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, insert, or_, select, union
from sqlalchemy.orm import Session

from ..errors import AccountConflict
from ..identity import Standing
from ..sealing import Vault
from .decisions import conflicts_named
from .members import Member, Outcome, Register
from .number_cases import claim, regain
from .records import proven_by
from .rows import lock_each, of_the_person, of_the_sign_in
from .tables import accounts, identities, national_ids


class TableImports:
    """`Imports` in the tables; ``transaction`` makes a transaction of its own (see `SQLAlchemyAccounts`)."""

    transaction: Callable[[], AbstractContextManager[Session]]
    _vault: Callable[[], Vault]

    def bring_in(self, members: Sequence[Member], *, dry_run: bool = False) -> Sequence[Outcome]:
        try:
            with self.transaction() as session, conflicts_named():
                return _bring_in(session, self._vault, members, dry_run)
        except AccountConflict:
            pass  # somebody signed in meanwhile: the half without them is not kept waiting
        if len(members) == 1:
            return [Outcome.CHANGED]
        half = len(members) // 2
        parts = members[:half], members[half:]
        return [outcome for part in parts for outcome in self.bring_in(part, dry_run=dry_run)]


def _bring_in(
    session: Session, vault: Callable[[], Vault], members: Sequence[Member], dry_run: bool
) -> Sequence[Outcome]:
    numbers = (member.identity.national_id for member in members)
    marks = [vault().index(number) if number is not None else None for number in numbers]
    ids = {member.account for member in members}
    if not dry_run:
        lock_each(session, select(accounts.c.id).where(accounts.c.id.in_(ids)))
    known = _stored(session, members, ids, {mark for mark in marks if mark is not None})
    before: Register[bytes] = Register(holders={**known.holders}, standings={**known.standings})
    outcomes = [known.add(member, mark) for member, mark in zip(members, marks, strict=True)]
    if not dry_run:
        every = zip(members, marks, outcomes, strict=True)
        added = [(member, mark) for member, mark, outcome in every if outcome is Outcome.ADDED]
        _Batch(session, vault, before, datetime.now(UTC)).write(added)
    return outcomes


def _stored(session: Session, members: Sequence[Member], ids: set[str], marks: set[bytes]) -> Register[bytes]:
    row, number = identities.c, national_ids.c
    at: dict[str, set[str]] = {}
    for issuer, subject in (key for member in members for key in member.keys):
        at.setdefault(issuer, set()).add(subject)
    is_theirs = or_(*(and_(row.issuer == issuer, row.subject.in_(subjects)) for issuer, subjects in at.items()))
    owned = session.execute(select(row.issuer, row.subject, row.account_id).where(is_theirs))
    held = select(number.keyed_index, number.account_id)
    found = union(held.where(number.keyed_index.in_(marks)), held.where(number.account_id.in_(ids)))
    holders = {bytes(mark): account for mark, account in session.execute(found)}
    standings = session.execute(select(accounts.c.id, accounts.c.standing).where(accounts.c.id.in_(ids)))
    return Register(
        {(issuer, subject): account for issuer, subject, account in owned},
        holders,
        {account: Standing(standing) for account, standing in standings},
        {*holders.values()},
    )


@dataclass(frozen=True, slots=True)
class _Batch:
    """What writes the members of one transaction, by what was stored ``before``."""

    session: Session
    vault: Callable[[], Vault]
    before: Register[bytes]
    now: datetime

    def write(self, added: Sequence[tuple[Member, bytes | None]]) -> None:
        new = {
            member.account: {
                "id": member.account,
                "standing": member.identity.standing.value,
                "created_at": self.now,
                "signed_in_at": self.now,
            }
            for member, _ in added
            if member.account not in self.before.standings
        }
        self._insert(accounts, new.values())
        self._claim(added)
        self._insert(identities, (self._row(member, mark) for member, mark in added))

    def _claim(self, added: Sequence[tuple[Member, bytes | None]]) -> None:
        new: dict[bytes, dict[str, Any]] = {}
        for member, mark in added:
            number, proves = member.identity.national_id, bool(proven_by(member.identity))
            if number is None or mark is None:
                continue
            if mark in self.before.holders:
                claim(self.session, self.vault(), member.identity, number, member.account, self.now)
            elif mark in new:
                new[mark]["proven"] |= proves
            else:
                new[mark] = {
                    "keyed_index": mark,
                    "account_id": member.account,
                    "sealed": self.vault().encrypt(number),
                    "since": self.now,
                    "last_seen": self.now,
                    "proven": proves,
                }
                if member.account in self.before.standings:
                    regain(self.session, member.account, mark)
        self._insert(national_ids, new.values())

    def _row(self, member: Member, mark: bytes | None) -> dict[str, object]:
        identity = member.identity
        key = {"issuer": identity.issuer, "subject": identity.subject, "account_id": member.account}
        return {**key, "linked_at": self.now, **of_the_sign_in(identity), **of_the_person(identity, mark)}

    def _insert(self, table: Any, rows: Iterable[dict[str, Any]]) -> None:
        if made := [*rows]:
            self.session.execute(insert(table), made)
