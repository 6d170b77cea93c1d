"""Whatever anybody sends: a page in plain words, nobody signed in, nothing repeated, and the next sign-in works."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, quote_from_bytes, urlencode

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from hypothesis import example, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from internals import state_of, subject_of
from support.learner import Learner
from support.pages import portal
from support.stand_in_provider import (
    COLUMNS,
    NAMES,
    SOAP_ANSWER,
    StandIn,
    base64url,
    come_back,
    post_across,
    return_path,
    sign_in,
    signed,
    soap,
    standing_in,
)

pytestmark = pytest.mark.slow

ALLOWED = {200, 303, 400, 404, 405, 413, 502, 503}
NUMBER = "A123456789"
TOKEN = "planted-token-7f3c9a"
CALLBACK = "/first-login/sign-in/{}/callback"

fuzz = settings(deadline=None, max_examples=30)


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def app(provider: StandIn) -> Flask:
    key, index_key = (Fernet.generate_key().decode() for _ in "ab")
    app = portal(provider.settings(), national_id_keys=[key], national_id_index_key=index_key)
    app.testing = True  # an exception that escapes fails the test, instead of becoming a page
    return app


def forget_providers(app: Flask) -> None:
    """As in a process that just began: nothing that a provider published is known."""
    state_of(app)._clients.clear()


def forget_what_was_believed(app: Flask, response: TestResponse) -> None:
    """A document that passes every check is believed for an hour; one that does not must not be."""
    if response.status_code == 303:
        forget_providers(app)


@contextmanager
def everything_logged() -> Iterator[list[str]]:
    """What any logger of this process says meanwhile, whole."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    lines: list[str] = []
    root, handler = logging.getLogger(), Keep()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@contextmanager
def bearing(app: Flask, provider: StandIn, name: str) -> Iterator[Learner]:
    """A browser for requests about this provider that nobody should send; what must hold after them is checked."""
    provider.be_honest()
    learner = Learner.at(app)
    with everything_logged() as logged:
        cpu, wall = time.thread_time(), time.monotonic()
        yield learner
        assert time.thread_time() - cpu < 5  # a bomb takes minutes; a cold machine, once in thousands of answers, 1.5
        assert time.monotonic() - wall < 10  # other processes may have this machine's time meanwhile
    said = "\n".join([*logged, *learner.bodies, *learner.cookies().values()])
    assert [secret for secret in (NUMBER, TOKEN) if secret in said] == []
    assert learner.get("/first-login/outcome").headers["Location"] == "/first-login/login"  # nobody is signed in
    provider.be_honest()
    assert sign_in(learner, provider, name).status_code == 303


def check(response: TestResponse) -> TestResponse:
    """One answer of ours: of a status that we mean, and never our own fault."""
    assert response.status_code in ALLOWED
    page = response.get_data(as_text=True)
    assert 'data-code="portal_error"' not in page
    assert "Traceback" not in page
    return response


# --- what may come ---

texts = st.one_of(
    st.text(max_size=60),
    st.sampled_from([NUMBER, TOKEN, "", "\r\nX: 1", "<script>", "access_denied", "x" * 3000, "%", "null", "\x00"]),
)
names = st.one_of(
    st.sampled_from(["code", "state", "iss", "error", "user", "twGovT1", "bridged", "id_token", "error_description"]),
    st.text(max_size=20),
)
parameters = st.lists(st.tuples(names, texts), max_size=6)
octets = st.one_of(
    st.binary(max_size=200),
    parameters.map(lambda pairs: urlencode(pairs, errors="replace").encode()),
    st.lists(st.tuples(st.sampled_from([b"code", b"twGovT1", b"state"]), st.binary(max_size=40)), max_size=3).map(
        lambda pairs: b"&".join(name + b"=" + quote_from_bytes(value).encode() for name, value in pairs)
    ),
)
anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.sampled_from([NUMBER, TOKEN, "https://evil.example", "http://127.0.0.1:9/", 2**70, -1, 1e300]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


@st.composite
def mutated(draw: st.DrawFn, good: bytes) -> bytes:
    """Something good with a few bytes changed, added or taken away."""
    found = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(found) - 1)))
        piece = draw(st.one_of(st.binary(max_size=4), st.sampled_from([b"<", b"&", b"]]>", b"\x00", b"<!--", b'"'])))
        found[place : place + draw(st.integers(0, 30))] = piece
    return bytes(found)


