"""What proves that a person was asked again: the time that their provider signed, and nothing else."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims, Ticket
from flask_first_login.testing import BY_ECPA, OTHER_NATIONAL_ID
from internals import CLOCKS_APART, FRESH, Proof, Start, client_for, register
from support.host_portal import Host, code_of, fields_of
from support.learner import Learner, leads_to
from support.pages import Sheet
from support.stand_in_provider import StandIn, come_back, post_across, return_path, signed, standing_in

HOURS = "/first-login/hours"
API = "/first-login/api/v1"
UID = "A123456789"
MINUTE = timedelta(minutes=1)
CODE = "a-code-"


@pytest.fixture(scope="module")
def running() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def provider(running: StandIn) -> StandIn:
    running.be_honest()
    running.say("/gov/userinfo", {"sub": "person", "uid": UID, "cn": "陳大文", "auth_time": int(time.time())})
    return running


class Agency:
    """Verifies the tickets of a provider of the integrator's own; ``proved_at`` is what they say of the proof."""

    proved_at: datetime | None = None

    def __call__(self, ticket: Ticket) -> Claims:
        values = {"uid": UID, "name": "陳大文", "auth_time": int(time.time())}
        return Claims(ticket.provider, ticket.issuer, "agent", ticket.received_at, values, self.proved_at)


@pytest.fixture
def agency() -> Agency:
    return Agency()


@pytest.fixture
def app(provider: StandIn, agency: Agency) -> Flask:
    """A portal with a government OpenID provider, one that posts tickets, and one that speaks plain OAuth 2.0."""
    words = {"standing": "government", "title": {"en": "Agency", "zh": "某機關"}}
    ticket = {"protocol": "ticket", "issuer": f"{provider.url}/agency", "login_url": f"{provider.url}/agency/login"}
    urls = {key: f"{provider.url}/facebook/{path}" for key, path in (("token_url", "token"), ("profile_url", "me"))}
    oauth = {"protocol": "oauth2", "client_id": "portal", "client_secret": "secret", "issuer": f"{provider.url}/city"}
    app = Flask("portal")
    app.config.update(
        SECRET_KEY="a-secret-of-this-test",
        FIRST_LOGIN_PROVIDERS={
            "gov": provider.settings()["gov"],
            "agency": {**words, **ticket, "verify": agency},
            "city": {**words, **oauth, **urls, "authorize_url": f"{provider.url}/city/authorize"},
        },
    )
    FirstLogin(app, accounts=MemoryAccounts())
    return app


@pytest.fixture
def learner(app: Flask) -> Learner:
    return Learner.at(app)


def sign_in(learner: Learner, provider: StandIn, name: str = "gov", asks: str = "", **claims: object) -> TestResponse:
    """The whole way with a provider that states these claims beside the honest ones, and None leaves one out."""
    sent_to = learner.start(name, asks)
    query = dict(parse_qsl(urlsplit(sent_to).query))
    if name == "agency":
        return learner.follow(post_across(learner, return_path(sent_to), {"ticket": query["ReturnUrl"][-30:]}))
    if name == "city":
        provider.say("/facebook/me", {"id": "citizen", "uid": UID, "name": "陳大文", "auth_time": int(time.time())})
        return come_back(learner, name, sent_to, {"code": CODE + query["state"], "state": query["state"]})
    fields = provider.answer(name, sent_to)
    said = {**provider.claims(name, query["nonce"]), **claims}
    provider.say_token(name, signed({}, json.dumps(said).encode()))
    return come_back(learner, name, sent_to, fields)


def asks_to_join(learner: Learner, name: str = "agency") -> TestResponse:
    token = fields_of(learner.get(HOURS), "csrf_token")
    return learner.post(f"/first-login/sign-in/{name}/join", token)


def asks_to_join_by_json(learner: Learner, name: str = "agency") -> TestResponse:
    account = learner.get(f"{API}/account", headers={"Accept": "application/json"}).get_json()
    return learner.client.post(f"{API}/join/{name}?next=/app", headers={"X-CSRFToken": account["csrf_token"]}, json={})


def ago(span: timedelta) -> int:
    return int(time.time() - span.total_seconds())


# --- an OpenID provider ---


def test_a_sign_in_that_states_when_the_person_proved_themself_allows_a_change(
    learner: Learner, provider: StandIn
) -> None:
    sign_in(learner, provider, auth_time=ago(MINUTE))
    assert leads_to(asks_to_join(learner))
    assert asks_to_join_by_json(learner).status_code == 200


