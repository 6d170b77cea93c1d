"""What a store is asked and what it answers: a sign-in, a verdict, a number in doubt, and what is kept of a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache

from ..hours import REASONS, Authority, HoursReport, Verdict
from ..identity import Account, Assurance, Identity, Standing
from ..linking import Decision
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
    def meant(self) -> Verdict | None:
        """The verdict in today's terms; None of one that this version does not know.

        What is not meant for an account was recorded as held before there was a verdict for it.
        """
        if self.verdict == Verdict.HELD and any(REASONS[code].not_applicable for code in self._shipped_codes):
            return Verdict.NOT_APPLICABLE
        return _VERDICTS.get(self.verdict)

    @property
    def _shipped_codes(self) -> Iterator[str]:
        return filter(REASONS.__contains__, self.reasons.split())

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


@dataclass(frozen=True, slots=True)
class KeptAt:
    """What an account has of one issuer: the subjects of its identities, and the standing that they and it have."""

    account: str
    standing: Standing
    subjects: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Presented:
    """An identity that asks for its account, as far as a store must know it.

    ``subjects`` are the keys under which it may be kept: the first that is found counts. ``former`` are the issuers at
    which its provider was before: it is looked for there when ``issuer`` knows it not. ``current`` is the account that
    is signed in in this browser. ``consent`` is a digest, and its time, that is used up with what is written.
    """

    issuer: str
    subjects: tuple[str, ...] = field(repr=False)
    national_id: NationalId | None = None
    current: str | None = None
    consent: tuple[bytes, datetime] | None = field(default=None, repr=False)
    former: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Every key that it may be kept under, the one that counts first."""
        return tuple((issuer, subject) for issuer in (self.issuer, *self.former) for subject in self.subjects)

    def moved_from(self, issuer: str | None) -> str | None:
        """Give the issuer of a key that was found, where that is a former one."""
        return None if issuer == self.issuer else issuer


@dataclass(frozen=True, slots=True)
class Known:
    """What a store has of a presented identity: its account, and the ``subject`` it is kept under there, the account
    that holds its number, and the one that is signed in. ``issuer`` is that of its key, where that is a former one."""

    owner: Account | None = None
    subject: str | None = field(default=None, repr=False)
    holder: Account | None = None
    current: Account | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was decided, and the identity as it is to be kept. ``kept_under`` is another subject it has until now."""

    identity: Identity
    decision: Decision
    kept_under: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Admission:
    """A judgement that was carried out, where it was to be: the ``account`` as it is now, if it is still there.

    ``report`` and ``changes`` are what the authorities make of it, where that was recorded with it.
    """

    judgement: Judgement
    account_id: str | None = None
    account: Account | None = None
    report: HoursReport | None = None
    changes: tuple[VerdictChange, ...] | None = None


Judge = Callable[[Known], Judgement]
Assess = Callable[[Account], HoursReport]


def accepted(account: Account, identity: Identity) -> Account:
    """The account once a known identity of it was refreshed, and its number accepted, if it brought one."""
    number = identity.national_id
    return replace(
        account,
        identities=tuple(identity if known.key == identity.key else known for known in account.identities),
        claimed=account.claimed if number is None or number in account.claimed else (*account.claimed, number),
        lost=tuple(lost for lost in account.lost if lost != number),
        proven=account.proven | proven_by(identity),
    )


def proven_by(identity: Identity) -> frozenset[NationalId]:
    """The number that an identity proves, as it is accepted; empty when it only declares one."""
    number = identity.national_id
    return frozenset({number} if number is not None and identity.assurance is Assurance.VERIFIED else ())


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
        VerdictChange(record.authority, before.meant if before else None, Verdict(record.verdict))
        for record, before in pairs
        if before is None or before.meant != record.verdict
    )


@lru_cache(maxsize=64)
def rules_version(authority: Authority) -> str:
    """Twelve characters that name what this authority requires; they differ as soon as that does."""
    asked = {rule.name: getattr(authority.requires, rule.name) for rule in fields(authority.requires)}
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
