"""The one door by which every failed sign-in leaves: a page in plain words, a log line and a signal with one code."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from functools import wraps
from types import MappingProxyType
from typing import ParamSpec

from flask import request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from .. import journal, signals
from ..errors import LostKeyError, SignInError, place_of
from ..state import state_of
from ..text import Text
from ..traces import last_step, leave_trace
from .api.problem_details import problem_details, wants_json, way_in
from .failure_codes import Failure
from .failure_texts import FAILURES
from .forms import AnewForm
from .headers import allow_forms_to, private
from .navigation import Here, here
from .pages import Button, render
from .ways_on import ANEW, ways_on

logger = logging.getLogger("flask_first_login")
P = ParamSpec("P")
SIGN_IN_FAILED = "sign-in failed code=%s provider=%s phase=%s support_code=%s detail=%s"
PAGE_FAILED = "page failed code=%s provider=%s phase=%s support_code=%s detail=%s"
#: Where a sign-in is in a view that noted no step yet, by its endpoint; elsewhere it is at an account.
PHASES = MappingProxyType(
    {
        **dict.fromkeys(("start", "join", "anew", "test"), "begin"),
        "callback": "callback",
        **dict.fromkeys(("acknowledge", "acknowledgement"), "acknowledge"),
    }
)


def one_door(view: Callable[P, Response]) -> Callable[P, Response]:
    """Every failure of a sign-in leaves through here: a page in plain words, and a log line with the same code."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return private(view(*args, **kwargs))
        except SignInError as error:
            return failed(error)
        except HTTPException:
            raise
        except Exception as error:  # a store or a callable of the host that fails must not end in a bare 500
            return failed(_of_the_portal(error, *_place_in_the_sign_in()), cause=error)

    return guarded


def shown(view: Callable[P, Response]) -> Callable[P, Response]:
    """A page about whoever is signed in: when that cannot be read, it says so with a code, and no sign-in failed."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return private(view(*args, **kwargs))
        except HTTPException:
            raise
        except Exception as error:
            return cannot_show(error)

    return guarded


def cannot_show(error: Exception) -> Response:
    """The page in place of one that cannot be drawn, and its line in the log.

    :raises Exception: ``error`` itself, in tests and in debug mode (see `leave_trace`).
    """
    of_the_portal, support_code = _of_the_portal(error, "", "page"), secrets.token_hex(4).upper()
    failure = FAILURES[of_the_portal.code]
    leave_trace(error, PAGE_FAILED, *_said(of_the_portal, failure, support_code))
    return _answer(failure, support_code, "")


def _of_the_portal(error: Exception, provider: str, phase: str) -> SignInError:
    """What is not the learner's and not the provider's fault, told apart by whether trying again can help."""
    code = "record_unreadable" if isinstance(error, LostKeyError) else "portal_error"
    return SignInError(code, provider=provider, phase=phase, detail=place_of(error))


def _place_in_the_sign_in() -> tuple[str, str]:
    """The provider and the phase of this request: as they were noted last, or else as its address says them."""
    if (noted := last_step()) is not None:
        return noted
    name = str((request.view_args or {}).get("name", ""))
    endpoint = (request.endpoint or "").removeprefix("first_login.").removeprefix("api_")
    return name if name in state_of().registrations else "", PHASES.get(endpoint, "account")


def _said(error: SignInError, failure: Failure, support_code: str) -> tuple[str, ...]:
    """What stands in the line of a failure; nothing in it makes a line of its own."""
    detail = "".join(one if one.isprintable() else "?" for one in error.detail)[:200]
    return failure.code, error.provider, error.phase, support_code, detail


def failed(error: SignInError, *, cause: Exception | None = None) -> Response:
    """Tell the log and the host of a failure, and draw its page; ``cause`` is the exception of the host behind it.

    :raises Exception: ``cause`` itself, in tests and in debug mode (see `leave_trace`).
    """
    support_code = secrets.token_hex(4).upper()
    failure = FAILURES.get(error.code) or FAILURES["provider_error"]  # an integrator's function may raise any code
    said = _said(error, failure, support_code)
    if cause is None:
        logger.warning(SIGN_IN_FAILED, *said)
    journal.record_failure(error.provider, phase=error.phase, code=failure.code, support_code=support_code)
    signals.tell(signals.sign_in_failed, provider=error.provider, code=failure.code, support_code=support_code)
    if cause is not None:
        leave_trace(cause, SIGN_IN_FAILED, *said)
    response = _answer(failure, support_code, error.provider)
    if failure.code == "too_many":
        response.headers["Retry-After"] = "60"
    return response


def _answer(failure: Failure, support_code: str, provider: str) -> Response:
    """The page of a failure, or its problem details for a front end of the host's own."""
    if wants_json():
        return _problem_details(failure, support_code, provider)
    response = failure_page(failure, support_code, provider)
    response.status_code = failure.status
    return response


def _problem_details(failure: Failure, support_code: str, provider: str) -> Response:
    at = here()
    say, ways, desks = at.words.plain, ways_on(at, failure, provider), at.state.settings.contacts
    return problem_details(
        failure.status,
        failure.code,
        failure.title,
        failure.what,
        remedy=say(ways.now),
        fault=failure.fault,
        support_code=support_code,
        way_on=ways.primary.url if ways.primary else None,
        way_on_label=say(ways.primary.label) if ways.primary else None,
        way_on_warning=say(ways.cost) if ways.cost else None,
        alternatives=[one.url for one in ways.others],
        offers=[_group(at, *group) for group in ((None, ways.earning), (ways.others_cost, ways.costing)) if group[1]],
        guide_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
        contacts=[{"title": say(one.title), "phone": one.phone, "email": one.email} for one in desks],
    )


def _group(at: Here, warning: Text | None, providers: list[Button]) -> dict[str, object]:
    """Providers that stand together, as in a column of the login page."""
    say = at.words.plain
    ways = [way_in(at, button) for button in providers]
    return {"title": None, "warning": say(warning) if warning else None, "providers": ways}


def failure_page(failure: Failure, support_code: str, provider: str) -> Response:
    """The page of one failure. It can be opened again in the other language at an address of its own."""
    at = here()
    problem = {"endpoint": "problem", "code": failure.code, "ref": support_code, "provider": provider or "none"}
    ways = ways_on(at, failure, provider)
    response = render(
        "failure.html",
        failure.title,
        page_url=problem,
        failure=failure,
        support_code=support_code,
        ways=ways,
        anew_form=AnewForm() if ways.anew_url else None,
        anew_label=ANEW,
    )
    if ways.anew_url:
        allow_forms_to(response, at, [provider])
    return private(response)


def problem(code: str, provider: str) -> Response:
    """A failure's page again, for the language switch: it says the same, and does nothing."""
    given = request.args.get("ref", "")
    reference = given if len(given) == 8 and set(given) <= set("0123456789ABCDEF") else "-"
    if code not in FAILURES:
        raise NotFound
    return failure_page(FAILURES[code], reference, provider if provider in here().state.registrations else "")
