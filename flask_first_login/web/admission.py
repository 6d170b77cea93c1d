"""From an identity to an account: obey what `decide` says, tell the host, and send the learner on."""

from __future__ import annotations

from dataclasses import replace

from werkzeug.wrappers import Response

from .. import events
from ..errors import AccountConflict, InvalidNationalId, SignInError
from ..events import Event
from ..identity import Account, Identity
from ..linking import Acknowledge, Create, Decision, Link, Refuse, SameNationalId, SignIn, decide
from ..national_id import NationalId
from ..state import AppState
from .arrival import welcome
from .freshness import NO_PROOF, Proof, is_fresh
from .here import Here
from .pending import Pending

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
    current = current_account(at.state)
    for _ in range(TRIES):
        known, decision = judge(
            at.state,
            identity,
            current=current,
            acknowledged=acknowledged is not None,
            fresh=current is not None and current.id == joins and is_fresh(at, current),
        )
        events.record_decision(identity.provider, decision)
        match decision:
            case Acknowledge():
                return Pending.of(known, at).ask(at)
            case Refuse(why=why):
                raise SignInError(why, provider=identity.provider, phase="account")
            case SignIn() | Create() | Link():
                if isinstance(decision, Create):
                    decision = replace(decision, acknowledged=acknowledged)
                try:
                    account_id = at.state.accounts.carry_out(decision, known)
                except AccountConflict:
                    continue  # another request came first: look again, decide again
                events.record(Event.ACCOUNT, identity.provider, account=account_id)
                return welcome(at, account_id, known, decision, proof, joined=account_id == joins, waiting=waiting)
    raise SignInError("portal_error", provider=identity.provider, phase="account", detail="conflict")


def judge(
    state: AppState,
    identity: Identity,
    *,
    current: Account | None,
    acknowledged: bool = False,
    fresh: bool = False,
) -> tuple[Identity, Decision]:
    """What `decide` says with the store as it is now, and the identity as it would be kept."""
    identity = _without_number_as_key(state, identity)
    # The owner last: if this identity gets its account in between, by another request, that account is the owner, and
    # not somebody else who holds the number.
    holder = state.accounts.holder_of(identity.national_id) if identity.national_id is not None else None
    owner = state.accounts.owner_of(identity.issuer, identity.subject)
    known = _with_kept_name(identity, owner)
    return known, decide(
        known,
        owner=owner,
        current=current,
        same_person=holder,
        acknowledged=acknowledged,
        fresh=fresh,
        same_national_id=SameNationalId(state.settings.same_national_id),
    )


def _without_number_as_key(state: AppState, identity: Identity) -> Identity:
    """A key is stored in clear, so one that holds a national ID is replaced by a keyed pseudonym of itself."""
    number = identity.national_id.reveal() if identity.national_id is not None else None
    holds_number = number in identity.subject.upper() if number else _is_number(identity.subject)
    if not holds_number or state.vault is None:
        return identity
    return replace(identity, subject=f"pseudonym:{state.vault.pseudonym(identity.subject)}")


def _is_number(text: str) -> bool:
    try:
        NationalId.parse(text)
    except InvalidNationalId:
        return False
    return True


def _with_kept_name(identity: Identity, owner: Account | None) -> Identity:
    """Apple tells a name at the first consent only; a later sign-in without one keeps it."""
    if not identity.is_social or identity.name is not None or owner is None:
        return identity
    key = (identity.issuer, identity.subject)
    return replace(identity, name=next(one.name for one in owner.identities if (one.issuer, one.subject) == key))


def current_account(state: AppState) -> Account | None:
    """Who is signed in in this browser. A host's user who has no account of ours is somebody all the same: no
    sign-in here may silently turn them into another."""
    account_id = state.session.signed_in()
    if account_id is None:
        return None
    account = state.accounts.get(account_id)
    return account if account is not None or state.session_is_ours else Account(account_id, ())
