"""A provider is data plus one pure function: what it is, what it speaks (`protocols`), what it gave the portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from ..identity import Standing
from ..outbound_settings import credential
from ..setting_fields import key
from ..setting_readers import text
from ..text import Text
from .claims import Claims, Enrich, Identify, Verify
from .protocols import ProviderProtocol

GIVEN = "What the provider gave the portal. Copy it from the registration there."
CLIENT_ID = key(credential, GIVEN)


@dataclass(frozen=True, slots=True)
class Start:
    """What one sign-in begins with; the same values complete it. ``step_up``: the person must be verified there.

    ``fresh``: the provider shall ask the person again, whatever session it has with them. ``all_claims``: everything
    that the provider says of the person is fetched, for an operator to look at. ``choose``: the provider shall ask
    which account to use.
    """

    redirect_uri: str
    state: str
    nonce: str
    verifier: str = field(repr=False)
    step_up: bool = False
    fresh: bool = False
    all_claims: bool = False
    choose: bool = False


class Client(Protocol):
    """How a portal talks to one provider, whatever the protocol. Holds nothing of any sign-in."""

    def begin(self, start: Start) -> str:
        """Make the provider's URL to send the learner to.

        :raises SignInError: ``provider_down`` or ``provider_error``.
        """

    def complete(self, answer: Mapping[str, str], start: Start) -> Claims:
        """Turn the provider's answer into claims, after every check of the protocol.

        :raises SignInError: with the phase that failed and its code.
        """


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """What most providers give at registration; calling it makes the secret of one call."""

    client_id: str = field(metadata=CLIENT_ID)
    client_secret: str = field(repr=False, metadata=key(credential, GIVEN, secret=True))

    def __call__(self) -> str:
        return self.client_secret


@dataclass(frozen=True, slots=True)
class AppleKey:
    """What Apple gives in place of a client secret: a key that signs one, anew for each sign-in."""

    client_id: str = field(metadata=CLIENT_ID)
    team_id: str = field(metadata=key(credential, "Apple: the ten characters of the team."))
    key_id: str = field(metadata=key(credential, "Apple: the ten characters of the key."))
    private_key: str = field(
        repr=False,
        metadata=key(text, "Apple: the whole `.p8` file, which signs the secret of each sign-in.", secret=True),
    )


@runtime_checkable
class CallsProvider(Protocol):
    """A verifier that asks the provider itself, over the wire that it is given."""

    def over(self, wire: Any) -> Verify: ...


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider. ``title`` is its name, ``button`` what its sign-in button says, whole.

    ``refuses_embedded``: it turns away browsers inside other apps, such as one that a chat opens links in, or those of
    ``android`` alone. ``enrich`` says of a person what the provider leaves out (see `claims.enriched`).
    ``former_issuers`` are those under which its identities may still be kept, since it has moved.
    """

    name: str
    title: Text
    button: Text
    standing: Standing
    protocol: ProviderProtocol
    identify: Identify
    refuses_embedded: bool | str = False
    enrich: Enrich | None = None
    former_issuers: tuple[str, ...] = ()

    @property
    def is_social(self) -> bool:
        return self.standing is Standing.SOCIAL


@dataclass(frozen=True, slots=True)
class Registration:
    """A provider together with what it gave this portal when the portal registered there.

    ``secret`` makes the client secret anew at each call: Apple's is a short-lived token.
    ``allow_private``: the provider may live at a private network address. ``proxy`` and ``ca_bundle`` are its own.
    """

    provider: Provider
    client_id: str = ""
    secret: Callable[[], str] = field(default=str, repr=False)
    allow_private: bool = False
    proxy: str | None = field(default=None, repr=False)
    ca_bundle: Path | None = None

    @property
    def way(self) -> dict[str, Any]:
        """Say how the provider is reached, for its `Wire`."""
        return {"allow_private": self.allow_private, "proxy": self.proxy, "ca_bundle": self.ca_bundle}
