"""The learner's word that they accept what a social sign-in costs: what is one, and when it is used up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from flask_first_login.accounts import Accounts
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from flask_first_login.testing import BY_ECPA, BY_GOOGLE
from support.databases import VAULT
from support.host_portal import Host, code_of, fields_of
from support.learner import Learner, leads_to
from support.pages import Sheet, squeezed

PAGE = "/first-login/acknowledge"
DOCUMENT = "/first-login/api/v1/acknowledgement"
FIELDS = ("csrf_token", "waiting", "version")
MISSING = object()


@pytest.fixture(params=["memory", "sqlite"])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Accounts]:
    if request.param == "memory":
        yield MemoryAccounts()
        return
    engine = create_engine(f"sqlite:///{tmp_path / 'accounts.db'}", hide_parameters=True)
    create_tables(engine)
    yield SQLAlchemyAccounts(sessionmaker(engine), lambda: VAULT)
    engine.dispose()


@dataclass
class Asked:
    """A learner who is asked, and the fields of what asks them, as a page or as a document has them."""

    learner: Learner
    fields: dict[str, Any]
    by_json: bool

    def says(self, **changed: object) -> TestResponse:
        """Send the learner's word; `MISSING` leaves a field out."""
        word = {"acknowledged": True if self.by_json else "y", **self.fields, **changed}
        given = {name: value for name, value in word.items() if value is not MISSING}
        if not self.by_json:
            return self.learner.client.post(PAGE, data=given)
        token = given.pop("csrf_token", "")
        return self.learner.client.post(DOCUMENT, json=given, headers={"X-CSRFToken": token})

    def code(self, response: TestResponse) -> str:
        """The code of a refusal; empty when there is none."""
        return str((response.json or {}).get("code", "")) if self.by_json else code_of(response)

    @property
    def is_signed_in(self) -> bool:
        return self.learner.get("/first-login/outcome").status_code == 200


def asked(host: Host, by_json: bool) -> Asked:
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    if by_json:
        document = learner.get(DOCUMENT).json or {}
        return Asked(learner, {name: document[name] for name in FIELDS}, by_json)
    return Asked(learner, fields_of(learner.get(PAGE), *FIELDS), by_json)


@pytest.fixture
def host(accounts: Accounts) -> Host:
    return Host(accounts).mounted()


@pytest.fixture(params=["page", "document"])
def question(host: Host, request: pytest.FixtureRequest) -> Asked:
    return asked(host, request.param == "document")


def has_account(host: Host) -> bool:
    return host.accounts.owner_of(BY_GOOGLE.issuer, BY_GOOGLE.subject) is not None


# --- what is a yes ---


@pytest.mark.slow
@pytest.mark.parametrize("said", ["false", "False", "0", "no", "off", "null", "None", "", "y\x00", ["y", "false"]])
def test_a_form_whose_box_is_not_ticked_is_no(host: Host, said: object) -> None:
    question = asked(host, by_json=False)
    page = question.says(acknowledged=said)
    assert (page.status_code, 'id="error-summary"' in page.text) == (200, True)
    assert not has_account(host)


@pytest.mark.parametrize("said", ["y", "yes", "on", "true", "1"])
def test_a_box_of_any_make_that_is_ticked_is_yes(host: Host, said: str) -> None:
    question = asked(host, by_json=False)
    assert question.says(acknowledged=said).status_code == 303
    assert question.is_signed_in


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        (False, 422, "not_acknowledged"),
        ("false", 400, "bad_request"),
        ("true", 400, "bad_request"),
        (0, 400, "bad_request"),
        (1, 400, "bad_request"),
        (None, 400, "bad_request"),
        (MISSING, 400, "bad_request"),
    ],
)
def test_a_document_says_yes_by_true_alone(host: Host, said: object, status: int, code: str) -> None:
    question = asked(host, by_json=True)
    response = question.says(acknowledged=said)
    assert (response.status_code, question.code(response)) == (status, code)
    assert not has_account(host)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["version", "waiting"])
@pytest.mark.parametrize("given", [MISSING, ""], ids=["missing", "empty"])
def test_whoever_does_not_say_what_they_accept_accepts_nothing(
    host: Host, question: Asked, name: str, given: object
) -> None:
    response = question.says(**{name: given})
    assert response.status_code == 400
    assert question.code(response) in {"expired", "bad_request"}
    assert not has_account(host)
    assert not question.is_signed_in
    assert question.says().status_code in {200, 303}  # the wait goes on


def test_what_each_account_earns_stands_below_what_this_one_costs(host: Host) -> None:
    learner = host.learner()
    host.arrives(BY_GOOGLE, learner)
    page, document = Sheet(learner.get(f"{PAGE}?lang=en")), learner.get(f"{DOCUMENT}?lang=en").get_json()
    headings = [squeezed(row["title"]) for row in document["comparison"]["rows"]]
    assert headings
    assert [squeezed("".join(one.itertext())) for one in page.all("th", scope="row")] == headings


def test_the_page_that_is_drawn_again_asks_for_what_it_shows(host: Host) -> None:
    question = asked(host, by_json=False)
    page = question.says(acknowledged=MISSING, version="of yesterday", waiting="another")
    assert fields_of(page, "waiting", "version") == {name: question.fields[name] for name in ("waiting", "version")}


