"""What is to be pressed stands on the first screen of a phone, on every page, or it is said here why it does not."""

from __future__ import annotations

from typing import Any

import pytest

from browser.screens import LANGUAGES, SCREENS, Visitor

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 780}
#: The strongest of the buttons that are seen: a filled one before one that is drawn beside the way.
STRONGEST = """() => {
  const shown = [...document.querySelectorAll("main :is(.fl-btn, .fl-provider)")].filter(one => one.checkVisibility());
  const found = shown.find(one => !/--(cost|quiet|remove)/.test(one.className)) ?? shown[0];
  return found && {words: found.innerText.trim(), bottom: Math.ceil(found.getBoundingClientRect().bottom)};
}"""
#: Pages without a button.
NOTHING_TO_PRESS = {
    "notices": "the notices of the source are read; what they order to press is a link of its own",
    "bare advice": "no provider is registered; the way on is the support desk, whose link stands in the sentence",
    "bare choice": "no provider is registered; the way on is the support desk, whose link stands in the sentence",
}
#: Where the button stands lower, by language and screen: what must be read, or mended, before it is pressed.
ZH, EN = LANGUAGES
MEND = "the summary of the error says first what to mend, has the focus, and links to it"
READ_FIRST = {
    (ZH, "faq"): "the first screen holds the list of answers, which is what one comes for",
    (EN, "faq"): "the first screen holds the list of answers, which is what one comes for",
    (EN, "identity, not answered"): MEND,
    (EN, "identity, answered with nonsense"): MEND,
    (EN, "certificate, not answered"): MEND,
    (EN, "certificate, answered with nonsense"): MEND,
    (EN, "acknowledge, not ticked"): MEND,
    (EN, "giving up an account"): "what is lost is read before it is given up or kept",
}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_screen_of_a_phone_holds_what_is_to_be_pressed(visitor: Visitor, lang: str) -> None:
    visitor.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # Playwright's own kind of dict
    found: dict[str, dict[str, Any] | None] = {}
    for screen in SCREENS:
        visitor.open(screen, lang)
        found[screen.name] = visitor.page.evaluate(STRONGEST)
    assert {name for name, button in found.items() if button is None} == {*NOTHING_TO_PRESS}
    low = {name: button for name, button in found.items() if button is not None and button["bottom"] > PHONE["height"]}
    assert {name: button for name, button in low.items() if (lang, name) not in READ_FIRST} == {}
    # Which of these has it on the first screen is taken out of the table.
    assert {name for language, name in READ_FIRST if language == lang} <= low.keys()
