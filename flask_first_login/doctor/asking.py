"""Calls to a provider on behalf of the doctor: over the product's own wire, with the clock that each answer shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from ..providers import Registration
from ..providers.http import Wire, prepare

#: What went wrong, in the wire's words, and what mends it.
MENDS = {
    "a host without an address that may be called": "Correct the host; in a private network, set allow_private.",
    "a certificate that is not trusted": "Let the provider serve its whole certificate chain, from a public root.",
    "a redirect": "Write the address that it redirects to.",
    "a URL that is not safe": "Write an https address.",
    "another issuer": "Write the issuer exactly as the provider's own document does, its last '/' included.",
    "HTTP 404": "Correct the address: there is nothing.",
}


@dataclass(slots=True)
class Line:
    """A line to one provider. ``ahead`` is by how many seconds its clock was ahead of ours, by its last answer."""

    name: str
    session: requests.Session = field(default_factory=requests.Session)
    ahead: float | None = None

    def note_clock(self, response: requests.Response, **_: Any) -> None:
        """Its ``Date``, whole seconds, against ours in the middle of the call; a cached answer's says nothing."""
        if "Age" in response.headers:
            return
        try:
            theirs = parsedate_to_datetime(response.headers.get("Date", ""))
            self.ahead = (theirs - (datetime.now(UTC) - response.elapsed / 2)).total_seconds()
        except (ValueError, TypeError):
            return


@contextmanager
def line_to(registration: Registration) -> Iterator[Line]:
    """A line that is bounded in time and size, and ends with the questions."""
    line = Line(registration.provider.name)
    prepare(line.session, Wire(allow_private=registration.allow_private))
    line.session.hooks["response"].append(line.note_clock)
    with line.session:
        yield line


def mend(detail: str) -> str:
    """What to do about a call that failed, by the words it failed with."""
    return MENDS.get(detail, "See that it runs, and that this server may call it: name, firewall, proxy.")
