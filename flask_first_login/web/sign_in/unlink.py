"""A learner gives up one of several ways to sign in: by POST, freshly signed in, asked twice."""

from __future__ import annotations

import logging
from collections.abc import Callable

from flask import redirect
from werkzeug.wrappers import Response

from ... import signals
from ...errors import AccountConflict, SealError, SignInError
from ...identity import Account, Identity
from ...leaving import Leave, Stay, decide_unlink
from ...state import is_certain
from ...text import Text
from ..failures import handles_sign_in_errors
from ..forms import LeaveForm
from ..navigation import Here, here
from ..pages import provider_title, render
from .finish import TRIES
from .reauthentication import ask_for_proof, is_fresh
from .sealed_cookies import Sealed

logger = logging.getLogger("flask_first_login")
#: What a form says to name an identity.
CHOICE = Sealed("leaving", 3600)
TITLE = Text("Remove this way to sign in?", "要移除這個登入方式嗎？")
POINTS = (
    Text("You can no longer sign in to this account with it.", "您將無法再以此方式登入這個帳號。"),
    Text(
        "Wherever you are signed in with it, you will be signed out.",
        "以此方式登入的所有裝置與瀏覽器都會被登出。",
    ),
    Text(
        "Hours of the authorities that take them today can still be uploaded.",
        "目前可以上傳時數的認證機關，之後仍可上傳。",
    ),
    Text(
        "A course that you completed with it and whose hours still wait for something may never be uploaded.",
        "以此方式登入期間完成、目前尚缺資料而等待上傳的課程，其時數可能無法再上傳。",
    ),
    Text(
        "You can add it again as long as it carries the same national ID number as this account.",
        "只要它的身分證字號與這個帳號相同，之後仍可重新加入。",
    ),
)
REMOVE = Text("Remove it", "移除")
KEEP = Text("Keep it", "保留")
LEFT = Text("This way to sign in was removed from your account.", "已從您的帳號移除這個登入方式。")


def sealed_key(account: Account, identity: Identity) -> str:
    """Name an identity in a form: a subject is in no page, and a place in a list may be another's by now."""
    return CHOICE.seal({"account": account.id, "issuer": identity.issuer, "subject": identity.subject})


@handles_sign_in_errors
def leave(name: str) -> Response:
    """Take an identity from the account that is signed in.

    By a link, any page elsewhere could do it; with an old session, whoever found a browser open.
    """
    return give_up(here(), name, LeaveForm(), _asked_again)


def give_up(at: Here, name: str, form: LeaveForm, asked_again: Callable[[Here, str, LeaveForm], Response]) -> Response:
    """Take the identity that the form names from the account, once the form confirms it; else ask again.

    :raises SignInError: with the code of why the identity stays.
    """
    account = at.state.signed_in()
    if account is None or not form.validate():
        raise SignInError("expired", provider=name, phase="leave", detail="nobody is signed in, or the form's token")
    issuer, subject = _chosen(account, name, form.which.data)
    if not is_fresh(account):
        return ask_for_proof(at, account)
    for _ in range(TRIES):
        if form.confirmed.data and _is_gone(at, account.id, issuer, subject):
            return redirect(at.url("hours", left="1"), 303)  # by the first of two presses, or in another tab
        decision = _decide(at, account.id, name, issuer, subject)
        if not form.confirmed.data:
            return asked_again(at, name, form)
        try:
            at.state.accounts.leave(decision.account, decision.identity)
        except AccountConflict:
            continue  # another request came first: look again, decide again
        logger.info("identity left provider=%s", name)
        signals.tell(signals.identity_left, account=account.id, provider=name)
        return redirect(at.url("hours", left="1"), 303)
    raise SignInError("portal_error", provider=name, phase="leave", detail="conflict")


def _asked_again(at: Here, name: str, form: LeaveForm) -> Response:
    return render(
        "leave.html",
        TITLE,
        guide=False,
        page_url={"endpoint": "hours"},
        leaving=provider_title(at, name),
        points=POINTS,
        form=form,
        action=at.url("leave", name=name),
        remove_label=REMOVE,
        back_url=at.url("hours"),
        back_label=KEEP,
    )


def _chosen(account: Account, name: str, which: str | None) -> tuple[str, str]:
    """Open which identity the form names.

    :raises SignInError: ``expired``, when the form was on another account's page or is too old.
    """
    try:
        named = CHOICE.open(which)
    except SealError:
        named = {}
    if named.get("account") != account.id:
        raise SignInError("expired", provider=name, phase="leave", detail="the form is another account's, or too old")
    return str(named["issuer"]), str(named["subject"])


def _is_gone(at: Here, account_id: str, issuer: str, subject: str) -> bool:
    """Whether the identity has left the account that held it when the form was drawn."""
    account = at.state.accounts.get(account_id)
    return account is not None and all(identity.key != (issuer, subject) for identity in account.identities)


def _decide(at: Here, account_id: str, name: str, issuer: str, subject: str) -> Leave:
    """:raises SignInError: with the code of why the identity stays."""
    account = at.state.accounts.get(account_id)
    if account is None or not is_certain(at.state.hours(account)):
        raise SignInError("portal_error", provider=name, phase="leave", detail="the account or its hours")
    match decide_unlink(account, issuer, subject, at.state.hours):
        case Stay(why=why):
            raise SignInError(why, provider=name, phase="leave")
        case Leave() as decision:
            return decision
