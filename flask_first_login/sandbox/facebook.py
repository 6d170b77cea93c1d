"""The pretend Facebook: OAuth 2.0 with a profile call to the Graph API, and the requests that Facebook itself signs."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from . import code_flow
from .code_flow import TOKEN_SECONDS, Asked, CodeProvider, Grant, bearer, repetition
from .issuers import FACEBOOK
from .personas import Persona
from .provider import HUGE, Fault, Fields, drop, maintenance_page, put, slow_json, unchanged
from .signing import base64url


def graph_error(message: str, code: int, kind: str = "OAuthException") -> Fields:
    """An error as the Graph API wraps it."""
    return {"error": {"message": message, "type": kind, "code": code, "fbtrace_id": "sandbox"}}


def _refuse_code(_: Fields) -> ResponseReturnValue:
    return graph_error("This authorization code has been used.", 100), 400


#: The hook ``token`` changes the answer of the token endpoint, ``profile`` the one of the Graph API.
FAULTS: Mapping[str, Fault] = {
    **code_flow.FAULTS,
    "graph_error_in_200": Fault("The profile answer is an error, with HTTP 200.", "以HTTP 200回應錯誤訊息。",
                                profile=lambda _: graph_error("Please retry your request later.", 2)),
    "no_id": Fault("The profile has no id.", "個人資料沒有id。", profile=drop("id")),
    "token_error": Fault("The code is refused.", "code遭拒。", token=_refuse_code),
    "no_access_token": Fault("The token answer has no access token.", "回應中沒有access token。",
                             token=drop("access_token")),
    "not_json": Fault("Instead of a profile, a maintenance page comes.", "回應的是維護公告網頁。",
                      profile=maintenance_page),
    "huge_answer": Fault("The profile is huge.", "個人資料過大。", profile=put(padding="x" * HUGE)),
    "slow": Fault("The profile takes half a minute.", "個人資料需時半分鐘才回應。", profile=slow_json),
}  # fmt: skip


class FacebookProvider(CodeProvider):
    """The login dialog and the Graph API, at any version of it."""

    login_path = "/v<float:version>/dialog/oauth"
    decide_path = "/authorize/decide"
    response_types = frozenset({"", "code"})
    required = ("state",)

    def __init__(self) -> None:
        super().__init__(FACEBOOK, FAULTS)

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.route("/v<float:version>/oauth/access_token", methods=["GET", "POST"])(self.access_token)
        routes.get("/v<float:version>/me")(self.me)
        routes.url_value_preprocessor(_forget_version)
        return routes

    def subject(self, persona: Persona) -> str:
        """Digits, as Facebook's app-scoped ids are."""
        return user_id(persona)

    def send_back(self, asked: Asked, answer: Mapping[str, str]) -> Response:
        """With the fragment that Facebook hangs on, which browsers keep to themselves."""
        response = super().send_back(asked, answer)
        response.headers["Location"] += "#_=_"
        return response

    # --- what the relying party asks behind the person's back ---

    def access_token(self) -> ResponseReturnValue:
        """Exchange a code for an access token."""
        sent = request.values
        if repetition(sent) or sent.get("client_id") != self.issuer.client_id:
            return graph_error("Error validating application. Invalid application ID.", 101), 400
        if sent.get("client_secret") != self.issuer.client_secret:
            return graph_error("Error validating client secret.", 1), 400
        grant = self.redeem(sent)
        if grant is None:
            return graph_error("Error validating verification code.", 100), 400
        token = {"access_token": self._tokens.put(grant), "token_type": "bearer", "expires_in": TOKEN_SECONDS}
        return self.hook("token", unchanged)(token)

    def me(self) -> ResponseReturnValue:
        """Tell the profile to whoever brings an access token and shows to have the app secret."""
        token = bearer() or request.args.get("access_token", "")
        grant = self._tokens.get(token)
        if grant is None:
            return graph_error("Invalid OAuth access token - Cannot parse access token", 190), 400
        if not hmac.compare_digest(request.args.get("appsecret_proof", "").encode(), self._proof(token).encode()):
            return graph_error("Invalid appsecret_proof provided in the API argument", 100, "GraphMethodException"), 400
        return self.hook("profile", unchanged)(self._profile(grant))

    def _proof(self, token: str) -> str:
        """Shows that whoever brings the token also has the app secret."""
        return hmac.new(self.issuer.client_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

    def _profile(self, grant: Grant) -> Fields:
        """The fields that were asked for and are known; ``id`` always."""
        scope = grant.asked["scope"].replace(",", " ")
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


def _forget_version(_: str | None, values: dict[str, object] | None) -> None:
    """Answer every version of the Graph API alike."""
    if values:
        values.clear()
