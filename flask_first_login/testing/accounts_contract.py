"""The suite that every way to keep accounts must pass, the host's own as well as ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from ..accounts import Accounts, VerdictChange
from ..errors import AccountConflict
from ..hours import AUTHORITIES, Verdict, assess
from ..identity import Account, Assurance, Identity, Kind
from ..linking import Create, IdChange, Link, SignIn, decide
from ..national_id import NationalId
from .admission_contract import AdmissionContract
from .identities import (
    AT_ONCE,
    BY_ECPA,
    BY_GOOGLE,
    BY_MYEGOV,
    NATIONAL_ID,
    OTHER_NATIONAL_ID,
    at_once,
    created,
    joined,
    owner,
    refused,
    stays,
    there,
)

BY_APPLE = replace(BY_GOOGLE, provider="apple", issuer="https://appleid.apple.com")
#: Nearly the subject of `BY_ECPA`.
NEAR = ("emp-0042", "EMP-0042", "Emp-0042 ", " Emp-0042", "Ｅmp-0042", "Emp-0042\u200b", "Emp_0042", "Emp-%", "")


class AccountsContract(AdmissionContract):
    """What every `Accounts` must do. Subclass it as ``Test...`` and give it a fixture named ``accounts``."""

    # --- (issuer, subject), byte for byte, is the key of an identity, and belongs to one account ---

    def test_nobody_is_known_to_an_empty_store(self, accounts: Accounts) -> None:
        assert accounts.get("nobody") is None
        assert owner(accounts, BY_ECPA) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    @pytest.mark.parametrize("identity", [BY_ECPA, BY_MYEGOV, BY_GOOGLE], ids=lambda identity: identity.provider)
    def test_an_account_is_as_received_and_found_by_all_it_has(self, accounts: Accounts, identity: Identity) -> None:
        account_id = accounts.carry_out(Create(), identity)
        account = there(accounts.get(account_id))
        assert (account.id, account.identities) == (account_id, (identity,))
        assert account.identities[0].signed_in_at.utcoffset() is not None
        assert owner(accounts, identity) == account
        assert account.claimed == (() if identity.national_id is None else (identity.national_id,))
        assert accounts.holder_of(NATIONAL_ID) == (account if account.claimed else None)

    def test_an_identity_is_another_when_one_byte_differs(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), BY_ECPA)
        for subject in NEAR:
            assert accounts.owner_of(BY_ECPA.issuer, subject) is None, subject
        for issuer in (f"{BY_ECPA.issuer}/", BY_ECPA.issuer.upper(), ""):
            assert accounts.owner_of(issuer, BY_ECPA.subject) is None, issuer

    def test_two_people_whose_subjects_differ_by_case_have_two_accounts(self, accounts: Accounts) -> None:
        subjects = (BY_GOOGLE.subject, "abc", "ABC")
        assert len({accounts.carry_out(Create(), replace(BY_GOOGLE, subject=subject)) for subject in subjects}) == 3

    def test_two_people_with_one_email_address_and_one_name_have_two_accounts(self, accounts: Accounts) -> None:
        first = replace(BY_GOOGLE, email="a@example.tw", name="王小明")
        assert created(accounts, first).id != created(accounts, replace(first, subject="2")).id

    def test_an_identity_that_has_an_account_gets_no_second_one(self, accounts: Accounts) -> None:
        account = created(accounts, BY_ECPA)
        refused(accounts, Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID, name="李大華"))
        assert owner(accounts, BY_ECPA) == account
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_a_linked_identity_comes_after_those_the_account_has(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        assert accounts.carry_out(Link(account_id), BY_MYEGOV) == account_id
        account = there(accounts.get(account_id))
        assert (account.identities, account.claimed) == ((BY_ECPA, BY_MYEGOV), (NATIONAL_ID,))
        assert owner(accounts, BY_MYEGOV) == account

    def test_an_identity_of_another_account_is_not_linked(self, accounts: Accounts) -> None:
        taken = created(accounts, replace(BY_MYEGOV, national_id=None))
        account = created(accounts, BY_ECPA)
        refused(accounts, Link(account.id), taken.identities[0])
        assert owner(accounts, BY_MYEGOV) == taken
        assert accounts.get(account.id) == account

    @pytest.mark.parametrize(
        ("first", "second"),
        [(BY_GOOGLE, BY_ECPA), (BY_ECPA, BY_GOOGLE), (BY_GOOGLE, BY_APPLE)],
        ids=["government to social", "social to government", "social to social"],
    )
    def test_a_social_identity_shares_its_account_with_nothing_whatever_was_decided(
        self, accounts: Accounts, first: Identity, second: Identity
    ) -> None:
        account = created(accounts, first)
        refused(accounts, Link(account.id), second)
        assert accounts.get(account.id) == account
        assert owner(accounts, second) is None

    @pytest.mark.parametrize("known", [BY_GOOGLE, replace(BY_ECPA, national_id=None)], ids=["social", "government"])
    def test_an_identity_whose_standing_changed_is_not_signed_in(self, accounts: Accounts, known: Identity) -> None:
        account = created(accounts, known)
        other = BY_ECPA if known.is_social else BY_GOOGLE
        refused(accounts, SignIn(account.id), replace(other, issuer=known.issuer, subject=known.subject))
        assert there(accounts.get(account.id)).identities == (known,)

    @pytest.mark.parametrize("decision", [Link("gone"), SignIn("gone")], ids=["link", "sign-in"])
    def test_nothing_is_written_to_an_account_that_is_gone(self, accounts: Accounts, decision: Link | SignIn) -> None:
        refused(accounts, decision, BY_ECPA)
        assert accounts.get("gone") is None
        assert owner(accounts, BY_ECPA) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    def test_nobody_is_signed_in_to_an_account_by_an_identity_of_another(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), BY_GOOGLE)
        refused(accounts, SignIn(accounts.carry_out(Create(), BY_ECPA)), replace(BY_GOOGLE, name="changed"))
        assert there(owner(accounts, BY_GOOGLE)).identities == (BY_GOOGLE,)

    def test_a_sign_in_refreshes_everything_the_provider_says(self, accounts: Accounts) -> None:
        before = replace(BY_MYEGOV, national_id=None, national_id_invalid=True, birth_date=None, kind=Kind.UNKNOWN)
        account_id = accounts.carry_out(Create(), before)
        now = replace(BY_MYEGOV, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC), assurance=Assurance.VERIFIED)
        assert accounts.carry_out(SignIn(account_id), now) == account_id
        assert there(accounts.get(account_id)).identities == (now,)
        assert there(accounts.holder_of(NATIONAL_ID)).id == account_id

    def test_a_sign_in_leaves_the_other_identities_of_the_account_alone(self, accounts: Accounts) -> None:
        account, changed = joined(accounts), replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
        accounts.carry_out(SignIn(account.id), changed)
        assert there(accounts.get(account.id)).identities == (BY_ECPA, changed)

    def test_first_sign_ins_of_one_person_at_once_give_one_account(self, accounts: Accounts) -> None:
        outcomes = at_once(lambda _: accounts.carry_out(Create(), BY_ECPA))
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
        assert there(owner(accounts, BY_ECPA)).id in outcomes

    # --- A national ID belongs to one account at most, and once it was an account's, it stays that account's ---

    def test_a_national_id_that_has_an_account_gets_no_second_one(self, accounts: Accounts) -> None:
        account = created(accounts, BY_ECPA)
        refused(accounts, Create(), BY_MYEGOV)
        assert owner(accounts, BY_MYEGOV) is None
        assert accounts.holder_of(NATIONAL_ID) == account

    def test_an_identity_whose_national_id_another_account_holds_is_not_linked(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), replace(BY_ECPA, subject="holder"))
        refused(accounts, Link(created(accounts, replace(BY_ECPA, national_id=OTHER_NATIONAL_ID)).id), BY_MYEGOV)
        assert owner(accounts, BY_MYEGOV) is None

    def test_a_number_that_is_not_sent_any_more_stays_the_accounts(self, accounts: Accounts) -> None:
        account_id, without = accounts.carry_out(Create(), BY_MYEGOV), replace(BY_MYEGOV, national_id=None)
        accounts.carry_out(SignIn(account_id), without)
        account = there(accounts.get(account_id))
        assert (account.identities, account.claimed) == ((without,), (NATIONAL_ID,))
        assert accounts.holder_of(NATIONAL_ID) == account
        refused(accounts, Create(), BY_ECPA)
        changed = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)  # nor does it open the account to another number
        decision = decide(changed, owner=account, current=None, same_person=accounts.holder_of(OTHER_NATIONAL_ID))
        assert decision == SignIn(account_id, IdChange.REVIEW)

    def test_a_number_that_is_accepted_in_place_of_another_leaves_both_the_accounts(self, accounts: Accounts) -> None:
        old, new = NationalId.parse("AB12345677", on=date(2030, 12, 31)), NationalId.parse("A812345671")
        account_id = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=old))
        accounts.carry_out(SignIn(account_id), replace(BY_MYEGOV, national_id=new))
        account = there(accounts.get(account_id))
        assert (account.identities[0].national_id, {*account.claimed}) == (new, {old, new})
        assert accounts.holder_of(old) == accounts.holder_of(new) == account

    def test_a_sign_in_never_brings_the_number_of_another_account(self, accounts: Accounts) -> None:
        holder = created(accounts, BY_ECPA)
        account = created(accounts, replace(BY_MYEGOV, national_id=None))
        refused(accounts, SignIn(account.id), BY_MYEGOV)
        assert accounts.get(account.id) == account
        assert accounts.holder_of(NATIONAL_ID) == holder

    def test_under_review_the_person_stays_as_stored_and_the_sign_in_is_refreshed(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        refreshed = replace(
            BY_MYEGOV, kind=Kind.CIVIL_SERVANT, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC), method="fido"
        )
        person = replace(refreshed, name="李大華", national_id=OTHER_NATIONAL_ID, birth_date=date(1990, 1, 1))
        received = replace(person, assurance=Assurance.VERIFIED)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), received)
        account = there(accounts.get(account_id))
        refreshed = replace(
            refreshed, number_state=account.identities[0].number_state
        )  # which `NumberCases` alone keep
        assert (account.identities, account.claimed) == ((refreshed,), (NATIONAL_ID,))
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_one_national_id_through_many_identities_at_once_gives_one_account(self, accounts: Accounts) -> None:
        outcomes = at_once(lambda n: accounts.carry_out(Create(), replace(BY_MYEGOV, subject=f"person-{n}")))
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
        assert there(accounts.holder_of(NATIONAL_ID)).id in outcomes

    # --- An identity leaves its account whole, once, and never as the last one ---

    def test_an_identity_that_left_is_nobodys_and_the_rest_stays(self, accounts: Accounts) -> None:
        account = joined(accounts)
        accounts.leave(account, BY_MYEGOV)
        assert owner(accounts, BY_MYEGOV) is None
        assert accounts.get(account.id) == replace(account, identities=(BY_ECPA,))

    def test_the_number_of_an_identity_that_left_stays_the_accounts(self, accounts: Accounts) -> None:
        account = joined(accounts)
        accounts.leave(account, BY_ECPA)
        assert accounts.holder_of(NATIONAL_ID) == replace(account, identities=(BY_MYEGOV,))
        refused(accounts, Create(), BY_ECPA)
        accounts.carry_out(Link(account.id), BY_ECPA)
        assert there(accounts.get(account.id)).identities == (BY_MYEGOV, BY_ECPA)

    def test_the_last_identity_never_leaves(self, accounts: Accounts) -> None:
        account = created(accounts, BY_ECPA)
        stays(accounts, account, BY_ECPA)
        assert accounts.get(account.id) == account

    def test_an_identity_of_another_account_stays_there(self, accounts: Accounts) -> None:
        account, other = joined(accounts), created(accounts, BY_GOOGLE)
        stays(accounts, account, BY_GOOGLE)
        assert (accounts.get(account.id), accounts.get(other.id)) == (account, other)

    def test_nothing_leaves_an_account_that_changed_since_it_was_looked_at(self, accounts: Accounts) -> None:
        account = joined(accounts)
        accounts.carry_out(SignIn(account.id), replace(BY_ECPA, signed_in_at=datetime(2026, 5, 1, tzinfo=UTC)))
        stays(accounts, account, BY_MYEGOV)
        assert len(there(accounts.get(account.id)).identities) == 2

    def test_nothing_leaves_an_account_that_is_not_there(self, accounts: Accounts) -> None:
        stays(accounts, Account("gone", (BY_ECPA, BY_MYEGOV), (NATIONAL_ID,)), BY_ECPA)

    def test_of_two_that_leave_at_once_one_stays(self, accounts: Accounts) -> None:
        account = joined(accounts)
        outcomes = at_once(lambda n: accounts.leave(account, account.identities[n % 2]))
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == AT_ONCE - 1
        assert len(there(accounts.get(account.id)).identities) == 1

    # --- A digest is used once; a verdict is a change only when it differs from the last one ---

    def test_a_digest_is_used_once_until_its_time_and_may_come_again_after(self, accounts: Accounts) -> None:
        digest, other, now = sha256(b"one").digest(), sha256(b"other").digest(), datetime.now(UTC)
        later = now + timedelta(minutes=10)
        assert accounts.use_once(digest, later)
        assert not accounts.use_once(digest, later)
        assert accounts.use_once(other, now - timedelta(seconds=1))
        assert accounts.use_once(other, later)
        assert not accounts.use_once(other, later)
        assert not accounts.use_once(digest, later)

    def test_a_digest_used_many_times_at_once_is_used_once(self, accounts: Accounts) -> None:
        digest, until = sha256(b"race").digest(), datetime.now(UTC) + timedelta(minutes=10)
        outcomes = at_once(lambda _: accounts.use_once(digest, until))
        assert sorted(outcomes, key=str) == [False] * (AT_ONCE - 1) + [True]

    def test_the_first_verdicts_on_an_account_alone_are_all_new(self, accounts: Accounts) -> None:
        account, other = created(accounts, BY_ECPA), created(accounts, BY_GOOGLE)
        new = tuple(VerdictChange(authority.key, None, Verdict.UPLOADABLE) for authority in AUTHORITIES)
        assert accounts.remember(account.id, assess([BY_ECPA])) == new
        assert {change.before for change in accounts.remember(other.id, assess([BY_GOOGLE]))} == {None}
        assert accounts.remember(account.id, assess([BY_ECPA])) == ()

    def test_only_authorities_that_changed_their_verdict_are_told(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.remember(account_id, assess([BY_MYEGOV]))
        official, not_meant, uploadable = assess([BY_ECPA]), Verdict.NOT_APPLICABLE, Verdict.UPLOADABLE
        for _ in range(2):
            assert accounts.remember(account_id, official) == (VerdictChange("lifelong", not_meant, uploadable),)
            general = accounts.remember(account_id, assess([BY_MYEGOV]))
            assert general == (VerdictChange("lifelong", uploadable, not_meant),)

    def test_another_reason_for_the_same_verdict_is_no_change(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.remember(account_id, assess([replace(BY_ECPA, national_id=None)]))
        assert accounts.remember(account_id, assess([replace(BY_ECPA, name=None)])) == ()

    def test_an_authority_that_is_asked_for_the_first_time_is_new(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.remember(account_id, assess([BY_ECPA], AUTHORITIES[:2]))
        assert accounts.remember(account_id, assess([BY_ECPA])) == (VerdictChange("teacher", None, Verdict.UPLOADABLE),)

    def test_of_an_account_that_is_gone_no_verdict_is_remembered(self, accounts: Accounts) -> None:
        assert accounts.remember("gone", assess([BY_ECPA])) == ()

    def test_verdicts_remembered_many_times_at_once_change_once(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_GOOGLE)
        outcomes = at_once(lambda _: accounts.remember(account_id, assess([BY_GOOGLE])))
        changes = tuple(VerdictChange(authority.key, None, Verdict.REFUSED) for authority in AUTHORITIES)
        assert [outcome for outcome in outcomes if outcome] == [changes]
