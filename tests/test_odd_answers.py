"""Answers that providers really give, each as it was reported in public, through a whole sign-in.

A row names where it is from, what is said differently from an honest provider, and what has to come of it: somebody is
signed in, or the code of a refusal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from support.learner import Learner
from support.pages import portal
from support.stand_in_provider import (
    COLUMNS,
    SOAP_ANSWER,
    StandIn,
    base64url,
    come_back,
    signed,
    signing_key,
    soap,
    standing_in,
)

IN = "signed in"
PERSON = {"uid": "A223456781", "cn": "張公正", "email": "kung@example.gov.tw", "email_verified": True}
ITEM = "<Item><Key>{}</Key><Value>{}</Value></Item>"


@dataclass(frozen=True)
class Odd:
    """One answer.

    ``brings`` is what the browser brings beside the code or in its place (None leaves a field out), ``token`` what the
    token endpoint says beside its tokens, ``claims`` and ``header`` what the ID token says, ``says`` what else is said,
    by its path; ``settings`` are the portal's.
    """

    source: str
    outcome: str
    at: str = "gov"
    brings: Mapping[str, str | None] | None = None
    token: Mapping[str, object] = field(default_factory=dict)
    claims: Mapping[str, object] = field(default_factory=dict)
    header: Mapping[str, object] = field(default_factory=dict)
    says: Mapping[str, tuple[int, object]] = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)


UNKNOWN_ACTION = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>'
    b"<faultcode>soap:Client</faultcode><faultstring>Server did not recognize the value of HTTP Header SOAPAction"
    b"</faultstring></soap:Fault></soap:Body></soap:Envelope>"
)


def refused(error: str, **beside: str | None) -> Mapping[str, str | None]:
    return {"code": None, "error": error, **beside}


def unsigned(alg: str) -> dict[str, str]:
    return {
        "id_token": ".".join([base64url(json.dumps({"alg": alg}).encode()), base64url(b"{}"), base64url(b"x" * 32)])
    }


def key(**changes: object) -> dict[str, object]:
    return {**signing_key().as_dict(private=False), **changes}


def jwks(*keys: object) -> Mapping[str, tuple[int, object]]:
    return {"/gov/jwks": (200, {"keys": [*keys]})}


def answer_of_token(status: int, answer: object, at: str = "gov") -> Mapping[str, tuple[int, object]]:
    return {f"/{at}/token": (status, answer)}


def columns(*items: tuple[str, str], code: str = "0") -> bytes:
    listed = "".join(ITEM.format(name, value) for name, value in items)
    return SOAP_ANSWER.format(code=code, message="", items=listed).encode()


def spare(**changes: object) -> dict[str, object]:
    """A key of the provider that signed nothing."""
    return {**spare_key().as_dict(private=False), **changes}


@cache
def spare_key() -> RSAKey:
    return RSAKey.generate_key(2048)


def soap_answer(status: int, body: bytes) -> Mapping[str, tuple[int, object]]:
    return {"/myegov/soap": (status, body)}


BROUGHT = [
    Odd("Discord, discord-api-docs 685", "cancelled", brings=refused("access_denied", state=None)),
    Odd("LinkedIn docs", "cancelled", brings=refused("user_cancelled_login")),
    Odd("Apple docs, posted", "cancelled", "apple", brings=refused("user_cancelled_authorize")),
    Odd("the same without a state", "cancelled", "apple", brings=refused("user_cancelled_authorize", state=None)),
    Odd("LINE docs, in capitals", "cancelled", brings=refused("ACCESS_DENIED")),
    Odd(
        "Facebook docs",
        "cancelled",
        "facebook",
        refused("access_denied", error_reason="user_denied", error_description="Permissions error"),
    ),
    Odd("Facebook, omniauth 58", "cancelled", "facebook", {"code": None, "error_reason": "user_denied"}),
    Odd(
        "Facebook, oauth2-facebook 34",
        "provider_down",
        "facebook",
        {"code": None, "error_code": "2", "error_message": "Sorry, this feature isn't available right now"},
    ),
    Odd(
        "Facebook, ServiceStack 917",
        "not_available",
        "facebook",
        {"code": None, "error_code": "1349126", "error_message": "App Not Setup: The developers have not set it up"},
    ),
    Odd(
        "Facebook, HWIOAuthBundle 325",
        "not_available",
        "facebook",
        {"code": None, "error_code": "901", "error_message": "This app is in sandbox mode."},
    ),
    Odd(
        "Azure AD B2C, azure-docs 54109",
        "cancelled",
        brings=refused("server_error", error_description="AADB2C90091: The user has cancelled\r\nCorrelation ID: 1"),
    ),
    Odd("Entra, AADSTS65004", "cancelled", brings=refused("invalid_client", error_description="AADSTS65004: declined")),
    Odd(
        "Okta, tailscale 3334",
        "account_not_accepted",
        brings=refused("access_denied", error_description="User is not assigned to the client application."),
    ),
    Odd(
        "Entra, AADSTS50105",
        "account_not_accepted",
        brings=refused("interaction_required", error_description="AADSTS50105: not assigned to a role"),
    ),
    Odd(
        "Keycloak, keycloak 27879, posted",
        "expired",
        brings=refused("temporarily_unavailable", error_description="authentication_expired"),
        settings={"form_post": True},
    ),
    Odd("DfE Sign-in, schools-experience 1126", "expired", brings=refused("sessionexpired", state=None)),
    Odd("Keycloak, overloaded", "provider_down", brings=refused("temporarily_unavailable", error_description="later")),
    Odd("OpenID, unmet requirements", "step_up_not_met", brings=refused("unmet_authentication_requirements")),
    Odd("Entra, AADSTS70011", "not_available", brings=refused("invalid_scope", error_description="AADSTS70011")),
    Odd("GitHub docs", "not_available", brings=refused("application_suspended")),
    Odd("OpenID Connect Core 3.1.2.6", "cancelled", brings=refused("account_selection_required")),
    Odd("a word of its own", "provider_error", brings=refused("e_4711", error_description="A223456781")),
    Odd("a message beside a code", IN, "facebook", brings={"error_message": "success", "error_code": "0"}),
    Odd("RFC 6749 4.1.2.1: an error beside a code", "cancelled", brings={"error": "access_denied"}),
    Odd("an empty error beside a code", IN, brings={"error": "", "error_description": ""}),
    Odd(
        "Google, Keycloak: more beside a code", IN, brings={"scope": "openid", "authuser": "0", "session_state": "x.y"}
    ),
    Odd("Entra: a long code", IN, brings={"code": "0.A" + "x" * 1800}),
    Odd("LINE docs, automatic sign-in that failed", "unknown_sign_in", brings={"code": "none", "state": "0" * 30}),
    Odd(
        "an error with the state of somebody else",
        "unknown_sign_in",
        brings=refused("access_denied", state="x" * 30),
    ),
    Odd("an outage without a state", "unknown_sign_in", brings=refused("server_error", state=None)),
]
TOKENS = [
    Odd("Apigee, DuendeArchive Support 1413", IN, token={"token_type": "BearerToken"}),
    Odd("Entra, hoauth2 97", IN, token={"expires_in": "3599", "ext_expires_in": "3599", "not_before": "1"}),
    Odd(
        "Salesforce docs",
        IN,
        token={"issued_at": "1", "signature": "x", "id": "https://login.example/id/1", "scope": None},
    ),
    Odd("Azure AD B2C, azure-docs 64582", IN, token={"access_token": None}, claims=PERSON),
    Odd("a server of IIS: a mark before the JSON", IN, token={"bom": True}),
    Odd("GitHub docs", "code_refused", says=answer_of_token(200, {"error": "bad_verification_code"})),
    Odd("GitHub docs", "code_refused", says=answer_of_token(200, {"error": "incorrect_client_credentials"})),
    Odd("Slack docs", "code_refused", says=answer_of_token(200, {"ok": False, "error": "invalid_code"})),
    Odd("Entra: a secret that ran out", "code_refused", says=answer_of_token(401, {"error": "invalid_client"})),
    Odd("RFC 6749 5.2: a 401 alone", "code_refused", says=answer_of_token(401, b"")),
    Odd(
        "Facebook, Stack Overflow 14575477",
        "code_refused",
        "facebook",
        says=answer_of_token(400, {"error": {"message": "x", "type": "OAuthException", "code": 101}}, "facebook"),
    ),
    Odd(
        "Facebook docs: an outage",
        "provider_down",
        "facebook",
        says=answer_of_token(400, {"error": {"message": "x", "is_transient": True, "code": 2}}, "facebook"),
    ),
    Odd("Keycloak: busy", "provider_down", says=answer_of_token(400, {"error": "temporarily_unavailable"})),
    Odd("a limit of calls", "provider_down", says=answer_of_token(429, b"slow down")),
    Odd("Cloudflare: 520", "provider_down", says=answer_of_token(520, b"<html>")),
    Odd("Cloudflare: a challenge", "provider_error", says=answer_of_token(403, b"<html>Just a moment...</html>")),
    Odd("PHP: an empty list for no error", IN, token={"error": []}),
    Odd("Cloudflare: 429 with a page", "provider_down", says=answer_of_token(429, b"<html>")),
    Odd(
        "Facebook, php-graph-sdk 538: a wrong secret",
        "code_refused",
        "facebook",
        says=answer_of_token(
            400,
            {"error": {"message": "Error validating client secret.", "type": "OAuthException", "code": 1}},
            "facebook",
        ),
    ),
    Odd("a page of maintenance", "provider_error", says=answer_of_token(200, b"<html>Maintenance</html>")),
    Odd(
        "WeChat docs",
        "provider_error",
        "facebook",
        says=answer_of_token(200, {"errcode": 40029, "errmsg": "invalid code"}, "facebook"),
    ),
    Odd("QQ docs: JSONP", "provider_error", says=answer_of_token(200, b'callback( {"error":100020} );')),
    Odd(
        "Facebook before 2.3: a form",
        "provider_error",
        "facebook",
        says=answer_of_token(200, b"access_token=t&expires=5183999", "facebook"),
    ),
    Odd(
        "Feishu: tokens inside data",
        "id_token_missing",
        says=answer_of_token(200, {"code": 0, "data": {"id_token": "x"}}),
    ),
]
ID_TOKENS = [
    Odd("ORCID: amr as one text", IN, claims={"amr": "pwd"}),
    Odd("amr as numbers", IN, claims={"amr": [1, None], "acr": 0}),
    Odd(
        "a serialiser of nulls", IN, claims={"azp": None, "at_hash": None, "nbf": None, "acr": None, "auth_time": None}
    ),
    Odd("Keycloak, oauth4webapi 189: auth_time 0", IN, claims={"auth_time": 0}),
    Odd("auth_time as a text", IN, claims={"auth_time": "1700000000"}),
    Odd("auth_time in milliseconds", IN, claims={"auth_time": int(time.time() * 1000)}),
    Odd("auth_time before there was a time", IN, claims={"auth_time": -62135596800}),  # .NET's DateTime.MinValue
    Odd("auth_time that no float holds", IN, claims={"auth_time": 10**400}),
    Odd("exp that no float holds", "id_token_invalid", claims={"exp": 10**400}),
    Odd("iat in milliseconds", "id_token_invalid", claims={"iat": int(time.time() * 1000)}),
    Odd("pyop 20: times with a fraction", IN, claims={"iat": time.time() - 0.5}),
    Odd("WSO2, product-is 13335: texts as lists of one", IN, claims={"uid": ["A223456781"], "cn": ["張公正"]}),
    Odd("a name of half a character", IN, claims={**PERSON, "cn": "張\ud800公正\u202e"}),
    Odd("aud as an object", "id_token_invalid", claims={"aud": {"portal": True}}),
    Odd("aud within a list", "id_token_invalid", claims={"aud": [["portal"]]}),
    Odd("a national ID as a further audience", "id_token_invalid", claims={"aud": ["portal", "A223456781"]}),
    Odd("Salesforce: sub as an address", IN, claims={"sub": "https://login.salesforce.com/id/00D50/00550"}),
    Odd("Auth0: sub with a bar", IN, claims={"sub": "google-oauth2|1034"}),
    Odd("ADFS: sub in base64", IN, claims={"sub": "7Q+q/5k8wq3nZ4J4Wm8=="}),
    Odd("NumericDate with a fraction, RFC 7519 2", IN, claims={"exp": 4e9 + 0.5}),
    Odd("Google: azp beside aud", IN, claims={"aud": "portal", "azp": "portal"}),
    Odd("ADFS, Entra: x5t beside kid", IN, header={"x5t": "abc", "nonce": "x"}),
    Odd("typ in small letters", IN, header={"typ": "jwt"}),
    Odd("Zitadel: the project in aud", "id_token_invalid", claims={"aud": ["portal", "77"], "azp": "portal"}),
    Odd(
        "Zitadel: the project in aud, trusted",
        IN,
        claims={"aud": ["portal", "77"], "azp": "portal"},
        settings={"trusted_audiences": ["77"]},
    ),
    Odd("Google: a token of the phone's app", "id_token_invalid", claims={"aud": "portal", "azp": "of-the-app"}),
    Odd("Google: the old issuer, elsewhere", "id_token_invalid", claims={"iss": "accounts.google.com"}),
    Odd("Auth0: a slash too many", "id_token_invalid", claims={"iss": "{}/"}),
    Odd("exp as a text", "id_token_invalid", claims={"exp": "4000000000"}),
    Odd("GitLab, long ago: sub as a number", "id_token_invalid", claims={"sub": 7}),
    Odd("a key of its own in the header", IN, header={"jwk": {"kty": "oct", "k": "AA"}, "jku": "http://127.0.0.1:9/"}),
    Odd("kid as a path", "id_token_invalid", header={"kid": "../../../dev/null"}),
    Odd("kid as an object", "id_token_invalid", header={"kid": {"": 1}}),
    Odd("alg as a list", "id_token_invalid", header={"alg": ["RS256"]}),
    Odd("a payload that is not encoded (RFC 7797)", "id_token_invalid", header={"b64": False, "crit": ["b64"]}),
    Odd("crit as a text", "id_token_invalid", header={"crit": "exp"}),
    Odd("HS256 with a published key", "id_token_invalid", header={"alg": "HS256"}),
    Odd("a header that is a text", "id_token_invalid", token={"id_token": "ImFsZyI.e30.AA"}),
    Odd("an at_hash of another token", "id_token_invalid", claims={"at_hash": "AAAA"}),
    Odd("LINE docs: HS256 by the secret", "id_token_invalid", token=unsigned("HS256")),
    Odd("LemonLDAP: none", "id_token_invalid", token=unsigned("none")),
    Odd("ID-porten: an encrypted token", "id_token_invalid", token={"id_token": "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"}),
    Odd("node-jws 22: a padded token", "id_token_invalid", token={"id_token": "eyJhbGciOiJSUzI1NiJ9.e30=.AA=="}),
    Odd("a token for an API", "id_token_invalid", header={"typ": "at+jwt"}),
]
KEYS = [
    Odd("Keycloak: a key for encryption first", IN, says=jwks(key(use="enc", alg="RSA-OAEP", kid="enc"), key())),
    Odd("Firebase, jwkset 23: padding", IN, says=jwks(key(n=f"{key()['n']}==", e="AQAB"))),
    Odd("mod_auth_openidc 229: commas as padding", IN, says=jwks(key(n=f"{key()['n']},,"))),
    Odd("Cloud Foundry, uaa 449: PEM beside", IN, says=jwks(key(value="-----BEGIN PUBLIC KEY-----"))),
    Odd("a serialiser of nulls", IN, says=jwks(key(use=None, alg=None, x5c=None, key_ops=None, d=None))),
    Odd("keys of tomorrow beside", IN, says=jwks({"kty": "AKP", "alg": "ML-DSA-65", "pub": "AA"}, key())),
    Odd("another key of that name first", IN, says=jwks(spare(kid=signing_key().kid), key())),
    Odd("another algorithm's key of that name first", IN, says=jwks(spare(kid=signing_key().kid, alg="PS256"), key())),
    Odd("no token names its key", IN, header={"kid": None}, says=jwks(spare(key_ops=["encrypt"]), key())),
    Odd("an RSA key of 400,000 bits", IN, says=jwks({"kty": "RSA", "n": "_" * 66_666, "e": "_" * 40_000}, key())),
    Odd("a point that is on no curve", IN, says=jwks({"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"}, key())),
    Odd("a key for another algorithm", "id_token_invalid", says=jwks(key(alg="RS512"))),
    Odd("no key has a name", IN, says=jwks(key(kid=None))),
    Odd("the private part is published", "id_token_invalid", says=jwks(key(d="AQ"), key(kid="x"))),
    Odd("a set of keys that nobody can read", "provider_error", says=jwks({"kty": "RSA"}, None)),
    Odd("a bare list", "provider_error", says={"/gov/jwks": (200, [key()])}),
]
PROFILES = [
    Odd(
        "AWS: email_verified as a text",
        IN,
        says={"/gov/userinfo": (200, {"sub": "person", **PERSON, "email_verified": "true"})},
    ),
    Odd(
        "Entra: UserInfo of another API",
        IN,
        claims=PERSON,
        says={"/gov/userinfo": (401, {"error": {"code": "InvalidAuthenticationToken"}})},
    ),
    Odd("a page in place of the profile", IN, claims=PERSON, says={"/gov/userinfo": (200, b"<html>")}),
    Odd("UserInfo refuses, and the number is missing", "provider_error", says={"/gov/userinfo": (403, b"")}),
    Odd(
        "a profile of somebody else",
        "userinfo_mismatch",
        claims=PERSON,
        says={"/gov/userinfo": (200, {"sub": "another"})},
    ),
    Odd(
        "IdentityServer3 3578: UserInfo without sub",
        "userinfo_mismatch",
        says={"/gov/userinfo": (200, {"uid": "A223456781"})},
    ),
    Odd("a list 60,000 deep", "provider_error", says={"/gov/userinfo": (200, b'{"sub":' + b"[" * 60_000)}),
    Odd("a number of 5,000 digits", "provider_error", says={"/gov/userinfo": (200, b'{"sub":' + b"9" * 5000 + b"}")}),
    Odd("NaN for a number", IN, says={"/gov/userinfo": (200, b'{"sub": "person", "uid": NaN, "cn": Infinity}')}),
    Odd("ADFS: UserInfo of a subject alone", IN, says={"/gov/userinfo": (200, {"sub": "person"})}),
    Odd("sub as a list", "userinfo_mismatch", claims=PERSON, says={"/gov/userinfo": (200, {"sub": ["person"]})}),
    Odd("Facebook: error null beside an id", IN, "facebook", says={"/facebook/me": (200, {"id": "1", "error": None})}),
    Odd("an id as a number", IN, "facebook", says={"/facebook/me": (200, {"id": 10203040506070809})}),
    Odd(
        "TikTok, SocialiteProviders 1000: an error that is none",
        IN,
        "facebook",
        says={"/facebook/me": (200, {"data": {"user": {"open_id": "723f"}}, "error": {"code": "ok", "message": ""}})},
        settings={"subject": "data.user.open_id"},
    ),
    Odd("a path that leads nowhere", "provider_error", "facebook", settings={"subject": "data.user.open_id"}),
    Odd("an id with a fraction", "provider_error", "facebook", says={"/facebook/me": (200, {"id": 1.5})}),
    Odd("a token that ran out", "provider_error", "facebook", says={"/facebook/me": (200, {"error": {"code": 190}})}),
]
SOAPS = [
    Odd(
        ".NET: a reference to a control character",
        IN,
        "myegov",
        says=soap_answer(200, columns(("account", "k"), ("CN", "張&#x1F;公正"))),
    ),
    Odd(
        "a field filled up with NUL",
        IN,
        "myegov",
        says=soap_answer(200, columns(("account", "k"), ("CN", "張公正\0\0"))),
    ),
    Odd(
        "libexpat 260: halves of a character",
        IN,
        "myegov",
        says=soap_answer(200, columns(("account", "k"), ("CN", "&#55360;&#56457;"))),
    ),
    Odd("blank lines before and after", IN, "myegov", says=soap_answer(200, b"\r\n\r\n" + soap(COLUMNS) + b"\r\n\0")),
    Odd(
        ".NET: a value that is nil",
        IN,
        "myegov",
        says=soap_answer(
            200,
            columns(("account", "k"), ("mail", "")).replace(
                b"<Value></Value>", b'<Value xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="true"/>'
            ),
        ),
    ),
    Odd(
        "a page of maintenance, in XHTML",
        "provider_error",
        "myegov",
        says=soap_answer(200, b"<html><body><p>x</p></body></html>"),
    ),
    Odd(
        "a page of maintenance, in HTML",
        "provider_error",
        "myegov",
        says=soap_answer(200, b"<!DOCTYPE html><html><br></html>"),
    ),
    Odd(
        "a fault with 200",
        "provider_error",
        "myegov",
        says=soap_answer(200, b"<s:Envelope xmlns:s='u'><s:Fault/></s:Envelope>"),
    ),
    Odd("a limit of calls", "provider_down", "myegov", says=soap_answer(429, b"")),
    Odd(".NET: a call that it does not know", "provider_error", "myegov", says=soap_answer(500, UNKNOWN_ACTION)),
    Odd("Big5", "provider_error", "myegov", says=soap_answer(200, "<a>張</a>".encode("big5"))),
    Odd("a tree 18,000 deep", "provider_error", "myegov", says=soap_answer(200, b"<a>" * 18_000 + b"</a>" * 18_000)),
    Odd("a fault", "provider_down", "myegov", says=soap_answer(500, b"<soap:Fault/>")),
    Odd("a token that is not known", "ticket_refused", "myegov", says=soap_answer(200, columns(code="-1"))),
    Odd(
        "an account with a control character",
        "provider_error",
        "myegov",
        says=soap_answer(200, columns(("account", "k&#1;"))),
    ),
]
EVERY = [*BROUGHT, *TOKENS, *ID_TOKENS, *KEYS, *PROFILES, *SOAPS]


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


def answered(learner: Learner, provider: StandIn, odd: Odd) -> TestResponse:
    """The portal's answer to a browser that comes back with this."""
    sent_to = learner.start(odd.at)
    fields: dict[str, Any] = provider.answer(odd.at, sent_to)
    if odd.at == "gov":
        nonce = dict(pair.split("=", 1) for pair in sent_to.partition("?")[2].split("&"))["nonce"]
        said = {**provider.claims("gov", nonce), **odd.claims}
        said["iss"] = str(said["iss"]).format(f"{provider.url}/gov")
        token = {"access_token": "a-token", "id_token": signed(odd.header, json.dumps(said).encode()), **odd.token}
        mark = b"\xef\xbb\xbf" if token.pop("bom", False) else b""
        provider.say("/gov/token", mark + json.dumps(token).encode())
        provider.say("/gov/userinfo", {**PERSON, "sub": said["sub"]})
    for path, (status, answer) in odd.says.items():
        provider.say(path, answer, status)
    fields |= odd.brings or {}
    kept = {name: value for name, value in fields.items() if value is not None}
    name = "apple" if odd.settings.get("form_post") else odd.at
    return come_back(learner, name, sent_to, kept)


