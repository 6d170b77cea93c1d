"""Kerberos tickets made by hand from the key of a service, right or wrong in any one thing, and keytabs to open them.

Nothing of it is borrowed from the code under test: a mistake would agree with itself.
"""

from __future__ import annotations

import hmac
import os
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from math import lcm
from typing import Any

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SERVICE, REALM = "CrossHRD", "TEST.ECPA"
AES128, AES256, AES128_SHA2, AES256_SHA2, RC4 = 17, 18, 19, 20, 23
OCTETS = {AES128: 16, AES256: 32, AES128_SHA2: 16, AES256_SHA2: 32, RC4: 16}
NAMES = {
    AES128: "aes128-cts-hmac-sha1-96",
    AES256: "aes256-cts-hmac-sha1-96",
    AES128_SHA2: "aes128-cts-hmac-sha256-128",
    AES256_SHA2: "aes256-cts-hmac-sha384-192",
    RC4: "rc4-hmac",
}


# --- DER ---


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def number(value: int) -> bytes:
    return tlv(0x02, value.to_bytes((value.bit_length() + 8) // 8, "big", signed=True))


def text(value: str | bytes) -> bytes:
    return tlv(0x1B, value if isinstance(value, bytes) else value.encode())


def at(seconds: float) -> bytes:
    return tlv(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def flags(value: int) -> bytes:
    return tlv(0x03, b"\0", struct.pack(">I", value))


def sequence(fields: Mapping[int, bytes]) -> bytes:
    return tlv(0x30, *(tlv(0xA0 | key, value) for key, value in fields.items()))


def name(*parts: str | bytes, kind: int = 1) -> bytes:
    return sequence({0: number(kind), 1: tlv(0x30, *map(text, parts))})


# --- encryption (RFC 3961, 3962, 4757, 8009) ---


@cache
def nfold(octets: bytes, size: int = 16) -> bytes:
    bits, value, copies = len(octets) * 8, int.from_bytes(octets, "big"), b""
    for copy in range(lcm(size, len(octets)) // len(octets)):
        turn = 13 * copy % bits
        copies += ((value >> turn | value << (bits - turn)) & ((1 << bits) - 1)).to_bytes(len(octets), "big")
    total, full = sum(int.from_bytes(copies[i : i + size], "big") for i in range(0, len(copies), size)), 1 << 8 * size
    while total >= full:
        total = total % full + total // full
    return total.to_bytes(size, "big")


def derived(enctype: int, key: bytes, usage: int, kind: int, size: int) -> bytes:
    if enctype in {AES128_SHA2, AES256_SHA2}:
        label = struct.pack(">IIBBI", 1, usage, kind, 0, size * 8)
        return hmac.digest(key, label, "sha256" if enctype == AES128_SHA2 else "sha384")[:size]
    block, made = nfold(struct.pack(">IB", usage, kind)), b""
    while len(made) < len(key):
        block = Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305  # as RFC 3961 derives keys
        made += block
    return made[: len(key)]


def cts(key: bytes, plain: bytes) -> bytes:
    padded = plain + bytes(-len(plain) % 16)
    blocks = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor().update(padded)
    return blocks if len(plain) <= 16 else blocks[:-32] + blocks[-16:] + blocks[-32:-16][: len(plain) % 16 or 16]


def sealed(enctype: int, key: bytes, usage: int, content: bytes) -> bytes:
    if enctype == RC4:
        ours = hmac.digest(key, struct.pack("<I", usage), "md5")
        plain = os.urandom(8) + content
        mac = hmac.digest(ours, plain, "md5")
        return mac + Cipher(ARC4(hmac.digest(ours, mac, "md5")), None).encryptor().update(plain)
    plain = os.urandom(16) + content
    ciphertext = cts(derived(enctype, key, usage, 0xAA, len(key)), plain)
    if enctype in {AES128, AES256}:
        return ciphertext + hmac.digest(derived(enctype, key, usage, 0x55, len(key)), plain, "sha1")[:12]
    size, hashing = (16, "sha256") if enctype == AES128_SHA2 else (24, "sha384")
    return ciphertext + hmac.digest(derived(enctype, key, usage, 0x55, size), bytes(16) + ciphertext, hashing)[:size]


def encrypted(enctype: int, ciphertext: bytes, kvno: int | None = None) -> bytes:
    version = {1: number(kvno)} if kvno is not None else {}
    return sequence({0: number(enctype), **version, 2: tlv(0x04, ciphertext)})


# --- a ticket, and the message that brings it ---


@dataclass(frozen=True)
class Forge:
    """What makes a message, as it is when all is well; ``but`` changes some of it. Times are seconds from now."""

    key: bytes = field(default_factory=lambda: os.urandom(32))
    enctype: int = AES256
    session: int = AES256
    kvno: int | None = 1
    service: tuple[str, ...] = (SERVICE,)
    realm: str = REALM
    client: tuple[str | bytes, ...] = ("alice",)
    client_realm: str = REALM
    caller: tuple[str | bytes, ...] | None = None  # of the authenticator, when it is somebody else
    caller_realm: str | None = None
    made: float = 0
    authenticated: float = 0
    starts: float | None = None
    ends: float = 3600
    flags: int = 0x00800000
    options: int = 0
    more: Mapping[int, bytes] = field(default_factory=dict)  # further fields of the ticket's encrypted part
    more_of_caller: Mapping[int, bytes] = field(default_factory=dict)  # and of the authenticator's
    announced: int | None = None  # the way of encryption that is named in clear, when it is another

    def but(self, **changes: Any) -> Forge:
        return replace(self, **changes)

    def made_at(self, now: float) -> bytes:
        session_key = os.urandom(OCTETS[self.session])
        inside = {
            0: flags(self.flags),
            1: sequence({0: number(self.session), 1: tlv(0x04, session_key)}),
            2: text(self.client_realm),
            3: name(*self.client),
            4: sequence({0: number(1), 1: tlv(0x04)}),
            5: at(now + self.authenticated),
            **({6: at(now + self.starts)} if self.starts is not None else {}),
            7: at(now + self.ends),
            **self.more,
        }
        authenticator = {
            0: number(5),
            1: text(self.caller_realm or self.client_realm),
            2: name(*(self.caller or self.client)),
            4: number(123456),
            5: at(now + self.made),
            **self.more_of_caller,
        }
        ciphertext = sealed(self.enctype, self.key, 2, tlv(0x63, sequence(inside)))
        ticket = {
            0: number(5),
            1: text(self.realm),
            2: name(*self.service),
            3: encrypted(self.announced or self.enctype, ciphertext, self.kvno),
        }
        message = {
            0: number(5),
            1: number(14),
            2: flags(self.options),
            3: tlv(0x61, sequence(ticket)),
            4: encrypted(self.session, sealed(self.session, session_key, 11, tlv(0x62, sequence(authenticator)))),
        }
        return tlv(0x6E, sequence(message))


# --- keytabs ---


def entry(service: str, realm: str, kvno: int, enctype: int, key: bytes) -> bytes:
    def counted(octets: bytes) -> bytes:
        return struct.pack(">H", len(octets)) + octets

    parts = service.split("/")
    body = struct.pack(">H", len(parts)) + b"".join(counted(part.encode()) for part in (realm, *parts))
    body += struct.pack(">IIBH", 1, 0, kvno & 0xFF, enctype) + counted(key) + struct.pack(">I", kvno)
    return struct.pack(">i", len(body)) + body


def keytab(*entries: bytes) -> bytes:
    return b"\5\2" + b"".join(entries)
