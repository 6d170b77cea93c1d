"""The session of a portal that signs its members in by Flask-Login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import session
from flask_login import current_user, login_user, logout_user

from ..host_session import renew_session


def _own_id(user: Any) -> str:
    return str(user.get_id())


class LoginSession:
    """`HostSession` by Flask-Login: the portal's own user is signed in, and its own pages know them.

    ``load_user`` finds the portal's user by the id of an account, which is what ``create_account`` returned.
    ``account_of`` tells that id of a user; without it, it is the ``get_id()`` that Flask-Login asks for.
    """

    def __init__(self, load_user: Callable[[str], Any], *, account_of: Callable[[Any], str] = _own_id) -> None:
        self._load_user, self._account_of = load_user, account_of

    def sign_in(self, account_id: str) -> None:
        """Sign the portal's user in, in a new session.

        :raises LookupError: the portal has no such user, or has disabled them: nobody is signed in then.
        """
        user = self._load_user(account_id)
        renew_session()  # before it is cleared: an id that somebody planted ends here
        session.clear()
        if user is None or not login_user(user):
            raise LookupError("the portal has no active user of this account")

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
