"""What follows a decision that was carried out: sign in, remember the verdicts, tell the host, send on."""

from __future__ import annotations

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from .. import events, opened_by, signals
from ..accounts import VerdictChange
from ..errors import SignInError, place_of
from ..events import Event
from ..hours import HoursReport
from ..identity import Identity
from ..linking import Create, IdChange, Link, SignIn
from ..state import AppState, is_certain, renew_session
from ..traces import leave_trace
from .freshness import Proof, note_proof
from .here import Here
from .pending import Pending, forget


def welcome(
    at: Here,
    account_id: str,
    identity: Identity,
    decision: SignIn | Create | Link,
    proof: Proof,
    *,
    joined: bool,
    waiting: Pending | None = None,
) -> Response:
    """Sign the account in, last of all that can fail; then tell the host, whose receivers cannot undo it.

    ``joined``: the account itself had asked for this identity; ``waiting`` is what the learner accepted for it, which
    is used up here.

    :raises SignInError: ``portal_error`` when the account is gone already, ``already_used`` when ``waiting`` was
        accepted before.
    """
    account = at.state.accounts.get(account_id)
    if account is None:
        raise SignInError("portal_error", provider=identity.provider, phase="account", detail="account is gone")
    report = at.state.hours(account)
    if waiting is not None:
        waiting.spend(at)
    _sign_in(at.state, account_id, identity, joined=joined)
    events.record(Event.OUTCOME, identity.provider, account=account_id)
    _tell(account_id, identity.provider, decision)
    signals.tell(signals.hours_assessed, account=account_id, report=report)
    if changes := _changes(at.state, account_id, report):
        signals.tell(signals.hours_changed, account=account_id, report=report, changes=changes)
    response = redirect(onward(at, decision, report), 303)
    note_proof(response, at, account_id, identity.provider, proof, joined=joined)
    forget(response)  # whoever waited in this browser to accept is not the one who signed in now
    return response


def _sign_in(state: AppState, account_id: str, identity: Identity, *, joined: bool) -> None:
    """The host's session signs the account in, under a new id; when it fails halfway, the session holds again what it
    held. The id is renewed here too: a host's own `HostSession` may know nothing of ids."""
    before = dict(session)
    try:
        renew_session()
        state.session.sign_in(account_id)
        keys, earlier = state.keys_of(identity.subject), before.get(opened_by.KEY)
        opened_by.note(account_id, identity.issuer, keys, joined=joined, earlier=earlier)
    except Exception:
        session.clear()
        session.update(before)
        raise


def _tell(account_id: str, provider: str, decision: SignIn | Create | Link) -> None:
    match decision:
        case Create():
            signals.tell(signals.signed_in, account=account_id, provider=provider, first=True)
        case Link():
            signals.tell(signals.signed_in, account=account_id, provider=provider, first=False)
            signals.tell(signals.identity_linked, account=account_id, provider=provider)
        case SignIn(id_change=change):
            signals.tell(signals.signed_in, account=account_id, provider=provider, first=False)
            if change is IdChange.REVIEW:
                signals.tell(signals.national_id_under_review, account=account_id, provider=provider)


def _changes(state: AppState, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
    """Whose verdict is another than the last one that was recorded. The sign-in is complete by now: a store that
    fails here is a line in the log, and the change is noticed at the next sign-in."""
    if not is_certain(report):
        return ()
    try:
        changes = state.accounts.remember(account_id, report)
    except Exception as error:
        leave_trace(error, "the verdicts were not remembered: %s", place_of(error))
        return ()
    return tuple(change for change in changes if change.before is not None)


def onward(at: Here, decision: SignIn | Create | Link, report: HoursReport) -> str:
    """To where the learner wanted to go, when there is nothing to tell them that they would not read there."""
    reads_it_there = (at.next or "").partition("?")[0] == url_for("first_login.hours")
    if isinstance(decision, SignIn) and not at.answers and (report.uploadable or reads_it_there):
        return at.next or at.state.settings.home_url
    return at.url("outcome", new="1" if isinstance(decision, Create) else None)
