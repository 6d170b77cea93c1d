"""What a provider states of a person: a ticket, not yet verified, and the claims that hold after every check."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol, runtime_checkable

from ..identity import Identity

_YES = frozenset({"true", "y", "1"})


@dataclass(frozen=True, slots=True)
class Claims:
    """What a provider stated, after every check of the protocol.

    ``values`` holds the provider's own names; ``at`` is when the person signed in there, as well as we know (aware
    UTC), which may be days before. ``proved_at`` is when they last proved themself, where the provider itself states
    it, and None where it does not: of an answer alone, nobody can tell whether the person was asked or an old session
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

    def value(self, name: str | None) -> object:
        """Return the claim as it was sent; ``name`` may be a path, such as ``attributes.uid`` or ``roles.0``.

        A claim that bears the whole name itself is that one, as namespaced claims do (``https://a.example/uid``).
        """
        return value_at(self.values, name) if name else None

    def word(self, name: str | None) -> str | None:
        """Return the claim as a stripped text of at most 200 characters without control or direction marks, or None; a
        list of one is its member."""
        value = single(self.value(name))
        return cleaned(value) if isinstance(value, str) else None

    def flag(self, name: str | None) -> bool:
        """Say yes only to JSON ``true``: the texts "false", "0" and "N" are not true, and neither is "true"."""
        return self.value(name) is True

    def says_yes(self, name: str) -> bool:
        """Say yes as systems write it, where nothing of security hangs on it: true, "true", "Y", "1", 1."""
        value = self.value(name)
        return value is True or (isinstance(value, str | int) and str(value).strip().casefold() in _YES)


def single(value: object) -> object:
    """Take the member of a list of one, and anything else as it is."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def value_at(values: object, path: str) -> object:
    """Follow a path of names and of places in lists into what was sent; None where it leads nowhere."""
    if isinstance(values, Mapping) and path in values:
        return values[path]
    head, _, rest = path.partition(".")
    if isinstance(values, list) and re.fullmatch(r"[0-9]{1,3}", head) and int(head) < len(values):
        return value_at(values[int(head)], rest) if rest else values[int(head)]
    return value_at(values[head], rest) if rest and isinstance(values, Mapping) and head in values else None


Identify = Callable[[Claims], Identity]

#: Says what a provider leaves out, such as the number and the name that belong to an account. An integrator's port: it
#: raises `SignInError` for whom the portal's own directory does not know, where that shall end the sign-in.
Enrich = Callable[[Claims], Mapping[str, object]]


def enriched(claims: Claims, enrich: Enrich) -> Claims:
    """Add what ``enrich`` says to what the provider left out or sent empty; what the provider stated stays.

    Were it replaced, an entry of yesterday in a directory would undo the provider's "not verified" of today. Who it is
    (issuer and subject), and when they proved it, is the provider's to say alone.

    :raises TypeError: ``enrich`` gave no mapping.
    """
    found: object = enrich(claims)
    if not isinstance(found, Mapping):
        raise TypeError("enrich returns a mapping of claims")
    added = {name: value for name, value in found.items() if claims.value(name) in (None, "")}
    return replace(claims, values={**claims.values, **added})


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


@runtime_checkable
class NamesOneUse(Protocol):
    """What a `Verify` may have besides: it says itself what of a ticket is good once.

    Replay: of a ticket that is encrypted in part, anybody may change a bit of the rest, and it still holds. What was
    posted then is new, and what is named here is not. It is asked before the ticket is verified.
    """

    def one_use_key(self, ticket: Ticket) -> tuple[str, datetime] | None:
        """Name what is good once, and the aware time from when on the ticket holds no more; None to go by its fields.

        It must not be the posted text: that of a changed ticket is another one.
        """


def cleaned(text: str) -> str | None:
    """Remove what steers a terminal or a line (Cc, Cf) or is no character (Cs).

    A rare character of a name may be private-use, or newer than Python's Unicode tables: it stays,
    since a name that silently lost one would be another person's.
    """
    if text.isprintable():  # as nearly every text is
        return text.strip()[:200] or None
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
    return "".join(kept).strip()[:200] or None


def is_subject(text: str) -> bool:
    """Admit 1 to 255 printable ASCII characters without blanks (OpenID Connect Core 1.0, section 2)."""
    return 1 <= len(text) <= 255 and all("!" <= character <= "~" for character in text)
