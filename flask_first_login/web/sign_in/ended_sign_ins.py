"""What is left in a browser of a sign-in that has ended: enough to know its answer again, nothing to complete it with.

It takes the place of the sign-in's own cookie (see `transaction`), is smaller, and counts among the same five. It holds
no nonce and no verifier, is sealed for another purpose, and so can never be taken for a sign-in on its way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from flask import Response as FlaskResponse
from flask import after_this_request
from werkzeug.wrappers import Response

from ...errors import SealError
from ...state import AppState, state_of
from .transaction import COMPACT, STATE_SEED, TRY, Transaction, drop_slot, free_slot, set_slot, slots, state_in

PURPOSE = "ended"
SECONDS = 600
#: Who was signed in by a sign-in, and is not after this many seconds, has signed out: nothing leads them back in.
SOON = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """A sign-in whose answer was taken. ``bridged`` and ``answer`` name that answer where no state of it can be seen:
    the tag of one that was carried over, and the digest of one from a provider that sends no state back.
    ``signed_in_at`` is when it signed somebody in, in seconds; 0 when it did not."""

    seed: bytes = field(repr=False)
    provider: str
    next: str | None = None
    lang: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    step_up: bool = False
    fresh: bool = False
    again: bool = False
    joins: bool = False
    tries: bool = False
    bridged: str = ""
    answer: str = ""
    signed_in_at: int = 0

    @classmethod
    def of(cls, transaction: Transaction, *, bridged: str = "", answer: str = "") -> Self:
        """A sign-in that was on its way."""
        joins, tries = transaction.joins is not None, transaction.purpose == TRY
        return cls(
            transaction.seed[:STATE_SEED],
            transaction.provider,
            transaction.next,
            transaction.lang,
            transaction.answers,
            transaction.step_up,
            transaction.fresh,
            transaction.again,
            joins,
            tries,
            bridged,
            answer,
        )

    @classmethod
    def in_this_browser(
        cls, state: AppState, provider: str, *, given: str = "", bridged: str = "", answer: str = ""
    ) -> Self | None:
        """The sign-in that ended with the very answer which came now, known by any of the three; None for others."""
        for ended in cls._all(state):
            named = ((ended.state, given), (ended.bridged, bridged), (ended.answer, answer))
            if ended.provider == provider and any(_is_same(*pair) for pair in named):
                return ended
        return None

    @classmethod
    def is_any_in_this_browser(cls, state: AppState) -> bool:
        """Whether some sign-in ended here a moment ago."""
        return next(cls._all(state), None) is not None

    @classmethod
    def _all(cls, state: AppState) -> Iterator[Self]:
        for _, token in slots():
            if (ended := cls._opened(state, token)) is not None:
                yield ended

    @classmethod
    def _opened(cls, state: AppState, token: str) -> Self | None:
        try:
            octets = state.seal(PURPOSE).open_octets(token, max_age=SECONDS)
            return cls(octets[:STATE_SEED], *json.loads(octets[STATE_SEED:]))
        except (SealError, TypeError):  # the latter for more fields than we know: by a newer version
            return None

    @property
    def state(self) -> str:
        return state_in(self.seed)

    @property
    def may_begin_anew(self) -> bool:
        """Whether it may begin anew by itself, while nobody is signed in: once, and never one that joins or is a test,
        nor one whose learner has signed out since."""
        return not (self.again or self.joins or self.tries) and time.time() < (self.signed_in_at or time.time()) + SOON

    def keep(self, response: Response, state: AppState) -> None:
        """Put this in the place of the sign-in's own cookie, without where that led if there is no room for it: it
        takes none from what is on its way."""
        room = free_slot(response, self.state)
        elsewhere = replace(self, next=None)
        for ended in (self, elsewhere, replace(elsewhere, answers={})):
            token = state.seal(PURPOSE).seal_octets(ended.seed + COMPACT.encode(ended._said()).encode())
            if len(token) <= room:
                set_slot(response, self.state, token, SECONDS)
                return
        drop_slot(response, self.state)

    def drop(self, response: Response) -> None:
        """Remove this from the browser."""
        drop_slot(response, self.state)

    def _said(self) -> list[object]:
        """All but the seed, in the order of the fields; what is left out at the end is the default again."""
        return shortened(_fields(self), _fields(Ended(self.seed, self.provider)))


def shortened(said: Sequence[object], plain: Sequence[object]) -> list[object]:
    """What is said, up to the last that is not plain anyway."""
    last = max((place for place, value in enumerate(said, 1) if value != plain[place - 1]), default=1)
    return [*said[:last]]


def _fields(ended: Ended) -> list[object]:
    flags = [ended.step_up, ended.fresh, ended.again, ended.joins, ended.tries]
    known = [ended.bridged, ended.answer, ended.signed_in_at]
    return [ended.provider, ended.next, ended.lang, ended.answers, *flags, *known]


def _is_same(known: str, given: str) -> bool:
    return known != "" and hmac.compare_digest(known.encode(), given.encode())


def digest_of(fields: dict[str, str], once: Sequence[str]) -> str:
    """A short digest of what an answer can be used with once."""
    parts = [fields.get(name, "") for name in once]
    return hashlib.sha256("\0".join(["ended", *parts]).encode()).hexdigest()[:16] if any(parts) else ""


def forget_ended() -> None:
    """Drop what is left of ended sign-ins, with the answer to this request: whoever signs out is not led back in."""
    after_this_request(_without_ended)


def _without_ended(response: FlaskResponse) -> FlaskResponse:
    for ended in Ended._all(state_of()):
        ended.drop(response)
    return response