# --- what a browser may bring ---


@fuzz
@given(
    name=st.sampled_from(NAMES),
    query=octets,
    method=st.sampled_from(["GET", "POST", "HEAD", "PUT"]),
    body=octets,
    state=st.one_of(st.just(""), st.just("own"), st.text(min_size=1, max_size=20)),
    kind=st.sampled_from(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]),
)
def test_any_parameters_at_a_callback(
    app: Flask, provider: StandIn, name: str, query: bytes, method: str, body: bytes, state: str, kind: str
) -> None:
    with bearing(app, provider, name) as learner:
        own = return_path(learner.start(name))
        path = {"": CALLBACK.format(name), "own": own}.get(state, f"{own}/{quote(state, safe='', errors='replace')}")
        response = learner.client.open(
            path, method=method, query_string=query.decode("latin-1"), data=body, content_type=kind
        )
        check(learner.get(check(response).headers.get("Location", path)))


@fuzz
@given(name=st.sampled_from(NAMES), fields=parameters, of_this_browser=st.booleans())
def test_any_fields_in_an_answer_to_a_sign_in(
    app: Flask, provider: StandIn, name: str, fields: list[tuple[str, str]], of_this_browser: bool
) -> None:
    with bearing(app, provider, name) as learner:
        sent_to = learner.start(name)
        honest = provider.answer(name, sent_to)
        know_nothing(provider)
        own = {"state": honest.get("state", "")} if of_this_browser else {}
        check(come_back(learner, name, sent_to, {**as_a_form_says_it(fields), **own}))


def as_a_form_says_it(fields: list[tuple[str, str]]) -> dict[str, str]:
    """Without what UTF-8 cannot say, such as half a character."""
    return {name.encode(errors="replace").decode(): value.encode(errors="replace").decode() for name, value in fields}


def know_nothing(provider: StandIn) -> None:
    """The codes and tickets that are made up here are none."""
    for name in NAMES:
        provider.say(f"/{name}/token", {"error": "invalid_grant", "error_description": f"{NUMBER}\r\n{TOKEN}"}, 400)
    provider.say("/myegov/soap", soap({}, code="-1", message=NUMBER))


@fuzz
@given(prefix=st.sampled_from(["fl-tx-", "fl-bridge-"]), data=st.data())
def test_any_change_of_a_sealed_cookie(app: Flask, provider: StandIn, prefix: str, data: st.DataObject) -> None:
    with bearing(app, provider, "myegov") as learner:
        sent_to = learner.start("myegov")
        response = post_across(learner, return_path(sent_to), provider.answer("myegov", sent_to))
        held = learner.cookies()
        (name,) = [one for one in held if one.startswith(prefix)]
        good = held[name].encode()
        other = st.one_of(mutated(good), st.binary(max_size=80)).filter(lambda octets: octets != good)
        held[name] = data.draw(other).decode("latin-1")
        sent = {"HTTP_COOKIE": "; ".join(f"{key}={value}" for key, value in held.items())}
        bare = app.test_client(use_cookies=False)
        answer = check(bare.get(response.headers["Location"], environ_overrides=sent))
        assert answer.status_code == 400


# --- what a provider may say ---

ITEM = f"<Item><Key>uid</Key><Value>{NUMBER}</Value></Item>"
REFUSED = soap({**COLUMNS, "uid": NUMBER}, code="7", message=TOKEN)


@fuzz
@given(
    body=st.one_of(
        st.binary(max_size=300),
        mutated(REFUSED),
        texts.map(lambda text: SOAP_ANSWER.format(code="7", message=text, items=ITEM).encode(errors="replace")),
    ),
    status=st.sampled_from([200, 200, 200, 204, 302, 404, 500]),
)
def test_any_answer_of_the_profile_service(app: Flask, provider: StandIn, body: bytes, status: int) -> None:
    with bearing(app, provider, "myegov") as learner:
        sent_to = learner.start("myegov")
        provider.say("/myegov/soap", body, status)
        assert (
            check(come_back(learner, "myegov", sent_to, {"twGovT1": TOKEN + secrets.token_hex(8)})).status_code == 502
        )


