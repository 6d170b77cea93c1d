"""What a host's own tests use. PYTEST_DONT_REWRITE

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
"""

import pytest

pytest.register_assert_rewrite(f"{__name__}.contract")  # so that what fails in a host's tests says why

from .arrival import Arrival  # noqa: E402  # the line above must come first
from .contract import AccountsContract  # noqa: E402  # likewise
from .contract.given import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID  # noqa: E402  # likewise
from .plugin import ProviderFails, SignInAs, first_login_sandbox, provider_fails, sign_in_as  # noqa: E402  # likewise
from .pretend import PretendProviders  # noqa: E402  # likewise

__all__ = [
    "BY_ECPA",
    "BY_GOOGLE",
    "BY_MYEGOV",
    "NATIONAL_ID",
    "OTHER_NATIONAL_ID",
    "AccountsContract",
    "Arrival",
    "PretendProviders",
    "ProviderFails",
    "SignInAs",
    "first_login_sandbox",
    "provider_fails",
    "sign_in_as",
]
