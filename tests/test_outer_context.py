"""Several requests inside one app context, as a fixture or a script pushes it: each is answered for itself."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from babel import Locale
from flask import Flask, g, request
from flask.testing import FlaskClient
from flask_babel import Babel, force_locale, get_locale, get_timezone
from jinja2 import DictLoader
from werkzeug.wrappers import Response

from flask_first_login import FirstLogin, hours_required
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA
from internals import admit, handles_sign_in_errors, here
from support.pages import PROVIDERS, SECRET
from test_host import WORDS, mount
from test_host import host as host_with_babel

API = "/first-login/api/v1"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


def host() -> Flask:
    """A host whose every visit of ``/arrive`` is a sign-in of one person."""
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    app.config["FIRST_LOGIN_REQUEST_ID_HEADER"] = "X-Request-ID"
    FirstLogin(app, accounts=MemoryAccounts())

    @app.get("/arrive")
    @handles_sign_in_errors
    def arrive() -> Response:
        return admit(here(), replace(BY_ECPA))

    return app


@pytest.fixture
def app() -> Iterator[Flask]:
    """The host, inside an app context that lasts for the whole test."""
    made = host()
    with made.app_context():
        yield made


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def language(client: FlaskClient, path: str, **headers: str) -> str | None:
    return client.get(path, headers=headers).headers["Content-Language"]


@pytest.mark.parametrize("path", ["/first-login/", "/first-login/login", "/first-login/nowhere", f"{API}/login"])
@pytest.mark.parametrize("asked", [["en", "zh-Hant-TW", "en"], ["zh-Hant-TW", "en", "zh-Hant-TW"]])
def test_each_page_is_in_the_language_that_it_was_asked_for(client: FlaskClient, path: str, asked: list[str]) -> None:
    assert [language(client, f"{path}?lang={tag}") for tag in asked] == asked
    assert [language(client, path, **{"Accept-Language": tag}) for tag in asked] == asked


def test_the_language_of_one_page_is_not_that_of_another(client: FlaskClient) -> None:
    client.get("/first-login/faq?lang=en")
    page = client.get("/first-login/login").text
    assert '<html lang="zh-Hant-TW"' in page
    assert "lang=en&amp;" not in page
    assert "會員登入" in page


@pytest.mark.parametrize("path", ["/first-login/", f"{API}/screens/identity"])
def test_an_answer_of_one_visitor_is_none_of_the_next_one(client: FlaskClient, path: str) -> None:
    answered = client.get(f"{path}?identity=civil-servant&next=/courses/7").text
    assert "civil-servant" in answered
    after = client.get(f"{API}/login").text
    assert "identity=" not in after
    assert "/courses/7" not in after


def test_each_request_has_an_id_of_its_own(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "flask_first_login.events")
    client.get("/arrive", headers={"X-Request-ID": "first"})
    client.get("/arrive", headers={"X-Request-ID": "second"})
    client.get("/arrive")
    ids = [*dict.fromkeys(str(vars(record)["request_id"]) for record in caplog.records)]
    assert (ids[:2], len(ids)) == (["first", "second"], 3)


def test_the_form_of_each_page_has_the_token_of_its_own_session(app: Flask) -> None:
    for _ in range(3):
        client = app.test_client()
        token = TOKEN.search(client.get("/first-login/sign-in/google").text)
        assert token is not None
        assert "expired" not in client.post("/first-login/sign-in/google", data={"csrf_token": token[1]}).text


def test_a_token_of_one_session_opens_no_form_of_another(app: Flask) -> None:
    first, second = app.test_client(), app.test_client()
    token = TOKEN.search(first.get("/first-login/sign-in/google").text)
    assert token is not None
    second.get("/first-login/sign-in/google")
    refused = second.post("/first-login/sign-in/google", data={"csrf_token": token[1]})
    assert (refused.status_code, "expired" in refused.text) == (400, True)


def test_each_document_has_the_token_of_its_own_session(app: Flask) -> None:
    for _ in range(3):
        client = app.test_client()
        client.get("/arrive")
        token = client.get(f"{API}/account").get_json()["csrf_token"]
        answer = client.post(f"{API}/anew/google", headers={"X-CSRFToken": token}).get_json()
        assert answer["code"] == "provider_down"


def test_that_one_request_was_valid_says_nothing_of_the_next(app: Flask) -> None:
    g.csrf_valid = True  # what Flask-WTF's CSRFProtect leaves behind
    client = app.test_client()
    client.get("/arrive")
    refused = client.post(f"{API}/anew/google", headers={"X-CSRFToken": "made-up"})
    assert refused.get_json()["code"] == "expired"
    assert client.get(f"{API}/account").status_code == 200


def test_a_token_may_come_in_a_header_in_place_of_the_field(client: FlaskClient) -> None:
    token = TOKEN.search(client.get("/first-login/sign-in/google").text)
    assert token is not None
    sent = client.post("/first-login/sign-in/google", headers={"X-CSRFToken": token[1]})
    assert "provider_down" in sent.text
    assert "expired" in client.post("/first-login/sign-in/google", headers={"X-CSRFToken": "made-up"}).text


def test_nothing_of_a_request_stays_behind(app: Flask) -> None:
    client = app.test_client()
    client.get("/arrive")
    for path in ("/first-login/", "/first-login/hours", "/first-login/sign-in/google", f"{API}/account"):
        client.get(path)
    client.post("/first-login/sign-in/google")
    assert [*g] == []


def test_a_guarded_view_of_the_host_sends_each_visitor_their_own_way(app: Flask) -> None:
    @hours_required("environmental")
    def guarded() -> str:
        return "a certificate"

    app.add_url_rule("/guarded", view_func=guarded)
    client = app.test_client()
    sent_to = [unquote(client.get(f"/guarded?page={page}").headers["Location"]) for page in (1, 2)]
    assert [address.partition("next=")[2] for address in sent_to] == ["/guarded?page=1", "/guarded?page=2"]
    client.get("/arrive")
    assert client.get("/guarded").text == "a certificate"


# --- a host with Flask-Babel and a layout ---


@pytest.mark.parametrize("languages", [["en", "zh_Hant_TW", "en"], ["zh_Hant_TW", "en", "zh_Hant_TW"]])
@pytest.mark.parametrize("path", ["/first-login/login", "/first-login/", "/first-login/nowhere"])
def test_a_layout_and_what_is_in_it_are_in_the_language_of_their_own_reader(
    tmp_path: Path, languages: list[str], path: str
) -> None:
    app = mount(host_with_babel(tmp_path))
    app.add_url_rule("/own", view_func=lambda: str(get_locale()))
    client, found = app.test_client(), []
    with app.app_context():
        for chosen in languages:
            client.get("/own")  # a page of the host's asks Flask-Babel first
            client.set_cookie("language", chosen)
            response = client.get(path)
            is_english = "Courses" in response.text and WORDS["Courses"] not in response.text
            found.append((response.headers["Content-Language"], is_english))
    tags = {"en": ("en", True), "zh_Hant_TW": ("zh-Hant-TW", False)}
    assert found == [tags[chosen] for chosen in languages]


def test_a_language_that_a_host_forces_stays_forced(tmp_path: Path) -> None:
    app = mount(host_with_babel(tmp_path))
    with app.app_context(), force_locale("en"):
        assert language(app.test_client(), "/first-login/login") == "en"


def test_a_portal_may_leave_the_language_to_the_browser_where_its_babel_does_not_speak_it() -> None:
    app = Flask("a portal in English and Spanish")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_LOCALE_SELECTOR=lambda: None)
    Babel(app, default_locale="en")
    FirstLogin(app, accounts=MemoryAccounts())
    for asked, expected in (("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-TW"), ("es", "zh-Hant-TW"), ("vi", "vi")):
        answer = app.test_client().get("/first-login/login", headers={"Accept-Language": asked})
        assert answer.headers["Content-Language"] == expected


def test_all_that_babel_keeps_is_asked_anew_also_where_the_address_names_the_language() -> None:
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_BASE_TEMPLATE="layout.html")
    app.jinja_loader = DictLoader({"layout.html": "{{ zone() }}{% block content %}{% endblock %}"})
    app.jinja_env.globals["zone"] = lambda: str(get_timezone())
    Babel(app, locale_selector=lambda: "zh_Hant_TW", timezone_selector=lambda: request.args["zone"])
    FirstLogin(app, accounts=MemoryAccounts())
    with app.app_context():  # of a fixture or a script, whose `g` all of its requests share
        for language, zone in (("", "Asia/Taipei"), ("en", "Europe/Berlin"), ("zh-Hant-TW", "Europe/Rome")):
            page = app.test_client().get("/first-login/login", query_string={"lang": language, "zone": zone})
            assert page.text.startswith(zone)


@pytest.mark.parametrize("answer", [Locale("en", "US"), Locale("zh", "TW", script="Hant"), "en", None])
@pytest.mark.parametrize("by", ["setting", "Flask-Babel"])
def test_a_selector_may_answer_a_tag_a_locale_or_nothing(by: str, answer: Locale | str | None) -> None:
    app = Flask("a host")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, BABEL_DEFAULT_LOCALE="zh_Hant_TW")
    if by == "setting":
        app.config["FIRST_LOGIN_LOCALE_SELECTOR"] = lambda: answer
    else:
        Babel(app, locale_selector=lambda: answer)
    FirstLogin(app, accounts=MemoryAccounts())
    expected = "en" if str(answer).startswith("en") else "zh-Hant-TW"
    for path in ("/first-login/login", "/first-login/", f"{API}/login"):
        assert language(app.test_client(), path) == expected
