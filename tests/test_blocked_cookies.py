"""Whose browser takes no cookie is told that, in each language; whose browser takes cookies is never told so."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from internals import Sealed
from support.host_portal import code_of, fields_of
from support.learner import OWN_VISIT, Learner, leads_to
from support.pages import PREFIX, PROVIDERS, Sheet, portal

START = f"{PREFIX}/sign-in/facebook"
MOST = 5


@pytest.fixture(scope="module")
def app() -> Flask:
    return portal(PROVIDERS | {"facebook": {"client_id": "id", "client_secret": "secret"}})


def ended(client: FlaskClient, response: TestResponse) -> TestResponse:
    """Where redirects within the site end; never in a loop."""
    for _ in range(MOST):
        if not response.headers.get("Location", "").startswith("/"):
            return response
        response = client.get(response.headers["Location"], headers=OWN_VISIT)
    raise AssertionError("the redirects do not end")


def pressed(client: FlaskClient, query: str = "") -> TestResponse:
    page = client.get(f"{START}{query}")
    return ended(client, client.post(f"{START}{query}", data=fields_of(page, "csrf_token")))


def tried_again(page: TestResponse) -> str:
    """Where the button leads that tries Facebook again: not the strongest one, which earns hours."""
    found = re.search(rf'href="({START}(?:\?[^"]*)?)"', page.text)
    assert found
    return unescape(found[1])


@pytest.mark.parametrize(
    ("query", "title", "says"),
    [
        ("?lang=zh", "您的瀏覽器未接受Cookie", "允許"),
        ("?lang=en", "Your browser does not accept cookies", "Allow cookies"),
    ],
)
def test_who_takes_no_cookie_is_told_so_and_may_try_again_without_a_trip_to_the_provider(
    app: Flask, query: str, title: str, says: str
) -> None:
    client = app.test_client(use_cookies=False)
    page = pressed(client, query)
    assert (page.status_code, code_of(page)) == (400, "cookies_blocked")
    sheet = Sheet(page)
    assert sheet.h1 == title.replace(" ", "")
    assert says.replace(" ", "") in sheet.words
    again = ended(client, client.get(tried_again(page), headers=OWN_VISIT))
    assert code_of(again) == "cookies_blocked"
    allowing = app.test_client()
    assert leads_to(ended(allowing, allowing.get(tried_again(page), headers=OWN_VISIT))).startswith(
        "https://www.facebook.com/"
    )


def test_who_came_back_from_the_provider_without_a_cookie_learns_the_same_by_trying_again(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    page = client.get(f"{START}/callback?code=c&state=s")
    assert code_of(page) == "unknown_sign_in"
    again = ended(client, client.get(tried_again(page), headers=OWN_VISIT))
    assert code_of(again) == "cookies_blocked"


def test_a_script_is_told_by_the_same_code(app: Flask) -> None:
    client = app.test_client(use_cookies=False)
    response = client.post(START, headers={"Accept": "application/json"})
    for _ in range(2):
        response = client.get(response.headers["Location"], headers={"Accept": "application/json"})
    assert response.get_json()["code"] == "cookies_blocked"


@pytest.mark.parametrize("cleared", [True, False])
def test_a_form_of_yesterday_is_told_as_too_old_and_not_as_blocked_cookies(app: Flask, cleared: bool) -> None:
    learner = Learner.at(app)
    page = learner.get(START)
    token = fields_of(page, "csrf_token")
    learner.client.delete_cookie("session")
    if not cleared:  # some cookie of the portal is left: then nothing need be asked
        learner.client.set_cookie("theme", "dark")
    answer = learner.client.post(START, data=token)
    assert (answer.status_code == 400) is not cleared
    assert code_of(ended(learner.client, answer)) == "expired"
    assert leads_to(learner.press(learner.get(START))).startswith("https://www.facebook.com/")


def test_who_takes_cookies_goes_the_way_of_before(app: Flask) -> None:
    learner = Learner.at(app)
    assert leads_to(learner.press(learner.get(START))).startswith("https://www.facebook.com/")
    assert {name[:6] for name in learner.cookies()} == {"sessio", "fl-tx-"}
    assert learner.get(START, headers=OWN_VISIT).headers["Location"].startswith("https://www.facebook.com/")


# --- what it must not open ---


def test_a_post_of_another_site_sets_no_cookie_and_begins_nothing(app: Flask) -> None:
    """Login CSRF: what asks for cookies ends where a form without a token ends, or at the page with the button."""
    learner, cross = Learner.at(app), {"Sec-Fetch-Site": "cross-site"}
    posted = learner.client.post(START, headers=cross)
    assert posted.headers.getlist("Set-Cookie") == []
    answer = posted
    while answer.status_code == 303:
        answer = learner.client.get(answer.headers["Location"], headers=cross)
    assert (code_of(answer), leads_to(answer)) == ("expired", "")
    answer = learner.client.get(f"{START}?cookies=begin", headers=cross)
    while answer.status_code == 303:
        answer = learner.client.get(answer.headers["Location"], headers=cross)
    assert (answer.status_code, answer.text.count('method="post"'), leads_to(answer)) == (200, 1, "")


@pytest.mark.parametrize("made", ["made-up", "late", "begin", "", "sealed for something else"])
def test_no_address_alone_says_that_cookies_are_blocked(app: Flask, made: str) -> None:
    """A bookmark, the Back button or a link that somebody made up asks anew, and a browser with cookies answers."""
    client = app.test_client()
    if made.startswith("sealed"):
        with app.test_request_context():
            made = Sealed("another purpose", 60).seal("begin")
    answer = ended(client, client.get(START, query_string={"cookies": made}, headers=OWN_VISIT))
    assert (code_of(answer), answer.status_code) == (("expired", 400) if made == "late" else ("", 303))
