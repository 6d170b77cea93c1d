"""One sign-in on its way: what we must remember until the provider answers, in a sealed cookie of our own.

The host's session is not touched: it stays as it was until the sign-in succeeds. Each sign-in has a
cookie of its own, so that several may run at once in one browser; the oldest makes room for the
sixth, and one that has ended (see `ended`) before one that is on its way. A cookie that is replayed is of no use:
the state is spent once in the shared store.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self

from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ...providers.base import Start
from ...state import AppState
from . import sealed_cookies

PURPOSE = "transaction"
SECONDS = 600
MOST = 5
#: What a sign-in is for: to sign somebody in, or to show an operator how it goes.
SIGN_IN, TRY = "sign_in", "try"
#: Octets that are random in one sign-in, with its time; its state is made of the first of them.
SEED, STATE_SEED = 68, 20
COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def new_seed() -> bytes:
    """What is random in one sign-in, each part on its own, and its time: 4 octets of that, 16 of the state, 16 of the
    nonce, 32 of the verifier."""
    return int(time.time()).to_bytes(4, "big") + os.urandom(SEED - 4)


def state_in(seed: bytes) -> str:
    """The ``state`` of a sign-in. It begins with the time."""
    return seed[:4].hex() + _text(seed[4:STATE_SEED])


def _text(random: bytes) -> str:
    return urlsafe_b64encode(random).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one sign-in was started with. ``answers`` are the wizard's, ``next`` a safe path of this site; ``again``
    says that it began by itself, since the answer to another had come twice."""

    seed: bytes = field(repr=False)
    provider: str
    redirect_uri: str
    next: str | None = None
    lang: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    joins: str | None = None
    step_up: bool = False
    fresh: bool = False
    purpose: str = SIGN_IN
    again: bool = False

    @property
    def state(self) -> str:
        return state_in(self.seed)

    @property
    def begun_at(self) -> datetime:
        """When it began, by our clock."""
        return datetime.fromtimestamp(int.from_bytes(self.seed[:4], "big"), UTC)

    @property
    def begun_with(self) -> Start:
        """What the provider's client needs to begin this sign-in, and to complete it."""
        nonce, verifier = _text(self.seed[STATE_SEED:36]), _text(self.seed[36:])
        return Start(self.redirect_uri, self.state, nonce, verifier, self.step_up, self.fresh)

    def keep(self, response: Response, state: AppState) -> None:
        """Put this transaction into the browser; drop what has ended and then the oldest beyond five, so cookies never
        grow.

        :raises SignInError: ``portal_error``, when it is too much for a cookie even without where it leads.
        """
        name, token, others = _name(self.state), self._fitting(state), [*slots(response)]
        if len(others) >= MOST or sealed_cookies.size(name, token) > sealed_cookies.free(response, name):
            others.sort(key=lambda slot: self._of_token(state, slot[1]) is None)
        sealed_cookies.make_room(response, name, token, [other for other, _ in others], MOST - 1)
        set_slot(response, self.state, token, SECONDS)

    def _fitting(self, state: AppState) -> str:
        """This transaction, sealed; without the page to end at, and then without the answers, where all is too much."""
        elsewhere = replace(self, next=None)
        for transaction in (self, elsewhere, replace(elsewhere, answers={})):
            octets = transaction._octets()
            if len(octets) < sealed_cookies.OF_SIGN_INS:  # before the sealing, which refuses more than a browser keeps
                token = state.seal(PURPOSE).seal_octets(octets)
                if sealed_cookies.size(_name(self.state), token) <= sealed_cookies.OF_SIGN_INS:
                    return token
        raise SignInError("portal_error", provider=self.provider, phase="begin", detail="too much for a cookie")

    @classmethod
    def of_this_browser(cls, state: AppState, provider: str, given: str) -> Self:
        """The transaction that ``given`` (the ``state`` of a callback) belongs to.

        Login CSRF: an attacker who lures a victim to a callback with the attacker's code would sign
        the victim in as the attacker. Only the browser that holds the cookie has this transaction.

        :raises SignInError: ``unknown_sign_in`` when this browser did not start it at this provider,
            ``expired`` when it is too old.
        """
        token = sealed_cookies.held().get(_name(given))
        if token is None:
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")
        found = cls._of_token(state, token)
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
        for _, token in slots():
            found = cls._of_token(state, token)
            if found is not None and found.provider == provider:
                return found
        raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")

    @classmethod
    def _of_token(cls, state: AppState, token: str) -> Self | None:
        try:
            octets = state.seal(PURPOSE).open_octets(token, max_age=SECONDS)
            return cls(octets[:SEED], *json.loads(octets[SEED:]))
        except (SealError, TypeError):  # the latter for more fields than we know: by a newer version
            return None

    def _octets(self) -> bytes:
        """All of it; what is left out at the end is the default again."""
        said, plain = self._said(), Transaction(self.seed, self.provider, self.redirect_uri)._said()
        while said and said[-1] == plain[len(said) - 1]:
            said.pop()
        return self.seed + COMPACT.encode([self.provider, self.redirect_uri, *said]).encode()

    def _said(self) -> list[object]:
        """What has a default, in the order of the fields."""
        return [self.next, self.lang, self.answers, self.joins, self.step_up, self.fresh, self.purpose, self.again]

    def spend(self, state: AppState) -> None:
        """Use this transaction up, for every process and machine.

        :raises SignInError: ``already_used`` the second time.
        """
        digest = hashlib.sha256(f"{PURPOSE}:{self.state}".encode()).digest()
        if not state.accounts.use_once(digest, datetime.now(UTC) + timedelta(seconds=SECONDS)):
            raise SignInError("already_used", provider=self.provider, phase="callback")


def slots(response: Response | None = None) -> Iterator[tuple[str, str]]:
    """The cookies of this browser's sign-ins, those that began last first: their names and what is sealed in them;
    as they will be once it has ``response``."""
    held, prefix = sealed_cookies.held(response), sealed_cookies.full(sealed_cookies.SIGN_IN)
    return ((name, held[name]) for name in sorted(held, reverse=True) if name.startswith(prefix))


def set_slot(response: Response, state: str, token: str, seconds: int) -> None:
    """Put what is sealed of the sign-in with this ``state`` into the browser, in the place of what was there."""
    sealed_cookies.put(response, _name(state), token, seconds)


def free_slot(response: Response, state: str) -> int:
    """The octets that may be sealed for the sign-in with this ``state``, beside all that the browser holds."""
    return sealed_cookies.free(response, _name(state)) - sealed_cookies.size(_name(state), "")


def drop_slot(response: Response, state: str) -> None:
    """Remove what the browser holds of the sign-in with this ``state``."""
    sealed_cookies.drop(response, _name(state))


def _name(state: str) -> str:
    """A state begins with its time, so these names sort by age; eight more characters tell sign-ins apart."""
    return sealed_cookies.full(sealed_cookies.SIGN_IN) + state[:16]
