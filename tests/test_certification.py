"""The tests by which the OpenID Foundation certifies relying parties, under their own names, and rows beyond them.

Basic, Config and Form Post plans of ``openid-certification/conformance-suite``; what each expects of a relying party is
in the table. The providers are in this process and speak HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64decode
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

from flask_first_login import SignInError
from internals import MOST_RENEWALS, Client, Start, client_for, register
from support.stand_in_provider import CLIENT, StandIn, base64url, left_half_hash, signed, signing_key, standing_in

START = Start("https://portal.example.tw/callback", "the-state", "the-nonce", "v" * 43)
ANSWER = {"code": "a-code"}
DISCOVERY = "/gov/.well-known/openid-configuration"
Says = Callable[[StandIn], object]


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn) -> StandIn:
    running.be_honest()
    return running


def relying_party(provider: StandIn, **settings: object) -> Client:
    made, problems = register({"gov": {**provider.settings()["gov"], **settings}})
    assert problems == []
    return client_for(made["gov"])


def outcome(client: Client, answer: Mapping[str, str] = ANSWER, start: Start = START) -> str:
    """Who is signed in, or the code of the refusal."""
    try:
        return client.complete(answer, start).subject
    except SignInError as error:
        return error.code


def stated(provider: StandIn, *without: str, header: Mapping[str, object] | None = None, **claims: object) -> StandIn:
    """The token says this, and not what it is to be ``without``; its signature holds."""
    said = {**provider.claims("gov", START.nonce), **claims}
    kept = {name: value for name, value in said.items() if name not in without}
    provider.say_token("gov", signed(header or {}, json.dumps(kept).encode()))
    return provider


def unsigned(provider: StandIn, sign: Callable[[str], bytes], **header: object) -> None:
    """A token with a signature of one's own; with ``none`` and without any where ``sign`` gives nothing."""
    claims = provider.claims("gov", START.nonce)
    text = ".".join(base64url(json.dumps(one).encode()) for one in (header, claims))
    provider.say_token("gov", f"{text}.{base64url(sign(text))}")


def hmac_under(key: bytes) -> Callable[[str], bytes]:
    return lambda text: hmac.digest(key, text.encode(), "sha256")


def public_key(encoding: Encoding, shape: PublicFormat) -> bytes:
    return cast("rsa.RSAPrivateKey", signing_key().raw_value).public_key().public_bytes(encoding, shape)


