"""The pretend Sign in with Apple: answers by cross-site POST, a client secret that is signed, a name told once."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey

from flask_first_login import sandbox
from internals import APPLE
from internals import APPLE_FAULTS as FAULTS
from internals import OPENID_FAULTS as OPENID
from support.relying_party import CALLBACK, PKCE, VERIFIER, Params, Pretend, part, posted, returned, verified

STRANGER = ECKey.generate_key("P-256")
HALF_A_YEAR = 15_777_000


@dataclass(frozen=True)
class AtApple(Pretend):
    """The portal, with the settings that the sandbox gave it."""

    setting: dict[str, str]

    def asks(self, **changes: Any) -> Params:
        right = {"response_type": "code", "response_mode": "form_post", "scope": "openid name email"}
        fresh = {"client_id": self.setting["client_id"], "redirect_uri": CALLBACK, "state": "s", "nonce": "n"}
        return {**right, **fresh, **changes}

    def authorize(self, persona: str = "social_user", **changes: Any) -> requests.Response:
        return self.get("authorize", self.asks(login_hint=persona, **changes))

    def comes_back(self, persona: str = "social_user", **changes: Any) -> dict[str, str]:
        return posted(self.authorize(persona, **changes))

    def secret(self, key: ECKey | None = None, kid: str | None = None, alg: str = "ES256", **changes: Any) -> str:
        """A right client secret, then ``changes``."""
        now = int(time.time())
        right = {"iss": self.setting["team_id"], "sub": self.setting["client_id"], "aud": self.url, "iat": now}
        claims = {name: value for name, value in {**right, "exp": now + 300, **changes}.items() if value is not None}
        signer = key or ECKey.import_key(self.setting["private_key"])
        return jwt.encode({"alg": alg, "kid": kid or self.setting["key_id"]}, claims, signer, algorithms=[alg])

    def redeem(self, code: str, **changes: Any) -> requests.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "client_id": self.setting["client_id"]}
        whole = {**form, "code": code, "client_secret": self.secret(), **changes}
        return requests.post(f"{self.url}/token", whole, allow_redirects=False, timeout=5)

    def claims(self, persona: str = "social_user", **changes: Any) -> Params:
        token = self.redeem(self.comes_back(persona, **changes)["code"]).json()["id_token"]
        return verified(token, self.get("jwks").json())


@pytest.fixture
def apple(sandbox_url: str) -> AtApple:
    """Apple as at its start: nobody has consented yet."""
    setting = sandbox.settings(sandbox_url)["apple"]
    there = AtApple(setting["issuer"], setting)
    assert there.set_fault(None).status_code == 200
    return there


# --- signing in ---


def test_it_publishes_what_apple_publishes(apple: AtApple) -> None:
    published = apple.get(".well-known/openid-configuration").json()
    assert published["issuer"] == apple.url
    assert published["token_endpoint_auth_methods_supported"] == ["client_secret_post"]
    assert published["authorization_response_iss_parameter_supported"] is False
    assert published.keys().isdisjoint({"userinfo_endpoint", "code_challenge_methods_supported"})
    assert apple.get("userinfo").status_code == 404


def test_the_answer_is_a_form_that_posts_code_and_state(apple: AtApple) -> None:
    apple.comes_back()
    assert apple.comes_back().keys() == {"code", "state"}
    assert apple.comes_back()["state"] == "s"


def test_the_id_token_says_true_in_a_text_and_never_the_name(apple: AtApple) -> None:
    claims = apple.claims()
    assert (claims["email"], claims["email_verified"]) == ("tzuyu@example.com", "true")
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (apple.url, apple.setting["client_id"], "n")
    assert claims["nonce_supported"] is True
    assert claims["sub"] == f"000123.{APPLE.personas['social_user'].digest('apple')}.0456"
    assert claims.keys().isdisjoint({"name", "is_private_email", "amr"})


def test_a_relay_user_has_a_private_address(apple: AtApple) -> None:
    claims = apple.claims("apple_relay_user")
    assert claims["is_private_email"] == "true"
    assert claims["email"].endswith("@privaterelay.appleid.com")


def test_the_name_is_told_at_the_first_consent_only(apple: AtApple) -> None:
    first, second, other = apple.comes_back(), apple.comes_back(), apple.comes_back("apple_relay_user")
    told = {"name": {"firstName": "自由", "lastName": "趙"}, "email": "tzuyu@example.com"}
    assert json.loads(first["user"]) == told
    assert "user" not in second
    assert json.loads(other["user"])["name"] == {"firstName": "隱名", "lastName": "沈"}


def test_of_eight_consents_at_the_same_moment_one_is_the_first(apple: AtApple) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(apple.comes_back, ["social_user"] * 8)]
    assert sum("user" in answer for answer in answers) == 1


def test_only_what_was_asked_for_is_told(apple: AtApple) -> None:
    assert json.loads(apple.comes_back(scope="openid name")["user"]).keys() == {"name"}
    assert apple.claims(scope="openid name").keys().isdisjoint({"email", "email_verified"})


def test_without_name_and_email_it_may_answer_by_redirect(apple: AtApple) -> None:
    assert returned(apple.authorize(scope="openid", response_mode=None)).keys() == {"code", "state"}


def test_whoever_cancels_comes_back_by_post_without_a_code(apple: AtApple) -> None:
    assert apple.comes_back("cancels") == {"error": "user_cancelled_authorize", "state": "s"}


def test_pkce_is_verified_when_it_is_offered(apple: AtApple) -> None:
    assert apple.redeem(apple.comes_back(**PKCE)["code"], code_verifier=VERIFIER).status_code == 200
    for wrong in ({}, {"code_verifier": VERIFIER + "x"}):
        assert apple.redeem(apple.comes_back(**PKCE)["code"], **wrong).json() == {"error": "invalid_grant"}
    assert apple.redeem(apple.comes_back()["code"], code_verifier=VERIFIER).json() == {"error": "invalid_grant"}


# --- what it refuses ---


@pytest.mark.parametrize(
    "changes",
    [
        {"response_mode": None},
        {"response_mode": "query"},
        {"response_mode": "fragment", "scope": "openid"},
        {"scope": "email", "response_mode": "query"},
        {"client_id": "another-client"},
        {"redirect_uri": "https://portal.example.com/callback"},
    ],
    ids=repr,
)
def test_a_request_that_it_cannot_answer_goes_nowhere(apple: AtApple, changes: Params) -> None:
    answer = apple.authorize(**changes)
    assert (answer.status_code, answer.headers.get("Location"), "<form" in answer.text) == (400, None, False)


@pytest.mark.parametrize(
    "changes",
    [{"response_type": "code id_token"}, {"state": None}, {"nonce": None}, {**PKCE, "code_challenge_method": "plain"}],
    ids=repr,
)
def test_a_careless_request_comes_back_as_an_error(apple: AtApple, changes: Params) -> None:
    back = apple.comes_back(**changes)
    assert "error" in back
    assert "code" not in back


def test_a_secret_may_last_half_a_year(apple: AtApple) -> None:
    secret = apple.secret(exp=int(time.time()) + HALF_A_YEAR - 5)
    assert apple.redeem(apple.comes_back()["code"], client_secret=secret).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"key": STRANGER},
        {"kid": "another-key"},
        {"iss": "ANOTHERTEAM"},
        {"sub": "another-client"},
        {"aud": "https://issuer.invalid"},
        {"aud": None},
        {"exp": 1},
        {"exp": int(time.time()) + HALF_A_YEAR + 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"iat": None},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_a_secret_that_is_not_right_is_refused_and_the_code_still_good(apple: AtApple, changes: Params) -> None:
    code = apple.comes_back()["code"]
    refused = apple.redeem(code, client_secret=apple.secret(**changes))
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_client"})
    assert apple.redeem(code).status_code == 200


@pytest.mark.parametrize("secret", ["pretend-secret-at-apple", "", "a.b.c", "é"], ids=repr)
def test_a_secret_that_is_no_token_is_refused(apple: AtApple, secret: str) -> None:
    assert apple.redeem(apple.comes_back()["code"], client_secret=secret).json() == {"error": "invalid_client"}


# --- when it errs ---


def test_it_errs_as_an_openid_provider_does_and_in_two_ways_of_its_own() -> None:
    assert {*OPENID} - {*FAULTS} == {"userinfo_other_subject"}
    assert {*FAULTS} - {*OPENID} == {"client_refused", "forged_user"}


def test_a_faulty_apple_signs_or_answers_wrongly(apple: AtApple) -> None:
    with apple.with_fault("wrong_nonce"):
        assert apple.claims()["nonce"] == "another-nonce"
    with apple.with_fault("no_id_token"):
        assert "id_token" not in apple.redeem(apple.comes_back()["code"]).json()
    with apple.with_fault("client_refused"):
        assert apple.redeem(apple.comes_back()["code"]).json() == {"error": "invalid_client"}


def test_a_faulty_apple_posts_wrongly(apple: AtApple) -> None:
    with apple.with_fault("server_error"):
        assert apple.comes_back() == {"error": "server_error", "state": "s"}
    with apple.with_fault("no_state"):
        assert "state" not in apple.comes_back()
    with apple.with_fault("forged_user"):
        back = apple.comes_back()
        assert json.loads(back["user"])["email"] == "hsiaoming@example.com"
        assert part(apple.redeem(back["code"]).json()["id_token"], 1)["email"] == "tzuyu@example.com"


def test_it_forgets_the_consents_when_it_is_made_well(apple: AtApple) -> None:
    assert ["user" in apple.comes_back() for _ in "ab"] == [True, False]
    apple.set_fault(None)
    assert "user" in apple.comes_back()
