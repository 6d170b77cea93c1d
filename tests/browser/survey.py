"""Every screen in both languages, read once: what the server sent, what the browser made of it, what axe says.

And where its strongest button stands on a phone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from browser.portal import Portal
from browser.screens import ALIKE, LANGUAGES, SCREENS, Screen, Visitor

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
PHONE: ViewportSize = {"width": 360, "height": 780}
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
    """Open every screen in every language, in the order of `SCREENS`.

    Axe reads the failures that are alike in the first language only, and sees in the dark what is written in it: the
    others have the same elements and colours.
    """
    visitor, reports = Visitor(page, portal, bare), list[str]()
    page.on("console", lambda message: reports.append(message.text))
    page.on("pageerror", lambda error: reports.append(str(error)))
    window, found = page.viewport_size, list[Seen]()
    assert window is not None
    for lang in LANGUAGES:
        for screen in SCREENS:
            reports.clear()
            page.set_viewport_size(window)
            answer, is_first = visitor.open(screen, lang), lang == LANGUAGES[0]
            if screen.error:
                page.locator(FOCUSED).wait_for()
            source, facts = answer.text(), page.evaluate(FACTS)
            violations = axe(page, dark=is_first) if is_first or screen.name not in ALIKE else []
            seen = Seen(
                screen, lang, page.url, answer.status, answer.headers, source, facts, [*reports], violations, None
            )
            page.set_viewport_size(PHONE)
            found.append(replace(seen, strongest=page.evaluate(STRONGEST)))
    return found


def axe(page: Page, *, dark: bool = True) -> list[str]:
    """What is wrong with the page as it stands, in light colours and, unless told not to look, in dark ones."""
    page.evaluate(AXE_SCRIPT)  # works where the page's own policy forbids every script
    found: list[str] = page.evaluate(RUN, ["tag", RULES])
    if dark:
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {violation}" for violation in page.evaluate(RUN, ["rule", OF_COLOUR])]
        page.emulate_media(color_scheme="light")
    return found
