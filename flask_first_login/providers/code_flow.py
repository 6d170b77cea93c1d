"""The authorization code flow with PKCE, by Authlib's own parts.

Every call is bounded in time and size. Nothing of a sign-in is kept on an object, so any number of threads may share
one.
"""

from __future__ import annotations

from collections.abc import Mapping

from authlib.common.errors import AuthlibBaseError
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.client import OAuth2Client
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from ..errors import SignInError
from .base import OAuth2, Oidc, Registration, Start
from .http_client import FORM, Answer, Wire, failure

#: The codes of an OAuth error answer that mean something to a learner (RFC 6749, 4.1.2.1; OpenID Core, 3.1.2.6).
#: What else a provider writes there is its own affair and is shown to nobody.
ERRORS = {
    "access_denied": "cancelled",
    "user_cancelled_authorize": "cancelled",
    "user_cancelled_login": "cancelled",
    "consent_required": "cancelled",
    "login_required": "cancelled",
    "interaction_required": "cancelled",
    "temporarily_unavailable": "provider_down",
    "server_error": "provider_down",
}
#: The codes of a token endpoint that refuses the portal itself, whatever the code is (RFC 6749, 5.2).
OF_PORTAL = ("invalid_client", "unauthorized_client")


class CodeClient:
    """The authorization code flow at one provider (RFC 6749, 4.1; RFC 7636), common to OpenID Connect and OAuth 2.0."""

    def __init__(self, registration: Registration, protocol: Oidc | OAuth2) -> None:
        self.registration, self.name = registration, registration.provider.name
        self._protocol = protocol
        self._wire = Wire(allow_private=registration.allow_private)

    def _authorization_url(self, where: str, start: Start, **own: str) -> str:
        """Make the URL of a sign-in, with PKCE S256 also where the provider does not advertise it (RFC 9700, 2.1.1)."""
        extra = {**self._protocol.authorize_params, **(self._protocol.step_up_params if start.step_up else {})}
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
        if "error" in answer:
            raise SignInError(ERRORS.get(answer["error"], "provider_error"), provider=self.name, phase="callback")
        if not answer.get("code"):
            raise SignInError("bad_request", provider=self.name, phase="callback", detail="no code")
        return answer["code"]

    def _token(self, where: str, code: str, start: Start) -> dict[str, object]:
        try:
            answer = ask_for_token(
                self._wire,
                self.registration,
                where,
                self._protocol.token_auth,
                code=code,
                verifier=start.verifier,
                redirect_uri=start.redirect_uri,
            )
            token = _Client(self._wire).parse_response_token(answer)
        except AuthlibBaseError as error:
            of_portal = getattr(error, "error", None) in OF_PORTAL  # some write an object there
            detail = f"{why(error)}{': the portal itself' if of_portal else ''}"
            raise SignInError(
                "code_refused", provider=self.name, phase="token", detail=detail, of_portal=of_portal
            ) from None
        except TOKEN_ANSWER_ERRORS as error:
            raise failure(error, provider=self.name, phase="token") from None
        if not isinstance(token, dict) or not _is_bearer(token.get("access_token")):
            raise SignInError("provider_error", provider=self.name, phase="token", detail="no access token")
        if not _is_known_type(token):
            raise SignInError("provider_error", provider=self.name, phase="token", detail="token_type is not Bearer")
        return dict(token)


def ask_for_token(
    wire: Wire, registration: Registration, where: str, token_auth: str, *, code: str, verifier: str, redirect_uri: str
) -> Answer:
    """Exchange a code at a token endpoint by Authlib's own parts, each once.

    Its ``fetch_token`` encodes the form, reads it again for the session to encode, and once more for the secret to be
    added (150 us).

    :raises OSError: as `Wire.send`, and ValueError.
    """
    client = {"client_id": registration.client_id, "client_secret": registration.secret()}
    in_form = token_auth == "client_secret_post"
    form = prepare_token_request(
        "authorization_code",
        redirect_uri=redirect_uri,
        code=code,
        code_verifier=verifier,
        **(client if in_form else {}),
    )
    headers = {"Accept": "application/json", "Content-Type": FORM}
    if not in_form:
        _, headers, form = ClientAuth(**client).prepare("POST", where, headers, form)
    return wire.post(where, form.encode(), headers=headers)


class CodeRefused(AuthlibBaseError):  # type: ignore[misc]  # Authlib has no types
    """A token endpoint said why it gives no token (RFC 6749, 5.2)."""


class _Client(OAuth2Client):  # type: ignore[misc]  # Authlib has no types
    #: Authlib's own refuses a description with a character that RFC 6749 does not allow there; providers write them.
    oauth_error_class = CodeRefused


#: Everything that a token answer can make its readers raise.
TOKEN_ANSWER_ERRORS = (OSError, ValueError, TypeError, AttributeError, RecursionError, OverflowError)


def _is_bearer(token: object) -> bool:
    """Admit what a header can carry: visible ASCII (RFC 6750, 2.1)."""
    return isinstance(token, str) and token != "" and all(" " < character <= "~" for character in token)


def _is_known_type(token: Mapping[str, object]) -> bool:
    """Tell whether a token is one to send as a bearer token, in whatever case that is written (RFC 6749, 5.1 and 7.1).

    An answer that leaves the type out is taken, as older providers leave it out: what is sent is a bearer token
    either way. One of another type (``mac``, ``DPoP``) promises a proof that we would leave out.
    """
    kind = token.get("token_type", "Bearer")
    return isinstance(kind, str) and kind.lower() == "bearer"


def why(error: Exception) -> str:
    """Name the kind of failure for the log: never the provider's text, which could forge a log line."""
    claim = getattr(error, "claim", None)
    return f"{type(error).__name__}{f' {claim}' if isinstance(claim, str) and claim.isidentifier() else ''}"
