"""The report row by row: one for each account and authority, in constant memory however many there are.

A `Reading` says what is asked of the database, and what is made of one stored identity; `rows` puts those of an account
together.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import false, func, or_, select, type_coerce
from sqlalchemy.engine import Connection
from sqlalchemy.engine import Row as StoredRow
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement, Select
from sqlalchemy.types import NULLTYPE

from ..accounts.rows import identity_of, moment_of
from ..accounts.tables import identities, national_ids
from ..errors import place_of
from ..hours import AUTHORITIES, Authority, HoursRule, UnknownKind, Verdict, assess
from ..masking import log_exception
from ..national_id import NationalId
from ..sealing import LostKeyError, Vault
from .facts_in_sql import UNKNOWN_VALUE, Finding, decoded, finding, is_verdict, needs_python, reported, unreadable

_AT_ONCE = 2000
#: Memory of the database in which it may sort, in octets: as much as a million identities need.
_SORTED_IN = 256 * 1024**2
LOST_KEY = "lost_key"
RULE_FAILED = "host_rule_failed"
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


class Read(NamedTuple):  # not a dataclass, because it is made for each of millions
    """One identity before every authority of `Reading.keys`, its number, and when it last signed in."""

    findings: tuple[Finding, ...]
    provider: str
    number: NationalId | None
    signed_in_at: datetime | None


class Reading:
    """How identities are read for these authorities: those for which Python must judge come last.

    :raises ValueError: Python must judge, and there is no vault to open the numbers with.
    """

    def __init__(
        self,
        authorities: Sequence[Authority],
        rules: Sequence[HoursRule],
        unknown_kind: UnknownKind,
        vault: Vault | None,
    ) -> None:
        self._in_python = [authority for authority in authorities if needs_python(authority, rules)]
        in_sql = [authority for authority in authorities if authority not in self._in_python]
        self.keys = [authority.key for authority in (*in_sql, *self._in_python)]
        if self._in_python and vault is None:
            raise ValueError(f"Python must judge for {self._in_python[0].key!r}, by whole identities: give a vault.")
        self._findings = [finding(authority.requires, unknown_kind) for authority in in_sql]
        self._end = 3 + len(self._findings)
        self._rules, self._unknown_kind, self._vault = rules, unknown_kind, vault
        self._failed_at: set[str] = set()

    def statement(self, verdict: str | None, since: datetime | None) -> Select[*tuple[Any, ...]]:
        """One row per identity, those of an account together and the first linked first.

        Its columns are account, provider, last sign-in, the findings, then what else `read` needs by name.

        The facts come as the driver gives them: a value that its column's type cannot read, as SQLite
        may hold, would end the whole report.
        """
        row, sealed = identities.c, national_ids.c.sealed
        always = [row.account_id, row.provider, row.signed_in_at]
        more: list[ColumnElement[Any]] = []
        if self._in_python:
            more += [column for column in row if column not in {*always}]
        elif self._vault is not None:
            more.append(row.national_id_index)
        if self._vault is not None:
            more.append(sealed)
        asked = select(*_as_stored(always), *self._findings, *_as_stored(more))
        if self._vault is not None:
            is_its = row.national_id_index == national_ids.c.keyed_index
            asked = asked.select_from(identities.outerjoin(national_ids, is_its))
        if since is not None:
            asked = asked.where(signed_in_since(since))
        if verdict in _VERDICTS and not self._in_python:
            asked = asked.where(_judged(self._findings, _VERDICTS[verdict]))
        return asked.order_by(row.account_id, row.linked_at, row.issuer, row.subject)

    def read(self, stored: StoredRow[*tuple[Any, ...]], opened: dict[bytes, NationalId]) -> Read:
        """What the row says. ``opened`` holds the numbers of the account that were opened already."""
        try:
            signed_in_at = moment_of(stored[2])  # by its place in the statement: a name would be looked up for each row
            number = self._number(stored, opened) if self._vault is not None else None
            findings = decoded(stored[3 : self._end])
            if self._in_python:
                findings += self._assessed(stored, number)
        except LostKeyError:
            return self._unreadable(stored, LOST_KEY)
        except (TypeError, ValueError):
            return self._unreadable(stored, UNKNOWN_VALUE)
        return Read(findings, stored[1], number, signed_in_at)

    def _number(self, stored: StoredRow[*tuple[Any, ...]], opened: dict[bytes, NationalId]) -> NationalId | None:
        if self._vault is None or stored.national_id_index is None:
            return None
        index = stored.national_id_index
        if index not in opened:
            opened[index] = self._vault.decrypt(stored.sealed or b"", index=index)  # a row that is gone is no seal
        return opened[index]

    def _assessed(self, stored: StoredRow[*tuple[Any, ...]], number: NationalId | None) -> tuple[Finding, ...]:
        identity = identity_of(stored, number)
        try:
            report = assess([identity], self._in_python, self._rules, unknown_kind=self._unknown_kind)
        except Exception as error:  # of a rule of the host: whatever it raises, the next account is no worse for it
            self._tell(error)
            return (unreadable(RULE_FAILED),) * len(self._in_python)
        return tuple(map(reported, report.reports))

    def _tell(self, error: Exception) -> None:
        """Leave the frames of a rule that fails in the log, once for each place at which it does."""
        if (place := place_of(error)) not in self._failed_at:
            self._failed_at.add(place)
            log_exception(error, "a rule of the hours failed: %s", place)

    def _unreadable(self, stored: StoredRow[*tuple[Any, ...]], code: str) -> Read:
        return Read((unreadable(code),) * len(self.keys), stored[1], None, None)


def _as_stored(facts: Sequence[ColumnElement[Any]]) -> Iterator[ColumnElement[Any]]:
    return (type_coerce(fact, NULLTYPE).label(fact.name) for fact in facts)


def signed_in_since(since: datetime) -> ColumnElement[bool]:
    """Leaves out the accounts of which no identity signed in since then."""
    return identities.c.account_id.in_(select(identities.c.account_id).where(identities.c.signed_in_at >= since))


def _judged(findings: Sequence[ColumnElement[int]], verdict: Verdict) -> ColumnElement[bool]:
    """Leaves out the accounts of which no authority says this: the best finding of an account is its least."""
    best = (is_verdict(func.min(number), verdict) for number in findings)
    found = select(identities.c.account_id).group_by(identities.c.account_id).having(or_(false(), *best))
    return identities.c.account_id.in_(found)


class Row(NamedTuple):  # not a dataclass, because it is made for each of millions
    """What one authority makes of one account, by the identity that serves the learner best.

    ``verdict`` is one of `Verdict`, or ``unreadable`` with one reason for that. ``signed_in_at`` is the
    last sign-in of the account, None when none can be read. ``national_id`` shows itself masked.
    """

    account: str
    authority: str
    verdict: str
    reasons: tuple[str, ...]
    provider: str
    national_id: NationalId | None
    signed_in_at: datetime | None


_row = tuple.__new__  # takes half the time of `Row` itself


def rows(
    session: Session,
    authorities: Sequence[Authority] = AUTHORITIES,
    rules: Sequence[HoursRule] = (),
    *,
    unknown_kind: UnknownKind = UnknownKind.ASK,
    vault: Vault | None = None,
    verdict: str | None = None,
    since: datetime | None = None,
) -> Generator[Row, None, None]:
    """Every account before every authority, by account id; ``verdict`` and ``since`` leave rows out.

    The database judges for the authorities for which it can; those that `needs_python` come last of
    an account. Without a ``vault`` no number is opened and none is shown, which is much quicker.
    ``since`` is the earliest last sign-in. An account of which something cannot be read has rows
    that say so, and the report goes on. The rows come as they are asked for, from a cursor that stays
    open on the session until the last, or until you close the generator: use it for nothing else meanwhile.
    In PostgreSQL the transaction may take 256 MiB for each sort.

    :raises ValueError: Python must judge, and there is no vault to open the numbers with.
    """
    return _streamed(session, Reading(authorities, rules, unknown_kind, vault), verdict, since)


def count_accounts(session: Session, since: datetime | None = None) -> int:
    """How many accounts `rows` goes through."""
    counted = select(func.count(identities.c.account_id.distinct()))
    return session.scalar(counted if since is None else counted.where(signed_in_since(since))) or 0


def _streamed(
    session: Session, reading: Reading, verdict: str | None, since: datetime | None
) -> Generator[Row, None, None]:
    statement = reading.statement(verdict, since)
    _plan_for_the_last_row(session.connection(bind_arguments={"clause": statement}))
    with closing(session.execute(statement, execution_options={"yield_per": _AT_ONCE})) as stored:
        for account, of_account in groupby(stored, key=itemgetter(0)):
            opened: dict[bytes, NationalId] = {}
            found = _found(account, reading.keys, [reading.read(row, opened) for row in of_account])
            yield from found if verdict is None else [row for row in found if row.verdict == verdict]


def _plan_for_the_last_row(connection: Connection) -> None:
    """Have PostgreSQL sort the rows once in memory, until the end of the transaction.

    For a cursor it would plan to give the first rows soon, and fetch each of millions by itself, by an index.
    """
    if connection.dialect.name == "postgresql":
        most = func.greatest(_SORTED_IN, func.pg_size_bytes(func.current_setting("work_mem")))
        wanted = {"cursor_tuple_fraction": "1", "work_mem": func.concat(most // 1024, "kB")}
        connection.execute(select(*(func.set_config(name, value, True) for name, value in wanted.items())))


def _found(account: str, keys: Sequence[str], read: list[Read]) -> list[Row]:
    """The rows of an account, from what was read of its identities."""
    if len(read) == 1:  # as nearly every account has, so nothing is made for it that is not needed
        ((findings, provider, number, last),) = read
        return [
            _row(Row, (account, key, verdict, reasons, provider, number, last))
            for key, (_, verdict, reasons) in zip(keys, findings, strict=True)
        ]
    last = max((known.signed_in_at for known in read if known.signed_in_at is not None), default=None)
    best = [min(read, key=lambda known: known.findings[place].rank) for place in range(len(keys))]
    return [
        Row(account, key, *served.findings[place][1:], served.provider, served.number, last)
        for place, (key, served) in enumerate(zip(keys, best, strict=True))
    ]
