"""From an identity to an account: obey what `decide` says, tell the host, and send the learner on."""

from __future__ import annotations

import logging
from dataclasses import replace

from werkzeug.wrappers import Response

from ... import journal, judging
from ...accounts import NumberCases, Rekeys
from ...errors import AccountConflict, SignInError
from ...identity import Account, Identity
from ...journal import Event
from ...linking import Acknowledge, Create, Decision, IdChange, Link, Refuse, SameNationalId, SignIn, decide
from ...pseudonyms import holds_number
from ...state import AppState
from ...traces import step
from ..navigation import Here
from .finish import welcome
from .reauthentication import NO_PROOF, Proof, is_fresh
from .waiting_identity import Pending

logger = logging.getLogger("flask_first_login")
TRIES = 3


def admit(
    at: Here,
    identity: Identity,
    *,
    acknowledged: str | None = None,
    waiting: Pending | None = None,
    joins: str | None = None,
    proof: Proof = NO_PROOF,
) -> Response:
    """Give an identity its account, as `decide` says, and send the learner on.

    ``acknowledged`` is the version of the words in which a social learner accepted what it costs, and ``waiting`` what
    they accepted it for: it is used up once all is written, and before anybody is signed in. ``joins`` is the account
    that asked, by POST, to have this identity added; ``proof`` what the sign-in proves.

    :raises SignInError: with the refusal's code, ``already_used`` when ``waiting`` was accepted before, or
        ``portal_error`` when the store keeps changing under us.
    """
    step(identity.provider, "account")
    current = at.state.current_account()
    for _ in range(TRIES):
        known, decision = judge(
            at.state,
            identity,
            current=current,
            acknowledged=acknowledged is not None,
            fresh=current is not None and current.id == joins and is_fresh(at, current),
        )
        journal.record_decision(identity.provider, decision)
        match decision:
            case Acknowledge():
                return Pending.of(known, at).ask(at)
            case Refuse(why=why):
                raise SignInError(why, provider=identity.provider, phase="account")
            case SignIn() | Create() | Link():
                if isinstance(decision, Create):
                    decision = replace(decision, acknowledged=acknowledged)
                try:
                    if isinstance(decision, SignIn):
                        known = _kept_anew(at.state, identity, known, decision.account_id)
                    account_id = at.state.accounts.carry_out(decision, known)
                except AccountConflict:
                    continue  # another request came first: look again, decide again
                journal.record(Event.ACCOUNT, identity.provider, account=account_id)
                _tell_who_has_no_number(at.state, known, account_id, decision)
                return welcome(at, account_id, known, decision, proof, joined=account_id == joins, waiting=waiting)
    raise SignInError("portal_error", provider=identity.provider, phase="account", detail="conflict")


def _tell_who_has_no_number(
    state: AppState, identity: Identity, account_id: str, decision: SignIn | Create | Link
) -> None:
    """Told at once, since it is written: whether the one who took it can be signed in is another matter."""
    match decision:
        case Create(takes_from=str(loser)) | SignIn(takes_from=str(loser)):
            journal.record(Event.DISPUTED, identity.provider, account=loser)
            judging.tell_of_loss(state, loser)
        case SignIn(id_change=IdChange.DISPUTE) if identity.national_id is not None:
            journal.record(Event.DISPUTED, identity.provider, account=account_id)


def judge(
    state: AppState,
    identity: Identity,
    *,
    current: Account | None,
    acknowledged: bool = False,
    fresh: bool = False,
) -> tuple[Identity, Decision]:
    """What `decide` says with the store as it is now, and the identity under the key that it has there or gets."""
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
    """The key that an identity gets. A key is kept in clear, so one that holds a national ID is replaced by a
    keyed pseudonym of itself."""
    return state.pseudonyms(identity.subject)[0] if holds_number(identity.subject, identity) else identity.subject


def _as_kept(state: AppState, identity: Identity) -> tuple[Identity, Account | None]:
    """The identity under the key that the store has it under, and its account; if none has it, under the key it gets.

    A sign-in may show of a subject that it holds a number, and the next one not: the number may not be sent again. So
    whatever may hold one is looked for under each of its keys, and nobody comes into a second account.
    """
    wanted = _key_of(state, identity)
    for key in dict.fromkeys([wanted, *state.keys_of(identity.subject)]):
        owner = state.accounts.owner_of(identity.issuer, key)
        if owner is not None:
            return replace(identity, subject=key), owner
    return replace(identity, subject=wanted), None


def _kept_anew(state: AppState, identity: Identity, known: Identity, account_id: str) -> Identity:
    """The identity that an account has under the key ``known``, kept as a pseudonym from now on where that is due.

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
    """Apple tells a name at the first consent only; a later sign-in without one keeps it."""
    if not identity.is_social or identity.name is not None or owner is None:
        return identity
    return replace(identity, name=next(known.name for known in owner.identities if known.key == identity.key))
