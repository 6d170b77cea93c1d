"""A crowd of browsers: each walks the guide, and one in five signs in. Loopback only, bounded, and it counts."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from itertools import islice
from urllib.parse import urljoin, urlsplit

import urllib3

OWN_VISIT = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "zh-TW,zh;q=0.9", "User-Agent": "a visitor"}
#: Who signs in where.
PEOPLE = (
    ("myegov", "verified_citizen"),
    ("myegov", "declared_citizen"),
    ("myegov", "citizen_without_id"),
    ("ecpa", "civil_servant"),
    ("google", "social_user"),
    ("facebook", "social_user"),
    ("apple", "social_user"),
)
WALKS = (
    ("/first-login/login", "/first-login/", "/first-login/?submitted=1&identity=public"),
    (
        "/first-login/",
        "/first-login/?submitted=1",
        "/first-login/civil-servant/ecpa?identity=civil-servant&account=ecpa",
    ),
    ("/first-login/public/certificate/egov-login", "/first-login/notices?from=egov-login", "/first-login/faq?lang=en"),
    ("/", "/courses", "/first-login/public?identity=public&lang=en"),
)
FIELD = re.compile(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"')
CODE = re.compile(r'data-code="(\w+)"')
ACTION = re.compile(r'<form[^>]*method="post"[^>]*action="([^"]+)"')


@dataclass
class Tally:
    """What a crowd met: how many of each status, how long the answers took, and which sign-ins were not completed."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    signed_in: int = 0

    @property
    def errors(self) -> int:
        return sum(count for status, count in self.statuses.items() if status >= 500)

    def percentile(self, share: float) -> float:
        return sorted(self.seconds)[min(int(len(self.seconds) * share), len(self.seconds) - 1)]


@dataclass(frozen=True)
class Page:
    """What a browser got, and from where."""

    url: str
    status: int
    location: str
    text: str


class Visitor:
    """One browser at the portal of ``url``, with connections and cookies of its own: as little as a crowd can be
    made of, so that it leaves the machine to those whom it visits."""

    def __init__(self, url: str, tally: Tally) -> None:
        self.url, self.tally = url, tally
        self.machine = url  # which of the machines behind the address answers
        self.cookies: dict[str, str] = {}  # of the portal: no other site sets any
        self.connections = urllib3.PoolManager(retries=False, timeout=30)

    def ask(self, method: str, url: str, fields: Mapping[str, str] | None = None) -> Page:
        began, url = time.perf_counter(), url.replace(self.url, self.machine)
        own = url.startswith(self.machine)
        headers = OWN_VISIT | ({"Cookie": "; ".join(map("=".join, self.cookies.items()))} if own else {})
        body = {"fields": fields, "encode_multipart": False} if fields is not None else {}
        answer = self.connections.request(method, url, headers=headers, redirect=False, **body)  # type: ignore[arg-type]  # what urllib3 takes
        if own:
            self.tally.statuses[answer.status] += 1
            self.tally.seconds.append(time.perf_counter() - began)
            self._keep(answer.headers.getlist("Set-Cookie"))
        return Page(url, answer.status, answer.headers.get("Location", ""), answer.data.decode())

    def _keep(self, lines: list[str]) -> None:
        for line in lines:
            cookie, _, rules = line.partition(";")
            name, _, value = cookie.partition("=")
            if "Max-Age=0" in rules:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def walk(self, paths: tuple[str, ...]) -> None:
        for path in paths:
            self.ask("GET", self.url + path)

    def sign_in(self, provider: str, persona: str, *, in_between: Callable[[], None] = lambda: None) -> bool:
        """The whole way from the button to a page that only a member gets; ``in_between`` happens at the provider."""
        begun = self.ask("GET", f"{self.url}/first-login/sign-in/{provider}")
        if begun.status != 303:
            return self._lost(begun)
        answer = self.ask("GET", f"{begun.location}&login_hint={persona}")
        in_between()
        if not self._follow(answer):
            return False
        page = self.ask("GET", f"{self.url}/my-hours")
        if page.status != 200:
            return self._lost(page)
        self.tally.signed_in += 1
        return True

    def _lost(self, page: Page) -> bool:
        """Note where the way ended, and with which code."""
        code = CODE.search(page.text)
        self.tally.lost.append(f"{page.status} {urlsplit(page.url).path} {code[1] if code else 'without a code'}")
        return False

    def _follow(self, answer: Page) -> bool:
        """Go wherever redirects and forms that post lead, as a browser and its owner would."""
        for _ in range(8):
            if answer.status in {302, 303}:
                answer = self.ask("GET", urljoin(answer.url, answer.location))
            elif answer.status == 200 and self._is_on_the_way(answer) and (form := ACTION.search(answer.text)):
                fields = {name: unescape(value) for name, value in FIELD.findall(answer.text)} | {"acknowledged": "y"}
                answer = self.ask("POST", urljoin(answer.url, unescape(form[1])), fields)
            else:
                break
        return answer.status == 200 or self._lost(answer)

    def _is_on_the_way(self, page: Page) -> bool:
        return not page.url.startswith(self.machine) or urlsplit(page.url).path == "/first-login/acknowledge"


def visit(url: str, tally: Tally, chance: random.Random) -> None:
    """One visit: four in five only walk the guide."""
    visitor = Visitor(url, tally)
    visitor.walk(chance.choice(WALKS))
    if chance.random() < 0.2:
        provider, persona = chance.choice(PEOPLE)
        visitor.sign_in(provider, persona)
    visitor.connections.clear()


def crowd(url: str, visits: int, *, at_once: int = 8, seed: int = 1) -> Tally:
    """So many visits, some at a time; each is the same for the same ``seed``."""
    tally, seeds = Tally(), (random.Random(f"{seed} {number}") for number in range(visits))  # noqa: S311  # no secret
    with ThreadPoolExecutor(at_once) as pool:
        while batch := [*islice(seeds, 500)]:
            list(pool.map(lambda chance: visit(url, tally, chance), batch))
    return tally