def outcome(response: TestResponse) -> str:
    if response.status_code == 303:
        return IN
    return response.get_data(as_text=True).partition('data-code="')[2].partition('"')[0]


@pytest.mark.slow
def test_every_answer_that_a_provider_was_seen_to_give_comes_to_what_it_means(
    provider: StandIn, subtests: pytest.Subtests, caplog: pytest.LogCaptureFixture
) -> None:
    assert len(EVERY) >= 100
    for odd in EVERY:
        with subtests.test(f"{odd.source} -> {odd.outcome}"):
            provider.be_honest()
            settings = provider.settings()[odd.at]
            learner = Learner.at(portal({odd.at: {**settings, **odd.settings}}))
            response = answered(learner, provider, odd)
            assert outcome(response) == odd.outcome
            assert "A223456781" not in response.get_data(as_text=True)
    assert not any(text in caplog.text for text in ("A223456781", "Permissions error", "Correlation", "AADSTS70011"))


# --- a provider that leaves the state out where a learner gave up ---

GAVE_UP = "/first-login/sign-in/gov/callback?error=access_denied"


@pytest.fixture
def learner(provider: StandIn) -> Learner:
    provider.be_honest()
    names = ("gov", "facebook")
    return Learner.at(portal({name: provider.settings()[name] for name in names}))


