"""The authorization code flow (RFC 6749 section 4.1) up to the code, for OpenID Connect and for OAuth 2.0."""

from __future__ import annotations

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from .faults.making import CodeFault, Fields
from .issuers import Issuer
from .loopback import is_loopback_url
from .personas import Persona
from .provider import Provider, plain
from .shelf import Shelf
from .signing import base64url

CODE_SECONDS = 60
TOKEN_SECONDS = 300
_S256 = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 section 4.1

#: Does it hold, and else the error code and what is wrong.
Rule = tuple[object, str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """An authorization request, field by parameter; what was not sent is empty, and so is a return address that was
    sent twice.
    """

    client_id: str
    redirect_uri: str
    response_type: str
    response_mode: str
    scope: str
    state: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    @classmethod
    def read(cls, sent: MultiDict[str, str]) -> Asked:
        given = {field.name: sent.get(field.name, "") for field in fields(cls)}
        return cls(**given | ({"redirect_uri": ""} if len(sent.getlist("redirect_uri")) > 1 else {}))

    def pkce(self, *, required: bool) -> Iterable[Rule]:
        """S256 it must be, where PKCE is required and where it is offered (RFC 7636)."""
        if required or self.code_challenge or self.code_challenge_method:
            yield self.code_challenge_method == "S256", "invalid_request", "code_challenge_method must be S256"
            yield _S256.fullmatch(self.code_challenge), "invalid_request", "code_challenge is not one"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who let which request in, and when (seconds since the epoch)."""

    asked: Asked
    persona: Persona
    at: int

    def fits(self, redirect_uri: str, verifier: str) -> bool:
        """True when the code comes from where it was sent to, with the secret its request was made with.

        A verifier without a challenge is refused: somebody has cut the challenge out of the request (RFC 9700, 4.8.2).
        """
        if not self.asked.code_challenge:
            return not verifier and redirect_uri == self.asked.redirect_uri
        challenge = base64url(sha256(verifier.encode()).digest())
        well_formed = _VERIFIER.fullmatch(verifier) is not None
        return well_formed and challenge == self.asked.code_challenge and redirect_uri == self.asked.redirect_uri


C_co = TypeVar("C_co", bound=CodeFault, covariant=True)


class CodeProvider(Provider[C_co], ABC):
    """A provider that sends codes, and keeps the codes and tokens it gave: they are nothing to another provider."""

    def __init__(self, issuer: Issuer, faults: Mapping[str, C_co], well: C_co) -> None:
        super().__init__(issuer, faults, well)
        self._codes: Shelf[Grant] = Shelf(CODE_SECONDS)
        self._tokens: Shelf[Grant] = Shelf(TOKEN_SECONDS)

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.post("/authorize/decide")(self.decide)
        return routes

    def conditions(self, asked: Asked) -> Iterable[tuple[object, str]]:
        """What must hold before anything is sent back."""
        yield asked.client_id == self.issuer.client_id, f"client_id must be {self.issuer.client_id}."
        yield is_loopback_url(asked.redirect_uri), "redirect_uri must be one URL on loopback, without a fragment."

    @abstractmethod
    def rules(self, asked: Asked) -> Iterable[Rule]:
        """What a request must obey; a broken rule is sent back as an error (RFC 6749 section 4.1.2.1)."""

    def authorize(self) -> ResponseReturnValue:
        asked = self._asked(request.args)
        persona = self.hinted()
        return self._answer(asked, persona) if persona else self.chooser(asdict(asked), asked.redirect_uri)

    def decide(self) -> ResponseReturnValue:
        asked = self._asked(request.form)
        persona = self.chosen()
        return self._answer(asked, persona) if persona else plain("There is no such persona at this provider.")

    def _asked(self, sent: MultiDict[str, str]) -> Asked:
        """The request, checked. One with an unknown client or return address is answered here, on the spot."""
        asked = Asked.read(sent)
        for holds, what in self.conditions(asked):
            if not holds:
                abort(plain(what))
        broken = ({"error": code, "error_description": what} for holds, code, what in self.rules(asked) if not holds)
        error = repetition(sent) or next(broken, None)
        if error is not None:
            abort(self.send_back(asked, error))
        return asked

    def _answer(self, asked: Asked, persona: Persona) -> Response:
        return self.send_back(asked, self.issuer.cancelled if persona.cancels else self.grant(asked, persona))

    def grant(self, asked: Asked, persona: Persona) -> Fields:
        """What comes back from somebody who signed in."""
        return {"code": self._codes.keep(Grant(asked, persona, int(time.time())))}

    def parameters(self, asked: Asked, answer: Mapping[str, str]) -> Fields:
        """All that comes back, with ``state`` as it was sent, on errors too."""
        return self.fault.callback({**answer, **({"state": asked.state} if asked.state else {})})

    def send_back(self, asked: Asked, answer: Mapping[str, str]) -> Response:
        """To the relying party, by redirect."""
        joint = "&" if "?" in asked.redirect_uri else "?"
        target = f"{asked.redirect_uri}{joint}{urlencode(self.parameters(asked, answer))}"
        return Response(status=303, headers={"Location": target})

    def redeem(self, sent: MultiDict[str, str]) -> Grant | None:
        """The grant of a code, once, when it comes back as it was given."""
        grant = self._codes.take(sent.get("code", ""))
        fits = grant is not None and grant.fits(sent.get("redirect_uri", ""), sent.get("code_verifier", ""))
        return grant if fits else None


def repetition(sent: MultiDict[str, str]) -> Fields | None:
    """The error of a request that repeats a parameter (RFC 6749 section 3.1)."""
    repeated = any(len(values) > 1 for values in sent.listvalues())
    return {"error": "invalid_request", "error_description": "a parameter is repeated"} if repeated else None


def bearer() -> str:
    """The access token in the header of the request (RFC 6750 section 2.1), or an empty text."""
    header = request.authorization
    return (header.token or "") if header is not None and header.type == "bearer" else ""
