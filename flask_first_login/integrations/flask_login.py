"""The session of a portal that signs its members in by Flask-Login."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from flask import current_app, session
from flask_login import (
    current_user,
    login_fresh,
    login_user,
    logout_user,
    user_logged_in,
    user_login_confirmed,
)
from flask_login.utils import login_url

from ..errors import AccountGone, SignInRefused
from ..host_session import renew_session
from ..text import Text

#: Where a session keeps when the portal's own sign-in was, in seconds.
LOGGED_IN_AT = "first_login_logged_in_at"
FRESH_SECONDS = 15 * 60
INACTIVE = Text("Your account on this platform is not active.", "您在本平臺的帳號目前未啟用。")


def _own_id(user: Any) -> str:
    return str(user.get_id())


def _note_login(sender: object, **more: object) -> None:
    session[LOGGED_IN_AT] = int(time.time())


class LoginSession:
    """`HostSession` by Flask-Login: the portal's own user is signed in, and its own pages know them.

    ``load_user`` finds the portal's user by the id of an account, which is what ``create_account`` returned. None says
    that the portal has deleted them, and what we keep of them is erased: for who is only disabled, return the user.
    ``account_of`` tells that id of a user; without it, it is the ``get_id()`` that Flask-Login asks for.
    """

    def __init__(self, load_user: Callable[[str], Any], *, account_of: Callable[[Any], str] = _own_id) -> None:
        self._load_user, self._account_of = load_user, account_of
        for proof in (user_logged_in, user_login_confirmed):  # Flask-Login itself does not tell how long ago it was
            proof.connect(_note_login)

    def sign_in(self, account_id: str) -> None:
        """Sign the portal's user in, in a new session.

        :raises AccountGone: the portal has deleted this user.
        :raises SignInRefused: it has disabled them (``is_active``): nobody is signed in then.
        """
        user = self._load_user(account_id)
        renew_session()  # before it is cleared: an id that somebody planted ends here
        session.clear()
        if user is None:
            raise AccountGone("the portal has no user of this account any more")
        if not login_user(user):
            raise SignInRefused("inactive", INACTIVE)

    def signed_in(self) -> str | None:
        """Return the account of whoever Flask-Login says is signed in."""
        return self._account_of(current_user) if current_user.is_authenticated else None

    def sign_out(self) -> None:
        """Sign out of Flask-Login, and drop its cookie that remembers a member."""
        remembered = session.get("_remember")
        logout_user()
        forget = session.get("_remember", remembered)
        renew_session()
        session.clear()
        if forget is not None:
            session["_remember"] = forget  # Flask-Login clears its cookie by this, after the request

    def is_fresh(self) -> bool:
        """Say whether the member signed in to the portal within 15 minutes, and not by a cookie that remembers them."""
        age = time.time() - session.get(LOGGED_IN_AT, 0)
        return bool(current_user.is_authenticated and login_fresh() and 0 <= age < FRESH_SECONDS)

    def login_url(self, next_url: str) -> str | None:
        """Return the portal's login page, since who signs in once more is signed out before; None where it has none."""
        manager = current_app.login_manager  # type: ignore[attr-defined]  # Flask-Login puts it there
        view = manager.login_view or manager.refresh_view
        return str(login_url(view, next_url=next_url)) if view else None
