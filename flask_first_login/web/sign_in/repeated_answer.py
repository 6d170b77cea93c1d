"""An answer of a provider that comes again, by the Back button, a reload or a double press: the learner is led on.

It is never sent to the provider again, and nothing is created. Who is signed in in this browser goes on. Whose browser
began that very sign-in begins it anew by itself, once. Anybody else is refused as before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import redirect, request
from werkzeug.wrappers import Response

from ...errors import SignInError
from ...identity import Account
from ...linking import SignIn
from ..api.problem_details import wants_json
from ..navigation import Here, resume
from .ended_sign_ins import Ended
from .finish import onward
from .waiting_identity import Pending

logger = logging.getLogger("flask_first_login")

#: What an answer is refused with that came before, as far as can be known; the others have a cause of their own.
USED = frozenset({"already_used", "ticket_reused"})
REPEATED = USED | {"unknown_sign_in", "expired"}


def lead_on(at: Here, error: SignInError, ended: Ended | None, begin: Callable[[Here, Ended], Response]) -> Response:
    """Where the learner goes on who brings an answer again; ``ended`` is its sign-in, if it was this browser's.

    :raises SignInError: ``error``, when the answer did not come before or nobody can be led on.
    """
    if error.code not in REPEATED or error.phase != "callback":
        raise error
    if ended is not None:
        at = resume(at, answers=ended.answers, next=ended.next, lang=ended.lang)
        if error.code not in USED:
            error = SignInError("already_used", provider=error.provider, phase=error.phase, detail="the sign-in ended")
        if ended.tries:
            raise error
    account = at.state.current_account()
    if account is not None:
        logger.info("an answer came again: provider=%s, who is signed in goes on", error.provider)
        return redirect(_goal(at, ended, account), 303)
    if ended is None:
        raise error
    if _waits(at, ended):
        return redirect(at.url("acknowledge"), 303)
    if not ended.may_begin_anew or wants_json():  # a script can follow no redirect to a provider: it is told
        raise error
    logger.info("an answer came again: provider=%s, its sign-in begins anew", error.provider)
    return begin(at, ended)


def _goal(at: Here, ended: Ended | None, account: Account) -> str:
    """Where who is signed in was going; if that is not known, where they see that they are signed in, and as whom."""
    if ended is not None and ended.joins:
        return at.url("hours", next=None)
    if ended is not None and at.next is not None:
        return at.next
    if not account.identities:  # a user of the host who has no account of ours: no page of ours is about them
        return at.state.settings.home_url
    if ended is None:
        return at.url("outcome")
    return onward(at, SignIn(account.id), at.state.hours(account))


def _waits(at: Here, ended: Ended) -> bool:
    """Whether its identity waits in this browser for its learner to accept what it costs."""
    try:
        return Pending.of_this_browser(at).provider == ended.provider
    except SignInError:
        return False


def lead_on_past_consent(at: Here, error: SignInError) -> Response:
    """Where the learner goes on who comes back to the page of what a social sign-in costs, and nothing waits there any
    more: they accepted it, or turned away to the login page.

    :raises SignInError: ``error``, when nobody is signed in whose browser ended a sign-in a moment ago.
    """
    if error.code != "expired":
        raise error
    account = at.state.current_account()
    if account is not None:
        logger.info("the page of what it costs again: who is signed in goes on")
        return redirect(_goal(at, None, account) if at.next is None else at.next, 303)
    if request.method == "POST" or wants_json() or not Ended.is_any_in_this_browser(at.state):
        raise error
    return redirect(at.url("login"), 303)
