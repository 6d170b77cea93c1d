"""What a browser carries for us: sealed, in cookies read by their exact names only, and all within one bound."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import request
from werkzeug.wrappers import Response

from ...errors import SealError
from ...per_request import per_request
from ...state import state_of

HOST_ONLY = "__Host-"
SIGN_IN, OF_ANSWER_PART = "fl-tx-", "fl-bridge-"

#: Octets of all our cookies in one request, with their names: nginx and gunicorn take some 8,190 in one header and
#: refuse a longer one for the whole portal, so this leaves 780 to the session of the host and its other cookies.
MOST_IN_ALL = 7_400
#: Of these, the two parts of an answer: 3,500 octets of a ticket as hex, where a large Kerberos ticket has 2,400.
OF_ANSWER = 5_110
#: Of these, the proof that somebody signed in a moment ago.
OF_PROOF = 250
#: Of these, what has been begun: five ordinary sign-ins, or one that ends at a very long address, and the social
#: identity that waits for consent.
OF_SIGN_INS = MOST_IN_ALL - OF_ANSWER - OF_PROOF
#: Of these, that identity, so that what tells of its sign-in that it has ended stays beside it.
OF_WAITING = OF_SIGN_INS - 280


@dataclass(frozen=True, slots=True)
class Sealed:
    """One kind of value that we seal: for a purpose of its own, so that none is taken for another, and good for so many
    seconds. ``cookie`` is the name of its cookie, or how its cookies' names begin."""

    purpose: str
    seconds: int
    cookie: str = ""

    def seal(self, value: object) -> str:
        """Seal what JSON can hold.

        :raises SealError: it is too long for a cookie.
        """
        return state_of().seal(self.purpose).seal(value)

    def open(self, token: str | None) -> Any:
        """Open what `seal` gave.

        :raises SealError: there is none, it was not sealed by this app and for this purpose, or it is too old.
        """
        if not token:
            raise SealError("there is none")
        return state_of().seal(self.purpose).open(token, max_age=self.seconds)

    def seal_octets(self, octets: bytes) -> str:
        """Seal octets as they are.

        :raises SealError: as `seal`.
        """
        return state_of().seal(self.purpose).seal_octets(octets)

    def open_octets(self, token: str | None) -> bytes:
        """Open what `seal_octets` gave.

        :raises SealError: as `open`.
        """
        return state_of().seal(self.purpose).open_octets(token or "", max_age=self.seconds)

    def name(self, suffix: str = "") -> str:
        """Give the full name of a cookie: ``__Host-`` keeps a sub-domain from planting one, over https."""
        return f"{_prefix()}{self.cookie}{suffix}"

    def token(self, suffix: str = "") -> str | None:
        """Give what this browser's cookie holds, still sealed."""
        return held().get(self.name(suffix))

    def get(self, suffix: str = "") -> Any:
        """Open this browser's cookie.

        :raises SealError: as `open`.
        """
        return self.open(self.token(suffix))

    def fitting(self, values: Iterable[object], room: int, suffix: str = "") -> str | None:
        """Seal the first of the values whose cookie takes no more than ``room`` octets; None when none does."""
        for value in values:
            try:
                token = self.seal(value)
            except SealError:
                continue
            if size(self.name(suffix), token) <= room:
                return token
        return None

    def put(self, response: Response, token: str, suffix: str = "") -> None:
        """Set the cookie: not readable by scripts, and not sent along by other sites' requests."""
        name = self.name(suffix)
        response.set_cookie(name, token, self.seconds, secure=_is_secure(name), httponly=True, samesite="Lax")

    def drop(self, response: Response, suffix: str = "") -> None:
        """Remove the cookie from the browser."""
        _drop(response, self.name(suffix))

    def forget(self, response: Response) -> None:
        """Remove the cookie where there is one. A HEAD removes none: it is no learner who turned away."""
        if request.method != "HEAD" and self.token() is not None:
            self.drop(response)

    def once(self, id: str) -> tuple[bytes, datetime]:
        """Give what notes in the shared store that the value of this id was used, for `Accounts.use_once`."""
        return once(f"{self.purpose}:{id}", timedelta(seconds=self.seconds))

    def use_once(self, id: str) -> bool:
        """Note that the value of this id was used; False when it was used before, in whichever process."""
        return state_of().accounts.use_once(*self.once(id))


