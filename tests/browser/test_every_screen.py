"""What holds on every screen, in both languages and in every state."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import pairwise
from urllib.parse import parse_qsl, urlsplit

import html5lib
import pytest

from browser.screens import LANGUAGES, PHONE, QUESTIONS, path_of
from browser.survey import Seen
from flask_first_login.flow import Question

pytestmark = pytest.mark.browser
SERVICE = {"zh-Hant-TW": "－學習平臺", "en": " – Learning portal"}
ERROR = {"zh-Hant-TW": "錯誤：", "en": "Error: "}
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

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


def test_axe_finds_no_violation_on_any_screen_light_or_dark(seen: list[Seen]) -> None:
    assert [f"{one}: {found}" for one in seen for found in one.violations] == []


def test_every_screen_says_its_language(seen: list[Seen]) -> None:
    assert [str(one) for one in seen if one.facts["lang"] != one.lang] == []
    assert [str(one) for one in seen if one.headers.get("content-language") != one.lang] == []


def test_every_title_ends_with_the_service_and_says_error_exactly_when_there_is_one(seen: list[Seen]) -> None:
    titles = [(one, one.facts["title"]) for one in seen]
    assert [f"{one}: {title}" for one, title in titles if not title.endswith(SERVICE[one.lang])] == []
    wrong = [one for one, title in titles if title.startswith(ERROR[one.lang]) is not one.screen.error]
    assert [f"{one}: {one.facts['title']}" for one in wrong] == []


def test_no_two_screens_share_a_title(seen: list[Seen]) -> None:
    subjects: dict[str, set[str]] = defaultdict(set)
    for one in seen:
        title = one.facts["title"].removeprefix(ERROR[one.lang])
        subjects[title].add(one.screen.subject or one.screen.name.partition(",")[0])
    assert {title: names for title, names in subjects.items() if len(names) > 1} == {}


def test_every_screen_has_one_heading_one_main_and_skips_no_level(seen: list[Seen]) -> None:
    assert [str(one) for one in seen if len(one.facts["h1"]) != 1 or one.facts["mains"] != 1] == []
    levels = [(one, one.facts["levels"]) for one in seen]
    assert [f"{one}: {found}" for one, found in levels if found[0] != 1] == []
    assert [f"{one}: {found}" for one, found in levels if any(b - a > 1 for a, b in pairwise(found))] == []


def test_the_title_repeats_the_heading_of_every_screen_that_asks_nothing(seen: list[Seen]) -> None:
    keys = {question.key for question in QUESTIONS}
    pages = [one for one in seen if one.screen.name.partition(",")[0] not in keys]
    assert len(pages) > len(seen) / 2
    titles = [(one, one.facts["title"].removeprefix(ERROR[one.lang]), one.facts["h1"][0]) for one in pages]
    # A heading may begin with a lighter line, which the title leaves out.
    wrong = [one for one in titles if not one[2].endswith(re.split(r"－| – ", one[1])[0])]
    assert [f"{one}: {title} / {h1}" for one, title, h1 in wrong] == []


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.key)
def test_a_question_is_one_group_that_its_heading_names(seen: list[Seen], question: Question) -> None:
    asked = [one for one in seen if one.screen.name.partition(",")[0] == question.key]
    assert len(asked) == 3 * len(LANGUAGES)
    for one in asked:
        language = {"zh-Hant-TW": "zh", "en": "en"}[one.lang]
        heading = [getattr(text, language) for text in (question.lead, question.ask) if text is not None]
        (form,) = one.facts["forms"]
        assert one.facts["h1"] == [" ".join(heading)], str(one)
        assert form["options"] == [getattr(option.label, language) for option in question.options], str(one)
        assert len(form["buttons"]) == 1, str(one)
        assert (form["method"], form["novalidate"], form["fieldsets"]) == ("get", True, 1), str(one)
        assert form["legend"] == [True], str(one)
        assert form["radios"] == len(form["controls"]) == len(question.options), str(one)


def test_every_control_has_one_label_and_none_is_chosen_or_marked_as_required(seen: list[Seen]) -> None:
    controls = [(one, control) for one in seen for form in one.facts["forms"] for control in form["controls"]]
    assert len(controls) > 50
    wrong = [(one, c) for one, c in controls if c["labels"] != 1 or c["checked"] or c["required"]]
    assert [f"{one}: {control}" for one, control in wrong] == []


def test_every_reference_leads_to_something_and_no_name_is_given_twice(seen: list[Seen]) -> None:
    assert sum(len(one.facts["references"]) for one in seen) > 400
    assert [f"{one}: {one.facts['unresolved']}" for one in seen if one.facts["unresolved"]] == []
    twice = [(one, [i for i, n in Counter(one.facts["ids"]).items() if n > 1]) for one in seen]
    assert [f"{one}: {ids}" for one, ids in twice if ids] == []
    assert [str(one) for one in seen if len(set(one.facts["accesskeys"])) < len(one.facts["accesskeys"])] == []


def test_every_page_is_html_without_a_mistake(seen: list[Seen]) -> None:
    mistakes = []
    for one in seen:
        parser = html5lib.HTMLParser()
        parser.parse(one.source)
        mistakes += [f"{one}: {place} {code}" for place, code, _ in parser.errors]
    assert mistakes == []


def test_the_summary_of_an_error_says_what_stands_beside_the_answers_and_has_the_focus(seen: list[Seen]) -> None:
    errors = [one for one in seen if one.screen.error]
    assert len(errors) == (2 * len(QUESTIONS) + 1) * len(LANGUAGES)
    for one in errors:
        prefix = one.facts["hidden_prefix"]
        assert prefix == ERROR[one.lang].strip(), str(one)
        assert one.facts["summary"] == one.facts["message"].removeprefix(prefix).strip() != "", str(one)
        assert one.facts["focused"] == "error-summary", str(one)
    assert [str(one) for one in seen if one.facts["summary"] and not one.screen.error] == []


def test_no_page_breaks_its_own_content_security_policy(seen: list[Seen]) -> None:
    assert {one.headers.get("content-security-policy", "") for one in seen} == {POLICY}
    # Chromium reports the failed answer to the page itself; that is the page we mean.
    reports = [(one, report) for one in seen for report in one.reports if "Failed to load resource" not in report]
    assert [f"{one}: {report}" for one, report in reports] == []


def test_no_page_has_anything_inline(seen: list[Seen]) -> None:
    inline = re.compile(r"""\sstyle\s*=|<style|<script|\son[a-z]+\s*=|javascript:|src=["']data:""", re.IGNORECASE)
    assert [f"{one}: {found[0]}" for one in seen if (found := inline.search(one.source))] == []


