"""An address that brings by the dozen what its provider refuses begins no more sign-ins for a while."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from internals import FailureLimiter, failure_limiter
from support.learner import OWN_VISIT, Learner
from support.pages import PREFIX, portal
from support.publisher import Clock
from support.stand_in_provider import NAMES, StandIn, come_back, return_path, soap, standing_in

OUTSIDE, ANOTHER = "203.0.114.7", "2001:4860:4860::8888"
MOST = 5
SAYING_NO = {
    "gov": ("/gov/token", {"error": "invalid_grant"}, 400),
    "apple": ("/apple/token", {"error": "invalid_grant"}, 400),
    "facebook": ("/facebook/token", {"error": "invalid_grant"}, 400),
    "myegov": ("/myegov/soap", soap({}, code="-1"), 200),
}


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(failure_limiter, "monotonic", clock)
    return clock


@pytest.fixture
def app(provider: StandIn, clock: Clock) -> Flask:
    provider.be_honest()
    return portal(provider.settings(), failures_per_minute=MOST)


def at(app: Flask, address: str | None) -> Learner:
    """A browser behind this address; None for the machine's own."""
    learner = Learner.at(app)
    if address is not None:
        learner.client.environ_base["REMOTE_ADDR"] = address
    return learner


def begin(learner: Learner, name: str = "gov") -> TestResponse:
    return learner.get(f"{PREFIX}/sign-in/{name}", headers=OWN_VISIT)


def guess(app: Flask, provider: StandIn, address: str | None, times: int = MOST, name: str = "gov") -> list[int]:
    """Begin a sign-in and bring a code that was made up, in a browser of its own each time; gives how that ended."""
    path, value, status = SAYING_NO[name]
    provider.say(path, value, status)
    told = []
    for _ in range(times):
        learner = at(app, address)
        begun = begin(learner, name)
        if begun.status_code != 303:
            told.append(begun.status_code)
            continue
        sent_to = begun.headers["Location"]
        state = dict(parse_qsl(urlsplit(sent_to).query)).get("state", "")
        made_up = secrets.token_hex(8)
        fields = {"twGovT1": made_up} if name == "myegov" else {"code": made_up, "state": state}
        told.append(come_back(learner, name, sent_to, fields).status_code)
    return told


@pytest.mark.parametrize("name", NAMES)
def test_an_address_whose_codes_are_refused_begins_no_more_and_is_told_how_long(
    app: Flask, provider: StandIn, name: str
) -> None:
    assert guess(app, provider, OUTSIDE, MOST + 1, name) == [502] * MOST + [429]
    for other in NAMES:
        response = begin(at(app, OUTSIDE), other)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
        assert 'data-code="too_many"' in response.text
    assert at(app, OUTSIDE).get(f"{PREFIX}/login").status_code == 200
    assert guess(app, provider, ANOTHER, MOST) == [502] * MOST


def test_whoever_holds_a_sign_in_that_was_begun_is_served_all_the_same(app: Flask, provider: StandIn) -> None:
    begun = [(name, at(app, OUTSIDE)) for name in NAMES]
    sent_to = [begin(learner, name).headers["Location"] for name, learner in begun]
    guess(app, provider, OUTSIDE)
    provider.be_honest()
    for (name, learner), address in zip(begun, sent_to, strict=True):
        assert come_back(learner, name, address, provider.answer(name, address)).status_code == 303


def test_every_way_to_begin_is_limited_alike(app: Flask, provider: StandIn) -> None:
    guess(app, provider, OUTSIDE)
    for path in ("sign-in/gov/join", "sign-in/gov/anew", "sign-in/gov", "api/v1/anew/gov"):
        assert at(app, OUTSIDE).client.post(f"{PREFIX}/{path}").status_code == 429