#: A sign-in on its way, and in its place one that has ended; the social identity that waits for its learner's consent;
#: the proof that somebody signed in a moment ago; the parts of an answer that is carried over from a POST; a look
#: whether cookies are taken (see `cookie_probe`).
TRANSACTION = Sealed("transaction", 600, SIGN_IN)
ENDED = Sealed("ended", 600, SIGN_IN)
WAITING = Sealed("waiting", 600, "fl-pending")
PROOF = Sealed("proof", 900, "fl-fresh")
ANSWER_PART = Sealed("bridge", 60, OF_ANSWER_PART)
PROBE = Sealed("probe", 60, "fl-probe")
NAMED = "|".join(kind.cookie for kind in (WAITING, PROOF, PROBE))
OURS = re.compile(rf"(?:{HOST_ONLY})?(?:{SIGN_IN}[\w-]{{16}}|{NAMED}|{OF_ANSWER_PART}[01])", re.ASCII)


def once(text: str, kept_for: timedelta) -> tuple[bytes, datetime]:
    """Give a digest of what ``text`` names, and until when it is to be noted that it was used."""
    return hashlib.sha256(text.encode()).digest(), datetime.now(UTC) + kept_for


def size(name: str, token: str) -> int:
    """Count the octets of a cookie in the header of a request: ``name=token; ``. The name is a full one."""
    return len(name) + len(token) + 3


def _prefix() -> str:
    """Give what the names of our cookies begin with in this request."""
    kept = per_request()
    if "prefix" not in kept:
        is_secure = request.is_secure or (state_of().settings.external_url or "").startswith("https:")
        kept["prefix"] = HOST_ONLY if is_secure else ""
    return str(kept["prefix"])


def held(response: Response | None = None) -> dict[str, str]:
    """Read our cookies of this browser by their full names, as they will be once it has ``response``.

    A name is compared octet for octet: before 3.1.9 Werkzeug strips characters such as A0 and 85, and so takes
    ``\\xa0__Host-fl-fresh`` for ``__Host-fl-fresh``; a browser lets every sub-domain plant the former.
    """
    found = dict(_of_request())
    for given in response.headers.getlist("Set-Cookie") if response is not None else ():
        name, _, value = given.partition(";")[0].partition("=")
        if OURS.fullmatch(name):
            found.pop(name, None)
            found |= {name: value} if value else {}
    return found


def _of_request() -> Mapping[str, str]:
    """Read the header of the request, once."""
    kept: dict[str, str] | None = per_request().get("cookies")
    if kept is None:
        kept = per_request()["cookies"] = {}
        for pair in ";".join(request.headers.getlist("Cookie")).split(";"):
            name, _, value = pair.strip(" \t").partition("=")
            if OURS.fullmatch(name):
                kept.setdefault(name, value)
    return kept


def held_sign_ins(response: Response | None = None) -> list[tuple[str, str]]:
    """Read the cookies of this browser's sign-ins, on their way and ended, those that began last first: their full
    names, which sort by age, and what is sealed in them; as they will be once it has ``response``."""
    cookies, prefix = held(response), TRANSACTION.name()
    return [(name, cookies[name]) for name in sorted(cookies, reverse=True) if name.startswith(prefix)]


def room_for_sign_in(response: Response, name: str) -> int:
    """Count the octets that are left to the cookie of a sign-in, of this full name, beside all that is held."""
    begun = (HOST_ONLY + SIGN_IN, SIGN_IN, HOST_ONLY + WAITING.cookie, WAITING.cookie)
    others = [cookie for cookie in held(response).items() if cookie[0].startswith(begun) and cookie[0] != name]
    return OF_SIGN_INS - sum(size(*cookie) for cookie in others)


def make_room(response: Response, name: str, token: str, sign_ins: Sequence[str], most: int) -> None:
    """Drop what does not fit beside a new cookie of this full name: of the ``sign_ins`` that are held, at most
    ``most``, the first stay; an identity that waits goes only when the new one alone leaves it no room."""
    cookies, room, waiting = held(response), OF_SIGN_INS - size(name, token), WAITING.name()
    for other in sign_ins[most:]:
        _drop(response, other)
    for other in [*([waiting] if waiting in cookies and waiting != name else []), *sign_ins[:most]]:
        taken = size(other, cookies[other])
        if taken > room:
            _drop(response, other)
        else:
            room -= taken


def _drop(response: Response, name: str) -> None:
    response.delete_cookie(name, secure=_is_secure(name), httponly=True, samesite="Lax")


def _is_secure(name: str) -> bool:
    return name.startswith(HOST_ONLY)
