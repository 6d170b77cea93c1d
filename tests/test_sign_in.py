"""One sign-in over real HTTP: a provider in its own process, signed tokens, and every way it can go wrong."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from flask import Flask, session
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, current_vault, hours_assessed, sandbox, sign_in_failed, signed_in
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from internals import FAILURES, http_client
from support.host_portal import fields_of
from support.learner import Learner, leads_to

Plant = Callable[[str, str | None], None]
IDS = ("A123456789", "A200000003", "A223456781", "I100000003", "W100000001")
SOCIAL_WARNING = "因無法識別身分，證書不會有身分證字號，時數亦不會上傳，且學習紀錄無法與我的e政府帳號進行合併"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "accounts.db"


@pytest.fixture
def app(sandbox_url: str, database: Path) -> Iterator[Flask]:
    engine = create_engine(f"sqlite:///{database}", hide_parameters=True)
    create_tables(engine)
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="a-secret-of-this-test-and-no-other",
        FIRST_LOGIN_PROVIDERS=sandbox.settings(sandbox_url),
        FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
        FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
    )
    FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), current_vault))
    yield app
    engine.dispose()


@pytest.fixture
def learner(app: Flask) -> Learner:
    return Learner.at(app)


@pytest.fixture
def fault(sandbox_url: str) -> Iterator[Plant]:
    touched: list[str] = []

    def plant(name: str, fault: str | None) -> None:
        touched.append(name)
        requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": fault}, timeout=5).raise_for_status()

    yield plant
    for name in touched:
        requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": None}, timeout=5).raise_for_status()


def accept(learner: Learner, response: TestResponse) -> TestResponse:
    """Accept what a social identity costs, on the page that says it."""
    fields = fields_of(learner.follow(response), "csrf_token", "waiting", "version")
    return learner.post("/first-login/acknowledge", {**fields, "acknowledged": "y"})


def verdicts(html: str) -> dict[str, str]:
    """Each authority's verdict as the page marks it."""
    return dict(re.findall(r'data-authority="([a-z]+)" data-verdict="([a-z_]+)"', html))


def words(html: str) -> str:
    """What a page says, without its markup and its blanks."""
    return re.sub(r"<[^>]*>|\s", "", html)


# --- every persona, end to end ---


def test_a_verified_citizen_earns_environmental_and_teacher_hours_but_no_lifelong_ones(learner: Learner) -> None:
    page = learner.follow(learner.sign_in("myegov", "verified_citizen")).get_data(as_text=True)
    assert verdicts(page) == {"lifelong": "not_applicable", "environmental": "uploadable", "teacher": "uploadable"}
    assert 'data-reason="not_civil_servant"' in page
    assert "A12345****" in page


def test_a_citizen_who_declared_the_id_earns_the_same_hours(learner: Learner) -> None:
    page = learner.follow(learner.sign_in("myegov", "declared_citizen")).get_data(as_text=True)
    assert verdicts(page) == {"lifelong": "not_applicable", "environmental": "uploadable", "teacher": "uploadable"}


@pytest.mark.parametrize("provider_name", ["myegov", "ecpa"])
def test_a_civil_servant_earns_all_hours(learner: Learner, provider_name: str) -> None:
    page = learner.follow(learner.sign_in(provider_name, "civil_servant")).get_data(as_text=True)
    assert set(verdicts(page).values()) == {"uploadable"}


def test_a_teacher_with_a_general_account_earns_teacher_hours(learner: Learner) -> None:
    page = learner.follow(learner.sign_in("myegov", "teacher")).get_data(as_text=True)
    assert verdicts(page)["teacher"] == "uploadable"


def test_a_citizen_without_id_is_held_and_told_both_remedies(learner: Learner) -> None:
    page = learner.follow(learner.sign_in("myegov", "citizen_without_id")).get_data(as_text=True)
    assert verdicts(page) == {"environmental": "held", "teacher": "held", "lifelong": "not_applicable"}
    assert page.count('data-reason="no_national_id"') == 1  # and for lifelong learning nothing is missing
    assert "上傳自然人憑證" in words(page)
    assert "填寫完整姓名跟身分證字號" in words(page)


@pytest.mark.parametrize("persona", ["social_user", "social_user_with_id"])
def test_a_social_learner_is_refused_with_the_canonical_warning_even_when_an_id_is_sent(
    learner: Learner, persona: str
) -> None:
    response = learner.sign_in("google", persona)
    assert response.headers["Location"] == "/first-login/acknowledge"
    page = learner.follow(accept(learner, response)).get_data(as_text=True)
    assert verdicts(page) == dict.fromkeys(["lifelong", "environmental", "teacher"], "refused")
    assert page.count('data-reason="social_identity"') == 1  # what holds of all three is said once
    assert SOCIAL_WARNING in words(page)


