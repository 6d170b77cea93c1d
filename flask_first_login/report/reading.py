"""What the report asks of the database, and what it makes of one stored identity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, false, func, or_, select, type_coerce
from sqlalchemy.types import NULLTYPE

from ..accounts.rows import identity_of, moment_of
from ..accounts.tables import identities, national_ids
from ..errors import place_of
from ..hours import Authority, HoursRule, UnknownKind, Verdict, assess
from ..masking import log_exception
from ..national_id import NationalId
from ..sealing import LostKeyError, Vault
from .facts_in_sql import UNKNOWN_VALUE, Finding, decoded, finding, is_verdict, needs_python, reported, unreadable

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

    def read(self, stored: Row[*tuple[Any, ...]], opened: dict[bytes, NationalId]) -> Read:
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

    def _number(self, stored: Row[*tuple[Any, ...]], opened: dict[bytes, NationalId]) -> NationalId | None:
        if self._vault is None or stored.national_id_index is None:
            return None
        index = stored.national_id_index
        if index not in opened:
            opened[index] = self._vault.decrypt(stored.sealed or b"", index=index)  # a row that is gone is no seal
        return opened[index]

    def _assessed(self, stored: Row[*tuple[Any, ...]], number: NationalId | None) -> tuple[Finding, ...]:
        identity = identity_of(stored, number)
        try:
            report = assess([identity], self._in_python, self._rules, unknown_kind=self._unknown_kind)
        except Exception as error:  # of a rule of the host: whatever it raises, the next account is no worse for it
            self._tell(error)
            return (unreadable(RULE_FAILED),) * len(self._in_python)
        return tuple(reported(judged) for judged in report.reports)

    def _tell(self, error: Exception) -> None:
        """Leave the frames of a rule that fails in the log, once for each place at which it does."""
        if (place := place_of(error)) not in self._failed_at:
            self._failed_at.add(place)
            log_exception(error, "a rule of the hours failed: %s", place)

    def _unreadable(self, stored: Row[*tuple[Any, ...]], code: str) -> Read:
        return Read((unreadable(code),) * len(self.keys), stored[1], None, None)


def _as_stored(facts: Sequence[ColumnElement[Any]]) -> Iterator[ColumnElement[Any]]:
    return (type_coerce(fact, NULLTYPE).label(fact.name) for fact in facts)


def signed_in_since(since: datetime) -> ColumnElement[bool]:
    """Leaves out the accounts of which no identity signed in since then."""
    return identities.c.account_id.in_(select(identities.c.account_id).where(identities.c.signed_in_at >= since))


def _judged(findings: Sequence[ColumnElement[int]], verdict: Verdict) -> ColumnElement[bool]:
    """Leaves out the accounts of which no authority says this: the best finding of an account is its least."""
    best = (is_verdict(func.min(column), verdict) for column in findings)
    found = select(identities.c.account_id).group_by(identities.c.account_id).having(or_(false(), *best))
    return identities.c.account_id.in_(found)