def test_who_gave_up_is_told_so_without_a_state_and_led_back_to_where_they_were_going(
    provider: StandIn, learner: Learner
) -> None:
    learner.start("gov", "?next=/course/7")
    response = learner.get(GAVE_UP)
    assert (response.status_code, outcome(response)) == (400, "cancelled")
    assert "course%2F7" in response.get_data(as_text=True) or "/course/7" in response.get_data(as_text=True)


def test_an_address_that_anybody_can_make_ends_no_sign_in_and_starts_none(provider: StandIn, learner: Learner) -> None:
    sent_to = learner.start("gov")
    before = learner.cookies()
    assert outcome(learner.get(GAVE_UP)) == "cancelled"
    assert learner.cookies() == before
    provider.say("/gov/userinfo", {**PERSON, "sub": "person"})
    assert come_back(learner, "gov", sent_to, provider.answer("gov", sent_to)).status_code == 303


def test_a_browser_without_a_sign_in_at_that_provider_learns_nothing_from_it(
    provider: StandIn, learner: Learner
) -> None:
    assert outcome(learner.get(GAVE_UP)) == "unknown_sign_in"
    learner.start("facebook")
    assert outcome(learner.get(GAVE_UP)) == "unknown_sign_in"
    sent_to = learner.start("gov")
    assert outcome(learner.get(f"{GAVE_UP}&state=of-another")) == "unknown_sign_in"
    assert outcome(learner.get(f"{GAVE_UP}&state=&state=x")) == "bad_request"
    ended = come_back(learner, "gov", sent_to, provider.answer("gov", sent_to) | {"error": "access_denied"})
    assert outcome(ended) == "cancelled"
    assert outcome(learner.get(GAVE_UP)) == "unknown_sign_in"
