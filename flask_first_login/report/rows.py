"""The report row by row: one for each account and authority, in constant memory however many there are."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from ..accounts.tables import identities
from ..hours import AUTHORITIES, Authority, HoursRule, UnknownKind
from ..national_id import NationalId
from ..sealing import Vault
from .reading import Read, Reading, signed_in_since

_AT_ONCE = 2000
#: Memory of the database in which it may sort, in octets: as much as a million identities need.
_SORTED_IN = 256 * 1024**2


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
    with session.execute(statement, execution_options={"yield_per": _AT_ONCE}) as stored:
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
        Row(account, key, *one.findings[place][1:], one.provider, one.number, last)
        for place, (key, one) in enumerate(zip(keys, best, strict=True))
    ]
