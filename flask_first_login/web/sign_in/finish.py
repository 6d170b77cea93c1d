"""What follows a decision that was carried out: sign in, remember the verdicts, tell the host, send on."""

from __future__ import annotations

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from ... import journal, judging, session_identity, signals
from ...accounts import NumberCases
from ...errors import SignInError
from ...hours import HoursReport
from ...identity import Account, Identity, NumberState
from ...journal import Event
from ...linking import Create, IdChange, Link, SignIn, stored_state
from ...state import AppState, renew_session
from ..navigation import Here
from .reauthentication import Proof, note_proof
from .waiting_identity import Pending, forget


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
    journal.record(Event.OUTCOME, identity.provider, account=account_id)
    _tell(at.state, account, identity, decision)
    signals.tell(signals.hours_assessed, account=account_id, report=report)
    if changes := judging.changes(at.state, account_id, report):
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
        keys, earlier = state.keys_of(identity.subject), before.get(session_identity.KEY)
        session_identity.note(account_id, identity.issuer, keys, joined=joined, earlier=earlier)
    except Exception:
        session.clear()
        session.update(before)
        raise


def _tell(state: AppState, account: Account, identity: Identity, decision: SignIn | Create | Link) -> None:
    provider = identity.provider
    signals.tell(signals.signed_in, account=account.id, provider=provider, first=isinstance(decision, Create))
    match decision:
        case Link():
            signals.tell(signals.identity_linked, account=account.id, provider=provider)
        case SignIn(id_change=IdChange.REVIEW) if _is_kept_as(NumberState.UNDER_REVIEW, state, account, identity):
            signals.tell(signals.national_id_under_review, account=account.id, provider=provider)
        case SignIn(id_change=IdChange.DISPUTE) if _is_kept_as(NumberState.DISPUTED, state, account, identity):
            signals.tell(signals.national_id_disputed, account=account.id, provider=provider)


def _is_kept_as(number_state: NumberState, state: AppState, account: Account, identity: Identity) -> bool:
    """Whether the store holds the number to be so: one that an operator has settled already is in doubt no more, and
    one that was not sent this time tells nothing new. A store that knows no state is taken at the decision's word."""
    if not isinstance(state.accounts, NumberCases):
        return True
    return identity.national_id is not None and stored_state(identity, account) is number_state


def onward(at: Here, decision: SignIn | Create | Link, report: HoursReport) -> str:
    """To where the learner wanted to go, when there is nothing to tell them that they would not read there."""
    reads_it_there = (at.next or "").partition("?")[0] == url_for("first_login.hours")
    if isinstance(decision, SignIn) and not at.answers and (report.uploadable or reads_it_there):
        return at.next or at.state.settings.home_url
    return at.url("outcome", new="1" if isinstance(decision, Create) else None)
