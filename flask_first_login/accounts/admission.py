"""A sign-in, asked of any store: in one step of one that can do it whole, or by the methods of the port, one by one."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import cast

from ..errors import DigestUsed
from ..identity import account_id_of
from ..linking import Acknowledge, Refuse
from .base import Accounts, Rekeys, WholeSignIns
from .records import Admission, Assess, Judge, Known, Presented

#: What the methods of `WholeSignIns` stand for.
STEPS = ("owner_of", "holder_of", "get", "carry_out", "use_once", "remember", "rekey")


def use_each_once(accounts: Accounts, *digests: tuple[bytes, datetime]) -> int:
    """Use digests up in this order, until one was used before, and give how many were not."""
    if whole := _does_whole_sign_ins(accounts, "use_each_once"):
        return whole.use_each_once(*digests)
    for new, (digest, until) in enumerate(digests):
        if not accounts.use_once(digest, until):
            return new
    return len(digests)


def admit(accounts: Accounts, presented: Presented, judge: Judge, assess: Assess | None) -> Admission:
    """What is known goes to ``judge``, and what it says is done; see `WholeSignIns.admit`.

    :raises AccountConflict: the store changed meanwhile: ask again.
    :raises DigestUsed: the consent was used before.
    """
    if whole := _does_whole_sign_ins(accounts, "admit"):
        return whole.admit(presented, judge, assess)
    return _step_by_step(accounts, presented, judge)


def look_up(accounts: Accounts, presented: Presented) -> Known:
    """What the store has of a presented identity.

    The owner is asked for last: if this identity gets its account in between, by another request, that account is
    the owner, and not somebody else who holds the number.
    """
    number = presented.national_id
    current = accounts.get(presented.current) if presented.current is not None else None
    holder = accounts.holder_of(number) if number is not None else None
    for issuer, subject in presented.keys:
        owner = accounts.owner_of(issuer, subject)
        if owner is not None:
            return Known(owner, subject, holder, current, presented.moved_from(issuer))
    return Known(None, None, holder, current)


def _does_whole_sign_ins(accounts: Accounts, name: str) -> WholeSignIns | None:
    """The store, if its own method ``name`` is written for what its other ones do.

    A host may have changed one of those in a subclass, or wrapped the store: a whole sign-in would pass that by.
    """
    own = vars(accounts) if hasattr(accounts, "__dict__") else {}
    if any(step in own for step in STEPS) or not _is_written_whole(type(accounts), name):
        return None
    return cast(WholeSignIns, accounts)


@lru_cache(maxsize=16)
def _is_written_whole(kind: type, name: str) -> bool:
    """Whether a class has this method for whole sign-ins, and none above it changed what that stands for."""
    maker = _maker(kind, name)
    if maker is None or not issubclass(kind, WholeSignIns):
        return False
    changed = (_maker(kind, step) for step in STEPS)
    return all(made_by is None or issubclass(maker, made_by) for made_by in changed)


def _maker(kind: type, name: str) -> type | None:
    """The class that has this method."""
    return next((each for each in kind.__mro__ if name in vars(each)), None)


def _step_by_step(accounts: Accounts, presented: Presented, judge: Judge) -> Admission:
    known = look_up(accounts, presented)
    judgement = judge(known)
    identity, decision = judgement.identity, judgement.decision
    if isinstance(decision, Acknowledge | Refuse):
        return Admission(judgement)
    if judgement.kept_under is not None and known.owner is not None and isinstance(accounts, Rekeys):
        accounts.rekey(known.owner.id, identity.issuer, judgement.kept_under, identity.subject)
    account_id = account_id_of(accounts.carry_out(decision, identity), "Accounts.carry_out")
    account = accounts.get(account_id)
    if presented.consent is not None and account is not None and not accounts.use_once(*presented.consent):
        raise DigestUsed("the consent was used before")
    return Admission(judgement, account_id, account)