PEM = public_key(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
DER = public_key(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
PKCS1 = public_key(Encoding.PEM, PublicFormat.PKCS1)
FOREIGN, OTHER = RSAKey.generate_key(2048), RSAKey.generate_key(2048)
SMALL = rsa.generate_private_key(65537, 1024)  # noqa: S505  # too small on purpose
CURVE = ECKey.generate_key("P-256")


def published(*keys: RSAKey | ECKey, **parameters: object) -> dict[str, object]:
    return {"keys": [{**key.as_dict(private=False), **parameters} for key in keys]}


def es256(text: str) -> bytes:
    private = cast("ec.EllipticCurvePrivateKey", CURVE.raw_value)
    r, s = decode_dss_signature(private.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32) + s.to_bytes(32)


def rs256_of_1024_bits(text: str) -> bytes:
    return SMALL.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())


def small_and_good() -> dict[str, object]:
    modulus = base64url(SMALL.public_key().public_numbers().n.to_bytes(128))
    return {"keys": [{"kty": "RSA", "n": modulus, "e": "AQAB", "kid": "small"}, signing_key().as_dict(private=False)]}


def sign_with(key: RSAKey, **header: object) -> Says:
    def say(provider: StandIn) -> None:
        token = signed({"kid": None, **header}, json.dumps(provider.claims("gov", START.nonce)).encode(), key)
        provider.say_token("gov", token)

    return say


def both(*says: Says) -> Says:
    return lambda provider: [say(provider) for say in says]


def keys(document: Mapping[str, Any]) -> Says:
    return lambda provider: provider.say("/gov/jwks", document)


def says(*without: str, header: Mapping[str, object] | None = None, **claims: object) -> Says:
    return lambda provider: stated(provider, *without, header=header, **claims)


def metadata(**changes: object) -> Says:
    return both(says(), lambda provider: provider.say(DISCOVERY, {**provider.discovery("gov"), **changes}))


def token_answer(value: object) -> Says:
    return lambda provider: provider.say("/gov/token", value)


KNOWN, NONE_OF_IT = "person", "id_token_invalid"
SIGNED_IN: Mapping[str, Says] = {
    "oidcc-client-test": says(),
    "oidcc-client-test-kid-absent-single-jwks": says(header={"kid": None}),
    "oidcc-client-test-kid-absent-multiple-jwks": both(
        says(header={"kid": None}), keys(published(OTHER, FOREIGN, signing_key()))
    ),
    "oidcc-client-test-idtoken-sig-rs256": says(header={"alg": "RS256"}),
    "oidcc-client-test-missing-athash": says(),
    "oidcc-client-test with an at_hash": says(at_hash=left_half_hash("a-token")),
    "oidcc-client-test with aud as a list of one": says(aud=["portal"]),
    "oidcc-client-test with our azp": says(azp="portal"),
    "what is null was not said": says(azp=None, at_hash=None, nbf=None, auth_time=None, amr=None, acr=None),
    "oidcc-client-test-discovery-jwks-uri-keys": both(says(), keys(published(CURVE, signing_key()))),
    "a token that is called one": says(header={"typ": "JWT"}),
    "a clock that is half a minute ahead": lambda provider: stated(
        provider, iat=cast("int", provider.claims("gov", "")["iat"]) + 30
    ),
}
REFUSED: Mapping[str, tuple[Says, str]] = {
    "oidcc-client-test-invalid-iss": (says(iss="https://evil.example"), NONE_OF_IT),
    "oidcc-client-test-invalid-iss, by a slash": (
        lambda provider: stated(provider, iss=f"{provider.url}/gov/"),
        NONE_OF_IT,
    ),
    "oidcc-client-test-missing-iss": (says("iss"), NONE_OF_IT),
    "oidcc-client-test-missing-sub": (says("sub"), NONE_OF_IT),
    "oidcc-client-test-invalid-aud": (says(aud="another"), NONE_OF_IT),
    "oidcc-client-test-invalid-aud, azp ours": (says(aud="another", azp="portal"), NONE_OF_IT),
    "oidcc-client-test-invalid-aud, one more": (says(aud=["portal", "another"], azp="portal"), NONE_OF_IT),
    "oidcc-client-test-invalid-aud, empty": (says(aud=""), NONE_OF_IT),
    "oidcc-client-test-invalid-aud, empty list": (says(aud=[]), NONE_OF_IT),
    "oidcc-client-test-missing-aud": (says("aud"), NONE_OF_IT),
    "a foreign azp": (says(azp="another"), NONE_OF_IT),
    "an azp that is empty": (says(azp=""), NONE_OF_IT),
    "a null in place of what must be said": (says(iss=None), NONE_OF_IT),
    "no nonce but null": (says(nonce=None), NONE_OF_IT),
    "an aud that is null": (says(aud=None), NONE_OF_IT),
    "an iss as a list of one": (lambda provider: stated(provider, iss=[f"{provider.url}/gov"]), NONE_OF_IT),
    "a nonce as a list of one": (says(nonce=[START.nonce]), NONE_OF_IT),
    "a sub as a list of one": (says(sub=["person"]), NONE_OF_IT),
    "a sub as a number": (says(sub=7), NONE_OF_IT),
    "oidcc-client-test-missing-iat": (says("iat"), NONE_OF_IT),
    "a token without an end": (says("exp"), NONE_OF_IT),
    "oidcc-client-test-nonce-invalid": (says(nonce="another"), NONE_OF_IT),
    "no nonce": (says("nonce"), NONE_OF_IT),
    "no nonce, and none supported": (says("nonce", nonce_supported=False), NONE_OF_IT),
    "oidcc-client-test-invalid-athash": (says(at_hash=left_half_hash("another")), NONE_OF_IT),
    "an at_hash that is empty": (says(at_hash=""), NONE_OF_IT),
    "an at_hash that is no text": (says(at_hash=7), NONE_OF_IT),
    "oidcc-client-test-idtoken-sig-none": (lambda provider: unsigned(provider, lambda _: b"", alg="none"), NONE_OF_IT),
    "sig none, advertised": (
        both(
            lambda provider: unsigned(provider, lambda _: b"", alg="none"),
            lambda provider: provider.say(
                DISCOVERY, {**provider.discovery("gov"), "id_token_signing_alg_values_supported": ["none", "RS256"]}
            ),
        ),
        NONE_OF_IT,
    ),
    "oidcc-client-test-invalid-sig-rs256": (sign_with(FOREIGN, kid=signing_key().kid), NONE_OF_IT),
    "oidcc-client-test-invalid-sig-es256": (
        both(lambda provider: unsigned(provider, es256, alg="ES256"), keys(published(CURVE, signing_key()))),
        NONE_OF_IT,
    ),
    "oidcc-client-test-invalid-sig-hs256": (
        lambda provider: unsigned(provider, hmac_under(CLIENT["client_secret"].encode()), alg="HS256"),
        NONE_OF_IT,
    ),
    **{
        f"HS256 under the public key, {name}": (
            lambda provider, key=key: unsigned(provider, hmac_under(key), alg="HS256"),  # type: ignore[misc]  # bound now
            NONE_OF_IT,
        )
        for name, key in {"PEM": PEM, "DER": DER, "PKCS 1": PKCS1, "PEM stripped": PEM.strip()}.items()
    },
    "HS256 under an oct key of the key set": (
        both(
            lambda provider: unsigned(provider, hmac_under(b"x" * 32), alg="HS256", kid="o"),
            keys({"keys": [{"kty": "oct", "k": base64url(b"x" * 32), "kid": "o"}, *published(signing_key())["keys"]]}),  # type: ignore[misc]  # a list
        ),
        NONE_OF_IT,
    ),
    "a key that is for encryption": (both(says(), keys(published(signing_key(), use="enc"))), "provider_error"),
    "a key of 1024 bits": (
        both(lambda provider: unsigned(provider, rs256_of_1024_bits, alg="RS256", kid="small"), keys(small_and_good())),
        NONE_OF_IT,
    ),
    "a token for an API": (says(header={"typ": "at+jwt"}), NONE_OF_IT),
    "a token for a sign-out": (says(header={"typ": "application/logout+jwt"}), NONE_OF_IT),
    "a token of a type that is no text": (says(header={"typ": ["JWT"]}), NONE_OF_IT),
    "a token that is encrypted": (token_answer({"access_token": "a", "id_token": "a.b.c.d.e"}), NONE_OF_IT),
    "a token of 100 kB": (says(padding="x" * 80_000), NONE_OF_IT),
    "no token": (token_answer({"access_token": "a", "token_type": "Bearer"}), "id_token_missing"),
    "oidcc-client-test-userinfo-invalid-sub": (
        both(says(), lambda provider: provider.say("/gov/userinfo", {"sub": "another"})),
        "userinfo_mismatch",
    ),
    "userinfo without a sub": (
        both(says(), lambda provider: provider.say("/gov/userinfo", {"uid": "A123456789"})),
        "userinfo_mismatch",
    ),
    "oidcc-client-test-discovery-issuer-mismatch": (metadata(issuer="https://evil.example"), "provider_error"),
    "an endpoint on plain http elsewhere": (metadata(token_endpoint="http://evil.example/token"), "provider_error"),
    "an endpoint with a user name": (metadata(token_endpoint="https://127.0.0.1@evil.example/t"), "provider_error"),
    "an endpoint that is a list": (metadata(jwks_uri=["https://a.example"]), "provider_error"),
}


@pytest.mark.parametrize("row", SIGNED_IN)
def test_what_a_relying_party_must_accept_signs_the_person_in(provider: StandIn, row: str) -> None:
    SIGNED_IN[row](provider)
    assert outcome(relying_party(provider)) == KNOWN


@pytest.mark.parametrize("row", REFUSED)
def test_what_a_relying_party_must_refuse_is_refused_with_its_code_and_the_next_honest_answer_taken(
    provider: StandIn, row: str
) -> None:
    wrong, code = REFUSED[row]
    client = relying_party(provider)
    wrong(provider)
    assert outcome(client) == code
    provider.be_honest()
    stated(provider)
    assert outcome(client) == KNOWN


def test_a_key_that_the_provider_changes_just_before_it_signs_is_fetched(provider: StandIn) -> None:
    """oidcc-client-test-signing-key-rotation-just-before-signing"""
    client = relying_party(provider)
    stated(provider)
    assert outcome(client) == KNOWN
    keys(published(OTHER, kid="new"))(provider)
    sign_with(OTHER, kid="new")(provider)
    assert outcome(client) == KNOWN
    stated(provider)
    assert outcome(client) == NONE_OF_IT  # the old key is withdrawn


@pytest.mark.parametrize("token_auth", ["client_secret_basic", "client_secret_post"])
def test_the_secret_travels_in_one_place_and_the_access_token_in_the_header(provider: StandIn, token_auth: str) -> None:
    """oidcc-client-test-client-secret-basic, oidcc-client-test-userinfo-bearer-header"""
    stated(provider)
    assert outcome(relying_party(provider, token_auth=token_auth)) == KNOWN
    token, userinfo = (one for one in provider.asked if one.path in {"/gov/token", "/gov/userinfo"})
    in_header = b64decode(token.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
    assert {in_header, token.form.get("client_secret")} == {
        "client_secret_basic": {"portal:secret-of-the-portal", None},
        "client_secret_post": {"", "secret-of-the-portal"},
    }[token_auth]
    assert (userinfo.headers["Authorization"], userinfo.query) == ("Bearer a-token", {})


@pytest.mark.parametrize(
    ("promised", "iss", "code"),
    [
        (True, None, "wrong_issuer"),
        (True, "https://evil.example", "wrong_issuer"),
        (True, "{}/", "wrong_issuer"),
        (True, "", "wrong_issuer"),
        (True, "{}", KNOWN),
        (False, None, KNOWN),
        (False, "{}", KNOWN),
        (False, "https://evil.example", "wrong_issuer"),
    ],
)
@pytest.mark.parametrize("error", [{}, {"error": "access_denied"}])
def test_an_answer_names_its_issuer_when_that_was_promised_on_errors_too(
    provider: StandIn, promised: bool, iss: str | None, code: str, error: dict[str, str]
) -> None:
    """RFC 9207, section 2.4; the FAPI conditions AddInvalidIssTo... and RemoveIssFrom..."""
    metadata(authorization_response_iss_parameter_supported=promised)(provider)
    named = {} if iss is None else {"iss": iss.format(f"{provider.url}/gov")}
    expected = {KNOWN: {(): KNOWN, ("error",): "cancelled"}[tuple(error)]}.get(code, code)
    assert outcome(relying_party(provider), {**ANSWER, **named, **error}) == expected


# --- what a portal asks for beyond the protocol ---


@pytest.mark.parametrize(
    ("settings", "claims", "code"),
    [
        ({"authorize_params": {"hd": "school.example"}}, {"hd": "school.example"}, KNOWN),
        ({"authorize_params": {"hd": "school.example"}}, {"hd": "SCHOOL.example"}, "account_not_accepted"),
        ({"authorize_params": {"hd": "school.example"}}, {"hd": "school.example.evil"}, "account_not_accepted"),
        ({"authorize_params": {"hd": "school.example"}}, {"hd": ["school.example"]}, "account_not_accepted"),
        ({"authorize_params": {"hd": "school.example"}}, {}, "account_not_accepted"),
        ({"authorize_params": {"hd": "*"}}, {"hd": "any.example"}, KNOWN),
        ({"authorize_params": {"hd": "*"}}, {"hd": ""}, "account_not_accepted"),
        ({"authorize_params": {"hd": "*"}}, {}, "account_not_accepted"),
        ({"required_claims": {"org": "a"}}, {"org": "a"}, KNOWN),
        ({"required_claims": {"org": "a"}}, {"org": True}, "account_not_accepted"),
        ({"required_claims": {"org": "a", "role": "b"}}, {"org": "a"}, "account_not_accepted"),
    ],
)
def test_an_organisation_that_was_asked_for_is_checked_in_the_token_since_the_browser_may_drop_the_wish(
    provider: StandIn, settings: Mapping[str, object], claims: Mapping[str, Any], code: str
) -> None:
    stated(provider, **claims)
    provider.say("/gov/userinfo", {"sub": KNOWN, "hd": "school.example", "org": "a", "role": "b"})
    assert outcome(relying_party(provider, **settings)) == code


@pytest.mark.parametrize(
    ("step_up", "acr", "code"),
    [
        (True, "high", KNOWN),
        (True, "higher", KNOWN),
        (True, "low", "step_up_not_met"),
        (True, "high higher", "step_up_not_met"),
        (True, ["high"], "step_up_not_met"),
        (True, None, "step_up_not_met"),
        (False, None, KNOWN),
    ],
)
def test_a_level_that_was_asked_for_must_come_back(provider: StandIn, step_up: bool, acr: object, code: str) -> None:
    client = relying_party(provider, step_up_params={"acr_values": "high higher"})
    start = Start(START.redirect_uri, START.state, START.nonce, START.verifier, step_up=step_up)
    assert ("acr_values=high+higher" in client.begin(start)) is step_up
    stated(provider, acr=acr)
    assert outcome(client, start=start) == code


def test_a_hash_of_every_part_is_what_the_standard_says() -> None:
    """OpenID Connect Core 1.0, 3.1.3.6: the left half of the hash, so that the rows above test what they name."""
    assert left_half_hash("a-token") == base64url(hashlib.sha256(b"a-token").digest()[:16])


# --- keys that change, and keys that are written oddly ---


def asked_for_keys(provider: StandIn) -> int:
    return sum(asked.path == "/gov/jwks" for asked in provider.asked)


@pytest.mark.parametrize("named", [{"kid": signing_key().kid}, {}], ids=["under its name", "no name in the token"])
def test_a_key_that_is_replaced_under_its_own_name_is_believed_after_one_look(
    provider: StandIn, named: Mapping[str, object]
) -> None:
    client = relying_party(provider)
    stated(provider)
    assert outcome(client) == KNOWN
    keys(published(OTHER, kid=signing_key().kid))(provider)
    sign_with(OTHER, **named)(provider)
    assert (outcome(client), asked_for_keys(provider)) == (KNOWN, 2)
    stated(provider)
    assert outcome(client) == NONE_OF_IT  # the old key is withdrawn


@pytest.mark.parametrize(
    "header", [{"kid": signing_key().kid}, {"kid": "unknown"}, {"kid": None}], ids=["known", "unknown", "none"]
)
def test_forged_tokens_have_the_keys_fetched_a_few_times_and_no_more(
    provider: StandIn, header: Mapping[str, object]
) -> None:
    client = relying_party(provider)
    sign_with(FOREIGN, **header)(provider)
    assert [outcome(client) for _ in range(12)] == [NONE_OF_IT] * 12
    assert asked_for_keys(provider) <= 1 + MOST_RENEWALS
    stated(provider)
    assert outcome(client) == KNOWN


@pytest.mark.parametrize("alg", ["none", "HS256", "RS512", "", 7, None, ["RS256"]])
def test_an_algorithm_that_is_not_taken_has_no_key_fetched(provider: StandIn, alg: object) -> None:
    client = relying_party(provider)
    unsigned(provider, hmac_under(PEM), alg=alg)
    assert (outcome(client), asked_for_keys(provider)) == (NONE_OF_IT, 0)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"kid": None, "typ": None, "crit": None, "x5t": None, "jwk": None}, KNOWN),
        ({"x5c": "MIIB", "x5t": 7, "jku": [], "cty": None}, KNOWN),
        ({"crit": ["x5c"], "x5c": ["MIIB"]}, NONE_OF_IT),
        ({"crit": [None]}, NONE_OF_IT),
        ({"kid": 7}, NONE_OF_IT),
    ],
    ids=str,
)
def test_a_header_is_asked_for_what_a_signature_hangs_on_alone(
    provider: StandIn, header: Mapping[str, object], code: str
) -> None:
    private = cast("rsa.RSAPrivateKey", signing_key().raw_value)
    unsigned(
        provider, lambda text: private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()), alg="RS256", **header
    )
    assert outcome(relying_party(provider)) == code


