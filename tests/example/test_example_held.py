"""Completions of the example portal: each with the verdict of its own moment, and held ones that are released."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from example.pages import Portal, completions, press, sign_in_with_google, text
from example_app.completions import Completion, release_held
from example_app.members import Member, account_of, accounts, db, first_login
from flask_first_login import NationalId, current_vault, hours_changed
from flask_first_login.testing import BY_ECPA
from internals import Create
from support.learner import Learner

pytestmark = pytest.mark.slow

RECORD = re.compile(r'data-course="([a-z-]+)" data-verdict="([a-z_]+)"')
VERDICT = re.compile(r'portal-status" data-verdict="([a-z_]+)"')
REASON = re.compile(r'data-reason="([a-z_]+)"')
COURSES = ("wetlands", "media-literacy", "clear-writing")
BOTH_REMEDIES = ("於我的e政府上傳自然人憑證。", "於我的e政府會員資料填寫完整姓名跟身分證字號。")


def complete(learner: Learner, *courses: str) -> None:
    for course in courses:
        press(learner.client, f"/courses/{course}", f"/courses/{course}/complete")


def sign_in(app: Flask, persona: str, provider: str = "myegov") -> Learner:
    learner = Learner.at(app)
    learner.follow(learner.sign_in(provider, persona))
    return learner


def records(learner: Learner) -> dict[str, str]:
    return dict(RECORD.findall(text(learner.client, "/my-hours")))


def released(app: Flask) -> dict[str, datetime | None]:
    return {one.course: one.released_at for one in completions(app)}


@pytest.fixture
def holding(app: Flask) -> Learner:
    """A citizen without a national ID who completed three courses."""
    learner = sign_in(app, "citizen_without_id")
    complete(learner, *COURSES)
    return learner


@pytest.fixture
def deaf(app: Flask) -> None:
    """The portal does not hear of changed verdicts, as when its database fails it in that moment."""
    hours_changed.disconnect(release_held, app)


def test_a_completion_keeps_the_identity_of_the_moment_and_no_national_id_in_clear(app: Flask) -> None:
    complete(sign_in(app, "verified_citizen"), "wetlands")
    (kept,) = completions(app)
    assert (kept.standing, kept.kind, kept.assurance) == ("government", "general", 2)
    with app.app_context():
        assert kept.national_id_index == current_vault().index(NationalId.parse("A123456789"))
    assert "A123456789" not in repr(vars(kept))


def test_what_meets_everything_can_be_sent_from_the_first_moment(app: Flask) -> None:
    learner = sign_in(app, "verified_citizen")
    complete(learner, "wetlands")
    (kept,) = completions(app)
    assert kept.released_at == kept.completed_at
    assert records(learner) == {"wetlands": "uploadable"}
    assert "portal-released" not in text(learner.client, "/my-hours")


def test_what_lacks_an_id_is_held_with_both_remedies(app: Flask, holding: Learner) -> None:
    page = text(holding.client, "/my-hours")
    assert dict(RECORD.findall(page)) == dict.fromkeys(COURSES, "held") | {"clear-writing": "not_applicable"}
    assert set(REASON.findall(page)) == {"no_national_id", "not_civil_servant"}
    assert all(remedy in page for remedy in BOTH_REMEDIES)
    assert set(released(app).values()) == {None}


def test_the_held_list_empties_when_the_id_arrives(app: Flask, holding: Learner) -> None:
    again = sign_in(app, "citizen_with_added_id")
    assert records(again) == {
        "wetlands": "uploadable",
        "media-literacy": "uploadable",
        "clear-writing": "not_applicable",
    }
    page = text(again.client, "/my-hours")
    assert page.count("portal-released") == 2
    assert REASON.findall(page) == ["not_civil_servant"]
    assert [one.course for one in completions(app) if one.released_at is None] == ["clear-writing"]


def test_what_was_released_once_keeps_its_first_moment(app: Flask, holding: Learner) -> None:
    sign_in(app, "citizen_with_added_id")
    first = released(app)
    account = completions(app)[0].member_id
    for persona in ("citizen_without_id", "citizen_with_added_id"):
        assert records(sign_in(app, persona))["wetlands"] == "uploadable"
    with app.app_context():
        release_held(app, account=account)
    assert released(app) == first


def test_hours_that_were_released_are_not_sent_under_a_number_that_somebody_else_proved(app: Flask) -> None:
    typed = sign_in(app, "declared_citizen")
    complete(typed, "wetlands")
    assert records(typed) == {"wetlands": "uploadable"}
    with app.app_context():
        loser = completions(app)[0].member_id
        owner = replace(BY_ECPA, national_id=NationalId.parse("A200000003"))
        accounts.carry_out(Create(takes_from=loser), owner)
        assert not first_login.hours(loser).uploadable
    assert records(typed) == {"wetlands": "held"}
    assert REASON.findall(text(typed.client, "/my-hours")) == ["number_disputed"]
    complete(typed, "media-literacy")
    assert records(typed) == {"wetlands": "held", "media-literacy": "held"}
    with app.app_context():
        accounts.release(loser)
    assert records(typed)["wetlands"] == "held"


def test_ten_who_are_told_at_once_release_each_completion_once(app: Flask, holding: Learner, deaf: None) -> None:
    sign_in(app, "citizen_with_added_id")
    assert set(released(app).values()) == {None}
    account = completions(app)[0].member_id
    together, times = threading.Barrier(10), set[datetime | None]()

    def told() -> None:
        together.wait(10)
        with app.app_context():
            release_held(app, account=account)
        times.add(released(app)["wetlands"])

    threads = [threading.Thread(target=told) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(times) == 1
    assert times != {None}


def test_what_a_receiver_missed_is_shown_at_once_and_found_by_the_command(
    app: Flask, holding: Learner, deaf: None
) -> None:
    again = sign_in(app, "citizen_with_added_id")
    assert records(again)["wetlands"] == "uploadable"
    assert released(app)["wetlands"] is None
    for _ in range(2):
        done = app.test_cli_runner().invoke(args=["release-held"])
        assert (done.exit_code, done.output) == (0, "Members with held completions: 1\n")
    assert {course for course, at in released(app).items() if at is not None} == {"wetlands", "media-literacy"}


def test_an_id_that_the_learner_takes_away_again_takes_back_no_hours(app: Flask) -> None:
    complete(sign_in(app, "citizen_with_added_id"), "wetlands")
    assert records(sign_in(app, "citizen_without_id")) == {"wetlands": "uploadable"}


def test_the_completions_of_a_social_account_are_refused_for_ever(app: Flask) -> None:
    social = Learner.at(app)
    sign_in_with_google(social, "declared_citizen")
    complete(social, "wetlands")
    assert records(social) == {"wetlands": "refused"}
    assert REASON.findall(text(social.client, "/my-hours")) == ["social_identity"]
    other = sign_in(app, "declared_citizen")
    assert records(other) == {}
    complete(other, "wetlands")
    assert records(other) == {"wetlands": "uploadable"}
    app.test_cli_runner().invoke(args=["release-held"])
    assert records(social) == {"wetlands": "refused"}
    assert {one.provider: one.released_at is None for one in completions(app)} == {"google": True, "myegov": False}


@pytest.mark.parametrize(
    ("provider_name", "persona", "verdict"),
    [
        ("myegov", "verified_citizen", "uploadable"),
        ("myegov", "citizen_without_id", "held"),
        ("ecpa", "civil_servant_wrong_id", "held"),
    ],
)
def test_a_course_says_before_it_is_taken_whether_its_hours_could_be_sent(
    app: Flask, provider_name: str, persona: str, verdict: str
) -> None:
    learner = sign_in(app, persona, provider_name)
    page = text(learner.client, "/courses/wetlands")
    assert VERDICT.findall(page) == [verdict]
    assert page.count("原因及處理方式") == (verdict != "uploadable")
    assert VERDICT.findall(text(app.test_client(), "/courses/wetlands")) == []


def test_a_completed_course_says_the_verdict_of_its_own_moment(app: Flask) -> None:
    complete(sign_in(app, "citizen_with_added_id"), "wetlands")
    without = sign_in(app, "citizen_without_id")
    assert VERDICT.findall(text(without.client, "/courses/wetlands")) == ["uploadable"]
    assert VERDICT.findall(text(without.client, "/courses/saving-energy")) == ["held"]


def test_the_list_of_courses_and_the_home_page_say_what_is_done(holding: Learner) -> None:
    assert text(holding.client, "/courses?lang=en").count("Completed already") == len(COURSES)
    home = text(holding.client, "/?lang=en")
    assert ("Kept for now", "4 hours") in re.findall(r"<span>(.*)</span></dt><dd>(.*)</dd>", home)
    assert "Can be sent" not in home


def test_a_completion_after_the_store_lost_the_way_of_the_session_counts_by_the_other_one(app: Flask) -> None:
    sign_in(app, "civil_servant")
    learner = sign_in(app, "civil_servant", "ecpa")
    with app.app_context():
        account = account_of(db.session.scalars(db.select(Member)).one().id)
        accounts.leave(account, next(one for one in account.identities if one.provider == "ecpa"))
    complete(learner, "clear-writing")
    assert records(learner) == {"clear-writing": "uploadable"}
    assert [one.provider for one in completions(app)] == ["myegov"]


def test_each_kind_of_account_is_told_that_the_other_one_stays_apart(app: Flask) -> None:
    social = Learner.at(app)
    sign_in_with_google(social)
    assert "If you sign in with MyEGov or eCPA, you have a second account" in text(social.client, "/my-hours?lang=en")
    citizen = sign_in(app, "verified_citizen")
    assert "Google, Facebook or Apple is in another account and stays there" in text(
        citizen.client, "/my-hours?lang=en"
    )
    assert "社群帳號也不會與這個帳號合併" in text(citizen.client, "/my-hours?lang=zh-Hant-TW")


def test_a_converted_account_releases_what_civil_servants_alone_may_send(app: Flask) -> None:
    general = sign_in(app, "teacher")
    complete(general, "clear-writing")
    assert records(general) == {"clear-writing": "not_applicable"}
    with app.app_context():
        db.session.execute(db.text("UPDATE first_login_identities SET kind = 'civil_servant'"))
        db.session.commit()
    assert records(general) == {"clear-writing": "uploadable"}


def test_what_did_not_arrive_in_time_is_refused_and_told_so(portal: Portal, provider: str) -> None:
    app = portal(SANDBOX_URL=provider, FIRST_LOGIN_HOLD_DAYS=30)
    complete(sign_in(app, "citizen_without_id"), "wetlands", "media-literacy")
    long_ago = datetime.now(UTC) - timedelta(days=31)
    with app.app_context():
        db.session.execute(db.update(Completion).where(Completion.course == "wetlands").values(completed_at=long_ago))
        db.session.commit()
    again = sign_in(app, "citizen_with_added_id")
    assert records(again) == {"wetlands": "refused", "media-literacy": "uploadable"}
    assert "hold_expired" in REASON.findall(text(again.client, "/my-hours"))


def test_only_what_can_be_sent_is_printed(portal: Portal, provider: str) -> None:
    app = portal(SANDBOX_URL=provider, FIRST_LOGIN_HOLD_DAYS=30)
    complete(sign_in(app, "citizen_without_id"), "wetlands", "saving-energy")
    with app.app_context():
        long_ago = datetime.now(UTC) - timedelta(days=31)
        db.session.execute(db.update(Completion).where(Completion.course == "wetlands").values(completed_at=long_ago))
        db.session.commit()
    page = text(sign_in(app, "citizen_with_added_id").client, "/environmental-hours?lang=en")
    assert "Saving energy at home" in page
    assert "Wetlands of Taiwan" not in page
