"""Relying parties, ours and others, and browsers that sign in at them; what a sign-in costs them is noted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import process_time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from werkzeug.test import Client

from benchmarks.missed import Why, where_time_goes
from benchmarks.ratios import Call
from walking import OWN_VISIT

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
        answer = BROWSER.get(hinted, allow_redirects=False, timeout=10)
        return partial(self._come_back, client, answer.headers["Location"])

    def _come_back(self, client: Client, url: str) -> None:
        parts = urlsplit(url)
        done = client.get(f"{parts.path}?{parts.query}", base_url="http://localhost")
        assert done.status_code in {302, 303}, done.text
        if self.kind.then is not None:
            done = client.get(self.kind.then, base_url="http://localhost")
            assert done.status_code == 200, done.text

    def sign_in(self) -> None:
        callback = self.arrive()
        began = process_time()
        callback()
        self.callbacks.append((process_time() - began) * 1e6)

    def why(self) -> Why:
        """Where the time of its callback goes."""
        return lambda: where_time_goes(*[self.arrive() for _ in range(PROFILED)])


def callbacks(parties: list[Party], times: int) -> dict[str, float]:
    """The median of each answer, of parties that take turns."""
    for _ in range(times):
        for party in parties:
            party.sign_in()
    return {f"{party.kind.name}: callback": median(party.callbacks) for party in parties}
