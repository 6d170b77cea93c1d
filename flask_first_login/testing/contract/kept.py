"""What a store remembers besides accounts: what was used once, and the verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from ...accounts import Accounts, VerdictChange
from ...hours import AUTHORITIES, Verdict, assess
from ...linking import Create
from .given import AT_ONCE, BY_ECPA, BY_GOOGLE, BY_MYEGOV, at_once


class OfWhatIsKept:
    """A digest is used once; a verdict is a change only when it differs from the last one."""

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
        outcomes = at_once(lambda _: accounts.use_once(digest, until))
        assert sorted(outcomes, key=str) == [False] * (AT_ONCE - 1) + [True]

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
        outcomes = at_once(lambda _: accounts.remember(account_id, assess([BY_GOOGLE])))
        assert [one for one in outcomes if one] == [
            tuple(VerdictChange(one.key, None, Verdict.REFUSED) for one in AUTHORITIES)
        ]
