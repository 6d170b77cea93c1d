"""Back, a double press and a reload bring an answer again: the learner is led on, and nobody else gains anything."""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import time_machine
from flask import Flask, session
from werkzeug.test import TestResponse

from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims, Ticket
from internals import ENDED, SOON, state_of
from support.learner import OWN_VISIT, Learner, leads_to
from support.pages import PREFIX, portal
from support.stand_in_provider import NAMES, POSTING, StandIn, come_back, post_across, return_path, signed, standing_in

STATELESS = "desk"
ALL = (*NAMES, STATELESS)
ASKED = "?identity=civil-servant&account=ecpa&lang=en&next=/courses/3"
CANCELLED = {"gov": "access_denied", "facebook": "access_denied", "apple": "user_cancelled_authorize"}


def vouch(ticket: Ticket) -> Claims:
    values = {"uid": "A223456781", "name": "張公正", "amr": "1"}
    return Claims(ticket.provider, ticket.issuer, "person", ticket.received_at, values)


@pytest.fixture(scope="module")
def provider() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture
def app(provider: StandIn) -> Flask:
    provider.be_honest()
    desk: dict[str, object] = {
        "protocol": "ticket",
        "standing": "government",
        "title": {"en": "Desk", "zh": "櫃檯"},
        "issuer": "https://desk.example.tw",
        "login_url": "https://desk.example.tw/login",
        "fields": ["ticket"],
        "state_in_path": False,
        "verify": vouch,
    }
    return portal({**provider.settings(), STATELESS: desk})


@pytest.fixture
def learner(app: Flask) -> Learner:
    return Learner.at(app)


def twin_of(learner: Learner) -> Learner:
    """The same browser, as it was when its second request left, before the first was answered."""
    twin = Learner.at(learner.app)
    for name, value in learner.cookies().items():
        twin.client.set_cookie(name, value)
    return twin


def come(learner: Learner, name: str, sent_to: str, fields: dict[str, str]) -> TestResponse:
    """Bring an answer as a browser does."""
    return come_back(learner, "myegov" if name == STATELESS else name, sent_to, fields)


def answer_of(provider: StandIn, name: str, sent_to: str) -> dict[str, str]:
    return {"ticket": secrets.token_urlsafe(16)} if name == STATELESS else provider.answer(name, sent_to)


def code(response: TestResponse) -> tuple[int, list[str]]:
    return response.status_code, re.findall('data-code="([a-z_]+)"', response.get_data(as_text=True))


def begins(response: TestResponse, sent_to: str) -> str:
    """That the answer leads to the provider of this address, by a sign-in of its own; gives its address."""
    begun = leads_to(response)
    assert begun, code(response)
    assert urlsplit(begun)[:3] == urlsplit(sent_to)[:3]
    assert begun != sent_to or "desk" in begun  # whose address has nothing of the sign-in in it
    return begun


def asked_for_tokens(provider: StandIn) -> int:
    return sum(asked.path.endswith(("/token", "/soap")) for asked in provider.asked)


def is_signed_in(learner: Learner) -> bool:
    return learner.get(f"{PREFIX}/outcome").status_code == 200


def accounts_of(app: Flask) -> int:
    accounts = state_of(app).accounts
    assert isinstance(accounts, MemoryAccounts)
    return len(vars(accounts)["_accounts"])


# --- who is signed in ---

GOVERNMENT = ("gov", "myegov", STATELESS)


@pytest.mark.parametrize("name", GOVERNMENT)
def test_who_is_signed_in_goes_on_to_where_they_were_going(
    app: Flask, learner: Learner, provider: StandIn, name: str
) -> None:
    sent_to = learner.start(name, ASKED)
    fields = answer_of(provider, name, sent_to)
    assert come(learner, name, sent_to, fields).status_code == 303
    asked, held = asked_for_tokens(provider), learner.cookies()
    for _ in range(3):
        again = come(learner, name, sent_to, fields)
        assert (again.status_code, again.headers["Location"]) == (303, "/courses/3")
    assert (asked_for_tokens(provider), accounts_of(app)) == (asked, 1)
    assert {key: value for key, value in learner.cookies().items() if not key.startswith("fl-bridge")} == held


def test_who_was_going_nowhere_goes_where_a_returning_sign_in_leads(learner: Learner, provider: StandIn) -> None:
    for query in ("", "?identity=public"):
        sent_to = learner.start("gov", query)
        fields = provider.answer("gov", sent_to)
        come(learner, "gov", sent_to, fields)
        again = come(learner, "gov", sent_to, fields)
        assert again.headers["Location"] == (f"{PREFIX}/outcome?identity=public" if query else "/")


