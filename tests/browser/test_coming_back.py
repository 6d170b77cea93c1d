"""The Back button, a reload, a double press, and what another site does to a learner: nobody meets an error page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask, render_template_string, request
from flask_wtf import CSRFProtect
from playwright.sync_api import Page

from browser.portal import PREFIX, Portal, full_portal, served
from browser.screens import NewPage, path_of, press
from flask_first_login import sandbox

pytestmark = pytest.mark.browser

CODES = "[...document.querySelectorAll('[data-code]')].map(element => element.dataset.code)"
#: The second press leaves before the first has been answered.
TWICE = "button => { button.click(); setTimeout(() => button.click(), 3) }"
OFFERED = "[...document.querySelectorAll('main a[href*=\"/sign-in/\"]')].map(link => new URL(link.href).pathname)"
PROVIDERS = ("apple", "ecpa", "facebook", "google", "myegov")
#: Those whose answers are posted, here by a page of their own.
POSTING = ("apple", "ecpa")
SOCIAL = ("apple", "facebook", "google")
#: What a page elsewhere posts by itself, and pictures whose address is one of ours.
FORM = """<!doctype html><title>Elsewhere</title><form method="post" action="{{ to }}">
{% for name in fields %}<input name="{{ name }}" value="made-up">{% endfor %}</form>
<script>document.forms[0].submit()</script>"""
PICTURES = """<!doctype html><title>Elsewhere</title>
{% for number in range(40) %}<img alt="" src="{{ to }}?code=c{{ number }}&state=s{{ number }}">{% endfor %}"""
FIELDS = ("code", "state", "ticket", "twGovT1", "APReqEncodedData", "csrf_token", "confirmed", "acknowledged")
VALUES = {"provider": "google", "code": "expired", "key": "identity", "filename": "first_login.css", "path": "public"}
HEADERS = 8192


@pytest.fixture
def portal(providers: str, elsewhere: str) -> Iterator[Portal]:
    """A portal of this test's own: nobody has an account yet."""
    with full_portal(providers, elsewhere) as running:
        yield running


@pytest.fixture(scope="session")
def attacker() -> Iterator[str]:
    """Another site, of whose pages every one does harm."""
    app = Flask("attacker")
    app.add_url_rule("/post", "post", lambda: render_template_string(FORM, to=request.args["to"], fields=FIELDS))
    app.add_url_rule("/pictures", "pictures", lambda: render_template_string(PICTURES, to=request.args["to"]))
    with served(app) as url:
        yield url.replace("127.0.0.1", "localhost")


def _sign_in(page: Page, portal: Portal, provider: str, persona: str, asks: str = "") -> None:
    """From the login page, up to the provider's last button."""
    page.goto(portal.page(f"/login{asks}"))
    press(page, f"main a[href*='/sign-in/{provider}'] >> nth=0")
    if provider in POSTING:
        press(page, f"button[value={persona}]")
    page.wait_for_selector(_last_button(provider, persona))


def _last_button(provider: str, persona: str) -> str:
    return "form button" if provider in POSTING else f"button[value={persona}]"


def _back(page: Page, pages: int) -> None:
    """Go back by so many pages at once: Chromium asks before it shows one again that was posted for."""
    with page.expect_navigation():
        page.evaluate(f"history.go(-{pages})")


def _press_twice(page: Page, button: str) -> None:
    """Press before the first press has been answered, and wait for where that leads."""
    before = page.url
    page.eval_on_selector(button, TWICE)
    for _ in range(200):
        page.wait_for_timeout(50)
        if page.url != before and not page.url.endswith("/decide"):
            break
    page.wait_for_load_state()


def _choose_again(page: Page, portal: Portal, provider: str, persona: str) -> None:
    """What a provider does by itself with who is signed in there, when a sign-in has begun anew."""
    if page.url.startswith(f"{portal.providers}/"):
        press(page, f"button[value={persona}]")
        if provider in POSTING:
            press(page, "form button")


@pytest.mark.parametrize(
    ("provider", "persona"),
    [("myegov", "verified_citizen"), ("ecpa", "civil_servant"), ("apple", "social_user"), ("google", "social_user")],
)
def test_back_reload_and_the_providers_button_again_lead_on(
    new_page: NewPage, portal: Portal, provider: str, persona: str
) -> None:
    page, answers = new_page(), list[str]()
    page.on("request", lambda sent: answers.append(sent.url) if "/callback" in sent.url else None)
    _sign_in(page, portal, provider, persona, "?next=/courses/3")
    press(page, _last_button(provider, persona))
    waits = provider in SOCIAL
    assert path_of(page.url) == ("/acknowledge" if waits else "/outcome")
    goes_on = portal.page("/acknowledge?next=/courses/3") if waits else f"{portal.url}/courses/3"
    _back(page, 2 if provider in POSTING else 1)
    _choose_again(page, portal, provider, persona)
    assert (page.url, page.evaluate(CODES)) == (goes_on, [])
    for _ in range(2):
        page.goto(next(answer for answer in answers if "?" in answer))  # as a reload brings it
        assert (page.url, page.evaluate(CODES)) == (goes_on, [])
    page.goto(portal.page("/hours"))
    assert path_of(page.url) == ("/login" if waits else "/hours")


@pytest.mark.parametrize(
    ("provider", "persona"), [("myegov", "verified_citizen"), ("ecpa", "civil_servant"), ("apple", "social_user")]
)
def test_a_double_press_of_the_providers_button_signs_in_once(
    new_page: NewPage, portal: Portal, provider: str, persona: str
) -> None:
    page = new_page()
    _sign_in(page, portal, provider, persona)
    _press_twice(page, _last_button(provider, persona))
    _choose_again(page, portal, provider, persona)
    assert page.evaluate(CODES) == []
    if provider in SOCIAL:
        assert path_of(page.url) == "/acknowledge"
        return
    page.goto(portal.page("/hours"))
    assert path_of(page.url) == "/hours"


