"""Somebody who tries made-up answers by the hundred waits; whoever comes through the same proxy does not."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import pace
from flask_first_login.pace import Pace
from publishing import Clock
from reading import portal

OUTSIDE, ANOTHER = "203.0.114.7", "2001:4860:4860::8888"
MOST = 5


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(pace, "monotonic", clock)
    return clock


@pytest.fixture
def app(clock: Clock) -> Flask:
    return portal(failures_per_minute=MOST)


def ask(app: Flask, path: str, address: str | None) -> TestResponse:
    environ = {} if address is None else {"REMOTE_ADDR": address}
    return app.test_client().get(f"/first-login/sign-in/{path}", environ_overrides=environ)


def make_up(app: Flask, address: str | None, times: int = MOST) -> list[int]:
    return [ask(app, "google/callback?code=x&state=y", address).status_code for _ in range(times)]


def test_an_address_that_makes_answers_up_waits_with_every_sign_in_and_is_told_how_long(app: Flask) -> None:
    assert make_up(app, OUTSIDE, MOST + 1) == [400] * MOST + [429]
    for path in ("google", "ecpa/callback/x?bridged=aaaaaaaa", "facebook/callback"):
        response = ask(app, path, OUTSIDE)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "60")
        assert 'data-code="too_many"' in response.text
    assert app.test_client().get("/first-login/login").status_code == 200


def test_nobody_else_waits(app: Flask) -> None:
    make_up(app, OUTSIDE, MOST * 2)
    assert make_up(app, ANOTHER) == [400] * MOST


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.1.2.3", "192.168.1.1", "fe80::1", "", "unix:", "x"])
def test_an_address_inside_is_a_proxys_and_never_waits(app: Flask, address: str) -> None:
    assert make_up(app, address, MOST * 3) == [400] * MOST * 3


def test_after_a_minute_of_patience_everything_is_forgotten(app: Flask, clock: Clock) -> None:
    make_up(app, OUTSIDE, MOST + 3)
    clock.now += 61
    assert make_up(app, OUTSIDE, MOST + 1) == [400] * MOST + [429]


def test_waiting_is_not_made_longer_by_asking_again(app: Flask, clock: Clock) -> None:
    make_up(app, OUTSIDE, MOST * 10)
    clock.now += 13
    assert make_up(app, OUTSIDE, 1) == [400]


def test_a_header_that_anybody_can_write_is_no_address(app: Flask) -> None:
    make_up(app, OUTSIDE)
    client = app.test_client()
    path = "/first-login/sign-in/google/callback?code=x&state=y"
    told = client.get(path, environ_overrides={"REMOTE_ADDR": OUTSIDE}, headers={"X-Forwarded-For": ANOTHER})
    assert told.status_code == 429


def test_without_a_limit_nobody_waits(clock: Clock) -> None:
    assert make_up(portal(failures_per_minute=None), OUTSIDE, 100) == [400] * 100


def test_the_addresses_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST", 3)
    some = Pace()
    for number in range(9):
        some.note(str(number), 1)
    assert [some.is_hasty(str(number), 1) for number in range(9)] == [False] * 6 + [True] * 3