@pytest.mark.parametrize("asks", ["", "?fresh=1"])
@pytest.mark.parametrize(
    "stated", [{}, {"auth_time": ago(2 * FRESH)}, {"auth_time": 0}], ids=["nothing", "half an hour ago", "long ago"]
)
def test_a_session_with_the_provider_is_no_proof(
    learner: Learner, provider: StandIn, asks: str, stated: dict[str, Any]
) -> None:
    sign_in(learner, provider, asks=asks, **stated)
    assert learner.get(HOURS).status_code == 200  # they are signed in all the same
    page = asks_to_join(learner)
    assert (page.status_code, code_of(page)) == (403, "not_fresh")
    answer = asks_to_join_by_json(learner)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "not_fresh")


def test_who_was_asked_again_proved_nothing_by_a_sign_in_of_before_that(learner: Learner, provider: StandIn) -> None:
    before = ago(5 * MINUTE)
    sign_in(learner, provider, asks="?fresh=1", auth_time=before)
    assert code_of(asks_to_join(learner)) == "not_fresh"
    sign_in(learner, provider, auth_time=before)  # nobody had asked: it is less than a quarter of an hour old
    assert leads_to(asks_to_join(learner))


@pytest.mark.parametrize("stated", [{}, {"auth_time": ago(2 * FRESH)}], ids=["nothing", "half an hour ago"])
def test_a_later_sign_in_that_proves_nothing_takes_the_proof_away(
    learner: Learner, provider: StandIn, stated: dict[str, Any]
) -> None:
    sign_in(learner, provider, auth_time=ago(MINUTE))
    sign_in(learner, provider, **stated)
    assert code_of(asks_to_join(learner)) == "not_fresh"


def test_a_time_of_the_future_proves_nothing_or_counts_from_now(learner: Learner, provider: StandIn) -> None:
    sign_in(learner, provider, auth_time=ago(-2 * CLOCKS_APART))
    assert code_of(asks_to_join(learner)) == "not_fresh"
    now = datetime.now(UTC)
    found = Proof(now + CLOCKS_APART / 2).at
    assert found is not None
    assert abs(found - now) < timedelta(seconds=5)
    assert Proof(now + 2 * CLOCKS_APART).at is None
    assert Proof(now + 2 * CLOCKS_APART, asked_at=now).at is None


def test_a_setting_never_has_a_person_who_must_prove_themself_go_unasked(provider: StandIn) -> None:
    wishes = {"max_age": "3600", "prompt": "none", "ui_locales": "zh-TW"}
    setting = {**provider.settings()["gov"], "authorize_params": wishes, "step_up_params": {"prompt": "consent"}}
    made, problems = register({"gov": setting})
    assert problems == []
    client = client_for(made["gov"])
    asked = dict(parse_qsl(urlsplit(client.begin(_start(fresh=True))).query))
    assert (asked["prompt"], asked["max_age"], asked["ui_locales"]) == ("login", "0", "zh-TW")
    asked = dict(parse_qsl(urlsplit(client.begin(_start(fresh=False))).query))
    assert (asked["prompt"], asked["max_age"]) == ("none", "3600")


def _start(*, fresh: bool) -> Start:
    return Start("https://portal.example.tw/callback", "the-state", "the-nonce", "v" * 43, fresh=fresh)


def test_what_joins_an_account_keeps_the_proof_that_allowed_it(
    learner: Learner, provider: StandIn, agency: Agency
) -> None:
    sign_in(learner, provider, auth_time=ago(MINUTE))
    sent_to = leads_to(asks_to_join(learner))
    query = dict(parse_qsl(urlsplit(sent_to).query))
    learner.follow(post_across(learner, return_path(sent_to), {"ticket": query["ReturnUrl"][-30:]}))
    leave = next(form for form in Sheet(learner.get(HOURS)).all("form") if "/gov/leave" in form.get("action", ""))
    fields = {one.get("name", ""): one.get("value", "") for one in leave.iter("input")}
    assert code_of(learner.post(leave.get("action", ""), fields)) == ""


# --- other protocols ---


