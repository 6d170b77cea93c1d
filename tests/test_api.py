"""The wizard as JSON: every page's words, ways and refusals, for a portal with a front end of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from flask_first_login.flow import STANDARD
from support.documents import API, addresses_of, addresses_on, fetch, left_over, lines, page_of, told, words_of
from support.pages import LINKS, NAMES, PREFIX, Sheet, portal, read, squeezed

GOLDEN = (Path(__file__).parent / "paths.txt").read_text(encoding="utf-8").splitlines()
LANGS = ("zh-Hant-TW", "en")
QUESTIONS = {"identity": "public", "account": "none", "certificate": "yes", "egov-account": "no"}


@pytest.fixture(scope="module")
def app() -> Flask:
    app = portal(links=LINKS)
    app.testing = True
    return app


# --- the wizard by JSON alone, and the same as its pages ---


def test_the_wizard_is_walked_to_every_end_by_json_alone(client: FlaskClient) -> None:
    assert [*lines(client)] == GOLDEN


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", STANDARD.by_key)
def test_a_screen_says_what_its_page_says_no_more_and_no_less(client: FlaskClient, key: str, lang: str) -> None:
    screen = fetch(client, f"{API}/screens/{key}?lang={lang}")
    page = Sheet(client.get(screen["page_url"]))
    assert screen["lang"] == page.one("html").get("lang") == lang
    assert [text for text in words_of(screen) if text not in squeezed(page.title) + page.words] == []
    assert left_over(page, screen, "fl-text", "fl-choices") == ""


@pytest.mark.parametrize("query", ["", "?lang=en", "?next=/courses/7&egov=no&account=egov"])
@pytest.mark.parametrize("key", STANDARD.by_key)
def test_a_screen_leads_where_its_page_leads(client: FlaskClient, key: str, query: str) -> None:
    screen = fetch(client, f"{API}/screens/{key}{query}")
    page = Sheet(client.get(screen["page_url"]))
    start_again = page_of(fetch(client, f"{API}/portal{query}")["start"]["url"])
    found = {page_of(url) for url in addresses_of(screen)}
    assert addresses_on(page, "fl-text", "fl-choices") - {start_again} == found - {start_again}


@pytest.mark.parametrize("lang", LANGS)
def test_the_login_document_has_the_columns_of_the_login_page(client: FlaskClient, lang: str) -> None:
    login, page = fetch(client, f"{API}/login?lang={lang}"), read(client, "/login", lang=lang)
    assert left_over(page, login, "fl-notice", "fl-columns") == ""
    assert {page_of(url) for url in addresses_of(login)} == addresses_on(page, "fl-notice", "fl-columns")
    for column in login["columns"]:
        shown = page.one("section", **{"aria-labelledby": f"fl-{column['key']}"})
        given = [one["start_url"] for group in column["groups"] for one in group["providers"]]
        assert [one.get("href") for one in shown.iter("a") if "fl-provider" in one.get("class", "")] == given


@pytest.mark.parametrize("lang", LANGS)
def test_the_questions_and_answers_are_those_of_their_page(client: FlaskClient, lang: str) -> None:
    faq, page = fetch(client, f"{API}/faq?lang={lang}"), read(client, "/faq", lang=lang)
    assert [text for text in words_of(faq) if text not in page.words] == []
    assert [one.get("aria-labelledby") for one in page.all("section") if one.find("p") is not None][
        : len(faq["entries"])
    ] == [one["id"] for one in faq["entries"]]


@pytest.mark.parametrize("lang", LANGS)
def test_the_portal_says_whom_to_ask_as_every_page_does(client: FlaskClient, lang: str) -> None:
    told_by_json = fetch(client, f"{API}/portal?lang={lang}")
    page = read(client, "/login", lang=lang)
    help_block = page.one("section", class_="fl-help")
    assert [
        text for text in words_of(told_by_json["contacts"]) if text not in squeezed("".join(help_block.itertext()))
    ] == []
    assert {f"tel:{one['tel']}" for one in told_by_json["contacts"]} == {
        one.url for one in page.links if one.url.startswith("tel:")
    }


def test_the_portal_leads_to_every_other_document(client: FlaskClient) -> None:
    found = fetch(client, f"{API}/portal")
    statuses = {name: client.get(url).status_code for name, url in found.items() if name.endswith("_url")}
    assert statuses == {
        "home_url": 404,  # this portal has no page of its own
        "login_url": 200,
        "faq_url": 200,
        "account_url": 401,
        "hours_url": 401,
        "outcome_url": 401,
        "acknowledgement_url": 400,
        "description_url": 200,
    }
    assert [fetch(client, one["url"])["lang"] for one in found["languages"]] == [*LANGS, "vi"]


# --- answers ---


@pytest.mark.parametrize("key", QUESTIONS)
def test_an_answer_leads_where_the_form_of_the_page_leads(client: FlaskClient, key: str) -> None:
    question = fetch(client, f"{API}/screens/{key}?next=/courses/7")
    given = {question["name"]: QUESTIONS[key]}
    query = {**question["answers"], **given, "next": "/courses/7"}
    by_json = fetch(client, question["answer_url"].partition("?")[0], query_string=query)
    page_url = question["page_url"].partition("?")[0]
    by_form = client.get(page_url, query_string={**query, "submitted": "1"})
    assert page_of(by_json["next"]["url"]) == page_of(by_form.headers["Location"])
    assert by_json["next"] in [one["next"] for one in question["options"]]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("query", ["", "&{}=perhaps", "&{0}=yes&{0}=no"])
@pytest.mark.parametrize("key", QUESTIONS)
def test_no_answer_is_refused_in_the_words_of_the_page(client: FlaskClient, key: str, query: str, lang: str) -> None:
    question = fetch(client, f"{API}/screens/{key}?lang={lang}")
    response = client.get(f"{API}/screens/{key}/answer?lang={lang}{query.format(question['name'])}")
    problem = told(response)
    page = Sheet(client.get(question["page_url"] + "&submitted=1"))
    assert (response.status_code, problem["status"], problem["code"]) == (422, 422, "answer_missing")
    assert problem["detail"] == question["error"]
    assert problem["errors"] == [{"name": question["name"], "detail": question["error"]}]
    assert squeezed(problem["title"] + problem["detail"]) in page.words


def test_an_answer_given_before_is_remembered(client: FlaskClient) -> None:
    again = fetch(client, f"{API}/screens/identity?identity=public&account=nonsense")
    assert (again["chosen"], again["answers"]) == ("public", {"identity": "public"})


def test_a_portal_that_passes_hand_off_pages_over_leads_straight_to_the_provider() -> None:
    client = portal(links=LINKS, handoff="redirect").test_client()
    ecpa, _, none = fetch(client, f"{API}/screens/account")["options"]
    assert ecpa["next"] == {
        "kind": "sign_in",
        "provider": "ecpa",
        "url": f"{PREFIX}/sign-in/ecpa?identity=civil-servant&account=ecpa",
    }
    assert none["next"]["kind"] == "screen"
    assert fetch(client, f"{API}/screens/account/answer?account=ecpa")["next"]["kind"] == "sign_in"


def test_a_screen_without_a_way_on_says_so_in_the_words_of_its_page() -> None:
    client = portal({}).test_client()
    screen = fetch(client, f"{API}/screens/no-certificate?lang=en")
    assert (screen["way"], screen["providers"]) == (None, [])
    assert squeezed(screen["unavailable"]) in read(client, "/public/no-certificate", lang="en").words
    login = fetch(client, f"{API}/login?lang=en")
    assert [one["unavailable"] for one in login["columns"]] == [screen["unavailable"]] * 2


def test_a_link_that_the_portal_has_not_set_is_words_alone(client: FlaskClient) -> None:
    bare = portal().test_client()
    blocks = fetch(bare, f"{API}/screens/ecpa-guide")["blocks"]
    assert [one for one in blocks if one["type"] == "download"] == []
    visits = [one for one in fetch(bare, f"{API}/screens/egov-login")["after"] if one["type"] == "visit"]
    assert [one["url"] for one in visits] == [None]


def test_a_desk_that_the_portal_does_not_have_is_left_out() -> None:
    client = portal(contacts={}).test_client()
    assert [one for one in fetch(client, f"{API}/screens/egov-login")["after"] if one["type"] == "contact"] == []
    assert fetch(client, f"{API}/portal")["contacts"] == []


def test_every_provider_of_the_portal_can_be_reached_from_the_login_document(client: FlaskClient) -> None:
    columns = fetch(client, f"{API}/login")["columns"]
    names = {one["name"] for column in columns for group in column["groups"] for one in group["providers"]}
    assert names == {*NAMES}


# --- what holds for every document ---


def test_below_a_mount_point_every_address_begins_with_it(client: FlaskClient) -> None:
    found = fetch(client, f"{API}/login", base_url="http://localhost/portal")
    assert [url for url in addresses_of(found) if not url.startswith("/portal/first-login/")] == []


@pytest.mark.parametrize("path", ["/portal", "/login", "/faq", "/screens/identity", "/openapi.json"])
def test_a_document_for_everybody_is_sent_once(client: FlaskClient, path: str) -> None:
    first = client.get(API + path)
    again = client.get(API + path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert (first.headers["Cache-Control"], first.headers["Vary"]) == ("private, no-cache", "Accept-Language")
    assert "Set-Cookie" not in first.headers


def test_the_language_of_a_document_is_chosen_as_that_of_a_page(client: FlaskClient) -> None:
    response = client.get(f"{API}/faq", headers={"Accept-Language": "en-GB"})
    assert (told(response)["lang"], response.headers["Content-Language"]) == ("en", "en")


@pytest.mark.parametrize("next_page", ["//evil.example", "https://evil.example/", "/\\evil"])
def test_no_document_leads_to_another_site_because_its_address_says_so(client: FlaskClient, next_page: str) -> None:
    response = client.get(
        f"{API}/screens/account", query_string={"next": next_page, "lang": "xx", "account": "<script>"}
    )
    assert response.status_code == 200
    assert not any(one in response.text for one in ("evil", "script>", "xx"))


# --- refusals ---

REFUSED = {
    "/nothing": ("GET", 404, "not_found"),
    "/screens": ("GET", 404, "not_found"),
    "/screens/": ("GET", 404, "not_found"),
    "/screens/nowhere": ("GET", 404, "not_found"),
    "/screens/public/certificate": ("GET", 404, "not_found"),
    "/screens/nowhere/answer": ("GET", 404, "not_found"),
    "/screens/egov-login/answer": ("GET", 404, "not_found"),
    "/portal/": ("GET", 404, "not_found"),
    "/portal": ("DELETE", 405, "method_not_allowed"),
    "/login": ("TRACE", 405, "method_not_allowed"),
    "/screens/identity": ("POST", 405, "method_not_allowed"),
    "/join/ecpa": ("GET", 405, "method_not_allowed"),
    "/account": ("GET", 401, "not_signed_in"),
    "/hours": ("GET", 401, "not_signed_in"),
    "/outcome": ("GET", 401, "not_signed_in"),
    "/join/myegov": ("POST", 401, "not_signed_in"),
    "/acknowledgement": ("GET", 400, "expired"),
}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("path", REFUSED)
def test_every_refusal_is_problem_details_with_a_stable_code(client: FlaskClient, path: str, lang: str) -> None:
    method, status, code = REFUSED[path]
    response = client.open(f"{API}{path}?lang={lang}", method=method)
    problem = told(response)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert (problem["status"], problem["code"]) == (status, code)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Language"] == lang


def test_a_code_is_the_same_in_both_languages_and_its_words_are_not(client: FlaskClient) -> None:
    zh, en = (told(client.get(f"{API}/hours?lang={lang}")) for lang in LANGS)
    assert zh["code"] == en["code"]
    assert {zh["title"], zh["detail"]}.isdisjoint({en["title"], en["detail"]})


def test_who_is_not_signed_in_is_challenged_in_a_way_that_opens_no_dialog(client: FlaskClient) -> None:
    assert client.get(f"{API}/account").headers["WWW-Authenticate"] == 'Cookie realm="first-login"'


def test_a_wrong_method_is_told_the_right_ones(client: FlaskClient) -> None:
    wrong = client.delete(f"{API}/acknowledgement")
    asked = client.options(f"{API}/acknowledgement")
    assert {*wrong.allow} == {"GET", "HEAD", "POST"}
    assert (asked.status_code, {*asked.allow}) == (204, {"GET", "HEAD", "POST", "OPTIONS"})


@pytest.mark.parametrize("path", ["/login", "/", "/hours", "/acknowledge"])
def test_a_page_tells_its_methods_too(client: FlaskClient, path: str) -> None:
    wrong, asked = client.open(PREFIX + path, method="TRACE"), client.options(PREFIX + path)
    assert (wrong.status_code, wrong.mimetype, asked.status_code) == (405, "text/html", 204)
    assert {*wrong.allow, "OPTIONS"} == {*asked.allow} >= {"GET", "HEAD", "OPTIONS"}
