"""Throw-away hosts: what a portal brings of its own stays its own, and so does what we bring."""

from __future__ import annotations

import re
from inspect import getsource
from pathlib import Path

import pytest
from flask import Flask, Response, render_template, request, url_for
from flask_babel import Babel, get_locale
from flask_wtf import CSRFProtect
from jinja2 import DictLoader
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.test import Client

from flask_first_login import Authority, ConfigError, FirstLogin, Text, hours_required
from flask_first_login.accounts.memory import MemoryAccounts
from internals import AUTHORITIES, examine
from support.pages import (
    LINKS,
    PREFIX,
    PROVIDERS,
    QUESTIONS,
    SCREENS,
    SECRET,
    Sheet,
    answer,
    follow,
    portal,
    read,
    said,
)
from test_cli import SMALL
from test_languages import catalog

LAYOUT = """<!doctype html>
<html lang="{{ get_locale()|string|replace('_', '-') }}">
<head><title>{% block title %}{{ _("My portal") }}{% endblock %}</title>{% block head %}{% endblock %}</head>
<body><header>{{ _("Courses") }}</header>
<form id="search" method="post" action="/search"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<button>{{ _("Search") }}</button></form>
<main id="main">{% block content %}{% endblock %}</main><footer>{{ _("Continue") }}</footer></body></html>"""
HOME = '{% extends "layout.html" %}{% block content %}<h1>{{ _("Courses") }}</h1>{% endblock %}'
TOKEN = re.compile(r'value="[^"]+"')
WORDS = {"My portal": "我的平臺", "Courses": "課程", "Search": "搜尋", "Continue": "繼續閱讀"}


def host(folder: Path, chinese: str = "zh_Hant_TW") -> Flask:
    """A portal that knows nothing of us: Flask-Babel, a catalog, a layout and CSRF protection of its own."""
    app = Flask("a host")
    app.config["SECRET_KEY"] = SECRET
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(catalog(folder, chinese, WORDS, domain="messages"))
    app.jinja_loader = DictLoader({"layout.html": LAYOUT, "home.html": HOME})
    Babel(app, locale_selector=lambda: request.cookies.get("language") or chinese)
    app.jinja_env.globals["get_locale"] = get_locale
    CSRFProtect(app)
    app.add_url_rule("/home", "home", lambda: render_template("home.html"))
    app.add_url_rule("/search", "search", lambda: "found", methods=["POST"])
    return app


def mount(app: Flask) -> Flask:
    app.config["FIRST_LOGIN_BASE_TEMPLATE"] = "layout.html"
    app.config["FIRST_LOGIN_PROVIDERS"] = PROVIDERS
    app.config["FIRST_LOGIN_LINKS"] = LINKS
    FirstLogin(app, accounts=MemoryAccounts())
    return app


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return mount(host(tmp_path_factory.mktemp("catalogs")))


# --- the host's languages and ours ---


def test_a_portal_with_babel_a_layout_and_csrf_protection_mounts_the_first_login_in_five_lines(own: Flask) -> None:
    assert len(getsource(mount).splitlines()) == 1 + 5
    page = read(own.test_client(), "/login")
    assert (page.h1, header_and_footer(page)) == ("會員登入", ["課程", "繼續閱讀"])


@pytest.mark.parametrize("language", ["zh_Hant_TW", "en"])
def test_a_page_of_the_hosts_own_is_the_same_before_and_after(tmp_path: Path, own: Flask, language: str) -> None:
    before, after = host(tmp_path).test_client(), own.test_client()
    for client in (before, after):
        client.set_cookie("language", language)
    answers = [client.get("/home") for client in (before, after)]
    assert len({TOKEN.sub("", answer.get_data(as_text=True)) for answer in answers}) == 1
    assert [*answers[0].headers.keys()] == [*answers[1].headers.keys()]


def header_and_footer(page: Sheet) -> list[str]:
    return [said(page.one("header")), said(page.one("footer"))]


@pytest.mark.parametrize("path", SCREENS)
def test_both_sides_are_in_chinese_each_from_its_own_catalog(own: Flask, path: str) -> None:
    page = read(own.test_client(), path)
    assert header_and_footer(page) == ["課程", "繼續閱讀"]
    assert (page.one("html").get("lang"), page.response.headers["Content-Language"]) == ("zh-Hant-TW", "zh-Hant-TW")
    assert "需要協助？" in page.words


