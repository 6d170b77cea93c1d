"""One portal and one sandbox for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from browser.portal import Portal, another_website, bare_portal, full_portal
from browser.screens import NewPage, Visitor
from browser.survey import Seen, survey
from support.learner import sandbox_process

WINDOW: ViewportSize = {"width": 1280, "height": 640}
NOTHING_SPECIAL: dict[str, Any] = {"media": "screen", "color_scheme": "light", "contrast": "no-preference"}


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[str]:
    with another_website() as url:
        yield url


@pytest.fixture(scope="session")
def providers() -> Iterator[str]:
    with sandbox_process() as url:
        yield url


@pytest.fixture(scope="session")
def portal(providers: str, elsewhere: str) -> Iterator[Portal]:
    with full_portal(providers, elsewhere) as running:
        yield running


@pytest.fixture(scope="session")
def bare(elsewhere: str) -> Iterator[Portal]:
    with bare_portal(elsewhere) as running:
        yield running


@pytest.fixture(scope="session")
def windows(chromium: Browser) -> Iterator[NewPage]:
    """A page by the options of Playwright's ``new_context``. Making one takes long, so each is kept for later tests."""
    made: dict[str, Page] = {}

    def window(**options: Any) -> Page:
        key = repr(sorted(options.items()))
        if key not in made:
            made[key] = chromium.new_context(**{"locale": "zh-TW", "viewport": WINDOW, **options}).new_page()
        return made[key]

    yield window
    for page in made.values():
        page.context.close()


@pytest.fixture
def new_page(windows: NewPage) -> Iterator[NewPage]:
    """A page as if just opened, without cookies; takes the options of Playwright's ``new_context``."""
    used: list[Page] = []

    def new(**options: Any) -> Page:
        used.append(windows(**options))
        used[-1].context.clear_cookies()
        used[-1].set_viewport_size(WINDOW)
        used[-1].emulate_media(**NOTHING_SPECIAL, forced_colors=options.get("forced_colors", "none"))
        return used[-1]

    yield new
    for page in used:
        page.unroute_all()
        for other in page.context.pages[1:]:
            other.close()


@pytest.fixture(scope="session")
def seen(chromium: Browser, portal: Portal, bare: Portal) -> list[Seen]:
    """Every screen in both languages."""
    context = chromium.new_context(locale="zh-TW", viewport=WINDOW)
    found = survey(context.new_page(), portal, bare)
    context.close()
    return found


@pytest.fixture
def visitor(new_page: NewPage, portal: Portal, bare: Portal) -> Visitor:
    """Somebody with an ordinary browser."""
    return Visitor(new_page(), portal, bare)


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page in which no script runs."""
    return new_page(java_script_enabled=False)


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def either_page(request: pytest.FixtureRequest, new_page: NewPage) -> Page:
    """A page in which scripts run, and one in which none does."""
    return new_page(java_script_enabled=request.param)
