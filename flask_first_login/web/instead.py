"""Another account that would serve this learner better, as buttons: each is a POST, since somebody is signed in."""

from __future__ import annotations

from ..identity import Account, Kind
from ..linking import numbers_of
from ..state import SignsOut
from .acknowledgement import advised
from .here import Here
from .pages import Button


def instead(at: Here, account: Account) -> list[Button]:
    """The sign-ins that give this learner the hours which the account cannot; none where the account serves well.

    A social account is left for a government one: nothing can be merged. To a government account that
    is no civil servant's, eCPA is added when a shared number can bind the two, and otherwise taken instead.
    """
    if account.is_social:
        return _anew(at, advised(at.answers))
    if not said_civil_servant(at) or Kind.CIVIL_SERVANT in {one.kind for one in account.identities}:
        return []
    if numbers_of(account) and "ecpa" in at.state.registrations:
        return [Button(at.url("join", name="ecpa"), at.state.registrations["ecpa"].provider.button, "ecpa")]
    return _anew(at, ("ecpa",))


def said_civil_servant(at: Here) -> bool:
    """Whether the learner said so."""
    return at.answers.get("identity") == "civil-servant"


def _anew(at: Here, names: tuple[str, ...]) -> list[Button]:
    if not isinstance(at.state.session, SignsOut):
        return []
    registered = (at.state.registrations[name].provider for name in names if name in at.state.registrations)
    return [Button(at.url("anew", name=one.name), one.button, one.name) for one in registered]
