"""When a provider breaks: an answer in time with a code, nothing half done, nobody else harmed, and all well after."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts
from internals import PERSONAS
from scale.measures import answered_in_time
from scale.second import Providers, trusted
from support.learner import Learner
from support.loopback_servers import Authority, Peer, Talk, answer, answering, serve
from support.pages import SECRET
from support.relying_party import Portal, Pretend

pytestmark = pytest.mark.scale
JSON = {"Accept": "application/json"}
VISIT = JSON | {"Sec-Fetch-Site": "same-origin"}
WHO = "declared_citizen"
[SUBJECT] = [persona.digest("myegov") for persona in PERSONAS if persona.key == WHO]


@dataclass
class Trial:
    """A portal of the pretend providers, whose MyEGov may be another one: that which breaks."""

    app: Flask
    accounts: MemoryAccounts
    issuer: str

    @classmethod
    def at(cls, providers: str, myegov: Mapping[str, object] | None = None) -> Trial:
        app, accounts = Flask("portal"), MemoryAccounts()
        settings: dict[str, Any] = {**sandbox.settings(providers)}
        settings |= {"myegov": myegov} if myegov else {}
        app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=settings)
        FirstLogin(app, accounts=accounts)
        return cls(app, accounts, settings["myegov"]["issuer"])

    def on_the_way(self) -> tuple[Learner, str]:
        """A learner whom the provider has just sent back, and the address to bring there."""
        learner = Learner.at(self.app)
        return learner, learner.answer(learner.start("myegov"), WHO)

    def fails_alone(self, answered: Callable[[], TestResponse], code: str) -> None:
        """What is asked fails in time with this code; meanwhile all else goes on, and nothing is left of it."""
        in_time = answered_in_time()(answered)
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(in_time)
            assert self.app.test_client().get("/first-login/").status_code == 200
            assert Learner.at(self.app).sign_in("google", "social_user").status_code == 303
            response = under_way.result()
        told = response.get_json()
        assert (response.status_code, told["code"]) == (502, code)
        assert told["support_code"]
        assert self.accounts.owner_of(self.issuer, SUBJECT) is None

    def is_well(self) -> None:
        assert Learner.at(self.app).sign_in("myegov", WHO).status_code == 303
        assert self.accounts.owner_of(self.issuer, SUBJECT) is not None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("token_500", "provider_down"),
        ("slow", "provider_down"),
        ("huge_answer", "provider_error"),
        ("not_json", "provider_error"),
        ("unknown_kid", "id_token_invalid"),
        ("bad_signature", "id_token_invalid"),
    ],
)
def test_a_provider_that_breaks_during_a_sign_in_costs_that_sign_in_alone(
    providers: str, fault: str, code: str
) -> None:
    trial = Trial.at(providers)
    learner, callback = trial.on_the_way()
    with Pretend(f"{providers}/myegov").with_fault(fault):
        trial.fails_alone(lambda: learner.get(callback, headers=JSON), code)
    trial.is_well()


def test_a_provider_that_changes_its_keys_is_followed(providers: str) -> None:
    trial = Trial.at(providers)
    trial.is_well()
    with Pretend(f"{providers}/myegov").with_fault("rotated_key"):
        trial.is_well()
    trial.is_well()


def breaks_off(peer: Peer) -> None:
    """Accept and break off."""


def is_closed_for_repair(peer: Peer) -> None:
    peer.request()
    peer.send(answer(b"<html>maintenance</html>", "Connection: close", status="503 Service Unavailable"))


BROKEN: dict[str, tuple[Talk, str]] = {
    "it breaks off": (breaks_off, "provider_down"),
    "it drips": (lambda peer: peer.drip(answer(b"{" * 4000)), "provider_down"),
    "it sends 10 MB": (answering(answer(b" " * 10_000_000)), "provider_error"),
    "it sends a page": (is_closed_for_repair, "provider_down"),
}


@pytest.mark.parametrize(("talk", "code"), BROKEN.values(), ids=BROKEN)
def test_a_provider_that_cannot_be_asked_where_to_go_stops_its_own_button_alone(
    providers: str, talk: Talk, code: str
) -> None:
    now = [talk]
    with serve(lambda peer: now[0](peer)) as server:
        issuer = server.url.rstrip("/")
        trial = Trial.at(providers, {**sandbox.settings(providers)["myegov"], "issuer": issuer})
        client = trial.app.test_client()
        trial.fails_alone(lambda: client.get("/first-login/sign-in/myegov", headers=VISIT), code)
        now[0] = answering(answer(discovery(providers, issuer)))
        assert client.get("/first-login/sign-in/myegov", headers=VISIT).status_code == 303


def discovery(providers: str, issuer: str) -> bytes:
    """What MyEGov says of itself, at another address."""
    said = Portal.at(providers, "myegov").get(".well-known/openid-configuration").text
    return said.replace(f"{providers}/myegov", issuer).encode()


# --- providers that go away, or show a certificate that nobody vouches for ---


@dataclass
class Second:
    """Providers inside TLS, with a certificate that is vouched for, and the file of one that is not."""

    providers: Providers
    right: Path
    wrong: Path


@pytest.fixture
def second(tmp_path: Path) -> Iterator[Second]:
    known, unknown = tmp_path / "known", tmp_path / "unknown"
    for folder in (known, unknown):
        folder.mkdir()
    authority, _ = Authority.made_in(known), Authority.made_in(unknown)
    providers = Providers(authority.server)
    with trusted(authority):
        yield Second(providers, known / "server.pem", unknown / "server.pem")
    providers.stop()


def test_a_provider_that_goes_away_costs_the_sign_ins_there_alone(providers: str, second: Second) -> None:
    trial = Trial.at(providers, second.providers.settings("myegov"))
    learner, callback = trial.on_the_way()
    second.providers.stop()
    trial.fails_alone(lambda: learner.get(callback, headers=JSON), "provider_down")
    second.providers.start()
    trial.is_well()


def test_a_wrong_certificate_from_the_start_stops_its_own_button_alone(providers: str, second: Second) -> None:
    trial = Trial.at(providers, second.providers.settings("myegov"))
    client = trial.app.test_client()
    second.providers.show(second.wrong)
    trial.fails_alone(lambda: client.get("/first-login/sign-in/myegov", headers=VISIT), "provider_error")
    second.providers.show(second.right)
    trial.is_well()


@pytest.mark.parametrize("last_good", ["/myegov/authorize", "/myegov/token", "/myegov/jwks"])
def test_a_certificate_that_becomes_wrong_under_way_costs_that_sign_in_alone(
    providers: str, second: Second, last_good: str
) -> None:
    """When the token is asked for, and when the keys and the profile are."""
    trial = Trial.at(providers, second.providers.settings("myegov"))
    second.providers.then[last_good] = lambda: second.providers.show(second.wrong)
    learner, callback = trial.on_the_way()
    trial.fails_alone(lambda: learner.get(callback, headers=JSON), "provider_error")
    assert second.providers.then == {}
    second.providers.show(second.right)
    trial.is_well()
