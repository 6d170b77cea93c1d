"""The keys of Kerberos services: the keytab that holds them, and what opens with one (RFC 3961, 3962, 4757, 8009)."""

from __future__ import annotations

import hmac
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .ticket_verifiers import KeytabUnfit

LARGEST_KEYTAB = 1024 * 1024
FORMAT = b"\x05\x02"
BLOCK = 16


@dataclass(frozen=True, slots=True)
class Key:
    """One key of one service; ``kvno`` is its version."""

    service: str
    realm: str
    kvno: int
    enctype: int
    octets: bytes = field(repr=False)

    def opened(self, usage: int, sealed: bytes) -> bytes | None:
        """Decrypt what was sealed for a use with this key; None when it was not."""
        return opened(self.enctype, self.octets, usage, sealed)


# --- what opens with a key ---


def opened(enctype: int, key: bytes, usage: int, sealed: bytes) -> bytes | None:
    """Decrypt ``sealed``, whose integrity is checked; None when this key did not seal it for this ``usage``."""
    known = BY_NUMBER.get(enctype)
    return known.open(key, usage, sealed) if known is not None and len(key) == known.octets else None


def _aes_sha1(key: bytes, usage: int, sealed: bytes) -> bytes | None:
    """RFC 3962: the checksum is that of the plain text."""
    text, mac = sealed[:-12], sealed[-12:]
    if len(text) < BLOCK:
        return None
    plain = _cts(_derived(key, usage, 0xAA), text)
    is_whole = hmac.compare_digest(hmac.digest(_derived(key, usage, 0x55), plain, "sha1")[:12], mac)
    return plain[BLOCK:] if is_whole else None


def _aes_sha2(hashing: str, length: int) -> Callable[[bytes, int, bytes], bytes | None]:
    """RFC 8009: the checksum is that of the ciphertext, and as long as the key that makes it."""

    def derived(key: bytes, usage: int, kind: int, octets: int) -> bytes:
        return hmac.digest(key, struct.pack(">IIBBI", 1, usage, kind, 0, octets * 8), hashing)[:octets]

    def open_sealed(key: bytes, usage: int, sealed: bytes) -> bytes | None:
        text, mac = sealed[:-length], sealed[-length:]
        made = hmac.digest(derived(key, usage, 0x55, length), bytes(BLOCK) + text, hashing)[:length]
        if len(text) < BLOCK or not hmac.compare_digest(made, mac):
            return None
        return _cts(derived(key, usage, 0xAA, len(key)), text)[BLOCK:]

    return open_sealed


def _rc4(key: bytes, usage: int, sealed: bytes) -> bytes | None:
    """RFC 4757. The usages of a ticket (2) and of an authenticator (11) are the same numbers there."""
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4  # which may go with any version

    mac, text = sealed[:16], sealed[16:]
    if len(text) < 8:
        return None
    ours = hmac.digest(key, struct.pack("<I", usage), "md5")
    plain = Cipher(ARC4(hmac.digest(ours, mac, "md5")), None).decryptor().update(text)
    return plain[8:] if hmac.compare_digest(hmac.digest(ours, plain, "md5"), mac) else None


def _cts(key: bytes, text: bytes) -> bytes:
    """Decrypt AES in CBC mode with ciphertext stealing: the last two blocks stand the other way round, the last cut."""
    last = len(text) % BLOCK or BLOCK
    if len(text) > BLOCK:
        head, before, cut = text[: -BLOCK - last], text[-BLOCK - last : -last], text[-last:]
        stolen = Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(before)[last:]  # noqa: S305  # one block
        text = head + cut + stolen + before
    plain = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).decryptor().update(text)
    return plain[: len(plain) - BLOCK + last]


def _derived(key: bytes, usage: int, kind: int) -> bytes:
    """RFC 3961, 5.1."""
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305  # as the RFC derives keys
    made = [encryptor.update(_folded(struct.pack(">IB", usage, kind)))]
    return b"".join([*made, encryptor.update(made[0])])[: len(key)]


