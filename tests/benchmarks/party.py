"""Relying parties, ours and others, and browsers that sign in at them; what a sign-in costs them is noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from werkzeug.test import Client

from benchmarks.missed import Why, where_time_goes
from benchmarks.ratios import Call, ask, environ
from support.learner import OWN_VISIT

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

PROFILED = 50
PERSONA = "verified_citizen"
BROWSER = requests.Session()


@dataclass(frozen=True)
class RelyingParty:
    """How one is made for the sandbox at an address, and where it answers.

    ``login`` is its login page, if it has one. ``start`` begins a sign-in, and ``then`` is the page after the callback
    on which a party that leaves it to its host asks who came. ``persona`` is None where no sign-in is completed.
    """

    name: str
    make: Callable[[str], WSGIApplication]
    start: str
    login: str | None = None
    method: str = "GET"
    then: str | None = None
    persona: str | None = PERSONA


@dataclass
class Party:
    """A relying party that runs, and the CPU microseconds of each of its answers to a callback."""

    kind: RelyingParty
    app: WSGIApplication
    callbacks: list[float] = field(default_factory=list)

    @classmethod
    def at(cls, base: str, kind: RelyingParty) -> Party:
        """With what is fetched and loaded once fetched and loaded."""
        party = cls(kind, kind.make(base))
        if kind.persona is not None:
            party.arrive()()
        return party

    def arrive(self) -> Call:
        """Sign in with a browser that was never here before. What is left to do is the callback."""
        client = Client(self.app)
        begun = client.open(self.kind.start, method=self.kind.method, headers=OWN_VISIT, base_url="http://localhost")
        assert begun.status_code in {302, 303}, begun.text
        hinted = f"{begun.location}&login_hint={self.kind.persona}"
        answer = urlsplit(BROWSER.get(hinted, allow_redirects=False, timeout=10).headers["Location"])
        cookies = {one.key: one.value for one in (client._cookies or {}).values()}
        asked = environ(f"{answer.path}?{answer.query}", Cookie=_header(cookies))
        return partial(self._come_back, asked, cookies)

    def _come_back(self, asked: dict[str, Any], cookies: dict[str, str]) -> None:
        status, headers = ask(self.app, asked)
        assert status in {302, 303}, status
        if self.kind.then is not None:
            set_now = (value.partition(";")[0].partition("=") for name, value in headers if name == "Set-Cookie")
            then = environ(self.kind.then, Cookie=_header(cookies | {key: value for key, _, value in set_now}))
            assert ask(self.app, then)[0] == 200

    def sign_in(self) -> None:
        callback = self.arrive()
        began = process_time()
        callback()
        self.callbacks.append((process_time() - began) * 1e6)

    def why(self) -> Why:
        """Where the time of its callback goes."""
        return lambda: where_time_goes(*[self.arrive() for _ in range(PROFILED)])


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{key}={value}" for key, value in cookies.items())


def callbacks(parties: list[Party], times: int) -> dict[str, float]:
    """The median of each answer, of parties that take turns."""
    for _ in range(times):
        for party in parties:
            party.sign_in()
    return {f"{party.kind.name}: callback": median(party.callbacks) for party in parties}
