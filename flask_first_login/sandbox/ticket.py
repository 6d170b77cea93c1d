"""The posted ticket, for providers that know neither OpenID nor OAuth: the browser posts it to the return address."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

from flask import Response, abort
from werkzeug.datastructures import MultiDict

from .personas import Persona
from .provider import Fields, Provider, is_loopback_url, plain, unchanged


class TicketProvider(Provider):
    """A login page that is given ``ReturnUrl`` and, as the least strength of the sign-in, ``level``. The hook
    ``posted`` changes the fields that the browser posts to the portal.
    """

    return_field = "returnurl"

    @abstractmethod
    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        """The fields to post for ``persona``."""

    def read(self, sent: MultiDict[str, str]) -> Mapping[str, str]:
        """The request, checked; the names of its parameters are read without regard to case, as ASP.NET reads them.

        Of the return address only the host counts: path and query are the portal's, for a state, say.
        """
        named = [(name.lower(), value) for name, value in sent.items(multi=True)]
        asked = {"level": "1", **{name: value for name, value in named if name in {"returnurl", "level"}}}
        if [name for name, _ in named].count("returnurl") != 1 or not is_loopback_url(asked["returnurl"]):
            abort(plain("ReturnUrl must be one URL on loopback, without a fragment."))
        if asked["level"] not in {"1", "2"}:
            abort(plain("level must be 1 or 2."))
        return asked

    def answer(self, asked: Mapping[str, str], persona: Persona) -> Response:
        """Post the ticket, after a sign-in by certificate when level 2 is asked for or the persona has nothing else."""
        fields = self.ticket(persona, by_certificate=asked["level"] == "2" or "sc" in persona.methods)
        return self.hand_over(asked["returnurl"], self.hook("posted", unchanged)(fields))
