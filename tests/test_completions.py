"""Whether a completed course counts: the verdict of the moment of learning, and what may still come after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import (
    Assurance,
    Authority,
    AuthorityReport,
    FirstLogin,
    Identity,
    Kind,
    Learner,
    NationalId,
    Reason,
    Text,
    Verdict,
    assess_completion,
)
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID
from internals import AUTHORITIES, ENVIRONMENTAL, LIFELONG, Create, NumberState, SignIn, UnknownKind, assess

OLD = NationalId.parse("AB12345677", on=date(2030, 12, 31))
NEW = NationalId.parse("A812345671")
WITHOUT_ID = replace(BY_MYEGOV, national_id=None, assurance=Assurance.NONE)
WRONG_ID = replace(WITHOUT_ID, national_id_invalid=True)
WITHOUT_NAME = replace(BY_MYEGOV, name=None, assurance=Assurance.NONE)
OFFICIAL = replace(BY_MYEGOV, kind=Kind.CIVIL_SERVANT)
OF_UNKNOWN_KIND = replace(BY_MYEGOV, kind=Kind.UNKNOWN)
#: As the same subject, whose account now has somebody else's number: no store of ours lets it come to this.
STRANGER = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
DONE = datetime(2026, 3, 1, 9, tzinfo=UTC)
NURSING = Authority("nursing", Text("Nursing", "護理"))

Codes = tuple[str, ...]
UPLOADABLE, HELD, REFUSED = Verdict.UPLOADABLE, Verdict.HELD, Verdict.REFUSED
NOT_MEANT = (Verdict.NOT_APPLICABLE, ("not_civil_servant",))


def said(report: AuthorityReport) -> tuple[Verdict, Codes]:
    return report.verdict, tuple(reason.code for reason in report.reasons)


@pytest.mark.parametrize(
    ("then", "now", "authority", "verdict", "reasons"),
    [
        pytest.param(BY_GOOGLE, [BY_GOOGLE], ENVIRONMENTAL, REFUSED, ("social_identity",), id="social"),
        pytest.param(
            BY_GOOGLE, [BY_ECPA], LIFELONG, REFUSED, ("social_identity",), id="social, in an account that is official"
        ),
        pytest.param(BY_GOOGLE, [], LIFELONG, REFUSED, ("social_identity",), id="social, and the account is empty"),
        pytest.param(BY_ECPA, [BY_ECPA], LIFELONG, UPLOADABLE, (), id="eCPA, as it still is"),
        pytest.param(BY_MYEGOV, [WITHOUT_ID], ENVIRONMENTAL, UPLOADABLE, (), id="met then, and no longer today"),
        pytest.param(OFFICIAL, [BY_MYEGOV], LIFELONG, UPLOADABLE, (), id="official then, general today"),
        pytest.param(BY_MYEGOV, [], ENVIRONMENTAL, UPLOADABLE, (), id="met then, and the account is empty"),
        pytest.param(WITHOUT_ID, [WITHOUT_ID], ENVIRONMENTAL, HELD, ("no_national_id",), id="nothing changed"),
        pytest.param(WITHOUT_ID, [BY_MYEGOV], ENVIRONMENTAL, UPLOADABLE, (), id="the ID arrived"),
        pytest.param(WITHOUT_ID, [BY_MYEGOV], LIFELONG, *NOT_MEANT, id="the ID alone is not enough"),
        pytest.param(WITHOUT_ID, [WRONG_ID], ENVIRONMENTAL, HELD, ("invalid_national_id",), id="a wrong ID arrived"),
        pytest.param(WRONG_ID, [BY_MYEGOV], ENVIRONMENTAL, UPLOADABLE, (), id="the ID was corrected"),
        pytest.param(WITHOUT_NAME, [BY_MYEGOV], ENVIRONMENTAL, UPLOADABLE, (), id="the name arrived"),
        pytest.param(BY_MYEGOV, [OFFICIAL], LIFELONG, UPLOADABLE, (), id="the account was converted"),
        pytest.param(OF_UNKNOWN_KIND, [OFFICIAL], LIFELONG, UPLOADABLE, (), id="the kind was confirmed"),
        pytest.param(BY_MYEGOV, [BY_MYEGOV, BY_ECPA], LIFELONG, UPLOADABLE, (), id="eCPA of the same ID was joined"),
        pytest.param(
            WITHOUT_ID, [WITHOUT_ID, BY_ECPA], LIFELONG, UPLOADABLE, (), id="joined while the ID was there, gone since"
        ),
        pytest.param(BY_MYEGOV, [BY_ECPA], LIFELONG, UPLOADABLE, (), id="left since, and eCPA has the same ID"),
        pytest.param(WITHOUT_ID, [BY_ECPA], LIFELONG, *NOT_MEANT, id="nothing binds the two"),
        pytest.param(WITHOUT_ID, [], ENVIRONMENTAL, HELD, ("no_national_id",), id="held, and the account is empty"),
        pytest.param(
            WITHOUT_ID, [BY_GOOGLE], ENVIRONMENTAL, HELD, ("no_national_id",), id="held, and the account is social"
        ),
        pytest.param(
            replace(BY_MYEGOV, name=None), [STRANGER], ENVIRONMENTAL, HELD, ("no_name",), id="another number meanwhile"
        ),
        pytest.param(
            BY_MYEGOV,
            [BY_MYEGOV, replace(BY_ECPA, national_id=OTHER_NATIONAL_ID)],
            LIFELONG,
            *NOT_MEANT,
            id="joined with another number",
        ),
        pytest.param(
            replace(BY_MYEGOV, national_id=OLD, name=None),
            [replace(BY_MYEGOV, national_id=NEW)],
            ENVIRONMENTAL,
            UPLOADABLE,
            (),
            id="the law changed the number",
        ),
        pytest.param(
            replace(BY_MYEGOV, national_id=NEW, name=None),
            [replace(BY_MYEGOV, national_id=OLD)],
            ENVIRONMENTAL,
            HELD,
            ("no_name",),
            id="the law never changes it back",
        ),
    ],
)
def test_a_completion_counts_by_who_learnt_and_by_what_that_person_showed_since(
    then: Identity, now: list[Identity], authority: Authority, verdict: Verdict, reasons: Codes
) -> None:
    assert said(assess_completion(then, now, authority)) == (verdict, reasons)


# --- while it is in doubt whose the number is ---

DISPUTED = replace(BY_MYEGOV, national_id=None, number_state=NumberState.DISPUTED)
REVIEWED = replace(BY_MYEGOV, number_state=NumberState.UNDER_REVIEW)
OF_ECPA = replace(BY_ECPA, kind=Kind.GENERAL)
OTHER = replace(BY_MYEGOV, national_id=OTHER_NATIONAL_ID)
IN_DISPUTE, IN_REVIEW = (HELD, ("number_disputed",)), (HELD, ("national_id_under_review",))
COUNTS = (UPLOADABLE, ())
N, M = NATIONAL_ID, OTHER_NATIONAL_ID


@pytest.mark.parametrize(
    ("then", "now", "claimed", "lost", "expected"),
    [
        pytest.param(BY_MYEGOV, [DISPUTED], (), (N,), IN_DISPUTE, id="the number was lost"),
        pytest.param(BY_MYEGOV, [DISPUTED], (), (), IN_DISPUTE, id="the same, as a store without a history tells it"),
        pytest.param(BY_MYEGOV, [WITHOUT_ID], (), (N,), IN_DISPUTE, id="lost, and released since"),
        pytest.param(BY_MYEGOV, [OTHER], (M,), (N,), IN_DISPUTE, id="lost, and another number came since"),
        pytest.param(BY_MYEGOV, [], (), (N,), IN_DISPUTE, id="lost, and the account is empty"),
        pytest.param(WITHOUT_NAME, [DISPUTED], (), (N,), IN_DISPUTE, id="lost, and a name was missing too"),
        pytest.param(BY_MYEGOV, [BY_MYEGOV], (N,), (), COUNTS, id="it came back"),
        pytest.param(BY_MYEGOV, [DISPUTED], (N,), (M,), COUNTS, id="disputed for another number than this one"),
        pytest.param(DISPUTED, [DISPUTED], (), (N,), IN_DISPUTE, id="learnt while it was disputed"),
        pytest.param(DISPUTED, [OTHER], (M,), (N,), COUNTS, id="learnt then, and a number of their own came since"),
        pytest.param(BY_MYEGOV, [REVIEWED], (N,), (), IN_REVIEW, id="learnt before the number came under review"),
        pytest.param(REVIEWED, [REVIEWED], (N,), (), IN_REVIEW, id="learnt under review"),
        pytest.param(REVIEWED, [BY_MYEGOV], (N,), (), COUNTS, id="the old number counts again"),
        pytest.param(REVIEWED, [OTHER], (N, M), (), COUNTS, id="the new number was accepted"),
        pytest.param(REVIEWED, [OTHER], (M,), (), IN_REVIEW, id="another number, and nothing says of whom"),
        pytest.param(BY_MYEGOV, [OTHER], (N, M), (), COUNTS, id="met then, and another was accepted since"),
        pytest.param(OF_ECPA, [REVIEWED, OF_ECPA], (N,), (), COUNTS, id="another identity carries it without a doubt"),
        pytest.param(BY_MYEGOV, [REVIEWED, OF_ECPA], (N,), (), COUNTS, id="the same, learnt under the other one"),
        pytest.param(OF_ECPA, [REVIEWED], (N,), (), IN_REVIEW, id="only the reviewed one carries it"),
        pytest.param(
            BY_MYEGOV,
            [replace(WITHOUT_ID, number_state=NumberState.UNDER_REVIEW)],
            (N,),
            (),
            IN_REVIEW,
            id="under review without a number",
        ),
        pytest.param(BY_GOOGLE, [REVIEWED], (N,), (N,), (REFUSED, ("social_identity",)), id="social stays refused"),
    ],
)
def test_a_number_in_doubt_holds_what_was_learnt_under_it(
    then: Identity,
    now: list[Identity],
    claimed: tuple[NationalId, ...],
    lost: tuple[NationalId, ...],
    expected: tuple[Verdict, Codes],
) -> None:
    found = assess_completion(then, now, ENVIRONMENTAL, claimed=claimed, lost=lost)
    assert said(found) == expected


def test_what_only_a_doubt_holds_is_held_for_however_long_since_nothing_was_missing() -> None:
    late = {"completed_at": DONE, "now": DONE + timedelta(days=9999), "hold_days": 0}
    assert said(assess_completion(BY_MYEGOV, [REVIEWED], ENVIRONMENTAL, **late)) == IN_REVIEW  # type: ignore[arg-type]  # by name
    assert said(assess_completion(BY_MYEGOV, [], ENVIRONMENTAL, lost=(N,), **late)) == IN_DISPUTE  # type: ignore[arg-type]  # by name


# --- how long it is held ---


@pytest.mark.parametrize(
    ("after", "hold_days", "verdict", "reasons"),
    [
        (timedelta(days=30), 30, HELD, ("no_national_id",)),
        (timedelta(days=30, microseconds=1), 30, REFUSED, ("hold_expired",)),
        (timedelta(days=36_500), None, HELD, ("no_national_id",)),
        (timedelta(), 0, HELD, ("no_national_id",)),
        (timedelta(seconds=1), 0, REFUSED, ("hold_expired",)),
        (timedelta(seconds=-1), 0, HELD, ("no_national_id",)),
    ],
)
def test_what_is_missing_may_be_supplied_as_long_as_the_portal_holds_it(
    after: timedelta, hold_days: int | None, verdict: Verdict, reasons: Codes
) -> None:
    found = assess_completion(
        WITHOUT_ID, [WITHOUT_ID], ENVIRONMENTAL, completed_at=DONE, now=DONE + after, hold_days=hold_days
    )
    assert said(found) == (verdict, reasons)


@pytest.mark.parametrize(
    ("then", "expected"),
    [
        (WITHOUT_ID, (REFUSED, ("hold_expired",))),
        (BY_MYEGOV, (UPLOADABLE, ())),
        (BY_GOOGLE, (REFUSED, ("social_identity",))),
    ],
    ids=["held", "met", "social"],
)
def test_once_its_time_is_over_a_held_completion_is_not_released_and_the_others_stay_as_they_were(
    then: Identity, expected: tuple[Verdict, Codes]
) -> None:
    late = DONE + timedelta(days=8)
    found = assess_completion(then, [BY_MYEGOV, BY_ECPA], ENVIRONMENTAL, completed_at=DONE, now=late, hold_days=7)
    assert said(found) == expected


def test_what_was_not_meant_for_the_account_is_released_to_a_civil_servant_in_time_and_is_never_missed_by_others() -> (
    None
):
    for now, days, expected in (
        ([BY_MYEGOV], 30, NOT_MEANT),
        ([OFFICIAL], 30, (UPLOADABLE, ())),
        ([OFFICIAL], 7, NOT_MEANT),
        ([BY_MYEGOV], 7, NOT_MEANT),
    ):
        late = DONE + timedelta(days=8)
        assert (
            said(assess_completion(BY_MYEGOV, now, LIFELONG, completed_at=DONE, now=late, hold_days=days)) == expected
        )


def test_the_times_may_be_told_in_any_time_zone() -> None:
    taipei = DONE.astimezone(BY_ECPA.signed_in_at.tzinfo)
    for end, expected in ((timedelta(days=1), HELD), (timedelta(days=1, seconds=1), REFUSED)):
        found = assess_completion(WITHOUT_ID, [], ENVIRONMENTAL, completed_at=taipei, now=DONE + end, hold_days=1)
        assert found.verdict is expected


@pytest.mark.parametrize(
    ("completed_at", "now"),
    [(None, None), (DONE, None), (None, DONE), (DONE.replace(tzinfo=None), DONE), (DONE, DONE.replace(tzinfo=None))],
)
def test_a_time_limit_without_two_aware_times_is_a_mistake_that_is_told(
    completed_at: datetime | None, now: datetime | None
) -> None:
    with pytest.raises(ValueError, match="both aware"):
        assess_completion(WITHOUT_ID, [], ENVIRONMENTAL, completed_at=completed_at, now=now, hold_days=1)


# --- the host's own ---


def test_a_rule_of_the_host_holds_a_completion_under_its_own_code_and_is_never_asked_about_a_social_one() -> None:
    asked: list[str] = []

    def licence(learner: Learner) -> Reason | None:
        asked.append(learner.identity.provider)
        return Reason("no_licence", Text("No licence.", "沒有執照。"))

    found = assess_completion(BY_MYEGOV, [BY_MYEGOV], NURSING, [licence])
    assert said(found) == (HELD, ("host_rule:no_licence",))
    asked.clear()
    assert said(assess_completion(BY_GOOGLE, [BY_ECPA], NURSING, [licence])) == (REFUSED, ("social_identity",))
    assert asked == []


@pytest.mark.parametrize(
    ("unknown_kind", "expected"),
    [
        (UnknownKind.ALLOW, (UPLOADABLE, ())),
        (UnknownKind.DENY, NOT_MEANT),
        (UnknownKind.ASK, (HELD, ("kind_unconfirmed",))),
    ],
)
def test_the_portal_says_what_an_unknown_kind_means(unknown_kind: UnknownKind, expected: tuple[Verdict, Codes]) -> None:
    found = assess_completion(OF_UNKNOWN_KIND, [OF_UNKNOWN_KIND], LIFELONG, unknown_kind=unknown_kind)
    assert said(found) == expected


# --- what holds for all ---

governments = st.builds(
    lambda one, **facts: replace(one, **facts),
    st.sampled_from([BY_ECPA, BY_MYEGOV]),
    national_id=st.sampled_from([None, NATIONAL_ID, OTHER_NATIONAL_ID, OLD, NEW]),
    name=st.sampled_from([None, "王小明", "𪚥"]),
    kind=st.sampled_from(Kind),
    assurance=st.sampled_from(Assurance),
)
socials = st.sampled_from([BY_GOOGLE, replace(BY_GOOGLE, provider="apple", issuer="https://appleid.apple.com")])
accounts = st.lists(governments | socials, max_size=3)


@given(socials, accounts, st.sampled_from(AUTHORITIES), st.sampled_from(UnknownKind))
def test_nothing_that_an_account_becomes_brings_back_what_was_learnt_under_a_social_identity(
    then: Identity, now: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    found = assess_completion(then, now, authority, unknown_kind=unknown_kind)
    assert said(found) == (REFUSED, ("social_identity",))


@given(governments, accounts, st.sampled_from(AUTHORITIES))
def test_what_counts_today_or_counted_then_is_never_the_number_of_somebody_else(
    then: Identity, now: list[Identity], authority: Authority
) -> None:
    found = assess_completion(then, now, authority)
    counted_then = assess([then], [authority])[authority.key].uploadable
    alone = [assess([one], [authority])[authority.key].uploadable for one in now if one.national_id == then.national_id]
    lawful = any(then.national_id == OLD and one.national_id == NEW for one in now)
    arrived = then.national_id is None and any(one.national_id is not None for one in now)
    assert found.verdict is not REFUSED
    assert found.uploadable <= (counted_then or any(alone) or lawful or arrived)


@given(governments, accounts, st.sampled_from(AUTHORITIES))
def test_a_completion_that_counted_when_it_was_learnt_counts_for_ever(
    then: Identity, now: list[Identity], authority: Authority
) -> None:
    met = replace(then, national_id=NATIONAL_ID, name="王小明", kind=Kind.CIVIL_SERVANT, assurance=Assurance.VERIFIED)
    late = DONE + timedelta(days=9999)
    assert said(assess_completion(met, now, authority, completed_at=DONE, now=late, hold_days=0)) == (UPLOADABLE, ())


# --- in a portal ---


@pytest.fixture
def first_login() -> FirstLogin:
    return FirstLogin(accounts=MemoryAccounts())


def portal(first_login: FirstLogin, **settings: object) -> Flask:
    app = Flask("portal")
    app.config.update(settings)
    first_login.init_app(app)
    return app


def test_a_portal_asks_by_account_with_its_own_rules_and_settings(first_login: FirstLogin) -> None:
    first_login.hours_rule(lambda learner: None)
    account_id = first_login.accounts.carry_out(Create(), WITHOUT_ID)
    ten_days_ago = datetime.now(UTC) - timedelta(days=10)
    with portal(first_login, FIRST_LOGIN_HOLD_DAYS=30).app_context():
        before = first_login.completion(WITHOUT_ID, account_id, "environmental", ten_days_ago)
        first_login.accounts.carry_out(SignIn(account_id), BY_MYEGOV)
        after = first_login.completion(WITHOUT_ID, account_id, "environmental", ten_days_ago)
    assert [said(before), said(after)] == [(HELD, ("no_national_id",)), (UPLOADABLE, ())]
    with portal(first_login, FIRST_LOGIN_HOLD_DAYS=9).app_context():
        late = first_login.completion(WITHOUT_ID, account_id, "environmental", ten_days_ago)
    assert said(late) == (REFUSED, ("hold_expired",))


def test_a_portal_holds_for_ever_unless_it_says_how_long(first_login: FirstLogin) -> None:
    account_id = first_login.accounts.carry_out(Create(), WITHOUT_ID)
    with portal(first_login).app_context():
        found = first_login.completion(WITHOUT_ID, account_id, "teacher", datetime(1990, 1, 1, tzinfo=UTC))
    assert said(found) == (HELD, ("no_national_id",))


def test_an_account_or_an_authority_that_is_not_there_is_told(first_login: FirstLogin) -> None:
    account_id = first_login.accounts.carry_out(Create(), BY_ECPA)
    with portal(first_login).app_context():
        with pytest.raises(LookupError, match="account 'gone'"):
            first_login.completion(BY_ECPA, "gone", "teacher", DONE)
        with pytest.raises(LookupError, match="authority 'nursing'"):
            first_login.completion(BY_ECPA, account_id, "nursing", DONE)