@pytest.mark.parametrize("name", GOVERNMENT)
def test_a_new_answer_to_the_old_sign_in_is_a_repetition_too(learner: Learner, provider: StandIn, name: str) -> None:
    """Back to the provider's own page, and its button once more."""
    sent_to = learner.start(name, ASKED)
    come(learner, name, sent_to, answer_of(provider, name, sent_to))
    asked = asked_for_tokens(provider)
    fields = {"ticket": "another"} if name == STATELESS else provider.answer(name, sent_to)
    again = come(learner, name, sent_to, fields)
    assert (again.status_code, asked_for_tokens(provider)) == (303, asked)
    assert again.headers["Location"] == (f"{PREFIX}/outcome" if name == STATELESS else "/courses/3")


@pytest.mark.parametrize("name", GOVERNMENT)
def test_long_after_who_is_signed_in_is_shown_that_they_are(learner: Learner, provider: StandIn, name: str) -> None:
    sent_to = learner.start(name, ASKED)
    fields = answer_of(provider, name, sent_to)
    come(learner, name, sent_to, fields)
    with time_machine.travel(time.time() + ENDED.seconds + 1, tick=True):
        assert come(learner, name, sent_to, fields).headers["Location"] == f"{PREFIX}/outcome"
        assert is_signed_in(learner)


def test_who_is_signed_in_with_another_account_stays_so(app: Flask, learner: Learner, provider: StandIn) -> None:
    sent_to = learner.start("gov", "?next=/courses/3")
    fields = provider.answer("gov", sent_to)
    come(learner, "gov", sent_to, fields)
    with learner.client.session_transaction() as kept:
        kept.clear()
    come(learner, STATELESS, learner.start(STATELESS), {"ticket": "of another person"})
    with learner.client.session_transaction() as kept:
        account = kept["first_login_account"]
    assert come(learner, "gov", sent_to, fields).headers["Location"] == "/courses/3"
    with learner.client.session_transaction() as kept:
        assert kept["first_login_account"] == account
    assert accounts_of(app) == 2


def test_a_sign_in_that_joined_leads_to_the_learners_own_page_and_is_never_begun_by_get(
    learner: Learner, provider: StandIn
) -> None:
    proven = learner.start("gov", "?fresh=1")
    fields = provider.answer("gov", proven)
    claims = {**provider.claims("gov", dict(parse_qsl(urlsplit(proven).query))["nonce"]), "auth_time": int(time.time())}
    provider.say_token("gov", signed({}, json.dumps(claims).encode()))
    come(learner, "gov", proven, fields)
    page = learner.get(f"{PREFIX}/hours").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    sent_to = leads_to(learner.post(f"{PREFIX}/sign-in/myegov/join", {"csrf_token": token[1]}))
    fields = provider.answer("myegov", sent_to)
    twin = twin_of(learner)
    assert code(come(learner, "myegov", sent_to, fields)) == (400, ["different_person"])
    assert come(learner, "myegov", sent_to, fields).headers["Location"] == f"{PREFIX}/hours"
    assert come(twin, "myegov", sent_to, fields).headers["Location"] == f"{PREFIX}/hours"
    for browser in (learner, twin):
        browser.client.delete_cookie("session")
        assert code(come(browser, "myegov", sent_to, fields)) == (400, ["already_used"])


# --- who is not, and whose browser began it ---


@pytest.mark.parametrize("name", ALL)
def test_a_double_press_begins_the_sign_in_anew_and_its_code_is_exchanged_once(
    app: Flask, learner: Learner, provider: StandIn, name: str
) -> None:
    sent_to = learner.start(name, ASKED)
    fields = answer_of(provider, name, sent_to)
    twin = twin_of(learner)
    come(learner, name, sent_to, fields)
    asked, made = asked_for_tokens(provider), accounts_of(app)
    begun = begins(come(twin, name, sent_to, fields), sent_to)
    assert (asked_for_tokens(provider), accounts_of(app)) == (asked, made)
    assert not is_signed_in(twin)
    landed = come(twin, name, begun, answer_of(provider, name, begun))
    assert landed.status_code == 303
    assert "next=/courses/3" in landed.headers["Location"] or landed.headers["Location"].endswith("/acknowledge")


