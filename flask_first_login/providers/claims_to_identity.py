"""Whose identity the claims of a provider are: of one that may assert a national ID, and of a social one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ..errors import InvalidNationalId
from ..identity import Assurance, Identity, Kind, Standing
from ..names import full_name
from ..national_id import TAIPEI, NationalId
from .base import Provider
from .birth_dates import birth_date_of
from .claims import Claims, Identify, cleaned, single

UNKNOWN_METHOD = "unknown"
#: How the addresses end that Apple makes for who hides their own.
RELAYS = ("@privaterelay.appleid.com",)
#: What a social identity is made of; of ``amr`` it takes what the ID token says, which is its place.
READ_BY_SOCIAL = frozenset({"name", "email", "email_verified"})


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Which claim says what, at a government provider. A name that is None is not sent there; one may be a path.

    ``name`` may be two claims, the family name and the given name. ``verified`` may say which text is a yes
    (``level=3``); else only JSON ``true`` is one. ``kinds`` maps the values of the ``kind`` claim; a value that is not
    in it means `Kind.UNKNOWN`. ``years_of_republic``: a birth date counts them where it does not say so itself.
    """

    national_id: str = "uid"
    name: str | tuple[str, str] = "name"
    verified: str | None = None
    kind: str | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    birth_date: str | None = "birthdate"
    email: str | None = "email"
    method: str | None = "amr"
    years_of_republic: bool = False

    def paths(self) -> dict[str, tuple[str, ...]]:
        """Give what each rule reads, by the rule's name; what is not sent is left out."""
        said = {
            "national_id": self.national_id,
            "name": self.name,
            "verified": self.verified and self.verified.partition("=")[0],
            "kind": self.kind,
            "birth_date": self.birth_date,
            "email": self.email,
            "method": self.method,
        }
        return {rule: (path,) if isinstance(path, str) else path for rule, path in said.items() if path is not None}

    def person(self, claims: Claims) -> str | None:
        """Read the person's name, from one claim or two."""
        if isinstance(self.name, str):
            return claims.word(self.name)
        return full_name(*(claims.word(part) for part in self.name))

    def born(self, claims: Claims) -> date | None:
        """Read the birth date, of whichever calendar."""
        text = claims.word(self.birth_date)
        on = _in_taipei(claims.at)
        return birth_date_of(text, on, years_of_republic=self.years_of_republic) if text is not None else None

    def vouches(self, claims: Claims) -> bool:
        """Tell whether the ``verified`` claim vouches for the person: by the text that was set, or JSON ``true``."""
        path, has_text, text = (self.verified or "").partition("=")
        return claims.value(path) == text if has_text else claims.flag(path)


@dataclass(frozen=True, slots=True)
class government:  # noqa: N801  # reads as the function it is: `identify=government(names)`
    """An ``identify`` for a provider that may assert a national ID.

    ``always`` fixes the kind where the provider serves one kind only (eCPA: civil servants, verified). A claim that
    ``names`` has for it counts instead: who is verified there is who that claim says, and nobody else. Were the claim
    passed over, whoever signed in without a certificate would walk into the account of its owner.
    """

    names: ClaimNames
    always: Kind | None = None

    def __call__(self, claims: Claims) -> Identity:
        names = self.names
        national_id, invalid = _national_id(claims, names.national_id)
        name = names.person(claims)
        return Identity(
            provider=claims.provider,
            issuer=claims.issuer,
            subject=claims.subject,
            standing=Standing.GOVERNMENT,
            kind=self._kind(claims),
            assurance=_assurance(
                vouched=self._vouched(claims),
                declared=national_id is not None and name is not None,
            ),
            signed_in_at=claims.at,
            method=_method(claims, names.method),
            name=name,
            national_id=national_id,
            national_id_invalid=invalid,
            birth_date=names.born(claims),
            email=_vouched_email(claims, names.email),
        )

    @property
    def claims_read(self) -> frozenset[str]:
        """Every claim that the identity is made of, as a path."""
        read = {path for paths in self.names.paths().values() for path in paths}
        return frozenset(read | ({"email_verified"} if self.names.email is not None else set()))

    @property
    def may_verify(self) -> bool:
        """Whether anything that is said there proves a person."""
        return self.names.verified is not None or self.always is Kind.CIVIL_SERVANT

    def _kind(self, claims: Claims) -> Kind:
        if self.names.kind is None:
            return self.always or Kind.UNKNOWN
        return self.names.kinds.get(claims.word(self.names.kind) or "", Kind.UNKNOWN)

    def _vouched(self, claims: Claims) -> bool:
        return self.always is Kind.CIVIL_SERVANT if self.names.verified is None else self.names.vouches(claims)


