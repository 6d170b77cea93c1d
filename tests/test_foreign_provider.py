"""A whole sign-in at an OpenID provider that nobody here wrote, declared by configuration alone."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
import requests
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import Assurance, Kind, Standing, signed_in
from internals import state_of
from support.learner import Learner
from support.pages import portal

pytestmark = pytest.mark.slow

CALLBACK = "http://localhost/first-login/sign-in/abroad/callback"
SECRET = "a-secret-of-the-foreign-provider"


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The provider in a process of its own; gives its issuer."""
    script = Path(__file__).parent / "support" / "foreign_provider.py"
    command = [sys.executable, str(script), CALLBACK, str(tmp_path_factory.mktemp("foreign"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def declared(issuer: str, **settings: object) -> Flask:
    """A portal that knows this provider by its configuration alone."""
    provider: dict[str, object] = {
        "issuer": issuer,
        "client_id": "portal",
        "client_secret": SECRET,
        "standing": "government",
        "title": {"en": "Abroad", "zh": "外館"},
        "scope": "openid profile",
        "claims": {"national_id": "person_no", "name": "full_name", "verified": "proven", "kind": "role"},
        "kinds": {"officer": "civil_servant"},
    }
    return portal({"abroad": {**provider, **settings}})


@pytest.fixture
def app(issuer: str) -> Flask:
    return declared(issuer)


def answer(sent_to: str) -> str:
    """Where the provider sends the browser back to, after its own pages."""
    with requests.Session() as browser:
        while not sent_to.startswith(CALLBACK):
            response = browser.get(sent_to, allow_redirects=False, timeout=10)
            assert response.status_code == 302, response.text
            sent_to = urljoin(sent_to, response.headers["Location"])
    return sent_to


def sign_in(learner: Learner) -> TestResponse:
    return learner.get(answer(learner.start("abroad")))


def code(response: TestResponse) -> list[str]:
    return re.findall('data-code="([a-z_]+)"', response.get_data(as_text=True))


def test_a_person_of_a_foreign_provider_earns_all_hours_under_the_claims_it_states(app: Flask) -> None:
    accounts: list[str] = []

    def note(sender: Flask, account: str, **_: object) -> None:
        accounts.append(account)

    learner = Learner.at(app)
    with signed_in.connected_to(note, app):
        page = learner.follow(sign_in(learner)).get_data(as_text=True)
    assert set(re.findall('data-verdict="([a-z]+)"', page)) == {"uploadable"}
    assert "A22345****" in page
    account = state_of(app).accounts.get(accounts[0])
    assert account is not None
    (identity,) = account.identities
    assert (identity.provider, identity.name) == ("abroad", "張公正")
    assert (identity.standing, identity.kind) == (Standing.GOVERNMENT, Kind.CIVIL_SERVANT)
    assert identity.assurance is Assurance.VERIFIED
    assert "A223456781" not in "\n".join([*learner.bodies, *learner.seen, *learner.cookies().values()])


def test_the_same_person_comes_back_to_the_same_account(app: Flask) -> None:
    told: list[tuple[str, bool]] = []

    def note(sender: Flask, account: str, provider: str, first: bool) -> None:
        told.append((account, first))

    with signed_in.connected_to(note, app):
        for _ in range(2):
            sign_in(Learner.at(app))
    assert [first for _, first in told] == [True, False]
    assert len({account for account, _ in told}) == 1


@pytest.mark.parametrize("token_auth", ["client_secret_basic", "client_secret_post"])
def test_a_secret_travels_in_the_way_that_was_set(issuer: str, token_auth: str) -> None:
    assert sign_in(Learner.at(declared(issuer, token_auth=token_auth))).status_code == 303


def test_a_provider_that_demands_the_verifier_of_the_challenge_gets_it_from_us_and_from_nobody_else(
    app: Flask, issuer: str
) -> None:
    learner = Learner.at(app)
    back = answer(learner.start("abroad"))
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, **dict(parse_qsl(urlsplit(back).query))}
    for verifier in ({"code_verifier": "v" * 43}, {}):
        stolen = requests.post(f"{issuer}/token/", data={**form, **verifier}, auth=("portal", SECRET), timeout=10)
        assert stolen.json()["error"] in {"invalid_grant", "invalid_request"}
    assert sign_in(Learner.at(app)).status_code == 303


def test_a_code_that_was_used_is_refused_by_us_before_the_provider_is_asked(app: Flask) -> None:
    learner = Learner.at(app)
    used = dict(parse_qsl(urlsplit(answer(learner.start("abroad"))).query))
    again = dict(parse_qsl(urlsplit(learner.start("abroad")).query))
    path = urlsplit(CALLBACK).path
    assert learner.client.get(path, query_string=used).status_code == 303
    response = learner.client.get(path, query_string={**used, "state": again["state"]})
    assert (response.status_code, code(response)) == (400, ["already_used"])


def test_a_wrong_secret_is_refused_there_and_told_as_the_providers_refusal(issuer: str) -> None:
    response = sign_in(Learner.at(declared(issuer, client_secret="another")))
    assert (response.status_code, code(response)) == (502, ["code_refused"])


@pytest.mark.parametrize("iss", ["", "&iss=https%3A%2F%2Fevil.example"])
def test_an_answer_without_the_issuer_that_the_provider_promises_is_refused(app: Flask, iss: str) -> None:
    learner = Learner.at(app)
    back, found = re.subn(r"&iss=[^&]+", iss, answer(learner.start("abroad")))
    assert found == 1
    response = learner.get(back)
    assert (response.status_code, code(response)) == (400, ["wrong_issuer"])


def test_a_token_under_the_shared_secret_is_refused_although_the_provider_advertises_it(issuer: str) -> None:
    metadata = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=10).json()
    assert "HS256" in metadata["id_token_signing_alg_values_supported"]
    response = sign_in(Learner.at(declared(issuer, client_id="portal-with-a-shared-key")))
    assert (response.status_code, code(response)) == (502, ["id_token_invalid"])


@pytest.mark.parametrize("change", ["/", "/?x=1"])
def test_an_issuer_that_is_nearly_the_providers_own_is_another_one(issuer: str, change: str) -> None:
    learner = Learner.at(declared(issuer + change))
    response = learner.get("/first-login/sign-in/abroad", headers={"Sec-Fetch-Site": "none"})
    assert (response.status_code, code(response)) == (502, ["provider_error"])
