"""Every key of every provider counts: it changes what the portal does, or it is refused by its name, and never passes
in silence."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import certifi
import pytest
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from flask import Flask

import reference
from flask_first_login import Assurance, ConfigError, FirstLogin, Identity, Kind, NationalId, SignInError, Standing
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.flow import STANDARD, Page
from flask_first_login.providers import Claims, OAuth2, Oidc, Posted, Registration, Ticket
from flask_first_login.testing import BY_ECPA, PretendProviders
from internals import (
    PRESETS,
    AppleSecret,
    CodeClient,
    Create,
    OpenIdClient,
    Start,
    ask_for_token,
    client_for,
    enriched,
    register,
)
from internals import HttpClientAnswer as Answer
from support.host_portal import code_of
from support.kerberos_tickets import entry, keytab
from support.learner import Learner

AT = datetime(2026, 9, 1, tzinfo=UTC)
WORDS = {"en": "Other words", "zh": "其他文字"}
ELSEWHERE = "https://other.example.gov.tw"


def private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def verify(ticket: Ticket) -> Claims:
    raise NotImplementedError


def verify_otherwise(ticket: Ticket) -> Claims:
    raise NotImplementedError


def identify(claims: Claims) -> Identity:
    standing = Standing.GOVERNMENT if claims.provider in {"ecpa", "myegov", "new"} else Standing.SOCIAL
    return Identity(
        claims.provider, claims.issuer, claims.subject, standing, Kind.UNKNOWN, Assurance.NONE, AT, name="By function"
    )


def enrich(claims: Claims) -> Mapping[str, object]:
    return dict.fromkeys(("cn", "CN", "name"), "By directory")


KEYS: Mapping[str, object] = {"client_id": "id", "client_secret": "sec/ret"}
BARE: Mapping[str, Mapping[str, object]] = {
    "oidc": {**KEYS, "issuer": "https://a.example.gov.tw"},
    "oauth2": {
        **KEYS,
        "issuer": "https://a.example.gov.tw",
        "authorize_url": "https://a.example.gov.tw/authorize",
        "token_url": "https://a.example.gov.tw/token",
        "profile_url": "https://a.example.gov.tw/me",
    },
    "ticket": {"issuer": "https://a.example.gov.tw", "login_url": "https://a.example.gov.tw/login", "verify": verify},
}
A = "https://a.example.gov.tw"
OPENED = {"login_url": f"{A}/login"}
SERVICE = {"service": "Portal", "realm": "A.ECPA"}
FOLDER = TemporaryDirectory()
atexit.register(FOLDER.cleanup)
KEYTABS = [Path(FOLDER.name, name) for name in ("one.keytab", "another.keytab")]
for file in KEYTABS:
    kinds = [(18, 32), (23, 16)]
    names = [(service, realm) for service in ("Portal", "Payroll") for realm in ("A.ECPA", "B.ECPA")]
    file.write_bytes(keytab(*(entry(*name, 1, kind, os.urandom(size)) for name in names for kind, size in kinds)))
SOAP = {"soap_url": "https://a.example.gov.tw/soap", "service_id": "portal"}
#: What a portal sets, at the least, to sign in at each preset in each protocol, and at a new provider.
LEAST: Mapping[tuple[str, str, str], Mapping[str, object]] = {
    **{(name, protocol, ""): bare for name in PRESETS for protocol, bare in BARE.items()},
    **{
        ("new", protocol, standing): {**bare, "standing": standing, "title": {"en": "New", "zh": "新的"}}
        for protocol, bare in BARE.items()
        for standing in Standing
    },
    ("facebook", "oauth2", "as shipped"): KEYS,
    ("apple", "oidc", "by key"): {"client_id": "id", "team_id": "T", "key_id": "K", "private_key": private_key()},
    ("myegov", "ticket", "by SOAP"): SOAP,
    ("ecpa", "ticket", "by keytab"): {**OPENED, "verify": "keytab", "keytab": str(KEYTABS[0]), **SERVICE},
    ("ecpa", "ticket", "by service"): {**OPENED, "verify": "service", "verify_url": f"{A}/verify", "apid": "Portal"},
}
#: What is named in place of a key that others depend on.
DEPENDING = {
    "fields": ("single_use", "soap_url"),
    "verify": ("soap_url", "keytab", "verify_url"),
    **dict.fromkeys(("team_id", "key_id", "private_key"), ("client_secret",)),
}
#: Values that no preset has. Of some keys, several: each says something of its own.
VALUES: Mapping[str, list[object]] = {
    "preset": [],  # whose design it takes, tried by every other row
    "protocol": [],  # likewise
    "standing": ["government", "social"],
    "title": [WORDS],
    "button": [WORDS],
    "claims": [
        {"national_id": "pid"},
        {"name": "full_name"},
        {"verified": "proven"},
        {"kind": "role"},
        {"birth_date": "born"},
        {"birth_date": None},
        {"email": "post"},
        {"method": "way"},
        {"method": ""},
        {"name": ["family_name", "given_name"]},
        {"verified": "level=3"},
        {"national_id": "more.pid"},
        {"national_id": "sub.pid"},
    ],
    "years_of_republic": [True],
    "former_issuers": [[ELSEWHERE]],
    "kinds": [{"officer": "civil_servant"}, {}],
    "identify": [identify],
    "enrich": [enrich],
    "allow_private": [True],
    "proxy": ["http://name:word@proxy.example:3128"],
    "ca_bundle": [certifi.where()],
    "client_id": ["another id", ""],
    "client_secret": ["another secret", ""],
    "issuer": [ELSEWHERE, ""],
    "authorization_origin": [ELSEWHERE, ""],
    "scope": ["openid something_else", ""],
    "algorithms": [["ES384"]],
    "trusted_audiences": [["project-77"]],
    "discovery_url": [f"{ELSEWHERE}/.well-known/openid-configuration"],
    "token_auth": ["client_secret_basic", "client_secret_post"],
    "basic_as_is": [True],
    "authorize_params": [{"ui": "x"}, {"hd": "school.example"}, {"max_age": "10"}],
    "step_up_params": [{"level": "9"}, {"acr_values": "high"}],
    "choose_account_params": [{"prompt": "consent"}],
    "refuses_embedded": [True, False, "android"],
    "required_claims": [{"hd": "school.example"}, {"iss": "*"}, {"auth_time": "*"}],
    "form_post": [True, False],
    "sign_out_there": [True],
    "team_id": ["another team"],
    "key_id": ["another key"],
    "private_key": [private_key()],
    "graph_version": ["v99.0", ""],
    "authorize_url": [f"{ELSEWHERE}/authorize"],
    "token_url": [f"{ELSEWHERE}/token"],
    "profile_url": [f"{ELSEWHERE}/me"],
    "profile_params": [{"fields": "id,other"}],
    "subject": ["other_id", ""],
    "appsecret_proof": [True, False],
    "login_url": [f"{ELSEWHERE}/login"],
    "return_param": ["back_to", ""],
    "login_params": [{"ui": "x"}],
    "fields": [["ticket", "beside"], ["ticket", "ticket"]],
    "single_use": [["loginType"], ["twGovT1"], ["ticket"], ["nothing_that_comes"]],
    "state_in_path": [False],
    "verify": [verify_otherwise],
    "soap_url": [f"{ELSEWHERE}/soap"],
    "service_id": ["another portal", ""],
    "soap_method": ["GetProfileColumns2"],
    "subject_keys": [["uid"]],
    "keytab": [str(KEYTABS[1])],
    "service": ["Payroll"],
    "realm": ["B.ECPA"],
    "client_realms": [["B.ECPA"], ["A.ECPA", "B.ECPA"]],
    "etypes": [["rc4-hmac"], ["aes256-cts-hmac-sha1-96"]],
    "clock_skew": [10],
    "verify_url": [f"{ELSEWHERE}/verify"],
    "apid": ["Payroll", ""],
}
SAID: Mapping[str, object] = {
    **dict.fromkeys(("uid", "national_id"), "A123456789"),
    "pid": "A223456781",
    **dict.fromkeys(("cn", "CN", "name"), "林曉明"),
    "full_name": "張公正",
    **dict.fromkeys(("uid_verified", "certificate"), True),
    **{"account_type": "official", "UserType": "公務員", "role": "officer"},
    **{"birthdate": "1990-01-31", "born": "1980-02-29", "email_verified": True},
    **{"email": "a@example.com", "mail": "b@example.com", "post": "c@example.com"},
    **{"amr": ["pwd"], "SecureLevel": "PlatformX509", "way": "card"},
}
SAMPLES: list[Mapping[str, object]] = [
    SAID,
    {**SAID, "account_type": "officer", "UserType": "officer"},
    {**SAID, "proven": True, "uid_verified": False},
    {**SAID, "level": "3", "uid_verified": False, "certificate": False, "birthdate": "0790131", "born": "0790131"},
    {**SAID, "family_name": "張", "given_name": "大同", "more": {"pid": "A223456781"}},
    {},
]


class Recording:
    """Stands where the calls go out; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def post(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Answer:
        self.asked.append((url, body, dict(headers)))
        raise ConnectionAbortedError

    def get(self, *given: Any, **more: Any) -> Answer:
        self.asked.append((given, more))
        raise ConnectionAbortedError


def observed(registration: Registration) -> dict[str, object]:
    """What a portal does with a registration: what it shows, asks and sends, and whom it makes of some claims."""
    provider = registration.provider
    protocol, client = provider.protocol, client_for(registration)
    return {
        "shown": (provider.title, provider.button, provider.standing, provider.refuses_embedded),
        "reached": (protocol.issuer, provider.former_issuers, protocol.begins_at, *registration.way.values()),
        "comes back": (protocol.form_post, protocol.answer_fields, getattr(protocol, "state_in_path", None)),
        "good once": protocol.once,
        "signs out": getattr(protocol, "sign_out_there", None),
        "begins": [_begins(client, protocol, *wish) for wish in product((False, True), repeat=3)],
        "asks": _asks(registration, client, protocol),
        "is": [_made_of(registration, said) for said in SAMPLES],
    }


def _begins(client: Any, protocol: Oidc | OAuth2 | Posted, step_up: bool, fresh: bool, choose: bool) -> str:
    start = Start("https://portal.example/back", "state", "nonce", "v" * 43, step_up, fresh, choose=choose)
    if isinstance(client, CodeClient):
        where = protocol.authorize_url if isinstance(protocol, OAuth2) else "https://discovered.example"
        return client._authorization_url(where, start)
    return cast("str", client.begin(start))


def _asks(registration: Registration, client: Any, protocol: Oidc | OAuth2 | Posted) -> object:
    """What goes to the provider behind the learner's back, and what is asked of its answer."""
    if isinstance(protocol, Posted):
        return protocol.verify
    wire = Recording()
    signs = registration.secret if isinstance(registration.secret, AppleSecret) else None  # another text at each call
    asks = replace(registration, secret=lambda: "signed") if signs else registration
    where = protocol.token_url if isinstance(protocol, OAuth2) else "https://discovered.example/token"
    with pytest.raises(ConnectionAbortedError):
        ask_for_token(
            cast("Any", wire), asks, where, protocol.token_auth, code="c", verifier="v" * 43, redirect_uri="https://a"
        )
    if isinstance(protocol, OAuth2):
        client._wire = wire
        with pytest.raises(SignInError):
            client._profile("token")
        return wire.asked, protocol.subject
    accepted = [_is_accepted(client, said) for said in ({}, {"hd": "school.example", "iss": "x"}, {"acr": "high"})]
    trusted = protocol.trusted_audiences
    return wire.asked, signs, protocol.discovery_url, protocol.algorithms, trusted, accepted


def _is_accepted(client: OpenIdClient, stated: Mapping[str, object]) -> bool:
    try:
        client._check_wishes(stated, step_up=True)
    except SignInError:
        return False
    return True


def _made_of(registration: Registration, said: Mapping[str, object]) -> Identity:
    provider = registration.provider
    claims = Claims(provider.name, provider.protocol.issuer, "subject", AT, said)
    return provider.identify(enriched(claims, provider.enrich) if provider.enrich is not None else claims)


def test_every_key_that_a_provider_may_have_is_tried() -> None:
    assert set(VALUES) == {key for keys in reference.provider_keys().values() for key in keys}


@pytest.mark.parametrize("key", VALUES)
def test_a_key_changes_something_or_is_refused_by_its_name(key: str) -> None:
    of_no_effect = [
        (name, protocol, how, value)
        for (name, protocol, how), least in LEAST.items()
        for value in VALUES[key]
        if not _counts(name, {"protocol": protocol, **least}, key, value)
    ]
    assert of_no_effect == []


def _counts(name: str, least: Mapping[str, object], key: str, value: object) -> bool:
    """Whether this key changes what comes of a provider that has the least keys, or is refused by its name."""
    before, problems = register({name: least})
    assert problems == []
    after, problems = register({name: {**least, key: value}})
    if problems:
        refused = {problem.where.split("[")[-1].strip("[]'") for problem in problems}
        return not refused.isdisjoint({key, *DEPENDING.get(key, ())})
    return _says_it_already(before[name], least, key, value) or observed(after[name]) != observed(before[name])


# --- who is verified is who the setting says ---

ROLES = {"claims": {"kind": "role"}, "kinds": {"officer": "civil_servant", "citizen": "general"}}


@pytest.mark.parametrize("protocol", BARE)
@pytest.mark.parametrize("said", [{}, {"proven": False}, {"proven": "true"}, {"proven": 1}, {"proven": None}])
def test_a_claim_that_would_prove_a_person_counts_wherever_all_are_taken_for_proven(
    protocol: str, said: Mapping[str, object]
) -> None:
    setting = {"protocol": protocol, **BARE[protocol], "claims": {"verified": "proven", "name": "cn"}}
    made, _ = register({"ecpa": setting})
    person = _made_of(made["ecpa"], {"uid": "A123456789", "cn": "林曉明", **said})
    assert (person.kind, person.assurance) == (Kind.CIVIL_SERVANT, Assurance.DECLARED)
    assert _made_of(made["ecpa"], {"proven": True}).assurance is Assurance.VERIFIED


@pytest.mark.parametrize("protocol", BARE)
@pytest.mark.parametrize(
    ("said", "kind"),
    [({"role": "officer"}, Kind.CIVIL_SERVANT), ({"role": "citizen"}, Kind.GENERAL), ({}, Kind.UNKNOWN)],
)
def test_a_claim_of_the_kind_counts_wherever_all_are_taken_for_civil_servants(
    protocol: str, said: Mapping[str, object], kind: Kind
) -> None:
    made, problems = register({"ecpa": {"protocol": protocol, **BARE[protocol], **ROLES}})
    assert problems == []
    assert _made_of(made["ecpa"], said).kind is kind


VICTIM = replace(BY_ECPA, provider="myegov", issuer="https://elsewhere.example", national_id=NationalId("A200000003"))


@pytest.mark.parametrize("name", ["ecpa", "office"])
def test_who_signs_in_without_a_certificate_does_not_reach_the_account_of_the_numbers_owner(
    first_login_sandbox: PretendProviders, name: str
) -> None:
    """The persona has the victim's number in an account of their own, where no certificate was ever used."""
    accounts = MemoryAccounts()
    accounts.carry_out(Create(), replace(VICTIM, name="陳曉美", birth_date=None))
    setting = {**first_login_sandbox.settings()["myegov"], "claims": {"verified": "uid_verified"}, "preset": "ecpa"}
    app = Flask("portal")
    app.config.update(
        SECRET_KEY="a-secret-of-this-test",
        FIRST_LOGIN_PROVIDERS={name: {**setting, "title": WORDS}},
        FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
    )
    FirstLogin(app, accounts=accounts)
    learner = Learner.at(app)
    sent_to = learner.start(name)
    answered = first_login_sandbox._visit("declared_citizen", sent_to)
    assert answered is not None
    page = learner.get(answered.headers["Location"])
    assert code_of(page) == "not_verified"
    assert learner.get("/first-login/hours").status_code == 303
    assert len(accounts._accounts) == 1


# --- settings of the portal ---


class Forgetful:
    """A host's own store, which cannot forget anything by itself."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        if name in {"find", "export", "erase", "prune", "keeps_national_ids_sealed"}:
            raise AttributeError(name)
        return lambda *given: None


@pytest.mark.parametrize("name", ["FIRST_LOGIN_ACKNOWLEDGEMENT_DAYS", "FIRST_LOGIN_VERDICT_DAYS"])
@pytest.mark.parametrize("days", [0, 90])
def test_a_time_to_forget_is_refused_where_nothing_is_ever_forgotten(name: str, days: int) -> None:
    app = Flask("portal")
    app.config[name] = days
    with pytest.raises(ConfigError) as caught:
        FirstLogin(app, accounts=cast("Any", Forgetful()))
    assert [(one.where, one.what) for one in caught.value.problems] == [
        (name, "has no effect: Forgetful has no prune (see PersonalRecords).")
    ]
    app.config[name] = None
    FirstLogin(app, accounts=cast("Any", Forgetful()))


def test_passing_over_pages_is_refused_where_no_page_may_be_passed_over() -> None:
    app = Flask("portal")
    app.config["FIRST_LOGIN_HANDOFF"] = "redirect"
    screens = (replace(one, handoff=False) if isinstance(one, Page) else one for one in STANDARD.screens)
    flow = replace(STANDARD, screens=tuple(screens))
    with pytest.raises(ConfigError, match="FIRST_LOGIN_HANDOFF: has no effect"):
        FirstLogin(app, accounts=MemoryAccounts(), flow=flow)
    FirstLogin(app, accounts=MemoryAccounts())


def _says_it_already(registration: Registration, least: Mapping[str, object], key: str, value: object) -> bool:
    """Whether that is said as shipped, or by the rest of the setting."""
    names = {"appsecret_proof": "proof", "single_use": "once"}
    of = registration.provider if hasattr(registration.provider, key) else registration.provider.protocol
    shipped = getattr(of, names.get(key, key), None)
    return key in {*names, "form_post", "token_auth", "standing", "refuses_embedded"} and shipped == (
        tuple(value) if isinstance(value, list) else value
    )
