"""Every screen on narrow and wide windows, with the reader's own spacing, on paper and in forced colours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from browser.portal import Portal
from browser.screens import DISTINCT, LANGUAGES, NewPage, Visitor

pytestmark = pytest.mark.browser
MEASURES = (Path(__file__).parent / "measures.js").read_text()
WIDTHS = (320, 360, 768, 1280)
#: What a reader may set without losing anything (WCAG 2.2, 1.4.12).
SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-block-end: 2em !important; }
"""
NAMED = {screen.name: screen for screen in DISTINCT}


@dataclass(frozen=True, slots=True)
class Measured:
    """What `measures.js` gives of one screen in one state."""

    screen: str
    state: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.screen}, {self.state}"


def _measure(page: Page, width: int) -> dict[str, Any]:
    page.set_viewport_size({"width": width, "height": 640})
    found: dict[str, Any] = page.evaluate(MEASURES)
    return found


@pytest.fixture(scope="module")
def measured(windows: NewPage, portal: Portal, bare: Portal) -> list[Measured]:
    """Every screen in both languages: in each window, with the reader's spacing, and with text of twice the size."""
    page = windows(bypass_csp=True)  # else no style of the test's own is let in
    visitor, found = Visitor(page, portal, bare), list[Measured]()
    for lang in LANGUAGES:
        for screen in DISTINCT:
            name = f"{screen.name} [{lang}]"
            visitor.open(screen, lang)
            found += [Measured(name, f"{width} wide", _measure(page, width)) for width in WIDTHS]
            spacing = page.add_style_tag(content=SPACING)
            found.append(Measured(name, "with spacing", _measure(page, 320)))
            spacing.evaluate("style => style.remove()")
            page.add_style_tag(content="html { font-size: 200%; }")
            found.append(Measured(name, "at twice the size", _measure(page, 640)))
    return found


def test_every_screen_fits_every_window_spacing_and_size(measured: list[Measured]) -> None:
    assert [str(one) for one in measured if one.facts["scroll"] > one.facts["width"]] == []
    for kind in ("beyond", "clipped", "spilling"):
        assert [f"{one}: {kind} {what}" for one in measured for what in one.facts[kind]] == []


def test_every_target_is_large_enough_to_be_hit(measured: list[Measured]) -> None:
    assert [str(one) for one in measured if one.facts["count"] < 9] == []
    assert [f"{one}: {what}" for one in measured for what in one.facts["small"]] == []


# --- the login page ---

BOXES = """selector => [...document.querySelectorAll(selector)].map(one => {
  const box = one.getBoundingClientRect();
  return {left: box.left, top: box.top, bottom: box.bottom, width: box.width};
})"""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_login_page_has_two_columns_where_there_is_room_and_one_where_there_is_not(
    visitor: Visitor, lang: str
) -> None:
    page = visitor.page
    visitor.open(NAMED["login"], lang)
    page.set_viewport_size({"width": 1280, "height": 640})
    left, right = page.evaluate(BOXES, "section:has(.fl-provider)")
    assert left["left"] + left["width"] < right["left"]
    assert (left["top"], left["width"]) == (right["top"], right["width"])
    page.set_viewport_size({"width": 320, "height": 640})
    first, second = page.evaluate(BOXES, "section:has(.fl-provider)")
    assert first["bottom"] <= second["top"]
    assert first["left"] == second["left"]


@pytest.mark.parametrize(
    "name", ["identity", "egov-login", "outcome of a citizen", "hours of a learner with two accounts"]
)
def test_a_window_that_is_just_wide_enough_keeps_a_gap_between_the_columns(visitor: Visitor, name: str) -> None:
    visitor.open(NAMED[name])
    visitor.page.set_viewport_size({"width": 992, "height": 640})
    (text, *_), (aside, *_) = (visitor.page.evaluate(BOXES, selector) for selector in (".fl-text", ".fl-aside"))
    assert aside["top"] == text["top"]
    assert aside["left"] - (text["left"] + text["width"]) >= 24


def test_the_columns_are_named_and_hold_the_providers_in_the_order_of_the_settings(visitor: Visitor) -> None:
    visitor.open(NAMED["login"])
    columns = visitor.page.evaluate("""[...document.querySelectorAll("section:has(.fl-provider)")].map(section => [
        document.getElementById(section.getAttribute("aria-labelledby")).textContent,
        section.querySelectorAll("h2").length,
        [...section.querySelectorAll(".fl-provider")].map(link => link.pathname.split("/").pop()),
    ])""")
    assert columns == [
        ["公務人員登入", 1, ["ecpa", "myegov", "facebook", "google", "apple"]],
        ["一般民眾登入", 1, ["myegov", "facebook", "google", "apple"]],
    ]


LISTS = """[...document.querySelectorAll(".fl-providers")].map(list => [...list.children].map(item => {
  const box = item.firstElementChild.getBoundingClientRect();
  return [Math.round(box.width), Math.round(box.height)];
}))"""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["login", "no-certificate"])
def test_no_provider_is_made_larger_than_another(visitor: Visitor, name: str, lang: str) -> None:
    visitor.open(NAMED[name], lang)
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 640})
        lists = visitor.page.evaluate(LISTS)
        assert all(len({tuple(size) for size in sizes}) == 1 for sizes in lists), f"{width}: {lists}"
    # A label that needs two lines on a phone needs one here, so that now all are as high.
    assert len({height for sizes in lists for _, height in sizes}) == 1, lists


def test_no_name_is_broken_on_a_phone(measured: list[Measured]) -> None:
    phone = [one for one in measured if one.state == "360 wide" and "[zh" in one.screen]
    assert [f"{one}: {name}" for one in phone for name in one.facts["broken"]] == []
    assert sum(one.facts["names"] for one in phone) > 500


