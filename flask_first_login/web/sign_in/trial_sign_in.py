"""A test sign-in of an operator: the whole way to the provider and back, told on a page, and nothing comes of it.

Only the command line makes the link that begins one. What the provider stated is shown masked, to
whoever just signed in there themself; no account, no session and no token is made or kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from werkzeug.wrappers import Response

from ...errors import SealError, SignInError, place_of
from ...hours import HoursReport
from ...identity import Account, Identity
from ...linking import Decision, Link, Refuse, SignIn, kept_as
from ...providers import Claims
from ...state import AppState
from ...traces import leave_trace
from ..navigation import Here
from .admission import judge
from .trial_page import draw

PURPOSE = "try"
SECONDS = 600


def key(state: AppState, name: str) -> str:
    """What makes a link good for one test sign-in at this provider, for ten minutes."""
    return state.seal(PURPOSE).seal({"provider": name, "id": secrets.token_hex(16)})


def spend_key(state: AppState, name: str, given: str) -> None:
    """Use a link up, for every process.

    :raises SignInError: ``expired`` when it is not one, or too old; ``already_used`` the second time.
    """
    try:
        made = state.seal(PURPOSE).open(given, max_age=SECONDS)
    except SealError:
        made = {}
    if made.get("provider") != name:
        raise SignInError("expired", provider=name, phase="begin", detail="link of a test sign-in")
    digest = hashlib.sha256(f"{PURPOSE}:{made['id']}".encode()).digest()
    if not state.accounts.use_once(digest, datetime.now(UTC) + timedelta(seconds=SECONDS)):
        raise SignInError("already_used", provider=name, phase="begin", detail="link of a test sign-in")


@dataclass(slots=True)
class Tried:
    """How far a test sign-in came: each is None until it was reached; ``error`` is what ended it before its time."""

    claims: Claims | None = None
    identity: Identity | None = None
    decision: Decision | None = None
    report: HoursReport | None = None
    error: SignInError | None = None


def begin(at: Here, name: str, leave: Callable[[], Response]) -> Response:
    """Off to the provider; when that fails, the page says so at once."""
    try:
        return leave()
    except SignInError as error:
        return draw(at, name, Tried(error=error))


def end(at: Here, name: str, answered: Callable[[], Claims], identified: Callable[[Claims], Identity]) -> Response:
    """Back from the provider: every check of a sign-in, and what would follow; obeyed by nobody."""
    tried = Tried()
    try:
        tried.claims = answered()
        tried.identity = identified(tried.claims)
        known, tried.decision = judge(at.state, tried.identity, current=None)
        tried.report = _report(at.state, known, tried.decision)
    except SignInError as error:
        tried.error = error
    except Exception as error:  # a function of the integrator, or the store
        phase = "ticket" if tried.claims is None else "identify" if tried.identity is None else "account"
        place = place_of(error)
        tried.error = SignInError("portal_error", provider=name, phase=phase, detail=place)
        leave_trace(error, "test sign-in failed provider=%s phase=%s detail=%s", name, phase, place)
    return draw(at, name, tried)


def _report(state: AppState, known: Identity, decision: Decision) -> HoursReport | None:
    """The hours of the account as it would be after this sign-in."""
    match decision:
        case Refuse():
            return None
        case SignIn(account_id=account_id) | Link(account_id=account_id):
            held = state.accounts.get(account_id)
            others = tuple(linked for linked in held.identities if linked.key != known.key) if held is not None else ()
            if isinstance(decision, SignIn) and held is not None:
                stored = next(linked for linked in held.identities if linked.key == known.key)
                known = kept_as(known, stored, decision.id_change)
            return state.hours(Account(account_id, (*others, known)))
        case _:
            return state.hours(Account("", (known,)))
