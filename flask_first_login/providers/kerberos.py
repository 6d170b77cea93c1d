"""A bare Kerberos AP-REQ (RFC 4120, 5.5.1): read as strict DER, then verified with the keys of one service.

Nothing is kept here. Outside the two ciphertexts anybody may change a bit of a message that still holds: what must be
known again is known by the authenticator's ciphertext (`ApReq.fingerprint`), and nothing of the rest is relied on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .kerberos_keys import Key, named, opened

OF_TICKET, OF_AUTHENTICATOR = 2, 11  # what a key is used for (RFC 4120, 7.5.1)
USE_SESSION_KEY = 1 << 30  # AP options, bit 1
INVALID = 1 << 24  # flags of a ticket, bit 7
LONGEST = 128 * 1024
HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+", re.ASCII)
TIME = re.compile(rb"[0-9]{14}Z")
#: What may come in the place of a bare AP-REQ, by the digits that it begins with.
OTHERWISE = {
    "60": "a frame of GSS-API around it",  # SPNEGO's first one as well
    "a1": "an answer of SPNEGO",
    "4e544c4d": "NTLM, as Windows sends it where it has no ticket",
    "7e": "an error of Kerberos",
}


class ApReqRefused(ValueError):
    """A message that does not hold. The text is ours, and names what; ``is_time`` says that the clock is why."""

    def __init__(self, what: str, *, is_time: bool = False) -> None:
        super().__init__(what)
        self.is_time = is_time


# --- DER, of which one value has one form ---


class Fields(dict[int, bytes]):
    """The fields of a sequence, by the numbers of their tags."""

    def __missing__(self, number: int) -> bytes:
        raise ApReqRefused(f"field {number} is missing")


def _values(octets: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Read values one after another: each with its tag, its content, and as it stands.

    :raises ApReqRefused: a length is indefinite, longer than it need be or than what is there, or the tag has more
        octets.
    """
    at = 0
    while at < len(octets):
        start, tag = at, octets[at]
        size = octets[at + 1] if len(octets) - at > 1 else 0x80
        at += 2
        if size > 0x7F:
            more = size & 0x7F
            size = int.from_bytes(octets[at : at + more])
            if not 1 <= more <= 3 or len(octets) - at < more or size < 0x80 or not octets[at]:
                raise ApReqRefused("malformed: a length")
            at += more
        if tag & 0x1F == 0x1F or size > len(octets) - at:
            raise ApReqRefused("malformed: a tag or a length")
        at += size
        yield tag, octets[at - size : at], octets[start:at]


def _content(octets: bytes, tag: int) -> bytes:
    """Open the one value that ``octets`` are."""
    read = [*_values(octets)] if octets else []
    if len(read) != 1 or read[0][0] != tag:
        raise ApReqRefused(f"malformed: not one value of the tag {tag:#x}")
    return read[0][1]


def _fields(octets: bytes) -> Fields:
    """Read a sequence of numbered fields."""
    read = Fields()
    for tag, content, _ in _values(_content(octets, 0x30)):
        if tag & 0xE0 != 0xA0 or (tag & 0x1F) <= max(read, default=-1):
            raise ApReqRefused("malformed: the order of fields")
        read[tag & 0x1F] = content
    return read


def _integer(octets: bytes) -> int:
    octets = _content(octets, 0x02)
    is_padded = len(octets) > 1 and octets[0] in {0, 0xFF} and (octets[0] ^ octets[1]) < 0x80
    if not 1 <= len(octets) <= 5 or is_padded:
        raise ApReqRefused("malformed: an integer")
    return int.from_bytes(octets, signed=True)


def _flags(octets: bytes) -> int:
    octets = _content(octets, 0x03)
    if len(octets) < 5 or octets[0] != 0:
        raise ApReqRefused("malformed: flags")
    return int.from_bytes(octets[1:5])


