"""When UserInfo is asked, and that an identity is the same whether it is or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from joserfc.jwk import RSAKey

from flask_first_login import Assurance, Identity, SignInError
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import ClaimNames, Claims, government, social
from flask_first_login.testing import BY_ECPA
from internals import Start, Transaction, client_for, register
from support.host_portal import Host
from support.pages import portal
from support.stand_in_provider import StandIn, base64url, signed, standing_in

START = Start("https://portal.example.tw/callback", "the-state", "the-nonce", "v" * 43)
NAMES = {"national_id": "uid", "name": "cn", "verified": "uid_verified", "kind": "account_type", "method": "acr"}
PERSON: dict[str, object] = {
    "uid": "A223456781",
    "cn": "張公正",
    "uid_verified": True,
    "account_type": "official",
    "birthdate": "1990-01-02",
    "email": "kung@example.gov.tw",
    "email_verified": True,
    "acr": "card",
}
GOV: Mapping[str, object] = {"claims": NAMES, "kinds": {"official": "civil_servant"}}
GUEST: dict[str, object] = {"name": "Chang", "email": "chang@example.com", "email_verified": True}
SOCIAL: Mapping[str, object] = {"standing": "social", "claims": None}


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn) -> StandIn:
    running.be_honest()
    return running


def signed_in(
    provider: StandIn,
    settings: Mapping[str, object],
    token: Mapping[str, object],
    profile: Mapping[str, object],
    start: Start = START,
) -> tuple[Identity, bool]:
    """Who signs in where the ID token and UserInfo say this, and whether UserInfo was asked."""
    made, problems = register({"gov": {**provider.settings()["gov"], **settings}})
    assert problems == []
    provider.say_token("gov", signed({}, json.dumps({**provider.claims("gov", START.nonce), **token}).encode()))
    provider.say("/gov/userinfo", profile)
    claims = client_for(made["gov"]).complete({"code": "a-code"}, start)
    return made["gov"].provider.identify(claims), was_asked(provider)


def was_asked(provider: StandIn) -> bool:
    return "/gov/userinfo" in {asked.path for asked in provider.asked}


@pytest.mark.parametrize(("settings", "person"), [(GOV, PERSON), (SOCIAL, GUEST)], ids=["government", "social"])
def test_it_is_not_asked_where_the_id_token_says_all_that_an_identity_is_made_of(
    provider: StandIn, settings: Mapping[str, object], person: Mapping[str, object]
) -> None:
    identity, asked = signed_in(provider, settings, person, {"sub": "person", "uid": "B123456780"})
    assert not asked
    by_userinfo, asked = signed_in(provider, settings, {}, {"sub": "person", **person})
    assert asked
    assert replace(identity, signed_in_at=by_userinfo.signed_in_at) == by_userinfo


@pytest.mark.parametrize(
    ("settings", "person", "missing"),
    [(GOV, PERSON, claim) for claim in PERSON] + [(SOCIAL, GUEST, claim) for claim in GUEST],
)
def test_one_claim_that_the_id_token_leaves_out_is_asked_for(
    provider: StandIn, settings: Mapping[str, object], person: Mapping[str, object], missing: str
) -> None:
    token = {name: value for name, value in person.items() if name != missing}
    identity, asked = signed_in(provider, settings, token, {"sub": "person", missing: person[missing]})
    assert asked
    whole, _ = signed_in(provider, settings, person, {"sub": "person"})
    assert replace(identity, signed_in_at=whole.signed_in_at) == whole


@pytest.mark.parametrize("said", ["", "  "])
def test_a_claim_that_the_id_token_states_as_nothing_is_stated_and_userinfo_never_fills_it(
    provider: StandIn, said: object
) -> None:
    identity, asked = signed_in(provider, GOV, {**PERSON, "cn": said}, {"sub": "person", "cn": "another"})
    assert (identity.name, asked) == (None, False)


class ReadsMore(government):
    """The government function as a host extends it."""

    def __call__(self, claims: Claims) -> Identity:
        return super().__call__(claims)


OWN = ReadsMore(ClaimNames("uid", "cn", method="acr"))


@pytest.mark.parametrize(
    ("settings", "token"),
    [
        pytest.param({**SOCIAL, "identify": lambda claims: social(claims)}, GUEST, id="a function"),
        pytest.param({"claims": None, "identify": OWN}, PERSON, id="a class"),
    ],
)
def test_a_function_of_the_host_may_read_anything_so_it_is_always_asked(
    provider: StandIn, settings: Mapping[str, object], token: Mapping[str, object]
) -> None:
    assert signed_in(provider, settings, token, {"sub": "person"})[1]


def test_it_is_asked_for_an_operator_who_tries_the_sign_in_and_looks_at_what_comes(provider: StandIn) -> None:
    assert signed_in(provider, GOV, PERSON, {"sub": "person"}, replace(START, all_claims=True))[1]
    with portal().test_request_context():
        starts = [Transaction.new("myegov", is_test=is_test).start() for is_test in (True, False)]
    assert [start.all_claims for start in starts] == [True, False]


@pytest.mark.parametrize("profile", [{"sub": "another"}, {}, {"sub": None}])
def test_an_answer_about_somebody_else_is_refused_whenever_it_is_asked(
    provider: StandIn, profile: Mapping[str, object]
) -> None:
    with pytest.raises(SignInError) as caught:
        signed_in(provider, GOV, {}, profile)
    assert (caught.value.code, caught.value.phase) == ("userinfo_mismatch", "userinfo")


IN_ATTRIBUTES: Mapping[str, object] = {"claims": {"national_id": "attributes.uid", "name": "attributes.cn"}}


def test_a_claim_within_another_is_missed_and_asked_for_by_its_path(provider: StandIn) -> None:
    token = {"attributes": {"cn": "張公正", "role": "a"}, "birthdate": "1990-01-02", "email": "", "amr": "pwd"}
    profile = {"sub": "person", "attributes": {"uid": "A223456781", "cn": "another"}}
    identity, asked = signed_in(provider, IN_ATTRIBUTES, token | {"email_verified": False}, profile)
    assert asked
    assert identity.name == "張公正"
    assert identity.national_id is not None
    assert refused(provider, IN_ATTRIBUTES, token, b"", 403) == ("provider_error", "userinfo")


def test_a_name_like_a_path_in_the_profile_replaces_nothing_within_the_id_token(provider: StandIn) -> None:
    token = {"attributes": {"uid": "A223456781"}}
    profile = {"sub": "person", "attributes.uid": "B123456780", "attributes.cn": "張公正"}
    identity, asked = signed_in(provider, IN_ATTRIBUTES, token, profile)
    assert asked
    assert identity.national_id is not None
    assert (identity.national_id.reveal(), identity.name) == ("A223456781", "張公正")


# --- one that refuses, and one that is signed ---

SIGNED = {"uid": "A223456781", "cn": "張公正", "uid_verified": True, "account_type": "official"}


def refused(
    provider: StandIn,
    settings: Mapping[str, object],
    token: Mapping[str, object],
    profile: object,
    status: int = 200,
) -> tuple[str, str] | Identity:
    """The refusal of a sign-in where UserInfo answers this, or whom it signs in."""
    made, _ = register({"gov": {**provider.settings()["gov"], **settings}})
    provider.say_token("gov", signed({}, json.dumps({**provider.claims("gov", START.nonce), **token}).encode()))
    provider.say("/gov/userinfo", profile, status)
    try:
        claims = client_for(made["gov"]).complete({"code": "a-code"}, START)
    except SignInError as error:
        return error.code, error.phase
    return made["gov"].provider.identify(claims)


REFUSALS: list[tuple[int, object]] = [
    (403, {"error": "insufficient_scope"}),
    (401, b""),
    (404, b"<h1>Not found</h1>"),
    (200, b"<html><body>Maintenance</body></html>"),
    (200, {"error": "invalid_token"}),
    (200, b"[]"),
    (204, b""),
    (503, b""),
]


@pytest.mark.parametrize(("status", "answer"), REFUSALS)
def test_that_it_refuses_costs_its_claims_and_not_the_sign_in_where_the_id_token_says_whose_it_is(
    provider: StandIn, status: int, answer: object, caplog: pytest.LogCaptureFixture
) -> None:
    identity = refused(provider, GOV, SIGNED, answer, status)
    assert isinstance(identity, Identity)
    assert (identity.name, identity.assurance, identity.email) == ("張公正", Assurance.VERIFIED, None)
    assert "goes on with what the ID token says" in caplog.text
    assert isinstance(refused(provider, SOCIAL, {}, answer, status), Identity)


@pytest.mark.parametrize("missing", SIGNED)
def test_where_the_number_or_its_proof_is_missing_its_refusal_ends_the_sign_in(provider: StandIn, missing: str) -> None:
    """Else whoever keeps UserInfo from answering would choose to come without their number."""
    token = {name: value for name, value in SIGNED.items() if name != missing}
    assert refused(provider, GOV, token, b"", 403) == ("provider_error", "userinfo")


def test_without_an_access_token_it_is_not_asked_and_what_is_needed_must_be_there(provider: StandIn) -> None:
    made, _ = register({"gov": {**provider.settings()["gov"], **GOV}})
    token = {**provider.claims("gov", START.nonce), **SIGNED, "at_hash": "of none"}

    def come(**without: object) -> Claims:
        said = {name: value for name, value in token.items() if name not in without}
        id_token = signed({}, json.dumps(said).encode())
        provider.say("/gov/token", {"id_token": id_token, "token_type": "Bearer", "access_token": None})
        return client_for(made["gov"]).complete({"code": "a-code"}, START)

    assert come().values["cn"] == "張公正"
    with pytest.raises(SignInError, match="no access token"):
        come(uid=None)
    assert not was_asked(provider)


def profile_token(provider: StandIn, header: Mapping[str, object], **claims: object) -> bytes:
    said = {"sub": "person", **PERSON, "iss": f"{provider.url}/gov", "aud": "portal", **claims}
    kept = {name: value for name, value in said.items() if value is not None}
    return signed(header, json.dumps(kept).encode()).encode()


@pytest.mark.parametrize("claims", [{}, {"iss": None, "aud": None}, {"aud": ["portal", "another"]}], ids=str)
def test_one_that_is_signed_is_verified_and_read(provider: StandIn, claims: Mapping[str, object]) -> None:
    identity = refused(provider, GOV, {}, profile_token(provider, {}, **claims) + b"\n")
    assert isinstance(identity, Identity)
    assert (identity.name, identity.assurance) == ("張公正", Assurance.VERIFIED)


def unsigned_token(provider: StandIn, alg: str) -> bytes:
    _, payload, signature = profile_token(provider, {}).split(b".")
    head = base64url(json.dumps({"alg": alg}).encode()).encode()
    return b".".join([head, payload, b"" if alg == "none" else signature])


def test_one_whose_signature_does_not_hold_is_refused_also_beside_an_id_token_that_says_enough(
    provider: StandIn,
) -> None:
    forged = signed({}, json.dumps({"sub": "person", **PERSON}).encode(), RSAKey.generate_key(2048)).encode()
    hmac_by_public_key = unsigned_token(provider, "HS256")
    answers = [
        forged,
        hmac_by_public_key,
        unsigned_token(provider, "none"),
        profile_token(provider, {}, iss="https://evil.example"),
        profile_token(provider, {}, iss=[f"{provider.url}/gov"]),
        profile_token(provider, {}, aud="another"),
        profile_token(provider, {}, aud=[]),
        profile_token(provider, {"typ": "at+jwt"}),
        b"eyJhbGciOiJkaXIifQ....",
    ]
    for answer in answers:
        for token in ({}, SIGNED):
            assert refused(provider, GOV, token, answer) == ("id_token_invalid", "userinfo")


@pytest.mark.parametrize("sub", ["another", None, ["person"]])
def test_one_that_is_signed_about_somebody_else_is_refused(provider: StandIn, sub: object) -> None:
    answer = profile_token(provider, {}, sub=sub)
    assert refused(provider, GOV, SIGNED, answer) == ("userinfo_mismatch", "userinfo")


def test_a_birth_date_that_is_not_told_once_more_stays_and_another_counts() -> None:
    host = Host(MemoryAccounts()).mounted()

    def born(told: date | None) -> date | None:
        host.arrives(replace(BY_ECPA, birth_date=told, signed_in_at=datetime.now(UTC)), host.learner())
        account = host.state.owner_of(BY_ECPA.issuer, BY_ECPA.subject)
        return account.identities[0].birth_date if account is not None else None

    first, corrected = date(1990, 1, 2), date(1990, 2, 1)
    assert [born(told) for told in (first, None, corrected, None)] == [first, first, corrected, corrected]
