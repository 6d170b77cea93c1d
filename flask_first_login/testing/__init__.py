"""What a host's own tests use.

A host that keeps accounts in its own way runs our suite on it::

    from flask_first_login.testing import AccountsContract

    class TestPortalAccounts(AccountsContract):
        @pytest.fixture
        def accounts(self) -> Accounts:
            return PortalAccounts(...)          # empty, and new for every test
"""

import pytest

pytest.register_assert_rewrite(f"{__name__}.contract")  # so that what fails in a host's tests says why

from .contract import AccountsContract  # noqa: E402  # the line above must come first
from .contract.given import BY_ECPA, BY_GOOGLE, BY_MYEGOV, NATIONAL_ID, OTHER_NATIONAL_ID  # noqa: E402  # likewise

__all__ = ["BY_ECPA", "BY_GOOGLE", "BY_MYEGOV", "NATIONAL_ID", "OTHER_NATIONAL_ID", "AccountsContract"]
