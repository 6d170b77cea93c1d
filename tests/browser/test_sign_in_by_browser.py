"""Real sign-ins in a real browser: from our button to the provider's page and back, with scripts and without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask, redirect
from playwright.sync_api import Page

from browser.portal import Portal, full_portal, served
from browser.screens import path_of, press

pytestmark = pytest.mark.browser

VERDICTS = "[...document.querySelectorAll('[data-authority]')].map(row => [row.dataset.authority, row.dataset.verdict])"


@pytest.fixture
def portal(providers: str, elsewhere: str) -> Iterator[Portal]:
    """A portal of this test's own: nobody has an account yet."""
    with full_portal(providers, elsewhere) as running:
        yield running


def _sign_in(page: Page, portal: Portal, provider: str, persona: str, start: str = "/login") -> None:
    """From a page of ours, by the provider's button, as one of the pretend people."""
    page.goto(portal.page(start))
    press(page, f"main a[href*='/sign-in/{provider}'] >> nth=0")
    assert page.url.startswith(f"{portal.providers}/{provider}/")
    press(page, f"button[value={persona}]")


def _verdicts(page: Page) -> dict[str, str]:
    return dict(page.evaluate(VERDICTS))


def test_a_citizen_who_signs_in_with_myegov_is_told_where_the_hours_go(either_page: Page, portal: Portal) -> None:
    page = either_page
    _sign_in(page, portal, "myegov", "verified_citizen")
    assert path_of(page.url) == "/outcome"
    assert _verdicts(page) == {"lifelong": "not_applicable", "environmental": "uploadable", "teacher": "uploadable"}
    assert "A12345****" in page.inner_text("main")
    press(page, ".fl-btn")
    assert page.url == f"{portal.url}/"
    page.goto(portal.page("/hours"))
    assert "林曉明" in page.inner_text("main")


def test_a_social_learner_is_warned_before_and_refused_after(either_page: Page, portal: Portal) -> None:
    page = either_page
    _sign_in(page, portal, "google", "social_user", "/public/no-certificate?next=/courses/3")
    assert path_of(page.url) == "/acknowledge"
    assert not page.is_checked("#acknowledged")
    press(page, "button[type=submit]")
    assert (path_of(page.url), page.title().startswith("錯誤：")) == ("/acknowledge", True)
    page.check("#acknowledged")
    press(page, "button[type=submit]")
    assert path_of(page.url) == "/outcome"
    assert set(_verdicts(page).values()) == {"refused"}
    press(page, "main a.fl-side[href='/courses/3']")
    assert page.url == f"{portal.url}/courses/3"


def test_a_learner_who_goes_to_myegov_instead_has_no_social_account(page: Page, portal: Portal) -> None:
    _sign_in(page, portal, "google", "verified_citizen")
    assert path_of(page.url) == "/acknowledge"
    press(page, "main a[href*='/sign-in/myegov'] >> nth=0")
    assert page.url.startswith(f"{portal.providers}/myegov/authorize?")
    press(page, "button[value=verified_citizen]")
    assert set(_verdicts(page).values()) != {"refused"}
    page.goto(portal.page("/hours"))
    assert "Google" not in page.inner_text("main")


def test_a_learner_who_cancels_is_told_kindly_and_led_on(either_page: Page, portal: Portal) -> None:
    page = either_page
    _sign_in(page, portal, "myegov", "cancels")
    assert page.inner_text("h1") == "您取消了我的e政府登入"
    assert re.search(r"[0-9A-F]{8}", page.inner_text(".fl-support code"))
    press(page, "main a:has-text('重新開始')")
    assert path_of(page.url) == "/"


def test_a_learner_who_cancels_may_try_again_at_once(page: Page, portal: Portal) -> None:
    _sign_in(page, portal, "myegov", "cancels")
    press(page, "main .fl-btn")
    assert page.url.startswith(f"{portal.providers}/myegov/authorize?")
    press(page, "button[value=teacher]")
    assert path_of(page.url) == "/outcome"


def test_a_failure_can_be_read_in_the_other_language(page: Page, portal: Portal) -> None:
    _sign_in(page, portal, "myegov", "cancels")
    code = page.inner_text(".fl-support code")
    press(page, ".fl-language a")
    assert page.inner_text("h1") == "You cancelled the sign-in with MyEGov"
    assert page.inner_text(".fl-support code") == code


