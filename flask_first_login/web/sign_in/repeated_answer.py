"""An answer of a provider that comes again, by the Back button, a reload or a double press: the learner is led on.

It is never sent to the provider again, and nothing is created. Who is signed in in this browser goes on. Whose browser
began that very sign-in begins it anew by itself, once. Anybody else is refused as before.

To know the answer again, what is left of a sign-in that has ended takes the place of its cookie (see `transaction`) and
counts among the same five. It holds no nonce and no verifier and is sealed for another purpose, so it can never be
taken for a sign-in on its way.
"""

from __future__ import annotations

import hmac
import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Self
from unicodedata import normalize

from flask import Response as FlaskResponse
from flask import after_this_request, redirect, request
from werkzeug.wrappers import Response

from ...accounts.admission import use_each_once
from ...errors import SealError, SignInError
from ...identity import Account
from ...linking import SignIn
from ...providers import NamesOneUse, Posted, Ticket
from ...state import state_of
from ..api.problem_details import wants_json
from ..navigation import Here, resume
from .finish import next_url
from .form_post import Answer
from .sealed_cookies import ENDED, TRANSACTION, WAITING, held_sign_ins, once, room_for_sign_in
from .transaction import OF_NAME, Transaction, shortened

logger = logging.getLogger("flask_first_login")

#: What an answer is refused with that came before, as far as can be known; the others have a cause of their own.
USED = frozenset({"already_used", "ticket_reused"})
REPEATED = USED | {"unknown_sign_in", "expired"}
USED_FOR = timedelta(days=1)
#: Who was signed in by a sign-in, and is not after this many seconds, has signed out: nothing leads them back in.
SOON = 60


def use_up(transaction: Transaction, answer: Answer) -> Answer:
    """Use a sign-in and its code or ticket up, both at once, for every process and machine: a provider may not notice a
    replay itself. Give the answer, which says whether it came before.

    It is used up by its issuer: where one stands under two names, what was used at one would pass for new at the other.

    :raises SignInError: ``already_used``, when it is the sign-in that was used before.
    """
    digests = [TRANSACTION.once(transaction.state)]
    if (proof := _good_once(answer)) is not None:
        digests.append(proof)
    new = use_each_once(state_of().accounts, *digests)
    if new == 0:
        raise SignInError("already_used", provider=answer.provider, phase="callback", detail="its sign-in was used")
    return replace(answer, came_before=new < len(digests))


def _good_once(answer: Answer) -> tuple[bytes, datetime] | None:
    """Give what of an answer is good once: what its verifier names, or the letters and digits of its code or ticket."""
    protocol = answer.protocol
    verify: object = protocol.verify if isinstance(protocol, Posted) else None
    if isinstance(verify, NamesOneUse):
        ticket = Ticket(answer.provider, protocol.issuer, answer.fields, datetime.now(UTC))
        if (named := verify.one_use_key(ticket)) is not None:
            key, until = named
            return once("\0".join(["one use", protocol.issuer, key]), until - ticket.received_at)
    parts = [answer.fields.get(name, "") for name in protocol.once]
    if not any(parts):
        return None
    return once("\0".join(["answer", protocol.issuer, *map(_letters_and_digits, parts)]), USED_FOR)


def check_new(answer: Answer) -> None:
    """Go on only with a code or a ticket that did not come before.

    :raises SignInError: ``already_used`` or ``ticket_reused``.
    """
    if answer.came_before:
        code = "ticket_reused" if isinstance(answer.protocol, Posted) else "already_used"
        raise SignInError(code, provider=answer.provider, phase="callback", detail="what it brings was used")


def _letters_and_digits(text: str) -> str:
    """Fold a code or a ticket to its letters and digits, in one case and one width.

    Replay: a provider that decodes hex or base64 may ignore white space, case, padding, foreign characters or full
    width, and so accept a used ticket that is spelt differently. Two random tickets never fold to the same text.
    """
    folded = text if text.isascii() else "".join(normalize("NFKC", character) for character in text)
    return re.sub(r"[\W_]+", "", folded.casefold()) or text


