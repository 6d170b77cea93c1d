"""By which identities this browser's session was opened: with the last of them that leaves the account, it ends.

Whoever got hold of a way to sign in has sessions in browsers of their own. The learner takes that way out of their
account to shut them out, so a session that it opened must not outlive it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable

from flask import current_app, session

from .identity import Account
from .secret_key import secret_keys

KEY = "first_login_identity"
PURPOSE = "flask-first-login session opened by"


def note(account_id: str, issuer: str, keys: Iterable[str], *, joined: bool, earlier: object) -> None:
    """Mark the session as opened by an identity, under each of the ``keys`` that its subject may have in the store.

    One that the account itself had ``joined`` to it adds its marks to those of the ``earlier`` session, which goes on.
    A mark is a keyed digest: it tells nobody the account or the subject, and nobody can make one.
    """
    secret = secret_keys(current_app.config)[0]
    marks = _marks(earlier, account_id) if joined else []
    if marks is not None:
        made = [_digest(secret, issuer, key) for key in keys]
        session[KEY] = " ".join(dict.fromkeys([_digest(secret, account_id), *marks, *made]))


def has_ended(account: Account) -> bool:
    """Whether each identity by which this session was opened has left the account.

    A session that bears no mark of this account was opened by the host itself, or by an earlier version: it goes on.
    """
    marks = _marks(session.get(KEY), account.id)
    if marks is None:
        return False
    secrets = secret_keys(current_app.config)
    return not any(_digest(key, one.issuer, one.subject) in marks for key in secrets for one in account.identities)


def _marks(kept: object, account_id: str) -> list[str] | None:
    """The marks of the identities in what a session keeps; None when it is of no session of this account."""
    of_account, *marks = str(kept or "").split() or [""]
    secrets = secret_keys(current_app.config)
    return marks if any(of_account == _digest(key, account_id) for key in secrets) else None


def _digest(key: str | bytes, *what: str) -> str:
    secret = key.encode() if isinstance(key, str) else key
    return hmac.digest(secret, json.dumps([PURPOSE, *what]).encode(), "sha256").hex()[:32]
