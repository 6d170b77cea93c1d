"""What a learner is told after the provider: each outcome in both languages, with what to do and a way on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flask_first_login import Assurance, Identity, Kind
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV
from support.host_portal import Host, accept
from support.learner import Learner
from support.pages import LINKS, Sheet, squeezed
from test_ways_in import Bare, now

NO_ID: dict[str, Any] = {"national_id": None, "assurance": Assurance.NONE}
CIVIL, PUBLIC = "identity=civil-servant", "identity=public&certificate=yes"


def arrived(host: Host, learner: Learner, identity: Identity, query: str = "") -> Sheet:
    """The page to which a sign-in with these answers leads, in English."""
    response = host.arrives(now(identity), learner, f"?lang=en&{query}")
    return Sheet(learner.follow(response))


@pytest.fixture
def host() -> Host:
    return Host(MemoryAccounts()).mounted()


def forms(page: Sheet) -> list[str]:
    return [one.get("action", "").split("?")[0] for one in page.all("form", method="post")]


@pytest.mark.parametrize(
    ("identity", "query", "reasons", "says", "posts", "goes_on"),
    [
        pytest.param(BY_ECPA, CIVIL, [], "to every authority", [], "Continue to the portal", id="eligible"),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID),
            PUBLIC,
            ["no_national_id", "not_civil_servant"],
            "Upload your Citizen Digital Certificate on MyEGov",
            [],
            "Continue to the portal",
            id="no_national_id",
        ),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID, national_id_invalid=True),
            PUBLIC,
            ["invalid_national_id", "not_civil_servant"],
            "correct the number in your MyEGov profile",
            [],
            "Continue to the portal",
            id="invalid_national_id",
        ),
        pytest.param(
            BY_MYEGOV,
            CIVIL,
            ["not_civil_servant"],
            "After converting it takes 2 to 5 minutes",
            ["/first-login/sign-in/ecpa/join"],
            "Continue to the portal",
            id="general_account_used_by_civil_servant",
        ),
        pytest.param(
            replace(BY_MYEGOV, **NO_ID),
            CIVIL,
            ["no_national_id", "not_civil_servant"],
            "you signed in with a general account",
            ["/first-login/sign-in/ecpa/anew"],
            "Continue to the portal",
            id="a general account without an ID, used by a civil servant",
        ),
        pytest.param(
            replace(BY_MYEGOV, kind=Kind.UNKNOWN),
            CIVIL,
            ["kind_unconfirmed"],
            "the service did not confirm it",
            ["/first-login/sign-in/ecpa/join"],
            "Continue to the portal",
            id="kind_unconfirmed",
        ),
    ],
)
def test_an_outcome_says_what_it_is_what_to_do_and_how_to_go_on(
    host: Host, identity: Identity, query: str, reasons: list[str], says: str, posts: list[str], goes_on: str
) -> None:
    learner = host.learner()
    page = arrived(host, learner, identity, query)
    assert page.h1 == squeezed("Welcome. You are signed in for the first time")
    assert (
        list(dict.fromkeys(one.get("data-reason", "") for one in page.root.iter() if one.get("data-reason"))) == reasons
    )
    assert squeezed(says) in page.words
    assert forms(page) == posts
    assert page.primary.words == squeezed(goes_on)
    assert page.link("Start again").path == "/first-login/"
    again = arrived(host, learner, identity, query)
    assert again.h1 == squeezed("You are signed in")
    in_chinese = Sheet(learner.get(f"/first-login/outcome?lang=zh-Hant-TW&{query}"))
    assert in_chinese.h1 == "您已登入"
    assert forms(in_chinese) == posts


def test_an_id_that_is_missing_leads_to_the_profile_and_to_the_same_sign_in_once_more(host: Host) -> None:
    page = arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), PUBLIC)
    addresses = [link.url for link in page.links]
    assert LINKS["myegov_profile"] in addresses
    again, certificate = page.links_of("fl-provider")
    assert (again.path, again.words) == ("/first-login/sign-in/myegov", squeezed("Sign in with MyEGov"))
    assert (certificate.path, certificate.query["step_up"]) == ("/first-login/sign-in/myegov", "1")
    assert certificate.words != again.words


def test_the_button_to_ecpa_is_a_form(host: Host) -> None:
    learner = host.learner()
    page = arrived(host, learner, BY_MYEGOV, CIVIL)
    (form,) = page.all("form", method="post")
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
    assert [link.path.rsplit("/", 1)[1] for link in page.links_of("fl-provider")] == advised
    assert squeezed("Your learning hours will not be uploaded to any authority.") in page.words
    assert host.accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is None
    outcome = Sheet(learner.follow(accept(learner)))
    assert squeezed("this account cannot earn any") in outcome.words
    assert (
        squeezed("With this sign-in your learning hours cannot be uploaded. See below") in outcome.words
    )  # never "yet"
    assert forms(outcome) == [f"/first-login/sign-in/{name}/anew" for name in advised]
    assert outcome.primary.words == squeezed("Continue without learning hours")


@pytest.mark.parametrize("query", ["", "identity=public&certificate=no"])
def test_who_needs_no_hours_is_told_the_costs_and_led_nowhere_else(host: Host, query: str) -> None:
    learner = host.learner()
    page = arrived(host, learner, BY_GOOGLE, query)
    assert page.h1 == squeezed("Before you go on: what this sign-in costs")
    outcome = Sheet(learner.follow(accept(learner)))
    assert forms(outcome) == []


def test_a_host_whose_session_cannot_sign_out_offers_no_other_account() -> None:
    host = Host(MemoryAccounts(), session=Bare()).mounted()
    assert forms(arrived(host, host.learner(), replace(BY_MYEGOV, **NO_ID), CIVIL)) == []


def test_the_learners_page_of_a_social_account_leads_to_a_new_one(host: Host) -> None:
    learner = host.learner()
    arrived(host, learner, BY_GOOGLE)
    accept(learner)
    assert forms(Sheet(learner.get("/first-login/hours"))) == ["/first-login/sign-in/myegov/anew"]
