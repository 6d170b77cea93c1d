"""Every screen in both languages, as it is and after an empty answer: markup, headings, names, headers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import NamedTuple
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from internals import DATE, NAMES
from support.pages import LINKS, PREFIX, QUESTIONS, SCREENS, Sheet, portal, read, said, squeezed

TAGS = ["zh-Hant-TW", "en"]
HAN = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class View(NamedTuple):
    """One screen, one language, before or after an empty answer."""

    path: str
    lang: str
    error: bool


Opened = Callable[[View], Sheet]
PLAIN = [View(path, lang, False) for path in SCREENS for lang in TAGS]
ASKED = [View(path, lang, False) for path in QUESTIONS for lang in TAGS]
WRONG = [View(path, lang, True) for path in QUESTIONS for lang in TAGS]
EVERY_VIEW = [*PLAIN, *WRONG]
IN_CHINESE, IN_ENGLISH = ([view for view in EVERY_VIEW if view.lang == lang] for lang in TAGS)
NO_QUESTIONS = [view for view in PLAIN if view.path not in QUESTIONS]


@pytest.fixture(scope="module")
def linked() -> Flask:
    return portal(links=LINKS, icons={"google": "/icon.svg"})


@pytest.fixture
def client(linked: Flask) -> FlaskClient:
    return linked.test_client()


@pytest.fixture(scope="module")
def opened(linked: Flask) -> Opened:
    """Opens a view; a second test that asks for the same one reads the same page."""
    client = linked.test_client()

    def open_it(view: View) -> Sheet:
        return read(client, view.path, lang=view.lang, **({"submitted": "1"} if view.error else {}))

    return cache(open_it)


# --- one page ---


def test_a_page_is_read_without_one_fault_in_its_markup_in_the_language_asked_for(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            assert page.one("html").get("lang") == view.lang
            assert page.response.headers["Content-Language"] == view.lang
            assert page.response.content_type == "text/html; charset=utf-8"


def test_a_page_has_one_main_part_one_first_heading_and_no_level_left_out(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            assert len(page.all("main")) == 1
            levels = [level for level, _ in page.headings]
            assert levels.count(1) == 1
            body = levels[1:] if view.error else levels  # the summary of what to mend stands above the first heading
            assert body[0] == 1
            assert all(below - above <= 1 for above, below in pairwise(body))
            assert all(words for _, words in page.headings)


def test_nothing_on_a_page_refers_to_an_id_that_is_not_there_or_is_there_twice(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            ids = Counter(one.get("id") for one in page.root.iter() if one.get("id") is not None)
            assert [one for one, count in ids.items() if count > 1] == []
            named = [
                name
                for one in page.root.iter()
                for key in ("for", "aria-describedby", "aria-labelledby")
                for name in (one.get(key) or "").split()
            ]
            named += [link.url[1:] for link in page.links if link.url.startswith("#")]
            assert [one for one in named if one not in ids] == []
            assert [one for one in page.root.iter() if one.get("accesskey") is not None] == []


def test_a_page_needs_no_script_and_no_inline_style(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            html = opened(view).html
            assert (
                re.findall(
                    r"<script|<style|\sstyle=|javascript:|\son[a-z]+=|<iframe|<object|data:", html, re.IGNORECASE
                )
                == []
            )


def test_every_link_and_every_button_says_something_and_links_that_read_alike_lead_to_one_place(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            assert all(link.words and link.url for link in page.links)
            assert all(said(one).strip() for one in page.all("button"))
            places: dict[str, set[str]] = {}
            for link in page.links:
                places.setdefault(link.words, set()).add(link.path or link.url)
            assert {words: urls for words, urls in places.items() if len(urls) > 1} == {}


def test_no_link_pretends_to_be_a_button(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            assert [link for link in page.links if link.element.get("role") is not None or link.url.endswith("#")] == []


def test_a_page_has_one_primary_way_on_at_most(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            assert len(page.links_of("fl-btn")) + len(page.all("button")) <= 1


def test_chinese_that_must_stand_in_an_english_page_is_marked_as_chinese(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in IN_ENGLISH:
        with subtests.test(str(view)):
            page = opened(view)
            unmarked = [one for one in _outside_marked(page) if HAN.search(one)]
            assert unmarked == []
            assert not HAN.search(page.title)


def _outside_marked(page: Sheet) -> list[str]:
    """Every piece of text that does not stand in an element of another language."""
    found: list[str] = []
    waiting = [page.one("body")]
    while waiting:
        element = waiting.pop()
        found += [element.text or "", *((child.tail or "") for child in element)]
        found += [element.get(name, "") for name in ("aria-label", "alt", "title", "value")]
        waiting += [child for child in element if child.get("lang") in {None, "en"}]
    return found


def test_a_chinese_page_has_full_width_punctuation_and_no_blank_between_chinese_characters(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in IN_CHINESE:
        with subtests.test(str(view)):
            page = opened(view)
            han = r"[\u3400-\u9fff，。：；？！、「」【】（）]"
            for one in [*page.all("p"), *page.all("li"), *page.all("h1"), *page.all("h2"), *page.all("label")]:
                text = "".join(part for part in (one.text or "").splitlines())
                assert re.findall(rf"{han} +{han}|[\u3400-\u9fff][,;?!]", text) == []


def test_every_name_on_a_chinese_page_is_kept_on_one_line(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in IN_CHINESE:
        with subtests.test(str(view)):
            body = opened(view).one("body")
            kept = {said(one) for one in body.iter("span") if one.get("class") == "fl-n"}
            assert {name for name in kept if not re.fullmatch(DATE, name)} <= {*NAMES}
            loose = [one for one in _loose(body) if any(name in one for name in NAMES)]
            assert loose == []


def _loose(element: Element) -> Iterator[str]:
    """Every piece of text that a line may break."""
    if element.get("class") != "fl-n":
        yield element.text or ""
        for child in element:
            yield from _loose(child)
            yield child.tail or ""


# --- all pages together ---


@pytest.mark.parametrize("lang", TAGS)
def test_every_screen_has_a_title_of_its_own_that_ends_with_the_name_of_the_portal(opened: Opened, lang: str) -> None:
    titles = [opened(view).title for view in [*PLAIN, *WRONG] if view.lang == lang]
    end = {"zh-Hant-TW": "－學習平臺", "en": " – Learning portal"}[lang]
    assert all(title.endswith(end) for title in titles)
    assert len(set(titles)) == len(titles) == len(SCREENS) + len(QUESTIONS)


def test_the_title_says_that_there_is_an_error_exactly_when_there_is_one(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            prefix = {"zh-Hant-TW": "錯誤：", "en": "Error: "}[view.lang]
            assert opened(view).title.startswith(prefix) is view.error


def test_the_title_of_a_page_is_its_heading(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in NO_QUESTIONS:
        with subtests.test(str(view)):
            page = opened(view)
            assert squeezed(re.split(r"－| – ", page.title)[0]) == page.h1


@pytest.mark.parametrize("lang", TAGS)
def test_the_help_stands_in_the_same_place_with_the_same_contents_on_every_screen(opened: Opened, lang: str) -> None:
    found = set()
    for view in [one for one in [*PLAIN, *WRONG] if one.lang == lang]:
        page = opened(view)
        (place,) = [number for number, part in enumerate(page.one("body")) if part.tag == "footer"]
        footer = page.one("footer")
        contents = [squeezed(said(link)) for link in footer.iter("a")]
        desks = [squeezed(said(desk)) for desk in page.all("div", class_="fl-desk")]
        found.add((place, len(page.one("body")), frozenset(contents), frozenset(desks), *contents[-2:]))
        about = {"/civil-servant/ecpa": 1, "/civil-servant/no-account/ecpa-guide": 1}.get(view.path, 0)
        assert ("eCPA" in desks[0]) is bool(about), view  # the desk that this page is about comes first
    assert len(found) == 1


def test_a_page_is_offered_in_every_other_language_at_the_same_place(
    client: FlaskClient, opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            nav = page.one("nav", class_="fl-language")
            (current,) = nav.iter("span")
            others = {link.element.get("lang", ""): link for link in page.links if link.element in list(nav.iter("a"))}
            other_tag = {"zh-Hant-TW": "en", "en": "zh-Hant-TW"}[view.lang]
            other = others[other_tag]
            assert (current.get("lang"), current.get("aria-current")) == (None, "true"), "the page says its language"
            assert view.lang not in others
            assert [link.element.get("hreflang") for link in others.values()] == [*others]
            assert other.element.get("rel") == "alternate"
            assert other.path == PREFIX + view.path
            there = Sheet(client.get(other.url))
            assert there.one("html").get("lang") == other_tag
            assert there.title.startswith(("錯誤：", "Error: ")) is view.error


def test_the_switch_of_language_keeps_the_answers_and_the_next_page(client: FlaskClient) -> None:
    page = read(client, "/public", identity="public", egov="yes", next="/courses", submitted="1")
    assert page.link("English").query == {
        "identity": "public",
        "egov": "yes",
        "lang": "en",
        "next": "/courses",
        "submitted": "1",
    }


# --- questions ---


def test_a_question_is_one_group_of_radios_that_a_browser_neither_fills_nor_checks(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in [*ASKED, *WRONG]:
        with subtests.test(str(view)):
            page = opened(view)
            form, fieldset = page.one("form"), page.one("fieldset")
            assert (form.get("method"), form.get("novalidate")) == ("get", "")
            assert form.get("action") == PREFIX + view.path
            assert fieldset[0].tag == "legend"
            assert [one.tag for one in fieldset[0]] == ["h1"]
            radios = page.all("input", type="radio")
            assert radios[0].get("id") == QUESTIONS[view.path]
            assert {one.get("name") for one in radios} == {QUESTIONS[view.path]}
            assert len(radios) in {2, 3}
            assert all(page.options.values())
            assert page.checked == []
            assert [one for one in radios if one.get("required") is not None] == []


def test_an_empty_answer_is_said_above_and_beside_the_radios_in_the_same_words(
    opened: Opened, subtests: pytest.Subtests
) -> None:
    for view in WRONG:
        with subtests.test(str(view)):
            page = opened(view)
            (summary,) = [one for one in page.root.iter("div") if one.get("id") == "error-summary"]
            assert (summary.get("tabindex"), summary.get("autofocus")) == ("-1", "")
            assert summary[0].get("role") == "alert"
            (link,) = [one for one in page.links if one.element in list(summary.iter("a"))]
            assert link.url == f"#{QUESTIONS[view.path]}"
            (message,) = page.all("p", class_="fl-err")
            assert squeezed("".join(message[0].itertext())) in {"錯誤：", "Error:"}
            assert squeezed(said(message)).removeprefix(squeezed(said(message[0]))) == link.words
            described = (page.one("fieldset").get("aria-describedby") or "").split()
            assert described[-1] == message.get("id")
            assert "#" not in (page.one("form").get("action") or "")
            before = page.html.index('id="error-summary"')
            assert before < page.html.index("<h1")


# --- headers ---


def test_an_answer_of_ours_carries_the_headers_that_protect_it(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            headers = opened(view).response.headers
            assert headers["Cache-Control"] == "private, no-cache"
            assert headers["Content-Security-Policy"] == POLICY
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert headers["Vary"] == "Accept-Language"
            assert "Set-Cookie" not in headers


def test_search_engines_find_the_pages_to_read_and_not_the_steps(opened: Opened, subtests: pytest.Subtests) -> None:
    for view in EVERY_VIEW:
        with subtests.test(str(view)):
            page = opened(view)
            to_read = view.path in {"/login", "/notices", "/faq"}
            assert ("X-Robots-Tag" not in page.response.headers) is to_read
            assert (not page.all("meta", name="robots")) is to_read


@pytest.mark.parametrize("path", [one for one in SCREENS if one != "/nowhere"])
def test_a_page_that_did_not_change_is_not_sent_again(client: FlaskClient, path: str) -> None:
    etag = client.get(PREFIX + path).headers["ETag"]
    again = client.get(PREFIX + path, headers={"If-None-Match": etag})
    assert (again.status_code, again.get_data()) == (304, b"")
    assert client.get(PREFIX + path, headers={"If-None-Match": etag, "Accept-Language": "en"}).status_code == 200


def test_what_is_not_there_is_said_to_be_not_there_also_to_a_browser_that_would_not_mind(client: FlaskClient) -> None:
    assert client.get(f"{PREFIX}/nowhere", headers={"If-None-Match": "*"}).status_code == 404
    answered = client.get(f"{PREFIX}/?submitted=1&identity=public", headers={"If-None-Match": "*"})
    assert answered.status_code == 303


def test_the_stylesheet_is_served_and_one_that_is_not_there_is_answered_with_a_protected_page(
    client: FlaskClient,
) -> None:
    with client.get(read(client, "/").one("link", rel="stylesheet").get("href", "")) as sheet:
        assert (sheet.status_code, sheet.mimetype) == (200, "text/css")
    missing = client.get(f"{PREFIX}/static/nothing.css")
    assert (missing.status_code, missing.headers["Content-Security-Policy"]) == (404, POLICY)


# --- which language ---


@pytest.mark.parametrize(
    "query", ["lang=en&lang=en", "lang=en&lang=zh-Hant-TW", "lang=EN", "lang=en_GB", "lang=", "lang"]
)
def test_a_language_that_is_not_named_once_and_exactly_is_not_taken(client: FlaskClient, query: str) -> None:
    page = Sheet(client.get(f"{PREFIX}/?{query}"))
    assert page.one("html").get("lang") == "zh-Hant-TW"
    assert page.back.query == {}


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh-CN,zh;q=0.9", "zh-Hant-TW"),
        ("zh_TW", "zh-Hant-TW"),
        ("ja,en;q=0.5,zh;q=0.9", "zh-Hant-TW"),
        ("ja", "zh-Hant-TW"),
        ("*", "zh-Hant-TW"),
        ("", "zh-Hant-TW"),
        ("../../etc/passwd", "zh-Hant-TW"),
        ("e" * 10_000, "zh-Hant-TW"),
    ],
)
def test_a_page_is_in_the_language_of_the_browser_else_in_chinese(client: FlaskClient, accept: str, lang: str) -> None:
    response = client.get(f"{PREFIX}/", headers={"Accept-Language": accept})
    assert response.headers["Content-Language"] == lang
    assert client.get(f"{PREFIX}/?lang=en", headers={"Accept-Language": accept}).headers["Content-Language"] == "en"


@pytest.mark.parametrize("lang", TAGS)
def test_a_portal_may_mark_the_parts_of_our_layout_with_access_keys(lang: str) -> None:
    page = read(portal(access_keys=True).test_client(), "/login", lang=lang)
    bricks = {key: page.one("a", accesskey=key) for key in ("U", "C", "Z")}
    assert [brick.text for brick in bricks.values()] == [":::"] * 3
    assert all(brick.get("href") == f"#{brick.get('id')}" for brick in bricks.values())
    assert all(f"Alt+{key}" in (brick.get("title") or "") for key, brick in bricks.items())
    parts = [page.one("header"), page.one("main"), page.one("footer")]
    assert [brick in {*part.iter("a")} for part, brick in zip(parts, bricks.values(), strict=True)] == [True] * 3
    assert [one.get("lang") for one in page.root.iter() if one.get("lang") == lang] == [lang], "said once, on html"
