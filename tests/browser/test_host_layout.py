"""Our pages in a layout of a host, whatever its content stands in: how wide they are, and what controls look like."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from jinja2 import DictLoader
from playwright.sync_api import ViewportSize

from browser.portal import PREFIX, served
from browser.screens import PHONE, NewPage
from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts
from support.pages import PROVIDERS, SECRET

pytestmark = pytest.mark.browser

WIDE: ViewportSize = {"width": 1600, "height": 900}
LAYOUT = """<!doctype html><html lang="{{ fl.lang }}" dir="{{ request.args.dir }}" style="color-scheme: dark">
<head><title>{{ title }} - Portal</title>{% block head %}{% endblock %}
<style>body { margin: 0; background: #111 } {{ request.args.css|safe }}</style></head>
<body><main id="main">{% block content %}{% endblock %}</main></body></html>"""
MEASURED = """() => {
  const ours = document.querySelector(".fl"), text = document.createRange();
  text.selectNodeContents(document.querySelector(".fl-language li > *"));
  const word = text.getBoundingClientRect(), heading = document.querySelector("h1").getBoundingClientRect();
  return {width: ours.getBoundingClientRect().width, scheme: getComputedStyle(ours).colorScheme,
    scrolls: document.documentElement.scrollWidth > innerWidth,
    left: Math.round(word.left - heading.left), right: Math.round(word.right - heading.right)};
}"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Flask("a host with a layout")
    app.config.update(SECRET_KEY=SECRET, FIRST_LOGIN_PROVIDERS=PROVIDERS, FIRST_LOGIN_BASE_TEMPLATE="layout.html")
    app.jinja_loader = DictLoader({"layout.html": LAYOUT})
    FirstLogin(app, accounts=MemoryAccounts())
    with served(app) as base:
        yield f"{base}{PREFIX}/?lang=zh-Hant-TW"


@pytest.mark.parametrize("css", ["", "main { display: flex; flex-direction: column }", "main { display: grid }"])
@pytest.mark.parametrize("inset", ["", ":root { --fl-inset: 0px }"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_our_pages_are_as_wide_as_they_may_be_and_scroll_nowhere(
    new_page: NewPage, url: str, css: str, inset: str, direction: str
) -> None:
    page = new_page()
    for size, most in ((PHONE, 360), (WIDE, 1056 if inset else 1104)):
        page.set_viewport_size(size)
        page.goto(f"{url}&dir={direction}&css={css} {inset}")
        found = page.evaluate(MEASURED)
        assert (found["width"], found["scrolls"]) == (most, False)
        assert found["left" if direction == "ltr" else "right"] == 0, "the languages begin where the text does"


def test_controls_stay_light_on_our_light_cards_in_a_dark_host_and_the_title_is_a_text(
    new_page: NewPage, url: str
) -> None:
    page = new_page()
    page.goto(url)
    assert page.evaluate(MEASURED)["scheme"] == "light"
    assert page.title() == "請問您的身分別？ - Portal"
