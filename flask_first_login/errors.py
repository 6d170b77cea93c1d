"""Every error this package raises on purpose."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from .text import Text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and how to mend it."""

    where: str
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} {self.fix}"


class FirstLoginError(Exception):
    """The base of every error of this package; catch this one to catch them all."""


class ProblemsError(FirstLoginError):
    """Several problems found at once, each with its place and its remedy."""

    subject = "The first-login setup"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem{'' if len(self.problems) == 1 else 's'}"
        super().__init__("\n".join([f"{self.subject} has {count}:", *(f"- {problem}" for problem in self.problems)]))


class ConfigError(ProblemsError):
    """The integrator's settings are wrong; raised by ``init_app`` with everything it found."""

    subject = "The first-login configuration"


class NotSetUp(FirstLoginError, RuntimeError):
    """The app has no first login: `FirstLogin.init_app` was not called on it."""


class FlowError(ProblemsError):
    """A wizard flow does not hold together; raised when the flow is constructed."""

    subject = "The first-login flow"


class InvalidNationalId(FirstLoginError, ValueError):
    """A text is not a well-formed national ID. The message never repeats the text."""


class Phase(StrEnum):
    """The steps of a sign-in, and what else may fail: every ``phase`` of a `SignInError` of ours."""

    BEGIN = "begin"  # before the way to the provider
    DISCOVERY = "discovery"  # what the provider publishes
    CALLBACK = "callback"  # the answer that the browser brought back
    TOKEN = "token"
    JWKS = "jwks"
    ID_TOKEN = "id_token"
    USERINFO = "userinfo"
    TICKET = "ticket"
    IDENTIFY = "identify"  # an identity from the claims
    ACCOUNT = "account"  # whose account it is
    ACKNOWLEDGE = "acknowledge"  # the consent of a social learner
    LEAVE = "leave"  # a way to sign in is removed from an account
    PAGE = "page"  # a page about whoever is signed in


class SignInError(FirstLoginError):
    """A sign-in that cannot go on.

    ``code`` is one of the stable codes of `web.failure_texts`, ``provider`` the provider's name and ``phase`` the step
    that failed: a `Phase`, unless an integrator's function names another. ``detail`` is for the log: our own words,
    never a claim, a token, provider text, or a national ID. ``of_portal`` says that the provider refused the portal
    itself, and not what the browser brought.
    """

    def __init__(
        self, code: str, *, provider: str = "", phase: str = "", detail: str = "", of_portal: bool = False
    ) -> None:
        self.code, self.provider, self.phase, self.detail, self.of_portal = code, provider, phase, detail, of_portal
        super().__init__(f"sign-in failed: code={code} provider={provider} phase={phase} {detail}".rstrip())


class SignInRefused(SignInError):
    """The host refuses this sign-in: raised by its ``create_account``, or by `HostSession.sign_in`.

    The learner reads ``text``, in both languages as a `Text`, as the portal's own words: say what is so and what to do.
    ``reason`` is a word of the host's for its log. Nothing of the sign-in is written.
    """

    def __init__(self, reason: str, text: Text | str) -> None:
        super().__init__("refused_by_portal", phase=Phase.ACCOUNT, detail=reason)
        self.reason, self.text = reason, text if isinstance(text, Text) else Text(text, text)


def place_of(error: Exception) -> str:
    """Name the kind of an error and the line that raised it; its message may hold personal data and stays unsaid."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


class LostKeyError(FirstLoginError):
    """A stored national ID cannot be read, or not be matched, under the keys that are set."""


class AccountGone(FirstLoginError, LookupError):
    """The host has deleted this user: raised by `HostSession.sign_in`. What we keep of the account is erased then, and
    the identity gets a new one."""


class AccountIdTaken(FirstLoginError, ValueError):
    """The host's ``create_account`` gave the id of an account that is there already."""


class AccountConflict(FirstLoginError):
    """The store already holds what a decision wanted to add: another request came first. Decide again."""


class DigestUsed(FirstLoginError):
    """What may be used once was used before; nothing was written."""


class SealError(FirstLoginError):
    """A sealed text is not one of ours, not for this purpose, or too old; which of these, a sender is not told."""
