"""What a portal loads when it starts: what a page of the wizard needs, and nothing that only a sign-in needs."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

LATER = {
    *("authlib", "cryptography", "joserfc", "requests", "sqlalchemy", "urllib3"),
    *("flask_first_login.cli.hours", "flask_first_login.report"),
}
START = """
import sys
from flask import Flask
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts

app = Flask("portal")
app.config["SECRET_KEY"] = "of this test and of nothing else"
app.config["FIRST_LOGIN_PROVIDERS"] = {
    name: {"client_id": "id", "client_secret": "secret", "protocol": "oidc", "issuer": f"http://127.0.0.1:9/{name}"}
    for name in ("myegov", "google")
}
FirstLogin(app, accounts=MemoryAccounts())
assert app.test_client().get("/first-login/").status_code == 200
"""
LOADED = "print(*sys.modules)"
PRELOADED = """
import flask_first_login.preload
before = {*sys.modules}
for path in ("sign-in/google", "sign-in/google/callback", "hours", "outcome", "acknowledge", "api/v1/hours"):
    app.test_client().get(f"/first-login/{path}")
print(*(name for name in sys.modules if name not in before))
"""


def loaded(code: str) -> set[str]:
    """The modules that a new process has loaded when it has run the code."""
    return {*subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()}


def test_a_portal_that_serves_the_wizard_has_loaded_nothing_that_only_a_sign_in_needs() -> None:
    found = loaded(START + LOADED)
    assert "flask_first_login.web.guide" in found
    assert found & LATER == set()


def test_a_portal_that_preloads_has_loaded_all_that_a_sign_in_needs() -> None:
    found = loaded(START + PRELOADED)
    assert {name for name in found if name.partition(".")[0] in {*LATER, "flask_first_login"}} == set()
