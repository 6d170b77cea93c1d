"""The wizard by keyboard alone, and with no script running: that it can be walked, and where the focus goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from browser.portal import PREFIX, Portal
from browser.screens import DISTINCT, QUESTIONS, Visitor, path_of
from browser.survey import FOCUSED
from flask_first_login.flow import STANDARD, Question
from internals import exits

pytestmark = pytest.mark.browser
PATHS = (Path(__file__).parent.parent / "paths.txt").read_text().splitlines()
MOST_STOPS = 60
#: What a wide window lays out in another way than a narrow one.
WIDE_TOO = {"login", "account", "account, not answered", "faq", "acknowledge", "hours of a citizen"}
#: Each kind of page once.
NARROW = WIDE_TOO | {
    "egov-login", "no-certificate", "notices", "not found", "hand-off", "signed out", "outcome of a civil servant",
    "outcome of a citizen who said civil servant", "hours of a learner with two accounts", "giving up an account",
    "failure cancelled", "failure provider_down",
}  # fmt: skip

FOCUS = """() => {
  const it = document.activeElement, row = it.labels?.[0] ?? it;
  const look = getComputedStyle(it), box = it.getClientRects()[0] ?? it.getBoundingClientRect();
  const x = box.left + box.width / 2, y = box.top + box.height / 2, hit = document.elementFromPoint(x, y);
  return {
    tag: it.tagName, id: it.id, name: it.name ?? "", type: it.type ?? "", href: it.href ?? "",
    words: row.textContent.replace(/\\s+/g, " ").trim(), checked: it.checked ?? false,
    outline: look.outlineStyle === "none" ? 0 : parseFloat(look.outlineWidth), shadow: look.boxShadow !== "none",
    inside: (box.height > innerHeight || (box.top > -1 && box.bottom < innerHeight + 1)) // scrolled to a whole pixel
      && box.left >= 0 && box.right <= innerWidth,
    reached: hit === it || it.contains(hit),
  };
}"""


@dataclass(frozen=True, slots=True)
class Hands:
    """A learner without a mouse. ``focus`` says what a press of a key would reach."""

    page: Page

    @property
    def focus(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate(FOCUS)
        return found

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Press Tab until the focus is where it is wanted."""
        for stop in self.stops():
            if wanted(stop):
                return stop
        raise AssertionError(f"Tab does not reach it on {self.page.url}")

    def stops(self) -> Iterator[dict[str, Any]]:
        """Hold the Tab key down; gives what is focused, until that leaves the page."""
        for _ in range(MOST_STOPS):
            self.page.keyboard.down("Tab")
            if (found := self.focus)["tag"] == "BODY":
                return
            yield found

    def tab_to_button(self) -> None:
        self.tab_to(lambda found: found["tag"] == "BUTTON")

    def go(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.press(key)

    def answer(self, question: Question, value: str) -> None:
        """Choose an answer and go on: Tab to the group, Space, Down as often as needed, Tab to the button."""
        values = [option.value for option in question.options]
        self.tab_to(lambda found: found["name"] == question.name)
        self.press("Space", *["ArrowDown"] * values.index(value))
        assert self.focus["checked"]
        assert self.focus["words"] == question.options[values.index(value)].label.zh
        self.tab_to_button()
        self.go()


@pytest.fixture
def hands(page: Page) -> Hands:
    return Hands(page)


@pytest.mark.parametrize("line", PATHS)
def test_every_path_is_walked_by_keyboard_without_scripts(hands: Hands, portal: Portal, line: str) -> None:
    answers, urls, end = line.split(" | ")
    given = dict(answer.split("=") for answer in answers.split())
    hands.page.goto(portal.page("/"))
    for url in urls.split(" > ")[:-1]:
        _is_at(hands.page, url)
        _step(hands, url, given)
    _is_at(hands.page, urls.split(" > ")[-1])
    how, key = end.split(": ")
    ends = {"sign in": _sign_in, "visit": _visit}
    ends[how](hands, portal, key)


def _is_at(page: Page, path: str) -> None:
    url = urlsplit(page.url)
    assert (url.path, url.fragment) == (PREFIX + path, "")


def _step(hands: Hands, url: str, given: dict[str, str]) -> None:
    match STANDARD.by_path[url.removeprefix("/")]:
        case Question() as question:
            hands.answer(question, given[question.name])
        case page:
            ((onward, _),) = exits(page)
            hands.tab_to(lambda found: path_of(found["href"]) == f"/{STANDARD.by_key[onward].path}")
            hands.go()


def _sign_in(hands: Hands, portal: Portal, provider: str) -> None:
    hands.tab_to(lambda found: path_of(found["href"]) == f"/sign-in/{provider}")
    hands.go()
    assert hands.page.url.startswith(f"{portal.providers}/{provider}/")


def _visit(hands: Hands, portal: Portal, link: str) -> None:
    hands.tab_to(lambda found: found["href"] == portal.links[link])
    with hands.page.expect_popup() as window:
        hands.press("Enter")
    assert window.value.url == portal.links[link]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_an_empty_answer_leads_the_focus_to_the_summary_and_from_there_to_the_answers(
    hands: Hands, portal: Portal, question: Question
) -> None:
    hands.page.goto(portal.page(f"/{question.path}"))
    for _ in range(2):  # as often as it is left empty
        hands.tab_to_button()
        hands.go()
        _is_at(hands.page, f"/{question.path}")
        assert hands.page.title().startswith("錯誤：")
        hands.page.locator(FOCUSED).wait_for()
    hands.press("Tab")
    assert hands.focus["words"] == question.error.zh
    hands.press("Enter")
    assert (hands.focus["id"], hands.focus["checked"]) == (question.name, False)
    hands.press("Space", "ArrowDown")
    hands.go()  # Enter on a radio sends the form
    _is_at(hands.page, f"/{STANDARD.by_key[question.options[1].then].path}")


def test_an_acknowledgement_without_a_tick_leads_the_focus_to_the_box(hands: Hands, portal: Portal) -> None:
    page = hands.page
    for name, value in portal.cookies_of("facebook", "social_user_with_id").items():
        page.context.add_cookies([{"name": name, "value": value, "url": portal.url}])
    page.goto(portal.page("/acknowledge"))
    for _ in range(2):
        hands.tab_to_button()
        hands.go()
        assert page.title().startswith("錯誤：")
        page.locator(FOCUSED).wait_for()
    hands.press("Tab", "Enter")
    assert hands.focus["id"] == "acknowledged"
    hands.press("Space")
    assert hands.focus["checked"]


STEPS = [(screen, step.answer, STANDARD.by_key[to]) for screen in STANDARD.screens for to, step in exits(screen)]


@pytest.mark.parametrize(("parent", "value", "child"), STEPS, ids=lambda one: getattr(one, "key", one))
def test_both_ways_back_find_the_answer_as_it_was_given(
    hands: Hands, portal: Portal, parent: Any, value: str | None, child: Any
) -> None:
    page = hands.page
    page.goto(portal.page(f"/{parent.path}"))
    _step(hands, parent.path, {getattr(parent, "name", ""): value or ""})
    _is_at(page, f"/{child.path}")
    page.go_back()
    _is_at(page, f"/{parent.path}")
    assert _checked(page) == value
    page.go_forward()
    hands.tab_to(lambda found: found["words"] == "返回前一頁")
    hands.go()
    _is_at(page, f"/{parent.path}")
    assert _checked(page) == value


def _checked(page: Page) -> str | None:
    value: str | None = page.evaluate("document.querySelector('input:checked')?.value ?? null")
    return value


def test_two_steps_back_and_two_forward_ask_nothing_twice(hands: Hands, portal: Portal) -> None:
    page = hands.page
    page.goto(portal.page("/public/certificate/egov-register"))
    for expected in ("no", "yes"):
        hands.tab_to(lambda found: found["words"] == "返回前一頁")
        hands.go()
        assert _checked(page) == expected
    for path in ("/public/certificate", "/public/certificate/egov-register"):
        hands.tab_to_button()
        hands.go()
        _is_at(page, path)


def test_the_first_screen_leads_back_to_the_login_page(hands: Hands, portal: Portal) -> None:
    hands.page.goto(portal.page("/"))
    hands.tab_to(lambda found: found["words"] == "返回前一頁")
    hands.go()
    _is_at(hands.page, "/login")


def test_a_learner_may_change_an_answer_or_start_again_from_any_later_screen(hands: Hands, portal: Portal) -> None:
    page = hands.page
    page.goto(portal.page("/public/certificate/egov-login"))
    hands.tab_to(lambda found: found["words"] == "變更 身分別")
    hands.go()
    _is_at(page, "/")
    assert _checked(page) == "public"
    page.goto(portal.page("/public/certificate/egov-login"))
    hands.tab_to(lambda found: found["words"] == "重新開始")
    hands.go()
    _is_at(page, "/")
    assert _checked(page) is None


def test_the_first_stop_skips_to_the_content(hands: Hands, portal: Portal) -> None:
    hands.page.goto(portal.page("/civil-servant"))
    hands.press("Tab")
    assert (hands.focus["words"], hands.focus["inside"]) == ("跳到主要內容", True)
    hands.press("Enter", "Tab")
    assert hands.focus["name"] == "account"


@pytest.mark.parametrize("language", [("English", "en"), ("中文", "zh-Hant-TW")], ids=["to English", "to Chinese"])
def test_the_language_switch_stays_on_the_page_and_keeps_the_answer(
    hands: Hands, portal: Portal, language: tuple[str, str]
) -> None:
    other = {"en": "zh-Hant-TW", "zh-Hant-TW": "en"}[language[1]]
    hands.page.goto(portal.page(f"/public?certificate=no&lang={other}"))
    hands.tab_to(lambda found: found["words"] == language[0])
    hands.go()
    _is_at(hands.page, "/public")
    assert _checked(hands.page) == "no"
    assert hands.page.evaluate("document.documentElement.lang") == language[1]
    hands.tab_to_button()
    hands.go()
    assert hands.page.evaluate("document.documentElement.lang") == language[1]


@pytest.mark.parametrize("width", [320, 1280])
def test_every_stop_shows_its_focus_and_nothing_covers_it(visitor: Visitor, width: int) -> None:
    page, wrong = visitor.page, list[str]()
    page.set_viewport_size({"width": width, "height": 640})
    names = NARROW if width == 320 else WIDE_TOO
    screens = [screen for screen in DISTINCT if screen.name in names]
    assert len(screens) == len(names)
    for screen in screens:
        visitor.open(screen)
        stops = [*Hands(page).stops()]
        wrong += [f"{screen.name}: {stop}" for stop in stops if not _is_shown(stop)]
        wrong += [f"{screen.name}: only {len(stops)} stops"] * (len(stops) < 9)
    assert wrong == []


def _is_shown(stop: dict[str, Any]) -> bool:
    return stop["outline"] >= 2 and all(stop[fact] for fact in ("shadow", "inside", "reached"))


def test_the_summary_of_an_error_shows_its_focus(visitor: Visitor) -> None:
    for screen in [one for one in DISTINCT if one.error]:
        visitor.open(screen)
        visitor.page.locator(FOCUSED).wait_for()
        found = Hands(visitor.page).focus
        assert [found["outline"] >= 2, found["shadow"], found["inside"]] == [True, True, True], screen.name
