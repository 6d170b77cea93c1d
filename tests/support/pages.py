"""A portal to read, and its pages as a learner, a screen reader or a search engine finds them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from flask_first_login import FirstLogin
from flask_first_login.accounts.memory import MemoryAccounts

PREFIX = "/first-login"
SECRET = "a secret of the tests and of nothing else"
NAMES = ("ecpa", "myegov", "google", "facebook", "apple")
PROVIDERS = {
    name: {"client_id": "id", "client_secret": "secret", "protocol": "oidc", "issuer": f"http://127.0.0.1:9/{name}"}
    for name in NAMES
}
#: Every screen, by its address; the last stands for all the addresses that are none.
SCREENS = (
    "/login",
    "/",
    "/civil-servant",
    "/civil-servant/no-account",
    "/civil-servant/no-account/ecpa-guide",
    "/civil-servant/ecpa",
    "/civil-servant/egov",
    "/public",
    "/public/certificate",
    "/public/certificate/egov-login",
    "/public/certificate/egov-register",
    "/public/no-certificate",
    "/notices",
    "/faq",
    "/nowhere",
)
QUESTIONS = {"/": "identity", "/civil-servant": "account", "/public": "certificate", "/public/certificate": "egov"}
LINKS = {
    "ecpa": "https://ecpa.example.gov.tw/",
    "ecpa_guide": "https://ecpa.example.gov.tw/first.pdf",
    "myegov": "https://myegov.example.gov.tw/",
    "myegov_register": "https://myegov.example.gov.tw/register",
    "myegov_help": "https://myegov.example.gov.tw/help",
    "myegov_profile": "https://myegov.example.gov.tw/profile",
    "apply_official": "https://myegov.example.gov.tw/apply",
    "convert_official": "https://myegov.example.gov.tw/convert",
}


def portal(providers: Mapping[str, object] = PROVIDERS, *, secret: str | None = SECRET, **settings: object) -> Flask:
    """A portal with these settings, each named as in the documentation without its prefix."""
    app = Flask("portal")
    app.config["SECRET_KEY"] = secret
    app.config["FIRST_LOGIN_PROVIDERS"] = providers
    app.config.update({f"FIRST_LOGIN_{name.upper()}": value for name, value in settings.items()})
    FirstLogin(app, accounts=MemoryAccounts())
    return app


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


@dataclass(frozen=True)
class Link:
    """A link as it reads (whitespace squeezed) and where it leads."""

    words: str
    url: str
    element: Element

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def query(self) -> dict[str, str]:
        """Its parameters; no link of ours says one twice."""
        found = parse_qs(urlsplit(self.url).query, keep_blank_values=True)
        assert all(len(values) == 1 for values in found.values())
        return {name: values[0] for name, values in found.items()}


@lru_cache(maxsize=64)
def parsed(html: str) -> Element:
    """The tree of a page; nobody changes one, so tests that read the same page share it."""
    builder = html5lib.treebuilders.getTreeBuilder("etree")
    root: Element = html5lib.HTMLParser(builder, strict=True, namespaceHTMLElements=False).parse(html)
    return root


class Sheet:
    """One page. Reading it raises when html5lib finds anything wrong with its markup."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.html = response.get_data(as_text=True)
        self.root = parsed(self.html)

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def title(self) -> str:
        return said(self.one("title"))

    @property
    def words(self) -> str:
        """What the body says, whitespace squeezed: tests must not depend on line breaks of the markup."""
        return squeezed(said(self.one("body")))

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """The elements of this tag whose attributes are these; ``class_`` asks for one class among several."""
        wanted_class = attributes.pop("class_", None)
        return [
            element
            for element in self.root.iter(tag)
            if all(element.get(name) == value for name, value in attributes.items())
            and (wanted_class is None or wanted_class in (element.get("class") or "").split())
        ]

    def one(self, tag: str, **attributes: str) -> Element:
        (found,) = self.all(tag, **attributes)
        return found

    @property
    def h1(self) -> str:
        return squeezed(said(self.one("h1")))

    @property
    def headings(self) -> list[tuple[int, str]]:
        """Every heading in the order of the page: its level, its words."""
        return [
            (int(one.tag[1]), squeezed(said(one)))
            for one in self.root.iter()
            if isinstance(one.tag, str) and re.fullmatch("h[1-6]", one.tag)
        ]

    @property
    def links(self) -> list[Link]:
        return [Link(squeezed(said(one)), one.get("href", ""), one) for one in self.all("a")]

    def link(self, words: str) -> Link:
        """The one link that reads so."""
        (found,) = [one for one in self.links if one.words == squeezed(words)]
        return found

    def links_of(self, class_: str) -> list[Link]:
        return [one for one in self.links if class_ in (one.element.get("class") or "").split()]

    @property
    def primary(self) -> Link:
        """The strong button, where it is a link: a weaker one says so by a class of its own."""
        (found,) = [link for link in self.links_of("fl-btn") if "fl-btn--" not in (link.element.get("class") or "")]
        return found

    @property
    def pressed(self) -> str:
        """The words of the strong button, where it posts."""
        strong = [one for one in self.all("button", class_="fl-btn") if "fl-btn--" not in (one.get("class") or "")]
        return squeezed("".join(map(said, strong)))

    @property
    def back(self) -> Link:
        (found,) = self.links_of("fl-back")
        return found

    @property
    def checked(self) -> list[str]:
        """The values of the radios that are selected."""
        return [one.get("value", "") for one in self.all("input", type="radio") if one.get("checked") is not None]

    @property
    def options(self) -> dict[str, str]:
        """The radios of the question: the value and the words beside it."""
        labels = {one.get("for"): squeezed(said(one)) for one in self.all("label")}
        return {one.get("value", ""): labels[one.get("id")] for one in self.all("input", type="radio")}

    @property
    def hidden(self) -> dict[str, str]:
        return {one.get("name", ""): one.get("value", "") for one in self.all("input", type="hidden")}

    @property
    def addresses(self) -> Iterator[str]:
        """Every address this page names, and the one it redirects to."""
        yield self.response.headers.get("Location", "")
        for element in self.root.iter():
            for name in ("href", "src", "action", "formaction", "content"):
                yield element.get(name, "")


def said(element: Element) -> str:
    return "".join(element.itertext())


def read(client: FlaskClient, path: str, *, lang: str | None = None, **query: Any) -> Sheet:
    """Open one of our pages by its path below the prefix."""
    asked = {**query, **({"lang": lang} if lang else {})}
    return Sheet(client.get(PREFIX + path, query_string=asked))


def answer(client: FlaskClient, sheet: Sheet, value: str) -> Sheet:
    """Choose a radio and press the button, as a browser without scripts does; then follow the redirect."""
    form = sheet.one("form", method="get")
    (name,) = {one.get("name", "") for one in sheet.all("input", type="radio")}
    assert value in sheet.options
    response = client.get(form.get("action", ""), query_string={**sheet.hidden, name: value})
    assert response.status_code == 303
    return follow(client, response.headers["Location"])


def follow(client: FlaskClient, url: str) -> Sheet:
    """Open an address that a page of ours named."""
    return Sheet(client.get(url))