def in_other_base64(text: str) -> str:
    padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
    return f"{padded[:76]}\n{padded[76:]}"


def own_key(**changes: object) -> dict[str, object]:
    return {**signing_key().as_dict(private=False), **changes}


READABLE: Mapping[str, list[object]] = {
    "padded, in the other alphabet and in lines": [
        own_key(n=in_other_base64(str(own_key()["n"])), e=in_other_base64(str(own_key()["e"])))
    ],
    "nulls, as a serialiser writes them": [own_key(use=None, alg=None, key_ops=None, x5c=None, x5t=None, d=None)],
    "what nobody uses is odd": [own_key(x5c="none", x5u=7, ext="yes", exp=[], x5t={})],
    "use as a list of one": [own_key(use=["sig"])],
    "keys that cannot be read beside it": [
        None,
        "a key",
        {"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        {"kty": "RSA", "n": "!", "e": "AQAB", "kid": own_key()["kid"]},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": ["RSA"]},
        own_key(),
    ],
    "no key has a name, the token names one": [own_key(kid=None)],
}
UNREADABLE: Mapping[str, list[object]] = {
    "its private part is published": [signing_key().as_dict(private=True)],
    "an exponent that verifies anything": [own_key(e="AQ")],
    "for encryption, as a list": [own_key(use=["enc"])],
    "for encryption alone": [own_key(use=None, key_ops=["encrypt"])],
    "of another algorithm": [own_key(alg="RS512")],
    "a shared secret under its name": [{"kty": "oct", "k": "AAAA", "kid": own_key()["kid"]}],
}


