"""From an identity to an account that is signed in: decide whose it is, write that down, sign in, and tell the host.

It returns what came of it and where to go on; who is asked for their consent first is sent there by the callers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from ... import hours_changes, journal, signals
from ...accounts import NumberCases, Rekeys
from ...errors import AccountConflict, SignInError
from ...host_session import OPENED_BY, note_identity, renew_session
from ...hours import HoursReport
from ...identity import Account, Identity, NumberState
from ...journal import Event
from ...linking import (
    Acknowledge,
    Create,
    Decision,
    IdChange,
    Link,
    Refuse,
    SameNationalId,
    SignIn,
    decide,
    stored_state,
)
from ...pseudonyms import holds_number
from ...state import AppState
from ...traces import step
from ..navigation import Here
from .reauthentication import NO_PROOF, Proof, is_fresh, note_proof
from .sealed_cookies import WAITING

logger = logging.getLogger("flask_first_login")
#: How often to decide again, when another request changed the accounts in between.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Resolved:
    """An identity that has its account; ``joined`` when the account itself had asked for it."""

    identity: Identity
    account_id: str
    decision: SignIn | Create | Link
    joined: bool


@dataclass(frozen=True, slots=True)
class NeedsConsent:
    """A social identity whose learner must accept first what it costs."""

    identity: Identity


def resolve_account(
    at: Here, identity: Identity, *, acknowledged: str | None = None, joins: str | None = None
) -> Resolved | NeedsConsent:
    """Give an identity its account: decide whose it is, and carry that out.

    ``acknowledged`` is the version of the words in which a social learner accepted what it costs; ``joins`` the account
    that asked, by POST, to have this identity added.

    :raises SignInError: with the refusal's code, or ``portal_error`` when the store keeps changing under us.
    """
    step(identity.provider, "account")
    for _ in range(TRIES):
        try:
            return _resolve_now(at, identity, acknowledged, joins)
        except AccountConflict:
            continue  # another request came first: look again, decide again
    raise SignInError("portal_error", provider=identity.provider, phase="account", detail="conflict")


def _resolve_now(at: Here, identity: Identity, acknowledged: str | None, joins: str | None) -> Resolved | NeedsConsent:
    current = at.state.current_account()
    fresh = current is not None and current.id == joins and is_fresh(current)
    known, decision = decide_for(
        at.state, identity, current=current, acknowledged=acknowledged is not None, fresh=fresh
    )
    journal.record_decision(identity.provider, decision)
    match decision:
        case Acknowledge():
            return NeedsConsent(known)
        case Refuse(why=why):
            raise SignInError(why, provider=identity.provider, phase="account")
        case Create():
            decision = replace(decision, acknowledged=acknowledged)
        case SignIn() | Link():
            pass
    known, account_id = _carry_out(at.state, identity, known, decision)
    return Resolved(known, account_id, decision, joined=account_id == joins)


def _carry_out(
    state: AppState, identity: Identity, known: Identity, decision: SignIn | Create | Link
) -> tuple[Identity, str]:
    """Write a decision down; give the identity as it is kept now, and its account's id.

    :raises AccountConflict: another request came first.
    """
    if isinstance(decision, SignIn):
        known = _rekeyed(state, identity, known, decision.account_id)
    account_id = state.accounts.carry_out(decision, known)
    journal.record(Event.ACCOUNT, identity.provider, account=account_id)
    _tell_of_lost_number(state, known, account_id, decision)
    return known, account_id


def _tell_of_lost_number(state: AppState, identity: Identity, account_id: str, decision: Decision) -> None:
    """Tell at once who has no number now: it is written, whether or not whoever took it can be signed in."""
    match decision:
        case Create(takes_from=str(loser)) | SignIn(takes_from=str(loser)):
            journal.record(Event.DISPUTED, identity.provider, account=loser)
            hours_changes.tell_of_loss(state, loser)
        case SignIn(id_change=IdChange.DISPUTE) if identity.national_id is not None:
            journal.record(Event.DISPUTED, identity.provider, account=account_id)


def decide_for(
    state: AppState,
    identity: Identity,
    *,
    current: Account | None,
    acknowledged: bool = False,
    fresh: bool = False,
) -> tuple[Identity, Decision]:
    """Decide with the store as it is now; give the identity too, under the key that it has there or gets."""
    # The owner last: if this identity gets its account in between, by another request, that account is the owner, and
    # not somebody else who holds the number.
    holder = state.accounts.holder_of(identity.national_id) if identity.national_id is not None else None
    identity, owner = _as_kept(state, identity)
    known = _with_kept_name(identity, owner)
    return known, decide(
        known,
        owner=owner,
        current=current,
        same_person=holder,
        acknowledged=acknowledged,
        fresh=fresh,
        same_national_id=SameNationalId(state.settings.same_national_id),
        may_take=isinstance(state.accounts, NumberCases),
    )


def _key_of(state: AppState, identity: Identity) -> str:
    """Give the key that an identity gets. A key is kept in clear, so one that holds a national ID is replaced by a
    keyed pseudonym of itself."""
    return state.pseudonyms(identity.subject)[0] if holds_number(identity.subject, identity) else identity.subject


def _as_kept(state: AppState, identity: Identity) -> tuple[Identity, Account | None]:
    """Find the identity under the key that the store has it under, and its account; if none has it, under the key it
    gets.

    A sign-in may show of a subject that it holds a number, and the next one not: the number may not be sent again. So
    whatever may hold one is looked for under each of its keys, and nobody comes into a second account.
    """
    wanted = _key_of(state, identity)
    for key in dict.fromkeys([wanted, *state.keys_of(identity.subject)]):
        owner = state.accounts.owner_of(identity.issuer, key)
        if owner is not None:
            return replace(identity, subject=key), owner
    return replace(identity, subject=wanted), None


def _rekeyed(state: AppState, identity: Identity, known: Identity, account_id: str) -> Identity:
    """Keep the identity that an account has under the key ``known`` as a pseudonym from now on, where that is due.

    :raises AccountConflict: as `Rekeys.rekey`.
    """
    wanted = _key_of(state, identity)
    if known.subject != identity.subject and wanted == identity.subject:
        wanted = state.pseudonyms(identity.subject)[0]  # a number was seen in it once: it stays a pseudonym
    if known.subject == wanted:
        return known
    if not isinstance(state.accounts, Rekeys):
        kind = type(state.accounts).__name__
        logger.warning("a key that holds a national ID stays as it is: %s has no rekey (see accounts.Rekeys)", kind)
        return known
    state.accounts.rekey(account_id, known.issuer, known.subject, wanted)
    return replace(known, subject=wanted)


def _with_kept_name(identity: Identity, owner: Account | None) -> Identity:
    """Keep a name that was told once: Apple tells it at the first consent only."""
    if not identity.is_social or identity.name is not None or owner is None:
        return identity
    return replace(identity, name=next(kept.name for kept in owner.identities if kept.key == identity.key))


def finish_sign_in(
    at: Here, resolved: Resolved, proof: Proof = NO_PROOF, *, use_consent_up: Callable[[], None] | None = None
) -> Response:
    """Sign the account in, last of all that can fail; then tell the host, whose receivers cannot undo it.

    ``use_consent_up`` uses up what the learner accepted for this identity.

    :raises SignInError: ``portal_error`` when the account is gone already, ``already_used`` when the consent was used
        before.
    """
    identity, account_id, decision = resolved.identity, resolved.account_id, resolved.decision
    account = at.state.accounts.get(account_id)
    if account is None:
        raise SignInError("portal_error", provider=identity.provider, phase="account", detail="account is gone")
    report = at.state.hours(account)
    if use_consent_up is not None:
        use_consent_up()
    _sign_in(at.state, account_id, identity, joined=resolved.joined)
    journal.record(Event.OUTCOME, identity.provider, account=account_id)
    _tell(at.state, account, identity, decision)
    signals.tell(signals.hours_assessed, account=account_id, report=report)
    if changes := hours_changes.changes(at.state, account_id, report):
        signals.tell(signals.hours_changed, account=account_id, report=report, changes=changes)
    response = redirect(next_url(at, decision, report), 303)
    note_proof(response, account_id, identity.provider, proof, joined=resolved.joined)
    WAITING.forget(response)  # whoever waited in this browser to accept is not the one who signed in now
    return response


def _sign_in(state: AppState, account_id: str, identity: Identity, *, joined: bool) -> None:
    """Sign the account in in the host's session, under a new id; when that fails halfway, the session holds again what
    it held. The id is renewed here too: a host's own `HostSession` may know nothing of ids."""
    before = dict(session)
    try:
        renew_session()
        state.session.sign_in(account_id)
        keys, earlier = state.keys_of(identity.subject), before.get(OPENED_BY)
        note_identity(account_id, identity.issuer, keys, joined=joined, earlier=earlier)
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


def next_url(at: Here, decision: SignIn | Create | Link, report: HoursReport) -> str:
    """Say where the learner goes on: to where they wanted to, when there is nothing to tell them that they would not
    read there."""
    reads_it_there = (at.next or "").partition("?")[0] == url_for("first_login.hours")
    if isinstance(decision, SignIn) and not at.answers and (report.uploadable or reads_it_there):
        return at.next or at.state.settings.home_url
    return at.url("outcome", new="1" if isinstance(decision, Create) else None)
