"""The browser's session: the port to the host's own sign-in, Flask's session for a host that has none, and the rules
that hold for both.

A sign-in gets a new session, so that an id planted in a browser before it is worth nothing after it. And a session ends
when the last of the identities that opened it leaves the account: a learner who removes a stolen way to sign in shuts
out whoever came in by it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any, Protocol, runtime_checkable

from flask import current_app, session

from .identity import Account, Identity
from .per_request import per_request
from .secret_key import secret_keys

RENEWED = "first_login_renewed"
#: Where a session keeps the marks of the identities that opened it.
OPENED_BY = "first_login_identity"
PURPOSE = "flask-first-login session opened by"
#: Where a session keeps that somebody signed out in it: at the next sign-in the provider is to ask for the account.
SIGNED_OUT = "first_login_signed_out"
#: Where a session keeps that its browser is at a provider to sign out: the state that comes back, the provider's name,
#: and the language.
LEAVING = "first_login_signing_out"


class HostSession(Protocol):
    """The port through which the host's own sign-in is asked and told: Flask-Login, or a session of its own."""

    def sign_in(self, account_id: str) -> None:
        """Sign this account in, in a session that is new: nothing of the one before becomes it, and not its id either.

        Where sessions are kept on the server, call `renew_session` (or what your session interface has for it) and
        then ``session.clear()``, in this order: Flask-Session passes over a session that is empty already. Whoever
        planted an id in this browser would otherwise hold the learner's session.

        :raises AccountGone: the host has deleted this user. What we keep of the account is erased, and the identity
            gets a new one; raise it for nothing else.
        :raises SignInRefused: this user may not sign in, with the words that they read.
        """

    def signed_in(self) -> str | None:
        """Return the id of the account that is signed in in this browser, or None.

        A session ends when the way to sign in that opened it leaves the account. Our own pages and `hours_required`
        see to that by themselves; a host's own pages ask this port alone. So end the account's sessions when
        ``identity_left`` is told, for instance by a number that each session repeats (Flask-Login's alternative id).
        """


@runtime_checkable
class SignsOut(Protocol):
    """What a host's session may do besides: with it, a page that refuses a sign-in offers to start again with it."""

    def sign_out(self) -> None:
        """Sign everybody out in this browser; renew the session's id first, as in ``sign_in``."""


@runtime_checkable
class ProvesMembers(Protocol):
    """What a host's session may do besides: with it, a member whom the host signed in, and who has no identity of ours,
    may add one ("this is me")."""

    def is_fresh(self) -> bool:
        """Say whether whoever is signed in proved to the host who they are within 15 minutes: by a password, and not by
        a cookie that remembers them. Without that, whoever finds a browser open could add an identity of their own."""

    def login_url(self, next_url: str) -> str | None:
        """Return where a member proves that once more, and then goes on to ``next_url``; None where nobody knows."""


class FlaskSession:
    """The host session of a portal that has none: the account's id in a new Flask session.

    ``then`` is called after each sign-out.
    """

    KEY = "first_login_account"

    def __init__(self, then: Callable[[], object]) -> None:
        self._then = then

    def sign_in(self, account_id: str) -> None:
        renew_session()
        session.clear()  # nothing of an earlier visitor goes on
        session[self.KEY] = account_id

    def signed_in(self) -> str | None:
        value: Any = session.get(self.KEY)
        return value if isinstance(value, str) else None

    def sign_out(self) -> None:
        renew_session()
        session.clear()
        self._then()


def renew_session() -> None:
    """Give this browser's session a new id, once in a request, where the session interface can, as Flask-Session's
    (``regenerate(session)``), or the session itself (``regenerate()``).

    Session fixation: an id that somebody planted in a browser before the sign-in would be the learner's session after
    it. A session in a signed cookie has no id, and nothing happens. Call it before ``session.clear()``.
    """
    by_interface = getattr(current_app.session_interface, "regenerate", None)
    renew = partial(by_interface, session) if callable(by_interface) else getattr(session, "regenerate", None)
    if not callable(renew) or RENEWED in per_request():
        return
    session[RENEWED] = True  # an id whose session is empty is passed over
    renew()
    session.pop(RENEWED, None)  # one that is new may hold nothing any more
    per_request()[RENEWED] = True


def note_identity(
    account_id: str, issuers: Iterable[str], keys: Collection[str], *, joined: bool, earlier: object
) -> None:
    """Mark the session as opened by an identity, under each key that it may have in the store, today or once moved: of
    its ``issuers`` and of the ``keys`` of its subject.

    One that the account itself had ``joined`` to it adds its marks to those of the ``earlier`` session, which goes on.
    A mark is a keyed digest: it tells nobody the account or the subject, and nobody can make one.
    """
    secret = secret_keys(current_app.config)[0]
    marks = _marks(earlier, account_id) if joined else []
    if marks is not None:
        made = [_digest(secret, issuer, key) for issuer in issuers for key in keys]
        session[OPENED_BY] = " ".join(dict.fromkeys([_digest(secret, account_id), *marks, *made]))


def opened_by(account: Account) -> list[Identity]:
    """List those identities of an account by which this session was opened; none of a session of the host's own."""
    marks = _marks(session.get(OPENED_BY), account.id) or ()
    keys = secret_keys(current_app.config)
    return [each for each in account.identities if any(_digest(key, *each.key) in marks for key in keys)]


def signed_in_by(account: Account) -> Identity:
    """Give the identity by which this session was opened last; of a session of the host's own, the one that was used
    last, in whichever browser.

    :raises ValueError: the account has no identity.
    """
    return max(opened_by(account) or account.identities, key=lambda identity: identity.signed_in_at)


def has_ended(account: Account) -> bool:
    """Say whether each identity by which this session was opened has left the account.

    A session without a mark of this account was opened by the host itself, or by an earlier version: it goes on.
    """
    return _marks(session.get(OPENED_BY), account.id) is not None and not opened_by(account)


def _marks(kept: object, account_id: str) -> list[str] | None:
    """Return the marks of the identities in what a session keeps; None when it is not a session of this account."""
    of_account, *marks = str(kept or "").split() or [""]
    secrets = secret_keys(current_app.config)
    return marks if any(of_account == _digest(key, account_id) for key in secrets) else None


def _digest(key: str | bytes, *what: str) -> str:
    secret = key.encode() if isinstance(key, str) else key
    return hmac.digest(secret, json.dumps([PURPOSE, *what]).encode(), "sha256").hex()[:32]
