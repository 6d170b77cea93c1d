"""The pretend Sign in with Apple: an OpenID provider that posts its answers and wants a signed client secret."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Mapping
from threading import Lock

from flask import Response, abort, request
from flask.typing import ResponseReturnValue
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from . import openid
from .code_flow import Asked, Grant
from .issuers import APPLE, KEY_ID, TEAM_ID, development_key
from .openid import OpenIdProvider
from .personas import Persona
from .provider import Fault, Fields, put
from .signing import Keys, rs256

LONGEST_SECRET_SECONDS = 15_777_000  # six months, Apple's own limit
CLOCK_SECONDS = 60
_FORGED_USER = {"name": {"firstName": "<b>曉明</b>", "lastName": "\u202e林"}, "email": "hsiaoming@example.com"}


def _refuse_client(_: Fields) -> ResponseReturnValue:
    return {"error": "invalid_client"}, 400


FAULTS: Mapping[str, Fault] = {
    **{name: fault for name, fault in openid.FAULTS.items() if name != "userinfo_other_subject"},  # it has no userinfo
    "client_refused": Fault("The client secret is refused.", "用戶端密鑰（client secret）遭拒。", token=_refuse_client),
    "forged_user": Fault("The unsigned form field 'user' carries somebody else's e-mail address and a hostile name.",
                         "未簽章的表單欄位user帶有他人的電子郵件地址與惡意姓名。",
                         callback=put(user=json.dumps(_FORGED_USER))),
}  # fmt: skip


class AppleProvider(OpenIdProvider):
    """Apple, and the consents it remembers: a name is told at the first one only."""

    required_scopes = frozenset()
    requires_pkce = False

    def __init__(self, keys: Keys) -> None:
        super().__init__(APPLE, keys, FAULTS)
        self._public_key = ECKey.import_key(development_key().public_key())
        self._consents: set[str] = set()
        self._lock = Lock()

    def err(self, name: str | None) -> bool:
        """Err in this way from now on; None also forgets who has consented."""
        if name is None:
            self._consents.clear()
        return super().err(name)

    def subject(self, persona: Persona) -> str:
        return f"000123.{super().subject(persona)}.0456"

    # --- what the relying party reads and asks for ---

    def metadata(self) -> Fields:
        """What Apple says of itself: nothing of userinfo, which it lacks, nor of PKCE."""
        unsaid = {"userinfo_endpoint", "code_challenge_methods_supported", "grant_types_supported"}
        apples = {
            "response_modes_supported": ["query", "form_post"],
            "scopes_supported": ["openid", "email", "name"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }
        return {**{name: value for name, value in super().metadata().items() if name not in unsaid}, **apples}

    def conditions(self, asked: Asked) -> Iterable[tuple[object, str]]:
        mode = asked["response_mode"]
        yield from super().conditions(asked)
        yield mode in {"", "query", "form_post"}, "response_mode must be query or form_post."
        plain_answer = mode == "form_post" or not {"name", "email"} & {*asked["scope"].split()}
        yield plain_answer, "response_mode must be form_post when name or email scope is requested."

    # --- what comes back ---

    def grant(self, asked: Asked, persona: Persona) -> Fields:
        """At the first consent with ``user``: who it is, in clear and unsigned."""
        user = self._told(asked, persona)
        with self._lock:
            first = persona.key not in self._consents
            self._consents.add(persona.key)
        told = {"user": json.dumps(user, ensure_ascii=False)} if first and user else {}
        return {**super().grant(asked, persona), **told}

    def _told(self, asked: Asked, persona: Persona) -> Fields:
        facts, scope = self.issuer.facts(persona), asked["scope"].split()
        name = str(facts["name"])
        told = {"name": {"firstName": name[1:], "lastName": name[:1]}, "email": facts["email"]}
        return {key: value for key, value in told.items() if key in scope}

    def send_back(self, asked: Asked, answer: Mapping[str, str]) -> Response:
        """Post the answer where that was asked for."""
        if asked["response_mode"] != "form_post":
            return super().send_back(asked, answer)
        return self.hand_over(asked["redirect_uri"], self.parameters(asked, answer))

    # --- what the relying party asks behind the person's back ---

    def client_refusal(self) -> ResponseReturnValue | None:
        """The answer to a client whose secret its team did not sign."""
        held = request.form.get("client_id") == self.issuer.client_id
        if held and self._is_signed_by_the_team(request.form.get("client_secret", "")):
            return None
        return {"error": "invalid_client"}, 400

    def _is_signed_by_the_team(self, secret: str) -> bool:
        """ES256 with the team's registered key, for this issuer, still good and not for longer than six months."""
        try:
            token = jwt.decode(secret, self._public_key, algorithms=["ES256"])
        except (JoseError, ValueError):
            return False
        now = time.time()
        match token.claims:
            case {"iss": str(iss), "sub": str(sub), "aud": str(aud), "iat": int(iat), "exp": int(exp)}:
                named = (token.header.get("kid"), iss, sub, aud) == (KEY_ID, TEAM_ID, self.issuer.client_id, self.url)
                return named and iat <= now + CLOCK_SECONDS and now < exp <= now + LONGEST_SECRET_SECONDS
            case _:
                return False

    def id_claims(self, grant: Grant, access_token: str) -> Fields:
        claims = {**super().id_claims(grant, access_token), "nonce_supported": True}
        return {name: value for name, value in claims.items() if name not in {"name", "amr"}}

    def userinfo(self) -> ResponseReturnValue:
        """There is none at Apple."""
        abort(404)

    def notice(self, persona: Persona, kind: str = "consent-revoked") -> str:
        """Make the ``payload`` that Apple posts when somebody leaves: an event as JSON in a text, in a signed token."""
        event = {"type": kind, "sub": self.subject(persona), "event_time": int(time.time() * 1000)}
        now, told = int(time.time()), {"iss": self.url, "aud": self.issuer.client_id, "events": json.dumps(event)}
        return rs256(self._keys, {**told, "iat": now, "exp": now + 86_400, "jti": secrets.token_hex(16)})
