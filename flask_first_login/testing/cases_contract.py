"""The suite for a store that also keeps what is in doubt: see `flask_first_login.accounts.NumberCases`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial
from typing import Protocol

import pytest

from ..accounts import Accounts, NumberCases, Rekeys, Review, Settled
from ..accounts.admission import admit
from ..accounts.records import Judgement, Known, Presented
from ..errors import AccountConflict
from ..identity import Account, Assurance, Identity, NumberState
from ..linking import Create, IdChange, Link, SignIn, decide
from ..national_id import NationalId
from .identities import AT_ONCE, BY_ECPA, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID, at_once, there

#: The proven owner of the number that `BY_MYEGOV` only declared.
OWNER = replace(BY_ECPA, name="林真", birth_date=date(1970, 1, 1))
CHANGED = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID, name="王大明", birth_date=date(1990, 1, 1))
DISPUTED = replace(BY_MYEGOV, national_id=None, number_state=NumberState.DISPUTED)
PROVEN = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
WITHOUT = replace(BY_MYEGOV, national_id=None)
ITS_OWN = frozenset({NATIONAL_ID})
ACCEPTED, UNDER_REVIEW = NumberState.ACCEPTED, NumberState.UNDER_REVIEW


class Store(Accounts, NumberCases, Protocol):
    """Both ports at once."""


def there_is(number: str) -> NationalId:
    return NationalId.parse(number)


def settled_or_none(accounts: NumberCases, review_id: str, *, accept: bool) -> Settled | None:
    try:
        return accounts.settle_review(review_id, accept=accept)
    except LookupError:
        return None


def only_review(accounts: NumberCases) -> Review:
    (review,) = accounts.reviews()
    return review


def _refreshing(identity: Identity, account_id: str, known: Known) -> Judgement:
    return Judgement(identity, SignIn(account_id))


class NumberCasesContract:
    """What every store must do that has the methods of `NumberCases`, beside the whole of `AccountsContract`."""

    # --- a number goes from who typed it to who proves it ---

    def test_who_proves_a_number_takes_it_and_who_typed_it_keeps_the_account_without_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), OWNER)
        assert taker != loser
        assert there(accounts.holder_of(NATIONAL_ID)) == Account(taker, (OWNER,), (NATIONAL_ID,), proven=ITS_OWN)
        assert there(accounts.get(loser)) == Account(loser, (DISPUTED,), (), (NATIONAL_ID,))
        (dispute,) = accounts.disputes()
        assert (dispute.account, dispute.holder, dispute.number) == (loser, taker, NATIONAL_ID)

    def test_every_identity_that_carried_the_number_loses_it_and_no_other_one(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        second = replace(BY_MYEGOV, subject="second")
        without = replace(BY_MYEGOV, subject="without", national_id=None)
        accounts.carry_out(Link(loser), second)
        accounts.carry_out(Link(loser), without)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        expected = (DISPUTED, replace(second, national_id=None, number_state=NumberState.DISPUTED), without)
        assert there(accounts.get(loser)).identities == expected

    def test_a_known_identity_that_proves_its_number_takes_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(), replace(OWNER, national_id=None))
        assert accounts.carry_out(SignIn(taker, takes_from=loser), OWNER) == taker
        assert there(accounts.get(taker)) == Account(taker, (OWNER,), (NATIONAL_ID,), proven=ITS_OWN)
        assert there(accounts.get(loser)).lost == (NATIONAL_ID,)

    def test_a_number_that_was_proven_meanwhile_is_not_taken_and_nothing_is_written(self, accounts: Store) -> None:
        holder = accounts.carry_out(Create(), BY_MYEGOV)
        proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
        accounts.carry_out(SignIn(holder), proven)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=holder), OWNER)
        assert there(accounts.get(holder)) == Account(holder, (proven,), (NATIONAL_ID,), proven=ITS_OWN)
        assert accounts.owner_of(OWNER.issuer, OWNER.subject) is None
        assert not accounts.disputes()

    @pytest.mark.parametrize("holder", ["gone", None], ids=["who is gone", "who never had it"])
    def test_a_number_is_not_taken_from(self, accounts: Store, holder: str | None) -> None:
        other = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=holder or other), OWNER)
        assert accounts.owner_of(OWNER.issuer, OWNER.subject) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    def test_of_many_that_prove_a_number_at_once_one_takes_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        outcomes = at_once(lambda n: accounts.carry_out(Create(takes_from=loser), replace(OWNER, subject=f"owner-{n}")))
        taken = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(taken) == 1
        assert there(accounts.holder_of(NATIONAL_ID)).id == taken[0]
        assert there(accounts.get(loser)).lost == (NATIONAL_ID,)

    def test_who_takes_and_who_proves_at_once_end_with_one_proven_holder(self, accounts: Store) -> None:
        holder = accounts.carry_out(Create(), BY_MYEGOV)
        proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)

        def act(n: int) -> str:
            taking = n % 2 == 0
            decision = Create(takes_from=holder) if taking else SignIn(holder)
            return accounts.carry_out(decision, replace(OWNER, subject=f"owner-{n}") if taking else proven)

        outcomes = at_once(act)
        now = there(accounts.holder_of(NATIONAL_ID))
        assert [identity.assurance for identity in now.identities] == [Assurance.VERIFIED]
        assert now.id in outcomes
        assert (there(accounts.get(holder)).lost == (NATIONAL_ID,)) == (now.id != holder)

    def test_two_that_take_from_each_other_at_once_never_wait_for_each_other(self, accounts: Store) -> None:
        numbers = (NATIONAL_ID, OTHER_NATIONAL_ID)
        second = replace(BY_MYEGOV, subject="second")
        ids = [
            accounts.carry_out(Create(), replace(identity, national_id=number))
            for identity, number in zip((BY_MYEGOV, second), numbers, strict=True)
        ]

        def act(n: int) -> str:
            mine, other = n % 2, (n + 1) % 2
            proven = replace((BY_MYEGOV, second)[mine], national_id=numbers[other], assurance=Assurance.VERIFIED)
            return accounts.carry_out(SignIn(ids[mine], takes_from=ids[other]), proven)

        outcomes = at_once(act)
        assert any(isinstance(outcome, str) for outcome in outcomes)
        for number in numbers:
            assert there(accounts.holder_of(number)).id in ids

    # --- a number that an account once proved is proven ---

    @pytest.mark.parametrize("first", [None, WITHOUT, BY_MYEGOV], ids=["new", "without a number", "typed"])
    @pytest.mark.parametrize("since", [BY_MYEGOV, WITHOUT], ids=["by password", "without the number"])
    def test_a_number_that_was_once_proven_stays_so_and_nobody_takes_it(
        self, accounts: Store, first: Identity | None, since: Identity
    ) -> None:
        account_id = accounts.carry_out(Create(), first or PROVEN)
        assert there(accounts.get(account_id)).proven == (frozenset() if first else ITS_OWN)
        for seen in (PROVEN, since):
            accounts.carry_out(SignIn(account_id), seen)
            assert there(accounts.get(account_id)).proven == ITS_OWN
        expected = Account(account_id, (since,), (NATIONAL_ID,), proven=ITS_OWN)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=account_id), OWNER)
        other = accounts.carry_out(Create(), replace(OWNER, national_id=None))
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(other, takes_from=account_id), OWNER)
        assert there(accounts.holder_of(NATIONAL_ID)) == there(accounts.get(account_id)) == expected
        assert not accounts.disputes()

    def test_an_identity_that_is_linked_proves_the_number_and_leaves_it_proven_when_it_goes(
        self, accounts: Store
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Link(account_id), BY_ECPA)
        account = there(accounts.get(account_id))
        assert account.proven == ITS_OWN
        accounts.leave(account, BY_ECPA)
        assert there(accounts.get(account_id)) == Account(account_id, (BY_MYEGOV,), (NATIONAL_ID,), proven=ITS_OWN)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=account_id), OWNER)

    def test_what_is_only_typed_is_never_proven_however_often_and_whatever_else_is(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        accounts.carry_out(Link(account_id), replace(BY_MYEGOV, subject="second"))
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=Assurance.VERIFIED))
        assert there(accounts.get(account_id)).proven == frozenset()
        other = replace(OWNER, subject="other", national_id=OTHER_NATIONAL_ID)
        accounts.carry_out(Link(account_id), other)
        assert there(accounts.get(account_id)).proven == {OTHER_NATIONAL_ID}
        taker = accounts.carry_out(Create(takes_from=account_id), OWNER)
        assert there(accounts.get(taker)).proven == ITS_OWN
        assert there(accounts.get(account_id)).proven == {OTHER_NATIONAL_ID}

    def test_a_number_is_proven_by_who_takes_it_only_if_they_prove_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), replace(OWNER, assurance=Assurance.DECLARED))
        assert [there(accounts.get(account_id)).proven for account_id in (loser, taker)] == [frozenset()] * 2

    @pytest.mark.parametrize("sent", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    def test_a_review_that_is_accepted_proves_the_number_as_far_as_the_sign_in_that_brought_it(
        self, accounts: Store, sent: Assurance
    ) -> None:
        account_id = accounts.carry_out(Create(), PROVEN)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=sent))
        assert there(accounts.get(account_id)).proven == ITS_OWN
        accounts.settle_review(only_review(accounts).id, accept=True)
        new = {OTHER_NATIONAL_ID} if sent is Assurance.VERIFIED else set()
        assert there(accounts.get(account_id)).proven == ITS_OWN | new

    def test_a_number_that_its_holder_once_proved_goes_to_no_review(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=Assurance.VERIFIED))
        theirs = replace(OWNER, national_id=OTHER_NATIONAL_ID)
        holder = accounts.carry_out(Create(), theirs)
        accounts.carry_out(SignIn(holder), replace(theirs, assurance=Assurance.DECLARED))
        with pytest.raises(AccountConflict, match=holder):
            accounts.settle_review(only_review(accounts).id, accept=True)
        assert there(accounts.holder_of(OTHER_NATIONAL_ID)).id == holder

    def test_a_sign_in_that_is_done_whole_tells_what_is_proven_from_then_on(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        for seen in (BY_MYEGOV, PROVEN, BY_MYEGOV, WITHOUT):
            presented = Presented(seen.issuer, (seen.subject,), seen.national_id)
            admission = admit(accounts, presented, partial(_refreshing, seen, account_id), None)
            assert admission.account == accounts.get(account_id)
        assert there(accounts.get(account_id)).proven == ITS_OWN

    def test_a_proven_number_stays_so_under_another_key_of_its_identity(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), PROVEN)
        accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        if isinstance(accounts, Rekeys):
            accounts.rekey(account_id, BY_MYEGOV.issuer, BY_MYEGOV.subject, "anew")
        assert there(accounts.get(account_id)).proven == ITS_OWN

    def test_of_who_takes_and_who_proves_and_comes_back_by_password_at_once_one_has_the_number(
        self, accounts: Store
    ) -> None:
        holder = accounts.carry_out(Create(), BY_MYEGOV)

        def act(n: int) -> str:
            if n % 2 == 0:
                return accounts.carry_out(Create(takes_from=holder), replace(OWNER, subject=f"owner-{n}"))
            accounts.carry_out(SignIn(holder), PROVEN)
            return accounts.carry_out(SignIn(holder), BY_MYEGOV)

        at_once(act)
        now = there(accounts.holder_of(NATIONAL_ID))
        assert now.proven == ITS_OWN
        assert (there(accounts.get(holder)).lost == (NATIONAL_ID,)) == (now.id != holder)

    # --- who lost a number ---

    def test_who_brings_the_lost_number_again_stays_without_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        for again in (BY_MYEGOV, replace(BY_MYEGOV, national_id=None)):
            accounts.carry_out(SignIn(loser, IdChange.DISPUTE), again)
            assert there(accounts.get(loser)) == Account(loser, (DISPUTED,), (), (NATIONAL_ID,))
        assert len(accounts.disputes()) == 1

    def test_a_known_identity_that_declares_a_strangers_number_is_disputed_and_never_has_it(
        self, accounts: Store
    ) -> None:
        holder = accounts.carry_out(Create(), OWNER)
        account_id = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=None))
        accounts.carry_out(SignIn(account_id, IdChange.DISPUTE), BY_MYEGOV)
        assert there(accounts.get(account_id)) == Account(account_id, (DISPUTED,), (), (NATIONAL_ID,))
        assert there(accounts.holder_of(NATIONAL_ID)).id == holder
        assert [dispute.account for dispute in accounts.disputes()] == [account_id]

    def test_a_number_that_nobody_else_holds_any_more_is_not_disputed(self, accounts: Store) -> None:
        without = replace(BY_MYEGOV, national_id=None)
        account_id = accounts.carry_out(Create(), without)
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id, IdChange.DISPUTE), BY_MYEGOV)
        assert there(accounts.get(account_id)).identities == (without,)

    def test_another_number_that_is_free_ends_the_dispute_and_the_lost_one_stays_known(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        mended = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
        accounts.carry_out(SignIn(loser), mended)
        assert there(accounts.get(loser)) == Account(loser, (mended,), (OTHER_NATIONAL_ID,), (NATIONAL_ID,))
        assert not accounts.disputes()

    def test_a_sign_in_that_was_accepted_before_the_number_went_does_not_end_the_dispute(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        for late in (BY_MYEGOV, replace(BY_MYEGOV, national_id=None)):
            with pytest.raises(AccountConflict):
                accounts.carry_out(SignIn(loser), late)
        assert there(accounts.get(loser)).identities == (DISPUTED,)

    def test_a_number_that_comes_back_is_lost_no_more(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), replace(OWNER, assurance=Assurance.DECLARED))
        proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
        accounts.carry_out(SignIn(loser, takes_from=taker), proven)
        assert there(accounts.get(loser)) == Account(loser, (proven,), (NATIONAL_ID,), proven=ITS_OWN)
        assert [dispute.account for dispute in accounts.disputes()] == [taker]

    def test_a_released_account_is_clean_and_has_no_number_and_the_owner_keeps_it(self, accounts: Store) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), OWNER)
        assert accounts.release(loser)
        without = replace(BY_MYEGOV, national_id=None)
        assert there(accounts.get(loser)) == Account(loser, (without,), (), (NATIONAL_ID,))
        assert there(accounts.holder_of(NATIONAL_ID)).id == taker
        assert not accounts.disputes()
        assert [accounts.release(account_id) for account_id in (loser, taker, "nobody")] == [False] * 3
        accounts.carry_out(SignIn(loser, IdChange.DISPUTE), BY_MYEGOV)
        assert there(accounts.get(loser)).identities == (without,)
        assert not accounts.disputes()

    # --- under review ---

    def test_another_number_is_kept_for_an_operator_with_who_it_came_with(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        stored = replace(BY_MYEGOV, number_state=UNDER_REVIEW)
        assert there(accounts.get(account_id)) == Account(account_id, (stored,), (NATIONAL_ID,))
        review = only_review(accounts)
        assert (review.account, review.stored, review.sent) == (account_id, stored, CHANGED)

    def test_the_same_number_again_or_none_leaves_the_review_as_it_is(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        before = only_review(accounts)
        for again in (CHANGED, replace(CHANGED, national_id=None)):
            accounts.carry_out(SignIn(account_id, IdChange.REVIEW), again)
            assert only_review(accounts) == before
        assert there(accounts.get(account_id)).identities[0].number_state is UNDER_REVIEW

    def test_a_third_number_takes_the_place_of_the_second(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        before = only_review(accounts)
        third = replace(CHANGED, national_id=there_is("A100000001"))
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), third)
        assert only_review(accounts).sent == third
        with pytest.raises(LookupError):
            accounts.settle_review(before.id, accept=True)

    def test_the_old_number_again_ends_the_review_by_itself(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        assert there(accounts.get(account_id)).identities == (BY_MYEGOV,)
        assert not accounts.reviews()

    def test_a_number_that_is_accepted_is_the_accounts_and_the_old_one_stays_its_history(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert accounts.settle_review(only_review(accounts).id, accept=True) == Settled(account_id)
        account = there(accounts.get(account_id))
        assert account == Account(account_id, (CHANGED,), (NATIONAL_ID, OTHER_NATIONAL_ID))
        assert there(accounts.holder_of(OTHER_NATIONAL_ID)) == there(accounts.holder_of(NATIONAL_ID)) == account
        assert not accounts.reviews()

    def test_a_number_that_is_rejected_is_passed_over_when_it_comes_again(self, accounts: Store) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert accounts.settle_review(only_review(accounts).id, accept=False) == Settled(account_id)
        for _ in range(2):
            assert there(accounts.get(account_id)) == Account(account_id, (BY_MYEGOV,), (NATIONAL_ID,))
            assert not accounts.reviews()
            accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, national_id=there_is("A100000001")))
        assert there(accounts.get(account_id)).identities[0].number_state is UNDER_REVIEW
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        assert there(accounts.get(account_id)).identities == (BY_MYEGOV,)
        assert not accounts.reviews()

    @pytest.mark.parametrize("accept", [True, False])
    def test_a_review_is_settled_once(self, accounts: Store, accept: bool) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        review = only_review(accounts)
        outcomes = at_once(lambda n: settled_or_none(accounts, review.id, accept=accept))
        assert sorted(outcomes, key=str) == [None] * (AT_ONCE - 1) + [Settled(account_id)]

    @pytest.mark.parametrize("sent", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    @pytest.mark.parametrize("held", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    def test_a_number_that_another_account_holds_is_accepted_only_for_who_proves_it_against_who_did_not(
        self, accounts: Store, sent: Assurance, held: Assurance
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
        self, accounts: Store
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
    def test_a_review_follows_an_identity_that_is_kept_under_another_key(self, accounts: Store, accept: bool) -> None:
        assert not isinstance(accounts, Rekeys) or self._is_settled_under_another_key(accounts, accept)

    def _is_settled_under_another_key(self, accounts: Store, accept: bool) -> bool:
        assert isinstance(accounts, Rekeys)
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), CHANGED)
        accounts.rekey(account_id, BY_MYEGOV.issuer, BY_MYEGOV.subject, "anew")
        accounts.settle_review(only_review(accounts).id, accept=accept)
        expected = replace(CHANGED if accept else BY_MYEGOV, subject="anew")
        return there(accounts.get(account_id)).identities == (expected,) and not accounts.reviews()

    # --- what is decided of it next ---

    def test_what_the_store_keeps_leads_to_the_same_again_until_it_is_settled(self, accounts: Store) -> None:
        def decided(identity: Identity) -> object:
            number = identity.national_id
            holder = accounts.holder_of(number) if number is not None else None
            owner = accounts.owner_of(identity.issuer, identity.subject)
            return decide(identity, owner=owner, current=None, same_person=holder)

        loser = accounts.carry_out(Create(), BY_MYEGOV)
        assert decided(OWNER) == Create(takes_from=loser)
        certified = replace(BY_MYEGOV, subject="certified", national_id=there_is("A100000001"))
        once = accounts.carry_out(Create(), replace(certified, assurance=Assurance.VERIFIED))
        accounts.carry_out(SignIn(once), certified)
        assert decided(replace(BY_ECPA, subject="certified", national_id=certified.national_id)) == Link(once)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        without = replace(BY_MYEGOV, national_id=None)
        assert decided(BY_MYEGOV) == decided(without) == SignIn(loser, IdChange.DISPUTE)
        free = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
        assert decided(free) == SignIn(loser)
        accounts.carry_out(SignIn(loser), free)
        assert decided(replace(free, national_id=there_is("A200000003"))) == SignIn(loser, IdChange.REVIEW)
