"""Five learners walk their first sign-in on a phone, without scripts, as they would press: the strongest button of each
page, or what its words order. Every walk ends with a receipt that says where the hours go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.portal import Portal, full_portal
from browser.screens import PHONE, path_of, press

pytestmark = pytest.mark.browser

ZH, EN = "zh-Hant-TW", "en"
SOCIAL = ("facebook", "google", "apple")
#: Filled buttons before those that are drawn beside the way; what is said of each, and before it.
BUTTONS = """() => [...document.querySelectorAll("main :is(.fl-btn, .fl-provider)")]
  .filter(one => one.checkVisibility()).map((one, index) => {
    const about = document.getElementById(one.getAttribute("aria-describedby"));
    one.dataset.at = index;
    return {
      at: index, bottom: one.getBoundingClientRect().bottom, words: one.innerText.trim(),
      strong: !/--(cost|quiet|remove)/.test(one.className), leads: one.href ?? one.form.action,
      cost: about && (about.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING) ? about.innerText : "",
    };
  })"""
VERDICTS = "[...document.querySelectorAll('[data-authority]')].map(row => [row.dataset.authority, row.dataset.verdict])"
LANG = "document.documentElement.lang"
GIVEN_UP = {ZH: "時數永遠不會上傳", EN: "never be uploaded"}


@pytest.fixture
def portal(providers: str, elsewhere: str) -> Iterator[Portal]:
    """A portal of this test's own: nobody has an account yet."""
    with full_portal(providers, elsewhere) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody with a phone, who reads one language."""

    page: Page
    portal: Portal
    lang: str

    def comes(self) -> None:
        """To the login page, as every learner who has no account here."""
        self.page.set_viewport_size(PHONE)
        self.page.goto(self.portal.page(f"/login?lang={self.lang}"))

    @property
    def strongest(self) -> dict[str, Any]:
        """The button that draws the eye first. It never leads away from hours, it stands on the first screen, and
        whatever would cost hours says so before it is pressed."""
        assert self.page.evaluate(LANG) == self.lang
        buttons = self.page.evaluate(BUTTONS)
        for button in buttons:
            if any(f"/sign-in/{name}" in button["leads"] for name in SOCIAL):
                assert (button["strong"], GIVEN_UP[self.lang] in button["cost"]) == (False, True), button
        found: dict[str, Any] = next(button for button in buttons if button["strong"])
        assert found["bottom"] <= PHONE["height"], (self.page.url, found)
        return found

    def presses_the_strongest(self, says: str) -> None:
        """Where the page itself leads."""
        button = self.strongest
        assert says in button["words"], button
        press(self.page, f"[data-at='{button['at']}']")

    def presses(self, words: str) -> None:
        """What the words of the page order, or what this learner wants whatever is drawn strongest."""
        assert self.strongest
        press(self.page, f"main a:has-text('{words}') >> nth=0")

    def answers(self, value: str) -> None:
        self.page.check(f"input[value={value}]")
        self.presses_the_strongest({ZH: "下一步", EN: "Continue"}[self.lang])

    def visits(self, words: str, link: str) -> None:
        """Do something on another site, in a window of its own or in this one, and come back."""
        assert self.strongest
        anchor, before = self.page.locator(f"main a:has-text('{words}')").first, self.page.url
        if anchor.get_attribute("target") == "_blank":
            with self.page.expect_popup() as window:
                anchor.click()
            assert window.value.url == self.portal.links[link]
            window.value.close()
        else:
            press(self.page, f"main a:has-text('{words}') >> nth=0")
            assert self.page.url == self.portal.links[link]
            self.page.go_back()
        assert self.page.url == before

    def is_at_the_provider(self, name: str, persona: str) -> None:
        assert self.page.url.startswith(f"{self.portal.providers}/{name}/"), self.page.url
        press(self.page, f"button[value={persona}]")
        if name == "ecpa":
            press(self.page, "form button")  # it brings its ticket by a form

    def reads(self, *words: str) -> None:
        told = self.page.inner_text("main").replace("\n", "")
        assert [one for one in words if one not in told] == [], told

    def has_a_receipt(self, *words: str, **verdicts: str) -> None:
        """And goes on to the portal from it."""
        assert path_of(self.page.url) == "/outcome"
        self.reads(*words)
        assert dict(self.page.evaluate(VERDICTS)) == verdicts
        self.presses_the_strongest({ZH: "前往平臺", EN: "Continue to the portal"}[self.lang])
        assert self.page.url == f"{self.portal.url}/"


EVERYWHERE = {"lifelong": "uploadable", "environmental": "uploadable", "teacher": "uploadable"}
NOT_LIFELONG = {**EVERYWHERE, "lifelong": "not_applicable"}


def test_a_new_civil_servant_without_an_account(page: Page, portal: Portal) -> None:
    walker = Walker(page, portal, ZH)
    walker.comes()
    walker.presses_the_strongest("第一次登入")
    walker.answers("civil-servant")
    walker.answers("none")
    walker.presses_the_strongest("前往人事服務網eCPA進行第一次登入")
    walker.reads("首次登入須先取得初始密碼", "重設驗證")
    walker.visits("前往人事服務網eCPA", "ecpa")
    walker.presses_the_strongest("直接前往登入")
    walker.is_at_the_provider("ecpa", "civil_servant")
    walker.has_a_receipt("歡迎，您已完成第一次登入", "張公正", "公務帳號", "A22345****", **EVERYWHERE)


def test_contract_staff_who_has_no_account_at_ecpa(page: Page, portal: Portal) -> None:
    walker = Walker(page, portal, ZH)
    walker.comes()
    walker.presses_the_strongest("第一次登入")
    walker.reads("若為公務人員及約聘雇人員，請選擇「公務人員」")
    walker.answers("civil-servant")
    walker.answers("none")
    walker.reads("如欲改用我的e政府")
    walker.visits("申請", "apply_official")
    walker.presses("返回前一頁")
    walker.answers("egov")
    walker.presses_the_strongest("登入我的e政府")
    walker.is_at_the_provider("myegov", "civil_servant")
    walker.has_a_receipt("歡迎，您已完成第一次登入", "我的e政府", "公務帳號", **EVERYWHERE)


def test_a_teacher_with_only_google_who_reads_first(page: Page, portal: Portal) -> None:
    walker = Walker(page, portal, ZH)
    walker.comes()
    walker.presses_the_strongest("第一次登入")
    walker.reads("多數教師選這一項：用我的e政府登入，研習時數一樣可以上傳。")
    walker.answers("public")
    walker.answers("yes")
    walker.answers("no")
    walker.reads("註冊會員時務必填寫完整姓名跟身分證字號")
    walker.visits(walker.strongest["words"].split("（")[0], "myegov_register")
    walker.presses("已完成註冊，登入我的e政府")
    walker.presses_the_strongest("登入我的e政府")
    walker.is_at_the_provider("myegov", "teacher")
    walker.has_a_receipt("歡迎，您已完成第一次登入", "李好學", "一般會員", **NOT_LIFELONG)


def test_a_teacher_with_only_google_who_presses_it_whatever_is_said(page: Page, portal: Portal) -> None:
    walker = Walker(page, portal, ZH)
    walker.comes()
    walker.presses("使用Google")
    walker.is_at_the_provider("google", "teacher")
    assert path_of(page.url) == "/acknowledge"
    walker.reads("學習時數不會上傳至任何認證機關，日後也無法補上傳")
    assert "我的e政府登入，保留時數" in walker.strongest["words"]
    page.check("#acknowledged")
    press(page, "main .fl-btn--cost")
    walker.reads("您已登入，但這個帳號無法取得時數", "不會跟著過去")
    assert {*dict(page.evaluate(VERDICTS)).values()} == {"refused"}
    walker.presses_the_strongest("登出，改用我的e政府登入")
    walker.is_at_the_provider("myegov", "teacher")
    walker.has_a_receipt("歡迎，您已完成第一次登入", "李好學", "一般會員", **NOT_LIFELONG)


def test_a_foreign_resident_in_english(page: Page, portal: Portal) -> None:
    walker = Walker(page, portal, EN)
    walker.comes()
    walker.presses_the_strongest("sign in for the first time")
    walker.answers("public")
    walker.answers("yes")
    walker.answers("no")
    walker.reads("ARC number")
    walker.visits("Go to MyEGov to register", "myegov_register")
    walker.presses("I have registered")
    walker.reads("ARC number")
    walker.presses_the_strongest("Sign in to MyEGov")
    walker.is_at_the_provider("myegov", "foreign_resident")
    walker.has_a_receipt("Welcome, your first sign-in is complete", "ARC number", "F80000****", **EVERYWHERE)


def test_whose_account_was_converted_three_minutes_ago(
    page: Page, portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    walker = Walker(page, portal, ZH)
    walker.comes()
    walker.presses_the_strongest("第一次登入")
    walker.answers("civil-servant")
    walker.answers("egov")
    walker.presses_the_strongest("登入我的e政府")
    walker.is_at_the_provider("myegov", "converting_account")
    signed_in = datetime.now(UTC)
    for _ in range(2):  # who presses early meets the same page again
        assert path_of(page.url) == "/outcome"
        walker.reads("還沒收到您的公務帳號", "您現在學的都會保留", "提早按也沒關係")
        times = page.locator("main time").all_inner_texts()
        first, *later = (60 * int(hour) + int(minute) for hour, _, minute in (time.partition(":") for time in times))
        assert [(minutes - first) % (24 * 60) for minutes in later] == [2, 5]
        walker.presses_the_strongest(f"{times[-1]}起，再登入我的e政府")
        walker.is_at_the_provider("myegov", "converting_account")
    monkeypatch.setattr("flask_first_login.web.learner.receipt.now", lambda: signed_in + timedelta(minutes=6))
    page.reload()
    walker.presses_the_strongest("再登入我的e政府")
    walker.is_at_the_provider("myegov", "converted_account")
    walker.has_a_receipt("許轉換", "公務帳號", "E10000****", **EVERYWHERE)