def may_verify(provider: Provider) -> bool:
    """Tell whether a stronger sign-in at a provider can prove a person to us; of a host's function nobody knows."""
    if isinstance(provider.identify, government):
        return provider.identify.may_verify
    return not provider.is_social


def claims_read(identify: Identify) -> frozenset[str] | None:
    """Name the claims that ``identify`` makes an identity of; None for a host's function: what it reads is unknown."""
    if type(identify) is government:  # a host's own class may read more
        return identify.claims_read
    return READ_BY_SOCIAL if identify is social else None


def claims_needed(identify: Identify) -> frozenset[str] | None:
    """Name the claims without which ``identify`` makes somebody less of a person; None as `claims_read`. An identity
    without its number or its proof would be led to another account, or lose its hours."""
    if type(identify) is government:
        paths = identify.names.paths()
        rules = ("national_id", "name", "verified", "kind")
        return frozenset(path for rule in rules for path in paths.get(rule, ()))
    return frozenset() if identify is social else None


def social(claims: Claims) -> Identity:
    """Make the identity of a social provider's claims: a national ID is never accepted, even when one is sent."""
    return Identity(
        provider=claims.provider,
        issuer=claims.issuer,
        subject=claims.subject,
        standing=Standing.SOCIAL,
        kind=Kind.UNKNOWN,
        assurance=Assurance.NONE,
        signed_in_at=claims.at,
        method=_method(claims, "amr"),
        name=claims.word("name"),
        email=_vouched_email(claims, "email"),
    )


def _vouched_email(claims: Claims, name: str | None) -> str | None:
    """Return an address that the provider says it checked (Apple says so in a text); another could be anybody's.

    One of a relay is nobody's: it is made for one portal, and hides whose mail it forwards.
    """
    address = claims.word(name) if claims.says_yes("email_verified") else None
    return None if address is not None and address.casefold().endswith(RELAYS) else address


def _national_id(claims: Claims, name: str) -> tuple[NationalId | None, bool]:
    """Return the number, and whether something was sent that is none. A blank text means nothing was sent.

    Read as it was sent: cleaned and cut first, a text that is no number could become one.
    """
    value = single(claims.value(name))
    if not isinstance(value, str):
        return None, value is not None
    if not value.strip():
        return None, False
    try:
        return NationalId.parse(value, on=_in_taipei(claims.at)), False
    except InvalidNationalId:
        return None, True


def _assurance(*, vouched: bool, declared: bool) -> Assurance:
    if vouched:
        return Assurance.VERIFIED
    return Assurance.DECLARED if declared else Assurance.NONE


def _method(claims: Claims, name: str | None) -> str:
    value = claims.value(name)
    if isinstance(value, list) and all(isinstance(method, str) for method in value):
        value = " ".join(value)
    return ((cleaned(value) if isinstance(value, str) else None) or UNKNOWN_METHOD)[:40]


def _in_taipei(moment: datetime) -> date:
    return moment.astimezone(TAIPEI).date()


def head_of(path: str) -> str:
    """Give the claim of a token in which a path begins; a namespaced name, such as a URL, is one claim."""
    return path if ":" in path else path.partition(".")[0]