@pytest.mark.parametrize("name", ["gov", "facebook", "apple"])
def test_back_to_a_cancelled_sign_in_begins_it_anew_once(learner: Learner, provider: StandIn, name: str) -> None:
    def cancel(sent_to: str) -> TestResponse:
        state = dict(parse_qsl(urlsplit(sent_to).query))["state"]
        return come(learner, name, sent_to, {"error": CANCELLED[name], "state": state})

    first = learner.start(name, ASKED)
    assert code(cancel(first)) == (400, ["cancelled"])
    second = begins(cancel(first), first)
    assert code(cancel(first)) == (400, ["unknown_sign_in"])
    assert code(cancel(second)) == (400, ["cancelled"])
    assert code(cancel(second)) == (400, ["already_used"])
    assert code(cancel(second)) == (400, ["already_used"])
    third = learner.start(name, ASKED)  # the learner's own press begins all over
    assert code(cancel(third)) == (400, ["cancelled"])
    begins(cancel(third), third)
    assert asked_for_tokens(provider) == 0


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_failed_and_is_reloaded_begins_the_sign_in_anew_once(
    learner: Learner, provider: StandIn, name: str
) -> None:
    paths = {"myegov": "/myegov/soap"}
    provider.say(paths.get(name, f"/{name}/token"), {"error": "invalid_grant"}, 400)
    sent_to = learner.start(name, ASKED)
    fields = {"twGovT1": "once"} if name == "myegov" else {"code": "once", "state": state_of_address(sent_to)}
    assert come(learner, name, sent_to, fields).status_code in {400, 502}
    asked = asked_for_tokens(provider)
    begins(come(learner, name, sent_to, fields), sent_to)
    assert asked_for_tokens(provider) == asked


def state_of_address(sent_to: str) -> str:
    return dict(parse_qsl(urlsplit(sent_to).query))["state"]


def test_what_the_sign_in_was_asked_for_is_asked_for_again(provider: StandIn) -> None:
    gov = {**provider.settings()["gov"], "step_up_params": {"acr_values": "high"}}
    learner = Learner.at(portal({"gov": gov}))
    first = learner.start("gov", f"{ASKED}&step_up=1&fresh=1")
    cancelled = {"error": "access_denied", "state": state_of_address(first)}
    come(learner, "gov", first, cancelled)
    second = leads_to(come(learner, "gov", first, cancelled))
    said = dict(parse_qsl(urlsplit(second).query))
    assert (said["acr_values"], said["prompt"], said["max_age"]) == ("high", "login", "0")
    page = come(learner, "gov", second, {"error": "access_denied", "state": said["state"]}).get_data(as_text=True)
    assert '<html lang="en"' in page
    assert "next=/courses/3" in page
    assert "identity=civil-servant" in page


@pytest.mark.parametrize("name", POSTING)
@pytest.mark.parametrize("signs_out", [False, True])
def test_a_reload_of_the_way_over_whose_cookie_is_gone_is_a_repetition(
    learner: Learner, provider: StandIn, name: str, signs_out: bool
) -> None:
    sent_to = learner.start(name, ASKED)
    carried = post_across(learner, return_path(sent_to), answer_of(provider, name, sent_to)).headers["Location"]
    first = learner.get(carried)
    assert not [key for key in learner.cookies() if key.startswith("fl-bridge")]
    if signs_out:
        learner.client.delete_cookie("session")
        learner.client.delete_cookie("fl-pending")
    again = learner.get(carried)
    if signs_out:
        begins(again, sent_to)
    else:
        waits = first.headers["Location"] if name == "apple" else "/courses/3"
        assert (again.status_code, again.headers["Location"]) == (303, waits)


@pytest.mark.parametrize("name", ["facebook", "apple"])
def test_an_identity_that_waits_to_be_accepted_still_waits(learner: Learner, provider: StandIn, name: str) -> None:
    sent_to = learner.start(name, ASKED)
    fields = provider.answer(name, sent_to)
    first = come(learner, name, sent_to, fields)
    again = come(learner, name, sent_to, fields)
    assert (again.status_code, again.headers["Location"]) == (303, first.headers["Location"])
    assert learner.follow(again).status_code == 200


def test_a_ticket_without_a_state_that_comes_again_is_known_by_itself(learner: Learner) -> None:
    sent_to = learner.start(STATELESS, ASKED)
    used = {"ticket": "once"}
    come(learner, STATELESS, sent_to, used)
    learner.client.delete_cookie("session")
    assert code(come(learner, STATELESS, sent_to, {"ticket": "of nobody knows whom"})) == (400, ["unknown_sign_in"])
    assert leads_to(come(learner, STATELESS, sent_to, used)) == sent_to
    assert code(come(learner, STATELESS, sent_to, used)) == (400, ["ticket_reused"])


