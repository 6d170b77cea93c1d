"""What is remembered of verdicts, and how what is kept of a person is told to that person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache

from ..hours import Authority, HoursReport, Verdict
from ..identity import Identity
from ..national_id import NationalId
from ..pseudonyms import holds_number

MASKED = "****"
_VERDICTS = {verdict.value: verdict for verdict in Verdict}


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """What one authority made of an account at one time. ``reasons``: codes, ``version``: of the rules."""

    authority: str
    verdict: str
    reasons: str
    version: str
    at: datetime

    def says_the_same(self, other: VerdictRecord | None) -> bool:
        return other is not None and self._told == other._told

    @property
    def _told(self) -> tuple[str, str, str]:
        return self.verdict, self.reasons, self.version


@dataclass(frozen=True, slots=True)
class VerdictChange:
    """An authority now says something else. ``before`` is None when it was never asked about this account."""

    authority: str
    before: Verdict | None
    after: Verdict


@dataclass(frozen=True, slots=True)
class Review:
    """Another number came for a known identity: ``stored`` is the identity as it is kept, ``sent`` as it came last."""

    id: str
    account: str
    stored: Identity
    sent: Identity
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Settled:
    """What an operator settled: of which account, and which other account lost the number by it, if any."""

    account: str
    taken_from: str | None = None


@dataclass(frozen=True, slots=True)
class Dispute:
    """``account`` brought a number that ``holder`` holds; None when nobody holds it any more."""

    account: str
    holder: str | None
    number: NationalId
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows went because their time was over."""

    digests: int
    acknowledgements: int
    verdicts: int


def unrecorded(report: HoursReport, last: Mapping[str, VerdictRecord], at: datetime) -> list[VerdictRecord]:
    """What of ``report`` differs from the last records, by authority, in verdict, reasons or rules."""
    now = (
        VerdictRecord(
            judged.authority.key,
            judged.verdict.value,
            " ".join(reason.code for reason in judged.reasons),
            rules_version(judged.authority),
            at,
        )
        for judged in report.values()
    )
    return [record for record in now if not record.says_the_same(last.get(record.authority))]


def changes(new: list[VerdictRecord], last: Mapping[str, VerdictRecord]) -> tuple[VerdictChange, ...]:
    """Those of the new records whose verdict is another; a new reason for the same verdict is none."""
    pairs = ((record, last.get(record.authority)) for record in new)
    return tuple(
        VerdictChange(record.authority, _VERDICTS.get(before.verdict) if before else None, Verdict(record.verdict))
        for record, before in pairs
        if before is None or before.verdict != record.verdict
    )


@lru_cache(maxsize=64)
def rules_version(authority: Authority) -> str:
    """Twelve characters that name what this authority requires; they differ as soon as that does."""
    asked = {field.name: getattr(authority.requires, field.name) for field in fields(authority.requires)}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=sorted).encode()).hexdigest()[:12]


def told_of(record: Mapping[str, object], *, reveal: bool = False) -> dict[str, object]:
    """A record as JSON can hold it. A key that holds a national ID, from before such keys were pseudonyms, is told as
    masked as the number itself."""
    found = {name: told(value, reveal=reveal) for name, value in record.items()}
    subject = found.get("subject")
    if not reveal and isinstance(subject, str) and holds_number(subject):
        found["subject"] = MASKED
    return found


def told(value: object, *, reveal: bool = False) -> object:
    """One stored value as JSON can hold it; a national ID masked, unless it is to be revealed."""
    match value:
        case NationalId():
            return value.reveal() if reveal else value.masked
        case datetime():
            return value.astimezone(UTC).isoformat()
        case date():
            return value.isoformat()
        case Enum():
            return value.name.lower()
        case _:
            return value
