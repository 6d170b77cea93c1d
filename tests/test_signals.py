"""What is told: to whom, with which facts, and that nothing a receiver does matters to a sign-in."""

from __future__ import annotations

import gc
import logging

import pytest
from blinker import NamedSignal
from flask import Flask

from flask_first_login import (
    hours_assessed,
    hours_changed,
    identity_linked,
    identity_revoked,
    national_id_disputed,
    national_id_under_review,
    sign_in_failed,
    signed_in,
)
from internals import tell
from support.pages import portal

SIGNALS = [
    signed_in,
    identity_linked,
    hours_assessed,
    sign_in_failed,
    national_id_under_review,
    national_id_disputed,
    identity_revoked,
]


@pytest.fixture(scope="module")
def app() -> Flask:
    return portal()


def test_every_signal_has_a_name_of_its_own_that_no_other_extension_will_choose() -> None:
    names = [signal.name for signal in SIGNALS]
    assert len(set(names)) == len(names)
    assert all(name.startswith("first-login-") for name in names)


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_a_receiver_is_told_the_facts_by_the_app_itself(app: Flask, signal: NamedSignal) -> None:
    told: list[tuple[object, dict[str, object]]] = []

    def note(sender: object, **facts: object) -> None:
        told.append((sender, facts))

    with signal.connected_to(note, app), app.app_context():
        tell(signal, account="1", provider="google")
    assert told == [(app, {"account": "1", "provider": "google"})]
    assert told[0][0] is app


def test_a_receiver_of_one_app_hears_nothing_of_another(app: Flask) -> None:
    told: list[object] = []

    def note(sender: object, **facts: object) -> None:
        told.append(sender)

    with signed_in.connected_to(note, portal()), app.app_context():
        tell(signed_in, account="1")
    assert told == []


def test_a_receiver_that_asked_for_no_app_hears_all_of_them(app: Flask) -> None:
    told: list[object] = []
    other = portal()

    def note(sender: object, **facts: object) -> None:
        told.append(sender)

    with signed_in.connected_to(note):
        for one in (app, other):
            with one.app_context():
                tell(signed_in)
    assert told == [app, other]


def test_a_receiver_that_fails_is_logged_by_its_kind_alone_and_the_others_are_told(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def first(sender: object, **facts: object) -> None:
        raise ValueError("A123456789 is in this message")

    def second(sender: object, **facts: object) -> str:
        told.append("second")
        return "a value that changes nothing"

    def third(sender: object, account: str) -> None:
        told.append(account)

    with (
        signed_in.connected_to(first, app),
        signed_in.connected_to(second, app),
        signed_in.connected_to(third, app),
        app.app_context(),
        caplog.at_level(logging.DEBUG),
    ):
        tell(signed_in, account="1", provider="google", first=True)
    assert sorted(told) == ["1", "second"]
    assert [record.getMessage() for record in caplog.records] == [
        "a receiver of first-login-signed-in failed: ValueError"
    ]
    assert "A123456789" not in caplog.text


def test_what_ends_a_process_is_not_swallowed(app: Flask) -> None:
    def stop(sender: object, **facts: object) -> None:
        raise KeyboardInterrupt

    with signed_in.connected_to(stop, app), app.app_context(), pytest.raises(KeyboardInterrupt):
        tell(signed_in)


def test_telling_nobody_is_fine(app: Flask) -> None:
    with app.app_context():
        tell(hours_assessed, account="1", report=None)


def test_the_hosts_other_signals_of_the_same_app_are_left_alone(app: Flask) -> None:
    told: list[str] = []

    def note(sender: object, **facts: object) -> None:
        told.append("failed")

    with sign_in_failed.connected_to(note, app), app.app_context():
        tell(signed_in, account="1")
    assert told == []


def test_a_receiver_names_the_facts_it_wants_and_a_builtin_that_names_none_gets_them_all(app: Flask) -> None:
    told: list[object] = []

    def wants(sender: object, *, provider: str) -> None:
        told.append(provider)

    with signed_in.connected_to(wants, app), signed_in.connected_to(dict, app), app.app_context():
        tell(signed_in, account="1", provider="google")
    assert told == ["google"]


def test_a_receiver_that_nobody_else_holds_on_to_hears_until_it_is_disconnected(app: Flask) -> None:
    told: list[str] = []
    hours_changed.connect(lambda sender: told.append("strong"), app)
    hours_changed.connect(lambda sender: told.append("weak"), app, weak=True)
    gc.collect()
    with app.app_context():
        tell(hours_changed, account="1")
    assert told == ["strong"]
