"""The fixtures. A project names them in its top ``conftest.py``: ``pytest_plugins = ["flask_first_login.testing"]``.

They are no entry point of pytest: that would import Flask into every test run of every environment in
which this package is installed, before a measurement of coverage has begun.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest
from flask.testing import FlaskClient

from .arrival import Arrival
from .pretend import PretendProviders

ProviderFails = Callable[[str, str], AbstractContextManager[object]]


class SignInAs(Protocol):
    """`PretendProviders.sign_in_as`, as the fixture of that name gives it."""

    def __call__(
        self,
        client: FlaskClient,
        persona: str,
        provider: str | None = None,
        *,
        next: str | None = None,
        acknowledge: bool = True,
        **query: str,
    ) -> Arrival: ...


@pytest.fixture(scope="session")
def first_login_sandbox() -> Iterator[PretendProviders]:
    """The pretend providers in this process; ``first_login_sandbox.settings()`` is a portal's FIRST_LOGIN_PROVIDERS."""
    with PretendProviders() as providers:
        yield providers


@pytest.fixture
def sign_in_as(first_login_sandbox: PretendProviders) -> Iterator[SignInAs]:
    """``sign_in_as(client, "civil_servant")`` signs a persona in and gives the `Arrival`."""
    yield first_login_sandbox.sign_in_as
    first_login_sandbox.mend()


@pytest.fixture
def provider_fails(first_login_sandbox: PretendProviders) -> Iterator[ProviderFails]:
    """``provider_fails("google", "cancelled")`` makes it fail until the test ends, or while its ``with`` lasts."""
    yield first_login_sandbox.fail
    first_login_sandbox.mend()
