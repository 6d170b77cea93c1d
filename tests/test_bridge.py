"""An answer that another site posts, carried over to a GET: the host's session and every running sign-in stay whole."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import pytest
from flask import Flask, session
from flask_wtf import CSRFProtect
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, SignInError
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims, Ticket
from internals import PRESETS, form_post
from support.learner import Learner, leads_to
from support.pages import SECRET, portal
from support.stand_in_provider import come_back, post_across, return_path

NUMBER = "A223456781"
TICKET = f"6E82{NUMBER.encode().hex()}"
FIELDS = {"loginType": "1", "ticket": TICKET}


def vouch(ticket: Ticket) -> Claims:
    values = {"uid": NUMBER, "name": "張公正", "amr": ticket.fields["loginType"]}
    return Claims(ticket.provider, ticket.issuer, ticket.fields["ticket"][:200], ticket.received_at, values)


AGENCY: dict[str, object] = {
    "protocol": "ticket",
    "standing": "government",
    "title": {"en": "Agency", "zh": "機關"},
    "issuer": "https://agency.example.tw",
    "login_url": "https://agency.example.tw/login",
    "fields": ["loginType", "ticket"],
    "verify": vouch,
}
PROVIDERS: dict[str, object] = {
    "agency": AGENCY,
    "bureau": {**AGENCY, "issuer": "https://bureau.example.tw"},
    "stateless": {**AGENCY, "issuer": "https://stateless.example.tw", "state_in_path": False},
    "google": {"client_id": "id", "client_secret": "secret", "issuer": "http://127.0.0.1:9/google"},
    "apple": {"client_id": "id", "client_secret": "secret", "issuer": "http://127.0.0.1:9/apple"},
    "facebook": {"client_id": "id", "client_secret": "secret"},
}
CALLBACK = "/first-login/sign-in/{}/callback"


@pytest.fixture
def app() -> Flask:
    return portal(PROVIDERS)


@pytest.fixture
def learner(app: Flask) -> Learner:
    return Learner.at(app)


def code(response: TestResponse) -> tuple[int, list[str]]:
    """The status, and the code of the failure that the page tells."""
    return response.status_code, re.findall('data-code="([a-z_]+)"', response.get_data(as_text=True))


def is_signed_in(learner: Learner) -> bool:
    return learner.get("/first-login/outcome").status_code == 200


def set_cookies(response: TestResponse) -> dict[str, str]:
    """The cookies that an answer sets."""
    pairs = (one.partition(";")[0].partition("=") for one in response.headers.getlist("Set-Cookie"))
    return {name: value for name, _, value in pairs}


def set_by(response: TestResponse) -> list[str]:
    """The names of the cookies that an answer sets."""
    return [*set_cookies(response)]


# --- the way over ---


def test_a_posted_answer_goes_on_by_get_with_its_fields_in_a_sealed_cookie_for_a_minute(learner: Learner) -> None:
    sent_to = learner.start("agency")
    response = post_across(learner, return_path(sent_to), FIELDS)
    assert response.status_code == 303
    path = urlsplit(response.headers["Location"])
    assert path.path == return_path(sent_to)
    assert re.fullmatch("bridged=[0-9a-f]{8}", path.query)
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("fl-bridge-0=")
    assert set(cookie.split("; ")[1:]) >= {"Max-Age=60", "HttpOnly", "Path=/", "SameSite=Lax"}
    assert learner.follow(response).status_code == 303
    assert is_signed_in(learner)


def test_over_https_the_cookie_is_bound_to_the_host(learner: Learner) -> None:
    secure = portal(PROVIDERS, external_url="https://portal.example.gov.tw")
    response = Learner.at(secure).post(CALLBACK.format("agency") + "/x", FIELDS)
    (cookie,) = response.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-fl-bridge-0=")
    assert "; Secure;" in cookie


def test_nothing_that_was_posted_is_seen_in_a_url_or_a_cookie(learner: Learner) -> None:
    response = post_across(learner, return_path(learner.start("agency")), {**FIELDS, "name": NUMBER})
    seen = json.dumps([*learner.seen, *learner.cookies().values(), *response.headers.getlist("Set-Cookie")])
    assert TICKET not in seen
    assert NUMBER not in seen
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}


def test_an_answer_that_fills_two_cookies_arrives_whole(learner: Learner) -> None:
    ticket = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(800))
    response = post_across(learner, return_path(learner.start("agency")), {"loginType": "1", "ticket": ticket})
    assert set_by(response) == ["fl-bridge-0", "fl-bridge-1"]
    assert all(len(one) < 4096 for one in response.headers.getlist("Set-Cookie"))
    assert learner.follow(response).status_code == 303
    assert is_signed_in(learner)


@pytest.mark.parametrize(("tabs", "octets"), [(5, 2800), (3, 3300), (1, 3500)])
def test_a_large_answer_beside_other_sign_ins_fits_the_header_that_a_server_takes(
    app: Flask, tabs: int, octets: int
) -> None:
    """nginx and gunicorn take 8 kB in one header, and answer a longer one themselves."""
    app = portal(PROVIDERS, external_url="https://portal.example.gov.tw")
    learner = Learner.at(app)
    sent_to = [learner.start("agency", "?identity=civil-servant&account=ecpa&next=/courses/3") for _ in range(tabs)][-1]
    ticket = hashlib.shake_256(b"").hexdigest(octets)
    response = post_across(learner, return_path(sent_to), {"loginType": "1", "ticket": ticket})
    assert response.status_code == 303
    header = "; ".join([*(f"{name}={value}" for name, value in learner.cookies().items()), "session=" + "x" * 200])
    assert len(header) < 8190


def test_after_the_way_over_no_cookie_of_it_is_left(learner: Learner) -> None:
    sent_to = learner.start("agency")
    (of_the_sign_in,) = learner.cookies()
    come_back(learner, "myegov", sent_to, FIELDS)
    assert set(learner.cookies()) == {"session", of_the_sign_in}


@pytest.mark.parametrize("times", [1, 8])
def test_an_answer_that_is_refused_leaves_no_cookie_of_the_way_over_either(learner: Learner, times: int) -> None:
    for _ in range(times):
        response = post_across(learner, CALLBACK.format("agency") + "/no-such-sign-in", FIELDS)
        assert code(learner.follow(response)) == (400, ["unknown_sign_in"])
    assert learner.cookies() == {}


def test_a_provider_that_sends_no_state_back_answers_the_newest_sign_in_of_the_browser(learner: Learner) -> None:
    learner.start("stateless")
    sent_to = learner.start("stateless", "?next=/newest")
    assert return_path(sent_to) == CALLBACK.format("stateless")
    response = learner.follow(post_across(learner, return_path(sent_to), FIELDS))
    assert response.headers["Location"].startswith(("/newest", "/first-login/outcome"))
    assert is_signed_in(learner)


# --- the host's session ---


def keep(app: Flask, value: str) -> None:
    """Give a portal pages that write its session and read it."""

    @app.get("/keep")
    def write() -> str:
        session["kept"] = value
        return "kept"

    @app.get("/kept")
    def read() -> str:
        return str(session.get("kept"))


def test_the_hosts_session_is_neither_sent_nor_touched_by_the_post_and_stays_as_it_was(
    app: Flask, learner: Learner
) -> None:
    keep(app, "the host's own")
    learner.get("/keep")
    sent_to = learner.start("agency")
    response = post_across(learner, return_path(sent_to), FIELDS)
    assert [name for name in set_by(response) if not name.startswith("fl-bridge-")] == []
    assert learner.get("/kept").get_data(as_text=True) == "the host's own"
    assert learner.follow(response).status_code == 303
    assert is_signed_in(learner)


def make_permanent() -> None:
    session.permanent = True


def count_visits() -> None:
    session["visits"] = session.get("visits", 0) + 1


@pytest.mark.parametrize("hook", [make_permanent, count_visits])
def test_a_hook_of_the_host_that_writes_the_session_of_every_request_does_not_replace_it(
    app: Flask, learner: Learner, hook: Callable[[], None]
) -> None:
    app.before_request(hook)
    keep(app, "the host's own")
    learner.get("/keep")
    response = post_across(learner, return_path(learner.start("agency")), FIELDS)
    assert "session" not in set_by(response)
    assert learner.get("/kept").get_data(as_text=True) == "the host's own"


def test_a_refused_answer_leaves_the_hosts_session_as_it_was(app: Flask, learner: Learner) -> None:
    keep(app, "the host's own")
    learner.get("/keep")
    response = post_across(learner, CALLBACK.format("agency") + "/no-such-sign-in", FIELDS)
    assert learner.follow(response).status_code == 400
    assert learner.get("/kept").get_data(as_text=True) == "the host's own"


# --- junk ---

JUNK: list[tuple[Mapping[str, str] | MultiDict[str, str], int, list[str]]] = [
    ({}, 400, ["bad_request"]),
    ({"ticket": ""}, 400, ["bad_request"]),
    ({"loginType": "1"}, 400, ["bad_request"]),
    ({"unknown": TICKET}, 400, ["bad_request"]),
    ({"error": "access_denied", "code": "x"}, 400, ["bad_request"]),
]


@pytest.mark.parametrize(("fields", "status", "codes"), JUNK)
def test_a_post_that_is_no_answer_is_refused_at_its_sign_in(
    learner: Learner, fields: Mapping[str, str], status: int, codes: list[str]
) -> None:
    response = post_across(learner, return_path(learner.start("agency")), fields)
    assert code(learner.follow(response)) == (status, codes)
    assert not is_signed_in(learner)


@pytest.mark.slow
@pytest.mark.parametrize(("fields", "status", "codes"), JUNK)
@pytest.mark.parametrize("path", ["", "/", "/x", "/" + "x" * 2000, "/%00", "/%F0%9F%92%A9", "/..%2f.."])
def test_junk_that_is_posted_elsewhere_does_not_harm_a_sign_in_under_way(
    learner: Learner, fields: Mapping[str, str], status: int, codes: list[str], path: str
) -> None:
    sent_to = learner.start("agency")
    response = post_across(learner, CALLBACK.format("agency") + path, fields)
    assert response.status_code in {303, 404, 405}
    assert learner.get(response.headers.get("Location", "/first-login/nowhere")).status_code in {400, 404}
    response = come_back(learner, "myegov", sent_to, FIELDS)
    assert response.status_code == 303
    assert is_signed_in(learner)


@pytest.mark.parametrize("name", ["loginType", "ticket", "state"])
def test_a_field_that_comes_twice_is_refused_at_once(app: Flask, name: str) -> None:
    fields = MultiDict([*FIELDS.items(), ("state", "s"), (name, "another")])
    response = app.test_client().post(CALLBACK.format("agency") + "/x", data=fields)
    assert code(response) == (400, ["bad_request"])
    assert response.headers.getlist("Set-Cookie") == []


def test_a_field_that_nobody_asked_for_is_not_carried_over(learner: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    carried: list[dict[str, str]] = []
    read = form_post.Answer.read

    def note(answer: form_post.Answer) -> form_post.Answer:
        carried.append(read(answer).fields)
        return read(answer)

    monkeypatch.setattr(form_post.Answer, "read", note)
    come_back(learner, "myegov", learner.start("agency"), {**FIELDS, "id_token": "x", "uid": NUMBER, "next": "/x"})
    assert carried == [FIELDS]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"ticket=" + bytes(range(48, 112)) * 1000, 303),
        (b"ticket=" + b"\x01" * 30_000, 400),
        (b"ticket=" + b"%00" * 15_000, 400),
        (b"ticket=" + "票".encode() * 15_000, 400),
        (b"ticket=" + b"\xff" * 30_000, 303),
        (b"&" * 60_000, 303),
        (b"a=&" * 20_000, 303),
        (b"ticket=" + hashlib.shake_256(b"").hexdigest(8000).encode(), 400),
        (b"ticket=" + b"x" * 70_000, 413),
        (b"x" * 1_000_000, 413),
        (b"", 303),
        (b"\x00\xff", 303),
    ],
    ids=lambda value: str(value)[:24],
)
def test_a_body_of_any_bytes_is_carried_over_or_refused(app: Flask, body: bytes, status: int) -> None:
    client = app.test_client()
    path = CALLBACK.format("agency") + "/x"
    response = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == status
    assert client.get(response.headers.get("Location", path)).status_code in {400, 405}


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "application/json", "text/plain", "", "x"]
)
def test_a_body_of_another_kind_carries_nothing_over(app: Flask, content_type: str) -> None:
    client = app.test_client()
    response = client.post(CALLBACK.format("agency") + "/x", data=b'{"ticket": "x"}', content_type=content_type)
    assert response.status_code in {303, 400}
    assert client.get(CALLBACK.format("agency") + "/x").status_code == 405


def test_a_form_in_parts_is_a_form_too(app: Flask, learner: Learner) -> None:
    path = return_path(learner.start("agency"))
    stranger = Learner.at(app)
    response = stranger.client.post(path, data=FIELDS, content_type="multipart/form-data")
    learner.client.set_cookie(*next(iter(stranger.cookies().items())))
    assert learner.get(response.headers["Location"]).status_code == 303
    assert is_signed_in(learner)


# --- what else may be tried with the way over ---


def test_what_was_posted_to_one_provider_is_nothing_to_another(learner: Learner) -> None:
    sent_to, other = learner.start("agency"), learner.start("bureau")
    response = post_across(learner, return_path(sent_to), FIELDS)
    query = urlsplit(response.headers["Location"]).query
    assert code(learner.get(f"{return_path(other)}?{query}")) == (400, ["expired"])
    assert not is_signed_in(learner)
    assert come_back(learner, "myegov", other, FIELDS).status_code == 303


def test_what_was_posted_in_another_browser_is_nothing_here(app: Flask, learner: Learner) -> None:
    sent_to = learner.start("agency")
    response = post_across(Learner.at(app), return_path(sent_to), FIELDS)
    assert code(learner.get(response.headers["Location"])) == (400, ["expired"])
    assert not is_signed_in(learner)


def test_an_attackers_ticket_that_is_posted_in_a_learners_browser_signs_nobody_in(app: Flask, learner: Learner) -> None:
    attackers = Learner.at(app).start("agency")
    response = post_across(learner, return_path(attackers), FIELDS)
    assert code(learner.follow(response)) == (400, ["unknown_sign_in"])
    assert not is_signed_in(learner)


@pytest.mark.parametrize(
    "changed", [lambda state: state[:-1], lambda state: state + "A", lambda state: state[:16] + state[16:].swapcase()]
)
def test_an_answer_to_a_sign_in_that_is_nearly_one_of_this_browser_is_refused_and_leaves_that_one_alone(
    learner: Learner, changed: Callable[[str], str]
) -> None:
    sent_to = learner.start("agency")
    place, _, state = return_path(sent_to).rpartition("/")
    response = learner.follow(post_across(learner, f"{place}/{changed(state)}", FIELDS))
    assert code(response) == (400, ["unknown_sign_in"])
    assert come_back(learner, "myegov", sent_to, FIELDS).status_code == 303


def test_the_way_over_can_be_gone_once(learner: Learner) -> None:
    sent_to = learner.start("agency")
    response = post_across(learner, return_path(sent_to), FIELDS)
    held = learner.cookies()
    assert learner.follow(response).status_code == 303
    twin = Learner.at(learner.app)
    for name, value in held.items():
        twin.client.set_cookie(name, value)
    again = twin.get(response.headers["Location"])
    assert leads_to(again).startswith("https://agency.example.tw/login")
    assert not is_signed_in(twin)


@pytest.mark.parametrize("fields", [FIELDS, {**FIELDS, "loginType": "2"}])
def test_a_ticket_that_was_used_is_refused_in_every_other_sign_in(app: Flask, fields: Mapping[str, str]) -> None:
    app = portal({"agency": {**AGENCY, "single_use": ["ticket"]}})
    first, second = Learner.at(app), Learner.at(app)
    assert come_back(first, "myegov", first.start("agency"), FIELDS).status_code == 303
    response = come_back(second, "myegov", second.start("agency"), fields)
    assert code(response) == (400, ["ticket_reused"])
    assert not is_signed_in(second)


def test_a_ticket_that_was_used_is_refused_under_every_other_name_of_its_issuer() -> None:
    app = portal({"agency": AGENCY, "by-certificate": {**AGENCY, "title": {"en": "By certificate", "zh": "憑證"}}})
    first, second = Learner.at(app), Learner.at(app)
    assert come_back(first, "myegov", first.start("agency"), FIELDS).status_code == 303
    response = come_back(second, "myegov", second.start("by-certificate"), FIELDS)
    assert code(response) == (400, ["ticket_reused"])
    assert not is_signed_in(second)


SPELLINGS: dict[str, Callable[[str], str]] = {
    "blanks around it": lambda ticket: f"  {ticket} ",
    "blanks in it": lambda ticket: " ".join(ticket),
    "a line break": lambda ticket: f"{ticket[:8]}\r\n{ticket[8:]}\n",
    "tabs": lambda ticket: f"\t{ticket[:3]}\t{ticket[3:]}",
    "a form feed": lambda ticket: f"{ticket[:8]}\f\v{ticket[8:]}",
    "full-width blanks": lambda ticket: f"\u3000{ticket[:8]}\u3000{ticket[8:]}",
    "a blank that does not break": lambda ticket: f"{ticket}\u00a0\u2009\u200b\ufeff",
    "small letters": str.lower,
    "other letters": str.swapcase,
    "padding": lambda ticket: f"{ticket}==",
    "characters that a decoder of base64 passes over": lambda ticket: f"!{ticket[:8]}*{ticket[8:]}.",
    "full-width letters": lambda ticket: "".join(chr(ord(character) + 0xFEE0) for character in ticket),
}


def noting(single_use: list[str]) -> tuple[Flask, list[str]]:
    """A portal, and the tickets that it has verified."""
    seen: list[str] = []

    def verify(ticket: Ticket) -> Claims:
        seen.append(ticket.fields["ticket"])
        return vouch(ticket)

    return portal({"agency": {**AGENCY, "verify": verify, "single_use": single_use}}), seen


@pytest.mark.slow
@pytest.mark.parametrize("single_use", [["ticket"], ["loginType", "ticket"]])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_ticket_that_was_used_is_refused_in_every_other_spelling(spelling: str, single_use: list[str]) -> None:
    app, seen = noting(single_use)
    first, second = Learner.at(app), Learner.at(app)
    assert come_back(first, "myegov", first.start("agency"), FIELDS).status_code == 303
    respelt = {**FIELDS, "ticket": SPELLINGS[spelling](TICKET)}
    assert code(come_back(second, "myegov", second.start("agency"), respelt)) == (400, ["ticket_reused"])
    assert seen == [TICKET]


@pytest.mark.parametrize("ticket", [f"{TICKET}0", TICKET[:-1], f"0{TICKET}", "==", "票"])
def test_another_ticket_is_not_taken_for_one_that_was_used(ticket: str) -> None:
    app, seen = noting(["ticket"])
    for given in (TICKET, "!", "證", ticket):
        learner = Learner.at(app)
        come_back(learner, "myegov", learner.start("agency"), {**FIELDS, "ticket": given})
    assert seen == [TICKET, "!", "證", ticket]


@pytest.mark.parametrize("tag", ["", "x", "deadbee", "deadbeef0", "DEADBEEF", "deadbeeg", "../../x", "deadbeef\n"])
def test_a_way_over_that_has_no_name_is_no_get_of_ours(app: Flask, tag: str) -> None:
    response = app.test_client().get(CALLBACK.format("agency"), query_string={"bridged": tag})
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"


@pytest.mark.parametrize("value", ["", "x", "gAAAAA", "x" * 4000, "x" * 10_000, "{}", "\x7f"])
def test_a_way_over_whose_cookie_is_not_ours_is_refused(app: Flask, value: str) -> None:
    cookie = {"Cookie": f"fl-bridge-0={value}"}
    response = app.test_client().get(CALLBACK.format("agency") + "/x?bridged=deadbeef", headers=cookie)
    assert code(response) == (400, ["expired"])


def test_a_cookie_of_another_purpose_is_no_way_over(app: Flask, learner: Learner) -> None:
    learner.start("agency")
    (value,) = learner.cookies().values()
    learner.client.set_cookie("fl-bridge-0", value)
    assert code(learner.get(CALLBACK.format("agency") + "/x?bridged=deadbeef")) == (400, ["expired"])


def test_the_second_half_of_an_answer_is_not_taken_from_another_one(learner: Learner) -> None:
    path = return_path(learner.start("agency"))
    ticket = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(800))
    first, second = (
        post_across(learner, path, {"loginType": "1", "ticket": one}) for one in (ticket, ticket.swapcase())
    )
    learner.client.set_cookie("fl-bridge-0", set_cookies(first)["fl-bridge-0"])
    assert learner.cookies()["fl-bridge-1"] == set_cookies(second)["fl-bridge-1"]
    assert code(learner.follow(first)) == (400, ["expired"])


def test_half_an_answer_is_none(learner: Learner) -> None:
    path = return_path(learner.start("agency"))
    ticket = "".join(f"{number * 2654435761 % 2**32:08x}" for number in range(800))
    response = post_across(learner, path, {"loginType": "1", "ticket": ticket})
    learner.client.delete_cookie("fl-bridge-1")
    assert code(learner.follow(response)) == (400, ["expired"])


def test_fields_that_come_twice_are_refused_and_one_that_is_unknown_left_out() -> None:
    google = PRESETS["google"]["oidc"].protocol
    given = MultiDict([("code", "1"), ("x", "2"), ("x", "3")])
    assert form_post.known_fields(given, "google", google) == {"code": "1"}
    with pytest.raises(SignInError) as caught:
        form_post.known_fields(MultiDict([("state", "1"), ("state", "1")]), "google", google)
    assert (caught.value.code, caught.value.phase) == ("bad_request", "callback")


# --- methods ---


@pytest.mark.parametrize("name", ["agency", "stateless", "apple"])
@pytest.mark.parametrize("query", ["", "?ticket=x&loginType=1", "?code=x&state=y", "?error=access_denied"])
def test_a_provider_that_posts_is_not_answered_by_get(app: Flask, name: str, query: str) -> None:
    response = app.test_client().get(CALLBACK.format(name) + query)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("fields", [{}, {"code": "x", "state": "y"}, {"error": "access_denied"}])
def test_a_provider_that_answers_by_get_is_not_answered_by_post(app: Flask, fields: Mapping[str, str]) -> None:
    response = app.test_client().post(CALLBACK.format("google"), data=fields)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET"
    assert response.headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("name", ["agency", "google"])
def test_no_other_method_is_an_answer(app: Flask, name: str, method: str) -> None:
    assert app.test_client().open(CALLBACK.format(name), method=method).status_code == 405


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_provider_that_nobody_knows_is_not_found(app: Flask, method: str) -> None:
    assert app.test_client().open(CALLBACK.format("nobody"), method=method).status_code == 404


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_provider_that_this_portal_has_not_is_not_available(app: Flask, method: str) -> None:
    response = app.test_client().open(CALLBACK.format("ecpa"), method=method)
    assert code(response) == (503, ["not_available"])


# --- a host that protects its forms ---


def protected(order: str) -> Flask:
    """A portal with a `CSRFProtect` and a form of its own, set up in this order."""
    app = Flask("portal")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS)
    steps: dict[str, Callable[[], object]] = {
        "csrf": lambda: CSRFProtect(app),
        "ours": lambda: FirstLogin(app, accounts=MemoryAccounts()),
    }
    for step in order.split(", "):
        steps[step]()

    @app.post("/own")
    def own() -> str:
        return "done"

    return app


@pytest.mark.parametrize("order", ["csrf, ours", "ours, csrf"])
def test_a_host_that_protects_its_forms_lets_a_providers_answer_in_from_the_first_request_on(order: str) -> None:
    learner = Learner.at(protected(order))
    assert come_back(learner, "myegov", learner.start("agency"), FIELDS).status_code == 303
    assert is_signed_in(learner)


@pytest.mark.parametrize("order", ["csrf, ours", "ours, csrf"])
def test_letting_answers_in_opens_no_other_form_of_the_host(order: str) -> None:
    app = protected(order)
    learner = Learner.at(app)
    assert app.test_client().post("/own").status_code == 400
    assert come_back(learner, "myegov", learner.start("agency"), FIELDS).status_code == 303
    assert app.test_client().post("/own").status_code == 400
    assert app.test_client().post("/first-login/sign-in/agency").status_code == 400
    assert app.test_client().post("/first-login/acknowledge", data={"acknowledged": "y"}).status_code in {303, 400}


@pytest.mark.parametrize("order", ["csrf, ours", "ours, csrf"])
@pytest.mark.parametrize("action", ["deauthorise", "data-deletion"])
def test_a_revocation_is_judged_by_its_signature_and_not_by_a_token(order: str, action: str) -> None:
    client = protected(order).test_client()
    response = client.post(f"/first-login/sign-in/facebook/{action}", data={"signed_request": "x"})
    assert response.status_code == 400
    assert "csrf" not in response.get_data(as_text=True).lower()