def test_a_ticket_of_before_that_meets_a_newer_sign_in_begins_that_one_anew(learner: Learner) -> None:
    used = {"ticket": "once"}
    come(learner, STATELESS, learner.start(STATELESS), used)
    learner.client.delete_cookie("session")
    sent_to = learner.start(STATELESS, "?next=/newer")
    assert leads_to(come(learner, STATELESS, sent_to, used)) == sent_to
    landed = come(learner, STATELESS, sent_to, {"ticket": "another"}).headers["Location"]
    assert landed == "/newer"


@pytest.mark.parametrize("accept", ["application/json", "application/problem+json"])
def test_a_script_is_told_where_to_begin_and_nothing_begins_by_itself(
    learner: Learner, provider: StandIn, accept: str
) -> None:
    sent_to = learner.start("gov", ASKED)
    fields = {"error": "access_denied", "state": state_of_address(sent_to)}
    come(learner, "gov", sent_to, fields)
    held = learner.cookies()
    told = learner.get(f"{return_path(sent_to)}?{urlencode(fields)}", headers={"Accept": accept})
    problem = json.loads(told.get_data(as_text=True))
    assert (told.status_code, problem["code"]) == (400, "already_used")
    assert dict(parse_qsl(urlsplit(problem["way_on"]).query))["next"] == "/courses/3"
    assert learner.cookies() == held
    begins(come(learner, "gov", sent_to, fields), sent_to)


# --- nobody else ---


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("is_taken", [False, True])
def test_another_browser_gains_nothing_before_and_after(
    app: Flask, learner: Learner, provider: StandIn, name: str, is_taken: bool
) -> None:
    sent_to = learner.start(name)
    fields = answer_of(provider, name, sent_to)
    if is_taken:
        come(learner, name, sent_to, fields)
    provider.asked.clear()
    stranger = Learner.at(app)
    refused = come(stranger, name, sent_to, fields)
    assert code(refused) == (400, ["unknown_sign_in"])
    assert provider.asked == []
    assert not is_signed_in(stranger)
    if not is_taken:
        assert come(learner, name, sent_to, fields).status_code == 303


def test_an_answer_that_another_browser_used_is_nothing_in_a_sign_in_of_this_one(app: Flask) -> None:
    first, second = Learner.at(app), Learner.at(app)
    come(first, STATELESS, first.start(STATELESS), {"ticket": "once"})
    assert code(come(second, STATELESS, second.start(STATELESS), {"ticket": "once"})) == (400, ["ticket_reused"])
    assert not is_signed_in(second)


def test_what_is_left_of_a_sign_in_is_neither_one_on_its_way_nor_one_of_another_provider(
    learner: Learner, provider: StandIn
) -> None:
    sent_to = learner.start("gov")
    (before,) = learner.cookies().values()
    state = state_of_address(sent_to)
    come(learner, "gov", sent_to, {"error": "access_denied", "state": state})
    (after,) = learner.cookies().values()
    assert len(after) < len(before)
    elsewhere = learner.get(f"{PREFIX}/sign-in/facebook/callback?code=x&state={state}")
    assert code(elsewhere) == (400, ["expired"])
    learner.client.set_cookie(f"fl-tx-{state[:16]}", after[:-4] + "AAA=")
    assert code(come(learner, "gov", sent_to, {"code": "x", "state": state})) == (400, ["expired"])


@pytest.mark.parametrize("query", [{"state": ["x", "y"]}, {"code": ["x", "y"]}])
def test_an_answer_that_is_malformed_is_no_repetition(
    learner: Learner, provider: StandIn, query: dict[str, list[str]]
) -> None:
    sent_to = learner.start("gov")
    come(learner, "gov", sent_to, provider.answer("gov", sent_to))
    again = learner.get(f"{return_path(sent_to)}?{urlencode(query, doseq=True)}")
    assert code(again) == (400, ["bad_request"])


# --- signing out ---


def test_who_signs_out_is_not_led_back_in(app: Flask, learner: Learner, provider: StandIn) -> None:
    app.add_url_rule("/leave", "leave", lambda: state_of(app).session.sign_out() or "left")  # type: ignore[attr-defined]  # a port may sign out
    sent_to = learner.start("gov")
    fields = provider.answer("gov", sent_to)
    come(learner, "gov", sent_to, fields)
    running = learner.start("gov")
    learner.get("/leave")
    assert code(come(learner, "gov", sent_to, fields)) == (400, ["unknown_sign_in"])
    assert come(learner, "gov", running, provider.answer("gov", running)).status_code == 303


