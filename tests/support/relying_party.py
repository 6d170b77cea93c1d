"""A relying party at the pretend providers, which does what it is told, right or wrong."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import html5lib
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from flask_first_login import sandbox

CALLBACK = "http://127.0.0.1:5000/first-login/callback"
VERIFIER = "verifier-" * 6
CHALLENGE = "qQ0E89RLuQfdGvKzLQrKOXbNpYH6Y7Th-ygF5Ndr4DY"
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
Params = dict[str, Any]


@dataclass(frozen=True)
class Pretend:
    """One pretend provider, seen from outside."""

    url: str

    @contextmanager
    def with_fault(self, name: str) -> Iterator[None]:
        assert self.set_fault(name).status_code == 200
        try:
            yield
        finally:
            assert self.set_fault(None).status_code == 200

    def set_fault(self, name: Any) -> requests.Response:
        return requests.post(f"{self.url}/_fault", json={"fault": name}, timeout=5)

    def get(self, path: str, params: Params | None = None, **more: Any) -> requests.Response:
        return requests.get(f"{self.url}/{path}", params, allow_redirects=False, timeout=5, **more)


@dataclass(frozen=True)
class Portal(Pretend):
    """What an OpenID provider meets."""

    client_id: str
    client_secret: str

    @classmethod
    def at(cls, base_url: str, name: str) -> Portal:
        setting = sandbox.settings(base_url)[name]
        return cls(setting["issuer"], setting["client_id"], setting["client_secret"])

    def asks(self, **changes: Any) -> Params:
        """The parameters of a right authorization request, then ``changes``; None leaves one out."""
        right = {"response_type": "code", "scope": "openid profile email", "state": "the-state", "nonce": "the-nonce"}
        return {"client_id": self.client_id, "redirect_uri": CALLBACK, **right, **PKCE, **changes}

    def authorize(self, **changes: Any) -> requests.Response:
        return self.get("authorize", self.asks(**changes))

    def comes_back(self, **changes: Any) -> dict[str, str]:
        return returned(self.authorize(**changes))

    def code(self, persona: str = "verified_citizen", **changes: Any) -> str:
        return self.comes_back(login_hint=persona, **changes)["code"]

    def redeem(self, code: str, follow: bool = False, **changes: Any) -> requests.Response:
        form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER, **changes}
        auth = (self.client_id, self.client_secret)
        return requests.post(f"{self.url}/token", {"code": code, **form}, auth=auth, allow_redirects=follow, timeout=5)

    def tokens(self, persona: str = "verified_citizen", **changes: Any) -> Params:
        answer: Params = self.redeem(self.code(persona, **changes)).json()
        return answer

    def userinfo(self, access_token: str) -> requests.Response:
        return self.get("userinfo", headers={"Authorization": f"Bearer {access_token}"})

    def document(self, path: str) -> Params:
        answer: Params = self.get(path).json()
        return answer

    def discovery(self) -> Params:
        return self.document(".well-known/openid-configuration")

    def verified(self, id_token: str) -> Params:
        return verified(id_token, self.document("jwks"))


def verified(id_token: str, jwks: Any) -> Params:
    """The claims, when the signature is one of the published keys'."""
    return jwt.decode(id_token, KeySet.import_key_set(jwks), algorithms=["RS256"]).claims


def returned(response: requests.Response) -> dict[str, str]:
    """What the browser carries back to the portal by redirect."""
    assert response.status_code == 303
    target = urlsplit(response.headers["Location"])
    assert target._replace(query="", fragment="").geturl() == CALLBACK
    return {name: value for name, [value] in parse_qs(target.query).items()}


def posted(response: requests.Response, to: str = CALLBACK) -> dict[str, str]:
    """What the browser posts to the portal when the person presses the one button of the page."""
    assert response.status_code == 200
    form = form_of(response)
    assert (form.get("method"), form.get("action"), len([*form.iter("button")])) == ("post", to, 1)
    return fields_of(form)


def form_of(page: requests.Response) -> Any:
    """The first form of a page whose HTML is without a fault."""
    return forms_of(page)[0]


def forms_of(page: requests.Response) -> list[Any]:
    document = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(page.text)
    return [*document.iter("form")]


def fields_of(form: Any) -> dict[str, str]:
    return {field.get("name"): field.get("value") for field in form.iter("input")}


def part(token: str, index: int) -> Params:
    """A part of a JWS as it stands, unverified: 0 the header, 1 the claims."""
    decoded: Params = json.loads(urlsafe_b64decode(token.split(".")[index] + "=="))
    return decoded
