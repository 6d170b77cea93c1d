"""A pretend OpenID provider: authorization code flow with PKCE, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from flask import Blueprint, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from .code_flow import TOKEN_SECONDS, Asked, CodeProvider, Grant, Rule, bearer, repetition
from .faults.making import Fields
from .faults.openid import FAULTS, NO_FAULT, OpenIdFault
from .issuers import Issuer
from .signing import Keys, left_half_hash


class OpenIdProvider(CodeProvider[OpenIdFault]):
    """The endpoints of one issuer (OpenID Connect Core 1.0)."""

    def __init__(self, issuer: Issuer, keys: Keys, faults: Mapping[str, OpenIdFault] = FAULTS) -> None:
        super().__init__(issuer, faults, NO_FAULT)
        self._key_pair = keys

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.get("/.well-known/openid-configuration")(self.discovery)
        routes.get("/jwks")(self.jwks)
        routes.get("/authorize")(self.authorize)
        routes.post("/token")(self.token)
        routes.route("/userinfo", methods=["GET", "POST"])(self.userinfo)
        return routes

    @property
    def _keys(self) -> Keys:
        return self._key_pair.rotated() if self.fault.rotated else self._key_pair

    # --- what the relying party reads beforehand ---

    def discovery(self) -> ResponseReturnValue:
        return jsonify(self.fault.discovery(self.metadata()))

    def metadata(self) -> Fields:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["pairwise"],
            "scopes_supported": ["openid", *self.issuer.scopes],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": self.issuer.sends_iss,
        }

    def jwks(self) -> ResponseReturnValue:
        return jsonify(self._keys.jwks())

    # --- what the person sees ---

    def rules(self, asked: Asked) -> Iterable[Rule]:
        yield asked.response_type == "code", "unsupported_response_type", "response_type must be code"
        yield "openid" in asked.scope.split(), "invalid_scope", "scope must contain openid"
        yield asked.state, "invalid_request", "state is missing"
        yield asked.nonce, "invalid_request", "nonce is missing"
        yield from asked.pkce(required=True)

    def parameters(self, asked: Asked, answer: Mapping[str, str]) -> Fields:
        """With our ``iss``, on errors too (RFC 9207 section 2)."""
        return super().parameters(asked, {**answer, "iss": self.url} if self.issuer.sends_iss else answer)

    # --- what the relying party asks behind the person's back ---

    def token(self) -> ResponseReturnValue:
        if self.fault.moved and "moved" not in request.args:
            return redirect(f"{self.url}/token?moved=1", 307)  # whoever follows sends code and secret once more
        if (refusal := self.client_refusal()) is not None:
            return refusal
        if error := repetition(request.form):
            return error, 400
        if request.form.get("grant_type") != "authorization_code":
            return {"error": "unsupported_grant_type"}, 400
        grant = self.redeem(request.form)
        if grant is None:
            return {"error": "invalid_grant"}, 400
        return self.fault.deliver(self.fault.token(self._tokens_for(grant)))

    def client_refusal(self) -> ResponseReturnValue | None:
        """The answer to a client that is not ours; it says so by header or by body, never by both (RFC 6749, 2.3)."""
        header, body = request.authorization, request.form
        given = (header.username, header.password) if header else (body.get("client_id"), body.get("client_secret"))
        both_or_neither = (header is not None) == ("client_secret" in body)
        if both_or_neither or given != (self.issuer.client_id, self.issuer.client_secret):
            return {"error": "invalid_client"}, 401, {"WWW-Authenticate": 'Basic realm="sandbox"'}
        return None

    def _tokens_for(self, grant: Grant) -> Fields:
        access_token = self._tokens.keep(grant)
        id_token = self.fault.sign(self._keys, self.fault.id_token(self.id_claims(grant, access_token)))
        bearer = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return {**bearer, "id_token": id_token}

    def id_claims(self, grant: Grant, access_token: str) -> Fields:
        now = int(time.time())
        profile = self.profile(grant) if self.issuer.claims_in_token else {"sub": self.subject(grant.persona)}
        return {
            **profile,
            "iss": self.url,
            "aud": self.issuer.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": grant.at,
            "nonce": grant.asked.nonce,
            "amr": list(grant.persona.methods),
            "at_hash": left_half_hash(access_token),
        }

    def userinfo(self) -> ResponseReturnValue:
        grant = self._tokens.look(bearer())
        if grant is None:
            return {"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return jsonify(self.fault.userinfo(self.profile(grant)))

    def profile(self, grant: Grant) -> Fields:
        return {**self.issuer.claims(grant.persona, grant.asked.scope), "sub": self.subject(grant.persona)}
