"""The errors we raise on purpose: where, what, and how to mend it, and never a secret."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import flask_first_login
from flask_first_login import (
    AccountConflict,
    ConfigError,
    FirstLoginError,
    FlowError,
    InvalidNationalId,
    SignInError,
    Text,
)
from internals import Phase, Problem, ProblemsError

PREFIX = Problem("FIRST_LOGIN_URL_PREFIX", "does not start with '/'.", "Write '/first-login'.")
SCREEN = Problem("screen 'account'", "cannot be reached.", "Lead an option to it, or remove it.")


@pytest.mark.parametrize(
    "error", [ConfigError, FlowError, ProblemsError, InvalidNationalId, SignInError, AccountConflict]
)
def test_one_except_clause_catches_every_error_of_the_package(error: type[Exception]) -> None:
    assert issubclass(error, FirstLoginError)


def test_a_problem_says_where_what_and_how_to_mend_it() -> None:
    assert str(PREFIX) == "FIRST_LOGIN_URL_PREFIX: does not start with '/'. Write '/first-login'."


@pytest.mark.parametrize(
    ("error", "first_line"),
    [
        (ConfigError([PREFIX]), "The first-login configuration has 1 problem:"),
        (ConfigError([PREFIX, SCREEN]), "The first-login configuration has 2 problems:"),
        (FlowError([SCREEN]), "The first-login flow has 1 problem:"),
        (ProblemsError([SCREEN, PREFIX]), "The first-login setup has 2 problems:"),
    ],
)
def test_problems_are_told_all_at_once_one_a_line(error: ProblemsError, first_line: str) -> None:
    assert str(error).splitlines() == [first_line, *(f"- {problem}" for problem in error.problems)]


def test_the_problems_of_an_error_stay_as_they_were_found() -> None:
    found = [PREFIX]
    error = ConfigError(found)

    found.append(SCREEN)

    assert error.problems == (PREFIX,)


def test_a_failed_sign_in_says_its_code_its_provider_and_the_step() -> None:
    error = SignInError("provider_down", provider="google", phase="token", detail="no answer in time")

    assert (error.code, error.provider, error.phase, error.detail) == (
        "provider_down",
        "google",
        "token",
        "no answer in time",
    )
    assert str(error) == "sign-in failed: code=provider_down provider=google phase=token no answer in time"


def test_a_failed_sign_in_needs_no_more_than_a_code() -> None:
    assert str(SignInError("expired")) == "sign-in failed: code=expired provider= phase="


def test_a_text_reads_as_its_english_which_is_its_message_id() -> None:
    assert str(Text("Sign in", "會員登入")) == "Sign in"
    assert Text("Sign in", "會員登入").zh == "會員登入"


def test_every_phase_that_our_code_names_is_in_the_list() -> None:
    sources = Path(flask_first_login.__file__).parent.rglob("*.py")
    named = {found for source in sources for found in re.findall(r'phase="(\w+)"', source.read_text())}
    assert {"begin", "leave", "acknowledge"} <= named <= {*Phase}
