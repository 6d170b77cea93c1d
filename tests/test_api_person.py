"""What the JSON interface says of a person and does for them: by the rules of the pages, no more and no less."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote, urlsplit

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.test import TestResponse

from flask_first_login import Assurance, FirstLogin, Identity, Kind, Reason, Text
from flask_first_login import Learner as Asked
from flask_first_login.accounts.memory import MemoryAccounts
from support.documents import (
    API,
    FURNITURE,
    Document,
    addresses_of,
    addresses_on,
    fetch,
    left_over,
    page_of,
    told,
    words_of,
)
from support.learner import Learner
from support.pages import PROVIDERS, SECRET, Sheet, squeezed
from support.pages import portal as bare_portal
from support.stand_in_provider import PERSON, StandIn, come_back, standing_in
from test_admission import GOOGLE, NUMBER, VERIFIED, Portal, portal

__all__ = ["portal"]  # a fixture of that file, which this one uses too
LANGS = ("zh-Hant-TW", "en")
GENERAL = replace(VERIFIED, provider="myegov", kind=Kind.GENERAL, assurance=Assurance.DECLARED)
WITHOUT_ID = replace(GENERAL, national_id=None, assurance=Assurance.NONE)
PEOPLE = {"official": VERIFIED, "general": GENERAL, "without ID": WITHOUT_ID}


def signed_in(portal: Portal, identity: Identity = VERIFIED, query: str = "") -> Learner:
    learner = Learner.at(portal.app)
    portal.brings = identity
    assert learner.get(f"/arrive{query}").status_code == 303
    return learner


def read(learner: Learner, path: str, lang: str) -> tuple[Document, Sheet]:
    """A document of this learner's and the page it stands for."""
    return fetch(learner.client, f"{API}{path}lang={lang}"), Sheet(learner.get(f"/first-login{path}lang={lang}"))


def with_token(learner: Learner, path: str, token: str, body: object = None) -> TestResponse:
    given = {} if body is None else {"json": body}
    return learner.client.post(API + path, headers={"X-CSRFToken": token}, **given)


# --- the same as the pages ---


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("person", PEOPLE)
def test_the_hours_report_says_what_its_page_says(portal: Portal, person: str, lang: str) -> None:
    hours, page = read(signed_in(portal, PEOPLE[person]), "/hours?", lang)
    rows = page.all("li", class_="fl-hours-row")
    shown = {
        one.get("data-authority"): (row, one) for row in rows for one in row.iter("span") if one.get("data-authority")
    }
    assert shown.keys() == {one["key"] for one in hours["authorities"]}
    for authority in hours["authorities"]:
        row, title = shown[authority["key"]]
        assert title.get("data-verdict") == authority["verdict"]
        assert row.get("data-reason") in {None, *(one["code"] for one in authority["reasons"])}
    drawn = as_drawn(hours)
    assert [text for text in words_of(drawn) if text not in page.words] == []
    assert {page_of(url) for url in addresses_of(drawn)} <= addresses_on(page, "fl-text")
    for row in rows:
        assert FURNITURE[lang].sub("", rest_of("".join(row.itertext()), drawn)) == ""


def as_drawn(document: Document) -> Document:
    """What a page draws of the hours: one row a cause. Line by line, with every reason, they are for front ends that
    draw their own; where a link of a remedy leads, the strong button leads already."""
    told = {name: value for name, value in document.items() if name not in {"authorities", "next", "restart_url"}}
    for cause in told["causes"]:
        cause["reason"] = (
            {"remedies": cause["reason"]["remedies"] if cause["shown_as"] == "held" else []}
            if cause["reason"]
            else None
        )
        for remedy in cause["reason"]["remedies"] if cause["reason"] else []:
            if remedy["url"] == told["primary"]["url"]:
                remedy["label"] = None
    return told


