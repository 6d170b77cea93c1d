"""Every screen in both languages, read once: what the server sent, what the browser made of it, what axe says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from browser.portal import Portal
from browser.screens import LANGUAGES, SCREENS, Screen, Visitor

FACTS = (Path(__file__).parent / "facts.js").read_text()
#: A browser moves the focus when it first draws the page, which under load may be well after it has loaded.
FOCUSED = "#error-summary:focus"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: What of the above depends on colours; everything else is the same in the dark.
OF_COLOUR = ["color-contrast", "link-in-text-block"]
RUN = """async ([type, values]) => {
  const found = await axe.run(document, {runOnly: {type, values}, resultTypes: ["violations"]});
  return found.violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html.slice(0, 120)}`));
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen as the browser got it and shows it.

    ``facts`` is what `facts.js` gives, ``reports`` what the console complained about, ``light`` and
    ``dark`` what axe finds wrong.
    """

    screen: Screen
    lang: str
    url: str
    status: int
    headers: dict[str, str]
    source: str
    facts: dict[str, Any]
    reports: list[str]
    light: list[str]
    dark: list[str]

    def __str__(self) -> str:
        return f"{self.screen.name} [{self.lang}]"


def survey(page: Page, portal: Portal, bare: Portal) -> list[Seen]:
    """Open every screen in every language, in the order of `SCREENS`."""
    visitor, reports = Visitor(page, portal, bare), list[str]()
    page.on("console", lambda message: reports.append(message.text))
    page.on("pageerror", lambda error: reports.append(str(error)))
    found = []
    for lang in LANGUAGES:
        for screen in SCREENS:
            reports.clear()
            answer = visitor.open(screen, lang)
            if screen.error:
                page.locator(FOCUSED).wait_for()
            source, facts = answer.text(), page.evaluate(FACTS)
            light, dark = axe(page)
            found.append(
                Seen(screen, lang, page.url, answer.status, answer.headers, source, facts, [*reports], light, dark)
            )
    return found


def axe(page: Page) -> tuple[list[str], list[str]]:
    """What is wrong with the page as it stands, in light colours and in dark ones."""
    page.evaluate(AXE_SCRIPT)  # works where the page's own policy forbids every script
    light = page.evaluate(RUN, ["tag", RULES])
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(RUN, ["rule", OF_COLOUR])
    page.emulate_media(color_scheme="light")
    return light, dark
