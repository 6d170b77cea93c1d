"""A provider is data plus one pure function, ``identify(claims) -> Identity``: see `claims_to_identity`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Protocol

from ..identity import Identity, Standing
from ..text import Text


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider stated, after every check of the protocol.

    ``values`` holds the provider's own names; ``at`` is when the person signed in there, as well as we
    know (aware UTC). ``proved_at`` is when they last proved themself, where the provider itself states it, and
    None where it does not: of an answer alone, nobody can tell whether the person was asked or an old session
    gave it. Nothing of it is shown, logged or kept: ``identify`` takes what it knows.

    :raises ValueError: ``proved_at`` has no time zone, so that it could be any of 24 hours.
    """

    provider: str
    issuer: str
    subject: str = field(repr=False)
    at: datetime
    values: Mapping[str, object] = field(repr=False)
    proved_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.proved_at is not None and self.proved_at.tzinfo is None:
            raise ValueError("proved_at must be an aware datetime")

    def word(self, name: str | None) -> str | None:
        """The claim as a stripped text of at most 200 characters without control or direction marks, or None."""
        value = self.values.get(name) if name else None
        return cleaned(value) if isinstance(value, str) else None

    def flag(self, name: str | None) -> bool:
        """True only for JSON ``true``: the texts "false", "0" and "N" are not true, and neither is "true"."""
        return name is not None and self.values.get(name) is True


Identify = Callable[[Claims], Identity]


@dataclass(frozen=True, slots=True)
class Start:
    """What one sign-in begins with; the same values complete it. ``step_up``: the person must be verified there.

    ``fresh``: the provider shall ask the person again, whatever session it has with them.
    """

    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)
    step_up: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a provider that speaks neither OpenID nor OAuth posted back: its fields, not yet verified."""

    provider: str
    issuer: str
    fields: Mapping[str, str] = field(repr=False)
    received_at: datetime


#: Verifies a posted ticket and says who it is. An integrator's port: agencies hand out the keys for it themselves.
#: It raises `SignInError` (``ticket_refused``, ``expired``) for one that does not hold.
Verify = Callable[[Ticket], Claims]


class Client(Protocol):
    """How a portal talks to one provider, whatever the protocol. Holds nothing of any sign-in."""

    def begin(self, start: Start) -> str:
        """The provider's URL to send the learner to.

        :raises SignInError: ``provider_down`` or ``provider_error``.
        """

    def complete(self, answer: Mapping[str, str], start: Start) -> Claims:
        """Turn the provider's answer into claims, after every check of the protocol.

        :raises SignInError: with the phase that failed and its code.
        """


@dataclass(frozen=True, slots=True)
class Oidc:
    """OpenID Connect authorization code flow (OpenID Connect Core 1.0, RFC 7636, RFC 9207).

    ``issuer`` is compared exactly with what discovery and tokens say; ``issuer_aliases`` are further
    values a token may carry. ``algorithms`` is the allow-list for ID tokens: the provider's metadata
    may narrow it, never widen it. ``token_auth`` is ``client_secret_basic`` or ``client_secret_post``.
    ``required_claims`` are what an ID token must say, such as Google's ``hd`` for one organisation; ``*``
    stands for any text. ``authorization_origin`` is where browsers sign in, when that is another origin than the
    issuer's.
    """

    issuer: str
    scope: str = "openid"
    algorithms: tuple[str, ...] = ("RS256",)
    issuer_aliases: frozenset[str] = frozenset()
    token_auth: str = "client_secret_basic"
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    step_up_params: Mapping[str, str] = field(default_factory=dict)
    required_claims: Mapping[str, str] = field(default_factory=dict)
    form_post: bool = False
    authorization_origin: str = ""

    @property
    def discovery_url(self) -> str:
        return self.issuer.rstrip("/") + "/.well-known/openid-configuration"

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

    ``issuer`` is the namespace of its subjects. ``profile_params`` go with the profile call;
    ``proof`` adds Facebook's ``appsecret_proof``. ``subject`` is the profile's stable key.
    """

    issuer: str
    authorize_url: str
    token_url: str
    profile_url: str
    scope: str = ""
    subject: str = "id"
    token_auth: str = "client_secret_post"
    authorize_params: Mapping[str, str] = field(default_factory=dict)
    step_up_params: Mapping[str, str] = field(default_factory=dict)
    profile_params: Mapping[str, str] = field(default_factory=dict)
    proof: bool = False

    @property
    def begins_at(self) -> str:
        """An address of the origin to which a sign-in sends the browser."""
        return self.authorize_url

    form_post: ClassVar[bool] = False
    answer_fields: ClassVar[tuple[str, ...]] = ("code", "iss", "error")
    once: ClassVar[tuple[str, ...]] = ("code",)


@dataclass(frozen=True, slots=True)
class Posted:
    """A provider that posts a ticket to our return address, which ``return_param`` of ``login_url`` names.

    Such a protocol has neither state nor nonce. Where the provider lets a return address vary in its
    path (``state_in_path``), the state travels there; otherwise the newest sign-in of this browser at
    this provider is the one that is answered. ``verify`` says who it is. ``single_use`` names the
    fields that are the ticket itself; without it, all are.
    """

    issuer: str
    login_url: str
    answer_fields: tuple[str, ...]
    verify: Verify
    return_param: str = "ReturnUrl"
    login_params: Mapping[str, str] = field(default_factory=dict)
    step_up_params: Mapping[str, str] = field(default_factory=dict)
    state_in_path: bool = True
    single_use: tuple[str, ...] = ()

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


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider. ``title`` is its name, ``button`` what its sign-in button says, whole.

    ``refuses_embedded``: it turns away browsers inside other apps, such as one that a chat opens links in.
    """

    name: str
    title: Text
    button: Text
    standing: Standing
    protocol: ProviderProtocol
    identify: Identify
    refuses_embedded: bool = False

    @property
    def is_social(self) -> bool:
        return self.standing is Standing.SOCIAL


@dataclass(frozen=True, slots=True)
class Registration:
    """A provider together with what it gave this portal when the portal registered there.

    ``secret`` makes the client secret anew at each call: Apple's is a short-lived token.
    ``allow_private``: the provider may live at a private network address.
    """

    provider: Provider
    client_id: str = ""
    secret: Callable[[], str] = field(default=str, repr=False)
    allow_private: bool = False


def cleaned(text: str) -> str | None:
    """Without what steers a terminal or a line (Cc, Cf) or is no character (Cs).

    A rare character of a name may be private-use, or newer than Python's Unicode tables: it stays,
    since a name that silently lost one would be another person's.
    """
    if text.isprintable():  # as nearly every text is
        return text.strip()[:200] or None
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return "".join(kept).strip()[:200] or None
