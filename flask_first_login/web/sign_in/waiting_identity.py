"""A new social identity that waits for its learner to accept what it costs (seed item 74, contradiction C25).

Nothing is stored on the server until then: the identity rests in a sealed cookie for ten minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from flask import redirect, request
from werkzeug.wrappers import Response

from ...errors import SealError, SignInError
from ...identity import Assurance, Identity, Kind, Standing
from ...traces import step
from ..navigation import Here
from . import sealed_cookies
from .transaction import COMPACT, MOST, slots

PURPOSE = "waiting"
SECONDS = 600


@dataclass(frozen=True, slots=True)
class Pending:
    """What must be known to go on once the learner has accepted."""

    provider: str
    issuer: str
    subject: str = field(repr=False)
    signed_in_at: str
    method: str
    name: str | None = field(repr=False)
    email: str | None = field(repr=False)
    answers: dict[str, str]
    next: str | None
    lang: str | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))

    @classmethod
    def of(cls, identity: Identity, at: Here) -> Self:
        """A social identity, together with where its learner was."""
        return cls(
            provider=identity.provider,
            issuer=identity.issuer,
            subject=identity.subject,
            signed_in_at=identity.signed_in_at.isoformat(),
            method=identity.method,
            name=identity.name,
            email=identity.email,
            answers=at.answers,
            next=at.next,
            lang=at.lang,
        )

    @property
    def identity(self) -> Identity:
        """The identity again; it was social, so it never had an ID, a kind or an assurance."""
        return Identity(
            provider=self.provider,
            issuer=self.issuer,
            subject=self.subject,
            standing=Standing.SOCIAL,
            kind=Kind.UNKNOWN,
            assurance=Assurance.NONE,
            signed_in_at=datetime.fromisoformat(self.signed_in_at),
            method=self.method,
            name=self.name,
            email=self.email,
        )

    def check_shown(self, shown: str | None) -> None:
        """Go on only if this is the wait whose page was accepted; ``shown`` is the id that the page named, if any.

        :raises SignInError: ``expired`` when another tab's identity waits by now.
        """
        if not hmac.compare_digest((shown or "").encode(errors="replace"), self.id.encode()):
            raise SignInError("expired", provider=self.provider, phase="acknowledge", detail="another one waits")

    def spend(self, at: Here) -> None:
        """Use this wait up, for every process.

        :raises SignInError: ``already_used`` the second time.
        """
        digest = hashlib.sha256(f"{PURPOSE}:{self.id}".encode()).digest()
        if not at.state.accounts.use_once(digest, datetime.now(UTC) + timedelta(seconds=SECONDS)):
            raise SignInError("already_used", provider=self.provider, phase="acknowledge")

    def ask(self, at: Here) -> Response:
        """Send the learner to the page that says what it costs."""
        response, name = redirect(at.url("acknowledge"), 303), sealed_cookies.full(sealed_cookies.PENDING)
        token = self._fitting(at, name)
        sealed_cookies.make_room(response, name, token, [other for other, _ in slots()], MOST)
        sealed_cookies.put(response, name, token, SECONDS)
        return response

    def _fitting(self, at: Here, name: str) -> str:
        """This identity, sealed. What can be spared is left out as far as it takes: the page to end at first, then the
        answers, then what the provider said beside who it is.

        :raises SignInError: ``portal_error``, when it is too much for a cookie even so.
        """
        spared: tuple[dict[str, Any], ...] = ({}, {"next": None}, {"answers": {}}, {"email": None}, {"name": None})
        waiting = self
        for left_out in spared:
            waiting = replace(waiting, **left_out)
            try:
                token = at.state.seal(PURPOSE).seal_octets(COMPACT.encode(astuple(waiting)).encode())
            except SealError:
                continue
            if sealed_cookies.size(name, token) <= sealed_cookies.OF_PENDING:
                return token
        raise SignInError("portal_error", provider=self.provider, phase="acknowledge", detail="too much for a cookie")

    @classmethod
    def of_this_browser(cls, at: Here) -> Self:
        """The identity that waits in this browser.

        :raises SignInError: ``expired`` when there is none.
        """
        try:
            token = sealed_cookies.sealed(sealed_cookies.PENDING) or ""
            found = cls(*json.loads(at.state.seal(PURPOSE).open_octets(token, max_age=SECONDS)))
        except (SealError, TypeError):
            raise SignInError("expired", phase="acknowledge", detail="nothing waits") from None
        if found.provider not in at.state.registrations:
            raise SignInError("not_available", phase="acknowledge", detail="not registered")
        step(found.provider, "acknowledge")
        return found


def forget(response: Response) -> None:
    """Nothing waits any more. A HEAD ends no wait: it is no learner who turned away."""
    if request.method != "HEAD" and sealed_cookies.sealed(sealed_cookies.PENDING) is not None:
        sealed_cookies.drop_sealed(response, sealed_cookies.PENDING)
