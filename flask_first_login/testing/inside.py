"""A provider's answers without a socket: the pretend one is asked in this process, under the rules of the real wire."""

from __future__ import annotations

import io
from collections.abc import Iterable

from flask import Flask
from werkzeug.datastructures import Headers

from ..providers.answers import Asked
from ..providers.connections import Call


class _Body(io.RawIOBase):
    """An answer's bytes as the provider makes them. Like a socket of ours, it ends with the call's deadline."""

    def __init__(self, made: Iterable[bytes], call: Call) -> None:
        self._made, self._call, self._ready = iter(made), call, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # what io gives it
        while not self._ready:
            made = next(self._made, None)
            self._call.left()
            if made is None:
                return 0
            self._ready = made
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count


class _Answer:
    """As the real wire reads one: the head is there, the body comes."""

    length: int | None = None

    def __init__(self, status: int, headers: Headers, body: io.BufferedReader) -> None:
        self.status, self.headers, self._body = status, headers, body

    def read(self, most: int, /) -> bytes:
        return self._body.read(most)

    def close(self) -> None:
        self._body.close()


def answer(app: Flask, asked: Asked, call: Call) -> _Answer:
    """What ``app`` answers to one call of a relying party. The call's deadline holds here too."""
    made = app.test_client(use_cookies=False).open(
        asked.url, method=asked.method, headers=asked.headers, data=asked.body or b""
    )
    return _Answer(made.status_code, made.headers, io.BufferedReader(_Body(made.iter_encoded(), call)))