def test_the_language_switch_names_every_language_and_leads_to_the_same_place(seen: list[Seen]) -> None:
    for one in seen:
        entries = {entry["lang"]: entry for entry in one.facts["switch"]}
        here = entries.pop("")  # the page itself says which language it is in (HM2310200C)
        assert (here["tag"], here["current"], here["href"]) == ("SPAN", "true", None), str(one)
        assert {one.lang, *entries} >= set(LANGUAGES), str(one)
        assert one.lang not in entries, str(one)
        links = [(there["tag"], there["current"], there["hreflang"]) for there in entries.values()]
        assert links == [("A", None, lang) for lang in entries], str(one)


def test_the_language_switch_keeps_the_path_and_the_answers_of_every_screen_that_has_an_address(
    seen: list[Seen],
) -> None:
    lost = []
    for one in [one for one in seen if one.status == 200 and not one.screen.pressed]:
        href = next(entry["href"] for entry in one.facts["switch"] if entry["lang"] in LANGUAGES)
        before, after = dict(parse_qsl(urlsplit(one.url).query)), dict(parse_qsl(urlsplit(href).query))
        dropped = {"unknown", "next"} | {name for name, value in before.items() if value in {"x", "y"}}
        kept = {name: value for name, value in before.items() if name not in dropped}
        kept["lang"] = next(lang for lang in LANGUAGES if lang != one.lang)
        implied = {question.name for question in QUESTIONS} | {"since"}  # by a path; since when an outage is told
        added = after.keys() - kept.keys() - implied
        same = path_of(one.url) == path_of(href) and kept.items() <= after.items() and not added
        lost += [] if same else [f"{one}: {href}"]
    assert lost == []


