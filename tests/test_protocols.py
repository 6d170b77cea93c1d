"""The clients of the three protocols, each against a provider that says what the test decides."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from werkzeug.test import TestResponse

from flask_first_login import Assurance, Kind, SignInError, identity_revoked
from flask_first_login.providers import Claims, Posted, Ticket
from internals import (
    LARGEST_FIELD,
    AppleSecret,
    Client,
    SoapVerifier,
    Start,
    TicketClient,
    client_for,
    parse_xml,
    read_columns,
    register,
    subject_of,
)
from support.pages import portal
from support.stand_in_provider import (
    COLUMNS,
    SOAP_ANSWER,
    StandIn,
    base64url,
    private_key,
    signed,
    signing_key,
    soap,
    standing_in,
)

START = Start("https://portal.example.tw/callback", "the-state", "the-nonce", "v" * 43)
NUMBER = "A223456781"
OTHER_KINDS: tuple[object, ...] = (
    "mac",
    "MAC",
    "DPoP",
    "N_A",
    " Bearer",
    "Bearer ",
    "Bearer,DPoP",
    True,
    1,
    ["Bearer", "DPoP"],
    {},
)


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn) -> StandIn:
    running.be_honest()
    return running


def client(provider: StandIn, name: str, **settings: object) -> Client:
    made, problems = register({name: {**provider.settings()[name], **settings}})
    assert problems == []
    return client_for(made[name])


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    """The code and the phase of a refusal, whose text never holds what was sent."""
    with pytest.raises(SignInError) as caught:
        act()
    assert NUMBER not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value.code, caught.value.phase


def query_of(url: str) -> dict[str, str]:
    found = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    assert len({name for name, _ in found}) == len(found)
    return dict(found)


# --- OAuth 2.0 with a profile call ---


def test_an_oauth_sign_in_begins_with_a_code_request_that_holds_the_state_and_a_challenge(provider: StandIn) -> None:
    asked = query_of(client(provider, "facebook", authorize_params={"auth_type": "rerequest"}).begin(START))
    challenge = base64url(hashlib.sha256(START.verifier.encode()).digest())
    assert asked == {
        "response_type": "code",
        "client_id": "portal",
        "redirect_uri": START.redirect_uri,
        "scope": "public_profile email",
        "state": START.state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        "auth_type": "rerequest",
    }


def test_a_code_is_exchanged_by_post_with_the_verifier_and_the_same_return_address(provider: StandIn) -> None:
    client(provider, "facebook").complete({"code": "a-code"}, START)
    token, _ = provider.asked
    assert (token.method, token.path, token.query) == ("POST", "/facebook/token", {})
    assert token.form == {
        "grant_type": "authorization_code",
        "code": "a-code",
        "redirect_uri": START.redirect_uri,
        "code_verifier": START.verifier,
        "client_id": "portal",
        "client_secret": "secret-of-the-portal",
    }


def test_a_profile_is_asked_for_with_the_token_in_the_header_and_a_proof_that_it_was_given_to_us(
    provider: StandIn,
) -> None:
    claims = client(provider, "facebook").complete({"code": "a-code"}, START)
    _, profile = provider.asked
    proof = hmac.new(b"secret-of-the-portal", b"token-of-facebook", hashlib.sha256).hexdigest()
    assert (profile.method, profile.path) == ("GET", "/facebook/me")
    assert profile.query == {"fields": "id,name,email", "appsecret_proof": proof}
    assert profile.headers["Authorization"] == "Bearer token-of-facebook"
    assert (claims.subject, claims.issuer) == ("1234567890", "https://www.facebook.com")


def test_a_provider_that_knows_no_proof_is_sent_none(provider: StandIn) -> None:
    client(provider, "facebook", appsecret_proof=False).complete({"code": "a-code"}, START)
    assert provider.asked[-1].query == {"fields": "id,name,email"}


@pytest.mark.parametrize(("sent", "subject"), [("10203040", "10203040"), (10203040, "10203040"), (2**63, str(2**63))])
def test_an_id_may_be_a_text_or_a_whole_number(provider: StandIn, sent: object, subject: str) -> None:
    provider.say("/facebook/me", {"id": sent})
    assert client(provider, "facebook").complete({"code": "a-code"}, START).subject == subject


@pytest.mark.parametrize(
    "profile",
    [{"id": one} for one in (None, "", " ", "a b", "a\n", "識別", True, False, 1.5, [], ["1"], {"id": "1"}, "x" * 256)]
    + [{}, {"ID": "1"}, {"name": NUMBER}],
    ids=lambda profile: json.dumps(profile)[:30],
)
def test_a_profile_without_an_id_signs_nobody_in(provider: StandIn, profile: Mapping[str, object]) -> None:
    provider.say("/facebook/me", profile)
    act = client(provider, "facebook").complete
    assert refusal(lambda: act({"code": "a-code"}, START)) == ("provider_error", "userinfo")


@pytest.mark.parametrize("error", [{"message": NUMBER, "code": 190}, NUMBER, [NUMBER], {"code": 0}, 1])
def test_an_error_in_an_answer_that_looks_well_is_an_error_also_beside_an_id(provider: StandIn, error: object) -> None:
    provider.say("/facebook/me", {"id": "1234567890", "error": error})
    act = client(provider, "facebook").complete
    assert refusal(lambda: act({"code": "a-code"}, START)) == ("provider_error", "userinfo")


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (400, {"error": {"message": NUMBER, "type": "OAuthException", "code": 100}}, "code_refused"),
        (200, {"error": {"message": NUMBER}, "access_token": "t"}, "code_refused"),
        (400, {"error": "invalid_grant", "error_description": NUMBER}, "code_refused"),
        (400, {"error": "invalid_grant", "error_description": "\u201c授權碼\u201d 已過期"}, "code_refused"),
        (401, {"error": f"\r\n{NUMBER}"}, "code_refused"),
        (500, {"error": "server_error"}, "provider_down"),
        (503, b"", "provider_down"),
        (307, b"", "provider_error"),
        (200, b"", "provider_error"),
        (200, b"access_token=t&token_type=Bearer", "provider_error"),
        (200, b"\xff\xfe", "provider_error"),
        (200, b"[" * 100_000, "provider_error"),
        (200, [], "provider_error"),
        (200, ["access_token"], "provider_error"),
        (200, "access_token", "provider_error"),
        (200, None, "provider_error"),
        (200, 5, "provider_error"),
        (200, {}, "provider_error"),
        (200, {"access_token": None}, "provider_error"),
        (200, {"access_token": 5}, "provider_error"),
        (200, {"access_token": ""}, "provider_error"),
        (200, {"access_token": "a b"}, "provider_error"),
        (200, {"access_token": "a\r\nX-Forged: 1"}, "provider_error"),
        (200, {"access_token": "權杖"}, "provider_error"),
        (200, {"access_token": "\ud800"}, "provider_error"),
        (201, {"access_token": "t", "error": "invalid_grant"}, "code_refused"),
        (400, {"access_token": "t"}, "provider_error"),
        (401, b"<h1>Unauthorized</h1>", "code_refused"),
        *((200, {"access_token": "t", "token_type": kind}, "provider_error") for kind in OTHER_KINDS),
    ],
)
def test_a_token_answer_that_is_none_is_refused_and_no_profile_is_asked_for(
    provider: StandIn, status: int, answer: object, code: str
) -> None:
    provider.say("/facebook/token", answer, status)
    act = client(provider, "facebook").complete
    assert refusal(lambda: act({"code": "a-code"}, START)) == (code, "token")
    assert [asked.path for asked in provider.asked] == ["/facebook/token"]


BEARER_KINDS: tuple[object, ...] = ("Bearer", "bearer", "BEARER", "bEARER", "BearerToken", "", None, ["Bearer"])


@pytest.mark.parametrize("kind", [{"token_type": one} for one in BEARER_KINDS] + [{}])
def test_a_bearer_token_may_be_called_so_in_any_case_and_is_meant_where_nothing_is_said(
    provider: StandIn, kind: Mapping[str, object]
) -> None:
    provider.say("/facebook/token", {"access_token": "t", **kind})
    assert client(provider, "facebook").complete({"code": "a-code"}, START).subject == "1234567890"


@pytest.mark.parametrize(
    "answer",
    [
        {"access_token": "t", "expires_in": "soon"},
        b'{"access_token": "t", "expires_in": Infinity, "expires_at": 1e999, "refresh_token": 7, "scope": [1]}',
        {"access_token": "t", "expires_in": [1], "id_token": None, "error": None, "error_description": ""},
        {"access_token": ["t"], "error": ""},
    ],
    ids=str,
)
def test_what_nobody_uses_of_a_token_answer_stops_nobody(provider: StandIn, answer: object) -> None:
    provider.say("/facebook/token", answer, 201)
    assert client(provider, "facebook").complete({"code": "a-code"}, START).subject == "1234567890"


@pytest.mark.parametrize("kind", ["mac", "DPoP", 5])
def test_an_openid_provider_that_gives_another_kind_of_token_is_refused_too(provider: StandIn, kind: object) -> None:
    token = signed({}, json.dumps(provider.claims("gov", START.nonce)).encode())
    provider.say("/gov/token", {"access_token": "t", "token_type": kind, "id_token": token})
    assert refusal(lambda: client(provider, "gov").complete({"code": "c"}, START)) == ("provider_error", "token")


@pytest.mark.parametrize(("allowed", "code"), [(False, "provider_error"), (True, "provider_down")])
def test_a_provider_at_a_private_address_is_called_only_where_that_is_allowed(
    provider: StandIn, allowed: bool, code: str
) -> None:
    nobody = "https://127.0.0.1:9"  # nobody listens there
    gov = client(provider, "gov", issuer=nobody, allow_private=allowed)
    facebook = client(provider, "facebook", token_url=f"{nobody}/token", allow_private=allowed)
    myegov = client(provider, "myegov", soap_url=f"{nobody}/soap", allow_private=allowed)
    assert refusal(lambda: gov.begin(START)) == (code, "discovery")
    assert refusal(lambda: facebook.complete({"code": "a-code"}, START)) == (code, "token")
    assert refusal(lambda: myegov.complete({"twGovT1": "a-token"}, START)) == (code, "ticket")


@pytest.mark.parametrize("iss", ["https://www.facebook.com/", "https://evil.example", "", NUMBER])
def test_an_answer_that_names_another_issuer_is_refused_before_anything_is_asked(provider: StandIn, iss: str) -> None:
    act = client(provider, "facebook").complete
    assert refusal(lambda: act({"code": "a-code", "iss": iss}, START)) == ("wrong_issuer", "callback")
    assert provider.asked == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({}, "bad_request"),
        ({"code": ""}, "bad_request"),
        ({"error": "access_denied", "code": "a-code"}, "cancelled"),
        ({"error": "user_cancelled_authorize"}, "cancelled"),
        ({"error": "temporarily_unavailable"}, "provider_down"),
        ({"error": "server_error"}, "provider_down"),
        ({"error": f"<b>{NUMBER}</b>\r\n"}, "provider_error"),
        ({"error": ""}, "bad_request"),
    ],
)
@pytest.mark.parametrize("name", ["facebook", "gov"])
def test_an_answer_without_a_code_or_with_an_error_asks_for_no_token(
    provider: StandIn, name: str, answer: Mapping[str, str], code: str
) -> None:
    act = client(provider, name).complete
    assert refusal(lambda: act(answer, START)) == (code, "callback")
    assert "POST" not in {asked.method for asked in provider.asked}


@pytest.mark.parametrize(
    ("profile", "email"),
    [
        ({}, None),
        ({"email": ""}, None),
        ({"email": "a@example.tw"}, None),
        ({"email": "a@example.tw", "email_verified": "yes"}, None),
        ({"email": ["a@example.tw", "b@example.tw"], "email_verified": True}, None),
    ],
)
def test_an_email_address_may_be_missing_and_one_that_nobody_vouches_for_is_not_kept(
    provider: StandIn, profile: Mapping[str, object], email: str | None
) -> None:
    provider.say("/facebook/me", {"id": "1234567890", "uid": NUMBER, **profile})
    made, _ = register({"facebook": provider.settings()["facebook"]})
    registration = made["facebook"]
    identity = registration.provider.identify(client_for(registration).complete({"code": "a-code"}, START))
    assert (identity.email, identity.national_id, identity.assurance) == (email, None, Assurance.NONE)


# --- OpenID Connect: keys, times and the name beside the code ---


def answered(provider: StandIn, at: str = "gov", **claims: object) -> None:
    """The token endpoint gives an ID token that says this."""
    said = {**provider.claims(at, START.nonce), **claims}
    provider.say_token(at, signed({}, json.dumps(said).encode()))


NO_TIMES = ["1", True, float("nan"), float("inf"), [1], {}]
ENDLESS = 10**400  # which no float holds
NO_MOMENTS = [*NO_TIMES, ENDLESS, -ENDLESS, 1e300, -1e300, 1e18, -1]


@pytest.mark.parametrize(
    ("name", "value"),
    [("iat", value) for value in [*NO_MOMENTS, None]]
    + [("exp", value) for value in [*NO_TIMES, None, ENDLESS, -1e300, -1]]
    + [("nbf", value) for value in [*NO_TIMES, ENDLESS, 1e300, 1e18]],
)
def test_a_time_that_is_none_makes_a_token_invalid(provider: StandIn, name: str, value: object) -> None:
    answered(provider, "gov", **{name: value})
    assert outcome(provider) == ("id_token_invalid", "id_token")


@pytest.mark.parametrize("value", [*NO_MOMENTS, None, 0, 1_900_000_000_000, 4_000_000_000])
def test_a_time_of_proof_that_is_none_stops_nobody_and_proves_nothing(provider: StandIn, value: object) -> None:
    answered(provider, auth_time=value)
    claims = client(provider, "gov").complete({"code": "a-code"}, START)
    assert claims.proved_at is None
    assert abs(claims.at - datetime.now(UTC)) < timedelta(minutes=1)
    assert "auth_time" not in claims.values


@pytest.mark.parametrize("stated", [1_700_000_000.5, 1])
def test_a_sign_in_by_a_session_of_the_provider_is_of_then_and_proves_what_was_proven_then(
    provider: StandIn, stated: float
) -> None:
    answered(provider, auth_time=stated, exp=1e300)
    claims = client(provider, "gov").complete({"code": "a-code"}, START)
    assert claims.at == claims.proved_at == datetime.fromtimestamp(stated, UTC)


def outcome(provider: StandIn, name: str = "gov") -> tuple[str, str] | None:
    """The code and the phase of a refusal, or None when somebody is signed in."""
    try:
        client(provider, name).complete({"code": "a-code"}, START)
    except SignInError as error:
        return error.code, error.phase
    return None


def key_of(curve: str, **parameters: str) -> dict[str, object]:
    return {**ECKey.generate_key(curve).as_dict(private=False), **parameters}


def test_a_token_that_names_no_key_is_verified_by_the_one_that_fits_among_others(provider: StandIn) -> None:
    own = {name: value for name, value in signing_key().as_dict(private=False).items() if name != "kid"}
    others = [key_of("P-256"), key_of("P-384"), key_of("P-521"), key_of("P-256"), key_of("P-256")]
    for_another_use = {**RSAKey.generate_key(2048).as_dict(private=False), "alg": "RS512"}
    provider.say("/gov/jwks", {"keys": [*others, for_another_use, own]})
    provider.say_token("gov", signed({"kid": None}, json.dumps(provider.claims("gov", START.nonce)).encode()))
    assert outcome(provider) is None


def test_a_key_of_another_kind_under_the_same_name_does_not_hide_the_right_one(provider: StandIn) -> None:
    own = signing_key().as_dict(private=False)
    provider.say("/gov/jwks", {"keys": [key_of("P-256", kid=str(own["kid"])), own]})
    answered(provider)
    assert outcome(provider) is None


@pytest.mark.parametrize(
    "header",
    [{"crit": ["x"], "x": 1}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": "exp"}, {"kid": ["a"]}],
    ids=str,
)
def test_a_token_whose_header_asks_for_what_we_do_not_know_is_invalid(
    provider: StandIn, header: Mapping[str, object]
) -> None:
    provider.say_token("gov", signed(header, json.dumps(provider.claims("gov", START.nonce)).encode()))
    assert outcome(provider) == ("id_token_invalid", "id_token")


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_key_that_a_token_brings_along_is_never_used(provider: StandIn, name: str) -> None:
    payload, own = json.dumps(provider.claims("gov", START.nonce)).encode(), RSAKey.generate_key(2048)
    provider.say("/evil/jwks", {"keys": [own.as_dict(private=False)]})
    brought = {
        "jwk": own.as_dict(private=False),
        "jku": f"{provider.url}/evil/jwks",
        "x5u": f"{provider.url}/evil/jwks",
        "x5c": ["MIIB"],
    }
    provider.say_token("gov", signed({name: brought[name]}, payload, own))
    assert outcome(provider) == ("id_token_invalid", "id_token")
    assert "/evil/jwks" not in {asked.path for asked in provider.asked}


@pytest.mark.parametrize("name", ["apple", "gov"])
def test_an_answer_that_is_asked_for_as_a_form_is_asked_for_so(provider: StandIn, name: str) -> None:
    asked = query_of(client(provider, name, form_post=True).begin(START))
    assert asked["response_mode"] == "form_post"
    assert asked["nonce"] == START.nonce


APPLES_USER = {
    "name": {"firstName": "Tzu-yu", "lastName": "Chao"},
    "email": "forged@example.tw",
    "email_verified": True,
}


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (json.dumps(APPLES_USER), "Tzu-yu Chao"),
        (json.dumps({"name": {"firstName": "自由", "lastName": "趙"}}), "趙自由"),
        (json.dumps({"name": {"firstName": "Cher", "lastName": ""}}), "Cher"),
        (json.dumps({"name": {"firstName": "自由"}}), "自由"),
        (json.dumps({"name": {"firstName": None, "lastName": "趙"}}), "趙"),
        (json.dumps({"name": {"firstName": ["a"], "lastName": "Chao"}}), "Chao"),
        (json.dumps({"name": {"firstName": "José", "lastName": "García"}}), "José García"),
        (json.dumps({"name": {"firstName": " ", "lastName": " "}}), None),
        (json.dumps({"name": {"firstName": "a\u202e\nb\ud800", "lastName": "c"}}), "a b c"),
        (json.dumps({"name": {"firstName": "x" * 2000, "lastName": "y" * 2000}}), "x" * 200),
        (json.dumps({"name": {"firstName": "x" * 5000, "lastName": "y"}}), None),
        (json.dumps({"name": {"firstName": ["a"], "lastName": {"b": 1}}}), None),
        (json.dumps({"name": {"firstName": "only"}}), "only"),
        (json.dumps({"name": "Tzu-yu Chao"}), None),
        (json.dumps({"name": None}), None),
        (json.dumps([APPLES_USER]), None),
        (json.dumps("name"), None),
        ('{"name": ' * 400 + "}" * 400, None),
        ("[" * 4000, None),
        ("1" * 4096, None),
        ('{"name": {"firstName": "a", "lastName": "b"}', None),
        ("NaN", None),
        ("", None),
        ("\ud800", None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_name_beside_apples_code_is_a_name_to_greet_by_and_nothing_else(
    provider: StandIn, user: str, name: str | None
) -> None:
    provider.say("/apple/userinfo", {"sub": "person"})
    answered(provider, "apple")
    made, _ = register({"apple": provider.settings()["apple"]})
    registration = made["apple"]
    claims = client_for(registration).complete({"code": "a-code", "user": user}, START)
    identity = registration.provider.identify(claims)
    assert (identity.name, identity.email, identity.subject) == (name, None, "person")


def test_a_name_in_apples_token_is_stronger_than_the_one_beside_the_code(provider: StandIn) -> None:
    provider.say("/apple/userinfo", {"sub": "person"})
    answered(provider, "apple", name="In the token")
    claims = client(provider, "apple").complete({"code": "a-code", "user": json.dumps(APPLES_USER)}, START)
    assert claims.values["name"] == "In the token"


def test_a_name_that_the_browser_brought_never_becomes_one_that_a_government_provider_states(
    provider: StandIn,
) -> None:
    provider.say("/gov/userinfo", {"sub": "person", "uid": NUMBER})
    answered(provider)
    made, _ = register({"gov": {**provider.settings()["gov"], "form_post": True, "claims": {"name": "name"}}})
    registration = made["gov"]
    claims = client_for(registration).complete({"code": "a-code", "user": json.dumps(APPLES_USER)}, START)
    identity = registration.provider.identify(claims)
    assert (identity.name, identity.assurance) == (None, Assurance.NONE)


# --- Apple's secret ---

APPLE = {"client_id": "tw.example.portal", "team_id": "TEAM", "key_id": "KEY", "audience": "https://appleid.apple.com"}


def test_apples_secret_says_who_we_are_for_five_minutes_under_our_key() -> None:
    secret = AppleSecret(**APPLE, private_key=private_key())
    token = jwt.decode(secret(), ECKey.import_key(private_key()), algorithms=["ES256"])
    assert token.header == {"alg": "ES256", "typ": "JWT", "kid": "KEY"}
    assert token.claims.keys() == {"iss", "sub", "aud", "iat", "exp"}
    assert token.claims["iss"] == "TEAM"
    assert token.claims["sub"] == "tw.example.portal"
    assert token.claims["aud"] == "https://appleid.apple.com"
    assert abs(token.claims["iat"] - time.time()) < 5
    assert token.claims["exp"] - token.claims["iat"] == 300


def test_apple_is_sent_a_secret_of_its_own_issuer_in_the_body(provider: StandIn) -> None:
    answered(provider, "apple")
    assert outcome(provider, "apple") is None
    (token,) = [asked for asked in provider.asked if asked.method == "POST"]
    secret = jwt.decode(token.form["client_secret"], ECKey.import_key(private_key()), algorithms=["ES256"])
    assert secret.claims["aud"] == f"{provider.url}/apple"
    assert "Authorization" not in token.headers


def test_the_key_of_apples_secret_stands_in_no_repr() -> None:
    assert "BEGIN" not in repr(AppleSecret(**APPLE, private_key=private_key()))


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


P256 = ec.generate_private_key(ec.SECP256R1())
NO_KEYS = {
    "nothing": "",
    "a text": "not a key",
    "JSON": "{}",
    "cut off": private_key()[:80],
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "P-224": pem(ec.generate_private_key(ec.SECP224R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "RSA": pem(rsa.generate_private_key(65537, 2048)),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "public": P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    "locked": P256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode(),
}


@pytest.mark.parametrize("key", NO_KEYS.values(), ids=NO_KEYS)
def test_a_key_that_cannot_sign_apples_secret_is_refused_and_never_repeated(key: str) -> None:
    with pytest.raises(ValueError, match=r"^not a private key of curve P-256$") as caught:
        AppleSecret(**APPLE, private_key=key)
    assert caught.value.__cause__ is None
    made, problems = register({"apple": {**APPLE, "private_key": key}})
    assert made == {}
    assert [one.where for one in problems if "audience" not in one.where] == [
        "FIRST_LOGIN_PROVIDERS['apple']['private_key']"
    ]


# --- posted tickets ---


def vouch(ticket: Ticket) -> Claims:
    return Claims(ticket.provider, ticket.issuer, "person", ticket.received_at, {"fields": dict(ticket.fields)})


AGENCY = {
    "protocol": "ticket",
    "standing": "government",
    "title": {"en": "Agency", "zh": "機關"},
    "issuer": "https://agency.example.tw",
    "login_url": "https://agency.example.tw/login",
    "fields": ["loginType", "ticket"],
    "verify": vouch,
}


def agency(**settings: object) -> Client:
    made, problems = register({"agency": {**AGENCY, **settings}})
    assert problems == []
    return client_for(made["agency"])


@pytest.mark.parametrize(
    ("settings", "step_up", "url"),
    [
        ({}, False, "https://agency.example.tw/login?ReturnUrl={back}"),
        ({"return_param": "to"}, False, "https://agency.example.tw/login?to={back}"),
        (
            {"login_url": "https://agency.example.tw/login?app=7"},
            False,
            "https://agency.example.tw/login?app=7&ReturnUrl={back}",
        ),
        (
            {"login_params": {"level": "1"}, "step_up_params": {"level": "2"}},
            False,
            "https://agency.example.tw/login?ReturnUrl={back}&level=1",
        ),
        (
            {"login_params": {"level": "1"}, "step_up_params": {"level": "2", "why": "a&b"}},
            True,
            "https://agency.example.tw/login?ReturnUrl={back}&level=2&why=a%26b",
        ),
    ],
)
def test_a_ticket_is_asked_for_with_the_way_back(settings: Mapping[str, object], step_up: bool, url: str) -> None:
    back = "https%3A%2F%2Fportal.example.tw%2Fcallback"
    assert agency(**settings).begin(replace(START, step_up=step_up)) == url.format(back=back)


def test_a_verifier_gets_the_fields_of_its_ticket_and_no_others() -> None:
    answer = {"loginType": "1", "ticket": "x" * LARGEST_FIELD, "uid": NUMBER, "state": "the-state"}
    claims = agency().complete(answer, START)
    assert claims.values["fields"] == {"loginType": "1", "ticket": "x" * LARGEST_FIELD}
    assert abs((claims.at - datetime.now(UTC)).total_seconds()) < 5


def never(ticket: Ticket) -> Claims:
    raise AssertionError("a ticket that is none was verified")


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ticket": "x"},
        {"loginType": "1"},
        {"loginType": "1", "ticket": ""},
        {"loginType": "1", "Ticket": "x"},
        {"loginType": "1", "ticket": "x" * (LARGEST_FIELD + 1)},
    ],
    ids=lambda answer: str(answer)[:40],
)
def test_a_ticket_that_is_not_whole_or_too_large_reaches_no_verifier(answer: Mapping[str, str]) -> None:
    assert refusal(lambda: agency(verify=never).complete(answer, START)) == ("bad_request", "callback")


@pytest.mark.parametrize("code", ["ticket_refused", "expired", "provider_down"])
def test_what_a_verifier_refuses_is_refused_as_it_says(code: str) -> None:
    def refuse(ticket: Ticket) -> Claims:
        raise SignInError(code, provider=ticket.provider, phase="ticket")

    answer = {"loginType": "1", "ticket": "x"}
    assert refusal(lambda: agency(verify=refuse).complete(answer, START)) == (code, "ticket")


@pytest.mark.parametrize(
    "changed",
    [
        lambda claims: replace(claims, provider="ecpa"),
        lambda claims: replace(claims, issuer="https://accounts.google.com"),
        lambda claims: replace(claims, subject=""),
        lambda claims: replace(claims, subject="x" * 256),
        lambda claims: replace(claims, subject="a\nb"),
        lambda claims: replace(claims, subject="a\x00"),
    ],
    ids=["provider", "issuer", "no subject", "long subject", "line break", "NUL"],
)
def test_a_verifier_that_errs_reaches_no_account_of_another_provider(changed: Callable[[Claims], Claims]) -> None:
    def err(ticket: Ticket) -> Claims:
        return changed(vouch(ticket))

    answer = {"loginType": "1", "ticket": "x"}
    assert refusal(lambda: agency(verify=err).complete(answer, START)) == ("provider_error", "ticket")


def test_the_fields_that_are_the_ticket_are_good_once_and_without_any_named_all_are() -> None:
    def once(**settings: object) -> tuple[str, ...]:
        client = agency(**settings)
        assert isinstance(client, TicketClient)
        return client.protocol.once

    assert once() == ("loginType", "ticket")
    assert once(single_use=["ticket"]) == ("ticket",)
    assert Posted("https://a.example", "https://a.example", ("a", "b"), vouch).once == ("a", "b")


# --- MyEGov's profile service ---


def columns(body: bytes) -> dict[str, str]:
    return read_columns(body, "myegov")


def refused_columns(body: bytes) -> str:
    code, phase = refusal(lambda: columns(body))
    assert phase == "ticket"
    return code


def test_the_columns_of_a_profile_are_read_and_blank_ones_left_out() -> None:
    assert columns(soap({**COLUMNS, "mail": "", "birthday": " \n "})) == COLUMNS


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("<![CDATA[A223456781]]>", "A223456781"),
        ("<![CDATA[A2234]]>56781", "A223456781"),
        ("A2234<!-- -->56781", "A223456781"),
        ("A2234<?pi?>56781", "A223456781"),
        ("&#65;223456781", "A223456781"),
        ("<![CDATA[<b>&amp;</b>]]>", "<b>&amp;</b>"),
        ("  張公正\n", "張公正"),
        ("\U00020089", "\U00020089"),
    ],
)
def test_a_value_is_read_whole_however_it_is_written(value: str, read: str) -> None:
    item = f"<Item><Key>uid</Key><Value>{value}</Value></Item>"
    assert columns(SOAP_ANSWER.format(code="0", message="", items=item).encode()) == {"uid": read}


@pytest.mark.parametrize(
    "item",
    [
        "<Item><Key>uid</Key><Value>A2234<b/>56781</Value></Item>",
        "<Item><Key>uid</Key><Value><b>A223456781</b></Value></Item>",
        "<Item><Key>uid<b/></Key><Value>A223456781</Value></Item>",
        "<Item><Key>uid</Key></Item>",
        "<Item><Value>A223456781</Value></Item>",
        "<Item/>",
        '<Item xmlns="http://evil.example"><Key>uid</Key><Value>A223456781</Value></Item>',
        '<Item xmlns=""><Key>uid</Key><Value>A223456781</Value></Item>',
    ],
)
def test_an_item_that_is_not_one_key_and_one_value_says_nothing(item: str) -> None:
    assert columns(SOAP_ANSWER.format(code="0", message="", items=item).encode()) == {}


@pytest.mark.parametrize("code", ["1", "-1", "00", "0x0", "０", "", "true", NUMBER, "9" * 40, "0 0"])
def test_a_token_that_myegov_does_not_vouch_for_is_refused_whatever_else_it_says(code: str) -> None:
    assert refused_columns(soap(COLUMNS, code=code, message=NUMBER)) == "ticket_refused"


def test_an_answer_without_a_code_or_with_one_of_another_namespace_is_the_providers_trouble() -> None:
    """No token was refused: whoever tries again later may be let in."""
    good = soap(COLUMNS)
    assert refused_columns(good.replace(b"<Code>0</Code>", b"")) == "provider_error"
    assert refused_columns(good.replace(b"<Code>", b'<Code xmlns="http://evil.example">')) == "provider_error"
    assert refused_columns(good.replace(b"http://cp.gov.tw/gsp2", b"http://cp.gov.tw/gsp3")) == "provider_error"
    assert refused_columns(b"<Code>0</Code>") == "provider_error"
    page = b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><p>Maintenance</p></body></html>'
    assert refused_columns(page) == "provider_error"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("陳\x01大文", "陳大文"),
        ("陳大文\x00\x00", "陳大文"),
        ("陳&#x1F;大文", "陳大文"),
        ("陳&#1;大文", "陳大文"),
        ("陳&#x0;大文&#xFFFF;&#4294967295;", "陳大文"),
        ("陳\ufffe大文", "陳大文"),
        ("陳&#xD800;大文", "陳大文"),
        ("陳&#xD840;&#xDC89;", "陳\U00020089"),
        ("陳&#55360;&#56457;", "陳\U00020089"),
        ("陳&#x20089;&#22823;", "陳\U00020089大"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "\r\n{}", "\ufeff\n\x00{}\x00\x00\r\n", "\n \ufeff{}"])
def test_a_control_character_or_a_blank_line_costs_a_character_and_not_the_sign_in(
    provider: StandIn, value: str, name: str, around: str
) -> None:
    items = "".join(f"<Item><Key>{key}</Key><Value>{text}</Value></Item>" for key, text in COLUMNS.items())
    answer = around.format(SOAP_ANSWER.format(code="0", message="a\x0bb", items=items.replace("張公正", value)))
    provider.say("/myegov/soap", answer.encode())
    claims = service(provider)(token1())
    assert (claims.subject, claims.values["CN"]) == ("account:kungcheng", name)


@pytest.mark.parametrize("lost", ["\x01", "&#1;", "&#xD800;", "\ufffe", "\x80"])
def test_an_account_with_a_character_that_is_lost_never_becomes_the_one_without_it(
    provider: StandIn, lost: str
) -> None:
    item = "<Item><Key>{}</Key><Value>{}</Value></Item>"
    items = item.format("account", f"kung{lost}cheng") + item.format("uid", NUMBER)
    provider.say("/myegov/soap", SOAP_ANSWER.format(code="0", message="", items=items).encode())
    assert refusal(lambda: service(provider)(token1())) == ("provider_error", "ticket")


@pytest.mark.parametrize("level", ["PlatformX509\x01", "&#1;PlatformX509", "Platform\x00X509"])
def test_a_level_with_a_character_that_is_lost_is_no_certificate(provider: StandIn, level: str) -> None:
    items = "".join(f"<Item><Key>{key}</Key><Value>{text}</Value></Item>" for key, text in COLUMNS.items())
    answer = SOAP_ANSWER.format(code="0", message="", items=items.replace("IDPassword", level))
    provider.say("/myegov/soap", answer.encode())
    assert service(provider)(token1()).values["certificate"] is False


@pytest.mark.parametrize(
    "text",
    [
        "<!DOC\x01TYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOC&#1;TYPE a><a/>",
        "<\x00!DOCTYPE a><a/>",
        "\x00<!DOCTYPE a><a/>",
        "<a>&#38;#60;b&#62;</a>",
    ],
)
def test_no_document_type_hides_behind_what_is_dropped_and_no_reference_becomes_markup(text: str) -> None:
    assert refused_columns(text.encode()) == "provider_error"
    assert refused_columns(text.encode("utf-16-le")) == "provider_error"


def test_columns_that_contradict_each_other_are_refused_and_the_same_twice_is_not() -> None:
    twice = "<Item><Key>uid</Key><Value>{}</Value></Item><Item><Key>uid</Key><Value>{}</Value></Item>"
    same, other = (
        SOAP_ANSWER.format(code="0", message="", items=twice.format(NUMBER, second)).encode()
        for second in (NUMBER, "A123456789")
    )
    assert columns(same) == {"uid": NUMBER}
    assert refused_columns(other) == "provider_error"


BOMB = (
    '<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)
DECLARED = BOMB + SOAP_ANSWER.partition("?>")[2].format(code="0", message="&d;", items="")


@pytest.mark.parametrize(
    "body",
    [
        DECLARED.format(encoding="utf-8").encode(),
        DECLARED.format(encoding="utf-8").encode("utf-8-sig"),
        DECLARED.format(encoding="utf-16").encode("utf-16"),
        DECLARED.format(encoding="utf-16le").encode("utf-16-le"),
        DECLARED.format(encoding="utf-32").encode("utf-32"),
        DECLARED.format(encoding="utf-7").encode("utf-7"),
        DECLARED.format(encoding="cp037").encode("cp037"),
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/"><a/>',
        b'<!doctype a [<!entity b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
        b"<a>&b;</a>",
        b"",
        b"\x00",
        b"not XML",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        b"<a>\xff</a>",
        b"<a></b>",
        b"<a/><a/>",
        b"<a>\x01</a>",
        b"<html><body>Maintenance</body>",
        b'{"Code": 0}',
        b"<a>" * 100_000,
    ],
    ids=lambda body: repr(body)[:40],
)
def test_an_answer_that_is_not_plain_xml_is_an_error_of_the_provider_at_once(body: bytes) -> None:
    began = time.thread_time()
    assert refused_columns(body) == "provider_error"
    assert time.thread_time() - began < 1


def test_an_answer_of_a_megabyte_or_of_many_layers_takes_no_time() -> None:
    began = time.thread_time()
    many = {f"column{number}": "x" * 20 for number in range(16_000)}
    body = soap(many)
    assert len(body) > 1_000_000
    assert columns(body) == many
    deep = SOAP_ANSWER.format(code="0", message="<a>" * 60_000 + "</a>" * 60_000, items="").encode()
    assert columns(deep) == {}
    assert time.thread_time() - began < 2


def test_no_entity_is_expanded_and_nothing_is_fetched() -> None:
    with pytest.raises(ValueError, match="document type"):
        parse_xml(DECLARED.format(encoding="utf-8").encode())


def token1(value: str = "a-token") -> Ticket:
    return Ticket("myegov", "https://www.cp.gov.tw", {"twGovT1": value}, datetime.now(UTC))


def service(provider: StandIn, **changed: object) -> SoapVerifier:
    return SoapVerifier(url=f"{provider.url}/myegov/soap", service_id="portal", **changed)  # type: ignore[arg-type]  # a test's


@pytest.mark.parametrize("value", ["a-token", "</Token1><Token1>\"&'x", "權杖", "]]>", "{service}{0}"])
def test_a_token_is_asked_about_in_one_element_whatever_it_holds(provider: StandIn, value: str) -> None:
    replace(service(provider), service_id="<portal>", method="GetProfileColumns2")(token1(value))
    (asked,) = provider.asked
    assert asked.method == "POST"
    assert asked.headers["SOAPAction"] == '"http://cp.gov.tw/gsp2/GetProfileColumns2"'
    assert asked.headers["Content-Type"] == "text/xml; charset=utf-8"
    body = parse_xml(asked.body)
    inside = "{http://cp.gov.tw/gsp2}"
    assert [one.text for one in body.iter(f"{inside}Token1")] == [value]
    assert [one.text for one in body.iter(f"{inside}ServiceID")] == ["<portal>"]
    assert len(list(body.iter(f"{inside}GetProfileColumns2"))) == 1
    assert len(list(body.iter())) == 7


@pytest.mark.parametrize(
    ("level", "assurance"),
    [
        ("IDPassword", Assurance.DECLARED),
        ("PlatformX509", Assurance.VERIFIED),
        ("AnonymousX509", Assurance.VERIFIED),
        ("platformx509", Assurance.DECLARED),
        ("X509", Assurance.DECLARED),
        ("true", Assurance.DECLARED),
        ("", Assurance.DECLARED),
    ],
)
def test_only_a_certificate_makes_a_person_verified(provider: StandIn, level: str, assurance: Assurance) -> None:
    provider.say("/myegov/soap", soap({**COLUMNS, "SecureLevel": level, "certificate": "true"}))
    made, _ = register({"myegov": provider.settings()["myegov"]})
    registration = made["myegov"]
    identity = registration.provider.identify(client_for(registration).complete({"twGovT1": "a-token"}, START))
    assert (identity.assurance, identity.method) == (assurance, level or "unknown")
    assert (identity.subject, identity.name, identity.kind) == ("account:kungcheng", "張公正", Kind.CIVIL_SERVANT)
    assert identity.national_id is not None
    assert identity.national_id.reveal() == NUMBER


@pytest.mark.parametrize(
    ("sent", "subject"),
    [
        (COLUMNS, "account:kungcheng"),
        ({**COLUMNS, "account": ""}, f"uid:{NUMBER}"),
        ({"uid": NUMBER}, f"uid:{NUMBER}"),
        ({"account": NUMBER}, f"account:{NUMBER}"),
    ],
    ids=["account", "blank account", "number alone", "account that is called like a number"],
)
def test_the_first_key_that_is_sent_is_the_subject_under_its_own_name(
    provider: StandIn, sent: Mapping[str, str], subject: str
) -> None:
    provider.say("/myegov/soap", soap(sent))
    assert service(provider)(token1()).subject == subject


def test_a_profile_without_any_key_signs_nobody_in(provider: StandIn) -> None:
    provider.say("/myegov/soap", soap({"CN": "張公正"}))
    assert refusal(lambda: service(provider)(token1())) == ("provider_error", "ticket")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (500, soap(COLUMNS), "provider_down"),
        (503, b"", "provider_down"),
        (404, soap(COLUMNS), "provider_error"),
        (302, soap(COLUMNS), "provider_error"),
        (204, b"", "provider_error"),
        (200, soap(COLUMNS, code="1"), "ticket_refused"),
        (200, b"x" * 2_000_000, "provider_error"),
    ],
)
def test_a_profile_service_that_does_not_answer_well_signs_nobody_in(
    provider: StandIn, status: int, body: bytes, code: str
) -> None:
    provider.say("/myegov/soap", body, status)
    assert refusal(lambda: service(provider)(token1())) == (code, "ticket")


# --- Facebook's signed requests ---

SECRET = "secret-of-the-portal"
NOW = 1_700_000_000
LEFT = {"algorithm": "HMAC-SHA256", "user_id": "1234567890", "issued_at": NOW}


@pytest.fixture
def just_then() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def signed_request(value: object, secret: str = SECRET) -> str:
    payload = base64url(value if isinstance(value, bytes) else json.dumps(value).encode())
    return f"{base64url(hmac.digest(secret.encode(), payload.encode(), 'sha256'))}.{payload}"


@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize(("sent", "subject"), [("1234567890", "1234567890"), (1234567890, "1234567890")])
def test_a_signed_request_names_the_person_who_left(sent: object, subject: str) -> None:
    assert subject_of(signed_request({**LEFT, "user_id": sent}), SECRET) == subject


@pytest.mark.usefixtures("just_then")
def test_a_signed_request_may_be_padded_as_base64_is() -> None:
    signature, _, payload = signed_request(LEFT).partition(".")
    assert subject_of(f"{signature}=.{payload}", SECRET) == "1234567890"


GOOD = signed_request(LEFT)
SIGNATURE, PAYLOAD = GOOD.split(".")
FORGED = base64url(json.dumps({**LEFT, "user_id": "1"}).encode())


@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        PAYLOAD,
        f".{PAYLOAD}",
        f"{SIGNATURE}.",
        f"{SIGNATURE}.{FORGED}",
        f"{SIGNATURE}.{PAYLOAD}=",
        f"{SIGNATURE}.{PAYLOAD}A",
        f"{SIGNATURE}.{PAYLOAD}.",
        f"{SIGNATURE}.{PAYLOAD}.{PAYLOAD}",
        f"{SIGNATURE}.{PAYLOAD.swapcase()}",
        f"{SIGNATURE}===.{PAYLOAD}",
        f"{SIGNATURE[:-2]}.{PAYLOAD}",
        f"{SIGNATURE[:20]}.{PAYLOAD}",
        f"{SIGNATURE} .{PAYLOAD}",
        f"\n{SIGNATURE}.{PAYLOAD}",
        f"A.{PAYLOAD}",
        f"簽章.{PAYLOAD}",
        f"\ud800.{PAYLOAD}",
        f"{SIGNATURE}.\ud800",
        signed_request(LEFT, "another-secret"),
        signed_request(LEFT, ""),
        base64url(hashlib.sha256(PAYLOAD.encode()).digest()) + f".{PAYLOAD}",
        signed_request({**LEFT, "algorithm": "none"}),
        signed_request({**LEFT, "algorithm": "hmac-sha256"}),
        signed_request({**LEFT, "algorithm": ["HMAC-SHA256"]}),
        signed_request({"user_id": "1"}),
        signed_request({"algorithm": "HMAC-SHA256"}),
        *(signed_request({**LEFT, "user_id": one}) for one in ("", None, True, False, 0, 1.5, ["1"], {"id": "1"})),
        signed_request([LEFT]),
        signed_request("1234567890"),
        signed_request(b""),
        signed_request(b"{"),
        signed_request(b"\xff"),
        signed_request(b"[" * 2500),
        signed_request({**LEFT, "padding": "x" * 4096}),
    ],
    ids=lambda text: repr(text)[:24],
)
def test_a_request_that_was_not_signed_with_our_secret_or_names_nobody_is_none(text: str) -> None:
    assert subject_of(text, SECRET) is None


@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize("age", [0, 60.5, 3500, -240])
def test_a_signed_request_of_the_last_hour_counts_and_one_of_a_clock_that_is_minutes_ahead(age: float) -> None:
    assert subject_of(signed_request({**LEFT, "issued_at": NOW - age}), SECRET) == "1234567890"


@pytest.mark.slow
@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize(
    "issued_at",
    [
        *(NOW - 7200, NOW - 86_400 * 365, 0, -NOW, NOW + 3600, NOW * 1000),
        *(10**400, 1e308, math.nan, math.inf, -math.inf, None, True, "", str(NOW), [NOW], {}),
    ],
    ids=lambda issued_at: str(issued_at)[:20],
)
@pytest.mark.parametrize("action", ["deauthorise", "data-deletion"])
def test_a_request_that_was_signed_long_ago_or_at_no_known_time_deletes_nobody_again(
    issued_at: object, action: str, caplog: pytest.LogCaptureFixture
) -> None:
    response, told = told_by(portal(FACEBOOK), action, signed_request({**LEFT, "issued_at": issued_at}))
    assert (response.status_code, told) == (400, [])
    assert "signed request" in caplog.text


@pytest.mark.usefixtures("just_then")
def test_a_request_that_does_not_say_when_it_was_signed_is_none() -> None:
    assert subject_of(signed_request({"algorithm": "HMAC-SHA256", "user_id": "1234567890"}), SECRET) is None


@pytest.mark.usefixtures("just_then")
def test_without_a_secret_nobody_can_sign() -> None:
    assert subject_of(signed_request(LEFT, ""), "") is None


def told_by(app: Flask, action: str, text: str) -> tuple[TestResponse, list[dict[str, object]]]:
    """Our answer to a signed request, and what the host is told."""
    told: list[dict[str, object]] = []

    def note(sender: Flask, **facts: object) -> None:
        told.append(facts)

    with identity_revoked.connected_to(note, app):
        path = f"/first-login/sign-in/facebook/{action}"
        return app.test_client().post(path, data={"signed_request": text}), told


FACEBOOK = {"facebook": {"client_id": "id", "client_secret": SECRET}}


@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize(
    ("external", "origin"),
    [("https://portal.example.gov.tw", "https://portal.example.gov.tw"), (None, "http://localhost")],
)
def test_facebook_is_told_a_whole_address_where_a_person_may_look_and_a_code_that_stays_theirs(
    external: str | None, origin: str
) -> None:
    app = portal(FACEBOOK, external_url=external)
    (answer, told), (again, _), (other, _) = (
        told_by(app, "data-deletion", signed_request({**LEFT, "user_id": one})) for one in ("1", "1", "2")
    )
    assert answer.json is not None
    code = answer.json["confirmation_code"]
    assert answer.json["url"] == f"{origin}/first-login/sign-in/facebook/data-deletion/{code}"
    assert app.test_client().get(urlsplit(answer.json["url"]).path).status_code == 200
    assert told == [{"provider": "facebook", "account": None, "deletion": True, "confirmation_code": code}]
    assert again.json == answer.json
    assert other.json != answer.json


@pytest.mark.usefixtures("just_then")
@pytest.mark.parametrize("action", ["deauthorise", "data-deletion"])
def test_a_request_that_facebook_did_not_sign_is_refused_and_the_host_is_told_nothing(action: str) -> None:
    response, told = told_by(portal(FACEBOOK), action, f"{SIGNATURE}.{FORGED}")
    assert (response.status_code, told) == (400, [])
