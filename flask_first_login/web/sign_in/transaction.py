"""One sign-in on its way: what we must remember until the provider answers, in a sealed cookie of our own.

The host's session is not touched: it stays as it was until the sign-in succeeds. Each sign-in has a cookie of its own,
so that several may run at once in one browser; the oldest makes room for the sixth, and one that has ended (see
`repeated_answer`) before one that is on its way. A cookie that is replayed is of no use: the state is used once, in the
shared store.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Self

from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ...providers import Posted
from ...providers.answers import refusal_in
from ...providers.base import Start
from ..navigation import Here, here, resume, told_address
from .form_post import Answer
from .sealed_cookies import OF_SIGN_INS, TRANSACTION, held_sign_ins, make_room, room_for_sign_in, size

MOST = 5
#: Characters of a state that name its cookie: its time, so that names sort by age, and eight that tell sign-ins apart.
OF_NAME = 16


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one sign-in was started with. ``answers`` are the wizard's, ``next`` a safe path of this site, ``joins`` the
    account that asked for another way to sign in; ``is_test`` is an operator's; ``again`` says that it began by itself,
    since the answer to another had come twice."""

    state: str = field(repr=False)
    provider: str
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next: str | None = None
    lang: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    joins: str | None = None
    step_up: bool = False
    fresh: bool = False
    is_test: bool = False
    again: bool = False

    @classmethod
    def new(cls, provider: str, **more: Any) -> Self:
        """Make a sign-in with a state, which begins with the time, a nonce and a verifier, each random on its own."""
        state = f"{int(time.time()):08x}{secrets.token_urlsafe(16)}"
        return cls(state, provider, secrets.token_urlsafe(16), secrets.token_urlsafe(32), **more)

    @property
    def begun_at(self) -> datetime:
        """When it began, by our clock."""
        return datetime.fromtimestamp(int(self.state[:8], 16), UTC)

    def start(self) -> Start:
        """Give what the provider's client needs to begin this sign-in, and to complete it.

        :raises SignInError: ``not_available``, when our address is not configured and this is not loopback.
        """
        wishes = {"step_up": self.step_up, "fresh": self.fresh, "all_claims": self.is_test}
        return Start(self._redirect_uri(), self.state, self.nonce, self.verifier, **wishes)

    def _redirect_uri(self) -> str:
        """Give the address that the provider sends the learner back to."""
        protocol = here().state.registrations[self.provider].provider.protocol
        in_path = isinstance(protocol, Posted) and protocol.state_in_path
        address = told_address(here(), "callback", name=self.provider, state=self.state if in_path else None)
        if address is None:
            detail = "FIRST_LOGIN_EXTERNAL_URL is not set"
            raise SignInError("not_available", provider=self.provider, phase="begin", detail=detail)
        return address

    def keep(self, response: Response) -> None:
        """Put this sign-in into the browser; drop what has ended and then the oldest beyond five, so cookies never
        grow.

        :raises SignInError: ``portal_error``, when it is too much for a cookie even without where it leads.
        """
        token = TRANSACTION.fitting(shortened(self), OF_SIGN_INS, self.state[:OF_NAME])
        if token is None:
            raise SignInError("portal_error", provider=self.provider, phase="begin", detail="too much for a cookie")
        name, others = TRANSACTION.name(self.state[:OF_NAME]), held_sign_ins(response)
        if len(others) >= MOST or size(name, token) > room_for_sign_in(response, name):
            others.sort(key=lambda cookie: self._opened(cookie[1]) is None)
        make_room(response, name, token, [other for other, _ in others], MOST - 1)
        TRANSACTION.put(response, token, self.state[:OF_NAME])

    @classmethod
    def of_answer(cls, answer: Answer) -> Self:
        """Find the sign-in that an answer belongs to.

        :raises SignInError: ``unknown_sign_in`` when this browser did not start it at this provider, ``expired`` when
            it is too old.
        """
        if isinstance(answer.protocol, Posted) and not answer.protocol.state_in_path:
            return cls._newest(answer.provider)
        return cls._of_state(answer.provider, answer.state)

    @classmethod
    def _of_state(cls, provider: str, state: str) -> Self:
        """Find a sign-in by its state.

        Login CSRF: an attacker who lures a victim to a callback with the attacker's code would sign the victim in as
        the attacker. Only the browser that holds the cookie has this sign-in.
        """
        token = TRANSACTION.token(state[:OF_NAME])
        if token is None:
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")
        found = cls._opened(token)
        if found is None:
            raise SignInError("expired", provider=provider, phase="callback", detail="seal")
        if found.provider != provider or not hmac.compare_digest(found.state.encode(), state.encode()):
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="another sign-in")
        return found

    @classmethod
    def _newest(cls, provider: str) -> Self:
        """Find the newest sign-in of this browser, at a provider that cannot send a state back."""
        if (found := cls.newest_at(provider)) is None:
            raise SignInError("unknown_sign_in", provider=provider, phase="callback", detail="no cookie")
        return found

    @classmethod
    def newest_at(cls, provider: str) -> Self | None:
        """Give the newest sign-in that is on its way from this browser to a provider."""
        opened = (cls._opened(token) for _, token in held_sign_ins())
        return next((found for found in opened if found is not None and found.provider == provider), None)

    @classmethod
    def _opened(cls, token: str) -> Self | None:
        try:
            return cls(*TRANSACTION.open(token))
        except (SealError, TypeError):  # the latter for more fields than we know: by a newer version
            return None


def check_not_given_up(at: Here, answer: Answer) -> None:
    """End here when a provider says, without a state, that its learner gave up, or took too long: some leave it out.

    Anybody could have made such an address. So it says no more than that, in a browser that has a sign-in on its way to
    that provider, and the sign-in stays on its way.

    :raises SignInError: ``cancelled`` or ``expired``.
    """
    refusal = None if answer.state or isinstance(answer.protocol, Posted) else refusal_in(answer.fields)
    if refusal is None or refusal[0] not in ("cancelled", "expired"):
        return
    if (found := Transaction.newest_at(answer.provider)) is not None:
        resume(at, answers=found.answers, next=found.next, lang=found.lang)
        detail = f"{refusal[1]}, without a state"
        raise SignInError(refusal[0], provider=answer.provider, phase="callback", detail=detail)


def shortened(sign_in: Any) -> Iterator[list[object]]:
    """List what a sign-in is made of, on its way or ended; then without the page to end at, and without the answers,
    to fit a cookie. What is left out at the end of a list is its field's default."""
    for left_out in ((), ("next",), ("next", "answers")):
        of = fields(sign_in)
        listed = [(_default(each) if each.name in left_out else getattr(sign_in, each.name), each) for each in of]
        while listed and listed[-1][0] == _default(listed[-1][1]):
            listed.pop()
        yield [value for value, _ in listed]


def _default(each: Field[Any]) -> object:
    return each.default_factory() if each.default_factory is not MISSING else each.default
