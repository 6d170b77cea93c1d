"""The example portal in a real browser, over real HTTP: two accounts of one person, and hours that are released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page

from browser.portal import served
from browser.screens import LANGUAGES, NewPage, path_of, press
from browser.survey import axe
from example.pages import press as press_in
from example.pages import sign_in_with_google
from example_app import create_app
from example_app.database import create_all
from example_app.members import Member, db
from support.learner import Learner

pytestmark = pytest.mark.browser

RECORDS = "[...document.querySelectorAll('[data-course]')].map(one => [one.dataset.course, one.dataset.verdict])"
VERDICTS = "[...document.querySelectorAll('[data-authority]')].map(one => [one.dataset.authority, one.dataset.verdict])"
#: Flask-Login gives a session to one browser alone, and these begin in Flask's own client.
AGENT = f"Werkzeug/{version('werkzeug')}"
DRAWN = "one => Math.round(one.getBoundingClientRect().width)"
BRAND = "getComputedStyle(document.documentElement).getPropertyValue('--fl-brand')"
THEMED = ("/theme", "/first-login/?submitted=1", "/first-login/login", "/first-login/public/certificate/egov-login")
WIDTH = "document.documentElement.scrollWidth"


@dataclass(frozen=True, slots=True)
class Riverside:
    """A running example portal."""

    app: Flask
    url: str


@pytest.fixture
def riverside(providers: str, tmp_path: Path) -> Iterator[Riverside]:
    """An example portal of this test's own: nobody has an account yet."""
    app = create_app({"INSTANCE_PATH": str(tmp_path), "SANDBOX_URL": providers})
    with app.app_context():
        create_all()
    with served(app) as url:
        yield Riverside(app, url)
    with app.app_context():
        db.engine.dispose()


def sign_in(page: Page, riverside: Riverside, provider: str, persona: str) -> None:
    """By the provider's button, as one of the pretend people."""
    page.goto(f"{riverside.url}/first-login/login")
    press(page, f"main a[href*='/sign-in/{provider}'] >> nth=0")
    press(page, f"button[value={persona}]")


def accept(page: Page) -> None:
    assert path_of(page.url) == "/acknowledge"
    page.check("#acknowledged")
    press(page, "main button[type=submit]")


def sign_out(page: Page) -> None:
    press(page, ".portal-member button")


def complete(page: Page, riverside: Riverside, *courses: str) -> None:
    for course in courses:
        page.goto(f"{riverside.url}/courses/{course}")
        press(page, "main form button")
        assert page.url == f"{riverside.url}/my-hours"


def records(page: Page, riverside: Riverside) -> dict[str, str]:
    page.goto(f"{riverside.url}/my-hours")
    return dict(page.evaluate(RECORDS))


def test_who_came_by_google_and_then_by_myegov_has_two_accounts_and_is_told_why(
    page: Page, riverside: Riverside
) -> None:
    sign_in(page, riverside, "google", "declared_citizen")
    accept(page)
    complete(page, riverside, "wetlands")
    assert records(page, riverside) == {"wetlands": "refused"}
    assert "將是另一個帳號，紀錄重新累計" in page.inner_text("main")
    sign_out(page)
    sign_in(page, riverside, "myegov", "declared_citizen")
    assert dict(page.evaluate(VERDICTS))["environmental"] == "uploadable"
    assert records(page, riverside) == {}
    assert "紀錄會留在該帳號：時數無法上傳，社群帳號也不會與這個帳號合併" in page.inner_text("main")
    complete(page, riverside, "wetlands")
    assert records(page, riverside) == {"wetlands": "uploadable"}
    sign_out(page)
    sign_in(page, riverside, "google", "declared_citizen")
    assert records(page, riverside) == {"wetlands": "refused"}
    assert page.inner_text("[data-group=refused] h3") == "無法上傳：2小時"
    sign_out(page)


