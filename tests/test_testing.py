"""What a host's tests are given: pretend providers without a network, made-up people, and failures by name."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Literal, NoReturn

import pytest
from flask import Flask, redirect
from flask.testing import FlaskClient

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import PretendProviders, ProviderFails, SignInAs
from internals import BY_CODE, CANCELLABLE, CANCELLED, ISSUERS, Asked, form_with, pretend_providers, state_of
from internals import PRETEND_PROVIDERS_FAULTS as FAULTS
from internals import pretend_providers_answer as answer

MakePortal = Callable[..., Flask]


@pytest.fixture
def portal(first_login_sandbox: PretendProviders) -> MakePortal:
    """Makes a portal that is set to the pretend providers."""

    def make(**config: object) -> Flask:
        app = Flask("portal")
        settings = {"SECRET_KEY": "a-secret-of-this-test", "FIRST_LOGIN_PROVIDERS": first_login_sandbox.settings()}
        app.config.update(settings | config)
        FirstLogin(app, accounts=MemoryAccounts())
        app.add_url_rule("/courses", view_func=lambda: "courses", endpoint="courses")
        return app

    return make


@pytest.fixture
def app(portal: MakePortal) -> Flask:
    return portal()


def by_ticket(portal: MakePortal, sandbox: PretendProviders) -> Flask:
    return portal(FIRST_LOGIN_PROVIDERS=sandbox.settings(myegov="ticket"))


# --- people ---

KNOWN = [
    (issuer.name, key)
    for issuer in ISSUERS.values()
    if issuer.name != "myegov-ticket"
    for key in issuer.personas
    if key != "cancels"
]


@pytest.mark.slow
@pytest.mark.parametrize(("provider", "persona"), KNOWN)
def test_everybody_signs_in_at_every_provider_that_knows_them(
    client: FlaskClient, sign_in_as: SignInAs, provider: str, persona: str
) -> None:
    arrived = sign_in_as(client, persona, provider)
    assert arrived.code is None
    assert arrived.account is not None
    assert arrived.first
    assert arrived.url == "/first-login/outcome?new=1"
    assert arrived.verdicts.keys() == {"lifelong", "environmental", "teacher"}
    assert 'data-verdict="' in arrived.text


def test_everybody_signs_in_by_ticket_too(
    portal: MakePortal, first_login_sandbox: PretendProviders, sign_in_as: SignInAs
) -> None:
    client = by_ticket(portal, first_login_sandbox).test_client()
    assert set(sign_in_as(client, "civil_servant", "myegov").verdicts.values()) == {"uploadable"}


@pytest.mark.parametrize(
    ("persona", "provider"),
    [
        ("civil_servant", "myegov"),
        ("social_user", "google"),
        ("social_user_without_email", "facebook"),
        ("apple_relay_user", "apple"),
    ],
)
def test_unless_it_is_named_the_first_provider_that_knows_the_person_is_taken(
    client: FlaskClient, sign_in_as: SignInAs, persona: str, provider: str
) -> None:
    assert sign_in_as(client, persona).response.history == ()
    assert sign_in_as(client, persona, provider).first is False


def test_who_cancels_arrives_at_the_page_that_says_so(client: FlaskClient, sign_in_as: SignInAs) -> None:
    arrived = sign_in_as(client, "cancels")
    assert (arrived.code, arrived.account, arrived.verdicts, arrived.reasons) == ("cancelled", None, {}, {})
    assert arrived.support_code is not None
    assert arrived.support_code in arrived.text


def test_the_reasons_against_an_upload_are_told_by_code(client: FlaskClient, sign_in_as: SignInAs) -> None:
    assert sign_in_as(client, "citizen_without_id").reasons["teacher"] == ("no_national_id",)


@pytest.mark.parametrize("test", ["first", "second"])
def test_apple_tells_a_name_at_the_first_consent_of_each_test(app: Flask, sign_in_as: SignInAs, test: str) -> None:
    account = state_of(app).accounts.get(sign_in_as(app.test_client(), "apple_relay_user").account or "")
    assert account is not None
    assert account.identities[0].name == "沈隱名"


# --- the way ---


def test_whoever_is_known_goes_on_to_the_page_that_was_asked_for(app: Flask, sign_in_as: SignInAs) -> None:
    sign_in_as(app.test_client(), "civil_servant")
    arrived = sign_in_as(app.test_client(), "civil_servant", next="/courses")
    assert (arrived.url, arrived.text, arrived.first) == ("/courses", "courses", False)


def test_a_redirect_to_another_site_is_not_followed(portal: MakePortal, sign_in_as: SignInAs) -> None:
    app = portal(FIRST_LOGIN_HOME_URL="/leave")
    app.add_url_rule(
        "/leave", view_func=lambda: ("", 302, {"Location": "https://elsewhere.example/"}), endpoint="leave"
    )
    sign_in_as(app.test_client(), "civil_servant")
    arrived = sign_in_as(app.test_client(), "civil_servant")
    assert arrived.response.headers["Location"] == "https://elsewhere.example/"


def test_redirects_without_end_are_given_up(portal: MakePortal, sign_in_as: SignInAs) -> None:
    app = portal(FIRST_LOGIN_HOME_URL="/round")
    app.add_url_rule("/round", view_func=lambda: redirect("/round"), endpoint="round")
    sign_in_as(app.test_client(), "civil_servant")
    assert sign_in_as(app.test_client(), "civil_servant").response.status_code == 302


def test_without_acknowledging_a_social_identity_has_no_account(client: FlaskClient, sign_in_as: SignInAs) -> None:
    arrived = sign_in_as(client, "social_user", acknowledge=False)
    assert (arrived.account, arrived.code, arrived.url) == (None, None, "/first-login/acknowledge")


def test_the_answers_of_the_guide_are_given_along(client: FlaskClient, sign_in_as: SignInAs) -> None:
    arrived = sign_in_as(client, "verified_citizen", identity="civil-servant", account="egov", lang="en")
    assert "You said that you are a civil servant" in arrived.text


def test_a_portal_below_a_mount_point_is_walked_too(portal: MakePortal, sign_in_as: SignInAs) -> None:
    app = portal(APPLICATION_ROOT="/learning")
    assert sign_in_as(app.test_client(), "teacher", "apple").url == "/learning/first-login/outcome?new=1"


# --- failures ---

CODES = [
    (name, code) for name, codes in BY_CODE.items() for code in [*codes, *({CANCELLED} if name in CANCELLABLE else ())]
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "code"), CODES)
def test_a_provider_fails_by_each_code_of_ours_that_it_can_cause(
    portal: MakePortal,
    first_login_sandbox: PretendProviders,
    sign_in_as: SignInAs,
    provider_fails: ProviderFails,
    name: str,
    code: str,
) -> None:
    protocol: Literal["ticket", "oidc"] = "ticket" if name == "myegov-ticket" else "oidc"
    provider = name.removesuffix("-ticket")
    app = portal(FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings(myegov=protocol))
    with provider_fails(provider, code):
        arrived = sign_in_as(app.test_client(), "civil_servant", provider)
        assert arrived.code == code
        assert f'data-code="{code}"' in arrived.text
    assert sign_in_as(app.test_client(), "civil_servant", provider).code is None


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_of_the_sandbox_may_be_named(
    first_login_sandbox: PretendProviders, provider_fails: ProviderFails, name: str
) -> None:
    for fault in FAULTS[name]:
        provider_fails(name.removesuffix("-ticket"), fault)
        assert first_login_sandbox.failing[name] == BY_CODE[name].get(fault, fault)


def test_a_failure_lasts_until_the_test_ends_when_it_is_not_told_otherwise(
    app: Flask, sign_in_as: SignInAs, provider_fails: ProviderFails
) -> None:
    provider_fails("google", "cancelled")
    assert [sign_in_as(app.test_client(), "social_user").code for _ in range(2)] == ["cancelled", "cancelled"]
    assert sign_in_as(app.test_client(), "social_user", "facebook").code is None


def test_and_not_longer(app: Flask, sign_in_as: SignInAs) -> None:
    assert sign_in_as(app.test_client(), "social_user").code is None


def test_an_answer_that_is_too_large_is_refused_as_from_the_wire(
    client: FlaskClient, sign_in_as: SignInAs, provider_fails: ProviderFails
) -> None:
    provider_fails("facebook", "huge_answer")
    assert sign_in_as(client, "social_user", "facebook").code == "provider_error"


def test_an_answer_that_drips_ends_with_its_deadline() -> None:
    app = Flask("dripping")
    app.add_url_rule("/", view_func=lambda: iter([b"a", b"b", b"c"] * 1000), endpoint="drip")
    dripped = answer(app, Asked("GET", "http://127.0.0.1:1/", {}), time.monotonic())
    with pytest.raises(TimeoutError):
        dripped.read(1)


# --- names ---


@pytest.mark.parametrize(
    ("persona", "provider", "said"),
    [
        (
            "civil_servent",
            None,
            "There is no persona 'civil_servent'. Did you mean 'civil_servant'? Known: ",
        ),
        ("xyz", None, "There is no persona 'xyz'. Known: apple_relay_user, cancels, "),
        ("teacher", "gogle", "at a pretend provider 'gogle'. Did you mean 'google'? Known: apple, ecpa, facebook, "),
        (
            "teacher",
            "ecpa",
            "'teacher' has no account at ecpa. Known at: apple, facebook, google, myegov, myegov-ticket",
        ),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_ones(
    client: FlaskClient, sign_in_as: SignInAs, persona: str, provider: str | None, said: str
) -> None:
    with pytest.raises(LookupError) as refused:
        sign_in_as(client, persona, provider)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("provider", "how", "said"),
    [
        ("gogle", "cancelled", "There is no pretend provider 'gogle'. Did you mean 'google'? Known: apple, ecpa, "),
        ("google", "canceled", "no way to fail that is named 'canceled'. Did you mean 'cancelled'? Known: alg_none, "),
        ("ecpa", "cancelled", "ecpa has no way to fail that is named 'cancelled'. "),
    ],
)
def test_a_wrong_failure_is_answered_with_the_right_ones(
    provider_fails: ProviderFails, provider: str, how: str, said: str
) -> None:
    with pytest.raises(LookupError) as refused:
        provider_fails(provider, how)
    assert said in str(refused.value)


def test_a_portal_that_is_not_set_to_the_pretend_providers_is_told_what_to_set(
    portal: MakePortal, sign_in_as: SignInAs
) -> None:
    app = portal(FIRST_LOGIN_PROVIDERS={"google": {"client_id": "real", "client_secret": "real"}})
    with pytest.raises(LookupError, match="Set FIRST_LOGIN_PROVIDERS to"):
        sign_in_as(app.test_client(), "teacher", "google")


def test_an_external_address_that_is_not_this_machine_is_explained(portal: MakePortal, sign_in_as: SignInAs) -> None:
    app = portal(FIRST_LOGIN_EXTERNAL_URL="https://portal.example.gov.tw")
    with pytest.raises(AssertionError, match="leave FIRST_LOGIN_EXTERNAL_URL unset"):
        sign_in_as(app.test_client(), "teacher")


def test_a_page_without_the_form_that_is_looked_for_says_so() -> None:
    with pytest.raises(LookupError, match="no form with the field 'acknowledged'"):
        form_with('<input name="stray"><form action="/"><input name="other"></form>', "acknowledged")


# --- no network ---


def test_no_socket_is_made_and_no_name_is_looked_up(
    portal: MakePortal,
    first_login_sandbox: PretendProviders,
    sign_in_as: SignInAs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "__init__", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for app in (portal(), by_ticket(portal, first_login_sandbox)):
        for provider in ("myegov", "ecpa", "google", "facebook", "apple"):
            assert sign_in_as(app.test_client(), "civil_servant", provider).code is None


def test_pretend_providers_that_stood_in_for_others_give_their_place_back(app: Flask, sign_in_as: SignInAs) -> None:
    with PretendProviders() as others:
        others.fail("google", "provider_down")
        assert others.sign_in_as(app.test_client(), "social_user").code == "provider_down"
    assert sign_in_as(app.test_client(), "social_user").code is None


def test_a_portal_that_outlives_its_pretend_providers_finds_nobody_there(
    client: FlaskClient, first_login_sandbox: PretendProviders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretend_providers, "OPEN", [])
    begun = client.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "same-origin"})
    assert 'data-code="provider_down"' in begun.get_data(as_text=True)


# --- a host's project ---

CONFTEST = """
import pytest
from flask import Flask, redirect
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts

