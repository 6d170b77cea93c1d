"""Identity providers: what one is (`base`), the five shipped (`presets`), and how we talk to them (`clients`)."""

from .base import OAuth2, Oidc, Posted, Provider, Registration
from .claims import Claims, Ticket
from .claims_to_identity import ClaimNames, government, social

__all__ = [
    "ClaimNames",
    "Claims",
    "OAuth2",
    "Oidc",
    "Posted",
    "Provider",
    "Registration",
    "Ticket",
    "government",
    "social",
]
