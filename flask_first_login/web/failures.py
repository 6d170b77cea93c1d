"""Answer every failure with a page in plain words, a log line and a signal, all with one code; say what to do now."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from types import MappingProxyType
from typing import ParamSpec

from flask import request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.wrappers import Response

from .. import journal, signals
from ..errors import LostKeyError, Phase, SignInError, SignInRefused, place_of
from ..flow.login_page import COST, EARNS_HOURS, NO_HOURS
from ..flow.walk import reached
from ..masking import plain
from ..state import state_of
from ..text import Text
from ..traces import last_step, leave_trace
from .api.problem_details import Desk, Obstacle, group_of, problem_details, wants_json
from .api.schema import ABSENT
from .failure_kinds import Failure
from .failure_texts import SIGN_IN_FAILURES
from .forms import ButtonForm
from .headers import private
from .navigation import Here, here
from .next_steps import DESKS, RESTART, choices, failed_at, next_steps
from .obstacles import TITLE as OBSTACLES_TITLE
from .obstacles import obstacles
from .pages import desks, provider_title, render
from .refusal_texts import REFUSALS

logger = logging.getLogger("flask_first_login")
P = ParamSpec("P")
#: Every failure by its code.
FAILURES: Mapping[str, Failure] = MappingProxyType(
    {failure.code: failure for failure in (*SIGN_IN_FAILURES, *REFUSALS)}
)
SIGN_IN_FAILED = "sign-in failed code=%s provider=%s phase=%s support_code=%s detail=%s"
PAGE_FAILED = "page failed code=%s provider=%s phase=%s support_code=%s detail=%s"
#: Where a sign-in is in a view that noted no step yet, by its endpoint; elsewhere it is at an account.
PHASES = MappingProxyType(
    {
        **dict.fromkeys(("start", "join", "anew", "test"), Phase.BEGIN),
        "callback": Phase.CALLBACK,
        **dict.fromkeys(("acknowledge", "acknowledgement"), Phase.ACKNOWLEDGE),
    }
)


def handles_sign_in_errors(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer every error of a step of a sign-in with its page, a log line and a signal of one code.

    A store or a callable of the host that fails must not end in a bare 500.
    """
    return _handled(view, _sign_in_failed)


def handles_page_errors(view: Callable[P, Response]) -> Callable[P, Response]:
    """Answer every error of a page about whoever is signed in with a page and a log line: no sign-in has failed."""
    return _handled(view, cannot_show)


def _handled(view: Callable[P, Response], answer: Callable[[Exception], Response]) -> Callable[P, Response]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        try:
            return private(view(*args, **kwargs))
        except HTTPException:
            raise
        except Exception as error:
            return answer(error)

    return guarded


def _sign_in_failed(error: Exception) -> Response:
    if isinstance(error, SignInError):
        return failed(error)
    return failed(_of_the_portal(error, *_provider_and_phase()), cause=error)


def failed(error: SignInError, *, cause: Exception | None = None) -> Response:
    """Tell the log and the host of a failed sign-in, and draw its page; ``cause`` is the host's exception behind it.

    :raises Exception: ``cause`` itself, in tests and in debug mode (see `leave_trace`).
    """
    support_code = _new_support_code()
    failure = FAILURES.get(error.code) or FAILURES["provider_error"]  # an integrator's function may raise any code
    if isinstance(error, SignInRefused):  # by the host, which does not know where the sign-in was
        error.provider, error.phase = _provider_and_phase()
        failure = replace(failure, what=error.text)
    line = _log_fields(error, failure, support_code)
    if cause is None:
        logger.warning(SIGN_IN_FAILED, *line)
    journal.record_failure(error.provider, phase=error.phase, code=failure.code, support_code=support_code)
    signals.tell(signals.sign_in_failed, provider=error.provider, code=failure.code, support_code=support_code)
    if cause is not None:
        leave_trace(cause, SIGN_IN_FAILED, *line)
    response = _answer(failure, support_code, error.provider)
    if failure.code == "too_many":
        response.headers["Retry-After"] = "60"
    return response


def cannot_show(error: Exception) -> Response:
    """Log why a page cannot be drawn, and draw the page of that failure.

    :raises Exception: ``error`` itself, in tests and in debug mode (see `leave_trace`).
    """
    of_the_portal, support_code = _of_the_portal(error, "", Phase.PAGE), _new_support_code()
    failure = FAILURES[of_the_portal.code]
    leave_trace(error, PAGE_FAILED, *_log_fields(of_the_portal, failure, support_code))
    return _answer(failure, support_code, "")


