"""Every screen a learner can meet, and a visitor who opens it as a learner does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote

from playwright.sync_api import Page, Response, ViewportSize

from browser.portal import PREFIX, Portal
from flask_first_login.flow import STANDARD, Question
from internals import FAILURES

NewPage = Callable[..., Page]
LANGUAGES = ("zh-Hant-TW", "en")
PHONE: ViewportSize = {"width": 360, "height": 780}
#: The cookie that says that somebody proved themself a moment ago.
PROOF = "fl-fresh"
QUESTIONS = tuple(screen for screen in STANDARD.screens if isinstance(screen, Question))


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen in one state. ``path`` stands below the prefix; ``status`` is what it is answered with.

    ``subject`` is shared by screens that say the same and so may share a title. ``signed_in`` is a
    provider and a persona who has just come back from it, ``accepts`` what that costs, and came by ``too``
    before. ``pressed``: its button was pressed with nothing filled in. ``bare``: on a portal that has set nothing.
    ``unproven``: nothing in this browser says that they proved themself a moment ago.
    ``from_elsewhere``: by a link on another website. ``indexed``: search engines may keep it.
    ``sealed``: no cache may.
    """

    name: str
    path: str
    subject: str = ""
    status: int = 200
    signed_in: tuple[str, str] | None = None
    accepts: bool = False
    too: str = ""
    error: bool = False
    pressed: bool = False
    unproven: bool = False
    bare: bool = False
    from_elsewhere: bool = False
    indexed: bool = False
    sealed: bool = False

    def url(self, lang: str) -> str:
        return f"{self.path}{'&' if '?' in self.path else '?'}lang={lang}"


def _flow() -> Iterator[Screen]:
    for one in STANDARD.screens:
        yield Screen(one.key, f"/{one.path}")
    for one in QUESTIONS:
        yield Screen(f"{one.key}, not answered", f"/{one.path}?submitted=1", error=True)
        wrong = f"/{one.path}?submitted=1&{one.name}=x&{one.name}=y&unknown=1&next=//evil.example"
        yield Screen(f"{one.key}, answered with nonsense", wrong, one.key, error=True)


def _around() -> Iterator[Screen]:
    yield Screen("login", "/login", indexed=True)
    yield Screen("faq", "/faq", indexed=True)
    yield Screen("notices", "/notices?from=ecpa-login", indexed=True)
    yield Screen("not found", "/nothing/here", status=404)
    yield Screen("bare login", "/login", "login", bare=True, indexed=True)
    yield Screen("bare advice", "/civil-servant/ecpa", "ecpa-login", bare=True)
    yield Screen("bare choice", "/public/no-certificate", "no-certificate", bare=True)


def _signing_in() -> Iterator[Screen]:
    yield Screen("hand-off", "/sign-in/google", from_elsewhere=True, sealed=True)
    yield Screen("hand-off to MyEGov", "/sign-in/myegov", "egov-login", from_elsewhere=True, sealed=True)
    yield Screen("signed out", "/signed-out", sealed=True)
    yield Screen("signed out here alone", "/signed-out?left=myegov", "signed out", sealed=True)
    waiting = Screen("acknowledge", "/acknowledge", signed_in=("facebook", "social_user_with_id"), sealed=True)
    yield waiting
    yield replace(waiting, name="acknowledge, not ticked", error=True, pressed=True)
    for name, query, provider, persona in (
        ("citizen", "?new=1", "myegov", "verified_citizen"),
        ("civil servant", "", "ecpa", "civil_servant"),
        ("citizen without an ID", "?new=1", "myegov", "citizen_without_id"),
        ("citizen who said civil servant", "?identity=civil-servant&account=egov", "myegov", "verified_citizen"),
        ("foreign resident", "?new=1", "myegov", "foreign_resident"),
        ("teacher", "?new=1&certificate=yes", "myegov", "teacher"),
    ):
        subject = "welcome" if "new" in query else "welcome back"
        yield Screen(f"outcome of a {name}", f"/outcome{query}", subject, signed_in=(provider, persona), sealed=True)
    social = Screen("", "/hours", "hours", signed_in=("facebook", "social_user"), accepts=True, sealed=True)
    yield replace(social, name="hours of a social learner")
    regrets = replace(social, path="/outcome?certificate=yes", subject="welcome back")
    yield replace(regrets, name="outcome of a social learner who said hours")
    yield Screen("hours of a citizen", "/hours", "hours", signed_in=("myegov", "verified_citizen"), sealed=True)
    both = Screen("", "/hours", "hours", signed_in=("ecpa", "civil_servant"), too="myegov", sealed=True)
    yield replace(both, name="hours of a learner with two accounts")
    yield replace(both, name="giving up an account", subject="giving up", pressed=True)
    asked = replace(both, name="giving up, asked to sign in again", subject="asked again", status=403)
    yield replace(asked, pressed=True, unproven=True)
    yield Screen("hours of a teacher", "/hours", "hours", signed_in=("myegov", "teacher"), sealed=True)


