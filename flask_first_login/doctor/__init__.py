"""What breaks most, found before a learner finds it: settings, addresses, cookies, keys, words, tables, providers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Flask

from ..errors import Problem, place_of
from ..state import state_of
from .addresses import check_addresses, redirect_uris
from .apple import check_apple
from .catalogs import check_catalogs
from .cookies import check_cookies
from .finding import Finding, Severity, counted, error, verdict, warning, worst_first
from .layout import check_layout
from .names import check_names
from .online import check_online
from .registered import check_registered
from .safety import check_safety
from .store import check_store

__all__ = ["Finding", "Severity", "counted", "examine", "refused", "verdict"]


def examine(app: Flask, *, offline: bool = False) -> list[Finding]:
    """Every finding on an app whose settings were accepted, worst first; ``offline`` asks no provider anything."""
    return worst_first(_all(app, offline))


def refused(problems: Sequence[Problem]) -> list[Finding]:
    """What ``init_app`` refused, as findings: the portal does not start, so nothing else can be looked at."""
    return [error("setting_refused", one.where, one.what, one.fix) for one in problems]


def _all(app: Flask, offline: bool) -> Iterator[Finding]:
    state = state_of(app)
    uris = redirect_uris(app, state)
    checks = [
        check_safety(app, state),
        check_registered(state),
        check_addresses(app, state, uris),
        check_cookies(app.config, state.settings),
        check_apple(state),
        check_store(state),
        check_names(state),
        check_layout(app, state.settings),
        check_catalogs(state.settings),
    ]
    for check in checks if offline else [*checks, check_online(state.registrations.values(), uris)]:
        yield from _whole(check)


def _whole(check: Iterator[Finding]) -> Iterator[Finding]:
    """What a check finds; one that fails, in a loader or a store of the host, must not hide what the others find."""
    try:
        yield from check
    except Exception as failed:  # whose text may hold anything: its place tells enough
        what = f"stopped a check: {place_of(failed)}."
        yield warning("check_failed", "the doctor", what, "Mend what raises there, and run the doctor again.")