@fuzz
@given(body=mutated(soap({**COLUMNS, "mail": "a@example.tw"})))
def test_any_change_of_a_good_profile_is_read_or_refused(app: Flask, provider: StandIn, body: bytes) -> None:
    """It may still be a good one, so somebody may be signed in."""
    provider.be_honest()
    learner = Learner.at(app)
    sent_to = learner.start("myegov")
    provider.say("/myegov/soap", body)
    check(come_back(learner, "myegov", sent_to, provider.answer("myegov", sent_to)))


#: Without one of these a token is none for this sign-in; a value that would fit by chance is left out.
ESSENTIAL = ("iss", "aud", "sub", "nonce", "exp", "iat")


def does_not_fit(claim: tuple[str, object]) -> bool:
    name, value = claim
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "sub": isinstance(value, str) and value.isascii() and value.isprintable() and value and " " not in value,
        "exp": is_number and 1.7e9 < float(str(value)) < float("inf"),
        "iat": is_number and 0 <= float(str(value)) <= time.time() + 120,
    }
    return not fits.get(name, False)


def with_token(provider: StandIn, learner: Learner, token: Callable[[dict[str, Any]], str]) -> TestResponse:
    """Our answer when the provider gives this token; it is made from the claims of an honest one."""
    sent_to = learner.start("gov")
    fields = provider.answer("gov", sent_to)
    nonce = re.search("nonce=([^&]+)", sent_to)
    assert nonce is not None
    provider.say_token("gov", token(provider.claims("gov", nonce[1])))
    return check(come_back(learner, "gov", sent_to, fields))


@fuzz
@given(
    wrong=st.tuples(st.sampled_from(ESSENTIAL), anything).filter(does_not_fit),
    extra=st.dictionaries(st.text(max_size=10), anything, max_size=3),
)
@example(wrong=("sub", [NUMBER]), extra={})
@example(wrong=("aud", ["portal", "another"]), extra={"azp": "portal"})
@example(wrong=("nonce", None), extra={"nonce_supported": False})
@example(wrong=("iat", -1e300), extra={})
def test_any_claim_that_does_not_fit_in_a_token_that_is_well_signed(
    app: Flask, provider: StandIn, wrong: tuple[str, object], extra: Mapping[str, object]
) -> None:
    def token(claims: dict[str, Any]) -> str:
        return signed({}, json.dumps({**extra, **claims, wrong[0]: wrong[1]}).encode())

    with bearing(app, provider, "gov") as learner:
        assert with_token(provider, learner, token).status_code == 502


@fuzz
@given(
    header=st.one_of(
        st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "jwk", "jku", "b64", "zip", "x5c"]), anything),
        st.just({"kid": None}),
    ),
    payload=st.one_of(st.binary(max_size=100), anything.map(lambda value: json.dumps(value).encode())),
)
def test_any_header_and_any_payload_under_a_good_signature(
    app: Flask, provider: StandIn, header: Mapping[str, object], payload: bytes
) -> None:
    with bearing(app, provider, "gov") as learner:
        assert with_token(provider, learner, lambda _: signed(header, payload)).status_code == 502


@fuzz
@given(data=st.data())
def test_any_other_text_in_the_place_of_a_token(app: Flask, provider: StandIn, data: st.DataObject) -> None:
    def token(claims: dict[str, Any]) -> str:
        good = signed({}, json.dumps(claims).encode())
        segments = st.lists(st.binary(max_size=40).map(base64url), min_size=1, max_size=6).map(".".join)
        changed = mutated(good.encode()).map(lambda octets: octets.decode("latin-1"))
        return data.draw(st.one_of(st.text(max_size=60), segments, changed).filter(lambda text: text != good))

    with bearing(app, provider, "gov") as learner:
        assert with_token(provider, learner, token).status_code == 502


