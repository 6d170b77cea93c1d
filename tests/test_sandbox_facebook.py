"""The pretend Facebook: OAuth 2.0, the Graph API, and what it signs itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from flask_first_login import sandbox
from internals import FACEBOOK, HUGE, signed_request, user_id
from internals import FACEBOOK_FAULTS as FAULTS
from support.relying_party import CALLBACK, PKCE, VERIFIER, Params, Pretend, returned

FIELDS = "id,name,email"


@dataclass(frozen=True)
class AtFacebook(Pretend):
    """The portal, with the settings that the sandbox gave it."""

    setting: dict[str, str]

    def asks(self, **changes: Any) -> Params:
        right = {"redirect_uri": CALLBACK, "state": "the-state", "scope": "public_profile email"}
        return {"client_id": self.setting["client_id"], "response_type": "code", **right, **PKCE, **changes}

    def authorize(self, persona: str = "social_user", **changes: Any) -> requests.Response:
        asked = self.asks(login_hint=persona, **changes)
        return requests.get(self.setting["authorize_url"], asked, allow_redirects=False, timeout=5)

    def code(self, persona: str = "social_user", **changes: Any) -> str:
        return returned(self.authorize(persona, **changes))["code"]

    def redeems(self, code: str, **changes: Any) -> Params:
        client = {name: self.setting[name] for name in ("client_id", "client_secret")}
        return {**client, "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **changes}

    def redeem(self, code: str, **changes: Any) -> requests.Response:
        return requests.post(self.setting["token_url"], self.redeems(code, **changes), timeout=5)

    def token(self, persona: str = "social_user", **changes: Any) -> str:
        return str(self.redeem(self.code(persona, **changes)).json()["access_token"])

    def proof(self, token: str) -> str:
        return hmac.new(self.setting["client_secret"].encode(), token.encode(), hashlib.sha256).hexdigest()

    def me(self, token: str, **changes: Any) -> requests.Response:
        params = {"fields": FIELDS, "appsecret_proof": self.proof(token), **changes}
        bearer = {"Authorization": f"Bearer {token}"}
        return requests.get(self.setting["profile_url"], params, headers=bearer, timeout=5)


@pytest.fixture
def facebook(sandbox_url: str) -> AtFacebook:
    return AtFacebook(f"{sandbox_url}/facebook", sandbox.settings(sandbox_url)["facebook"])


# --- signing in ---


def test_a_persona_signs_in_with_what_was_asked_for(facebook: AtFacebook) -> None:
    profile = facebook.me(facebook.token()).json()
    assert profile == {
        "id": user_id(FACEBOOK.personas["social_user"]),
        "name": "趙自由",
        "email": "tzuyu@example.com",
    }
    assert profile["id"].isdigit()
    assert facebook.me(facebook.token(), fields=None).json().keys() == {"id", "name"}


def test_an_address_is_told_only_by_those_who_have_one_and_were_asked(facebook: AtFacebook) -> None:
    assert facebook.me(facebook.token("social_user_without_email")).json().keys() == {"id", "name"}
    assert facebook.me(facebook.token(scope="public_profile")).json().keys() == {"id", "name"}


def test_a_national_id_is_told_to_those_who_ask_for_it(facebook: AtFacebook) -> None:
    assert facebook.me(facebook.token("social_user_with_id"), fields="id,uid").json()["uid"] == "W100000001"


def test_the_answer_has_the_fragment_that_facebook_hangs_on(facebook: AtFacebook) -> None:
    answer = facebook.authorize()
    assert answer.headers["Location"].endswith("#_=_")
    assert returned(answer).keys() == {"code", "state"}


def test_whoever_cancels_comes_back_without_a_code(facebook: AtFacebook) -> None:
    back = returned(facebook.authorize("cancels"))
    assert (back["error"], back["error_reason"], back["state"]) == ("access_denied", "user_denied", "the-state")
    assert "code" not in back


def test_the_token_is_given_to_a_get_too_and_taken_as_a_parameter(facebook: AtFacebook) -> None:
    given = requests.get(facebook.setting["token_url"], facebook.redeems(facebook.code()), timeout=5).json()
    assert given["token_type"] == "bearer"
    token = given["access_token"]
    params = {"access_token": token, "appsecret_proof": facebook.proof(token)}
    assert requests.get(facebook.setting["profile_url"], params, timeout=5).json()["name"] == "趙自由"


def test_any_version_of_the_graph_api_answers_and_what_is_none_does_not(facebook: AtFacebook) -> None:
    asked = facebook.asks(login_hint="social_user")
    assert [facebook.get(f"{v}/dialog/oauth", asked).status_code for v in ("v19.0", "26.0", "vx")] == [303, 404, 404]


def test_pkce_is_not_required_but_verified_when_it_is_offered(facebook: AtFacebook) -> None:
    without: Params = {"code_challenge": None, "code_challenge_method": None}
    assert facebook.redeem(facebook.code(**without), code_verifier=None).status_code == 200
    assert facebook.redeem(facebook.code(**without)).status_code == 400
    assert facebook.redeem(facebook.code(), code_verifier=None).status_code == 400
    assert facebook.redeem(facebook.code(), code_verifier=VERIFIER + "x").status_code == 400


def test_a_signed_request_names_the_person_and_is_signed_with_the_app_secret(facebook: AtFacebook) -> None:
    signature, _, payload = signed_request(FACEBOOK.personas["social_user"]).partition(".")
    stated = json.loads(urlsafe_b64decode(payload + "=="))
    assert stated["algorithm"] == "HMAC-SHA256"
    assert stated["user_id"] == facebook.me(facebook.token()).json()["id"]
    expected = hmac.digest(facebook.setting["client_secret"].encode(), payload.encode(), "sha256")
    assert urlsafe_b64decode(signature + "=") == expected


# --- what it refuses ---


@pytest.mark.parametrize(
    "changes", [{"client_id": "another"}, {"redirect_uri": "https://portal.example.com/"}], ids=repr
)
def test_an_unknown_client_or_address_is_never_redirected_to(facebook: AtFacebook, changes: Params) -> None:
    answer = facebook.authorize(**changes)
    assert (answer.status_code, answer.headers.get("Location")) == (400, None)


@pytest.mark.parametrize(
    "changes",
    [{"response_type": "token"}, {"state": None}, {"code_challenge_method": "plain"}, {"code_challenge": None}],
    ids=repr,
)
def test_a_careless_request_comes_back_as_an_error(facebook: AtFacebook, changes: Params) -> None:
    back = returned(facebook.authorize(**changes))
    assert "error" in back
    assert "code" not in back


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"client_id": "another"}, 101),
        ({"client_secret": "wrong"}, 1),
        ({"client_secret": None}, 1),
        ({"redirect_uri": CALLBACK + "/"}, 100),
        ({"code": "no such code"}, 100),
        ({"code": None}, 100),
    ],
    ids=repr,
)
def test_a_code_is_not_redeemed_on_other_terms(facebook: AtFacebook, changes: Params, code: int) -> None:
    refused = requests.post(facebook.setting["token_url"], {**facebook.redeems(facebook.code()), **changes}, timeout=5)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, code)
    assert refused.json()["error"].keys() == {"message", "type", "code", "fbtrace_id"}


def test_a_code_is_good_once_even_for_eight_at_the_same_moment(facebook: AtFacebook) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(facebook.redeem, [facebook.code()] * 8)]
    assert sorted(answer.status_code for answer in answers) == [200, *[400] * 7]


@pytest.mark.parametrize("proof", [None, "", "0" * 64, "é"], ids=repr)
def test_a_profile_is_not_told_without_a_proof_of_the_app_secret(facebook: AtFacebook, proof: str | None) -> None:
    refused = facebook.me(facebook.token(), appsecret_proof=proof)
    assert (refused.status_code, refused.json()["error"]["type"]) == (400, "GraphMethodException")


def test_a_proof_of_another_token_does_not_count(facebook: AtFacebook) -> None:
    other = facebook.proof(facebook.token())
    assert facebook.me(facebook.token(), appsecret_proof=other).status_code == 400


def test_a_profile_is_not_told_for_a_token_that_was_not_given(facebook: AtFacebook) -> None:
    refused = facebook.me("no-such-token")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 190)


# --- when it errs ---

WRONG_PROFILES: dict[str, Any] = {
    "graph_error_in_200": lambda answer: (answer.status_code, answer.json()["error"]["code"]) == (200, 2),
    "no_id": lambda answer: answer.json().keys() == {"name", "email"},
    "not_json": lambda answer: answer.status_code == 200 and answer.text.startswith("<!doctype html>"),
    "huge_answer": lambda answer: len(answer.content) > HUGE,
}
WRONG_TOKENS: dict[str, Any] = {
    "token_error": lambda answer: answer.status_code == 400 and answer.json()["error"]["type"] == "OAuthException",
    "no_access_token": lambda answer: answer.status_code == 200 and "access_token" not in answer.json(),
    "token_500": lambda answer: answer.status_code == 500,
}
WRONG_CALLBACKS = {
    "no_state": {"code"},
    "no_code": {"state"},
    "server_error": {"error", "state"},
}


def test_every_fault_is_shown_here() -> None:
    assert {*WRONG_PROFILES, *WRONG_TOKENS, *WRONG_CALLBACKS, "slow"} == {*FAULTS}


@pytest.mark.parametrize(("fault", "shows"), WRONG_PROFILES.items(), ids=WRONG_PROFILES)
def test_a_faulty_profile(facebook: AtFacebook, fault: str, shows: Any) -> None:
    token = facebook.token()
    with facebook.with_fault(fault):
        assert shows(facebook.me(token))


@pytest.mark.parametrize(("fault", "shows"), WRONG_TOKENS.items(), ids=WRONG_TOKENS)
def test_a_faulty_token_answer(facebook: AtFacebook, fault: str, shows: Any) -> None:
    code = facebook.code()
    with facebook.with_fault(fault):
        assert shows(facebook.redeem(code))


@pytest.mark.parametrize(("fault", "comes_back"), WRONG_CALLBACKS.items())
def test_a_faulty_way_back(facebook: AtFacebook, fault: str, comes_back: set[str]) -> None:
    with facebook.with_fault(fault):
        assert returned(facebook.authorize()).keys() == comes_back


def test_a_slow_profile_drips_where_no_read_times_out(facebook: AtFacebook) -> None:
    token = facebook.token()
    params = {"access_token": token, "appsecret_proof": facebook.proof(token)}
    with (
        facebook.with_fault("slow"),
        requests.get(facebook.setting["profile_url"], params, stream=True, timeout=2) as answer,
    ):
        drops = answer.iter_content(1)
        assert [next(drops), next(drops)] == [b" "] * 2
