"""No answer to a form is a redirect off the site: browsers hold `form-action` against the whole chain of redirects."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from flask_first_login import Identity, SignInError
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims, Ticket
from flask_first_login.testing import BY_ECPA, BY_GOOGLE, BY_MYEGOV, OTHER_NATIONAL_ID
from support.host_portal import Host, code_of
from support.learner import OWN_VISIT, Learner, leads_to
from support.pages import PREFIX, Sheet

POLICY = "Content-Security-Policy"


def refuse(ticket: Ticket) -> Claims:
    raise SignInError("ticket_refused", provider=ticket.provider, phase="ticket")


#: Three whose sign-ins begin without a call to them.
PROVIDERS = {
    "ecpa": {"login_url": "https://ecpa.example/login", "verify": refuse},
    "myegov": {"protocol": "ticket", "login_url": "https://myegov.example/login", "verify": refuse},
    "facebook": {"client_id": "id", "client_secret": "secret"},
    "google": {"client_id": "id", "client_secret": "secret", "issuer": "http://127.0.0.1:9/google"},
}
ORIGINS = {"ecpa": "https://ecpa.example", "myegov": "https://myegov.example", "facebook": "https://www.facebook.com"}


@pytest.fixture
def host() -> Host:
    return Host(MemoryAccounts(), FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_HANDOFF="redirect").mounted()


def now(identity: Identity, **facts: Any) -> Identity:
    return replace(identity, signed_in_at=datetime.now(UTC), **facts)


def pressed(learner: Learner, page: TestResponse, ends: str) -> TestResponse:
    """The answer to the form of a page whose address ends so."""
    form = next(one for one in Sheet(page).all("form") if one.get("action", "").split("?")[0].endswith(ends))
    fields = {one.get("name", ""): one.get("value", "") for one in form.iter("input")}
    return learner.post(form.get("action", ""), fields)


def check(response: TestResponse, provider: str) -> None:
    """The page goes on by itself and by a link, is shown in no frame, kept nowhere, and its own policy is the usual."""
    url = leads_to(response)
    assert f"{urlsplit(url).scheme}://{urlsplit(url).netloc}" == ORIGINS[provider]
    assert (response.status_code, response.headers["Refresh"]) == (200, f"0; url={url}")
    page = Sheet(response)
    assert [one.url for one in page.links if one.url.startswith("http") and one.element.get("class") == "fl-btn"] == [
        url
    ]
    assert response.headers["Cache-Control"] == "no-store"
    assert "form-action 'self';" in response.headers[POLICY]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert any(cookie.startswith("fl-tx-") for cookie in response.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("provider", ORIGINS)
def test_the_button_for_who_comes_from_another_site_is_answered_by_a_page_that_leads_on(
    host: Host, provider: str
) -> None:
    learner = host.learner()
    handed = learner.get(f"{PREFIX}/sign-in/{provider}?step_up=1&next=/courses/3")
    assert "form-action 'self';" in handed.headers[POLICY]
    check(learner.press(handed), provider)
    assert "step_up=1" in learner.seen[-2]  # what the link asked for is not lost on the way
    check(learner.press(learner.get(f"{PREFIX}/sign-in/{provider}?lang=en")), provider)


def test_adding_a_way_and_starting_anew_are_answered_so_too(host: Host) -> None:
    learner = host.learner()
    host.arrives(now(BY_ECPA), learner)
    page = learner.get(f"{PREFIX}/hours")
    assert "form-action 'self';" in page.headers[POLICY]
    check(pressed(learner, page, "/myegov/join"), "myegov")
    other = host.learner()
    host.arrives(now(BY_ECPA), other)
    refused = host.arrives(now(BY_MYEGOV, national_id=OTHER_NATIONAL_ID), other)
    assert code_of(refused) == "different_person"
    check(pressed(other, refused, "/myegov/anew"), "myegov")


def test_an_answer_of_the_guide_that_leads_to_a_provider_is_answered_within_the_site(host: Host) -> None:
    answered = host.learner().get(f"{PREFIX}/civil-servant?submitted=1&identity=civil-servant&account=ecpa")
    assert urlsplit(leads_to(answered)).path == f"{PREFIX}/sign-in/ecpa"
    assert "Location" not in answered.headers
    assert host.learner().get(leads_to(answered), headers=OWN_VISIT).status_code == 303


def test_a_second_press_on_what_a_social_sign_in_costs_is_answered_within_the_site(host: Host) -> None:
    learner = host.learner()
    host.arrives(now(BY_GOOGLE), learner)
    form = learner.get(f"{PREFIX}/acknowledge")
    fields = {one.get("name", ""): one.get("value", "") for one in Sheet(form).one("form", method="post").iter("input")}
    twin = host.learner()  # the same browser, before the answer to its first press came
    for name, value in learner.cookies().items():
        twin.client.set_cookie(name, value)
    first, second = (one.post(f"{PREFIX}/acknowledge", {**fields, "acknowledged": "y"}) for one in (learner, twin))
    assert first.status_code == 303
    assert (second.headers.get("Location"), urlsplit(leads_to(second)).path) == (None, f"{PREFIX}/sign-in/google")


def test_a_sign_in_that_begins_anew_where_a_provider_posted_its_answer_is_answered_so_too(host: Host) -> None:
    """The form that posted it stands at the provider, whose own policy holds for what follows."""
    learner = host.learner()
    began = learner.get(f"{PREFIX}/sign-in/ecpa", headers=OWN_VISIT)
    assert began.status_code == 303  # a link may be answered by a redirect
    back = urlsplit(parse_qs(urlsplit(began.headers["Location"]).query)["ReturnUrl"][0]).path
    ticket = {"loginType": "1", "APReqEncodedData": "00"}
    posts = [host.app.test_client().post(back, data=ticket) for _ in range(2)]
    answers = []
    for posted in posts:
        for cookie in posted.headers.getlist("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            learner.client.set_cookie(name, value)
        answers.append(learner.get(posted.headers["Location"]))
    assert code_of(answers[0]) == "ticket_refused"
    check(answers[1], "ecpa")


# --- what it must not open ---


def test_a_form_of_another_site_leads_nobody_on(host: Host) -> None:
    """Login CSRF: only who pressed our own button goes on, so such a page needs the token, as a redirect did."""
    learner = host.learner()
    page = learner.get(f"{PREFIX}/sign-in/facebook")
    for data in ({}, {"csrf_token": "made up"}):
        refused = learner.post(f"{PREFIX}/sign-in/facebook", data)
        assert (code_of(refused), leads_to(refused)) == ("expired", "")
    assert leads_to(learner.press(page)) != ""
    assert "Refresh" not in page.headers


@pytest.mark.parametrize(
    "next", ["//evil.example", "/a\r\nRefresh: 0; url=https://evil.example", "https://evil.example"]
)
def test_no_address_chooses_where_the_page_leads(host: Host, next: str) -> None:
    learner = host.learner()
    answer = learner.press(learner.get(f"{PREFIX}/sign-in/facebook", query_string={"next": next}))
    check(answer, "facebook")
    assert "evil.example" not in str(answer.headers) + answer.text


def test_an_address_in_chinese_letters_is_written_as_a_header_can_carry_it() -> None:
    ecpa = {"ecpa": {"login_url": "https://ecpa.example/登入?a=b%2F", "verify": refuse}}
    learner = Host(MemoryAccounts(), FIRST_LOGIN_PROVIDERS=ecpa).mounted().learner()
    page = learner.press(learner.get(f"{PREFIX}/sign-in/ecpa"))
    assert page.headers["Refresh"].startswith("0; url=https://ecpa.example/%E7%99%BB%E5%85%A5?a=b%2F&")
