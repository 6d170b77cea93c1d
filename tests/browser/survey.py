"""Every screen in both languages, read once: what the server sent, what the browser made of it, what axe says.

And where its strongest button stands on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from browser.portal import Portal
from browser.screens import LANGUAGES, PHONE, SCREENS, Screen, Visitor

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
#: The strongest of the buttons that are seen: a filled one before one that is drawn beside the way.
STRONGEST = """() => {
  const shown = [...document.querySelectorAll("main :is(.fl-btn, .fl-provider)")].filter(one => one.checkVisibility());
  const found = shown.find(one => !/--(cost|quiet|remove)/.test(one.className)) ?? shown[0];
  return found && {words: found.innerText.trim(), bottom: Math.ceil(found.getBoundingClientRect().bottom)};
}"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One screen as the browser got it and shows it.

    ``facts`` is what `facts.js` gives, ``reports`` what the console complained about, ``violations`` what axe finds
    wrong, ``strongest`` the words of the strongest button and where it ends on a phone.
    """

    screen: Screen
    lang: str
    url: str
    status: int
    headers: dict[str, str]
    source: str
    facts: dict[str, Any]
    reports: list[str]
    violations: list[str]
    strongest: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.screen.name} [{self.lang}]"


def survey(page: Page, portal: Portal, bare: Portal) -> list[Seen]:
    """Open every screen in every language, in the order of `SCREENS`."""
    visitor, reports = Visitor(page, portal, bare), list[str]()
    page.on("console", lambda message: reports.append(message.text))
    page.on("pageerror", lambda error: reports.append(str(error)))
    window, found = page.viewport_size, list[Seen]()
    assert window is not None
    for lang in LANGUAGES:
        for screen in SCREENS:
            reports.clear()
            page.set_viewport_size(window)
            answer = visitor.open(screen, lang)
            if screen.error:
                page.locator(FOCUSED).wait_for()
            source, facts, violations = answer.text(), page.evaluate(FACTS), axe(page)
            page.set_viewport_size(PHONE)
            read = (source, facts, [*reports], violations, page.evaluate(STRONGEST))
            found.append(Seen(screen, lang, page.url, answer.status, answer.headers, *read))
    return found


def axe(page: Page) -> list[str]:
    """What is wrong with the page as it stands, in light colours and in dark ones."""
    page.evaluate(AXE_SCRIPT)  # works where the page's own policy forbids every script
    found: list[str] = page.evaluate(RUN, ["tag", RULES])
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {violation}" for violation in page.evaluate(RUN, ["rule", OF_COLOUR])]
    page.emulate_media(color_scheme="light")
    return found
