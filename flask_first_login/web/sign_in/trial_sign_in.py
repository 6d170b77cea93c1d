"""A test sign-in of an operator: the whole way to the provider and back, told on a page, and nothing comes of it.

Only the command line makes the link that begins one. What the provider stated is shown masked, to
whoever just signed in there themself; no account, no session and no token is made or kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from werkzeug.wrappers import Response

from ...accounts.admission import look_up
from ...errors import SealError, SignInError, place_of
from ...hours import HoursReport
from ...identity import Account, Identity
from ...linking import Decision, Link, Refuse, SignIn, kept_as
from ...providers import Claims
from ...state import AppState
from ...text import Text
from ...traces import last_step, leave_trace
from ..forms import ButtonForm
from ..headers import private
from ..navigation import Here
from ..pages import render
from .finish import judgement_on, presented_by
from .sealed_cookies import Sealed
from .trial_page import Tried, draw, title_of

#: What makes a link good for one test sign-in.
LINK = Sealed("try", 600)

ASKED = Text(
    "The button begins a test sign-in. It shows what this way to sign in tells the portal, and saves nothing. It works "
    "once.",
    "按下按鈕即開始測試登入，頁面會顯示這個登入方式提供給平臺的資料，不會儲存任何資料。按鈕只能使用一次。",
)


def new_key(name: str) -> str:
    """Make what makes a link good for one test sign-in at this provider, for ten minutes."""
    return LINK.seal({"provider": name, "id": secrets.token_hex(16)})


def use_key_up(name: str, given: str) -> None:
    """Use a link up, for every process.

    :raises SignInError: ``expired`` when it is not one, or too old; ``already_used`` the second time.
    """
    if not LINK.use_once(_id_of_key(name, given)):
        raise SignInError("already_used", provider=name, phase="begin", detail="link of a test sign-in")


def _id_of_key(name: str, given: str) -> str:
    """:raises SignInError: ``expired`` when it is not one, or too old."""
    try:
        made = LINK.open(given)
    except SealError:
        made = {}
    if made.get("provider") != name:
        raise SignInError("expired", provider=name, phase="begin", detail="link of a test sign-in")
    return str(made["id"])


def ask(at: Here, name: str, given: str) -> Response:
    """Draw the page whose button begins the test sign-in of this link.

    :raises SignInError: ``expired`` when it is not one, or too old.
    """
    _id_of_key(name, given)
    action = at.url("test", name=name, key=given)
    response = render("handoff.html", title_of(at, name), guide=False, why=ASKED, form=ButtonForm(), action=action)
    return private(response)


def begin(at: Here, name: str, leave: Callable[[], Response]) -> Response:
    """Leave for the provider; when that fails, draw the page that says so at once."""
    try:
        return leave()
    except SignInError as error:
        return draw(at, name, Tried(error=error))


def end(at: Here, name: str, answered: Callable[[], Claims], identified: Callable[[Claims], Identity]) -> Response:
    """Make every check of a sign-in, decide what would follow, and draw the page of it; nothing is carried out."""
    tried = Tried()
    try:
        tried.claims = answered()
        tried.identity = identified(tried.claims)
        known = look_up(at.state.accounts, presented_by(at.state, tried.identity))
        judgement = judgement_on(at.state, tried.identity, known, current=None)
        tried.decision = judgement.decision
        tried.report = _report(at.state, judgement.identity, tried.decision)
    except SignInError as error:
        tried.error = error
    except Exception as error:  # a function of the integrator, or the store
        phase = "account" if tried.identity is not None else (last_step() or (name, "identify"))[1]
        place = place_of(error)
        tried.error = SignInError("portal_error", provider=name, phase=phase, detail=place)
        leave_trace(error, "test sign-in failed provider=%s phase=%s detail=%s", name, phase, place)
    return draw(at, name, tried)


def _report(state: AppState, known: Identity, decision: Decision) -> HoursReport | None:
    """Assess the hours of the account as it would be after this sign-in."""
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
