"""What each protocol needs to know about a provider, read from its settings over what its design already says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from .base import OAuth2, Oidc, Posted
from .reader import Reader

TOKEN_AUTH = ("client_secret_basic", "client_secret_post")
ASYMMETRIC = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
#: What each sign-in says itself, anew: a fixed one could not be told from an attacker's.
OWN_PARAMS = frozenset(
    {
        "client_id",
        "client_secret",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_mode",
        "response_type",
        "scope",
        "state",
    }
)
#: What every ID token says, and every sign-in checks by itself: no text that could be required stands there.
CHECKED_CLAIMS = frozenset({"iss", "aud", "nonce", "exp", "iat", "nbf", "auth_time", "at_hash"})
TOKEN1 = "twGovT1"
OF_SOAP = ("soap_url", "service_id", "soap_method", "subject_keys")
OF_APPLE = ("team_id", "key_id", "private_key")


def read_oidc(reader: Reader, design: Oidc | None) -> Oidc:
    """OpenID Connect: an issuer is enough, discovery tells the rest."""
    known = design or Oidc(issuer="")
    scope = reader.text("scope", known.scope)
    if "openid" not in scope.split():
        reader.problem("scope", "does not hold 'openid'.", "Write one text such as 'openid profile'.")
    asked = _extra(reader, "authorize_params", known.authorize_params, OWN_PARAMS)
    return Oidc(
        issuer=reader.url("issuer", known.issuer),
        scope=scope,
        algorithms=reader.some_of("algorithms", ASYMMETRIC, known.algorithms),
        issuer_aliases=known.issuer_aliases,
        token_auth=reader.one_of("token_auth", TOKEN_AUTH, known.token_auth),
        authorize_params=asked,
        step_up_params=_extra(reader, "step_up_params", known.step_up_params, OWN_PARAMS),
        required_claims=_required(reader, known, asked),
        form_post=reader.flag("form_post", known.form_post),
        authorization_origin=reader.url("authorization_origin", known.authorization_origin, optional=True),
    )


def _required(reader: Reader, known: Oidc, asked: Mapping[str, str]) -> Mapping[str, str]:
    """What a token must say. An organisation that is asked for (``hd``) is required too: the browser may drop the
    parameter from its address, and whoever it then signs in as is told in the token alone."""
    required = reader.mapping("required_claims", known.required_claims)
    if checked := sorted(CHECKED_CLAIMS & set(required)):
        what = f"names {', '.join(checked)}, which each sign-in checks itself."
        reader.problem("required_claims", what, "Remove it.")
    return {"hd": asked["hd"], **required} if "hd" in asked else required


def read_oauth2(reader: Reader, design: OAuth2 | None) -> OAuth2:
    """OAuth 2.0: every address; ``graph_version`` stands for ``{version}`` in those of a design."""
    known = design or OAuth2(issuer="", authorize_url="", token_url="", profile_url="")
    addresses = ("authorize_url", "token_url", "profile_url")
    of_the_design = [key for key in addresses if "{version}" in getattr(known, key)]
    version = reader.text("graph_version", "v26.0") if of_the_design else ""
    if reader.has("graph_version") and of_the_design and all(reader.has(key) for key in of_the_design):
        reader.problem("graph_version", "has no effect: every address is set.", "Remove it, or the addresses.")

    def url(key: str, default: str) -> str:
        return reader.url(key, default.replace("{version}", version))

    return OAuth2(
        issuer=reader.url("issuer", known.issuer),
        authorize_url=url("authorize_url", known.authorize_url),
        token_url=url("token_url", known.token_url),
        profile_url=url("profile_url", known.profile_url),
        scope=reader.text("scope", known.scope or " ").strip(),
        subject=reader.text("subject", known.subject),
        token_auth=reader.one_of("token_auth", TOKEN_AUTH, known.token_auth),
        authorize_params=_extra(reader, "authorize_params", known.authorize_params, OWN_PARAMS),
        step_up_params=_extra(reader, "step_up_params", known.step_up_params, OWN_PARAMS),
        profile_params=_extra(reader, "profile_params", known.profile_params, {"access_token", "appsecret_proof"}),
        proof=reader.flag("appsecret_proof", known.proof),
    )


def read_ticket(reader: Reader, design: Posted | None) -> Posted:
    """A posted ticket: where to sign in, which fields come back, and who verifies them."""
    fields = reader.names("fields", design.answer_fields if design else ("ticket",))
    return_param = reader.text("return_param", design.return_param if design else "ReturnUrl")
    return Posted(
        issuer=reader.url("issuer", design.issuer if design else None),
        login_url=reader.url("login_url", design.login_url if design else None),
        answer_fields=fields,
        verify=_verifier(reader, fields),
        return_param=return_param,
        login_params=_extra(reader, "login_params", design.login_params if design else {}, {return_param}),
        step_up_params=_extra(reader, "step_up_params", design.step_up_params if design else {}, {return_param}),
        state_in_path=reader.flag("state_in_path", design.state_in_path if design else True),
        single_use=_single_use(reader, (design.single_use if design else ()) or fields, fields),
    )


def _single_use(reader: Reader, default: tuple[str, ...], fields: tuple[str, ...]) -> tuple[str, ...]:
    names = reader.names("single_use", default)
    if not set(names) <= set(fields):
        reader.problem("single_use", "names a field that does not come back.", f"Known: {', '.join(fields)}.")
    return names


def _extra(reader: Reader, key: str, default: Mapping[str, str], own: Collection[str]) -> Mapping[str, str]:
    """Parameters beside those that a sign-in sets ``own``."""
    params = reader.mapping(key, default)
    if taken := sorted(set(params) & set(own)):
        reader.problem(key, f"names {', '.join(taken)}, which each sign-in sets itself.", "Remove it.")
    return params


def _verifier(reader: Reader, fields: tuple[str, ...]) -> Any:
    """The port of the integrator, or MyEGov's own profile service, which takes a Token1 alone."""
    if reader.has("verify") or not reader.has("soap_url") or fields != (TOKEN1,):
        reader.no_effect(*OF_SOAP)
        return reader.function("verify")
    from .myegov import SoapVerifier

    return SoapVerifier(
        url=reader.url("soap_url"),
        service_id=reader.text("service_id"),
        method=reader.one_of("soap_method", ("GetProfileColumns", "GetProfileColumns2"), "GetProfileColumns"),
        subject_keys=reader.names("subject_keys", ("account", "uid")),
        allow_private=reader.flag("allow_private", False),
    )


def read_secret(reader: Reader, protocol: Oidc | OAuth2, client_id: str) -> Callable[[], str]:
    """What makes the client secret: Apple's is signed anew each time with our key, any other is a text."""
    if not isinstance(protocol, Oidc) or not any(reader.has(key) for key in OF_APPLE):
        secret = reader.text("client_secret")
        return lambda: secret
    from .apple import AppleSecret  # brings the cryptography, which is slow to import

    reader.no_effect("client_secret")
    team_id, key_id, private_key = (reader.text(key) for key in OF_APPLE)
    try:
        return AppleSecret(client_id, team_id, key_id, private_key, protocol.issuer)
    except ValueError:
        if private_key:  # a missing one was noted already
            reader.problem("private_key", "is not a private EC key of curve P-256 in PEM.", "Paste the whole .p8 file.")
        return str
