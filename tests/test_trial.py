"""`flask first-login try`: a test sign-in over real HTTP shows all that an operator needs, and nothing comes of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import Result
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import sandbox, sign_in_failed, signed_in
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims
from flask_first_login.testing import BY_ECPA, BY_MYEGOV
from internals import Create, Refusal, Refuse, Sealed, SignIn, _decision, masked, state_of, trial_sign_in
from internals import IdChange as Change
from support.healthy_portal import healthy
from support.learner import Learner, leads_to
from support.pages import Sheet, portal

#: Each way in with somebody it knows, what is decided of them, and what the authorities make of them.
WAYS = {
    "ecpa": ("civil_servant", "Create", {"uploadable"}),
    "myegov": ("verified_citizen", "Create", {"uploadable", "not_applicable"}),
    "google": ("social_user", "Acknowledge", {"refused"}),
    "facebook": ("social_user_with_id", "Acknowledge", {"refused"}),
    "apple": ("social_user", "Acknowledge", {"refused"}),
}
IDS = ("A123456789", "A200000003", "A223456781", "I100000003", "W100000001")


@pytest.fixture
def app(sandbox_url: str) -> Flask:
    return portal(sandbox.settings(sandbox_url))


@pytest.fixture
def fault(sandbox_url: str) -> Iterator[Callable[[str, str | None], None]]:
    planted = set[str]()

    def plant(name: str, what: str | None) -> None:
        planted.add(name)
        assert requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": what}, timeout=10).status_code == 200

    yield plant
    for name in sorted(planted):
        plant(name, None)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["first-login", "try", *arguments])


def link(app: Flask, name: str, *options: str) -> str:
    """What the command prints for whoever runs it."""
    result = run(app, name, *options)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def leave(learner: Learner, url: str) -> str:
    """Where the link leads: the provider's address."""
    response = learner.press(learner.get(url))
    assert leads_to(response), response.get_data(as_text=True)
    return leads_to(response)


def tried(app: Flask, name: str, persona: str, *options: str) -> tuple[Learner, Sheet]:
    """The whole way from the command to the page."""
    learner = Learner.at(app)
    return learner, Sheet(learner.deliver(learner.answered(leave(learner, link(app, name, *options)), persona)))


def code(response: TestResponse) -> list[str]:
    return re.findall('data-code="([a-z_]+)"', response.get_data(as_text=True))


# --- what it shows ---


@pytest.mark.parametrize("name", WAYS)
def test_the_page_shows_what_was_stated_whom_that_makes_and_what_would_follow(app: Flask, name: str) -> None:
    persona, decision, verdicts = WAYS[name]
    _, page = tried(app, name, persona, "--language", "en")
    assert page.status == 200
    assert (page.one("html").get("lang"), page.response.headers["Cache-Control"]) == ("en", "no-store")
    assert [words for level, words in page.headings if level == 2][:4] == [
        "Whattheproviderstated",
        "Theidentitythatthisbecomes",
        "Whattheportalwoulddo",
        "Thehoursthatwouldfollow",
    ]
    assert [one.get("data-decision") for one in page.all("p") if one.get("data-decision")] == [decision]
    assert set(re.findall('data-verdict="([a-z_]+)"', page.html)) == verdicts
    assert "Thissign-inworks." in page.words


def test_each_rule_of_the_claims_tells_which_it_reads_and_what_it_found(sandbox_url: str) -> None:
    settings: dict[str, Any] = sandbox.settings(sandbox_url)
    rules = {"name": ["family_name", "cn"], "birth_date": "attributes.born", "verified": "account_type=certified"}
    app = portal({"myegov": {**settings["myegov"], "claims": rules}})

    words = tried(app, "myegov", "verified_citizen", "--language", "en")[1].words
    found = re.findall(r"(national_id|name|verified|birth_date):([\w.+]+?)(read|sent,|nothingisthere)", words)

    assert found == [
        ("national_id", "uid", "read"),
        ("name", "family_name+cn", "read"),
        ("verified", "account_type", "sent,"),
        ("birth_date", "attributes.born", "nothingisthere"),
    ]


