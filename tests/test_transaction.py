"""What a browser carries of a sign-in on its way: all of it, in one small cookie, and away to the provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from internals import FormPostAnswer as Answer
from internals import Transaction, state_of
from support.learner import OWN_VISIT, Learner
from support.pages import portal
from support.stand_in_provider import NAMES, StandIn, standing_in

START = "/first-login/sign-in/gov?identity=public&certificate=yes&egov=yes&lang=zh-Hant-TW&next=/courses/1204/claim"
WORDS = st.text(max_size=20)


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def app(provider: StandIn) -> Flask:
    return portal(provider.settings(), external_url="https://learning-portal.agency.gov.tw")


def brought_back(app: Flask, transaction: Transaction) -> Transaction:
    response = Response()
    with app.test_request_context("/"):
        transaction.keep(response)
    protocol = state_of(app).registrations[transaction.provider].provider.protocol
    answer = Answer(transaction.provider, protocol, fields={"state": transaction.state})
    with app.test_request_context("/", headers={"Cookie": response.headers["Set-Cookie"].partition(";")[0]}):
        return Transaction.of_answer(answer)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    next=st.none() | WORDS,
    lang=st.none() | WORDS,
    answers=st.dictionaries(WORDS, WORDS, max_size=2),
    joins=st.none() | WORDS,
    step_up=st.booleans(),
    fresh=st.booleans(),
    is_test=st.booleans(),
)
def test_all_that_a_sign_in_was_started_with_comes_back(
    app: Flask,
    next: str | None,
    lang: str | None,
    answers: dict[str, str],
    joins: str | None,
    step_up: bool,
    fresh: bool,
    is_test: bool,
) -> None:
    place = {"next": next, "lang": lang, "answers": answers}
    begun = Transaction.new("gov", **place, joins=joins, step_up=step_up, fresh=fresh, is_test=is_test)
    assert brought_back(app, begun) == begun


def test_no_two_sign_ins_share_anything_random_and_no_part_of_one_tells_another() -> None:
    starts = [Transaction.new("gov") for _ in range(100)]
    parts = [part for one in starts for part in (one.state[8:], one.nonce, one.verifier, one.verifier[:22])]
    assert len({*parts}) == 400
    assert {(len(one.state), len(one.nonce), len(one.verifier)) for one in starts} == {(30, 22, 43)}


def test_a_sign_in_on_its_way_is_a_cookie_of_at_most_400_octets_and_five_are_less_than_2_kib(app: Flask) -> None:
    client = app.test_client()
    for _ in range(5):
        begun = client.get(START, headers=OWN_VISIT)
        assert len(begun.headers["Set-Cookie"].partition(";")[0]) <= 400
    held = client._cookies or {}
    assert len(held) == 5
    assert sum(len(f"{one.key}={one.value}; ") for one in held.values()) <= 2048


def test_its_cookie_is_for_this_site_alone_and_no_script_reads_it(app: Flask) -> None:
    begun = app.test_client().get(START, headers=OWN_VISIT)
    name, *rules = begun.headers["Set-Cookie"].split("; ")
    assert name.startswith("__Host-fl-tx-")
    named = {rule for rule in rules if not rule.startswith("Expires=")}  # beside Max-Age, which browsers prefer
    assert named == {"Max-Age=600", "Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.parametrize("name", NAMES)
def test_the_redirect_to_a_provider_has_its_headers_and_those_of_a_hook_of_the_host(app: Flask, name: str) -> None:
    app.after_request(lambda response: response.headers.add("X-Host", "was here") or response)
    begun = app.test_client().get(f"/first-login/sign-in/{name}", headers=OWN_VISIT)
    assert begun.status_code == 303
    assert begun.headers["Content-Length"] == str(len(begun.data))
    assert begun.headers["X-Host"] == "was here"
    assert begun.headers["Cache-Control"] == "no-store"
    assert begun.headers["Referrer-Policy"] == "same-origin"


def test_addresses_of_two_kinds_of_sign_in_are_not_taken_for_one_another(provider: StandIn) -> None:
    app = portal({"gov": {**provider.settings()["gov"], "step_up_params": {"acr_values": "high"}}})
    urls = [Learner.at(app).start(f"gov?{asked}") for asked in ("", "step_up=1", "fresh=1", "")]
    assert [("acr_values=high" in url, "prompt=login" in url) for url in urls] == [
        (False, False),
        (True, False),
        (False, True),
        (False, False),
    ]


def test_a_cookie_that_somebody_else_named_in_no_ascii_stops_no_sign_in(provider: StandIn) -> None:
    browser = portal(provider.settings()).test_client(use_cookies=False)
    answer = browser.get("/first-login/sign-in/gov", headers=OWN_VISIT | {"Cookie": f"fl-tx-中={'x' * 3400}"})
    assert answer.status_code == 303
    assert all(one.isascii() for one in answer.headers.getlist("Set-Cookie"))
