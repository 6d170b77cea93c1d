"""Calls to a provider on behalf of the doctor: over the product's own wire, with the clock that each answer shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ..providers import Registration
from ..providers.answers import Answer, Asked
from ..providers.http import Wire

#: What went wrong, in the wire's words, and what mends it.
MENDS = {
    "a host without an address that may be called": "Correct the host; in a private network, set allow_private.",
    "a certificate that is not trusted": "Let the provider serve its whole certificate chain, from a public root.",
    "a redirect": "Write the address that it redirects to.",
    "a URL that is not safe": "Write an https address.",
    "another issuer": "Write the issuer exactly as the provider's own document does, its last '/' included.",
    "HTTP 404": "Correct the address: there is nothing.",
}


class Line(Wire):
    """A line to one provider. ``ahead`` is by how many seconds its clock was ahead of ours, by its last answer."""

    def __init__(self, name: str, *, allow_private: bool) -> None:
        super().__init__(allow_private=allow_private)
        self.name = name
        self.ahead: float | None = None

    def send(self, asked: Asked) -> Answer:
        began = datetime.now(UTC)
        answer = super().send(asked)
        self._note_clock(answer, began + (datetime.now(UTC) - began) / 2)
        return answer

    def _note_clock(self, answer: Answer, at: datetime) -> None:
        """Its ``Date``, whole seconds, against ours in the middle of the call; a cached answer's says nothing."""
        if "Age" in answer.headers:
            return
        try:
            self.ahead = (parsedate_to_datetime(answer.headers.get("Date", "")) - at).total_seconds()
        except (ValueError, TypeError):
            return


@contextmanager
def line_to(registration: Registration) -> Iterator[Line]:
    """A line that is bounded in time and size, and ends with the questions."""
    with closing(Line(registration.provider.name, allow_private=registration.allow_private)) as line:
        yield line


def mend(detail: str) -> str:
    """What to do about a call that failed, by the words it failed with."""
    return MENDS.get(detail, "See that it runs, and that this server may call it: name, firewall, proxy.")
