"""The pretend providers, run as a developer runs them: who is known there, what people see, who may come near."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any, Literal

import pytest
import requests
from playwright.sync_api import Browser, Page

from flask_first_login import ConfigError, InvalidNationalId, NationalId, sandbox
from internals import PERSONAS, ExpiringStore, Family, IdKind, Keys, issuers
from support.learner import sandbox_process
from support.relying_party import CALLBACK, Portal, Pretend, fields_of, form_of, forms_of, posted, returned

ISSUERS = (
    issuers.MYEGOV,
    issuers.MYEGOV_TICKET,
    issuers.ECPA,
    issuers.GOOGLE,
    issuers.FACEBOOK,
    issuers.APPLE,
)
#: A page of each kind, as it is asked for.
PAGES = {
    "front": "/",
    "chooser": f"/ecpa/login?ReturnUrl={CALLBACK}",
    "handover": f"/ecpa/login?ReturnUrl={CALLBACK}&login_hint=civil_servant",
}


# --- who is known ---


def test_one_social_persona_alone_sends_a_national_id() -> None:
    social = {Family.GOOGLE, Family.FACEBOOK, Family.APPLE}
    telling = {p.key for p in PERSONAS for family, facts in p.claims.items() if family in social and "uid" in facts}
    assert telling == {"social_user_with_id"}


def test_each_persona_has_one_national_id_of_its_own_and_one_persona_a_wrong_one() -> None:
    held = {p.key: {str(facts["uid"]) for facts in p.claims.values() if "uid" in facts} for p in PERSONAS}
    numbers = {key: number for key, uids in held.items() for number in uids}
    assert sum(len(uids) for uids in held.values()) == 12
    assert numbers.pop("converted_account") == numbers["converting_account"]  # a later day of the same person
    assert len({*numbers.values()}) == 11
    with pytest.raises(InvalidNationalId):
        NationalId.parse(numbers.pop("civil_servant_wrong_id"))
    assert len({NationalId.parse(number) for number in numbers.values()}) == 10


@pytest.mark.parametrize("issuer", ISSUERS, ids=lambda issuer: issuer.name)
def test_every_provider_knows_several_people(issuer: issuers.Issuer) -> None:
    assert len([persona for persona in issuer.personas.values() if not persona.cancels]) >= 2


def test_each_kind_of_gap_has_a_persona() -> None:
    by_key = {persona.key: persona.claims for persona in PERSONAS}
    assert "cn" not in by_key["citizen_without_name"][Family.MYEGOV]
    assert "uid" not in by_key["citizen_without_id"][Family.MYEGOV]
    assert "account_type" not in by_key["unconfirmed_kind"][Family.MYEGOV]
    resident = {NationalId(str(by_key["foreign_resident"][family]["uid"])) for family in (Family.MYEGOV, Family.ECPA)}
    assert {number.kind for number in resident} == {IdKind.RESIDENT}
    assert "email" not in by_key["social_user_without_email"][Family.FACEBOOK]
    assert by_key["apple_relay_user"][Family.APPLE]["is_private_email"] == "true"


def test_a_person_is_another_subject_at_each_issuer() -> None:
    assert len({PERSONAS[0].digest(issuer.name) for issuer in ISSUERS}) == len(ISSUERS)
    assert PERSONAS[0].digest("myegov") == "7947ee7ec774f345d5a1fd40eff288a1"


@pytest.mark.parametrize(
    ("earlier", "later", "changed"),
    [
        ("citizen_without_id", "citizen_with_added_id", {"uid": "A100000001"}),
        ("converting_account", "converted_account", {"account_type": "official"}),
    ],
)
def test_a_person_of_a_later_day_is_the_same_subject_in_which_one_thing_has_changed(
    earlier: str, later: str, changed: dict[str, str]
) -> None:
    by_key = {persona.key: persona for persona in PERSONAS}
    before, after = by_key[earlier], by_key[later]
    assert {**before.claims[Family.MYEGOV], **changed} == after.claims[Family.MYEGOV]
    assert {before.digest(issuer.name) for issuer in ISSUERS} == {after.digest(issuer.name) for issuer in ISSUERS}
    assert len({persona.digest("myegov") for persona in PERSONAS}) == len(PERSONAS) - 2


def test_the_settings_name_all_five_providers_and_both_protocols_of_myegov() -> None:
    at = "http://127.0.0.1:5001"
    assert sandbox.settings(f"{at}/") == sandbox.settings(at)
    assert sandbox.settings(at).keys() == {"myegov", "google", "ecpa", "facebook", "apple"}
    spoken = [sandbox.settings(at, myegov=protocol)["myegov"] for protocol in ("oidc", "ticket")]
    assert [(setting["protocol"], setting["issuer"]) for setting in spoken] == [
        ("oidc", f"{at}/myegov"),
        ("ticket", f"{at}/myegov-ticket"),
    ]


# --- what people see ---


def test_a_page_names_everybody_in_both_languages_and_says_that_it_is_a_test(sandbox_url: str) -> None:
    page = Portal.at(sandbox_url, "myegov").authorize()
    assert page.status_code == 200
    assert "測試用" in page.text
    assert "For testing only" in page.text
    known = [persona for persona in PERSONAS if Family.MYEGOV in persona.claims or persona.cancels]
    assert [button.get("value") for button in form_of(page).iter("button")] == [persona.key for persona in known]
    assert all(text in page.text for p in known for text in (p.name.en, p.name.zh, p.note.en, p.note.zh))
    assert "social_user" not in page.text


@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_no_page_runs_a_script_or_is_kept(sandbox_url: str, path: str) -> None:
    page = requests.get(sandbox_url + path, timeout=5)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")


def test_a_button_of_the_page_goes_on_without_javascript(sandbox_url: str) -> None:
    portal = Portal.at(sandbox_url, "myegov")
    form = form_of(portal.authorize(state="<&\"'>"))
    sent, url = fields_of(form), sandbox_url + form.get("action")
    back = returned(requests.post(url, {**sent, "persona": "teacher"}, allow_redirects=False, timeout=5))
    assert back["state"] == "<&\"'>"
    assert portal.redeem(back["code"]).status_code == 200
    nobody = requests.post(url, {**sent, "persona": "nobody"}, allow_redirects=False, timeout=5)
    assert (nobody.status_code, nobody.headers.get("Location")) == (400, None)


@pytest.mark.parametrize("path", ["ecpa/login", "myegov-ticket/portal/Clogin.aspx"])
def test_a_ticket_too_is_chosen_and_posted_without_javascript(sandbox_url: str, path: str) -> None:
    form = form_of(requests.get(f"{sandbox_url}/{path}", {"ReturnUrl": CALLBACK, "level": "2"}, timeout=5))
    sent, url = fields_of(form), sandbox_url + form.get("action")
    assert posted(requests.post(url, {**sent, "persona": "civil_servant"}, timeout=5))
    assert requests.post(url, {**sent, "persona": "social_user"}, timeout=5).status_code == 400


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    """A page as narrow as WCAG 2.2 asks for (1.4.10)."""
    narrow = chromium.new_page(viewport={"width": 320, "height": 800}, bypass_csp=True)
    yield narrow
    narrow.close()


@pytest.mark.browser
@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)
def test_the_pages_are_accessible_down_to_320_pixels(
    sandbox_url: str, page: Page, path: str, colours: Literal["light", "dark"]
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page.emulate_media(color_scheme=colours)
    page.goto(sandbox_url + path)
    page.evaluate("document.querySelectorAll('section:last-of-type details').forEach(section => section.open = true)")
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


# --- the front page ---


def test_the_front_page_lists_every_provider_with_its_people_and_its_faults(sandbox_url: str) -> None:
    page = requests.get(sandbox_url, timeout=5)
    forms = {fields_of(form)["provider"]: form for form in forms_of(page)}
    assert forms.keys() == {issuer.name for issuer in ISSUERS}
    for issuer in ISSUERS:
        buttons = [button.get("value") for button in forms[issuer.name].iter("button")]
        assert buttons[0] == ""
        assert sorted(buttons[1:]) == Pretend(f"{sandbox_url}/{issuer.name}").set_fault("no such").json()["known"]
        assert len(buttons) >= 6
        assert all(f"login_hint={key}" in page.text for key in issuer.personas)


def test_a_fault_is_switched_on_and_off_by_its_form(sandbox_url: str) -> None:
    google = Portal.at(sandbox_url, "google")
    form = fields_of(
        next(f for f in forms_of(requests.get(sandbox_url, timeout=5)) if fields_of(f)["provider"] == "google")
    )
    switched = requests.post(sandbox_url, {**form, "fault": "no_state"}, allow_redirects=False, timeout=5)
    assert (switched.status_code, switched.headers["Location"]) == (303, "/#google")
    assert "state" not in google.comes_back(login_hint="social_user")
    shown = requests.get(sandbox_url, timeout=5)
    [pressed] = [b for f in forms_of(shown) for b in f.iter("button") if b.get("aria-pressed") == "true"]
    assert (pressed.text, pressed.get("value")) == ("no_state", "")
    assert requests.post(sandbox_url, {**form, "fault": ""}, timeout=5).status_code == 200
    assert "state" in google.comes_back(login_hint="social_user")


@pytest.mark.parametrize(
    "changes", [{"token": ""}, {"token": "é"}, {"provider": "nobody"}, {"fault": "no such fault"}], ids=repr
)
def test_a_form_that_is_not_ours_switches_nothing(sandbox_url: str, changes: dict[str, str]) -> None:
    form = fields_of(forms_of(requests.get(sandbox_url, timeout=5))[0])
    assert requests.post(sandbox_url, {**form, "fault": "no_state", **changes}, timeout=5).status_code == 400
    assert "state" in Portal.at(sandbox_url, "myegov").comes_back(login_hint="teacher")


# --- who may come near ---


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "portal.example.com", "localhost.", ""])  # noqa: S104  # refused
def test_it_does_not_listen_on_anything_but_loopback(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flask_first_login.sandbox.app.make_server", None)
    with pytest.raises(ConfigError, match=r"not loopback.*Use 127\.0\.0\.1"):
        sandbox.run(host, 0)


@pytest.mark.slow
def test_the_command_line_says_why_it_does_not_listen() -> None:
    command = [sys.executable, "-m", "flask_first_login.sandbox", "--host", "192.0.2.1"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=10)
    assert ended.returncode == 2
    assert "'192.0.2.1' is not loopback" in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize("host", ["127.0.0.2", "::1", "localhost"])
def test_it_listens_on_every_kind_of_loopback(host: str) -> None:
    with sandbox_process("--host", host) as sandbox_url:
        portal = Portal.at(sandbox_url, "google")
        assert portal.discovery()["issuer"] == portal.url
        assert portal.code("social_user")


@pytest.mark.parametrize(
    "seen",
    [
        {"headers": {"Host": "portal.example.com"}},
        {"headers": {"Host": "attacker@localhost"}},
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
    ],
    ids=repr,
)
def test_behind_a_wider_server_it_still_answers_only_this_machine(seen: Any) -> None:
    client = sandbox.create_sandbox(keys=dict.fromkeys(("myegov", "google", "apple"), Keys.generate())).test_client()
    assert client.get("/google/jwks").status_code == 200
    assert client.get("/google/jwks", **seen).status_code == 403


def test_a_store_forgets_what_is_old_and_what_does_not_fit() -> None:
    small: ExpiringStore[str] = ExpiringStore(60, room=2)
    first, second, third = (small.put(value) for value in ("first", "second", "third"))
    assert [small.get(handle) for handle in (first, second, third)] == [None, "second", "third"]
    brief: ExpiringStore[str] = ExpiringStore(0)
    assert brief.pop(brief.put("gone at once")) is None
