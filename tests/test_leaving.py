"""Who may give up a way to sign in: the whole table, and that nobody loses hours or the account by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import Account, Assurance, HoursReport, Identity, Kind, Learner, NationalId, Reason, Text
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import AUTHORITIES, Leave, Stay, Staying, assess, decide_unlink

OFFICIAL = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
SECOND = replace(BY_MYEGOV, subject="second")
WITHOUT_ID = replace(BY_MYEGOV, national_id=None, assurance=Assurance.NONE)
WITHOUT_NAME = replace(BY_MYEGOV, name=None)
OLD = replace(BY_MYEGOV, subject="old", national_id=NationalId.parse("AB12345677", on=date(2030, 12, 31)))


def hours(account: Account) -> HoursReport:
    return assess(account.identities)


def decided(leaving: Identity, *identities: Identity) -> str:
    """``leave``, or why the identity stays."""
    account = Account("a", identities)
    match decide_unlink(account, leaving.issuer, leaving.subject, hours):
        case Leave(account=of, identity=identity):
            assert (of, identity) == (account, leaving)
            return "leave"
        case Stay(why=why):
            return why


@pytest.mark.parametrize(
    ("leaving", "identities", "expected"),
    [
        pytest.param(BY_ECPA, (BY_ECPA,), "last_identity", id="the only one"),
        pytest.param(BY_GOOGLE, (BY_GOOGLE,), "last_identity", id="a social account has one"),
        pytest.param(WITHOUT_ID, (WITHOUT_ID,), "last_identity", id="the only one, and it carries nothing"),
        pytest.param(BY_MYEGOV, (BY_ECPA,), "not_of_this_account", id="another's"),
        pytest.param(BY_MYEGOV, (), "not_of_this_account", id="an account without any"),
        pytest.param(BY_MYEGOV, (BY_ECPA, BY_MYEGOV), "leave", id="eCPA carries all that MyEGov does"),
        pytest.param(BY_ECPA, (BY_ECPA, BY_MYEGOV), "carries_hours", id="eCPA alone makes a civil servant"),
        pytest.param(BY_ECPA, (BY_ECPA, OFFICIAL), "leave", id="MyEGov is official too"),
        pytest.param(BY_MYEGOV, (BY_MYEGOV, SECOND), "leave", id="two of one provider"),
        pytest.param(WITHOUT_ID, (BY_ECPA, WITHOUT_ID), "leave", id="one without an ID"),
        pytest.param(BY_ECPA, (BY_ECPA, WITHOUT_ID), "carries_hours", id="the one with the ID"),
        pytest.param(WITHOUT_NAME, (WITHOUT_NAME, WITHOUT_ID), "carries_hours", id="an ID, though no hours yet"),
        pytest.param(WITHOUT_NAME, (WITHOUT_NAME, BY_ECPA), "leave", id="an ID that another has, and no name"),
        pytest.param(OLD, (OLD, BY_MYEGOV), "carries_hours", id="a number of its own, which the law changed"),
    ],
)
def test_an_identity_leaves_unless_hours_or_the_account_would_go_with_it(
    leaving: Identity, identities: tuple[Identity, ...], expected: str
) -> None:
    assert decided(leaving, *identities) == expected


def test_a_rule_of_the_host_may_make_an_identity_carry_hours() -> None:
    def at_myegov_only(learner: Learner) -> Reason | None:
        wrong = Reason("elsewhere", Text("Elsewhere.", "別處。"))
        return {"myegov": None}.get(learner.identity.provider, wrong)

    account = Account("a", (BY_ECPA, BY_MYEGOV))
    found = decide_unlink(
        account, BY_MYEGOV.issuer, BY_MYEGOV.subject, lambda one: assess(one.identities, AUTHORITIES, [at_myegov_only])
    )
    assert found == Stay(Staying.CARRIES_HOURS)


identities = st.builds(
    lambda one, **facts: replace(one, **facts),
    st.sampled_from([BY_ECPA, BY_MYEGOV, SECOND]),
    national_id=st.sampled_from([None, NATIONAL_ID, OTHER_NATIONAL_ID]),
    name=st.sampled_from([None, "王小明"]),
    kind=st.sampled_from(Kind),
    assurance=st.sampled_from(Assurance),
)


@given(st.lists(identities, max_size=4, unique_by=lambda one: (one.issuer, one.subject)), st.integers(0, 3))
def test_who_lets_one_leave_keeps_the_account_every_number_and_every_verdict(held: list[Identity], place: int) -> None:
    account = Account("a", tuple(held))
    for leaving in held[place : place + 1]:
        found = decide_unlink(account, leaving.issuer, leaving.subject, hours)
        after = [one for one in held if one is not leaving or isinstance(found, Stay)]
        assert after
        assert {one.national_id for one in held} - {None} <= {one.national_id for one in after}
        assert set(hours(account).uploadable) <= set(assess(after).uploadable)