def _of_the_portal(error: Exception, provider: str, phase: str) -> SignInError:
    """Give an error of the portal its code, by whether trying again can help."""
    code = "record_unreadable" if isinstance(error, LostKeyError) else "portal_error"
    return SignInError(code, provider=provider, phase=phase, detail=place_of(error))


def _provider_and_phase() -> tuple[str, str]:
    """Say where this request's sign-in is: as was noted last, or else as its address says."""
    if (noted := last_step()) is not None:
        return noted
    name = str((request.view_args or {}).get("name", ""))
    endpoint = (request.endpoint or "").removeprefix("first_login.").removeprefix("api_")
    return name if name in state_of().registrations else "", PHASES.get(endpoint, Phase.ACCOUNT)


def _new_support_code() -> str:
    return secrets.token_hex(4).upper()


def _log_fields(error: SignInError, failure: Failure, support_code: str) -> tuple[str, ...]:
    """Give what stands in a failure's log line; nothing in it can begin a line of its own."""
    return failure.code, error.provider, error.phase, support_code, plain(error.detail)[:200]


def _answer(failure: Failure, support_code: str, provider: str) -> Response:
    """Draw the page of a failure, or its problem details for a front end of the host's own."""
    if wants_json():
        return _problem_details(failure, support_code, provider)
    response = failure_page(failure, support_code, provider)
    response.status_code = failure.status
    return response


def _problem_details(failure: Failure, support_code: str, provider: str) -> Response:
    at = here()
    steps = next_steps(at, failure, provider)
    primary, groups = steps.primary, [group_of(steps.earning), group_of(steps.costing, steps.others_cost)]
    stopped_by = [Obstacle.of(each, url=_unless_desks(each.url)) for each in obstacles(at, failure, provider)]
    return problem_details(
        failure.status,
        failure.code,
        failure.title_at(_title(at, provider)),
        failure.what,
        remedy=steps.now,
        wait=steps.wait if steps.wait is not None else ABSENT,
        fault=failure.fault,
        support_code=support_code,
        way_on=_unless_desks(primary.url) if primary else None,
        way_on_label=primary.label if primary else None,
        way_on_warning=steps.cost,
        alternatives=[button.url for button in steps.others],
        offers=[group for group in groups if group.providers],
        obstacles=stopped_by or ABSENT,
        guide_url=at.screen_url(at.state.flow.by_key[at.state.flow.start].path, answers={}),
        contacts=[Desk.of(desk) for desk in desks(at)],
    )


def _unless_desks(url: str) -> str | None:
    """Give an address, and none for the support desks that stand on every page: a document has them as `contacts`."""
    return url if url != DESKS else None


def failure_page(failure: Failure, support_code: str, provider: str) -> Response:
    """Draw the page of one failure, which can be opened again in the other language at an address of its own."""
    at = here()
    problem = {"endpoint": "problem", "code": failure.code, "ref": support_code, "provider": provider or "none"}
    steps = next_steps(at, failure, provider)
    if steps.wait is not None:
        problem["since"] = str(int(failed_at().timestamp()))
    response = render(
        "failure.html",
        failure.title_at(_title(at, provider)),
        page_url=problem,
        failure=failure,
        support_code=support_code,
        ways=steps,
        restart_form=ButtonForm() if steps.restart_url else None,
        restart_label=RESTART,
        choices=choices(at, reached(at.state.flow, at.answers)),
        cost_words=(NO_HOURS, COST),
        earns=EARNS_HOURS,
        obstacles=obstacles(at, failure, provider),
        obstacles_title=OBSTACLES_TITLE,
    )
    return private(response)


def _title(at: Here, provider: str) -> Text | None:
    return provider_title(at, provider) if provider in at.state.registrations else None


def problem(code: str, provider: str) -> Response:
    """Draw a failure's page again, for the language switch: it says the same, and does nothing."""
    given = request.args.get("ref", "")
    support_code = given if len(given) == 8 and set(given) <= set("0123456789ABCDEF") else "-"
    if code not in FAILURES:
        raise NotFound
    return failure_page(FAILURES[code], support_code, provider if provider in here().state.registrations else "")
