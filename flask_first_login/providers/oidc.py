"""OpenID Connect: a relying party for one provider, with the keys, the issuer and the profile each checked."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

from ..errors import SignInError
from ..identity import Standing
from ..masking import plain
from ..names import full_name
from .answers import Tokens, error_in, read_json, said
from .base import Registration, Start
from .claims import Claims, value_at
from .claims_to_identity import claims_needed, claims_read
from .code_flow import CodeClient
from .discovery_and_keys import KEYS_SECONDS, METADATA_SECONDS, Endpoints, Kept, Key, endpoints, signing_keys
from .http_client import Wire, get_content, get_json, one_step
from .id_token import NotVerified, check_claims, verified
from .protocols import Oidc

logger = logging.getLogger("flask_first_login")

LARGEST_USER = 4 * 1024
PARTS = ("lastName", "firstName")
NEVER_FROM_PROFILE = frozenset({"iss", "aud", "sub", "nonce", "exp", "iat", "nbf", "azp", "auth_time", "at_hash"})


class OpenIdClient(CodeClient):
    """Begins sign-ins at one OpenID provider and completes them (OpenID Connect Core 1.0, 3.1; RFC 9207)."""

    def __init__(self, registration: Registration, protocol: Oidc, wire: Wire) -> None:
        super().__init__(registration, protocol, wire)
        self.protocol = protocol
        self._endpoints = Kept(self._fetch_endpoints, METADATA_SECONDS)
        self._keys = Kept(self._fetch_keys, KEYS_SECONDS)
        provider = registration.provider
        is_known = provider.enrich is None  # a host's `enrich` may read whatever comes
        self._claims_read = claims_read(provider.identify) if is_known else None
        self._claims_needed = claims_needed(provider.identify) if is_known else None

    @one_step()
    def begin(self, start: Start) -> str:
        return self._authorization_url(self._endpoints.get().authorization, start, nonce=start.nonce)

    def _asked(self, fresh: bool) -> dict[str, str]:
        asked = {"response_mode": "form_post"} if self.protocol.form_post else {}
        if fresh:  # OpenID Connect Core 1.0, 3.1.2.1: a wish, which is met when the ID token says so (see `freshness`)
            asked |= {"prompt": "login", "max_age": "0"}
        return asked

    @one_step()
    def complete(self, answer: Mapping[str, str], start: Start) -> Claims:
        self._check_issuer(answer.get("iss"))
        tokens = self._tokens(self._endpoints.get().token, self._code(answer), start)
        if tokens.id_token is None:
            raise SignInError("id_token_missing", provider=self.name, phase="token", detail="no id_token in the answer")
        stated = self._id_token(tokens, start.nonce)
        self._check_wishes(stated, step_up=start.step_up)
        values = {**self._greeting(answer.get("user")), **_beside(self._userinfo(tokens, stated, start), stated)}
        proved_at = _moment(stated.get("auth_time"))
        at = proved_at or _moment(stated["iat"]) or datetime.now(UTC)
        return Claims(self.name, self.protocol.issuer, str(stated["sub"]), at, values, proved_at)

    @one_step()
    def sign_out_url(self, back_to: str, state: str) -> str | None:
        """Make the URL at which the person signs out there too; None where none is offered (OpenID Connect RP-Initiated
        Logout 1.0, 2). Without the ID token, which is not kept, the provider may ask the person to confirm it.

        :raises SignInError: ``provider_down`` or ``provider_error``.
        """
        where = self._endpoints.get().end_session
        query = {"client_id": self.registration.client_id, "post_logout_redirect_uri": back_to, "state": state}
        return None if where is None else f"{where}{'&' if urlsplit(where).query else '?'}{urlencode(query)}"

    def _check_issuer(self, iss: str | None) -> None:
        """Refuse an answer that names another issuer, or none although the provider promises one (RFC 9207, 2.4).

        A mix-up attack makes us send provider A's code to provider B; the issuer in the answer stops it.
        """
        if (iss is None and self._endpoints.get().sends_iss) or (iss is not None and iss not in self._issuers()):
            detail = "the answer names no issuer (iss)" if iss is None else "the answer names another issuer (iss)"
            raise SignInError("wrong_issuer", provider=self.name, phase="callback", detail=detail)

    def _check_wishes(self, stated: Mapping[str, object], *, step_up: bool) -> None:
        """Refuse a token that does not do what this portal asks for beyond the protocol.

        What stands in the address is a wish, which the browser may drop and a provider need not heed (OpenID Connect
        Core 1.0, 3.1.2.1, on ``acr_values``).
        """
        for name, wanted in self.protocol.required_claims.items():
            said = stated.get(name)
            if not isinstance(said, str) or not said or wanted not in (said, "*"):
                raise SignInError(
                    "account_not_accepted", provider=self.name, phase="id_token", detail=f"not {name} as required"
                )
        wanted_levels = self.protocol.step_up_params.get("acr_values", "").split() if step_up else []
        if wanted_levels and stated.get("acr") not in wanted_levels:
            raise SignInError(
                "step_up_not_met", provider=self.name, phase="id_token", detail="acr is not the level asked for"
            )

    def _fetch_endpoints(self) -> Endpoints:
        url = self.protocol.discovery_url
        return endpoints(get_json(self._wire, url, provider=self.name, phase="discovery"), self.protocol, self.name)

    def _fetch_keys(self) -> tuple[Key, ...]:
        url = self._endpoints.get().jwks
        return signing_keys(get_json(self._wire, url, provider=self.name, phase="jwks"), self.name)

    def _issuers(self) -> frozenset[str]:
        return self.protocol.issuer_aliases | {self.protocol.issuer}

    def _id_token(self, tokens: Tokens, nonce: str) -> dict[str, object]:
        try:
            token = verified(str(tokens.id_token), self._keys, self._algorithms())
            return check_claims(
                token.claims,
                token.header,
                issuers=self._issuers(),
                client_id=self.registration.client_id,
                trusted=self.protocol.trusted_audiences,
                nonce=nonce,
                access_token=tokens.access_token,
            )
        except NotVerified as error:
            raise SignInError("id_token_invalid", provider=self.name, phase="id_token", detail=str(error)) from None

    @one_step()
    def signed(self, text: str) -> dict[str, object]:
        """Read a token that the provider itself signed and posted; whom it is for and when, its reader checks.

        :raises NotVerified: it did not sign it.
        :raises SignInError: ``provider_down`` or ``provider_error``, when its keys cannot be had.
        """
        return said(verified(text, self._keys, self._algorithms()).claims)

    def _algorithms(self) -> frozenset[str]:
        """Return our allow-list, which the provider's metadata may narrow and never widen (RFC 8725, 3.1)."""
        advertised = self._endpoints.get().algorithms
        ours = frozenset(self.protocol.algorithms)
        return ours & advertised if advertised is not None else ours

    def _userinfo(self, tokens: Tokens, stated: Mapping[str, object], start: Start) -> dict[str, object]:
        """Fetch further claims, where the ID token leaves out one that the identity is made of.

        That they are refused costs them, and not the sign-in where the ID token says whose the identity is. An answer
        about another subject is refused always (OpenID Connect Core 1.0, 5.3.2).
        """
        url = self._endpoints.get().userinfo
        says_enough = _says(stated, self._claims_read) and not start.all_claims
        if url is None or says_enough:
            return {}
        try:
            profile = self._profile(url, tokens.access_token)
        except SignInError as refused:
            if refused.code == "id_token_invalid" or not _says(stated, self._claims_needed):
                raise
            why = plain(refused.detail)
            logger.warning("UserInfo of %s: %s; it goes on with what the ID token says", self.name, why)
            return {}
        if (subject := profile.get("sub")) != stated["sub"]:
            detail = "it does not say sub" if subject is None else "sub is another"
            raise SignInError("userinfo_mismatch", provider=self.name, phase="userinfo", detail=detail)
        return {name: value for name, value in profile.items() if name not in NEVER_FROM_PROFILE}

    def _profile(self, url: str, access_token: str | None) -> Mapping[str, object]:
        """Fetch the profile: a JSON object, or a signed token of one, which is then verified.

        :raises SignInError: ``provider_down``, ``provider_error``, and ``id_token_invalid`` for a token that proves
            nothing.
        """
        if access_token is None:
            raise SignInError("provider_error", provider=self.name, phase="userinfo", detail="no access token")
        bearer = {"Authorization": f"Bearer {access_token}"}
        content = get_content(self._wire, url, provider=self.name, phase="userinfo", headers=bearer).strip()
        profile = self._signed_profile(content) if content.startswith(b"ey") else read_json(content)
        if profile is None or (error_in(profile) is not None and "sub" not in profile):
            raise SignInError("provider_error", provider=self.name, phase="userinfo", detail="no profile")
        return profile

    def _signed_profile(self, content: bytes) -> dict[str, object]:
        try:
            profile = said(verified(content.decode(), self._keys, frozenset(self.protocol.algorithms)).claims)
            if str(profile.get("iss", self.protocol.issuer)) not in self._issuers():
                raise NotVerified("the issuer of the profile is another")
            audience = profile.get("aud", self.registration.client_id)
            if self.registration.client_id not in (audience if isinstance(audience, list) else [audience]):
                raise NotVerified("the audience of the profile is another client's")
        except ValueError as error:
            detail = str(error) if isinstance(error, NotVerified) else "no text"
            raise SignInError("id_token_invalid", provider=self.name, phase="userinfo", detail=detail) from None
        return profile

    def _greeting(self, user: str | None) -> dict[str, object]:
        """Read what came beside the code. At a government provider a name counts, so it must be signed."""
        return _first_name(user) if self.registration.provider.standing is Standing.SOCIAL else {}


