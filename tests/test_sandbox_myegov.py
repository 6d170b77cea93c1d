"""The pretend MyEGov of today: Token1 comes by POST, the profile by SOAP."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import requests

from flask_first_login import sandbox
from internals import HUGE, MYEGOV_TICKET, SERVICE_ID
from internals import MYEGOV_FAULTS as FAULTS
from support.relying_party import CALLBACK, Params, Pretend, posted

GSP = "http://cp.gov.tw/gsp2"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
ENVELOPE = (
    '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="{soap}"><s:Header><AuthHeader xmlns="{gsp}">'
    "<ServiceID>{service}</ServiceID><Token1>{token}</Token1></AuthHeader></s:Header>"
    '<s:Body><{method} xmlns="{gsp}" /></s:Body></s:Envelope>'
)
CALL = ENVELOPE.format(soap=SOAP, gsp=GSP, service=SERVICE_ID, token="", method="GetProfileColumns").encode()
COLUMNS = ["uid", "account", "CN", "mail", "UserType", "SecureLevel", "SerialNumber"]


@dataclass(frozen=True)
class AtMyEGov(Pretend):
    """The portal, with the settings that the sandbox gave it."""

    setting: dict[str, str]

    def login(self, persona: str = "civil_servant", **changes: Any) -> requests.Response:
        asked = {"ReturnUrl": CALLBACK, "level": "1", "login_hint": persona, **changes}
        return requests.get(self.setting["login_url"], asked, allow_redirects=False, timeout=5)

    def token(self, persona: str = "civil_servant", **changes: Any) -> str:
        return posted(self.login(persona, **changes))["twGovT1"]

    def envelope(self, token: str, method: str = "GetProfileColumns", service: str | None = None) -> str:
        known = service or self.setting["service_id"]
        return ENVELOPE.format(soap=SOAP, gsp=GSP, service=known, token=token, method=method)

    def calls(self, body: str | bytes, method: str = "GetProfileColumns", **headers: str) -> requests.Response:
        right = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{GSP}/{method}"'}
        octets = body.encode() if isinstance(body, str) else body
        return requests.post(self.setting["soap_url"], octets, headers={**right, **headers}, timeout=5)

    def profile(self, token: str) -> requests.Response:
        return self.calls(self.envelope(token))

    def columns(self, persona: str = "civil_servant", **changes: Any) -> dict[str, str]:
        return columns_of(self.profile(self.token(persona, **changes)))


def read(answer: requests.Response) -> ET.Element:
    return ET.fromstring(answer.text)  # noqa: S314  # of our own sandbox, and never its bomb


def result_of(answer: requests.Response, method: str = "GetProfileColumns") -> ET.Element:
    """The result element, where an ASMX page puts it."""
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    found = read(answer).find(f"{{{SOAP}}}Body/{{{GSP}}}{method}Response/{{{GSP}}}{method}Result")
    assert found is not None
    return found


def code_of(answer: requests.Response) -> str | None:
    return result_of(answer).findtext(f"{{{GSP}}}Code")


def columns_of(answer: requests.Response, method: str = "GetProfileColumns") -> dict[str, str]:
    items = result_of(answer, method).iterfind(f"{{{GSP}}}Result/{{{GSP}}}ProfileColumns/{{{GSP}}}Item")
    return {item.findtext(f"{{{GSP}}}Key", ""): item.findtext(f"{{{GSP}}}Value", "") for item in items}


@pytest.fixture
def myegov(sandbox_url: str) -> AtMyEGov:
    return AtMyEGov(f"{sandbox_url}/myegov-ticket", sandbox.settings(sandbox_url, myegov="ticket")["myegov"])


# --- signing in ---


@pytest.mark.parametrize("persona", MYEGOV_TICKET.personas)
def test_a_token_gives_the_profile_with_every_column(myegov: AtMyEGov, persona: str) -> None:
    known = MYEGOV_TICKET.facts(MYEGOV_TICKET.personas[persona])
    columns = myegov.columns(persona)
    assert [*columns] == COLUMNS
    assert columns["uid"] == known.get("uid", "")
    assert columns["CN"] == known.get("cn", "")
    assert (columns["account"], columns["mail"]) == (known["name"], known["email"])


@pytest.mark.parametrize(
    ("persona", "user_type"),
    [("teacher", "民眾"), ("civil_servant", "公務員"), ("unconfirmed_kind", "")],
)
def test_the_kind_of_an_account_is_told_in_words_or_not_at_all(myegov: AtMyEGov, persona: str, user_type: str) -> None:
    assert myegov.columns(persona)["UserType"] == user_type


@pytest.mark.parametrize(
    ("persona", "level", "secure_level"),
    [
        ("declared_citizen", "1", "IDPassword"),
        ("declared_citizen", None, "IDPassword"),
        ("declared_citizen", "2", "PlatformX509"),
        ("verified_citizen", "1", "PlatformX509"),
    ],
)
def test_level_two_is_a_sign_in_by_certificate(
    myegov: AtMyEGov, persona: str, level: str | None, secure_level: str
) -> None:
    columns = myegov.columns(persona, level=level)
    assert columns["SecureLevel"] == secure_level
    assert (columns["SerialNumber"] != "") == (secure_level == "PlatformX509")


def test_both_methods_answer_under_their_own_names(myegov: AtMyEGov) -> None:
    method = "GetProfileColumns2"
    answer = myegov.calls(myegov.envelope(myegov.token(), method), method)
    assert columns_of(answer, method)["uid"] == "A223456781"
    assert result_of(answer, method).findtext(f"{{{GSP}}}Code") == "0"


def test_the_state_may_travel_in_the_path_of_the_return_address(myegov: AtMyEGov) -> None:
    there = f"{CALLBACK}/the-state"
    assert posted(myegov.login(ReturnUrl=there), to=there).keys() == {"twGovT1"}


def test_nobody_cancels_here_for_there_is_no_such_way_back(myegov: AtMyEGov) -> None:
    assert "cancels" not in MYEGOV_TICKET.personas
    assert "twGovT1" not in myegov.login("cancels").text


# --- what it refuses ---


def test_a_token_is_good_once_even_for_eight_at_the_same_moment(myegov: AtMyEGov) -> None:
    token = myegov.token()
    with ThreadPoolExecutor(8) as pool:
        answers = [*pool.map(myegov.profile, [token] * 8)]
    assert sorted(code_of(answer) or "" for answer in answers) == ["0", *["901"] * 7]
    assert all(columns_of(answer) == {} for answer in answers if code_of(answer) != "0")


@pytest.mark.parametrize(("service", "code"), [("APP9999999", "902"), (" ", "902")])
def test_another_service_is_refused_and_the_token_still_good(myegov: AtMyEGov, service: str, code: str) -> None:
    token = myegov.token()
    assert code_of(myegov.calls(myegov.envelope(token, service=service))) == code
    assert code_of(myegov.profile(token)) == "0"


@pytest.mark.parametrize("token", ["", "no-such-token"])
def test_a_token_that_was_not_given_is_refused(myegov: AtMyEGov, token: str) -> None:
    assert code_of(myegov.profile(token)) == "901"


@pytest.mark.parametrize(
    "changes",
    [
        {"ReturnUrl": None},
        {"ReturnUrl": "https://portal.example.com/"},
        {"ReturnUrl": f"{CALLBACK}#fragment"},
        {"level": "0"},
        {"level": ""},
    ],
    ids=repr,
)
def test_nothing_is_posted_on_a_request_that_is_not_right(myegov: AtMyEGov, changes: Params) -> None:
    answer = myegov.login(**changes)
    assert (answer.status_code, "<form" in answer.text) == (400, False)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/soap+xml"}, 415),
        ({"SOAPAction": f'"{GSP}/GetSecrets"'}, 500),
        ({"SOAPAction": ""}, 500),
        ({"SOAPAction": f'"{GSP}/GetProfileColumns2"'}, 500),
    ],
    ids=repr,
)
def test_a_call_needs_the_headers_of_soap_1_1(myegov: AtMyEGov, headers: dict[str, str], status: int) -> None:
    token = myegov.token()
    assert myegov.calls(myegov.envelope(token), **headers).status_code == status
    assert code_of(myegov.profile(token)) == "0"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe<",
        b"<Envelope />",
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body /></s:Envelope>'.encode(),
        CALL.replace(b"?>", b'?><!DOCTYPE a [<!ENTITY b "c">]>', 1),
        CALL.replace(b"s:Envelope", b"s:Letter"),
        CALL.replace(b"GetProfileColumns", b"GetSecrets"),
    ],
)
def test_what_is_no_envelope_is_answered_with_a_soap_fault(myegov: AtMyEGov, body: bytes) -> None:
    answer = myegov.calls(body)
    assert answer.status_code == 500
    fault = read(answer).find(f"{{{SOAP}}}Body/{{{SOAP}}}Fault")
    assert fault is not None
    assert fault.findtext("faultcode") == "soap:Client"


# --- when it errs ---

REFUSED = {"token_reused": "901", "wrong_service": "902", "no_code": None}
OTHERS = {"malformed_xml", "not_xml", "entity_bomb", "http_500", "no_token", "huge_answer", "slow"}
BLANKED = {"empty_uid": {"uid"}, "no_account": {"uid", "account"}}


def test_every_fault_is_shown_here() -> None:
    assert {*REFUSED, *BLANKED, *OTHERS} == {*FAULTS}


@pytest.mark.parametrize(("fault", "code"), REFUSED.items())
def test_a_faulty_answer_has_another_code_or_none(myegov: AtMyEGov, fault: str, code: str | None) -> None:
    token = myegov.token()
    with myegov.with_fault(fault):
        assert code_of(myegov.profile(token)) == code


@pytest.mark.parametrize(("fault", "blank"), BLANKED.items())
def test_a_faulty_profile_has_blank_columns(myegov: AtMyEGov, fault: str, blank: set[str]) -> None:
    with myegov.with_fault(fault):
        assert {key for key, value in myegov.columns().items() if not value} == blank


@pytest.mark.parametrize("fault", ["malformed_xml", "not_xml"])
def test_a_broken_answer_is_no_xml(myegov: AtMyEGov, fault: str) -> None:
    token = myegov.token()
    with myegov.with_fault(fault):
        answer = myegov.profile(token)
    with pytest.raises(ET.ParseError):
        read(answer)


def test_the_bomb_has_a_document_type_with_entities(myegov: AtMyEGov) -> None:
    token = myegov.token()
    with myegov.with_fault("entity_bomb"):
        answer = myegov.profile(token)
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.text.count("<!DOCTYPE") == 1
    assert answer.text.count("<!ENTITY") == 10
    assert "<Key>&e9;</Key>" in answer.text


def test_the_other_faults_do_what_they_are_named_for(myegov: AtMyEGov) -> None:
    token = myegov.token()
    with myegov.with_fault("no_token"):
        assert posted(myegov.login()) == {}
    with myegov.with_fault("http_500"):
        assert myegov.profile(token).status_code == 500
    with myegov.with_fault("huge_answer"):
        assert len(myegov.profile(myegov.token()).content) > HUGE


def test_a_slow_answer_drips_where_no_read_times_out(myegov: AtMyEGov) -> None:
    right = {"Content-Type": "text/xml", "SOAPAction": f"{GSP}/GetProfileColumns"}
    body = myegov.envelope(myegov.token()).encode()
    url = myegov.setting["soap_url"]
    with myegov.with_fault("slow"), requests.post(url, body, headers=right, stream=True, timeout=2) as answer:
        drops = answer.iter_content(None)
        assert next(drops).startswith(b"<?xml")
        assert next(drops) == b" "
