"""What follows when something outside their own sign-in changes an account: its hours are judged anew, and told."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from . import signals
from .accounts import PersonalRecords, VerdictChange
from .errors import place_of
from .hours import HoursReport
from .identity import NumberState
from .state import AppState, is_certain
from .traces import leave_trace

logger = logging.getLogger("flask_first_login")


def changes(state: AppState, account_id: str, report: HoursReport) -> tuple[VerdictChange, ...]:
    """Whose verdict is another than the last one that was recorded. What brought it about is complete by now: a store
    that fails here is a line in the log, and the change is noticed at the next sign-in."""
    if not is_certain(report):
        return ()
    try:
        return state.accounts.remember(account_id, report)
    except Exception as error:
        leave_trace(error, "the verdicts were not remembered: %s", place_of(error))
        return ()


def tell(account_id: str, report: HoursReport, changes: Iterable[VerdictChange]) -> None:
    """Tell ``hours_changed`` of the verdicts that are another than the last; a first one is no change."""
    if changed := tuple(change for change in changes if change.before is not None):
        signals.tell(signals.hours_changed, account=account_id, report=report, changes=changed)


def judge_again(state: AppState, account_id: str) -> None:
    """Assess an account as it is now, and tell ``hours_changed`` where a verdict is another than the last. What changed
    it is written already: what fails here is a line in the log."""
    try:
        account = state.accounts.get(account_id)
        if account is None:
            return
        report = state.hours(account)
        tell(account_id, report, changes(state, account_id, report))
    except Exception as error:
        leave_trace(error, "the hours were not judged again: %s", place_of(error))


def tell_of_loss(state: AppState, account_id: str) -> None:
    """Tell that another account has proven a number of this one: the signal of each identity that carried it, then what
    became of the hours. The number is gone already: what fails here is a line in the log, and stops nobody else."""
    try:
        account = state.accounts.get(account_id)
        if account is None:
            return
        disputed = [known.provider for known in account.identities if known.number_state is NumberState.DISPUTED]
        for provider in dict.fromkeys(disputed or [account.identities[-1].provider]):
            signals.tell(signals.national_id_disputed, account=account_id, provider=provider)
        judge_again(state, account_id)
    except Exception as error:
        leave_trace(error, "the loss of a number was not told: %s", place_of(error))


def forget_deleted(state: AppState, account_id: str) -> bool:
    """Erase an account whose user the host has deleted, so that its identity gets a new one; False where the store
    erases nothing."""
    if not isinstance(state.accounts, PersonalRecords):
        return False
    logger.warning("the portal has deleted the user of account %s: what is kept of it is erased", account_id)
    return state.accounts.erase(account_id)