@pytest.mark.parametrize(("seconds", "status"), [(SOON - 2, 303), (SOON + 2, 400)])
def test_who_signed_out_by_a_way_of_the_hosts_own_is_not_led_back_in_either(
    learner: Learner, provider: StandIn, seconds: int, status: int
) -> None:
    sent_to = learner.start("gov")
    fields = provider.answer("gov", sent_to)
    come(learner, "gov", sent_to, fields)
    with learner.client.session_transaction() as kept:
        kept.clear()
    with time_machine.travel(time.time() + seconds, tick=True):
        assert come(learner, "gov", sent_to, fields).status_code == status


def test_who_signed_out_is_not_led_back_in_by_a_second_sign_in_that_they_had_begun(learner: Learner) -> None:
    begun, used = [learner.start(STATELESS), learner.start(STATELESS)], {"ticket": "once"}
    come(learner, STATELESS, begun[0], used)
    with learner.client.session_transaction() as kept:
        kept.clear()
    with time_machine.travel(time.time() + SOON + 2, tick=True):
        assert code(come(learner, STATELESS, begun[0], used)) == (400, ["ticket_reused"])


def test_starting_with_another_account_forgets_what_has_ended(learner: Learner, provider: StandIn) -> None:
    sent_to = learner.start("gov")
    fields = provider.answer("gov", sent_to)
    come(learner, "gov", sent_to, fields)
    page = learner.get(f"{PREFIX}/sign-in/facebook/problem/belongs_to_another").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    begun = learner.post(f"{PREFIX}/sign-in/facebook/anew", {"csrf_token": token[1]})
    assert leads_to(begun)
    assert code(come(learner, "gov", sent_to, fields)) == (400, ["unknown_sign_in"])


# --- at once, and how much a browser holds ---


def test_two_requests_at_once_exchange_the_code_once_and_neither_ends_in_an_error(
    app: Flask, learner: Learner, provider: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    together, use_each_once = threading.Barrier(2), MemoryAccounts.use_each_once

    def use_together(accounts: MemoryAccounts, *digests: tuple[bytes, datetime]) -> int:
        together.wait(10)
        return use_each_once(accounts, *digests)

    sent_to = learner.start("gov", ASKED)
    fields = provider.answer("gov", sent_to)
    browsers = [learner, twin_of(learner)]
    monkeypatch.setattr(MemoryAccounts, "use_each_once", use_together)
    with ThreadPoolExecutor(2) as pool:
        answers = [*pool.map(lambda browser: come(browser, "gov", sent_to, fields), browsers)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert asked_for_tokens(provider) == 1
    assert accounts_of(app) == 1
    assert sorted(is_signed_in(browser) for browser in browsers) == [False, True]


def test_what_has_ended_makes_room_before_what_is_on_its_way(learner: Learner, provider: StandIn) -> None:
    kept = learner.start("gov", "?next=/the-first")
    for _ in range(12):
        sent_to = learner.start("gov", ASKED)
        come(learner, "gov", sent_to, {"error": "access_denied", "state": state_of_address(sent_to)})
    assert len(learner.cookies()) <= 5
    assert come(learner, "gov", kept, provider.answer("gov", kept)).status_code == 303


@pytest.mark.parametrize("write", [lambda: session.update(kept="x"), lambda: None])
def test_a_repetition_leaves_the_hosts_session_as_it_is(
    app: Flask, learner: Learner, provider: StandIn, write: Callable[[], None]
) -> None:
    app.add_url_rule("/write", "write", lambda: write() or "written")  # type: ignore[func-returns-value]  # it returns None
    sent_to = learner.start("gov", ASKED)
    fields = provider.answer("gov", sent_to)
    come(learner, "gov", sent_to, fields)
    learner.get("/write")
    before = learner.cookies()["session"]
    come(learner, "gov", sent_to, fields)
    assert learner.cookies()["session"] == before


def test_a_head_of_a_repetition_begins_nothing(learner: Learner) -> None:
    sent_to = learner.start("gov")
    fields = {"error": "access_denied", "state": state_of_address(sent_to)}
    come(learner, "gov", sent_to, fields)
    held = learner.cookies()
    looked = learner.client.head(f"{return_path(sent_to)}?{urlencode(fields)}", headers=OWN_VISIT)
    assert "Location" not in looked.headers
    assert learner.cookies() == held
    begins(come(learner, "gov", sent_to, fields), sent_to)
