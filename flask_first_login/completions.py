"""May the hours of one completed course be uploaded: the verdict belongs to the moment of learning."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from .hours import IN_DOUBT, Authority, AuthorityReport, HoursRule, UnknownKind, Verdict, assess
from .identity import Identity, NumberState
from .national_id import NationalId
from .reasons import HOLD_EXPIRED, NUMBER_DISPUTED, Reason


def assess_completion(
    then: Identity,
    account_now: Sequence[Identity],
    authority: Authority,
    rules: Sequence[HoursRule] = (),
    *,
    unknown_kind: UnknownKind = UnknownKind.ASK,
    completed_at: datetime | None = None,
    now: datetime | None = None,
    hold_days: int | None = None,
    claimed: Collection[NationalId] = (),
    lost: Collection[NationalId] = (),
) -> AuthorityReport:
    """Assess one completion; reads and writes nothing.

    ``then`` is the identity with which the learner was signed in, as it was at that moment;
    ``account_now`` the identities that the account of the completion has today, ``claimed`` and ``lost`` its
    numbers (see `Account`).

    - Under a social identity: refused for ever, whatever the account became (seed items 74 to 77).
    - Under an identity that met every requirement: uploadable, also when it no longer would; but held, for
      however long, while its number is in doubt, and where another account was found to hold it.
    - Otherwise it is held, with what is missing today as its reasons, until the same identity, or
      another one of the same person, meets the requirements. It is then uploadable: it is released.
    - Of one that was not meant for the kind of account the same holds: whoever turns out to be a civil servant has its
      hours released.
    - With ``hold_days``, one that is still held so many days after ``completed_at`` is refused, with
      the reason ``hold_expired``. Write down what was released, and ask once more before it is sent: then
      only a number in doubt counts against it.

    :raises ValueError: ``hold_days`` is given without two aware times to reckon it by.
    """
    when_learnt = _report([then], authority, rules, unknown_kind)
    if when_learnt.verdict is Verdict.REFUSED:
        return when_learnt
    doubt = _doubt(then, account_now, claimed, lost)
    if when_learnt.verdict is not Verdict.UPLOADABLE:
        if hold_days is not None and _is_over(completed_at, now, hold_days):
            expired = AuthorityReport(authority, Verdict.REFUSED, (HOLD_EXPIRED,))
            return expired if when_learnt.verdict is Verdict.HELD else when_learnt
        if doubt is None:
            today = [known for known in account_now if _is_same_person(then, known, account_now, claimed)]
            return _report(today, authority, rules, unknown_kind) if today else when_learnt
    return when_learnt if doubt is None else AuthorityReport(authority, Verdict.HELD, (doubt,))


def _doubt(
    then: Identity, account_now: Sequence[Identity], claimed: Collection[NationalId], lost: Collection[NationalId]
) -> Reason | None:
    """Say why a completion under the number of ``then`` is not credited to it now, whatever was met when it was learnt.

    A number that another identity of the account carries without a doubt is none, and neither is one that the
    account still has while this identity is disputed for another number.
    """
    number = then.national_id
    if number is None:
        return None
    if number in lost:
        return NUMBER_DISPUTED
    carriers = [known for known in account_now if known.national_id == number]
    if any(carrier.number_state == NumberState.ACCEPTED for carrier in carriers):
        return None
    for known in account_now:
        has_another = known.number_state == NumberState.DISPUTED and number in claimed
        if (
            known.number_state != NumberState.ACCEPTED
            and not has_another
            and (known in carriers or known.key == then.key)
        ):
            return IN_DOUBT[known.number_state]
    return None


def _report(
    identities: Sequence[Identity], authority: Authority, rules: Sequence[HoursRule], unknown_kind: UnknownKind
) -> AuthorityReport:
    return assess(identities, (authority,), rules, unknown_kind=unknown_kind)[authority.key]


def _is_over(completed_at: datetime | None, now: datetime | None, hold_days: int) -> bool:
    if completed_at is None or now is None or completed_at.tzinfo is None or now.tzinfo is None:
        raise ValueError("hold_days needs completed_at and now, both aware: any other time could be hours off")
    return now - completed_at > timedelta(days=hold_days)


def _is_same_person(
    then: Identity, today: Identity, account_now: Sequence[Identity], claimed: Collection[NationalId]
) -> bool:
    """Tell whether what ``today`` shows counts for who learned as ``then``.

    It must not be social, and its number must not contradict the one of then, unless the account was accepted with
    both, by the law or by an operator. What binds the two is
    the account, as long as the identity of then is in it; after that, only a number that both carry.
    A completion that was recorded with the wrong account is so never released by a stranger's number.
    """
    old, new = then.national_id, today.national_id
    if today.is_social or (
        old is not None
        and new is not None
        and old != new
        and not old.may_become(new)
        and not (old in claimed and new in claimed)
    ):
        return False
    is_still_there = any(known.key == then.key for known in account_now)
    return is_still_there or (old is not None and new is not None)