def test_a_social_learner_has_no_account_before_accepting_what_it_costs(app: Flask, learner: Learner) -> None:
    learner.sign_in("google", "social_user")
    assert learner.get("/first-login/outcome").headers["Location"] == "/first-login/login"
    refused = learner.get("/first-login/acknowledge").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', refused)
    assert token is not None
    page = learner.post("/first-login/acknowledge", {"csrf_token": token[1]})
    assert page.status_code == 200
    assert page.get_data(as_text=True).count('id="error-summary"') == 1
    assert learner.get("/first-login/outcome").status_code == 303


def test_the_acknowledgement_needs_the_token_of_its_form(learner: Learner) -> None:
    learner.sign_in("google", "social_user")
    learner.get("/first-login/acknowledge")
    learner.post("/first-login/acknowledge", {"acknowledged": "y"})
    assert learner.get("/first-login/outcome").status_code == 303


def test_a_learner_who_cancels_gets_a_kind_page_and_the_wizard_again(learner: Learner) -> None:
    response = learner.sign_in("myegov", "cancels")
    page = response.get_data(as_text=True)
    assert response.status_code == 400
    assert "您取消了我的e政府登入" in words(page)
    assert 'href="/first-login/"' in page
    assert learner.follow(learner.sign_in("myegov", "teacher")).status_code == 200


def test_the_second_sign_in_goes_straight_to_the_page_that_was_asked_for(app: Flask) -> None:
    Learner.at(app).sign_in("myegov", "civil_servant")
    again = Learner.at(app).sign_in("myegov", "civil_servant", "?next=/courses/3")
    assert again.headers["Location"] == "/courses/3"


def test_a_general_account_of_someone_who_said_civil_servant_is_explained(learner: Learner) -> None:
    response = learner.sign_in("myegov", "verified_citizen", "?identity=civil-servant&account=egov")
    page = learner.follow(response).get_data(as_text=True)
    assert "您選擇的身分別為公務人員，但您使用的是一般民眾帳號" in words(page)
    assert "2~5分鐘" in words(page)


def test_the_same_person_at_both_government_providers_has_one_account(app: Flask) -> None:
    told: list[tuple[str, bool]] = []

    def note(sender: Flask, account: str, provider: str, first: bool) -> None:
        told.append((account, first))

    with signed_in.connected_to(note, app):
        Learner.at(app).sign_in("ecpa", "civil_servant")
        Learner.at(app).sign_in("myegov", "civil_servant")
    assert [first for _, first in told] == [True, False]
    assert len({account for account, _ in told}) == 1


def test_a_social_identity_never_joins_the_account_that_is_signed_in(app: Flask, learner: Learner) -> None:
    learner.sign_in("myegov", "verified_citizen")
    response = learner.sign_in("google", "verified_citizen")
    assert response.status_code == 400
    assert 'data-code="social_never_merges"' in response.get_data(as_text=True)


# --- the protocol ---


@pytest.mark.parametrize(("query", "asks"), [("", {}), ("?fresh=1", {"prompt": ["login"], "max_age": ["0"]})])
def test_who_must_prove_themself_anew_is_asked_again_whatever_session_the_provider_has(
    learner: Learner, query: str, asks: dict[str, list[str]]
) -> None:
    sent = parse_qs(urlsplit(learner.start("myegov", query)).query)
    assert {name: sent[name] for name in ("prompt", "max_age") if name in sent} == asks


def test_the_authorization_request_carries_state_nonce_and_an_s256_challenge_all_fresh(learner: Learner) -> None:
    one, other = (parse_qs(urlsplit(learner.start("google")).query) for _ in range(2))
    assert one["response_type"] == ["code"]
    assert one["code_challenge_method"] == ["S256"]
    assert all(len(one[name][0]) >= 22 and one[name] != other[name] for name in ("state", "nonce", "code_challenge"))


@pytest.mark.parametrize(
    ("fault_name", "code"),
    [
        ("wrong_nonce", "id_token_invalid"),
        ("wrong_audience", "id_token_invalid"),
        ("foreign_azp", "id_token_invalid"),
        ("wrong_issuer", "id_token_invalid"),
        ("expired", "id_token_invalid"),
        ("issued_in_future", "id_token_invalid"),
        ("missing_sub", "id_token_invalid"),
        ("missing_exp", "id_token_invalid"),
        ("wrong_at_hash", "id_token_invalid"),
        ("alg_none", "id_token_invalid"),
        ("hs256_with_public_key", "id_token_invalid"),
        ("unknown_kid", "id_token_invalid"),
        ("bad_signature", "id_token_invalid"),
        ("no_id_token", "id_token_missing"),
        ("userinfo_other_subject", "userinfo_mismatch"),
        ("wrong_iss_parameter", "wrong_issuer"),
        ("no_state", "unknown_sign_in"),
        ("token_error", "code_refused"),
        ("token_500", "provider_down"),
        ("not_json", "provider_error"),
        ("huge_answer", "provider_error"),
        ("redirecting_token", "provider_error"),
    ],
)
def test_an_answer_that_is_not_right_is_refused_and_the_next_honest_sign_in_works(
    app: Flask, learner: Learner, fault: Plant, fault_name: str, code: str
) -> None:
    fault("myegov", fault_name)
    response = learner.sign_in("myegov", "teacher")
    assert f'data-code="{code}"' in response.get_data(as_text=True)
    assert response.status_code == FAILURES[code].status
    assert learner.get("/first-login/outcome").status_code == 303
    fault("myegov", None)
    assert learner.follow(learner.sign_in("myegov", "teacher")).status_code == 200


