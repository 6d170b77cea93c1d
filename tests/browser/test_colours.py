"""The colours of the style sheet hold their contrast, and its type grows with the reader's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

import flask_first_login
from browser.screens import SCREENS, Screen, Visitor

pytestmark = pytest.mark.browser
CSS = Path(flask_first_login.__file__).parent / "web" / "static" / "first_login.css"

STRONG, TEXT, EDGE, RING = 7.0, 4.5, 3.0, 9.0
#: Foreground, ground, and the least contrast between them (WCAG 2.2, 1.4.3 and 1.4.11; technique C40 for the ring).
PLAIN = ("bg", "card", "sunk")
TINTED = ("good-bg", "hold-bg", "cost-bg", "error-bg", "chosen")
PAIRS = (
    *(("text", ground, STRONG) for ground in (*PLAIN, *TINTED)),
    *((words, ground, TEXT) for words in ("muted", "link", "visited") for ground in (*PLAIN, "hold-bg", "cost-bg")),
    ("muted", "chosen", TEXT),
    *((f"on-{ground}", ground, TEXT) for ground in ("brand", "header", "good", "hold", "cost")),
    ("on-brand", "brand-hover", TEXT),
    *((voice, ground, TEXT) for voice in ("good", "hold", "cost", "error") for ground in ("bg", "card", f"{voice}-bg")),
    *(("none", ground, TEXT) for ground in PLAIN),
    ("provider-fg", "provider-bg", TEXT),
    *((edge, ground, EDGE) for edge in ("edge", "brand") for ground in (*PLAIN, "chosen", "cost-bg")),
    *(("provider-border", ground, EDGE) for ground in (*PLAIN, "cost-bg")),
    *(("cost-edge", ground, EDGE) for ground in ("bg", "card", "cost-bg")),
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
    assert _token(visitor.page, "card") == "#ffffff"


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


#: The style sheet without its comments: the layer of the tokens, and the rules below it.
TOKENS, RULES = re.sub(r"/\*.*?\*/", "", CSS.read_text(), flags=re.DOTALL).split("} }\n}\n", 1)


def test_the_tokens_stand_in_a_layer_so_that_any_value_of_a_host_wins(visitor: Visitor) -> None:
    page = visitor.page
    _with_sheet(page, ":root { --fl-brand: rgb(1, 2, 3); --fl-info: rgb(4, 5, 6); }", before=True)
    visitor.open(SCREENS[0])
    assert page.evaluate(LOOK, [".fl-btn", "backgroundColor"]) == "rgb(1, 2, 3)"
    assert page.evaluate(TOKEN, "hold") == "rgb(4, 5, 6)"  # the blue voice goes by its older name too
    named = [one for one in re.findall(r"([^\s{};][^{};]*?) \{", TOKENS) if not one.startswith("@")]
    assert {*named} == {":root", ":root.fl-auto"}
    assert TOKENS.lstrip().startswith("@layer first_login {")


def test_every_rule_names_a_class_of_ours_twice_or_an_element_below_one() -> None:
    rules = re.sub(r"@media [^{]*", "", RULES)
    selectors = [one.strip() for found in re.findall(r"([^{}]*)\{", rules) for one in _parts(found) if one.strip()]
    assert len(selectors) > 200
    assert [one for one in selectors if not re.match(r"\.fl([ :]|$)|\.fl-(auto|body)$", one)] == []
    assert re.findall(r"(?<!where\():visited", rules) == []  # it would outweigh a button's own colour


def _parts(selector: str) -> list[str]:
    """The selectors of a list; a comma inside brackets parts nothing."""
    while (flat := re.sub(r"\(([^()]*)\)", lambda inner: "<" + inner[1].replace(",", ";") + ">", selector)) != selector:
        selector = flat
    return selector.split(",")


LOOK = "([selector, name]) => getComputedStyle(document.querySelector(selector))[name]"
#: What Bootstrap, Tailwind, Bulma, Foundation and Pico say of bare elements, each property at its worst.
FRAMEWORKS = """
*, ::before, ::after { border: 0 solid; margin: 0; padding: 0; }
a { color: #0d6efd; text-decoration: none; background-color: transparent; }
a:hover { color: #0a58ca; text-decoration: underline; }
a:not([href]):not([class]) { color: inherit; }
h1, h2, h3 { margin: 0 0 .5rem; font-size: inherit; font-weight: 300; color: #c00; text-transform: uppercase; }
p { margin: 0; font-size: .8rem; line-height: 1; }
button, [type=button], [type=submit] { width: 100%; padding: 0; border: 0; border-radius: 0; color: inherit;
  background-color: transparent; background-image: none; text-transform: uppercase; box-shadow: 0 0 3px #c00; }
button:not(:disabled), [type=submit]:not(:disabled) { cursor: pointer; }
[type=radio], [type=checkbox] { appearance: none; width: 5px; height: 5px; margin: 0 0 1rem; border: 0; }
[type=checkbox] + label, [type=radio] + label { display: inline-block; margin: 0 1rem 0 .5rem; }
label { display: inline-block; width: auto; margin-bottom: .5rem; font-size: .7rem; font-weight: 400; }
legend { float: left; width: 100%; margin-bottom: .5rem; font-size: 1rem; }
legend + * { clear: left; }
ul, ol { margin: 0 0 1rem; padding-left: 2rem; list-style: square; }
ul li { margin-bottom: 1rem; padding: .5rem; list-style: square; }
nav ul { display: block; } nav li { display: inline-block; padding: 1rem .5rem; }
dt { font-weight: 700; } dd { margin: 0 0 .5rem 2rem; }
table { display: block; width: auto; } td, th { padding: 0; border-bottom: 3px solid #c00; background: #fcc; }
tbody tr:nth-child(even) { background: #c00; }
code { color: #d63384; background: #eee; padding: .5rem; } svg { display: block; vertical-align: middle; }
"""
STYLES = """() => [...document.querySelectorAll("main *, footer *, .fl-language *")].map(one => {
  const look = getComputedStyle(one), box = one.getBoundingClientRect(), found = [one.tagName, one.className];
  for (const name of ["display", "color", "backgroundColor", "borderTopWidth", "borderTopColor", "borderTopLeftRadius",
    "fontSize", "fontWeight", "lineHeight", "listStyleType", "textDecorationLine", "textTransform", "appearance",
    "paddingTop", "paddingLeft", "marginTop", "marginLeft", "boxShadow", "cursor"]) found.push(look[name]);
  return [...found, Math.round(box.width), Math.round(box.height)].join(" ");
})"""


@pytest.mark.parametrize("before", [True, False], ids=["before ours", "after ours"])
def test_no_framework_changes_what_is_read_or_pressed(visitor: Visitor, before: bool) -> None:
    page, names = visitor.page, ("login", "identity, not answered", "egov-login", "acknowledge")
    screens = [one for one in SCREENS if one.name in names]
    assert len(screens) == len(names)
    for screen in screens:
        plain = _styles(visitor, screen)
        _with_sheet(page, FRAMEWORKS, before=before)
        framed = _styles(visitor, screen)
        page.unroute_all()
        assert [f"{was} -> {now}" for was, now in zip(plain, framed, strict=True) if was != now] == [], screen.name


def _styles(visitor: Visitor, screen: Screen) -> list[str]:
    visitor.open(screen)
    if screen.error:
        visitor.page.locator("#error-summary:focus").wait_for()
    found: list[str] = visitor.page.evaluate(STYLES)
    return found


def _with_sheet(page: Page, sheet: str, *, before: bool) -> None:
    """Serve our style sheet with another one before or after it."""
    body = "\n".join([sheet, CSS.read_text()] if before else [CSS.read_text(), sheet])
    page.route("**/first_login.css", lambda route: route.fulfill(content_type="text/css", body=body))