@fuzz
@given(
    name=st.sampled_from(["gov", "facebook"]),
    status=st.sampled_from([200, 200, 200, 400, 401, 500]),
    answer=st.one_of(
        anything,
        st.binary(max_size=100),
        st.fixed_dictionaries(
            {"access_token": anything, "id_token": anything}, optional={"error": anything, "expires_in": anything}
        ),
    ),
)
def test_any_answer_of_a_token_endpoint(app: Flask, provider: StandIn, name: str, status: int, answer: object) -> None:
    with bearing(app, provider, name) as learner:
        sent_to = learner.start(name)
        fields = provider.answer(name, sent_to)
        provider.say(f"/{name}/token", answer, status)
        provider.say("/facebook/me", {"error": {"message": TOKEN}})
        assert check(come_back(learner, name, sent_to, fields)).status_code == 502


STATED = ("uid", "cn", "name", "email", "email_verified", "birthdate", "amr", "uid_verified", "id")


@fuzz
@given(name=st.sampled_from(["gov", "facebook"]), profile=st.dictionaries(st.sampled_from(STATED), anything))
def test_any_profile_is_an_identity_or_refused(
    app: Flask, provider: StandIn, name: str, profile: Mapping[str, object]
) -> None:
    """What a person is called and when they were born may be anything; somebody may be signed in."""
    provider.be_honest()
    provider.say("/gov/userinfo", {**profile, "sub": "person"})
    provider.say("/facebook/me", {"id": "1", **profile})
    learner = Learner.at(app)
    with everything_logged() as logged:
        response = check(sign_in(learner, provider, name))
        check(learner.get(response.headers.get("Location", "/first-login/outcome")))
    assert NUMBER not in "\n".join([*logged, *learner.cookies().values(), *learner.seen])


ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
OTHERS = ("issuer", "id_token_signing_alg_values_supported", "authorization_response_iss_parameter_supported")


@fuzz
@given(
    change=st.dictionaries(st.sampled_from([*ENDPOINTS, *OTHERS]), anything, min_size=1),
    whole=st.one_of(st.none(), st.binary(max_size=60), anything),
)
def test_any_discovery_document(app: Flask, provider: StandIn, change: Mapping[str, object], whole: object) -> None:
    with bearing(app, provider, "gov") as learner:
        forget_providers(app)
        provider.say("/gov/.well-known/openid-configuration", whole or {**provider.discovery("gov"), **change})
        response = check(learner.get("/first-login/sign-in/gov", headers={"Sec-Fetch-Site": "same-origin"}))
        to = response.headers.get("Location", "https://")
        assert to.startswith(("https://", provider.url, "http://127.0.0.1:9/"))
        forget_what_was_believed(app, response)


MEMBERS = ("kty", "use", "kid", "n", "e", "crv", "x", "y", "k", "alg", "key_ops", "d")
WORDS = ("RSA", "EC", "oct", "OKP", "sig", "enc", "AQAB", "P-256", "Ed25519", "verify")
keys = st.dictionaries(st.sampled_from(MEMBERS), st.one_of(anything, st.sampled_from(WORDS)))


@fuzz
@given(
    document=st.one_of(
        anything,
        st.binary(max_size=60),
        st.fixed_dictionaries({"keys": st.lists(st.one_of(keys, anything), max_size=4)}),
    )
)
def test_any_key_set(app: Flask, provider: StandIn, document: object) -> None:
    with bearing(app, provider, "gov") as learner:
        forget_providers(app)
        provider.say("/gov/jwks", document)
        assert check(sign_in(learner, provider, "gov")).status_code == 502


# --- what Facebook may post, or anybody in its place ---


@fuzz
@given(
    text=st.one_of(
        st.text(max_size=60),
        st.lists(st.binary(max_size=40).map(base64url), max_size=3).map(".".join),
        anything.map(lambda value: f"{base64url(b'x' * 32)}.{base64url(json.dumps(value).encode())}"),
    ),
    action=st.sampled_from(["deauthorise", "data-deletion"]),
    name=st.sampled_from([*NAMES, "google", "nobody"]),
)
def test_any_signed_request(app: Flask, provider: StandIn, text: str, action: str, name: str) -> None:
    assert subject_of(text, "secret") is None
    with bearing(app, provider, "facebook") as learner:
        encoded = text.encode(errors="replace").decode()
        response = learner.post(f"/first-login/sign-in/{name}/{action}", {"signed_request": encoded})
        assert check(response).status_code in {400, 404}
