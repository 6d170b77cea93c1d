"""From an identity to an account that is signed in: decide whose it is, write that down, sign in, and tell the host.

It returns what came of it and where to go on; who is asked for their consent first is sent there by the callers.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from ... import hours_changes, journal, signals
from ...accounts import Rekeys
from ...accounts.admission import admit
from ...accounts.records import Admission, Judgement, Known, Presented
from ...errors import AccountConflict, AccountGone, DigestUsed, SignInError
from ...host_session import LEAVING, OPENED_BY, SIGNED_OUT, note_identity, renew_session
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
    """An identity that has its account, as the store admitted it; ``joined`` when the account had asked for it."""

    admission: Admission
    account_id: str
    decision: SignIn | Create | Link
    joined: bool

    @property
    def identity(self) -> Identity:
        """The identity as it is kept now."""
        return self.admission.judgement.identity


@dataclass(frozen=True, slots=True)
class NeedsConsent:
    """A social identity whose learner must accept first what it costs."""

    identity: Identity


def resolve_account(
    at: Here,
    identity: Identity,
    *,
    acknowledged: str | None = None,
    consent: tuple[bytes, datetime] | None = None,
    joins: str | None = None,
) -> Resolved | NeedsConsent:
    """Give an identity its account: decide whose it is, and carry that out.

    ``acknowledged`` is the version of the words in which a social learner accepted what it costs, and ``consent`` what
    is used up by that, together with what is written; ``joins`` the account that asked, by POST, to have this identity
    added.

    :raises SignInError: with the refusal's code, ``already_used`` when the consent was used before, or ``portal_error``
        when the store keeps changing under us.
    """
    step(identity.provider, "account")
    admission = _admitted(at, identity, acknowledged=acknowledged, consent=consent, joins=joins)
    identity, account_id = admission.judgement.identity, admission.account_id or ""
    match admission.judgement.decision:
        case Acknowledge():
            return NeedsConsent(identity)
        case Refuse(why=why):
            raise SignInError(why, provider=identity.provider, phase="account")
        case SignIn() | Create() | Link() as decision:
            journal.record(Event.ACCOUNT, identity.provider, account=account_id)
            if isinstance(decision, Link) and decision.another_name:
                journal.record(Event.ANOTHER_NAME, identity.provider, account=account_id)
            _tell_of_lost_number(at.state, identity, account_id, decision)
            return Resolved(admission, account_id, decision, joined=account_id == joins)


def _admitted(
    at: Here,
    identity: Identity,
    *,
    acknowledged: str | None,
    consent: tuple[bytes, datetime] | None,
    joins: str | None,
) -> Admission:
    """Ask the store for the account of an identity; where another request comes first, look again and decide again.

    A rule of the portal is not asked inside a transaction of the store, but afterwards: it may ask a database itself.

    :raises SignInError: as `resolve_account`.
    """
    state, signed_in = at.state, at.state.signed_in_id()
    presented = replace(presented_by(state, identity), current=signed_in, consent=consent)
    made: list[Judgement] = []

    def judge(known: Known) -> Judgement:
        current = state.who_goes_on(signed_in, known.current)
        asked = current is not None and current.id == joins
        fresh = asked and current is not None and (not current.identities or is_fresh(current))
        judgement = judgement_on(state, identity, known, current=current, acknowledged=acknowledged, fresh=fresh)
        made.append(_rekeyed(state, identity, judgement, presented.subjects[0]))
        return made[-1]

    for _ in range(TRIES):
        try:
            return admit(state.accounts, presented, judge, None if state.rules else state.hours)
        except AccountConflict:
            continue
        except DigestUsed:
            raise SignInError("already_used", provider=identity.provider, phase="acknowledge") from None
        finally:
            if made:
                journal.record_decision(identity.provider, made[-1].decision)
                made.clear()
    raise SignInError("portal_error", provider=identity.provider, phase="account", detail="conflict")


def _tell_of_lost_number(state: AppState, identity: Identity, account_id: str, decision: Decision) -> None:
    """Tell at once who has no number now: it is written, whether or not whoever took it can be signed in."""
    match decision:
        case Create(takes_from=str(loser)) | SignIn(takes_from=str(loser)):
            journal.record(Event.DISPUTED, identity.provider, account=loser)
            hours_changes.tell_of_loss(state, loser)
        case SignIn(id_change=IdChange.DISPUTE) if identity.national_id is not None:
            journal.record(Event.DISPUTED, identity.provider, account=account_id)


def judgement_on(
    state: AppState,
    identity: Identity,
    known: Known,
    *,
    current: Account | None,
    acknowledged: str | None = None,
    fresh: bool = False,
) -> Judgement:
    """Decide on what the store has; the identity is kept under the key that it has there or gets."""
    issuer, subject = known.issuer or identity.issuer, known.subject or _key_of(state, identity)
    kept = _with_what_was_told(replace(identity, issuer=issuer, subject=subject), known.owner)
    decision = decide(
        kept,
        owner=known.owner,
        current=current,
        same_person=known.holder,
        acknowledged=acknowledged is not None,
        fresh=fresh,
        same_national_id=SameNationalId(state.settings.same_national_id),
        may_take=state.settles_numbers,
        may_make_for=state.takes_members,
        former_issuers=state.former_issuers(identity.issuer),
    )
    return Judgement(kept, replace(decision, acknowledged=acknowledged) if isinstance(decision, Create) else decision)


def presented_by(state: AppState, identity: Identity) -> Presented:
    """Present an identity under each key that the store may have it under, the one that it gets first.

    A sign-in may show of a subject that it holds a number, and the next one not: the number may not be sent again. So
    whatever may hold one is looked for under each of its keys, and nobody comes into a second account.
    """
    keys = dict.fromkeys([_key_of(state, identity), *state.keys_of(identity.subject)])
    former = state.former_issuers(identity.issuer)
    return Presented(identity.issuer, tuple(keys), identity.national_id, former=former)


def _key_of(state: AppState, identity: Identity) -> str:
    """Give the key that an identity gets. A key is kept in clear, so one that holds a national ID is replaced by a
    keyed pseudonym of itself."""
    return state.pseudonyms(identity.subject)[0] if holds_number(identity.subject, identity) else identity.subject


def _rekeyed(state: AppState, identity: Identity, judgement: Judgement, wanted: str) -> Judgement:
    """Have a known identity kept as a pseudonym from now on, where that is due; ``wanted`` is the key that a new one
    would get."""
    kept = judgement.identity
    if kept.subject != identity.subject and wanted == identity.subject:
        wanted = state.pseudonyms(identity.subject)[0]  # a number was seen in it once: it stays a pseudonym
    if kept.subject == wanted or not isinstance(judgement.decision, SignIn):
        return judgement
    if not isinstance(state.accounts, Rekeys):
        kind = type(state.accounts).__name__
        logger.warning("a key that holds a national ID stays as it is: %s has no rekey (see accounts.Rekeys)", kind)
        return judgement
    return Judgement(replace(kept, subject=wanted), judgement.decision, kept_under=kept.subject)


def _with_what_was_told(identity: Identity, owner: Account | None) -> Identity:
    """Keep what was told once and is not told now: a social name, which Apple tells at the first consent only, and a
    birth date, which tells two people apart also where UserInfo is refused for once."""
    known = next((kept for kept in owner.identities if kept.key == identity.key), None) if owner is not None else None
    if known is None:
        return identity
    name = (identity.name or known.name) if identity.is_social else identity.name
    return replace(identity, name=name, birth_date=identity.birth_date or known.birth_date)


def finish_sign_in(at: Here, resolved: Resolved, proof: Proof = NO_PROOF) -> Response:
    """Sign the account in, last of all that can fail; then tell the host, whose receivers cannot undo it.

    :raises SignInError: ``portal_error`` when the account is gone already.
    """
    identity, decision, account = resolved.identity, resolved.decision, resolved.admission.account
    if account is None:
        raise SignInError("portal_error", provider=identity.provider, phase="account", detail="account is gone")
    report, changes = resolved.admission.report, resolved.admission.changes
    if report is None:
        report = at.state.hours(account)
    try:
        _sign_in(at.state, account.id, identity, joined=resolved.joined)
    except AccountGone:  # nobody is to hear of its hours any more
        raise
    except Exception:
        hours_changes.tell(account.id, report, changes or ())  # they are recorded: no later sign-in would tell of them
        raise
    journal.record(Event.OUTCOME, identity.provider, account=account.id)
    _tell(at.state, account, identity, decision)
    signals.tell(signals.hours_assessed, account=account.id, report=report)
    hours_changes.tell(
        account.id, report, hours_changes.changes(at.state, account.id, report) if changes is None else changes
    )
    response = redirect(next_url(at, decision, report), 303)
    note_proof(response, account.id, identity.provider, proof, joined=resolved.joined)
    WAITING.forget(response)  # whoever waited in this browser to accept is not the one who signed in now
    return response


def _sign_in(state: AppState, account_id: str, identity: Identity, *, joined: bool) -> None:
    """Sign the account in in the host's session, under a new id; when that fails halfway, the session holds again what
    it held. The id is renewed here too: a host's own `HostSession` may know nothing of ids."""
    before = dict(session)
    try:
        renew_session()
        state.session.sign_in(account_id)
        for kept in (SIGNED_OUT, LEAVING):
            session.pop(kept, None)
        keys, earlier = state.keys_of(identity.subject), before.get(OPENED_BY)
        registration = state.registrations.get(identity.provider)
        now = (registration.provider.protocol.issuer,) if registration is not None else ()
        issuers = dict.fromkeys((identity.issuer, *now))  # where it is kept, and where it may be moved to
        note_identity(account_id, issuers, keys, joined=joined, earlier=earlier)
    except Exception:
        session.clear()
        session.update(before)
        raise


