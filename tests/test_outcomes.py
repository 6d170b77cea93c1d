"""What a learner is told after the provider: each outcome in both languages, with what to do and a way on."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask_babel import Babel

import flask_first_login
from flask_first_login import Assurance, Identity, Kind, NationalId
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from internals import TAIPEI, NumberState
from support.host_portal import Host, accept
from support.learner import Learner
from support.pages import LINKS, Sheet, squeezed
from test_ways_in import Bare, form_of, now

NO_ID: dict[str, Any] = {"national_id": None, "assurance": Assurance.NONE}
CIVIL, PUBLIC = "identity=civil-servant", "identity=public&certificate=yes"
WELCOME = "Welcome, your first sign-in is complete"


def arrived(host: Host, learner: Learner, identity: Identity, query: str = "") -> Sheet:
    """The page to which a sign-in with these answers leads, in English."""
    response = host.arrives(now(identity), learner, f"?lang=en&{query}")
    return Sheet(learner.follow(response))


def from_when(page: Sheet) -> str:
    """The last of the times that a page names, from which on to come back."""
    return next((one.get("datetime", "") for one in reversed(page.all("time"))), "never")


@pytest.fixture
def host() -> Host:
    return Host(MemoryAccounts()).mounted()


def forms(page: Sheet) -> list[str]:
    return [one.get("action", "").split("?")[0] for one in page.all("form", method="post")]


@pytest.mark.parametrize(
    ("identity", "query", "title", "reasons", "says", "posts", "primary"),
    [
        pytest.param(
            BY_ECPA,
            CIVIL,
            WELCOME,
            [],
            "Hours can be uploaded",
            [],
            "Continue to the portal",
            id="eligible",
        ),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID),
            PUBLIC,
            "Still missing: your ID number",
            ["no_national_id", "not_civil_servant"],
            "Upload your Citizen Digital Certificate on MyEGov",
            [],
            "Go to MyEGov and add it",
            id="no_national_id",
        ),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID, national_id_invalid=True),
            PUBLIC,
            "To correct: your ID number",
            ["invalid_national_id", "not_civil_servant"],
            "correct the number in your MyEGov profile",
            [],
            "Go to your MyEGov profile",
            id="invalid_national_id",
        ),
        pytest.param(
            BY_MYEGOV,
            CIVIL,
            "Your official account is not here yet",
            ["not_civil_servant"],
            "it takes about 2 to 5 minutes",
            ["/first-login/sign-in/ecpa/join"],
            "From {from}: sign in again with MyEGov",
            id="general_account_used_by_civil_servant",
        ),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID),
            CIVIL,
            "Your official account is not here yet",
            ["not_civil_servant", "no_national_id"],
            "you signed in with a general account",
            ["/first-login/sign-in/ecpa/anew"],
            "From {from}: sign in again with MyEGov",
            id="a general account without an ID, used by a civil servant",
        ),
        pytest.param(
            replace(BY_MYEGOV, kind=Kind.UNKNOWN),
            CIVIL,
            "It is not confirmed yet that you are a civil servant",
            ["kind_unconfirmed"],
            "the service did not confirm it",
            ["/first-login/sign-in/ecpa/join"],
            "From {from}: sign in again with MyEGov",
            id="kind_unconfirmed",
        ),
    ],
)
def test_an_outcome_says_what_it_is_what_to_do_and_how_to_go_on(
    host: Host,
    identity: Identity,
    query: str,
    title: str,
    reasons: list[str],
    says: str,
    posts: list[str],
    primary: str,
) -> None:
    learner = host.learner()
    page = arrived(host, learner, identity, query)
    assert page.h1 == squeezed(title)
    assert (
        list(dict.fromkeys(one.get("data-reason", "") for one in page.root.iter() if one.get("data-reason"))) == reasons
    )
    assert squeezed(says) in page.words
    assert sorted(forms(page)) == sorted([*posts, "/first-login/sign-out"])
    assert page.primary.words == squeezed(primary.replace("{from}", from_when(page)))
    again = arrived(host, learner, identity, query)
    assert again.h1 == squeezed("You are signed in" if title == WELCOME else title)
    in_chinese = Sheet(learner.get(f"/first-login/outcome?lang=zh-Hant-TW&{query}"))
    assert forms(in_chinese) == forms(page)
    assert not re.search("[A-Za-z]{4}", in_chinese.h1)


def test_what_only_a_person_can_mend_is_said_above_the_button_for_afterwards(host: Host) -> None:
    learner = host.learner()
    arrived(host, learner, replace(BY_ECPA, **NO_ID), CIVIL)
    for path in ("outcome", "hours"):
        page = Sheet(learner.get(f"/first-login/{path}?lang=en&{CIVIL}"))
        assert page.primary.words == squeezed("Once that is done: sign in again with eCPA")
        assert page.words.index("personnelofficer") < page.words.index(page.primary.words)
        assert page.words.count("personnelofficer") == 1


def test_an_id_that_is_missing_leads_to_the_profile_and_to_the_same_sign_in_once_more(host: Host) -> None:
    page = arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), PUBLIC)
    addresses = [link.url for link in page.links]
    assert LINKS["myegov_profile"] in addresses
    again = page.link("Done: sign in again with MyEGov")
    certificate = page.link("Sign in with your Citizen Digital Certificate")
    assert (again.path, certificate.path) == ("/first-login/sign-in/myegov",) * 2
    assert (again.query.get("step_up"), certificate.query["step_up"]) == (None, "1")


@pytest.mark.parametrize(
    ("number", "called"),
    [
        ("A123456789", "身分證字號A12345****"),
        ("A800000014", "居留證統一證號A80000****"),
        ("AC12345679", "居留證統一證號（舊式）AC1234****"),
    ],
)
def test_a_number_is_called_as_its_owner_calls_it(host: Host, number: str, called: str) -> None:
    learner = host.learner()
    who = replace(BY_MYEGOV, national_id=NationalId.parse(number, on=date(2026, 1, 1)), kind=Kind.GENERAL)

    arrived(host, learner, who)
    for page in ("outcome", "hours"):
        assert called in Sheet(learner.get(f"/first-login/{page}?lang=zh")).words


def test_the_button_to_ecpa_is_a_form(host: Host) -> None:
    learner = host.learner()
    page = arrived(host, learner, BY_MYEGOV, CIVIL)
    (form,) = [one for one in page.all("form", method="post") if "/join" in one.get("action", "")]
    sent = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    assert learner.post(form.get("action", ""), sent).status_code == 502  # on to the provider, where nobody listens


# --- said one thing, came with another ---


@pytest.mark.parametrize(
    ("query", "says", "advised"),
    [
        (PUBLIC, "You said that you need proof of learning hours.", ["myegov"]),
        (CIVIL, "You said that you are a civil servant.", ["ecpa", "myegov"]),
    ],
)
def test_who_needs_hours_and_came_with_google_is_stopped_before_there_is_an_account(
    host: Host, query: str, says: str, advised: list[str]
) -> None:
    learner = host.learner()
    page = arrived(host, learner, BY_GOOGLE, query)
    assert page.h1 == squeezed("Stop: with this sign-in you cannot earn learning hours")
    assert squeezed(says) in page.words
    assert [link.path.rsplit("/", 1)[1] for link in (page.primary, *page.links_of("fl-provider"))] == advised
    assert squeezed("Your learning hours will not be uploaded to any authority, now or later.") in page.words
    assert host.accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is None
    outcome = Sheet(learner.follow(accept(learner)))
    assert squeezed("this account cannot earn any") in outcome.words
    assert squeezed("Hours are never uploaded") in outcome.words
    assert "yet" not in outcome.words
    assert forms(outcome) == ["/first-login/sign-out", *(f"/first-login/sign-in/{name}/anew" for name in advised)]
    title = {"myegov": "MyEGov", "ecpa": "eCPA"}[advised[0]]
    assert outcome.pressed == squeezed(f"Sign out and use {title} instead")
    assert outcome.link("I need no hours: continue to the portal").path == "/"


@pytest.mark.parametrize("query", ["", "identity=public&certificate=no"])
def test_who_needs_no_hours_is_told_the_costs_and_how_to_have_hours_after_all(host: Host, query: str) -> None:
    learner = host.learner()
    page = arrived(host, learner, BY_GOOGLE, query)
    assert page.h1.endswith(squeezed("What signing in with Google costs"))
    outcome = Sheet(learner.follow(accept(learner)))
    assert forms(outcome) == ["/first-login/sign-out", "/first-login/sign-in/myegov/anew"]


def test_a_host_whose_session_cannot_sign_out_offers_no_other_account() -> None:
    host = Host(MemoryAccounts(), session=Bare()).mounted()
    assert forms(arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), CIVIL)) == []


def test_the_learners_page_of_a_social_account_leads_to_a_new_one(host: Host) -> None:
    learner = host.learner()
    arrived(host, learner, BY_GOOGLE)
    accept(learner)
    page = Sheet(learner.get("/first-login/hours?lang=en"))
    assert forms(page) == ["/first-login/sign-in/myegov/anew", "/first-login/sign-out"]
    assert page.pressed == squeezed("Sign out and use MyEGov instead")
    left = learner.post(*form_of(page.response, "/anew"))
    assert (left.status_code, learner.get("/first-login/hours").status_code) == (502, 303)  # nobody listens there


# --- what waits, and until when ---


def test_what_is_held_says_until_when_it_is_kept_where_the_portal_keeps_it_for_a_time() -> None:
    for days, says in ((30, True), (None, False)):
        host = Host(MemoryAccounts(), FIRST_LOGIN_HOLD_DAYS=days).mounted()
        page = arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), PUBLIC)
        until = (datetime.now(UTC) + timedelta(days=30)).astimezone(TAIPEI)
        assert (squeezed(f"is kept until {until:%B} {until.day}, {until.year}.") in page.words) == says
        assert squeezed("What you learn now is kept") in page.words
        assert page.link("Take courses first, add it later").path == "/"


def test_a_page_says_of_a_number_that_is_not_shown_what_its_reason_says_of_it(host: Host) -> None:
    wrong = {**NO_ID, "national_id_invalid": True}
    disputed = {**NO_ID, "number_state": NumberState.DISPUTED}
    for base, lacks, note, unsaid in (
        (BY_ECPA, NO_ID, "沒有身分證字號", "不正確"),
        (BY_ECPA, wrong, "身分證字號不正確", "沒有身分證字號"),
        (BY_MYEGOV, wrong, "身分證字號不正確", "沒有身分證字號"),
        (BY_ECPA, disputed, "身分證字號待確認", "沒有身分證字號"),
    ):
        learner = host.learner()
        identity = replace(base, subject=f"{note}-{base.provider}", **lacks)
        assert host.arrives(identity, learner, "?lang=zh-Hant-TW").status_code == 303
        for path in ("outcome", "hours"):
            page = Sheet(learner.get(f"/first-login/{path}?lang=zh-Hant-TW"))
            assert note in page.words, (path, note)
            assert unsaid not in page.words, (path, note)
            assert ("補上" in page.words) == (lacks is NO_ID), (path, note)
        assert learner.get("/first-login/api/v1/outcome?lang=zh-Hant-TW").get_json()["who"]["id_note"] == note


def test_a_learner_reads_what_mends_the_account_that_they_signed_in_with(host: Host) -> None:
    by_ecpa = arrived(host, host.learner(), replace(BY_ECPA, **NO_ID), CIVIL)
    assert "personnelofficer" in by_ecpa.words
    assert squeezed("Upload your Citizen Digital Certificate on MyEGov") not in by_ecpa.words
    by_myegov = arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), PUBLIC)
    assert "personnelofficer" not in by_myegov.words


@pytest.mark.parametrize(
    ("zone", "times"),
    [(None, ["10:02", "10:04", "10:07"]), ("Asia/Tokyo", ["11:02", "11:04", "11:07"])],
)
def test_who_converted_just_now_reads_by_the_clock_when_to_come_back(zone: str | None, times: list[str]) -> None:
    host = Host(MemoryAccounts()).mounted()
    if zone is not None:
        Babel(host.app, default_timezone=zone)
    learner = host.learner()
    signed_in_at = datetime(2026, 11, 27, 2, 2, tzinfo=UTC)
    host.arrives(replace(BY_MYEGOV, signed_in_at=signed_in_at), learner, f"?lang=en&{CIVIL}")
    page = Sheet(learner.get(f"/first-login/outcome?lang=en&{CIVIL}"))
    assert [one.get("datetime") for one in page.all("time")] == times
    assert squeezed(f"sign in again from {times[-1]}") in page.words


def test_the_page_about_hours_says_who_asked_and_leads_to_what_is_missing(host: Host) -> None:
    learner = host.learner()
    arrived(host, learner, replace(BY_MYEGOV, **NO_ID), PUBLIC)
    asked = f"for=teacher&next=/claim/wetlands&lang=en&{PUBLIC}"
    page = Sheet(learner.get(f"/first-login/hours?{asked}"))
    assert squeezed("You come from a page of this platform that needs hours of Teacher training.") in page.words
    assert (page.h1, page.primary.words) == (
        squeezed("Still missing: your ID number"),
        squeezed("Go to MyEGov and add it"),
    )
    assert "/claim/wetlands" not in [link.path for link in page.links]  # it would only lead back here
    assert page.link("Done: sign in again with MyEGov").query["next"] == "/claim/wetlands"
    told = learner.get(f"/first-login/api/v1/hours?{asked}").get_json()["asked"]
    assert (told["authority"]["key"], told["way_back"]) == ("teacher", None)
    host.arrives(now(BY_MYEGOV), learner)
    page = Sheet(learner.get(f"/first-login/hours?{asked}"))
    assert page.link("Go back to that page").path == "/claim/wetlands"
    assert page.h1 == squeezed("My learning hours")
    for nobody in ("for=nobody", "for=", ""):
        assert "You come from" not in learner.get(f"/first-login/hours?lang=en&{nobody}").text


def test_each_thing_has_the_name_that_the_glossary_gives_it() -> None:
    glossary = (Path(__file__).parent.parent / "docs" / "glossary.md").read_text("utf-8")
    not_said = [word for row in re.findall(r"\| ([^|]+) \|$", glossary, re.MULTILINE) for word in row.split("、")]
    wrong = [word for word in map(str.strip, not_said) if word and not set(word) <= set("-") and word != "not"]
    assert len(wrong) >= 4
    for path in Path(flask_first_login.__file__).parent.rglob("*.py"):
        text = path.read_text("utf-8")
        assert [word for word in wrong if word in text] == [], path
