"""The pretend OpenID providers: MyEGov in its newer generation, and Google."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

import pytest
import requests

from internals import ISSUERS_GOOGLE as GOOGLE
from internals import MYEGOV, Issuer
from support.relying_party import CALLBACK, CHALLENGE, VERIFIER, Params, Portal, part

SIGN_INS = [(i, key) for i in (MYEGOV, GOOGLE) for key, persona in i.personas.items() if not persona.cancels]


@pytest.fixture
def portal(sandbox_url: str) -> Portal:
    return Portal.at(sandbox_url, "myegov")


# --- signing in ---


@pytest.mark.parametrize(("issuer", "persona"), SIGN_INS, ids=[f"{i.name}-{key}" for i, key in SIGN_INS])
def test_a_persona_signs_in_with_what_the_provider_knows(sandbox_url: str, issuer: Issuer, persona: str) -> None:
    portal = Portal.at(sandbox_url, issuer.name)
    back = portal.comes_back(login_hint=persona)
    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == ("the-state", portal.url)
    tokens = portal.redeem(back["code"]).json()
    claims, profile = portal.verified(tokens["id_token"]), portal.userinfo(tokens["access_token"]).json()
    known = {**issuer.facts(issuer.personas[persona]), "sub": issuer.personas[persona].digest(issuer.name)}
    assert profile == known
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (portal.url, portal.client_id, "the-nonce")
    assert claims["auth_time"] <= claims["iat"] < claims["exp"]
    assert claims["amr"] == list(issuer.personas[persona].methods)
    half = sha256(tokens["access_token"].encode()).digest()[:16]
    assert urlsafe_b64decode(claims["at_hash"] + "==") == half
    repeated = known if issuer.claims_in_token else {"sub": known["sub"]}
    protocol = {"iss", "aud", "iat", "exp", "auth_time", "nonce", "amr", "at_hash"}
    assert {name: value for name, value in claims.items() if name not in protocol} == repeated


@pytest.mark.parametrize("name", ["myegov", "google"])
def test_whoever_cancels_comes_back_without_a_code(sandbox_url: str, name: str) -> None:
    portal = Portal.at(sandbox_url, name)
    back = portal.comes_back(login_hint="cancels")
    assert back == {"error": "access_denied", "state": "the-state", "iss": portal.url}


def test_myegov_tells_the_person_from_the_account(portal: Portal) -> None:
    profile = portal.userinfo(portal.tokens("civil_servant")["access_token"]).json()
    assert (profile["cn"], profile["name"]) == ("張公正", "kungcheng")
    assert (profile["uid"], profile["uid_verified"], profile["account_type"]) == ("A223456781", True, "official")


def test_google_keeps_what_was_not_asked_for(sandbox_url: str) -> None:
    tokens = Portal.at(sandbox_url, "google").tokens("social_user", scope="openid profile")
    claims = part(tokens["id_token"], 1)
    assert claims["name"] == "趙自由"
    assert claims.keys().isdisjoint({"email", "email_verified"})


# --- what it refuses ---


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "another-client"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": [CALLBACK, CALLBACK]},
        {"redirect_uri": "https://portal.example.com/callback"},
        {"redirect_uri": "http://localhost:80@attacker.example/"},
        {"redirect_uri": "http://attacker.example\\@localhost/"},
        {"redirect_uri": "http://localhost.attacker.example/"},
        {"redirect_uri": "http://somebody@localhost/"},
        {"redirect_uri": "http://local\thost/"},
        {"redirect_uri": "http://[::1/"},
        {"redirect_uri": "http://localhost:port/"},
        {"redirect_uri": "http://localhost/#fragment"},
        {"redirect_uri": "//localhost/"},
        {"redirect_uri": "javascript://localhost/%0aalert(1)"},
    ],
    ids=repr,
)
def test_an_unknown_client_or_address_is_never_redirected_to(portal: Portal, changes: Params) -> None:
    answer = portal.authorize(login_hint="verified_citizen", **changes)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"state": ["one", "two"]}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
    ],
    ids=repr,
)
def test_a_careless_request_comes_back_as_an_error(portal: Portal, changes: Params, error: str) -> None:
    back = portal.comes_back(login_hint="verified_citizen", **changes)
    assert (back["error"], back["iss"]) == (error, portal.url)
    assert "code" not in back


def test_a_code_is_good_once_even_for_eight_at_the_same_moment(portal: Portal) -> None:
    code = portal.code()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(portal.redeem, [code] * 8))
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 7]
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert refused.json() == {"error": "invalid_grant"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": VERIFIER + "x"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"redirect_uri": [CALLBACK, CALLBACK]}, "invalid_request"),
    ],
    ids=repr,
)
def test_a_code_is_not_redeemed_on_other_terms(portal: Portal, changes: Params, error: str) -> None:
    answer = portal.redeem(portal.code(), **changes)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_a_short_verifier_is_refused_even_when_it_fits(portal: Portal) -> None:
    short = {"code_challenge": "ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0"}
    answer = portal.redeem(portal.code(**short), code_verifier="abc")
    assert answer.json() == {"error": "invalid_grant"}


def test_a_code_of_one_provider_is_nothing_to_another(sandbox_url: str, portal: Portal) -> None:
    answer = Portal.at(sandbox_url, "google").redeem(portal.code())
    assert answer.json() == {"error": "invalid_grant"}


def test_the_secret_is_taken_from_header_or_body_but_not_from_both(portal: Portal) -> None:
    url, code = f"{portal.url}/token", portal.code()
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, "code": code}
    body: Params = {"client_id": portal.client_id, "client_secret": portal.client_secret}
    refused = [
        requests.post(url, form, timeout=5),
        requests.post(url, {**form, **body, "client_secret": "wrong"}, timeout=5),
        requests.post(url, form, auth=(portal.client_id, "wrong"), timeout=5),
        portal.redeem(code, **body),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in refused] == [(401, "invalid_client")] * 4
    assert requests.post(url, {**form, **body}, timeout=5).status_code == 200


def test_userinfo_is_only_for_a_token_of_this_provider(sandbox_url: str, portal: Portal) -> None:
    token = portal.tokens()["access_token"]
    assert portal.userinfo(token).status_code == 200
    assert portal.userinfo("").status_code == 401
    assert Portal.at(sandbox_url, "google").userinfo(token).status_code == 401