@pytest.mark.parametrize("row", [*READABLE, *UNREADABLE])
def test_an_odd_key_is_read_where_it_can_be_and_never_one_that_proves_nothing(provider: StandIn, row: str) -> None:
    stated(provider)
    provider.say("/gov/jwks", {"keys": READABLE.get(row) or UNREADABLE[row]})
    assert (outcome(relying_party(provider)) == KNOWN) is (row in READABLE)


# --- whom a token is for ---


@pytest.mark.parametrize(
    ("trusted", "claims", "code"),
    [
        ([], {"aud": ["portal", "project-77"], "azp": "portal"}, NONE_OF_IT),
        (["project-77"], {"aud": ["portal", "project-77"], "azp": "portal"}, KNOWN),
        (["project-77"], {"aud": ["portal"]}, KNOWN),
        (["project-77"], {"aud": ["portal", "project-77"]}, NONE_OF_IT),
        (["project-77"], {"aud": ["portal", "project-77"], "azp": "project-77"}, NONE_OF_IT),
        (["project-77"], {"aud": ["portal", "project-77", "another"], "azp": "portal"}, NONE_OF_IT),
        (["project-77"], {"aud": ["portal", ["project-77"]], "azp": "portal"}, NONE_OF_IT),
        (["project-77"], {"aud": "project-77", "azp": "portal"}, NONE_OF_IT),
        (["project-77"], {"aud": ["project-77"], "azp": "portal"}, NONE_OF_IT),
    ],
    ids=str,
)
def test_a_further_audience_is_taken_only_where_it_is_trusted_and_the_token_was_given_to_us(
    provider: StandIn, trusted: list[str], claims: Mapping[str, Any], code: str
) -> None:
    stated(provider, **claims)
    assert outcome(relying_party(provider, trusted_audiences=trusted)) == code