pytest_plugins = ["flask_first_login.testing"]

@pytest.fixture(scope="session")
def app(first_login_sandbox):
    app = Flask("host")
    app.config.update(SECRET_KEY="secret", FIRST_LOGIN_PROVIDERS=first_login_sandbox.settings())
    FirstLogin(app, accounts=MemoryAccounts())
    return app
"""
TESTS = """
import pytest

@pytest.mark.parametrize("persona", ["teacher", "civil_servant", "social_user"])
def test_signs_in(app, sign_in_as, persona):
    assert sign_in_as(app.test_client(), persona).account

def test_fails(app, sign_in_as, provider_fails):
    provider_fails("google", "provider_down")
    assert sign_in_as(app.test_client(), "teacher", "google").code == "provider_down"
"""
BROKEN = """
import pytest
from flask_first_login.testing import AccountsContract
from flask_first_login.accounts.memory import MemoryAccounts

class Forgetful(MemoryAccounts):
    def use_once(self, digest, until):
        return True

class TestForgetful(AccountsContract):
    @pytest.fixture
    def accounts(self):
        return Forgetful()
"""


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the plugins of this environment, which take seconds to load in every process."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


@pytest.mark.slow
@pytest.mark.usefixtures("bare")
def test_a_project_that_names_the_plugin_tests_in_parallel_with_warnings_as_errors(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_host=TESTS)
    ended = pytester.runpytest_subprocess("-W", "error", "-p", "xdist", "-n", "2", "-p", "no:cacheprovider")
    ended.assert_outcomes(passed=4)


@pytest.mark.slow
@pytest.mark.usefixtures("bare")
def test_the_contract_says_of_a_store_that_errs_what_it_did(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_host=BROKEN)
    ended = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", "-k", "digest")
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines(["*assert not True*"])
