"""Who a provider says this is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum, StrEnum

from .names import written_in
from .national_id import NationalId


class Standing(StrEnum):
    """May a provider assert a national ID at all. Of the provider, not of the person."""

    GOVERNMENT = "government"
    SOCIAL = "social"


class Kind(StrEnum):
    """What the provider says the person is. eCPA is always a civil servant."""

    CIVIL_SERVANT = "civil_servant"
    GENERAL = "general"
    UNKNOWN = "unknown"


class Assurance(IntEnum):
    """How well the *person* was proven, in the sense of NIST SP 800-63A; ordered.

    ``VERIFIED``: a certificate was used or is bound, the provider vouches for the ID, or eCPA.
    ``DECLARED``: full name and a well-formed ID stand in the provider's profile (seed items 71, 72).
    """

    NONE = 0
    DECLARED = 1
    VERIFIED = 2


class NumberState(StrEnum):
    """Whether the number of an identity counts. A provider's own is ``ACCEPTED``; a store keeps what became of it.

    ``DISPUTED``: another account holds the number, and this identity has none. ``UNDER_REVIEW``: the provider sent
    another number than the account's, the identity keeps the one it had, and an operator has to say which holds.
    """

    ACCEPTED = "accepted"
    DISPUTED = "disputed"
    UNDER_REVIEW = "under_review"


@dataclass(frozen=True, slots=True)
class Identity:
    """One person as one provider describes them at one sign-in; made by the provider's ``identify(claims)``.

    (``issuer``, ``subject``) is the key. E-mail and name never are: an attacker can choose both.
    ``national_id`` is None when the provider sent none; ``national_id_invalid`` tells that it sent
    one that fails its check digit. A social identity can carry neither an ID nor an assurance, and
    one whose number is disputed carries none: constructing one that does raises `ValueError`, so no
    later code can be talked into using it.
    """

    provider: str
    issuer: str
    subject: str = field(repr=False)
    standing: Standing
    kind: Kind
    assurance: Assurance
    signed_in_at: datetime
    method: str = "unknown"
    name: str | None = field(default=None, repr=False)
    national_id: NationalId | None = None
    national_id_invalid: bool = False
    birth_date: date | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    number_state: NumberState = NumberState.ACCEPTED

    def __post_init__(self) -> None:
        if not self.issuer or not self.subject:
            raise ValueError("an identity needs an issuer and a subject")
        if self.signed_in_at.tzinfo is None:
            raise ValueError("signed_in_at must be an aware datetime")
        if self.is_social and (
            self.national_id is not None or self.assurance != Assurance.NONE or self.kind != Kind.UNKNOWN
        ):
            raise ValueError("a social identity carries no national ID, no assurance and no kind")
        if self.number_state != NumberState.ACCEPTED and self.is_social:
            raise ValueError("a social identity has no number that could be in doubt")
        if self.number_state == NumberState.DISPUTED and self.national_id is not None:
            raise ValueError("a disputed number is another account's, so the identity carries none")

    @property
    def key(self) -> tuple[str, str]:
        """Who this is, for ever: the issuer and its subject."""
        return self.issuer, self.subject

    @property
    def is_social(self) -> bool:
        return self.standing == Standing.SOCIAL

    @property
    def has_name(self) -> bool:
        """Whether there is a name to print; one of blanks alone is none."""
        return self.name is not None and self.name.strip() != ""

    def name_in(self, encoding: str) -> str | None:
        """Give the name as a file in this encoding can hold it, such as 黃 for 黄 in Big5; None when it cannot."""
        return written_in(self.name or "", encoding)

    def name_fits(self, encoding: str) -> bool:
        """Tell whether a file in this encoding can hold the name; no name is no obstacle."""
        return self.name_in(encoding) is not None


@dataclass(frozen=True, slots=True)
class Account:
    """One person as the host knows them: the host's account id and the identities linked to it, first linked first.

    ``claimed`` holds every national ID the account was ever accepted with, also one that no identity
    carries any more: a provider that stops sending a number does not open the account to another one.
    ``lost`` holds every number that it brought and that another account was found to hold. ``proven``
    holds those of its numbers that a ``VERIFIED`` identity of it ever brought, also one that left since.
    """

    id: str
    identities: tuple[Identity, ...]
    claimed: tuple[NationalId, ...] = ()
    lost: tuple[NationalId, ...] = ()
    proven: frozenset[NationalId] = frozenset()

    @property
    def is_social(self) -> bool:
        """A social identity is linked, so nothing may be merged with this account (seed item 77)."""
        return any(identity.is_social for identity in self.identities)


def account_id_of(given: object, port: str) -> str:
    """Return the id of an account as a port of the host gave it; a whole number, as many hosts count, in its digits.

    :raises TypeError: it is neither that nor a text.
    """
    if isinstance(given, str) and given:
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)
    what = "an empty text" if given == "" else f"a {type(given).__name__}"
    raise TypeError(f"{port} must return the id of an account, a text. It returned {what}.")