def test_who_accepted_what_it_costs_and_goes_back_or_had_pressed_twice_is_led_on(
    new_page: NewPage, portal: Portal
) -> None:
    page = new_page()
    _sign_in(page, portal, "google", "teacher")
    press(page, _last_button("google", "teacher"))
    press(page, "main .fl-actions a.fl-side")  # cancels
    page.go_back()
    assert (path_of(page.url), page.evaluate(CODES)) == ("/login", [])
    _sign_in(page, portal, "google", "social_user")
    press(page, _last_button("google", "social_user"))
    page.check("#acknowledged")
    _press_twice(page, "main button[type=submit]")
    _choose_again(page, portal, "google", "social_user")
    assert path_of(page.url) == "/outcome"
    page.goto(portal.page("/acknowledge"))
    assert (path_of(page.url), page.evaluate(CODES)) == ("/outcome", [])


def test_who_has_signed_out_finds_no_page_of_theirs_by_going_back(new_page: NewPage, portal: Portal) -> None:
    page = new_page()
    _sign_in(page, portal, "myegov", "verified_citizen")
    press(page, _last_button("myegov", "verified_citizen"))
    page.goto(portal.page("/hours"))
    page.context.clear_cookies(name="session")  # as a host's sign-out does
    page.goto(f"{portal.url}/")
    for _ in range(2):
        page.go_back()
        assert (path_of(page.url), page.evaluate(CODES)) == ("/login", [])


@pytest.mark.parametrize("backwards", [False, True], ids=["in this order", "in the other order"])
def test_who_cancels_at_myegov_is_offered_nothing_that_costs_hours(
    new_page: NewPage, providers: str, elsewhere: str, backwards: bool
) -> None:
    page, settings = new_page(), [*sandbox.settings(providers).items()]
    named = dict(reversed(settings) if backwards else settings)
    with full_portal(providers, elsewhere, FIRST_LOGIN_PROVIDERS=named) as portal:
        for start, offered in {
            "/public/certificate/egov-login": {"myegov"},
            "/civil-servant/egov": {"myegov", "ecpa"},
            "/login": {"myegov", "ecpa"},
        }.items():
            page.goto(portal.page(start))
            press(page, "main a[href*='/sign-in/myegov'] >> nth=0")
            answer = press(page, "button[value=cancels]")
            assert page.evaluate(CODES) == ["cancelled"]
            assert f"{PREFIX}/sign-in/myegov" in str(page.locator("main .fl-btn").get_attribute("href"))
            assert {path.rpartition("/")[2] for path in page.evaluate(OFFERED)} == offered
            told = page.context.request.get(answer.url, headers={"Accept": "application/json"}).json()
            assert told["code"] == "already_used"  # what it says is for the same learner
            assert {offer["name"] for group in told["offers"] for offer in group["providers"]} <= offered
            assert not [name for name in SOCIAL if f"/sign-in/{name}" in str(told)]


# --- another site ---


def _addresses(app: Flask) -> Iterator[str]:
    """Every address of ours; that of an answer for each provider."""
    adapter = app.url_map.bind("127.0.0.1")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("first_login."):
            for name in PROVIDERS if rule.endpoint == "first_login.callback" else ("myegov",):
                values = {argument: VALUES.get(argument, "made-up") for argument in rule.arguments}
                yield adapter.build(rule.endpoint, {**values, **({"name": name} if "name" in values else {})})


def _size(page: Page, url: str) -> int:
    """The octets of the headers with which the browser asks for a page."""
    with page.expect_request(url) as request:
        page.goto(url)
    return sum(len(name) + len(value) + 4 for name, value in request.value.all_headers().items())


@pytest.mark.parametrize("guarded", [False, True], ids=["a bare host", "a host that guards its forms"])
def test_a_page_elsewhere_neither_signs_out_nor_limits_anybody(
    new_page: NewPage, portal: Portal, attacker: str, guarded: bool
) -> None:
    app, url, page = portal.app, portal.url, new_page()
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"  # one that says nothing goes along for two minutes in Chromium
    if guarded:
        CSRFProtect(app)
    name = app.config["SESSION_COOKIE_NAME"]
    _sign_in(page, portal, "myegov", "verified_citizen")
    press(page, "button[value=verified_citizen]")
    page.goto(portal.page("/hours"))

    def held() -> list[str]:
        return [cookie["value"] for cookie in page.context.cookies(url) if cookie["name"] == name]

    before = held()
    # What guards the forms of a host stands before the addresses that take a POST: those that sign somebody in or out.
    ending = ("/callback", "/sign-out", "/acknowledge", "/leave") if guarded else ("",)
    addresses = [address for address in sorted({*_addresses(app)}) if address.endswith(ending)]
    assert len(addresses) > 7
    for address in addresses:
        page.goto(f"{attacker}/post?to={quote(url + address, safe='')}")
        page.wait_for_url(f"{url}/**")
        assert held() == before, address
    for provider in PROVIDERS:
        page.goto(f"{attacker}/pictures?to={quote(f'{url}{PREFIX}/sign-in/{provider}/callback', safe='')}")
        assert held() == before, provider
    assert len(before) == 1
    assert _size(page, portal.page("/hours")) < HEADERS
    assert path_of(page.url) == "/hours"
    page.context.clear_cookies()
    _sign_in(page, portal, "myegov", "teacher")  # nobody has to wait
    press(page, "button[value=teacher]")
    assert path_of(page.url) == "/outcome"
