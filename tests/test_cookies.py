"""All that a browser carries for us at once: within one bound, under names of ours alone, and nothing of it a trap."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, permutations

import pytest
from flask import Flask, Request, Response
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from werkzeug.test import TestResponse
from werkzeug.utils import cached_property

from flask_first_login import Account, Assurance, Identity, Kind, Standing
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.testing import BY_ECPA
from internals import Proof, SealError, form_post, is_fresh, note_proof, sealed_cookies, trial_sign_in, unlink
from support.host_portal import Host, accept, code_of
from support.learner import OWN_VISIT, Learner
from support.pages import portal
from support.stand_in_provider import post_across, return_path
from test_bridge import CALLBACK, FIELDS, PROVIDERS, code, set_cookies

EXTERNAL = "https://learning-portal.agency.gov.tw"
LONG_NEXT = "/courses/" + "1234567890/" * 92
ANSWERS = "identity=civil-servant&account=egov&lang=zh-Hant-TW"
SOCIAL = Identity(
    provider="google",
    issuer="https://accounts.google.com",
    subject="1" * 255,
    standing=Standing.SOCIAL,
    kind=Kind.UNKNOWN,
    assurance=Assurance.NONE,
    signed_in_at=datetime.now(UTC),
    name="學" * 200,
    email="e" * 180 + "@example.gov.tw",
)
#: The largest ticket that is carried over, and one of a size that Kerberos has.
LARGEST, AP_REQ = (hashlib.shake_256(b"ticket").hexdigest(octets) for octets in (3500, 2400))


@pytest.fixture
def host() -> Host:
    return Host(MemoryAccounts(), FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_EXTERNAL_URL=EXTERNAL).mounted()


def header(learner: Learner) -> str:
    """What this browser sends of our cookies, as one line."""
    held = {name: value for name, value in learner.cookies().items() if name != "session"}
    return "; ".join(f"{name}={value}" for name, value in held.items())


def is_taken_by_a_server(cookie: str) -> bool:
    """Whether gunicorn, as it is set by itself, takes a request with this header."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(f"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
        ours.shutdown(socket.SHUT_WR)
        request = next(iter(RequestParser(Config(), theirs, ("127.0.0.1", 1))))
        return ("COOKIE", cookie) in request.headers


def several(learner: Learner) -> None:
    """Six sign-ins in six tabs, as ordinary as they are."""
    for _ in range(6):
        learner.start("agency", f"?{ANSWERS}&next=/courses/3")


def long(learner: Learner) -> None:
    """Two sign-ins that end at the longest address there is."""
    for _ in range(2):
        learner.start("agency", f"?{ANSWERS}&next={LONG_NEXT}")


# --- one bound ---


def beginnings(host: Host) -> Iterator[str]:
    """What a browser sends when everything that we set is there at once and as large as can be, in every order."""
    for numbers, order in zip(count(), permutations((several, long, "waits")), strict=False):
        learner = host.learner()
        host.arrives(replace(BY_ECPA, signed_in_at=datetime.now(UTC)), learner)
        learner.client.delete_cookie("session")  # signed out, but for the proof
        for step in order:
            if callable(step):
                step(learner)
            else:
                host.arrives(replace(SOCIAL, subject=f"{numbers}" * 255), learner, f"?{ANSWERS}&next={LONG_NEXT}")
        post_across(learner, CALLBACK.format("agency") + "/x", {"loginType": "1", "ticket": LARGEST})
        yield header(learner)


def test_everything_at_once_fits_the_header_that_a_server_takes_beside_a_session_of_the_host(host: Host) -> None:
    for sent in beginnings(host):
        for kind in ("fl-bridge-0", "fl-bridge-1", "fl-fresh"):
            assert f"__Host-{kind}" in sent
        assert len(sent) <= sealed_cookies.MOST_IN_ALL
        assert is_taken_by_a_server("; ".join([sent, "session=" + "x" * 750]))


