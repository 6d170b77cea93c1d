"""A provider's answer, read whole: bounded in size, unpacked as well, and no redirect."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .network import Refused

LARGEST_ANSWER = 128 * 1024
GZIP_OR_ZLIB = 47  # zlib's ``wbits`` for either


class ProviderUnreachable(OSError):
    """The provider did not answer in time, or not to the end; the text is ours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer, whole; to Authlib it looks as one of ``requests``."""

    status_code: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        if self.status_code >= 400:
            raise ProviderUnreachable(f"HTTP {self.status_code}")


class Raw(Protocol):
    """An answer on its way: the head has come, the body is still to be read."""

    status: int
    headers: Any

    def read(self, most: int, /) -> bytes: ...

    def close(self) -> None: ...


def whole(raw: Raw) -> Answer:
    """Read the whole answer.

    :raises Refused: when it is a redirect, too large, or packed in a way that we did not ask for.
    """
    try:
        if raw.status < 200:  # the answer itself is still to come, and would be taken for the next caller's
            raise Refused("not a final answer")
        if 300 <= raw.status < 400:  # a 307 would send code and secret to another host
            raise Refused("a redirect")
        packed = b""
        while len(packed) <= LARGEST_ANSWER and (more := raw.read(LARGEST_ANSWER + 1)):
            packed += more  # the read after the last byte tells a whole body from one that breaks off
        if len(packed) > LARGEST_ANSWER:
            raise Refused("larger than any answer")
        body = _unpacked(packed, raw.headers.get("Content-Encoding", ""))
        if len(body) > LARGEST_ANSWER:
            raise Refused("larger than any answer")
    finally:
        raw.close()
    return Answer(raw.status, raw.headers, body)


def _unpacked(body: bytes, encoding: str) -> bytes:
    """Unpack what a cache on the way may have packed, though we ask for ``identity``; a bomb is cut short."""
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            try:
                unpacking = zlib.decompressobj(GZIP_OR_ZLIB)
                unpacked = unpacking.decompress(body, LARGEST_ANSWER + 1)
            except zlib.error:
                raise Refused("not what its encoding says") from None
            if len(unpacked) <= LARGEST_ANSWER and not unpacking.eof:
                raise Refused("not what its encoding says")
            return unpacked
        case _:
            raise Refused("an encoding that was not asked for")