@pytest.mark.parametrize("name", WAYS)
def test_values_are_masked_and_no_national_id_is_seen_anywhere(
    app: Flask, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        learner, page = tried(app, name, WAYS[name][0])
    everything = "\n".join([*learner.seen, *learner.bodies, *learner.cookies().values(), caplog.text])
    assert [number for number in IDS if number in everything] == []
    assert "@" not in page.words.replace("egov@service.gov.tw", "").replace("pemis@dgpa.gov.tw", "")
    assert "********" in page.words


def test_a_civil_servant_of_ecpa_is_shown_by_a_masked_number_and_the_kind(app: Flask) -> None:
    page = tried(app, "ecpa", "civil_servant", "--language", "zh")[1]
    assert page.h1 == "測試登入：人事服務網eCPA"
    assert re.search(r"身分證字號[A-Z]\d{5}\*{4}", page.words)
    assert "公務帳號" in page.words
    assert "建立新帳號。" in page.words


@pytest.mark.parametrize(
    ("at", "planted", "phase", "failed"),
    [
        ("google", "wrong_nonce", "id_token", "id_token_invalid"),
        ("google", "token_error", "token", "code_refused"),
        ("google", "token_500", "token", "provider_down"),
        ("google", "no_id_token", "token", "id_token_missing"),
        ("google", "userinfo_other_subject", "userinfo", "userinfo_mismatch"),
        ("google", "server_error", "callback", "provider_down"),
        ("facebook", "no_id", "userinfo", "provider_error"),
        ("apple", "client_refused", "token", "code_refused"),
        ("ecpa", "forged_ticket", "ticket", "ticket_refused"),
    ],
)
def test_a_sign_in_that_fails_tells_the_step_and_the_code(
    app: Flask, fault: Callable[[str, str | None], None], at: str, planted: str, phase: str, failed: str
) -> None:
    fault(at, planted)
    page = tried(app, at, WAYS[at][0], "--language", "en")[1]
    (box,) = [one for one in page.all("div") if one.get("data-phase")]
    assert (box.get("data-phase"), box.get("data-code")) == (phase, failed)
    assert "Thissign-infails." in page.words
    assert "data-decision" not in page.html


def test_whoever_cancels_there_is_told_so(app: Flask) -> None:
    page = tried(app, "google", "cancels")[1]
    assert 'data-phase="callback" data-code="cancelled"' in page.html


def test_a_provider_that_is_down_is_told_at_once(app: Flask) -> None:
    app = portal({"google": {"client_id": "a", "client_secret": "b", "issuer": "http://127.0.0.1:9"}})
    learner = Learner.at(app)
    page = Sheet(learner.press(learner.get(link(app, "google"))))
    assert 'data-phase="discovery" data-code="provider_down"' in page.html


def broken(claims: Claims) -> Any:
    raise KeyError(f"the national ID {claims.values}")


def test_a_function_of_the_integrator_that_fails_is_told_by_its_place_and_shows_no_claim(sandbox_url: str) -> None:
    settings = sandbox.settings(sandbox_url)
    app = portal({"myegov": {**settings["myegov"], "identify": broken}})
    page = tried(app, "myegov", "verified_citizen")[1]
    assert 'data-phase="identify" data-code="portal_error"' in page.html
    assert "KeyErrorattest_trial.py:" in page.words
    assert [number for number in IDS if number in page.html] == []


# --- nothing comes of it ---


@pytest.mark.parametrize("name", WAYS)
def test_a_test_sign_in_makes_no_account_no_session_and_tells_nobody(app: Flask, name: str, tmp_path: Path) -> None:
    told: list[object] = []

    def note(sender: Flask, **facts: object) -> None:
        told.append(facts)

    with signed_in.connected_to(note, app), sign_in_failed.connected_to(note, app):
        learner, _ = tried(app, name, WAYS[name][0])
    assert told == []
    # by which its answer is known, should it come again, beside the token of the form
    assert sorted(name[:6] for name in learner.cookies()) == ["fl-tx-", "sessio"]
    with learner.client.session_transaction() as session:
        assert {*session} == {"csrf_token"}
    accounts = state_of(app).accounts
    assert isinstance(accounts, MemoryAccounts)
    assert vars(accounts)["_accounts"] == {}
    assert learner.get("/first-login/hours").status_code == 303


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_an_answer_to_a_test_that_comes_again_is_told_and_leads_nobody_anywhere(app: Flask, is_signed_in: bool) -> None:
    learner = Learner.at(app)
    if is_signed_in:
        learner.deliver(learner.answered(learner.start("ecpa"), "civil_servant"))
    answer = learner.answered(leave(learner, link(app, "myegov")), "teacher")
    assert learner.deliver(answer).status_code == 200
    for _ in range(2):
        again = learner.deliver(answer)
        assert (again.status_code, code(again)) == (400, ["already_used"])


def test_whoever_is_signed_in_stays_so_and_is_not_asked_about(app: Flask) -> None:
    learner = Learner.at(app)
    learner.deliver(learner.answered(learner.start("ecpa"), "civil_servant"))
    with learner.client.session_transaction() as session:
        before = {**session}
    page = Sheet(learner.deliver(learner.answered(leave(learner, link(app, "google")), "social_user")))
    assert 'data-decision="Acknowledge"' in page.html
    with learner.client.session_transaction() as session:
        assert {**session, "csrf_token": None} == {**before, "csrf_token": None}


def test_a_known_identity_is_told_as_one(app: Flask) -> None:
    Learner.at(app).sign_in("ecpa", "civil_servant")
    page = tried(app, "ecpa", "civil_servant")[1]
    assert 'data-decision="SignIn"' in page.html
    assert set(re.findall('data-verdict="([a-z]+)"', page.html)) == {"uploadable"}


def test_the_same_person_at_another_government_provider_is_told_to_be_linked(app: Flask) -> None:
    Learner.at(app).sign_in("ecpa", "civil_servant")
    page = tried(app, "myegov", "civil_servant")[1]
    assert re.search('data-decision="(Link|Refuse)"', page.html)


def test_a_number_that_awaits_review_is_assessed_as_it_is_stored(tmp_path: Path) -> None:
    app = portal()
    state = state_of(app)
    state.accounts.carry_out(Create(), BY_ECPA)
    owner = state.accounts.owner_of(BY_ECPA.issuer, BY_ECPA.subject)
    assert owner is not None
    changed = replace(BY_ECPA, national_id=None, name=None)
    report = trial_sign_in._report(state, changed, SignIn(owner.id, Change.REVIEW))
    assert report is not None
    assert {reason.code for one in report.values() for reason in one.reasons} == {"national_id_under_review"}
    assert trial_sign_in._report(state, BY_MYEGOV, Refuse(Refusal.NOT_VERIFIED)) is None


def test_every_decision_has_words() -> None:
    assert [str(one) for one in _decision(Refuse(Refusal.NOT_VERIFIED))] == [
        "Refuse the sign-in:",
        "You already have an account",
    ]
    assert len(_decision(SignIn("1", Change.REVIEW))) == 2
    assert len(_decision(SignIn("1", Change.DISPUTE))) == 2
    assert len(_decision(SignIn("1", takes_from="2"))) == 2
    assert len(_decision(Create(takes_from="2"))) == 2


# --- the link ---


def test_a_link_is_good_once(app: Flask) -> None:
    url = link(app, "google")
    first, second = (Learner.at(app) for _ in range(2))
    page = second.get(url)
    assert leave(first, url).startswith("http://127.0.0.1:")
    assert code(second.press(page)) == ["already_used"]


def test_who_only_opens_a_link_does_not_use_it_up(app: Flask) -> None:
    """What scans a mail for harm opens its links, by HEAD or by GET, and sends a form with no token of a session."""
    url = link(app, "google")
    assert app.test_client().head(url.removeprefix("http://127.0.0.1:5000")).status_code == 405
    scanner = Learner.at(app)
    assert [scanner.get(url).status_code for _ in range(3)] == [200] * 3
    assert code(scanner.post(url.removeprefix("http://127.0.0.1:5000"), {})) == ["expired"]
    assert leave(Learner.at(app), url).startswith("http://127.0.0.1:")


def test_the_link_of_a_mail_is_opened_in_a_real_browser_whichever_site_led_there(app: Flask) -> None:
    url, learner = link(app, "google"), Learner.at(app)
    page = Sheet(learner.get(url, headers={"Sec-Fetch-Site": "cross-site"}))
    assert (page.h1, len(page.all("form", method="post"))) == ("測試登入：Google", 1)
    assert page.response.headers["Cache-Control"] == "no-store"


def test_a_link_is_good_for_ten_minutes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    url = link(app, "google")
    monkeypatch.setattr(trial_sign_in, "LINK", Sealed("try", -1))
    assert code(Learner.at(app).get(url)) == ["expired"]


@pytest.mark.parametrize("change", ["?", "?key=", "?key=nonsense"])
def test_without_the_commands_key_there_is_no_test_sign_in(app: Flask, change: str) -> None:
    assert code(Learner.at(app).get(f"/first-login/sign-in/google/try{change}")) == ["expired"]


def test_a_key_is_good_for_its_provider_and_its_purpose_alone(app: Flask) -> None:
    with app.app_context():
        state = state_of()
        key, other = (
            trial_sign_in.new_key("google"),
            state.seal("transaction").seal({"provider": "google", "id": "1"}),
        )
    assert code(Learner.at(app).get(f"/first-login/sign-in/facebook/try?key={key}")) == ["expired"]
    assert code(Learner.at(app).get(f"/first-login/sign-in/google/try?key={other}")) == ["expired"]


def test_a_provider_that_is_not_here_is_refused(app: Flask) -> None:
    result = run(app, "gogle")
    assert result.exit_code == 2
    assert "'gogle' is not one of this portal's: myegov, google, ecpa, facebook, apple." in result.output


@pytest.mark.parametrize(
    ("settings", "options", "start"),
    [
        ({}, (), "http://127.0.0.1:5000/first-login/sign-in/google/try?key="),
        ({}, ("--url", "http://localhost:8000"), "http://localhost:8000/first-login/sign-in/google/try?key="),
        ({"external_url": "https://learn.example.gov.tw"}, (), "https://learn.example.gov.tw/first-login/"),
    ],
)
def test_the_link_begins_where_learners_reach_the_portal(
    sandbox_url: str, settings: Mapping[str, Any], options: tuple[str, ...], start: str
) -> None:
    assert link(portal(sandbox.settings(sandbox_url), **settings), "google", *options).startswith(start)


@pytest.mark.parametrize("url", ["https://learn.example.gov.tw", "http://127.0.0.1:5000/", "localhost"])
def test_a_link_to_elsewhere_is_not_made(app: Flask, url: str) -> None:
    assert run(app, "google", "--url", url).exit_code == 2


def test_one_command_and_one_server_of_two_processes_agree_by_the_shared_store(
    sandbox_url: str, tmp_path: Path
) -> None:
    here: dict[str, Any] = {"FIRST_LOGIN_PROVIDERS": sandbox.settings(sandbox_url), "TRUSTED_HOSTS": None}
    first, second = (healthy(path=tmp_path / "a.db", **here) for _ in range(2))
    url = link(first, "google")
    learner = Learner.at(first)
    page = learner.get(url)
    assert leave(Learner.at(second), url).startswith("http")
    assert code(learner.press(page)) == ["already_used"]


# --- what stands for a value ---


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (True, "true"),
        (None, "none"),
        ("A123456789", "A******** (10 characters)"),
        ("王小明", "*** (3 characters)"),
        ("", " (0 characters)"),
        (1790000000, "a number of 10 digits"),
        (["pwd", "otp"], "a list of 2"),
        ({"city": "Taipei"}, "a mapping of 1"),
        (datetime.now(UTC) - timedelta(1), "datetime"),
    ],
)
def test_a_value_is_told_by_its_form_alone(value: object, shown: str) -> None:
    assert str(masked(value)) == shown
