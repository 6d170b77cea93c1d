"""The pretend eCPA (人事服務網), and the function that verifies its tickets.

The ticket is what the real one is, the AP-REQ of Kerberos 5 (RFC 4120), made here without a realm to ask: whoever has
the key of a service can make a ticket of anybody for it. That key is public, so `verify` takes its tickets from
loopback alone. It opens them as a portal with a keytab does, and then looks up whose account that is: the ticket names
the account, and no number.
"""

from __future__ import annotations

import hmac
import secrets
import struct
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from ..errors import SignInError
from ..providers.claims import Claims, Ticket
from ..providers.ecpa import ApReqVerifier
from ..providers.kerberos import Acceptor
from ..providers.kerberos_keys import Key
from .issuers import ECPA
from .personas import Facts, Persona
from .provider import Change, Fault, Fields, drop, is_loopback_url, put, unchanged
from .ticket import TicketProvider

FIELD = "APReqEncodedData"
SERVICE, REALM = ECPA.client_id, "ECPA.SANDBOX.INVALID"
#: A realm of the same accounts, of whom nobody can say which number they have.
WITHOUT_NUMBERS = "NUMBERLESS.SANDBOX.INVALID"
KVNO, AES256_SHA384 = 1, 20
KEY = sha256(ECPA.client_secret.encode()).digest()
PEOPLE: Mapping[object, Facts] = {ECPA.facts(who)["account"]: ECPA.facts(who) for who in ECPA.personas.values()}


class PretendVerifier(ApReqVerifier):
    """Verifies a pretend ticket as a real one is, and adds to the account what is known of it."""

    claims_given = None

    def __call__(self, ticket: Ticket) -> Claims:
        """Who a pretend ticket says this is, ``account`` being the subject.

        :raises SignInError: ``ticket_refused`` for one that the sandbox did not make, ``expired`` for one that was
            made more than five minutes before or after it was received.
        """
        if not is_loopback_url(ticket.issuer):
            detail = "pretend tickets are good on loopback only"
            raise SignInError("ticket_refused", provider=ticket.provider, phase="ticket", detail=detail)
        claims = super().__call__(ticket)
        account = claims.values["account"]
        known = {"account": account, **PEOPLE.get(account, {})}
        if claims.values["realm"] == WITHOUT_NUMBERS:
            known.pop("uid", None)
        return replace(claims, subject=str(account), values=known)


_keys = (Key(SERVICE, REALM, KVNO, AES256_SHA384, KEY),)
_realms, _enctypes = (REALM, WITHOUT_NUMBERS), ("aes256-cts-hmac-sha384-192",)
verify = PretendVerifier(Acceptor(SERVICE, REALM, _realms, _enctypes, timedelta(minutes=5), _keys), FIELD)


# --- a ticket, in DER ---


def _value(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content).to_bytes(2).lstrip(b"\0") or b"\0"
    length = size if len(content) < 0x80 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + content


