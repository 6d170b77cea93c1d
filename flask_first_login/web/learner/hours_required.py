"""The guard that a host puts before a view of its own: who gets in has hours that count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any, ParamSpec, Protocol, TypeVar, overload
from urllib.parse import unquote

from flask import current_app, redirect, request, url_for
from flask.sansio.app import App
from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.wrappers import Response

from ...errors import ConfigError, Problem
from ...reasons import Reason
from ...state import state_of
from ...text import Text
from ..navigation import this_page

P = ParamSpec("P")
R = TypeVar("R")
#: What a guarded view keeps: whose hours it asks for. `functools.wraps` hands them on to whatever is put around it.
ASKS_FOR = "first_login_authorities"
CHECKED = "first_login.guards"


@dataclass(frozen=True, slots=True)
class Asks:
    """Whose hours a guard asks for, and how learners know the page behind it."""

    authority: str
    title: Text | None


class Guard(Protocol):
    """What is put around a view: it takes what the view takes, and waits where the view does."""

    @overload
    def __call__(self, view: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R | Response]]: ...

    @overload
    def __call__(self, view: Callable[P, R]) -> Callable[P, R | Response]: ...


def hours_required(authority: str, *, title: Text | None = None) -> Guard:
    """Guard a view of the host, ``async`` or not: only a learner whose hours ``authority`` takes gets in.

    Who is not signed in is sent to the login page and comes back here; who is signed in, but whose
    hours cannot be uploaded, is sent to the page that says why and what to do, and that calls yours by its ``title``.
    Who asks by JSON, or sends it, gets problem details instead: 401, or 403 with the code of the first reason;
    ``way_on`` is that page.

    :raises TypeError: here, if ``authority`` is no text, since the guard was put on without its parentheses, or if
        ``title`` is no `Text`.
    :raises ConfigError: at `FirstLogin.init_app`, or at the first request of an app whose view was added after it, if
        the portal has no such authority.
    """
    if not isinstance(authority, str):
        raise TypeError('hours_required takes the key of an authority: @hours_required("environmental")')
    if title is not None and not isinstance(title, Text):
        raise TypeError('title is a Text, with both languages: title=Text("My record", "我的紀錄")')

    def guard(view: Callable[P, Any]) -> Callable[P, Any]:
        guarded = _guarded_async(authority, view) if iscoroutinefunction(view) else _guarded(authority, view)
        setattr(guarded, ASKS_FOR, (Asks(authority, title), *getattr(view, ASKS_FOR, ())))
        return guarded

    return guard


def _guarded(authority: str, view: Callable[P, Any]) -> Callable[P, Any]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        turned_away = _turned_away(authority)
        return current_app.ensure_sync(view)(*args, **kwargs) if turned_away is None else turned_away

    return guarded


def _guarded_async(authority: str, view: Callable[P, Any]) -> Callable[P, Any]:
    """Guard a coroutine by a coroutine: Flask, and a decorator that awaits the view, tell by the function."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        turned_away = _turned_away(authority)
        return await view(*args, **kwargs) if turned_away is None else turned_away

    return guarded


def _turned_away(authority: str) -> Response | None:
    """Return where to send a visitor who may not see a guarded view; None for one who may.

    :raises ConfigError: the portal has no such authority.
    """
    state = state_of()
    known = [ours.key for ours in state.authorities]
    if authority not in known:  # of a view that no list of the app's names
        raise ConfigError([_misspelt(f"The view {request.endpoint!r}", authority, known)])
    try:
        account = state.signed_in()
        report = state.hours(account) if account is not None else None
    except Exception as error:  # of the store, or of the host's session: their page, with a code
        from ..failures import cannot_show  # with it come the pages of every failure

        return cannot_show(error)
    if report is None:
        back = this_page() if request.method in {"GET", "HEAD"} else None
        return _refused(url_for("first_login.login", next=back))
    return None if report[authority].uploadable else _refused(_why_not(authority), report[authority].reasons)


def _refused(page: str, reasons: Sequence[Reason] = ()) -> Response:
    """Lead to the page that helps; a script cannot read it, and is told."""
    from ..api import problem_details  # with it come the pages

    if not problem_details.wants_json():
        return redirect(page, 303)
    if not reasons:
        return problem_details.refused(Unauthorized(), way_on=page)
    reason = reasons[0]
    return problem_details.problem_details(403, reason.code, problem_details.CANNOT_TITLE, reason.text, way_on=page)


def _why_not(authority: str) -> str:
    """Lead to the page that says why and what to do, and that knows who asked."""
    back = this_page() if request.method in {"GET", "HEAD"} else None
    asked: dict[str, Any] = {"for": authority, "next": back}
    return url_for("first_login.hours", **asked)


def title_of_page(address: str, authority: str) -> Text | None:
    """Return what learners call the page at an address of this app, if it asks for hours of ``authority``.

    The guard says it, and the address is only looked up: no link from elsewhere can put words into our page.
    """
    adapter, path = current_app.create_url_adapter(request), unquote(address.partition("?")[0])
    if adapter is None or not path.startswith(root := request.script_root):
        return None
    try:
        endpoint, _ = adapter.match(path.removeprefix(root), method="GET")
    except HTTPException:  # there is no such page, or it lies elsewhere
        return None
    asking = _asked_for(current_app.view_functions.get(endpoint))
    return next((asks.title for asks in asking if asks.authority == authority and asks.title is not None), None)


def misspelt_authorities(app: App, known: Collection[str]) -> list[Problem]:
    """List a problem for each guard, of a view or of what runs before one, whose authority is not ``known``."""
    guards: dict[str, object] = {f"The view {endpoint!r}": view for endpoint, view in app.view_functions.items()}
    guards |= {
        f"What runs before {'every view' if blueprint is None else f'the views of {blueprint!r}'} ({number})": hook
        for blueprint, hooks in app.before_request_funcs.items()
        for number, hook in enumerate(hooks, 1)
    }
    return [
        _misspelt(where, authority, known)
        for where, view in guards.items()
        for authority in dict.fromkeys(asks.authority for asks in _asked_for(view))
        if authority not in known
    ]


def check_guards() -> None:
    """Refuse the first request of an app, and each after it, while a guard asks for an authority that is not there.

    :raises ConfigError: with every such view.
    """
    if CHECKED in current_app.extensions:
        return
    if problems := misspelt_authorities(current_app, [authority.key for authority in state_of().authorities]):
        raise ConfigError(problems)
    current_app.extensions[CHECKED] = True


def _misspelt(where: str, authority: str, known: Collection[str]) -> Problem:
    near = get_close_matches(authority, known, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    what = f"asks by hours_required for the authority {authority!r}, which this portal does not have."
    return Problem(where, what, f"{hint}Known: {', '.join(sorted(known)) or 'none'}.")


def _asked_for(view: object) -> Iterator[Asks]:
    """Yield what guards ask for: of a function, of what it is put around, of the methods of a view's class."""
    yield from getattr(view, ASKS_FOR, ())
    if isinstance(view, partial):
        yield from _asked_for(view.func)
    if (inner := getattr(view, "__wrapped__", None)) is not None:
        yield from _asked_for(inner)
    if isinstance(of_class := getattr(view, "view_class", None), type):
        methods = {name: value for base in reversed(of_class.__mro__) for name, value in vars(base).items()}
        for method in methods.values():
            yield from getattr(method, ASKS_FOR, ())
