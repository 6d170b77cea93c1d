"""Another account that would serve this learner better, as buttons: each is a POST, since somebody is signed in."""

from __future__ import annotations

from ..identity import Account, Kind
from ..linking import numbers_of
from ..state import SignsOut
from .navigation import Here
from .pages import Button
from .provider_offers import advised, said_civil_servant


def instead(at: Here, account: Account) -> list[Button]:
    """The sign-ins that give this learner the hours which the account cannot; none where the account serves well.

    A social account is left for a government one: nothing can be merged. To a government account that is no civil
    servant's, the first other provider of theirs is added when a shared number can bind the two, and otherwise taken
    instead.
    """
    if account.is_social:
        return _anew(at, advised(at))
    if not said_civil_servant(at.answers) or Kind.CIVIL_SERVANT in {one.kind for one in account.identities}:
        return []
    held = {one.provider for one in account.identities}
    others = tuple(name for name in advised(at) if name not in held)[:1]
    if not others or not numbers_of(account):
        return _anew(at, others)
    provider = at.state.registrations[others[0]].provider
    return [Button(at.url("join", name=provider.name), provider.button, provider.name)]


def _anew(at: Here, names: tuple[str, ...]) -> list[Button]:
    if not isinstance(at.state.session, SignsOut):
        return []
    registered = (at.state.registrations[name].provider for name in names)
    return [Button(at.url("anew", name=one.name), one.button, one.name) for one in registered]
