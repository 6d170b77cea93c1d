"""The guard that a host puts before a view of its own: who gets in has hours that count."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from ..state import state_of
from .here import this_page

P = ParamSpec("P")
R = TypeVar("R")


def hours_required(authority: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Guard a view of the host: only a learner whose hours ``authority`` takes gets in.

    Who is not signed in is sent to the login page and comes back here; who is signed in, but whose
    hours cannot be uploaded, is sent to the page that says why and what to do.

    :raises KeyError: at the first request, if this portal has no such authority.
    """

    def guard(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            turned_away = _turned_away(authority)
            return view(*args, **kwargs) if turned_away is None else turned_away

        return guarded

    return guard


def _turned_away(authority: str) -> Response | None:
    """Where a visitor is sent who may not see a guarded view; None who may."""
    state = state_of()
    try:
        account = state.signed_in()
        report = state.hours(account) if account is not None else None
    except Exception as error:  # of the store, or of the host's session: their page, with a code
        from .door import cannot_show  # with it come the pages of every failure

        return cannot_show(error)
    if report is None:
        back = this_page() if request.method == "GET" else None
        return redirect(url_for("first_login.login", next=back), 303)
    return None if report[authority].uploadable else redirect(url_for("first_login.hours"), 303)