@pytest.mark.parametrize(
    ("proved", "status"),
    [(None, 403), (timedelta(), 200), (14 * MINUTE, 200), (FRESH, 403), (-2 * CLOCKS_APART, 403)],
    ids=["states nothing", "now", "a while ago", "too long ago", "in the future"],
)
def test_a_ticket_proves_what_its_verifier_states(
    learner: Learner, provider: StandIn, agency: Agency, proved: timedelta | None, status: int
) -> None:
    agency.proved_at = datetime.now(UTC) - proved if proved is not None else None
    sign_in(learner, provider, "agency")
    assert asks_to_join(learner, "gov").status_code == status


def test_a_verifier_that_forgets_the_time_zone_is_told_so(learner: Learner, provider: StandIn, agency: Agency) -> None:
    agency.proved_at = datetime.now(UTC).replace(tzinfo=None)
    assert code_of(sign_in(learner, provider, "agency")) == "portal_error"
    with pytest.raises(ValueError, match="proved_at must be an aware datetime"):
        Claims("agency", "https://agency.example", "agent", datetime.now(UTC), {}, agency.proved_at)


def test_oauth_without_id_tokens_proves_nothing_and_is_not_asked_in_vain(learner: Learner, provider: StandIn) -> None:
    assert sign_in(learner, provider, "city").status_code == 303
    page = asks_to_join(learner, "gov")
    assert code_of(page) == "not_fresh"
    assert Sheet(page).links_of("fl-provider") == []
    assert "無法以它進行這項變更" in page.text


# --- what the page says ---


def test_who_was_asked_in_vain_is_told_so_and_not_asked_again(learner: Learner, provider: StandIn) -> None:
    sign_in(learner, provider)
    (button,) = Sheet(asks_to_join(learner)).links_of("fl-provider")
    assert button.query == {"fresh": "1", "next": HOURS}
    sign_in(learner, provider, asks="?fresh=1")
    page = asks_to_join(learner)
    assert Sheet(page).links_of("fl-provider") == []
    assert "機關沒有告訴我們您是何時驗證身分的" in page.text
    assert "請聯絡客服" in page.text
    assert "<h1>無法在此進行這項變更</h1>" in page.text
    problem = asks_to_join_by_json(learner).get_json()
    assert problem["providers"] == []
    assert "機關沒有告訴我們您是何時驗證身分的" in problem["detail"]


def test_who_was_let_in_by_an_old_session_is_told_to_sign_out_there(learner: Learner, provider: StandIn) -> None:
    sign_in(learner, provider, asks="?fresh=1", auth_time=ago(2 * FRESH))
    page = asks_to_join(learner)
    (button,) = Sheet(page).links_of("fl-provider")
    assert (button.path, button.query["fresh"]) == ("/first-login/sign-in/gov", "1")
    assert "請先至機關登出" in page.text
    sign_in(learner, provider, asks="?fresh=1", auth_time=ago(timedelta()))
    assert leads_to(asks_to_join(learner))


def test_who_has_another_way_to_sign_in_is_led_there(learner: Learner, provider: StandIn, agency: Agency) -> None:
    sign_in(learner, provider, auth_time=ago(MINUTE))
    sent_to = leads_to(asks_to_join(learner))
    query = dict(parse_qsl(urlsplit(sent_to).query))
    learner.follow(post_across(learner, return_path(sent_to), {"ticket": query["ReturnUrl"][-30:]}))
    sign_in(learner, provider, asks="?fresh=1")
    page = asks_to_join(learner, "city")
    (button,) = Sheet(page).links_of("fl-provider")
    assert button.path == "/first-login/sign-in/agency"
    assert "請改以您帳號的其他登入方式重新登入一次" in page.text
    agency.proved_at = datetime.now(UTC)
    sign_in(learner, provider, "agency", "?fresh=1")
    assert leads_to(asks_to_join(learner, "city"))


def test_what_one_account_could_not_prove_says_nothing_of_another() -> None:
    host = Host(MemoryAccounts()).mounted()
    host.proves = Proof(None, asked_at=datetime.now(UTC))
    told = host.learner()
    host.arrives(BY_ECPA, told)
    assert Sheet(asks_to_join(told, "myegov")).links_of("fl-provider") == []
    host.proves = Proof()
    other = host.learner()
    host.arrives(replace(BY_ECPA, subject="another", national_id=OTHER_NATIONAL_ID), other)
    other.client.set_cookie("fl-fresh", told.cookies()["fl-fresh"])
    (button,) = Sheet(asks_to_join(other, "myegov")).links_of("fl-provider")
    assert button.path == "/first-login/sign-in/ecpa"
