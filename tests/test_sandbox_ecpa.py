"""The pretend eCPA, whose ticket the browser posts, and the function that verifies it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from flask_first_login import SignInError, sandbox
from flask_first_login.providers import Ticket
from internals import ECPA, ApReq, Verify, ap_req, verify
from internals import ECPA_FAULTS as FAULTS
from support.relying_party import CALLBACK, Params, Pretend, posted

ISSUER = "http://127.0.0.1:5001/ecpa"
AT = datetime(2026, 3, 5, 8, 30, tzinfo=UTC)
WHERE = {"service": "portal-at-ecpa", "realm": "ECPA.SANDBOX.INVALID"}
STATED = {"account": "kungcheng", "caller": "kungcheng", "time": int(AT.timestamp()), **WHERE}


class AtEcpa(Pretend):
    def login(self, **changes: Any) -> requests.Response:
        return self.get("login", {"ReturnUrl": CALLBACK, "login_hint": "civil_servant", **changes})

    def posts(self) -> dict[str, str]:
        return posted(self.login())

    def refusal(self) -> str:
        with pytest.raises(SignInError) as refused:
            verify(received(self.posts()))
        return refused.value.code


def received(fields: dict[str, str], at: datetime | None = None) -> Ticket:
    return Ticket("ecpa", ISSUER, fields, at or datetime.now(UTC))


def made(stated: Params) -> Ticket:
    """A ticket received at the moment it was made."""
    return received({"loginType": "0", "APReqEncodedData": ap_req(stated).hex()}, AT)


@pytest.fixture
def ecpa(sandbox_url: str) -> AtEcpa:
    return AtEcpa(f"{sandbox_url}/ecpa")


# --- signing in ---


@pytest.mark.parametrize("persona", ECPA.personas)
def test_what_is_posted_names_the_civil_servant(ecpa: AtEcpa, persona: str) -> None:
    fields = posted(ecpa.login(login_hint=persona))
    assert fields.keys() == {"loginType", "APReqEncodedData"}
    claims = verify(received(fields))
    assert (claims.provider, claims.issuer) == ("ecpa", ISSUER)
    assert claims.values == ECPA.facts(ECPA.personas[persona])
    assert claims.subject == claims.values["account"]
    assert datetime.now(UTC) - claims.at < timedelta(seconds=10)


def test_the_settings_name_this_function(ecpa: AtEcpa) -> None:
    setting = sandbox.settings(ecpa.url.removesuffix("/ecpa"))["ecpa"]
    assert setting["verify"] == "flask_first_login.sandbox.ecpa:verify"
    assert setting["login_url"] == f"{ecpa.url}/login"
    port: Verify = verify
    assert port(made(STATED)).at == AT


def test_the_return_address_keeps_its_path_and_query(ecpa: AtEcpa) -> None:
    there = "http://localhost:5000/first-login/callback/ecpa/the-state?next=%2Fcourses"
    assert posted(ecpa.login(ReturnUrl=there), to=there)


@pytest.mark.parametrize("name", ["returnUrl", "returnurl", "RETURNURL"])
def test_the_name_of_the_parameter_is_read_without_regard_to_case(ecpa: AtEcpa, name: str) -> None:
    assert posted(ecpa.login(ReturnUrl=None, **{name: CALLBACK}))


def test_two_tickets_of_one_person_differ(ecpa: AtEcpa) -> None:
    assert ecpa.posts() != ecpa.posts()


# --- what it refuses ---


@pytest.mark.parametrize(
    "changes",
    [
        {"ReturnUrl": None},
        {"ReturnUrl": [CALLBACK, CALLBACK]},
        {"returnurl": CALLBACK},
        {"ReturnUrl": "https://portal.example.com/callback"},
        {"ReturnUrl": "http://localhost:80@attacker.example/"},
        {"ReturnUrl": "javascript://localhost/%0aalert(1)"},
        {"level": "3"},
    ],
    ids=repr,
)
def test_nothing_is_posted_to_an_address_that_is_not_on_this_machine(ecpa: AtEcpa, changes: Params) -> None:
    answer = ecpa.login(**changes)
    assert (answer.status_code, "<form" in answer.text) == (400, False)


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_ticket_is_good_for_five_minutes_either_way(minutes: int) -> None:
    ticket = made(STATED)
    edge = AT + timedelta(minutes=minutes)
    assert verify(replace(ticket, received_at=edge)).at == AT
    with pytest.raises(SignInError) as refused:
        verify(replace(ticket, received_at=edge + timedelta(seconds=minutes)))
    assert refused.value.code == "expired"


DIGITS = made(STATED).fields["APReqEncodedData"]
NOT_DIGITS = ["", "0", "zz", "票證", "00" * 31, "00" * 40]
NOT_THE_DIGITS = [DIGITS[:-2], DIGITS + "00", f" {DIGITS}", f"{DIGITS[:2]} {DIGITS[2:]}"]


@pytest.mark.parametrize("digits", NOT_DIGITS + NOT_THE_DIGITS)
def test_a_ticket_that_is_not_written_as_ecpa_writes_it_is_refused(digits: str) -> None:
    with pytest.raises(SignInError) as refused:
        verify(received({"APReqEncodedData": digits}, AT))
    assert (refused.value.code, refused.value.provider, refused.value.phase) == ("ticket_refused", "ecpa", "ticket")
    assert "A223456781" not in str(refused.value)


@pytest.mark.parametrize("issuer", ["https://ecpa.dgpa.gov.tw", "http://portal.example.com/ecpa", ""])
def test_a_pretend_ticket_is_good_on_this_machine_only(issuer: str) -> None:
    with pytest.raises(SignInError) as refused:
        verify(replace(made(STATED), issuer=issuer))
    assert refused.value.code == "ticket_refused"


def test_a_ticket_without_its_field_is_refused() -> None:
    with pytest.raises(SignInError) as refused:
        verify(received({"loginType": "0"}, AT))
    assert refused.value.code == "ticket_refused"


# --- when it errs ---


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("forged_ticket", "ticket_refused"),
        ("altered_ticket", "ticket_refused"),
        ("other_service", "ticket_refused"),
        ("stale_ticket", "expired"),
        ("future_ticket", "expired"),
        ("missing_field", "ticket_refused"),
        ("not_hex", "ticket_refused"),
        ("huge_ticket", "ticket_refused"),
        ("no_account", "ticket_refused"),
    ],
)
def test_a_faulty_ticket_is_refused(ecpa: AtEcpa, fault: str, code: str) -> None:
    with ecpa.with_fault(fault):
        assert ecpa.refusal() == code


def test_a_ticket_may_lack_the_national_id(ecpa: AtEcpa) -> None:
    with ecpa.with_fault("no_national_id"):
        assert verify(received(ecpa.posts())).values == {"account": "kungcheng", "cn": "張公正"}


def test_a_replayed_ticket_comes_again_until_the_fault_ends(ecpa: AtEcpa) -> None:
    with ecpa.with_fault("replayed_ticket"):
        first, second = ecpa.posts(), ecpa.posts()
        assert first == second
        assert verify(received(first))
    with ecpa.with_fault("replayed_ticket"):
        assert ecpa.posts() != first


def test_a_changed_replay_is_another_text_and_the_same_ticket(ecpa: AtEcpa) -> None:
    with ecpa.with_fault("changed_replay"):
        tickets = [received(ecpa.posts()) for _ in range(3)]
    assert len({ticket.fields["APReqEncodedData"] for ticket in tickets}) == 3
    assert {verify(ticket).subject for ticket in tickets} == {"kungcheng"}
    assert len({ApReq.read(ticket.fields["APReqEncodedData"]).fingerprint for ticket in tickets}) == 1


def test_every_fault_is_shown_here() -> None:
    refused = {"forged_ticket", "altered_ticket", "stale_ticket", "future_ticket", "missing_field", "not_hex"}
    refused |= {"other_service", "huge_ticket", "no_account"}
    assert {*FAULTS} == refused | {"no_national_id", "replayed_ticket", "changed_replay"}
