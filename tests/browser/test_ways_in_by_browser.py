"""Ways to sign in, added and given up in a real browser, whose own rules a test client does not have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from browser.portal import Portal, full_portal
from browser.screens import NewPage, path_of, press
from browser.survey import axe

pytestmark = pytest.mark.browser


@pytest.fixture
def portal(providers: str, elsewhere: str) -> Iterator[Portal]:
    """A portal of this test's own: nobody has an account yet."""
    with full_portal(providers, elsewhere) as running:
        yield running


def _faults(page: Page) -> list[str]:
    return axe(page)


def _civil_servant(page: Page, portal: Portal) -> None:
    """Signed in with MyEGov, a moment ago."""
    page.goto(portal.page("/login"))
    press(page, "main a[href*='/sign-in/myegov'] >> nth=0")
    press(page, "button[value=civil_servant]")
    assert path_of(page.url) == "/outcome"


def _joins(page: Page, portal: Portal) -> None:
    page.goto(portal.page("/hours"))
    press(page, "form[action*='/ecpa/join'] button")
    assert page.url.startswith(f"{portal.providers}/ecpa/")


def test_a_way_to_sign_in_is_added_and_given_up_by_pressing_buttons(new_page: NewPage, portal: Portal) -> None:
    page = new_page()
    _civil_servant(page, portal)
    _joins(page, portal)
    press(page, "button[value=civil_servant]")
    press(page, "form button")  # the pretend eCPA posts its ticket
    page.goto(portal.page("/hours"))
    assert page.locator("form[action*='/leave'] button").count() == 2
    assert _faults(page) == []
    press(page, "form[action*='/ecpa/leave'] button")
    assert _faults(page) == []
    press(page, "main button[type=submit]")
    assert page.get_by_role("status").inner_text() == "已從您的帳號移除這個登入方式。"
    assert page.locator("form[action*='/leave']").count() == 0


def test_who_is_asked_to_sign_in_once_more_comes_back_and_goes_on(new_page: NewPage, portal: Portal) -> None:
    page = new_page()
    _civil_servant(page, portal)
    page.context.clear_cookies(name="fl-fresh")
    page.goto(portal.page("/hours"))
    press(page, "form[action*='/ecpa/join'] button")
    assert page.locator("[data-code=not_fresh]").count() == 1
    assert _faults(page) == []
    press(page, "main a[href*='/sign-in/myegov']")
    assert "prompt=login" in page.url
    press(page, "button[value=civil_servant]")
    assert path_of(page.url) == "/hours"
    _joins(page, portal)


def test_a_social_learner_starts_again_with_a_government_account(new_page: NewPage, portal: Portal) -> None:
    page = new_page()
    page.goto(portal.page("/public/no-certificate"))
    press(page, "main a[href*='/sign-in/google'] >> nth=0")
    press(page, "button[value=social_user]")
    page.check("#acknowledged")
    press(page, "main button[type=submit]")
    page.goto(portal.page("/sign-in/myegov"))
    press(page, "button[value=verified_citizen]")
    assert page.locator("[data-code=social_never_merges]").count() == 1
    assert _faults(page) == []
    press(page, "form[action*='/anew'] button")
    assert page.url.startswith(f"{portal.providers}/myegov/")
    press(page, "button[value=verified_citizen]")
    assert path_of(page.url) == "/outcome"
    assert "A12345****" in page.inner_text("main")
