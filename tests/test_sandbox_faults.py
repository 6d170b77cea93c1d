"""A pretend OpenID provider that errs, in every way it can."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from joserfc.errors import JoseError

from internals import HUGE
from internals import OPENID_FAULTS as FAULTS
from support.relying_party import CALLBACK, VERIFIER, Params, Portal, part


@pytest.fixture
def portal(sandbox_url: str) -> Portal:
    return Portal.at(sandbox_url, "myegov")


WRONG_CLAIMS = {
    "wrong_nonce": {"nonce": "another-nonce"},
    "wrong_audience": {"aud": "another-client", "azp": "portal-at-myegov"},
    "foreign_azp": {"aud": "portal-at-myegov", "azp": "another-client"},
    "wrong_issuer": {"iss": "https://issuer.invalid"},
    "missing_sub": {"sub": None},
    "missing_exp": {"exp": None},
    "wrong_at_hash": {"at_hash": "nni8uUCRt1EJ_WdzUk_I1g"},
}
ALLOWED = {"no_kid", "rotated_key"}
WRONG_SIGNATURES = {"alg_none", "hs256_with_public_key", "unknown_kid", "bad_signature"}
WRONG_DELIVERIES = {"token_error": 400, "token_500": 500, "not_json": 200, "redirecting_token": 307}
OTHERS = {"expired", "issued_in_future", "no_id_token", "userinfo_other_subject", "discovery_wrong_issuer"}
OTHERS |= {"no_state", "no_code", "server_error", "wrong_iss_parameter", "huge_answer", "slow"}


def test_every_fault_is_shown_here() -> None:
    assert {*WRONG_CLAIMS, *ALLOWED, *WRONG_SIGNATURES, *WRONG_DELIVERIES, *OTHERS} == set(FAULTS)


@pytest.mark.parametrize(("fault", "wrong"), WRONG_CLAIMS.items())
def test_a_faulty_provider_signs_a_wrong_claim(portal: Portal, fault: str, wrong: Params) -> None:
    with portal.with_fault(fault):
        claims = portal.verified(portal.tokens()["id_token"])
    assert {name: claims.get(name) for name in wrong} == wrong


@pytest.mark.parametrize(("fault", "shift"), [("expired", -7200), ("issued_in_future", 7200)])
def test_a_faulty_provider_signs_another_time(portal: Portal, fault: str, shift: int) -> None:
    with portal.with_fault(fault):
        claims = portal.verified(portal.tokens()["id_token"])
    assert claims["iat"] - claims["auth_time"] == pytest.approx(shift, abs=5)
    assert claims["exp"] - claims["iat"] == 300


@pytest.mark.parametrize("fault", sorted(WRONG_SIGNATURES))
def test_a_faulty_signature_does_not_verify(portal: Portal, fault: str) -> None:
    with portal.with_fault(fault):
        token = portal.tokens()["id_token"]
        with pytest.raises((JoseError, ValueError)):
            portal.verified(token)


def test_the_forged_tokens_are_what_they_are_named_for(portal: Portal) -> None:
    def header(fault: str) -> Params:
        with portal.with_fault(fault):
            return part(portal.tokens()["id_token"], 0)

    published = portal.document("jwks")["keys"][0]["kid"]
    assert header("alg_none")["alg"] == "none"
    assert header("hs256_with_public_key")["alg"] == "HS256"
    assert header("unknown_kid")["kid"] == "unknown"
    assert header("bad_signature") == {"typ": "JWT", "alg": "RS256", "kid": published}
    assert header("no_kid") == {"typ": "JWT", "alg": "RS256"}


def test_a_provider_that_signs_without_a_key_or_with_a_public_one_advertises_it(portal: Portal) -> None:
    with portal.with_fault("alg_none"):
        assert "none" in portal.discovery()["id_token_signing_alg_values_supported"]
    with portal.with_fault("hs256_with_public_key"):
        assert "HS256" in portal.discovery()["id_token_signing_alg_values_supported"]
    assert portal.discovery()["id_token_signing_alg_values_supported"] == ["RS256"]


@pytest.mark.parametrize("fault", sorted(ALLOWED))
def test_what_a_provider_may_do_verifies(portal: Portal, fault: str) -> None:
    with portal.with_fault(fault):
        assert portal.verified(portal.tokens()["id_token"])["nonce"] == "the-nonce"


def test_a_rotated_key_is_new_and_the_only_one_published(portal: Portal) -> None:
    [old] = portal.document("jwks")["keys"]
    with portal.with_fault("rotated_key"):
        [new] = portal.document("jwks")["keys"]
        assert part(portal.tokens()["id_token"], 0)["kid"] == new["kid"] != old["kid"]
    assert portal.document("jwks")["keys"] == [old]


@pytest.mark.parametrize(("fault", "status"), WRONG_DELIVERIES.items())
def test_a_token_answer_does_not_arrive_as_it_should(portal: Portal, fault: str, status: int) -> None:
    code = portal.code()
    with portal.with_fault(fault):
        answer = portal.redeem(code)
    assert answer.status_code == status
    assert "access_token" not in answer.text


def test_whoever_follows_the_moved_token_endpoint_is_seen_to_sign_in(portal: Portal) -> None:
    with portal.with_fault("redirecting_token"):
        assert portal.redeem(portal.code(), follow=True).status_code == 200


def test_the_other_answers_can_be_wrong_too(portal: Portal) -> None:
    with portal.with_fault("no_id_token"):
        assert portal.tokens().keys() == {"access_token", "token_type", "expires_in"}
    with portal.with_fault("userinfo_other_subject"):
        tokens = portal.tokens()
        assert portal.userinfo(tokens["access_token"]).json()["sub"] != part(tokens["id_token"], 1)["sub"]
    with portal.with_fault("discovery_wrong_issuer"):
        assert portal.discovery()["issuer"] == "https://issuer.invalid"
    with portal.with_fault("no_state"):
        assert portal.comes_back(login_hint="teacher").keys() == {"code", "iss"}
    with portal.with_fault("no_code"):
        assert portal.comes_back(login_hint="teacher").keys() == {"state", "iss"}
    with portal.with_fault("server_error"):
        back = portal.comes_back(login_hint="teacher")
        assert back == {"error": "server_error", "state": "the-state", "iss": portal.url}
    with portal.with_fault("wrong_iss_parameter"):
        assert portal.comes_back(login_hint="teacher")["iss"] == "https://issuer.invalid"
    with portal.with_fault("huge_answer"):
        assert len(portal.redeem(portal.code()).content) > HUGE


def test_a_slow_answer_drips_where_no_read_times_out(portal: Portal) -> None:
    with portal.with_fault("slow"):
        url, auth = f"{portal.url}/token", (portal.client_id, portal.client_secret)
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        form["code"] = portal.code()
        with requests.post(url, form, auth=auth, stream=True, timeout=2) as answer:
            drops = answer.iter_content(1)
            assert [next(drops), next(drops), next(drops)] == [b" "] * 3


def test_a_fault_lasts_until_it_is_reset_and_stays_with_its_provider(sandbox_url: str, portal: Portal) -> None:
    with portal.with_fault("wrong_nonce"):
        assert {part(portal.tokens()["id_token"], 1)["nonce"] for _ in "twice"} == {"another-nonce"}
        elsewhere = Portal.at(sandbox_url, "google").tokens("social_user")
        assert part(elsewhere["id_token"], 1)["nonce"] == "the-nonce"
    assert part(portal.tokens()["id_token"], 1)["nonce"] == "the-nonce"


@pytest.mark.parametrize("wish", ["no_such_fault", ["wrong_nonce"], {}, 7], ids=repr)
def test_a_fault_that_does_not_exist_is_refused_with_those_that_do(portal: Portal, wish: Any) -> None:
    answer = portal.set_fault(wish)
    assert (answer.status_code, answer.json()["known"]) == (400, sorted(FAULTS))


def test_a_foreign_page_cannot_set_a_fault(portal: Portal) -> None:
    posted = requests.post(f"{portal.url}/_fault", '{"fault": "expired"}', timeout=5)
    assert posted.status_code == 415
