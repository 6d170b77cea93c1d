"""The pretend Facebook: OAuth 2.0 with a profile call to the Graph API, and the requests that Facebook itself signs."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from .code_flow import TOKEN_SECONDS, Asked, CodeProvider, Grant, Rule, bearer, repetition
from .faults.facebook import FAULTS, NO_FAULT, GraphFault, graph_error
from .issuers import FACEBOOK
from .personas import Persona
from .signing import base64url

_VERSION = re.compile(r"v\d{1,2}\.\d")


class FacebookProvider(CodeProvider[GraphFault]):
    """The login dialog and the Graph API, at any version of it."""

    def __init__(self) -> None:
        super().__init__(FACEBOOK, FAULTS, NO_FAULT)

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.get("/<version>/dialog/oauth")(self.authorize)
        routes.route("/<version>/oauth/access_token", methods=["GET", "POST"])(self.access_token)
        routes.get("/<version>/me")(self.me)
        routes.url_value_preprocessor(_take_version)
        return routes

    def subject(self, persona: Persona) -> str:
        """Digits, as Facebook's app-scoped ids are."""
        return user_id(persona)

    def rules(self, asked: Asked) -> Iterable[Rule]:
        yield asked.response_type in {"", "code"}, "unsupported_response_type", "response_type must be code"
        yield asked.state, "invalid_request", "state is missing"
        yield from asked.pkce(required=False)

    def send_back(self, asked: Asked, answer: Mapping[str, str]) -> Response:
        """With the fragment that Facebook hangs on, which browsers keep to themselves."""
        response = super().send_back(asked, answer)
        response.headers["Location"] += "#_=_"
        return response

    # --- what the relying party asks behind the person's back ---

    def access_token(self) -> ResponseReturnValue:
        sent = request.values
        if repetition(sent) or sent.get("client_id") != self.issuer.client_id:
            return graph_error("Error validating application. Invalid application ID.", 101), 400
        if sent.get("client_secret") != self.issuer.client_secret:
            return graph_error("Error validating client secret.", 1), 400
        grant = self.redeem(sent)
        if grant is None:
            return graph_error("Error validating verification code.", 100), 400
        bearer = {"access_token": self._tokens.keep(grant), "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        return self.fault.deliver(self.fault.token(bearer))

    def me(self) -> ResponseReturnValue:
        token = bearer() or request.args.get("access_token", "")
        grant = self._tokens.look(token)
        if grant is None:
            return graph_error("Invalid OAuth access token - Cannot parse access token", 190), 400
        if not hmac.compare_digest(request.args.get("appsecret_proof", "").encode(), self._proof(token).encode()):
            return graph_error("Invalid appsecret_proof provided in the API argument", 100, "GraphMethodException"), 400
        return self.fault.deliver_profile(self.fault.profile(self._profile(grant)))

    def _proof(self, token: str) -> str:
        """Shows that whoever brings the token also has the app secret."""
        return hmac.new(self.issuer.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    def _profile(self, grant: Grant) -> dict[str, object]:
        """The fields that were asked for and are known; ``id`` always."""
        scope = grant.asked.scope.replace(",", " ")
        known = {**self.issuer.claims(grant.persona, scope), "id": self.subject(grant.persona)}
        fields = {"id", *request.args.get("fields", "id,name").split(",")}
        return {name: value for name, value in known.items() if name in fields}


def user_id(persona: Persona) -> str:
    """The app-scoped id of ``persona``."""
    return str(int(persona.digest(FACEBOOK.name), 16))[:17]


def signed_request(persona: Persona) -> str:
    """What Facebook posts as ``signed_request`` to the deauthorise and the data-deletion callback of the portal."""
    stated = {"algorithm": "HMAC-SHA256", "issued_at": int(time.time()), "user_id": user_id(persona)}
    payload = base64url(json.dumps(stated).encode())
    return f"{base64url(hmac.digest(FACEBOOK.client_secret.encode(), payload.encode(), 'sha256'))}.{payload}"


def _take_version(_: str | None, values: dict[str, object] | None) -> None:
    """Every version of the Graph API answers alike here; what is no version is not there."""
    version = values.pop("version", None) if values else None
    if version is not None and not _VERSION.fullmatch(str(version)):
        abort(404)
