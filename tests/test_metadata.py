"""A provider's discovery document and key set, read with distrust."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Literal
from warnings import catch_warnings

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc.jwk import ECKey, OctKey, RSAKey

from flask_first_login import SignInError
from flask_first_login.providers import Oidc
from internals import MOST_KEYS, Endpoints, endpoints, signing_keys

ISSUER = "https://login.example.tw"
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False)
EC = ECKey.generate_key("P-256", {"kid": "ec"}).as_dict(private=False)
HOSTILE: list[object] = [None, 7, -1, True, "", "A", "é", "\ud800", "A" * 9000, [], {}, ["RSA"], "secp256k1"]


def document(**changes: object) -> dict[str, object]:
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": "https://tokens.example.tw/token",
        "jwks_uri": f"{ISSUER}/keys",
        **changes,
    }


def test_a_discovery_document_says_where_to_go() -> None:
    assert endpoints(document(), Oidc(issuer=ISSUER), "p") == Endpoints(
        authorization=f"{ISSUER}/authorize",
        token="https://tokens.example.tw/token",
        jwks=f"{ISSUER}/keys",
        userinfo=None,
        algorithms=None,
        sends_iss=False,
    )


def test_a_discovery_document_may_say_more() -> None:
    more = document(
        userinfo_endpoint=f"{ISSUER}/me",
        id_token_signing_alg_values_supported=["RS256", 5, "none"],
        authorization_response_iss_parameter_supported=True,
    )
    found = endpoints(more, Oidc(issuer=ISSUER), "p")
    assert (found.userinfo, found.sends_iss) == (f"{ISSUER}/me", True)
    assert sorted(found.algorithms or ()) == ["RS256", "none"]


def test_only_the_json_value_true_promises_an_issuer_in_answers() -> None:
    found = endpoints(document(authorization_response_iss_parameter_supported="true"), Oidc(issuer=ISSUER), "p")
    assert not found.sends_iss


@pytest.mark.parametrize("issuer", [None, "", ISSUER + "/", ISSUER.upper(), "https://evil.example.tw", [ISSUER]])
def test_a_document_of_another_issuer_is_refused(issuer: object) -> None:
    with pytest.raises(SignInError, match="another issuer"):
        endpoints(document(issuer=issuer), Oidc(issuer=ISSUER), "p")


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        [ISSUER],
        "",
        "http://login.example.tw/x",
        "https://a@login.example.tw/x",
        "https://login.example.tw/#x",
        "http://127.0.0.1:5432/",  # loopback is for an issuer on loopback
        "http://localhost/",
    ],
)
def test_an_endpoint_that_is_not_safe_is_refused(name: str, value: object) -> None:
    if name == "userinfo_endpoint" and not value:  # null is as absent, and this one may be absent
        assert endpoints(document(**{name: value}), Oidc(issuer=ISSUER), "p").userinfo is None
        return
    with pytest.raises(SignInError, match=f"unusable {name}") as refused:
        endpoints(document(**{name: value}), Oidc(issuer=ISSUER), "p")
    assert refused.value.code == "provider_error"


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_an_endpoint_that_is_missing_is_refused(name: str) -> None:
    partial = document()
    del partial[name]
    with pytest.raises(SignInError, match=f"unusable {name}"):
        endpoints(partial, Oidc(issuer=ISSUER), "p")


def test_a_provider_on_this_machine_may_name_plain_http_on_this_machine() -> None:
    here = "http://127.0.0.1:5001/myegov"
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = endpoints(document(issuer=here, **dict.fromkeys(names, f"{here}/x")), Oidc(issuer=here), "p")
    assert found.token == f"{here}/x"


def test_keys_that_verify_signatures_are_taken_and_others_ignored() -> None:
    secret = OctKey.generate_key(256, {"kid": "secret"}).as_dict(private=True)
    listed = [RSA, EC, {**RSA, "use": "sig", "kid": "sig"}, {**RSA, "use": "enc"}, secret, "text", None, {}]
    assert [key.kid for key in signing_keys({"keys": listed}, "p")] == ["rsa", "ec", "sig"]


@pytest.mark.parametrize("warnings", ["ignore", "error"])
def test_a_small_rsa_key_is_ignored_whatever_the_host_does_with_warnings(
    warnings: Literal["ignore", "error"],
) -> None:
    modulus = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n.to_bytes(128)  # noqa: S505  # meant
    small = {**RSA, "kid": "small", "n": urlsafe_b64encode(modulus).rstrip(b"=").decode()}
    with catch_warnings(action=warnings):
        assert [key.kid for key in signing_keys({"keys": [small, RSA]}, "p")] == ["rsa"]


@pytest.mark.parametrize("wrong", HOSTILE)
@pytest.mark.parametrize("member", ["kty", "use", "alg", "kid", "n", "e", "crv", "x", "y", "key_ops", "x5c", "d"])
def test_no_member_of_a_key_breaks_the_reading_of_the_others(member: str, wrong: object) -> None:
    listed = [{**RSA, "kid": "a", member: wrong}, {**EC, "kid": "b", member: wrong}, RSA]
    assert signing_keys({"keys": listed}, "p")[-1].kid == "rsa"


@pytest.mark.parametrize("listed", [None, 7, "keys", {}, [], [{}], [RSA] * (MOST_KEYS + 1)])
def test_a_key_set_without_a_key_or_with_too_many_is_refused(listed: object) -> None:
    with pytest.raises(SignInError) as refused:
        signing_keys({"keys": listed}, "p")
    assert (refused.value.code, refused.value.phase) == ("provider_error", "jwks")
