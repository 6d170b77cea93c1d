"""Identity providers: what one is (`base`), the five shipped (`presets`), and how we
talk to them: a client for each protocol (`oidc`, `oauth2`, `ticket`), over one wire (`http_client`).

Nothing here knows Flask, an account or a page; what a host imports stands below.
"""

from .base import Provider, Registration
from .claims import Claims, NamesOneUse, Ticket
from .claims_to_identity import ClaimNames, government, social
from .protocols import OAuth2, Oidc, Posted

__all__ = [
    "ClaimNames",
    "Claims",
    "NamesOneUse",
    "OAuth2",
    "Oidc",
    "Posted",
    "Provider",
    "Registration",
    "Ticket",
    "government",
    "social",
]
