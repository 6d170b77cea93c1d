"""eCPA's ticket at a portal: good once however its clear part is changed, by the portal's own key or by a service."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin, SignInError
from flask_first_login.accounts.memory import MemoryAccounts
from flask_first_login.providers import Claims, Ticket
from internals import Client, client_for, register, state_of
from support.healthy_portal import INDEX_KEY, KEY, accounts_in
from support.kerberos_tickets import AES256, REALM, SERVICE, Forge, entry, keytab
from support.learner import Learner
from support.pages import PREFIX, SECRET
from support.stand_in_provider import StandIn, post_across, return_path, standing_in

GOOD = Forge(os.urandom(32))
ANSWER = "<verify-service><user_account>{}</user_account>{}</verify-service>"
OPTIONS = bytes.fromhex("030500")


@pytest.fixture(scope="module")
def agency() -> Iterator[StandIn]:
    with standing_in() as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def settings(agency: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, dict[str, object]]:
    path = tmp_path_factory.mktemp("keys") / "ecpa.keytab"
    path.write_bytes(keytab(entry(SERVICE, REALM, 1, AES256, GOOD.key)))
    login = {"login_url": f"{agency.url}/login"}
    return {
        "keytab": {**login, "verify": "keytab", "keytab": str(path), "service": SERVICE, "realm": REALM},
        "service": {**login, "verify": "service", "verify_url": f"{agency.url}/verify", "apid": SERVICE},
    }


@pytest.fixture(autouse=True)
def honest(agency: StandIn) -> None:
    agency.be_honest()
    agency.say("/verify", ANSWER.format("alice", "").encode())


def portal(ecpa: Mapping[str, object], path: Path | None = None) -> Flask:
    app = Flask("portal")
    app.config |= {"SECRET_KEY": SECRET, "FIRST_LOGIN_PROVIDERS": {"ecpa": ecpa}}
    app.config |= {"FIRST_LOGIN_NATIONAL_ID_KEYS": [KEY], "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY": INDEX_KEY}
    FirstLogin(app, accounts=MemoryAccounts() if path is None else accounts_in(path))
    return app


def fresh_ticket(**changes: Any) -> bytes:
    return GOOD.but(**changes).made_at(time.time())


def changed(message: bytes) -> bytes:
    """The same ticket with one bit of its options changed, which mean nothing."""
    at = message.index(OPTIONS) + len(OPTIONS) + 3
    return message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]


def come(learner: Learner, sent_to: str, message: bytes | str) -> TestResponse:
    digits = message if isinstance(message, str) else message.hex()
    response = post_across(learner, return_path(sent_to), {"loginType": "0", "APReqEncodedData": digits})
    return learner.follow(response) if response.status_code == 303 else response


def code(response: TestResponse) -> list[str]:
    return re.findall('data-code="([a-z_]+)"', response.get_data(as_text=True))


def is_signed_in(learner: Learner) -> bool:
    return learner.get(f"{PREFIX}/outcome").status_code == 200


# --- good once ---


@pytest.mark.parametrize("store", ["memory", "sql"])
@pytest.mark.parametrize("verify", ["keytab", "service"])
def test_a_used_ticket_gives_another_browser_nothing_whatever_of_it_is_changed(
    settings: Mapping[str, dict[str, object]], agency: StandIn, tmp_path: Path, verify: str, store: str
) -> None:
    app = portal(settings[verify], tmp_path / "portal.db" if store == "sql" else None)
    learner, message = Learner.at(app), fresh_ticket()
    assert come(learner, learner.start("ecpa"), message).status_code == 303
    assert is_signed_in(learner)
    for again in (message, changed(message), changed(message).hex().upper()):
        thief = Learner.at(app)
        assert code(come(thief, thief.start("ecpa"), again)) == ["ticket_reused"]
        assert not is_signed_in(thief)
    assert sum(asked.path == "/verify" for asked in agency.asked) == (verify == "service")
    other = Learner.at(app)  # an authenticator of their own makes a ticket new
    assert come(other, other.start("ecpa"), fresh_ticket()).status_code == 303
    assert is_signed_in(other)


def test_who_is_signed_in_goes_on_when_their_own_ticket_comes_again(settings: Mapping[str, dict[str, object]]) -> None:
    learner, message = Learner.at(portal(settings["keytab"])), fresh_ticket()
    sent_to = learner.start("ecpa", "?next=/courses/3")
    come(learner, sent_to, message)
    assert come(learner, sent_to, changed(message)).headers["Location"] == "/courses/3"


class Host:
    """A verifier of a portal, which says itself what is good once: the first half of a ticket."""

    def __call__(self, ticket: Ticket) -> Claims:
        account = ticket.fields["APReqEncodedData"].partition("-")[0]
        return Claims(ticket.provider, ticket.issuer, account, ticket.received_at, {})

    def one_use_key(self, ticket: Ticket) -> Any:
        account, _, is_named = ticket.fields["APReqEncodedData"].partition("-")
        return (account, ticket.received_at + timedelta(minutes=5)) if is_named else None


def test_a_verifier_of_the_host_says_what_is_good_once_or_leaves_that_to_the_fields(agency: StandIn) -> None:
    host = Host()
    for verify, first, second, refused in (
        (host, "kungcheng-1", "kungcheng-2", True),
        (host, "kungcheng", "KUNG cheng", True),
        (host, "kungcheng", "kungcheng2", False),
        (host.__call__, "kungcheng-1", "kungcheng-2", False),
        (host.__call__, "kungcheng-1", "KUNG cheng-1", True),
    ):
        app = portal({"login_url": f"{agency.url}/login", "verify": verify})
        learner, thief = Learner.at(app), Learner.at(app)
        assert come(learner, learner.start("ecpa"), first).status_code == 303
        answer = come(thief, thief.start("ecpa"), second)
        assert (code(answer) == ["ticket_reused"], not is_signed_in(thief)) == (refused, refused)


# --- whose number it is ---


def numbers(app: Flask) -> list[str | None]:
    store = state_of(app).accounts
    assert isinstance(store, MemoryAccounts)
    identities = [identity for account in vars(store)["_accounts"].values() for identity in account.identities]
    return [identity.national_id.reveal() if identity.national_id else None for identity in identities]


@pytest.mark.parametrize("verify", ["keytab", "service"])
def test_an_account_that_is_a_number_counts_as_the_number_only_where_that_is_set(
    settings: Mapping[str, dict[str, object]], agency: StandIn, verify: str
) -> None:
    """Whoever may choose the name of their account could choose somebody's number."""
    agency.say("/verify", ANSWER.format("A123456789", "").encode())
    for more, number in (({}, None), ({"claims": {"national_id": "account"}}, "A123456789")):
        app = portal({**settings[verify], **more})
        learner = Learner.at(app)
        come(learner, learner.start("ecpa"), fresh_ticket(client=("A123456789",)))
        assert is_signed_in(learner)
        assert numbers(app) == [number]
        assert "A123456789" not in "".join(learner.bodies)


