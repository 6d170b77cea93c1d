"""The documents of the JSON interface as a front end reads them, and the pages they stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_first_login.flow import STANDARD
from support.pages import LINKS, PREFIX, Sheet, said, squeezed

API = f"{PREFIX}/api/v1"
Document = dict[str, Any]
LINK_NAMES = {url: name for name, url in LINKS.items()}
#: What a page says beside the words of its document: the names of its own parts, squeezed.
FURNITURE = {
    "zh-Hant-TW": re.compile(
        r"注意：|返回前一頁|下一步|您的選擇|變更|重新開始|（另開新視窗）|（PDF）|客服專線|服務時間|客服信箱|、|・|登入時間：|還沒有公務帳號？|處理方式(（\d項任一項）)?"
    ),
    "en": re.compile(
        r"Warning:|Back|Continue|Youranswers|Change|Startagain|\(opensinanewwindow\)|\(PDF\)|Phone|Openinghours|Email|,|・|Signedin:|Noofficialaccountyet\?|Whattodo|Anyoneofthese\disenough"
    ),
}
#: Members that no reader sees as words.
UNSEEN = re.compile(
    r"(kind|type|lang|key|name|value|screen|id|format|answers|tel|error|icon_url|\w*url|verdict|code|csrf_token"
    r"|waiting|version|chosen|seal|shown_as|by_post)"
)


def fetch(client: FlaskClient, url: str, **kwargs: Any) -> Document:
    """A document that is there."""
    response = client.get(url, **kwargs)
    assert (response.status_code, response.mimetype) == (200, "application/json"), response.text
    return told(response)


def told(response: TestResponse) -> Document:
    found: Document = json.loads(response.get_data(as_text=True))
    return found


def lines(client: FlaskClient) -> Iterator[str]:
    """Every path of the wizard, walked by JSON alone, in the form of the golden list."""
    start = fetch(client, f"{API}/portal")["start"]
    yield from _lines(client, start, [], [])


def _lines(client: FlaskClient, place: Document, answers: list[str], urls: list[str]) -> Iterator[str]:
    match place:
        case {"kind": "screen", "url": url}:
            screen = fetch(client, url)
            urls = [*urls, urlsplit(screen["page_url"]).path.removeprefix(PREFIX)]
            for said_there, to in _ways(screen):
                yield from _lines(client, to, [*answers, *said_there], urls)
        case {"kind": "sign_in", "provider": name, "url": url}:
            assert urlsplit(url).path == f"{PREFIX}/sign-in/{name}"
            yield f"{' '.join(answers)} | {' > '.join(urls)} | sign in: {name}"
        case {"kind": "visit", "url": url}:
            yield f"{' '.join(answers)} | {' > '.join(urls)} | visit: {LINK_NAMES[url]}"
        case _:
            raise AssertionError(place)


def _ways(screen: Document) -> Iterator[tuple[list[str], Document]]:
    """Every way on from a screen: what is said there, and where it leads."""
    match screen:
        case {"kind": "question", "name": name, "options": options}:
            yield from (([f"{name}={one['value']}"], one["next"]) for one in options)
        case {"way": None, "providers": providers}:
            yield from (
                ([], {"kind": "sign_in", "provider": one["name"], "url": one["start_url"]}) for one in providers
            )
        case {"way": way}:
            yield [], way["to"]
        case _:
            raise AssertionError(screen)


def page_of(url: str) -> tuple[str, frozenset[tuple[str, str]]]:
    """The address of the page that a document stands for, as its path and its parameters."""
    parts = urlsplit(url)
    match parts.path.removeprefix(API).split("/"):
        case ["", "screens", key]:
            path = f"{PREFIX}/{STANDARD.by_key[key].path}"
        case ["", name]:
            path = f"{PREFIX}/{name}"
        case _:
            path = url.partition("?")[0]
    return path, frozenset(parse_qsl(parts.query))


def words_of(value: object) -> Iterator[str]:
    """Every text for people in a document, squeezed."""
    match value:
        case str():
            yield squeezed(value)
        case list():
            for one in value:
                yield from words_of(one)
        case dict():
            for name, one in value.items():
                unseen = UNSEEN.fullmatch(name) or (name == "provider" and isinstance(one, str))
                yield from () if unseen else words_of(one)
        case _:
            pass


def addresses_of(value: object) -> Iterator[str]:
    """Every address that a reader of a document can follow, but its own and the one its answers go to."""
    match value:
        case list():
            for one in value:
                yield from addresses_of(one)
        case dict():
            for name, one in value.items():
                if name in {"url", "start_url", "change_url"} and one is not None:
                    yield one
                elif name not in {"page_url", "answer_url", "options"}:
                    yield from addresses_of(one)
        case _:
            pass


def left_over(page: Sheet, document: Document, *classes: str) -> str:
    """What the parts of a page say beyond its document and the names of the parts."""
    words = squeezed("".join(said(one) for one in _parts(page, classes)))
    for text in sorted({*words_of(document)}, key=len, reverse=True):
        words = words.replace(text, "")
    return FURNITURE[document["lang"]].sub("", words)


def _parts(page: Sheet, classes: tuple[str, ...]) -> list[Element]:
    return [part for name in classes for part in page.all("div", class_=name) + page.all("section", class_=name)]


def addresses_on(page: Sheet, *classes: str) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    """Where the links in these parts of a page lead."""
    links = [one.get("href", "") for part in _parts(page, classes) for one in part.iter("a")]
    return {page_of(url) for url in links if not url.startswith(("#", "tel:", "mailto:"))}
