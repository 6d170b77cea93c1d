"""A pretend OpenID provider: authorization code flow with PKCE, and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from . import code_flow, signing
from .code_flow import TOKEN_SECONDS, Asked, CodeProvider, Grant, bearer, repetition
from .issuers import Issuer
from .provider import ELSEWHERE, HUGE, Change, Fault, Fields, drop, maintenance_page, put, slow_json, unchanged
from .signing import Keys


def _shift(seconds: int) -> Change:
    """Issue the token that much later, and for as long."""
    return lambda claims: {**claims, "iat": claims["iat"] + seconds, "exp": claims["exp"] + seconds}


def _for_another_client(claims: Fields) -> Fields:
    """Issue the token to somebody else, with ``azp`` ours: a check of ``azp`` alone lets it pass."""
    return {**claims, "aud": "another-client", "azp": claims["aud"]}


def _advertise(algorithm: str) -> Change:
    return put(id_token_signing_alg_values_supported=["RS256", algorithm])


def _refuse_code(_: Fields) -> ResponseReturnValue:
    return {"error": "invalid_grant", "error_description": "<b>not</b> today"}, 400


def _redirect_once(url: str) -> ResponseReturnValue | None:
    """Redirect to the same endpoint: whoever follows sends code and secret once more."""
    return None if "moved" in request.args else redirect(f"{url}?moved=1", 307)


def _stay(_: str) -> ResponseReturnValue | None:
    return None


#: The hooks ``discovery``, ``id_token`` and ``userinfo`` change what is said, ``token`` the answer of the token
#: endpoint; ``sign`` signs the ID token, ``keys`` chooses the issuer's keys, ``moved`` redirects the token endpoint.
FAULTS: Mapping[str, Fault] = {
    **code_flow.FAULTS,
    # --- the claims of the ID token ---
    "wrong_nonce": Fault("The ID token answers another request (nonce).", "ID token回應的是另一次請求（nonce不符）。",
                         id_token=put(nonce="another-nonce")),
    "wrong_audience": Fault("The ID token is meant for another client (aud).", "ID token是給其他網站的（aud不符）。",
                            id_token=_for_another_client),
    "foreign_azp": Fault("The ID token was asked for by another client (azp).", "ID token是其他網站要求的（azp不符）。",
                         id_token=put(azp="another-client")),
    "wrong_issuer": Fault("The ID token comes from another issuer (iss).", "ID token是其他機構簽發的（iss不符）。",
                          id_token=put(iss=ELSEWHERE)),
    "expired": Fault("The ID token has expired.", "ID token已過期。", id_token=_shift(-7200)),
    "issued_in_future": Fault("The ID token was issued in the future.", "ID token的簽發時間在未來。",
                              id_token=_shift(7200)),
    "missing_sub": Fault("The ID token has no subject.", "ID token沒有sub。", id_token=drop("sub")),
    "missing_exp": Fault("The ID token never expires.", "ID token沒有exp。", id_token=drop("exp")),
    "wrong_at_hash": Fault("The ID token belongs to another access token.",
                           "ID token屬於另一個access token（at_hash不符）。",
                           id_token=put(at_hash=signing.left_half_hash("another-token"))),
    # --- its signature ---
    "alg_none": Fault("The ID token is not signed (alg none).", "ID token沒有簽章（alg為none）。",
                      sign=signing.unsigned, discovery=_advertise("none")),
    "hs256_with_public_key": Fault("The ID token is signed with the public key as an HMAC secret.",
                                   "ID token以公鑰當作HMAC密鑰簽章。",
                                   sign=signing.hs256_with_public_key, discovery=_advertise("HS256")),
    "unknown_kid": Fault("The ID token names a key that is not published.", "ID token指明的金鑰未公布。",
                         sign=signing.with_unknown_kid),
    "no_kid": Fault("The ID token names no key; with one published key this is allowed.",
                    "ID token未指明金鑰；只公布一把時允許。", sign=signing.without_kid),
    "bad_signature": Fault("The ID token is signed with somebody else's key.", "ID token以他人的金鑰簽章。",
                           sign=signing.with_a_foreign_key),
    "rotated_key": Fault("The provider has changed its key, which is allowed.", "已更換簽章金鑰，這是允許的。",
                         keys=Keys.rotated),
    # --- the other answers ---
    "no_id_token": Fault("The token answer has no ID token.", "回應中沒有ID token。", token=drop("id_token")),
    "userinfo_other_subject": Fault("The profile is about somebody else.", "使用者資料屬於另一個人。",
                                    id_token=drop("name"), userinfo=put(sub="another-subject")),
    "discovery_wrong_issuer": Fault("The metadata names another issuer.", "服務說明文件屬於其他機構。",
                                    discovery=put(issuer=ELSEWHERE)),
    "wrong_iss_parameter": Fault("The answer names another issuer (mix-up attack).",
                                 "返回時指明的是其他機構（混淆攻擊）。", callback=put(iss=ELSEWHERE)),
    "token_error": Fault("The code is refused.", "code遭拒。", token=_refuse_code),
    "not_json": Fault("Instead of tokens, a maintenance page comes.", "回應的是維護公告網頁。", token=maintenance_page),
    "huge_answer": Fault("The token answer is huge.", "token回應過大。", token=put(padding="x" * HUGE)),
    "slow": Fault("The token answer takes half a minute.", "token回應需時半分鐘。", token=slow_json),
    "redirecting_token": Fault("The token endpoint redirects.", "token服務轉址。", moved=_redirect_once),
}  # fmt: skip


class OpenIdProvider(CodeProvider):
    """The endpoints of one issuer (OpenID Connect Core 1.0)."""

    login_path = "/authorize"
    required_scopes = frozenset({"openid"})
    requires_pkce = True

    def __init__(self, issuer: Issuer, keys: Keys, faults: Mapping[str, Fault] = FAULTS) -> None:
        super().__init__(issuer, faults)
        self._key_pair = keys

    def blueprint(self) -> Blueprint:
        routes = super().blueprint()
        routes.get("/.well-known/openid-configuration")(self.discovery)
        routes.get("/jwks")(self.jwks)
        routes.post("/token")(self.token)
        routes.route("/userinfo", methods=["GET", "POST"])(self.userinfo)
        return routes

    # --- what the relying party reads beforehand ---

    def discovery(self) -> ResponseReturnValue:
        """Publish the metadata (OpenID Connect Discovery 1.0 section 4)."""
        return self.hook("discovery", unchanged)(self.metadata())

    def metadata(self) -> Fields:
        """What the issuer says of itself."""
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

    @property
    def _keys(self) -> Keys:
        return self.hook("keys", Keys.unrotated)(self._key_pair)

    def jwks(self) -> ResponseReturnValue:
        """Publish the public key."""
        return self._keys.jwks()

    # --- what comes back ---

    def parameters(self, asked: Asked, answer: Mapping[str, str]) -> Fields:
        """With our ``iss``, on errors too (RFC 9207 section 2)."""
        return super().parameters(asked, {**answer, "iss": self.url} if self.issuer.sends_iss else answer)

    # --- what the relying party asks behind the person's back ---

    def token(self) -> ResponseReturnValue:
        """Exchange a code for an access token and an ID token."""
        refusal = self.hook("moved", _stay)(f"{self.url}/token") or self.client_refusal()
        if refusal is not None:
            return refusal
        if error := repetition(request.form):
            return error, 400
        if request.form.get("grant_type") != "authorization_code":
            return {"error": "unsupported_grant_type"}, 400
        grant = self.redeem(request.form)
        if grant is None:
            return {"error": "invalid_grant"}, 400
        return self.hook("token", unchanged)(self._tokens_for(grant))

    def client_refusal(self) -> ResponseReturnValue | None:
        """The answer to a client that is not ours; it says so by header or by body, never by both (RFC 6749, 2.3)."""
        header, body = request.authorization, request.form
        given = (header.username, header.password) if header else (body.get("client_id"), body.get("client_secret"))
        both_or_neither = (header is not None) == ("client_secret" in body)
        if both_or_neither or given != (self.issuer.client_id, self.issuer.client_secret):
            return {"error": "invalid_client"}, 401, {"WWW-Authenticate": 'Basic realm="sandbox"'}
        return None

    def _tokens_for(self, grant: Grant) -> Fields:
        access_token = self._tokens.put(grant)
        claims = self.hook("id_token", unchanged)(self.id_claims(grant, access_token))
        bearer = {"access_token": access_token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS}
        return {**bearer, "id_token": self.hook("sign", signing.rs256)(self._keys, claims)}

    def id_claims(self, grant: Grant, access_token: str) -> Fields:
        """What the ID token states (OpenID Connect Core 1.0 section 2)."""
        now = int(time.time())
        profile = self.profile(grant) if self.issuer.claims_in_token else {"sub": self.subject(grant.persona)}
        return {
            **profile,
            "iss": self.url,
            "aud": self.issuer.client_id,
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "auth_time": grant.at,
            "nonce": grant.asked["nonce"],
            "amr": list(grant.persona.methods),
            "at_hash": signing.left_half_hash(access_token),
        }

    def userinfo(self) -> ResponseReturnValue:
        """Tell the profile to whoever brings an access token."""
        grant = self._tokens.get(bearer())
        if grant is None:
            return {"error": "invalid_token"}, 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return self.hook("userinfo", unchanged)(self.profile(grant))

    def profile(self, grant: Grant) -> Fields:
        """What is stated about the person, of what was asked for."""
        return {**self.issuer.claims(grant.persona, grant.asked["scope"]), "sub": self.subject(grant.persona)}