def test_the_log_is_told_which_audience_it_was_and_nothing_that_forges_a_line_or_is_a_number(provider: StandIn) -> None:
    def detail(audience: object) -> str:
        stated(provider, aud=["portal", audience], azp="portal")
        with pytest.raises(SignInError) as caught:
            relying_party(provider).complete(ANSWER, START)
        return caught.value.detail

    assert detail("project-77") == "a further audience is not trusted: project-77"
    assert detail("a\nb A223456781") == "a further audience is not trusted: a?b A22345****"
    assert len(detail("x" * 9000)) < 200


WORDS: Mapping[str, tuple[Says, str]] = {
    "another issuer": (says(iss="https://evil.example"), "the issuer is another"),
    "another client": (says(aud="another"), "the audience is another client's"),
    "another sign-in": (says(nonce="another"), "it is for another sign-in (nonce)"),
    "another access token": (says(at_hash="AAAA"), "it is for another access token (at_hash)"),
    "given to another": (says(azp="another"), "it was given to another client (azp)"),
    "expired": (says(exp=1), "it has expired; or a clock is wrong"),
    "of tomorrow": (says(iat=2**40), "it is not of the past; or a clock is wrong"),
    "not yet": (says(nbf=2**40), "it does not hold yet; or a clock is wrong"),
    "a time as a text": (says(exp="soon"), "exp is not a number"),
    "nobody": (says("sub"), "it does not say sub"),
    "a subject with a blank": (says(sub="a b"), "sub is not a subject"),
    "another key": (sign_with(FOREIGN), "the signature is not by a key of the provider"),
    "an algorithm": (
        lambda provider: unsigned(provider, lambda _: b"", alg="none"),
        "signed by an algorithm that this portal does not take there (none)",
    ),
    "an algorithm that nobody knows": (
        lambda provider: unsigned(provider, lambda _: b"", alg="A223456781"),
        "signed by an algorithm that this portal does not take there",
    ),
    "a header that is a text": (
        token_answer({"access_token": "a", "id_token": "ImFsZyI.e30.AA"}),
        "no signed token in compact form",
    ),
    "another purpose": (says(header={"typ": "at+jwt"}), "a token of another purpose (typ)"),
    "no token": (token_answer({"access_token": "a", "id_token": "a.b"}), "no signed token in compact form"),
    "a large one": (says(padding="x" * 80_000), "larger than any token"),
    "a strange header": (
        says(header={"crit": ["x"], "x": 1}),
        "a header that asks for what we do not know",
    ),
}


