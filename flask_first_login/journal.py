"""The journal of sign-ins: one event for each phase, in one form, for whoever must account for them later.

Each is a record of the logger ``flask_first_login.events``, at level INFO, with every one of `KEYS` as an attribute.
None holds a subject, an e-mail address, a claim, a token or a national ID, nor a character that could end a line or
turn its direction.
"""

from __future__ import annotations

import logging
import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum

from flask import request

from .errors import Phase
from .linking import Acknowledge, Create, Decision, Link, Refuse, SignIn
from .masking import plain
from .per_request import per_request
from .state import state_of

logger = logging.getLogger("flask_first_login.events")

#: What every event has, in this order; what does not apply is None.
KEYS = ("event", "time", "provider", "result", "phase", "code", "support_code", "request_id", "account")
LONGEST = 128
#: A request's id of a proxy: one word of letters, digits and what load balancers put between them.
WELL_FORMED = re.compile(rf"[A-Za-z0-9._:=;+/-]{{1,{LONGEST}}}")


class Event(StrEnum):
    """The phases of a sign-in, and its failure in one of them."""

    BEGIN = "begin"  # the learner is sent to the provider
    CALLBACK = "callback"  # an answer came that belongs to a sign-in of this browser
    VERIFY = "verify"  # its proof holds: the code and the ID token, or the ticket
    IDENTIFY = "identify"  # its claims are a person
    DECIDE = "decide"  # whose account that is
    ACCOUNT = "account"  # the store has carried it out
    ANOTHER_NAME = "another_name"  # an identity was linked by a number that both sides proved, under another name
    DISPUTED = "disputed"  # another account holds the number of this one, which keeps none
    OUTCOME = "outcome"  # the account is signed in
    FAILURE = "failure"  # the sign-in has ended without


class Result(StrEnum):
    """What came of a phase; of the decision, which one it is."""

    OK = "ok"
    FAILED = "failed"
    SIGN_IN = "sign_in"
    CREATE = "create"
    LINK = "link"
    ACKNOWLEDGE = "acknowledge"
    REFUSE = "refuse"


def record(event: Event, provider: str, *, account: str | None = None) -> None:
    """A phase that went well; ``account`` is the account's id, where one is known by now."""
    _write(event, provider, Result.OK, account=account)


def record_decision(provider: str, decision: Decision) -> None:
    """Whose account the identity is."""
    _write(Event.DECIDE, provider, _result(decision))


def record_failure(provider: str, *, phase: str, code: str, support_code: str) -> None:
    """The end of a sign-in that failed, with the codes of its page. A phase that is none of ours is ``other``."""
    known = phase if phase in {*Phase} else "other"
    _write(Event.FAILURE, provider, Result.FAILED, phase=known, code=code, support_code=support_code)


def request_id() -> str:
    """The name of this request: the proxy's, where ``FIRST_LOGIN_REQUEST_ID_HEADER`` names its header and what stands
    there is well formed, or else one that is made here, once."""
    found: str | None = per_request().get("request_id")
    if found is None:
        header = state_of().settings.request_id_header
        given = request.headers.get(header, "") if header is not None else ""
        found = per_request()["request_id"] = given if WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
    return found


def _result(decision: Decision) -> Result:
    match decision:
        case SignIn():
            return Result.SIGN_IN
        case Create():
            return Result.CREATE
        case Link():
            return Result.LINK
        case Acknowledge():
            return Result.ACKNOWLEDGE
        case Refuse():
            return Result.REFUSE


def _write(
    event: Event,
    provider: str,
    result: Result,
    *,
    phase: str | None = None,
    code: str | None = None,
    support_code: str | None = None,
    account: str | None = None,
) -> None:
    if not logger.isEnabledFor(logging.INFO):
        return
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = (event, at, provider or None, result, phase, code, support_code, request_id(), account)
    fields = {key: _one_word(value) for key, value in zip(KEYS, values, strict=True)}
    logger.info("sign-in %s", " ".join(f"{key}={value or '-'}" for key, value in fields.items()), extra=fields)


def _one_word(value: str | None) -> str | None:
    """Make one word of a value: an id of the host's accounts, or a name from its own function, may be anything."""
    if value is None:
        return None
    return plain(str(value)[:LONGEST]).replace(" ", "?")
