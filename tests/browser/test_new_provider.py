"""A new provider by configuration alone, as docs/doctor.md tells it: declared, checked, tried, used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask
from playwright.sync_api import Page

from browser.portal import served
from browser.screens import NewPage, press
from browser.survey import OF_COLOUR, RULES, RUN
from flask_first_login import sandbox
from support.healthy_portal import healthy

pytestmark = pytest.mark.browser

DOCS = Path(__file__).parents[2] / "docs" / "doctor.md"
#: Of a portal on this machine, over plain http.
HERE: dict[str, Any] = {
    "PREFERRED_URL_SCHEME": "http",
    "SESSION_COOKIE_NAME": "portal",
    "SESSION_COOKIE_SECURE": False,
    "TRUSTED_HOSTS": None,
}


def declared(app: Flask, providers: str) -> None:
    """What the page says to write, with the address and the keys of a provider that runs on this machine."""
    (block,) = re.findall(r"```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    exec(block, {"app": app})  # noqa: S102  # the snippet of our own page
    real = sandbox.settings(providers)["myegov"]
    keys = {key: real[key] for key in ("issuer", "client_id", "client_secret")}
    app.config["FIRST_LOGIN_PROVIDERS"]["tanet"].update(keys)


@pytest.fixture(scope="module")
def app(providers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A portal that knows this one provider, and where it runs."""
    running: list[Flask] = []
    with served(lambda environ, start: running[0](environ, start)) as url:
        running.append(
            healthy(
                lambda app: declared(app, providers),
                path=tmp_path_factory.mktemp("portal") / "accounts.db",
                **HERE,
                FIRST_LOGIN_EXTERNAL_URL=url,
            )
        )
        yield running[0]


def flask_first_login(app: Flask, *arguments: str) -> str:
    """What the command prints; it must end well."""
    result = app.test_cli_runner().invoke(args=["first-login", *arguments])
    assert result.exit_code == 0, result.output
    return str(result.stdout)


def test_it_is_declared_checked_tried_and_used(app: Flask, page: Page) -> None:
    url = app.config["FIRST_LOGIN_EXTERNAL_URL"]

    checked = flask_first_login(app, "doctor")
    assert "Register exactly this redirect URI" in checked
    assert f"comes back to {url}/first-login/sign-in/tanet/callback\n" in checked
    assert checked.splitlines()[-1].startswith("0 errors, 0 warnings, "), checked

    page.goto(flask_first_login(app, "try", "tanet", "--language", "en").strip())
    press(page, "main button[type=submit]")
    press(page, "button[value=civil_servant]")
    told = page.inner_text("main")
    assert "This sign-in works." in told
    assert "Civil servant account" in told
    assert "Make a new account." in told

    page.goto(f"{url}/first-login/login?lang=en")
    press(page, "main a:has-text('Sign in with Education account')")
    press(page, "button[value=civil_servant]")
    assert page.url.startswith(f"{url}/first-login/outcome")
    verdicts = page.eval_on_selector_all("[data-verdict]", "rows => rows.map(row => row.dataset.verdict)")
    assert {*verdicts} == {"uploadable"}

    page.goto(flask_first_login(app, "try", "tanet", "--language", "en").strip())
    press(page, "main button[type=submit]")
    press(page, "button[value=civil_servant]")
    assert "Sign in the account that has this identity." in page.inner_text("main")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("persona", ["verified_citizen", "cancels"], ids=["one that works", "one that fails"])
def test_axe_finds_no_violation_on_the_page_of_a_test_sign_in(
    app: Flask, new_page: NewPage, language: str, persona: str
) -> None:
    page = new_page()
    page.goto(flask_first_login(app, "try", "tanet", "--language", language).strip())
    press(page, "main button[type=submit]")
    press(page, f"button[value={persona}]")
    assert page.get_attribute("html", "lang") == {"zh": "zh-Hant-TW", "en": "en"}[language]
    page.evaluate(AXE_SCRIPT)
    assert page.evaluate(RUN, ["tag", RULES]) == []
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(RUN, ["rule", OF_COLOUR]) == []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
