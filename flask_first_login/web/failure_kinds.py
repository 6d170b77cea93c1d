"""What a failure of a sign-in is: whose fault, what its page offers first, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto
from types import MappingProxyType

from ..text import Text


class Fault(StrEnum):
    """Whose fault a failure is; it decides the status of the answer."""

    LEARNER = auto()
    FLOW = auto()
    PROVIDER = auto()
    PORTAL = auto()


class Action(StrEnum):
    """What the page of a failure offers first, in its words and by its button."""

    #: The same sign-in, now.
    TRY_AGAIN = auto()
    #: The same sign-in from its beginning: what is left of this one is of no use.
    START_ANEW = auto()
    #: The same sign-in, from a time on that the page names.
    WAIT = auto()
    #: The support desk: no sign-in changes anything.
    CONTACT = auto()
    #: The same sign-in in another browser, or another provider.
    CHANGE_BROWSER = auto()
    #: Another provider only: nothing has changed at this one.
    CHANGE_PROVIDER = auto()
    #: A stronger sign-in with this provider, or the government provider by which the learner has an account.
    VERIFY = auto()
    #: To stay with the account that is signed in, or to sign out and start again: only one of the two is possible.
    STAY_OR_RESTART = auto()
    #: The page of the account that is signed in.
    OPEN_HOURS = auto()


STATUS = MappingProxyType({Fault.LEARNER: 400, Fault.FLOW: 400, Fault.PROVIDER: 502, Fault.PORTAL: 503})


@dataclass(frozen=True, slots=True)
class Failure:
    """One code of the closed list, the learner's ``fault`` unless it says otherwise.

    ``what`` happened, in plain words; ``now``, what to do, which fits the ``action``; ``now_alone``, what to do where
    the page draws no other way to sign in. ``counted`` failures are limited per address (see `rate_limit`).
    """

    code: str
    title: Text
    what: Text
    now: Text
    fault: Fault = Fault.LEARNER
    own_status: int | None = None
    now_alone: Text | None = None
    action: Action = Action.TRY_AGAIN
    counted: bool = False
    #: The title where the provider is known, by its name.
    title_of: Text | None = None
    #: Whether another provider may help.
    elsewhere: bool = False
    #: After how many minutes to try again.
    minutes: int = 5

    def title_at(self, provider: Text | None) -> Text:
        """Return the title, with the provider's name in it where there is one for it."""
        if self.title_of is None or provider is None:
            return self.title
        return self.title_of.fill(provider=provider)

    @property
    def status(self) -> int:
        return self.own_status or STATUS[self.fault]