def test_english_pages_mark_every_chinese_word_as_chinese(seen: list[Seen]) -> None:
    english = [one for one in seen if one.lang == "en"]
    assert [f"{one}: {one.facts['stray']}" for one in english if one.facts["stray"]] == []


def test_help_stands_at_the_same_place_on_every_screen(seen: list[Seen]) -> None:
    for portal in (True, False):
        mine = [one for one in seen if one.screen.bare is portal]
        parts = {tuple(part.partition("#")[0] for part in one.facts["parts"]) for one in mine}
        assert parts == {("a.fl-skip", "header.fl-header", "main", "footer.fl-footer")}
        assert {tuple(one.facts["help_is_last_in"]) for one in mine} == {("footer.fl-footer", True)}
        for lang in LANGUAGES:
            links = {frozenset(tuple(link) for link in one.facts["help"]) for one in mine if one.lang == lang}
            assert len(links) == 1, links
            assert len(links.pop()) == 6


def test_no_two_provider_buttons_of_a_page_sound_alike(seen: list[Seen]) -> None:
    names = [(one, one.facts["provider_names"]) for one in seen]
    assert max(len(found) for _, found in names) == 9
    assert [f"{one}: {found}" for one, found in names if len(set(found)) < len(found)] == []


def test_a_link_opens_a_new_window_only_when_it_says_so(seen: list[Seen]) -> None:
    says = {"zh-Hant-TW": "（另開新視窗）", "en": "(opens in a new window)"}
    links = [(one, link) for one in seen for link in one.facts["links"]]
    opening = [(one, link) for one, link in links if link["target"] == "_blank"]
    assert len(opening) > 4
    silent = [(one, link) for one, link in opening if not link["words"].endswith(says[one.lang])]
    silent += [(one, link) for one, link in opening if set(link["rel"].split()) != {"noopener", "noreferrer"}]
    silent += [(one, link) for one, link in links if says[one.lang] in link["words"] and link["target"] != "_blank"]
    assert [f"{one}: {link}" for one, link in silent] == []


def test_links_of_a_page_that_say_the_same_lead_to_the_same_place(seen: list[Seen]) -> None:
    ambiguous = []
    for one in seen:
        places: dict[str, set[str]] = defaultdict(set)
        for link in one.facts["links"]:
            places[link["words"]].add(link["href"])
        ambiguous += [f"{one}: {words} {hrefs}" for words, hrefs in places.items() if len(hrefs) > 1]
    assert ambiguous == []


def test_every_answer_has_the_headers_of_its_page(seen: list[Seen]) -> None:
    wrong = []
    for one in seen:
        cache = {part.strip() for part in one.headers.get("cache-control", "").split(",")}
        kept_out = one.headers.get("x-robots-tag") == "noindex"
        facts = {
            "cache": cache == ({"no-store"} if one.screen.sealed else {"private", "no-cache"}),
            "robots": kept_out is not one.screen.indexed,
            "robots in the page": ('name="robots" content="noindex"' in one.source) is not one.screen.indexed,
            "sniffing": one.headers.get("x-content-type-options") == "nosniff",
            "referrer": one.headers.get("referrer-policy") == "same-origin",
            "vary": "Accept-Language" in one.headers.get("vary", ""),
            "server": "werkzeug" not in one.headers.get("set-cookie", ""),
        }
        wrong += [f"{one}: {name}" for name, good in facts.items() if not good]
    assert wrong == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_first_screen_of_a_phone_holds_what_is_to_be_pressed(seen: list[Seen], lang: str) -> None:
    """Or it is said above why it does not."""
    found = {one.screen.name: one.strongest for one in seen if one.lang == lang}
    assert {name for name, button in found.items() if button is None} == {*NOTHING_TO_PRESS}
    low = {name: button for name, button in found.items() if button is not None and button["bottom"] > PHONE["height"]}
    assert {name: button for name, button in low.items() if (lang, name) not in READ_FIRST} == {}
    # Which of these has it on the first screen is taken out of the table.
    assert {name for language, name in READ_FIRST if language == lang} <= low.keys()