@pytest.mark.parametrize("fault_name", ["no_kid", "rotated_key"])
def test_what_the_standard_allows_is_accepted(learner: Learner, fault: Plant, fault_name: str) -> None:
    learner.sign_in("myegov", "teacher")
    fault("myegov", fault_name)
    assert learner.follow(learner.sign_in("myegov", "teacher", "?identity=public")).status_code == 200


@pytest.fixture
def early_deadline(monkeypatch: pytest.MonkeyPatch) -> float:
    """A deadline of every call of the app to come, in seconds; the one that apps have is 8."""
    rules = http_client.Wire.__init__.__kwdefaults__
    assert rules is not None
    assert rules["deadline"] == 8
    monkeypatch.setitem(rules, "deadline", 1.5)
    return 1.5


def test_a_provider_that_drips_is_given_up_at_the_deadline(
    early_deadline: float, learner: Learner, fault: Plant
) -> None:
    fault("myegov", "slow")
    began = time.monotonic()
    assert 'data-code="provider_down"' in learner.sign_in("myegov", "teacher").get_data(as_text=True)
    assert early_deadline <= time.monotonic() - began < 8


def test_metadata_for_another_issuer_is_refused_and_not_kept(app: Flask, learner: Learner, fault: Plant) -> None:
    fault("google", "discovery_wrong_issuer")
    response = learner.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "same-origin"})
    assert response.status_code == 502
    fault("google", None)
    assert learner.start("google").startswith("http://127.0.0.1:")


# --- the browser ---


def test_an_answer_is_good_once(app: Flask, learner: Learner) -> None:
    url = learner.answer(learner.start("myegov"), "teacher")
    twin = Learner.at(app)  # the same browser, with the cookies that it had before the answer came
    for name, value in learner.cookies().items():
        twin.client.set_cookie(name, value)
    assert learner.get(url).headers["Location"] == "/first-login/outcome?new=1"
    again = twin.get(url)
    assert (again.status_code, urlsplit(again.headers["Location"]).path) == (303, "/myegov/authorize")
    assert twin.get("/first-login/outcome").headers["Location"] == "/first-login/login"


def test_an_answer_for_another_browser_is_refused_and_leaves_that_sign_in_alone(app: Flask, learner: Learner) -> None:
    url = learner.answer(learner.start("myegov"), "teacher")
    stranger = Learner.at(app)
    assert 'data-code="unknown_sign_in"' in stranger.get(url).get_data(as_text=True)
    assert learner.follow(learner.get(url)).status_code == 200


def test_an_answer_for_another_provider_is_refused(learner: Learner) -> None:
    url = learner.answer(learner.start("myegov"), "teacher")
    response = learner.get(url.replace("/myegov/", "/google/"))
    assert 'data-code="unknown_sign_in"' in response.get_data(as_text=True)


@pytest.mark.parametrize("parameter", ["state", "code", "iss", "error"])
def test_a_repeated_parameter_is_refused(learner: Learner, parameter: str) -> None:
    url = learner.answer(learner.start("myegov"), "teacher")
    response = learner.get(f"{url}&{parameter}=x&{parameter}=y")
    assert 'data-code="bad_request"' in response.get_data(as_text=True)


def test_an_answer_without_the_issuer_that_the_provider_promises_is_refused(learner: Learner) -> None:
    url = re.sub(r"&iss=[^&]*", "", learner.answer(learner.start("myegov"), "teacher"))
    assert 'data-code="wrong_issuer"' in learner.get(url).get_data(as_text=True)


def test_a_sealed_cookie_that_was_changed_is_refused(learner: Learner) -> None:
    url = learner.answer(learner.start("myegov"), "teacher")
    name, value = next((name, value) for name, value in learner.cookies().items() if name.startswith("fl-tx-"))
    learner.client.set_cookie(name, value[:-4] + "AAA=")
    assert 'data-code="expired"' in learner.get(url).get_data(as_text=True)


