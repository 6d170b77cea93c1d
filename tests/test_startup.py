"""What a portal loads when it starts: what a page of the wizard needs, and nothing that only a sign-in needs."""

from __future__ import annotations

import subprocess
import sys

LATER = ("authlib", "cryptography", "joserfc", "requests", "sqlalchemy", "urllib3")
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
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def test_a_portal_that_serves_the_wizard_has_loaded_nothing_that_only_a_sign_in_needs() -> None:
    loaded = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True).stdout.split()
    assert "flask_first_login" in loaded
    assert [name for name in LATER if name in loaded] == []
