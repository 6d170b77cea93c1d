"""The example portal: its own pages, the first login inside its layout, and the demonstration that runs both."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import html5lib
import pytest
import requests
from babel.messages import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from flask import Flask

from example.pages import TOKEN, VERDICT, Portal, completions, press, sign_in_with_google, text
from example_app import members
from example_app.courses import COURSES
from example_app.members import Member, db, first_login
from flask_first_login import ConfigError
from support.learner import Learner, leads_to
from test_session_ids import kept_on_the_server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "example_app" / "translations" / "zh_Hant_TW" / "LC_MESSAGES" / "messages.po"
COOKIE = "portal"


# --- pages and languages ---

WORDS = {
    "/": ("Learn something by the river", "在河畔，學一點新東西"),
    "/courses": ("Wetlands of Taiwan", "認識臺灣溼地"),
    "/courses/saving-energy": ("Saving energy at home", "居家節能"),
    "/first-login/login": ("Civil servants", "公務人員登入"),
    "/first-login/": ("Which are you?", "請問您的身分別？"),
}


@pytest.mark.parametrize("path", WORDS)
def test_a_page_is_whole_in_both_languages(portal: Portal, path: str) -> None:
    client = portal().test_client()
    english, chinese = client.get(f"{path}?lang=en"), client.get(f"{path}?lang=zh-Hant-TW")
    assert (english.status_code, chinese.status_code) == (200, 200)
    assert WORDS[path][0] in english.get_data(as_text=True)
    assert WORDS[path][1] in text(client, f"{path}?lang=zh-Hant-TW")
    assert '<html lang="en"' in english.get_data(as_text=True)
    assert '<html lang="zh-Hant-TW"' in chinese.get_data(as_text=True)


@pytest.mark.parametrize(
    "path", ["/first-login/login", "/first-login/", "/first-login/notices", "/first-login/nowhere"]
)
def test_the_first_login_stands_inside_the_layout_of_the_portal(portal: Portal, path: str) -> None:
    page = text(portal().test_client(), f"{path}?lang=en")
    assert "Riverside Learning" in page
    assert 'href="/static/portal.css"' in page
    assert 'href="/first-login/static/first_login.css"' in page
    assert page.count("<main") == page.count("<h1") == page.count('class="fl-language"') == 1
    assert page.index("<main") < page.index("<h1") < page.index('id="fl-help"')


def test_a_language_once_chosen_holds_for_the_portal_and_for_the_first_login(portal: Portal) -> None:
    client = portal().test_client()
    client.get("/courses?lang=en")
    assert "How it works" in text(client, "/")
    assert "Which are you?" in text(client, "/first-login/")


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("en-GB,en;q=0.9", "en"), ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-TW"), ("fr", "zh-Hant-TW"), ("", "zh-Hant-TW")],
)
def test_without_a_choice_the_browser_decides_and_chinese_is_the_default(
    portal: Portal, accepted: str, language: str
) -> None:
    page = portal().test_client().get("/?lang=../../etc", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}"' in page.get_data(as_text=True)
    assert "Set-Cookie" not in page.headers


def sentences(catalog: Catalog) -> set[tuple[str, ...]]:
    """Each message of a catalog and what it says, forms of the plural included."""
    return {(*as_tuple(message.id), *as_tuple(message.string)) for message in catalog if message.id}


def as_tuple(forms: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (forms,) if isinstance(forms, str) else tuple(forms or ())


def test_every_sentence_of_the_portal_is_in_its_catalog_in_chinese() -> None:
    method = [("**.py", "python"), ("templates/**.html", "jinja2")]
    found = extract_from_dir(ROOT / "example_app", method, keywords={**DEFAULT_KEYWORDS, "_l": None})
    with CATALOG.open("rb") as source, CATALOG.with_suffix(".mo").open("rb") as compiled:
        catalog, used = read_po(source), read_mo(compiled)
    assert {message.id for message in catalog} - {""} == {message[2] for message in found}
    assert all(message.string for message in catalog)
    assert sentences(catalog) == sentences(used)


@pytest.mark.parametrize(
    ("path", "status"), [("/nothing", 404), ("/courses/nothing", 404), ("/first-login/sign-out", 405)]
)
def test_what_does_not_exist_is_said_in_the_layout_of_the_portal(portal: Portal, path: str, status: int) -> None:
    response = portal().test_client().get(path)
    assert response.status_code == status
    assert "河畔學習網" in response.get_data(as_text=True)


def test_an_error_of_the_portal_tells_nothing_of_its_cause(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    app = portal(PROPAGATE_EXCEPTIONS=False)
    monkeypatch.setattr("example_app.views.COURSES", None)
    response = app.test_client().get("/courses?lang=en")
    assert response.status_code == 500
    assert "This did not work" in response.get_data(as_text=True)
    assert "NoneType" not in response.get_data(as_text=True)


# --- signing in and out ---


def test_who_signs_in_is_a_member_called_by_name(app: Flask, citizen: Learner) -> None:
    assert "林曉明" in text(citizen.client, "/")
    with app.app_context():
        member = db.session.scalars(db.select(Member)).one()
        assert [one.provider for one in members.account_of(member.id).identities] == ["myegov"]


def test_a_session_from_before_the_sign_in_ends_with_it(learner: Learner) -> None:
    with learner.client.session_transaction() as session:
        session["planted"] = "by somebody else"
    learner.follow(learner.sign_in("myegov", "verified_citizen"))
    with learner.client.session_transaction() as session:
        assert "planted" not in session
        assert "_user_id" in session


def test_sign_out_needs_a_token(citizen: Learner) -> None:
    assert citizen.client.post("/first-login/sign-out").status_code == 400
    assert "林曉明" in text(citizen.client, "/")


def test_sign_out_ends_the_session_and_kills_every_copy_of_its_cookie(app: Flask, citizen: Learner) -> None:
    cookie = citizen.client.get_cookie(COOKIE)
    assert cookie is not None
    thief = app.test_client()
    thief.set_cookie(COOKIE, cookie.decoded_value)
    assert "林曉明" in text(thief, "/")
    assert 'action="/first-login/sign-out"' in text(citizen.client, "/")
    assert press(citizen.client, "/", "/first-login/sign-out").headers["Location"] == "/first-login/login"
    assert "林曉明" not in text(citizen.client, "/")
    assert "林曉明" not in text(thief, "/")
    assert thief.get("/my-hours").status_code == 302


def with_two_ways(app: Flask) -> tuple[Learner, Learner]:
    """Two browsers of one civil servant: one signed in by MyEGov, the other by eCPA."""
    learners = Learner.at(app), Learner.at(app)
    for learner, name in zip(learners, ("myegov", "ecpa"), strict=True):
        learner.follow(learner.sign_in(name, "civil_servant"))
    return learners


def remove(learner: Learner, name: str) -> None:
    """Give up a way to sign in, on our pages."""
    page = html5lib.parse(text(learner.client, "/first-login/hours"), namespaceHTMLElements=False)
    address = f"/first-login/sign-in/{name}/leave"
    form = next(one for one in page.iterfind(".//form") if one.get("action", "").startswith(address))
    held = {field.get("name"): field.get("value") for field in form.iterfind(".//input")}
    answer = learner.client.post(address, data={**held, "confirmed": "1"})
    assert answer.status_code == 303, answer.text


def test_a_session_ends_with_the_way_to_sign_in_that_opened_it_and_the_browser_that_removed_it_goes_on(
    app: Flask,
) -> None:
    by_myegov, by_ecpa = with_two_ways(app)
    assert by_ecpa.client.get("/my-hours").status_code == 200
    remove(by_myegov, "ecpa")
    assert by_ecpa.client.get("/my-hours").status_code == 302
    assert by_ecpa.client.get("/environmental-hours").status_code == 303
    assert by_ecpa.client.get("/first-login/hours").status_code == 303
    assert by_myegov.client.get("/my-hours").status_code == 200
    assert by_myegov.client.get("/first-login/hours").status_code == 200


def test_who_removes_the_only_way_that_this_browser_was_signed_in_by_signs_in_anew(app: Flask) -> None:
    by_myegov, by_ecpa = with_two_ways(app)
    remove(by_myegov, "myegov")
    for learner in (by_myegov, by_ecpa):
        assert learner.client.get("/my-hours").status_code == 302
    by_myegov.follow(by_myegov.sign_in("ecpa", "civil_servant"))
    assert by_myegov.client.get("/my-hours").status_code == 200


def test_where_sessions_are_kept_on_the_server_their_ids_are_renewed(portal: Portal, provider: str) -> None:
    app = portal(SANDBOX_URL=provider)
    store = kept_on_the_server(app)
    learner = Learner.at(app)
    learner.get("/first-login/sign-in/google")  # the token of its form begins a session
    planted = learner.cookies()[COOKIE]
    assert store.of(planted)
    learner.follow(learner.sign_in("myegov", "verified_citizen"))
    signed_in = learner.cookies()[COOKIE]
    assert store.of(planted) is None
    assert "_user_id" in store.of(signed_in)
    press(learner.client, "/", "/first-login/sign-out")
    assert store.of(signed_in) is None


def test_a_cookie_is_worth_nothing_in_another_browser(app: Flask, citizen: Learner) -> None:
    cookie = citizen.client.get_cookie(COOKIE)
    assert cookie is not None
    elsewhere = app.test_client()
    elsewhere.set_cookie(COOKIE, cookie.decoded_value)
    assert "林曉明" not in elsewhere.get("/", headers={"User-Agent": "another"}).get_data(as_text=True)


def test_a_session_ends_after_its_longest_time_however_busy(citizen: Learner) -> None:
    with citizen.client.session_transaction() as session:
        assert session["ends_at"] == pytest.approx(time.time() + members.LONGEST_SESSION, abs=60)
        session["ends_at"] = time.time() - 1
    assert "林曉明" not in text(citizen.client, "/")


def test_each_page_begins_the_idle_time_anew(citizen: Learner) -> None:
    assert f"{COOKIE}=" in citizen.client.get("/courses").headers["Set-Cookie"]


def test_a_second_member_finds_nothing_of_the_first(citizen: Learner) -> None:
    press(citizen.client, "/courses/wetlands", "/courses/wetlands/complete")
    press(citizen.client, "/", "/first-login/sign-out")
    citizen.follow(citizen.sign_in("myegov", "declared_citizen"))
    page = text(citizen.client, "/my-hours")
    assert "陳曉美" in page
    assert "林曉明" not in page
    assert 'href="/courses/wetlands"' not in page


# --- courses and hours ---


def test_a_completion_keeps_the_identity_of_the_moment(app: Flask, citizen: Learner, provider: str) -> None:
    response = press(citizen.client, "/courses/wetlands", "/courses/wetlands/complete")
    assert response.headers["Location"] == "/my-hours"
    (completion,) = completions(app)
    assert (completion.course, completion.provider, completion.issuer) == ("wetlands", "myegov", f"{provider}/myegov")
    assert completion.subject
    assert 'href="/courses/wetlands"' in text(citizen.client, "/my-hours")


def test_a_civil_servant_completes_under_the_account_signed_in_with(app: Flask, learner: Learner) -> None:
    for name, course in (("myegov", "wetlands"), ("ecpa", "clear-writing")):
        learner.follow(learner.sign_in(name, "civil_servant"))
        press(learner.client, f"/courses/{course}", f"/courses/{course}/complete")
        press(learner.client, "/", "/first-login/sign-out")
    kept = {one.course: one.provider for one in completions(app)}
    assert kept == {"wetlands": "myegov", "clear-writing": "ecpa"}
    assert len({one.member_id for one in completions(app)}) == 1


def test_a_course_is_completed_once_however_often_the_button_is_pressed(app: Flask, citizen: Learner) -> None:
    page = text(citizen.client, "/courses/wetlands")
    token = TOKEN.search(page)
    assert token is not None
    for _ in range(2):
        answer = citizen.client.post("/courses/wetlands/complete", data={"csrf_token": token[1]})
        assert answer.status_code == 303
    assert len(completions(app)) == 1


def test_a_course_that_does_not_exist_is_not_completed(app: Flask, citizen: Learner) -> None:
    assert press(citizen.client, "/", "/courses/nothing/complete").status_code == 404
    assert completions(app) == []


def test_a_completion_needs_a_token(app: Flask, citizen: Learner) -> None:
    response = citizen.client.post("/courses/wetlands/complete")
    assert response.status_code == 400
    assert "這個頁面已經過期" in response.get_data(as_text=True)
    assert completions(app) == []


def test_whoever_is_not_signed_in_completes_nothing_and_comes_back_to_the_course(app: Flask, citizen: Learner) -> None:
    token = TOKEN.search(text(citizen.client, "/courses/wetlands"))
    assert token is not None
    with citizen.client.session_transaction() as session:
        del session["_user_id"]
    response = citizen.client.post("/courses/wetlands/complete", data={"csrf_token": token[1]})
    assert response.headers["Location"] == "/first-login/login?next=/courses/wetlands"
    assert completions(app) == []


def test_my_hours_tell_for_each_authority_whether_and_lead_to_why_and_what_to_do(learner: Learner) -> None:
    learner.follow(learner.sign_in("myegov", "citizen_without_id"))
    page = text(learner.client, "/my-hours")
    assert dict(VERDICT.findall(page)) == {"lifelong": "not_applicable", "environmental": "held", "teacher": "held"}
    assert 'href="/first-login/hours"' in page
    why = text(learner.client, "/first-login/hours")
    assert "您的帳號沒有身分證字號" in why
    assert "填寫完整姓名跟身分證字號" in why
    assert "https://www.cp.gov.tw" in why


def test_my_hours_of_a_social_account_are_refused(learner: Learner) -> None:
    sign_in_with_google(learner)
    assert set(dict(VERDICT.findall(text(learner.client, "/my-hours"))).values()) == {"refused"}


def test_a_social_member_who_comes_with_myegov_signs_out_and_starts_again_as_another(learner: Learner) -> None:
    sign_in_with_google(learner)
    refused = learner.sign_in("myegov", "verified_citizen")
    assert 'data-code="social_never_merges"' in refused.text
    answer = press(learner.client, "/first-login/hours", "/first-login/sign-in/myegov/anew")
    outcome = learner.follow(learner.deliver(learner.answered(leads_to(answer), "verified_citizen")))
    assert "歡迎，您已完成第一次登入" in outcome.text
    assert dict(VERDICT.findall(text(learner.client, "/my-hours")))["environmental"] == "uploadable"


def test_environmental_hours_are_printed_for_whom_they_count_with_the_number_masked(citizen: Learner) -> None:
    press(citizen.client, "/courses/wetlands", "/courses/wetlands/complete")
    press(citizen.client, "/courses/clear-writing", "/courses/clear-writing/complete")
    page = text(citizen.client, "/environmental-hours?lang=en")
    assert "Wetlands of Taiwan" in page
    assert "Clear writing" not in page
    assert "A12345****" in page
    assert "A123456789" not in page


def test_environmental_hours_send_a_visitor_to_sign_in_and_back(learner: Learner) -> None:
    response = learner.client.get("/environmental-hours")
    assert response.headers["Location"] == "/first-login/login?next=/environmental-hours"


def test_environmental_hours_send_a_social_member_to_the_reasons(learner: Learner) -> None:
    sign_in_with_google(learner)
    sent_to = learner.client.get("/environmental-hours").headers["Location"]
    assert sent_to == "/first-login/hours?for=environmental&next=/environmental-hours"


def test_every_course_is_accredited_by_an_authority_of_the_portal() -> None:
    assert len(COURSES) == 4
    assert {course.authority for course in COURSES.values()} == {one.key for one in first_login.authorities}


# --- settings ---


@pytest.mark.parametrize("path", ["/", "/nothing", "/static/portal.css", "/first-login/", "/first-login/nowhere"])
def test_every_answer_carries_the_headers_that_keep_scripts_and_frames_out(portal: Portal, path: str) -> None:
    with portal().test_client().get(path) as answer:
        headers = answer.headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_what_a_provider_posts_needs_no_token_of_the_portal_not_even_as_the_first_request(app: Flask) -> None:
    posted = app.test_client().post("/first-login/sign-in/apple/callback", data={"state": "unknown", "code": "any"})
    assert posted.status_code == 303
    assert posted.headers["Location"].startswith("/first-login/sign-in/apple/callback?bridged=")


def test_the_first_login_checks_the_tokens_of_its_own_forms(app: Flask) -> None:
    answer = app.test_client().post("/first-login/sign-in/google")
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("path", ["/", "/courses", "/first-login/login"])
def test_no_page_that_names_a_member_is_kept_by_a_cache(citizen: Learner, path: str) -> None:
    headers = citizen.client.get(path).headers
    assert "no-store" in headers["Cache-Control"]
    assert "Cookie" in headers["Vary"]


def test_a_page_of_the_portal_has_neither_script_nor_inline_style(citizen: Learner) -> None:
    press(citizen.client, "/courses/wetlands", "/courses/wetlands/complete")
    for path in ("/", "/courses", "/courses/wetlands", "/my-hours", "/environmental-hours", "/nothing"):
        assert re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text(citizen.client, path)) is None


def test_a_portal_with_providers_of_its_own_has_cookies_for_https_alone(portal: Portal) -> None:
    app = portal(FIRST_LOGIN_PROVIDERS={"google": {"client_id": "a", "client_secret": "b"}})
    cookie = app.test_client().get("/?lang=en", base_url="https://portal.example.gov.tw")
    assert app.config["SESSION_COOKIE_NAME"] == "__Host-portal"
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= set(cookie.headers["Set-Cookie"].split("; "))
    assert cookie.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_demonstration_answers_to_the_names_of_this_machine_alone(portal: Portal) -> None:
    client = portal().test_client()
    assert client.get("/", base_url="http://127.0.0.1:5000").status_code == 200
    assert client.get("/", base_url="http://rebound.example").status_code == 400


def test_the_social_warning_names_the_providers_in_the_order_of_the_source(portal: Portal) -> None:
    assert "Google、Facebook或Apple" in text(portal().test_client(), "/first-login/login")


def test_the_environment_overrides_the_defaults(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_SECRET_KEY", "from-the-secret-store")
    monkeypatch.setenv("FLASK_FIRST_LOGIN_PROVIDERS__google__client_id", "of-the-environment")
    monkeypatch.setenv("FLASK_FIRST_LOGIN_PROVIDERS__google__client_secret", "of-the-environment")
    app = portal()
    assert app.config["SECRET_KEY"] == "from-the-secret-store"
    assert list(app.config["FIRST_LOGIN_PROVIDERS"]) == ["google"]


def test_secrets_are_made_once_and_are_their_owners_alone(portal: Portal, tmp_path: Path) -> None:
    first, second = portal(), portal()
    path = tmp_path / "instance" / "secrets.json"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = json.loads(path.read_text("utf-8"))
    assert "Production brings its own" in kept["READ ME"]
    assert first.config["SECRET_KEY"] == second.config["SECRET_KEY"] == kept["SECRET_KEY"]
    assert kept["FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"] not in kept["FIRST_LOGIN_NATIONAL_ID_KEYS"]


def test_a_portal_that_brings_its_secrets_writes_none(portal: Portal, tmp_path: Path) -> None:
    portal()
    kept = json.loads((tmp_path / "instance" / "secrets.json").read_text("utf-8"))
    kept.pop("READ ME")
    production = portal(INSTANCE_PATH=str(tmp_path / "production"), **kept)
    assert production.config["SECRET_KEY"] == kept["SECRET_KEY"]
    assert not (tmp_path / "production" / "secrets.json").exists()


def test_a_wrong_setting_stops_the_portal_before_its_first_request(portal: Portal) -> None:
    with pytest.raises(ConfigError, match="FIRST_LOGIN_HANDOFF"):
        portal(FIRST_LOGIN_HANDOFF="perhaps")


def test_two_portals_in_one_process_know_nothing_of_each_other(portal: Portal, provider: str, tmp_path: Path) -> None:
    one, other = (portal(INSTANCE_PATH=str(tmp_path / name), SANDBOX_URL=provider) for name in ("one", "other"))
    learner = Learner.at(one)
    learner.follow(learner.sign_in("myegov", "verified_citizen"))
    stranger = other.test_client()
    cookie = learner.client.get_cookie(COOKIE)
    assert cookie is not None
    stranger.set_cookie(COOKIE, cookie.decoded_value)
    assert "林曉明" not in text(stranger, "/")
    with other.app_context():
        assert db.session.scalars(db.select(Member)).all() == []


# --- the demonstration ---


@contextmanager
def demonstration(instance: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """``python -m example_app`` in a process of its own, and what it said until both servers were ready."""
    env = {**os.environ, "FLASK_INSTANCE_PATH": str(instance), "PORT": "0", "SANDBOX_PORT": "0", **environment}
    command = [sys.executable, "-m", "example_app"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            said: list[str] = []
            for line in process.stdout or ():
                said.append(line)
                if "Ctrl-C" in line:
                    break
            yield process, said
        finally:
            process.terminate()


def addresses(said: list[str]) -> list[str]:
    """Of the portal and of its providers, which it names first."""
    return re.findall(r"http://127\.0\.0\.1:\d+", "".join(said))[:2]


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_demonstration_runs_portal_and_providers_until_it_is_told_to_stop(tmp_path: Path, number: int) -> None:
    with demonstration(tmp_path) as (process, said):
        portal, providers = addresses(said)
        assert f"{portal}/operator/hours\n" in "".join(said)
        assert "Riverside Learning" in requests.get(f"{portal}/?lang=en", timeout=5).text
        metadata = requests.get(f"{providers}/myegov/.well-known/openid-configuration", timeout=5)
        assert metadata.json()["issuer"] == f"{providers}/myegov"
        process.send_signal(number)
        assert process.wait(10) == 0
    for address in (portal, providers):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port_of(address)), 2)


def test_the_demonstration_takes_the_next_port_when_its_own_is_taken_and_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demonstration(tmp_path, PORT=str(port)) as (_, said):
            portal, _ = addresses(said)
            assert port_of(portal) > port
            assert said[0] == f"Port {port} is taken, so PORT is {port_of(portal)}.\n"


def test_the_demonstration_refuses_a_port_that_is_none(tmp_path: Path) -> None:
    env = {**os.environ, "FLASK_INSTANCE_PATH": str(tmp_path), "PORT": "many"}
    command = [sys.executable, "-m", "example_app"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "PORT is 'many'; it must be a port, such as 5000.\n"


def test_the_commands_of_the_first_login_need_no_running_provider(tmp_path: Path) -> None:
    env = {**os.environ, "FLASK_INSTANCE_PATH": str(tmp_path)}
    command = [sys.executable, "-m", "flask", "--app", "example_app", "first-login", "paths"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == (ROOT / "tests" / "paths.txt").read_text("utf-8")