def test_the_bounds_of_the_kinds_make_the_bound_of_all() -> None:
    assert (
        sealed_cookies.OF_ANSWER + sealed_cookies.OF_PROOF + sealed_cookies.OF_SIGN_INS
        == sealed_cookies.MOST_IN_ALL
        <= 7_400
    )
    octets = form_post.PART + form_post.HEAD + 2
    part = 1 + 8 + 16 + (octets // 16 + 1) * 16 + 32  # a version, a time, an initialisation vector, whole blocks, a tag
    assert (
        form_post.MOST_PARTS * sealed_cookies.size("__Host-fl-bridge-0", "x" * (-(-part // 3) * 4))
        <= sealed_cookies.OF_ANSWER
    )


def test_an_identity_that_waits_with_all_that_can_be_long_is_kept_and_goes_on(host: Host) -> None:
    learner = host.learner()
    response = host.arrives(SOCIAL, learner, f"?{ANSWERS}&next={LONG_NEXT}")
    assert response.status_code == 303
    assert len(header(learner)) <= sealed_cookies.OF_WAITING
    assert accept(learner).status_code == 303
    account = host.accounts.owner_of(SOCIAL.issuer, SOCIAL.subject)
    assert account is not None
    assert account.identities[0].name == SOCIAL.name


def test_an_ordinary_identity_that_waits_keeps_the_longest_address_that_it_ends_at(host: Host) -> None:
    learner = host.learner()
    identity = replace(SOCIAL, subject="2" * 21, name="趙自由", email="free@example.tw")
    response = host.arrives(identity, learner, f"?{ANSWERS}&next={LONG_NEXT}")
    assert response.status_code == 303
    assert LONG_NEXT in learner.get("/first-login/acknowledge").text.replace("%2F", "/")


@pytest.mark.parametrize("character", ["\\", "😀", '"'])
def test_an_identity_of_the_most_costly_characters_waits_too(host: Host, character: str) -> None:
    learner = host.learner()
    identity = replace(SOCIAL, name=character * 200, email=character * 200)
    assert host.arrives(identity, learner, f"?{ANSWERS}&next={LONG_NEXT}").status_code == 303
    assert len(header(learner)) <= sealed_cookies.OF_WAITING
    assert accept(learner).status_code == 303


def test_an_identity_that_is_too_much_for_a_cookie_in_any_case_is_told_by_a_code(
    host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flask_first_login.web.sign_in.social_consent.OF_WAITING", 100)
    refused = host.arrives(SOCIAL, host.learner())
    assert (refused.status_code, code_of(refused)) == (503, "portal_error")


def test_the_longest_address_to_end_at_comes_back_with_its_sign_in(host: Host) -> None:
    learner = host.learner()
    sent_to = learner.start("agency", f"?{ANSWERS}&next={LONG_NEXT}")
    outcome = learner.follow(post_across(learner, return_path(sent_to), FIELDS))
    assert LONG_NEXT in outcome.headers["Location"].replace("%2F", "/")


def test_a_sign_in_that_is_too_much_for_a_cookie_leaves_out_where_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_first_login.web.sign_in.transaction.OF_SIGN_INS", 700)
    learner = Learner.at(portal(PROVIDERS))
    sent_to = learner.start("agency", f"?{ANSWERS}&next={LONG_NEXT}")
    assert learner.follow(post_across(learner, return_path(sent_to), FIELDS)).status_code == 303
    monkeypatch.setattr("flask_first_login.web.sign_in.transaction.OF_SIGN_INS", 200)
    refused = learner.get("/first-login/sign-in/agency", headers=OWN_VISIT)
    assert (refused.status_code, code_of(refused)) == (503, "portal_error")


def test_the_oldest_sign_ins_make_room_and_an_identity_that_waits_outlasts_them(host: Host) -> None:
    learner = host.learner()
    several(learner)
    before = {*learner.cookies()}
    host.arrives(replace(SOCIAL, subject="3" * 21), learner)
    assert "__Host-fl-pending" in learner.cookies()
    newest = learner.start("agency")
    assert {name for name in learner.cookies() if "tx" in name} - before
    assert "__Host-fl-pending" in learner.cookies()
    assert len(header(learner)) <= sealed_cookies.OF_SIGN_INS
    assert learner.follow(post_across(learner, return_path(newest), FIELDS)).status_code == 303


@pytest.mark.parametrize("providers", [1, 200])
def test_a_proof_is_as_short_for_the_longest_id_of_an_account_and_many_providers_that_prove_nothing(
    host: Host, providers: int
) -> None:
    account, asked_at = Account("a" * 4000, ()), datetime.now(UTC)
    line = ""
    for number in range(providers):
        with host.app.test_request_context("/", headers={"Cookie": line}):
            note_proof(response := Response(), account.id, f"p{number}", Proof(None, asked_at), joined=False)
            line = response.headers.getlist("Set-Cookie")[-1].partition(";")[0]
    with host.app.test_request_context("/", headers={"Cookie": line}):
        note_proof(response := Response(), account.id, "gov", Proof(asked_at), joined=False)
        line = response.headers.getlist("Set-Cookie")[-1].partition(";")[0]
    with host.app.test_request_context("/", headers={"Cookie": line}):
        assert is_fresh(account)
        assert not is_fresh(Account("a" * 4001, ()))
    assert len(line) + 2 <= sealed_cookies.OF_PROOF


KINDS = [
    *(sealed_cookies.TRANSACTION, sealed_cookies.ENDED, sealed_cookies.WAITING, sealed_cookies.PROOF),
    *(sealed_cookies.ANSWER_PART, unlink.CHOICE, trial_sign_in.LINK),
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.purpose)
def test_what_is_sealed_as_one_kind_is_nothing_as_any_other(host: Host, kind: sealed_cookies.Sealed) -> None:
    with host.app.app_context():
        token = kind.seal(["1"])
        assert kind.open(token) == ["1"]
        for other in KINDS:
            if other is not kind:
                with pytest.raises(SealError):
                    other.open(token)


def test_what_was_used_once_as_one_kind_is_not_used_as_another(host: Host) -> None:
    with host.app.app_context():
        assert [kind.use_once("1") for kind in (*KINDS, *KINDS)] == [True] * len(KINDS) + [False] * len(KINDS)


# --- one place for what is carried over ---


def test_a_page_that_posts_a_hundred_times_plants_no_more_than_one_answer(host: Host) -> None:
    learner = host.learner()
    for number in range(100):
        ticket = hashlib.shake_256(bytes([number])).hexdigest(3500)
        post_across(learner, CALLBACK.format("agency") + f"/{number}", {"loginType": "1", "ticket": ticket})
    assert {*learner.cookies()} == {"__Host-fl-bridge-0", "__Host-fl-bridge-1"}
    assert len(header(learner)) <= sealed_cookies.OF_ANSWER
    assert learner.get("/first-login/login").status_code == 200
    sent_to = learner.start("agency")
    assert learner.follow(post_across(learner, return_path(sent_to), FIELDS)).status_code == 303


@pytest.mark.parametrize("ticket", [AP_REQ, AP_REQ.upper(), LARGEST], ids=["AP-REQ", "in capitals", "the largest"])
def test_the_largest_tickets_come_through(host: Host, ticket: str) -> None:
    learner = host.learner()
    sent_to = learner.start("agency", f"?{ANSWERS}")
    response = post_across(learner, return_path(sent_to), {"loginType": "1", "ticket": ticket})
    assert learner.follow(response).status_code == 303


def test_a_code_with_two_kilobytes_of_a_name_is_carried_over_too(host: Host) -> None:
    user = json.dumps({"name": {"firstName": hashlib.shake_256(b"").hexdigest(450), "lastName": "學" * 180}})
    response = post_across(host.learner(), CALLBACK.format("apple"), {"code": "c" * 64, "state": "s", "user": user})
    assert response.status_code == 303


def test_a_later_answer_takes_the_place_of_an_earlier_and_is_not_lost_by_a_visit_to_that(host: Host) -> None:
    learner = host.learner()
    sent_to = learner.start("agency")
    earlier = post_across(learner, return_path(sent_to), {**FIELDS, "ticket": LARGEST})
    later = post_across(learner, return_path(sent_to), FIELDS)
    assert code(learner.follow(earlier)) == (400, ["expired"])
    assert learner.follow(later).status_code == 303


def parts_of(learner: Learner, path: str, ticket: str) -> tuple[TestResponse, dict[str, str]]:
    response = post_across(learner, path, {"loginType": "1", "ticket": ticket})
    return response, set_cookies(response)


FIRST, SECOND = "__Host-fl-bridge-0", "__Host-fl-bridge-1"


def test_parts_that_are_swapped_cut_mixed_or_said_twice_are_told_by_a_code(host: Host) -> None:
    learner = host.learner()
    path = return_path(learner.start("agency"))
    other, large = parts_of(learner, path, LARGEST.swapcase())[1], parts_of(learner, path, LARGEST)[1]
    small = parts_of(learner, path, "6E82")[1]
    response, ours = parts_of(learner, path, LARGEST)
    for mixed in (
        {FIRST: ours[SECOND], SECOND: ours[FIRST]},
        {FIRST: ours[FIRST], SECOND: ours[FIRST]},
        {FIRST: ours[SECOND], SECOND: ours[SECOND]},
        {FIRST: ours[FIRST], SECOND: other[SECOND]},
        {FIRST: large[FIRST], SECOND: ours[SECOND]},
        {FIRST: small[FIRST], SECOND: ours[SECOND]},
        {FIRST: ours[FIRST], SECOND: small[FIRST]},
        {FIRST: ours[FIRST], SECOND: ""},
        {FIRST: ours[FIRST], SECOND: ours[SECOND][:-4]},
        {FIRST: ours[FIRST][4:], SECOND: ours[SECOND]},
        {SECOND: ours[SECOND]},
        {FIRST: ours[FIRST]},
        {},
    ):
        for name in (FIRST, SECOND):
            learner.client.delete_cookie(name)
        for name, value in mixed.items():
            learner.client.set_cookie(name, value)
        assert code(learner.follow(response)) == (400, ["expired"])
    for name, value in ours.items():
        learner.client.set_cookie(name, value)
    assert learner.follow(response).status_code == 303


@pytest.mark.slow
@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"\0",
        b"no zlib",
        form_post._packed(b'{"a": "b"}')[:-1],
        form_post._packed(b'{"a": "b"}')[:6],
        form_post._packed(b"no json"),
        form_post._packed(b'{"a": '),
        form_post._packed(b"\xff"),
        form_post._packed(b"[]"),
        form_post._packed(b'{"a": 1}'),
        form_post._packed(b"[" * 60_000),
        form_post._packed(b'{"a": "' + b"x" * 70_000 + b'"}'),
    ],
    ids=lambda packed: repr(packed)[:20],
)
@pytest.mark.parametrize("numbers", [(0, 1), (0, 0), (1, 1), (0, 3), (0, 255)])
def test_what_no_answer_of_ours_is_although_it_bears_our_seal_is_told_by_a_code(
    host: Host, packed: bytes, numbers: tuple[int, int]
) -> None:
    for octets in (form_post._head("agency", "deadbeef") + bytes(numbers) + packed, packed, b""):
        learner = host.learner()
        learner.client.set_cookie(FIRST, host.state.seal(sealed_cookies.ANSWER_PART.purpose).seal_octets(octets))
        response = learner.get(CALLBACK.format("agency") + "/x?bridged=deadbeef")
        assert code(response) == (400, ["expired"])


# --- names of ours alone ---


class Stripping(Request):
    """Reads names of cookies as Werkzeug did before 3.1.9: without blanks of any kind around them."""

    @cached_property
    def cookies(self) -> dict[str, str]:  # type: ignore[override]  # the older Werkzeug's own, in short
        pairs = (pair.partition("=") for pair in self.headers.get("Cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs}


PADDED = [
    "\xa0{}",
    "{}\xa0",
    "\x85{}",
    "{}\x85",
    "\x1f{}",
    "{}\x0b",
    "\x0c{}",
    "\u3000{}",
    "{}\u2028",
    "\xa0\x85{}\xa0",
]


@pytest.fixture
def stripping(host: Host) -> Flask:
    host.app.request_class = Stripping
    return host.app


def sent(app: Flask, path: str, pairs: dict[str, str], padding: str) -> TestResponse:
    """A visit with our cookies under names that a sub-domain of ours may plant."""
    line = "; ".join(f"{padding.format(name)}={value}" for name, value in pairs.items())
    octets = line.encode().decode("latin-1") if max(line) > "\xff" else line
    return app.test_client(use_cookies=False).get(path, environ_overrides={"HTTP_COOKIE": octets})


@pytest.mark.parametrize("padding", PADDED, ids=ascii)
def test_a_cookie_whose_name_is_ours_but_for_a_blank_is_not_ours(stripping: Flask, host: Host, padding: str) -> None:
    attacker = host.learner()
    sent_to = attacker.start("agency")
    started = {name: value for name, value in attacker.cookies().items() if "tx" in name}
    response = post_across(attacker, return_path(sent_to), FIELDS)
    path, bridged = response.headers["Location"], set_cookies(response)
    assert code(sent(stripping, path, {**started, **bridged}, padding)) == (400, ["expired"])
    host.arrives(replace(SOCIAL, subject="5"), attacker)
    waiting = {name: value for name, value in attacker.cookies().items() if "pending" in name}
    assert code(sent(stripping, "/first-login/acknowledge", waiting, padding)) == (400, ["expired"])
    assert sent(stripping, "/first-login/acknowledge", waiting, "{}").status_code == 200


@pytest.mark.parametrize("padding", PADDED, ids=ascii)
def test_a_sign_in_that_somebody_planted_under_such_a_name_signs_nobody_in(
    stripping: Flask, host: Host, padding: str
) -> None:
    attacker = host.learner()
    sent_to = attacker.start("agency")
    started = {name: value for name, value in attacker.cookies().items() if "tx" in name}
    response = post_across(attacker, return_path(sent_to), FIELDS)
    path, bridged = response.headers["Location"], set_cookies(response)
    line = {**{padding.format(name): value for name, value in started.items()}, **bridged}
    assert code(sent(stripping, path, line, "{}")) == (400, ["unknown_sign_in"])
    assert sent(stripping, path, {**started, **bridged}, "{}").status_code == 303


def test_of_two_cookies_of_one_name_the_first_counts_and_the_hosts_own_may_hold_anything(host: Host) -> None:
    learner = host.learner()
    host.arrives(replace(SOCIAL, subject="6"), learner)
    name, value = "__Host-fl-pending", learner.cookies()["__Host-fl-pending"]
    for line, status in (
        (f'theme="dark; {name}={value}', 200),
        (f"{name}={value}; {name}=x", 200),
        (f"{name}=x; {name}={value}", 400),
        (f"  {name}={value}  ", 200),
        (f"\t{name}={value};", 200),
        (f"a=\xe4;{name}={value}", 200),
        (f"{name.lower()}={value}", 400),
        (f"fl-pending={value}", 400),
    ):
        client = host.app.test_client(use_cookies=False)
        response = client.get("/first-login/acknowledge", environ_overrides={"HTTP_COOKIE": line})
        assert (line[:20], response.status_code) == (line[:20], status)
