"""A provider's answers without a socket: the pretend one is asked in this process, under the rules of the real wire."""

from __future__ import annotations

import io
from collections.abc import Iterable

import requests
from flask import Flask
from urllib3 import HTTPHeaderDict
from urllib3.response import BaseHTTPResponse, HTTPResponse

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


def answer(app: Flask, request: requests.PreparedRequest, call: Call) -> BaseHTTPResponse:
    """What ``app`` answers to one call of a relying party. The call's deadline holds here too."""
    made = app.test_client(use_cookies=False).open(
        str(request.url), method=str(request.method), headers=list(request.headers.items()), data=request.body or b""
    )
    return HTTPResponse(
        body=io.BufferedReader(_Body(made.iter_encoded(), call)),
        headers=HTTPHeaderDict(list(made.headers)),
        status=made.status_code,
        reason=made.status.partition(" ")[2],
        preload_content=False,
        decode_content=False,
    )
