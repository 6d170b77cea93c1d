"""What a provider speaks: OpenID Connect, OAuth 2.0, or a posted ticket, each as what a portal has to know of it.

Each key of a provider's settings stands here beside its reader and its meaning, as the metadata of the field it sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from ..setting_fields import NOTHING, key, setting
from ..setting_readers import Unfit, flag, names, not_empty, one_of, some_of, text, texts, url, verifier
from .claims import Verify

ASYMMETRIC = ("ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
BASIC = "client_secret_basic"
TOKEN_AUTH = (BASIC, "client_secret_post")
#: What each sign-in says itself, anew: a fixed one could not be told from an attacker's.
OWN_PARAMS = frozenset(("client_id", "client_secret", "code_challenge", "code_challenge_method")).union(
    ("nonce", "redirect_uri", "response_mode", "response_type", "scope", "state")
)
#: What every ID token says, and every sign-in checks by itself: no text that could be required stands there.
CHECKED_CLAIMS = frozenset({"iss", "aud", "nonce", "exp", "iat", "nbf", "auth_time", "at_hash"})

ISSUER = key(url, "Who it is, exactly as it says itself; with OpenID Connect, discovery tells the rest.")
AUTH = "Where the client secret travels: in a header or in the body."
AS_IS = (
    "Whether the secret stands in that header as it is, for a server that does not decode it; RFC 6749, 2.3.1, has it "
    "form-encoded."
)
AUTHORIZE = "Further parameters of the address that a sign-in begins at."
STEP_UP = (
    "Parameters that ask for a stronger sign-in; with any, learners are offered one. Not for a social provider, where "
    "nobody is proven."
)
CHOOSE = "Parameters that ask which account to use there: after one that is not accepted, and for who is somebody else."


def _openid(value: object) -> str:
    """a text that holds `openid`, such as `openid profile`"""
    scope = text(value)
    if "openid" not in scope.split():
        raise Unfit
    return scope


@dataclass(frozen=True, slots=True)
class Oidc:
    """OpenID Connect authorization code flow (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

    ``issuer_aliases`` are further values of the issuer that a token may carry.
    """

    issuer: str = field(metadata=ISSUER)
    scope: str = setting("openid", _openid, "What is asked for, with a blank between; `openid` is one of them.")
    algorithms: tuple[str, ...] = setting(
        ("RS256",),
        some_of(*ASYMMETRIC),
        "Which signatures of an ID token are taken. The provider's metadata may narrow it, never widen it.",
    )
    issuer_aliases: frozenset[str] = frozenset()
    trusted_audiences: tuple[str, ...] = setting(
        (),
        names,
        "Whom an ID token may be for beside this portal, such as a project that every token of the provider names. Any "
        "other is refused, and the log says which.",
    )
    published_at: str = setting(
        "",
        url,
        "Where it publishes its discovery document, when that is elsewhere. The document must name the `issuer`.",
        name="discovery_url",
        shown="below the `issuer`",
    )
    token_auth: str = setting(BASIC, one_of(*TOKEN_AUTH), AUTH)
    basic_as_is: bool = setting(False, flag, AS_IS)
    authorize_params: Mapping[str, str] = setting(NOTHING, texts(own=OWN_PARAMS), AUTHORIZE)
    step_up_params: Mapping[str, str] = setting(
        NOTHING, texts(own=OWN_PARAMS), f"{STEP_UP} Of `acr_values`, one must come back."
    )
    choose_account_params: Mapping[str, str] = setting(
        MappingProxyType({"prompt": "select_account"}), texts(own=OWN_PARAMS), CHOOSE
    )
    required_claims: Mapping[str, str] = setting(
        NOTHING,
        texts(own=CHECKED_CLAIMS, done="checks"),
        "What an ID token must say, such as Google's `hd` for accounts of one organisation; `*` is any text. An "
        "`hd` of `authorize_params` is required by itself.",
    )
    form_post: bool = setting(False, flag, "Whether the answer is posted, as Apple's is.")
    sign_out_there: bool = setting(
        False,
        flag,
        "Whether who signs out here is then led to sign out there, where discovery offers it (`end_session_endpoint`): "
        "for computers that several people share. Register the address of `/signed-out` there.",
    )
    posts_events: bool = False
    authorization_origin: str = setting(
        "",
        url,
        "Where browsers sign in, when that is another origin than the issuer's: `provider_origins` names it.",
    )

    @property
    def discovery_url(self) -> str:
        """The address of the discovery document (OpenID Connect Discovery 1.0, section 4)."""
        return self.published_at or self.issuer.rstrip("/") + "/.well-known/openid-configuration"

    @property
    def begins_at(self) -> str:
        """An address of the origin to which a sign-in sends the browser."""
        return self.authorization_origin or self.issuer

    @property
    def answer_fields(self) -> tuple[str, ...]:
        """What is taken from an answer; a front-channel token or claim is not (RFC 9700, 2.1.2)."""
        return ("code", "iss", "error", "user") if self.form_post else ("code", "iss", "error")

    @property
    def once(self) -> tuple[str, ...]:
        """The fields of an answer that are good once only."""
        return ("code",)


@dataclass(frozen=True, slots=True)
class OAuth2:
    """OAuth 2.0 authorization code flow with a profile call; no ID token, so PKCE and the state carry all (RFC 9700).

    ``issuer`` is the namespace of its subjects.
    """

    issuer: str = field(metadata=ISSUER)
    authorize_url: str = field(metadata=key(url, "Where the browser is sent to sign in."))
    token_url: str = field(metadata=key(url, "Where the code is exchanged."))
    profile_url: str = field(metadata=key(url, "Where the profile is read."))
    scope: str = setting("", text, "What is asked for, with a blank between.")
    subject: str = setting(
        "id", text, "Which field of the profile is the person's stable key, by its name or a path such as `data.id`."
    )
    token_auth: str = setting("client_secret_post", one_of(*TOKEN_AUTH), AUTH)
    basic_as_is: bool = setting(False, flag, AS_IS)
    authorize_params: Mapping[str, str] = setting(NOTHING, texts(own=OWN_PARAMS), AUTHORIZE)
    step_up_params: Mapping[str, str] = setting(NOTHING, texts(own=OWN_PARAMS), STEP_UP)
    choose_account_params: Mapping[str, str] = setting(NOTHING, texts(own=OWN_PARAMS), CHOOSE)
    profile_params: Mapping[str, str] = setting(
        NOTHING, texts(own=("access_token", "appsecret_proof")), "Parameters of the profile call."
    )
    proof: bool = setting(
        False, flag, "Facebook: whether the profile call proves that it knows the secret.", name="appsecret_proof"
    )
    graph_version: str = setting(
        "",
        text,
        "Facebook: which version of the Graph API is called, at each `{version}` of an address.",
        shown="`v26.0` at Facebook",
    )

    @property
    def begins_at(self) -> str:
        """An address of the origin to which a sign-in sends the browser."""
        return self.authorize_url

    form_post: ClassVar[bool] = False
    answer_fields: ClassVar[tuple[str, ...]] = ("code", "iss", "error")
    once: ClassVar[tuple[str, ...]] = ("code",)


@dataclass(frozen=True, slots=True)
class Posted:
    """A provider that posts a ticket to our return address.

    Such a protocol has neither state nor nonce. Where the provider lets a return address vary in its
    path (``state_in_path``), the state travels there; otherwise the newest sign-in of this browser at
    this provider is the one that is answered.
    """

    issuer: str = field(metadata=ISSUER)
    login_url: str = field(metadata=key(url, "Where the browser is sent to sign in."))
    answer_fields: tuple[str, ...] = field(
        metadata=key(not_empty(names), "The fields that are posted back.", name="fields", shown="`ticket`")
    )
    verify: Verify = field(
        metadata=key(verifier, "What verifies a ticket and says who it is: a function is `verify(ticket) -> Claims`.")
    )
    return_param: str = setting("ReturnUrl", text, "Which parameter of `login_url` names our return address.")
    login_params: Mapping[str, str] = setting(NOTHING, texts(), "Further parameters of `login_url`.")
    step_up_params: Mapping[str, str] = setting(NOTHING, texts(), STEP_UP)
    choose_account_params: Mapping[str, str] = setting(NOTHING, texts(), CHOOSE)
    state_in_path: bool = setting(
        True, flag, "Whether the return address may vary in its path, so that the sign-in's state travels there."
    )
    single_use: tuple[str, ...] = setting(
        (), not_empty(names), "Those of the fields that are good once only.", shown="all of the `fields`"
    )

    form_post: ClassVar[bool] = True

    @property
    def begins_at(self) -> str:
        """An address of the origin to which a sign-in sends the browser."""
        return self.login_url

    @property
    def once(self) -> tuple[str, ...]:
        """The fields of an answer that are good once only. One beside the ticket that a replay may change is not:
        a spent ticket would pass for a new one."""
        return self.single_use or self.answer_fields


ProviderProtocol = Oidc | OAuth2 | Posted
