"""The suite for numbers that were once proven: they stay so, however their owner signs in later."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from ..accounts import Rekeys
from ..accounts.admission import admit
from ..accounts.records import Judgement, Known, Presented
from ..errors import AccountConflict
from ..identity import Account, Assurance, Identity
from ..linking import Create, IdChange, Link, SignIn
from .identities import (
    BY_ECPA,
    BY_MYEGOV,
    CHANGED,
    ITS_OWN,
    NATIONAL_ID,
    OTHER_NATIONAL_ID,
    OWNER,
    PROVEN,
    WITHOUT,
    StoreOfCases,
    at_once,
    only_review,
    there,
)


def _refreshing(identity: Identity, account_id: str, known: Known) -> Judgement:
    return Judgement(identity, SignIn(account_id))


class ProvenNumbersContract:
    """What a store remembers of who proved a number."""

    @pytest.mark.parametrize("first", [None, WITHOUT, BY_MYEGOV], ids=["new", "without a number", "typed"])
    @pytest.mark.parametrize("since", [BY_MYEGOV, WITHOUT], ids=["by password", "without the number"])
    def test_a_number_that_was_once_proven_stays_so_and_nobody_takes_it(
        self, accounts: StoreOfCases, first: Identity | None, since: Identity
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
        self, accounts: StoreOfCases
    ) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(Link(account_id), BY_ECPA)
        account = there(accounts.get(account_id))
        assert account.proven == ITS_OWN
        accounts.leave(account, BY_ECPA)
        assert there(accounts.get(account_id)) == Account(account_id, (BY_MYEGOV,), (NATIONAL_ID,), proven=ITS_OWN)
        with pytest.raises(AccountConflict):
            accounts.carry_out(Create(takes_from=account_id), OWNER)

    def test_what_is_only_typed_is_never_proven_however_often_and_whatever_else_is(
        self, accounts: StoreOfCases
    ) -> None:
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

    def test_a_number_is_proven_by_who_takes_it_only_if_they_prove_it(self, accounts: StoreOfCases) -> None:
        loser = accounts.carry_out(Create(), BY_MYEGOV)
        taker = accounts.carry_out(Create(takes_from=loser), replace(OWNER, assurance=Assurance.DECLARED))
        assert [there(accounts.get(account_id)).proven for account_id in (loser, taker)] == [frozenset()] * 2

    @pytest.mark.parametrize("sent", [Assurance.DECLARED, Assurance.VERIFIED], ids=lambda level: level.name)
    def test_a_review_that_is_accepted_proves_the_number_as_far_as_the_sign_in_that_brought_it(
        self, accounts: StoreOfCases, sent: Assurance
    ) -> None:
        account_id = accounts.carry_out(Create(), PROVEN)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=sent))
        assert there(accounts.get(account_id)).proven == ITS_OWN
        accounts.settle_review(only_review(accounts).id, accept=True)
        new = {OTHER_NATIONAL_ID} if sent is Assurance.VERIFIED else set()
        assert there(accounts.get(account_id)).proven == ITS_OWN | new

    def test_a_number_that_its_holder_once_proved_goes_to_no_review(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        accounts.carry_out(SignIn(account_id, IdChange.REVIEW), replace(CHANGED, assurance=Assurance.VERIFIED))
        theirs = replace(OWNER, national_id=OTHER_NATIONAL_ID)
        holder = accounts.carry_out(Create(), theirs)
        accounts.carry_out(SignIn(holder), replace(theirs, assurance=Assurance.DECLARED))
        with pytest.raises(AccountConflict, match=holder):
            accounts.settle_review(only_review(accounts).id, accept=True)
        assert there(accounts.holder_of(OTHER_NATIONAL_ID)).id == holder

    def test_a_sign_in_that_is_done_whole_tells_what_is_proven_from_then_on(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), BY_MYEGOV)
        for seen in (BY_MYEGOV, PROVEN, BY_MYEGOV, WITHOUT):
            presented = Presented(seen.issuer, (seen.subject,), seen.national_id)
            admission = admit(accounts, presented, partial(_refreshing, seen, account_id), None)
            assert admission.account == accounts.get(account_id)
        assert there(accounts.get(account_id)).proven == ITS_OWN

    def test_a_proven_number_stays_so_under_another_key_of_its_identity(self, accounts: StoreOfCases) -> None:
        account_id = accounts.carry_out(Create(), PROVEN)
        accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        if isinstance(accounts, Rekeys):
            accounts.rekey(account_id, BY_MYEGOV.issuer, BY_MYEGOV.subject, "anew")
        assert there(accounts.get(account_id)).proven == ITS_OWN

    def test_of_who_takes_and_who_proves_and_comes_back_by_password_at_once_one_has_the_number(
        self, accounts: StoreOfCases
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
