"""What a sign-in costs us, beside plain Authlib at the same provider in a process of its own: ``make bench``."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from authlib.integrations.flask_client import OAuth
from flask import Flask, session
from werkzeug.test import Client
from werkzeug.wrappers import Response

from benchmarks.kept_alive import sandbox_kept_alive
from benchmarks.missed import Goal, Missed, Why, largest, profiles, tell
from benchmarks.party import Party, RelyingParty, callbacks
from benchmarks.ratios import measure, request, show
from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts
from support.learner import OWN_VISIT
from support.pages import SECRET

TIMES = 200
PATH = "/first-login/sign-in/myegov"


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

    @app.get(PATH)
    def start() -> Response:
        answer: Response = oauth.myegov.authorize_redirect(f"http://localhost{PATH}/callback")
        return answer

    @app.get(f"{PATH}/callback")
    def callback() -> Response:
        token = oauth.myegov.authorize_access_token()
        session["who"] = oauth.myegov.userinfo(token=token)["sub"]
        return Response(status=303, headers={"Location": "/"})

    return app


OURS = RelyingParty("ours", ours, PATH, login="/first-login/login")
AUTHLIB = RelyingParty("plain Authlib", authlib, PATH)
LIBRARIES = (
    "Werkzeug's redirect and cookies, Fernet, urllib3, and Authlib's way to write an address stand in place of code "
    "of ours that was quicker and had to be understood; headers and cookies read by their exact names are checks"
)
START = Goal("ours: start", "plain Authlib: start", 0.8, LIBRARIES)
HTTP = Goal("ours: callback", "plain Authlib: callback", 0.75, LIBRARIES)
TLS = Goal("ours: callback", "plain Authlib: callback", 0.1)
ONE, TEN = "one pending start", "ten starts, none completed"
COOKIES = [Goal(f"ours: {ONE}", None, 400), Goal(f"ours: {TEN}", None, 2048)]


def compare(title: str, base: str, goals: list[Goal], times: int = TIMES) -> list[Missed]:
    parties = [Party.at(base, kind) for kind in (OURS, AUTHLIB)]
    starts = {f"{party.kind.name}: start": request(party.app, PATH) for party in parties}
    found = measure(starts) | callbacks(parties, times)
    why = profiles(starts) | {f"{party.kind.name}: callback": party.why() for party in parties}
    return show(title, found, goals, why)


def cookies(base: str) -> list[Missed]:
    """What a browser carries, as it sends it, for one start that is pending and for more than are kept."""
    found: dict[str, float] = {}
    parts: dict[str, Why] = {}
    for kind in (OURS, AUTHLIB):
        client = Client(kind.make(base))
        carried = []
        for _ in range(10):
            client.get(PATH, headers=OWN_VISIT, base_url="http://localhost")
            carried.append([f"{one.key}={one.value}" for one in (client._cookies or {}).values()])
        for row, held in ((ONE, carried[0]), (TEN, carried[-1])):
            found[f"{kind.name}: {row}"] = len("; ".join(held))
            parts[f"{kind.name}: {row}"] = partial(largest, {one.partition("=")[0]: len(one) for one in held})
    return show("Cookies for sign-ins that have begun", found, COOKIES, parts, "octets")


def main() -> list[Missed]:
    with sandbox_kept_alive() as base:
        missed = compare("Sign-in at MyEGov (a token and a userinfo call), warm, over http", base, [START, HTTP])
        missed += cookies(base)
    with tempfile.TemporaryDirectory() as folder, sandbox_kept_alive(Path(folder)) as base:
        return [*missed, *compare("The same over TLS", base, [START, TLS], times=50)]


if __name__ == "__main__":
    tell(main())
