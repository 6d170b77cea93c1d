"""What leaves the process is sealed: what a browser carries for us, and national IDs at rest."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .errors import ConfigError, Problem, SealError
from .errors import LostKeyError as LostKeyError  # where it is raised is where it is looked for
from .national_id import NationalId

#: A browser keeps at most 4,096 octets of a cookie, its name and its value together (RFC 6265bis, section 5.7).
LONGEST_SEALED = 4000

_KEYS = "FIRST_LOGIN_NATIONAL_ID_KEYS"
_INDEX_KEY = "FIRST_LOGIN_NATIONAL_ID_INDEX_KEY"
_KEY_BYTES = 32
#: Part of the keys that made the pseudonyms in every store; another text would make other pseudonyms.
_OF_PSEUDONYMS = "AES-256-GCM"
_MAKE_A_KEY = (
    'Make a key with: python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)
_MAKE_A_SECRET = 'Set it to the output of: python -c "import secrets; print(secrets.token_hex(32))"'


class Seal:
    """Seals small values that a browser carries for us, such as the state of a sign-in on its way.

    ``secrets`` is the app's secret key, then its older ones: the first seals, all of them open. Each ``purpose`` has a
    Fernet key of its own (HKDF, RFC 5869), so a value sealed for one is nothing to another. What is inside can be
    neither read nor changed, and is good for a while from the time of sealing; the clocks of two machines of a portal
    may differ by a minute. It is not compressed: what an attacker chooses may stand beside what they must not learn.

    :raises ConfigError: no secret is set, or one of them is empty.
    """

    def __init__(self, secrets: Sequence[str | bytes], *, purpose: str) -> None:
        if isinstance(secrets, str | bytes):
            raise TypeError("secrets must be a list of secrets: of a bare one, every character would be a key")
        if not secrets or not all(secrets):
            raise ConfigError([Problem("SECRET_KEY", "is not set, or an older key is empty.", _MAKE_A_SECRET)])
        self._purpose, self._secrets = purpose, tuple(secrets)
        keys = (_derived(secret, f"Fernet: {purpose}") for secret in secrets)
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def seal(self, value: object) -> str:
        """Seal what JSON can hold, as URL-safe text that fits a cookie.

        :raises SealError: it would be longer than `LONGEST_SEALED`, which a browser drops without a word.
        """
        return self.seal_octets(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())

    def seal_octets(self, octets: bytes) -> str:
        """Seal octets, as URL-safe text that fits a cookie.

        :raises SealError: as `seal`.
        """
        token = self._fernet.encrypt(octets).decode()
        if len(token) > LONGEST_SEALED:
            raise SealError(f"what was to be sealed for {self._purpose!r} is too long for a cookie")
        return token

    def open(self, token: str, *, max_age: int) -> Any:
        """Open what `seal` was given, at most ``max_age`` seconds ago.

        :raises SealError: it was not sealed by this app, for this purpose, or in time.
        """
        try:
            return json.loads(self.open_octets(token, max_age=max_age))
        except ValueError:
            raise SealError(f"not a value sealed for {self._purpose!r}") from None

    def open_octets(self, token: str, *, max_age: int) -> bytes:
        """Open what `seal_octets` was given, at most ``max_age`` seconds ago.

        A token has one spelling: `Fernet` itself would pass over characters that are not of base64.

        :raises SealError: as `open`.
        """
        try:
            if len(token) > LONGEST_SEALED:
                raise ValueError
            _decoded(token)
            return self._fernet.decrypt(token, ttl=max_age)
        except (ValueError, InvalidToken):
            raise SealError(f"not a value sealed for {self._purpose!r}, or too old") from None

    def pseudonyms(self, text: str) -> list[str]:
        """Make what stands for a text that must not be kept in clear, byte for byte: one a secret, in their order."""
        keys = (_derived(secret, f"{_OF_PSEUDONYMS}: {self._purpose}: names") for secret in self._secrets)
        return [hmac.digest(key, text.encode(), "sha256").hex() for key in keys]

    def __repr__(self) -> str:
        return f"<Seal {self._purpose!r}>"


@lru_cache(maxsize=64)
def seal_of(secrets: tuple[str | bytes, ...], purpose: str) -> Seal:
    """The `Seal` of these secrets and this purpose; its keys are derived once, not at every sign-in."""
    return Seal(secrets, purpose=purpose)


class Vault:
    """Keeps national IDs at rest: sealed to be read again, and indexed to be found and kept unique.

    ``keys`` are Fernet keys (AES-128-CBC with HMAC-SHA256), newest first: the first seals, all of
    them open, `rotate` moves a sealed number to the first. ``index_key`` is another one, for
    HMAC-SHA256: only about 5e8 well-formed numbers exist, so a hash without a key, or under a key
    that leaks with the other, is the number itself.

    :raises ConfigError: listing everything that is wrong with the keys, never a key itself.
    """

    def __init__(self, keys: Sequence[str], index_key: str | None) -> None:
        if problems := [*_problems_of_keys(keys), *_problems_of_index_key(index_key, keys)]:
            raise ConfigError(problems)
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._newest = Fernet(keys[0])
        self._index_key = _decoded(index_key or "")

    def encrypt(self, national_id: NationalId) -> bytes:
        """The number sealed under the newest key; the same number never looks the same twice."""
        return self._fernet.encrypt(national_id.reveal().encode())

    def decrypt(self, sealed: bytes, *, index: bytes) -> NationalId:
        """The number that was sealed, also when numbers of its kind are no longer accepted.

        ``index`` is what `index` gave for it: a sealed number that was moved to another person's
        row does not open, and a changed index key, which would let a number be claimed twice, is
        noticed at the first reading.

        :raises LostKeyError: it was sealed under none of the keys, is not the one of ``index``, or changed.
        """
        try:
            number = self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise _lost_key() from None
        # It was judged on the day it was accepted; reading it back judges nothing again.
        national_id = NationalId.parse(number, on=date.min)
        if not hmac.compare_digest(self.index(national_id), index):
            raise LostKeyError(
                f"A stored national ID is not the one that its index names. Put the {_INDEX_KEY} back under which "
                "it was stored; if that never changed, the row was altered."
            )
        return national_id

    def rotate(self, sealed: bytes) -> bytes:
        """The same number sealed under the newest key.

        :raises LostKeyError: it was sealed under none of the keys, or changed since.
        """
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise _lost_key() from None

    def is_newest(self, sealed: bytes) -> bool:
        """Whether it is sealed under the newest key, so that there is nothing to `rotate`."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return False
        return True

    def index(self, national_id: NationalId) -> bytes:
        """The 32 bytes by which a number is found and kept unique; worth nothing without the index key."""
        return hmac.digest(self._index_key, national_id.reveal().encode(), "sha256")

    def pseudonym(self, text: str) -> str:
        """What stands for a text that must not be kept in clear, byte for byte: another text has another one."""
        return hmac.digest(self._index_key, b"pseudonym:" + text.encode(), "sha256").hex()

    def __repr__(self) -> str:
        return "<Vault>"