def _tell(state: AppState, account: Account, identity: Identity, decision: SignIn | Create | Link) -> None:
    provider = identity.provider
    signals.tell(signals.signed_in, account=account.id, provider=provider, first=isinstance(decision, Create))
    match decision:
        case Link(another_name=another):
            signals.tell(signals.identity_linked, account=account.id, provider=provider, another_name=another)
        case SignIn(id_change=IdChange.REVIEW) if _is_kept_as(NumberState.UNDER_REVIEW, state, account, identity):
            signals.tell(signals.national_id_under_review, account=account.id, provider=provider)
        case SignIn(id_change=IdChange.DISPUTE) if _is_kept_as(NumberState.DISPUTED, state, account, identity):
            signals.tell(signals.national_id_disputed, account=account.id, provider=provider)


def _is_kept_as(number_state: NumberState, state: AppState, account: Account, identity: Identity) -> bool:
    """Whether the store holds the number to be so: one that an operator has settled already is in doubt no more, and
    one that was not sent this time tells nothing new. A store that knows no state is taken at the decision's word."""
    if not state.settles_numbers:
        return True
    return identity.national_id is not None and stored_state(identity, account) is number_state


def next_url(at: Here, decision: SignIn | Create | Link, report: HoursReport) -> str:
    """Say where the learner goes on: to where they wanted to, when there is nothing to tell them that they would not
    read there."""
    reads_it_there = (at.next or "").partition("?")[0] == url_for("first_login.hours")
    if isinstance(decision, SignIn) and not at.answers and (report.uploadable or reads_it_there):
        return at.next or at.home_url
    return at.url("outcome", new="1" if isinstance(decision, Create) else None)
