"""What a sign-in costs us, beside plain Authlib at the same provider in a process of its own: ``make bench``."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from urllib.parse import urlsplit

import requests
from authlib.integrations.flask_client import OAuth
from flask import Flask, session
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Response

from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.ratios import Goal, measure, request, show
from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts
from reading import SECRET
from walking import OWN_VISIT

OURS, AUTHLIB = "ours", "plain Authlib"
TIMES = 200
PERSONA = "verified_citizen"
BROWSER = requests.Session()


def ours(base: str) -> Flask:
    app = Flask("ours")
    provider = sandbox.settings(base)["myegov"] | {"allow_private": base.startswith("https")}
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS={"myegov": provider})
    FirstLogin(app, accounts=MemoryAccounts())
    return app


def authlib(base: str) -> Flask:
    """A relying party as Authlib's documentation writes it, with PKCE, whose answer is kept in the session."""
    app = Flask("authlib")
    app.config["SECRET_KEY"] = SECRET
    given = sandbox.settings(base)["myegov"]
    oauth = OAuth(app)
    oauth.register(
        "myegov",
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        server_metadata_url=f"{given['issuer']}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256"},
    )

    @app.get("/first-login/sign-in/myegov")
    def start() -> Response:
        answer: Response = oauth.myegov.authorize_redirect("http://localhost/first-login/sign-in/myegov/callback")
        return answer

    @app.get("/first-login/sign-in/myegov/callback")
    def callback() -> Response:
        token = oauth.myegov.authorize_access_token()
        session["who"] = oauth.myegov.userinfo(token=token)["sub"]
        return Response(status=303, headers={"Location": "/"})

    return app


@dataclass
class Party:
    """A relying party, and the CPU microseconds of each of its answers to a callback."""

    app: Flask
    callbacks: list[float] = field(default_factory=list)
    cookies: list[int] = field(default_factory=list)

    def sign_in(self) -> None:
        """One sign-in of a browser that was never here before."""
        client = self.app.test_client()
        begun = client.get("/first-login/sign-in/myegov", headers=OWN_VISIT)
        assert begun.status_code in {302, 303}, begun.text
        self.cookies.append(sum(len(one.partition(";")[0]) for one in begun.headers.getlist("Set-Cookie")))
        answer = BROWSER.get(f"{begun.location}&login_hint={PERSONA}", allow_redirects=False, timeout=10)
        done = _timed(self.callbacks, lambda: _callback(client, answer.headers["Location"]))
        assert done.status_code == 303, done.text


def _callback(client: FlaskClient, url: str) -> TestResponse:
    parts = urlsplit(url)
    return client.get(f"{parts.path}?{parts.query}")


def _timed(into: list[float], call: Callable[[], TestResponse]) -> TestResponse:
    began = process_time()
    response = call()
    into.append((process_time() - began) * 1e6)
    return response


def compare(base: str, times: int = TIMES) -> dict[str, float]:
    """The median of each answer, of two relying parties that take turns."""
    parties = {OURS: Party(ours(base)), AUTHLIB: Party(authlib(base))}
    for party in parties.values():
        party.sign_in()  # what is fetched and loaded once
        party.callbacks.clear()
    for _ in range(times):
        for party in parties.values():
            party.sign_in()
    path = "/first-login/sign-in/myegov"
    found = measure({f"{name}: start": request(party.app, path) for name, party in parties.items()})
    for name, party in parties.items():
        found[f"{name}: callback"] = statistics.median(party.callbacks)
        print(f"  {name}: {statistics.median(party.cookies):.0f} octets of cookies for one start")
    return found


START = Goal(f"{OURS}: start", f"{AUTHLIB}: start", 0.6)
HTTP = Goal(f"{OURS}: callback", f"{AUTHLIB}: callback", 0.6)
TLS = Goal(f"{OURS}: callback", f"{AUTHLIB}: callback", 0.1)


def main() -> list[str]:
    with sandbox_kept_alive() as base:
        missed = show("Sign-in at MyEGov (a token and a userinfo call), warm, over http", compare(base), [START, HTTP])
    with tempfile.TemporaryDirectory() as folder, sandbox_kept_alive(Path(folder)) as base:
        return [*missed, *show("The same over TLS", compare(base, times=50), [START, TLS])]


if __name__ == "__main__":
    main()
