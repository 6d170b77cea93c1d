"""The authorization code flow (RFC 6749 section 4.1) up to the code, for OpenID Connect and for OAuth 2.0."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlencode

from flask import Response, abort, request
from werkzeug.datastructures import MultiDict

from .issuers import Issuer
from .personas import Persona
from .provider import ExpiringStore, Fault, Fields, Provider, crash, drop, is_loopback_url, plain, unchanged
from .signing import base64url

CODE_SECONDS = 60
TOKEN_SECONDS = 300
PARAMETERS = ("client_id", "redirect_uri", "response_type", "response_mode", "scope", "state", "nonce")
PKCE = ("code_challenge", "code_challenge_method")
_S256 = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 section 4.1

#: The parameters of an authorization request; one that was not sent is empty.
Asked = Mapping[str, str]
#: Does it hold, and else the error code and what is wrong.
Rule = tuple[object, str, str]


def _only_error(fields: Fields) -> Fields:
    """Send an error; of all that was to be said, only what tells whose answer it is."""
    return {"error": "server_error", **{name: value for name, value in fields.items() if name in {"state", "iss"}}}


#: What every provider of codes can do wrong. The hook ``callback`` changes the parameters that come back through the
#: browser, ``token`` the answer of the token endpoint.
FAULTS: Mapping[str, Fault] = {
    "no_state": Fault("The answer has no state.", "返回時沒有state。", callback=drop("state")),
    "no_code": Fault("The answer has no code.", "返回時沒有code。", callback=drop("code")),
    "server_error": Fault("Instead of a code, an error comes back.", "返回的是錯誤而不是code。", callback=_only_error),
    "token_500": Fault("The token endpoint breaks down (HTTP 500).", "token服務故障（HTTP 500）。", token=crash),
}


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
        if redirect_uri != self.asked["redirect_uri"]:
            return False
        if not self.asked["code_challenge"]:
            return not verifier
        challenge = base64url(sha256(verifier.encode()).digest())
        return _VERIFIER.fullmatch(verifier) is not None and challenge == self.asked["code_challenge"]


class CodeProvider(Provider):
    """A provider that sends codes, and keeps the codes and tokens it gave: they are nothing to another provider."""

    return_field = "redirect_uri"
    response_types = frozenset({"code"})
    required: tuple[str, ...] = ("state", "nonce")
    required_scopes: frozenset[str] = frozenset()
    requires_pkce = False

    def __init__(self, issuer: Issuer, faults: Mapping[str, Fault]) -> None:
        super().__init__(issuer, faults)
        self._codes: ExpiringStore[Grant] = ExpiringStore(CODE_SECONDS)
        self._tokens: ExpiringStore[Grant] = ExpiringStore(TOKEN_SECONDS)

    def conditions(self, asked: Asked) -> Iterable[tuple[object, str]]:
        """What must hold before anything is sent back."""
        yield asked["client_id"] == self.issuer.client_id, f"client_id must be {self.issuer.client_id}."
        yield is_loopback_url(asked["redirect_uri"]), "redirect_uri must be one URL on loopback, without a fragment."

    def rules(self, asked: Asked) -> Iterable[Rule]:
        """What a request must obey; a broken rule is sent back as an error (RFC 6749 section 4.1.2.1).

        S256 it must be, where PKCE is required and where it is offered (RFC 7636).
        """
        yield asked["response_type"] in self.response_types, "unsupported_response_type", "response_type must be code"
        missing = self.required_scopes - {*asked["scope"].split()}
        yield not missing, "invalid_scope", f"scope must contain {' '.join(missing)}"
        for name in self.required:
            yield asked[name], "invalid_request", f"{name} is missing"
        if self.requires_pkce or asked["code_challenge"] or asked["code_challenge_method"]:
            yield asked["code_challenge_method"] == "S256", "invalid_request", "code_challenge_method must be S256"
            yield _S256.fullmatch(asked["code_challenge"]), "invalid_request", "code_challenge is not one"

    def read(self, sent: MultiDict[str, str]) -> Asked:
        """The request, checked; one with an unknown client or with none or two return addresses goes nowhere."""
        asked = {name: sent.get(name, "") for name in PARAMETERS + PKCE}
        if len(sent.getlist("redirect_uri")) > 1:
            asked["redirect_uri"] = ""
        for holds, what in self.conditions(asked):
            if not holds:
                abort(plain(what))
        broken = ({"error": code, "error_description": what} for holds, code, what in self.rules(asked) if not holds)
        error = repetition(sent) or next(broken, None)
        if error is not None:
            abort(self.send_back(asked, error))
        return asked

    def answer(self, asked: Asked, persona: Persona) -> Response:
        """Send the browser back with a code, or with the error of somebody who cancels."""
        return self.send_back(asked, self.issuer.cancelled if persona.cancels else self.grant(asked, persona))

    def grant(self, asked: Asked, persona: Persona) -> Fields:
        """What comes back from somebody who signed in."""
        return {"code": self._codes.put(Grant(asked, persona, int(time.time())))}

    def parameters(self, asked: Asked, answer: Mapping[str, str]) -> Fields:
        """All that comes back, with ``state`` as it was sent, on errors too."""
        state = {"state": asked["state"]} if asked["state"] else {}
        return self.hook("callback", unchanged)({**answer, **state})

    def send_back(self, asked: Asked, answer: Mapping[str, str]) -> Response:
        """Redirect the browser to the relying party."""
        joint = "&" if "?" in asked["redirect_uri"] else "?"
        target = f"{asked['redirect_uri']}{joint}{urlencode(self.parameters(asked, answer))}"
        return Response(status=303, headers={"Location": target})

    def redeem(self, sent: MultiDict[str, str]) -> Grant | None:
        """The grant of a code, once, when it comes back as it was given."""
        grant = self._codes.pop(sent.get("code", ""))
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
