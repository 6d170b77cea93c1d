"""Leave a trace of an exception of the host's own code: its frames in the log, and the signal that Flask sends of any.

The learner gets a page with a code, and the host can find what to mend.
"""

from __future__ import annotations

import logging

from flask import current_app, got_request_exception, has_request_context

from .errors import place_of
from .masking import log_exception
from .per_request import per_request

logger = logging.getLogger("flask_first_login")
STEP, TOLD = "first_login_step", "first_login_told"


def step(provider: str, phase: str) -> None:
    """Note the provider and the phase that this request has reached: what fails from here on fails there."""
    per_request()[STEP] = (provider, phase)


def last_step() -> tuple[str, str] | None:
    """Return the provider and the phase that were noted last."""
    found: tuple[str, str] | None = per_request().get(STEP)
    return found


def leave_trace(error: Exception, message: str, *args: object, propagates: bool = True) -> None:
    """Log an exception of the host with its frames, and hand it on as Flask does: in tests and in debug mode it is
    raised, otherwise `flask.got_request_exception` is sent.

    What fails again at the same place in one request is the same fault: its frames are logged and its signal is sent
    once; a line that says something new is logged without frames.

    :raises Exception: ``error`` itself, if it ``propagates`` and Flask would let it (``PROPAGATE_EXCEPTIONS``).
    """
    if not has_request_context():
        log_exception(error, message, *args)
        return
    told: set[str] = per_request().setdefault(TOLD, set())
    line, place = message % args, place_of(error)
    is_new = place not in told
    if is_new:
        log_exception(error, message, *args)
    elif line not in told:
        logger.error(message, *args)
    told |= {line, place}
    if propagates and _is_propagated():
        raise error  # Flask sends its signal
    if is_new:
        _send(error)


def _is_propagated() -> bool:
    """Decide as `Flask.handle_exception` does."""
    asked: bool | None = current_app.config["PROPAGATE_EXCEPTIONS"]
    return current_app.testing or current_app.debug if asked is None else asked


def _send(error: Exception) -> None:
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the app itself, as Flask sends it
    try:
        got_request_exception.send(app, _async_wrapper=app.ensure_sync, exception=error)
    except Exception as failed:  # the learner gets their page all the same
        log_exception(failed, "a receiver of got_request_exception failed: %s", type(failed).__name__)
