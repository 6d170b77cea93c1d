"""What a host's own tests use.

A host that keeps accounts in its own way runs our suite on it::

    from flask_first_login.testing import AccountsContract

    class TestPortalAccounts(AccountsContract):
        @pytest.fixture
        def accounts(self) -> Accounts:
            return PortalAccounts(...)          # empty, and new for every test
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from typing import TypeVar

import pytest

from .accounts import Accounts, VerdictChange
from .errors import AccountConflict
from .hours import AUTHORITIES, Verdict, assess
from .identity import Account, Assurance, Identity, Kind, Standing
from .linking import Create, IdChange, Link, SignIn, decide
from .national_id import NationalId

#: Synthetic numbers: well-formed, and nobody's.
NATIONAL_ID = NationalId.parse("A123456789")
OTHER_NATIONAL_ID = NationalId.parse("A223456781")

#: One civil servant as eCPA and as MyEGov describe them, and a stranger as Google does.
BY_ECPA = Identity(
    provider="ecpa",
    issuer="https://ecpa.example.gov.tw",
    subject="Emp-0042",
    standing=Standing.GOVERNMENT,
    kind=Kind.CIVIL_SERVANT,
    assurance=Assurance.VERIFIED,
    signed_in_at=datetime(2026, 3, 1, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=8))),
    method="certificate",
    name="王小明",
    national_id=NATIONAL_ID,
    birth_date=date(1980, 2, 29),
    email="ming@example.gov.tw",
)
BY_MYEGOV = replace(
    BY_ECPA,
    provider="myegov",
    issuer="https://myegov.example.gov.tw",
    subject="7f3c",
    kind=Kind.GENERAL,
    assurance=Assurance.DECLARED,
    method="password",
    email=None,
)
BY_GOOGLE = Identity(
    provider="google",
    issuer="https://accounts.google.com",
    subject="1098",
    standing=Standing.SOCIAL,
    kind=Kind.UNKNOWN,
    assurance=Assurance.NONE,
    signed_in_at=datetime(2026, 3, 1, 1, 30, tzinfo=UTC),
)

_AT_ONCE = 8
T = TypeVar("T")


class AccountsContract:
    """What every `Accounts` must do. Subclass it as ``Test...`` and give it a fixture named ``accounts``."""

    def test_nobody_is_known_to_an_empty_store(self, accounts: Accounts) -> None:
        assert accounts.get("nobody") is None
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    @pytest.mark.parametrize("identity", [BY_ECPA, BY_MYEGOV, BY_GOOGLE], ids=lambda identity: identity.provider)
    def test_a_created_account_has_its_identity_exactly_as_received(
        self, accounts: Accounts, identity: Identity
    ) -> None:
        account_id = accounts.carry_out(Create(), identity)
        account = _there(accounts.get(account_id))
        assert account.id == account_id
        assert account.identities == (identity,)
        assert account.identities[0].signed_in_at.utcoffset() is not None

    def test_an_account_is_found_by_identity_by_national_id_and_by_its_own_id(self, accounts: Accounts) -> None:
        account = _there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
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
        account = _there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID, name="李大華"))
        assert accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject) == account
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_a_national_id_that_has_an_account_gets_no_second_one(self, accounts: Accounts) -> None:
        account = _there(accounts.get(accounts.carry_out(Create(), BY_ECPA)))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(), BY_MYEGOV)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) is None
        assert accounts.holder_of(NATIONAL_ID) == account

    def test_a_linked_identity_comes_after_those_the_account_has(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        assert accounts.carry_out(Link(account_id), BY_MYEGOV) == account_id
        account = _there(accounts.get(account_id))
        assert account.identities == (BY_ECPA, BY_MYEGOV)
        assert account.claimed == (NATIONAL_ID,)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) == account

    def test_an_identity_of_another_account_is_not_linked(self, accounts: Accounts) -> None:
        taken = replace(BY_MYEGOV, national_id=None)
        owner = accounts.carry_out(Create(), taken)
        account_id = accounts.carry_out(Create(), BY_ECPA)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Link(account_id), taken)
        assert _there(accounts.owner_of(taken.issuer, taken.subject)).id == owner
        assert _there(accounts.get(account_id)).identities == (BY_ECPA,)

    def test_an_identity_whose_national_id_another_account_holds_is_not_linked(self, accounts: Accounts) -> None:
        accounts.carry_out(Create(), replace(BY_ECPA, subject="holder"))
        account_id = accounts.carry_out(Create(), replace(BY_ECPA, national_id=OTHER_NATIONAL_ID))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Link(account_id), BY_MYEGOV)
        assert accounts.owner_of(BY_MYEGOV.issuer, BY_MYEGOV.subject) is None

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
        assert _there(accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject)).identities == (BY_GOOGLE,)

    def test_a_sign_in_refreshes_everything_the_provider_says(self, accounts: Accounts) -> None:
        before = replace(BY_MYEGOV, national_id=None, national_id_invalid=True, birth_date=None, kind=Kind.UNKNOWN)
        account_id = accounts.carry_out(Create(), before)
        now = replace(BY_MYEGOV, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC), assurance=Assurance.VERIFIED)
        assert accounts.carry_out(SignIn(account_id), now) == account_id
        assert _there(accounts.get(account_id)).identities == (now,)
        assert _there(accounts.holder_of(NATIONAL_ID)).id == account_id

    def test_a_sign_in_leaves_the_other_identities_of_the_account_alone(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.carry_out(Link(account_id), BY_MYEGOV)
        changed = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
        accounts.carry_out(SignIn(account_id), changed)
        assert _there(accounts.get(account_id)).identities == (BY_ECPA, changed)

    def test_a_number_that_is_not_sent_any_more_leaves_the_identity_but_stays_the_accounts(
        self, accounts: Accounts
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        without = replace(BY_MYEGOV, national_id=None)
        accounts.carry_out(SignIn(account_id), without)
        account = _there(accounts.get(account_id))
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
        account = _there(accounts.get(account_id))
        assert account.identities[0].national_id == new
        assert set(account.claimed) == {old, new}
        assert accounts.holder_of(old) == accounts.holder_of(new) == account

    def test_a_sign_in_never_brings_the_number_of_another_account(self, accounts: Accounts) -> None:
        holder = accounts.carry_out(Create(), BY_ECPA)
        known = replace(BY_MYEGOV, national_id=None)
        account_id = accounts.carry_out(Create(), known)
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        assert _there(accounts.get(account_id)).identities == (known,)
        assert _there(accounts.holder_of(NATIONAL_ID)).id == holder

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
        account = _there(accounts.get(account_id))
        expected = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT, signed_in_at=received.signed_in_at, method="fido")
        assert account.identities == (expected,)
        assert account.claimed == (NATIONAL_ID,)
        assert accounts.holder_of(OTHER_NATIONAL_ID) is None

    def test_first_sign_ins_of_one_person_at_once_give_one_account(self, accounts: Accounts) -> None:
        outcomes = _at_once(lambda _: accounts.carry_out(Create(), BY_ECPA))
        created = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(created) == 1
        assert _there(accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject)).id == created[0]
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == _AT_ONCE - 1

    def test_one_national_id_through_many_identities_at_once_gives_one_account(self, accounts: Accounts) -> None:
        outcomes = _at_once(lambda n: accounts.carry_out(Create(), replace(BY_MYEGOV, subject=f"person-{n}")))
        created = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(created) == 1
        assert _there(accounts.holder_of(NATIONAL_ID)).id == created[0]
        assert sum(isinstance(outcome, AccountConflict) for outcome in outcomes) == _AT_ONCE - 1

    def test_a_digest_is_used_once_until_its_time_and_may_come_again_after(self, accounts: Accounts) -> None:
        digest, other = sha256(b"one").digest(), sha256(b"other").digest()
        later = datetime.now(UTC) + timedelta(minutes=10)
        assert accounts.use_once(digest, later)
        assert not accounts.use_once(digest, later)
        assert accounts.use_once(other, datetime.now(UTC) - timedelta(seconds=1))
        assert accounts.use_once(other, later)
        assert not accounts.use_once(other, later)
        assert not accounts.use_once(digest, later)

    def test_a_digest_used_many_times_at_once_is_used_once(self, accounts: Accounts) -> None:
        digest, until = sha256(b"race").digest(), datetime.now(UTC) + timedelta(minutes=10)
        outcomes = _at_once(lambda _: accounts.use_once(digest, until))
        assert sorted(outcomes, key=str) == [False] * (_AT_ONCE - 1) + [True]

    def test_the_first_verdicts_on_an_account_are_all_new(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        assert accounts.remember(account_id, assess([BY_ECPA])) == tuple(
            VerdictChange(one.key, None, Verdict.UPLOADABLE) for one in AUTHORITIES
        )

    def test_verdicts_that_stay_the_same_are_no_change(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.remember(account_id, assess([BY_ECPA]))
        assert accounts.remember(account_id, assess([BY_ECPA])) == ()

    def test_only_the_authorities_that_changed_their_verdict_are_told_every_time_they_do(
        self, accounts: Accounts
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.remember(account_id, assess([BY_MYEGOV]))
        official, held, uploadable = assess([BY_ECPA]), Verdict.HELD, Verdict.UPLOADABLE
        for _ in range(2):
            assert accounts.remember(account_id, official) == (VerdictChange("lifelong", held, uploadable),)
            assert accounts.remember(account_id, assess([BY_MYEGOV])) == (VerdictChange("lifelong", uploadable, held),)

    def test_another_reason_for_the_same_verdict_is_no_change(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.remember(account_id, assess([replace(BY_ECPA, national_id=None)]))
        assert accounts.remember(account_id, assess([replace(BY_ECPA, name=None)])) == ()

    def test_an_authority_that_is_asked_for_the_first_time_is_new(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_ECPA)
        accounts.remember(account_id, assess([BY_ECPA], AUTHORITIES[:2]))
        assert accounts.remember(account_id, assess([BY_ECPA])) == (VerdictChange("teacher", None, Verdict.UPLOADABLE),)

    def test_verdicts_of_two_accounts_are_kept_apart(self, accounts: Accounts) -> None:
        first, second = accounts.carry_out(Create(), BY_ECPA), accounts.carry_out(Create(), BY_GOOGLE)
        accounts.remember(first, assess([BY_ECPA]))
        assert {one.before for one in accounts.remember(second, assess([BY_GOOGLE]))} == {None}
        assert accounts.remember(first, assess([BY_ECPA])) == ()

    def test_of_an_account_that_is_gone_no_verdict_is_remembered(self, accounts: Accounts) -> None:
        assert accounts.remember("gone", assess([BY_ECPA])) == ()

    def test_verdicts_remembered_many_times_at_once_change_once(self, accounts: Accounts) -> None:
        account_id = accounts.carry_out(Create(), BY_GOOGLE)
        outcomes = _at_once(lambda _: accounts.remember(account_id, assess([BY_GOOGLE])))
        assert [one for one in outcomes if one] == [
            tuple(VerdictChange(one.key, None, Verdict.REFUSED) for one in AUTHORITIES)
        ]


def _there(account: Account | None) -> Account:
    assert account is not None
    return account


def _at_once(act: Callable[[int], T]) -> list[T | AccountConflict]:
    """What several threads that start together each got: a result, or the conflict."""
    start = threading.Barrier(_AT_ONCE)

    def run(n: int) -> T | AccountConflict:
        start.wait()
        try:
            return act(n)
        except AccountConflict as conflict:
            return conflict

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(run, range(_AT_ONCE)))