def test_hours_that_were_held_for_want_of_an_id_are_released_when_it_arrives(
    either_page: Page, riverside: Riverside
) -> None:
    page = either_page
    sign_in(page, riverside, "myegov", "citizen_without_id")
    complete(page, riverside, "wetlands", "clear-writing")
    assert records(page, riverside) == {"wetlands": "held", "clear-writing": "not_applicable"}
    held = page.inner_text("[data-group=held]:has([data-course=wetlands])")
    assert "於我的e政府上傳自然人憑證。" in held
    assert "於我的e政府會員資料填寫完整姓名跟身分證字號。" in held
    sign_out(page)
    sign_in(page, riverside, "myegov", "citizen_with_added_id")
    assert records(page, riverside) == {"wetlands": "uploadable", "clear-writing": "not_applicable"}
    assert "現在可以上傳" in page.inner_text("[data-course=wetlands] .portal-released")
    assert (
        page.inner_text("[data-group=not_applicable] [data-reason]")
        == "此項時數僅限公務人員，而您登入的是一般民眾身分帳號。"
    )
    press(page, "main a[href='/environmental-hours']")
    assert "認識臺灣溼地" in page.inner_text("main")
    assert "A10000****" in page.inner_text("main")


def test_a_member_is_made_an_operator_and_sees_the_numbers(page: Page, riverside: Riverside) -> None:
    page.goto(f"{riverside.url}/operator/hours")
    press(page, "main .fl-btn")
    press(page, "main a[href*='/sign-in/ecpa'] >> nth=0")
    press(page, "button[value=civil_servant]")
    press(page, "form button")  # eCPA brings its ticket by a form
    page.goto(f"{riverside.url}/operator/hours")
    command = page.inner_text("main pre").split()
    assert riverside.app.test_cli_runner().invoke(args=command[3:]).exit_code == 0
    press(page, "main .fl-btn")
    rows = page.locator("section:has(#environmental) tbody tr")
    assert [row.split("\t") for row in rows.all_inner_texts()] == [
        ["可以上傳", "1", "100%"],
        ["暫緩上傳", "0", "0%"],
        ["無法上傳", "0", "0%"],
        ["帳號類別不適用", "0", "0%"],
    ]
    chart = page.locator("section:has(#environmental) svg")
    widths = [one.evaluate(DRAWN) for one in (chart, *chart.locator("rect:not(.portal-all)").all())]
    assert widths == [widths[0], widths[0], 0, 0, 0]


def _everywhere(riverside: Riverside) -> Iterator[tuple[str, Learner | None]]:
    """Every kind of page of the portal, with whom it is shown to."""
    social, held, good = (Learner.at(riverside.app) for _ in range(3))
    sign_in_with_google(social)
    held.follow(held.sign_in("myegov", "citizen_without_id"))
    good.follow(good.sign_in("myegov", "verified_citizen"))
    for learner in (social, held, good):
        for course in ("wetlands", "clear-writing"):
            press_in(learner.client, f"/courses/{course}", f"/courses/{course}/complete")
    held.follow(held.sign_in("myegov", "citizen_with_added_id"))
    yield from ((path, None) for path in ("/", "/courses/wetlands", "/operator/hours"))
    yield from ((path, good) for path in ("/courses/wetlands", "/environmental-hours", "/operator/hours"))
    yield from ((path, held) for path in ("/", "/courses"))
    yield from (("/my-hours", learner) for learner in (social, held, good))
    with riverside.app.app_context():
        db.session.execute(db.update(Member).values(operator=True))
        db.session.commit()
    yield "/operator/hours", good


def test_every_page_is_accessible_in_both_languages_light_and_dark_down_to_320_pixels(
    new_page: NewPage, riverside: Riverside
) -> None:
    page, wrong = new_page(user_agent=AGENT), list[str]()
    for path, learner in _everywhere(riverside):
        page.context.clear_cookies()
        for name, value in (learner.cookies() if learner else {}).items():
            page.context.add_cookies([{"name": name, "value": value, "url": riverside.url}])
        for lang in LANGUAGES:
            page.goto(f"{riverside.url}{path}?lang={lang}")
            found = axe(page)
            page.set_viewport_size({"width": 320, "height": 640})
            found += ["wider than 320 pixels"] * (page.evaluate(WIDTH) > 320)
            page.set_viewport_size({"width": 1280, "height": 640})
            wrong += [f"{path} [{lang}] {one}" for one in found]
    assert wrong == []


def test_six_tokens_are_a_theme_that_nothing_looks_wrong_in(new_page: NewPage, riverside: Riverside) -> None:
    page = new_page()
    page.goto(f"{riverside.url}/theme")
    before = page.evaluate(BRAND)
    press(page, "a[href='?theme=harbour']")
    assert page.evaluate(BRAND) != before
    for path in THEMED:
        page.goto(riverside.url + path)
        assert page.evaluate(BRAND) != before
        assert axe(page) == []
    page.goto(f"{riverside.url}/theme?theme=river")
    assert page.evaluate(BRAND) == before