@pytest.mark.parametrize("path", QUESTIONS)
def test_one_message_id_says_what_each_side_means_by_it(own: Flask, path: str) -> None:
    page = read(own.test_client(), path)
    assert said(page.one("footer")) == "繼續閱讀"
    assert [said(one) for one in page.all("button")] == ["搜尋", "下一步"]


@pytest.mark.parametrize("path", SCREENS)
def test_both_sides_are_in_english_when_the_host_is(own: Flask, path: str) -> None:
    client = own.test_client()
    client.set_cookie("language", "en")
    page = read(client, path)
    assert header_and_footer(page) == ["Courses", "Continue"]
    assert (page.one("html").get("lang"), page.response.headers["Content-Language"]) == ("en", "en")


@pytest.mark.parametrize(
    ("cookie", "lang", "words"),
    [("zh_Hant_TW", "en", ["Courses", "Continue"]), ("en", "zh-Hant-TW", ["課程", "繼續閱讀"])],
)
def test_a_language_that_the_url_asks_for_holds_for_the_whole_page(
    own: Flask, cookie: str, lang: str, words: list[str]
) -> None:
    client = own.test_client()
    client.set_cookie("language", cookie)
    page = read(client, "/", lang=lang)
    assert header_and_footer(page) == words
    assert (page.one("html").get("lang"), page.response.headers["Content-Language"]) == (lang, lang)
    assert header_and_footer(read(client, "/")) != words


@pytest.mark.parametrize("chinese", ["zh_Hant_TW", "zh_Hant", "zh"])
def test_a_host_may_know_its_chinese_by_another_name(tmp_path: Path, chinese: str) -> None:
    client = mount(host(tmp_path, chinese)).test_client()
    assert header_and_footer(read(client, "/")) == ["課程", "繼續閱讀"]
    assert header_and_footer(read(client, "/", lang="zh-Hant-TW")) == ["課程", "繼續閱讀"]
    assert read(client, "/").response.headers["Content-Language"] == "zh-Hant-TW"


def test_a_host_in_a_language_that_we_do_not_speak_gets_our_pages_in_the_learners(own: Flask) -> None:
    client = own.test_client()
    client.set_cookie("language", "ja")
    page = Sheet(client.get(f"{PREFIX}/", headers={"Accept-Language": "en"}))
    assert header_and_footer(page) == ["Courses", "Continue"]
    assert page.response.headers["Content-Language"] == "en"


def test_a_host_without_any_translation_of_its_own_gets_ours() -> None:
    app = portal()
    assert "babel" not in app.extensions
    assert read(app.test_client(), "/").h1.endswith("請問您的身分別？")


# --- the host's layout and protection ---


@pytest.mark.parametrize("path", SCREENS)
def test_inside_a_hosts_layout_there_is_one_main_part_one_first_heading_and_no_id_twice(own: Flask, path: str) -> None:
    page = read(own.test_client(), path)
    ids = [one.get("id") for one in page.root.iter() if one.get("id") is not None]
    assert len(page.all("main")) == len(page.all("h1")) == 1
    assert len(set(ids)) == len(ids)
    assert page.one("link", rel="stylesheet").get("href") == f"{PREFIX}/static/first_login.css"
    assert said(page.one("title")).endswith("學習平臺")


