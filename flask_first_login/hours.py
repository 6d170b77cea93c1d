"""May the learning hours be sent to the authorities that accredit them, and if not, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache, partial

from .authorities import (
    AUTHORITIES,
    ENVIRONMENTAL,
    LIFELONG,
    OF_UNKNOWN_KIND,
    TEACHER,
    Authority,
    Requirements,
    UnknownKind,
)
from .facts import Encoders, Facts, PlainFacts, encoders, facts_of
from .identity import Identity, Kind, NumberState, Standing
from .reasons import (
    ASSURANCE_TOO_LOW,
    ID_KIND_NOT_ACCEPTED,
    INVALID_NATIONAL_ID,
    NAME_NOT_ENCODABLE,
    NATIONAL_ID_UNDER_REVIEW,
    NO_BIRTH_DATE,
    NO_NAME,
    NO_NATIONAL_ID,
    NOT_CIVIL_SERVANT,
    NUMBER_DISPUTED,
    REASONS,
    SOCIAL_IDENTITY,
    Reason,
    Remedy,
)

__all__ = [
    "AUTHORITIES",
    "ENVIRONMENTAL",
    "LIFELONG",
    "REASONS",
    "TEACHER",
    "Authority",
    "AuthorityReport",
    "HoursReport",
    "HoursRule",
    "Learner",
    "Reason",
    "Remedy",
    "Requirements",
    "UnknownKind",
    "Verdict",
    "assess",
]


class Verdict(StrEnum):
    """``HELD``: not yet, the learner can still supply what is missing. ``REFUSED``: never, under this identity."""

    UPLOADABLE = "uploadable"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Learner:
    """What a host's rule is asked about: one government identity before one authority."""

    identity: Identity
    authority: Authority


#: What a number that does not count holds the hours with.
IN_DOUBT: Mapping[str, Reason] = {
    NumberState.DISPUTED: NUMBER_DISPUTED,
    NumberState.UNDER_REVIEW: NATIONAL_ID_UNDER_REVIEW,
}
HoursRule = Callable[[Learner], Reason | None]


@dataclass(frozen=True, slots=True)
class AuthorityReport:
    """The verdict of one authority, with every reason against it in the order they are checked."""

    authority: Authority
    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    @property
    def uploadable(self) -> bool:
        return self.verdict is Verdict.UPLOADABLE


@dataclass(frozen=True, slots=True)
class HoursReport(Mapping[str, AuthorityReport]):
    """One `AuthorityReport` by each authority's key, and whether a printed certificate shows the national ID."""

    reports: tuple[AuthorityReport, ...]
    certificate_shows_id: bool

    def __getitem__(self, key: str) -> AuthorityReport:
        for report in self.reports:
            if report.authority.key == key:
                return report
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (report.authority.key for report in self.reports)

    def __len__(self) -> int:
        return len(self.reports)

    @property
    def uploadable(self) -> tuple[str, ...]:
        """The keys of the authorities that take this learner's hours."""
        return tuple(report.authority.key for report in self.reports if report.uploadable)


def assess(
    identities: Sequence[Identity],
    authorities: Sequence[Authority] = AUTHORITIES,
    rules: Sequence[HoursRule] = (),
    *,
    unknown_kind: UnknownKind = UnknownKind.ASK,
) -> HoursReport:
    """Assess one learner by the identities of their account; reads and writes nothing.

    Each authority takes the identity that serves the learner best. One whose number is in doubt is
    held, whatever the authority asks: who learnt is not certain until that is settled. A social identity is refused
    whatever it carries, and no rule is asked about it, so none can talk the portal into an upload
    (seed item 76). A reason of a host's rule holds the hours, under the code ``host_rule:<code>``.
    """
    table = tuple(authorities)
    known, asked = _compiled(table, unknown_kind)
    facts: tuple[PlainFacts, ...] = ()
    for one in identities:
        facts += (facts_of(one, asked),)
    if not rules:
        return known(facts)

    def of_host(place: int, authority: Authority) -> Iterator[Reason]:
        for rule in rules:
            if (reason := rule(Learner(identities[place], authority))) is not None:
                yield replace(reason, code=f"host_rule:{reason.code}")

    return _judged(table, unknown_kind, facts, of_host)


