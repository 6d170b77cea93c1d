"""May the learning hours be sent to the authorities that accredit them, and if not, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .identity import Assurance, Identity, Kind, NumberState
from .national_id import IdKind
from .reasons import (
    ASSURANCE_TOO_LOW,
    ID_KIND_NOT_ACCEPTED,
    INVALID_NATIONAL_ID,
    KIND_UNCONFIRMED,
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
from .text import Text

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


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an authority asks of a learner. ``name_encoding``: the codec its files are in, None for no limit.

    :raises LookupError: Python knows no such encoding of texts; better now than at somebody's sign-in.
    """

    national_id: bool = True
    name: bool = True
    assurance: Assurance = Assurance.DECLARED
    id_kinds: frozenset[IdKind] = frozenset(IdKind)
    civil_servant: bool = False
    birth_date: bool = False
    name_encoding: str | None = None

    def __post_init__(self) -> None:
        if self.name_encoding is not None:
            "".encode(self.name_encoding)


@dataclass(frozen=True, slots=True)
class Authority:
    """Somebody who accredits learning hours. ``key`` is stable; a host adds its own beside the shipped three."""

    key: str
    title: Text
    requires: Requirements = Requirements()


# The lifelong-learning portal takes Big5 files; cp950 is the Big5 that its tools write.
LIFELONG = Authority(
    "lifelong", Text("Lifelong learning", "終身學習"), Requirements(civil_servant=True, name_encoding="cp950")
)
ENVIRONMENTAL = Authority("environmental", Text("Environmental education", "環境教育"))
TEACHER = Authority("teacher", Text("Teacher training", "教師研習"))
AUTHORITIES = (LIFELONG, ENVIRONMENTAL, TEACHER)


class UnknownKind(StrEnum):
    """What an authority for civil servants makes of an identity whose provider did not say its kind."""

    ALLOW = "allow"
    DENY = "deny"
    ASK = "ask"


#: The reason against an identity whose kind is unknown, where only civil servants are accredited.
OF_UNKNOWN_KIND = {
    UnknownKind.ALLOW: None,
    UnknownKind.DENY: NOT_CIVIL_SERVANT,
    UnknownKind.ASK: KIND_UNCONFIRMED,
}


class Verdict(StrEnum):
    """``HELD``: not yet, the learner can still supply what is missing. ``REFUSED``: never, under this identity.

    ``NOT_APPLICABLE``: these hours are not meant for accounts of this kind, so that nothing is missing.
    """

    UPLOADABLE = "uploadable"
    HELD = "held"
    NOT_APPLICABLE = "not_applicable"
    REFUSED = "refused"


BEST_FIRST = tuple(Verdict)


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
    (seed item 76). A reason of a host's rule counts like ours, under the code ``host_rule:<code>``. Where a reason says
    that the hours are not meant for this kind of account, whatever else is missing is not told.
    """
    return HoursReport(
        tuple(
            _best([_report(known, authority, rules, unknown_kind) for known in identities], authority)
            for authority in authorities
        ),
        certificate_shows_id=any(_shows_id(known) for known in identities),
    )


def _best(reports: Sequence[AuthorityReport], authority: Authority) -> AuthorityReport:
    if not reports:
        return AuthorityReport(authority, Verdict.HELD, (NO_NATIONAL_ID,))
    # Of two that are held, the one with less left to do.
    return min(reports, key=lambda report: (BEST_FIRST.index(report.verdict), len(report.reasons)))


def _report(
    identity: Identity, authority: Authority, rules: Sequence[HoursRule], unknown_kind: UnknownKind
) -> AuthorityReport:
    if identity.is_social:
        return AuthorityReport(authority, Verdict.REFUSED, (SOCIAL_IDENTITY,))
    reasons = (*_unmet(identity, authority.requires, unknown_kind), *_of_host(identity, authority, rules))
    if not_meant := tuple(reason for reason in reasons if reason.not_applicable):
        return AuthorityReport(authority, Verdict.NOT_APPLICABLE, not_meant)
    return AuthorityReport(authority, Verdict.HELD if reasons else Verdict.UPLOADABLE, reasons)


def _of_host(identity: Identity, authority: Authority, rules: Sequence[HoursRule]) -> Iterator[Reason]:
    for rule in rules:
        if (reason := rule(Learner(identity, authority))) is not None:
            yield replace(reason, code=f"host_rule:{reason.code}")


def _unmet(identity: Identity, requires: Requirements, unknown_kind: UnknownKind) -> Iterator[Reason]:
    missing = [*_missing(identity, requires)]
    yield from missing
    # Who has yet to give an ID or a name is told that alone: giving it raises the assurance too.
    if not missing and identity.assurance < requires.assurance:
        yield ASSURANCE_TOO_LOW
    if identity.national_id is not None and identity.national_id.kind not in requires.id_kinds:
        yield ID_KIND_NOT_ACCEPTED
    if requires.civil_servant and (reason := _civil_status(identity.kind, unknown_kind)) is not None:
        yield reason
    if requires.birth_date and identity.birth_date is None:
        yield NO_BIRTH_DATE
    if requires.name_encoding is not None and not identity.name_fits(requires.name_encoding):
        yield NAME_NOT_ENCODABLE


def _missing(identity: Identity, requires: Requirements) -> Iterator[Reason]:
    if identity.number_state != NumberState.ACCEPTED:  # then it is no use to ask for a number, or for another one
        yield IN_DOUBT[identity.number_state]
    elif requires.national_id and identity.national_id is None:
        yield INVALID_NATIONAL_ID if identity.national_id_invalid else NO_NATIONAL_ID
    if requires.name and not identity.has_name:
        yield NO_NAME


def _civil_status(kind: Kind, unknown_kind: UnknownKind) -> Reason | None:
    if kind == Kind.UNKNOWN:
        return OF_UNKNOWN_KIND[unknown_kind]
    return None if kind == Kind.CIVIL_SERVANT else NOT_CIVIL_SERVANT


def _shows_id(identity: Identity) -> bool:
    has_number = identity.national_id is not None and identity.number_state == NumberState.ACCEPTED
    return has_number and identity.has_name and not identity.is_social
