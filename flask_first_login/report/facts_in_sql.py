"""What an authority requires, as one SQL expression: the database judges its rows where they are.

A finding is one whole number, so that the database can compare, group and count it. Its upper bits say
how bad it is, its lower sixteen for which reasons, and between them there is room for the place of an
identity in its account: the least finding of an account is that of the identity which serves the learner
best, and of equals the first, as `hours.assess` has it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, case, literal, not_, or_
from sqlalchemy.sql.expression import ColumnElement

from ..accounts.rows import CP950
from ..accounts.tables import identities
from ..hours import IN_DOUBT, OF_UNKNOWN_KIND, Authority, AuthorityReport, HoursRule, Requirements, UnknownKind, Verdict
from ..identity import Assurance, Kind, NumberState, Standing
from ..national_id import IdKind
from ..reasons import (
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
)

#: The verdict on an account of which a row cannot be read; the code of its one reason says why.
UNREADABLE = "unreadable"
UNKNOWN_VALUE = "unknown_value"

#: In the order in which `hours.assess` gives them.
_REASONS = (
    NUMBER_DISPUTED,
    NATIONAL_ID_UNDER_REVIEW,
    NO_NATIONAL_ID,
    INVALID_NATIONAL_ID,
    NO_NAME,
    ASSURANCE_TOO_LOW,
    ID_KIND_NOT_ACCEPTED,
    NOT_CIVIL_SERVANT,
    KIND_UNCONFIRMED,
    NO_BIRTH_DATE,
    NAME_NOT_ENCODABLE,
)
_BITS = {reason.code: 1 << place for place, reason in enumerate(_REASONS)}

#: To be added once for each identity of the account that was linked before.
PLACE = 1 << 16
_RANK = 1 << 40
#: More than all reasons against hours that are meant for the account; of what is added to it, no rank is kept.
_NOT_APPLICABLE = _RANK << 7
_REFUSED = _RANK << 8


class Finding(NamedTuple):  # not a dataclass, because one is taken apart for every row of millions
    """What one authority makes of one identity. ``rank``: smaller wins; one that is unreadable beats them all."""

    rank: int
    verdict: str
    reasons: tuple[str, ...] = ()


def unreadable(code: str) -> Finding:
    """The finding on what cannot be read, and why it cannot."""
    return Finding(-1, UNREADABLE, (code,))


def reported(report: AuthorityReport) -> Finding:
    """The finding that Python assessed."""
    ranks = {Verdict.REFUSED: _REFUSED // _RANK, Verdict.NOT_APPLICABLE: _NOT_APPLICABLE // _RANK}
    rank = ranks.get(report.verdict, 0) + len(report.reasons)
    return Finding(rank, report.verdict, tuple(reason.code for reason in report.reasons))


@lru_cache(maxsize=1024)
def decoded(numbers: tuple[int, ...]) -> tuple[Finding, ...]:
    """The findings that the database gave; each set of them is decoded once, since millions of rows have few sets."""
    return tuple(map(_decoded, numbers))


def _decoded(number: int) -> Finding:
    rank = number // _RANK
    if rank < 0:
        return unreadable(UNKNOWN_VALUE)
    if number >= _REFUSED:
        return Finding(rank, Verdict.REFUSED, (SOCIAL_IDENTITY.code,))
    codes = tuple(code for code, bit in _BITS.items() if number & bit)
    if number >= _NOT_APPLICABLE:
        not_meant = tuple(code for code in codes if REASONS[code].not_applicable)
        return Finding(_NOT_APPLICABLE // _RANK + len(not_meant), Verdict.NOT_APPLICABLE, not_meant)
    return Finding(rank, Verdict.HELD if codes else Verdict.UPLOADABLE, codes)


def needs_python(authority: Authority, rules: Sequence[HoursRule]) -> str | None:
    """Why a database cannot judge for this authority, so that Python must; None when it can."""
    if rules:
        return "the portal has rules of its own"
    encoding = authority.requires.name_encoding
    if encoding is not None and codecs.lookup(encoding).name != CP950:
        return f"only Python knows which names {encoding} can hold"
    return None


def finding(requires: Requirements, unknown_kind: UnknownKind) -> ColumnElement[int]:
    """The finding on a row of `identities`: below zero where a value is none that this version knows."""
    first, *more = _parts(requires, unknown_kind)
    by_standing = {Standing.GOVERNMENT: sum(more, first), Standing.SOCIAL: _number(_REFUSED)}
    return _by(identities.c.standing, by_standing)


def is_verdict(number: ColumnElement[int], verdict: Verdict) -> ColumnElement[bool]:
    """Whether a finding is of this verdict, without taking it apart."""
    match verdict:
        case Verdict.UPLOADABLE:
            return number == _number(0)
        case Verdict.HELD:
            return number.between(_number(1), _number(_NOT_APPLICABLE - 1))
        case Verdict.NOT_APPLICABLE:
            return number.between(_number(_NOT_APPLICABLE), _number(_REFUSED - 1))
        case Verdict.REFUSED:
            return number == _number(_REFUSED)


def _parts(requires: Requirements, unknown_kind: UnknownKind) -> Iterator[ColumnElement[int]]:
    """What is to be added up: `hours.assess` in the columns of a row."""
    row = identities.c
    in_doubt = row.number_state != NumberState.ACCEPTED.value
    yield _by(row.number_state, {state: _of(IN_DOUBT.get(state)) for state in NumberState})
    no_number, no_name = row.id_kind.is_(None), not_(row.name_given)
    asked = case((not_(row.national_id_invalid), _of(NO_NATIONAL_ID)), else_=_of(INVALID_NATIONAL_ID))
    accepted = {kind: _of(None if kind in requires.id_kinds else ID_KIND_NOT_ACCEPTED) for kind in IdKind}
    asked = case((in_doubt, _of(None)), else_=asked)
    yield case((no_number, asked if requires.national_id else _of(None)), else_=_by(row.id_kind, accepted))
    if requires.name:
        yield _if(no_name, NO_NAME)
    missing = or_(in_doubt, *[no_number] * requires.national_id, *[no_name] * requires.name)
    too_low = case((missing, _of(None)), else_=_of(ASSURANCE_TOO_LOW))
    yield _by(row.assurance, {level: too_low if level < requires.assurance else _of(None) for level in Assurance})
    against = {Kind.GENERAL: NOT_CIVIL_SERVANT, Kind.UNKNOWN: OF_UNKNOWN_KIND[unknown_kind]}
    yield _by(row.kind, {kind: _of(against.get(kind) if requires.civil_servant else None) for kind in Kind})
    if requires.birth_date:
        yield _if(row.birth_date.is_(None), NO_BIRTH_DATE)
    if requires.name_encoding is not None:
        yield _if(not_(row.name_in_cp950), NAME_NOT_ENCODABLE)


def _if(condition: ColumnElement[bool], reason: Reason) -> ColumnElement[int]:
    return case((condition, _of(reason)), else_=_of(None))


def _by(column: ColumnElement[Any], numbers: Mapping[Any, ColumnElement[int]]) -> ColumnElement[int]:
    by_value = {member.value: number for member, number in numbers.items()}
    return case(by_value, value=column, else_=_number(-_REFUSED))


def _of(reason: Reason | None) -> ColumnElement[int]:
    if reason is None:
        return _number(0)
    return _number((_NOT_APPLICABLE if reason.not_applicable else _RANK) + _BITS[reason.code])


def _number(value: int) -> ColumnElement[int]:
    return literal(value, BigInteger)
