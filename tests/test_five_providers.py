"""Every provider in the protocol it really speaks, and one that exists in configuration only: one suite for all."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.fernet import Fernet
from flask import Flask, session
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, current_vault, identity_revoked, sandbox
from flask_first_login.accounts.sqlalchemy import SQLAlchemyAccounts
from flask_first_login.accounts.tables import create_tables
from internals import PERSONAS, is_embedded, signed_request
from support.host_portal import fields_of
from support.learner import Answer, Learner, leads_to

Plant = Callable[[str, str | None], None]

#: Each way in: the provider's name here, its name at the sandbox, and a persona it knows.
GOVERNMENT = {
    "ecpa": ("ecpa", "civil_servant"),
    "myegov": ("myegov", "civil_servant"),
    "myegov by ticket": ("myegov-ticket", "civil_servant"),
    "tanet": ("myegov", "civil_servant"),
}
SOCIAL = {
    "google": ("google", "social_user"),
    "facebook": ("facebook", "social_user"),
    "apple": ("apple", "social_user"),
}
ALL = GOVERNMENT | SOCIAL
IDS = ("A123456789", "A200000003", "A223456781", "I100000003", "W100000001")


@pytest.fixture
def make_app(sandbox_url: str, tmp_path: Path) -> Iterator[Callable[[str], Flask]]:
    engine = create_engine(f"sqlite:///{tmp_path / 'accounts.db'}", hide_parameters=True)
    create_tables(engine)

    def make(way: str) -> Flask:
        settings: dict[str, object] = {
            **sandbox.settings(sandbox_url, myegov="ticket" if way == "myegov by ticket" else "oidc")
        }
        settings["tanet"] = {
            **sandbox.settings(sandbox_url)["myegov"],
            "standing": "government",
            "title": {"en": "Education account", "zh": "教育雲端帳號"},
            "claims": {"name": "cn", "verified": "uid_verified", "kind": "account_type"},
            "kinds": {"official": "civil_servant", "general": "general"},
        }
        app = Flask(__name__)
        app.config.update(
            SECRET_KEY="a-secret-of-this-test-and-no-other",
            SESSION_COOKIE_SAMESITE="Lax",
            FIRST_LOGIN_PROVIDERS=settings,
            FIRST_LOGIN_NATIONAL_ID_KEYS=[Fernet.generate_key().decode()],
            FIRST_LOGIN_NATIONAL_ID_INDEX_KEY=Fernet.generate_key().decode(),
        )
        FirstLogin(app, accounts=SQLAlchemyAccounts(sessionmaker(engine), current_vault))
        return app

    yield make
    engine.dispose()


@pytest.fixture
def fault(sandbox_url: str) -> Iterator[Plant]:
    touched: list[str] = []

    def plant(name: str, fault: str | None) -> None:
        touched.append(name)
        requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": fault}, timeout=5).raise_for_status()

    yield plant
    for name in touched:
        requests.post(f"{sandbox_url}/{name}/_fault", json={"fault": None}, timeout=5).raise_for_status()


def name_of(way: str) -> str:
    return way.split()[0]


def accept(learner: Learner, response: TestResponse) -> TestResponse:
    """Accept what a social identity costs, on the page that says it."""
    fields = fields_of(learner.follow(response), "csrf_token", "waiting", "version")
    return learner.post("/first-login/acknowledge", {**fields, "acknowledged": "y"})


def verdicts(html: str) -> set[str]:
    return set(re.findall(r'data-verdict="([a-z]+)"', html))


# --- first and second time ---


@pytest.mark.parametrize("way", GOVERNMENT)
def test_a_civil_servant_signs_in_and_earns_all_hours(make_app: Callable[[str], Flask], way: str) -> None:
    learner = Learner.at(make_app(way))
    page = learner.follow(learner.sign_in(name_of(way), GOVERNMENT[way][1])).get_data(as_text=True)
    assert verdicts(page) == {"uploadable"}


@pytest.mark.parametrize("way", SOCIAL)
def test_a_social_learner_signs_in_once_the_cost_is_accepted_and_earns_none(
    make_app: Callable[[str], Flask], way: str
) -> None:
    learner = Learner.at(make_app(way))
    page = learner.follow(accept(learner, learner.sign_in(way, SOCIAL[way][1]))).get_data(as_text=True)
    assert verdicts(page) == {"refused"}


@pytest.mark.parametrize("way", GOVERNMENT)
def test_the_second_time_leads_straight_on(make_app: Callable[[str], Flask], way: str) -> None:
    app = make_app(way)
    Learner.at(app).sign_in(name_of(way), GOVERNMENT[way][1])
    again = Learner.at(app).sign_in(name_of(way), GOVERNMENT[way][1], "?next=/courses/7")
    assert again.headers["Location"] == "/courses/7"


@pytest.mark.parametrize("way", SOCIAL)
def test_the_second_time_asks_a_social_learner_nothing(make_app: Callable[[str], Flask], way: str) -> None:
    app = make_app(way)
    first = Learner.at(app)
    accept(first, first.sign_in(way, SOCIAL[way][1]))
    again = Learner.at(app).sign_in(way, SOCIAL[way][1])
    assert again.headers["Location"].startswith("/first-login/outcome")


@pytest.mark.parametrize("way", ["myegov", "tanet", *SOCIAL])
def test_whoever_cancels_gets_a_kind_page(make_app: Callable[[str], Flask], way: str) -> None:
    response = Learner.at(make_app(way)).sign_in(way, "cancels")
    assert response.status_code == 400
    assert 'data-code="cancelled"' in response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("way", "helps"), [("myegov", ["/first-login/public/certificate/egov-register", None]), ("google", None)]
)
def test_a_document_tells_who_cancelled_what_may_have_stopped_them(
    make_app: Callable[[str], Flask], way: str, helps: list[str | None] | None
) -> None:
    learner = Learner.at(make_app(way))
    url = learner.answer(learner.start(way), "cancels")
    problem = learner.get(url, headers={"Accept": "application/json"}).get_json()
    assert problem["code"] == "cancelled"
    told = problem.get("obstacles")
    assert (told and [obstacle["url"] for obstacle in told]) == helps
    assert all(obstacle["text"] and obstacle["label"] for obstacle in told or [])


@pytest.mark.parametrize("way", ["ecpa", "myegov by ticket"])
def test_whoever_goes_back_from_a_provider_that_posts_tickets_brings_no_answer(
    make_app: Callable[[str], Flask], way: str
) -> None:
    learner = Learner.at(make_app(way))
    answer = learner.answered(learner.start(name_of(way)), "cancels")
    assert "/callback" not in answer.url


# --- nothing is good twice, or elsewhere ---


@pytest.mark.parametrize("way", ALL)
def test_an_answer_is_good_once(make_app: Callable[[str], Flask], way: str) -> None:
    learner = Learner.at(make_app(way))
    answer = learner.answered(learner.start(name_of(way)), ALL[way][1])
    twin = Learner.at(learner.app)  # the same browser, with the cookies that it had before the answer came
    for name, value in learner.cookies().items():
        twin.client.set_cookie(name, value)
    assert learner.deliver(answer).status_code == 303
    again = twin.deliver(answer)
    assert urlsplit(leads_to(again)).path == urlsplit(learner.seen[1]).path
    assert twin.get("/first-login/outcome").headers["Location"] == "/first-login/login"


@pytest.mark.parametrize("way", ALL)
def test_an_answer_that_is_taken_into_another_sign_in_is_refused(make_app: Callable[[str], Flask], way: str) -> None:
    """Code and ticket injection: what was obtained in one sign-in is put into another one of the same browser."""
    learner = Learner.at(make_app(way))
    stolen = learner.answered(learner.start(name_of(way)), ALL[way][1])
    assert learner.deliver(stolen).status_code == 303
    own = learner.answered(learner.start(name_of(way)), ALL[way][1])
    mixed = replace(own, url=_with_code_of(stolen.url, own.url), fields=_with_fields_of(stolen, own))
    page = learner.deliver(mixed).get_data(as_text=True)
    assert re.search('data-code="(already_used|ticket_reused)"', page)


@pytest.mark.parametrize("way", ALL)
def test_an_answer_for_another_browser_is_refused(make_app: Callable[[str], Flask], way: str) -> None:
    app = make_app(way)
    answer = Learner.at(app).answered(Learner.at(app).start(name_of(way)), ALL[way][1])
    stranger = Learner.at(app)
    assert 'data-code="unknown_sign_in"' in stranger.deliver(answer).get_data(as_text=True)
    assert stranger.get("/first-login/outcome").status_code == 303


def _with_code_of(stolen: str, own: str) -> str:
    code = re.search(r"code=([^&]*)", stolen)
    return re.sub(r"code=[^&]*", f"code={code[1]}", own) if code else own


def _with_fields_of(stolen: Answer, own: Answer) -> dict[str, str] | None:
    if stolen.fields is None or own.fields is None:
        return None
    return {**stolen.fields, **{key: value for key, value in own.fields.items() if key == "state"}}


# --- what is posted ---


@pytest.mark.parametrize("way", ["ecpa", "myegov by ticket", "apple"])
def test_a_posted_answer_leaves_the_hosts_lax_session_as_it_was_and_nothing_personal_in_a_url(
    make_app: Callable[[str], Flask], way: str
) -> None:
    app = make_app(way)

    @app.get("/keep")
    def keep() -> str:
        session["basket"] = "kept"
        return "kept"

    @app.get("/kept")
    def kept() -> str:
        return str(session.get("basket"))

    learner = Learner.at(app)
    learner.get("/keep")
    answer = learner.answered(learner.start(name_of(way)), ALL[way][1])
    assert answer.fields is not None
    bridged = app.test_client().post(answer.url.split("/", 3)[-1].join(["/", ""]), data=answer.fields)
    assert bridged.status_code == 303
    assert "session=" not in " ".join(bridged.headers.getlist("Set-Cookie"))
    personal = [value for value in answer.fields.values() if len(value) > 8]
    assert personal != []
    assert [value for value in personal if value in bridged.headers["Location"]] == []
    assert learner.get("/kept").get_data(as_text=True) == "kept"
    assert learner.deliver(answer).status_code == 303


@pytest.mark.parametrize("way", ["google", "facebook", "myegov"])
def test_a_provider_that_redirects_is_not_answered_by_post(make_app: Callable[[str], Flask], way: str) -> None:
    learner = Learner.at(make_app(way))
    answer = learner.answered(learner.start(way), ALL[way][1])
    assert learner.post(answer.url, {}).status_code == 405


@pytest.mark.parametrize("way", ["ecpa", "apple", "myegov by ticket"])
def test_a_provider_that_posts_is_not_answered_by_get(make_app: Callable[[str], Flask], way: str) -> None:
    learner = Learner.at(make_app(way))
    answer = learner.answered(learner.start(name_of(way)), ALL[way][1])
    assert learner.get(answer.url).status_code == 405


# --- each provider's own ways ---


@pytest.mark.parametrize(
    ("way", "at", "fault_name", "code"),
    [
        ("ecpa", "ecpa", "forged_ticket", "ticket_refused"),
        ("ecpa", "ecpa", "stale_ticket", "expired"),
        ("ecpa", "ecpa", "missing_field", "bad_request"),
        ("myegov by ticket", "myegov-ticket", "token_reused", "ticket_refused"),
        ("myegov by ticket", "myegov-ticket", "wrong_service", "ticket_refused"),
        ("myegov by ticket", "myegov-ticket", "malformed_xml", "provider_error"),
        ("myegov by ticket", "myegov-ticket", "entity_bomb", "provider_error"),
        ("myegov by ticket", "myegov-ticket", "http_500", "provider_down"),
        ("myegov by ticket", "myegov-ticket", "huge_answer", "provider_error"),
        ("facebook", "facebook", "graph_error_in_200", "provider_error"),
        ("facebook", "facebook", "no_id", "provider_error"),
        ("facebook", "facebook", "token_error", "code_refused"),
        ("facebook", "facebook", "not_json", "provider_error"),
        ("facebook", "facebook", "huge_answer", "provider_error"),
        ("apple", "apple", "wrong_nonce", "id_token_invalid"),
        ("apple", "apple", "client_refused", "code_refused"),
        ("apple", "apple", "no_id_token", "id_token_missing"),
        ("google", "google", "wrong_audience", "id_token_invalid"),
    ],
)
def test_a_provider_that_errs_is_refused_with_its_code_and_the_next_honest_sign_in_works(
    make_app: Callable[[str], Flask], fault: Plant, way: str, at: str, fault_name: str, code: str
) -> None:
    learner = Learner.at(make_app(way))
    fault(at, fault_name)
    response = learner.sign_in(name_of(way), ALL[way][1])
    assert f'data-code="{code}"' in response.get_data(as_text=True)
    fault(at, None)
    assert learner.sign_in(name_of(way), ALL[way][1]).status_code == 303


def test_apple_tells_the_name_once_and_it_is_kept(make_app: Callable[[str], Flask], fault: Plant) -> None:
    app = make_app("apple")
    fault("apple", None)
    learner = Learner.at(app)
    first = learner.answered(learner.start("apple"), "social_user")
    assert first.fields is not None
    told = json.loads(first.fields["user"])["name"]
    accept(learner, learner.deliver(first))
    again = Learner.at(app)
    second = again.answered(again.start("apple"), "social_user")
    assert second.fields is not None
    assert "user" not in second.fields
    again.deliver(second)
    assert f"{told['lastName']}{told['firstName']}" in again.get("/first-login/hours").get_data(as_text=True)


def test_a_stronger_sign_in_at_myegov_verifies_who_had_only_declared(make_app: Callable[[str], Flask]) -> None:
    learner = Learner.at(make_app("myegov by ticket"))
    declared = learner.follow(learner.sign_in("myegov", "declared_citizen"))
    verified = learner.follow(learner.sign_in("myegov", "declared_citizen", "?step_up=1&identity=public"))
    assert "step_up=1" in declared.text
    assert "step_up=1" not in verified.text


@pytest.mark.parametrize(("way", "wish"), [("myegov by ticket", "level=2"), ("myegov", "prompt=login")])
def test_a_learner_whose_id_is_not_verified_is_sent_from_the_outcome_to_a_stronger_sign_in(
    make_app: Callable[[str], Flask], way: str, wish: str
) -> None:
    learner = Learner.at(make_app(way))
    page = learner.follow(learner.sign_in("myegov", "declared_citizen")).get_data(as_text=True)
    offered = re.search(r'href="([^"]*step_up=1[^"]*)"', page)
    assert offered is not None
    sent_to = learner.get(offered[1].replace("&amp;", "&"), headers={"Sec-Fetch-Site": "same-origin"})
    assert wish in sent_to.headers["Location"]


def test_a_stronger_sign_in_that_did_not_happen_is_refused(make_app: Callable[[str], Flask]) -> None:
    learner = Learner.at(make_app("myegov"))
    response = learner.sign_in("myegov", "declared_citizen", "?step_up=1")
    assert 'data-code="step_up_not_met"' in response.get_data(as_text=True)


@pytest.mark.parametrize("browser", ["Line/14.1.0", "FBAN/FBIOS;FBAV/450.0", "Instagram 300.0", "Version/4.0; wv)"])
def test_a_browser_inside_another_app_is_told_how_to_open_a_real_one(
    make_app: Callable[[str], Flask], browser: str
) -> None:
    learner = Learner.at(make_app("google"))
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": f"Mozilla/5.0 {browser}"}
    assert 'data-code="in_app_browser"' in learner.get("/first-login/sign-in/google", headers=headers).text
    assert learner.get("/first-login/sign-in/myegov", headers=headers).status_code == 303


def test_facebook_may_say_that_a_person_left_or_wants_to_be_forgotten(make_app: Callable[[str], Flask]) -> None:
    app = make_app("facebook")
    learner = Learner.at(app)
    accept(learner, learner.sign_in("facebook", "social_user"))
    told: list[tuple[bool, bool]] = []

    def note(sender: Flask, provider: str, account: str | None, deletion: bool, confirmation_code: str) -> None:
        told.append((account is not None, deletion))

    request = signed_request(next(one for one in PERSONAS if one.key == "social_user"))
    with identity_revoked.connected_to(note, app):
        stranger = Learner.at(app)
        left = stranger.post("/first-login/sign-in/facebook/deauthorise", {"signed_request": request})
        answer = stranger.post("/first-login/sign-in/facebook/data-deletion", {"signed_request": request})
        forged = stranger.post("/first-login/sign-in/facebook/data-deletion", {"signed_request": f"x{request}"})
    assert (left.status_code, forged.status_code) == (204, 400)
    assert told == [(True, False), (True, True)]
    assert stranger.get(answer.get_json()["url"]).status_code == 200


def test_facebook_is_told_no_address_that_a_host_header_chose(make_app: Callable[[str], Flask]) -> None:
    app = make_app("facebook")
    request = {"signed_request": signed_request(next(one for one in PERSONAS if one.key == "social_user"))}
    url = "/first-login/sign-in/facebook/data-deletion"
    answer = app.test_client().post(url, data=request, headers={"Host": "attacker.example"})
    assert answer.status_code == 200
    assert answer.get_json()["url"].startswith(("/first-login/", "http://127.0.0.1"))
    assert "attacker" not in answer.text


@pytest.mark.parametrize("way", ALL)
def test_no_national_id_is_seen_on_the_way(
    make_app: Callable[[str], Flask], tmp_path: Path, caplog: pytest.LogCaptureFixture, way: str
) -> None:
    learner = Learner.at(make_app(way))
    with caplog.at_level("DEBUG"):
        learner.follow(learner.sign_in(name_of(way), ALL[way][1]))
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    everything = "\n".join([*learner.seen, *learner.bodies, *learner.cookies().values(), caplog.text])
    assert [number for number in IDS if number in everything or number.encode() in stored] == []


# --- one door ---


SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) {}"


@pytest.mark.parametrize(
    ("browser", "status"),
    [
        ("Mobile/15E148", 400),
        ("Mobile/15E148 Safari Line/14.1.0", 400),
        ("Version/18.1 Mobile/15E148 Safari/604.1", 303),
        ("CriOS/130.0.0.0 Mobile/15E148 Safari/604.1", 303),
        ("FxiOS/131.0 Mobile/15E148 Safari/604.1", 303),
    ],
)
def test_a_browser_of_an_iphone_is_a_real_one_when_it_calls_itself_safari(
    make_app: Callable[[str], Flask], browser: str, status: int
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": SAFARI.format(browser)}
    learner = Learner.at(make_app("google"))
    assert learner.get("/first-login/sign-in/google", headers=headers).status_code == status


@pytest.mark.parametrize(
    "agent",
    [
        "(iPhone" * 9362,
        "(iPhone Mobile/" * 4369 + " Safari/",
        "(iPhone" + " Mobile/ Safari/" * 4095,
        " Safari/" * 8191 + "(iPhone",
        "; wv" * 16383,
        "(iP" * 21845,
    ],
    ids=lambda agent: agent[:16],
)
def test_a_long_name_of_a_browser_is_read_at_once(make_app: Callable[[str], Flask], agent: str) -> None:
    learner = Learner.at(make_app("google"))
    learner.start("google")
    began = time.perf_counter()
    learner.get("/first-login/sign-in/google", headers={"Sec-Fetch-Site": "same-origin", "User-Agent": agent})
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("agent", "inside"),
    [
        ("", False),
        (SAFARI.format("Mobile/15E148"), True),
        (SAFARI.format("Mobile/15E148 [FBAN/FBIOS;FBAV/450.0;FBBV/1;FBDV/iPhone14,5]"), True),
        (SAFARI.format("Mobile/15E148 Safari/604.1 [FBAN/FBIOS;FBAV/450.0]"), True),
        (SAFARI.format("Version/18.1 Mobile/15E148 Safari/604.1"), False),
        (SAFARI.format("Version/18.1 Safari/604.1"), False),
        (SAFARI.format("Safari/604.1 Mobile/15E148"), False),
        ("Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", True),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/UD1A; wv) Version/4.0 Chrome/120.0 Mobile Safari/537.36", True),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/120.0.0.0 Mobile Safari/537.36", False),
        ("Mozilla/5.0 (Linux; Android 14) MicroMessenger/8.0.44", True),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/120.0.0.0 Safari/537.36 Edg/120.0", False),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.1 Safari/605.1.15", False),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36 Line/14.1.0/IAB", True),
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36 musical_ly_2024 BytedanceWebview/d8a2",
            True,
        ),
        (SAFARI.format("Version/17.4 Mobile/15E148 Safari/604.1 Twitter for iPhone/10.30"), True),
        (SAFARI.format("Version/17.4 Mobile/15E148 Safari/604.1 [LinkedInApp]/9.29"), True),
        (SAFARI.format("Version/17.4 Mobile/15E148 Safari/604.1 KAKAOTALK/10.6.5"), True),
        ("Mozilla/5.0 (Linux; Android 14; K) Chrome/120.0.0.0 Mobile Safari/537.36 SamsungBrowser/25.0", False),
        ("Airline/1.0", False),
        ("LinkedInApp Online/2", False),
    ],
)
def test_a_browser_inside_another_app_is_told_from_a_real_one(agent: str, inside: bool) -> None:
    assert is_embedded(agent) is inside


@pytest.mark.parametrize(("browser", "opens"), [("Line/14.1.0", True), ("FBAN/FBIOS;FBAV/450.0", False)])
def test_line_is_asked_to_open_the_sign_in_in_the_browser_of_the_phone(
    make_app: Callable[[str], Flask], browser: str, opens: bool
) -> None:
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": browser}
    page = Learner.at(make_app("google")).get("/first-login/sign-in/google?next=/courses/3", headers=headers).text
    assert ('href="/first-login/sign-in/google?next=/courses/3&amp;openExternalBrowser=1"' in page) is opens
    assert ("以瀏覽器開啟，登入Google</span></a>" in page) is opens


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
@pytest.mark.parametrize("lang", ["en", "zh-Hant-TW"])
def test_a_failure_is_told_to_a_front_end_with_the_same_code_as_to_a_person_and_to_the_log(
    make_app: Callable[[str], Flask], caplog: pytest.LogCaptureFixture, accept: str, lang: str
) -> None:
    learner = Learner.at(make_app("google"))
    path = f"/first-login/sign-in/google/callback?code=x&state=y&lang={lang}"
    told, page = learner.get(path, headers={"Accept": accept}), unescape(learner.get(path).text)
    problem = json.loads(told.data)
    assert (told.status_code, told.mimetype) == (400, "application/problem+json")
    assert problem["code"] == "unknown_sign_in"
    assert problem["fault"] == "flow"
    assert f'data-code="{problem["code"]}"' in page
    assert [problem[part] in page for part in ("title", "detail", "remedy")] == [True] * 3
    assert f"code={problem['code']} provider=google" in caplog.text
    assert f"support_code={problem['support_code']}" in caplog.text
    assert [learner.get(path).status_code for path in problem["alternatives"]] == [
        200,
        303,
    ]  # the page, and on to MyEGov
    assert [one["phone"] for one in problem["contacts"]] == ["02-2192-7111", "02-23979108"]


def test_whoever_tries_a_stronger_sign_in_again_is_asked_for_as_much(make_app: Callable[[str], Flask]) -> None:
    learner = Learner.at(make_app("myegov"))
    page = learner.sign_in("myegov", "declared_citizen", "?step_up=1").text
    assert 'href="/first-login/sign-in/myegov?step_up=1' in page
