"""Which account a national ID has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from ...accounts import Accounts
from ...errors import AccountConflict
from ...identity import Assurance, Kind
from ...linking import Create, IdChange, Link, SignIn, decide
from ...national_id import NationalId
from .given import AT_ONCE, BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID, at_once, there


class OfNationalIds:
    """A national ID belongs to one account at most, and once it was an account's, it stays that account's."""

    def test_a_national_id_that_has_an_account_gets_no_second_one(self, accounts: Accounts) -> None:
        account = there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), BY_MYEGOV)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) is None
        assert accounts.holder_of(NATIONAL_ID) == account

    def test_an_identity_whose_national_id_another_account_holds_is_not_linked(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), replace(BY_ECPA, subject="holder"))
        account_id = accounts.carry_out(Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Link(account_id), BY_MYEGOV)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) is None

    def test_a_number_that_is_not_sent_any_more_leaves_the_identity_but_stays_the_accounts(
        self, accounts: Accounts
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        without = replace(BY_MYEGOV, national_id=None)
        accounts.carry_out(SignIn(account_id), without)
        account = there(accounts.get(account_id))
        assert account.identities == (without,)
        assert account.claimed == (NATIONAL_ID,)
        assert accounts.holder_of(NATIONAL_ID) == account
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), BY_ECPA)

    def test_a_number_that_was_left_out_once_does_not_open_the_account_to_another(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=None))
        another = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
        owner = accounts.owner_of(another.issuer, another.subject)
        decision = decide(another, owner=owner, current=None, same_person=accounts.holder_of(OTHER_NATIONAL_ID))
        assert decision == SignIn(account_id, IdChange.REVIEW)

    def test_a_number_that_is_accepted_in_place_of_another_leaves_both_the_accounts(self, accounts: Accounts) -> None:
        old = NationalId.parse("AB12345677", on=date(2030, 12, 31))
        new = NationalId.parse("A812345671")
        account_id = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=old))
        accounts.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=new))
        account = there(accounts.get(account_id))
        assert account.identities[0].national_id == new
        assert set(account.claimed) == {old, new}
        assert accounts.holder_of(old) == accounts.holder_of(new) == account

    def test_a_sign_in_never_brings_the_number_of_another_account(self, accounts: Accounts) -> None:
        holder = accounts.carry_out(Create(), BY_ECPA)
        known = replace(BY_MYEGOV, national_id=None)
        account_id = accounts.carry_out(Create(), known)
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        assert there(accounts.get(account_id)).identities == (known,)
        assert there(accounts.holder_of(NATIONAL_ID)).id == holder

    def test_under_review_the_person_stays_as_stored_and_the_sign_in_is_refreshed(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        received = replace(
            BY_MYEGOV,
            kind=Kind.CIVIL_SERVANT,
            assurance=Assurance.VERIFIED,
            signed_in_at=datetime(2026, 4, 1, tzinfo=UTC),
            method="fido",
            name="李大華",
            national_id=OTHER_NATIONAL_ID,
            birth_date=date(1990, 1, 1),
        )
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), received)
        account = there(accounts.get(account_id))
        expected = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT, signed_in_at=received.signed_in_at, method="fido")
        assert account.identities == (expected,)
        assert account.claimed == (NATIONAL_ID,)
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_one_national_id_through_many_identities_at_once_gives_one_account(self, accounts: Accounts) -> None:
        outcomes = at_once(lambda n: accounts.carry_out(Create(), replace(BY_MYEGOV, subject=f"person-{n}")))
        created = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(created) == 1
        assert there(accounts.holder_of(NATIONAL_ID)).id == created[0]
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
