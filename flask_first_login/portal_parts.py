"""What is wrong with the parts that a portal hands to `FirstLogin`, found before anybody signs in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from flask import Flask

from .accounts import Accounts, PersonalRecords
from .errors import Problem
from .flow import Flow, Page
from .host_session import HostSession, ProvesMembers
from .hours import Authority
from .providers import Provider, Registration
from .providers.presets import PRESETS
from .settings import Settings

PLACES = {Flow: "flow.Flow", Provider: "providers.Provider", Authority: "Authority"}


def unfit_ports(accounts: object, session: object) -> list[Problem]:
    """Find a port that is no instance, or lacks a method: it would fail at the first sign-in, or halfway through it."""
    ports = [*_unfit("accounts", accounts, Accounts), *_unfit("session", session, HostSession)]
    return ports or _by_halves("session", session, ProvesMembers)


def _unfit(name: str, given: object, port: type) -> Iterator[Problem]:
    if isinstance(given, type):
        fix = f"Give one that is made: FirstLogin({name}={given.__name__}(...))."
        yield Problem(name, f"is the class {given.__name__} itself.", fix)
        return
    if lacking := [method for method in _methods(port) if not callable(getattr(given, method, None))]:
        what = f"is of the type {type(given).__name__}, which has no method {', '.join(lacking)}."
        yield Problem(name, what, f"Write what {port.__name__} says of it; its contract in the tests tries the rest.")


def _by_halves(name: str, given: object, port: type) -> list[Problem]:
    """Find a port of which only a part is written, and which nobody would be offered for want of the rest."""
    has = [method for method in _methods(port) if callable(getattr(given, method, None))]
    lacking = [method for method in _methods(port) if method not in has]
    what = f"is of the type {type(given).__name__}, which has {', '.join(has)} and no method {', '.join(lacking)}."
    return [Problem(name, what, f"Write all that {port.__name__} says, or none of it.")] if has and lacking else []


def _methods(port: type) -> list[str]:
    return [method for method, value in vars(port).items() if callable(value) and not method.startswith("_")]


def unfit_parts(flow: object, providers: Iterable[object], authorities: Iterable[object]) -> list[Problem]:
    """Find what is of another type than `FirstLogin` takes, such as the name of a provider in place of a provider."""
    parts = {"flow": ([flow], Flow), "providers": (providers, Provider), "authorities": (authorities, Authority)}
    what, fix = "holds a {}, which is no {}.", "Make it by flask_first_login.{}."
    return [
        Problem(name, what.format(type(part).__name__, kind.__name__), fix.format(PLACES[kind]))
        for name, (given, kind) in parts.items()
        for part in given
        if not isinstance(part, kind)
    ]


def unmatched_hosts(app: Flask, settings: Settings) -> list[Problem]:
    """Find what leaves our pages on no host at all, in an app that tells hosts or sub-domains apart."""
    problems = []
    if app.url_map.host_matching and settings.external_url is None:
        what = "is not set, but the app matches hosts (`host_matching`), and our pages would be on none of them."
        fix = "Set it to the scheme and host of the portal, such as https://learn.example.gov.tw."
        problems.append(Problem("FIRST_LOGIN_EXTERNAL_URL", what, fix))
    if settings.subdomain is not None and not app.subdomain_matching:
        what = "has no effect: the app does not match sub-domains."
        problems.append(
            Problem("FIRST_LOGIN_SUBDOMAIN", what, "Remove it, or make the app with subdomain_matching=True.")
        )
    return problems


def without_effect(accounts: object, flow: Flow, settings: Settings) -> list[Problem]:
    """Find settings without an effect: a retention time where nothing is ever deleted, a hand-off that no page has."""
    problems = []
    if not isinstance(accounts, PersonalRecords):
        what = f"has no effect: {type(accounts).__name__} has no prune (see PersonalRecords)."
        days = {"ACKNOWLEDGEMENT_DAYS": settings.acknowledgement_days, "VERDICT_DAYS": settings.verdict_days}
        wrong = [name for name, value in days.items() if value is not None]
        problems += [Problem(f"FIRST_LOGIN_{name}", what, "Remove it, or give the store one.") for name in wrong]
    pages = [screen for screen in flow.by_key.values() if isinstance(screen, Page)]
    if settings.handoff == "redirect" and not any(page.handoff for page in pages):
        what = "has no effect: no page of the flow may be passed over."
        problems.append(Problem("FIRST_LOGIN_HANDOFF", what, "Remove it, or mark a page with `handoff`."))
    return problems


def doubled_authorities(authorities: Sequence[Authority]) -> list[Problem]:
    """Find authorities that share a key: every report would hold the verdict of the first under the name of both."""
    keys = [authority.key for authority in authorities]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    fix = "Give each authority a key of its own, such as 'environmental'."
    return [Problem("authorities", f"holds {keys.count(key)} of the key {key!r}.", fix) for key in doubled]


def unknown_providers(
    flow: Flow, providers: Iterable[Provider], settings: Settings, made: Mapping[str, Registration]
) -> list[Problem]:
    known = {*PRESETS, *made, *(provider.name for provider in providers)}
    named = {
        "the flow": flow.providers,
        "FIRST_LOGIN_CIVIL_SERVANT_PROVIDERS": settings.civil_servant_providers,
        "FIRST_LOGIN_PUBLIC_PROVIDERS": settings.public_providers,
        "FIRST_LOGIN_ICONS": settings.icons,
    }
    return [
        Problem(where, f"names the provider {name!r}, which nobody declared.", f"Known: {', '.join(sorted(known))}.")
        for where, names in named.items()
        for name in sorted(set(names) - known)
    ]
