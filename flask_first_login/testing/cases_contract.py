"""The suite for a store that also keeps what is in doubt: see `flask_first_login.accounts.NumberCases`."""

from __future__ import annotations

from dataclasses import replace

from ..identity import Assurance, Identity
from ..linking import Create, IdChange, Link, SignIn, decide
from .disputes_contract import DisputesContract
from .identities import (
    BY_ECPA,
    BY_MYEGOV,
    OTHER_NATIONAL_ID,
    OWNER,
    StoreOfCases,
    there_is,
)
from .proven_numbers_contract import ProvenNumbersContract
from .reviews_contract import ReviewsContract


class NumberCasesContract(DisputesContract, ProvenNumbersContract, ReviewsContract):
    """What every store must do that has the methods of `NumberCases`, beside the whole of `AccountsContract`."""

    def test_what_the_store_keeps_leads_to_the_same_again_until_it_is_settled(self, accounts: StoreOfCases) -> None:
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
