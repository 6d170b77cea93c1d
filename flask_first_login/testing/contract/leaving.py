"""An identity that leaves its account: whole, once, and never the last one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ...accounts import Accounts
from ...errors import AccountConflict
from ...identity import Account
from ...linking import Create, Link, SignIn
from .given import AT_ONCE, BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, at_once, there


def _joined(accounts: Accounts) -> Account:
    """One person's account with both of their government identities."""
    account_id = accounts.carry_out(Create(), BY_ECPA)
    accounts.carry_out(Link(account_id), BY_MYEGOV)
    return there(accounts.get(account_id))


class OfLeaving:
    """What was decided on an account holds for exactly that account: another request may have come first."""

    def test_an_identity_that_left_is_nobodys_and_the_rest_stays(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        accounts.leave(account, BY_MYEGOV)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) is None
        assert there(accounts.get(account.id)) == replace(account, identities=(BY_ECPA,))

    def test_the_number_of_an_identity_that_left_stays_the_accounts(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        accounts.leave(account, BY_ECPA)
        assert there(accounts.holder_of(NATIONAL_ID)).id == account.id
        assert there(accounts.get(account.id)).claimed == (NATIONAL_ID,)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), BY_ECPA)

    def test_an_identity_that_left_may_come_back(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        accounts.leave(account, BY_ECPA)
        accounts.carry_out(Link(account.id), BY_ECPA)
        assert there(accounts.get(account.id)).identities == (BY_MYEGOV, BY_ECPA)

    def test_the_last_identity_never_leaves(self, accounts: Accounts) -> None:
        account = there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        with pytest.raises(AccountConflict):
            accounts.leave(account, BY_ECPA)
        assert accounts.get(account.id) == account

    def test_an_identity_of_another_account_stays_there(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        accounts.carry_out(Create(), BY_GOOGLE)
        with pytest.raises(AccountConflict):
            accounts.leave(account, BY_GOOGLE)
        assert there(accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject)).identities == (BY_GOOGLE,)
        assert accounts.get(account.id) == account

    def test_nothing_leaves_an_account_that_changed_since_it_was_looked_at(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        accounts.carry_out(SignIn(account.id), replace(BY_ECPA, signed_in_at=datetime(2026, 5, 1, tzinfo=UTC)))
        with pytest.raises(AccountConflict):
            accounts.leave(account, BY_MYEGOV)
        assert len(there(accounts.get(account.id)).identities) == 2

    def test_nothing_leaves_an_account_that_is_not_there(self, accounts: Accounts) -> None:
        with pytest.raises(AccountConflict):
            accounts.leave(Account("gone", (BY_ECPA, BY_MYEGOV), (NATIONAL_ID,)), BY_ECPA)

    def test_of_two_that_leave_at_once_one_stays(self, accounts: Accounts) -> None:
        account = _joined(accounts)
        outcomes = at_once(lambda n: accounts.leave(account, account.identities[n % 2]))
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
        assert len(there(accounts.get(account.id)).identities) == 1
