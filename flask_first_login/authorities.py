"""Who accredits learning hours, and what each of them asks of a learner."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum

from .identity import Assurance
from .national_id import IdKind
from .reasons import KIND_UNCONFIRMED, NOT_CIVIL_SERVANT
from .text import Text


@dataclass(frozen=True, slots=True)
class Requirements:
    """What an authority asks of a learner. ``name_encoding``: the codec its files are in, None for no limit.

    :raises LookupError: Python knows no such codec; better now than at somebody's sign-in.
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
            codecs.lookup(self.name_encoding)


@dataclass(frozen=True, slots=True)
class Authority:
    """Somebody who accredits learning hours. ``key`` is stable; a host adds its own beside the shipped three."""

    key: str
    title: Text
    requires: Requirements = Requirements()

    def __hash__(self) -> int:
        return hash(self.key)  # for every assessment: that of all it requires takes longer than the assessment


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
