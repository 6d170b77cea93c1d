"""What one Flask app knows about its first sign-ins: read once, checked as a whole, then frozen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from flask import Flask, current_app
from jinja2 import Environment
from werkzeug.wrappers import Response

from .accounts import Accounts, Imports, NumberCases
from .completions import assess_completion
from .errors import ConfigError, NotSetUp, place_of
from .failure_limiter import FailureLimiter
from .flow import Flow
from .host_session import FlaskSession, ProvesMembers, SignsOut, has_ended
from .host_session import HostSession as HostSession
from .host_session import renew_session as renew_session  # hosts import it from here, as the documentation says
from .hours import Authority, AuthorityReport, HoursReport, HoursRule, Learner, UnknownKind, assess
from .identity import Account, Identity, account_id_of
from .providers import Registration
from .providers.base import Client
from .providers.network import Network
from .providers.registrations import client_for
from .pseudonyms import PSEUDONYM, may_hold_number
from .reasons import RULE_FAILED, Reason
from .settings import Settings
from .traces import leave_trace
from .words import Words

if TYPE_CHECKING:
    from .sealing import Seal, Vault

EXTENSION = "first_login"


class PageCache(Protocol):
    """What answers with a page that is kept for everybody, or has it drawn (see `web.page_cache`)."""

    def answer(self, view: Callable[..., Response], screen: dict[str, str]) -> Response: ...


@dataclass(frozen=True)
class AppState:
    """Everything of one app; kept in ``app.extensions["first_login"]``. Holds nothing of any learner."""

    settings: Settings
    flow: Flow
    registrations: Mapping[str, Registration]
    accounts: Accounts
    session: HostSession
    authorities: tuple[Authority, ...]
    rules: tuple[HoursRule, ...]
    words: Mapping[str, Words]
    seal: Callable[[str], Seal]
    vault: Vault | None
    pages: PageCache
    environment_of: Callable[[str], Environment]
    network: Network = field(default_factory=Network, repr=False)
    limiter: FailureLimiter = field(default_factory=FailureLimiter, repr=False)
    _clients: dict[str, Client] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @cached_property
    def served(self) -> Mapping[str, str]:
        """The languages of the portal: the locale of each by its tag."""
        return {words.tag: locale for locale, words in self.words.items()}

    @cached_property
    def settles_numbers(self) -> bool:
        """Whether the store keeps what is in doubt of a number, and can move it to who proves it (`NumberCases`)."""
        return isinstance(self.accounts, NumberCases)

    @cached_property
    def takes_members(self) -> bool:
        """Whether a member whom the host signed in, and who has no identity of ours, may add one (`ProvesMembers`)."""
        return isinstance(self.session, ProvesMembers) and isinstance(self.accounts, Imports)

    def client(self, name: str) -> Client:
        """Return the client of a provider; made when it is first needed, since Authlib is slow to import."""
        with self._lock:
            if name not in self._clients:
                self._clients[name] = client_for(self.registrations[name], self.network)
            return self._clients[name]

    def pseudonyms(self, subject: str) -> tuple[str, ...]:
        """Return what may stand for a subject that holds a national ID; the first is what a new identity gets.

        It is made with the index key of the vault. A portal without one keeps no number in clear either: there the
        secret key makes it, and the older secret keys find what they made, until the next sign-in stores it again.
        """
        made = [self.vault.pseudonym(subject)] if self.vault is not None else []
        with suppress(ConfigError, KeyError):  # an app without a secret key signs nobody in
            made += self.seal("pseudonym").pseudonyms(subject)
        return tuple(f"{PSEUDONYM}{digest}" for digest in made)

    def keys_of(self, subject: str) -> tuple[str, ...]:
        """Return every key under which the identity with this subject may be kept."""
        return (subject, *self.pseudonyms(subject)) if may_hold_number(subject) else (subject,)

    def former_issuers(self, issuer: str) -> tuple[str, ...]:
        """Return the issuers at which the provider that is now at ``issuer`` was before."""
        providers = (registration.provider for registration in self.registrations.values())
        former = (provider.former_issuers for provider in providers if provider.protocol.issuer == issuer)
        return tuple(dict.fromkeys(each for issuers in former for each in issuers))

    def owner_of(self, issuer: str, subject: str) -> Account | None:
        """Find the account that has this identity, under whichever key it is kept."""
        issuers, keys = (issuer, *self.former_issuers(issuer)), self.keys_of(subject)
        found = (self.accounts.owner_of(each, key) for each in issuers for key in keys)
        return next((account for account in found if account is not None), None)

    def hours(self, account: Account) -> HoursReport:
        """Judge whether an account's hours may be uploaded: a verdict per authority, by its identities as last seen.

        A rule of the host that raises holds the hours, and stops nobody from signing in; it leaves a trace, and in
        tests and in debug mode it is raised (see `traces`).
        """
        return assess(
            account.identities,
            self.authorities,
            [_holding(rule) for rule in self.rules],
            unknown_kind=UnknownKind(self.settings.unknown_kind),
        )

    def completion(
        self, then: Identity, account: Account, authority: Authority, completed_at: datetime
    ) -> AuthorityReport:
        """Judge whether the hours of a course that was completed under ``then`` may be uploaded now."""
        return assess_completion(
            self._as_kept(then, account),
            account.identities,
            authority,
            [_holding(rule) for rule in self.rules],
            unknown_kind=UnknownKind(self.settings.unknown_kind),
            completed_at=completed_at,
            now=datetime.now(UTC),
            hold_days=self.settings.hold_days,
            claimed=account.claimed,
            lost=account.lost,
        )

    def _as_kept(self, then: Identity, account: Account) -> Identity:
        """Return an identity that a host stored with a completion, under the key that it has in its account today."""
        kept, keys = {identity.key for identity in account.identities}, self.keys_of(then.subject)
        moved = sorted({issuer for issuer, _ in kept if then.issuer in self.former_issuers(issuer)})
        found = ((issuer, key) for issuer in (then.issuer, *moved) for key in keys if (issuer, key) in kept)
        issuer, subject = next(found, then.key)
        return replace(then, issuer=issuer, subject=subject)

    def signed_in_id(self) -> str | None:
        """Return the id of the account that the host's session says is signed in in this browser.

        :raises TypeError: it says something that is no id.
        """
        given = self.session.signed_in()
        return None if given is None else account_id_of(given, "HostSession.signed_in")

    def signed_in(self) -> Account | None:
        """Return the account that is signed in in this browser; None when there is none, or it no longer exists.

        A session ends with the way to sign in that opened it (see `host_session`), and is signed out if the port can.
        """
        account_id = self.signed_in_id()
        account = self.accounts.get(account_id) if account_id is not None else None
        if account is None or not has_ended(account):
            return account
        if isinstance(self.session, SignsOut):
            renew_session()
            self.session.sign_out()
        return None

    def member_without_identity(self) -> Account | None:
        """Return the member whom the host has signed in and who has no identity of ours, where one can be added."""
        account_id = self.signed_in_id() if self.takes_members else None
        account = self.accounts.get(account_id) if account_id is not None else None
        if account_id is None or (account is not None and account.identities):
            return None
        return account or Account(account_id, ())

    def current_account(self) -> Account | None:
        """Give the account of whoever is signed in in this browser."""
        account_id = self.signed_in_id()
        return self.who_goes_on(account_id, self.accounts.get(account_id) if account_id is not None else None)

    def who_goes_on(self, account_id: str | None, account: Account | None) -> Account | None:
        """Give the account that is signed in under this id, also that of a host's user who has no account of ours: no
        sign-in here may silently turn them into somebody else."""
        if account_id is None:
            return None
        if account is None:
            return None if isinstance(self.session, FlaskSession) else Account(account_id, ())
        return None if has_ended(account) else account


def _holding(rule: HoursRule) -> HoursRule:
    """Wrap a rule of the host: one that raises, or returns something else than a `Reason`, holds the hours."""

    def asked(learner: Learner) -> Reason | None:
        try:
            reason: object = rule(learner)
            if reason is None or isinstance(reason, Reason):
                return reason
            raise TypeError("a rule of the hours returns a Reason or None")
        except Exception as error:
            leave_trace(error, "a rule of the hours failed: %s", place_of(error))
            return RULE_FAILED

    return asked


def is_certain(report: HoursReport) -> bool:
    """Say whether no rule of the host failed: what rests on an error is neither recorded nor told."""
    failed = f"host_rule:{RULE_FAILED.code}"
    return not any(reason.code == failed for verdict in report.values() for reason in verdict.reasons)


def state_of(app: Flask | None = None) -> AppState:
    """Return the state of ``app`` or of the current app.

    :raises NotSetUp: the extension was not initialised on it.
    """
    state = (app or current_app).extensions.get(EXTENSION)
    if not isinstance(state, AppState):
        raise NotSetUp("flask_first_login is not set up on this app. Call FirstLogin(...).init_app(app) first.")
    return state


def current_vault() -> Vault:
    """Return the vault that keeps the national IDs of the current app, as `SQLAlchemyAccounts` asks for it.

    :raises RuntimeError: the app has no keys for one.
    """
    vault = state_of().vault
    if vault is None:
        raise RuntimeError("This app keeps no national IDs. Set FIRST_LOGIN_NATIONAL_ID_KEYS and its index key.")
    return vault
