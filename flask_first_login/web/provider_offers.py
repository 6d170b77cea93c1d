"""Which providers a page may offer this learner, and in which order: the best next step for their hours comes first.

What a learner answered decides. A civil servant is offered the government providers of the civil servants' column, and
who needs proof of hours those of the public one; nobody else's are offered to them. Who needs no proof is offered the
social ones too, after the others and under what they cost. Who said nothing is offered government providers alone: a
social sign-in costs them hours for good, and they never said that they need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..identity import Standing
from .navigation import Here


@dataclass(frozen=True, slots=True)
class Offers:
    """The names of the providers to offer, each kind in the order of the portal's settings."""

    government: tuple[str, ...]
    social: tuple[str, ...] = ()


def offers(at: Here, *, besides: str = "") -> Offers:
    """What to offer this learner, ``besides`` the provider that they come from."""
    settings = at.state.settings
    civil, public = settings.civil_servant_providers, settings.public_providers
    if said_civil_servant(at.answers):
        return Offers(_of(at, Standing.GOVERNMENT, civil, besides))
    if at.answers.get("certificate") == "no":
        return Offers(_of(at, Standing.GOVERNMENT, public, besides), _of(at, Standing.SOCIAL, public, besides))
    if at.answers.get("certificate") == "yes" or at.answers.get("identity") == "public":
        return Offers(_of(at, Standing.GOVERNMENT, public, besides))
    return Offers(_of(at, Standing.GOVERNMENT, (*public, *civil), besides))


def advised(at: Here) -> tuple[str, ...]:
    """The government providers to advise to whoever came by a social one: those of the public column, at which anybody
    may have an account, unless a civil servant asks."""
    settings = at.state.settings
    civil = said_civil_servant(at.answers)
    return _of(at, Standing.GOVERNMENT, settings.civil_servant_providers if civil else settings.public_providers, "")


def said_civil_servant(answers: Mapping[str, str]) -> bool:
    """Whether the learner said so."""
    return answers.get("identity") == "civil-servant"


def needs_hours(answers: Mapping[str, str]) -> bool:
    """Whether the learner said that they need hours: civil servants do, and who needs proof of them."""
    return said_civil_servant(answers) or answers.get("certificate") == "yes"


def is_government(at: Here, name: str) -> bool:
    """Whether a registered provider is a government one, whose accounts can earn hours."""
    return name in at.state.registrations and _standing(at, name) is Standing.GOVERNMENT


def is_social(at: Here, name: str) -> bool:
    """Whether a registered provider is a social one."""
    return name in at.state.registrations and _standing(at, name) is Standing.SOCIAL


def _of(at: Here, standing: Standing, names: Iterable[str], besides: str) -> tuple[str, ...]:
    registered = (name for name in dict.fromkeys(names) if name in at.state.registrations and name != besides)
    return tuple(name for name in registered if _standing(at, name) is standing)


def _standing(at: Here, name: str) -> Standing:
    return at.state.registrations[name].provider.standing
