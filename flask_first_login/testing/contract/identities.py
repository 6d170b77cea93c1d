"""Which account an identity has."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ...accounts import Accounts
from ...errors import AccountConflict
from ...identity import Assurance, Identity, Kind
from ...linking import Create, Link, SignIn
from .given import AT_ONCE, BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID, at_once, there


class OfIdentities:
    """(issuer, subject), byte for byte, is the key of an identity, and belongs to one account."""

    def test_nobody_is_known_to_an_empty_store(self, accounts: Accounts) -> None:
        assert accounts.get("nobody") is None
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    @pytest.mark.parametrize("identity", [BY_ECPA, BY_MYEGOV, BY_GOOGLE], ids=lambda identity: identity.provider)
    def test_a_created_account_has_its_identity_exactly_as_received(
        self, accounts: Accounts, identity: Identity
    ) -> None:
        account_id = accounts.carry_out(Create(), identity)
        account = there(accounts.get(account_id))
        assert account.id == account_id
        assert account.identities == (identity,)
        assert account.identities[0].signed_in_at.utcoffset() is not None

    def test_an_account_is_found_by_identity_by_national_id_and_by_its_own_id(self, accounts: Accounts) -> None:
        account = there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) == account
        assert accounts.holder_of(NATIONAL_ID) == account
        assert account.claimed == (NATIONAL_ID,)

    @pytest.mark.parametrize(
        ("issuer", "subject"),
        [
            (BY_ECPA.issuer, "emp-0042"),
            (BY_ECPA.issuer, "EMP-0042"),
            (BY_ECPA.issuer, "Emp-0042 "),
            (BY_ECPA.issuer, " Emp-0042"),
            (BY_ECPA.issuer, "Ｅmp-0042"),
            (BY_ECPA.issuer, "Emp-0042\u200b"),
            (BY_ECPA.issuer, "Emp_0042"),
            (BY_ECPA.issuer, "Emp-%"),
            (BY_ECPA.issuer, ""),
            (BY_ECPA.issuer + "/", BY_ECPA.subject),
            (BY_ECPA.issuer.upper(), BY_ECPA.subject),
            ("", BY_ECPA.subject),
        ],
    )
    def test_an_identity_is_another_when_one_byte_differs(self, accounts: Accounts, issuer: str, subject: str) -> None:
        accounts.carry_out(Create(), BY_ECPA)
        assert accounts.owner_of(issuer, subject) is None

    def test_two_people_whose_subjects_differ_by_case_have_two_accounts(self, accounts: Accounts) -> None:
        first = accounts.carry_out(Create(), BY_GOOGLE)
        lower = accounts.carry_out(Create(), replace(BY_GOOGLE, subject="abc"))
        upper = accounts.carry_out(Create(), replace(BY_GOOGLE, subject="ABC"))
        assert len({first, lower, upper}) == 3

    def test_two_people_with_one_email_address_and_one_name_have_two_accounts(self, accounts: Accounts) -> None:
        first = accounts.carry_out(Create(), replace(BY_GOOGLE, email="a@example.tw", name="王小明"))
        second = accounts.carry_out(Create(), replace(BY_GOOGLE, subject="2", email="a@example.tw", name="王小明"))
        assert first != second

    def test_an_identity_that_has_an_account_gets_no_second_one(self, accounts: Accounts) -> None:
        account = there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID, name="李大華"))
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) == account
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_a_linked_identity_comes_after_those_the_account_has(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        assert accounts.carry_out(Link(account_id), BY_MYEGOV) == account_id
        account = there(accounts.get(account_id))
        assert account.identities == (BY_ECPA, BY_MYEGOV)
        assert account.claimed == (NATIONAL_ID,)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) == account

    def test_an_identity_of_another_account_is_not_linked(self, accounts: Accounts) -> None:
        taken = replace(BY_MYEGOV, national_id=None)
        owner = accounts.carry_out(Create(), taken)
        account_id = accounts.carry_out(Create(), BY_ECPA)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Link(account_id), taken)
        assert there(accounts.owner_of(taken.issuer, taken.subject)).id == owner
        assert there(accounts.get(account_id)).identities == (BY_ECPA,)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (BY_GOOGLE, BY_ECPA),
            (BY_ECPA, BY_GOOGLE),
            (BY_GOOGLE, replace(BY_GOOGLE, provider="apple", issuer="https://appleid.apple.com")),
        ],
        ids=["government to social", "social to government", "social to social"],
    )
    def test_a_social_identity_shares_its_account_with_nothing_whatever_was_decided(
        self, accounts: Accounts, first: Identity, second: Identity
    ) -> None:
        account_id = accounts.carry_out(Create(), first)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Link(account_id), second)
        assert there(accounts.get(account_id)).identities == (first,)
        assert accounts.owner_of(second.issuer, second.subject) is None

    @pytest.mark.parametrize("known", [BY_GOOGLE, replace(BY_ECPA, national_id=None)], ids=["social", "government"])
    def test_an_identity_whose_provider_changed_its_standing_is_not_signed_in(
        self, accounts: Accounts, known: Identity
    ) -> None:
        account_id = accounts.carry_out(Create(), known)
        other = BY_ECPA if known.is_social else BY_GOOGLE
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id), replace(other, issuer=known.issuer, subject=known.subject))
        assert there(accounts.get(account_id)).identities == (known,)

    @pytest.mark.parametrize("decision", [Link("gone"), SignIn("gone")], ids=["link", "sign-in"])
    def test_nothing_is_written_to_an_account_that_is_gone(self, accounts: Accounts, decision: Link | SignIn) -> None:
        with pytest.raises(AccountConflict):
            accounts.carry_out(decision, BY_ECPA)
        assert accounts.get("gone") is None
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    def test_nobody_is_signed_in_to_an_account_by_an_identity_of_another(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), BY_GOOGLE)
        account_id = accounts.carry_out(Create(), BY_ECPA)
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id), replace(BY_GOOGLE, name="changed"))
        assert there(accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject)).identities == (BY_GOOGLE,)

    def test_a_sign_in_refreshes_everything_the_provider_says(self, accounts: Accounts) -> None:
        before = replace(BY_MYEGOV, national_id=None, national_id_invalid=True, birth_date=None, kind=Kind.UNKNOWN)
        account_id = accounts.carry_out(Create(), before)
        now = replace(BY_MYEGOV, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC), assurance=Assurance.VERIFIED)
        assert accounts.carry_out(SignIn(account_id), now) == account_id
        assert there(accounts.get(account_id)).identities == (now,)
        assert there(accounts.holder_of(NATIONAL_ID)).id == account_id

    def test_a_sign_in_leaves_the_other_identities_of_the_account_alone(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.carry_out(Link(account_id), BY_MYEGOV)
        changed = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
        accounts.carry_out(SignIn(account_id), changed)
        assert there(accounts.get(account_id)).identities == (BY_ECPA, changed)

    def test_first_sign_ins_of_one_person_at_once_give_one_account(self, accounts: Accounts) -> None:
        outcomes = at_once(lambda _: accounts.carry_out(Create(), BY_ECPA))
        created = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(created) == 1
        assert there(accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject)).id == created[0]
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