@cache
def _folded(text: bytes) -> bytes:
    """Fold to 16 octets (RFC 3961, 5.1): copies, each turned by 13 bits more, added with end-around carry."""
    bits, whole = len(text) * 8, int.from_bytes(text)
    turns = (13 * copy % bits for copy in range(math.lcm(BLOCK, len(text)) // len(text)))
    copies = b"".join(((whole >> n | whole << bits - n) & (1 << bits) - 1).to_bytes(len(text)) for n in turns)
    total = sum(int.from_bytes(copies[at : at + BLOCK]) for at in range(0, len(copies), BLOCK))
    while total >> BLOCK * 8:
        total = (total & (1 << BLOCK * 8) - 1) + (total >> BLOCK * 8)
    return total.to_bytes(BLOCK)


@dataclass(frozen=True, slots=True)
class Enctype:
    """One way to encrypt, by its number and its name in the registry of IANA."""

    number: int
    name: str
    octets: int
    open: Callable[[bytes, int, bytes], bytes | None] = field(repr=False)


RC4 = Enctype(23, "rc4-hmac", 16, _rc4)
ENCTYPES: Mapping[str, Enctype] = MappingProxyType(
    {
        each.name: each
        for each in (
            Enctype(17, "aes128-cts-hmac-sha1-96", 16, _aes_sha1),
            Enctype(18, "aes256-cts-hmac-sha1-96", 32, _aes_sha1),
            Enctype(19, "aes128-cts-hmac-sha256-128", 16, _aes_sha2("sha256", 16)),
            Enctype(20, "aes256-cts-hmac-sha384-192", 32, _aes_sha2("sha384", 24)),
            RC4,
        )
    }
)
BY_NUMBER: Mapping[int, Enctype] = MappingProxyType({each.number: each for each in ENCTYPES.values()})


def named(number: int) -> str:
    """Name a way to encrypt."""
    return BY_NUMBER[number].name if number in BY_NUMBER else f"enctype {number}"


# --- the keytab ---


def keys_for(path: Path, service: str, realm: str, enctypes: tuple[str, ...]) -> tuple[Key, ...]:
    """Read from a keytab the keys of one service that may be used, the newest first.

    :raises KeytabUnfit: there is none.
    """
    held = _read(path)
    own = [key for key in held if (key.service, key.realm) == (service, realm)]
    fitting = [key for key in own if named(key.enctype) in enctypes]
    if not own:
        others = sorted({f"{key.service}@{key.realm}" for key in held})[:5]
        raise KeytabUnfit("keytab", f"has no key for {service}@{realm}.", f"It has: {', '.join(others) or 'none'}.")
    if not fitting:
        only = ", ".join(sorted({named(key.enctype) for key in own}))
        fix = "Ask the agency for an AES key, or name that one in etypes once you know what it costs."
        raise KeytabUnfit("etypes", f"names none of the keys that the keytab has for {service}@{realm}: {only}.", fix)
    if any(key.enctype == RC4.number for key in fitting):
        _check_rc4()
    return tuple(sorted(fitting, key=lambda key: -key.kvno))


def _check_rc4() -> None:
    """:raises KeytabUnfit: there is no RC4 or no MD5 here: found now, and not at the first sign-in."""
    try:
        _rc4(bytes(16), 2, bytes(24))
    except (ImportError, UnsupportedAlgorithm, ValueError):
        what = "names rc4-hmac, which the OpenSSL of this machine does not do: its legacy provider is off."
        raise KeytabUnfit("etypes", what, "Ask the agency for an AES key, or turn the provider on.") from None


def _read(path: Path) -> list[Key]:
    try:
        with path.open("rb") as file:
            octets = file.read(LARGEST_KEYTAB + 1)
        held = [*_entries(octets)]
    except OSError as error:
        what = f"cannot be read: {(error.strerror or type(error).__name__).lower()}."
        raise KeytabUnfit("keytab", what, "Write the path of the file, and let this user alone read it.") from None
    except (ValueError, struct.error, IndexError):
        fix = "Use the file that the agency or ktutil wrote, unchanged."
        raise KeytabUnfit("keytab", "is not a keytab, or not all of one.", fix) from None
    return held


def _entries(octets: bytes) -> Iterator[Key]:
    """Read the entries of a keytab; one of negative length is a hole where another stood.

    :raises ValueError: it is none; so does what reads past its end, each with its own.
    """
    if not octets.startswith(FORMAT) or len(octets) > LARGEST_KEYTAB:
        raise ValueError("not a keytab")
    at = len(FORMAT)
    while at < len(octets):
        (size,) = struct.unpack_from(">i", octets, at)
        at += 4
        if at + abs(size) > len(octets):
            raise ValueError("cut short")
        if size > 0:
            yield _entry(octets[at : at + size])
        at += abs(size)


def _entry(octets: bytes) -> Key:
    at = 2

    def counted() -> bytes:
        nonlocal at
        (size,) = struct.unpack_from(">H", octets, at)
        at += 2 + size
        if at > len(octets):
            raise ValueError("cut short")
        return octets[at - size : at]

    (parts,) = struct.unpack_from(">H", octets)
    realm, *components = (counted().decode() for _ in range(parts + 1))
    kvno, enctype = struct.unpack_from(">BH", octets, at + 8)  # after the type of the name, and a time
    at += 11
    key = counted()
    if len(octets) - at >= 4:  # a version that needs more than its one octet
        kvno = struct.unpack_from(">I", octets, at)[0] or kvno
    return Key("/".join(components), realm, kvno, enctype, key)
