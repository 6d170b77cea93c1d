"""What ``flask first-login doctor`` finds before a learner does: one module a part of the portal, one row a fault.

Here live questions about a portal that started, each with how to mend the answer. What can be seen without the app,
its store or its providers is refused by ``init_app`` and lives with the settings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flask import Flask

from ..errors import Problem, place_of
from ..state import state_of
from .endpoints import check_endpoints, check_way_out
from .findings import Finding, Severity, counted, error, verdict, warning, worst_first
from .pages import check_layout, check_names, check_words
from .portal import check_addresses, check_cookies, check_safety, redirect_uris
from .providers import check_apple, check_keytabs, check_registrations
from .store import check_store

__all__ = ["Finding", "Severity", "counted", "examine", "refused", "verdict"]


def examine(app: Flask, *, offline: bool = False) -> list[Finding]:
    """List every finding on an app that started, worst first; ``offline`` asks no provider anything."""
    return worst_first(_all(app, offline))


def refused(problems: Sequence[Problem]) -> list[Finding]:
    """List what ``init_app`` refused: the portal does not start, so nothing else can be looked at."""
    return [error("setting_refused", problem.where, problem.what, problem.fix) for problem in problems]


def _all(app: Flask, offline: bool) -> Iterator[Finding]:
    state = state_of(app)
    uris = redirect_uris(app, state)
    checks = [
        check_safety(app, state),
        check_registrations(state),
        check_addresses(app, state, uris),
        check_cookies(app.config, state.settings),
        check_keytabs(state),
        check_apple(state),
        check_way_out(state),
        check_store(state),
        check_names(state),
        check_layout(state),
        check_words(state.settings),
    ]
    for check in checks if offline else [*checks, check_endpoints(state, uris)]:
        yield from _whole(check)


def _whole(check: Iterator[Finding]) -> Iterator[Finding]:
    """What a check finds; one that fails, in a loader or a store of the host, must not hide what the others find."""
    try:
        yield from check
    except Exception as failed:  # whose text may hold anything: its place tells enough
        what = f"stopped a check: {place_of(failed)}."
        yield warning("check_failed", "the doctor", what, "Mend what raises there, and run the doctor again.")