def _says(stated: Mapping[str, object], paths: frozenset[str] | None) -> bool:
    """Tell whether all of this is said; of what a host's function reads nobody knows."""
    return paths is not None and all(value_at(stated, path) is not None for path in paths)


def _beside(profile: Mapping[str, object], stated: Mapping[str, object]) -> dict[str, object]:
    """Put the claims of a profile beside those of the ID token, which count; in a mapping of both as well.

    A profile's ``a.b`` would be read in place of what the ID token has in its ``a`` (see `value_at`), so it goes.
    """
    profile = {name: value for name, value in profile.items() if name in stated or value_at(stated, name) is None}
    both = {name: (profile[name], value) for name, value in stated.items() if name in profile}
    joined = {
        name: {**old, **new} for name, (old, new) in both.items() if isinstance(old, dict) and isinstance(new, dict)
    }
    return {**profile, **stated, **joined}


def _moment(stated: object) -> datetime | None:
    """Read a time of an ID token that was checked; None of what is not there."""
    return datetime.fromtimestamp(stated, UTC) if isinstance(stated, int | float) else None


def _first_name(user: str | None) -> dict[str, object]:
    """Read the name that Apple sends beside the code, at the first consent only.

    It is unsigned: the browser could have written it. So it is a name to greet by and nothing else;
    the e-mail address that stands there too is never taken (CVE-2020-26254).
    """
    try:
        value = json.loads(user) if user and len(user) <= LARGEST_USER else None
    except (ValueError, RecursionError):
        return {}
    match value:
        case {"name": {**parts}}:
            last, first = (str(part) if isinstance(part := parts.get(key), str) else None for key in PARTS)
            return {"name": name} if (name := full_name(last, first)) is not None else {}
        case _:
            return {}