def strangers_answer(learner: Learner) -> None:
    learner.get(f"{PREFIX}/sign-in/gov/callback?code=x&state=y")
    learner.get(f"{PREFIX}/sign-in/facebook/callback?code=x")
    learner.get(f"{PREFIX}/sign-in/apple/callback?bridged=aaaaaaaa")
    learner.get(f"{PREFIX}/sign-in/myegov/callback/x?bridged=aaaaaaaa")
    learner.get(f"{PREFIX}/sign-in/gov/callback?code=x&code=y&state=y")
    learner.get(f"{PREFIX}/sign-in/gov/problem/code_refused")
    learner.get(f"{PREFIX}/sign-in/gov", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"})


def cancelled_and_back(learner: Learner) -> None:
    sent_to = begin(learner).headers["Location"]
    state = dict(parse_qsl(urlsplit(sent_to).query))["state"]
    for _ in range(3):
        learner.get(f"{return_path(sent_to)}?error=access_denied&state={state}")


def malformed(learner: Learner) -> None:
    sent_to = begin(learner).headers["Location"]
    learner.get(f"{return_path(sent_to)}?state={dict(parse_qsl(urlsplit(sent_to).query))['state']}")


@pytest.mark.parametrize("harmless", [strangers_answer, cancelled_and_back, malformed])
def test_what_costs_the_provider_no_call_never_counts(
    app: Flask, provider: StandIn, harmless: Callable[[Learner], None]
) -> None:
    for _ in range(MOST * 3):
        harmless(at(app, OUTSIDE))
    assert not [asked for asked in provider.asked if asked.path.endswith("/token")]
    assert begin(at(app, OUTSIDE)).status_code == 303


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (500, b"down"),
        (200, b"not JSON"),
        (401, {"error": "invalid_client"}),
        (400, {"error": "unauthorized_client"}),
    ],
)
def test_what_is_the_providers_fault_or_the_portals_never_counts(
    app: Flask, provider: StandIn, monkeypatch: pytest.MonkeyPatch, status: int, value: object
) -> None:
    monkeypatch.setitem(SAYING_NO, "gov", ("/gov/token", value, status))
    assert set(guess(app, provider, OUTSIDE, MOST * 2)) == {502}


@pytest.mark.slow
def test_a_hundred_colleagues_who_press_back_once_all_get_in(app: Flask, provider: StandIn) -> None:
    for _ in range(100):
        learner = at(app, OUTSIDE)
        sent_to = learner.start("gov")
        fields = provider.answer("gov", sent_to)
        assert come_back(learner, "gov", sent_to, fields).status_code == 303
        assert come_back(learner, "gov", sent_to, fields).status_code == 303
        assert learner.get(f"{PREFIX}/outcome").status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fe80::1", "fe80::1%eth0", "", "x"])
def test_an_address_inside_is_a_proxys_and_never_waits(app: Flask, provider: StandIn, address: str) -> None:
    assert guess(app, provider, address, MOST * 2) == [502] * MOST * 2


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:4860:4860:1::1", "2001:4860:4860:1:ffff:1:2:3", True),
        ("2001:4860:4860:1::1", "2001:4860:4860:2::1", False),
        (OUTSIDE, f"::ffff:{OUTSIDE}", True),
        (f"::ffff:{OUTSIDE}", "::ffff:203.0.114.8", False),
        (OUTSIDE, "203.0.114.8", False),
    ],
)
def test_a_network_of_ipv6_is_one_address_and_an_ipv4_address_is_one_however_it_is_written(
    app: Flask, provider: StandIn, first: str, second: str, is_one: bool
) -> None:
    guess(app, provider, first)
    assert begin(at(app, second)).status_code == (429 if is_one else 303)


@pytest.mark.parametrize("address", ["::ffff:127.0.0.1", "::ffff:10.1.2.3"])
def test_an_address_inside_is_one_in_ipv6_too(app: Flask, provider: StandIn, address: str) -> None:
    assert guess(app, provider, address, MOST * 2) == [502] * MOST * 2


def test_after_a_minute_of_patience_everything_is_forgotten(app: Flask, provider: StandIn, clock: Clock) -> None:
    guess(app, provider, OUTSIDE, MOST + 3)
    clock.now += 61
    assert guess(app, provider, OUTSIDE, MOST + 1) == [502] * MOST + [429]


def test_waiting_is_not_made_longer_by_asking_again(app: Flask, provider: StandIn, clock: Clock) -> None:
    guess(app, provider, OUTSIDE, MOST * 10)
    clock.now += 13
    assert begin(at(app, OUTSIDE)).status_code == 303


def test_nobody_waits_longer_than_a_minute_whatever_was_begun_before(clock: Clock) -> None:
    limiter = FailureLimiter()
    for _ in range(1000):
        limiter.note(OUTSIDE, MOST)
    clock.now += 61
    assert not limiter.is_limited(OUTSIDE, MOST)


def test_a_header_that_anybody_can_write_is_no_address(app: Flask, provider: StandIn) -> None:
    guess(app, provider, OUTSIDE)
    headers = {**OWN_VISIT, "X-Forwarded-For": ANOTHER}
    assert at(app, OUTSIDE).get(f"{PREFIX}/sign-in/gov", headers=headers).status_code == 429


def test_without_a_limit_nobody_waits(clock: Clock, provider: StandIn) -> None:
    provider.be_honest()
    app = portal(provider.settings(), failures_per_minute=None)
    assert guess(app, provider, OUTSIDE, 70) == [502] * 70


def test_the_addresses_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failure_limiter, "MOST", 3)
    some = FailureLimiter()
    for number in range(9):
        some.note(str(number), 1)
    assert [some.is_limited(str(number), 1) for number in range(9)] == [False] * 6 + [True] * 3