def _number(number: int) -> bytes:
    return _value(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _text(text: str) -> bytes:
    return _value(0x1B, text.encode())


def _time(seconds: int) -> bytes:
    return _value(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def _name(name: str) -> bytes:
    return _numbered({0: _number(1), 1: _value(0x30, _text(name))})


def _numbered(fields: Mapping[int, bytes]) -> bytes:
    return _value(0x30, *(_value(0xA0 | number, value) for number, value in fields.items()))


def _sealed(key: bytes, usage: int, kvno: Mapping[int, bytes], content: bytes) -> bytes:
    """Encrypt by AES-256 with SHA-384 (RFC 8009), for this use of the key."""

    def derived(kind: int, octets: int) -> bytes:
        return hmac.digest(key, struct.pack(">IIBBI", 1, usage, kind, 0, octets * 8), "sha384")[:octets]

    plain = secrets.token_bytes(16) + content
    whole = plain + bytes(-len(plain) % 16)
    blocks = Cipher(algorithms.AES(derived(0xAA, 32)), modes.CBC(bytes(16))).encryptor().update(whole)
    text = blocks[:-32] + blocks[-16:] + blocks[-32:-16][: len(plain) % 16 or 16]  # ciphertext stealing
    mac = hmac.digest(derived(0x55, 24), bytes(16) + text, "sha384")[:24]
    return _numbered({0: _number(AES256_SHA384), **kvno, 2: _value(0x04, text + mac)})


def ap_req(stated: Fields, key: bytes = KEY) -> bytes:
    """Make an AP-REQ of ``account`` in ``realm`` for ``service``, with this key, at this ``time``; its authenticator is
    that of ``caller``."""
    session, now, flags = secrets.token_bytes(32), stated["time"], _value(0x03, bytes(5))
    session_key = _numbered({0: _number(AES256_SHA384), 1: _value(0x04, session)})
    who = {2: _text(stated["realm"]), 3: _name(stated["account"])}
    transited = _numbered({0: _number(1), 1: _value(0x04)})
    ticket = {0: flags, 1: session_key, **who, 4: transited, 5: _time(now), 7: _time(now + 36_000)}
    authenticator = {0: _number(5), 1: who[2], 2: _name(stated["caller"]), 4: _number(0), 5: _time(now)}
    sealed_ticket = _sealed(key, 2, {1: _number(KVNO)}, _value(0x63, _numbered(ticket)))
    sealed_authenticator = _sealed(session, 11, {}, _value(0x62, _numbered(authenticator)))
    made_out = {0: _number(5), 1: _text(REALM), 2: _name(stated["service"]), 3: sealed_ticket}
    message = {0: _number(5), 1: _number(14), 2: flags, 3: _value(0x61, _numbered(made_out)), 4: sealed_authenticator}
    return _value(0x6E, _numbered(message))


# --- how it errs ---


def _shift(seconds: int) -> Change:
    """Make the ticket that much later."""
    return lambda stated: {**stated, "time": stated["time"] + seconds}


def _newest(_: Fields, newest: Fields) -> Fields:
    return newest


def _changed(first: Fields, _: Fields) -> Fields:
    """Change options that are in clear and mean nothing, each time otherwise."""
    head, options, rest = str(first[FIELD]).partition("03050000")
    return {**first, FIELD: head + options + secrets.token_hex(3) + rest[6:]}


#: The hook ``stated`` changes what the ticket says before it is sealed, ``key`` the key that seals it, ``posted`` the
#: fields that are posted; ``replay`` chooses between the first ticket since the fault was switched and the newest one.
FAULTS: Mapping[str, Fault] = {
    "forged_ticket": Fault("The ticket is made with another key.", "票證以其他的金鑰製作。",
                           key=lambda key: bytes(reversed(key))),
    "altered_ticket": Fault("The ticket is one person's, and its authenticator another's.",
                            "票證與驗證資料（authenticator）屬於不同的人。", stated=put(caller="x")),
    "other_service": Fault("The ticket is for another application.", "票證是給其他應用系統的。",
                           stated=put(service="another-portal")),
    "stale_ticket": Fault("The ticket is 10 minutes old.", "票證是10分鐘前的。", stated=_shift(-600)),
    "future_ticket": Fault("The ticket was made 10 minutes in the future.", "票證的時間在10分鐘後。",
                           stated=_shift(600)),
    "replayed_ticket": Fault("The same ticket is posted at every sign-in: it must work once only.",
                             "每次登入都送出同一張票證；只有第一次應該有效。", replay=lambda first, newest: first),
    "changed_replay": Fault("The same ticket, its clear part changed each time: it must work once only.",
                            "同一張票證，每次更改未加密的部分；只有第一次應該有效。", replay=_changed),
    "missing_field": Fault("The ticket is not posted.", "沒有送出票證（APReqEncodedData）。", posted=drop(FIELD)),
    "not_hex": Fault("The ticket is not a hexadecimal number.", "票證不是十六進位文字。",
                     posted=put(APReqEncodedData="票證")),
    "huge_ticket": Fault("The ticket is 48,000 characters long.", "票證長達48,000字元。",
                         posted=put(APReqEncodedData="00" * 24_000)),
    "no_account": Fault("The ticket names no account.", "票證沒有帳號。", stated=put(account="")),
    "no_national_id": Fault("Nobody knows the number of the account.", "查不到帳號的身分證字號。",
                            stated=put(realm=WITHOUT_NUMBERS)),
}  # fmt: skip


class EcpaProvider(TicketProvider):
    """The login page of eCPA. ``loginType`` is 0, a sign-in by password: no other value is known."""

    login_path = "/login"

    def __init__(self) -> None:
        super().__init__(ECPA, FAULTS)
        self._first: Fields | None = None

    def err(self, name: str | None) -> bool:
        """Err in this way from now on, and forget the first ticket."""
        self._first = None
        return super().err(name)

    def ticket(self, persona: Persona, *, by_certificate: bool) -> Fields:
        newest = {"loginType": "0", FIELD: self._made(persona)}
        self._first = self._first or newest
        return self.hook("replay", _newest)(self._first, newest)

    def _made(self, persona: Persona) -> str:
        account = self.issuer.facts(persona)["account"]
        stated = {"account": account, "caller": account, "service": SERVICE, "realm": REALM, "time": int(time.time())}
        return ap_req(self.hook("stated", unchanged)(stated), self.hook("key", bytes)(KEY)).hex()