@dataclass(frozen=True, slots=True)
class Ended:
    """A sign-in whose answer was taken. ``tag`` and ``digest`` name that answer where no state of it can be seen: one
    that was carried over, and one from a provider that sends no state back. ``signed_in_at`` is when it signed somebody
    in, in seconds; 0 when it did not."""

    state: str = field(repr=False)
    provider: str
    next: str | None = None
    lang: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    step_up: bool = False
    fresh: bool = False
    again: bool = False
    joins: bool = False
    is_test: bool = False
    tag: str = ""
    digest: str = ""
    signed_in_at: int = 0

    @classmethod
    def of(cls, transaction: Transaction, answer: Answer) -> Self:
        """Make it of a sign-in that was on its way."""
        kept = ("state", "provider", "next", "lang", "answers", "step_up", "fresh", "again", "is_test")
        values = {name: getattr(transaction, name) for name in kept}
        return cls(**values, joins=transaction.joins is not None, tag=answer.tag, digest=answer.digest)

    @classmethod
    def with_answer(cls, answer: Answer) -> Self | None:
        """Find the sign-in of this browser that ended with this very answer."""
        for ended in cls._in_this_browser():
            pairs = ((ended.state, answer.state), (ended.tag, answer.tag), (ended.digest, answer.digest))
            if ended.provider == answer.provider and any(_is_same(*pair) for pair in pairs):
                return ended
        return None

    @classmethod
    def is_any_in_this_browser(cls) -> bool:
        """Whether some sign-in ended here a moment ago."""
        return next(cls._in_this_browser(), None) is not None

    @classmethod
    def _in_this_browser(cls) -> Iterator[Self]:
        for _, token in held_sign_ins():
            try:
                yield cls(*ENDED.open(token))
            except (SealError, TypeError):  # the latter for more fields than we know: by a newer version
                continue

    @property
    def may_begin_anew(self) -> bool:
        """Whether it may begin anew by itself, while nobody is signed in: once, and never one that joins or is a test,
        nor one whose learner has signed out since."""
        is_ordinary = not (self.again or self.joins or self.is_test)
        return is_ordinary and time.time() < (self.signed_in_at or time.time()) + SOON

    def keep(self, response: Response) -> None:
        """Put this in the place of the sign-in's own cookie, without where that led if there is no room for it: it
        takes none from what is on its way."""
        name = self.state[:OF_NAME]
        token = ENDED.fitting(shortened(self), room_for_sign_in(response, ENDED.name(name)), name)
        if token is not None:
            ENDED.put(response, token, name)
        else:
            self.drop(response)

    def drop(self, response: Response) -> None:
        """Remove this from the browser."""
        ENDED.drop(response, self.state[:OF_NAME])


def _is_same(known: str, given: str) -> bool:
    return known != "" and hmac.compare_digest(known.encode(), given.encode())


def forget_ended() -> None:
    """Drop what is left of ended sign-ins, with the answer to this request: whoever signs out is not led back in."""

    @after_this_request
    def without_ended(response: FlaskResponse) -> FlaskResponse:
        for ended in Ended._in_this_browser():
            ended.drop(response)
        return response


def lead_on(at: Here, error: SignInError, ended: Ended | None, begin: Callable[[Here, Ended], Response]) -> Response:
    """Send the learner on who brings an answer again; ``ended`` is its sign-in, if it was this browser's.

    :raises SignInError: ``error``, when the answer did not come before or nobody can be led on.
    """
    if error.code not in REPEATED or error.phase != "callback":
        raise error
    if ended is not None:
        at = resume(at, answers=ended.answers, next=ended.next, lang=ended.lang)
        if error.code not in USED:
            error = SignInError("already_used", provider=error.provider, phase=error.phase, detail="the sign-in ended")
        if ended.is_test:
            raise error
    account = at.state.current_account()
    if account is not None:
        logger.info("an answer came again: provider=%s, who is signed in goes on", error.provider)
        return redirect(_goal(at, ended, account), 303)
    if ended is None:
        raise error
    if _waits_for_consent(ended):
        return redirect(at.url("acknowledge"), 303)
    if not ended.may_begin_anew or wants_json():  # a script can follow no redirect to a provider: it is told
        raise error
    logger.info("an answer came again: provider=%s, its sign-in begins anew", error.provider)
    return begin(at, ended)


def _goal(at: Here, ended: Ended | None, account: Account) -> str:
    """Say where who is signed in was going; if that is not known, where they see that they are signed in, and as
    whom."""
    if ended is not None and ended.joins:
        return at.url("hours", next=None)
    if ended is not None and at.next is not None:
        return at.next
    if not account.identities:  # a user of the host who has no account of ours: no page of ours is about them
        return at.home_url
    if ended is None:
        return at.url("outcome")
    return next_url(at, SignIn(account.id), at.state.hours(account))


def _waits_for_consent(ended: Ended) -> bool:
    """Whether its identity waits in this browser for its learner to accept what it costs."""
    try:
        provider, *_ = WAITING.get()
    except (SealError, TypeError, ValueError):
        return False
    return bool(provider == ended.provider)


def lead_on_past_consent(at: Here, error: SignInError) -> Response:
    """Send the learner on who comes back to the page of what a social sign-in costs, and nothing waits there any more:
    they accepted it, or turned away to the login page.

    :raises SignInError: ``error``, when nobody is signed in whose browser ended a sign-in a moment ago.
    """
    if error.code != "expired":
        raise error
    account = at.state.current_account()
    if account is not None:
        logger.info("the page of what it costs again: who is signed in goes on")
        return redirect(_goal(at, None, account) if at.next is None else at.next, 303)
    if request.method == "POST" or wants_json() or not Ended.is_any_in_this_browser():
        raise error
    return redirect(at.url("login"), 303)