def test_the_policy_of_a_hosts_own_layout_is_the_hosts_to_say_but_for_frames(own: Flask) -> None:
    client = own.test_client()
    starts = client.get(f"{PREFIX}/sign-in/google")
    for response in (client.get(f"{PREFIX}/"), client.get(f"{PREFIX}/nowhere"), starts):
        assert response.headers.getlist("Content-Security-Policy") == ["frame-ancestors 'none'"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_whole_wizard_is_walked_inside_a_host_that_protects_its_forms(own: Flask) -> None:
    client = own.test_client()
    page = answer(client, read(client, "/"), "public")
    page = answer(client, page, "yes")
    page = answer(client, page, "yes")
    assert page.primary.url == f"{PREFIX}/sign-in/myegov?identity=public&certificate=yes&egov=yes"
    hand_off = follow(client, page.primary.url)
    (form,) = [one for one in hand_off.all("form") if one.get("action") == page.primary.url]
    token = next(one.get("value", "") for one in form.iter("input") if one.get("name") == "csrf_token")
    refused, sent = client.post(page.primary.url), client.post(page.primary.url, data={"csrf_token": token})
    assert refused.status_code == 400
    assert sent.status_code == 502  # nobody listens at the provider's address
    assert client.post("/search", data={"csrf_token": token}).get_data(as_text=True) == "found"


def test_a_post_that_a_host_refuses_for_its_token_is_answered_with_our_page_in_its_layout(own: Flask) -> None:
    page = Sheet(own.test_client().post(f"{PREFIX}/login?lang=en"))
    assert page.status == 400
    assert (page.h1, header_and_footer(page)) == ("Wecannotdothathere", ["Courses", "Continue"])


def test_a_host_changes_one_block_of_one_page_and_the_rest_stays(tmp_path: Path) -> None:
    templates = tmp_path / "templates" / "first_login"
    templates.mkdir(parents=True)
    shipped = Path(__file__).parent.parent / "flask_first_login" / "web" / "templates" / "first_login"
    (templates / "shipped_login.html").write_text((shipped / "login.html").read_text("utf-8"), "utf-8")
    (templates / "login.html").write_text(
        '{% extends "first_login/shipped_login.html" %}{% block fl_heading %}<h1>歡迎</h1>{% endblock %}', "utf-8"
    )
    app = Flask("host", template_folder=str(tmp_path / "templates"))
    FirstLogin(app, accounts=MemoryAccounts())
    login = read(app.test_client(), "/login")
    assert login.h1 == "歡迎"
    assert "首次登入請點選新會員第一次登入請看此" in login.words
    assert read(app.test_client(), "/").h1.endswith("請問您的身分別？")


# --- several apps, other places, other flows ---


class JsonByDefault(Response):
    """The answers of a portal that mostly speaks JSON; its hooks know a method of them."""

    default_mimetype = "application/json"

    def seen(self) -> str:
        return "yes"


@pytest.mark.parametrize("path", SCREENS)
def test_our_pages_are_pages_in_a_host_whose_own_answers_are_json(path: str) -> None:
    app = portal()
    app.response_class = JsonByDefault

    @app.after_request
    def note(response: JsonByDefault) -> JsonByDefault:
        response.headers["Seen"] = response.seen()
        return response

    for _ in range(2):
        answered = app.test_client().get(f"{PREFIX}{path}")
        assert (answered.mimetype, answered.headers["Seen"]) == ("text/html", "yes")


def test_two_apps_from_one_first_login_keep_their_providers_languages_and_words_apart(tmp_path: Path) -> None:
    first_login = FirstLogin(accounts=MemoryAccounts())
    green, red = Flask("green"), Flask("red")
    green.config.update(
        SECRET_KEY=SECRET,
        FIRST_LOGIN_PROVIDERS={"google": PROVIDERS["google"]},
        FIRST_LOGIN_SERVICE_NAME="Green",
        FIRST_LOGIN_DEFAULT_LOCALE="en",
        FIRST_LOGIN_TRANSLATIONS=catalog(tmp_path, "en", {"Continue": "Go on"}),
    )
    red.config.update(
        SECRET_KEY="another", FIRST_LOGIN_PROVIDERS={"apple": PROVIDERS["apple"]}, FIRST_LOGIN_URL_PREFIX="/join"
    )
    first_login.init_app(green)
    first_login.init_app(red)
    one, other = green.test_client(), red.test_client()
    for _ in range(2):
        question, login = read(one, "/"), read(one, "/login")
        assert said(question.one("button")) == "Go on"
        assert question.title.endswith(" – Green")
        assert {link.path for link in login.links_of("fl-provider")} == {f"{PREFIX}/sign-in/google"}
        away = Sheet(other.get("/join/login"))
        assert {link.path for link in away.links_of("fl-provider")} == {"/join/sign-in/apple"}
        assert away.title == "會員登入－學習平臺"
        assert other.get(f"{PREFIX}/login").status_code == 404
    assert vars(first_login).keys() == {"accounts", "session", "flow", "providers", "authorities", "_rules"}


def test_a_rule_that_is_added_when_an_app_is_set_up_already_is_refused() -> None:
    first_login = FirstLogin(accounts=MemoryAccounts())
    rule = first_login.hours_rule(lambda learner: None)
    before, after = Flask("before"), Flask("after")
    first_login.init_app(before)
    with pytest.raises(ConfigError, match=r"hours_rule: .* after `init_app`"):
        first_login.hours_rule(lambda learner: None)
    first_login.init_app(after)
    assert [app.extensions["first_login"].rules for app in (before, after)] == [(rule,), (rule,)]


def test_a_rule_may_still_be_added_when_an_app_was_refused() -> None:
    first_login = FirstLogin(accounts=MemoryAccounts())
    app = Flask("refused")
    app.config["FIRST_LOGIN_URL_PREFIX"] = "nowhere"
    with pytest.raises(ConfigError):
        first_login.init_app(app)
    first_login.hours_rule(lambda learner: None)


def test_two_authorities_of_one_key_are_refused() -> None:
    twice = (*AUTHORITIES, Authority("teacher", Text("Teachers", "教師")), Authority("teacher", Text("T", "師")))
    with pytest.raises(ConfigError) as caught:
        FirstLogin(Flask("host"), accounts=MemoryAccounts(), authorities=twice)
    (problem,) = caught.value.problems
    assert (problem.where, problem.what) == ("authorities", "holds 3 of the key 'teacher'.")


def test_a_second_first_login_on_the_same_app_is_refused() -> None:
    app = portal()
    with pytest.raises(RuntimeError, match="called twice on this app"):
        FirstLogin(app, accounts=MemoryAccounts())


def test_an_app_without_a_first_login_says_what_is_missing() -> None:
    first_login = FirstLogin(accounts=MemoryAccounts())
    with Flask("bare").app_context(), pytest.raises(RuntimeError, match="init_app"):
        first_login.hours("1")


def test_a_hosts_own_flow_is_walked_and_drawn_like_the_shipped_one() -> None:
    app = Flask("own flow")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    FirstLogin(app, accounts=MemoryAccounts(), flow=SMALL)
    client = app.test_client()
    first = read(client, "/")
    assert (first.h1, first.options) == ("何者？", {"red": "紅", "blue": "藍"})
    blue = answer(client, first, "blue")
    assert [link.url for link in blue.links_of("fl-provider")] == [
        f"{PREFIX}/sign-in/myegov?colour=blue",  # what earns hours stands first, in whatever order a flow names it
        f"{PREFIX}/sign-in/google?colour=blue",
    ]
    assert follow(client, blue.back.url).checked == ["blue"]
    assert blue.link("變更 顏色").query == {"colour": "blue"}
    assert read(client, "/", submitted="1", lang="en").title.startswith("Error: Colour?")
    assert {read(client, path).status for path in ("/login", "/faq", "/nowhere")} == {200, 404}


def test_no_page_of_a_hosts_own_flow_leads_to_a_page_that_it_does_not_have() -> None:
    app = Flask("own flow")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    FirstLogin(app, accounts=MemoryAccounts(), flow=SMALL)
    client = app.test_client()
    for path in ("/", "/red", "/login", "/faq", "/nowhere"):
        links = read(client, path).links
        assert all(one.url.startswith(("/", "#", "tel:", "mailto:")) for one in links)
        ours = [one for one in links if one.path.startswith(PREFIX) and "/sign-in/" not in one.url]
        missing = [one.url for one in ours if client.get(one.url).status_code != 200]
        assert missing == ([f"{PREFIX}/nowhere?lang={tag}" for tag in ("en", "vi")] if path == "/nowhere" else [])


def test_the_pages_may_live_under_another_prefix() -> None:
    app = portal(url_prefix="/account/join", links=LINKS)
    client = app.test_client()
    page = Sheet(client.get("/account/join/"))
    page = answer(client, page, "public")
    page = answer(client, page, "no")
    assert page.response.request.path == "/account/join/public/no-certificate"
    ours = {one for one in page.addresses if one.startswith("/") and one != "/"}
    assert ours
    assert all(one.startswith("/account/join/") for one in ours)
    assert client.get(f"{PREFIX}/").status_code == 404


# --- a host below a path of its server ---


@pytest.fixture
def below() -> Client:
    """A portal that its server mounts at /portal; the server has pages of its own beside it."""
    app = portal()

    @app.get("/claim")
    @hours_required("environmental")
    def claim() -> str:
        return "claimed"

    app.add_url_rule("/where", "where", lambda: url_for("claim"))
    return mounted(app, "/portal")


@pytest.mark.parametrize("path", SCREENS)
def test_below_a_path_of_its_server_every_address_of_ours_begins_with_it(below: Client, path: str) -> None:
    page = Sheet(below.get(f"/portal{PREFIX}{path}"))
    ours = {one for one in page.addresses if one.startswith("/")}
    assert len(ours) >= 6
    assert {one for one in ours if not one.startswith("/portal/")} == set()
    forms = [one.get("action") for one in page.all("form")]
    assert all(one == f"/portal{PREFIX}{path}" for one in forms)


def mounted(app: Flask, root: str) -> Client:
    return Client(DispatcherMiddleware(Flask("server").wsgi_app, {root: app.wsgi_app}) if root else app)


@pytest.mark.parametrize("root", ["", "/portal", "/a%20portal"])
def test_the_front_page_is_that_of_the_portal_also_below_a_path(root: str) -> None:
    client = mounted(portal(), root.replace("%20", " "))
    page = Sheet(client.get(f"{root}{PREFIX}/login"))
    assert page.one("a", class_="fl-service").get("href") == f"{root}/"
    assert client.get(f"{root}{PREFIX}/api/v1/portal").get_json()["home_url"] == f"{root}/"
    paths = client.get(f"{root}{PREFIX}/api/v1/openapi.json").get_json()["paths"]
    described = paths["/login"]["get"]["parameters"]
    assert [each["schema"]["examples"] for each in described if each["name"] == "next"] == [[f"{root}/"]]


def test_a_front_page_that_is_named_is_taken_as_it_is_below_a_path() -> None:
    client = mounted(portal(home_url="/agency"), "/portal")
    assert client.get(f"/portal{PREFIX}/api/v1/portal").get_json()["home_url"] == "/agency"


def test_below_a_path_of_its_server_the_wizard_is_walked(below: Client) -> None:
    response = below.get(f"/portal{PREFIX}/?submitted=1&identity=civil-servant&next=/portal/claim")
    assert response.headers["Location"] == f"/portal{PREFIX}/civil-servant?identity=civil-servant&next=/portal/claim"
    page = Sheet(below.get(response.headers["Location"]))
    assert page.hidden["next"] == "/portal/claim"


def test_below_a_path_of_its_server_a_guarded_view_sends_the_learner_to_sign_in_and_back_to_itself(
    below: Client,
) -> None:
    response = below.get("/portal/claim?course=3")
    assert response.headers["Location"] == f"/portal{PREFIX}/login?next=/portal/claim?course%3D3"
    hours = below.get(f"/portal{PREFIX}/hours")
    assert hours.headers["Location"] == f"/portal{PREFIX}/login?next=/portal{PREFIX}/hours"


# --- templates of a host in a syntax of its own ---

OTHER_SYNTAX = {
    "block_start_string": "<%", "block_end_string": "%>", "variable_start_string": "[[", "variable_end_string": "]]",
    "comment_start_string": "<#", "comment_end_string": "#>", "line_statement_prefix": "#", "trim_blocks": True,
}  # fmt: skip
OTHER_LAYOUT = """<!doctype html><html lang="zh-Hant-TW"><head><title><% block title %><% endblock %></title>
<% block head %><% endblock %></head>
<body><main id="main"><% block content %><% endblock %></main>{{ kept }}</body></html>"""
OTHER_HELP = """# if fl
<section id="own">[[ fl.service ]]<% include "first_login/_language.html" %></section>
# endif"""


def in_other_syntax(**files: str) -> Flask:
    app = Flask("a host")
    app.jinja_options = {**Flask.jinja_options, **OTHER_SYNTAX}
    app.jinja_loader = DictLoader(files)
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_SERVICE_NAME="<b>Portal</b>")
    app.config.update({"FIRST_LOGIN_BASE_TEMPLATE": "layout"} if "layout" in files else {})
    FirstLogin(app, accounts=MemoryAccounts())
    app.jinja_env.autoescape = False
    return app