@pytest.mark.parametrize("row", WORDS)
def test_a_refusal_says_in_words_which_check_failed(provider: StandIn, row: str) -> None:
    wrong, words = WORDS[row]
    wrong(provider)
    with pytest.raises(SignInError) as caught:
        relying_party(provider).complete(ANSWER, START)
    assert (caught.value.code, caught.value.detail) == (NONE_OF_IT, words)


# --- where a provider publishes, and how the secret travels ---


def test_a_provider_may_publish_elsewhere_and_have_its_endpoints_on_several_origins(provider: StandIn) -> None:
    elsewhere = provider.url.replace("127.0.0.1", "localhost")
    document = provider.discovery("gov") | {
        "jwks_uri": f"{elsewhere}/gov/jwks",
        "token_endpoint": f"{elsewhere}/gov/token",
    }
    stated(provider)
    provider.says.pop(DISCOVERY)
    provider.say("/elsewhere", document)
    assert outcome(relying_party(provider, discovery_url=f"{elsewhere}/elsewhere")) == KNOWN
    provider.say("/elsewhere", document | {"issuer": f"{elsewhere}/gov"})
    assert outcome(relying_party(provider, discovery_url=f"{elsewhere}/elsewhere")) == "provider_error"


@pytest.mark.parametrize("nothing", [None, ""])
def test_what_a_discovery_document_leaves_empty_was_not_said(provider: StandIn, nothing: object) -> None:
    metadata(
        userinfo_endpoint=nothing,
        id_token_signing_alg_values_supported=[],
        end_session_endpoint=7,
        scopes_supported=None,
    )(provider)
    assert outcome(relying_party(provider)) == KNOWN
    metadata(id_token_signing_alg_values_supported=["none"])(provider)
    assert outcome(relying_party(provider)) == NONE_OF_IT


@pytest.mark.parametrize(
    ("settings", "sent"),
    [
        ({}, b"https%3A%2F%2Fportal.example:a+b%25c%3Ad%2F%2B"),
        ({"basic_as_is": True}, b"https://portal.example:a b%c:d/+"),
    ],
)
def test_id_and_secret_are_form_encoded_in_the_header_unless_the_server_decodes_nothing(
    provider: StandIn, settings: Mapping[str, object], sent: bytes
) -> None:
    """RFC 6749, 2.3.1"""
    keys = {"client_id": "https://portal.example", "client_secret": "a b%c:d/+"}
    stated(provider, aud="https://portal.example")
    assert outcome(relying_party(provider, **keys, **settings)) == KNOWN
    token = next(asked for asked in provider.asked if asked.path == "/gov/token")
    assert b64decode(token.headers["Authorization"].removeprefix("Basic ")) == sent
    assert "client_secret" not in token.form
