"""The report row by row: one for each account and authority, in constant memory however many there are."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from itertools import groupby, repeat
from operator import itemgetter
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..accounts.tables import identities
from ..hours import AUTHORITIES, Authority, HoursRule, UnknownKind
from ..national_id import NationalId
from ..sealing import Vault
from .finding import Finding
from .reading import Read, Reading, signed_in_since

_AT_ONCE = 1000
_Found = tuple[str, Finding, str, NationalId | None]


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
    with session.execute(statement, execution_options={"yield_per": _AT_ONCE}) as stored:
        for account, of_account in groupby(stored, key=itemgetter(0)):
            opened: dict[bytes, NationalId] = {}
            last, found = _best(reading.keys, [reading.read(one, opened) for one in of_account])
            for key, (_, judged, reasons), provider, number in found:
                if verdict is None or judged == verdict:
                    yield Row(account, key, judged, reasons, provider, number, last)


def _best(keys: Sequence[str], read: list[Read]) -> tuple[datetime | None, Iterable[_Found]]:
    """When the account last signed in, and for each authority what it makes of the identity that serves it best."""
    if len(read) == 1:  # as nearly every account has, so nothing is made for it that is not needed
        ((findings, provider, number, last),) = read
        return last, zip(keys, findings, repeat(provider), repeat(number), strict=False)  # the last two never end
    best = [min(read, key=lambda one: one.findings[place].rank) for place in range(len(keys))]
    last = max((one.signed_in_at for one in read if one.signed_in_at is not None), default=None)
    return last, ((keys[place], one.findings[place], one.provider, one.number) for place, one in enumerate(best))
