"""Every screen in languages that come by a catalog: Vietnamese, and one that nobody speaks, whose words are longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from browser.portal import Portal, full_portal
from browser.screens import DISTINCT, PHONE, NewPage, Visitor
from browser.survey import RULES, RUN, axe
from support.pseudo_language import LOCALE, pseudo_catalog

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def portal(providers: str, elsewhere: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = pseudo_catalog(tmp_path_factory.mktemp("words"))
    with full_portal(providers, elsewhere, FIRST_LOGIN_TRANSLATIONS=folder) as running:
        yield running


@pytest.mark.parametrize("lang", ["vi", LOCALE])
def test_axe_finds_no_violation_and_nothing_sticks_out_on_a_phone(
    new_page: NewPage, portal: Portal, bare: Portal, lang: str
) -> None:
    page = new_page()
    page.set_viewport_size(PHONE)
    visitor, found = Visitor(page, portal, bare), list[str]()
    screens = [screen for screen in DISTINCT if not screen.bare]
    for screen in screens:
        visitor.open(screen, lang)
        assert page.evaluate("document.documentElement.lang") == lang
        found += [f"{screen.name}: {violation}" for violation in axe(page)]
        if lang == LOCALE:
            page.emulate_media(forced_colors="active")
            found += [f"{screen.name}, forced colours: {violation}" for violation in page.evaluate(RUN, ["tag", RULES])]
            page.emulate_media(forced_colors="none")
        found += [f"{screen.name} is too wide"] * page.evaluate("document.documentElement.scrollWidth > innerWidth")
    assert found == []
    assert len(screens) > 30
