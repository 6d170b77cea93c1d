"""The pretend providers, as data, and the settings of a portal that signs in at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from ..text import Text
from .personas import PERSONAS, Facts, Family, Persona

SERVICE_ID = "APP0000000"
GRAPH_VERSION = "v26.0"
TEAM_ID, KEY_ID = "SANDBOXTEAM", "SANDBOXKEY"


@dataclass(frozen=True, slots=True)
class Issuer:
    """One pretend provider, with the one relying party that is registered there; ``name`` is its path, too.

    ``cancelled`` is what comes back from somebody who cancels; a provider without it has no such way
    back. ``sends_iss``: what comes back names the issuer (RFC 9207). ``claims_in_token``: the ID token
    repeats what userinfo states. ``scopes`` names the claims that are stated only when their scope was
    asked for.
    """

    name: str
    title: Text
    family: Family
    cancelled: Mapping[str, str] = field(default_factory=dict)
    sends_iss: bool = True
    claims_in_token: bool = False
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return f"portal-at-{self.name}"

    @property
    def client_secret(self) -> str:
        return f"pretend-secret-at-{self.name}"

    @property
    def personas(self) -> Mapping[str, Persona]:
        """Everybody who is known here, by key."""
        return {p.key: p for p in PERSONAS if (self.cancelled if p.cancels else self.family in p.claims)}

    def claims(self, persona: Persona, scope: str) -> dict[str, object]:
        """What is stated about ``persona`` to a relying party that asked for ``scope``."""
        asked = scope.split()
        withheld = frozenset[str]().union(*(names for name, names in self.scopes.items() if name not in asked))
        return {name: value for name, value in self.facts(persona).items() if name not in withheld}

    def facts(self, persona: Persona) -> Facts:
        """All that this provider knows about ``persona``."""
        return persona.claims[self.family]


_DENIED = {"error": "access_denied"}
_DENIED_AT_FACEBOOK = {"error_code": "200", "error_description": "Permissions error", "error_reason": "user_denied"}
_CANCELLED = {"error": "user_cancelled_authorize"}
_PROFILE = {"profile": frozenset({"name"})}
_EMAIL = {"email": frozenset({"email", "email_verified", "is_private_email"})}

MYEGOV = Issuer("myegov", Text("MyEGov", "我的e政府"), Family.MYEGOV, _DENIED)
MYEGOV_TICKET = Issuer("myegov-ticket", Text("MyEGov (posted ticket)", "我的e政府（Token1）"), Family.MYEGOV)
ECPA = Issuer("ecpa", Text("eCPA", "人事服務網eCPA"), Family.ECPA)
GOOGLE = Issuer(
    "google", Text("Google", "Google"), Family.GOOGLE, _DENIED, claims_in_token=True, scopes=_PROFILE | _EMAIL
)
FACEBOOK = Issuer(
    "facebook", Text("Facebook", "Facebook"), Family.FACEBOOK, _DENIED | _DENIED_AT_FACEBOOK, scopes=_EMAIL
)
APPLE = Issuer(
    "apple", Text("Apple", "Apple"), Family.APPLE, _CANCELLED, sends_iss=False, claims_in_token=True, scopes=_EMAIL
)


def development_key() -> EllipticCurvePrivateKey:
    """The key that the portal is registered with at the pretend Apple, the same at every start. Everybody has it."""
    return derive_private_key(int.from_bytes(sha256(b"pretend key of the sandbox, no secret").digest()), SECP256R1())


def settings(base_url: str, *, myegov: Literal["oidc", "ticket"] = "oidc") -> dict[str, dict[str, str]]:
    """Give the ``FIRST_LOGIN_PROVIDERS`` of a portal that signs in at the sandbox of ``base_url``.

    ``myegov`` is the protocol that the portal speaks with MyEGov; the sandbox offers both.
    """
    at = base_url.rstrip("/")
    return {
        "myegov": {"oidc": _openid(at, MYEGOV), "ticket": _myegov_ticket(at)}[myegov],
        "google": _openid(at, GOOGLE),
        "ecpa": {
            "protocol": "ticket",
            "issuer": f"{at}/ecpa",
            "login_url": f"{at}/ecpa/login",
            "verify": "flask_first_login.sandbox.ecpa:verify",
        },
        "facebook": _facebook(f"{at}/facebook/{GRAPH_VERSION}"),
        "apple": {
            "issuer": f"{at}/apple",
            "client_id": APPLE.client_id,
            "team_id": TEAM_ID,
            "key_id": KEY_ID,
            "private_key": _pem(development_key()),
        },
    }


def _openid(at: str, issuer: Issuer) -> dict[str, str]:
    client = {"client_id": issuer.client_id, "client_secret": issuer.client_secret}
    return {"protocol": "oidc", "issuer": f"{at}/{issuer.name}", **client}


def _facebook(graph: str) -> dict[str, str]:
    return {
        "client_id": FACEBOOK.client_id,
        "client_secret": FACEBOOK.client_secret,
        "authorize_url": f"{graph}/dialog/oauth",
        "token_url": f"{graph}/oauth/access_token",
        "profile_url": f"{graph}/me",
    }


def _myegov_ticket(at: str) -> dict[str, str]:
    return {
        "protocol": "ticket",
        "issuer": f"{at}/myegov-ticket",
        "login_url": f"{at}/myegov-ticket/portal/Clogin.aspx",
        "soap_url": f"{at}/myegov-ticket/GSP2WS/RSMediator01.asmx",
        "service_id": SERVICE_ID,
    }


def _pem(key: EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
