"""Whose account a sign-in ends in: who waits is one person, what is joined was asked for, keys hold no number."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.fernet import Fernet
from flask import Flask, Response
from werkzeug.test import TestResponse

from flask_first_login import Assurance, FirstLogin, Identity, Kind, NationalId, Standing
from flask_first_login.accounts.memory import MemoryAccounts
from internals import Create, Proof, admit, handles_sign_in_errors, here
from support.host_portal import fields_of
from support.learner import Learner, leads_to
from support.pages import PROVIDERS

NUMBER = NationalId.parse("A123456789")
VERIFIED = Identity(
    provider="ecpa",
    issuer="https://ecpa.example",
    subject="official-1",
    standing=Standing.GOVERNMENT,
    kind=Kind.CIVIL_SERVANT,
    assurance=Assurance.VERIFIED,
    signed_in_at=datetime.now(UTC),
    name="林曉明",
    national_id=NUMBER,
)
GOOGLE = Identity(
    provider="google",
    issuer="https://google.example",
    subject="social-1",
    standing=Standing.SOCIAL,
    kind=Kind.UNKNOWN,
    assurance=Assurance.NONE,
    signed_in_at=datetime.now(UTC),
    name="趙自由",
)
FACEBOOK = replace(GOOGLE, provider="facebook", issuer="https://facebook.example", subject="social-2")


class Portal:
    """A host whose every sign-in brings the identity that the test sets."""

    def __init__(self) -> None:
        self.accounts = MemoryAccounts()
        self.brings = VERIFIED
        self.ago = timedelta(0)  # since the identity signed in
        self.joins: str | None = None
        self.app = Flask("a host")
        self.app.config.update(
            SECRET_KEY="a-secret-of-this-test",
            FIRST_LOGIN_PROVIDERS=PROVIDERS,
            FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
            FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
        )
        FirstLogin(self.app, accounts=self.accounts)
        self.app.add_url_rule("/arrive", view_func=self.arrive)

    @property
    def arrive(self) -> Callable[[], Response]:
        def arrive() -> Response:
            identity = replace(self.brings, signed_in_at=datetime.now(UTC) - self.ago)
            proof = Proof(identity.signed_in_at)
            return admit(here(), identity, joins=self.joins, proof=proof)  # type: ignore[return-value]  # werkzeug's own

        return handles_sign_in_errors(arrive)  # type: ignore[return-value]  # as above


@pytest.fixture
def portal() -> Portal:
    return Portal()


def page_of(learner: Learner) -> dict[str, str]:
    """The hidden fields of the page that asks a social learner to accept."""
    return fields_of(learner.get("/first-login/acknowledge"), "csrf_token", "waiting", "version")


def accept(learner: Learner, fields: dict[str, str]) -> TestResponse:
    return learner.post("/first-login/acknowledge", {**fields, "acknowledged": "y"})


def code_of(response: TestResponse) -> str:
    found = re.search(r'data-code="([a-z_]+)"', response.text)
    return found[1] if found else ""


# --- what waits for acceptance ---


def test_what_was_accepted_once_is_not_accepted_again_in_another_browser(portal: Portal) -> None:
    portal.brings = GOOGLE
    learner, thief = Learner.at(portal.app), Learner.at(portal.app)
    learner.get("/arrive")
    fields = page_of(learner)
    for name, value in learner.cookies().items():
        thief.client.set_cookie(name, value)
    assert accept(learner, fields).status_code == 303
    again = accept(thief, page_of(thief))
    assert leads_to(again) == "/first-login/sign-in/google"  # as its button does: nothing else is gained
    assert thief.get("/first-login/outcome").location == "/first-login/login"


def test_the_page_of_one_identity_does_not_accept_another_that_came_meanwhile(portal: Portal) -> None:
    portal.brings = GOOGLE
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    shown = page_of(learner)
    portal.brings = FACEBOOK
    learner.get("/arrive")
    assert code_of(accept(learner, shown)) == "expired"
    assert portal.accounts.owner_of(FACEBOOK.issuer, FACEBOOK.subject) is None


def test_another_sign_in_or_a_way_back_to_the_login_page_ends_the_wait(portal: Portal) -> None:
    for leave in ("/arrive", "/first-login/login"):
        learner = Learner.at(portal.app)
        portal.brings = GOOGLE
        learner.get("/arrive")
        portal.brings = VERIFIED
        learner.get(leave)
        page = learner.get("/first-login/acknowledge")
        assert (code_of(page), page.location) == {
            "/arrive": ("", "/first-login/outcome"),
            "/first-login/login": ("expired", None),
        }[leave]


def test_a_form_that_lost_its_token_says_so(portal: Portal) -> None:
    portal.brings = GOOGLE
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    page_of(learner)
    assert code_of(learner.post("/first-login/acknowledge", {"acknowledged": "y"})) == "expired"


def test_facts_that_contradict_those_of_an_account_are_a_conflict_and_no_failure_of_the_portal(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    portal.brings = replace(VERIFIED, provider="myegov", issuer="https://myegov.example", name="陳大文")
    response = Learner.at(portal.app).get("/arrive")
    assert (response.status_code, code_of(response)) == (409, "conflicting_facts")


# --- who is signed in ---


def test_a_user_of_the_host_without_an_account_of_ours_is_not_turned_into_another() -> None:
    class HostSession:
        def signed_in(self) -> str | None:
            return "host-admin-7"

        def sign_in(self, account_id: str) -> None:
            raise AssertionError("nobody may be signed in over somebody else")

    portal = Portal()
    app = Flask("another host")
    app.config.update(portal.app.config)
    FirstLogin(app, accounts=portal.accounts, session=HostSession())
    app.add_url_rule("/arrive", view_func=portal.arrive)
    learner = Learner.at(app)
    codes = []
    for portal.brings in (VERIFIED, GOOGLE):
        codes.append(code_of(learner.get("/arrive")))
    assert codes == ["no_shared_id", "social_never_merges"]


# --- joining ---


def test_an_identity_with_the_same_number_is_added_to_the_account_that_asked_for_it(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    owner = portal.accounts.owner_of(VERIFIED.issuer, VERIFIED.subject)
    assert owner is not None
    typed = replace(VERIFIED, provider="myegov", issuer="https://myegov.example", assurance=Assurance.DECLARED)
    portal.brings, portal.joins = typed, owner.id
    assert learner.get("/arrive").status_code == 303
    found = portal.accounts.get(owner.id)
    assert found is not None
    assert {one.provider for one in found.identities} == {"ecpa", "myegov"}


@pytest.mark.parametrize(("age", "code"), [(0, ""), (3600, "not_fresh")])
def test_only_who_proved_themself_a_moment_ago_adds_an_identity(portal: Portal, age: int, code: str) -> None:
    learner = Learner.at(portal.app)
    portal.ago = timedelta(seconds=age)
    learner.get("/arrive")
    owner = portal.accounts.owner_of(VERIFIED.issuer, VERIFIED.subject)
    assert owner is not None
    portal.ago = timedelta(0)
    portal.brings, portal.joins = replace(VERIFIED, provider="myegov", issuer="https://myegov.example"), owner.id
    assert code_of(learner.get("/arrive")) == code


def test_what_another_account_asked_for_is_added_to_nobody(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    portal.brings = replace(VERIFIED, provider="myegov", issuer="https://myegov.example")
    portal.joins = "somebody-else"
    assert code_of(learner.get("/arrive")) == "not_fresh"


def test_adding_is_asked_for_by_post_with_a_token_and_by_nothing_else(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    learner.get("/arrive")
    assert "/sign-in/myegov/join" in learner.get("/first-login/hours").text
    assert learner.get("/first-login/sign-in/myegov/join").status_code == 405
    assert code_of(learner.post("/first-login/sign-in/myegov/join", {})) == "expired"


# --- keys ---


@pytest.mark.parametrize("subject", ["A123456789", "uid:A123456789", "account:a123456789"])
def test_a_key_that_holds_the_national_id_is_kept_as_a_pseudonym(portal: Portal, subject: str) -> None:
    portal.brings = replace(VERIFIED, subject=subject)
    Learner.at(portal.app).get("/arrive")
    holder = portal.accounts.holder_of(NUMBER)
    assert holder is not None
    assert holder.identities[0].subject.startswith("pseudonym:")


def test_keys_that_only_look_alike_are_different_people(portal: Portal) -> None:
    accounts = set()
    for subject in ("A123456789", "a123456789", "A-123456789", "ａ123456789"):
        portal.brings = replace(VERIFIED, subject=subject, national_id=None, assurance=Assurance.NONE)
        learner = Learner.at(portal.app)
        learner.get("/arrive")
        with learner.client.session_transaction() as session:
            accounts.add(session["first_login_account"])
    assert len(accounts) == 4


# --- the same sign-in twice at once ---


@pytest.mark.parametrize("read", ["owner_of", "holder_of"])
@pytest.mark.parametrize("assurance", [Assurance.DECLARED, Assurance.VERIFIED])
def test_an_identity_that_gets_its_account_while_another_request_asks_for_it_is_let_into_it(
    portal: Portal, monkeypatch: pytest.MonkeyPatch, read: str, assurance: Assurance
) -> None:
    """As when a learner signs in on two devices, or presses twice: a number that was only declared is no stranger's."""
    identity, asked = replace(VERIFIED, assurance=assurance), getattr(portal.accounts, read)
    portal.brings = identity

    def ask(*of_whom: str | NationalId) -> object:
        found = asked(*of_whom)
        monkeypatch.undo()
        portal.accounts.carry_out(Create(), identity)  # the other request
        return found

    monkeypatch.setattr(portal.accounts, read, ask)
    assert portal.app.test_client().get("/arrive").status_code == 303
    assert len(portal.accounts._accounts) == 1
