"""Sign out: for whoever reads somebody else's name on a page of ours, and before a start with another account.

Nobody is signed in here any more before the browser goes to sign out at a provider (`Oidc.sign_out_there`).
"""

from __future__ import annotations

import hmac
import logging
import secrets

from flask import redirect, request, session
from werkzeug.wrappers import Response

from ...errors import SignInError
from ...host_session import LEAVING, SIGNED_OUT, SignsOut, opened_by, renew_session
from ...identity import Account
from ...providers import Oidc
from ...text import Text
from ..failures import handles_page_errors, handles_sign_in_errors
from ..forms import ButtonForm, lead_away
from ..headers import private
from ..navigation import Here, by_json, here, resume, told_address
from ..pages import provider_title, render
from ..template_texts import CONTINUE
from .repeated_answer import forget_ended

logger = logging.getLogger("flask_first_login")
TITLE = Text("You are signed out", "您已登出")
NOTHING_LEFT = Text("You can close this window.", "您可以關閉這個視窗。")
THERE_TOO = Text("You are signed out of this site and of {provider}.", "您已登出本網站及{provider}。")
LEAVE_BOTH = Text(
    "Before you leave, sign out of this site, and of {provider} too.", "離開前請登出本平臺，也請登出{provider}。"
)
LEFT_OPEN = Text(
    "At a computer that others use too: you may still be signed in at {provider}. Sign out there as well.",
    "如使用共用電腦：您在{provider}可能仍為登入狀態，請一併登出。",
)


@handles_sign_in_errors
def sign_out() -> Response:
    """Sign out here, and where that is set at the provider. By a link, any page elsewhere could sign a learner out."""
    return leave_session(here(), ButtonForm())


def leave_session(at: Here, form: ButtonForm) -> Response:
    """Sign out, and send the browser on: to the provider to sign out there, or to the login page. ``form`` brings the
    token.

    Who presses twice is signed out by the first of the two.

    :raises SignInError: as `end_session`.
    """
    name, account = None, at.state.signed_in()
    if at.state.signed_in_id() is not None:
        name = _provider_of(at, account) if account is not None else None
        end_session(at, "", form)
    if name is None or not _signs_out_there(at, name):
        return redirect(at.url("login"), 303)
    url = _url_there(at, name)
    if url is None:
        return redirect(at.url("signed_out", next=None, left=name), 303)
    return redirect(url, 303) if by_json() else lead_away(at, name, url, label=CONTINUE)


def end_session(at: Here, name: str, form: ButtonForm) -> None:
    """Sign out whoever is signed in in this browser, before a sign-in at the provider ``name`` or for good.

    :raises SignInError: ``expired``, when the token is not of this session, or the host's session signs nobody out.
    """
    if not isinstance(at.state.session, SignsOut):
        raise SignInError("expired", provider=name, phase="begin", detail="the host's session signs nobody out")
    if not form.validate():
        raise SignInError("expired", provider=name, phase="begin", detail="token of the form")
    renew_session()
    at.state.session.sign_out()
    session[SIGNED_OUT] = True  # whoever sits here next is not taken for the former one by the provider's own session
    forget_ended()


@handles_page_errors
def signed_out() -> Response:
    """Say that nobody is signed in here; to the browser that a provider sends back from its own sign-out, there too.

    An address that somebody made up, or took from another browser, says no more than what is so.
    """
    at = here()
    if at.state.signed_in_id() is not None:
        return redirect(at.home_url, 303)
    state, there, lang = session.get(LEAVING) or ("", "", None)
    if state and hmac.compare_digest(state.encode(), request.args.get("state", "").encode()):
        at = resume(at, answers={}, next=None, lang=at.lang or lang)
    else:
        there = ""
    left = request.args.get("left", "")
    note = LEFT_OPEN.fill(provider=provider_title(at, left)) if left in at.state.registrations else None
    said = NOTHING_LEFT if note is None else None
    if there in at.state.registrations:
        said = THERE_TOO.fill(provider=provider_title(at, there))
    return private(render("signed_out.html", TITLE, guide=False, said=said, note=note))


def left_open(at: Here, account: Account) -> Text | None:
    """Say where else to sign out, at a provider that a sign-out here does not reach; None where it leads there."""
    name = _provider_of(at, account)
    return None if name is None or _signs_out_there(at, name) else LEAVE_BOTH.fill(provider=provider_title(at, name))


def _provider_of(at: Here, account: Account) -> str | None:
    """Name the provider by which this session was opened last, if it is still one of this portal's."""
    known = [each for each in opened_by(account) if each.provider in at.state.registrations]
    return max(known, key=lambda each: each.signed_in_at).provider if known else None


def _signs_out_there(at: Here, name: str) -> bool:
    protocol = at.state.registrations[name].provider.protocol
    return isinstance(protocol, Oidc) and protocol.sign_out_there


def _url_there(at: Here, name: str) -> str | None:
    """Give where the person signs out at a provider; None when it offers that no more, or cannot be asked."""
    back_to, client, state = told_address(at, "signed_out"), at.state.client(name), secrets.token_urlsafe(16)
    try:
        url: str | None = client.sign_out_url(back_to, state) if back_to is not None else None  # type: ignore[attr-defined]  # of OpenID Connect alone
    except SignInError as error:
        url = None
        logger.warning("nobody can sign out at %s: %s", name, error)
    if url is not None:
        session[LEAVING] = [state, name, at.lang]
    return url
