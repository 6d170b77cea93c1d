"""The suite for a store that also knows the members of the portal: see `flask_first_login.accounts.Imports`."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

import pytest

from ..accounts import Accounts, Imports, Member, Outcome
from ..errors import AccountConflict
from ..linking import Create
from .identities import AT_ONCE, BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID, at_once, owner, refused

MEMBER = "7"


class StoreOfMembers(Accounts, Imports, Protocol):
    """Both ports at once."""


class MembersContract:
    """What every store must do that has the methods of `Imports`, beside the whole of `AccountsContract`.

    ``accounts`` is empty, and new for every test; where the portal's table must have a member first, it has ``"7"``.
    """

    def test_the_first_identity_of_a_member_is_kept_under_the_portals_own_id(self, accounts: StoreOfMembers) -> None:
        assert accounts.carry_out(Create(account_id=MEMBER), BY_ECPA) == MEMBER
        account = accounts.get(MEMBER)
        assert account is not None
        assert (account.id, account.identities) == (MEMBER, (BY_ECPA,))
        assert owner(accounts, BY_ECPA) == accounts.holder_of(NATIONAL_ID) == account

    def test_a_member_who_has_an_account_by_now_gets_no_second_one(self, accounts: StoreOfMembers) -> None:
        accounts.carry_out(Create(account_id=MEMBER), BY_ECPA)
        account = accounts.get(MEMBER)
        refused(accounts, Create(account_id=MEMBER), replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID))
        refused(accounts, Create(account_id=MEMBER), BY_GOOGLE)
        assert accounts.get(MEMBER) == account
        assert accounts.holder_of(OTHER_NATIONAL_ID) is owner(accounts, BY_GOOGLE) is None

    @pytest.mark.parametrize("taken", ["identity", "number"])
    def test_what_somebody_has_is_not_a_members_and_leaves_no_account(
        self, accounts: StoreOfMembers, taken: str
    ) -> None:
        held = accounts.carry_out(Create(), BY_ECPA)
        refused(accounts, Create(account_id=MEMBER), BY_ECPA if taken == "identity" else BY_MYEGOV)
        assert accounts.get(MEMBER) is owner(accounts, BY_MYEGOV) is None
        assert getattr(accounts.holder_of(NATIONAL_ID), "id", None) == held

    def test_of_first_identities_at_once_a_member_gets_one(self, accounts: StoreOfMembers) -> None:
        ended = at_once(
            lambda n: accounts.carry_out(Create(account_id=MEMBER), replace(BY_GOOGLE, subject=f"subject {n}"))
        )
        assert ended.count(MEMBER) == 1
        assert len([conflict for conflict in ended if isinstance(conflict, AccountConflict)]) == AT_ONCE - 1

    def test_a_member_who_is_brought_in_is_there_the_second_time(self, accounts: StoreOfMembers) -> None:
        member = Member(MEMBER, BY_ECPA)
        assert [*accounts.bring_in([member], dry_run=True)] == [Outcome.ADDED]
        assert accounts.get(MEMBER) is None
        told = [*accounts.bring_in([member], dry_run=False), *accounts.bring_in([member], dry_run=False)]
        assert told == [Outcome.ADDED, Outcome.THERE]
        refused(accounts, Create(account_id=MEMBER), BY_GOOGLE)
