"""What every store must do of a whole sign-in: in one step, if it can, and by the methods of the port one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import cast

import pytest

from ..accounts import Accounts, Rekeys
from ..accounts.admission import admit, use_each_once
from ..accounts.records import Admission, Judgement, Known, Presented
from ..errors import AccountConflict, DigestUsed
from ..hours import Verdict, assess
from ..identity import Account, Identity
from ..linking import Acknowledge, Create, Decision, Link, Refusal, Refuse, SignIn
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
    there,
)


class OneByOne:
    """A store that has only the methods of the port, whatever the one behind it has.

    It holds the methods itself: from Python 3.12 on, ``isinstance`` with a protocol sees none that ``__getattr__``
    gives.
    """

    def __init__(self, kept: Accounts) -> None:
        vars(self).update({name: getattr(kept, name) for name in dir(kept) if not name.startswith("_")})


def consent() -> tuple[bytes, datetime]:
    return sha256(b"the learner's word").digest(), datetime.now(UTC) + timedelta(minutes=10)


def let_in(
    store: Accounts, identity: Identity, decided: Decision | Callable[[Known], Decision], **presented: object
) -> Admission:
    """What comes of an identity, and of a decision on it that is made before or of what is known."""

    def judge(known: Known) -> Judgement:
        return Judgement(identity, decided(known) if callable(decided) else decided)

    shown = Presented(identity.issuer, (identity.subject,), identity.national_id)
    return admit(store, replace(shown, **presented), judge, lambda account: assess(account.identities))  # type: ignore[arg-type]  # by name


def known_of(store: Accounts, presented: Presented) -> Known:
    """What a store tells of an identity of which nothing is to be written."""
    seen: list[Known] = []

    def judge(known: Known) -> Judgement:
        seen.append(known)
        return Judgement(BY_ECPA, Refuse(Refusal.NOT_FRESH))

    admission = admit(store, presented, judge, None)
    assert (admission.account_id, admission.account, admission.report) == (None, None, None)
    return seen[-1]


class AdmissionContract:
    """The part of `AccountsContract` that is about a whole sign-in."""

    @pytest.fixture(params=["whole", "one by one"])
    def sign_ins(self, request: pytest.FixtureRequest, accounts: Accounts) -> Accounts:
        return accounts if request.param == "whole" else cast(Accounts, OneByOne(accounts))

    def test_what_is_decided_is_decided_on_all_that_the_store_has(self, accounts: Accounts, sign_ins: Accounts) -> None:
        official, social = created(accounts, BY_ECPA), created(accounts, BY_GOOGLE)
        anybody = Presented(BY_MYEGOV.issuer, ("nobody", BY_MYEGOV.subject))
        assert known_of(sign_ins, anybody) == Known()
        with_number = replace(anybody, national_id=NATIONAL_ID, current=social.id)
        assert known_of(sign_ins, with_number) == Known(holder=official, current=social)
        by_key = Presented(BY_ECPA.issuer, ("nobody", BY_ECPA.subject), OTHER_NATIONAL_ID, "gone")
        assert known_of(sign_ins, by_key) == Known(official, BY_ECPA.subject)

    def test_of_two_keys_of_a_person_the_first_one_counts(self, accounts: Accounts, sign_ins: Accounts) -> None:
        first, second = created(accounts, BY_GOOGLE), created(accounts, replace(BY_GOOGLE, subject="anew"))
        assert known_of(sign_ins, Presented(BY_GOOGLE.issuer, (BY_GOOGLE.subject, "anew"))).owner == first
        assert known_of(sign_ins, Presented(BY_GOOGLE.issuer, ("anew", BY_GOOGLE.subject))).owner == second

    def test_a_known_identity_is_refreshed_and_its_account_is_told_as_it_is_now(
        self, accounts: Accounts, sign_ins: Accounts
    ) -> None:
        account = joined(accounts)
        without = created(accounts, replace(BY_GOOGLE, subject="another"))
        again = replace(BY_ECPA, signed_in_at=datetime(2026, 4, 1, tzinfo=UTC), name="王小民")
        admission = let_in(sign_ins, again, lambda known: SignIn(there(known.owner).id))
        assert (admission.account_id, admission.account) == (account.id, accounts.get(account.id))
        assert there(admission.account).identities == (again, BY_MYEGOV)
        assert accounts.get(without.id) == without

    def test_a_number_that_comes_at_last_is_told_with_the_account(self, accounts: Accounts, sign_ins: Accounts) -> None:
        account = created(accounts, replace(BY_MYEGOV, national_id=None))
        admission = let_in(sign_ins, BY_MYEGOV, SignIn(account.id))
        assert admission.account == accounts.holder_of(NATIONAL_ID) == Account(account.id, (BY_MYEGOV,), (NATIONAL_ID,))

    def test_a_new_account_and_a_new_way_into_one_are_told_as_they_are(
        self, accounts: Accounts, sign_ins: Accounts
    ) -> None:
        new = let_in(sign_ins, BY_ECPA, Create()).account
        assert new == owner(accounts, BY_ECPA) == accounts.get(there(new).id)
        assert (there(new).identities, there(new).claimed) == ((BY_ECPA,), (NATIONAL_ID,))
        linked = let_in(sign_ins, BY_MYEGOV, Link(there(new).id), current=there(new).id).account
        assert linked == accounts.get(there(new).id)
        assert there(linked).identities == (BY_ECPA, BY_MYEGOV)

    @pytest.mark.parametrize("decided", [Acknowledge(), Refuse(Refusal.KEPT_SEPARATE)], ids=["ask", "refuse"])
    def test_who_is_not_let_in_leaves_nothing(
        self, accounts: Accounts, sign_ins: Accounts, decided: Acknowledge | Refuse
    ) -> None:
        admission = let_in(sign_ins, BY_GOOGLE, decided, consent=consent())
        assert admission == Admission(Judgement(BY_GOOGLE, decided))
        assert owner(accounts, BY_GOOGLE) is None
        assert accounts.use_once(*consent())

    def test_a_consent_is_used_up_with_what_it_was_given_for(self, accounts: Accounts, sign_ins: Accounts) -> None:
        let_in(sign_ins, BY_GOOGLE, Create(), consent=consent())
        assert not accounts.use_once(*consent())
        assert owner(accounts, BY_GOOGLE) is not None

    def test_a_consent_that_was_used_before_opens_nothing(self, accounts: Accounts, sign_ins: Accounts) -> None:
        account = created(accounts, BY_GOOGLE)
        accounts.use_once(*consent())
        with pytest.raises(DigestUsed):
            let_in(sign_ins, BY_GOOGLE, SignIn(account.id), consent=consent())

    def test_where_another_request_came_first_nothing_is_written(self, accounts: Accounts, sign_ins: Accounts) -> None:
        account = created(accounts, BY_GOOGLE)
        for late in (Create(), Link(account.id), SignIn("gone")):
            with pytest.raises(AccountConflict):
                let_in(sign_ins, BY_GOOGLE, late, consent=consent())
        assert owner(accounts, BY_GOOGLE) == account
        assert accounts.use_once(*consent())

    def test_an_identity_is_kept_under_another_key_from_now_on(self, accounts: Accounts, sign_ins: Accounts) -> None:
        if not isinstance(accounts, Rekeys):
            return
        account, anew = created(accounts, BY_ECPA), replace(BY_ECPA, subject="anew", name="王小民")

        def judge(known: Known) -> Judgement:
            return Judgement(anew, SignIn(there(known.owner).id), kept_under=known.subject)

        admission = admit(sign_ins, Presented(BY_ECPA.issuer, ("anew", BY_ECPA.subject)), judge, None)
        assert admission.account == owner(accounts, anew) == replace(account, identities=(anew,))
        assert owner(accounts, BY_ECPA) is None

    def test_verdicts_are_recorded_with_the_sign_in_or_else_left_to_remember(
        self, accounts: Accounts, sign_ins: Accounts
    ) -> None:
        account, silent = created(accounts, BY_MYEGOV), replace(BY_MYEGOV, national_id=None)
        accounts.remember(account.id, assess([BY_MYEGOV]))
        admission = let_in(sign_ins, silent, SignIn(account.id))
        asked = assess([silent])
        told = admission.changes if admission.changes is not None else accounts.remember(account.id, asked)
        assert {change.before for change in told} == {Verdict.UPLOADABLE}
        assert accounts.remember(account.id, asked) == ()
        assert admission.report in (None, asked)

    def test_who_comes_many_times_at_once_is_let_in_each_time_and_a_change_told_once(
        self, accounts: Accounts, sign_ins: Accounts
    ) -> None:
        account = created(accounts, BY_ECPA)
        outcomes = at_once(lambda _: let_in(sign_ins, BY_ECPA, lambda known: SignIn(there(known.owner).id)))
        assert [cast(Admission, outcome).account for outcome in outcomes] == [account] * AT_ONCE
        told = [outcome.changes for outcome in outcomes if isinstance(outcome, Admission) and outcome.changes]
        assert len(told) <= 1

    def test_a_consent_given_many_times_at_once_opens_one_account(self, accounts: Accounts, sign_ins: Accounts) -> None:
        def accept(n: int) -> Admission | None:
            identity = replace(BY_GOOGLE, subject=f"social-{n}")
            try:
                return let_in(sign_ins, identity, Create(), consent=consent())
            except DigestUsed:
                return None

        assert sum(outcome is not None for outcome in at_once(accept)) == 1

    def test_several_are_used_up_in_order_until_one_was_used_before(
        self, accounts: Accounts, sign_ins: Accounts
    ) -> None:
        later = datetime.now(UTC) + timedelta(minutes=10)
        first, second, third = ((sha256(bytes([n])).digest(), later) for n in range(3))
        assert use_each_once(sign_ins, first, second) == 2
        assert use_each_once(sign_ins, first, third) == 0
        assert use_each_once(sign_ins, third, second) == 1
        assert not accounts.use_once(*third)
