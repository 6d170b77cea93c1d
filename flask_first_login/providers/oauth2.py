"""OAuth 2.0 with a profile call, as Facebook's Graph does it: no ID token says who it is, the profile does."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime

from ..errors import SignInError
from .answers import error_in
from .base import Registration, Start
from .claims import Claims, is_subject, value_at
from .code_flow import CodeClient
from .http_client import Wire, get_json, one_step
from .protocols import OAuth2


class OAuth2Client(CodeClient):
    """Begins sign-ins at one OAuth 2.0 provider and completes them with its profile call."""

    def __init__(self, registration: Registration, protocol: OAuth2, wire: Wire) -> None:
        super().__init__(registration, protocol, wire)
        self.protocol = protocol

    def begin(self, start: Start) -> str:
        return self._authorization_url(self.protocol.authorize_url, start)

    @one_step()
    def complete(self, answer: Mapping[str, str], start: Start) -> Claims:
        if answer.get("iss", self.protocol.issuer) != self.protocol.issuer:
            detail = "the answer names another issuer (iss)"
            raise SignInError("wrong_issuer", provider=self.name, phase="callback", detail=detail)
        token = self._tokens(self.protocol.token_url, self._code(answer), start).access_token
        if token is None:
            raise SignInError("provider_error", provider=self.name, phase="token", detail="no access token")
        profile = self._profile(token)
        subject = value_at(profile, self.protocol.subject)
        if isinstance(subject, int) and not isinstance(subject, bool):
            subject = str(subject)
        if not isinstance(subject, str) or not is_subject(subject):
            raise SignInError("provider_error", provider=self.name, phase="userinfo", detail="no subject")
        return Claims(self.name, self.protocol.issuer, subject, datetime.now(UTC), profile)

    def _profile(self, access_token: str) -> dict[str, object]:
        """Fetch the profile; the token travels in the header, and ``appsecret_proof`` shows that it was given to us.

        The token comes from the token endpoint alone, for a code under our secret, and Facebook refuses the proof for
        a token of another app: a further call (``debug_token``) could tell no more (RFC 9700, 4.6).
        """
        params = dict(self.protocol.profile_params)
        if self.protocol.proof:
            secret = self.registration.secret().encode()
            params["appsecret_proof"] = hmac.new(secret, access_token.encode(), hashlib.sha256).hexdigest()
        url, bearer = self.protocol.profile_url, {"Authorization": f"Bearer {access_token}"}
        profile = get_json(self._wire, url, provider=self.name, phase="userinfo", headers=bearer, params=params)
        if error_in(profile) is not None:
            raise SignInError("provider_error", provider=self.name, phase="userinfo", detail="error in the answer")
        return profile
