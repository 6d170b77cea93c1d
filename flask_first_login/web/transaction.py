"""One sign-in on its way: what we must remember until the provider answers, in a sealed cookie of our own.

The host's session is not touched: it stays as it was until the sign-in succeeds. Each sign-in has a
cookie of its own, so that several may run at once in one browser; the oldest makes room for the
sixth. A cookie that is replayed is of no use: the state is spent once in the shared store.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from flask import request
from werkzeug.wrappers import Response

from ..errors import SealError, SignInError
from ..providers.base import Start
from ..state import AppState, state_of

PURPOSE = "transaction"
SECONDS = 600
MOST = 5
#: Five ordinary ones, and room for an answer that is carried over beside them (see `bridge`).
LARGEST_IN_ALL = 3300
NAME = "fl-tx-"
#: What a sign-in is for: to sign somebody in, or to show an operator how it goes.
SIGN_IN, TRY = "sign_in", "try"


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one sign-in was started with. ``answers`` are the wizard's, ``next`` a safe path of this site."""

    provider: str
    redirect_uri: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    next: str | None = None
    lang: str | None = None
    step_up: bool = False
    fresh: bool = False
    joins: str | None = None
    purpose: str = SIGN_IN
    state: str = field(default_factory=lambda: f"{int(time.time()):08x}{secrets.token_urlsafe(16)}")
    nonce: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def begun_with(self) -> Start:
        """What the provider's client needs to begin this sign-in, and to complete it."""
        return Start(self.redirect_uri, self.state, self.nonce, self.verifier, self.step_up, self.fresh)

    def keep(self, response: Response, state: AppState) -> None:
        """Put this transaction into the browser; drop the oldest beyond five, so cookies never grow."""
        held = sorted(name for name in request.cookies if name.startswith(_prefix()))
        said = {name: value for name, value in asdict(self).items() if value}  # what is not said is the default again
        token = state.seal(PURPOSE).seal(said)
        room = LARGEST_IN_ALL - len(token)
        for others, name in enumerate(reversed(held), 1):
            room -= len(name) + len(request.cookies[name])
            if others >= MOST or room < 0:
                _drop(response, name)
        _set(response, _name(self.state), token, SECONDS)

    @classmethod
    def of_this_browser(cls, state: AppState, provider: str, given: str) -> Self:
        """The transaction that ``given`` (the ``state`` of a callback) belongs to.

        Login CSRF: an attacker who lures a victim to a callback with the attacker's code would sign
        the victim in as the attacker. Only the browser that holds the cookie has this transaction.

        :raises SignInError: ``unknown_sign_in`` when this browser did not start it at this provider,
            ``expired`` when it is too old.
        """
        if _name(given) not in request.cookies:
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")
        found = cls._opened(state, given)
        if found is None:
            raise SignInError("expired", provider=provider, phase="callback", detail="seal")
        if found.provider != provider or not hmac.compare_digest(found.state.encode(), given.encode()):
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="another sign-in")
        return found

    @classmethod
    def newest(cls, state: AppState, provider: str) -> Self:
        """The newest sign-in of this browser at a provider that cannot send a state back.

        :raises SignInError: ``unknown_sign_in`` when there is none.
        """
        for name in sorted(request.cookies, reverse=True):
            found = cls._opened(state, name.removeprefix(_prefix())) if name.startswith(_prefix()) else None
            if found is not None and found.provider == provider:
                return found
        raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")

    @classmethod
    def _opened(cls, state: AppState, given: str) -> Self | None:
        try:
            sealed_fields = state.seal(PURPOSE).open(request.cookies.get(_name(given), ""), max_age=SECONDS)
            return cls(**sealed_fields)  # type: ignore[arg-type]  # our own sealed fields
        except (SealError, TypeError):
            return None

    def spend(self, state: AppState) -> None:
        """Use this transaction up, for every process and machine.

        :raises SignInError: ``already_used`` the second time.
        """
        digest = hashlib.sha256(f"{PURPOSE}:{self.state}".encode()).digest()
        if not state.accounts.use_once(digest, datetime.now(UTC) + timedelta(seconds=SECONDS)):
            raise SignInError("already_used", provider=self.provider, phase="callback")

    def drop(self, response: Response) -> None:
        """Remove this transaction from the browser."""
        _drop(response, _name(self.state))


def set_sealed(response: Response, name: str, token: str, seconds: int) -> None:
    """Set one of our sealed cookies: not readable by scripts, not sent along by other sites' requests."""
    _set(response, _full(name), token, seconds)


def sealed(name: str) -> str | None:
    """The value of one of our sealed cookies."""
    return request.cookies.get(_full(name))


def drop_sealed(response: Response, name: str) -> None:
    """Remove one of our sealed cookies."""
    _drop(response, _full(name))


def _set(response: Response, name: str, token: str, seconds: int) -> None:
    response.set_cookie(name, token, max_age=seconds, path="/", secure=_secure(), httponly=True, samesite="Lax")


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=_secure(), httponly=True, samesite="Lax")


def _secure() -> bool:
    return request.is_secure or (state_of().settings.external_url or "").startswith("https:")


def _full(name: str) -> str:
    """``__Host-`` keeps a sub-domain from planting a cookie of this name; browsers allow it over https only."""
    return f"__Host-{name}" if _secure() else name


def _prefix() -> str:
    return _full(NAME)


def _name(state: str) -> str:
    """A state begins with its time, so these names sort by age; eight more characters tell sign-ins apart."""
    return _prefix() + state[:16]
