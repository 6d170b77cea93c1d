"""The colours of the style sheet hold their contrast, and its type grows with the reader's."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Page

import flask_first_login
from browser.screens import SCREENS, Visitor

pytestmark = pytest.mark.browser
CSS = Path(flask_first_login.__file__).parent / "web" / "static" / "first_login.css"

TEXT, EDGE, RING = 4.5, 3.0, 9.0
#: Foreground, ground, and the least contrast between them (WCAG 2.2, 1.4.3 and 1.4.11; technique C40 for the ring).
PAIRS = (
    *((one, ground, TEXT) for one in ("text", "muted", "link", "visited") for ground in ("bg", "surface")),
    ("text", "error-bg", TEXT),
    ("text", "warn-bg", TEXT),
    ("text", "info-bg", TEXT),
    ("link", "warn-bg", TEXT),
    ("link", "info-bg", TEXT),
    ("on-brand", "brand", TEXT),
    ("on-brand", "brand-hover", TEXT),
    ("on-header", "header", TEXT),
    ("error", "bg", TEXT),
    ("error", "error-bg", TEXT),
    ("warn", "bg", TEXT),
    ("warn", "warn-bg", TEXT),
    ("info", "info-bg", TEXT),
    ("good", "bg", TEXT),
    ("provider-fg", "provider-bg", TEXT),
    ("provider-border", "bg", EDGE),
    ("border", "bg", EDGE),
    ("border", "surface", EDGE),
    ("brand", "bg", EDGE),
    ("focus-in", "focus-out", RING),
)
TOKEN = "name => getComputedStyle(document.documentElement).getPropertyValue('--fl-' + name).trim()"


def _luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    digits = digits if len(digits) == 6 else "".join(one * 2 for one in digits)
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * c for part, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_computed_as_wcag_defines_it() -> None:
    assert _contrast("#000", "#ffffff") == pytest.approx(21)
    assert _contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_of_colours_keeps_its_contrast(visitor: Visitor, scheme: str) -> None:
    page = visitor.page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of Playwright's words
    visitor.open(SCREENS[0])
    ratios = {(one, other): _contrast(_token(page, one), _token(page, other)) for one, other, _ in PAIRS}
    assert [f"{o} on {g}: {ratios[o, g]:.2f} < {floor}" for o, g, floor in PAIRS if ratios[o, g] < floor] == []


def _token(page: Page, name: str) -> str:
    value: str = page.evaluate(TOKEN, name)
    assert re.fullmatch(r"#(?:[0-9a-f]{3}){1,2}", value), f"--fl-{name}: {value!r}"
    return value


def test_dark_is_not_light(visitor: Visitor) -> None:
    visitor.open(SCREENS[0])
    light = _token(visitor.page, "bg")
    visitor.page.emulate_media(color_scheme="dark")
    assert _token(visitor.page, "bg") != light


def test_those_who_ask_for_more_contrast_get_it(visitor: Visitor) -> None:
    visitor.page.emulate_media(contrast="more")
    visitor.open(SCREENS[0])
    look = "name => getComputedStyle(document.querySelector(name)).color"
    assert visitor.page.evaluate(look, ".fl-hint") == visitor.page.evaluate(look, "main")


def test_a_host_that_does_not_follow_the_system_stays_light(visitor: Visitor) -> None:
    visitor.page.emulate_media(color_scheme="dark")
    visitor.open(SCREENS[0])
    visitor.page.evaluate("document.documentElement.classList.remove('fl-auto')")
    assert _token(visitor.page, "bg") == "#ffffff"


def test_type_is_sized_so_that_it_grows_with_the_readers() -> None:
    css = CSS.read_text()
    sizes = re.findall(r"(?:font-size|font):([^;}]*)", css)
    assert len(sizes) > 10
    assert [size for size in sizes if re.search(r"\d(?:px|pt|cm|mm|in|pc)\b", size)] == []


def test_chinese_type_follows_the_rules_of_chinese_typesetting(visitor: Visitor) -> None:
    visitor.open(SCREENS[0])
    look = "name => getComputedStyle(document.querySelector('main'))[name]"
    assert visitor.page.evaluate(look, "lineBreak") == "strict"
    assert visitor.page.evaluate(look, "textAutospace") == "normal"
    size, height = (float(visitor.page.evaluate(look, name)[:-2]) for name in ("fontSize", "lineHeight"))
    assert 1.5 <= height / size <= 2


def test_every_rule_stands_in_the_layer_that_a_host_overrides() -> None:
    css = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.DOTALL).strip()
    depths = [0, *(1 if one == "{" else -1 for one in re.findall(r"[{}]", css))]
    totals = [sum(depths[: at + 1]) for at in range(len(depths))]
    assert css.startswith("@layer first_login {")
    assert totals.count(0) == 2, "Something stands outside of the layer."
    assert all(abs(b - a) == 1 for a, b in pairwise(totals))


def test_a_plain_rule_of_the_host_wins(visitor: Visitor) -> None:
    page = visitor.page
    page.route("**/first_login.css", lambda route: route.fulfill(
        content_type="text/css", body=CSS.read_text() + "\na { color: rgb(1, 2, 3); }"
    ))  # fmt: skip
    visitor.open(SCREENS[0])
    assert page.evaluate("getComputedStyle(document.querySelector('.fl-back')).color") == "rgb(1, 2, 3)"