# --- paper ---

SHOWN = "selector => [...document.querySelectorAll(selector)].map(one => one.checkVisibility())"
#: When the learner signed in, on a receipt.
DATE = ".fl-receipt .fl-small"
#: A page of a PDF, as Chromium writes it.
SHEET = re.compile(rb"/Type /Page\b(?!s)")
#: What leads on from here: an address of ours, which is not written out.
AWAY = "main :is(.fl-btn, .fl-side):not([href^=http], [data-address])"
NEVER_ON_PAPER = (
    ".fl-skip", ".fl-language", "input", "button", ".fl-back", ".fl-choices a", ".fl-links a", AWAY,
)  # fmt: skip
ON_PAPER = (
    "h1", ".fl-warning", ".fl-inset", ".fl-list", ".fl-hours", ".fl-choices dd", ".fl-desk", DATE,
    "footer a[href^='tel:']",
)  # fmt: skip
SHOWN_BY_SELECTOR = """selectors => Object.fromEntries(selectors.map(selector => [
  selector, [...document.querySelectorAll(selector)].map(one => one.checkVisibility())]))"""
AFTER = """() => [...document.querySelectorAll("main a[href]")].map(link => [
  link.getAttribute("href"), getComputedStyle(link, "::after").content])"""


def test_paper_shows_the_advice_and_the_contacts_and_nothing_to_press(visitor: Visitor) -> None:
    page, hidden, shown, wrong = visitor.page, list[str](), list[str](), list[str]()
    for screen in DISTINCT:
        visitor.open(screen)
        page.emulate_media(media="print")
        states = page.evaluate(SHOWN_BY_SELECTOR, [*NEVER_ON_PAPER, *ON_PAPER])
        shown += [f"{screen.name}: {selector}" for selector in NEVER_ON_PAPER if any(states[selector])]
        hidden += [f"{screen.name}: {selector}" for selector in ON_PAPER if not all(states[selector])]
        for href, content in page.evaluate(AFTER):  # an address of ours means nothing on paper: it is relative
            wrong += [f"{screen.name}: {href}"] * ((href in content) is not href.startswith("http"))
        page.emulate_media(media="screen")
    assert (shown, hidden, wrong) == ([], [], [])


def test_a_receipt_becomes_a_pdf_of_two_sheets_at_most_with_its_date(visitor: Visitor) -> None:
    visitor.open(NAMED["outcome of a citizen"])
    visitor.page.emulate_media(media="print")
    assert visitor.page.evaluate(SHOWN, DATE) == [True]
    assert 1 <= len(SHEET.findall(visitor.page.pdf(format="A4"))) <= 2


def test_paper_of_a_dark_screen_is_white(visitor: Visitor) -> None:
    visitor.page.emulate_media(media="print", color_scheme="dark")
    visitor.open(NAMED["egov-login"])
    grounds = visitor.page.evaluate(
        "[...document.querySelectorAll('body, body *')].map(one => getComputedStyle(one).backgroundColor)"
    )
    assert set(grounds) <= {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}


# --- forced colours ---

EDGES = """() => {
  const ground = getComputedStyle(document.body).backgroundColor;
  return [...document.querySelectorAll(".fl-btn, .fl-provider, .fl-radio label, .fl-warning, .fl-summary")].map(one => {
    const look = getComputedStyle(one), width = parseFloat(look.borderInlineStartWidth);
    const seen = width > 0 && look.borderInlineStartStyle === "solid" && look.borderInlineStartColor !== ground;
    return [one.className, seen && look.borderInlineStartColor !== "rgba(0, 0, 0, 0)"];
  });
}"""
RING = """() => {
  const look = getComputedStyle(document.activeElement), ground = getComputedStyle(document.body).backgroundColor;
  return [look.outlineStyle, parseFloat(look.outlineWidth) >= 2, look.outlineColor !== ground, look.boxShadow];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_keep_every_edge_and_a_focus_that_is_an_outline(
    new_page: NewPage, portal: Portal, bare: Portal, scheme: str
) -> None:
    page = new_page(forced_colors="active", color_scheme=scheme)
    visitor, bare_edges, edges = Visitor(page, portal, bare), list[str](), 0
    for name in ("login", "account, not answered", "egov-login", "no-certificate", "acknowledge"):
        visitor.open(NAMED[name])
        found = page.evaluate(EDGES)
        edges += len(found)
        bare_edges += [f"{name}: {one}" for one, seen in found if not seen]
        for _ in range(8):
            page.keyboard.press("Tab")
            assert page.evaluate(RING) == ["solid", True, True, "none"], name
    assert bare_edges == []
    assert edges > 20


STOP = """() => [
  getComputedStyle(document.querySelector(".fl-when li:first-child"), "::after").backgroundColor,
  getComputedStyle(document.body).color,
]"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_fill_the_first_stop_of_a_clock(
    new_page: NewPage, portal: Portal, bare: Portal, scheme: str
) -> None:
    page = new_page(forced_colors="active", color_scheme=scheme)
    visitor = Visitor(page, portal, bare)
    for name in ("outcome of a citizen who said civil servant", "failure provider_down"):
        visitor.open(NAMED[name])
        stop, words = page.evaluate(STOP)
        assert stop == words, name


def test_forced_colours_show_what_is_chosen(new_page: NewPage, portal: Portal) -> None:
    page = new_page(forced_colors="active")
    page.goto(portal.page("/?identity=public"))
    outlines = "[...document.querySelectorAll('.fl-radio label')].map(one => getComputedStyle(one).outlineStyle)"
    assert page.evaluate(outlines) == ["none", "solid"]
