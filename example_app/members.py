"""Who is a member, and how Flask-Login signs them in."""

from __future__ import annotations

import time
import uuid
from typing import Any

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from flask_first_login import Account, FirstLogin, Identity, current_vault
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.state import renew_session, state_of

LONGEST_SESSION = 8 * 60 * 60  # seconds; then a member signs in again, however busy


class Base(DeclarativeBase):
    """The portal's own tables."""


class Member(UserMixin, Base):  # type: ignore[misc]  # Flask-Login is not typed
    """A member of the portal. ``generation`` grows at each sign-out, and when a way to sign in leaves the account:
    every session of an earlier one has ended.

    ``operator``: may open the operator's pages. No page sets it, so that no stolen session can.
    """

    __tablename__ = "members"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str | None]
    generation: Mapped[int] = mapped_column(default=0)
    operator: Mapped[bool] = mapped_column(default=False)

    def get_id(self) -> str:
        """What the session cookie holds: a signed cookie alone could be copied, and would outlive the sign-out."""
        return f"{self.id}.{self.generation}"


db = SQLAlchemy(metadata=Base.metadata)
login_manager = LoginManager()
login_manager.session_protection = "strong"
login_manager.login_view = "first_login.login"
login_manager.login_message = None  # the login page says all there is to say


class MemberSession:
    """How the first login signs a member in, and asks who is signed in: by Flask-Login."""

    def sign_in(self, account_id: str) -> None:
        renew_session()  # before it is cleared: an id that somebody planted ends here
        session.clear()  # nothing of an earlier visitor goes on
        login_user(db.session.get_one(Member, account_id))
        session["ends_at"] = time.time() + LONGEST_SESSION

    def signed_in(self) -> str | None:
        return current_user.id if current_user.is_authenticated else None

    def sign_out(self) -> None:
        sign_out()


def join(session: Session, identity: Identity) -> str:
    """Make the member of a new account, in the transaction that makes the account."""
    member = Member(id=uuid.uuid4().hex, name=identity.name)
    session.add(member)
    return member.id


accounts = SQLAlchemyAccounts(lambda: Session(db.engine), current_vault, create_account=join)
first_login = FirstLogin(accounts=accounts, session=MemberSession())


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login is not typed
def member_of_session(session_id: str) -> Member | None:
    """The member whose session this is; None when it was signed out, in whatever browser, or has lasted too long."""
    member_id, _, generation = session_id.partition(".")
    member = db.session.get(Member, member_id)
    if member is None or generation != str(member.generation) or time.time() > session.get("ends_at", 0):
        return None
    return member


def remember_sign_in(app: Flask, *, account: str, provider: str, **_: Any) -> None:
    """Told after each sign-in: remember by which identity, and call the member by the name it brought."""
    session["provider"] = provider
    db.session.get_one(Member, account).name = identity_of_session(account_of(account)).name
    db.session.commit()


def end_sessions(app: Flask, *, account: str, **_: Any) -> None:
    """Told when a way to sign in has left: every session of the member ends, since it may have opened any of them.

    The browser in which it was removed goes on, unless it is signed in by nothing else.
    """
    member = db.session.get_one(Member, account)
    member.generation = Member.generation + 1
    db.session.commit()
    if state_of(app).signed_in() is not None:
        login_user(member)


def account_of(member_id: str) -> Account:
    """The identities of a member, as last seen from their providers.

    :raises LookupError: there is no such account.
    """
    account = accounts.get(member_id)
    if account is None:
        raise LookupError(f"The member {member_id!r} has no account.")
    return account


def identity_of_session(account: Account) -> Identity:
    """The identity of the account by which this session was signed in; another one, if that has left the account."""
    of_provider = [identity for identity in account.identities if identity.provider == session["provider"]]
    return max(of_provider or account.identities, key=lambda identity: identity.signed_in_at)


def sign_out() -> None:
    """End every session of the member who is signed in, copies of their cookies included."""
    current_user.generation = Member.generation + 1
    db.session.commit()
    logout_user()
    renew_session()
    session.clear()
