"""“This is me”: a member whom the portal has signed in, and who has no identity of ours yet, adds the first one."""

from __future__ import annotations

from dataclasses import replace

from flask import redirect
from werkzeug.wrappers import Response

from ...host_session import ProvesMembers, SignsOut
from ...linking import Refusal
from ...text import Text
from ..api.problem_details import problem_details
from ..failures import handles_sign_in_errors
from ..forms import ButtonForm
from ..guide import by_hours
from ..headers import private
from ..navigation import Here, by_json, here
from ..pages import Button, provider_buttons, render
from ..provider_offers import offers
from ..sign_in.sign_out import end_session

TITLE = Text("One step left: show who you are", "還差一步：請確認您的身分")
WHY = Text(
    "You are signed in to {service}, and nothing there shows yet who you are. Learning hours are credited by national "
    "ID number (foreign residents: the ARC number), so choose how you sign in.",
    "您已登入{service}，但目前的帳號無法確認您的身分。學習時數須以身分證字號（外籍人士為居留證統一證號）登載，請選擇您的登入方式。",
)
HOW = Text(
    "You sign in there once. From then on it opens this same account, with your courses and records.",
    "請於該處登入一次，之後即可用它登入這個帳號，您的課程與學習紀錄都會保留。",
)
TITLE_ONCE_MORE = Text("Please sign in to {service} once more first", "請先重新登入{service}一次")
WHY_ONCE_MORE = Text(
    "So that nobody else who finds this browser open can add a way to sign in of their own to your account, sign in to "
    "{service} once more. You then come back to “My learning hours”, where you can press the button again.",
    "為避免他人以未登出的瀏覽器將自己的登入方式加入您的帳號，請先重新登入{service}一次，完成後會回到「我的學習時數」，您可以再按一次按鈕。",
)
BY_YOURSELF = Text(
    "Sign out of {service} and sign in there with your password; then open “My learning hours” within 15 minutes.",
    "請登出{service}，以密碼重新登入，並於15分鐘內開啟「我的學習時數」。",
)
ASK_THE_GUIDE = Text("I do not know which one is mine", "我不知道該選哪一個")
SIGN_IN_ONCE_MORE = Text("Sign in to {service} once more", "重新登入{service}")


def addable(at: Here) -> list[Button]:
    """List what this member may add as a first identity, each asked for by POST: what any page may offer them."""
    offered = offers(at)
    buttons = provider_buttons(at, (*offered.government, *offered.social))
    return [replace(button, url=at.url("join", name=button.name)) for button in buttons]


def choose_first(at: Here) -> Response:
    """Draw the page on which a member chooses by which identity they can be known."""
    response = render(
        "first_identity.html",
        TITLE,
        guide=False,
        why=WHY.fill(service=at.state.settings.service_name),
        how=HOW,
        groups=by_hours(addable(at)),
        guide_label=ASK_THE_GUIDE,
        form=ButtonForm(),
    )
    return private(response)


def is_proven(at: Here) -> bool:
    """Say whether the member who is signed in proved themself to the portal a moment ago."""
    return isinstance(at.state.session, ProvesMembers) and at.state.session.is_fresh()


def ask_to_log_in(at: Here) -> Response:
    """Draw the page that leads to the portal's own sign-in, and back."""
    service, can_lead = at.state.settings.service_name, _login_url(at) is not None
    title, why = (
        TITLE_ONCE_MORE.fill(service=service),
        (WHY_ONCE_MORE if can_lead else BY_YOURSELF).fill(service=service),
    )
    if by_json():
        return problem_details(403, Refusal.NOT_FRESH, title, why)
    response = render(
        "first_identity.html",
        title,
        guide=False,
        page_url={"endpoint": "hours"},
        why=why,
        groups=[],
        log_in_url=at.url("log_in_again") if can_lead else None,
        log_in_label=SIGN_IN_ONCE_MORE.fill(service=service),
        form=ButtonForm(),
    )
    response.status_code = 403
    return response


def _login_url(at: Here) -> str | None:
    """Return where the member signs in to the portal once more; None where nobody knows, or they cannot sign out here:
    most portals pass over their login page for whoever is signed in."""
    session = at.state.session
    if not isinstance(session, ProvesMembers) or not isinstance(session, SignsOut):
        return None
    return session.login_url(at.url("hours", answers={}))


@handles_sign_in_errors
def log_in_again() -> Response:
    """Sign the member out, and lead on to the portal's own sign-in; by POST with the token alone."""
    at = here()
    url = _login_url(at)
    end_session(at, "", ButtonForm())
    return redirect(url or at.home_url, 303)