def rest_of(text: str, document: Document) -> str:
    text = squeezed(text)
    for one in sorted(words_of(document), key=len, reverse=True):
        text = text.replace(one, "")
    return text


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("answers", ["", "identity=civil-servant&account=egov&", "new=1&next=/courses/7&"])
@pytest.mark.parametrize("person", PEOPLE)
def test_the_outcome_says_what_its_page_says(portal: Portal, person: str, answers: str, lang: str) -> None:
    outcome, page = read(signed_in(portal, PEOPLE[person]), f"/outcome?{answers}", lang)
    drawn = as_drawn(outcome)
    assert [text for text in words_of(drawn) if text not in page.words] == []
    assert left_over(page, drawn, "fl-text").replace("林曉明", "") == ""
    posts = {outcome["who"]["sign_out"]["url"], *(one["post_url"] for one in (outcome["others"] or NONE)["providers"])}
    aside = {outcome["step_up"]["provider"]["start_url"]} if outcome["step_up"] else set()
    found = {url for url in addresses_of(drawn) if url not in posts | aside}
    assert {page_of(url) for url in found} == addresses_on(page, "fl-text")


NONE: Document = {"providers": []}


@pytest.mark.parametrize("lang", LANGS)
def test_a_learner_who_said_civil_servant_and_came_as_another_is_told(portal: Portal, lang: str) -> None:
    learner = signed_in(portal, GENERAL)
    outcome, page = read(learner, "/outcome?identity=civil-servant&", lang)
    assert [one["type"] for one in outcome["notices"]] == ["paragraph"] * 3
    assert [len(stop["time"]) for stop in outcome["wait"]["stops"]] == [5, 5, 5]
    assert outcome["primary"]["label"].startswith(("From", outcome["wait"]["stops"][-1]["time"]))
    assert squeezed(outcome["notices"][0]["text"]) in page.words


@pytest.mark.parametrize("person", PEOPLE)
def test_the_account_shows_its_identities_as_its_owners_page_does(portal: Portal, person: str) -> None:
    learner = signed_in(portal, PEOPLE[person])
    account, page = fetch(learner.client, f"{API}/account"), Sheet(learner.get("/first-login/hours"))
    (identity,) = account["identities"]
    assert (identity["provider"], identity["kind"], identity["name"]) == (
        PEOPLE[person].provider,
        PEOPLE[person].kind,
        "林曉明",
    )
    assert [text for text in words_of(account) if text not in page.words] == []
    forms = [urlsplit(one.get("action", "")).path.split("/")[-2:] for one in page.all("form", method="post")]
    assert [["first-login", "sign-out"], *([one["name"], "join"] for one in account["joinable"])] == forms