def _time(octets: bytes) -> datetime:
    octets = _content(octets, 0x18)
    try:
        if not TIME.fullmatch(octets):
            raise ValueError
        return datetime.strptime(octets.decode(), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise ApReqRefused("malformed: a time") from None


def _text(octets: bytes) -> str:
    """Read a text without control characters. A NUL ends it elsewhere."""
    try:
        text = _content(octets, 0x1B).decode()
    except UnicodeDecodeError:
        text = ""
    if not text or not text.isprintable():
        raise ApReqRefused("malformed: a text")
    return text


def _name(octets: bytes) -> str:
    r"""Read the name of a principal, its parts with a ``/`` between.

    One part that holds a ``/`` would read like two, and with ``\`` an account of one realm like one of another.
    """
    parts = [_text(part) for _, _, part in _values(_content(_fields(octets)[1], 0x30))]
    if not parts or any("/" in part or "\\" in part for part in parts):
        raise ApReqRefused("malformed: a name")
    return "/".join(parts)


# --- the message ---


@dataclass(frozen=True, slots=True)
class Ciphertext:
    """An EncryptedData."""

    enctype: int
    kvno: int
    octets: bytes = field(repr=False)

    @classmethod
    def read(cls, octets: bytes) -> Ciphertext:
        fields = _fields(octets)
        return cls(_integer(fields[0]), _integer(fields[1]) if 1 in fields else 0, _content(fields[2], 0x04))


@dataclass(frozen=True, slots=True)
class ApReq:
    """A message that was read, and is not yet verified: everybody can make one."""

    service: str
    realm: str
    ticket: Ciphertext
    authenticator: Ciphertext

    @property
    def fingerprint(self) -> str:
        """What tells it from every other one, however the bits around the ciphertext are changed."""
        return hashlib.sha256(self.authenticator.octets).hexdigest()

    @classmethod
    def read(cls, digits: str) -> ApReq:
        """Read the hexadecimal digits of a message.

        :raises ApReqRefused: they are not those of one AP-REQ in DER, and nothing else.
        """
        if len(digits) > LONGEST or not HEX.fullmatch(digits):  # white space, which `fromhex` passes over, is no digit
            raise ApReqRefused("malformed: not hexadecimal")
        if what := next((what for begins, what in OTHERWISE.items() if digits.lower().startswith(begins)), None):
            raise ApReqRefused(f"malformed: {what}, not a bare AP-REQ")
        fields = _fields(_content(bytes.fromhex(digits), 0x6E))
        ticket = _fields(_content(fields[3], 0x61))
        is_known = (_integer(fields[0]), _integer(fields[1]), _integer(ticket[0])) == (5, 14, 5)
        if not is_known or set(fields) != {0, 1, 2, 3, 4} or set(ticket) != {0, 1, 2, 3}:
            raise ApReqRefused("malformed: not an AP-REQ of Kerberos 5")
        if _flags(fields[2]) & USE_SESSION_KEY:
            raise ApReqRefused("the ticket is for a session key, not for our key")
        return cls(_name(ticket[2]), _text(ticket[1]), Ciphertext.read(ticket[3]), Ciphertext.read(fields[4]))


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a message proves: who they are, when they proved it to the realm, and when the message was made."""

    name: str = field(repr=False)
    realm: str
    authenticated_at: datetime
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Acceptor:
    """The one service for which messages are accepted, by its keys, the newest first.

    ``client_realms`` are those whose people it takes, ``skew`` how far apart two clocks may be.
    """

    service: str
    realm: str
    client_realms: Collection[str]
    enctypes: Collection[str]
    skew: timedelta
    keys: tuple[Key, ...] = field(repr=False)

    def accept(self, message: ApReq, now: datetime) -> Caller:
        """Verify a message.

        :raises ApReqRefused: it does not hold.
        """
        ticket = _fields(_content(self._opened_ticket(message), 0x63))
        session, realm, name = _fields(ticket[1]), _text(ticket[2]), _name(ticket[3])
        authenticator = self._authenticator(message.authenticator, session)
        if (_text(authenticator[1]), _name(authenticator[2])) != (realm, name):
            raise ApReqRefused("the authenticator is another person's than the ticket")
        if realm not in self.client_realms:
            raise ApReqRefused("the person is of a realm that client_realms does not name")
        if _flags(ticket[0]) & INVALID:
            raise ApReqRefused("the ticket is marked as invalid")
        caller = Caller(name, realm, _time(ticket[5]), _time(authenticator[5]))
        self._check_times(caller, ticket, now)
        return caller

    def _opened_ticket(self, message: ApReq) -> bytes:
        """Open the ticket by our key. Its realm and service are compared, though they stand in clear: a keytab may hold
        the keys of two applications, and who signed in at one has not signed in at the other."""
        sealed = message.ticket
        if (message.service, message.realm) != (self.service, self.realm):
            raise ApReqRefused("the ticket is for another service or of another realm")
        keys = [key for key in self.keys if key.enctype == sealed.enctype]
        if not keys:
            raise ApReqRefused(f"the ticket is sealed by {named(sealed.enctype)}, for which there is no key")
        fitting = [key for key in keys if sealed.kvno in {0, key.kvno}]
        if not fitting:
            raise ApReqRefused(f"the ticket is sealed by a key of version {sealed.kvno}, which the keytab has not")
        for key in fitting:
            if (plain := key.opened(OF_TICKET, sealed.octets)) is not None:
                return plain
        raise ApReqRefused("the ticket is not sealed by our key")

    def _authenticator(self, sealed: Ciphertext, session: Fields) -> Fields:
        enctype, key = _integer(session[0]), _content(session[1], 0x04)
        if sealed.enctype != enctype or named(enctype) not in self.enctypes:
            raise ApReqRefused(f"the authenticator is sealed by {named(sealed.enctype)}, which is not taken")
        plain = opened(enctype, key, OF_AUTHENTICATOR, sealed.octets)
        if plain is None:
            raise ApReqRefused("the authenticator is not sealed by the ticket's session key")
        fields = _fields(_content(plain, 0x62))
        if _integer(fields[0]) != 5 or not 0 <= _integer(fields[4]) < 1_000_000:
            raise ApReqRefused("malformed: the authenticator")
        return fields

    def _check_times(self, caller: Caller, ticket: Fields, now: datetime) -> None:
        starts = max(caller.authenticated_at, _time(ticket[6]) if 6 in ticket else caller.authenticated_at)
        apart = now - caller.made_at
        if abs(apart) > self.skew:
            what = f"it was made {apart.total_seconds():.0f} s before our clock: is that right, and was it brought late"
            raise ApReqRefused(what, is_time=True)
        if starts - now > self.skew:
            raise ApReqRefused("the ticket is not valid yet", is_time=True)
        if now - _time(ticket[7]) > self.skew:
            raise ApReqRefused("the ticket is over", is_time=True)