def test_a_portal_says_what_the_ticket_does_not(settings: Mapping[str, dict[str, object]]) -> None:
    def enrich(claims: Claims) -> Mapping[str, object]:
        return {"alice": {"uid": "A223456781", "cn": "張公正"}}.get(claims.subject, {})

    app = portal({**settings["keytab"], "enrich": enrich})
    learner = Learner.at(app)
    come(learner, learner.start("ecpa"), fresh_ticket())
    assert numbers(app) == ["A223456781"]


# --- the service ---


def client(settings: Mapping[str, dict[str, object]]) -> Client:
    made, problems = register({"ecpa": settings["service"]})
    assert problems == []
    return client_for(made["ecpa"])


def asked_of(settings: Mapping[str, dict[str, object]], message: bytes) -> Claims:
    return client(settings).complete({"loginType": "0", "APReqEncodedData": message.hex()}, START)


START: Any = None  # a ticket has nothing of the sign-in that it answers


def test_the_service_is_asked_by_post_and_says_who_it_is(
    settings: Mapping[str, dict[str, object]], agency: StandIn
) -> None:
    message = fresh_ticket()
    agency.say("/verify", ANSWER.format(" alice\n", "<uid>A223456781</uid><dept/>").encode())
    claims = asked_of(settings, message)
    assert (claims.subject, claims.proved_at) == ("alice", None)
    assert claims.values == {"user_account": "alice", "account": "alice", "uid": "A223456781"}
    [asked] = agency.asked
    assert (asked.method, asked.path, asked.form) == ("POST", "/verify", {"apticket": message.hex(), "apid": SERVICE})