def _failures() -> Iterator[Screen]:
    lost = "/sign-in/google/callback?state=unknown"
    yield Screen("unknown answer", lost, FAILURES["unknown_sign_in"].title.en, status=400, sealed=True)
    none = FAILURES["not_available"].title.en
    yield Screen("provider that is not set up", "/sign-in/google", none, status=503, bare=True, sealed=True)
    for code, failure in FAILURES.items():
        path = f"/sign-in/myegov/problem/{code}?ref=0123ABCD"
        yield Screen(f"failure {code}", path, failure.title.en, sealed=True)


#: Every screen there is.
SCREENS = (*_flow(), *_around(), *_signing_in(), *_failures())
#: Each layout and each state once: what is worth measuring in pixels. Of the failures: one to try again, one to begin
#: anew, and one that says when to come back.
ALIKE = {one.name for one in SCREENS if "nonsense" in one.name}
ALIKE |= {f"failure {code}" for code in FAILURES.keys() - {"cancelled", "expired", "provider_down"}}
DISTINCT = tuple(one for one in SCREENS if one.name not in ALIKE)


class Visitor:
    """Somebody at a browser page who can open any screen."""

    def __init__(self, page: Page, portal: Portal, bare: Portal) -> None:
        self.page = page
        self._portal, self._bare = portal, bare
        self._cookies: dict[tuple[tuple[str, str], str], dict[str, str]] = {}

    def open(self, screen: Screen, lang: str = LANGUAGES[0]) -> Response:
        """Open a screen; gives the server's answer, which has the screen's status."""
        answer = self._open(screen, lang)
        assert answer.status == screen.status, f"{screen.name} [{lang}] is answered with {answer.status}"
        return answer

    def _open(self, screen: Screen, lang: str) -> Response:
        self.page.context.clear_cookies()
        portal = self._bare if screen.bare else self._portal
        if screen.signed_in is not None:
            who = (screen.signed_in, screen.too)
            if who not in self._cookies:
                self._cookies[who] = portal.cookies_of(*screen.signed_in, accepts=screen.accepts, too=screen.too)
            for name, value in self._cookies[who].items():
                if name != PROOF or not screen.unproven:
                    self.page.context.add_cookies([{"name": name, "value": value, "url": portal.url}])
        url = portal.page(screen.url(lang))
        if screen.from_elsewhere:
            self.page.goto(f"{portal.elsewhere}/page?to={quote(url, safe='')}")
            return press(self.page, "a")
        answer = self.page.goto(url)
        assert answer is not None
        return press(self.page, "main button[type=submit]") if screen.pressed else answer


def press(page: Page, selector: str) -> Response:
    """Click on something that leads to another page, and wait for it and its style sheets: where it is one that leads
    on, for the page after it."""
    with page.expect_navigation() as navigation:
        page.click(selector)
    answer: Response = navigation.value
    if "refresh" in answer.headers:
        page.wait_for_url(lambda url: url != answer.url)
    return answer


def path_of(url: str) -> str:
    """The path of one of our pages below the prefix, without its query."""
    return url.split("?", 1)[0].split("#", 1)[0].partition(PREFIX)[2]
