"""From the providers setting to registrations: what completes a preset, what declares a new one, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import cast

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from flask_first_login import Assurance, Identity, Kind, Standing, Text
from flask_first_login.providers import ClaimNames, Claims, OAuth2, Oidc, Posted, Provider, Registration, government
from internals import PRESETS, SoapVerifier, register

KEYS: dict[str, object] = {"client_id": "id", "client_secret": "secret"}
TITLE = {"en": "Education account", "zh": "教育帳號"}
TANET: dict[str, object] = {
    **KEYS,
    "issuer": "https://oidc.tanet.example.tw",
    "standing": "government",
    "title": TITLE,
}
TICKET: dict[str, object] = {
    "protocol": "ticket",
    "issuer": "https://tickets.example.gov.tw",
    "login_url": "https://tickets.example.gov.tw/login",
    "verify": print,
    "standing": "government",
    "title": TITLE,
}
MYEGOV: dict[str, object] = {
    "protocol": "ticket",
    "soap_url": "https://www.cp.gov.tw/GSP2WS/RSMediator01.asmx",
    "service_id": "portal",
}
APPLE: dict[str, object] = {"client_id": "tw.example.portal", "team_id": "TEAM", "key_id": "KEY"}
CLUB: dict[str, object] = {
    **KEYS,
    "protocol": "oauth2",
    "issuer": "https://club.example.tw",
    "authorize_url": "https://club.example.tw/authorize",
    "token_url": "https://club.example.tw/token",
    "profile_url": "https://club.example.tw/me",
    "standing": "social",
    "title": {"en": "Club", "zh": "同好會"},
}


def private_key(curve: ec.EllipticCurve) -> str:
    key = ec.generate_private_key(curve)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def one(name: str, given: Mapping[str, object], *declared: Provider) -> Registration:
    """The only registration that these settings make, without any problem."""
    made, problems = register({name: given}, declared)
    assert problems == []
    (registration,) = made.values()
    assert registration.provider.name == name
    return registration


def refused(name: str, given: object, *declared: Provider) -> list[tuple[str, str, str]]:
    """The problems of settings that make no registration: the key, what is wrong with it, and the remedy."""
    made, problems = register({name: given}, declared)
    assert made == {} or problems[-1].what == "is no good name."
    return [
        (str(found.where).removeprefix(f"FIRST_LOGIN_PROVIDERS[{name!r}]").strip("[']"), found.what, found.fix)
        for found in problems
    ]


def claims(**values: object) -> Claims:
    return Claims("a", "https://issuer.example.tw", "1", datetime(2026, 3, 1, tzinfo=UTC), values)


# --- what completes a preset ---


def test_two_words_are_enough_for_a_provider_whose_design_says_the_rest() -> None:
    google = one("google", KEYS)
    assert google.provider == PRESETS["google"]["oidc"]
    assert (google.client_id, google.secret()) == ("id", "secret")


def test_a_number_from_the_environment_is_the_text_it_was_written_as() -> None:
    facebook = one("facebook", {"client_id": 1234567890, "client_secret": 42})
    assert (facebook.client_id, facebook.secret()) == ("1234567890", "42")


def test_a_setting_may_change_what_a_preset_says_of_the_protocol_and_of_the_words() -> None:
    given = {
        **KEYS,
        "issuer": "https://login.example.gov.tw/v2",
        "scope": "openid profile gov",
        "token_auth": "client_secret_basic",
        "algorithms": ["ES256", "RS256"],
        "title": Text("MyEGov (trial)", "我的e政府（試辦）"),
        "button": {"en": "Try MyEGov", "zh": "試用我的e政府"},
    }
    provider = one("myegov", given).provider
    assert isinstance(provider.protocol, Oidc)
    assert provider.protocol.issuer == "https://login.example.gov.tw/v2"
    assert provider.protocol.scope == "openid profile gov"
    assert provider.protocol.token_auth == "client_secret_basic"
    assert provider.protocol.algorithms == ("ES256", "RS256")
    assert provider.title.zh == "我的e政府（試辦）"
    assert provider.button == Text("Try MyEGov", "試用我的e政府")
    assert provider.standing is Standing.GOVERNMENT


def test_a_preset_may_be_spoken_to_in_another_protocol_and_keeps_its_words_and_its_standing() -> None:
    ecpa = one("ecpa", {**KEYS, "protocol": "oidc", "issuer": "https://ecpa.example.gov.tw"}).provider
    assert isinstance(ecpa.protocol, Oidc)
    assert (ecpa.title.zh, ecpa.standing) == ("人事服務網eCPA", Standing.GOVERNMENT)
    assert ecpa.identify(claims()).kind is Kind.CIVIL_SERVANT


def test_claims_of_a_government_provider_may_have_other_names_and_other_kinds() -> None:
    given = {
        **KEYS,
        "claims": {"national_id": "pid", "name": "full_name", "verified": "proven", "kind": "role"},
        "kinds": {"officer": "civil_servant", "citizen": "general"},
    }
    identify = one("myegov", given).provider.identify
    person = identify(claims(pid="A123456789", full_name="王小明", proven=True, role="officer", uid="A200000003"))
    assert person.national_id is not None
    assert person.national_id.reveal() == "A123456789"
    assert (person.name, person.kind, person.assurance) == ("王小明", Kind.CIVIL_SERVANT, Assurance.VERIFIED)
    assert identify(claims(role="official")).kind is Kind.UNKNOWN


def test_presets_are_the_same_for_every_portal_whatever_one_of_them_sets() -> None:
    before = dict(PRESETS["myegov"])
    one("myegov", {**KEYS, "claims": {"national_id": "pid"}, "title": TITLE, "scope": "openid gov"})
    assert dict(PRESETS["myegov"]) == before


def test_one_text_is_said_in_both_languages_as_the_name_of_the_portal_is() -> None:
    provider = one("google", {**KEYS, "title": "Google Taiwan"}).provider
    assert (provider.title, provider.button) == (
        Text("Google Taiwan", "Google Taiwan"),
        PRESETS["google"]["oidc"].button,
    )


# --- what declares a new provider ---


def test_a_government_provider_needs_no_code() -> None:
    provider = one("tanet", TANET).provider
    assert (str(provider.button), dict(provider.button.values)) == (
        "Sign in with Education account",
        {"provider": provider.title},
    )
    person = provider.identify(claims(uid="A123456789", name="王小明"))
    assert person.national_id is not None
    assert (person.standing, person.assurance) == (Standing.GOVERNMENT, Assurance.DECLARED)


def test_a_social_provider_needs_no_code_and_never_brings_a_national_id() -> None:
    provider = one("club", CLUB).provider
    assert isinstance(provider.protocol, OAuth2)
    person = provider.identify(claims(uid="A123456789", national_id="A123456789", name="王小明"))
    assert (person.standing, person.national_id, person.assurance) == (Standing.SOCIAL, None, Assurance.NONE)


def test_a_provider_of_tickets_needs_the_function_that_verifies_them() -> None:
    given = one("tickets", TICKET).provider.protocol
    named = one("tickets", {**TICKET, "verify": "builtins:print"}).provider.protocol
    assert isinstance(given, Posted)
    assert given == named
    assert given.answer_fields == ("ticket",)


def test_myegov_may_be_spoken_to_by_tickets_that_its_profile_service_verifies() -> None:
    given = {**MYEGOV, "soap_method": "GetProfileColumns2", "subject_keys": ["uid"], "allow_private": True}
    provider = one("myegov", given).provider
    assert isinstance(provider.protocol, Posted)
    assert provider.protocol.verify == SoapVerifier(
        url="https://www.cp.gov.tw/GSP2WS/RSMediator01.asmx",
        service_id="portal",
        method="GetProfileColumns2",
        subject_keys=("uid",),
    )
    assert one("myegov", given).allow_private
    assert provider.protocol.login_url == "https://www.cp.gov.tw/portal/Clogin.aspx"
    assert (provider.title.zh, provider.standing) == ("我的e政府", Standing.GOVERNMENT)


def test_a_verifier_of_the_integrators_own_takes_the_place_of_the_profile_service() -> None:
    provider = one("myegov", {"protocol": "ticket", "verify": "builtins:print"}).provider
    assert isinstance(provider.protocol, Posted)
    assert not isinstance(provider.protocol.verify, SoapVerifier)
    assert provider.protocol.answer_fields == ("twGovT1",)


def test_both_verifiers_at_once_are_refused_and_so_is_none() -> None:
    both = refused("myegov", {**MYEGOV, "verify": print})
    assert both == [(key, NO_EFFECT, "Remove it.") for key in ("soap_url", "service_id")]
    none = refused("myegov", {"protocol": "ticket"})
    assert [(key, what) for key, what, _ in none] == [("verify", MISSING)]


@pytest.mark.parametrize("name", ["ecpa", "tickets"])
def test_the_profile_service_of_myegov_verifies_no_other_ticket(name: str) -> None:
    given = {**TICKET, **MYEGOV}
    del given["verify"], given["standing"], given["title"]
    words = {"ecpa": {}, "tickets": {"standing": "government", "title": TITLE}}[name]
    found = refused(name, {**given, **words})
    assert [key for key, _, _ in found] == ["verify", "soap_url", "service_id"]


def test_a_provider_of_tickets_may_say_everything_of_its_protocol() -> None:
    given = {
        **TICKET,
        "fields": ["kind", "proof"],
        "single_use": ["proof"],
        "return_param": "back",
        "login_params": {"level": "1"},
        "step_up_params": {"level": "2"},
        "state_in_path": False,
    }
    protocol = one("tickets", given).provider.protocol
    assert isinstance(protocol, Posted)
    assert (protocol.answer_fields, protocol.once, protocol.return_param) == (("kind", "proof"), ("proof",), "back")
    assert (protocol.login_params, protocol.step_up_params) == ({"level": "1"}, {"level": "2"})
    assert not protocol.state_in_path


def test_the_ticket_of_ecpa_is_good_once_whatever_stands_beside_it() -> None:
    given = {"login_url": "https://ecpa.example.gov.tw/login", "verify": print}
    protocol = one("ecpa", given).provider.protocol
    assert isinstance(protocol, Posted)
    assert (protocol.answer_fields, protocol.once) == (("loginType", "APReqEncodedData"), ("APReqEncodedData",))
    renamed = refused("ecpa", {**given, "fields": ["loginType", "Ticket"]})
    assert [(key, what) for key, what, _ in renamed] == [("single_use", "names a field that does not come back.")]
    protocol = one("ecpa", {**given, "fields": ["loginType", "Ticket"], "single_use": ["Ticket"]}).provider.protocol
    assert isinstance(protocol, Posted)
    assert protocol.once == ("Ticket",)


@pytest.mark.parametrize(("version", "there"), [({}, "v26.0"), ({"graph_version": "v27.0"}, "v27.0")])
def test_facebooks_addresses_carry_the_version_that_is_set(version: Mapping[str, str], there: str) -> None:
    protocol = one("facebook", {**KEYS, **version}).provider.protocol
    assert isinstance(protocol, OAuth2)
    assert protocol.authorize_url == f"https://www.facebook.com/{there}/dialog/oauth"
    assert protocol.token_url == f"https://graph.facebook.com/{there}/oauth/access_token"
    assert protocol.profile_url == f"https://graph.facebook.com/{there}/me"
    assert protocol.proof


def test_an_oauth_provider_may_say_everything_of_its_protocol() -> None:
    given = {
        **CLUB,
        "standing": "government",
        "scope": "profile",
        "subject": "uid",
        "token_auth": "client_secret_basic",
        "authorize_params": {"ui": "zh"},
        "step_up_params": {"again": "1"},
        "profile_params": {"fields": "uid"},
        "appsecret_proof": True,
    }
    protocol = one("club", given).provider.protocol
    assert isinstance(protocol, OAuth2)
    assert (protocol.scope, protocol.subject, protocol.token_auth) == ("profile", "uid", "client_secret_basic")
    assert (protocol.authorize_params, protocol.step_up_params) == ({"ui": "zh"}, {"again": "1"})
    assert (protocol.profile_params, protocol.proof) == ({"fields": "uid"}, True)


def test_an_openid_provider_may_say_everything_of_its_protocol() -> None:
    given = {
        **TANET,
        "authorize_params": {"prompt": "login"},
        "step_up_params": {"acr_values": "high"},
        "form_post": True,
        "allow_private": True,
    }
    registration = one("tanet", given)
    protocol = registration.provider.protocol
    assert isinstance(protocol, Oidc)
    assert (protocol.authorize_params, protocol.step_up_params) == ({"prompt": "login"}, {"acr_values": "high"})
    assert protocol.form_post
    assert registration.allow_private


def test_a_preset_may_stand_twice_under_names_of_its_own() -> None:
    given = {**KEYS, "preset": "google", "title": {"en": "Google of the school", "zh": "校園Google"}}
    made, problems = register({"google": KEYS, "school": {**given, "authorize_params": {"hd": "school.example"}}})
    assert problems == []
    google, school = (one.provider for one in made.values())
    assert str(school.button) == "Sign in with Google of the school"
    assert (school.standing, school.refuses_embedded) == (Standing.SOCIAL, True)
    assert isinstance(school.protocol, Oidc)
    assert school.protocol.issuer == google.protocol.issuer
    assert school.protocol.required_claims == {"hd": "school.example"}


def test_myegov_may_stand_twice_once_in_each_protocol() -> None:
    trial = {**MYEGOV, "preset": "myegov", "title": {"en": "MyEGov (tickets)", "zh": "我的e政府（票證）"}}
    made, problems = register({"myegov": KEYS, "tickets": trial})
    assert problems == []
    assert isinstance(made["myegov"].provider.protocol, Oidc)
    assert isinstance(made["tickets"].provider.protocol, Posted)
    assert made["tickets"].provider.identify(claims(UserType="公務員")).kind is Kind.CIVIL_SERVANT


def identify_guests(given: Claims) -> Identity:
    return government(ClaimNames())(given)


@pytest.mark.parametrize("function", [f"{__name__}:identify_guests", identify_guests])
def test_where_names_of_claims_are_not_enough_a_function_says_who_it_is(function: object) -> None:
    assert one("tanet", {**TANET, "identify": function}).provider.identify is identify_guests
    assert one("google", {**KEYS, "identify": function}).provider.identify is identify_guests


OWN = Provider(
    name="guests",
    title=Text("Guests", "來賓"),
    button=Text("Sign in as a guest", "來賓登入"),
    standing=Standing.GOVERNMENT,
    protocol=Oidc(issuer="https://guests.example.gov.tw"),
    identify=identify_guests,
)


def test_a_provider_of_the_integrators_own_is_completed_like_a_preset() -> None:
    registration = one("guests", KEYS, OWN)
    assert registration.provider == OWN
    assert registration.provider.identify is identify_guests


def test_the_verifier_of_an_integrators_own_design_counts_where_the_setting_names_none() -> None:
    protocol = Posted("https://guests.example.gov.tw", "https://guests.example.gov.tw/login", ("ticket",), verify=print)  # type: ignore[arg-type]  # a function, which is all that counts here
    declared = replace(OWN, protocol=protocol)
    assert one("guests", {}, declared).provider.protocol == protocol
    named = one("guests", {"verify": "builtins:str"}, declared).provider.protocol
    assert isinstance(named, Posted)
    assert named.verify == cast("object", str)


def test_a_provider_of_the_integrators_own_may_take_the_place_of_a_preset() -> None:
    mine = Provider("google", OWN.title, OWN.button, Standing.SOCIAL, OWN.protocol, PRESETS["google"]["oidc"].identify)
    assert one("google", KEYS, mine).provider.title.zh == "來賓"


def test_a_declared_provider_that_is_not_set_is_not_registered() -> None:
    assert register({}, [OWN]) == ({}, [])


# --- what is refused ---


def test_an_address_of_an_integrators_own_design_is_held_to_the_same_rules() -> None:
    protocol = OAuth2("http://idp.corp", "http://idp.corp/a", "https://idp.corp/t", "https://idp.corp/p")
    _, problems = register({OWN.name: KEYS}, [replace(OWN, protocol=protocol)])
    assert [one.where.split("[")[-1] for one in problems] == ["'issuer']", "'authorize_url']"]


MISSING = "is missing."
NOT_A_TEXT = "must be a text that is not empty."
NO_ADDRESS = "must be an https address (http on this machine only)."
UNKNOWN = "is not a known setting."
NO_FLAG = "must be True or False; in the environment true or false."
NO_MAPPING = "must be a mapping of texts."
NO_KINDS = "must be a mapping of texts to civil_servant or general."
NO_CLAIMS = "must be a mapping of national_id, name, verified, kind, birth_date, email, method to texts."
NO_OPENID = "must be a text that holds openid, such as openid profile."
NO_METHOD = "must be GetProfileColumns or GetProfileColumns2."
TWICE = "must name each once; a stands there twice."
NO_NAMES = "must be a list of names, none twice, at least one."
NO_SIGNATURES = "must be a list of ES256, ES384, ES512, PS256, PS384, PS512, RS256, RS384, RS512."
NO_TOKEN_AUTH = "must be client_secret_basic or client_secret_post."
NO_FUNCTION = "must be a function, or its place package.module:function."
NO_VERIFIER = "must be a function, or its place package.module:function, or keytab or service for one of ours."
NO_EFFECT = "has no effect at this provider."
IS_SOCIAL = "cannot be changed: it is social."
NOT_AT_APPLE = "cannot be government at appleid.apple.com."
ELSEWHERE = {"authorization_origin": "https://login.example.gov.tw"}
NOT_AT_GOOGLE = "cannot be government at accounts.google.com."
NOT_BOTH = 'must be a text, or {"en": "...", "zh": "..."}.'
OWN_STATE = "names state, which each sign-in sets itself."
OWN_NONCE = "names nonce, which each sign-in sets itself."
OWN_URI = "names redirect_uri, which each sign-in sets itself."
OWN_TOKEN = "names access_token, which each sign-in sets itself."
OWN_RETURN = "names ReturnUrl, which each sign-in sets itself."
OWN_TO = "names to, which each sign-in sets itself."
OWN_CHECK = "names iss, which each sign-in checks itself."
OWN_TIME_CHECK = "names auth_time, which each sign-in checks itself."
NOBODY_PROVEN = "has no effect: at a social provider no sign-in proves who somebody is."
NO_KIND = "has no effect: no claim says what kind an account is."
NO_VALUES = "names a claim of the kind, but nothing says what its values mean."
ECPA = {"login_url": "https://ecpa.example.gov.tw/login", "verify": print}
NO_BIRTH_DATE = "has no effect: no claim says the birth date."
OFFICER = {"officer": "civil_servant"}
NOT_TWO = "has for name a list that is not two claims."
CLUB_URLS = {**KEYS, **{key: CLUB[key] for key in ("authorize_url", "token_url", "profile_url")}}


def never(names: str) -> str:
    return f"names for {names} a claim that can never say that."


ALONE = [
    ("google", {"client_secret": "secret"}, "client_id", MISSING),
    ("google", {"client_id": "id"}, "client_secret", MISSING),
    ("google", {**KEYS, "client_id": ""}, "client_id", NOT_A_TEXT),
    ("google", {**KEYS, "client_id": None}, "client_id", MISSING),
    ("google", {**KEYS, "client_id": True}, "client_id", NOT_A_TEXT),
    ("google", {**KEYS, "client_id": 1.5}, "client_id", NOT_A_TEXT),
    ("google", {**KEYS, "client_secret": ["secret"]}, "client_secret", NOT_A_TEXT),
    ("google", {**KEYS, "client_secret": b"secret"}, "client_secret", NOT_A_TEXT),
    ("google", {**KEYS, "clientid": "id"}, "clientid", UNKNOWN),
    ("google", {**KEYS, "zzzzzzzz": 1}, "zzzzzzzz", UNKNOWN),
    ("google", {**KEYS, "protocol": "saml"}, "protocol", "must be oidc or oauth2 or ticket."),
    ("google", {**KEYS, "protocol": ["oidc"]}, "protocol", "must be oidc or oauth2 or ticket."),
    ("google", {**KEYS, "issuer": "accounts.google.com"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": "http://accounts.google.com"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": "https://user@accounts.google.com"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": "http://localhost:80@evil.example"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": "https://accounts.google.com#a"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": "javascript:alert(1)"}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "issuer": 5}, "issuer", NO_ADDRESS),
    ("google", {**KEYS, "scope": "profile email"}, "scope", NO_OPENID),
    ("google", {**KEYS, "scope": ["openid"]}, "scope", NO_OPENID),
    ("google", {**KEYS, "token_auth": "private_key_jwt"}, "token_auth", NO_TOKEN_AUTH),
    ("google", {**KEYS, "token_auth": ["client_secret_post"]}, "token_auth", NO_TOKEN_AUTH),
    ("google", {**KEYS, "algorithms": "RS256"}, "algorithms", NO_SIGNATURES),
    ("google", {**KEYS, "algorithms": []}, "algorithms", NO_SIGNATURES),
    ("google", {**KEYS, "algorithms": ["none"]}, "algorithms", NO_SIGNATURES),
    ("google", {**KEYS, "algorithms": ["HS256"]}, "algorithms", NO_SIGNATURES),
    ("google", {**KEYS, "algorithms": ["RS256", ["ES256"]]}, "algorithms", NO_SIGNATURES),
    ("google", {**KEYS, "form_post": "yes"}, "form_post", NO_FLAG),
    ("google", {**KEYS, "authorize_params": ["hd"]}, "authorize_params", NO_MAPPING),
    ("google", {**KEYS, "authorize_params": {"hd": True}}, "authorize_params", NO_MAPPING),
    ("google", {**KEYS, "standing": "government"}, "standing", "cannot be changed: it is social."),
    ("google", {**KEYS, "claims": {"national_id": "sub"}}, "claims", NO_EFFECT),
    ("google", {**KEYS, "kinds": {"a": "general"}}, "kinds", NO_EFFECT),
    ("google", {**KEYS, "title": " "}, "title", NOT_BOTH),
    ("google", {**KEYS, "title": {"en": "Google"}}, "title", NOT_BOTH),
    ("google", {**KEYS, "button": {"en": "Google", "zh": " "}}, "button", NOT_BOTH),
    ("google", {**KEYS, "title": {**TITLE, "ja": "Google"}}, "title", NOT_BOTH),
    ("google", {**KEYS, "step_up_params": {"acr_values": "high"}}, "step_up_params", NOBODY_PROVEN),
    ("club", {**CLUB, "step_up_params": {"again": "1"}}, "step_up_params", NOBODY_PROVEN),
    ("google", {**KEYS, "required_claims": {"iss": "*"}}, "required_claims", OWN_CHECK),
    ("google", {**KEYS, "required_claims": {"hd": "a", "auth_time": "*"}}, "required_claims", OWN_TIME_CHECK),
    ("google", {**KEYS, "scope": ""}, "scope", NO_OPENID),
    ("google", {**KEYS, "verify": print}, "verify", UNKNOWN),
    ("myegov", {**KEYS, "standing": "social"}, "standing", "cannot be changed: it is government."),
    ("myegov", {**KEYS, "claims": {"nationalid": "pid"}}, "claims", "has 'nationalid', which is not known."),
    ("myegov", {**KEYS, "claims": {"kinds": "x"}}, "claims", "has 'kinds', which is not known."),
    ("google", {**KEYS, "preset": "gogle"}, "preset", "is not known."),
    ("google", {**KEYS, "required_claims": {"hd": ["a.edu.tw"]}}, "required_claims", NO_MAPPING),
    ("google", {**KEYS, "identify": "json:nothing"}, "identify", NO_FUNCTION),
    ("school", {**KEYS, "preset": "google"}, "title", MISSING),
    ("school", {**KEYS, "preset": "google", "title": TITLE, "standing": "government"}, "standing", IS_SOCIAL),
    ("school", {**TANET, "issuer": "https://accounts.google.com"}, "standing", NOT_AT_GOOGLE),
    ("school", {**TANET, "issuer": "https://ACCOUNTS.google.com/"}, "standing", NOT_AT_GOOGLE),
    ("school", {**TANET, "issuer": "https://appleid.apple.com"}, "standing", NOT_AT_APPLE),
    ("school", {**TANET, "issuer": "https://accounts.google.com", **ELSEWHERE}, "standing", NOT_AT_GOOGLE),
    ("tanet", {**TANET, "authorization_origin": "http://login.example"}, "authorization_origin", NO_ADDRESS),
    ("tanet", {**TANET, "authorization_origin": ""}, "authorization_origin", NO_ADDRESS),
    ("tanet", {**TANET, "identify": print, "claims": {"national_id": "pid"}}, "claims", NO_EFFECT),
    ("myegov", {**KEYS, "claims": {"national_id": ["pid"]}}, "claims", NO_CLAIMS),
    ("myegov", {**KEYS, "claims": "pid"}, "claims", NO_CLAIMS),
    ("myegov", {**KEYS, "kinds": {"officer": "boss"}}, "kinds", "names a kind that is none."),
    ("myegov", {**KEYS, "kinds": {"officer": ["general"]}}, "kinds", NO_KINDS),
    ("google", {**KEYS, "authorize_params": {"state": "fixed"}}, "authorize_params", OWN_STATE),
    ("google", {**KEYS, "authorize_params": {"hd": "a", "nonce": "fixed"}}, "authorize_params", OWN_NONCE),
    ("google", {**KEYS, "step_up_params": {"redirect_uri": "https://evil.example"}}, "step_up_params", OWN_URI),
    ("google", {**KEYS, "graph_version": "v26.0"}, "graph_version", UNKNOWN),
    ("google", {**KEYS, "soap_url": "https://a.example.tw"}, "soap_url", UNKNOWN),
    ("google", {**KEYS, "allow_private": "yes"}, "allow_private", NO_FLAG),
    ("facebook", {**KEYS, "graph_version": []}, "graph_version", NOT_A_TEXT),
    ("facebook", {**KEYS, "graph_version": 26.0}, "graph_version", NOT_A_TEXT),
    ("facebook", {**KEYS, "appsecret_proof": 1}, "appsecret_proof", NO_FLAG),
    ("facebook", {**KEYS, "private_key": "x"}, "private_key", UNKNOWN),
    ("facebook", {**KEYS, "authorize_params": {"state": "fixed"}}, "authorize_params", OWN_STATE),
    ("facebook", {**KEYS, "profile_params": {"access_token": "x"}}, "profile_params", OWN_TOKEN),
    ("facebook", {**KEYS, "form_post": True}, "form_post", UNKNOWN),
    ("facebook", {**KEYS, "algorithms": ["RS256"]}, "algorithms", UNKNOWN),
    ("facebook", {**KEYS, "profile_url": "http://graph.facebook.com"}, "profile_url", NO_ADDRESS),
    ("guests", {**KEYS, "claims": {"national_id": "pid"}}, "claims", NO_EFFECT),
    ("tanet", {**TANET, "standing": None}, "standing", MISSING),
    ("tanet", {**TANET, "standing": "official"}, "standing", "must be government or social."),
    ("tanet", {**TANET, "standing": ["government"]}, "standing", "must be government or social."),
    ("tanet", {**TANET, "title": None}, "title", MISSING),
    ("tanet", {**TANET, "issuer": None}, "issuer", MISSING),
    ("tanet", {**TANET, "standing": "social", "claims": {"national_id": "pid"}}, "claims", NO_EFFECT),
    ("club", {**CLUB, "token_url": ""}, "token_url", NO_ADDRESS),
    ("tickets", {**TICKET, "verify": None}, "verify", MISSING),
    ("tickets", {**TICKET, "verify": "no.such.module:verify"}, "verify", NO_VERIFIER),
    ("tickets", {**TICKET, "verify": "json:nothing"}, "verify", NO_VERIFIER),
    ("tickets", {**TICKET, "verify": "json"}, "verify", NO_VERIFIER),
    ("tickets", {**TICKET, "verify": ".json:loads"}, "verify", NO_VERIFIER),
    ("tickets", {**TICKET, "verify": ""}, "verify", NO_VERIFIER),
    ("tickets", {**TICKET, "fields": []}, "fields", NO_NAMES),
    ("tickets", {**TICKET, "fields": "ticket"}, "fields", NO_NAMES),
    ("tickets", {**TICKET, "login_url": "ftp://tickets.example.gov.tw"}, "login_url", NO_ADDRESS),
    ("tickets", {**TICKET, "client_id": "id"}, "client_id", UNKNOWN),
    ("tickets", {**TICKET, "fields": ["ticket", ""]}, "fields", NO_NAMES),
    ("tickets", {**TICKET, "single_use": ["other"]}, "single_use", "names a field that does not come back."),
    ("tickets", {**TICKET, "single_use": []}, "single_use", NO_NAMES),
    ("tickets", {**TICKET, "state_in_path": "no"}, "state_in_path", NO_FLAG),
    ("tickets", {**TICKET, "return_param": ["to"]}, "return_param", NOT_A_TEXT),
    ("tickets", {**TICKET, "login_params": {"ReturnUrl": "https://evil.example"}}, "login_params", OWN_RETURN),
    ("tickets", {**TICKET, "step_up_params": {"to": "x"}, "return_param": "to"}, "step_up_params", OWN_TO),
    *(("tickets", {**TICKET, key: "x"}, key, NO_EFFECT) for key in ("soap_url", "service_id", "soap_method")),
    ("tickets", {**TICKET, "subject_keys": ["uid"]}, "subject_keys", NO_EFFECT),
    ("myegov", {**MYEGOV, "soap_url": "http://www.cp.gov.tw"}, "soap_url", NO_ADDRESS),
    ("myegov", {**MYEGOV, "soap_method": "GetEverything"}, "soap_method", NO_METHOD),
    ("myegov", {**MYEGOV, "subject_keys": "uid"}, "subject_keys", NO_NAMES),
    ("myegov", {**MYEGOV, "scope": "openid"}, "scope", UNKNOWN),
    ("ecpa", {**KEYS, "protocol": "oidc"}, "issuer", MISSING),
    ("ecpa", {**ECPA, "kinds": OFFICER}, "kinds", NO_KIND),
    ("ecpa", {**ECPA, "claims": {"kind": "role"}}, "claims", NO_VALUES),
    ("ecpa", {**ECPA, "claims": {"kind": "role"}, "kinds": {}}, "claims", NO_VALUES),
    ("ecpa", {**ECPA, "allow_private": True}, "allow_private", "has no effect: `verify` makes its calls itself."),
    ("tanet", {**TANET, "kinds": OFFICER}, "kinds", NO_KIND),
    ("tanet", {**TANET, "claims": {"kind": "role"}}, "claims", NO_VALUES),
    ("myegov", {**KEYS, "kinds": {}}, "kinds", "is empty, so no value of the claim would mean anything."),
    ("myegov", {**KEYS, "kinds": {" officer": "general"}}, "kinds", "has a value that no claim can have."),
    ("myegov", {**KEYS, "claims": {"birth_date": None}}, "claims", NO_CLAIMS),
    ("myegov", {**KEYS, "claims": {"national_id": "exp"}}, "claims", never("national_id")),
    ("myegov", {**KEYS, "claims": {"verified": "sub"}}, "claims", never("verified")),
    ("myegov", {**KEYS, "claims": {"verified": "uid"}}, "claims", never("national_id, verified")),
    ("myegov", {**KEYS, "claims": {"name": "uid_verified"}}, "claims", never("name, verified")),
    ("myegov", {**MYEGOV, "claims": {"verified": "SecureLevel2"}}, "claims", never("verified")),
    ("myegov", {**MYEGOV, "claims": {"kind": "certificate"}}, "claims", never("kind, verified")),
    *(
        ("myegov", {**KEYS, "claims": {"national_id": path}}, "claims", never("national_id"))
        for path in ("attributes..uid", ".uid", "uid.", "sub.uid", "email.0", "iss.0", "aud.0", "nonce")
    ),
    ("myegov", {**KEYS, "claims": {"name": ["family_name", "name.given"]}}, "claims", never("name")),
    ("myegov", {**KEYS, "claims": {"name": ["family_name"]}}, "claims", NOT_TWO),
    ("myegov", {**KEYS, "claims": {"name": ["a", "b", "c"]}}, "claims", NOT_TWO),
    ("myegov", {**KEYS, "claims": {"name": ["a", 1]}}, "claims", NOT_TWO),
    ("myegov", {**KEYS, "claims": {"name": ["a", "b"], "nme": "x"}}, "claims", "has 'nme', which is not known."),
    *(
        ("myegov", {**KEYS, "claims": {"verified": rule}}, "claims", never("verified"))
        for rule in ("level=", "level= 3", "=3", "iss=https://a.example", "sub=a", "aud.0=me", "uid=A123456789", "cn=x")
    ),
    ("myegov", {**MYEGOV, "years_of_republic": True}, "years_of_republic", NO_BIRTH_DATE),
    ("google", {**KEYS, "years_of_republic": True}, "years_of_republic", NO_EFFECT),
    ("tickets", {**TICKET, "fields": ["a", "a"], "single_use": ["a"]}, "fields", TWICE),
    ("facebook", {**CLUB_URLS, "graph_version": "v27.0"}, "graph_version", "has no effect: no address says {version}."),
    ("apple", {**APPLE, "private_key": None}, "private_key", MISSING),
]  # fmt: skip


@pytest.mark.parametrize(("name", "given", "key", "what"), ALONE)
def test_a_wrong_key_is_refused_alone_with_its_place_and_a_remedy(
    name: str, given: Mapping[str, object], key: str, what: str
) -> None:
    ((where, found, fix),) = refused(name, given, OWN)
    assert (where, found) == (key, what)
    assert fix.endswith((".", "?"))


@pytest.mark.parametrize("given", ["id", None, 5, ["id", "secret"], ("id", "secret")])
def test_settings_of_a_provider_are_a_mapping(given: object) -> None:
    assert refused("google", given) == [
        ("", "is not a mapping.", 'Write {"client_id": "...", "client_secret": "..."}.')
    ]


@pytest.mark.parametrize("name", ["Google", "a b", "a/b", "教育", "", "-a", "_a", "a\n", "a.b"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(name: str) -> None:
    assert refused(name, TANET)[-1][1] == "is no good name."


@pytest.mark.parametrize(
    ("key", "hint"), [("client_idd", "client_id"), ("secret", "client_secret"), ("algorithm", "algorithms")]
)
def test_a_key_that_nobody_knows_is_answered_with_the_nearest_one(key: str, hint: str) -> None:
    assert refused("google", {**KEYS, key: "x"}) == [(key, UNKNOWN, f"Did you mean {hint}?")]


@pytest.mark.parametrize(
    ("name", "fix"),
    [("nationalid", "Did you mean national_id?"), ("birthdate", "Did you mean birth_date?"), ("zzz", "Known: ")],
)
def test_a_claim_that_nobody_knows_is_answered_with_the_nearest_one_or_with_all(name: str, fix: str) -> None:
    ((_, _, told),) = refused("myegov", {**KEYS, "claims": {name: "pid"}})
    assert told.startswith(fix)


def test_all_claims_that_nobody_knows_are_named_at_once() -> None:
    ((_, what, fix),) = refused("myegov", {**KEYS, "claims": {"nationalid": "pid", "birthdate": "born"}})
    assert what == "has 'birthdate', 'nationalid', which is not known."
    assert fix == "Did you mean birth_date, national_id?"


def test_one_issuer_is_not_social_under_one_name_and_government_under_another() -> None:
    _, problems = register({"club": CLUB, "office": {**TANET, "issuer": CLUB["issuer"]}})
    assert [(one.where, one.what) for one in problems] == [
        ("FIRST_LOGIN_PROVIDERS['office']['standing']", "is government, but 'club' of the same issuer is social.")
    ]


def test_a_name_that_is_nearly_one_we_know_is_answered_with_that() -> None:
    found = refused("gogle", KEYS)
    assert {where for where, _, _ in found} == {"standing", "title", "issuer"}
    assert all("Or did you mean google?" in fix for _, _, fix in found)


def test_everything_that_is_wrong_with_every_provider_is_said_at_once() -> None:
    made, problems = register({"google": {"clientid": "id"}, "apple": KEYS, "tanet": {}, "ecpa": 5})
    assert made.keys() == {"apple"}
    assert [str(problem.where) for problem in problems] == [
        "FIRST_LOGIN_PROVIDERS['google']['client_id']",
        "FIRST_LOGIN_PROVIDERS['google']['client_secret']",
        "FIRST_LOGIN_PROVIDERS['google']['clientid']",
        "FIRST_LOGIN_PROVIDERS['tanet']['standing']",
        "FIRST_LOGIN_PROVIDERS['tanet']['title']",
        "FIRST_LOGIN_PROVIDERS['tanet']['issuer']",
        "FIRST_LOGIN_PROVIDERS['tanet']['client_id']",
        "FIRST_LOGIN_PROVIDERS['tanet']['client_secret']",
        "FIRST_LOGIN_PROVIDERS['ecpa']",
    ]


def test_apples_secret_is_made_from_our_key() -> None:
    apple = one("apple", {**APPLE, "private_key": private_key(ec.SECP256R1())})
    assert apple.secret().count(".") == 2


@pytest.mark.parametrize("key", ["", "not a key", private_key(ec.SECP384R1())], ids=["empty", "text", "other curve"])
def test_a_key_that_apple_cannot_verify_is_refused_and_never_shown(key: str) -> None:
    found = refused("apple", {**APPLE, "private_key": key})
    assert found[-1][0] == "private_key"
    assert not [fix for _, _, fix in found if "BEGIN" in fix]


def test_a_part_of_what_makes_apples_secret_is_not_enough_and_the_rest_is_asked_for() -> None:
    found = refused("apple", {"client_id": "tw.example.portal", "key_id": "KEY"})
    assert [(key, what) for key, what, _ in found] == [("team_id", MISSING), ("private_key", MISSING)]


def test_a_secret_beside_the_key_that_makes_it_has_no_effect_and_is_refused() -> None:
    given = {**APPLE, "private_key": private_key(ec.SECP256R1()), "client_secret": "secret"}
    assert refused("apple", given) == [("client_secret", NO_EFFECT, "Remove it.")]


def test_no_secret_stands_in_the_repr_of_a_registration() -> None:
    registration = one("google", {"client_id": "id", "client_secret": "a-secret-value"})
    assert "a-secret-value" not in repr(registration)


def test_a_setting_that_cannot_be_changed_is_as_good_as_one_that_can() -> None:
    frozen = MappingProxyType({"client_id": "id", "client_secret": "secret"})
    assert one("google", frozen).secret() == "secret"


# --- what files and variables of the environment add ---

SERVICE = {"protocol": "ticket", "soap_url": "https://www.cp.gov.tw/ws.asmx", "service_id": "portal"}
APPLE = {"client_id": "id", "team_id": "A123456789", "key_id": "B123456789", "private_key": "none"}


@pytest.mark.parametrize("around", ["{}\n", " {}\r\n", "\ufeff{}", "\t{} \ufeff\n"])
def test_what_a_file_leaves_around_a_value_is_taken_off(around: str) -> None:
    texts = {
        "client_id": "id of us",
        "client_secret": "s3cret",
        "issuer": "https://a.example",
        "token_auth": "client_secret_post",
    }
    given = {**texts, "standing": "government", "title": "Agency", "authorize_params": {"ui": "x"}}
    assert one("agency", {**given, **{key: around.format(value) for key, value in texts.items()}}) == one(
        "agency", given
    )
    assert one("agency", {**given, "authorize_params": {"ui": around.format("x")}}) == one("agency", given)


@pytest.mark.parametrize(
    ("name", "given", "key"),
    [
        ("google", KEYS, "client_id"),
        ("google", KEYS, "client_secret"),
        ("facebook", KEYS, "client_secret"),
        ("apple", APPLE, "team_id"),
        ("apple", APPLE, "key_id"),
        ("myegov", SERVICE, "service_id"),
    ],
)
@pytest.mark.parametrize(
    ("hidden", "said"), [("\n", "U+000A"), ("\u200b", "U+200B"), ("ｅ", "U+FF45"), ("\x00", "U+0000")]
)
def test_what_no_credential_can_hold_is_refused_by_its_place_and_without_the_credential(
    name: str, given: Mapping[str, object], key: str, hidden: str, said: str
) -> None:
    told = refused(name, {**given, key: f"word{hidden}word"})
    (problem,) = [problem for problem in told if problem[0] == key]
    assert f"holds {said} at place 5, " in problem[1]
    assert "word" not in "".join(problem)


def test_a_credential_of_every_visible_character_is_as_good_as_any() -> None:
    secret = "".join(map(chr, range(0x21, 0x7F))) + "é"
    assert one("google", {**KEYS, "client_secret": secret}).secret() == secret


@pytest.mark.parametrize("name", ["GOOGLE", "google"])
def test_keys_in_capitals_are_told_with_the_way_round_them(name: str) -> None:
    ((where, what, fix),) = refused(name, {"CLIENT_ID": "id", "CLIENT_SECRET": "secret"})
    assert where == ""  # the provider as a whole
    assert "capitals, as Windows" in what
    assert "FLASK_FIRST_LOGIN_PROVIDERS" in fix
