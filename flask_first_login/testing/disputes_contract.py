"""The suite for numbers in dispute: they go from who typed them to who proves them, and who lost one stays without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..errors import AccountConflict
from ..identity import Account, Assurance, NumberState
from ..linking import Create, IdChange, Link, SignIn
from .identities import (
    BY_MYEGOV,
    DISPUTED,
    ITS_OWN,
    NATIONAL_ID,
    OTHER_NATIONAL_ID,
    OWNER,
    StoreOfCases,
    at_once,
    there,
)


class DisputesContract:
    """What a store keeps of a number that two accounts bring."""

    # --- a number goes from who typed it to who proves it ---

    def test_who_proves_a_number_takes_it_and_who_typed_it_keeps_the_account_without_it(
        self, accounts: StoreOfCases
    ) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), OWNER)
        assert taker != loser
        assert there(accounts.holder_of(NATIONAL_ID)) == Account(taker, (OWNER,), (NATIONAL_ID,), proven=ITS_OWN)
        assert there(accounts.get(loser)) == Account(loser, (DISPUTED,), (), (NATIONAL_ID,))
        (dispute,) = accounts.disputes()
        assert (dispute.account, dispute.holder, dispute.number) == (loser, taker, NATIONAL_ID)

    def test_every_identity_that_carried_the_number_loses_it_and_no_other_one(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        second = replace(BY_MYEGOV, subject="second")
        without = replace(BY_MYEGOV, subject="without", national_id=None)
        accounts.carry_out(Link(loser), second)
        accounts.carry_out(Link(loser), without)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        expected = (DISPUTED, replace(second, national_id=None, number_state=NumberState.DISPUTED), without)
        assert there(accounts.get(loser)).identities == expected

    def test_a_known_identity_that_proves_its_number_takes_it(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(), replace(OWNER, national_id=None))
        assert accounts.carry_out(SignIn(taker, takes_from=loser), OWNER) == taker
        assert there(accounts.get(taker)) == Account(taker, (OWNER,), (NATIONAL_ID,), proven=ITS_OWN)
        assert there(accounts.get(loser)).lost == (NATIONAL_ID,)

    def test_a_number_that_was_proven_meanwhile_is_not_taken_and_nothing_is_written(
        self, accounts: StoreOfCases
    ) -> None:
        holder = accounts.carry_out(Create(), BY_MYEGOV)
        proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
        accounts.carry_out(SignIn(holder), proven)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=holder), OWNER)
        assert there(accounts.get(holder)) == Account(holder, (proven,), (NATIONAL_ID,), proven=ITS_OWN)
        assert accounts.owner_of(OWNER.issuer, OWNER.subject) is None
        assert not accounts.disputes()

    @pytest.mark.parametrize("holder", ["gone", None], ids=["who is gone", "who never had it"])
    def test_a_number_is_not_taken_from(self, accounts: StoreOfCases, holder: str | None) -> None:
        other = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID))
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=holder or other), OWNER)
        assert accounts.owner_of(OWNER.issuer, OWNER.subject) is None
        assert accounts.holder_of(NATIONAL_ID) is None

    def test_of_many_that_prove_a_number_at_once_one_takes_it(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        outcomes = at_once(lambda n: accounts.carry_out(Create(takes_from=loser), replace(OWNER, subject=f"owner-{n}")))
        taken = [outcome for outcome in outcomes if isinstance(outcome, str)]
        assert len(taken) == 1
        assert there(accounts.holder_of(NATIONAL_ID)).id == taken[0]
        assert there(accounts.get(loser)).lost == (NATIONAL_ID,)

    def test_who_takes_and_who_proves_at_once_end_with_one_proven_holder(self, accounts: StoreOfCases) -> None:
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

    def test_two_that_take_from_each_other_at_once_never_wait_for_each_other(self, accounts: StoreOfCases) -> None:
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

    # --- who lost a number ---

    def test_who_brings_the_lost_number_again_stays_without_it(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        for again in (BY_MYEGOV, replace(BY_MYEGOV, national_id=None)):
            accounts.carry_out(SignIn(loser, IdChange.DISPUTE), again)
            assert there(accounts.get(loser)) == Account(loser, (DISPUTED,), (), (NATIONAL_ID,))
        assert len(accounts.disputes()) == 1

    def test_a_known_identity_that_declares_a_strangers_number_is_disputed_and_never_has_it(
        self, accounts: StoreOfCases
    ) -> None:
        holder = accounts.carry_out(Create(), OWNER)
        account_id = accounts.carry_out(Create(), replace(BY_MYEGOV, national_id=None))
        accounts.carry_out(SignIn(account_id, IdChange.DISPUTE), BY_MYEGOV)
        assert there(accounts.get(account_id)) == Account(account_id, (DISPUTED,), (), (NATIONAL_ID,))
        assert there(accounts.holder_of(NATIONAL_ID)).id == holder
        assert [dispute.account for dispute in accounts.disputes()] == [account_id]

    def test_a_number_that_nobody_else_holds_any_more_is_not_disputed(self, accounts: StoreOfCases) -> None:
        without = replace(BY_MYEGOV, national_id=None)
        account_id = accounts.carry_out(Create(), without)
        with pytest.raises(AccountConflict):
            accounts.carry_out(SignIn(account_id, IdChange.DISPUTE), BY_MYEGOV)
        assert there(accounts.get(account_id)).identities == (without,)

    def test_another_number_that_is_free_ends_the_dispute_and_the_lost_one_stays_known(
        self, accounts: StoreOfCases
    ) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        mended = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
        accounts.carry_out(SignIn(loser), mended)
        assert there(accounts.get(loser)) == Account(loser, (mended,), (OTHER_NATIONAL_ID,), (NATIONAL_ID,))
        assert not accounts.disputes()

    def test_a_sign_in_that_was_accepted_before_the_number_went_does_not_end_the_dispute(
        self, accounts: StoreOfCases
    ) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Create(takes_from=loser), OWNER)
        for late in (BY_MYEGOV, replace(BY_MYEGOV, national_id=None)):
            with pytest.raises(AccountConflict):
                accounts.carry_out(SignIn(loser), late)
        assert there(accounts.get(loser)).identities == (DISPUTED,)

    def test_a_number_that_comes_back_is_lost_no_more(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), replace(OWNER, assurance=Assurance.DECLARED))
        proven = replace(BY_MYEGOV, assurance=Assurance.VERIFIED)
        accounts.carry_out(SignIn(loser, takes_from=taker), proven)
        assert there(accounts.get(loser)) == Account(loser, (proven,), (NATIONAL_ID,), proven=ITS_OWN)
        assert [dispute.account for dispute in accounts.disputes()] == [taker]

    def test_a_released_account_is_clean_and_has_no_number_and_the_owner_keeps_it(self, accounts: StoreOfCases) -> None:
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
