"""Providers that know neither OpenID nor OAuth: the browser posts a ticket to the return address."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TypeVar

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from .faults.making import Fields, PostFault
from .issuers import Issuer
from .loopback import is_loopback_url
from .personas import Persona
from .provider import Provider, plain

P_co = TypeVar("P_co", bound=PostFault, covariant=True)
LEVELS = frozenset({"1", "2"})


class PostingProvider(Provider[P_co], ABC):
    """A login page at ``path`` that is given ``ReturnUrl`` and, as the least strength of the sign-in, ``level``."""

    def __init__(self, issuer: Issuer, faults: Mapping[str, P_co], well: P_co, path: str) -> None:
        super().__init__(issuer, faults, well)
        self._path = path

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.get(self._path)(self.login)
        routes.post(f"{self._path}/decide")(self.decide)
        return routes

    @abstractmethod
    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        """The fields to post for ``persona``."""

    def login(self) -> ResponseReturnValue:
        asked = _asked(request.args)
        persona = self.hinted()
        return self._answer(asked, persona) if persona else self.chooser(asked, asked["returnurl"])

    def decide(self) -> ResponseReturnValue:
        asked = _asked(request.form)
        persona = self.chosen()
        return self._answer(asked, persona) if persona else plain("There is no such persona at this provider.")

    def _answer(self, asked: Mapping[str, str], persona: Persona) -> ResponseReturnValue:
        by_certificate = asked["level"] == "2" or "sc" in persona.methods
        return self.hand_over(
            asked["returnurl"], self.fault.posted(self.ticket(persona, by_certificate=by_certificate))
        )


def _asked(sent: MultiDict[str, str]) -> dict[str, str]:
    """The request, checked; ASP.NET reads the names of parameters without regard to case, and so do portals write them.

    Of the return address only the host counts: path and query are the portal's, for a state, say.
    """
    named = [(name.lower(), value) for name, value in sent.items(multi=True)]
    asked = {"level": "1", **{name: value for name, value in named if name in {"returnurl", "level"}}}
    if [name for name, _ in named].count("returnurl") != 1 or not is_loopback_url(asked["returnurl"]):
        abort(plain("ReturnUrl must be one URL on loopback, without a fragment."))
    if asked["level"] not in LEVELS:
        abort(plain("level must be 1 or 2."))
    return asked