def test_the_strong_button_is_the_one_that_keeps_the_hours(host: Host) -> None:
    page = Sheet(asked(host, by_json=False).learner.get(f"{PAGE}?lang=en"))
    assert (page.primary.path, page.primary.words) == (
        "/first-login/sign-in/myegov",
        squeezed("Sign in with MyEGov instead and keep your hours"),
    )
    losing = page.one("button", class_="fl-btn--cost")
    assert squeezed("".join(losing.itertext())) == squeezed("Go on with Google, without hours")
    assert "costs" in page.h1
    assert "代價" in Sheet(asked(host, by_json=False).learner.get(f"{PAGE}?lang=zh-Hant-TW")).h1


# --- half a character ---


@pytest.mark.parametrize("half", ["\ud800", "a\udfffb"])
@pytest.mark.parametrize("name", ["acknowledged", "waiting", "version", "another"])
def test_half_a_character_in_a_document_is_refused_with_a_code(host: Host, name: str, half: str) -> None:
    question = asked(host, by_json=True)
    response = question.says(**{name: half})
    assert (response.status_code, question.code(response)) == (400, "bad_request")
    assert not has_account(host)


def test_half_a_character_in_the_name_of_a_way_to_sign_in_is_refused_with_a_code(host: Host) -> None:
    learner = host.learner()
    host.arrives(BY_ECPA, learner)
    for body in ({"which": "\ud800", "confirmed": True}, {"\ud800": 1}, {"which": [{"a": "\ud800"}]}):
        response = learner.client.post("/first-login/api/v1/leave/ecpa", json=body)
        assert (response.status_code, (response.json or {}).get("code")) == (400, "bad_request")


@pytest.mark.parametrize("name", ["waiting", "version"])
def test_half_a_character_in_a_form_is_no_fault_of_the_portal(host: Host, name: str) -> None:
    question = asked(host, by_json=False)
    body = urlencode({"acknowledged": "y", **question.fields, name: b"\xed\xa0\x80"})
    for octets in (body.encode(), body.encode().replace(b"%ED%A0%80", b"\xed\xa0\x80")):
        response = question.learner.client.post(PAGE, data=octets, content_type="application/x-www-form-urlencoded")
        assert (response.status_code, code_of(response)) == (400, "expired")
    assert not has_account(host)


@pytest.mark.slow
@pytest.mark.parametrize("octets", [b"\xed\xa0\x80", b"\xff", "中".encode(), b"%ED%A0%80"])
@pytest.mark.parametrize("path", ["", "login", "acknowledge", "sign-in/gov/callback", "api/v1/portal", "api/v1/hours"])
def test_octets_in_an_address_that_are_no_text_are_no_fault_of_the_portal(host: Host, path: str, octets: bytes) -> None:
    query = b"next=/" + octets + b"&lang=" + octets + b"&state=" + octets
    environ = EnvironBuilder(f"/first-login/{path}").get_environ()
    environ["QUERY_STRING"] = query.decode("latin-1")
    status = run_wsgi_app(host.app, environ, buffered=True)[1]
    assert int(status.split()[0]) < 500


# --- when it is used up ---


def once(real: Callable[..., Any]) -> Callable[..., Any]:
    """A method of a store that fails the first time, before it did anything."""
    failed: list[bool] = []

    def fails_once(*args: object) -> Any:
        if not failed:
            failed.append(True)
            raise OSError("the disk is full")
        return real(*args)

    return fails_once


@pytest.mark.slow
@pytest.mark.parametrize("method", ["owner_of", "carry_out", "use_once", "get"])
def test_a_store_that_fails_takes_nobodys_word_from_them(
    host: Host, question: Asked, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    monkeypatch.setattr(host.accounts, method, once(getattr(host.accounts, method)))
    response = question.says()
    assert (response.status_code, question.code(response)) == (503, "portal_error")
    assert question.says().status_code in {200, 303}
    assert question.is_signed_in


def test_who_presses_twice_has_one_account_and_one_sign_in(
    host: Host, question: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both requests are there before either has written anything."""
    both, real = Barrier(2, timeout=10), host.accounts.carry_out
    created: list[str] = []

    def carry_out(*args: Any) -> str:
        if not created:
            both.wait()
        account_id = real(*args)
        created.append(account_id)
        return account_id

    monkeypatch.setattr(host.accounts, "carry_out", carry_out)
    answers: list[TestResponse] = []
    held = question.learner.cookies()

    def press() -> None:
        browser = Learner.at(host.app)
        for name, value in held.items():
            browser.client.set_cookie(name, value)
        answers.append(Asked(browser, question.fields, question.by_json).says())

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(question.code(one) for one in answers) == ["", "already_used" if question.by_json else ""]
    assert question.by_json or [leads_to(one).partition("/sign-in/")[1] for one in answers].count("/sign-in/") == 1
    assert len(set(created)) == 1


def test_a_word_that_was_used_signs_nobody_in(host: Host, question: Asked) -> None:
    thief = Learner.at(host.app)
    for name, value in question.learner.cookies().items():
        thief.client.set_cookie(name, value)
    assert question.says().status_code in {200, 303}
    stolen = Asked(thief, question.fields, question.by_json)
    told = stolen.says()
    assert question.code(told) == "already_used" if question.by_json else leads_to(told).endswith("/sign-in/google")
    assert not stolen.is_signed_in


# --- Back ---


def test_who_accepted_and_comes_back_to_the_page_goes_on_to_where_they_were_going(host: Host, question: Asked) -> None:
    question.says()
    for path, goal in ((PAGE, "/first-login/outcome"), (f"{PAGE}?next=/courses/3", "/courses/3")):
        again = question.learner.get(path)
        assert (again.status_code, again.location) == (303, goal)
        pressed = question.learner.post(path, {"acknowledged": "y"})
        assert (pressed.status_code, pressed.location) == (303, goal)