SAID = ANSWER.format("alice", "")
ANSWERS: dict[str, tuple[str | bytes, int, str]] = {
    "with a declaration": (f'<?xml version="1.0" encoding="utf-8"?>\n{SAID}', 200, ""),
    "with a byte order mark": (b"\xef\xbb\xbf" + SAID.encode(), 200, ""),
    "after blank lines": (f"\r\n \r\n{SAID}\r\n", 200, ""),
    "escaped as a page would show it": (SAID.replace("<", "&lt;").replace(">", "&gt;"), 200, ""),
    "with a comment in the account": (ANSWER.format("al<!-- -->ice", ""), 200, ""),
    "an account of nobody": (ANSWER.format("", ""), 200, "ticket_refused"),
    "no account": ("<verify-service><error>-1</error></verify-service>", 200, "ticket_refused"),
    "an account with something in it": (ANSWER.format("al<b/>ice", ""), 200, "ticket_refused"),
    "two accounts": (ANSWER.format("alice", "<user_account>bob</user_account>"), 200, "provider_error"),
    "an account with a line in it": (ANSWER.format("al\nice", ""), 200, "provider_error"),
    "a page": ("<!doctype html><html><body>系統維護中</body></html>", 200, "provider_error"),
    "a page in XML": ("<html><user_account>alice</user_account></html>", 200, "provider_error"),
    "an account somewhere": (f"<a>{SAID}</a>", 200, "provider_error"),
    "another's": (SAID.replace("<verify-service>", '<verify-service xmlns="x">'), 200, "provider_error"),
    "nothing": ("", 200, "provider_error"),
    "cut short": (SAID[:-5], 200, "provider_error"),
    "a bomb": ('<!DOCTYPE a [<!ENTITY e "alice">]>' + ANSWER.format("&e;", ""), 200, "provider_error"),
    "a bomb, escaped": (f"&lt;!DOCTYPE a [&lt;!ENTITY e 'x'&gt;]&gt;{SAID}", 200, "provider_error"),
    "a bomb in UTF-16": (f"<!DOCTYPE a>{SAID}".encode("utf-16"), 200, "provider_error"),
    "deep": ("<a>" * 20_000, 200, "provider_error"),
    "too large": (ANSWER.format("alice", "x" * 200_000), 200, "provider_error"),
    "not found": (SAID, 404, "provider_error"),
    "broken down": (SAID, 500, "provider_down"),
    "elsewhere": (SAID, 302, "provider_error"),
}


@pytest.mark.parametrize("case", ANSWERS)
def test_an_answer_of_the_service_is_taken_for_what_it_is(
    settings: Mapping[str, dict[str, object]], agency: StandIn, case: str
) -> None:
    said, status, refused = ANSWERS[case]
    agency.say("/verify", said if isinstance(said, bytes) else said.encode(), status)
    if not refused:
        assert asked_of(settings, fresh_ticket()).subject == "alice"
        return
    with pytest.raises(SignInError) as error:
        asked_of(settings, fresh_ticket())
    assert (error.value.code, error.value.phase) == (refused, "ticket")
    assert "alice" not in str(error.value)


def test_the_service_is_sent_nothing_that_is_no_ticket(
    settings: Mapping[str, dict[str, object]], agency: StandIn
) -> None:
    """Of what only the service could read, nobody here could tell whether it came before."""
    for message in (b"\0", fresh_ticket() + b"\0", b"<xml/>"):
        with pytest.raises(SignInError) as error:
            asked_of(settings, message)
        assert error.value.code == "ticket_refused"
    assert agency.asked == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"verify_url": None}, "verify_url"),
        ({"verify_url": "http://ecpa.example.gov.tw/verify"}, "verify_url"),
        ({"apid": None}, "apid"),
        ({"apid": " "}, "apid"),
        ({"keytab": "/etc/ecpa.keytab"}, "keytab"),
        ({"soap_url": "https://ecpa.example.gov.tw/soap"}, "soap_url"),
        ({"single_use": ["loginType", "APReqEncodedData"]}, "single_use"),
    ],
    ids=repr,
)
def test_a_setting_of_the_service_that_cannot_be_is_refused(
    settings: Mapping[str, dict[str, object]], changes: Mapping[str, object], key: str
) -> None:
    _, problems = register({"ecpa": {**settings["service"], **changes}})
    assert [problem.where for problem in problems] == [f"FIRST_LOGIN_PROVIDERS['ecpa'][{key!r}]"]
