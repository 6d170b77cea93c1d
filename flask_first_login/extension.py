"""The extension object, which reads and checks the configuration and mounts the pages and the commands."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from flask import Flask

from .accounts import Accounts, Outcome
from .addresses import origin_of
from .cli import commands
from .errors import ConfigError, Problem
from .flow import STANDARD, Flow
from .host_session import FlaskSession, HostSession
from .hours import AUTHORITIES, Authority, AuthorityReport, HoursReport, HoursRule
from .identity import Account, Identity
from .masking import mask_logs
from .portal_parts import (
    doubled_authorities,
    unfit_parts,
    unfit_ports,
    unknown_providers,
    unmatched_hosts,
    without_effect,
)
from .providers import Provider
from .providers.network import Network
from .providers.registrations import register
from .secret_key import MAKE_A_SECRET, problems_of, secret_keys
from .settings import Settings, read_settings
from .state import EXTENSION, AppState, state_of
from .web.blueprint import blueprint
from .web.learner.hours_required import misspelt_authorities
from .web.own_templates import OwnTemplates
from .web.page_cache import PageCache
from .web.sign_in.repeated_answer import forget_ended
from .web.template_texts import BY_ENGLISH
from .words import load_words

if TYPE_CHECKING:
    from .sealing import Seal, Vault

#: Every logger of ours. A filter is not inherited, so each has its own.
LOGGERS = ("flask_first_login", "flask_first_login.audit", "flask_first_login.events")
R = TypeVar("R", bound=HoursRule)
TOO_LATE = Problem(
    "hours_rule",
    "was given a rule after `init_app`, so that an app which is set up already would never ask it.",
    "Add every rule first, then call `init_app`: FirstLogin(accounts=...), the rules, init_app(app).",
)


class FirstLogin:
    """The first-login extension.

    Holds design-time arguments only, never an app, so that one object serves any number of apps.

    :param accounts: where accounts are kept; see `flask_first_login.accounts`.
    :param session: how the host signs an account in, and who is signed in; by default the Flask
        session is used, under a key of our own.
    :param flow: the wizard; a host's own flow is proven in the same way as the shipped one.
    :param providers: identity providers of the integrator's own, beside the shipped five.
    :param authorities: who accredits learning hours in this portal.
    :param app: for an app that is at hand; otherwise call `init_app`.
    """

    def __init__(
        self,
        app: Flask | None = None,
        *,
        accounts: Accounts,
        session: HostSession | None = None,
        flow: Flow = STANDARD,
        providers: Iterable[Provider] = (),
        authorities: Sequence[Authority] = AUTHORITIES,
    ) -> None:
        self.accounts = accounts
        self.session: HostSession = session or FlaskSession(then=forget_ended)
        self.flow = flow
        self.providers = tuple(providers)
        self.authorities = tuple(authorities)
        self._rules: list[HoursRule] | tuple[HoursRule, ...] = []
        if app is not None:
            self.init_app(app)

    def hours_rule(self, rule: R) -> R:
        """Add a rule of this portal, before `init_app`: ``rule(learner)`` returns a `Reason` to hold hours, or None.

        :raises ConfigError: an app was set up before: it would send hours that this rule holds.
        """
        if isinstance(self._rules, tuple):
            raise ConfigError([TOO_LATE])
        self._rules.append(rule)
        return rule

    def init_app(self, app: Flask) -> None:
        """Read and check the whole configuration, then mount the pages and the commands.

        Settings are read once; later changes of ``app.config`` have no effect.

        :raises ConfigError: with everything that is wrong, each with its place and its remedy.
        :raises RuntimeError: the app already has a first login.
        """
        if EXTENSION in app.extensions:
            raise RuntimeError("FirstLogin.init_app was called twice on this app. Call it once, where the app is made.")
        settings, problems = read_settings(app.config)
        unfit = [*unfit_ports(self.accounts, self.session), *unfit_parts(self.flow, self.providers, self.authorities)]
        if unfit:  # nothing else can be asked of such parts
            raise ConfigError([*unfit, *problems])
        registrations, wrong = register(settings.providers, self.providers)
        problems += [*wrong, *_missing_secret(app, settings), *problems_of(app.config)]
        problems += unmatched_hosts(app, settings)
        problems += unknown_providers(self.flow, self.providers, settings, registrations)
        problems += [*without_effect(self.accounts, self.flow, settings), *doubled_authorities(self.authorities)]
        problems += misspelt_authorities(app, [authority.key for authority in self.authorities])
        vault, faults = _vault(settings, self.accounts)
        words, slips = load_words(settings, registrations.values(), BY_ENGLISH)
        problems += [*faults, *slips]
        if problems:
            raise ConfigError(problems)
        self._rules = tuple(self._rules)
        app.extensions[EXTENSION] = AppState(
            settings=settings,
            flow=self.flow,
            registrations=registrations,
            accounts=self.accounts,
            session=self.session,
            authorities=self.authorities,
            rules=self._rules,
            words=words,
            seal=partial(_seal, app),
            vault=vault,
            pages=PageCache(app),
            network=Network(settings.proxy, settings.ca_bundle),
            environment_of=OwnTemplates(app).environment_of,
        )
        host = urlsplit(settings.external_url or "").netloc if app.url_map.host_matching else None
        app.register_blueprint(blueprint, url_prefix=settings.url_prefix, subdomain=settings.subdomain, host=host)
        app.cli.add_command(commands)
        for name in LOGGERS:
            mask_logs(logging.getLogger(name))

    def provider_origins(self, app: Flask) -> tuple[str, ...]:
        """Return the origins to which sign-ins of ``app`` lead, for a host that names them; no policy needs to."""
        protocols = (registration.provider.protocol for registration in state_of(app).registrations.values())
        return tuple(sorted({origin_of(protocol.begins_at) for protocol in protocols}))

    def endpoints(self, app: Flask) -> frozenset[str]:
        """Return every endpoint of ours in ``app``, for a gate of the host that lets them through: one that asks each
        form for a nonce, or each visitor for a consent or a sign-in.

        Each protects itself: a form by a token of ours, an answer of a provider by the sealed cookie of a sign-in that
        began in this browser, a notice by the provider's signature, and who is not signed in sees nobody's data.
        """
        names = {rule.endpoint for rule in app.url_map.iter_rules()}
        return frozenset(name for name in names if name.startswith(f"{blueprint.name}."))

    def hours(self, account_id: str) -> HoursReport:
        """Judge for each authority whether the hours of this account may be uploaded, if not why, and what to do.

        :raises LookupError: there is no such account.
        """
        return state_of().hours(_account(account_id))

    def completion(
        self, then: Identity, account_id: str, authority_key: str, completed_at: datetime
    ) -> AuthorityReport:
        """Judge whether the hours of one completed course may be uploaded to an authority; see `assess_completion`.

        ``then`` is the identity with which the learner was signed in, as it was; ``completed_at`` an
        aware time. What is still missing may be supplied for ``FIRST_LOGIN_HOLD_DAYS``.

        :raises LookupError: there is no such account, or this portal has no such authority.
        """
        state, account = state_of(), _account(account_id)
        authority = next((known for known in state.authorities if known.key == authority_key), None)
        if authority is None:
            raise LookupError(f"This portal has no authority {authority_key!r}.")
        return state.completion(then, account, authority, completed_at)

    def import_members(
        self,
        rows: Iterable[Mapping[str, object]],
        *,
        dry_run: bool = False,
        refused: Callable[[int, Outcome], object] = lambda place, why: None,
    ) -> Counter[Outcome]:
        """Bring in members whom the portal had before, and count what became of them.

        Each row has the columns of the command's file: ``account``, ``provider`` or ``issuer``, ``subject``, and what
        is known of ``name``, ``national_id``, ``kind`` and ``assurance``. ``refused`` is told the place of each row
        that is refused, the first is 1, and why.
        """
        from .member_import import MemberImport  # needed by no process that serves pages

        return MemberImport(state_of(), dry_run, refused).run(enumerate(rows, 1))


def _account(account_id: str) -> Account:
    account = state_of().accounts.get(account_id)
    if account is None:
        raise LookupError(f"There is no account {account_id!r}.")
    return account


def _seal(app: Flask, purpose: str) -> Seal:
    from .sealing import seal_of  # slow to import, and needed by no page of the wizard

    return seal_of(secret_keys(app.config), purpose)


def _vault(settings: Settings, accounts: Accounts) -> tuple[Vault | None, list[Problem]]:
    """Make the vault of national IDs; needed as soon as a key is set, or by a store that keeps them."""
    needed = settings.national_id_keys or settings.national_id_index_key
    if not needed and not getattr(accounts, "keeps_national_ids_sealed", False):
        return None, []
    from .sealing import Vault

    try:
        return Vault(settings.national_id_keys, settings.national_id_index_key), []
    except ConfigError as error:
        return None, list(error.problems)


def _missing_secret(app: Flask, settings: Settings) -> list[Problem]:
    if settings.providers and app.config.get("SECRET_KEY") in (None, "", b""):
        return [Problem("SECRET_KEY", "is not set, but a sign-in must be sealed with it.", MAKE_A_SECRET)]
    return []