def test_five_sign_ins_run_side_by_side_and_a_sixth_makes_the_oldest_go(app: Flask, learner: Learner) -> None:
    urls = [learner.answer(learner.start("myegov"), "teacher") for _ in range(5)]
    for url in urls:
        assert learner.get(url).status_code == 303


def test_two_hundred_abandoned_starts_leave_little_in_the_browser(learner: Learner) -> None:
    for _ in range(200):
        learner.start("google")
    held = learner.cookies()
    assert len(held) <= 5
    assert sum(len(name) + len(value) for name, value in held.items()) < 4096
    assert learner.sign_in("google", "social_user").status_code == 303


@pytest.mark.parametrize(("what", "begun"), [("document", 1), ("image", 0), ("iframe", 0), ("empty", 0)])
def test_what_a_page_of_this_site_loads_begins_no_sign_in(learner: Learner, what: str, begun: int) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": what}
    response = learner.get("/first-login/sign-in/google", headers=headers)
    assert (response.status_code, len(learner.cookies().keys() - {"session"})) == (303 if begun else 200, begun)


@pytest.mark.parametrize("site", ["cross-site", "same-site", None])
def test_a_start_that_another_site_caused_gets_a_page_with_one_button(learner: Learner, site: str | None) -> None:
    headers = {"Sec-Fetch-Site": site} if site else {}
    response = learner.get("/first-login/sign-in/google", headers=headers)
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert page.count('method="post"') == 1
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    assert learner.post("/first-login/sign-in/google", {}).status_code == 400
    assert leads_to(learner.post("/first-login/sign-in/google", {"csrf_token": token[1]})).startswith("http")


def test_a_host_header_never_chooses_where_the_code_is_sent(learner: Learner) -> None:
    response = learner.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "none", "Host": "evil.example"})
    assert response.status_code == 503
    assert 'data-code="not_available"' in response.get_data(as_text=True)


def test_the_session_of_before_does_not_survive_the_sign_in(app: Flask, learner: Learner) -> None:
    @app.get("/plant")
    def plant() -> str:
        session["planted"] = "by an attacker"
        return "planted"

    @app.get("/planted")
    def planted() -> str:
        return str(session.get("planted"))

    learner.get("/plant")
    learner.start("myegov")
    assert learner.get("/planted").get_data(as_text=True) == "by an attacker"
    learner.sign_in("myegov", "teacher")
    assert learner.get("/planted").get_data(as_text=True) == "None"


# --- what is told, and what is never said ---


def test_a_failure_says_the_same_support_code_on_the_page_in_the_log_and_in_the_signal(
    app: Flask, learner: Learner, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []

    def note(sender: Flask, provider: str, code: str, support_code: str) -> None:
        told.append(support_code)

    with sign_in_failed.connected_to(note, app), caplog.at_level(logging.WARNING):
        page = learner.sign_in("myegov", "cancels").get_data(as_text=True)
    assert f"support_code={told[0]}" in caplog.text
    assert told[0] in page


def test_a_receiver_that_fails_changes_nothing(app: Flask, learner: Learner) -> None:
    def break_down(sender: Flask, **facts: object) -> None:
        raise RuntimeError("a receiver of the host")

    with signed_in.connected_to(break_down, app), hours_assessed.connected_to(break_down, app):
        assert learner.follow(learner.sign_in("myegov", "teacher")).status_code == 200


def test_no_national_id_is_seen_anywhere_outside_the_sealed_store(
    app: Flask, database: Path, caplog: pytest.LogCaptureFixture
) -> None:
    signals: list[str] = []
    tell = [signed_in, hours_assessed, sign_in_failed]

    def note(sender: Flask, **facts: object) -> None:
        signals.append(repr(facts))

    for signal in tell:
        signal.connect(note, app)
    seen: list[str] = []
    with caplog.at_level(logging.DEBUG):
        for provider_name, persona in [
            ("myegov", "verified_citizen"),
            ("myegov", "declared_citizen"),
            ("myegov", "civil_servant"),
            ("ecpa", "civil_servant"),
            ("myegov", "teacher"),
            ("google", "social_user_with_id"),
            ("myegov", "cancels"),
        ]:
            learner = Learner.at(app)
            response = learner.sign_in(provider_name, persona)
            seen += [*learner.cookies().values()]
            if response.status_code == 303:
                learner.follow(response)
                learner.get("/first-login/hours")
            seen += [*learner.seen, *learner.bodies, *learner.cookies().values()]
    for signal in tell:
        signal.disconnect(note, app)
    stored = b"".join(path.read_bytes() for path in database.parent.glob("accounts.db*"))
    everything = "\n".join([*seen, caplog.text, *signals])
    assert len(signals) >= 10
    assert "A12345****" in everything
    assert [number for number in IDS if number in everything] == []
    assert [number for number in IDS if number.encode() in stored] == []
