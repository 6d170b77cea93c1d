"""The pytest plugin that a host's own tests use: its fixtures, and the contracts of its ports. PYTEST_DONT_REWRITE

Here lives what a portal's tests import, and nothing that a running portal does. It is no entry point of pytest: that
would import Flask into every test run of every environment in which this package is installed, before a measurement
of coverage has begun.

A host signs made-up people in, without a network and without a browser. It names the fixtures once, in
its top ``conftest.py``, and sets its portal to the pretend providers::

    pytest_plugins = ["flask_first_login.testing"]

    @pytest.fixture
    def client(first_login_sandbox):
        app = create_app({"FIRST_LOGIN_PROVIDERS": first_login_sandbox.settings()})
        return app.test_client()

    def test_a_civil_servant_earns_lifelong_hours(client, sign_in_as):
        assert sign_in_as(client, "civil_servant").verdicts["lifelong"] == "uploadable"

A host that keeps accounts in its own way runs our suite on it::

    from flask_first_login.testing import AccountsContract

    class TestPortalAccounts(AccountsContract):
        @pytest.fixture
        def accounts(self) -> Accounts:
            return PortalAccounts(...)          # empty, and new for every test

A store that also has the methods of `flask_first_login.accounts.NumberCases` runs `NumberCasesContract` likewise,
one that has those of `Imports` `MembersContract`, and a session of the host's own `HostSessionContract`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

import pytest
from flask.testing import FlaskClient

# So that what fails in a host's tests says why.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in (
            "accounts_contract",
            "admission_contract",
            "cases_contract",
            "disputes_contract",
            "identities",
            "members_contract",
            "proven_numbers_contract",
            "reviews_contract",
            "session_contract",
        )
    )
)

from .accounts_contract import AccountsContract  # noqa: E402  # the line above must come first
from .cases_contract import NumberCasesContract  # noqa: E402  # likewise
from .identities import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID  # noqa: E402  # likewise
from .members_contract import MembersContract  # noqa: E402  # likewise
from .pretend_providers import PretendProviders  # noqa: E402  # likewise
from .session_contract import HostSessionContract  # noqa: E402  # likewise
from .sign_in import Arrival  # noqa: E402  # likewise

__all__ = [
    "BY_ECPA",
    "BY_GOOGLE",
    "BY_MYEGOV",
    "NATIONAL_ID",
    "OTHER_NATIONAL_ID",
    "AccountsContract",
    "Arrival",
    "HostSessionContract",
    "MembersContract",
    "NumberCasesContract",
    "PretendProviders",
    "ProviderFails",
    "SignInAs",
    "first_login_sandbox",
    "provider_fails",
    "sign_in_as",
]

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