def _derived(secret: str | bytes, use: str) -> bytes:
    material = secret.encode() if isinstance(secret, str) else secret
    info = f"flask-first-login sealed value, {use}".encode()
    return HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(material)


def _decoded(text: str) -> bytes:
    """The bytes of URL-safe base64 in its one spelling: Python's decoder alone passes over foreign characters."""
    decoded = base64.urlsafe_b64decode(text)
    if base64.urlsafe_b64encode(decoded).decode() != text:
        raise ValueError("not URL-safe base64 in its canonical spelling")
    return decoded


def _problems_of_keys(keys: Sequence[str]) -> list[Problem]:
    if isinstance(keys, str) or not keys:
        return [Problem(_KEYS, "is not a list of at least one key.", _MAKE_A_KEY)]
    return [
        Problem(f"{_KEYS}[{place}]", "is not 32 bytes in URL-safe base64.", _MAKE_A_KEY)
        for place, key in enumerate(keys)
        if not _is_key(key)
    ]


def _problems_of_index_key(index_key: str | None, keys: Sequence[str]) -> list[Problem]:
    if not index_key:
        return [Problem(_INDEX_KEY, "is not set.", _MAKE_A_KEY)]
    if not _is_key(index_key):
        return [Problem(_INDEX_KEY, "is not 32 bytes in URL-safe base64.", _MAKE_A_KEY)]
    if index_key in keys:
        return [Problem(_INDEX_KEY, f"is also one of {_KEYS}: whoever has one would have both.", _MAKE_A_KEY)]
    return []


def _is_key(text: str) -> bool:
    try:
        return len(_decoded(text)) == _KEY_BYTES
    except ValueError:
        return False


def _lost_key() -> LostKeyError:
    return LostKeyError(
        f"A stored national ID was sealed under none of the keys in {_KEYS}, or changed since. "
        "Put the key that sealed it back, at the end of the list."
    )
