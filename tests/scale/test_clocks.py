"""Clocks that differ by five minutes: a provider's and ours, and two of ours.

A minute is borne everywhere. Beyond it a wrong clock costs the sign-ins that are judged by it, with a code, until it is
set; nothing needs a restart.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from werkzeug.test import TestResponse

from scale.measures import answered_in_time
from scale.test_providers_break import Trial
from support.learner import Learner

pytestmark = pytest.mark.scale
PERSONS = {"myegov": "declared_citizen", "ecpa": "civil_servant"}


def clock(ahead: int) -> time_machine.travel:
    """By how many seconds the clock of this process is ahead of everybody else's."""
    return time_machine.travel(timedelta(seconds=ahead))


def sign_in(learner: Learner, provider: str) -> TestResponse:
    with answered_in_time():
        return learner.sign_in(provider, PERSONS.get(provider, "social_user"))


def code_of(response: TestResponse) -> str | None:
    """The code of a failure, or None when the sign-in goes on."""
    if response.status_code == 303:
        return None
    [code] = re.findall(r'data-code="(\w+)"', response.get_data(as_text=True))
    return str(code)


@pytest.mark.parametrize(
    ("provider", "ahead", "code"),
    [
        # An ID token of the pretend providers is good for five minutes, and a minute of grace.
        ("myegov", 45, None),
        ("myegov", -45, None),
        ("myegov", 300, "id_token_invalid"),
        ("myegov", -300, None),
        ("myegov", -400, "id_token_invalid"),
        ("google", 300, "id_token_invalid"),
        ("google", -300, None),
        # Apple judges the time of our secret, too.
        ("apple", 45, None),
        ("apple", -45, None),
        ("apple", 310, "code_refused"),
        ("apple", -310, "code_refused"),
        # What Facebook answers bears no time.
        ("facebook", 300, None),
        ("facebook", -300, None),
        # A ticket is good five minutes before its time and after it.
        ("ecpa", 290, None),
        ("ecpa", -290, None),
        ("ecpa", 310, "expired"),
        ("ecpa", -310, "expired"),
    ],
)
def test_a_provider_whose_clock_is_ahead_of_ours_or_behind_it(
    providers: str, provider: str, ahead: int, code: str | None
) -> None:
    """Whose clock is the right one makes no difference: ours being behind is the provider's being ahead."""
    trial = Trial.at(providers)
    with clock(-ahead):
        assert code_of(sign_in(Learner.at(trial.app), provider)) == code
        assert not (code and trial.accounts._accounts)
        assert trial.app.test_client().get("/first-login/").status_code == 200
        assert code_of(sign_in(Learner.at(trial.app), "facebook")) is None
    assert code_of(sign_in(Learner.at(trial.app), provider)) is None


@pytest.mark.parametrize(("ahead", "code"), [(45, None), (-45, None), (300, None), (-300, "expired")])
def test_a_sign_in_that_ends_on_a_machine_whose_clock_is_another(providers: str, ahead: int, code: str | None) -> None:
    """What is judged is what the one sealed and the other opens: Facebook's answer bears no time. That a machine is
    behind the other is the same as that the other is ahead."""
    here, there = (Trial.at(providers).app for _ in range(2))
    learner = Learner.at(here)
    callback = learner.answer(learner.start("facebook"), "social_user")
    learner.app, learner.client.application = there, there
    with clock(ahead), answered_in_time():
        assert code_of(learner.get(callback)) == code
    learner.app, learner.client.application = here, here
    assert code_of(sign_in(learner, "facebook")) is None