def test_a_social_account_is_offered_nothing_to_join_and_the_way_that_earns_hours(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    accept_by_json(portal, learner)
    account, hours = fetch(learner.client, f"{API}/account"), fetch(learner.client, f"{API}/hours")
    assert (account["joinable"], account["csrf_token"]) == ([], None)
    assert account["identities"][0]["kind_label"] is None
    assert {one["verdict"] for one in hours["authorities"]} == {"refused"}
    assert "myegov" in [one["name"] for one in hours["others"]]


def test_a_remedy_says_which_screen_it_leads_to(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    accept_by_json(portal, learner)
    remedy = fetch(learner.client, f"{API}/hours")["authorities"][0]["reasons"][0]["remedies"][0]
    assert remedy["screen"] == "egov-login"
    assert fetch(learner.client, remedy["url"])["key"] == "egov-login"


def test_a_learner_who_declared_their_identity_may_verify_it(portal: Portal) -> None:
    myegov = {**PROVIDERS["myegov"], "step_up_params": {"acr_values": "certificate"}}
    portal.app = bare_portal({"myegov": myegov})
    portal.app.add_url_rule("/arrive", view_func=portal.arrive)
    outcome, page = read(signed_in(portal, GENERAL), "/outcome?", "en")
    assert outcome["step_up"]["provider"]["start_url"] in [one.url for one in page.links]
    assert squeezed(outcome["step_up"]["provider"]["label"]) in page.words
    assert fetch(signed_in(portal, VERIFIED).client, f"{API}/outcome")["step_up"] is None


def test_a_reason_of_the_hosts_own_is_told(portal: Portal) -> None:
    app = Flask("strict")
    app.config.update(portal.app.config)
    first_login = FirstLogin(accounts=portal.accounts)

    @first_login.hours_rule
    def licence(_: Asked) -> Reason | None:
        return Reason("licence", Text("Your licence has lapsed.", "您的執照已逾期。"))

    first_login.init_app(app)
    app.add_url_rule("/arrive", view_func=portal.arrive)
    learner = Learner.at(app)
    learner.get("/arrive")
    reasons = fetch(learner.client, f"{API}/hours?lang=en")["authorities"][1]["reasons"]
    assert reasons == [{"code": "host_rule:licence", "text": "Your licence has lapsed.", "remedies": []}]


# --- nobody else's, and never the number ---


@pytest.mark.parametrize("path", ["/account", "/hours", "/outcome", "/portal", "/login", "/screens/identity"])
def test_the_national_id_is_masked_wherever_it_is_said_at_all(portal: Portal, path: str) -> None:
    text = signed_in(portal).get(API + path).text
    assert NUMBER.reveal() not in text
    assert NUMBER.reveal()[1:] not in text


def test_the_owner_sees_the_masked_number(portal: Portal) -> None:
    learner = signed_in(portal)
    assert fetch(learner.client, f"{API}/account")["identities"][0]["masked_id"] == "A12345****"
    assert fetch(learner.client, f"{API}/outcome")["masked_id"] == "A12345****"
    account, outcome = (fetch(learner.client, f"{API}/{page}?lang=zh") for page in ("account", "outcome"))
    assert [who["id_title"] for who in (account["identities"][0], outcome["who"])] == ["身分證字號"] * 2


@pytest.mark.parametrize("path", ["/account", "/hours", "/outcome"])
def test_no_cache_keeps_what_shows_a_person(portal: Portal, path: str) -> None:
    response = signed_in(portal).get(API + path)
    assert response.headers["Cache-Control"] == "no-store"
    assert "Cookie" in response.vary
    assert "ETag" not in response.headers


@pytest.mark.parametrize("path", ["/account", "/hours", "/outcome"])
def test_an_account_that_is_gone_is_nobody(portal: Portal, path: str) -> None:
    learner = Learner.at(portal.app)
    with learner.client.session_transaction() as session:
        session["first_login_account"] = "no-such-account"
    assert told(learner.get(API + path))["code"] == "not_signed_in"


@pytest.mark.parametrize("path", ["/account", "/hours", "/outcome"])
def test_a_store_that_fails_is_a_problem_with_a_support_code(portal: Portal, path: str) -> None:
    learner = signed_in(portal)

    def fail(_: str) -> None:
        raise RuntimeError("the disk of A123456789 is full")

    portal.accounts.get = fail  # type: ignore[method-assign, assignment]  # a store that breaks
    response = learner.get(API + path)
    assert (response.status_code, told(response)["code"]) == (503, "portal_error")
    assert len(told(response)["support_code"]) == 8


# --- what a social sign-in costs ---


def waiting(portal: Portal, learner: Learner) -> Document:
    portal.brings = GOOGLE
    assert learner.get("/arrive?next=/courses/7").status_code == 303
    return fetch(learner.client, f"{API}/acknowledgement?lang=en")


def word(asked: Document, *, yes: bool = True, **more: object) -> Document:
    """The body of a learner's word about what they were asked."""
    return {"acknowledged": yes, "waiting": asked["waiting"], "version": asked["version"], **more}


def accept_by_json(portal: Portal, learner: Learner) -> TestResponse:
    asked = waiting(portal, learner)
    body = word(asked)
    return with_token(learner, "/acknowledgement", asked["csrf_token"], body)


@pytest.mark.parametrize("lang", LANGS)
def test_what_a_social_sign_in_costs_is_said_in_the_words_of_its_page(portal: Portal, lang: str) -> None:
    learner = Learner.at(portal.app)
    waiting(portal, learner)
    asked = fetch(learner.client, f"{API}/acknowledgement?lang={lang}")
    page = Sheet(learner.get(f"/first-login/acknowledge?lang={lang}"))
    shown = asked | {"alternatives": asked["alternatives"][1:]}  # the first is the strong button, by other words
    assert [text for text in words_of(shown) if text not in page.words] == []
    assert asked["keep"]["url"] == asked["alternatives"][0]["start_url"]
    assert (asked["waiting"], asked["provider"]["name"]) == (page.hidden["waiting"], "google")


@pytest.mark.parametrize("answers", ["identity=civil-servant", "identity=public&certificate=yes"])
def test_a_learner_whose_answers_disagree_is_stopped_in_the_words_of_the_page(portal: Portal, answers: str) -> None:
    learner = signed_in(portal, GOOGLE, f"?{answers}")
    asked = fetch(learner.client, f"{API}/acknowledgement")
    page = Sheet(learner.get("/first-login/acknowledge"))
    assert asked["mismatch"] is not None
    shown = asked | {"alternatives": asked["alternatives"][1:]}
    assert [text for text in words_of(shown) if text not in page.words] == []
    assert {one["start_url"] for one in asked["alternatives"]} <= {one.url for one in page.links}


@pytest.mark.parametrize("changed", ["waiting", "version"])
def test_what_is_accepted_is_this_sign_in_in_these_words(portal: Portal, changed: str) -> None:
    learner = Learner.at(portal.app)
    asked = waiting(portal, learner)
    response = with_token(learner, "/acknowledgement", asked["csrf_token"], {**word(asked), changed: "another"})
    assert (response.status_code, told(response)["code"]) == (400, "expired")


def test_a_learner_who_accepts_is_signed_in_and_led_to_the_outcome(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    response = accept_by_json(portal, learner)
    assert response.status_code == 200
    outcome = fetch(learner.client, told(response)["next_url"])
    assert (outcome["kind"], outcome["next"]["url"]) == ("outcome", "/courses/7")
    assert outcome["title"] == fetch(learner.client, f"{API}/outcome?new=1")["title"]
    assert told(learner.get(f"{API}/acknowledgement"))["code"] == "expired"  # nothing waits any more


def test_a_learner_who_does_not_accept_is_told_in_the_words_of_the_page(portal: Portal) -> None:
    learner = Learner.at(portal.app)
    asked = waiting(portal, learner)
    body = word(asked, yes=False)
    refused = with_token(learner, "/acknowledgement?lang=en", asked["csrf_token"], body)
    page = Sheet(
        learner.post(
            "/first-login/acknowledge?lang=en", {name: asked[name] for name in ("csrf_token", "waiting", "version")}
        )
    )
    assert (refused.status_code, told(refused)["code"]) == (422, "not_acknowledged")
    assert squeezed(told(refused)["title"] + told(refused)["detail"]) in page.words
    assert told(learner.get(f"{API}/account"))["code"] == "not_signed_in"


def test_what_was_accepted_once_cannot_be_accepted_again(portal: Portal) -> None:
    learner, thief = Learner.at(portal.app), Learner.at(portal.app)
    asked = waiting(portal, learner)
    for name, value in learner.cookies().items():
        thief.client.set_cookie(name, value)
    body = word(asked)
    answers = [told(with_token(one, "/acknowledgement", asked["csrf_token"], body)) for one in (learner, thief)]
    assert [one.get("kind", one.get("code")) for one in answers] == ["acknowledged", "already_used"]


@pytest.mark.parametrize("token", ["", "made-up"])
def test_nothing_is_accepted_without_the_token_of_this_session(portal: Portal, token: str) -> None:
    learner = Learner.at(portal.app)
    asked = waiting(portal, learner)
    body = word(asked, csrf_token=asked["csrf_token"])
    in_header = with_token(learner, "/acknowledgement", token, word(asked))
    in_body = with_token(learner, "/acknowledgement", token, body)
    assert [told(one)["code"] for one in (in_header, in_body)] == ["expired", "bad_request"]
    assert told(learner.get(f"{API}/account"))["code"] == "not_signed_in"


BODIES = {
    "a list": ("[1]", "application/json", 400, "bad_request"),
    "nothing": ("", "application/json", 400, "bad_request"),
    "half an object": ('{"acknowledged": tr', "application/json", 400, "bad_request"),
    "a word for yes": ('{"acknowledged": "true", "waiting": "x"}', "application/json", 400, "bad_request"),
    "one member": ('{"acknowledged": true}', "application/json", 400, "bad_request"),
    "no UTF-8": ("\udcff", "application/json", 400, "bad_request"),
    "a well": ("[" * 30_000, "application/json", 400, "bad_request"),
    "too much": (json.dumps({"acknowledged": True, "waiting": "x" * 70_000}), "application/json", 413, "too_large"),
    "a form": ("acknowledged=y", "application/x-www-form-urlencoded", 415, "not_json"),
}


@pytest.mark.parametrize("sent", BODIES)
def test_a_body_that_is_none_is_refused_with_a_code(portal: Portal, sent: str) -> None:
    text, mimetype, status, code = BODIES[sent]
    learner = Learner.at(portal.app)
    headers = {"X-CSRFToken": waiting(portal, learner)["csrf_token"]}
    octets = text.encode(errors="surrogateescape")
    response = learner.client.post(f"{API}/acknowledgement", data=octets, content_type=mimetype, headers=headers)
    assert (response.status_code, response.mimetype, told(response)["code"]) == (
        status,
        "application/problem+json",
        code,
    )


# --- adding a way to sign in ---


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def joining(provider: StandIn) -> Learner:
    """A civil servant of eCPA at a portal that knows another government provider too."""
    provider.be_honest()
    host = Portal()
    key, index_key = (Fernet.generate_key().decode() for _ in "ab")
    providers = {**provider.settings(), "ecpa": PROVIDERS["ecpa"]}
    host.app = bare_portal(providers, national_id_keys=[key], national_id_index_key=index_key)
    host.app.add_url_rule("/arrive", view_func=host.arrive)
    learner = Learner.at(host.app)
    host.brings = replace(VERIFIED, national_id=type(NUMBER).parse(str(PERSON["uid"])), name=str(PERSON["cn"]))
    assert learner.get("/arrive").status_code == 303
    return learner


def test_a_way_to_sign_in_is_added_from_json_to_the_provider_and_back(joining: Learner, provider: StandIn) -> None:
    account = fetch(joining.client, f"{API}/account")
    (gov,) = [one for one in account["joinable"] if one["name"] == "gov"]
    begun = joining.client.post(gov["post_url"], headers={"X-CSRFToken": account["csrf_token"]})
    sent_to = told(begun)["next_url"]
    assert sent_to.startswith(f"{provider.url}/gov/authorize?")
    assert come_back(joining, "gov", sent_to, provider.answer("gov", sent_to)).status_code == 303
    names = [one["provider"] for one in fetch(joining.client, f"{API}/account")["identities"]]
    assert names == ["ecpa", "gov"]


@pytest.mark.parametrize(
    ("name", "token", "status", "code"),
    [
        ("gov", "made-up", 400, "expired"),
        ("gov", "", 400, "expired"),
        ("nobody", "right", 404, "not_found"),
        ("google", "right", 503, "not_available"),
        ("ecpa", "right", 502, "provider_down"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_code(
    joining: Learner, name: str, token: str, status: int, code: str
) -> None:
    right = fetch(joining.client, f"{API}/account")["csrf_token"]
    response = with_token(joining, f"/join/{name}", {"right": right}.get(token, token))
    assert (response.status_code, told(response)["code"]) == (status, code)


def test_a_session_that_somebody_found_open_adds_nothing(joining: Learner) -> None:
    account = fetch(joining.client, f"{API}/account")
    joining.client.delete_cookie("fl-fresh")
    response = with_token(joining, "/join/gov?next=/app/account", account["csrf_token"])
    problem = told(response)
    assert (response.status_code, problem["code"]) == (403, "not_fresh")
    assert [one["name"] for one in problem["providers"]] == ["ecpa"]
    assert "next=/app/account" in unquote(problem["providers"][0]["start_url"])


# --- giving up a way to sign in ---


@pytest.fixture
def twofold(portal: Portal) -> Learner:
    """A learner with two ways to sign in."""
    learner = signed_in(portal)
    owner = portal.accounts.owner_of(VERIFIED.issuer, VERIFIED.subject)
    assert owner is not None
    portal.joins = owner.id
    portal.brings = replace(VERIFIED, provider="myegov", issuer="https://myegov.example")
    assert learner.get("/arrive").status_code == 303
    return learner


def give_up(learner: Learner, account: Document, **changes: object) -> TestResponse:
    leave = account["identities"][1]["leave"]
    body = {"which": leave["which"], "confirmed": True, **changes}
    return learner.client.post(leave["post_url"], json=body, headers={"X-CSRFToken": account["csrf_token"]})


def test_a_way_to_sign_in_is_given_up_after_it_was_said_what_that_means(twofold: Learner) -> None:
    account = fetch(twofold.client, f"{API}/account?lang=en")
    asked = told(give_up(twofold, account, confirmed=False))
    page = twofold.post(
        "/first-login/sign-in/myegov/leave?lang=en",
        {"csrf_token": account["csrf_token"], "which": account["identities"][1]["leave"]["which"]},
    )
    assert [text for text in words_of(asked) if text not in Sheet(page).words] == []
    left = told(give_up(twofold, account))
    assert fetch(twofold.client, left["next_url"])["kind"] == "hours"
    after = fetch(twofold.client, f"{API}/account")
    assert [(one["provider"], one["leave"]) for one in after["identities"]] == [("ecpa", None)]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"which": "made-up"}, 400, "expired"),
        ({"confirmed": "yes"}, 400, "bad_request"),
        ({"more": 1}, 400, "bad_request"),
    ],
)
def test_what_names_no_identity_gives_up_none(
    twofold: Learner, changes: dict[str, object], status: int, code: str
) -> None:
    account = fetch(twofold.client, f"{API}/account")
    response = give_up(twofold, account, **changes)
    assert (response.status_code, told(response)["code"]) == (status, code)
    assert fetch(twofold.client, f"{API}/account")["identities"][1]["provider"] == "myegov"


def test_nothing_is_given_up_without_the_token_or_a_fresh_sign_in(twofold: Learner) -> None:
    account = fetch(twofold.client, f"{API}/account")
    assert told(give_up(twofold, {**account, "csrf_token": "made-up"}))["code"] == "expired"
    twofold.client.delete_cookie("fl-fresh")
    assert told(give_up(twofold, account))["code"] == "not_fresh"


# --- a host that checks every POST itself ---


@pytest.fixture
def guarded(portal: Portal) -> Portal:
    """The same portal on a host with CSRFProtect."""
    app = Flask("guarded")
    app.config.update(portal.app.config, SECRET_KEY=SECRET)
    CSRFProtect(app)
    FirstLogin(app, accounts=MemoryAccounts())
    app.add_url_rule("/arrive", view_func=portal.arrive)
    portal.app = app
    return portal


def test_the_token_of_a_document_satisfies_the_hosts_own_guard(guarded: Portal) -> None:
    learner = Learner.at(guarded.app)
    assert accept_by_json(guarded, learner).status_code == 200
    assert fetch(learner.client, f"{API}/account")["identities"][0]["provider"] == "google"


def test_what_the_hosts_own_guard_refuses_is_problem_details_too(guarded: Portal) -> None:
    learner = Learner.at(guarded.app)
    asked = waiting(guarded, learner)
    response = with_token(learner, "/acknowledgement", "", word(asked))
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert told(response)["code"] == "bad_request"


@pytest.mark.parametrize("token", ["", "made-up"])
def test_a_host_that_switches_its_tokens_off_leaves_ours_on(portal: Portal, token: str) -> None:
    portal.app.config["WTF_CSRF_ENABLED"] = False
    learner = Learner.at(portal.app)
    asked = waiting(portal, learner)
    refused = with_token(learner, "/acknowledgement", token, word(asked))
    assert (refused.status_code, told(refused)["code"]) == (400, "expired")
    said = {"waiting": asked["waiting"], "version": asked["version"], "acknowledged": "y", "csrf_token": token}
    assert learner.post("/first-login/acknowledge", said).status_code == 400
    assert learner.get("/first-login/api/v1/account").status_code == 401
    assert with_token(learner, "/acknowledgement", asked["csrf_token"], word(asked)).status_code == 200
    assert fetch(learner.client, f"{API}/account")["identities"][0]["provider"] == "google"


def test_a_host_that_calls_the_field_of_the_token_otherwise_leaves_ours_on(portal: Portal) -> None:
    portal.app.config["WTF_CSRF_FIELD_NAME"] = "proof"
    learner = Learner.at(portal.app)
    asked = waiting(portal, learner)
    refused = with_token(learner, "/acknowledgement", "made-up", word(asked))
    assert (refused.status_code, told(refused)["code"]) == (400, "expired")
    said = {"waiting": asked["waiting"], "version": asked["version"], "acknowledged": "y"}
    for wrong in ({}, {"csrf_token": asked["csrf_token"]}, {"proof": "made-up"}):
        assert learner.post("/first-login/acknowledge", {**said, **wrong}).status_code == 400
    assert learner.get("/first-login/api/v1/account").status_code == 401
    assert learner.post("/first-login/acknowledge", {**said, "proof": asked["csrf_token"]}).status_code == 303


def test_every_form_has_its_token_under_the_name_that_the_host_gives_it(portal: Portal) -> None:
    portal.app.config["WTF_CSRF_FIELD_NAME"] = "proof"
    learner = signed_in(portal)
    for path in ("/hours", "/sign-in/facebook/problem/belongs_to_another"):
        page = learner.get(f"/first-login{path}").get_data(as_text=True)
        assert 0 < page.count('method="post"') == page.count('name="proof"')


@pytest.mark.parametrize("key", [None, "", b""])
def test_a_key_of_the_forms_that_is_named_and_not_given_is_as_if_it_were_not_named(portal: Portal, key: object) -> None:
    portal.app.config["WTF_CSRF_SECRET_KEY"] = key
    learner = signed_in(portal)
    for path in ("/hours", "/outcome", "/login"):
        assert learner.get(f"/first-login{path}").status_code == 200
    token = fetch(learner.client, f"{API}/outcome")["csrf_token"]
    portal.app.config.pop("WTF_CSRF_SECRET_KEY")
    assert with_token(learner, "/sign-out", token, None).status_code == 200


@pytest.mark.parametrize("path", ["/join/myegov", "/anew/myegov", "/leave/ecpa", "/sign-out/"])
@pytest.mark.parametrize("interface", [API, "/first-login/sign-in"])
def test_without_its_token_nothing_of_an_account_changes_when_the_host_has_switched_tokens_off(
    portal: Portal, interface: str, path: str
) -> None:
    portal.app.config["WTF_CSRF_ENABLED"] = False
    learner = signed_in(portal)
    _, action, name = path.split("/")
    pages = {"sign-out": "/first-login/sign-out"}
    address = f"{API}{path}".rstrip("/") if interface == API else pages.get(action, f"{interface}/{name}/{action}")
    body = {"which": "", "confirmed": True} if action == "leave" else None
    response = learner.client.post(address, json=body) if interface == API else learner.client.post(address)
    assert response.status_code == 400
    assert "expired" in response.get_data(as_text=True)
    assert fetch(learner.client, f"{API}/account")["identities"][0]["provider"] == "ecpa"


@pytest.mark.parametrize("path", ["/sign-in/myegov", "/sign-in/myegov/try?key=x", "/log-in-again"])
def test_without_its_token_nothing_begins_when_the_host_has_switched_tokens_off(portal: Portal, path: str) -> None:
    portal.app.config["WTF_CSRF_ENABLED"] = False
    learner = signed_in(portal)
    response = learner.client.post(f"/first-login{path}")
    assert (response.status_code, "expired" in response.get_data(as_text=True)) == (400, True)
    assert fetch(learner.client, f"{API}/account")["identities"][0]["provider"] == "ecpa"