def test_the_guide_is_walked_in_english_and_its_advice_signed_in_with(page: Page, portal: Portal) -> None:
    page.goto(portal.page("/login?lang=en"))
    press(page, "a.fl-btn")
    for label in ("Civil servant (including contract staff)", "eCPA (I have an account)"):
        page.check(f"label:has(span:text-is('{label}'))")
        press(page, "button")
    press(page, "main a.fl-btn")
    press(page, "button[value=civil_servant]")
    press(page, "form button")  # eCPA brings its ticket by a form
    assert path_of(page.url) == "/outcome"
    assert page.evaluate("document.documentElement.lang") == "en"
    assert set(_verdicts(page).values()) == {"uploadable"}


def test_an_answer_may_lead_straight_to_the_provider(page: Page, providers: str, elsewhere: str) -> None:
    with full_portal(providers, elsewhere, FIRST_LOGIN_HANDOFF="redirect") as portal:
        page.goto(portal.page("/civil-servant"))
        page.check("#account")
        press(page, "button")
        page.wait_for_url(f"{providers}/ecpa/**")


def test_the_second_sign_in_goes_straight_to_the_page_that_was_asked_for(page: Page, portal: Portal) -> None:
    for expected in (portal.page("/outcome?next=/courses/3&new=1"), f"{portal.url}/courses/3"):
        page.context.clear_cookies()
        _sign_in(page, portal, "myegov", "civil_servant", "/login?next=/courses/3")
        assert page.url == expected


def test_a_link_of_another_website_signs_nobody_in(either_page: Page, portal: Portal) -> None:
    page = either_page
    target = portal.page("/sign-in/google")
    page.goto(f"{portal.elsewhere}/page?to={quote(target, safe='')}")
    press(page, "a")
    assert page.url == target
    assert page.inner_text("h1") == "使用Google帳戶登入"
    press(page, "button[type=submit]")
    page.wait_for_url(f"{portal.providers}/google/authorize?**")


def test_the_way_back_through_a_used_answer_leads_on(page: Page, portal: Portal) -> None:
    with page.expect_request("**/callback?*") as answer:
        _sign_in(page, portal, "myegov", "teacher")
    page.goto(answer.value.url)
    assert page.locator("[data-code]").count() == 0
    assert "/callback" not in page.url


def test_two_sign_ins_run_side_by_side_in_one_browser(page: Page, portal: Portal) -> None:
    other = page.context.new_page()
    for one, provider in ((page, "myegov"), (other, "google")):
        one.goto(portal.page("/login"))
        press(one, f"main a[href*='/sign-in/{provider}'] >> nth=0")
    press(page, "button[value=teacher]")
    assert path_of(page.url) == "/outcome"
    press(other, "button[value=cancels]")
    assert other.inner_text("h1") == "您取消了Google登入"


def test_who_is_not_signed_in_sees_no_outcome_and_no_hours(page: Page, portal: Portal) -> None:
    for path in ("/outcome", "/hours"):
        page.goto(portal.page(path))
        assert path_of(page.url) == "/login"
    press(page, "main a[href*='/sign-in/myegov'] >> nth=0")
    press(page, "button[value=verified_citizen]")
    press(page, ".fl-btn")
    assert path_of(page.url) == "/hours"


def test_a_provider_that_hands_on_to_a_third_host_is_reached_from_a_form(
    either_page: Page, providers: str, elsewhere: str
) -> None:
    """Chromium and Safari hold a page's `form-action` against every redirect in answer to its forms."""
    page, hands_on = either_page, Flask("hands_on")
    hands_on.add_url_rule("/login", "login", lambda: redirect(f"{elsewhere}/page"))
    with served(hands_on) as broker:
        ecpa = {"login_url": f"{broker}/login", "verify": lambda ticket: None}
        with full_portal(providers, elsewhere, FIRST_LOGIN_PROVIDERS={"ecpa": ecpa}, FIRST_LOGIN_ICONS={}) as portal:
            page.goto(f"{elsewhere}/page?to={quote(portal.page('/sign-in/ecpa'), safe='')}")
            press(page, "a")
            page.click("button[type=submit]")
            page.wait_for_url(f"{elsewhere}/page", timeout=5000)
            assert page.title() == "Elsewhere"
            page.go_back()  # the page that led on left no entry: Back is the page with the button
            assert page.locator("button[type=submit]").count() == 1
