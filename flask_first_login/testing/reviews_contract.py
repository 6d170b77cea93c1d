"""The suite for numbers under review: a changed number waits for an operator, who accepts or rejects it once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..accounts import NumberCases, Rekeys, Settled
from ..errors import AccountConflict
from ..identity import Account, Assurance, NumberState
from ..linking import Create, IdChange, Link, SignIn
from .identities import (
    AT_ONCE,
    BY_ECPA,
    BY_MYEGOV,
    CHANGED,
    NATIONAL_ID,
    OTHER_NATIONAL_ID,
    OWNER,
    StoreOfCases,
    at_once,
    only_review,
    there,
    there_is,
)


def settled_or_none(accounts: NumberCases, review_id: str, *, accept: bool) -> Settled | None:
    try:
        return accounts.settle_review(review_id, accept=accept)
    except LookupError:
        return None


class ReviewsContract:
    """What a store keeps of a number that an identity brought in place of another."""

    def test_another_number_is_kept_for_an_operator_with_who_it_came_with(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        stored = replace(BY_MYEGOV, number_state=NumberState.UNDER_REVIEW)
        assert there(accounts.get(account_id)) == Account(account_id, (stored,), (NATIONAL_ID,))
        review = only_review(accounts)
        assert (review.account, review.stored, review.sent) == (account_id, stored, CHANGED)

    def test_the_same_number_again_or_none_leaves_the_review_as_it_is(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        before = only_review(accounts)
        for again in (CHANGED, replace(CHANGED, national_id=None)):
            accounts.carry_out(SignIn(account_id, IdChange.REVIEW), again)
            assert only_review(accounts) == before
        assert there(accounts.get(account_id)).identities[0].number_state is NumberState.UNDER_REVIEW

    def test_a_third_number_takes_the_place_of_the_second(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        before = only_review(accounts)
        third = replace(CHANGED, national_id=there_is("A100000001"))
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), third)
        assert only_review(accounts).sent == third
        with pytest.raises(LookupError):
            accounts.settle_review(before.id, accept=True)

    def test_the_old_number_again_ends_the_review_by_itself(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        assert there(accounts.get(account_id)).identities == (BY_MYEGOV,)
        assert not accounts.reviews()

    def test_a_number_that_is_accepted_is_the_accounts_and_the_old_one_stays_its_history(
        self, accounts: StoreOfCases
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert accounts.settle_review(only_review(accounts).id, accept=True) == Settled(account_id)
        account = there(accounts.get(account_id))
        assert account == Account(account_id, (CHANGED,), (NATIONAL_ID, OTHER_NATIONAL_ID))
        assert there(accounts.holder_of(OTHER_NATIONAL_ID)) == there(accounts.holder_of(NATIONAL_ID)) == account
        assert not accounts.reviews()

    def test_a_number_that_is_rejected_is_passed_over_when_it_comes_again(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert accounts.settle_review(only_review(accounts).id, accept=False) == Settled(account_id)
        for _ in range(2):
            assert there(accounts.get(account_id)) == Account(account_id, (BY_MYEGOV,), (NATIONAL_ID,))
            assert not accounts.reviews()
            accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, national_id=there_is("A100000001")))
        assert there(accounts.get(account_id)).identities[0].number_state is NumberState.UNDER_REVIEW
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert there(accounts.get(account_id)).identities == (BY_MYEGOV,)
        assert not accounts.reviews()

    @pytest.mark.parametrize("accept", [True, False])
    def test_a_review_is_settled_once(self, accounts: StoreOfCases, accept: bool) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        review = only_review(accounts)
        outcomes = at_once(lambda n: settled_or_none(accounts, review.id, accept=accept))
        assert sorted(outcomes, key=str) == [None] * (AT_ONCE - 1) + [Settled(account_id)]

    @pytest.mark.parametrize("sent", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    @pytest.mark.parametrize("held", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    def test_a_number_that_another_account_holds_is_accepted_only_for_who_proves_it_against_who_did_not(
        self, accounts: StoreOfCases, sent: Assurance, held: Assurance
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=sent))
        holder = accounts.carry_out(Create(), replace(OWNER, national_id=OTHER_NATIONAL_ID, assurance=held))
        review = only_review(accounts)
        if sent > held:
            assert accounts.settle_review(review.id, accept=True) == Settled(account_id, taken_from=holder)
            assert there(accounts.get(holder)).identities[0].number_state is NumberState.DISPUTED
            assert there(accounts.holder_of(OTHER_NATIONAL_ID)).id == account_id
        else:
            with pytest.raises(AccountConflict, match=holder):
                accounts.settle_review(review.id, accept=True)
            assert only_review(accounts) == review
            assert there(accounts.holder_of(OTHER_NATIONAL_ID)).id == holder

    def test_of_an_identity_that_left_or_an_account_that_lost_its_number_no_review_is_open(
        self, accounts: StoreOfCases
    ) -> None:
        leaving = accounts.carry_out(Create(), BY_ECPA)
        accounts.carry_out(Link(leaving), BY_MYEGOV)
        accounts.carry_out(SignIn(leaving, IdChange.REVIEW), CHANGED)
        accounts.leave(there(accounts.get(leaving)), there(accounts.get(leaving)).identities[1])
        assert not accounts.reviews()
        number = there_is("A100000001")
        second = replace(BY_MYEGOV, subject="second", national_id=number)
        loser = accounts.carry_out(Create(), second)
        accounts.carry_out(SignIn(loser, IdChange.REVIEW), replace(second, national_id=OTHER_NATIONAL_ID))
        accounts.carry_out(Create(takes_from=loser), replace(OWNER, subject="second", national_id=number))
        assert not accounts.reviews()
        assert there(accounts.get(loser)).identities[0].number_state is NumberState.DISPUTED

    @pytest.mark.parametrize("accept", [True, False])
    def test_a_review_follows_an_identity_that_is_kept_under_another_key(
        self, accounts: StoreOfCases, accept: bool
    ) -> None:
        assert not isinstance(accounts, Rekeys) or self._is_settled_under_another_key(accounts, accept)

    def _is_settled_under_another_key(self, accounts: StoreOfCases, accept: bool) -> bool:
        assert isinstance(accounts, Rekeys)
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.rekey(account_id, BY_MYEGOV.issuer, BY_MYEGOV.subject, "anew")
        accounts.settle_review(only_review(accounts).id, accept=accept)
        expected = replace(CHANGED if accept else BY_MYEGOV, subject="anew")
        return there(accounts.get(account_id)).identities == (expected,) and not accounts.reviews()