@pytest.mark.parametrize("path", ["/login", "/", "/public/no-certificate", "/faq", "/nowhere"])
def test_a_host_may_write_its_templates_in_a_syntax_of_its_own(path: str) -> None:
    ours, plain = in_other_syntax(), portal(service_name="<b>Portal</b>")
    assert read(ours.test_client(), path).html == read(plain.test_client(), path).html
    page = read(in_other_syntax(layout=OTHER_LAYOUT).test_client(), path)
    assert "{{kept}}" in page.words
    assert page.one("nav", class_="fl-language") is not None


def test_a_part_that_a_host_wrote_in_its_own_syntax_stands_among_ours_and_nothing_goes_unescaped() -> None:
    page = read(in_other_syntax(**{"first_login/_help.html": OTHER_HELP}).test_client(), "/login")
    assert [link.words for link in page.links if link.words == "English"] == ["English"] * 2
    assert "&lt;b&gt;Portal" in page.html.partition("<header")[2]
    assert "<b>Portal" in page.html.partition('id="own"')[2], "the host's own part is escaped as the host does"


def test_the_doctor_reads_a_layout_in_its_own_syntax() -> None:
    for files in ({}, {"layout": OTHER_LAYOUT}):
        app = in_other_syntax(**files)
        with app.app_context():
            found = [finding.code for finding in examine(app, offline=True)]
        assert [code for code in found if code.startswith("base_template")] == []
