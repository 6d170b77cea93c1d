"""How many accounts each authority judges how, and why: counted in the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from ..accounts.tables import identities
from ..hours import AUTHORITIES, Authority, HoursRule, UnknownKind, Verdict
from ..sealing import Vault
from .facts_in_sql import PLACE, UNREADABLE, decoded, finding, needs_python
from .rows import rows, signed_in_since

_ORDER = (*Verdict, UNREADABLE)


class Count(NamedTuple):
    """So many accounts have this verdict: all of them where ``reason`` is None, else those with this one of theirs."""

    authority: str
    verdict: str
    reason: str | None
    accounts: int


def summary(
    session: Session,
    authorities: Sequence[Authority] = AUTHORITIES,
    rules: Sequence[HoursRule] = (),
    *,
    unknown_kind: UnknownKind = UnknownKind.ASK,
    vault: Vault | None = None,
    since: datetime | None = None,
) -> list[Count]:
    """The counts of every authority in the order given, those of a verdict together, its reasons by their number.

    Where the database can judge, one statement counts and no number is opened, so that a lost key is
    not noticed; where `needs_python`, `rows` are counted.

    :raises ValueError: Python must judge, and there is no vault to open the numbers with.
    """
    in_sql = [authority for authority in authorities if not needs_python(authority, rules)]
    in_python = [authority for authority in authorities if authority not in in_sql]
    found = _counted(session, in_sql, unknown_kind, since) if in_sql else Counter()
    if in_python:
        read = rows(session, in_python, rules, unknown_kind=unknown_kind, vault=vault, since=since)
        found.update(Counter((row.authority, row.verdict, row.reasons) for row in read))
    return [count for authority in authorities for count in _counts(authority.key, found)]


_Found = Counter[tuple[str, str, tuple[str, ...]]]


def _counted(
    session: Session, authorities: Sequence[Authority], unknown_kind: UnknownKind, since: datetime | None
) -> _Found:
    """Of each account the best finding of every authority at once, and how many have the same ones.

    Nearly all accounts have one identity, whose findings are the best: only of the others must any be compared.
    """
    row = identities.c
    several = select(row.account_id).group_by(row.account_id).having(func.count() > 1).cte("several")
    findings = [
        finding(authority.requires, unknown_kind).label(f"finding_{n}") for n, authority in enumerate(authorities)
    ]
    place = func.row_number().over(partition_by=row.account_id, order_by=(row.linked_at, row.issuer, row.subject))
    asked = [] if since is None else [signed_in_since(since)]
    of_several = row.account_id == several.c.account_id  # joined, because PostgreSQL may search NOT IN row by row
    alone = select(*findings).outerjoin(several, of_several).where(several.c.account_id.is_(None), *asked)
    judged = select(row.account_id, (place * PLACE).label("place"), *findings)
    each = judged.join(several, of_several).where(*asked).subquery()
    least = select(*(func.min(each.c[column.name] + each.c.place).label(column.name) for column in findings))
    best = union_all(alone, least.group_by(each.c.account_id)).subquery()
    found: _Found = Counter()
    for *numbers, accounts in session.execute(select(*best.c, func.count()).group_by(*best.c)):
        for authority, reached in zip(authorities, decoded(tuple(numbers)), strict=True):
            found[authority.key, reached.verdict, reached.reasons] += accounts
    return found


def _counts(authority: str, found: _Found) -> Iterator[Count]:
    of_verdicts: Counter[str] = Counter()
    of_reasons: Counter[tuple[str, str]] = Counter()
    for (key, verdict, reasons), accounts in found.items():
        if key == authority:
            of_verdicts[verdict] += accounts
            of_reasons.update({(verdict, reason): accounts for reason in reasons})
    for verdict in sorted(of_verdicts, key=_ORDER.index):
        yield Count(authority, verdict, None, of_verdicts[verdict])
        of_this = [(-accounts, reason) for (of, reason), accounts in of_reasons.items() if of == verdict]
        for less_accounts, reason in sorted(of_this):
            yield Count(authority, verdict, reason, -less_accounts)