#: What the rules of a host hold against the identity at this place, before this authority.
_OfHost = Callable[[int, Authority], Iterable[Reason]]


@lru_cache(maxsize=64)
def _compiled(
    authorities: tuple[Authority, ...], unknown_kind: UnknownKind
) -> tuple[Callable[[tuple[PlainFacts, ...]], HoursReport], Encoders]:
    """What these authorities say, as one function, and the encodings they ask for.

    Accounts differ in few facts: each report is made once, and kept; it holds nothing of anybody.
    """
    encodings = {one.requires.name_encoding for one in authorities}
    judged = partial(_judged, authorities, unknown_kind, of_host=lambda place, authority: ())
    return lru_cache(maxsize=4096)(judged), encoders(encodings)


def _judged(
    authorities: tuple[Authority, ...], unknown_kind: UnknownKind, of_account: tuple[PlainFacts, ...], of_host: _OfHost
) -> HoursReport:
    facts = [Facts._make(one) for one in of_account]
    return HoursReport(
        tuple(_best(facts, authority, unknown_kind, of_host) for authority in authorities),
        certificate_shows_id=any(
            one.standing != Standing.SOCIAL
            and one.id_kind is not None
            and one.has_name
            and one.number_state == NumberState.ACCEPTED
            for one in facts
        ),
    )


def _best(facts: Sequence[Facts], authority: Authority, unknown_kind: UnknownKind, of_host: _OfHost) -> AuthorityReport:
    if not facts:
        return AuthorityReport(authority, Verdict.HELD, (NO_NATIONAL_ID,))
    reports = [_report(one, authority, unknown_kind, of_host, place) for place, one in enumerate(facts)]
    # Enum order is best first; of two that are held, the one with less left to do.
    return min(reports, key=lambda report: (list(Verdict).index(report.verdict), len(report.reasons)))


def _report(
    facts: Facts, authority: Authority, unknown_kind: UnknownKind, of_host: _OfHost, place: int
) -> AuthorityReport:
    if facts.standing == Standing.SOCIAL:
        return AuthorityReport(authority, Verdict.REFUSED, (SOCIAL_IDENTITY,))
    reasons = (*_unmet(facts, authority.requires, unknown_kind), *of_host(place, authority))
    return AuthorityReport(authority, Verdict.HELD if reasons else Verdict.UPLOADABLE, reasons)


def _unmet(facts: Facts, requires: Requirements, unknown_kind: UnknownKind) -> Iterator[Reason]:
    missing = [*_missing(facts, requires)]
    yield from missing
    # Who has yet to give an ID or a name is told that alone: giving it raises the assurance too.
    if not missing and facts.assurance < requires.assurance:
        yield ASSURANCE_TOO_LOW
    if facts.id_kind is not None and facts.id_kind not in requires.id_kinds:
        yield ID_KIND_NOT_ACCEPTED
    if requires.civil_servant and (reason := _civil_status(facts.kind, unknown_kind)) is not None:
        yield reason
    if requires.birth_date and not facts.has_birth_date:
        yield NO_BIRTH_DATE
    if requires.name_encoding in facts.unfit:
        yield NAME_NOT_ENCODABLE


def _missing(facts: Facts, requires: Requirements) -> Iterator[Reason]:
    if facts.number_state != NumberState.ACCEPTED:  # then it is no use to ask for a number, or for another one
        yield IN_DOUBT[facts.number_state]
    elif requires.national_id and facts.id_kind is None:
        yield INVALID_NATIONAL_ID if facts.national_id_invalid else NO_NATIONAL_ID
    if requires.name and not facts.has_name:
        yield NO_NAME


def _civil_status(kind: Kind, unknown_kind: UnknownKind) -> Reason | None:
    if kind == Kind.UNKNOWN:
        return OF_UNKNOWN_KIND[unknown_kind]
    return None if kind == Kind.CIVIL_SERVANT else NOT_CIVIL_SERVANT
