"""Whose hours may be sent to which authority: the whole table, and what a host may change of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flask_first_login import (
    Assurance,
    Authority,
    AuthorityReport,
    HoursReport,
    Identity,
    Kind,
    Learner,
    NationalId,
    Reason,
    Remedy,
    Requirements,
    Standing,
    Text,
    Verdict,
)
from flask_first_login.flow import SOCIAL_WARNING, STANDARD
from internals import AUTHORITIES, ENVIRONMENTAL, LIFELONG, REASONS, TEACHER, IdKind, NumberState, UnknownKind, assess

CITIZEN = NationalId.parse("A123456789")
RESIDENT = NationalId.parse("A800000014")
OLD_RESIDENT = NationalId.parse("AC12345679", on=date(2026, 1, 1))


def identity(provider: str, **facts: Any) -> Identity:
    return Identity(
        **{
            "provider": provider,
            "issuer": f"https://{provider}.example",
            "subject": "1",
            "standing": Standing.GOVERNMENT,
            "kind": Kind.GENERAL,
            "assurance": Assurance.DECLARED,
            "signed_in_at": datetime(2026, 9, 1, tzinfo=UTC),
            "name": "王小明",
            "national_id": CITIZEN,
            **facts,
        }
    )


def ecpa(**facts: Any) -> Identity:
    return identity("ecpa", **{"kind": Kind.CIVIL_SERVANT, "assurance": Assurance.VERIFIED, **facts})


def myegov(**facts: Any) -> Identity:
    return identity("myegov", **facts)


def social(provider: str = "google", **facts: Any) -> Identity:
    nobody = {"kind": Kind.UNKNOWN, "assurance": Assurance.NONE, "national_id": None}
    return identity(provider, **{"standing": Standing.SOCIAL, **nobody, **facts})


NO_ID = {"national_id": None, "assurance": Assurance.NONE}
BAD_ID = {**NO_ID, "national_id_invalid": True}
NO_NAME = {"name": None, "assurance": Assurance.NONE}
CIVIL = {"kind": Kind.CIVIL_SERVANT}
UNKNOWN = {"kind": Kind.UNKNOWN}
REVIEWED: dict[str, Any] = {"number_state": NumberState.UNDER_REVIEW}
LOST: dict[str, Any] = {"number_state": NumberState.DISPUTED, "national_id": None}

Codes = tuple[str, ...]


def codes(report: AuthorityReport) -> Codes:
    return tuple(reason.code for reason in report.reasons)


# --- the table ---


@pytest.mark.parametrize(
    ("who", "lifelong", "environmental_and_teacher", "certificate_shows_id"),
    [
        pytest.param(ecpa(), (), (), True, id="ecpa"),
        pytest.param(ecpa(national_id=None), ("no_national_id",), ("no_national_id",), False, id="ecpa without an ID"),
        pytest.param(
            ecpa(national_id=None, national_id_invalid=True),
            ("invalid_national_id",),
            ("invalid_national_id",),
            False,
            id="ecpa with an invalid ID",
        ),
        pytest.param(ecpa(name=None), ("no_name",), ("no_name",), False, id="ecpa without a name"),
        pytest.param(myegov(**CIVIL), (), (), True, id="official"),
        pytest.param(
            myegov(**CIVIL, **NO_ID),
            ("no_national_id",),
            ("no_national_id",),
            False,
            id="official without an ID",
        ),
        pytest.param(
            myegov(assurance=Assurance.VERIFIED), ("not_civil_servant",), (), True, id="myegov general with certificate"
        ),
        pytest.param(myegov(), ("not_civil_servant",), (), True, id="myegov general with name and ID"),
        pytest.param(
            myegov(**NO_ID),
            ("not_civil_servant",),
            ("no_national_id",),
            False,
            id="myegov general without an ID",
        ),
        pytest.param(
            myegov(**BAD_ID),
            ("not_civil_servant",),
            ("invalid_national_id",),
            False,
            id="myegov general with an invalid ID",
        ),
        pytest.param(
            myegov(**NO_NAME), ("not_civil_servant",), ("no_name",), False, id="myegov general without a name"
        ),
        pytest.param(
            myegov(name=None, **NO_ID),
            ("not_civil_servant",),
            ("no_national_id", "no_name"),
            False,
            id="myegov general with nothing",
        ),
        pytest.param(
            ecpa(**REVIEWED), ("national_id_under_review",), ("national_id_under_review",), False, id="review"
        ),
        pytest.param(
            ecpa(**REVIEWED, **NO_NAME),
            ("national_id_under_review", "no_name"),
            ("national_id_under_review", "no_name"),
            False,
            id="review, without a name",
        ),
        pytest.param(
            myegov(**REVIEWED, **NO_ID),
            ("not_civil_servant",),
            ("national_id_under_review",),
            False,
            id="review of an account that has no number any more",
        ),
        pytest.param(
            ecpa(**LOST), ("number_disputed",), ("number_disputed",), False, id="ecpa whose number is another account's"
        ),
        pytest.param(
            myegov(**LOST, national_id_invalid=True),
            ("not_civil_servant",),
            ("number_disputed",),
            False,
            id="disputed, and what came since is no number",
        ),
        pytest.param(myegov(**UNKNOWN), ("kind_unconfirmed",), (), True, id="myegov of unknown kind"),
        pytest.param(
            myegov(**UNKNOWN, **NO_ID),
            ("no_national_id", "kind_unconfirmed"),
            ("no_national_id",),
            False,
            id="myegov of unknown kind without an ID",
        ),
    ],
)
def test_a_government_identity_is_uploadable_or_held_or_not_concerned_and_told_why(
    who: Identity, lifelong: Codes, environmental_and_teacher: Codes, certificate_shows_id: bool
) -> None:
    verdicts: dict[Codes, Verdict] = {(): Verdict.UPLOADABLE, ("not_civil_servant",): Verdict.NOT_APPLICABLE}

    report = assess([who])

    assert {key: codes(one) for key, one in report.items()} == {
        "lifelong": lifelong,
        "environmental": environmental_and_teacher,
        "teacher": environmental_and_teacher,
    }
    assert {one.verdict for one in report.values()} == {
        verdicts.get(lifelong, Verdict.HELD),
        verdicts.get(environmental_and_teacher, Verdict.HELD),
    }
    assert all(one.uploadable == (not one.reasons) for one in report.values())
    assert report.certificate_shows_id is certificate_shows_id


@pytest.mark.parametrize("provider", ["facebook", "google", "apple"])
@pytest.mark.parametrize("authority", AUTHORITIES, ids=lambda authority: authority.key)
def test_a_social_identity_is_refused_with_that_reason_alone(provider: str, authority: Authority) -> None:
    report = assess([social(provider, name=None)], [authority])

    assert report[authority.key] == AuthorityReport(authority, Verdict.REFUSED, (REASONS["social_identity"],))
    assert not report.certificate_shows_id
    assert report.uploadable == ()


@pytest.mark.parametrize("authority", AUTHORITIES, ids=lambda authority: authority.key)
def test_an_account_without_any_identity_is_held_for_want_of_an_id(authority: Authority) -> None:
    report = assess([], [authority])

    assert report[authority.key] == AuthorityReport(authority, Verdict.HELD, (REASONS["no_national_id"],))
    assert not report.certificate_shows_id


@pytest.mark.parametrize(
    ("unknown_kind", "expected"),
    [(UnknownKind.ALLOW, ()), (UnknownKind.DENY, ("not_civil_servant",)), (UnknownKind.ASK, ("kind_unconfirmed",))],
)
def test_a_setting_says_what_an_unknown_kind_means_to_an_authority_for_civil_servants(
    unknown_kind: UnknownKind, expected: Codes
) -> None:
    report = assess([myegov(**UNKNOWN)], unknown_kind=unknown_kind)

    assert codes(report["lifelong"]) == expected
    assert codes(report["environmental"]) == codes(report["teacher"]) == ()


@pytest.mark.parametrize("unknown_kind", UnknownKind)
@pytest.mark.parametrize(("kind", "expected"), [(Kind.CIVIL_SERVANT, ()), (Kind.GENERAL, ("not_civil_servant",))])
def test_that_setting_never_changes_a_known_kind(unknown_kind: UnknownKind, kind: Kind, expected: Codes) -> None:
    assert codes(assess([myegov(kind=kind)], unknown_kind=unknown_kind)["lifelong"]) == expected


@pytest.mark.parametrize("unknown_kind", UnknownKind)
def test_that_setting_never_helps_a_social_identity_whose_kind_is_never_known(unknown_kind: UnknownKind) -> None:
    assert assess([social()], unknown_kind=unknown_kind).uploadable == ()


# --- the shipped authorities ---


def test_three_authorities_are_shipped_in_the_order_of_the_notice() -> None:
    assert AUTHORITIES == (LIFELONG, ENVIRONMENTAL, TEACHER)
    assert list(assess([])) == ["lifelong", "environmental", "teacher"]


def test_an_authority_asks_for_an_id_a_name_and_declared_assurance_unless_it_says_otherwise() -> None:
    assert Requirements() == Requirements(
        national_id=True,
        name=True,
        assurance=Assurance.DECLARED,
        id_kinds=frozenset(IdKind),
        civil_servant=False,
        birth_date=False,
        name_encoding=None,
    )
    assert ENVIRONMENTAL.requires == TEACHER.requires == Requirements()
    assert LIFELONG.requires == Requirements(civil_servant=True, name_encoding="cp950")


@pytest.mark.parametrize("number", [CITIZEN, RESIDENT, OLD_RESIDENT], ids=["citizen", "resident", "old resident"])
def test_every_kind_of_number_is_good_for_the_shipped_authorities(number: NationalId) -> None:
    assert assess([ecpa(national_id=number)]).uploadable == ("lifelong", "environmental", "teacher")


@pytest.mark.parametrize("name", ["王堃", "王\ue000明", "王\U00031350明", "Zoë"])
def test_a_name_that_big5_cannot_carry_holds_the_lifelong_hours_alone(name: str) -> None:
    report = assess([ecpa(name=name)])

    assert codes(report["lifelong"]) == ("name_not_encodable",)
    assert report.uploadable == ("environmental", "teacher")
    assert report.certificate_shows_id


@pytest.mark.parametrize("name", ["王小明", "瓦歷斯‧諾幹", "NGUYEN VAN AN"])
def test_a_name_that_big5_can_carry_holds_nothing(name: str) -> None:
    assert assess([ecpa(name=name)])["lifelong"].uploadable


@pytest.mark.parametrize("name", ["", "  ", "\u3000"])
def test_a_blank_name_is_no_name(name: str) -> None:
    report = assess([ecpa(name=name)])

    assert {codes(one) for one in report.values()} == {("no_name",)}
    assert not report.certificate_shows_id


# --- an authority of the host's own ---


def asking(**requires: Any) -> Authority:
    return Authority("nursing", Text("Nursing", "護理"), Requirements(**requires))


@pytest.mark.parametrize(
    ("requires", "who", "expected"),
    [
        ({"assurance": Assurance.VERIFIED}, myegov(), ("assurance_too_low",)),
        ({"assurance": Assurance.VERIFIED}, myegov(assurance=Assurance.VERIFIED), ()),
        ({"assurance": Assurance.VERIFIED}, myegov(**NO_ID), ("no_national_id",)),
        ({"assurance": Assurance.VERIFIED}, myegov(**NO_NAME), ("no_name",)),
        ({"assurance": Assurance.NONE}, myegov(assurance=Assurance.NONE), ()),
        ({"national_id": False}, myegov(national_id=None), ()),
        ({"national_id": False}, myegov(**NO_ID), ("assurance_too_low",)),
        ({"national_id": False, "assurance": Assurance.NONE}, myegov(**BAD_ID), ()),
        ({"national_id": False, "name": False, "assurance": Assurance.NONE}, myegov(name=None, **NO_ID), ()),
        ({"name": False}, myegov(name=None), ()),
        ({"name": False, "name_encoding": "cp950"}, myegov(name=None), ()),
        ({"id_kinds": frozenset({IdKind.CITIZEN})}, myegov(), ()),
        ({"id_kinds": frozenset({IdKind.CITIZEN})}, myegov(national_id=RESIDENT), ("id_kind_not_accepted",)),
        (
            {"id_kinds": frozenset({IdKind.CITIZEN, IdKind.RESIDENT})},
            myegov(national_id=OLD_RESIDENT),
            ("id_kind_not_accepted",),
        ),
        ({"id_kinds": frozenset({IdKind.CITIZEN})}, myegov(**NO_ID), ("no_national_id",)),
        ({"birth_date": True}, myegov(), ("no_birth_date",)),
        ({"birth_date": True}, myegov(birth_date=date(1990, 1, 1)), ()),
        ({"name_encoding": "ascii"}, myegov(), ("name_not_encodable",)),
    ],
)
def test_an_authority_of_the_host_asks_for_what_it_needs(
    requires: dict[str, Any], who: Identity, expected: Codes
) -> None:
    report = assess([who], [asking(**requires)])["nursing"]

    assert codes(report) == expected
    assert report.uploadable == (expected == ())


def test_every_reason_is_told_at_once_in_a_fixed_order() -> None:
    strict = asking(
        assurance=Assurance.VERIFIED,
        id_kinds=frozenset({IdKind.CITIZEN}),
        civil_servant=True,
        birth_date=True,
        name_encoding="ascii",
    )

    assert codes(assess([myegov(national_id=RESIDENT, **UNKNOWN)], [strict])["nursing"]) == (
        "assurance_too_low",
        "id_kind_not_accepted",
        "kind_unconfirmed",
        "no_birth_date",
        "name_not_encodable",
    )
    assert codes(assess([myegov(name=None, **NO_ID, **UNKNOWN)], [strict])["nursing"]) == (
        "no_national_id",
        "no_name",
        "kind_unconfirmed",
        "no_birth_date",
    )


@pytest.mark.parametrize("encoding", ["big55", "rot13"])
def test_an_encoding_that_no_name_can_be_written_in_is_refused_when_the_authority_is_declared(encoding: str) -> None:
    with pytest.raises(LookupError, match=encoding):
        Requirements(name_encoding=encoding)


# --- several identities of one account ---


@pytest.mark.parametrize(
    ("identities", "lifelong", "teacher"),
    [
        pytest.param([myegov(), ecpa()], (), (), id="uploadable before held"),
        pytest.param([ecpa(), myegov()], (), (), id="in either order"),
        pytest.param([social(), myegov()], ("not_civil_servant",), (), id="not concerned before refused"),
        pytest.param([social(), social("apple")], ("social_identity",), ("social_identity",), id="refused alone"),
        pytest.param(
            [myegov(name=None, **NO_ID), myegov(**CIVIL, **NO_ID)],
            ("no_national_id",),
            ("no_national_id",),
            id="of two that are held, the one with fewer reasons",
        ),
        pytest.param(
            [myegov(**NO_NAME), myegov(**NO_ID)],
            ("not_civil_servant",),
            ("no_name",),
            id="of two that are equal, the first",
        ),
    ],
)
def test_each_authority_takes_the_identity_that_serves_the_learner_best(
    identities: list[Identity], lifelong: Codes, teacher: Codes
) -> None:
    report = assess(identities)

    assert codes(report["lifelong"]) == lifelong
    assert codes(report["teacher"]) == teacher


def test_one_identity_with_name_and_id_is_enough_for_the_certificate() -> None:
    assert assess([myegov(**NO_ID), ecpa()]).certificate_shows_id


def test_name_and_id_on_two_identities_are_not_put_together() -> None:
    assert not assess([myegov(**NO_ID), myegov(**NO_NAME)]).certificate_shows_id


# --- rules of the host ---

LICENCE = Reason(
    "no_licence", Text("You have no licence.", "您沒有執照。"), (Remedy(Text("Get one.", "請申請執照。")),)
)


def licence(learner: Learner) -> Reason | None:
    return {"teacher": LICENCE}.get(learner.authority.key)


def test_a_rule_of_the_host_holds_the_hours_under_a_code_of_its_own() -> None:
    report = assess([ecpa()], rules=[licence])

    assert report["teacher"] == AuthorityReport(TEACHER, Verdict.HELD, (replace(LICENCE, code="host_rule:no_licence"),))
    assert report.uploadable == ("lifelong", "environmental")


def test_a_rule_of_the_host_can_say_that_hours_are_not_meant_for_an_account_and_then_nothing_is_missing() -> None:
    nurses = Authority("nursing", Text("Nursing", "護理"))
    only = Reason("not_a_nurse", Text("For nurses only.", "限護理人員。"), not_applicable=True)
    rules = [lambda learner: only if learner.authority == nurses else None, licence]

    report = assess([myegov(**NO_ID)], [nurses, TEACHER], rules)

    not_meant = AuthorityReport(nurses, Verdict.NOT_APPLICABLE, (replace(only, code="host_rule:not_a_nurse"),))
    assert report["nursing"] == not_meant
    assert report["teacher"].verdict is Verdict.HELD
    assert assess([social()], [nurses], rules)["nursing"].verdict is Verdict.REFUSED


def test_a_rule_of_the_host_cannot_lift_what_an_authority_requires() -> None:
    report = assess([myegov(**NO_ID)], rules=[lambda learner: None])

    assert report.uploadable == ()


def test_the_reasons_of_host_rules_follow_those_of_the_authority() -> None:
    report = assess([myegov(**NO_ID)], rules=[licence, lambda learner: replace(LICENCE, code="expired")])

    assert codes(report["teacher"]) == ("no_national_id", "host_rule:no_licence", "host_rule:expired")


def test_a_rule_of_the_host_is_asked_about_each_identity_before_each_authority() -> None:
    asked: list[Learner] = []

    assess([ecpa(), myegov()], [TEACHER, LIFELONG], [asked.append])

    assert [(one.authority.key, one.identity.provider) for one in asked] == [
        ("teacher", "ecpa"),
        ("teacher", "myegov"),
        ("lifelong", "ecpa"),
        ("lifelong", "myegov"),
    ]


def test_no_rule_of_the_host_is_asked_about_a_social_identity() -> None:
    asked: list[Learner] = []

    report = assess([social()], rules=[asked.append, licence])

    assert asked == []
    assert {codes(one) for one in report.values()} == {("social_identity",)}


# --- what always holds ---

socials = st.builds(social, st.sampled_from(["facebook", "google", "apple"]), name=st.none() | st.text())
governments = st.builds(
    myegov,
    kind=st.sampled_from(Kind),
    assurance=st.sampled_from(Assurance),
    name=st.none() | st.text(),
    national_id=st.sampled_from([None, CITIZEN, RESIDENT, OLD_RESIDENT]),
    national_id_invalid=st.booleans(),
    birth_date=st.none() | st.dates(),
)
requirements = st.builds(
    Requirements,
    national_id=st.booleans(),
    name=st.booleans(),
    assurance=st.sampled_from(Assurance),
    id_kinds=st.frozensets(st.sampled_from(IdKind)),
    civil_servant=st.booleans(),
    birth_date=st.booleans(),
    name_encoding=st.sampled_from([None, "cp950", "ascii"]),
)
authorities = st.builds(Authority, st.just("any"), st.just(Text("Any", "任一")), requirements)


@given(
    st.lists(governments.flatmap(lambda known: st.sampled_from([replace(known, **LOST), replace(known, **REVIEWED)]))),
    authorities,
    st.sampled_from(UnknownKind),
)
def test_whatever_an_authority_asks_a_number_in_doubt_is_always_held_where_the_hours_concern_the_account(
    identities: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    report = assess(identities, [authority], unknown_kind=unknown_kind)

    assert not report.certificate_shows_id
    if report["any"].verdict is Verdict.NOT_APPLICABLE:
        assert codes(report["any"]) == ("not_civil_servant",)
        return
    assert report["any"].verdict is Verdict.HELD
    in_doubt = {"number_disputed", "national_id_under_review"}
    assert not identities or report["any"].reasons[0].code in in_doubt


@given(st.lists(socials, min_size=1), authorities, st.sampled_from(UnknownKind))
def test_whatever_an_authority_asks_social_identities_alone_are_always_refused(
    identities: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    report = assess(identities, [authority], unknown_kind=unknown_kind)

    assert report["any"].verdict is Verdict.REFUSED
    assert not report.certificate_shows_id


@given(st.lists(governments | socials), authorities, st.sampled_from(UnknownKind))
def test_hours_are_uploadable_exactly_when_there_is_no_reason_against_it(
    identities: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    report = assess(identities, [authority], unknown_kind=unknown_kind)["any"]

    assert (report.verdict is Verdict.UPLOADABLE) == (report.reasons == ())


@given(st.lists(governments | socials), st.sampled_from(AUTHORITIES), st.sampled_from(UnknownKind))
def test_no_shipped_authority_ever_takes_hours_without_a_name_and_a_national_id(
    identities: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    report = assess(identities, [authority], unknown_kind=unknown_kind)

    assert report.certificate_shows_id >= report[authority.key].uploadable


@given(st.lists(governments | socials, min_size=1), governments | socials, st.sampled_from(AUTHORITIES))
def test_another_identity_never_makes_a_verdict_worse(
    identities: list[Identity], another: Identity, authority: Authority
) -> None:
    worst_first = [Verdict.REFUSED, Verdict.NOT_APPLICABLE, Verdict.HELD, Verdict.UPLOADABLE]
    before, after = assess(identities, [authority]), assess([*identities, another], [authority])

    assert worst_first.index(after[authority.key].verdict) >= worst_first.index(before[authority.key].verdict)


@given(st.lists(governments | socials, max_size=3), authorities, st.sampled_from(UnknownKind))
def test_a_report_that_was_made_for_somebody_else_is_what_would_be_made_anew(
    identities: list[Identity], authority: Authority, unknown_kind: UnknownKind
) -> None:
    anew = assess(
        identities, [authority], [lambda learner: None], unknown_kind=unknown_kind
    )  # kept is none with a rule

    assert assess(identities, [authority], unknown_kind=unknown_kind) == anew


def test_who_differs_in_nothing_that_counts_gets_the_same_report() -> None:
    assert assess([ecpa(subject="2", name="李四", method="card")]) == assess([ecpa()])


# --- the report ---


def test_a_text_in_place_of_a_kind_or_a_standing_is_judged_as_what_it_equals_and_spoils_nobody_elses_report() -> None:
    for asked in (ecpa(kind="civil_servant"), ecpa()):
        assert assess([asked])["lifelong"].uploadable
    for asked in (social(standing="social"), social()):
        assert {one.verdict for one in assess([asked]).reports} == {Verdict.REFUSED}
    with pytest.raises(ValueError, match="carries no national ID"):
        social(standing="social", national_id=CITIZEN)


def test_a_report_is_a_frozen_mapping_by_the_authorities_keys() -> None:
    report = assess([myegov()])

    assert isinstance(report, Mapping)
    assert len(report) == 3
    assert report["teacher"].authority is TEACHER
    assert "nursing" not in report
    with pytest.raises(KeyError, match="nursing"):
        report["nursing"]
    with pytest.raises(FrozenInstanceError):
        report.certificate_shows_id = False  # type: ignore[misc]  # that it is frozen is the test


def test_two_reports_of_the_same_facts_are_equal_and_a_change_shows() -> None:
    assert assess([myegov()]) == assess([myegov()])
    assert assess([myegov()]) != assess([ecpa()])
    assert assess([myegov()]) != assess([myegov(**NO_ID)])


def test_a_report_never_shows_the_number() -> None:
    assert "6789" not in repr(assess([myegov()]))
    assert "6789" not in repr(Learner(myegov(), TEACHER))


def test_the_uploadable_authorities_keep_their_order() -> None:
    teacher_first: HoursReport = assess([ecpa()], [TEACHER, LIFELONG])

    assert teacher_first.uploadable == ("teacher", "lifelong")


# --- the reasons ---


def test_the_codes_of_the_shipped_reasons_are_stable() -> None:
    assert set(REASONS) == {
        "no_national_id",
        "invalid_national_id",
        "no_name",
        "not_civil_servant",
        "kind_unconfirmed",
        "social_identity",
        "assurance_too_low",
        "name_not_encodable",
        "id_kind_not_accepted",
        "no_birth_date",
        "national_id_under_review",
        "number_disputed",
        "hold_expired",
        "rule_failed",
    }
    assert all(reason.code == code for code, reason in REASONS.items())


def test_a_missing_id_has_the_two_ways_of_the_source() -> None:
    certificate, profile, agency = REASONS["no_national_id"].remedies

    assert "自然人憑證" in certificate.text.zh
    assert "完整姓名跟身分證字號" in profile.text.zh
    assert profile.link == "myegov_profile"
    assert [remedy.provider for remedy in (certificate, profile, agency)] == ["myegov", "myegov", "ecpa"]


def test_the_social_reason_is_the_one_warning_of_the_guide_with_all_three_providers_named() -> None:
    assert REASONS["social_identity"].text == Text(
        SOCIAL_WARNING.en.format(social="Google, Facebook or Apple"),
        SOCIAL_WARNING.zh.format(social="Google、Facebook或Apple"),
    )


@pytest.mark.parametrize(
    "consequence", ["證書不會有身分證字號", "時數亦不會上傳", "學習紀錄無法與我的e政府帳號進行合併"]
)
def test_the_social_reason_names_every_consequence(consequence: str) -> None:
    assert consequence in REASONS["social_identity"].text.zh


def test_the_way_out_of_a_social_account_is_a_new_account_and_never_a_transfer() -> None:
    (remedy,) = REASONS["social_identity"].remedies

    assert "new account" in remedy.text.en
    assert "cannot be transferred" in remedy.text.en
    assert remedy.screen == "egov-login"


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_reason_says_what_to_do_in_both_languages(reason: Reason) -> None:
    texts = [reason.text, *(remedy.text for remedy in reason.remedies)]

    assert reason.remedies
    assert all(text.en.endswith(".") and text.en.isascii() for text in texts)
    assert all(text.zh.endswith("。") for text in texts)
    assert not any(re.search(r"[\u4e00-\u9fff] |[ ,;:?!()][\u4e00-\u9fff]", text.zh) for text in texts)


@pytest.mark.parametrize("reason", REASONS.values(), ids=REASONS)
def test_every_screen_that_a_reason_points_to_is_in_the_shipped_guide(reason: Reason) -> None:
    assert {remedy.screen for remedy in reason.remedies} - {None} <= set(STANDARD.by_key)
