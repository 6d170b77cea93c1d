"""The authorization code flow with PKCE, by Authlib's own parts.

Every call is bounded in time and size. Nothing of a sign-in is kept on an object, so any number of threads may share
one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import quote_plus

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from ..errors import SignInError
from .answers import Tokens, read_tokens, refusal_in
from .base import Registration, Start
from .http_client import Answer, Wire, failure
from .protocols import OAuth2, Oidc


class CodeClient:
    """The authorization code flow at one provider (RFC 6749, 4.1; RFC 7636), common to OpenID Connect and OAuth 2.0."""

    def __init__(self, registration: Registration, protocol: Oidc | OAuth2, wire: Wire) -> None:
        self.registration, self.name = registration, registration.provider.name
        self._protocol, self._wire = protocol, wire

    def _authorization_url(self, where: str, start: Start, **own: str) -> str:
        """Make the URL of a sign-in, with PKCE S256 also where the provider does not advertise it (RFC 9700, 2.1.1)."""
        chosen = self._protocol.choose_account_params if start.choose else {}
        stronger = self._protocol.step_up_params if start.step_up else {}
        extra = {**self._protocol.authorize_params, **chosen, **stronger}
        extra |= self._asked(start.fresh)  # last: a `max_age` of the setting would have the person never asked
        url = prepare_grant_uri(
            where,
            client_id=self.registration.client_id,
            response_type="code",
            redirect_uri=start.redirect_uri,
            scope=self._protocol.scope,
            state=start.state,
            code_challenge=create_s256_code_challenge(start.verifier),
            code_challenge_method="S256",
            **extra,
            **own,
        )
        return str(url)

    def _asked(self, fresh: bool) -> dict[str, str]:
        """Return what else of the protocol is asked for."""
        return {}

    def _code(self, answer: Mapping[str, str]) -> str:
        if (refusal := refusal_in(answer)) is not None:
            code, detail = refusal
            raise SignInError(code, provider=self.name, phase="callback", detail=detail)
        if not answer.get("code"):
            raise SignInError("bad_request", provider=self.name, phase="callback", detail="no code")
        return answer["code"]

    def _tokens(self, where: str, code: str, start: Start) -> Tokens:
        asked = {"code": code, "verifier": start.verifier, "redirect_uri": start.redirect_uri}
        try:
            answer = ask_for_token(self._wire, self.registration, where, self._protocol.token_auth, **asked)
        except (OSError, ValueError) as error:
            raise failure(error, provider=self.name, phase="token") from None
        return read_tokens(answer, self.name)


def ask_for_token(
    wire: Wire, registration: Registration, where: str, token_auth: str, *, code: str, verifier: str, redirect_uri: str
) -> Answer:
    """Exchange a code at a token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.5).

    :raises OSError: as `Wire.send`, and ValueError.
    """
    client = {"client_id": registration.client_id, "client_secret": registration.secret()}
    in_form = token_auth == "client_secret_post"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    headers = {"Accept": "application/json"}
    if not in_form:
        protocol = registration.provider.protocol
        as_is = isinstance(protocol, Oidc | OAuth2) and protocol.basic_as_is
        headers["Authorization"] = _basic(*client.values(), as_is=as_is)
    return wire.post(where, form | (client if in_form else {}), headers=headers)


def _basic(client_id: str, secret: str, *, as_is: bool) -> str:
    """Write id and secret as a header, form-encoded first (RFC 6749, 2.3.1): a colon or a ``%`` in one would otherwise
    be read as another."""
    pair = [part if as_is else quote_plus(part, safe="*") for part in (client_id, secret)]
    return f"Basic {b64encode(':'.join(pair).encode()).decode()}"
