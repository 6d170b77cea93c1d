"""Which providers a page may offer this learner, and in which order: the best next step for their hours comes first.

The learner's answers decide. A civil servant is offered the government providers of the civil servants' column alone, a
learner who needs proof of hours those of the public column alone. A learner who needs no proof is also offered the
social ones, after the others and with a warning of what they cost. A learner who has not answered is offered government
providers alone: a social sign-in can never earn hours, and they never said that they need none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..host_session import SignsOut
from ..identity import Account, Kind, Standing
from ..linking import numbers_of
from .navigation import Here
from .pages import Button


@dataclass(frozen=True, slots=True)
class Offers:
    """The names of the providers to offer, each kind in the order of the portal's settings."""

    government: tuple[str, ...]
    social: tuple[str, ...] = ()


def offers(at: Here, *, besides: str = "") -> Offers:
    """Choose what to offer this learner, ``besides`` the provider that they come from."""
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
    """Name the government providers to advise to a learner who came by a social one: those of the public column, where
    anybody may have an account; to a civil servant, those of the civil servants' column."""
    settings = at.state.settings
    civil = said_civil_servant(at.answers)
    return _of(at, Standing.GOVERNMENT, settings.civil_servant_providers if civil else settings.public_providers, "")


def better_providers(at: Here, account: Account) -> list[Button]:
    """List the sign-ins that give this learner the hours which the account cannot; none where the account serves well.

    Each button is a POST, since somebody is signed in. A social account is left for a government one: nothing can be
    merged. To a government account that is no civil servant's, a civil servant adds the first other provider of theirs
    when a shared number can bind the two, and otherwise starts again with it.
    """
    if account.is_social:
        return _restart_buttons(at, advised(at))
    if not said_civil_servant(at.answers) or Kind.CIVIL_SERVANT in {identity.kind for identity in account.identities}:
        return []
    held = {identity.provider for identity in account.identities}
    others = tuple(name for name in advised(at) if name not in held)[:1]
    if not others or not numbers_of(account):
        return _restart_buttons(at, others)
    provider = at.state.registrations[others[0]].provider
    return [Button(at.url("join", name=provider.name), provider.button, provider.name)]


def said_civil_servant(answers: Mapping[str, str]) -> bool:
    """Say whether the learner answered that they are a civil servant."""
    return answers.get("identity") == "civil-servant"


def needs_hours(answers: Mapping[str, str]) -> bool:
    """Say whether the learner needs hours by their answers: civil servants do, and those who need proof of hours."""
    return said_civil_servant(answers) or answers.get("certificate") == "yes"


def is_government(at: Here, name: str) -> bool:
    """Say whether a registered provider is a government one, whose accounts can earn hours."""
    return name in at.state.registrations and _standing(at, name) is Standing.GOVERNMENT


def is_social(at: Here, name: str) -> bool:
    """Say whether a registered provider is a social one."""
    return name in at.state.registrations and _standing(at, name) is Standing.SOCIAL


def _of(at: Here, standing: Standing, names: Iterable[str], besides: str) -> tuple[str, ...]:
    registered = (name for name in dict.fromkeys(names) if name in at.state.registrations and name != besides)
    return tuple(name for name in registered if _standing(at, name) is standing)


def _standing(at: Here, name: str) -> Standing:
    return at.state.registrations[name].provider.standing


def _restart_buttons(at: Here, names: tuple[str, ...]) -> list[Button]:
    if not isinstance(at.state.session, SignsOut):
        return []
    providers = (at.state.registrations[name].provider for name in names)
    return [Button(at.url("anew", name=provider.name), provider.button, provider.name) for provider in providers]
