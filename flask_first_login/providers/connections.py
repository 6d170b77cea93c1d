"""The connections to a provider: each obeys the deadline of the call it serves, and goes only where it may.

There is no watchdog. A call's deadline is a point in time; before every read its socket is given what
is left until then, so a peer that sends one byte a second, in a header or a body, gains nothing.
What else may take long is one operation to the interpreter, however many bytes it takes, and is
given what is left as well: connecting, the handshake, a read from TLS, and sending a request.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.response import HTTPResponse

from .addresses import is_admitted

CONNECT_SECONDS = 3.0  # for one address, so that a dead one leaves time for the next
IDLE_SECONDS = 50.0  # a firewall forgets a silent connection after a minute, and tells nobody
MOST_RECEIVED = 256 * 1024  # headers, framing and body together


class Refused(Exception):
    """We do not go on with this call; the text says why, in our own words."""


@dataclass(slots=True)
class Call:
    """One call under way: when it must be over (`time.monotonic`), where it may go, and what it did so far."""

    ends: float
    allow_private: bool
    roots: Path | None
    opened: bool = False  # it opened a connection itself
    received: int = 0

    def left(self) -> float:
        """The seconds until the deadline.

        :raises TimeoutError: when it has passed.
        """
        left = self.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        return left


CALL: ContextVar[Call] = ContextVar("CALL")  # of this thread


class _Socket(socket.socket):
    """A socket that serves the call under way, and counts what the peer sends, headers as well."""

    def recv_into(self, buffer: Any, *rest: Any) -> int:
        call = CALL.get()
        self.settimeout(call.left())
        count = super().recv_into(buffer, *rest)
        call.received += count
        if call.received > MOST_RECEIVED:
            raise Refused("larger than any answer")
        return count


class _TlsSocket(_Socket, ssl.SSLSocket):
    """The same inside TLS."""


class _KeptConnection(HTTPConnection):
    """A connection that is used again while it is sure to be open.

    urllib3 asks `is_connected` before it sends anything on a kept connection, so one that the
    provider has closed is replaced without loss, for a POST as well.
    """

    _answered_at = 0.0

    @property
    def is_connected(self) -> bool:
        is_recent = time.monotonic() - self._answered_at < IDLE_SECONDS
        return is_recent and super().is_connected

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 does
        response = super().getresponse()
        self._answered_at = time.monotonic()
        return response


class PlainConnection(_KeptConnection):
    """http, for development on this machine."""

    def connect(self) -> None:
        self.sock = _reached(self, plain=True)


class TlsConnection(_KeptConnection, HTTPSConnection):
    """https, with the one context of this process: urllib3 would change it on every connection."""

    def connect(self) -> None:
        reached = _reached(self, plain=False)
        try:
            self.sock = tls_context(CALL.get().roots).wrap_socket(reached, server_hostname=self.host)
        except ssl.SSLCertVerificationError:
            raise Refused("a certificate that is not trusted") from None
        self.is_verified = True


class PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection


class TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


_MAKING = threading.Lock()


def tls_context(roots: Path | None = None) -> ssl.SSLContext:
    """The context of this process: TLS 1.2 at least, certificate and host name verified against the public roots.

    ``roots``, a PEM file, adds an agency's own. Loading the public roots takes 16 ms, three quarters of
    the work of a sign-in, and so is done once.
    """
    with _MAKING:
        return _made(roots)


@functools.cache
def _made(roots: Path | None) -> ssl.SSLContext:
    # Not `create_default_context`: from Python 3.13 on it is strict about extensions that
    # certificates of Taiwan's government lack, and it obeys SSLKEYLOGFILE of the environment.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.hostname_checks_common_name = False
    context.sslsocket_class = _TlsSocket
    context.set_alpn_protocols(["http/1.1"])
    context.load_verify_locations(certifi.where())
    if roots is not None:
        context.load_verify_locations(roots)
    return context


def _reached(connection: HTTPConnection, *, plain: bool) -> socket.socket:
    """A socket connected to the very address that was judged: a second look-up could answer otherwise (DNS rebinding).

    :raises Refused: when the host has no address that may be called.
    """
    call = CALL.get()
    call.opened = True
    found = _looked_up(connection.host, connection.port, call.left())
    admitted = [one for one in found if is_admitted(str(one[4][0]), plain=plain, allow_private=call.allow_private)]
    if not admitted:
        raise Refused("a host without an address that may be called")
    for family, kind, protocol, _, address in admitted:
        reached = _Socket(family, kind, protocol)
        try:
            reached.settimeout(min(CONNECT_SECONDS, call.left()))
            reached.connect(address)
            reached.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reached.settimeout(call.left())  # the handshake's
        except OSError:
            reached.close()
        else:
            return reached
    raise NewConnectionError(connection, "none of its addresses answered")


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """What `socket.getaddrinfo` says of the host.

    A look-up cannot be given a deadline, so it runs beside us; the resolver gives up by itself after
    some 30 seconds, and its thread ends with it. Only a new connection needs one.

    :raises OSError: when the host has no address, or the look-up takes too long.
    """
    answer: Future[list[Any]] = Future()

    def look_up() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answer.set_exception(OSError("the host has no address"))

    threading.Thread(target=look_up, name="first-login-look-up", daemon=True).start()
    return answer.result(seconds)
