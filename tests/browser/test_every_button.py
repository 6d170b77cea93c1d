"""All five buttons in a real browser: from the login page and out of the guide, the first time and the second, in one
language and in the other, at a portal whose own session is ``SameSite=Lax`` and keeps what is in it.

The portal is at ``localhost`` and the providers at ``127.0.0.1``, which a browser holds for two sites: what a provider
posts comes without a single cookie of the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask, request, session
from playwright.sync_api import Page

from browser.portal import PREFIX, served
from browser.screens import LANGUAGES, path_of, press
from flask_first_login import FirstLogin, sandbox
from flask_first_login.accounts.memory import MemoryAccounts

pytestmark = pytest.mark.browser

VERDICTS = "[...document.querySelectorAll('[data-verdict]')].map(one => one.dataset.verdict)"
LANG = "document.documentElement.lang"
HOME = '<!doctype html><html lang="en"><title>Portal</title><p id="basket">{basket}</p><p id="member">{member}</p>'


@dataclass(frozen=True)
class Way:
    """One button. ``at`` is the provider's name at the sandbox, ``answers`` lead to it through the guide; ``posts``:
    the provider comes back by a form; ``asks``: the first time, what it costs must be accepted."""

    name: str
    at: str
    persona: str
    answers: tuple[str, str]
    posts: bool = False
    asks: bool = False


ANYBODY = ("public", "no")
WAYS = {
    "ecpa": Way("ecpa", "ecpa", "civil_servant", ("civil-servant", "ecpa"), posts=True),
    "myegov": Way("myegov", "myegov", "civil_servant", ("civil-servant", "egov")),
    "myegov by ticket": Way("myegov", "myegov-ticket", "civil_servant", ("civil-servant", "egov"), posts=True),
    "facebook": Way("facebook", "facebook", "social_user", ANYBODY, asks=True),
    "google": Way("google", "google", "social_user", ANYBODY, asks=True),
    "apple": Way("apple", "apple", "social_user", ANYBODY, posts=True, asks=True),
}


class OwnSession:
    """A host that signs a member in within the session that is there: what was in it stays."""

    def sign_in(self, account_id: str) -> None:
        session["member"] = account_id

    def signed_in(self) -> str | None:
        return session.get("member")


@dataclass
class Kept:
    """A portal with a basket in its session. ``brought`` are the cookies that came with each posted answer."""

    url: str = ""
    brought: list[set[str]] = field(default_factory=list)

    def page(self, path: str) -> str:
        return f"{self.url}{PREFIX}{path}"


@contextmanager
def portal_with_a_basket(providers: str, way: str) -> Iterator[Kept]:
    app, portal = Flask("portal_with_a_basket"), Kept()
    app.config.update(
        SECRET_KEY="a-secret-of-this-test-and-no-other",
        SESSION_COOKIE_SAMESITE="Lax",
        FIRST_LOGIN_PROVIDERS=sandbox.settings(providers, myegov="ticket" if way == "myegov by ticket" else "oidc"),
    )

    @app.before_request
    def note() -> None:
        if request.method == "POST" and "/callback" in request.path:
            portal.brought.append(set(request.cookies))

    @app.get("/")
    def home() -> str:
        return HOME.format(basket=session.get("basket"), member=session.get("member"))

    @app.get("/fill")
    def fill() -> str:
        session["basket"] = "two books"
        return home()

    FirstLogin(app, accounts=MemoryAccounts(), session=OwnSession())
    with served(app) as url:
        portal.url = url.replace("127.0.0.1", "localhost")
        yield portal


def from_the_login_page(page: Page, portal: Kept, way: Way, lang: str) -> None:
    page.goto(portal.page(f"/login?lang={lang}"))


def out_of_the_guide(page: Page, portal: Kept, way: Way, lang: str) -> None:
    page.goto(portal.page(f"/?lang={lang}"))
    for answer in way.answers:
        page.check(f"input[value={answer}]")
        press(page, "main form button")


Place = Callable[[Page, Kept, Way, str], None]


def sign_in(page: Page, portal: Kept, way: Way, place: Place, lang: str) -> str:
    """As somebody with a full basket who is not signed in; gives where they are in the end."""
    page.context.clear_cookies()
    page.goto(f"{portal.url}/fill")
    place(page, portal, way, lang)
    assert page.evaluate(LANG) == lang
    press(page, f"main a[href*='/sign-in/{way.name}'] >> nth=0")
    assert f"/{way.at}/" in page.url
    press(page, f"button[value={way.persona}]")
    for _ in range(way.posts):
        press(page, "form button")
    return path_of(page.url)


def accept(page: Page, way: Way) -> None:
    for _ in range(way.asks):
        assert path_of(page.url) == "/acknowledge"
        page.check("#acknowledged")
        press(page, "main button[type=submit]")


def session_of(page: Page, portal: Kept) -> tuple[str, str]:
    page.goto(portal.url)
    return page.inner_text("#basket"), page.inner_text("#member")


@pytest.mark.parametrize(
    ("way", "place", "langs"),
    [
        *((way, out_of_the_guide, LANGUAGES[::-1]) for way in WAYS),
        # One by each protocol: the buttons there differ in nothing else.
        *((way, from_the_login_page, LANGUAGES) for way in ("ecpa", "facebook", "apple")),
    ],
)
def test_a_button_leads_to_its_provider_and_back_to_one_account_and_the_hosts_session_keeps_its_contents(
    page: Page, providers: str, way: str, place: Place, langs: tuple[str, str]
) -> None:
    this, (first, second) = WAYS[way], langs
    with portal_with_a_basket(providers, way) as portal:
        sign_in(page, portal, this, place, first)
        accept(page, this)
        assert path_of(page.url) == "/outcome"
        assert page.evaluate(LANG) == first
        assert set(page.evaluate(VERDICTS)) == {"refused" if this.asks else "uploadable"}
        basket, member = session_of(page, portal)
        assert basket == "two books"
        assert member != "None"
        assert sign_in(page, portal, this, place, second) in {"/outcome", ""}  # the portal itself: nothing to be told
        assert session_of(page, portal) == ("two books", member)
        assert portal.brought == [set()] * 2 * this.posts
